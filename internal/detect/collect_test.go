package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/window"
)

// What a collector says of an event is what the event says itself: whatever dictionaries the batches before it had, and where there are more
// tenants and keys than anything can be noted of.
func TestCollectReads(t *testing.T) {
	r := mustRules(t, everyKind)
	c := &collector{}
	rng := rand.New(rand.NewPCG(3, 4))
	f := func(rows, tenants, values int) {
		t.Helper()
		b := &event.Batch{}
		b.SetID(event.BlockID{byte(rows), byte(values)})
		for range rows {
			at := rng.Int64N(int64(3 * time.Minute))
			fact{time: at, received: at, action: "fail", ip: text(rng, "ip", values), user: text(rng, "u", values), hn: text(rng, "h", values), bytes: rng.Int64N(50), place: "52.5,13.4"}.put(b)
			b.SetAt(b.Rows()-1, event.Tenant, fmt.Sprint("tenant", rng.IntN(tenants)))
		}
		c.collect(r, everyRow{r}, b)
		told, number := map[string]bool{}, map[entry]int{}
		for i, en := range c.list {
			number[en] = i
		}
		for i := range c.signals {
			s := &c.signals[i]
			en := c.list[s.entry]
			p, e := &r.plans[en.rule], b.Event(int(s.id.Row))
			told[p.ID] = true
			var buf []byte
			key := window.AppendKey(nil, e.Str(event.Tenant))
			for _, g := range p.GroupBy {
				key = window.AppendKey(key, string(appendValue(nil, e, g)))
			}
			if s.time != e.Time() || en.key != string(key) || number[en] != int(s.entry) {
				t.Fatalf("%s: row %d: key %q, want %q", p.ID, e.Row, en.key, key)
			}
			if p.value != event.None && !p.number {
				if buf = appendValue(nil, e, p.value); c.text[s.value] != string(buf) {
					t.Fatalf("%s: row %d: value %q, want %q", p.ID, e.Row, c.text[s.value], buf)
				}
			}
			for i, g := range p.shown {
				if buf = appendValue(buf[:0], e, g); c.text[c.fields[int(s.fields)+i]] != string(buf) {
					t.Fatalf("%s: row %d: %s is %q, want %q", p.ID, e.Row, g, c.text[c.fields[int(s.fields)+i]], buf)
				}
			}
		}
		for i := range r.plans {
			if !told[r.plans[i].ID] && rows > 1 {
				t.Errorf("%s: no signals", r.plans[i].ID)
			}
		}
		if len(c.known) > maxKnown {
			t.Errorf("%d things noted", len(c.known))
		}
	}
	f(200, 1, 5)
	f(200, 3, 40)
	f(1, 1, 1)
	f(300, 2, 300)
	f(2500, 1500, 1500) // 1,200 tenants or so by as many values: too many
	f(50, 2, 7)
}

// text draws one of n texts, or none.
func text(rng *rand.Rand, of string, n int) string {
	if k := rng.IntN(n + 1); k < n {
		return strings.Repeat(of, 1+k%3) + fmt.Sprint(k)
	}
	return ""
}
