package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"watchpost/internal/config"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/ingest"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// again reads stored events anew, and stores what was put aside, for the API. One job is under way at a time.
type again struct {
	store *store.Store
	c     config.Config
	log   *slog.Logger
	next  chan *reparseJob // room for the one that may wait

	mu   sync.Mutex
	jobs []*reparseJob // newest first, at most keptReparses
}

const keptReparses = 50

// reparseJob is a job with what the page need not know. All but the query is guarded by again.mu.
type reparseJob struct {
	web.Reparse
	query  *hunt.Query
	cancel context.CancelFunc // nil: it has not begun
}

func newAgain(s *store.Store, c config.Config, log *slog.Logger) *again {
	return &again{store: s, c: c, log: log, next: make(chan *reparseJob, 1)}
}

// Run works off the jobs until ctx ends.
func (a *again) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case j := <-a.next:
			a.work(ctx, j)
		}
	}
}

// StartReparse implements web.Again.
func (a *again) StartReparse(q *hunt.Query, r web.Reparse) (web.Reparse, error) {
	if q.Pipe != nil {
		return r, &web.Fault{Err: errors.New("query: a pipe makes a table; name events")}
	}
	var id [8]byte
	if _, err := rand.Read(id[:]); err != nil {
		return r, err
	}
	r.ID, r.State, r.Begun, r.Changes = hex.EncodeToString(id[:]), web.ReparseRunning, time.Now().UTC(), []web.ReparseChange{}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.jobs) > 0 && a.jobs[0].State == web.ReparseRunning {
		return r, web.ErrReparsing
	}
	j := &reparseJob{Reparse: r, query: q}
	select {
	case a.next <- j:
	default: // the one before was cancelled before it began, and is still there
		return r, web.ErrReparsing
	}
	a.jobs = slices.Insert(a.jobs, 0, j)
	a.jobs = a.jobs[:min(len(a.jobs), keptReparses)]
	return r, nil
}

// seen says whether a caller of some tenants (nil: any) may know of j.
func (j *reparseJob) seen(tenants []string) bool {
	return tenants == nil || !slices.ContainsFunc(j.Tenants, func(t string) bool { return !slices.Contains(tenants, t) })
}

// Reparses implements web.Again.
func (a *again) Reparses(tenants []string) []web.Reparse {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []web.Reparse
	for _, j := range a.jobs {
		if j.seen(tenants) {
			out = append(out, j.Reparse)
		}
	}
	return out
}

// CancelReparse implements web.Again.
func (a *again) CancelReparse(tenants []string, id string) (web.Reparse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, j := range a.jobs {
		if j.ID != id || !j.seen(tenants) {
			continue
		}
		if j.State == web.ReparseRunning {
			j.State = web.ReparseCancelled
			if j.cancel != nil {
				j.cancel()
			}
		}
		return j.Reparse, nil
	}
	return web.Reparse{}, fmt.Errorf("reparse %.64q: %w", id, web.ErrNotFound)
}

func (a *again) work(ctx context.Context, j *reparseJob) {
	job, cancel := context.WithCancel(ctx)
	defer cancel()
	a.mu.Lock()
	j.cancel = cancel
	cancelled := j.State == web.ReparseCancelled
	a.mu.Unlock()
	var changes reparseChanges
	var err error
	if !cancelled {
		err = a.reparse(ctx, job, j, &changes)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now().UTC()
	j.Ended, j.Changes = &now, changes.list()
	switch {
	case j.State == web.ReparseCancelled:
	case err != nil:
		j.State, j.Error = web.ReparseFailed, web.TroubleOf(a.log.With("id", j.ID), "reparse failed", err).Error()
	default:
		j.State = web.ReparseDone
	}
}

// reparse does job, a part of ctx that ends when it is cancelled.
func (a *again) reparse(ctx, job context.Context, j *reparseJob, changes *reparseChanges) error {
	unlock, err := lockTool(a.c, "reparse")
	if err != nil {
		return err
	}
	defer unlock()
	again, err := reparser(a.c)
	if err != nil {
		return err
	}
	stats, err := reparseEvents(job, a.store, again, j.query, j.DryRun, changes, func(st store.ReparseStats) {
		a.mu.Lock()
		j.Total, j.Read, j.Changed = st.Total, st.Read, st.Changed
		a.mu.Unlock()
	})
	a.mu.Lock()
	j.Total, j.Read, j.Changed = stats.Total, stats.Read, stats.Changed
	a.mu.Unlock()
	if err != nil && job.Err() != nil && ctx.Err() == nil { // cancelled: what is not shown yet is taken back now, while nobody else begins another
		if undo := a.store.FinishReparse(ctx); undo != nil {
			a.log.Warn("a cancelled reparse leaves rows that the next one takes back", "id", j.ID, "error", undo)
		}
	}
	return err
}

// reparseChanges counts by the data sets before and after; what is beyond maxChanges counts as others.
type reparseChanges struct {
	n map[[2]string]uint64
}

const maxChanges = 1000

func (c *reparseChanges) add(from, to string) {
	if c.n == nil {
		c.n = map[[2]string]uint64{}
	}
	key := [2]string{from, to}
	if _, known := c.n[key]; !known && len(c.n) >= maxChanges {
		key = [2]string{"(others)", "(others)"}
	}
	c.n[key]++
}

// list gives the changes, the most frequent first.
func (c *reparseChanges) list() []web.ReparseChange {
	out := make([]web.ReparseChange, 0, len(c.n))
	for k, n := range c.n {
		out = append(out, web.ReparseChange{From: k[0], To: k[1], Count: n})
	}
	slices.SortFunc(out, func(a, b web.ReparseChange) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return out
}

// reparseEvents reads q's events anew.
func reparseEvents(ctx context.Context, s *store.Store, again *ingest.Reparser, q *hunt.Query, dry bool, changes *reparseChanges, tell func(store.ReparseStats)) (store.ReparseStats, error) {
	st, err := q.Condition()
	if err != nil {
		return store.ReparseStats{}, err
	}
	return s.Reparse(ctx, store.Reparse{Where: st.SQL, Params: params(st.Params), DryRun: dry, Progress: tell,
		Event: func(b *event.Batch, e event.Event) (bool, error) {
			if ok, err := q.Finds(e); err != nil || !ok {
				return false, err
			}
			n := b.Rows()
			if !again.Event(b, e) {
				return false, nil
			}
			changes.add(e.Str(event.EventDataset), b.Event(n).Str(event.EventDataset))
			if dry {
				b.Reset()
			}
			return true, nil
		}})
}

// Replay implements web.Again.
func (a *again) Replay(ctx context.Context, tenants []string, ids []string) (*web.Replayed, error) {
	unlock, err := lockTool(a.c, "quarantine")
	if err != nil {
		return nil, err
	}
	defer unlock()
	out := &web.Replayed{Kept: []web.KeptAside{}}
	out.Stored, err = replayAside(ctx, a.store, a.c, tenants, ids, func(id string, err error) {
		out.Kept = append(out.Kept, web.KeptAside{ID: id, Reason: err.Error()})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
