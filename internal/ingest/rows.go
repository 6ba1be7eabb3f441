package ingest

import (
	"fmt"

	"watchpost/internal/event"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/source"
)

// rows makes rows of frames; each shard has its own.
type rows struct {
	parser   *parse.Parser
	time     normalise.Options
	zones    *zones
	places   *normalise.Places // nil: no places are looked up
	source   string            // of origin, cached
	origin   *source.Origin
	unparsed uint64
	last     int64 // time that a line of the file stated last; 0: none yet
}

func newRows(o Options) (*rows, error) {
	p, err := parse.New(o.Parse)
	if err != nil {
		return nil, err
	}
	r := &rows{parser: p, time: o.Time}
	if r.zones, err = newZones(o.Zones); err != nil {
		return nil, err
	}
	if o.Geo != nil {
		r.places = normalise.NewPlaces(o.Geo)
	}
	return r, nil
}

// add makes one row of a frame that o sent.
func (r *rows) add(b *event.Batch, o *source.Origin, data []byte, received int64, cut bool) {
	format := parse.Auto
	if o.Transport == "http" {
		format = parse.JSON
	}
	r.turn(o)
	if o.Lines != nil {
		format, _ = parse.ParseFormat(o.Lines.Format) // the listener checked it
	}
	stamp := r.parser.Line(b, data, received, format)
	if cut {
		b.AddString(event.Tags, parse.TagTruncated)
	}
	if stamp.Has && !stamp.Zone {
		r.zone(b, o, &stamp, received)
	}
	b.SetString(event.Tenant, o.Tenant)
	b.SetString(event.LogListener, o.Listener)
	b.SetString(event.LogSourceAddress, r.source)
	if o.Defaults != nil {
		setDefaults(b, o.Defaults)
	}
	r.normalise(b, stamp, received)
	if o.Lines != nil {
		r.own(b, o.Lines, stamp, received)
	}
	b.End()
	if b.Event(b.Rows()-1).Str(event.EventDataset) == parse.TagUnparsed {
		r.unparsed++
	}
}

// turn prepares for the records of o.
func (r *rows) turn(o *source.Origin) {
	if o != r.origin {
		r.origin, r.source = o, sourceOf(o)
		r.parser.Zone(r.zones.of(o))
		r.lines(o.Lines)
	}
}

// normalise completes the open row. As in the parser, a bug must cost one record its fields, not everyone the process.
func (r *rows) normalise(b *event.Batch, stamp parse.Stamp, received int64) {
	defer func() {
		if p := recover(); p != nil {
			b.SetString(event.EventKind, "pipeline_error")
			b.SetString(event.ErrorMessage, fmt.Sprintf("BUG: normalise: %v", p))
		}
	}()
	r.time.Row(b, normalise.Stamp(stamp), received)
	if r.places != nil {
		r.places.Row(b)
	}
}

// setDefaults puts what a token says of its events where they say nothing. The data set of an event that no parser understood
// stays: it is what such events are found by.
func setDefaults(b *event.Batch, d *source.Defaults) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if d.Dataset != "" && parse.Plain(e.Str(event.EventDataset)) {
		b.SetString(event.EventDataset, d.Dataset)
	}
	if d.Host != "" && !e.Present(event.HostName) {
		b.SetString(event.HostName, d.Host)
	}
	for name, v := range d.Labels {
		b.Label([]byte(name), []byte(v))
	}
}
