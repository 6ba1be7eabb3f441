package app

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"time"

	"watchpost/internal/ingest"
	"watchpost/internal/source"
	"watchpost/internal/store"
	"watchpost/internal/topic"
)

// Health is told as events of data set watchpost.health, one when something goes wrong and one when it is good again; rules make
// alerts of them (rules/operations). So all that alerts have, such as exceptions, suppression and retests, holds for these too.
const (
	healthDataset  = "watchpost.health"
	healthListener = "watchpost"
	healthEvery    = time.Minute
	healthTimeout  = 30 * time.Second
	mostStoreLag   = 2 * time.Minute // a block may wait so long to be stored
	mostBrokerLag  = time.Minute     // or to be taken by Kafka
)

// Words of event.action.
const (
	sourceSilent   = "source_silent"
	sourceBack     = "source_back"
	parseCollapsed = "parse_share_collapsed"
	parseBack      = "parse_share_back"
	clockSkewed    = "clock_skewed"
	clockBack      = "clock_back"
	recordsLost    = "records_lost"
	storeBehind    = "store_behind"
	storeBack      = "store_back"
	brokerBehind   = "broker_behind"
	brokerBack     = "broker_back"
	certificateEnd = "certificate_ends"
	certificateNew = "certificate_renewed"
)

// ending is what says when the certificates of a listener, or of the page, end.
type ending struct {
	name string
	of   func() []source.Ending
}

// health looks after senders, store and broker. One goroutine owns it.
type health struct {
	sources func(context.Context) ([]store.Source, error)
	// behind gives since when the store, and Kafka, have not taken what waits; the zero time: nothing waits.
	behind func(context.Context) (stored, taken time.Time, err error)
	tell   func(ctx context.Context, tenant string, id [16]byte, record []byte) error
	log    *slog.Logger
	// endings are fixed before run.
	endings []ending

	begun  time.Time
	states map[healthKey]time.Time // what is wrong, since when
	lost   map[healthKey]uint64    // counted before
}

type healthKey struct{ tenant, listener, source, action string }

// run checks until ctx ends.
func (h *health) run(ctx context.Context) error {
	tick := time.NewTicker(healthEvery)
	defer tick.Stop()
	h.begun = time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case now := <-tick.C:
			h.check(ctx, now)
		}
	}
}

func (h *health) check(ctx context.Context, now time.Time) {
	if h.states == nil {
		h.states = map[healthKey]time.Time{}
	}
	h.certificates(ctx, now)
	storeSince, brokerSince, err := h.behind(ctx)
	if err != nil {
		h.log.Debug("health: what waits is not known", "error", err)
		return
	}
	here := healthKey{tenant: "default"}
	h.state(ctx, here, brokerBehind, brokerBack, !brokerSince.IsZero() && now.Sub(brokerSince) > mostBrokerLag, brokerSince, now,
		"Kafka takes no blocks; they wait in memory and in the spool", nil)
	late := !storeSince.IsZero() && now.Sub(storeSince) > mostStoreLag
	h.state(ctx, here, storeBehind, storeBack, late, storeSince, now, "the store does not keep up; nothing is lost, but hunts do not find the newest events", nil)
	if late || !brokerSince.IsZero() {
		return // the account is behind too: who is silent is not known
	}
	list, err := h.sources(ctx)
	if err != nil {
		h.log.Debug("health: the senders are not known", "error", err)
		return
	}
	for i := range list {
		h.sender(ctx, &list[i], now)
	}
	h.losses(ctx, list, now)
}

// certificates tells of those that end soon, or have ended: then senders cannot connect any more.
func (h *health) certificates(ctx context.Context, now time.Time) {
	for _, l := range h.endings {
		for _, e := range l.of() {
			text := "its time ends on " + e.Until.UTC().Format(time.DateTime)
			if now.After(e.Until) {
				text = "its time ended on " + e.Until.UTC().Format(time.DateTime)
			}
			k := healthKey{tenant: "default", listener: l.name, source: e.What}
			h.state(ctx, k, certificateEnd, certificateNew, now.After(e.Soon()), e.Soon(), now, text, nil)
		}
	}
}

// sender tells what changed with one.
func (h *health) sender(ctx context.Context, r *store.Source, now time.Time) {
	if r.Source == "" || r.Listener == healthListener {
		return
	}
	k := healthKey{tenant: r.Tenant, listener: r.Listener, source: r.Source}
	state := r.State(now)
	last := time.Unix(0, r.Last)
	silent := state == store.SourceSilent && now.Sub(h.begun) > r.Silence() // while nobody listened, nobody was silent
	h.state(ctx, k, sourceSilent, sourceBack, silent, last, now,
		fmt.Sprintf("nothing came for %v; the longest pause of the week before was %v, usual at this hour are %.0f records an hour", now.Sub(last).Round(time.Second), r.Pause, r.Expected*3600),
		map[string]any{"watchpost.rate": fmt.Sprintf("%.4g", r.Rate), "watchpost.expected_rate": fmt.Sprintf("%.4g", r.Expected)})
	h.state(ctx, k, parseCollapsed, parseBack, state == store.SourceUnparsed, now.Truncate(time.Hour), now,
		fmt.Sprintf("%.0f %% of the records are not understood, in the week before it were %.0f %%", 100*r.Unparsed, 100*r.UnparsedBefore), nil)
	h.state(ctx, k, clockSkewed, clockBack, state == store.SourceLate, now.Truncate(24*time.Hour), now,
		fmt.Sprintf("the records say that they are %v away from their receipt: a wrong clock, a zone that is not stated, or a long way", r.Skew), nil)
}

