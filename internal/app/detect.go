package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"watchpost/internal/alert"
	"watchpost/internal/config"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/store"
	"watchpost/internal/topic"
)

// startDetect matches events and judges windows.
func (s *Service) startDetect(ctx context.Context) error {
	compile := func(c config.Config) (*detect.Rules, *indicators, error) {
		set, in, err := s.rulesOf(c)
		if err != nil {
			return nil, nil, err
		}
		rules, err := detect.Compile(set)
		return rules, in, err
	}
	rules, in, err := compile(s.c)
	if err != nil {
		return err
	}
	events, err := s.kafka.Partitions(ctx, topic.Events)
	if err != nil {
		return fmt.Errorf("kafka: %w", err)
	}
	signals, err := s.kafka.Partitions(ctx, topic.Signals)
	if err != nil {
		return fmt.Errorf("kafka: %w", err)
	}
	s.rules.set.Store(rules.Set)
	s.rules.iocs.Store(in)
	producer := s.kafka.Producer()
	o := s.c.Detect
	o.Log = s.log
	mo := detect.MatchDefaults
	mo.Log, mo.Ahead, mo.Budget = s.log, o.Ahead, o.Budget
	mo.Budget.Clock = match.ThreadTime
	match := detect.NewMatch(mo, rules, signalTopic{s.kafka, producer}, signals)
	sinks := alertSinks{alertTopic{producer, events}, alertTable{s.store, s.log}}
	windows := detect.NewWindows(o.WindowOptions, rules, events,
		func(partition int, from int64) detect.SignalLog {
			return &signalLog{s.kafka.Tail(topic.Signals, partition, max(from, 0)), s.log}
		},
		func(partition int) detect.Snapshots { return snapshotTopic{s.kafka, producer, partition} },
		sinks,
		history{&desk{store: s.store, budget: s.c.Query.Budget, rules: &s.rules}, s.kafka})
	s.stages.resumed(ctx, "windows", func(ctx context.Context) error { return s.kafka.Share(ctx, windowGroup, topic.Signals, windows.Run) })
	reader := s.kafka.Reader(matchGroup, topic.Events)
	s.stages.resumed(ctx, "match", func(ctx context.Context) error {
		return reader.Run(ctx, func(ctx context.Context, p *topic.Partition) error {
			return match.Run(ctx, p.ID(), matchPartition{p})
		})
	})
	s.reloads = append(s.reloads, reload{"rules", func(c config.Config) (func(), error) {
		rules, in, err := compile(c)
		return func() {
			windows.SetRules(rules)
			match.SetRules(rules)
			s.rules.set.Store(rules.Set)
			s.rules.iocs.Store(in)
		}, err
	}})
	past := &retro{s.store, s.c.Query.Past, &s.rules, sinks, s.log}
	s.stages.resumed(ctx, "retro", past.Run)
	did := func() map[string]detect.RuleStats { return together(match.Rules(), windows.Rules()) }
	s.rules.did.Store(&did)
	s.measureDetect(match, windows)
	s.ops.warn("rules", func() string { return switchedOff(match.Rules()) })
	s.ops.warn("windows", func() string { return lost(windows.Stats()) })
	s.measureRules()
	measureReader(s.ops, matchGroup, reader)
	s.measureLag(topic.Events, matchGroup)
	return nil
}

