package store

import (
	"cmp"
	"slices"
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

type accountKey struct{ tenant, listener, source, reason string }

type gain struct {
	count uint64
	last  int64
}

// received is the reason under which records received are counted; in block headers it is the empty text.
const received = "received"

func (a account) add(k accountKey, count uint64, last int64) {
	g := a[k]
	if g == nil {
		g = &gain{}
		a[k] = g
	}
	g.count += count
	g.last = max(g.last, last)
}

// header adds what ingest counted.
func (a account) header(h *event.Header) {
	for _, d := range h.Account {
		reason := d.Reason
		if reason == "" {
			reason = received
		}
		a.add(accountKey{d.Tenant, d.Listener, d.Source, reason}, d.Count, d.Last)
	}
}

// rows adds the rows [from, to) of b under reason, by tenant, listener and address of the sender.
func (a account) rows(b *event.Batch, from, to int, reason string) {
	type keys struct{ tenant, listener, source uint32 }
	var at keys
	var g *gain
	for i := from; i < to; i++ {
		e := b.Event(i)
		k := keys{e.Key(event.Tenant), e.Key(event.LogListener), e.Key(event.LogSourceAddress)}
		if g == nil || k != at { // neighbours mostly come from one source
			name := accountKey{e.Str(event.Tenant), e.Str(event.LogListener), e.Str(event.LogSourceAddress), reason}
			if g = a[name]; g == nil {
				name.tenant, name.listener, name.source = clone(name.tenant), clone(name.listener), clone(name.source)
				g = &gain{}
				a[name] = g
			}
			at = k
		}
		g.count++
		g.last = max(g.last, e.Ingested())
	}
}

func clone(s string) string { return string([]byte(s)) }

// input gives the account as columns of table sources, in an order that does not depend on chance.
func (a account) input() proto.Input {
	var (
		tenant, listener, reason = new(proto.ColStr).LowCardinality(), new(proto.ColStr).LowCardinality(), new(proto.ColStr).LowCardinality()
		source                   = new(proto.ColStr)
		hour                     = new(proto.ColDateTime)
		count                    = new(proto.ColUInt64)
		last                     = new(proto.ColDateTime64).WithPrecision(proto.PrecisionNano).WithLocation(time.UTC)
	)
	keys := make([]accountKey, 0, len(a))
	for k, g := range a {
		if g.count > 0 {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(x, y accountKey) int {
		return cmp.Or(cmp.Compare(x.tenant, y.tenant), cmp.Compare(x.listener, y.listener), cmp.Compare(x.source, y.source), cmp.Compare(x.reason, y.reason))
	})
	for _, k := range keys {
		g := a[k]
		t := time.Unix(0, g.last).UTC()
		tenant.Append(k.tenant)
		listener.Append(k.listener)
		source.Append(k.source)
		reason.Append(k.reason)
		hour.Append(t.Truncate(time.Hour))
		count.Append(g.count)
		last.Append(t)
	}
	return proto.Input{
		{Name: "tenant", Data: tenant}, {Name: "listener", Data: listener}, {Name: "source", Data: source},
		{Name: "reason", Data: reason}, {Name: "hour", Data: hour},
		{Name: "count", Data: as("SimpleAggregateFunction(sum, UInt64)", count)},
		{Name: "last", Data: as("SimpleAggregateFunction(max, DateTime64(9, 'UTC'))", last)},
	}
}
