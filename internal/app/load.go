package app

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"watchpost/internal/store"
	"watchpost/internal/topic"
)

// loadPartition gives a partition of the log the types of package store.
type loadPartition struct{ *topic.Partition }

func (p loadPartition) Start() (int64, string) {
	s := p.Partition.Start()
	return s.Offset, s.Metadata
}

func (p loadPartition) Next(ctx context.Context) (store.Block, error) {
	b, err := p.Partition.Next(ctx)
	return store.Block{Offset: b.Offset, Time: b.Time, Header: b.Header, Headers: b.Headers, Value: b.Value, Skip: ranges(b.Skip), Late: b.Late, Err: b.Err, Again: b.Again}, err
}

func ranges(in []topic.Range) [][2]uint32 {
	var out [][2]uint32
	for _, r := range in {
		out = append(out, [2]uint32{r.From, r.To})
	}
	return out
}

// startLoad moves blocks from Kafka into the store.
func (s *Service) startLoad(ctx context.Context) error {
	loader, reader := s.store.Loader(), s.kafka.Reader(loadGroup, topic.Events)
	s.stages.resumed(ctx, "load", func(ctx context.Context) error {
		return reader.Run(ctx, func(ctx context.Context, p *topic.Partition) error { return loader.Run(ctx, loadPartition{p}) })
	})
	o := s.ops
	count := func(name, help string, read func(store.LoadStats) float64) {
		o.counter("load_"+name, help, nil, func() float64 { return read(loader.Stats()) })
	}
	count("rows_total", "Events stored.", func(l store.LoadStats) float64 { return float64(l.Rows) })
	count("blocks_total", "Blocks done.", func(l store.LoadStats) float64 { return float64(l.Blocks) })
	count("inserts_total", "Inserts of events.", func(l store.LoadStats) float64 { return float64(l.Inserts) })
	count("insert_seconds_total", "Seconds spent in inserts.", func(l store.LoadStats) float64 { return l.Seconds })
	count("retries_total", "Inserts that failed and were repeated.", func(l store.LoadStats) float64 { return float64(l.Retries) })
	count("repeated_rows_total", "Events left out because their request had come before.", func(l store.LoadStats) float64 { return float64(l.Repeated) })
	count("repeated_blocks_total", "Blocks left out because they were stored before, longer ago than readers of the log remember.", func(l store.LoadStats) float64 { return float64(l.Again) })
	count("quarantined_rows_total", "Events that the engine refused; see table quarantine.", func(l store.LoadStats) float64 { return float64(l.Quarantined) })
	count("poison_blocks_total", "Records of the log that could not be decoded; see table quarantine.", func(l store.LoadStats) float64 { return float64(l.Poison) })
	measureReader(o, loadGroup, reader)
	s.measureLag(topic.Events, loadGroup)
	return nil
}

// measureReader publishes what a group's reader saw.
func measureReader(o *ops, group string, r *topic.Reader) {
	by := prometheus.Labels{"group": group}
	o.counter("reader_repeated_blocks_total", "Blocks dropped because they had come before.", by, func() float64 { return float64(r.Stats().Repeats) })
	o.counter("reader_late_blocks_total", "Blocks that came so long after they were closed that a repeat among them is not known from the log.", by, func() float64 { return float64(r.Stats().Late) })
	o.counter("reader_forgotten_names_total", "Names of blocks and requests forgotten within dedup_horizon because too many came.", by, func() float64 { return float64(r.Stats().Hurried) })
	o.counter("reader_lost_records_total", "Records that Kafka trimmed before this group read them.", by, func() float64 { return float64(r.Stats().Lost) })
}

// measureLag publishes how far a group is behind, by partition.
func (s *Service) measureLag(name, group string) {
	desc := prometheus.NewDesc("watchpost_consumer_lag_records", "Records of the log that a group has not done.", []string{"topic", "group", "partition"}, nil)
	s.ops.registry.MustRegister(collector{func(ch chan<- prometheus.Metric) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
		defer cancel()
		offsets, err := s.kafka.Offsets(ctx, name, group)
		if err != nil {
			s.log.Debug("metrics: lag", "group", group, "error", err)
			return
		}
		for _, o := range offsets {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(o.Lag(group)), name, group, fmt.Sprint(o.Partition))
		}
	}})
}
