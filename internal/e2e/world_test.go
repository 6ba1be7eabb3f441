package e2e

import (
	"cmp"
	bits "encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/normalise"
)

// world is what a few dozen machines do for a while, cut into blocks as ingest would cut them. Its time lies ahead of
// the clock of this machine, and runs as fast as the blocks are sent: watermarks come from blocks alone.
//
// Nothing in it is late: events are out of order by at most worldDisorder, and the clock that stamps them and their receipt
// once goes back by worldBack and once forward by an hour.
type world struct {
	random  *rand.Rand
	log     []parcel // in the order of sending
	closing []parcel // one a partition: by then every window has closed
	after   []parcel // one a partition: signals that follow all others
	batches []*event.Batch
	events  int           // each once
	again   int           // blocks that are sent twice
	repeats int           // rows of requests that are sent again within another block
	late    time.Duration // the most that an event lies behind its partition's newest time of receipt
	shards  []shard
	tardy   int   // one event in so many is too late for its rules; 0: none
	tardies int   // how many were
	end     int64 // of all that happens
}

const (
	worldSources  = 24
	worldFuture   = 7 // the source whose clock is a day ahead
	worldDisorder = 6 * time.Second
	worldDays     = 8
	worldBack     = 15 * time.Second
	worldLateness = 30 * time.Second
)

// parcel is a block on its way.
type parcel struct {
	partition int
	header    event.Header
	value     []byte
	place     int // in the log
}

// shard is a block in the making.
type shard struct {
	batch    *event.Batch
	received int64
	repeated uint32 // rows at its begin that stand in an earlier block, of request
	request  [16]byte
	old      *event.Batch // rows that will be repeated, of request
}

// newWorld lets so many seconds pass for so many partitions, after a week and a day in which little happens: baselines are
// learnt from it. One event in tardy, if that is not 0, comes minutes too late.
func newWorld(random *rand.Rand, begin time.Time, seconds, partitions, tardy int) *world {
	w := &world{random: random, tardy: tardy, shards: make([]shard, partitions)}
	for p := range w.shards {
		w.shards[p].batch = new(event.Batch)
	}
	now := begin.UnixNano()
	for h := range 24 * worldDays {
		for s := range worldSources / 3 {
			if h%2 == s%2 {
				w.put(s%partitions, now+w.random.Int64N(int64(time.Second)), now+int64(time.Second), "probe", "robot", s)
			}
		}
		if h%6 == 5 {
			for p := range w.shards {
				w.cut(p)
			}
		}
		now += int64(time.Hour)
	}
	for t := range seconds {
		switch t {
		case seconds / 3:
			now += int64(time.Hour)
		case 2 * seconds / 3:
			now -= int64(worldBack)
		}
		for s := range worldSources {
			w.second(t, s, now)
		}
		for p := range w.shards {
			if w.random.IntN(4) == 0 {
				w.cut(p)
			}
		}
		now += int64(time.Second)
	}
	for p := range w.shards {
		w.cut(p)
	}
	log := w.log
	slices.SortStableFunc(log, func(a, b parcel) int { return cmp.Compare(a.place, b.place) })
	w.end = now + int64(4*time.Hour)
	end := w.end
	last := func(action string, hosts int, received int64) []parcel {
		w.log = nil
		defer func(n int) { w.again = n }(w.again)
		for p := range w.shards {
			for n := range hosts {
				w.put(p, end, received, action, fmt.Sprintf("end%d", n), p)
			}
			w.cut(p)
		}
		return slices.DeleteFunc(w.log, func(p parcel) bool { return p.place%copyEvery != 0 })
	}
	w.closing = last("end", 1, end+int64(worldLateness))
	w.after = last("sentinel", 32, end+int64(worldLateness))
	w.log = log
	return w
}

// tick is a block for each partition in which nothing happens but that time goes on, n seconds behind the end.
func (w *world) tick(n int) []parcel {
	w.log = nil
	at := w.end + int64(26*time.Hour) + int64(n)*int64(time.Second) // that is how far the windows of late events reach
	for p := range w.shards {
		w.put(p, at, at, "tick", "nobody", p)
		w.cut(p)
	}
	return slices.DeleteFunc(w.log, func(p parcel) bool { return p.place%copyEvery != 0 })
}

// second lets source s do what it does in a second.
func (w *world) second(t, s int, now int64) {
	rng := w.random
	users := [...]string{"anna", "ben", "carla", "dmitri", "eva", "farid", "greta", "hugo", "ines"}
	user := users[rng.IntN(len(users))]
	put := func(action string) {
		received := now + rng.Int64N(int64(time.Second))
		at := received - rng.Int64N(int64(worldDisorder))
		if rng.IntN(3) == 0 {
			at -= at % int64(time.Second) // ties
		}
		at = max(at, received-int64(worldDisorder))
		if s == worldFuture {
			at = normalise.Defaults.Time(normalise.Stamp{Time: at + int64(24*time.Hour), Has: true, Year: true, Zone: true}, received)
		}
		w.put(s%len(w.shards), at, received, action, user, s)
	}
	phase := (t/97 + 3*s) % 7
	if (phase == 0 || phase == 4) && rng.IntN(4) == 0 {
		put("fail")
	}
	if phase == 2 && rng.IntN(25) == 0 {
		put("fail") // seldom enough
	}
	if phase < 3 && rng.IntN(15) == 0 {
		put("login")
	}
	if t%10 == s%10 && phase != 5 {
		put("beat")
	}
	if rng.IntN(400) == 0 {
		put("sudo")
	}
	if phase >= 3 && t%20 == s%20 { // as regular as a clock, which its receipt is not
		w.put(s%len(w.shards), now-int64(3*time.Second)+rng.Int64N(int64(400*time.Millisecond)), now, "connect", user, s)
	}
	if phase == 1 && s < worldSources/3 && rng.IntN(3) == 0 {
		put("probe")
	}
	for range 1 + rng.IntN(3) {
		put("flow")
	}
}

