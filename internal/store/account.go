package store

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
)

// Reasons that a loader adds to those of ingest.
const (
	Stored      = "stored"            // rows in table events
	Quarantined = "quarantined"       // rows, or records of the log, in table quarantine
	Repeated    = "dropped:duplicate" // rows left out: their HTTP request was stored before
)

// account sums gains of the loss account for one insert.
type account map[accountKey]*gain

type accountKey struct {
	tenant, listener, source, reason string
	hour                             int64 // of what is counted, since 1970; set by add and rows
}

// gain is what is added to one row of table sources.
type gain struct {
	count, unparsed uint64
	first, last     int64
	minutes         uint64 // bit n: something in minute n of the hour
	skew            map[int32]uint64
	zone            string // in which times without one were read; the newest
}

// received is the reason under which records received are counted; in block headers it is the empty text.
const received = "received"

func (a account) at(k accountKey, t int64) *gain {
	k.hour = t / int64(time.Hour)
	g := a[k]
	if g == nil {
		k.tenant, k.listener, k.source = strings.Clone(k.tenant), strings.Clone(k.listener), strings.Clone(k.source)
		g = &gain{first: t}
		a[k] = g
	}
	return g
}

func (g *gain) add(count uint64, t int64) {
	g.count += count
	g.first, g.last = min(g.first, t), max(g.last, t)
	g.minutes |= 1 << (t / int64(time.Minute) % 60)
}

func (a account) add(k accountKey, count uint64, last int64) { a.at(k, last).add(count, last) }

// header adds what ingest counted.
func (a account) header(h *event.Header) {
	for _, d := range h.Account {
		reason := d.Reason
		if reason == "" {
			reason = received
		}
		a.add(accountKey{tenant: d.Tenant, listener: d.Listener, source: d.Source, reason: reason}, d.Count, d.Last)
	}
}

// unknownSender stands where the account of a block that cannot be read does not tell whose its rows were.
const unknownSender = "(unknown sender)"

// unread adds the rows of a block that nobody can read, at time at: of each sender as many as the header's account says came from it
// and were not lost on the way. Where these are not the rows that the header tells of, and the account names several
// senders, all are of an unknown sender: of the tenant that all these senders are of, or of none.
func (a account) unread(h *event.Header, reason string, at int64) {
	left := map[accountKey]int64{}
	var all int64
	var first accountKey
	same := len(h.Account) > 0
	for i, d := range h.Account {
		k, n := accountKey{tenant: d.Tenant, listener: d.Listener, source: d.Source, reason: reason}, int64(min(d.Count, math.MaxInt32))
		if d.Reason != "" {
			n = -n // among those received, and lost
		}
		if i == 0 {
			first = k
		}
		same = same && k.tenant == first.tenant
		left[k] += n
		all += n
	}
	exact := all == int64(h.Rows)
	for _, n := range left {
		exact = exact && n >= 0
	}
	switch {
	case exact:
		for k, n := range left {
			if n > 0 {
				a.add(k, uint64(n), at)
			}
		}
	case len(left) == 1:
		a.add(first, uint64(h.Rows), at)
	default:
		k := accountKey{source: unknownSender, reason: reason}
		if same {
			k.tenant = first.tenant
		}
		a.add(k, uint64(h.Rows), at)
	}
}

// rows adds the rows [from, to) of b under reason, by tenant, listener, address of the sender and hour of receipt.
func (a account) rows(b *event.Batch, from, to int, reason string) {
	type keys struct {
		tenant, listener, source uint32
		hour                     int64
	}
	var at keys
	var g *gain
	unparsed := entry(b, event.EventDataset, "unparsed")
	for i := from; i < to; i++ {
		e := b.Event(i)
		t := e.Ingested()
		k := keys{e.Key(event.Tenant), e.Key(event.LogListener), e.Key(event.LogSourceAddress), t / int64(time.Hour)}
		if g == nil || k != at { // neighbours mostly come from one source
			g = a.at(accountKey{tenant: e.Str(event.Tenant), listener: e.Str(event.LogListener), source: e.Str(event.LogSourceAddress), reason: reason}, t)
			at = k
		}
		g.add(1, t)
		if reason != Stored {
			continue
		}
		if int64(e.Key(event.EventDataset)) == unparsed {
			g.unparsed++
		}
		if stated, ok := e.Int(event.LogTimestamp); ok {
			g.clock(stated - t)
		}
		if z := e.Str(event.EventTimezone); z != "" && z != g.zone {
			g.zone = strings.Clone(z)
		}
	}
}

