package window

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
)

const sec = int64(time.Second)

func id(n int) event.ID {
	var b event.BlockID
	b[0], b[1] = byte(n>>24), byte(n>>16)
	return event.ID{Block: b, Row: uint32(n)}
}

// run feeds signals in the order given, each second's watermark being the second itself, and lists what was reported:
// "key time count/rev" of the last revision of each burst, in order of first report.
func run(r Rule, end int64, in ...Signal) []string {
	s := New(Defaults)
	s.SetRules([]Rule{r})
	got := newLedger()
	for _, sig := range in {
		s.Add(0, "k", sig, got.take)
	}
	s.Advance(end, got.take)
	return got.list()
}

type ledger struct {
	order []string
	last  map[string]Burst
}

func newLedger() *ledger { return &ledger{last: map[string]Burst{}} }

func (l *ledger) take(b Burst) {
	k := fmt.Sprint(b.Rule, b.Key, b.ID)
	if old, ok := l.last[k]; !ok {
		l.order = append(l.order, k)
	} else if b.Revision != old.Revision+1 {
		panic(fmt.Sprintf("revision %d after %d", b.Revision, old.Revision))
	}
	l.last[k] = b
}

func (l *ledger) list() []string {
	var out []string
	for _, k := range l.order {
		b := l.last[k]
		s := fmt.Sprintf("%d: %d-%d n=%d", b.Time/sec, b.First/sec, b.Last/sec, b.Count)
		if b.Distinct > 0 {
			s += fmt.Sprintf(" d=%d", b.Distinct)
		}
		if b.Resolved != 0 {
			s += fmt.Sprintf(" back=%d", b.Resolved/sec)
		}
		out = append(out, s)
	}
	return out
}

func at(secs ...int) []Signal {
	var out []Signal
	for i, t := range secs {
		out = append(out, Signal{Time: int64(t) * sec, ID: id(i)})
	}
	return out
}

func TestCount(t *testing.T) {
	f := func(n int, within, suppress time.Duration, secs []int, want ...string) {
		t.Helper()
		r := Rule{ID: "r", Spec: &Spec{Kind: Count, Within: within, AtLeast: n}, Suppress: suppress}
		got := run(r, foreverTime, at(secs...)...)
		if !slices.Equal(got, want) {
			t.Errorf("%d in %v of %v: %q, want %q", n, within, secs, got, want)
		}
	}
	m := time.Minute
	f(3, m, 0, []int{0, 10})
	f(3, m, 0, []int{0, 10, 20}, "20: 0-20 n=3")
	f(3, m, 0, []int{20, 0, 10}, "20: 0-20 n=3")          // order of arrival is nothing
	f(3, m, 0, []int{0, 30, 60}, "60: 0-60 n=3")          // the window includes its ends
	f(3, m, 0, []int{0, 30, 61})                          // and nothing beyond
	f(3, m, 0, []int{0, 0, 0}, "0: 0-0 n=3")              // all at once
	f(3, m, 0, []int{0, 10, 20, 70}, "20: 0-70 n=4")      // a straggler within the burst
	f(3, m, 0, []int{0, 10, 20, 90, 121}, "20: 0-90 n=4") // what came at 90 did not make it hold again
	f(3, m, 0, []int{0, 10, 20, 119}, "20: 0-119 n=4")    // holds to 60, false for less than a window
	f(3, m, 0, []int{0, 10, 20, 120}, "20: 0-20 n=3")     // false for a whole window: no part of it any more
	f(3, m, 0, []int{0, 1, 2, 200, 201, 202}, "2: 0-2 n=3", "202: 200-202 n=3")
	f(3, m, 0, []int{0, 1, 2, 100, 101, 102}, "2: 0-102 n=6")
	f(3, m, time.Hour, []int{0, 1, 2, 200, 201, 202}, "2: 0-202 n=6") // suppressed: the alert goes on
	f(3, m, time.Hour, []int{0, 1, 2, 3700, 3701, 3702}, "2: 0-2 n=3", "3702: 3700-3702 n=3")
	f(1, m, 0, []int{0, 30, 200}, "0: 0-30 n=2", "200: 200-200 n=1")
}

