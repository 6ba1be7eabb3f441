// Package export writes events as files.
package export

import (
	"fmt"
	"io"

	"watchpost/internal/event"
)

// Types are the formats with their content types.
var Types = map[string]string{"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}

// Writer writes a file. It is used by one goroutine.
type Writer interface {
	// Write adds an event, which it does not keep.
	Write(e event.Event) error
	// Rows says how many events are in what was written so far: after an error too.
	Rows() uint64
	// Close ends a file that is whole. One that is not is left as it is, so that no reader takes it for whole.
	Close() error
}

// New makes a Writer of a format; show are the fields, all if it is nil.
func New(format string, w io.Writer, show []event.Field) (Writer, error) {
	switch format {
	case "ndjson":
		return &ndjson{w: w, show: show}, nil
	case "csv":
		return newCSV(w, every(show))
	case "parquet":
		return newParquet(w, every(show))
	}
	return nil, fmt.Errorf("format: %.20q: want csv, ndjson or parquet", format)
}

// every gives show, or all fields.
func every(show []event.Field) []event.Field {
	if show != nil {
		return show
	}
	for f := event.Field(1); f < event.NumFields; f++ {
		show = append(show, f)
	}
	return show
}

type ndjson struct {
	w    io.Writer
	show []event.Field
	line []byte
	n    uint64
}

func (j *ndjson) Write(e event.Event) error {
	j.line = append(e.AppendJSON(j.line[:0], j.show), '\n')
	_, err := j.w.Write(j.line)
	if err == nil {
		j.n++
	}
	return err
}

func (j *ndjson) Rows() uint64 { return j.n }
func (j *ndjson) Close() error { return nil }
