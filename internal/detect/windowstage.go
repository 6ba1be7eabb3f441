package detect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/match"
	"watchpost/internal/window"
)

// SignalLog is a partition of the topic `signals`.
type SignalLog interface {
	// Next waits for the next record.
	Next(ctx context.Context) (offset int64, value []byte, err error)
}

// Alerts takes alerts: the topic `alerts`, the store.
type Alerts interface {
	// Put returns when the alerts are safe. It may get the same revision again.
	Put(ctx context.Context, alerts []alert.Alert) error
}

// WindowOptions are those of the window stage.
type WindowOptions struct {
	window.Options `yaml:",inline"`
	Snapshot       time.Duration    `yaml:"snapshot"` // least time between snapshots, as the watermark goes; never more than one part in 20 of the time
	Now            func() time.Time `yaml:"-"`        // nil: time.Now; only for how often late events are looked at and snapshots made
	Log            *slog.Logger     `yaml:"-"`        // nil: slog.Default()
}

// Options are those of the detector.
type Options struct {
	WindowOptions `yaml:",inline"`
	Ahead         time.Duration `yaml:"ahead"`  // the receipt of a block further ahead of this machine's clock does not move the watermark beyond that clock; 0: no bound
	Budget        match.Options `yaml:"budget"` // of a rule: one that takes more is switched off, and said so
}

// Defaults are those of both stages.
var Defaults = Options{WindowOptions: WindowDefaults, Ahead: MatchDefaults.Ahead, Budget: MatchDefaults.Budget}

// Check reports every fault of o, each with its key.
func (o Options) Check() error {
	err := o.WindowOptions.Check()
	if o.Ahead < 0 || o.Ahead > 24*time.Hour {
		err = errors.Join(err, fmt.Errorf("ahead: %s: want 0s to 24h", o.Ahead))
	}
	if e := o.Budget.Check(); e != nil {
		err = errors.Join(err, fmt.Errorf("budget: %w", e))
	}
	return err
}

// WindowDefaults suit an installation on one machine.
var WindowDefaults = WindowOptions{Options: window.Defaults, Snapshot: 10 * time.Second}

// Check reports every fault of o, each with its key.
func (o WindowOptions) Check() error {
	err := o.Options.Check()
	if o.Snapshot < time.Second || o.Snapshot > time.Hour {
		err = errors.Join(err, fmt.Errorf("snapshot: %s: want 1s to 1h", o.Snapshot))
	}
	return err
}

// Windows is the window stage of a process. Its partitions may run at the same time.
type Windows struct {
	o       WindowOptions
	events  int // partitions of events
	log     func(partition int, from int64) SignalLog
	saves   func(partition int) Snapshots
	alerts  Alerts
	history History
	rules   atomic.Pointer[Rules]

	mu       sync.Mutex
	stats    map[int]ShardStats
	rulesDid map[string]RuleStats
}

// NewWindows makes the window stage. log opens a partition of signals at an offset, or at its oldest record where the
// offset is negative or no longer there; saves gives the partition of snapshots. history may be nil: late events are
// then counted, and that is all.
func NewWindows(o WindowOptions, rules *Rules, events int, log func(partition int, from int64) SignalLog,
	saves func(partition int) Snapshots, alerts Alerts, history History) *Windows {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	w := &Windows{o: o, events: events, log: log, saves: saves, alerts: alerts, history: history, stats: make(map[int]ShardStats), rulesDid: make(map[string]RuleStats)}
	w.rules.Store(rules)
	return w
}

// SetRules changes the rules; each partition takes them up at its next record. Do so before the match stage does.
func (w *Windows) SetRules(rules *Rules) { w.rules.Store(rules) }

// Stats gives the counts of each partition that runs, or ran here.
func (w *Windows) Stats() map[int]ShardStats {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[int]ShardStats, len(w.stats))
	for p, s := range w.stats {
		out[p] = s
	}
	return out
}

