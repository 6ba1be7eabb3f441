package window

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"watchpost/internal/event"
)

// definition says by brute force what each kind means, from all events of one key in order.
type definition struct {
	Rule
	in []Signal
}

func (d definition) t(i int) int64 { return d.in[i].Time }

// window gives the first of the events that lie in one window with i.
func (d definition) window(i int) int {
	w := int64(d.Spec.Within)
	begin := 0
	switch d.Spec.Mode {
	case Tumbling:
		for d.t(begin)/w != d.t(i)/w {
			begin++
		}
	case Session:
		for j := 1; j <= i; j++ {
			if d.t(j)-d.t(j-1) > int64(d.Spec.Gap) || d.t(j)-d.t(begin) > w {
				begin = j
			}
		}
	default:
		for d.t(begin) < d.t(i)-w {
			begin++
		}
	}
	return begin
}

// at gives the time until which the condition holds after event i, whether i counts, and how many events an alert
// counts that begins there.
func (d definition) at(i int) (falls int64, counts bool, n int) {
	sp := d.Spec
	begin := d.window(i)
	all := d.in[begin : i+1]
	yes := func(ok bool) int64 {
		if ok {
			return d.t(i)
		}
		return noTime
	}
	switch sp.Kind {
	case Count:
		return yes(len(all) >= sp.AtLeast), true, sp.AtLeast
	case Distinct:
		values := map[string]bool{}
		for _, s := range all {
			values[s.Value] = true
		}
		return yes(len(values) >= sp.AtLeast), true, len(all)
	case Sum:
		total := 0.0
		for j := i; j >= begin; j-- {
			if total += max(d.in[j].Sum.Float(), 0); total >= sp.Threshold {
				if sp.Mode == "" {
					return d.t(j) + int64(sp.Within), true, len(all)
				}
				return d.t(i), true, len(all)
			}
		}
		return noTime, true, len(all)
	case Avg:
		total := 0.0
		for _, s := range all {
			total += s.Sum.Float()
		}
		return yes(len(all) >= sp.Events && total/float64(len(all)) >= sp.Threshold), true, len(all)
	case Percentile:
		var v []float64
		for _, s := range all {
			v = append(v, s.Sum.Float())
		}
		slices.Sort(v)
		return yes(len(all) >= sp.Events && v[int(math.Ceil(sp.Percent/100*float64(len(v))))-1] >= sp.Threshold), true, len(all)
	case FirstSeen:
		since := 0
		for j := 1; j <= i; j++ {
			if d.t(j) > d.t(j-1)/hour*hour+hour-1+int64(sp.Memory) {
				since = j
			}
		}
		known := d.t(i)-d.t(since) >= int64(sp.Learn)
		for _, s := range d.in[:i] { // the memory goes by whole hours
			known = known && (s.Value != d.in[i].Value || s.Time/hour*hour+hour+int64(sp.Memory) <= d.t(i))
		}
		return yes(known), known, 1
	case Travel:
		if i == 0 || d.t(i)-d.t(i-1) > int64(sp.Retain()) {
			return noTime, false, 2
		}
		a, b := place(d.in[i-1].Value), place(d.in[i].Value)
		km := math.Abs(a-b) * math.Pi / 180 * earthRadius // on the equator
		far := km > 1 && km >= sp.Threshold && km/(float64(max(d.t(i)-d.t(i-1), sec))/float64(hour)) > sp.Faster
		return yes(far), far, 2
	case Beacon:
		return yes(d.regular(i)), true, sp.AtLeast
	}
	return d.sequence(i)
}

func place(s string) (lon float64) { _, lon, _ = ParsePlace(s); return lon }

func (d definition) regular(i int) bool {
	sp := d.Spec
	beat := func(i int) bool { return i == 0 || d.t(i)-d.t(i-1) >= int64(sp.From)/10 }
	if !beat(i) {
		return false
	}
	var beats []int64
	for j := range i + 1 {
		if beat(j) {
			beats = append(beats, d.t(j))
		}
	}
	if len(beats) < sp.AtLeast {
		return false
	}
	beats = beats[len(beats)-sp.AtLeast:]
	var gaps []int64
	for j := 1; j < len(beats); j++ {
		gaps = append(gaps, beats[j]-beats[j-1])
	}
	slices.Sort(gaps)
	m := gaps[len(gaps)/2]
	if len(gaps)%2 == 0 {
		m = (m + gaps[len(gaps)/2-1]) / 2
	}
	for _, g := range gaps {
		if math.Abs(float64(g-m)) > sp.Jitter*float64(m) {
			return false
		}
	}
	return d.t(i)-beats[0] <= int64(sp.Within) && m >= int64(sp.From) && m <= int64(sp.To)
}