// A block that comes again while its signals wait counts once; several values of one event count each.
func TestTwice(t *testing.T) {
	f := func(spec Spec, twice uint64, in []Signal, want ...string) {
		t.Helper()
		s, got := New(Defaults), newLedger()
		s.SetRules([]Rule{{ID: "r", Spec: &spec, Lateness: time.Hour}})
		for _, sig := range append(in, in...) {
			if !s.Add(0, "k", sig, got.take) {
				t.Error("late")
			}
		}
		s.Advance(foreverTime, got.take)
		if list := got.list(); !slices.Equal(list, want) || s.Stats().Twice != twice {
			t.Errorf("%s: %q, want %q; %d left out, want %d", spec.Kind, list, want, s.Stats().Twice, twice)
		}
	}
	m := time.Minute
	f(Spec{Kind: Count, Within: m, AtLeast: 3}, 3, at(0, 10, 20), "20: 0-20 n=3")
	f(Spec{Kind: Count, Within: m, AtLeast: 3}, 2, at(0, 10))
	f(Spec{Kind: Count, Within: m, AtLeast: 3, Mode: Session, Gap: m}, 2, at(0, 10))
	f(Spec{Kind: Sum, Within: m, Threshold: 4}, 2, []Signal{{ID: id(1), Sum: Fixed{Whole: 1}}, {ID: id(2), Sum: Fixed{Whole: 2}}})
	f(Spec{Kind: Distinct, Within: m, AtLeast: 2}, 2, []Signal{{ID: id(1), Value: "a"}, {ID: id(1), Value: "b"}}, "0: 0-0 n=2 d=2")
}

func TestTwentyBursts(t *testing.T) {
	var in []int
	for b := range 20 {
		for i := range 30 {
			in = append(in, b*300+i)
		}
	}
	r := Rule{ID: "r", Spec: &Spec{Kind: Count, Within: time.Minute, AtLeast: 5}}
	if got := run(r, foreverTime, at(in...)...); len(got) != 20 || !strings.HasSuffix(got[19], "n=30") {
		t.Errorf("%d alerts of 20 bursts: %q", len(got), got)
	}
}

func TestSingle(t *testing.T) {
	f := func(suppress time.Duration, secs []int, want ...string) {
		t.Helper()
		if got := run(Rule{ID: "r", Suppress: suppress}, foreverTime, at(secs...)...); !slices.Equal(got, want) {
			t.Errorf("suppress %v of %v: %q, want %q", suppress, secs, got, want)
		}
	}
	f(0, []int{0, 0, 5}, "0: 0-0 n=1", "0: 0-0 n=1", "5: 5-5 n=1")
	f(time.Minute, []int{0, 0, 59, 60}, "0: 0-59 n=3", "60: 60-60 n=1")
}

func TestDistinct(t *testing.T) {
	f := func(n int, in string, want ...string) {
		t.Helper()
		var sigs []Signal
		for i, w := range strings.Fields(in) {
			var s int
			var v string
			fmt.Sscanf(strings.Replace(w, "=", " ", 1), "%d %s", &s, &v)
			sigs = append(sigs, Signal{Time: int64(s) * sec, ID: id(i), Value: v})
		}
		r := Rule{ID: "r", Spec: &Spec{Kind: Distinct, Within: time.Minute, AtLeast: n, Field: event.UserName}}
		if got := run(r, foreverTime, sigs...); !slices.Equal(got, want) {
			t.Errorf("%d of %s: %q, want %q", n, in, got, want)
		}
	}
	f(3, "0=a 1=a 2=b 3=b 4=a")
	f(3, "0=a 1=a 2=b 3=b 4=c 5=d", "4: 0-5 n=6 d=4")
	f(3, "0=a 10=b 60=c", "60: 0-60 n=3 d=3")
	f(3, "0=a 10=b 61=c")
	f(3, "0=a 10=b 50=a 65=c", "65: 10-65 n=3 d=3")
	f(2, "0=a 1=b 200=a 201=b", "1: 0-1 n=2 d=2", "201: 200-201 n=2 d=2")
}

