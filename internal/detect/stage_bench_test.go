package detect

import (
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/parse"
)

// BenchmarkStage is what the match stage does of the lines of bench/load with all rules of the product, but for Kafka: an operation is a block of 20,000 events
// decoded, matched, and its signals written for two partitions.
func BenchmarkStage(b *testing.B) {
	p, err := parse.New(parse.Options{})
	if err != nil {
		b.Fatal(err)
	}
	const rows = 20_000
	var batch event.Batch
	for i := range rows {
		addLine(&batch, p, "stage", i)
	}
	value := batch.AppendBlock(nil)
	run := matchRun{Match: NewMatch(MatchDefaults, packRules(b, false), sink{}, 2)}
	offset := int64(0)
	var used time.Duration
	b.ReportAllocs()
	for b.Loop() {
		offset++ // the first one is not 0, which was read
		blk := Block{Offset: offset, Header: event.Header{ID: event.BlockID{1}, Rows: rows, Received: linesBegin.UnixNano() + offset}, Value: value}
		began := cpuTime()
		if err := run.block(b.Context(), &blk); err != nil {
			b.Fatal(err)
		}
		used += cpuTime() - began
	}
	if run.signals.Load() == 0 {
		b.Fatal("no rule matched anything")
	}
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N)/rows, "cpu-ns/event")
}
