package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/audit"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/web"
)

// account keeps what is accounted for, as text.
type account struct {
	lines []string
	full  error
}

func (a *account) Record(e audit.Entry, fields map[string]any) {
	a.lines = append(a.lines, fmt.Sprintf("%s %s %s %v %v hunts=%v failed=%v", e.Action, e.Outcome, e.User, e.Tenants, fields["pack"], fields["hunts"], fields["failed"]))
}

func (a *account) Ready() error { return a.full }

// A pack of the schedule is run once for each stretch of time and tenant, whoever asks how often; what changed is told.
func TestPacksOnSchedule(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{})
	d.past = newPast(s, hunt.PastBudget, d.rules, nil)
	d.packs = t.TempDir()
	const text = `name: mine
hunts:
  - {id: roots, name: Of root, query: user.name == "root", group_by: source.ip}
  - {id: others, name: Of others, query: user.name != $user, params: [{name: user, default: root}]}
`
	if err := os.WriteFile(filepath.Join(d.packs, "mine.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	hour := time.Now().Add(-50 * time.Hour).Truncate(time.Hour)
	batch := func(at time.Time, n int) {
		fill(t, s, at.UnixNano(), func(b *event.Batch, i int) {
			b.SetString(event.UserName, "root")
			b.SetString(event.SourceIP, "192.0.2.7")
		}, n)
	}
	batch(hour.Add(-30*time.Minute), 3) // of the first run
	batch(hour.Add(30*time.Minute), 5)  // of the second
	batch(hour.Add(25*time.Hour-30*time.Minute), 11)

	plan := []web.ScheduledPack{{Pack: "mine", Every: time.Hour, Tenants: theirs}, {Pack: "gone", Every: time.Hour, Tenants: theirs}}
	d.scheduled = plan
	var said account
	now := hour.Add(2 * settled)
	process := func() *schedule {
		return &schedule{desk: d, tenants: func(context.Context) ([]string, error) { return theirs, nil }, ledger: &said, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler), done: map[[2]string]time.Time{}}
	}
	first, second := process(), process()
	due := func(s *schedule) {
		t.Helper()
		if err := s.due(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	show := func() string {
		t.Helper()
		runs, err := d.PackRuns(t.Context(), theirs)
		if err != nil || len(runs) != 2 {
			t.Fatalf("%+v %v", runs, err)
		}
		if runs[1].Pack != "gone" || !strings.Contains(runs[1].Error, "no pack") {
			t.Errorf("%+v", runs[1])
		}
		r, out := runs[0], ""
		if r.Finished == nil || r.To.Sub(*r.From) != time.Hour {
			t.Errorf("%+v", r)
		}
		for _, h := range r.Hunts {
			n := func(p *int64) string {
				if p == nil {
					return "-"
				}
				return fmt.Sprintf("%+d", *p)
			}
			out += fmt.Sprintf("%s %d %s %s %v%s; ", h.ID, h.Count, n(h.Change), n(h.ChangeDay), h.Top, h.Error)
		}
		return out
	}
	due(first)
	due(first)
	due(second) // another process
	if got := show(); got != "roots 3 - - [{192.0.2.7 3}]; others 0 - - []; " {
		t.Errorf("first: %s", got)
	}
	if len(said.lines) != 2 || said.lines[0] != fmt.Sprintf("hunts.scheduled ok schedule %v mine hunts=2 failed=0", theirs) || !strings.HasPrefix(said.lines[1], "hunts.scheduled failed") {
		t.Errorf("%q", said.lines)
	}
	now = now.Add(time.Hour)
	leave, err := d.enter("ann", []string{"elsewhere"}) // somebody's back-test is under way
	if err != nil {
		t.Fatal(err)
	}
	rest := make([]func(), 0, maxBacktests)
	for len(rest) < maxBacktests-1 {
		more, err := d.enter(fmt.Sprint("bob-", len(rest)), []string{fmt.Sprint("elsewhere-", len(rest))})
		if err != nil {
			t.Fatal(err)
		}
		rest = append(rest, more)
	}
	due(second)
	if len(said.lines) != 2 {
		t.Errorf("ran beside what fills all slots: %q", said.lines)
	}
	leave()
	for _, l := range rest {
		l()
	}
	due(second)
	due(first)
	if got := show(); got != "roots 5 +2 - [{192.0.2.7 5}]; others 0 +0 - []; " {
		t.Errorf("second: %s", got)
	}
	now = now.Add(24 * time.Hour)
	due(process()) // after a restart; the hours between are missed
	if got := show(); got != "roots 11 +6 +6 [{192.0.2.7 11}]; others 0 +0 +0 []; " {
		t.Errorf("a day later: %s", got)
	}
	if runs, err := d.PackRuns(t.Context(), []string{"somebody-else"}); err != nil || len(runs) != 0 {
		t.Errorf("another tenant: %+v %v", runs, err)
	}
	if len(said.lines) != 6 {
		t.Errorf("%q", said.lines)
	}
	// Somebody asks for a run, which is kept among the others and is none of the schedule's.
	run, err := d.RunNow(t.Context(), web.ScheduledPack{Pack: "mine", Every: time.Hour, Tenants: theirs, Hunts: []string{"roots"}}, "ann", "ann")
	if err != nil || run.By != "ann" || len(run.Hunts) != 1 || run.Hunts[0].Change == nil || *run.Hunts[0].Change != -11 {
		t.Errorf("%+v %v", run, err)
	}
	runs, err := d.RunsOf(t.Context(), theirs, "mine", 3)
	if err != nil || len(runs) != 3 || runs[0].By != "ann" || runs[1].By != "" || runs[1].Hunts[0].Count != 11 || *runs[1].Hunts[0].Change != 6 || runs[2].Hunts[0].Count != 5 {
		t.Errorf("%+v %v", runs, err)
	}
	if _, err := d.RunNow(t.Context(), web.ScheduledPack{Pack: "none", Every: time.Hour, Tenants: theirs}, "ann", "ann"); !errors.Is(err, web.ErrNoPack) {
		t.Errorf("a pack that is not: %v", err)
	}
	// A schedule that the API made is heeded at once, and ends with its object.
	d.scheduled = nil
	o := web.Object{Tenant: theirs[0], Kind: web.KindSchedule, ID: "s1", Version: 1, Time: now, User: "ann", Owner: "ann", Body: []byte(`{"pack":"mine","every_seconds":900}`)}
	if err := d.Put(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	due(process())
	if len(said.lines) != 7 || !strings.Contains(said.lines[6], "mine hunts=2 failed=0") {
		t.Errorf("%q", said.lines)
	}
	said.full = fmt.Errorf("full")
	if err := first.due(t.Context()); err == nil || len(said.lines) != 7 {
		t.Errorf("ran unaccounted for: %v", err)
	}
	said.full, o.Version, o.Deleted = nil, 2, true
	if err := d.Put(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	due(process())
	if len(said.lines) != 7 {
		t.Errorf("ran without a schedule: %q", said.lines)
	}
	// What the engine says of a hunt that fails is nobody's who asks for it.
	d.budget.Read = 1
	res, err := d.RunPack(t.Context(), theirs, web.PackRun{Pack: "mine", Hunts: []string{"roots"}, From: hour.Add(-time.Hour), To: hour.Add(time.Hour)})
	if err != nil || len(res.Hunts) != 1 || res.Hunts[0].Error != web.ErrOverBudget.Error() {
		t.Errorf("over the budget: %+v %v", res, err)
	}
}
