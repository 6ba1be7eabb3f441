package ingest

import (
	"watchpost/internal/event"
	"watchpost/internal/parse"
	"watchpost/internal/source"
)

// Labels of events out of files: what must be known to read them again.
const (
	labelFormat  = "ingest.format" // auto, syslog or json
	labelOwnTime = "ingest.time"   // own: @timestamp is the record's own time
)

// lines prepares for records out of a file; nil: for others.
func (r *rows) lines(l *source.Lines) {
	r.last = 0
	if l == nil {
		r.parser.Year(0)
		return
	}
	r.parser.Year(l.Year)
	if l.Zone != nil {
		r.parser.Zone(l.Zone)
	}
}

// own sets of the open row what it has by coming out of a file: its own time, however old, or else that of the line before it. One
// ahead of its receipt counts at its receipt, like any other.
func (r *rows) own(b *event.Batch, l *source.Lines, s parse.Stamp, received int64) {
	b.Label([]byte(labelFormat), []byte(l.Format))
	if e := (event.Event{Batch: b, Row: b.Rows()}); l.File != "" && !e.Present(event.LogFilePath) {
		b.SetString(event.LogFilePath, l.File)
	}
	if !l.Own {
		return
	}
	b.Label([]byte(labelOwnTime), []byte("own"))
	if s.Has && s.Time <= received+int64(r.time.Ahead) {
		r.last = s.Time
	}
	if r.last != 0 {
		b.SetTime(r.last)
	}
}
