package window

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
)

func TestSpecCheck(t *testing.T) {
	f := func(s Spec, ok bool) {
		t.Helper()
		if err := s.Check(); (err == nil) != ok {
			t.Errorf("%+v: %v", s, err)
		}
	}
	f(Spec{Kind: Count, Within: time.Minute, AtLeast: 1}, true)
	f(Spec{Kind: Count, Within: time.Minute}, false)
	f(Spec{Kind: Count, Within: 0, AtLeast: 1}, false)
	f(Spec{Kind: Count, Within: MaxWithin + 1, AtLeast: 1}, false)
	f(Spec{Kind: Count, Within: time.Minute, AtLeast: MaxAtLeast + 1}, false)
	f(Spec{Kind: Distinct, Within: time.Minute, AtLeast: 3, Field: event.UserName}, true)
	f(Spec{Kind: Distinct, Within: time.Minute, AtLeast: 3}, false)
	f(Spec{Kind: Sequence, Within: time.Minute, Steps: []int{1, 1}}, true)
	f(Spec{Kind: Sequence, Within: time.Minute, Steps: []int{1}}, false)
	f(Spec{Kind: Sequence, Within: time.Minute, Steps: []int{1, 0}}, false)
	f(Spec{Kind: Absence, Within: time.Minute}, true)
	f(Spec{Kind: "tumbling", Within: time.Minute}, false)
	f(Spec{Kind: Count, Within: time.Minute, AtLeast: 1, Mode: Tumbling}, true)
	f(Spec{Kind: Count, Within: time.Minute, AtLeast: 1, Mode: "hopping"}, false)
	f(Spec{Kind: Count, Within: time.Minute, AtLeast: 1, Mode: Session}, false)
	f(Spec{Kind: Count, Within: time.Minute, AtLeast: 1, Mode: Session, Gap: time.Second}, true)
	f(Spec{Kind: Absence, Within: time.Minute, Mode: Tumbling}, false)
	f(Spec{Kind: Count, Within: time.Minute, Below: 2, Mode: Tumbling}, true)
	f(Spec{Kind: Count, Within: time.Minute, Below: 2}, false)
	f(Spec{Kind: Count, Within: time.Minute, Below: 2, AtLeast: 1, Mode: Tumbling}, false)
	f(Spec{Kind: Sum, Within: time.Minute, Threshold: 1, Field: event.SourceBytes}, true)
	f(Spec{Kind: Sum, Within: time.Minute, Threshold: 1, Field: event.UserName}, false)
	f(Spec{Kind: Sum, Within: time.Minute, Field: event.SourceBytes}, false)
	f(Spec{Kind: Percentile, Within: time.Minute, Threshold: 1, Events: 1, Percent: 100, Field: event.SourceBytes}, false)
	f(Spec{Kind: Sequence, Within: time.Minute, Steps: []int{1, 1}, Not: []bool{true, true}}, false)
	f(Spec{Kind: Sequence, Within: time.Minute, Steps: []int{1, 2}, Not: []bool{false, true}}, false)
	f(Spec{Kind: FirstSeen, Learn: time.Hour, Memory: time.Minute, Field: event.UserName}, false)
	f(Spec{Kind: Rate, Within: 7 * time.Minute, Times: 2, Threshold: 1, Learn: week, Memory: week}, false)
	f(Spec{Kind: Rate, Within: time.Hour, Times: 2, Threshold: 1, Learn: time.Hour, Memory: week}, false)
	f(Spec{Kind: Travel, Within: time.Hour, Threshold: 500, Field: event.SourceGeoLocation}, false)
	f(Spec{Kind: Beacon, Within: time.Minute, AtLeast: 10, Jitter: 0.1, From: 10 * time.Second, To: time.Hour}, false)
}

func minute(n int) Rule {
	return Rule{ID: "r", Spec: &Spec{Kind: Count, Within: time.Minute, AtLeast: n}}
}

// A flood of keys evicts those that would have been forgotten first, closes their bursts, and keeps the bounds.
func TestEviction(t *testing.T) {
	for _, o := range []Options{{MaxKeys: 100, MaxBytes: 1 << 30, MaxPending: 1000}, {MaxKeys: 1 << 30, MaxBytes: 50_000, MaxPending: 1000}} {
		s := New(o)
		s.SetRules([]Rule{minute(1)})
		last := map[string]uint64{}
		take := func(b Burst) { last[b.Key] = b.Count }
		for i := range 2000 {
			sig := Signal{Time: int64(i) * int64(time.Millisecond), ID: id(i)}
			s.Add(0, fmt.Sprint("key", i), sig, take)
			sig.Time++
			s.Add(0, fmt.Sprint("key", i), sig, take)
			s.Advance(sig.Time+1, take)
			if st := s.Stats(); st.Keys > o.MaxKeys || st.Bytes > o.MaxBytes || len(s.timers) != st.Keys {
				t.Fatalf("%+v: %+v, %d timers", o, st, len(s.timers))
			}
		}
		st := s.Stats()
		if st.Evicted < 1800 || last["key0"] != 2 || len(last) != 2000 {
			t.Errorf("%+v: %+v, %d bursts, the first of %d", o, st, len(last), last["key0"])
		}
	}
}