func TestSequence(t *testing.T) {
	f := func(steps []int, in string, want ...string) {
		t.Helper()
		var sigs []Signal
		for i, w := range strings.Fields(in) {
			var s, step int
			fmt.Sscanf(strings.Replace(w, "=", " ", 1), "%d %d", &s, &step)
			sigs = append(sigs, Signal{Time: int64(s) * sec, ID: id(i), Step: step - 1})
		}
		r := Rule{ID: "r", Spec: &Spec{Kind: Sequence, Within: time.Minute, Steps: steps}}
		if got := run(r, foreverTime, sigs...); !slices.Equal(got, want) {
			t.Errorf("%v of %s: %q, want %q", steps, in, got, want)
		}
	}
	f([]int{2, 1}, "0=1 1=1 2=2", "2: 0-2 n=3")
	f([]int{2, 1}, "0=1 1=2 2=1")                                         // wrong order
	f([]int{2, 1}, "0=1 1=2 2=1 3=2", "3: 0-3 n=4")                       // the first success came too early
	f([]int{2, 1}, "0=1 50=1 61=2")                                       // too long
	f([]int{2, 1}, "0=1 50=1 55=1 61=2", "61: 50-61 n=3")                 // the last chain counts
	f([]int{2, 1}, "0=1 1=1 2=2 3=2", "2: 0-3 n=4")                       // one burst
	f([]int{2, 1}, "0=1 1=1 2=2 200=2", "2: 0-2 n=3")                     // failures of long ago do not count
	f([]int{1, 2, 1}, "0=1 1=2 2=3 3=2 4=3", "4: 0-4 n=5")                // three steps, the middle twice
	f([]int{1, 2, 1}, "0=1 30=1 31=2 61=2 89=3", "89: 30-89 n=4")         // the later beginning serves
	f([]int{1, 2, 1}, "0=1 31=2 50=1 55=2 70=2 110=3", "110: 50-110 n=4") // 50, 55, 70, 110
}

// An event that matches both steps is no sequence by itself, in whatever order its signals come.
func TestSequenceOfOneEvent(t *testing.T) {
	r := Rule{ID: "r", Spec: &Spec{Kind: Sequence, Within: time.Minute, Steps: []int{1, 1}}}
	one := []Signal{{Time: sec, ID: id(1), Step: 0}, {Time: sec, ID: id(1), Step: 1}}
	if got := run(r, foreverTime, one...); len(got) != 0 {
		t.Errorf("one event: %q", got)
	}
	two := append(one, Signal{Time: 2 * sec, ID: id(2), Step: 1}, Signal{Time: 2 * sec, ID: id(2), Step: 0})
	if got := run(r, foreverTime, two...); !slices.Equal(got, []string{"2: 1-2 n=4"}) {
		t.Errorf("two events: %q", got)
	}
}

func TestAbsence(t *testing.T) {
	f := func(end int, suppress time.Duration, secs []int, want ...string) {
		t.Helper()
		r := Rule{ID: "r", Spec: &Spec{Kind: Absence, Within: time.Minute}, Suppress: suppress}
		if got := run(r, int64(end)*sec, at(secs...)...); !slices.Equal(got, want) {
			t.Errorf("%v to %d: %q, want %q", secs, end, got, want)
		}
	}
	f(60, 0, []int{0})
	f(61, 0, []int{0}, "60: 0-0 n=1")
	f(61, 0, []int{0, 60})
	f(122, 0, []int{0, 60}, "120: 60-60 n=2")
	f(150, 0, []int{0, 100}, "60: 0-0 n=1 back=100")
	f(300, 0, []int{0, 100}, "60: 0-0 n=1 back=100", "160: 100-100 n=1")
	f(300, time.Hour, []int{0, 100}, "60: 0-0 n=1 back=100")
}

