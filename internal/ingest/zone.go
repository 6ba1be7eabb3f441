package ingest

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/parse"
	"watchpost/internal/source"
)

// Zone says in which zone some senders write times that state none.
type Zone struct {
	Zone      string   `yaml:"zone"`      // an IANA name, such as America/New_York; daylight saving time follows from it
	Listeners []string `yaml:"listeners"` // that take the records; empty: any
	Addresses []string `yaml:"addresses"` // senders' addresses and ranges, such as 192.0.2.0/24; empty: any
}

// Why a zone was taken, in the label timezone.from.
const (
	labelZoneFrom = "timezone.from"
	zoneStated    = "configuration" // ingest.zones
	zoneGiven     = "sender"        // with the lines of a file
	zoneLearned   = "learned"       // from the distance to the receipt
)

// zones knows in which zone each sender writes times that state none: from the configuration, or else learned. Each
// shard has its own, and learns alone: a host's records come to one shard.
type zones struct {
	stated  []statedZone
	known   *time.Location // of the origin asked for last, nil: not stated
	learned map[string]*learnedZone
	fixed   *time.Location // of the next record, if not nil: what was learned when it came
	still   bool           // learn nothing: what is read is not of now
	dirty   bool           // something was learned that no file has
	key     []byte
	names   map[int32]string // "+02:00" by offset
}

type statedZone struct {
	loc       *time.Location
	listeners []string
	addresses []netip.Prefix
}

func newZones(list []Zone) (*zones, error) {
	z := &zones{learned: map[string]*learnedZone{}, names: map[int32]string{}}
	var faults []error
	for i, o := range list {
		fault := func(format string, a ...any) {
			faults = append(faults, fmt.Errorf("zones[%d].%w", i, fmt.Errorf(format, a...)))
		}
		loc, err := time.LoadLocation(o.Zone)
		if err != nil || o.Zone == "" || o.Zone == "Local" {
			fault("zone: %q is no IANA name of a zone, such as Europe/Berlin", o.Zone)
		}
		s := statedZone{loc: loc, listeners: o.Listeners}
		for _, text := range o.Addresses {
			p, err := source.ParseNetwork(text)
			if err != nil {
				fault("addresses: %q is no address and no range such as 192.0.2.0/24", text)
			}
			s.addresses = append(s.addresses, p)
		}
		z.stated = append(z.stated, s)
	}
	return z, errors.Join(faults...)
}

// of gives the stated zone of a sender, nil where none is.
func (z *zones) of(o *source.Origin) *time.Location {
	if z.known = nil; z.fixed != nil {
		return z.fixed
	}
	peer := o.Peer.Addr().Unmap()
	for i := range z.stated {
		s := &z.stated[i]
		if len(s.listeners) > 0 && !slices.Contains(s.listeners, o.Listener) {
			continue
		}
		if len(s.addresses) > 0 && !slices.ContainsFunc(s.addresses, func(p netip.Prefix) bool { return p.Contains(peer) }) {
			continue
		}
		z.known = s.loc
		break
	}
	return z.known
}

// zone settles the zone of the open row, whose record states a time without one, and says in the row which it was and why, if it
// is another than that of all.
func (r *rows) zone(b *event.Batch, o *source.Origin, s *parse.Stamp, received int64) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if e.Present(event.EventTimezone) { // the sender's word
		return
	}
	if loc := r.zones.known; loc != nil && (o.Lines == nil || o.Lines.Zone == nil) {
		b.SetString(event.EventTimezone, loc.String())
		b.Label([]byte(labelZoneFrom), []byte(zoneStated))
		return
	}
	if o.Lines != nil && o.Lines.Zone != nil {
		b.SetString(event.EventTimezone, o.Lines.Zone.String())
		b.Label([]byte(labelZoneFrom), []byte(zoneGiven))
		return
	}
	if r.zones.fixed != nil {
		b.SetString(event.EventTimezone, r.zones.fixed.String())
		b.Label([]byte(labelZoneFrom), []byte(zoneLearned))
		return
	}
	if r.zones.still || o.Lines != nil {
		return
	}
	off, known := r.zones.learn(o, r.source, e.Str(event.HostName), s.Time, received)
	if !known {
		return
	}
	base := int32(r.parser.Offset(s.Time))
	s.Time -= int64(off) * int64(time.Second)
	b.SetString(event.EventTimezone, r.zones.name(base+off))
	b.Label([]byte(labelZoneFrom), []byte(zoneLearned))
}

// learnedZone is what is known of one host behind one sender. Offsets are seconds by which its times are ahead of those of the
// zone that was taken for its.
type learnedZone struct {
	offset    int32
	candidate int32 // another that its records speak for
	records   int   // in a row that do
	stated    int64 // time of the first of them,
	received  int64 // and its receipt
}

// Bounds of learning. Zones lie at quarters of an hour. A record arrives late rather than early. A sender that hands over a backlog looks
// like one in another zone, but its times run faster than the clock.
const (
	quarter      = 15 * time.Minute
	mostDelay    = 2 * time.Minute
	mostHaste    = 30 * time.Second
	learnRecords = 10
	learnWithin  = time.Minute
	westmost     = -12 * time.Hour
	eastmost     = 14 * time.Hour
	maxLearned   = 4096 // hosts; beyond, all is learned anew
)

// learn looks at a time that was read in the zone of all, and gives what it is ahead by since it is from another zone.
func (z *zones) learn(o *source.Origin, address, host string, stated, received int64) (off int32, known bool) {
	d := time.Duration(stated - received)
	q := (d + mostDelay).Truncate(quarter)
	if d+mostDelay < q { // Truncate goes towards zero
		q -= quarter
	}
	fits := d >= q-mostDelay && d <= q+mostHaste && q >= westmost && q <= eastmost
	if len(z.learned) == 0 && (!fits || q == 0) {
		return 0, false
	}
	z.key = z.key[:0]
	for _, part := range [...]string{o.Tenant, o.Listener, address, host} {
		z.key = append(append(z.key, part...), 0)
	}
	l := z.learned[string(z.key)]
	cand := int32(q / time.Second)
	switch {
	case l == nil && (!fits || q == 0):
		return 0, false
	case l == nil:
		if len(z.learned) >= maxLearned {
			clear(z.learned)
		}
		l = &learnedZone{}
		z.learned[string(z.key)] = l
	case !fits || cand == l.offset:
		l.records = 0
		return l.offset, l.offset != 0
	}
	drift := time.Duration((stated - l.stated) - (received - l.received))
	if l.records == 0 || cand != l.candidate || drift.Abs() > mostDelay {
		l.candidate, l.records, l.stated, l.received = cand, 1, stated, received
		return l.offset, l.offset != 0
	}
	if l.records++; l.records >= learnRecords && time.Duration(received-l.received) >= learnWithin {
		l.offset, l.records = cand, 0
		z.dirty = true
	}
	return l.offset, l.offset != 0
}

// name writes an offset as event.timezone has it.
func (z *zones) name(off int32) string {
	n, ok := z.names[off]
	if !ok {
		sign, abs := '+', off
		if off < 0 {
			sign, abs = '-', -off
		}
		n = fmt.Sprintf("%c%02d:%02d", sign, abs/3600, abs/60%60)
		z.names[off] = n
	}
	return n
}
