package source

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// counter is a sink that only counts.
type counter struct {
	frames, lost atomic.Int64
	want         int64
	done         chan struct{}
}

func (c *counter) Frames(_ context.Context, _ *Origin, _ int64, frames []Frame) error {
	n := int64(len(frames))
	c.add(&c.frames, n)
	return nil
}

func (c *counter) Request(ctx context.Context, o *Origin, now int64, _ [16]byte, frames []Frame) error {
	return c.Frames(ctx, o, now, frames)
}
func (c *counter) Drop(_ *Origin, _ string, n int)   { c.add(&c.lost, int64(n)) }
func (c *counter) Reject(_ *Origin, _ string, n int) { c.add(&c.lost, int64(n)) }

// add may see the sum complete twice, from two goroutines.
func (c *counter) add(to *atomic.Int64, n int64) {
	to.Add(n)
	if c.frames.Load()+c.lost.Load() == c.want {
		select {
		case c.done <- struct{}{}:
		default:
		}
	}
}

// BenchmarkListener measures sender and listener together, on the same cores.
func BenchmarkListener(b *testing.B) {
	const conns = 8
	line := "<134>1 2024-05-06T07:08:09.123456Z gw1.example.net app 1234 ID47 - " + strings.Repeat("x", 240)
	run := func(name string, listen func(Sink) (net.Addr, func(context.Context) error), burst func(c net.Conn, n int)) {
		b.Run(name, func(b *testing.B) {
			per := b.N/conns + 1
			sink := &counter{want: int64(per * conns), done: make(chan struct{}, 1)}
			addr, serve := listen(sink)
			ctx, cancel := context.WithCancel(context.Background())
			var wg sync.WaitGroup
			wg.Go(func() { serve(ctx) })
			b.ReportAllocs()
			b.ResetTimer()
			for range conns {
				wg.Go(func() {
					c, err := net.Dial(addr.Network(), addr.String())
					if err != nil {
						b.Error(err)
						return
					}
					defer c.Close()
					burst(c, per)
				})
			}
			<-sink.done
			b.StopTimer()
			if n := sink.lost.Load(); n > 0 {
				b.Errorf("%d lost", n)
			}
			cancel()
			wg.Wait()
		})
	}
	log, _ := testLog()
	octets := strings.Repeat(fmt.Sprintf("%d %s", len(line), line), 100)
	run("tcp", func(s Sink) (net.Addr, func(context.Context) error) {
		opt := TCPDefaults
		opt.Addr = "127.0.0.1:0"
		l := NewTCP(opt, s, log)
		if err := l.Listen(); err != nil {
			b.Fatal(err)
		}
		return l.Addr(), l.Run
	}, func(c net.Conn, n int) {
		for ; n > 0; n -= 100 {
			c.Write([]byte(octets[:len(octets)/100*min(n, 100)]))
		}
	})
}