// entry gives the number of a value in a dictionary, -1 if it is not there.
func entry(b *event.Batch, f event.Field, value string) int64 {
	for k := range b.Distinct(f) {
		if b.Entry(f, uint32(k)) == value {
			return int64(k)
		}
	}
	return -1
}

// maxBehind is how far behind its receipt a record may say that it is and still tell of a clock or a zone: beyond, it comes
// from an archive or a sender that was cut off for long.
const maxBehind = 15 * time.Hour

// clock counts the distance from receipt to stated time, in steps that grow with it.
func (g *gain) clock(d int64) {
	if d < -int64(maxBehind) {
		return
	}
	s := time.Duration(d)
	switch abs := s.Abs(); {
	case abs < time.Minute:
		s = s.Round(time.Second)
	case abs < time.Hour:
		s = s.Round(10 * time.Second)
	case abs < 48*time.Hour:
		s = s.Round(time.Minute)
	default:
		s = min(s.Round(24*time.Hour), 10000*24*time.Hour)
	}
	if g.skew == nil {
		g.skew = map[int32]uint64{}
	}
	g.skew[int32(s/time.Second)]++
}

// input gives the account as columns of table sources, in an order that does not depend on chance.
func (a account) input() proto.Input {
	var (
		tenant, listener, reason = new(proto.ColStr).LowCardinality(), new(proto.ColStr).LowCardinality(), new(proto.ColStr).LowCardinality()
		source                   = new(proto.ColStr)
		hour                     = new(proto.ColDateTime)
		count                    = new(proto.ColUInt64)
		first, last              = nanoseconds(), nanoseconds()
		minutes, unparsed        = new(proto.ColUInt64), new(proto.ColUInt64)
		skew                     = proto.NewMap[int32, uint64](new(proto.ColInt32), new(proto.ColUInt64))
		zone                     = new(proto.ColStr)
	)
	keys := make([]accountKey, 0, len(a))
	for k, g := range a {
		if g.count > 0 {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(x, y accountKey) int {
		return cmp.Or(cmp.Compare(x.tenant, y.tenant), cmp.Compare(x.listener, y.listener), cmp.Compare(x.source, y.source), cmp.Compare(x.reason, y.reason), cmp.Compare(x.hour, y.hour))
	})
	for _, k := range keys {
		g := a[k]
		tenant.Append(k.tenant)
		listener.Append(k.listener)
		source.Append(k.source)
		reason.Append(k.reason)
		hour.Append(time.Unix(k.hour*3600, 0).UTC())
		count.Append(g.count)
		first.Append(time.Unix(0, g.first).UTC())
		last.Append(time.Unix(0, g.last).UTC())
		minutes.Append(g.minutes)
		unparsed.Append(g.unparsed)
		skew.Append(g.skew)
		zone.Append(g.zone)
	}
	return proto.Input{
		{Name: "tenant", Data: tenant}, {Name: "listener", Data: listener}, {Name: "source", Data: source},
		{Name: "reason", Data: reason}, {Name: "hour", Data: hour},
		{Name: "count", Data: as("SimpleAggregateFunction(sum, UInt64)", count)},
		{Name: "first", Data: as("SimpleAggregateFunction(min, DateTime64(9, 'UTC'))", first)},
		{Name: "last", Data: as("SimpleAggregateFunction(max, DateTime64(9, 'UTC'))", last)},
		{Name: "minutes", Data: as("SimpleAggregateFunction(groupBitOr, UInt64)", minutes)},
		{Name: "unparsed", Data: as("SimpleAggregateFunction(sum, UInt64)", unparsed)},
		{Name: "skew", Data: as("SimpleAggregateFunction(sumMap, Map(Int32, UInt64))", skew)},
		{Name: "zone", Data: as("SimpleAggregateFunction(anyLast, String)", zone)},
	}
}

func nanoseconds() *proto.ColDateTime64 {
	return new(proto.ColDateTime64).WithPrecision(proto.PrecisionNano).WithLocation(time.UTC)
}
