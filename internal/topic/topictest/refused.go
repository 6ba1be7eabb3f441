package topictest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"watchpost/internal/topic"
)

// testRefused: a broker that shows a certificate which is not trusted, say because it has expired, cannot be read from. It is no
// record that cannot be read.
func testRefused(t *testing.T, s suite) {
	var w *wires
	var refuse atomic.Bool
	var refused atomic.Int64
	ctx, c, _ := s.open(t, func(o *topic.Options) {
		o.Partitions = 1
		w = newWires(o)
		dial := o.Dial
		o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if refuse.Load() {
				if refused.Add(1)%2 == 0 {
					return nil, errors.New("no such user") // as libraries for logging in say it
				}
				return nil, &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
			}
			return dial(ctx, network, addr)
		}
	})
	const blocks = 20
	send(ctx, t, c, 1, 0, blocks/2, 100, 0)
	l := c.Tail(topic.Events, 0, 0)
	for want := range blocks {
		if want == blocks/2 || want == blocks-1 { // at the end of the log, and before it
			if want == blocks/2 {
				send(ctx, t, c, 1, want, blocks, 100, 0)
				l = c.Tail(topic.Events, 0, int64(want))
			}
			refuse.Store(true)
			w.cut()
			time.AfterFunc(3*time.Second, func() { refuse.Store(false) })
		}
		r, err := l.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := intact(r.Value, 100); n != want || err != nil {
			t.Fatalf("record at %d: block %d (%v), want %d", r.Offset, n, err, want)
		}
	}
	if refused.Load() < 6 {
		t.Errorf("refused %d times: the test shows nothing", refused.Load())
	}
}
