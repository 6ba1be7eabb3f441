package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/audit"
	"watchpost/internal/config"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/oidc"
	"watchpost/internal/rights"
	"watchpost/internal/rule"
	"watchpost/internal/store"
	"watchpost/internal/web"
	page "watchpost/web"
)

// startQuery serves the page and the API.
func (s *Service) startQuery(ctx context.Context) error {
	ledger := audit.New(auditTable{s.store}, time.Now, s.log)
	s.stages.start(ctx, "audit", ledger.Run)
	s.ops.counter("audit_dropped_total", "Refused requests of strangers that are not in the audit log: there were too many at once.", nil,
		func() float64 { return float64(ledger.Dropped.Load()) })
	tenants := &knownTenants{store: s.store, named: tenantsOf(s.c)}
	book, setup, err := s.newBook(ctx, tenants.list)
	if err != nil {
		return err
	}
	s.setup = setup
	shelf := &iocShelf{folder: s.c.IOCs, takeUp: func() { s.takeUp("rules", s.c.IOCs) }}
	past := newPast(s.store, s.c.Query.Past, &s.rules, shelf)
	past.excepted = s.excepted
	redo := newAgain(s.store, s.c, s.log)
	s.stages.start(ctx, "reparse", redo.Run)
	d := &desk{store: s.store, log: s.log, budget: s.c.Query.Budget, rules: &s.rules, tails: newTails(s.kafka, s.log), past: past, again: redo, packs: s.c.Packs, scheduled: s.c.Query.Packs}
	d.common, _ = alert.ReadCommon(s.c.Query.Common) // it was checked
	server := web.New(s.c.Query, d, book, ledger, page.FS(), time.Now, s.log)
	server.TellListeners(func() (out []web.Listener) {
		if s.serving.Load() { // before, they are being bound
			for _, l := range s.listeners {
				out = append(out, web.Listener{Name: l.name, Kind: l.kind, Addr: l.Addr().String()})
			}
		}
		return out
	})
	s.startSchedule(ctx, d, tenants.list, ledger)
	if o := s.c.Query.OIDC; o.Enabled() {
		client, err := oidc.New(o, time.Now)
		if err != nil {
			return fmt.Errorf("query.oidc: %w", err)
		}
		server.UseOIDC(client)
	}
	if !s.has(Detect) { // else the detector keeps them up to date
		use := func(c config.Config) (func(), error) {
			set, in, err := s.rulesOf(c)
			return func() { s.rules.set.Store(set); s.rules.iocs.Store(in) }, err
		}
		swap, err := use(s.c)
		if err != nil {
			return err
		}
		swap()
		s.reloads = append(s.reloads, reload{"rules", use})
	}
	mux := http.NewServeMux()
	s.pageRoutes(server, mux)
	l, err := s.listenPage()
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	s.serveOn(ctx, l, "page", "page and API", server.Guard(mux))
	return nil
}

// startSchedule runs the packs of hunts that are to be run every so often.
func (s *Service) startSchedule(ctx context.Context, d *desk, tenants func(context.Context) ([]string, error), ledger *audit.Log) {
	if packs, err := d.Packs(); err == nil {
		if names := unknownPacks(d.scheduled, packs); len(names) > 0 {
			s.ops.warn("packs", func() string { return fmt.Sprintf("query.packs names what is no pack: %q", names) })
		}
	}
	sched := &schedule{desk: d, tenants: tenants, ledger: ledger, now: time.Now, log: s.log, done: map[[2]string]time.Time{}}
	s.stages.start(ctx, "schedule", sched.Run)
}

// pageRoutes adds all that the page's port serves.
func (s *Service) pageRoutes(server *web.Server, mux *http.ServeMux) {
	server.Routes(mux)
	s.ops.routes(func(method, path string, serve http.HandlerFunc) { server.AddOps(mux, method, path, serve) })
	server.Add(mux, http.MethodPost, "/-/reload", rights.Reload, s.reloadRequest)
}

// desk answers hunts out of the store.
type desk struct {
	store  *store.Store
	log    *slog.Logger
	budget hunt.Budget
	rules  *rulesInUse
	tails  *tails
	*past
	*again
	packs     string // folder of packs of hunts
	scheduled []web.ScheduledPack
	common    alert.Common // what joins no incidents
}

// Compile implements web.Desk: with the lists of the rules in use.
func (d *desk) Compile(src string) (*rule.Predicate, error) {
	if set := d.rules.set.Load(); set != nil {
		return set.Compile(src)
	}
	return rule.Compile(src)
}

func (d *desk) settings() store.Settings { return store.Settings(d.budget.Settings()) }

func params(in []hunt.Param) store.Params {
	out := make(store.Params, len(in))
	for _, p := range in {
		out[p.Name] = p.Value
	}
	return out
}

