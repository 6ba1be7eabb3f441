package broker

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestHostile: whoever reaches the port may send what he likes; the broker serves on, and takes no memory for what only is announced.
func TestHostile(t *testing.T) {
	b, stop := running(t, t.TempDir())
	defer stop()
	send := func(p []byte) {
		t.Helper()
		c, err := net.Dial("tcp", b.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(200 * time.Millisecond))
		c.Write(p)
		io.Copy(io.Discard, c)
	}
	request := func(kind, version int16, body ...byte) []byte {
		p := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
		p = binary.BigEndian.AppendUint16(p, uint16(kind))
		p = binary.BigEndian.AppendUint16(p, uint16(version))
		return append(append(p, 0, 0, 0, 1), body...)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, p := range [][]byte{
		[]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), {}, {0}, {0, 0, 0, 0}, {0, 0, 0, 2, 0, 3}, {0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0, 0, 0, 0, 0},
		request(9999, 0), request(-1, 0), request(18, 99), request(3, -1, 0xff, 0xff), request(4, 1),
	} {
		send(p)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
		t.Errorf("%d MiB were taken for requests that never came", n>>20)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for kind := range int16(kmsg.MaxKey + 1) {
		for range 3 {
			body := make([]byte, r.IntN(60))
			for i := range body {
				body[i] = byte(r.IntN(1 << (1 + r.IntN(8))))
			}
			send(request(kind, int16(r.IntN(4)), append([]byte{0xff, 0xff}, body...)...))
		}
	}
	if err := newCommitter(t, b).commit(7); err != nil {
		t.Errorf("it serves no more: %v", err)
	}
}
