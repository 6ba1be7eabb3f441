package window

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"watchpost/internal/event"
)

// A last step that must not happen: reported when the wait for it is over, and only up to the end of what is known.
func TestSequenceThatStaysOpen(t *testing.T) {
	r := Rule{ID: "r", Spec: &Spec{Kind: Sequence, Within: time.Minute, Steps: []int{2, 1}, Not: []bool{false, true}}}
	f := func(end int64, in string, want ...string) {
		t.Helper()
		var sigs []Signal
		for i := 0; i+1 < len(in); i += 3 { // "0a 9b ": digits times ten seconds
			sigs = append(sigs, Signal{Time: int64(in[i]-'0') * 10 * sec, ID: id(i), Step: int(in[i+1] - 'a')})
		}
		if got := run(r, end*sec, sigs...); !slices.Equal(got, want) {
			t.Errorf("%s to %d: %q, want %q", in, end, got, want)
		}
	}
	f(60, "0a 1a")
	f(61, "0a 1a", "60: 0-10 n=2")         // within goes from the first event
	f(200, "0a 1a 5b")                     // it came
	f(200, "0a 1a 6b")                     // just in time
	f(200, "0a 1a 7b", "60: 0-10 n=2")     // too late
	f(200, "0b 1a 2a", "70: 10-20 n=2")    // too early
	f(200, "0a 1a 2b 3a", "70: 10-30 n=3") // the second and the third of the first step
}

// Whole windows of a count with below: those that hold something, but too little.
func TestBelow(t *testing.T) {
	r := Rule{ID: "r", Spec: &Spec{Kind: Count, Within: time.Minute, Below: 3, Mode: Tumbling}}
	f := func(end int64, secs []int, want ...string) {
		t.Helper()
		if got := run(r, end*sec, at(secs...)...); !slices.Equal(got, want) {
			t.Errorf("%v to %d: %q, want %q", secs, end, got, want)
		}
	}
	f(59, []int{0, 10})
	f(60, []int{0, 10}, "10: 0-10 n=2")
	f(60, []int{0, 10, 59})
	f(300, []int{0, 10, 60, 61, 70, 130}, "10: 0-10 n=2", "130: 130-130 n=1")
	f(300, []int{50, 70, 110}, "50: 50-110 n=3") // two of them in a row are one alert
}