// Too many waiting signals are judged before their time, the oldest first; that is counted.
func TestForced(t *testing.T) {
	s := New(Options{MaxKeys: 100, MaxBytes: 1 << 20, MaxPending: 100})
	s.SetRules([]Rule{minute(3)})
	l := newLedger()
	for i := range 1000 {
		s.Add(0, "k", Signal{Time: int64(i) * sec, ID: id(i)}, l.take)
		if s.Stats().Pending > 100 {
			t.Fatalf("%d wait", s.Stats().Pending)
		}
	}
	if st := s.Stats(); st.Forced < 800 || st.Bursts != 1 {
		t.Errorf("%+v", st)
	}
	if s.Add(0, "k", Signal{Time: 0, ID: id(0)}, l.take) || s.Stats().Late != 1 {
		t.Error("what comes behind the forced watermark is not late")
	}
}

func TestLate(t *testing.T) {
	s := New(Defaults)
	r := minute(3)
	r.Lateness = 5 * time.Second
	s.SetRules([]Rule{r})
	none := func(b Burst) { t.Errorf("%+v", b) }
	s.Advance(100*sec, none)
	if !s.Add(0, "k", Signal{Time: 95 * sec}, none) || s.Add(0, "k", Signal{Time: 95*sec - 1}, none) {
		t.Error("lateness is not kept to the nanosecond")
	}
	s.Advance(50*sec, none)
	if s.Watermark() != 100*sec {
		t.Error("the watermark goes back")
	}
}

// A new set of rules keeps the windows of rules that stay, wherever they stand in it, and drops the others'.
func TestSetRules(t *testing.T) {
	a, b, c := minute(3), minute(3), minute(3)
	a.ID, b.ID, c.ID = "a", "b", "c"
	s := New(Defaults)
	s.SetRules([]Rule{a, b})
	l := newLedger()
	for i := range 2 {
		for _, sig := range at(i) {
			s.Add(0, "k", sig, l.take)
			s.Add(1, "k", sig, l.take)
		}
	}
	s.Advance(10*sec, l.take)
	s.Add(0, "k", Signal{Time: 20 * sec}, l.take) // waits, then its rule is gone
	a.Hash[0] = 1
	s.SetRules([]Rule{c, b, a})
	if s.Stats().Keys != 1 {
		t.Errorf("%d keys are left", s.Stats().Keys)
	}
	for n := range 3 {
		s.Add(n, "k", Signal{Time: 30 * sec, ID: id(9)}, l.take)
	}
	s.Advance(foreverTime, l.take)
	if len(l.order) != 1 || l.last[l.order[0]].Rule != 1 || l.last[l.order[0]].Count != 3 {
		t.Errorf("%+v", l.last)
	}
}

func TestKeys(t *testing.T) {
	long := string(make([]byte, 3*MaxValue))
	key := string(AppendKey(AppendKey(AppendKey(nil, "default"), ""), long+"a"))
	parts, err := SplitKey(key)
	if err != nil || len(parts) != 3 || parts[0] != "default" || parts[1] != "" || len(parts[2]) != MaxValue {
		t.Errorf("%q %v", parts, err)
	}
	if string(AppendKey(nil, long+"a")) == string(AppendKey(nil, long+"b")) {
		t.Error("long values fall together")
	}
	for n := range len(key) {
		if p, err := SplitKey(key[:n]); err == nil && len(p) == 3 {
			t.Errorf("cut at %d: %q", n, p)
		}
	}
}

