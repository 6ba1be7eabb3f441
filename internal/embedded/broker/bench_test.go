package broker_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"watchpost/internal/event"
	"watchpost/internal/topic"
)

// lines gives about size bytes of what a busy ssh server logs.
func lines(size int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	users := []string{"root", "admin", "oracle", "test", "git", "backup", "deploy"}
	var b []byte
	for len(b) < size {
		b = fmt.Appendf(b, "Nov 23 20:%02d:%02d gate%d sshd[%d]: Failed password for invalid user %s from 203.0.113.%d port %d ssh2\n",
			r.IntN(60), r.IntN(60), r.IntN(20), 1000+r.IntN(30000), users[r.IntN(len(users))], r.IntN(256), 1024+r.IntN(60000))
	}
	return b
}

// BenchmarkSend sends blocks of 4 MiB, one partition after the other; ratio is that of compression.
func BenchmarkSend(b *testing.B) {
	for _, compression := range []string{"none", "snappy", "lz4", "zstd"} {
		b.Run(compression, func(b *testing.B) {
			br, _ := start(b, b.TempDir())
			o := options(br)
			o.Compression = compression
			c, err := topic.Open(o)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			if err := c.Ensure(b.Context()); err != nil {
				b.Fatal(err)
			}
			value := lines(4 << 20)
			p := c.Producer()
			b.SetBytes(int64(len(value)))
			n := 0
			for b.Loop() {
				h := event.Header{ID: event.NewBlockID(int64(n)), Version: 1}
				if err := p.Send(b.Context(), topic.Events, n%2, nil, h.Headers(), value); err != nil {
					b.Fatal(err)
				}
				n++
			}
			size := int64(0)
			for _, s := range br.Sizes(topic.Events) {
				size += s.Bytes
			}
			offsets, err := c.Offsets(b.Context(), topic.Events)
			if err != nil {
				b.Fatal(err)
			}
			kept := offsets[0].Next - offsets[0].First + offsets[1].Next - offsets[1].First
			b.ReportMetric(float64(int64(len(value))*kept)/float64(size), "ratio")
		})
	}
}
