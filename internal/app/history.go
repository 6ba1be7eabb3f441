package app

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rule"
	"watchpost/internal/store"
	"watchpost/internal/topic"
	"watchpost/internal/window"
)

// history tells the detector what the store knows about the surroundings of late events.
type history struct {
	desk  *desk
	kafka *topic.Client
}

// Loaded implements detect.History: the loader commits a range before it inserts it, so all before the commit is stored.
func (h history) Loaded(ctx context.Context) ([]int64, error) {
	offsets, err := h.kafka.Offsets(ctx, topic.Events, loadGroup)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(offsets))
	for i, o := range offsets {
		out[i] = o.Committed[loadGroup]
	}
	return out, nil
}

// Signals implements detect.History by a hunt for the rule's events.
func (h history) Signals(ctx context.Context, r *rule.Rule, key []string, from, to int64) ([]window.Signal, error) {
	stored, err := detect.NewStored(r, key)
	if err != nil {
		return nil, err
	}
	search := hunt.Search{Query: detect.KeyQuery(r, key), From: stamp(from), To: stamp(to + 1), Order: "asc", Limit: hunt.MaxLimit}
	q, err := search.Check(key[0], time.Time{})
	if err != nil {
		return nil, err
	}
	var out []window.Signal
	for {
		next, n := q, 0
		err := h.desk.Events(ctx, q, func(e event.Event) error {
			n++
			next = q.Behind(e)
			var one event.Batch
			one.Append(e.Batch, e.Row, e.Row+1)
			out = append(out, stored.Signals(&one)...)
			return nil
		})
		if err != nil || n < hunt.MaxLimit {
			return out, err
		}
		q = next
	}
}

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

// Alerts implements detect.History.
func (h history) Alerts(ctx context.Context, r *rule.Rule, key []string, from, to int64) ([]alert.Alert, error) {
	const reach = int64(window.MaxWithin) // the crossing may lie so far from either end of its burst
	rows, err := h.desk.store.Alerts(ctx, store.AlertFilter{Tenant: key[0], Rule: r.ID, From: from - reach, To: to + reach, Limit: maxHistory})
	if err != nil {
		return nil, err
	}
	var out []alert.Alert
	for _, row := range rows {
		a, err := alert.Parse(row.Body)
		if err != nil {
			return nil, err
		}
		same := a.Start <= to && a.End >= from && len(a.Group) == len(r.GroupBy)
		for i, f := range r.GroupBy {
			same = same && slices.Contains(a.Group, alert.Pair{Name: f.String(), Value: key[i+1]})
		}
		if same {
			out = append(out, *a)
		}
	}
	return out, nil
}

// maxHistory bounds the alerts of one rule that are looked through for a late event.
const maxHistory = 10_000

// untilDone repeats do until it succeeds or ctx ends.
func untilDone(ctx context.Context, what string, log *slog.Logger, do func(context.Context) error) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := do(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		log.Warn("failed; trying again", "what", what, "error", err, "in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}