// What came late and is older than the wait begins none: an archive says nothing of hosts that are silent today. A key that is watched is
// told of it, and one for which something is left to wait for is watched from it on.
func TestAbsenceOfTheLongPast(t *testing.T) {
	f := func(late int64, want ...string) {
		t.Helper()
		s := New(Defaults)
		s.SetRules([]Rule{{ID: "r", Spec: &Spec{Kind: Absence, Within: time.Minute}}})
		var got []string
		take := func(b Burst) { got = append(got, fmt.Sprint(b.Key, b.First/sec)) }
		s.Add(0, "known", Signal{Time: 950 * sec, ID: id(1)}, take)
		s.Advance(1000*sec, take)
		s.Add(0, "a", Signal{Time: late * sec, ID: id(2)}, take)
		s.Add(0, "a", Signal{Time: (late + 1) * sec, ID: id(3)}, take)
		s.Add(0, "known", Signal{Time: (late + 2) * sec, ID: id(4)}, take)
		s.Advance(1011*sec, take)
		if !slices.Equal(got, want) {
			t.Errorf("late events of %d s: %q, want %q", late, got, want)
		}
		if n := s.Stats().Late; n != 3 {
			t.Errorf("late events of %d s: %d late", late, n)
		}
	}
	f(100, "known950")
	f(500, "known950")
	f(940, "a941", "known950") // 50 s before the wait is over
}

// naive finds the bursts of one key by the definitions, from all its events in order.
func naive(r Rule, in []Signal) []string {
	sp := r.Spec
	w := int64(sp.Within)
	// holds gives the time until which the condition holds after the first n events.
	holds := func(n int) int64 {
		switch sp.Kind {
		case Count:
			if n < sp.AtLeast {
				return noTime
			}
			return in[n-sp.AtLeast].Time + w
		case Distinct:
			seen := map[string]bool{}
			for i := n - 1; i >= 0; i-- {
				if seen[in[i].Value] = true; len(seen) == sp.AtLeast {
					return in[i].Time + w
				}
			}
			return noTime
		}
		for from := n - 1; from >= 0; from-- { // the latest beginning from which greed completes
			step, have := 0, 0
			for i := from; i < n && step < len(sp.Steps); i++ {
				if in[i].Step == step {
					if have++; have == sp.Steps[step] {
						step, have = step+1, 0
					}
				}
			}
			if step == len(sp.Steps) {
				return in[from].Time + w
			}
		}
		return noTime
	}
	var out []string
	for i := 0; i < len(in); {
		falls := holds(i + 1)
		if falls == noTime || falls < in[i].Time {
			i++
			continue
		}
		cross, n := i, 0
		for j := 0; j <= i; j++ {
			if in[j].Time >= in[i].Time-w {
				n++
			}
		}
		if sp.Kind == Count {
			n = sp.AtLeast
		}
		for i++; i < len(in) && in[i].Time < max(falls+w, in[cross].Time+int64(r.Suppress)); i++ {
			n++
			if until := holds(i + 1); until >= in[i].Time {
				falls = max(falls, until)
			}
		}
		out = append(out, fmt.Sprintf("%v n=%d last=%d", in[cross].ID, n, in[i-1].Time))
	}
	return out
}

