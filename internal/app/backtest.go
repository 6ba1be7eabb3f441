package app

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rule"
	"watchpost/internal/store"
	"watchpost/internal/web"
	"watchpost/internal/window"
)

// past judges rules over what is stored.
type past struct {
	store    *store.Store
	budget   hunt.Budget
	rules    *rulesInUse
	shelf    *iocShelf
	excepted *excepted
	mu       sync.Mutex
	running  map[*look]bool // each back-test that runs
}

// look is a back-test that runs: of some tenants, for somebody.
type look struct {
	tenants []string
	person  string
}

// Bounds of the back-tests that run at once: each may take the budget's memory, and windows beside it. The share is less than the whole, so that
// nobody's back-tests lock all others out.
const (
	maxBacktests   = 3
	shareBacktests = 2
)

func newPast(s *store.Store, b hunt.Budget, rules *rulesInUse, shelf *iocShelf) *past {
	return &past{store: s, budget: b, rules: rules, running: map[*look]bool{}, shelf: shelf}
}

// enter takes a slot for a look at some tenants, which counts for a person, whatever the token; leave gives it back. Within the share of tenants count all that look at no others.
// The error, web.ErrBusy, tells nothing of what others do.
func (p *past) enter(person string, tenants []string) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own, same := 0, 0
	for of := range p.running {
		if !slices.ContainsFunc(of.tenants, func(t string) bool { return !slices.Contains(tenants, t) }) {
			own++
		}
		if of.person == person {
			same++
		}
	}
	switch {
	case same >= shareBacktests:
		return nil, fmt.Errorf("%w: %d of them are yours or of tokens that you made, which is as many as may at once: try again when one of them is done", web.ErrBusy, same)
	case own >= shareBacktests:
		return nil, fmt.Errorf("%w: %d look at your tenants, which is as many as may at once: try again when one of them is done", web.ErrBusy, own)
	case len(p.running) >= maxBacktests:
		return nil, fmt.Errorf("%w: all %d places of this server are taken, %d of them by looks at your tenants alone: try again in a while", web.ErrBusy, maxBacktests, own)
	}
	l := &look{tenants, person}
	p.running[l] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.running, l)
	}, nil
}

var ruleID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// find gives the rule that text is, or names; id says which where it holds several. It is enabled, whatever it says.
func (p *past) find(text, id string) (*rule.Rule, error) {
	set, err := p.rules.loaded()
	if err != nil {
		return nil, err
	}
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return nil, &web.Fault{Err: errors.New("rule: is missing")}
	case ruleID.MatchString(text):
		id = text
	default:
		if set, err = set.Read("rule", []byte(text+"\n")); err != nil {
			return nil, &web.Fault{Err: err}
		}
	}
	if id == "" && len(set.Rules) > 1 {
		return nil, &web.Fault{Err: fmt.Errorf("rule: it holds %d rules: say which, by id", len(set.Rules))}
	}
	for _, r := range set.Rules {
		if id == "" || r.ID == id {
			on := *r
			on.Enabled = true
			return &on, nil
		}
	}
	return nil, &web.Fault{Err: fmt.Errorf("rule: there is none with the id %.100q", id)}
}

// day is how much of the past one statement finds.
const day = 24 * time.Hour

// Backtest implements web.Past.
func (p *past) Backtest(ctx context.Context, tenants []string, q web.Backtest, tell func(web.Progress)) (*web.BacktestResult, error) {
	begun := time.Now()
	leave, err := p.enter(q.By, tenants)
	if err != nil {
		return nil, err
	}
	defer leave()
	r, err := p.find(q.Rule, q.ID)
	if err != nil {
		return nil, err
	}
	t := newTally(r, q)
	test, err := backtestOf(r, t.take)
	if err != nil {
		return nil, err
	}
	pos, err := p.judge(ctx, r, []*detect.Backtest{test}, tenants, q.From, q.To, func(at int64, d float64, stats course) {
		t.out.Events = stats.events
		tell(web.Progress{Done: d, At: time.Unix(0, at).UTC(), Events: stats.events, Alerts: t.out.Alerts})
	})
	if err != nil {
		return nil, err
	}
	out := t.done(pos)
	if err := p.compare(ctx, tenants, r.ID, t, pos.to); err != nil {
		return nil, err
	}
	out.Elapsed = time.Since(begun).Milliseconds()
	return out, nil
}

