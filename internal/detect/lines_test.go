package detect

import (
	"os"
	"testing"
	"time"

	"watchpost/bench/gen"
	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/rule"
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
	now := time.Date(2026, 11, 23, 18, 14, 15, 0, time.UTC)
	received := now.Add(time.Second).UnixNano()
	var batch event.Batch
	for i := range events {
		line := gen.Stream{Run: "lines", Source: i & 7, Format: gen.RFC5424}.Append(nil, i>>3, now.Add(time.Duration(i)*7*time.Microsecond))
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
