package match_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/rule"
	"watchpost/internal/rule/ruletest"
)

// TestLongRecords holds that who sends long records switches no rule off, and that a rule which is dear of records of a usual length is switched off.
func TestLongRecords(t *testing.T) {
	r := ruleOf(t, "r", `event.original matches "(a|b)+c(x|y)+z$"`)
	for _, c := range []struct {
		size int
		off  bool
	}{{256 << 10, false}, {100, true}} {
		b := new(event.Batch)
		for range 40 {
			b.Begin([]byte("z c "+strings.Repeat("ab", c.size/2)), ruletest.At.UnixNano())
			b.End()
		}
		o := match.Options{MaxEvaluation: 200 * time.Microsecond, Clock: match.ThreadTime}
		if c.off { // each takes a millisecond by this clock
			now := time.Duration(0)
			o.Clock = func() time.Duration { now += time.Millisecond; return now }
		}
		x := match.NewWith(&rule.Set{Rules: []*rule.Rule{r}}, o)
		x.Each(b, func(int, *rule.Rule, int) {})
		if off := x.Off()["r"]; (off != "") != c.off {
			t.Errorf("of %d bytes: off %q", c.size, off)
		}
		if n := x.Costs()["r"].Evaluations; !c.off && n != 40 {
			t.Errorf("of %d bytes: evaluated %d times, want 40", c.size, n)
		}
	}
}

// TestThreadTime holds that what others take of the machine does not count: a thread that waits takes no time, one that reckons does.
func TestThreadTime(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := match.ThreadTime()
	time.Sleep(50 * time.Millisecond)
	if d := match.ThreadTime() - start; d < 0 || d > 25*time.Millisecond {
		t.Errorf("a wait of 50 ms took %v of the thread", d)
	}
	for start, end := match.ThreadTime(), time.Now().Add(time.Minute); match.ThreadTime()-start < 5*time.Millisecond; {
		if time.Now().After(end) {
			t.Fatal("reckoning takes no time of the thread")
		}
	}
}
