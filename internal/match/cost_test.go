package match_test

import (
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
		o := match.Options{MaxEvaluation: 200 * time.Microsecond, Now: time.Now}
		if c.off { // each takes a millisecond by this clock
			now := time.Time{}
			o.Now = func() time.Time { now = now.Add(time.Millisecond); return now }
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