// A million live keys of one event take at most 160 MB, of whatever kind, all included, and as much once they were saved and
// restored; the estimate that max_bytes goes by is near.
func TestMemoryOfKeys(t *testing.T) {
	f := func(spec Spec, keys, events, most int) {
		t.Helper()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := New(Options{MaxKeys: 1 << 30, MaxBytes: 1 << 40, MaxPending: 1 << 30})
		rules := []Rule{{ID: "r", Spec: &spec}}
		s.SetRules(rules)
		key := make([]byte, 0, 64)
		for n := range keys * events { // 500 of the events of a block match
			k := n % keys
			key = fmt.Appendf(key[:0], "\x07default\x0c10.%d.%d.%d", k>>16, k>>8&255, k&255)
			ev := event.ID{Block: event.BlockID{1, byte(n / 500 >> 16), byte(n / 500 >> 8), byte(n / 500)}, Row: uint32(n)}
			sig := Signal{Time: int64(n), ID: ev, Sum: Fixed{Whole: 1}}
			switch spec.Kind {
			case Distinct, FirstSeen:
				sig.Value = fmt.Sprint("user", n/keys)
			case Travel:
				sig.Value = "52.52,13.40"
			}
			s.Add(0, string(key), sig, nil)
			if n%1000 == 999 {
				s.Advance(int64(n)+1, nil)
			}
		}
		s.Advance(int64(keys*events), nil)
		for _, when := range []string{"made", "restored"} {
			if when == "restored" {
				s = reborn(s, rules, func(*State) {})
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			st := s.Stats()
			real := float64(after.HeapAlloc-before.HeapAlloc) / float64(keys)
			estimate := float64(st.Bytes) / float64(keys)
			t.Logf("%s, %d keys of %d events, %s: %.0f B a key, estimated %.0f", spec.Kind, keys, events, when, real, estimate)
			if st.Keys != keys || real > float64(most) || estimate < 0.8*real || estimate > 1.5*real {
				t.Errorf("%s: %d keys, %s: %.0f B a key, want %d at most; estimated %.0f", spec.Kind, st.Keys, when, real, most, estimate)
			}
		}
		runtime.KeepAlive(s)
	}
	const m = time.Minute
	f(*minute(10).Spec, 100_000, 1, 160)
	f(*minute(10).Spec, 100_000, 5, 320)
	f(Spec{Kind: Distinct, Within: m, AtLeast: 10, Field: event.UserName}, 100_000, 1, 160)
	f(Spec{Kind: Distinct, Within: m, AtLeast: 10, Field: event.UserName, Mode: Session, Gap: m}, 100_000, 1, 160)
	f(Spec{Kind: Sequence, Within: m, Steps: []int{5, 1}}, 100_000, 1, 160)
	f(Spec{Kind: Sum, Within: m, Threshold: 10, Field: event.SourceBytes}, 100_000, 1, 160)
	f(Spec{Kind: FirstSeen, Learn: time.Hour, Memory: time.Hour, Field: event.UserName}, 100_000, 1, 160)
	f(Spec{Kind: Travel, Within: m, Faster: 900, Threshold: 100, Field: event.SourceGeoLocation}, 100_000, 1, 160)
	if !testing.Short() {
		f(*minute(10).Spec, 1_000_000, 1, 160)
	}
}

// BenchmarkKeys gives ever new keys a few events each; at most half a million of them are remembered. An operation is a signal.
func BenchmarkKeys(b *testing.B) {
	for _, events := range []int{1, 5} {
		for _, spec := range []Spec{*minute(10).Spec, {Kind: Distinct, Within: time.Minute, AtLeast: 10, Field: event.UserName}} {
			b.Run(fmt.Sprintf("%s/%d", spec.Kind, events), func(b *testing.B) {
				s := New(Options{MaxKeys: 1 << 19, MaxBytes: 1 << 40, MaxPending: 1 << 30})
				s.SetRules([]Rule{{ID: "r", Spec: &spec}})
				key := make([]byte, 0, 64)
				n := 0
				next := func() { // 500,000 signals in a minute, those of a key one after the other in it
					k := n/(1000*events)*1000 + n%1000
					key = fmt.Appendf(key[:0], "\x07default\x0c10.%d.%d.%d", k>>16, k>>8&255, k&255)
					ev := event.ID{Block: event.BlockID{1, byte(n >> 24), byte(n >> 16)}, Row: uint32(n & 65535)}
					t := int64(n) * int64(time.Minute) / 500_000
					s.Add(0, string(key), Signal{Time: t, ID: ev, Value: "root"}, nil)
					if n%1000 == 999 {
						s.Advance(t+1, nil)
					}
					n++
				}
				for range 1_000_000 {
					next()
				}
				b.ReportAllocs()
				for b.Loop() {
					next()
				}
			})
		}
	}
}

func allKinds() []Rule {
	rules := []Rule{
		{ID: "count", Spec: &Spec{Kind: Count, Within: time.Minute, AtLeast: 3}},
		{ID: "distinct", Spec: &Spec{Kind: Distinct, Within: time.Minute, AtLeast: 3, Field: event.UserName}},
		{ID: "sequence", Spec: &Spec{Kind: Sequence, Within: time.Minute, Steps: []int{2, 1, 2}}},
		{ID: "absence", Spec: &Spec{Kind: Absence, Within: time.Minute}, Suppress: time.Hour},
		{ID: "single", Suppress: time.Hour},
		{ID: "tumbling", Spec: &Spec{Kind: Count, Within: time.Minute, AtLeast: 3, Mode: Tumbling}},
		{ID: "session", Spec: &Spec{Kind: Distinct, Within: time.Minute, Gap: 5 * time.Second, AtLeast: 3, Mode: Session, Field: event.UserName}},
		{ID: "below", Spec: &Spec{Kind: Count, Within: 30 * time.Second, Below: 3, Mode: Tumbling}},
		{ID: "sum", Spec: &Spec{Kind: Sum, Within: time.Minute, Threshold: 5, Field: event.SourceBytes}, Levels: []float64{10, 20}},
		{ID: "avg", Spec: &Spec{Kind: Avg, Within: time.Minute, Threshold: 1, Events: 2, Field: event.SourceBytes}},
		{ID: "percentile", Spec: &Spec{Kind: Percentile, Within: time.Minute, Threshold: 1, Events: 2, Percent: 90, Field: event.SourceBytes}},
		{ID: "any", Spec: &Spec{Kind: Sequence, Within: time.Minute, Steps: []int{2, 1, 2}, AnyOrder: true}},
		{ID: "not", Spec: &Spec{Kind: Sequence, Within: time.Minute, Steps: []int{1, 1, 1}, Not: []bool{false, true, false}}},
		{ID: "open", Spec: &Spec{Kind: Sequence, Within: time.Minute, Steps: []int{1, 1, 1}, Not: []bool{false, false, true}}},
		{ID: "first-seen", Spec: &Spec{Kind: FirstSeen, Learn: time.Second, Memory: time.Hour, Field: event.UserName}},
		{ID: "rate", Spec: &Spec{Kind: Rate, Within: time.Minute, Times: 2, Threshold: 1, Learn: week, Memory: week}},
		{ID: "rate-field", Spec: &Spec{Kind: Rate, Within: time.Minute, Times: 2, Threshold: 1, Learn: week, Memory: week, Field: event.SourceBytes}},
		{ID: "travel", Spec: &Spec{Kind: Travel, Within: time.Minute, Faster: 900, Threshold: 100, Field: event.SourceGeoLocation}},
		{ID: "beacon", Spec: &Spec{Kind: Beacon, Within: time.Minute, AtLeast: 4, Jitter: 0.5, From: time.Second, To: time.Minute}},
	}
	for _, r := range rules {
		if r.Spec != nil {
			if err := r.Spec.Check(); err != nil {
				panic(r.ID + ": " + err.Error())
			}
		}
	}
	return rules
}

// filled gives a state of all kinds in its buckets.
func filled() *State {
	s := New(Defaults)
	s.SetRules(allKinds())
	for i := range 200 {
		for r := range s.rules {
			sig := Signal{Time: int64(i/10) * sec, ID: id(i), Value: fmt.Sprint(i%7, ",", i%9*10), Step: i / 10 % 3, Fields: []string{"x"}, Sum: Fixed{Whole: int64(i % 5)}}
			s.Add(r, fmt.Sprint("k", i%10), sig, func(Burst) {})
		}
	}
	s.Advance(25*sec, func(Burst) {})
	return s
}

func TestRestoreRefuses(t *testing.T) {
	s := filled()
	n := 0
	for _, i := range s.Dirty() {
		data := s.AppendBucket(nil, i)
		for cut := 1; cut < len(data); cut++ {
			o := New(Defaults)
			o.SetRules(allKinds())
			if err := o.Restore(data[:cut]); err == nil {
				t.Fatalf("bucket %d cut at %d is taken", i, cut)
			}
			n++
		}
		o := New(Defaults)
		o.SetRules(allKinds())
		if err := o.Restore(data); err != nil {
			t.Fatal(err)
		}
		if err := o.Restore(append(data, 0)); err == nil {
			t.Fatal("a byte too many is taken")
		}
	}
	if n < 1000 || len(s.Dirty()) != 0 {
		t.Errorf("%d cuts, %d buckets dirty", n, len(s.Dirty()))
	}
}

// What Restore takes must be usable, whatever it is.
func FuzzRestore(f *testing.F) {
	s := filled()
	for _, i := range s.Dirty() {
		f.Add(s.AppendBucket(nil, i))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := New(Options{MaxKeys: 50, MaxBytes: 1 << 20, MaxPending: 50})
		s.SetRules(allKinds())
		if s.Restore(data) != nil {
			return
		}
		s.Resume(20 * sec)
		for r := range s.rules {
			for i := range 30 {
				s.Add(r, "k1", Signal{Time: int64(20+i) * sec, ID: id(i), Value: fmt.Sprint(i), Step: i % 3}, func(Burst) {})
			}
		}
		s.Advance(30*sec, func(Burst) {})
		for i := range Buckets {
			n := New(Defaults)
			n.SetRules(allKinds())
			if err := n.Restore(s.AppendBucket(nil, i)); err != nil {
				t.Fatalf("own form is refused: %v", err)
			}
		}
		s.Finish(40*sec, func(Burst) {})
	})
}