// losses tells of records that were dropped or rejected since the last look.
func (h *health) losses(ctx context.Context, list []store.Source, now time.Time) {
	first := h.lost == nil
	if first {
		h.lost = map[healthKey]uint64{}
	}
	for i := range list {
		r := &list[i]
		k := healthKey{tenant: r.Tenant, listener: r.Listener, source: r.Source}
		look := func(kind, why string, n uint64) {
			k.action = kind + ":" + why
			if was := h.lost[k]; n > was && !first && h.event(ctx, k, recordsLost, now, fmt.Sprintf("%d records %s: %s", n-was, kind, why),
				map[string]any{"watchpost.reason": k.action, "watchpost.records": fmt.Sprint(n - was)}, fmt.Sprint(n)) {
				return
			}
			h.lost[k] = n
		}
		for _, why := range slices.Sorted(maps.Keys(r.Rejected)) {
			look("rejected", why, r.Rejected[why])
		}
		for _, why := range slices.Sorted(maps.Keys(r.Dropped)) {
			if why != "duplicate" && !isContent(why) {
				look("dropped", why, r.Dropped[why])
			}
		}
		if r.Quarantined > 0 {
			look("quarantined", "see watchpost quarantine list", r.Quarantined)
		}
	}
}

// isContent says that a rule of the installation's own wanted it dropped.
func isContent(why string) bool { return len(why) > 8 && why[:8] == "content " }

// state tells when something goes wrong, and when it is good again. What could not be told is tried at the next check.
func (h *health) state(ctx context.Context, k healthKey, bad, good string, is bool, since, now time.Time, text string, labels map[string]any) {
	k.action = bad
	was, known := h.states[k]
	switch {
	case is && !known:
		if !h.event(ctx, k, bad, since, text, labels, since.UTC().Format(time.RFC3339)) {
			h.states[k] = since
		}
	case !is && known:
		if !h.event(ctx, k, good, was, fmt.Sprintf("good again, after %v", now.Sub(was).Round(time.Second)), nil, was.UTC().Format(time.RFC3339)) {
			delete(h.states, k)
		}
	}
}

// event hands one to ingest, under an id that follows from what it says: what several processes see is stored once. It reports
// whether it failed.
func (h *health) event(ctx context.Context, k healthKey, action string, since time.Time, text string, labels map[string]any, which string) (failed bool) {
	a, notAddress := netip.ParseAddr(k.source)
	if k.source != "" && notAddress != nil {
		text = k.source + ": " + text
	}
	e := map[string]any{"message": text, "event": map[string]any{"dataset": healthDataset, "module": "watchpost", "kind": "event", "action": action,
		"provider": k.listener, "start": since.UTC().Format(time.RFC3339Nano)}}
	if notAddress == nil {
		e["source"] = map[string]any{"ip": a.String()}
	}
	if len(labels) > 0 {
		e["labels"] = labels
	}
	record, err := json.Marshal(e)
	if err != nil {
		panic("BUG: health: " + err.Error())
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "watchpost.health %q %q %q %q %q %q", k.tenant, k.listener, k.source, k.action, action, which))
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if err := h.tell(ctx, k.tenant, [16]byte(sum[:16]), record); err != nil {
		h.log.Warn("health: could not be told, tried again", "action", action, "source", k.source, "error", err)
		return true
	}
	h.log.Info("health: "+action, "tenant", k.tenant, "listener", k.listener, "source", k.source, "text", text)
	return false
}

// startHealth begins to look after senders, store and broker.
func (s *Service) startHealth(ctx context.Context, p *ingest.Pipeline) {
	loaded, broker := storeWatch{}, brokerWatch{stats: &p.Stats}
	h := &health{log: s.log, endings: s.endings,
		sources: func(ctx context.Context) ([]store.Source, error) { return s.store.Sources(ctx, nil, time.Now()) },
		behind: func(ctx context.Context) (time.Time, time.Time, error) {
			now := time.Now()
			since := broker.look(now)
			if !since.IsZero() {
				return loaded.since, since, nil // Kafka could not say
			}
			offsets, err := s.kafka.Offsets(ctx, topic.Events, loadGroup)
			if err == nil {
				loaded.look(offsets, now)
			}
			return loaded.since, since, err
		},
		tell: func(ctx context.Context, tenant string, id [16]byte, record []byte) error {
			o := &source.Origin{Listener: healthListener, Tenant: tenant, Transport: "http"}
			return p.Request(ctx, o, time.Now().UnixNano(), id, []source.Frame{{Data: record}})
		}}
	s.stages.start(ctx, "health", h.run)
}

// brokerWatch finds out since when Kafka has taken nothing of what waits.
type brokerWatch struct {
	stats  *ingest.Stats
	blocks uint64
	since  time.Time
}

func (w *brokerWatch) look(now time.Time) time.Time {
	blocks := w.stats.Blocks.Load()
	waits := w.stats.SpoolBytes.Load() > 0 || w.stats.Waiting.Load() > 0 && blocks == w.blocks
	w.blocks = blocks
	switch {
	case !waits:
		w.since = time.Time{}
	case w.since.IsZero():
		w.since = now
	}
	return w.since
}

// storeWatch finds out since when something waits to be stored: by partition, what the log held at a look must be stored at the next.
type storeWatch struct {
	marks map[int]storeMark
	since time.Time // the zero time: nothing that was there before waits
}

type storeMark struct {
	next int64
	at   time.Time
}

func (w *storeWatch) look(offsets []topic.Offsets, now time.Time) {
	if w.marks == nil {
		w.marks = map[int]storeMark{}
	}
	w.since = time.Time{}
	for _, o := range offsets {
		m, ok := w.marks[o.Partition]
		if !ok || o.Committed[loadGroup] >= m.next {
			w.marks[o.Partition] = storeMark{o.Next, now}
			continue
		}
		if w.since.IsZero() || m.at.Before(w.since) {
			w.since = m.at
		}
	}
}
