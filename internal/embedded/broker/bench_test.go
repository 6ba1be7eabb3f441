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

// BenchmarkBlocks sends blocks to two partitions in turn and reads them back; ratio is that of compression.
func BenchmarkBlocks(b *testing.B) {
	for _, size := range []int{2 << 10, 64 << 10, 4 << 20} {
		for _, compression := range []string{"none", "snappy", "lz4", "zstd"} {
			b.Run(fmt.Sprint(size>>10, "K/", compression), func(b *testing.B) { blocks(b, size, compression) })
		}
	}
}

func blocks(b *testing.B, size int, compression string) {
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
	value := lines(size)
	p := c.Producer()
	logs := []*topic.Log{c.Tail(topic.Events, 0, 0), c.Tail(topic.Events, 1, 0)}
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		h := event.Header{ID: event.NewBlockID(int64(n)), Version: 1}
		if err := p.Send(b.Context(), topic.Events, n%2, nil, h.Headers(), value); err != nil {
			b.Fatal(err)
		}
		if _, err := logs[n%2].Next(b.Context()); err != nil {
			b.Fatal(err)
		}
		n++
	}
	kept := int64(0)
	for _, s := range br.Sizes(topic.Events) {
		kept += s.Bytes
	}
	b.ReportMetric(float64(len(value))*float64(n)/float64(kept), "ratio")
}