// Signals with long texts count for more: what waits is bounded in bytes, too.
func TestForcedByBytes(t *testing.T) {
	s := New(Options{MaxKeys: 100, MaxBytes: 1 << 20, MaxPending: 100})
	s.SetRules([]Rule{minute(3)})
	fields := make([]string, 36)
	for i := range fields {
		fields[i] = strings.Repeat("x", 512)
	}
	most := 0
	for i := range 100 {
		s.Add(0, "k", Signal{Time: int64(i) * sec, ID: id(i), Fields: fields}, func(Burst) {})
		most = max(most, s.Stats().Pending*36*512)
	}
	if st := s.Stats(); most > 100*(loadBytes+1024) || most == 0 || st.Forced < 80 {
		t.Errorf("%d bytes waited, %+v", most, st)
	}
	s.Advance(1000*sec, func(Burst) {})
	if s.queue.load != 0 || s.queue.n != 0 {
		t.Errorf("%d wait, which count %d", s.queue.n, s.queue.load)
	}
}

// A sender that scatters its times over more windows than are kept makes some be judged before their time, which is told.
func TestForcedPanes(t *testing.T) {
	s := New(Defaults)
	s.SetRules([]Rule{{ID: "r", Spec: &Spec{Kind: Count, Mode: Tumbling, Below: 3, Within: time.Minute}}})
	key := string(AppendKey(AppendKey(nil, "default"), "a"))
	for i := range maxPanes + 10 {
		s.Add(0, key, Signal{Time: int64(i) * 60 * sec, ID: id(i)}, func(Burst) {})
	}
	if got := s.Losses(); s.Stats().Forced != 10 || len(got) != 1 || got[0] != (Loss{"r", "default", true}) {
		t.Errorf("%+v, %+v", got, s.Stats())
	}
}