// progressing lets the store's statements under ctx tell who wants to know how far the hunt is; those of several pages one sum.
func progressing(ctx context.Context) context.Context {
	tell := hunt.ProgressOf(ctx)
	if tell == nil {
		return ctx
	}
	begun := time.Now()
	var before, last store.Progress
	return store.WithProgress(ctx, func(p store.Progress) {
		if p.Rows < last.Rows { // of the next page
			before.Rows, before.Bytes, before.Total = before.Rows+last.Rows, before.Bytes+last.Bytes, before.Total+last.Total
		}
		last = p
		tell(hunt.Progress{Rows: before.Rows + p.Rows, Total: before.Total + p.Total, Bytes: before.Bytes + p.Bytes, Elapsed: time.Since(begun).Milliseconds()})
	})
}

// budgeted is an error of the budget, in the engine's words.
type budgeted struct{ error }

func (b budgeted) Unwrap() []error { return []error{web.ErrOverBudget, b.error} }

// told marks errors of the budget as such.
func told(err error) error {
	if store.OverBudget(err) {
		return budgeted{err}
	}
	return err
}

// Events implements web.Desk.
func (d *desk) Events(ctx context.Context, q *hunt.Query, each func(event.Event) error) error {
	ctx = progressing(ctx)
	return told(events(ctx, q, d.budget.Time, each, func(ctx context.Context, st hunt.Statement, each func(*event.Batch) error) error {
		return d.store.Select(ctx, st.SQL, params(st.Params), d.settings(), each)
	}))
}

// events gives each the events of q out of run. Where SQL cannot judge the whole predicate, expr's machine drops what the
// statement found too much, and further pages, as large as they may be, make up for it: all of them within limit.
func events(ctx context.Context, q *hunt.Query, limit time.Duration, each func(event.Event) error, run func(context.Context, hunt.Statement, func(*event.Batch) error) error) error {
	want := q.Limit
	if !q.Exact {
		all := *q
		all.Limit = hunt.MaxLimit
		q = &all
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, web.ErrOverBudget)
		defer cancel()
	}
	for {
		st, err := q.Events()
		if err != nil {
			return err
		}
		found := 0
		err = run(ctx, st, func(b *event.Batch) error {
			defer func() { q = q.Behind(b.Event(b.Rows() - 1)) }()
			for e := range b.Events() {
				found++
				if ok, err := q.Finds(e); err != nil {
					return err
				} else if !ok {
					continue
				}
				if err := each(e); err != nil {
					return err
				}
				if want--; want == 0 && !q.Exact {
					return errEnough
				}
			}
			return nil
		})
		switch {
		case want == 0 && !q.Exact: // the statement was broken off, however it calls that
			return nil
		case err != nil && errors.Is(context.Cause(ctx), web.ErrOverBudget):
			return web.ErrOverBudget
		case err != nil:
			return err
		case q.Exact || found < q.Limit:
			return nil
		}
	}
}

// errEnough ends a statement that would find more than is wanted.
var errEnough = errors.New("enough")

// Histogram implements web.Desk.
func (d *desk) Histogram(ctx context.Context, q *hunt.Query, buckets int) ([]web.Bucket, error) {
	st, err := q.Histogram(buckets)
	if err != nil {
		return nil, err
	}
	var out []web.Bucket
	err = d.store.Rows(ctx, st.SQL, params(st.Params), d.settings(), func(scan func(...any) error) error {
		var b web.Bucket
		err := scan(&b.Time, &b.Count)
		b.Time = b.Time.UTC()
		out = append(out, b)
		return err
	})
	return out, told(err)
}

// Values implements web.Desk.
func (d *desk) Values(ctx context.Context, q *hunt.Query, f event.Field, limit int) ([]web.Value, error) {
	st, err := q.Values(f, limit)
	if err != nil {
		return nil, err
	}
	var out []web.Value
	err = d.store.Rows(ctx, st.SQL, params(st.Params), d.settings(), func(scan func(...any) error) error {
		var v web.Value
		err := scan(&v.Value, &v.Count)
		out = append(out, v)
		return err
	})
	return out, told(err)
}

// Count implements web.Desk.
func (d *desk) Count(ctx context.Context, q *hunt.Query) (n uint64, err error) {
	st, err := q.Count()
	if err != nil {
		return 0, err
	}
	err = d.store.Rows(ctx, st.SQL, params(st.Params), d.settings(), func(scan func(...any) error) error { return scan(&n) })
	return n, told(err)
}

// Audit implements web.Desk.
func (d *desk) Audit(ctx context.Context, f web.AuditFilter) ([]audit.Entry, error) {
	rows, err := d.store.Audit(ctx, store.AuditFilter(f))
	out := make([]audit.Entry, len(rows))
	for i, r := range rows {
		out[i] = auditEntry(r)
	}
	return out, err
}