// Run works on partition id of signals until ctx ends. Only one process may do so at a time. Its error is ctx's or of
// what it was given.
func (w *Windows) Run(ctx context.Context, id int) error {
	s, from, err := w.restore(ctx, id)
	if err != nil {
		return fmt.Errorf("windows: %w", err)
	}
	log := w.log(id, from)
	saved := s.state.Watermark()
	var looked, rested time.Time
	for {
		offset, value, err := log.Next(ctx)
		if err != nil {
			return fmt.Errorf("windows: signals[%d]: %w", id, err)
		}
		if r := w.rules.Load(); r != s.rules {
			s.SetRules(r)
		}
		alerts, err := s.Apply(offset, value)
		if err != nil {
			w.o.Log.Error("a record of signals cannot be read", "partition", id, "offset", offset, "error", err)
		}
		if err := w.put(ctx, alerts); err != nil {
			return fmt.Errorf("windows: signals[%d]: %w", id, err)
		}
		now := s.state.Watermark()
		if saved == math.MinInt64 {
			saved = now
		}
		if w.o.Now().Sub(looked) >= lookEvery {
			if err := w.lookBack(ctx, id, s); err != nil {
				return fmt.Errorf("windows: signals[%d]: %w", id, err)
			}
			looked = w.o.Now()
			w.publish(id, s)
		}
		if began := w.o.Now(); now-saved >= int64(w.o.Snapshot) && !began.Before(rested) {
			if err := w.save(ctx, id, s); err != nil {
				return fmt.Errorf("windows: signals[%d]: %w", id, err)
			}
			ended := w.o.Now()
			saved, rested = now, ended.Add(saveRest*ended.Sub(began))
		}
	}
}

// restore makes the shard of partition id as it was saved last.
func (w *Windows) restore(ctx context.Context, id int) (*Shard, int64, error) {
	s := NewShard(w.rules.Load(), w.o.Options, w.events)
	from, err := s.Restore(ctx, id, w.saves(id))
	if err == nil {
		return s, from, nil
	}
	if !errors.Is(err, ErrNoSnapshot) {
		return nil, 0, err
	}
	w.o.Log.Info("windows begin with the oldest signals", "partition", id, "reason", err)
	return NewShard(w.rules.Load(), w.o.Options, w.events), -1, nil
}

func (w *Windows) put(ctx context.Context, alerts []alert.Alert) error {
	if len(alerts) == 0 {
		return nil
	}
	if err := w.alerts.Put(ctx, alerts); err != nil {
		return err
	}
	for i := range alerts {
		if a := &alerts[i]; isAlarm(a.Rule) {
			w.o.Log.Warn(a.Title, "rule", a.Group[0].Value, "tenant", a.Tenant)
		}
	}
	w.count(alerts)
	return nil
}

// saveRest times as long as a snapshot took is the least until the next one: where keys are many, and while a backlog is caught up with, all the
// time would go into snapshots. What is read again after a crash is longer then.
const saveRest = 20

// lookEvery is the time between two looks at late events, the looks themselves apart. When that is changes nothing about what comes
// of it in the end; going by the watermark they would be without end while a backlog is caught up with.
const lookEvery = time.Second

// lookBack looks at the windows of late events again.
func (w *Windows) lookBack(ctx context.Context, id int, s *Shard) error {
	if w.history == nil || len(s.lates) == 0 {
		return nil
	}
	alerts, err := s.Recheck(ctx, w.history)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil: // the store may be away: windows go on without it
		w.o.Log.Warn("late events wait to be looked at", "partition", id, "events", len(s.lates), "error", err)
	}
	return w.put(ctx, alerts)
}

func (w *Windows) save(ctx context.Context, id int, s *Shard) error {
	if err := s.Save(ctx, id, w.saves(id)); err != nil {
		return err
	}
	w.publish(id, s)
	return nil
}

// publish makes the counts of a partition known, also while time stands still.
func (w *Windows) publish(id int, s *Shard) {
	w.mu.Lock()
	w.stats[id] = s.Stats()
	w.mu.Unlock()
}