var worldPlaces = [...][2]string{{"DE", "52.52,13.40"}, {"FR", "48.85,2.35"}, {"AT", "48.21,16.37"}, {"BR", "-23.55,-46.63"}}

// put adds an event of source s to partition p's block.
func (w *world) put(p int, at, received int64, action, user string, s int) {
	sh := &w.shards[p]
	b := sh.batch
	b.Begin(fmt.Appendf(nil, "%s %s %d", action, user, s), received)
	b.SetTime(at)
	b.SetString(event.Tenant, "default")
	b.SetString(event.EventAction, action)
	b.SetString(event.SourceIP, fmt.Sprintf("203.0.113.%d", s))
	b.SetString(event.UserName, user)
	b.SetString(event.HostName, fmt.Sprintf("host%d", s))
	if w.tardy > 0 && action != "probe" && s != worldFuture && w.random.IntN(w.tardy) == 0 {
		at -= int64(worldLateness+worldBack) + w.random.Int64N(int64(5*time.Minute))
		b.SetTime(at)
		w.tardies++
	}
	switch action {
	case "login":
		place := worldPlaces[min(w.random.IntN(60), len(worldPlaces)-1)]
		b.SetString(event.SourceGeoCountryIsoCode, place[0])
		b.SetString(event.SourceGeoLocation, place[1])
	case "flow":
		n := 500 + w.random.Int64N(1500)
		if w.random.IntN(300) == 0 {
			n *= 200
		}
		b.SetInt(event.SourceBytes, n)
	case "probe":
		n := 1000 + w.random.Int64N(100)
		if user != "robot" {
			n *= 5
		}
		b.SetInt(event.SourceBytes, n)
	case "connect":
		b.SetString(event.DestinationIP, "198.51.100.9")
	}
	b.End()
	sh.received = max(sh.received, received)
	w.late = max(w.late, time.Duration(sh.received-at))
	w.events++
}

// copyEvery tells the copies of blocks from the blocks themselves: see parcel.place.
const copyEvery = 1000

// cut closes partition p's block. One block in five will be sent again a while later; now and then rows of a block
// will be sent again within a later one, as an agent does that missed the answer to its request.
func (w *world) cut(p int) {
	sh := &w.shards[p]
	if sh.batch.Rows() == 0 {
		return
	}
	var id event.BlockID
	bits.BigEndian.PutUint64(id[:], uint64(sh.received/1e6)<<16)
	bits.BigEndian.PutUint64(id[8:], w.random.Uint64())
	b := sh.batch
	h := event.Header{ID: id, Version: event.Version, Rows: uint32(b.Rows()), Received: sh.received}
	h.First, h.Last = b.Span()
	fresh := new(event.Batch) // what is new in it, under its ids
	whole := new(event.Batch)
	value := b.AppendBlock(nil)
	if err := whole.Decode(id, value); err != nil {
		panic("BUG: e2e: " + err.Error())
	}
	fresh.Append(whole, int(sh.repeated), whole.Rows())
	w.batches = append(w.batches, fresh)
	next := shard{batch: new(event.Batch), received: sh.received, old: sh.old, request: sh.request}
	switch {
	case sh.repeated > 0:
		h.Requests = []event.Request{{ID: sh.request, From: 0, To: sh.repeated}}
		next.old = nil
	case sh.old == nil && w.random.IntN(8) == 0: // this block is an agent's request
		bits.BigEndian.PutUint64(next.request[:], w.random.Uint64())
		h.Requests = []event.Request{{ID: next.request, From: 0, To: uint32(whole.Rows())}}
		next.old = whole
	case sh.old != nil && w.random.IntN(4) == 0: // the next one begins with its rows
		next.batch.Append(sh.old, 0, sh.old.Rows())
		next.repeated = uint32(sh.old.Rows())
		w.repeats += sh.old.Rows()
	}
	place := len(w.batches) * copyEvery
	w.log = append(w.log, parcel{p, h, value, place})
	if w.random.IntN(5) == 0 {
		w.again++
		w.log = append(w.log, parcel{p, h, value, place + w.random.IntN(60*copyEvery)/copyEvery*copyEvery + 1})
	}
	*sh = next
}

func TestWorld(t *testing.T) {
	w := newWorld(rand.New(rand.NewPCG(1, 0)), time.Unix(1_900_000_000, 0), 600, 4, 0)
	seen := make(map[event.BlockID]bool)
	copies := 0
	for _, p := range w.log {
		if seen[p.header.ID] {
			copies++
		}
		seen[p.header.ID] = true
	}
	if w.late > worldLateness || w.late < worldBack {
		t.Errorf("an event is %v behind", w.late)
	}
	if copies != w.again || copies*4 < len(seen)/2 || w.repeats == 0 || len(w.closing) != 4 || len(w.after) != 4 {
		t.Errorf("%d blocks, %d copies, %d told, %d rows repeated, %d + %d at the end", len(seen), copies, w.again, w.repeats, len(w.closing), len(w.after))
	}
}
