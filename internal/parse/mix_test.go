package parse_test

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"watchpost/bench/gen"
	"watchpost/internal/event"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
)

// BenchmarkMix takes the lines of bench/load, as many of each kind as there, into rows: parsed alone, and in their normal form.
func BenchmarkMix(b *testing.B) {
	now := time.Date(2026, 11, 23, 18, 14, 15, 123456000, time.UTC)
	for _, c := range []struct {
		name      string
		format    gen.Format
		normalise bool
	}{
		{"rfc5424/parse", gen.RFC5424, false},
		{"rfc5424/rows", gen.RFC5424, true},
		{"rfc3164/rows", gen.RFC3164, true},
		{"json/rows", gen.JSON, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			var lines [8192][]byte
			for i := range lines {
				at := now.Add(time.Duration(i) * 7 * time.Microsecond)
				lines[i] = gen.Stream{Run: "mix", Source: i & 7, Format: c.format}.Append(nil, i>>3, at)
			}
			p, err := parse.New(parse.Options{})
			if err != nil {
				b.Fatal(err)
			}
			var batch event.Batch
			received := now.Add(time.Second).UnixNano()
			b.ReportAllocs()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			row := func(i int) {
				stamp := p.Line(&batch, lines[i&8191], received, parse.Auto)
				if c.normalise {
					normalise.Defaults.Row(&batch, normalise.Stamp(stamp), received)
				}
				batch.End()
			}
			for i := range 8192 { // a batch that has its memory, as in a process that runs for a while
				row(i)
			}
			before := threadTime()
			for i := 0; b.Loop(); i++ {
				if batch.Rows() >= 8192 {
					batch.Reset()
				}
				row(i)
			}
			b.ReportMetric(float64(threadTime()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// threadTime is the CPU time of the calling thread, in nanoseconds.
func threadTime() int64 {
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		panic("BUG: getrusage: " + err.Error())
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