func (d definition) sequence(i int) (falls int64, counts bool, n int) {
	sp, w := d.Spec, int64(d.Spec.Within)
	banned := func(j int, before int) bool { // a step that must not happen, standing at before, within w before event j
		for k := range j {
			if s := d.in[k].Step; sp.Negated(s) && (before < 0 || s == before) && d.t(k) >= d.t(j)-w {
				return true
			}
		}
		return false
	}
	leads := func(j int) bool {
		return !sp.AnyOrder && sp.Negated(0) && banned(j, 0) && d.in[j].Step == 1
	}
	counted := func(j int) bool { return !sp.Negated(d.in[j].Step) && !leads(j) }
	for j := d.window(i); j <= i; j++ {
		if counted(j) {
			n++
		}
	}
	if !counted(i) {
		return noTime, false, 0
	}
	if sp.AnyOrder {
		from := d.t(i)
		for s, want := range sp.Steps {
			have := 0
			for j := i; j >= 0 && have < want && !sp.Negated(s); j-- {
				if d.in[j].Step == s {
					if have++; have == want {
						from = min(from, d.t(j))
					}
				}
			}
			if have < want && !sp.Negated(s) {
				return noTime, true, n
			}
		}
		if banned(i, -1) {
			return noTime, true, n
		}
		return from + w, true, n
	}
	for begin := i; begin >= 0; begin-- { // all that can have come about since an event that begins
		first := 0
		if sp.Negated(0) {
			first = 1
		}
		if d.in[begin].Step != first || leads(begin) {
			continue
		}
		type state struct{ step, have int } // have events of the step, all of those before
		states := map[state]bool{}
		take := func(s state) {
			if s.have++; s.have == sp.Steps[s.step] {
				s = state{s.step + 1, 0}
			}
			states[s] = true
		}
		take(state{first, 0})
		for j := begin + 1; j <= i; j++ {
			step := d.in[j].Step
			for s := range maps(states) {
				switch {
				case s.step < len(sp.Steps) && sp.Negated(s.step) && step == s.step: // it happened
					delete(states, s)
				case s.step < len(sp.Steps) && sp.Negated(s.step) && step == s.step+1: // it did not
					take(state{s.step + 1, 0})
				case s.step == step && !leads(j):
					take(s)
				}
			}
		}
		if states[state{len(sp.Steps), 0}] {
			return d.t(begin) + w, true, n
		}
	}
	return noTime, true, n
}

