package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/match"
	"watchpost/internal/window"
)

// Bounds that were reached are seen as alerts: one for each rule that lost something, once an hour, the same in every run.
func TestAlarms(t *testing.T) {
	const sec = int64(time.Second)
	run := func(rules *Rules, o window.Options, blocks [][]fact) (out []alert.Alert) {
		x, s := match.New(rules.Set), NewShard(rules, o, 1)
		for i, facts := range blocks {
			bl := block(i, facts)
			for j, rec := range recordsOf(t, rules, x, bl, mark{Offset: int64(i), Received: bl.Header.Received}) {
				alerts, err := s.Apply(int64(1000*i+j), rec)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range alerts {
					if isAlarm(a.Rule) {
						out = append(out, a)
					}
				}
			}
		}
		return out
	}
	f := func(o window.Options, yaml string, blocks [][]fact, want ...string) {
		t.Helper()
		rules := mustRules(t, yaml)
		var got []string
		first, again := run(rules, o, blocks), run(rules, o, blocks)
		for i, a := range first {
			got = append(got, fmt.Sprint(a.Rule, " ", a.Group[0].Value, " ", a.Tenant, " ", a.Time/sec))
			if _, err := alert.Parse(a.AppendJSON(nil)); err != nil || !same(&again[i], a) || a.Query == "" {
				t.Errorf("%+v, %v", a, err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	var many [][]fact // 400 addresses within 20 minutes, over the turn of an hour
	for i := range 400 {
		at := (3000 + 3*int64(i)) * sec
		many = append(many, []fact{{time: at, received: at, action: "fail", ip: fmt.Sprint("203.0.113.", i), user: "u"}})
	}
	few, hasty := window.Defaults, window.Defaults
	few.MaxKeys, hasty.MaxPending = 5, 10
	slow := strings.Replace(oneRule, "match:", "lateness: 1m\nmatch:", 1)
	long := strings.Replace(oneRule, "20s", "2m", 1)
	f(window.Defaults, slow, many)
	f(window.Defaults, long, many)
	f(few, long, many, "watchpost-keys-forgotten count default 0", "watchpost-keys-forgotten count default 3600")
	f(hasty, slow, many, "watchpost-events-hurried count default 0", "watchpost-events-hurried count default 3600")

	late := [][]fact{{{time: 9000 * sec, received: 9000 * sec, action: "fail", ip: "203.0.113.1", user: "u"}}, nil}
	for i := range 12_000 {
		late[1] = append(late[1], fact{time: 100 * sec, received: 9001 * sec, action: "fail", ip: fmt.Sprint("203.0.113.", i), user: "u"})
	}
	f(window.Defaults, oneRule, late, "watchpost-late-unchecked count default 7200")
}

// TestMissing: records of signals that were trimmed before the shard took them are counted; what stands before its first one is not.
func TestMissing(t *testing.T) {
	rules := mustRules(t, oneRule)
	x, s := match.New(rules.Set), NewShard(rules, window.Defaults, 1)
	for i, offset := range []int64{500, 501, 510, 511, 3} { // the last as of a log that was made anew
		bl := block(i, []fact{{time: int64(i), received: int64(i), action: "fail", ip: "203.0.113.1", user: "u"}})
		for _, rec := range recordsOf(t, rules, x, bl, mark{Offset: int64(i), Received: int64(i)}) {
			if _, err := s.Apply(offset, rec); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := s.Stats().Missing; n != 8 {
		t.Errorf("%d records are missing, want 8", n)
	}
}
