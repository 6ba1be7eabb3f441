package detect

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"watchpost/bench/gen"
	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// BenchmarkLines asks all rules of the product about the lines of bench/load: an operation is 20,000 events of one batch.
func BenchmarkLines(b *testing.B) {
	set, err := rule.Load(os.DirFS("../../rules"))
	if err != nil {
		b.Fatal(err)
	}
	p, err := parse.New(parse.Options{})
	if err != nil {
		b.Fatal(err)
	}
	const events = 20_000
	received := linesBegin.Add(time.Second).UnixNano()
	var batch event.Batch
	for i := range events {
		line := gen.Stream{Run: "lines", Source: i & 7, Format: gen.RFC5424}.Append(nil, i>>3, linesBegin.Add(time.Duration(i)*7*time.Microsecond))
		normalise.Defaults.Row(&batch, normalise.Stamp(p.Line(&batch, line, received, parse.Auto)), received)
		batch.End()
	}
	x := match.New(set)
	matches := 0
	for b.Loop() {
		x.Each(&batch, func(int, *rule.Rule, int) { matches++ })
	}
	if matches == 0 {
		b.Fatal("no rule matched anything")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/events, "ns/event")
}

var linesBegin = time.Date(2026, 11, 23, 18, 14, 15, 0, time.UTC)

// addLine adds line i of bench/load, 20,000 a second, of eight hosts, and gives when it was received.
func addLine(b *event.Batch, p *parse.Parser, run string, i int) int64 {
	at := linesBegin.Add(time.Duration(i) * 50 * time.Microsecond)
	received := at.Add(time.Millisecond).UnixNano()
	line := gen.Stream{Run: run, Source: i & 7, Format: gen.RFC5424}.Append(nil, i>>3, at)
	normalise.Defaults.Row(b, normalise.Stamp(p.Line(b, line, received, parse.Auto)), received)
	b.SetString(event.Tenant, "default")
	b.End()
	return received
}

// BenchmarkManyKeys gives windows what all rules of the product find in 600,000 lines of bench/load, sent in 30 s from ever new addresses: an operation
// is all of them, until none waits. B/key is what a key takes in the heap, all included.
func BenchmarkManyKeys(b *testing.B) {
	p, err := parse.New(parse.Options{})
	if err != nil {
		b.Fatal(err)
	}
	rules := packRules(b, false)
	const events, rows = 600_000, 20_000
	var log recordLog
	run := &matchRun{Match: NewMatch(MatchOptions{}, rules, &log, 1), last: mark{Offset: -1}}
	var batch event.Batch
	for i := range events {
		received := addLine(&batch, p, "keys", i)
		if batch.Rows() == rows {
			blk := Block{Offset: int64(i), Header: event.Header{ID: event.NewBlockID(received), Version: event.Version, Rows: rows, Received: received}, Value: batch.AppendBlock(nil)}
			if err := run.block(b.Context(), &blk); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
		}
	}
	var before, after runtime.MemStats
	var used time.Duration
	var st ShardStats
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&before)
		b.StartTimer()
		began := cpuTime()
		s := NewShard(rules, window.Options{MaxKeys: 1 << 30, MaxBytes: 1 << 40, MaxPending: 1 << 30}, 1)
		for i, rec := range log {
			if _, err := s.Apply(int64(i), rec); err != nil {
				b.Fatal(err)
			}
		}
		s.state.Advance(linesBegin.Add(time.Minute).UnixNano(), s.take) // none waits
		used += cpuTime() - began
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		st = s.Stats()
		b.StartTimer()
	}
	if st.Keys < events/10 {
		b.Errorf("%+v", st)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(st.Keys), "B/key")
	b.ReportMetric(float64(st.Bytes)/float64(st.Keys), "est-B/key")
	b.ReportMetric(float64(st.Keys), "keys")
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N)/float64(st.Signals), "cpu-ns/signal")
}

// recordLog is a topic of signals that is kept.
type recordLog [][]byte

func (l *recordLog) Send(_ context.Context, _ int, value []byte) error {
	*l = append(*l, value)
	return nil
}

func (l *recordLog) Told(context.Context, int, func([]byte) error) error { return nil }