func maps[K comparable, V any](m map[K]V) map[K]V {
	out := make(map[K]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// end is when a burst ends whose condition held last at event i, until falls.
func (d definition) end(i int, falls int64) int64 {
	w := int64(d.Spec.Within)
	switch {
	case d.Spec.Mode == Tumbling:
		return (d.t(i)/w + 1) * w
	case d.Spec.Mode == Session:
		return min(d.t(i)+int64(d.Spec.Gap), d.t(d.window(i))+w) + 1
	case d.Spec.Kind == FirstSeen:
		return falls
	}
	return falls + w
}

func (d definition) bursts() []string {
	var out []string
	for i := 0; i < len(d.in); {
		falls, counts, n := d.at(i)
		if !counts || falls < d.t(i) {
			i++
			continue
		}
		cross, last := i, d.t(i)
		hold := d.t(i) + int64(d.Suppress)
		end := d.end(i, falls)
		for i++; i < len(d.in) && d.t(i) < max(end, hold); i++ {
			until, counts, _ := d.at(i)
			if !counts {
				continue
			}
			n++
			last = d.t(i)
			if until >= d.t(i) && until > falls {
				falls, end = until, d.end(i, until)
			}
		}
		out = append(out, fmt.Sprintf("%v n=%d last=%d", d.in[cross].ID, n, last))
	}
	return out
}

// randomKind draws a rule of a kind that the older test does not know, and how far its events are apart.
func randomKind(rng *rand.Rand) (Rule, int64) {
	r := Rule{ID: "r", Lateness: time.Duration(rng.IntN(20)) * time.Second}
	sp := &Spec{Within: time.Duration(5+rng.IntN(40)) * time.Second, Field: event.SourceBytes}
	step := sec
	switch k := rng.IntN(8); k {
	case 0, 1:
		sp.Kind, sp.AtLeast = []Kind{Count, Distinct}[k], 1+rng.IntN(4)
		sp.Mode = []Mode{Tumbling, Session}[rng.IntN(2)]
	case 2:
		sp.Kind, sp.Threshold = Sum, 1+5*rng.Float64()
		sp.Mode = []Mode{"", Tumbling, Session}[rng.IntN(3)]
	case 3:
		sp.Kind, sp.Threshold, sp.Events, sp.Percent = []Kind{Avg, Percentile}[rng.IntN(2)], 1.5*rng.Float64(), 1+rng.IntN(5), 1+98*rng.Float64()
		sp.Mode = []Mode{"", Tumbling, Session}[rng.IntN(3)]
	case 4:
		sp = &Spec{Kind: FirstSeen, Field: event.UserName, Learn: time.Duration(1+rng.IntN(5)) * time.Hour, Memory: time.Duration(5+rng.IntN(20)) * time.Hour}
		step = 600 * sec
	case 5:
		sp.Kind, sp.Faster, sp.Threshold, sp.Within = Travel, 900, 500, time.Duration(1+rng.IntN(5))*time.Hour
		step = 200 * sec
	case 6:
		sp.Kind, sp.AtLeast, sp.Jitter, sp.From, sp.To, sp.Within = Beacon, 4, 0.4, time.Duration(1+rng.IntN(30))*time.Second, 100*time.Second, 200*time.Second
	case 7:
		sp.Kind, sp.AnyOrder = Sequence, rng.IntN(2) == 0
		nots := []bool{true, true, true}
		for nots[0] && nots[1] && nots[2] || !sp.AnyOrder && (nots[2] || nots[0] && nots[1]) {
			nots = []bool{rng.IntN(3) == 0, rng.IntN(3) == 0, rng.IntN(3) == 0}
		}
		for _, not := range nots {
			n := 1
			if !not {
				n += rng.IntN(2)
			}
			sp.Steps, sp.Not = append(sp.Steps, n), append(sp.Not, not)
		}
	}
	if sp.Mode == Session {
		sp.Gap = 1 + time.Duration(rng.Int64N(int64(sp.Within)))
	}
	if rng.IntN(3) == 0 {
		r.Suppress = time.Duration(rng.Int64N(90 * step))
	}
	r.Spec = sp
	return r, step
}

// The machine agrees with the definitions for every kind that judges events, in any order of arrival, with watermarks
// in between, and when it is saved and restored at any time.
func TestKindsAgainstDefinitions(t *testing.T) {
	found := map[string]int{}
	for seed := range uint64(4000) {
		rng := rand.New(rand.NewPCG(seed, 5))
		r, step := randomKind(rng)
		if err := r.Spec.Check(); err != nil && r.Spec.Kind != Beacon {
			t.Fatalf("seed %d: %v", seed, err)
		}
		var in []Signal
		now := int64(0)
		for i := range 60 {
			switch rng.IntN(6) {
			case 0:
				now += int64(rng.IntN(80)) * step
			case 1, 2, 3:
				now += int64(rng.IntN(10)) * step
			}
			v, _ := FixedOf(float64(rng.IntN(20))/8 - 0.25)
			s := Signal{Time: now, ID: id(i), Sum: v, Step: rng.IntN(max(len(r.Spec.Steps), 1)), Value: string(rune('a' + rng.IntN(6)))}
			if r.Spec.Kind == Travel {
				s.Value = fmt.Sprintf("0,%d", 10*rng.IntN(6))
			}
			in = append(in, s)
		}
		want := definition{r, in}.bursts()
		got := replayDisturbed(rng, r, in)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %+v %+v\n got %q\nwant %q", seed, r, r.Spec, got, want)
		}
		found[fmt.Sprint(r.Spec.Kind, r.Spec.Mode, r.Spec.AnyOrder)] += len(got)
	}
	for k, n := range found {
		if n < 100 {
			t.Errorf("%s: %d bursts show nothing", k, n)
		}
	}
	t.Log(found)
}