// Evidence that keys hold until they are judged counts in what max_bytes goes by, of every kind that keeps some.
func TestMemoryOfEvidence(t *testing.T) {
	const keys, fields, size = 500, 8, 500
	f := func(sp Spec, steps ...int) {
		t.Helper()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := New(Options{MaxKeys: 1 << 30, MaxBytes: 1 << 40, MaxPending: 1 << 30})
		s.SetRules([]Rule{{ID: "r", Spec: &sp}})
		at := int64(0)
		for k := range keys {
			for _, step := range steps {
				evidence := make([]string, fields)
				for i := range evidence {
					evidence[i] = strings.Repeat("x", size) // of its own
				}
				at++
				s.Add(0, fmt.Sprint("key", k), Signal{Time: at, ID: id(int(at)), Step: step, Fields: evidence}, func(Burst) {})
			}
		}
		s.Advance(at+1, func(Burst) {})
		runtime.GC()
		runtime.ReadMemStats(&after)
		real, estimate := int64(after.HeapAlloc)-int64(before.HeapAlloc), s.Stats().Bytes
		if st := s.Stats(); st.Keys != keys || st.Pending != 0 || real < keys*fields*size || float64(estimate) < 0.8*float64(real) || float64(estimate) > 1.5*float64(real) {
			t.Errorf("%s: %+v, %d bytes, estimated %d", sp.Kind, st, real, estimate)
		}
		runtime.KeepAlive(s)
	}
	f(Spec{Kind: Absence, Within: time.Hour}, 0)
	f(Spec{Kind: Count, Mode: Tumbling, Below: 3, Within: time.Hour}, 0)
	f(Spec{Kind: Rate, Within: time.Hour, Times: 2, Threshold: 1, Learn: week, Memory: week}, 0)
	f(Spec{Kind: Sequence, Within: time.Hour, Steps: []int{1, 1}, Not: []bool{false, true}}, 0)
	f(Spec{Kind: Count, Within: time.Hour, AtLeast: 1}, 0) // an open burst
}