// A rate against the mean of the same hour in the weeks before, in which an hour without events counts as 0.
func TestRate(t *testing.T) {
	r := Rule{ID: "r", Spec: &Spec{Kind: Rate, Within: time.Hour, Times: 3, Threshold: 5, Learn: week, Memory: 4 * week}}
	f := func(what string, counts map[int]int, want ...string) {
		t.Helper()
		s := New(Defaults)
		s.SetRules([]Rule{r})
		var got []string
		take := func(b Burst) {
			got = append(got, fmt.Sprintf("%d: n=%d value=%g baseline=%g", b.Time/sec/3600, b.Count, b.Value, b.Baseline))
		}
		n := 0
		for h := range 24 * 7 * 8 {
			if counts[h] == 0 {
				continue
			}
			for i := range 2 { // in two parts
				n++
				s.Add(0, "k", Signal{Time: int64(h)*hour + int64(1-i)*sec, ID: id(n), N: uint32(counts[h]-1)*uint32(i) + uint32(1-i)}, take)
			}
			s.Advance(int64(h+1)*hour, take)
			s = reborn(s, []Rule{r}, func(*State) {})
		}
		s.Advance(foreverTime, take)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	w := 24 * 7
	f("not known for long", map[int]int{0: 2, 24: 100})
	f("nothing before in that hour", map[int]int{0: 2, w + 5: 10}, fmt.Sprintf("%d: n=10 value=10 baseline=0", w+5))
	f("too few", map[int]int{0: 2, w + 5: 4})
	f("three times as many", map[int]int{5: 10, w + 5: 10, 2*w + 5: 30}, fmt.Sprintf("%d: n=30 value=30 baseline=10", 2*w+5))
	f("not as many", map[int]int{5: 10, w + 5: 10, 2*w + 5: 29})
	f("a week without counts", map[int]int{5: 10, 2*w + 5: 15}, fmt.Sprintf("%d: n=15 value=15 baseline=5", 2*w+5))
	f("a new hour is learnt with the weeks that it had none", map[int]int{0: 2, w + 5: 4, 2*w + 5: 6}, fmt.Sprintf("%d: n=6 value=6 baseline=2", 2*w+5))
	f("two hours in a row are one alert", map[int]int{5: 2, w + 5: 20, w + 6: 30},
		fmt.Sprintf("%d: n=20 value=20 baseline=2", w+5), fmt.Sprintf("%d: n=50 value=30 baseline=0", w+5))
}

// The average of a field against its own mean; an hour without numbers says nothing.
func TestRateOfField(t *testing.T) {
	r := Rule{ID: "r", Spec: &Spec{Kind: Rate, Within: time.Hour, Times: 1.5, Threshold: 10, Learn: week, Memory: 4 * week, Field: event.SourceBytes}}
	s := New(Defaults)
	s.SetRules([]Rule{r})
	var got []Burst
	for w, v := range []float64{20, 20, 29, 0, 36} { // the mean is 20, 20, 23
		if v == 0 {
			continue
		}
		for i := range 3 {
			sum, _ := FixedOf(v + float64(i) - 1)
			s.Add(0, "k", Signal{Time: int64(w)*weekNs + int64(i), ID: id(w*10 + i), Sum: sum}, func(Burst) {})
		}
		s.Advance(int64(w)*weekNs+2*hour, func(b Burst) { got = append(got, b) })
	}
	if len(got) != 1 || got[0].Value != 36 || got[0].Baseline != 23 || got[0].Count != 3 {
		t.Errorf("%+v", got)
	}
}

// Beyond maxTold values a sketch estimates how many there are, to a few percent, and the burst says so.
func TestManyDistinctValues(t *testing.T) {
	s := New(Defaults)
	r := Rule{ID: "r", Spec: &Spec{Kind: Distinct, Within: time.Hour, AtLeast: 3, Field: event.UserName}, Levels: []float64{10, 5000}}
	s.SetRules([]Rule{r})
	var last Burst
	var told []int
	take := func(b Burst) { last = b; told = append(told, b.Distinct) }
	for i := range 20_000 {
		s.Add(0, "k", Signal{Time: int64(i), ID: id(i), Value: fmt.Sprint("user", i%10_000)}, take)
		if i%1000 == 0 {
			s.Advance(int64(i), take)
			s = reborn(s, []Rule{r}, func(s *State) {
				s.Again(0, "k", Signal{Time: int64(i), ID: id(i), Value: fmt.Sprint("user", i%10_000)})
			})
		}
		if s.Stats().Bytes > 200_000 {
			t.Fatalf("%d bytes", s.Stats().Bytes)
		}
	}
	s.Advance(foreverTime, take)
	if !last.Approx || math.Abs(float64(last.Distinct)-10_000) > 500 || last.Count != 20_000 {
		t.Errorf("%d values of 10,000, approximate %t, %d events", last.Distinct, last.Approx, last.Count)
	}
	if !slices.Contains(told, 10) || !slices.ContainsFunc(told, func(n int) bool { return n >= 5000 && n < 5010 }) {
		t.Errorf("no report when a level was reached: %v", told)
	}
}

// Many numbers are kept in bounded memory; sums stay exact, and a percentile is near.
func TestManyNumbers(t *testing.T) {
	for _, k := range []Kind{Sum, Avg, Percentile} {
		s := New(Defaults)
		sp := &Spec{Kind: k, Within: time.Hour, Threshold: 1, Events: 1, Percent: 95, Field: event.SourceBytes}
		s.SetRules([]Rule{{ID: "r", Spec: sp}})
		var last Burst
		for i := range 50_000 {
			v, _ := FixedOf(float64(i * 7919 % 1000))
			s.Add(0, "k", Signal{Time: int64(i), ID: id(i), Sum: v}, func(b Burst) { last = b })
			s.Advance(int64(i), func(b Burst) { last = b })
		}
		if s.Stats().Bytes > 60_000 {
			t.Fatalf("%s: %d bytes", k, s.Stats().Bytes)
		}
		s.Advance(foreverTime, func(b Burst) { last = b })
		want := map[Kind]float64{Sum: 50 * 499_500, Percentile: 950}
		if w := want[k]; w > 0 && math.Abs(last.Value-w) > w/20 || !last.Approx || last.Count != 50_000 {
			t.Errorf("%s: value %g, approximate %t, %d events", k, last.Value, last.Approx, last.Count)
		}
	}
}

// What an alert shows of a journey and of a rhythm.
func TestMeasures(t *testing.T) {
	var got []Burst
	take := func(b Burst) { got = append(got, b) }
	s := New(Defaults)
	s.SetRules([]Rule{{ID: "t", Spec: &Spec{Kind: Travel, Faster: 900, Threshold: 500, Within: time.Hour, Field: event.SourceGeoLocation}},
		{ID: "b", Spec: &Spec{Kind: Beacon, AtLeast: 4, Within: time.Hour, Jitter: 0.1, From: 10 * time.Second, To: time.Hour}}})
	s.Add(0, "k", Signal{ID: id(1), Value: "52.52,13.40"}, take) // Berlin, then New York
	s.Add(0, "k", Signal{ID: id(2), Time: 2 * hour, Value: "40.71,-74.01"}, take)
	s.Advance(foreverTime, take)
	if len(got) != 1 || got[0].Distance < 6370 || got[0].Distance > 6400 || got[0].Speed < 3180 || got[0].Speed > 3200 ||
		!slices.Equal(got[0].Values, []string{"52.52,13.40", "40.71,-74.01"}) || got[0].Count != 2 || len(got[0].IDs) != 2 {
		t.Errorf("%+v", got)
	}
	got = nil
	s = reborn(s, []Rule{s.rules[0].Rule, s.rules[1].Rule}, func(s *State) { s.Resume(noTime) })
	for i, t := range []float64{0, 60, 119.5, 120, 181} { // what comes less than a tenth of from after another is no beat
		s.Add(1, "k", Signal{ID: id(10 + i), Time: int64(t * 1e9)}, take)
	}
	s.Advance(foreverTime, take)
	if len(got) != 1 || got[0].Interval != 60 || got[0].Jitter != 0.025 || !slices.Equal(got[0].Intervals, []float64{60, 59.5, 61.5}) {
		t.Errorf("%+v", got)
	}
}

// A sample of events keeps the first ones and the last.
func TestSampleOfEvents(t *testing.T) {
	s := New(Defaults)
	s.SetRules([]Rule{minute(3)})
	var last Burst
	for i := range 100 {
		s.Add(0, "k", Signal{Time: int64(i), ID: id(i)}, nil)
	}
	s.Advance(foreverTime, func(b Burst) { last = b })
	if len(last.IDs) != MaxSample || last.IDs[0] != id(0) || last.IDs[MaxSample-1] != id(99) {
		t.Errorf("%v", last.IDs)
	}
}

// A late event teaches a first seen, and raises what it would have raised.
func TestFirstSeenTakesLateEvents(t *testing.T) {
	s := New(Defaults)
	s.SetRules([]Rule{{ID: "r", Spec: &Spec{Kind: FirstSeen, Learn: time.Hour, Memory: 24 * time.Hour, Field: event.UserName}}})
	var got []string
	take := func(b Burst) { got = append(got, fmt.Sprint(b.Time/hour, b.Values, b.Baseline)) }
	put := func(h int64, v string) { s.Add(0, "k", Signal{Time: h * hour, ID: id(int(h)), Value: v}, take) }
	put(0, "a")
	s.Advance(10*hour, take)
	put(5, "b") // late
	s.Advance(11*hour, take)
	put(12, "b")
	s.Advance(13*hour, take)
	if !slices.Equal(got, []string{"5 [b] 1"}) || s.Stats().Late != 1 {
		t.Errorf("%q, %d late", got, s.Stats().Late)
	}
}

// A late event extends how long a key has been known only where the key would not have been forgotten since: as if it had come in order.
func TestFirstSeenLongAgo(t *testing.T) {
	const hours = 3600 * sec
	f := func(ago int64, want ...string) {
		t.Helper()
		at := 1000 * hours
		old := Signal{Time: at - ago*hours, ID: id(1), Value: "old"}
		now := []Signal{{Time: at, ID: id(2), Value: "a"}, {Time: at + 60*sec, ID: id(3), Value: "b"}}
		for _, in := range [][]Signal{{old, now[0], now[1]}, {now[0], old, now[1]}} {
			s := New(Defaults)
			s.SetRules([]Rule{{ID: "r", Spec: &Spec{Kind: FirstSeen, Learn: 2 * time.Hour, Memory: 24 * time.Hour, Field: event.UserName}}})
			var got []string
			for _, sig := range in {
				s.Add(0, "k", sig, func(b Burst) { got = append(got, b.Values[0]) })
				s.Advance(sig.Time+1, func(b Burst) { got = append(got, b.Values[0]) })
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d hours ago, in the order %v: %q, want %q", ago, in, got, want)
			}
		}
	}
	f(1)
	f(30)    // forgotten
	f(20000) // a clock that is years off
}