// switchedOff names the rules that cost too much.
func switchedOff(did map[string]detect.RuleStats) string {
	var ids []string
	for id, d := range did {
		if d.Off != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	slices.Sort(ids)
	return fmt.Sprintf("%d switched off for their cost: %s", len(ids), strings.Join(ids[:min(len(ids), 10)], ", "))
}

// lost says what windows do not know because they are bounded.
func lost(stats map[int]detect.ShardStats) string {
	var evicted, forced, unchecked, missing, shortened uint64
	for _, st := range stats {
		evicted, forced, unchecked, missing, shortened = evicted+st.Evicted, forced+st.Forced, unchecked+st.Unchecked, missing+st.Missing, shortened+st.Shortened
	}
	if evicted+forced+unchecked+missing+shortened == 0 {
		return ""
	}
	return fmt.Sprintf("since the process began %d group keys were forgotten and %d events judged before their time, %d late events were not looked at again, %d records of signals were trimmed unread, and %d times events or signals had lost their end or were made anew", evicted, forced, unchecked, missing, shortened)
}

// matchPartition gives a partition of events the types of package detect.
type matchPartition struct{ *topic.Partition }

func (p matchPartition) Start() (offset int64, anew bool) {
	s := p.Partition.Start()
	return s.Offset, s.Anew
}

func (p matchPartition) Next(ctx context.Context) (detect.Block, error) {
	b, err := p.Partition.Next(ctx)
	return detect.Block{Offset: b.Offset, Header: b.Header, Value: b.Value, Skip: ranges(b.Skip), Err: b.Err}, err
}

func (p matchPartition) Commit(ctx context.Context, offset int64) error {
	return p.Partition.Commit(ctx, offset, "")
}

type signalTopic struct {
	client *topic.Client
	*topic.Producer
}

func (t signalTopic) Send(ctx context.Context, partition int, value []byte) error {
	return t.Producer.Send(ctx, topic.Signals, partition, nil, nil, value)
}

func (t signalTopic) Told(ctx context.Context, partition int, fn func(value []byte) error) error {
	return t.client.ReadAll(ctx, topic.Signals, partition, func(r topic.Record) error { return fn(r.Value) })
}

// signalLog begins anew with the oldest record where the log does not reach to the one asked for.
type signalLog struct {
	*topic.Log
	log *slog.Logger
}

func (l *signalLog) Next(ctx context.Context) (int64, []byte, error) {
	for {
		r, err := l.Log.Next(ctx)
		if moved := (*topic.RangeError)(nil); errors.As(err, &moved) {
			if moved.Asked > 0 {
				l.log.Error("windows: the log of signals was trimmed before all was read, or lost its end; going on with its first record", "error", err)
			}
			l.MoveTo(moved.First)
			continue
		}
		return r.Offset, r.Value, err
	}
}

// snapshotTopic is a partition of the topic snapshots.
type snapshotTopic struct {
	client    *topic.Client
	producer  *topic.Producer
	partition int
}

func (t snapshotTopic) Put(ctx context.Context, key, value []byte) error {
	return t.producer.Send(ctx, topic.Snapshots, t.partition, key, nil, value)
}

func (t snapshotTopic) All(ctx context.Context, fn func(key, value []byte) error) error {
	return t.client.ReadAll(ctx, topic.Snapshots, t.partition, func(r topic.Record) error { return fn(r.Key, r.Value) })
}

// alertSinks hands alerts to each in turn.
type alertSinks []detect.Alerts

func (a alertSinks) Put(ctx context.Context, alerts []alert.Alert) error {
	for _, sink := range a {
		if err := sink.Put(ctx, alerts); err != nil {
			return err
		}
	}
	return nil
}

// alertTopic writes alerts into Kafka; all revisions of an alert go to one partition, under its id.
type alertTopic struct {
	producer   *topic.Producer
	partitions int
}

func (t alertTopic) Put(ctx context.Context, alerts []alert.Alert) error {
	for i := range alerts {
		a := &alerts[i]
		sum := sha256.Sum256([]byte(a.ID))
		err := t.producer.Send(ctx, topic.Alerts, int(sum[0])%t.partitions, []byte(a.ID), []event.KV{{Key: "wp.tenant", Value: []byte(a.Tenant)}}, a.AppendJSON(nil))
		if err != nil {
			return err
		}
	}
	return nil
}

// alertTable writes alerts into the store. The token follows from what is written, so that a repetition is none.
type alertTable struct {
	*store.Store
	log *slog.Logger
}

func (t alertTable) Put(ctx context.Context, alerts []alert.Alert) error {
	rows := make([]store.AlertRow, len(alerts))
	h := sha256.New()
	for i := range alerts {
		a := &alerts[i]
		body := a.AppendJSON(nil)
		h.Write(body)
		group := make(map[string]string, len(a.Group))
		for _, p := range a.Group {
			group[p.Name] = p.Value
		}
		rows[i] = store.AlertRow{Tenant: a.Tenant, ID: a.ID, Revision: a.Revision, Time: a.Time, Start: a.Start, End: a.End, Rule: a.Rule,
			Name: a.Title, Level: a.Level, Mode: a.Mode(), Severity: int64(a.Severity), Count: a.Count, Group: group, Supersedes: a.Supersedes, Body: body}
	}
	token := hex.EncodeToString(h.Sum(nil))
	return untilDone(ctx, "storing alerts", t.log, func(ctx context.Context) error { return t.InsertAlerts(ctx, token, rows) })
}

// measureDetect publishes the detector's counters.
func (s *Service) measureDetect(match *detect.Match, windows *detect.Windows) {
	o := s.ops
	o.counter("match_events_total", "Events looked at.", nil, func() float64 { return float64(match.Stats().Events) })
	o.counter("match_signals_total", "Matches handed to the windows.", nil, func() float64 { return float64(match.Stats().Signals) })
	o.counter("match_poison_blocks_total", "Blocks that could not be read.", nil, func() float64 { return float64(match.Stats().Poison) })
	o.counter("match_ahead_blocks_total", "Blocks whose receipt lay in the future.", nil, func() float64 { return float64(match.Stats().Ahead) })
	descs := []struct {
		d    *prometheus.Desc
		kind prometheus.ValueType
		read func(detect.ShardStats) float64
	}{
		{windowDesc("signals_total", "Signals taken."), prometheus.CounterValue, func(t detect.ShardStats) float64 { return float64(t.Signals) }},
		{windowDesc("late_total", "Signals that came behind the watermark."), prometheus.CounterValue, func(t detect.ShardStats) float64 { return float64(t.Late) }},
		{windowDesc("twice_total", "Signals left out because the same one waited already: their block came again."), prometheus.CounterValue, func(t detect.ShardStats) float64 { return float64(t.Twice) }},
		{windowDesc("unchecked_total", "Late signals that could not be looked at again."), prometheus.CounterValue, func(t detect.ShardStats) float64 { return float64(t.Unchecked) }},
		{windowDesc("missing_total", "Records of signals that Kafka trimmed before they were taken."), prometheus.CounterValue, func(t detect.ShardStats) float64 { return float64(t.Missing) }},
		{windowDesc("shortened_total", "Times that events lacked what had been told of them, or signals what had been taken: they lost their end or were made anew."), prometheus.CounterValue, func(t detect.ShardStats) float64 { return float64(t.Shortened) }},
		{windowDesc("evicted_total", "Keys forgotten before their time."), prometheus.CounterValue, func(t detect.ShardStats) float64 { return float64(t.Evicted) }},
		{windowDesc("forced_total", "Signals judged before the watermark because too many waited."), prometheus.CounterValue, func(t detect.ShardStats) float64 { return float64(t.Forced) }},
		{windowDesc("bursts_total", "Bursts begun."), prometheus.CounterValue, func(t detect.ShardStats) float64 { return float64(t.Bursts) }},
		{windowDesc("poison_total", "Records that could not be read."), prometheus.CounterValue, func(t detect.ShardStats) float64 { return float64(t.Poison) }},
		{windowDesc("keys", "Group keys remembered."), prometheus.GaugeValue, func(t detect.ShardStats) float64 { return float64(t.Keys) }},
		{windowDesc("state_bytes", "Memory of the keys, as estimated."), prometheus.GaugeValue, func(t detect.ShardStats) float64 { return float64(t.Bytes) }},
		{windowDesc("watermark_spread_seconds", "From the slowest partition of events to the fastest."), prometheus.GaugeValue, func(t detect.ShardStats) float64 { return float64(t.Lag) / 1e9 }},
	}
	o.registry.MustRegister(collector{func(ch chan<- prometheus.Metric) {
		for partition, st := range windows.Stats() {
			for _, d := range descs {
				ch <- prometheus.MustNewConstMetric(d.d, d.kind, d.read(st), fmt.Sprint(partition))
			}
		}
	}})
}

func windowDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("watchpost_window_"+name, help, []string{"partition"}, nil)
}
