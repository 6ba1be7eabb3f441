// Package parse reads the fields out of a line's bytes.
package parse

import (
	"errors"
	"fmt"
	"time"

	"watchpost/internal/event"
)

// MaxLine is the longest record that is kept; what is beyond is cut off and the row is tagged `truncated`.
const MaxLine = 1 << 20

// Marks that parsers put into tags.
const (
	TagUnparsed  = "unparsed"   // no parser understood the record
	TagTruncated = "truncated"  // the record was longer than MaxLine
	TagFewFields = "few_fields" // the record holds more names than a row takes; event.original has them all
	TagBadTime   = "bad_time"   // the record states a time that no calendar or no int64 holds
	tagNotUTF8   = "not_utf8"   // the record is not valid UTF-8
)

// Format says what a record is.
type Format uint8

// The formats. Auto takes a record that begins with `{` for JSON and everything else for syslog.
const (
	Auto Format = iota
	Syslog
	JSON
)

// ParseFormat reads the name of a format: auto, syslog or json; "" is auto.
func ParseFormat(s string) (Format, error) {
	switch s {
	case "", "auto":
		return Auto, nil
	case "syslog":
		return Syslog, nil
	case "json":
		return JSON, nil
	}
	return Auto, fmt.Errorf("format %q: should be auto, syslog or json", s)
}

// Options says how to read what lines leave open.
type Options struct {
	Zone string `yaml:"zone"` // zone of stamps that state none, an IANA name; "" is UTC
}

// Check reports what is wrong with o.
func (o Options) Check() error {
	if _, err := time.LoadLocation(o.Zone); err != nil {
		return fmt.Errorf("zone: %w", err)
	}
	return nil
}

// Stamp is the time that a record states.
type Stamp struct {
	Time int64 // Unix nanoseconds
	Has  bool  // the record states a time
	Year bool  // the year stood in it; else it was guessed from the time of receipt
	Zone bool  // the zone stood in it; else Options.Zone was taken
}

// Parser fills rows of a batch. It keeps scratch memory, so each goroutine needs one of its own.
type Parser struct {
	clock    *clock                    // in use
	clocks   map[*time.Location]*clock // by zone
	named    map[string]*clock         // by the names that records state, nil for those that are none
	year     int64                     // from which years are inferred; 0: the receipt
	fields   map[string]event.Field    // by name, for JSON
	h        header
	heads    heads
	key      []byte     // scratch: a label's name
	val      []byte     // scratch: an unescaped value
	list     jsonReader // within an array
	services *serviceIndex
	apps     *appIndex
	inner    header     // of a line carried in JSON
	within   header     // of a line in a line
	said     header     // for the message of a line of pairs, which has none
	env      jsonReader // an envelope
	sent     sent
	servers  map[string]*server
	reading  reading
	shapes   *shapeIndex
	byForm   *recognisers
	byWords  *recognisers
	nowhere  nowhere
	accepted []byte // id of the event of the last audit record of a call that takes from the far end
	room
	spare  room // for what is read aside
	inside bool // something is read aside
}

// room is the memory that values lie in until the record has been read.
type room struct {
	json    jsonReader
	object  jsonReader // an object carried in a text
	sink    jsonSink
	names   []byte // the names in data
	plain   []byte // a message whose control characters came escaped
	decoded []byte // a message that came in base64
}

// New makes a parser. The error names what is wrong with o.
func New(o Options) (*Parser, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	loc, err := time.LoadLocation(o.Zone)
	if err != nil {
		return nil, err
	}
	own := &clock{loc: loc}
	return &Parser{clock: own, clocks: map[*time.Location]*clock{nil: own}, named: map[string]*clock{}, fields: jsonFields(), services: newServiceIndex(), apps: newAppIndex(),
		servers: serverIndex(), shapes: newShapeIndex(), byForm: newRecognisers(toldByForm()), byWords: newRecognisers(toldByWords())}, nil
}

// Zone makes loc the zone in which the lines that follow are read where they state none; nil is that of Options.
func (p *Parser) Zone(loc *time.Location) {
	c := p.clocks[loc]
	if c == nil {
		c = &clock{loc: loc}
		p.clocks[loc] = c
	}
	p.clock = c
}

// Year makes a time without year, in the lines that follow, the newest that is at most a day ahead of t, Unix nanoseconds, instead of the receipt; 0
// ends that.
func (p *Parser) Year(t int64) { p.year = t }

func (p *Parser) yearFrom(received int64) int64 {
	if p.year != 0 {
		return p.year
	}
	return received
}

// stated reads c in the zone that the record names, if it does and one knows it, else in that in use.
func (p *Parser) stated(c *civil, zone []byte, received int64) (Stamp, error) {
	if !c.has || c.hasZone || len(zone) == 0 || len(zone) > 64 {
		return p.clock.read(c, received)
	}
	if off, ok := zoneByName(zone); ok {
		c.offset, c.hasZone = off, true
		return p.clock.read(c, received)
	}
	with := *c
	if n := readOffset(zone, &with); n > 0 && n == len(zone) {
		*c = with
		return p.clock.read(c, received)
	}
	k, known := p.named[string(zone)]
	if !known && len(p.named) < maxNamed {
		if loc, err := time.LoadLocation(string(zone)); err == nil && string(zone) != "Local" {
			k = &clock{loc: loc}
		}
		p.named[string(zone)] = k
	}
	if k == nil {
		return p.clock.read(c, received)
	}
	s, err := k.read(c, received)
	s.Zone = s.Has
	return s, err
}

