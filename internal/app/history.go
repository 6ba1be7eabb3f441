package app

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
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
		if out[i] = o.Committed[loadGroup]; out[i] > o.Next {
			out[i] = o.First // of a log that lost its end, or was made anew, and that the loader has not met yet
		}
	}
	return out, nil
}

// Signals implements detect.History by a hunt for the events of all asks of a tenant.
func (h history) Signals(ctx context.Context, asks []detect.Ask) ([][]window.Signal, error) {
	out := make([][]window.Signal, len(asks))
	for tenant, places := range byTenant(asks) {
		some := make([]detect.Ask, len(places))
		from, to := int64(math.MaxInt64), int64(math.MinInt64)
		for i, n := range places {
			some[i] = asks[n]
			from, to = min(from, asks[n].From), max(to, asks[n].To)
		}
		answers, err := h.signals(ctx, tenant, some, from, to)
		if err != nil {
			return nil, err
		}
		for i, n := range places {
			out[n] = answers[i]
		}
	}
	return out, nil
}

// byTenant gives the places of the asks of each tenant.
func byTenant(asks []detect.Ask) map[string][]int {
	out := make(map[string][]int)
	for i, a := range asks {
		out[a.Key[0]] = append(out[a.Key[0]], i)
	}
	return out
}

func (h history) signals(ctx context.Context, tenant string, asks []detect.Ask, from, to int64) ([][]window.Signal, error) {
	stored, err := detect.NewStored(asks)
	if err != nil {
		return nil, err
	}
	search := hunt.Search{Query: detect.AskQuery(asks), From: stamp(from), To: stamp(to + 1), Order: "asc", Limit: hunt.MaxLimit, Compiler: h.desk.Compile}
	q, err := search.Check([]string{tenant}, time.Time{})
	if err != nil {
		return nil, err
	}
	out := make([][]window.Signal, len(asks))
	for {
		next, n := q, 0
		err := h.desk.Events(ctx, q, func(e event.Event) error {
			n++
			next = q.Behind(e)
			var one event.Batch
			one.Append(e.Batch, e.Row, e.Row+1)
			stored.Signals(&one, out)
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
func (h history) Alerts(ctx context.Context, asks []detect.Ask) ([][]alert.Alert, error) {
	const reach = int64(window.MaxWithin) // the crossing may lie so far from either end of its burst
	out := make([][]alert.Alert, len(asks))
	for tenant, places := range byTenant(asks) {
		f := store.AlertFilter{Tenants: []string{tenant}, EndFrom: math.MaxInt64, StartTo: math.MinInt64, Limit: maxHistory}
		for _, n := range places {
			f.EndFrom, f.StartTo = min(f.EndFrom, asks[n].From), max(f.StartTo, asks[n].To)
			if !slices.Contains(f.Rules, asks[n].Rule.ID) {
				f.Rules = append(f.Rules, asks[n].Rule.ID)
			}
		}
		f.From, f.To = f.EndFrom-reach, f.StartTo+reach
		rows, err := h.desk.store.Alerts(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			a, err := alert.Parse(row.Body)
			if err != nil {
				return nil, err
			}
			for _, n := range places {
				if asks[n].Has(a) {
					out[n] = append(out[n], *a)
				}
			}
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