// The machine agrees with the definitions, in any order of arrival, with watermarks in between, and when it is saved
// and restored at any time.
func TestAgainstDefinitions(t *testing.T) {
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		r := Rule{ID: "r", Lateness: time.Duration(rng.IntN(20)) * time.Second}
		sp := &Spec{Within: time.Duration(1+rng.IntN(30)) * time.Second}
		switch rng.IntN(3) {
		case 0:
			sp.Kind, sp.AtLeast = Count, 1+rng.IntN(5)
		case 1:
			sp.Kind, sp.AtLeast = Distinct, 1+rng.IntN(4)
		default:
			sp.Kind = Sequence
			for range 2 + rng.IntN(2) {
				sp.Steps = append(sp.Steps, 1+rng.IntN(3))
			}
		}
		r.Spec = sp
		if rng.IntN(3) == 0 {
			r.Suppress = time.Duration(rng.IntN(90)) * time.Second
		}
		var in []Signal
		now := int64(0)
		for i := range 60 {
			switch rng.IntN(6) {
			case 0:
				now += int64(rng.IntN(80)) * sec
			case 1, 2:
				now += int64(rng.IntN(10)) * sec
			}
			in = append(in, Signal{Time: now, ID: id(i), Step: rng.IntN(max(len(sp.Steps), 1)), Value: string(rune('a' + rng.IntN(6)))})
		}
		want := naive(r, in)
		got := replayDisturbed(rng, r, in)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %+v %+v\n got %q\nwant %q", seed, r, sp, got, want)
		}
	}
}

// replayDisturbed feeds in, shuffled within lateness, with watermarks, saving and restoring now and then.
func replayDisturbed(rng *rand.Rand, r Rule, in []Signal) []string {
	type arrival struct {
		sig Signal
		at  int64
	}
	var order []arrival
	for _, sig := range in {
		order = append(order, arrival{sig, sig.Time + rng.Int64N(int64(r.Lateness)+1)})
	}
	slices.SortStableFunc(order, func(a, b arrival) int { return int(a.at/sec) - int(b.at/sec) })
	s := New(Defaults)
	s.SetRules([]Rule{r})
	got := newLedger()
	for i, a := range order {
		if !s.Add(0, "k", a.sig, got.take) {
			panic("late")
		}
		if rng.IntN(2) == 0 {
			next := foreverTime
			for _, o := range order[i+1:] {
				next = min(next, o.at)
			}
			s.Advance(min(next, a.at), got.take)
		}
		if rng.IntN(10) == 0 {
			s = reborn(s, []Rule{r}, func(s *State) {
				for _, o := range order[:i+1] {
					s.Again(0, "k", o.sig)
				}
			})
		}
	}
	s.Advance(foreverTime, got.take)
	if st := s.Stats(); st.Keys != 0 || st.Bytes != 0 || st.Pending != 0 || len(s.timers) != 0 {
		panic(fmt.Sprintf("left over at the end: %+v, %d timers", st, len(s.timers)))
	}
	var out []string
	for _, k := range got.order {
		b := got.last[k]
		out = append(out, fmt.Sprintf("%v n=%d last=%d", b.ID, b.Count, b.Last))
	}
	return out
}

// reborn saves s and gives what is restored from that.
func reborn(s *State, rules []Rule, again func(*State)) *State {
	n := New(s.o)
	n.SetRules(rules)
	for i := range Buckets {
		if err := n.Restore(s.AppendBucket(nil, i)); err != nil {
			panic(err)
		}
	}
	n.Resume(s.Watermark())
	again(n)
	return n
}

// A burst that grew and then stands still shows its count once a window has gone by, however long it is kept open.
func TestGrownBurstIsReportedWithoutFurtherEvents(t *testing.T) {
	r := Rule{ID: "r", Spec: &Spec{Kind: Count, Within: time.Minute, AtLeast: 5}, Suppress: time.Hour}
	f := func(end int64, want ...string) {
		t.Helper()
		if got := run(r, end*sec, at(1, 2, 3, 4, 5, 6, 7)...); !slices.Equal(got, want) {
			t.Errorf("at %d: %q, want %q", end, got, want)
		}
	}
	f(60, "5: 1-5 n=5")
	f(66, "5: 1-7 n=7")
	f(5000, "5: 1-7 n=7")
}