// maxNamed is how many names of zones that records state are looked up; there are some 600.
const maxNamed = 1024

// Offset gives the seconds east of UTC that the zone in use has at t, Unix nanoseconds.
func (p *Parser) Offset(t int64) int {
	_, east := time.Unix(0, t).In(p.clock.loc).Zone()
	return east
}

// Line opens a row in b for the record line, received at received (Unix nanoseconds), and sets what the record says.
// The caller normalises the row and calls b.End. Line never fails: a record that nothing understands is stored with
// its bytes and the tag `unparsed`; where a parser finds a fault, event.kind is pipeline_error and error.message
// names it.
func (p *Parser) Line(b *event.Batch, line []byte, received int64, f Format) (s Stamp) {
	cut := len(line) > MaxLine
	if cut {
		line = line[:MaxLine]
	}
	own := b.Begin(line, received)
	if cut {
		b.AddString(event.Tags, TagTruncated)
	}
	defer func() { // a parser's bug must cost one record its fields, not everyone the partition
		if r := recover(); r != nil {
			fault(b, fmt.Errorf("BUG: parser: %v", r))
			s = Stamp{}
		}
	}()
	if !validUTF8(own) {
		b.AddString(event.Tags, tagNotUTF8)
	}
	if body := trimJSON(own); f == JSON || f == Auto && len(body) > 0 && body[0] == '{' {
		s = p.jsonLine(b, own, body, received, f)
	} else {
		s = p.syslogLine(b, own, received)
	}
	setKind(b)
	return s
}

// setKind tells what a detection engine found from what merely happened.
func setKind(b *event.Batch) {
	e := event.Event{Batch: b, Row: b.Rows()}
	switch e.Str(event.EventAction) {
	case "ids_alert", "waf_alert", "malware-detected", "malware_detected", "malware_found", "virus_detected", "intrusion-detected":
		if e.Str(event.EventKind) == "event" {
			b.Unset(event.EventKind)
			b.SetString(event.EventKind, "alert")
		}
	}
}

func (p *Parser) syslogLine(b *event.Batch, own []byte, received int64) Stamp {
	if setFileHead(b, own) {
		return Stamp{}
	}
	h := &p.h
	*h = header{pri: -1}
	scan(own, h)
	p.setHeader(b, h)
	known := p.body(b, h)
	if !known && len(h.msg) > 24 {
		known = p.relayed(b, h)
	}
	if !known && h.pri < 0 && h.app != nil && h.stamp.hasYear { // a file's line that looks like one of syslog
		known = p.shapes.read(p, b, h.text)
	}
	s, err := p.stated(&h.stamp, h.zone, p.yearFrom(received))
	if err != nil {
		b.AddString(event.Tags, TagBadTime)
	}
	switch {
	case known:
	case h.pri >= 0 || h.stamp.has || h.host != nil || h.app != nil:
		b.SetString(event.EventKind, "event")
		b.SetString(event.EventDataset, "syslog")
	default:
		b.SetString(event.EventKind, "event")
		b.SetString(event.EventDataset, "unparsed")
		b.AddString(event.Tags, TagUnparsed)
	}
	return s
}

// relayed reads a message that is a line with a header of its own, as a relay makes it that takes every line for a text.
func (p *Parser) relayed(b *event.Batch, h *header) bool {
	in := &p.within
	*in = header{pri: -1}
	if text := skipBlanks(h.msg); versionLen(text) > 0 || len(unframed(text)) > 0 && unframed(text)[0] == '<' {
		scan(text, in)
	} else {
		scanLoose(h.msg, in)
	}
	if !in.stamp.has || len(in.msg) == 0 || len(in.msg) == len(h.msg) {
		return false
	}
	if h.host == nil && h.app == nil && in.host != nil && in.app != nil { // behind a time alone, as CloudWatch writes its streams to files
		b.Unset(event.Message)
		p.setHeader(b, in)
	}
	if !p.body(b, in) {
		return false
	}
	if in.app != nil {
		b.Set(event.ProcessName, programName(in.app))
		if in.procid != nil {
			setNum(b, event.ProcessPID, in.procid)
		}
	}
	if !h.stamp.has {
		h.stamp = in.stamp
	}
	return true
}

// aside reads something that the record which is being read holds, in room of its own: what is known of the record stays as it is.
func (p *Parser) aside(read func() bool) bool {
	own, inside := p.room, p.inside
	p.room, p.inside = p.spare, true
	defer func() {
		p.spare, p.room, p.inside = p.room, own, inside
	}()
	return read()
}

// Host cuts the host out of a syslog header, nil where there is none: cheap enough to choose a shard before the row
// is opened. Where it is not nil, Line sets host.name to the same. A manager of OSSEC or Wazuh sends what others say.
func Host(line []byte) []byte {
	if len(line) > MaxLine {
		line = line[:MaxLine]
	}
	if t := trimJSON(line); len(t) > 0 && t[0] == '{' {
		return nil
	}
	h := header{pri: -1}
	if scan(line, &h); string(h.app) == wazuhTag {
		return nil
	}
	return h.host
}

// fault marks the open row as one that a parser could not finish.
func fault(b *event.Batch, err error) {
	b.SetString(event.EventKind, "pipeline_error")
	b.SetString(event.ErrorMessage, err.Error())
	b.AddString(event.Tags, TagUnparsed)
}

var errTime = errors.New("no such time")
