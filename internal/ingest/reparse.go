package ingest

import (
	"net/netip"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/parse"
	"watchpost/internal/source"
)

// Reparser makes of stored events what they would be if they came today. It belongs to one goroutine.
type Reparser struct {
	rows     *rows
	agents   map[string]bool // listeners that take JSON only
	trial    event.Batch
	origin   source.Origin
	was, now []byte
}

// NewReparser makes one; agents names the listeners over HTTP.
func NewReparser(o Options, agents []string) (*Reparser, error) {
	r, err := newRows(o)
	if err != nil {
		return nil, err
	}
	out := &Reparser{rows: r, agents: map[string]bool{}}
	for _, name := range agents {
		out.agents[name] = true
	}
	return out, nil
}

// Event adds to b what e is today, with its identity, receipt, origin and retention class, if it differs from e.
func (r *Reparser) Event(b *event.Batch, e event.Event) bool {
	address, _ := netip.ParseAddr(e.Str(event.LogSourceAddress))
	r.origin = source.Origin{Listener: e.Str(event.LogListener), Tenant: e.Str(event.Tenant), Transport: "tcp", Peer: netip.AddrPortFrom(address, 0)}
	if r.agents[r.origin.Listener] {
		r.origin.Transport = "http"
	}
	cut := false
	for i := range e.Len(event.Tags) {
		cut = cut || e.At(event.Tags, i) == parse.TagTruncated
	}
	r.trial.Reset()
	r.rows.origin = nil // its pointer is the same for all
	r.rows.zones.fixed = nil
	if e.Label(labelZoneFrom) == zoneLearned { // what was learned then holds for then
		r.rows.zones.fixed = offsetZone(e.Str(event.EventTimezone))
	}
	if r.origin.Lines = linesOf(e); r.origin.Lines != nil && r.origin.Lines.Own && r.origin.Lines.Year == 0 {
		return false // its time is that of the line before it, which is not at hand
	}
	r.rows.zones.still = true
	r.trial.SetRowID(e.ID())
	r.rows.add(&r.trial, &r.origin, []byte(e.Str(event.EventOriginal)), e.Ingested(), cut)
	if class := e.Str(event.EventRetention); class != "" {
		r.trial.SetAt(0, event.EventRetention, class)
	}
	now := r.trial.Event(0)
	r.was, r.now = e.AppendJSON(r.was[:0], nil), now.AppendJSON(r.now[:0], nil)
	if string(r.was) == string(r.now) {
		return false
	}
	b.Append(&r.trial, 0, 1)
	return true
}

// linesOf gives how e was read if it came out of a file.
func linesOf(e event.Event) *source.Lines {
	format := e.Label(labelFormat)
	if format == "" {
		return nil
	}
	l := &source.Lines{Format: format, Own: e.Label(labelOwnTime) != "", File: e.Str(event.LogFilePath)}
	if stated, ok := e.Int(event.LogTimestamp); ok {
		l.Year = stated
	}
	if e.Label(labelZoneFrom) == zoneGiven {
		l.Zone, _ = time.LoadLocation(e.Str(event.EventTimezone)) // it was one when it was stored
	}
	return l
}

// offsetZone reads what zones.name wrote; nil if it did not.
func offsetZone(s string) *time.Location {
	t, err := time.Parse("-07:00", s)
	if err != nil {
		return nil
	}
	_, east := t.Zone()
	return time.FixedZone(s, east)
}