// course is how far a rule was judged.
type course struct {
	warm    int64 // from then on
	learn   time.Duration
	to      int64 // up to then
	events  uint64
	partial bool
	stats   window.Stats
}

// backtestOf makes a back-test of r alone.
func backtestOf(r *rule.Rule, emit func(alert.Alert)) (*detect.Backtest, error) {
	rules, err := detect.Compile(&rule.Set{Rules: []*rule.Rule{r}})
	if err != nil {
		return nil, &web.Fault{Err: err}
	}
	return detect.NewBacktest(rules, window.Defaults, emit), nil
}

// judge lets tests judge the events of r, among which theirs must be, over [from, to) of the store and what windows need before.
func (p *past) judge(ctx context.Context, r *rule.Rule, tests []*detect.Backtest, tenants []string, from, to time.Time, tell func(at int64, done float64, j course)) (course, error) {
	all, learn := detect.Warmup(r)
	j := course{warm: from.Add(-all).UnixNano(), learn: learn, to: to.UnixNano()}
	first, err := p.first(ctx, tenants)
	if err != nil {
		return j, err
	}
	j.warm = max(j.warm, min(first, from.UnixNano())) // nothing is older
	fields := detect.Fields(r)
	deadline := time.Now().Add(p.budget.Time)
	run, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	begin := min(max(j.warm, first), j.to)
	for at := begin; at < j.to && !j.partial; {
		next := min((at/int64(day)+1)*int64(day), j.to)
		if at < from.UnixNano() {
			next = min(next, from.UnixNano())
		}
		st, err := hunt.Past(r, tenants, at, next, fields, len(tests) > 1)
		if err != nil {
			return j, err
		}
		reached := at
		err = p.store.Select(run, st.SQL, params(st.Params), p.settings(deadline), func(b *event.Batch) error {
			j.events += uint64(b.Rows())
			for _, t := range tests {
				t.Take(b)
			}
			reached = b.Event(b.Rows() - 1).Time()
			tell(reached, float64(reached-begin)/float64(max(j.to-begin, 1)), j)
			return ctx.Err()
		})
		switch {
		case ctx.Err() != nil:
			return j, ctx.Err()
		case err != nil && (run.Err() != nil || store.OverBudget(err)):
			j.partial, j.to = true, reached
		case err != nil:
			return j, err
		default:
			for _, t := range tests {
				t.Pass(next)
			}
			tell(next, float64(next-begin)/float64(max(j.to-begin, 1)), j)
		}
		at = next
	}
	for _, t := range tests {
		t.End(j.to)
		st := t.Stats()
		j.stats.Evicted, j.stats.Forced = j.stats.Evicted+st.Evicted, j.stats.Forced+st.Forced
	}
	return j, nil
}

// settings gives the budget of a statement that must end by a time.
func (p *past) settings(deadline time.Time) store.Settings {
	b := p.budget
	b.Time = max(min(b.Time, time.Until(deadline)+time.Second), time.Second)
	return store.Settings(b.Settings())
}

// first gives the time of the oldest event.
func (p *past) first(ctx context.Context, tenants []string) (at int64, err error) {
	sql := "SELECT min(`@timestamp`) FROM events WHERE `tenant` IN {tenants:Array(String)}"
	err = p.store.Rows(ctx, sql, store.Params{"tenants": tenants}, store.Settings(p.budget.Settings()), func(scan func(...any) error) error {
		var t time.Time
		if err := scan(&t); err != nil {
			return err
		}
		at = t.UnixNano()
		return nil
	})
	return at, told(err)
}

// maxLive bounds the alerts that a back-test is compared with.
const maxLive = 200_000

// compare fills in what differs from the alerts that the rule in use has raised.
func (p *past) compare(ctx context.Context, tenants []string, id string, t *tally, to int64) error {
	n := 0
	err := p.store.AlertKeys(ctx, tenants, id, t.q.From.UnixNano(), to, maxLive, func(k store.AlertKey) {
		n++
		t.live(k)
	})
	if n == maxLive {
		t.note("the rule in use has raised more alerts than can be compared: lost and same are of %d of them", maxLive)
	}
	t.differ()
	return err
}
