package source

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func gelfUDPOn(t *testing.T, sink Sink, change func(*GELFOptions)) (*GELFUDP, func()) {
	t.Helper()
	opt := GELFDefaults
	opt.Addr = "127.0.0.1:0"
	if change != nil {
		change(&opt)
	}
	if err := opt.Check(); err != nil {
		t.Fatal(err)
	}
	log, _ := testLog()
	l := NewGELFUDP(opt, sink, log)
	return l, run(t, l)
}

func gelfTCPOn(t *testing.T, sink Sink, change func(*GELFOptions)) *TCP {
	t.Helper()
	opt := GELFDefaults
	opt.Addr, opt.Transport, opt.Name = "127.0.0.1:0", "tcp", "gelf-tcp"
	if change != nil {
		change(&opt)
	}
	if err := opt.Check(); err != nil {
		t.Fatal(err)
	}
	log, _ := testLog()
	l := NewGELFTCP(opt, sink, log)
	run(t, l)
	return l
}

func packText(s string, z func(io.Writer) io.WriteCloser) string {
	var b bytes.Buffer
	w := z(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func gzipText(s string) string {
	return packText(s, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func zlibText(s string) string {
	return packText(s, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
}

// chunksOf cuts s into n chunks.
func chunksOf(id, s string, n int) (out []string) {
	for i := range n {
		out = append(out, "\x1e\x0f"+id+string([]byte{byte(i), byte(n)})+s[i*len(s)/n:(i+1)*len(s)/n])
	}
	return out
}

func TestGELFUDP(t *testing.T) {
	m := newMemory()
	l, stop := gelfUDPOn(t, m, func(o *GELFOptions) { o.MaxRecord = 1000 })
	c := dial(t, "udp", l.Addr())
	one := `{"version":"1.1","host":"gate","short_message":"hello"}`
	send(t, c, one)
	send(t, c, gzipText(one))
	send(t, c, zlibText(one))
	send(t, c, one+"\x00\n")
	parts := chunksOf("12345678", gzipText(one), 5)
	for _, i := range []int{4, 0, 0, 3, 1, 2} {
		send(t, c, parts[i])
	}
	for _, p := range chunksOf("12345679", one, 128) {
		if len(p) > chunkHead {
			send(t, c, p)
		}
	}
	for _, bad := range []string{"<34>no gelf", gzipText(one)[:20], gzipText(`{"a":"` + strings.Repeat("x", 1000) + `"}`),
		"\x1e\x0f", "\x1e\x0f12345678\x02\x02x", "\x1e\x0f12345678\x00\x00x", "\x1e\x0f12345678\x00\x81x"} {
		send(t, c, bad)
	}
	send(t, c, chunksOf("abcdefgh", chunksOf("12345678", one, 2)[0], 2)[0])
	send(t, c, chunksOf("abcdefgh", chunksOf("12345678", one, 2)[0], 2)[1]) // a chunk of a chunk
	send(t, c, parts[0])                                                    // never whole
	m.await(t, "all", func() bool {
		return len(m.frames) == 5 && m.rejected[BadJSON] == 2 && m.rejected[BadPacked] == 1 && m.rejected[TooLarge] == 1 && m.rejected[BadChunk] == 4
	})
	for i, f := range m.frames {
		if f != `{"gelf":`+one+`}` {
			t.Errorf("frame %d: %q", i, f)
		}
	}
	stop()
	if m.dropped[ChunksMissing] != 2 || l.Stats().Dropped != 2 || l.Stats().Rejected != 8 {
		t.Errorf("dropped %v, rejected %v, stats %+v", m.dropped, m.rejected, l.Stats())
	}
}

// TestChunked: messages of which chunks are missing are bounded in number, bytes and time, and each that goes is told.
func TestChunked(t *testing.T) {
	c := &chunked{maxBytes: 100_000, maxMessage: 50_000, open: make(map[chunkKey]*chunkMessage)}
	peer := func(n int) *Origin {
		return &Origin{Peer: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}), 0)}
	}
	chunk := func(id, n, of, size int) []byte {
		return fmt.Appendf(nil, "\x1e\x0f%08d%s%s", id, []byte{byte(n), byte(of)}, strings.Repeat("x", size))
	}
	begun, lost, whole := 0, 0, 0
	for i := range 10_000 {
		_, bad, gone := c.add(peer(i%300), int64(i+1), chunk(i, 0, 2, 1+i%2000))
		if bad != "" {
			t.Fatal(bad)
		}
		begun++
		lost += len(gone)
		if i%3 == 0 {
			if m, _, _ := c.add(peer(i%300), int64(i+1), chunk(i, 1, 2, 1)); m != nil {
				whole++
			}
		}
		if c.size > c.maxBytes || len(c.open) > maxChunked || len(c.order) > 2*len(c.open)+65 {
			t.Fatalf("%d bytes, %d open, %d in order", c.size, len(c.open), len(c.order))
		}
	}
	if gone := c.expire(int64(5 * time.Second)); len(gone) > 0 {
		t.Errorf("%d gone too early", len(gone))
	}
	lost += len(c.expire(int64(5*time.Second) + 10_002))
	if begun != lost+whole || whole < 3000 || c.size != 0 || len(c.open)+len(c.order) > 0 {
		t.Errorf("%d begun, %d lost, %d whole; left %d bytes, %d, %d", begun, lost, whole, c.size, len(c.open), len(c.order))
	}
	c.add(peer(1), int64(time.Hour), chunk(1, 0, 2, 1))
	if gone := c.expire(int64(time.Minute)); len(gone) != 1 { // the clock was set back
		t.Errorf("%d gone though the clock was set back by an hour", len(gone))
	}
	for n := range 5 {
		_, bad, _ := c.add(peer(1), 1, chunk(1, n, 5, 20_000))
		if want := map[bool]string{true: TooLarge}[n == 4]; bad != want {
			t.Errorf("chunk %d: %q", n, bad)
		}
	}
}

func TestGELFTCP(t *testing.T) {
	m := newMemory()
	l := gelfTCPOn(t, m, func(o *GELFOptions) { o.MaxRecord = 1000 })
	c := dial(t, "tcp", l.Addr())
	send(t, c, `{"a":1}`+"\x00"+`{"a":`+"\n"+`2}`+"\x00\x00no\x00"+`{"a":"`+strings.Repeat("x", 1000)+`"}`+"\x00"+`{"a":3}`)
	c.Close()
	m.await(t, "all", func() bool { return len(m.frames) == 3 && m.rejected[TooLarge] == 1 && m.rejected[BadJSON] == 1 })
	if want := []string{`{"gelf":{"a":1}}`, `{"gelf":{"a":` + "\n" + `2}}`, `{"gelf":{"a":3}}`}; !slices.Equal(m.frames, want) {
		t.Errorf("got %q", m.frames)
	}
}

// python gives an interpreter that knows packages of PyPI: in an environment of its own, which it makes once.
func python(t *testing.T, packages ...string) string {
	t.Helper()
	exe := tool(t, "python3", "python3")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "watchpost", "python", strings.Join(packages, "+"))
	own := filepath.Join(dir, "bin", "python")
	if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
		return own
	}
	if out, err := exec.Command(exe, "-m", "venv", dir).CombinedOutput(); err != nil {
		missing(t, "python3 -m venv: %v: %s", err, out)
	}
	if out, err := exec.Command(own, append([]string{"-m", "pip", "install", "-q", "--disable-pip-version-check"}, packages...)...).CombinedOutput(); err != nil {
		missing(t, "pip install %s: %v: %s", packages, err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "ready"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return own
}

// missing skips the test, but not in CI.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// TestPygelf lets a handler for Python's logging send over UDP, compressed and in chunks, TCP and TLS.
func TestPygelf(t *testing.T) {
	exe := python(t, "pygelf==0.4.3")
	files, _ := local(t)
	m := newMemory()
	u, _ := gelfUDPOn(t, m, nil)
	l := gelfTCPOn(t, m, nil)
	s := gelfTCPOn(t, m, func(o *GELFOptions) { o.TLS = files })
	port := func(a net.Addr) string { _, p, _ := net.SplitHostPort(a.String()); return p }
	noise := make([]byte, 6000) // does not get smaller
	rand.Read(noise)
	long := fmt.Sprintf("%x", noise)
	command(t, long, exe, "-c", `
import logging, sys
from pygelf import GelfUdpHandler, GelfTcpHandler, GelfTlsHandler
udp, tcp, tls = (int(p) for p in sys.argv[1:4])
long = sys.stdin.read()
extra = dict(include_extra_fields=True, _source_ip="203.0.113.7", host="127.0.0.1")
for h in (GelfUdpHandler(port=udp, compress=True, **extra), GelfUdpHandler(port=udp, compress=False, **extra),
          GelfUdpHandler(port=udp, compress=True, chunk_size=1000, **extra),
          GelfTcpHandler(port=tcp, **extra), GelfTlsHandler(port=tls, validate=True, ca_certs=sys.argv[4], **{**extra, "host": "localhost"})):
    log = logging.Logger("app")
    log.addHandler(h)
    log.warning("hello from a handler", extra={"n": 1})
    log.error(long)
    h.close()
`, port(u.Addr()), port(l.Addr()), port(s.Addr()), filepath.Join(filepath.Dir(files.Cert), LocalCA))
	got := m.awaitFrames(t, 10)
	short, full := 0, 0
	for _, f := range got {
		var r struct {
			GELF struct {
				Version, Host string
				Short         string  `json:"short_message"`
				Level         int     `json:"level"`
				Time          float64 `json:"timestamp"`
				IP            string  `json:"_source_ip"`
			}
		}
		if err := json.Unmarshal([]byte(f), &r); err != nil || r.GELF.IP != "203.0.113.7" || r.GELF.Time == 0 {
			t.Errorf("%q: %v", f, err)
		}
		switch r.GELF.Short {
		case "hello from a handler":
			short++
		case long:
			full++
		}
	}
	if short != 5 || full != 5 || len(m.rejected)+len(m.dropped) > 0 {
		t.Errorf("%d short and %d long messages; rejected %v, dropped %v", short, full, m.rejected, m.dropped)
	}
}

func FuzzGELF(f *testing.F) {
	one := `{"version":"1.1","host":"gate","short_message":"hello"}`
	f.Add([]byte(one), uint8(1))
	f.Add([]byte(gzipText(one)), uint8(3))
	f.Add([]byte(zlibText(one)), uint8(128))
	f.Fuzz(func(t *testing.T, in []byte, n uint8) {
		// Whole, and cut into chunks that come in any order, a message is the same.
		whole, bad := unpack(in, 1<<16)
		if len(whole) > 1<<16 {
			t.Fatalf("%d bytes", len(whole))
		}
		fresh := func() *chunked {
			return &chunked{maxBytes: 1 << 20, maxMessage: 1 << 20, open: make(map[chunkKey]*chunkMessage)}
		}
		o := &Origin{}
		fresh().add(o, 1, in)
		c := fresh()
		if n == 0 || n > maxChunks || len(in) < int(n) || isChunk(in) {
			return
		}
		parts := chunksOf("fuzzfuzz", string(in), int(n))
		mathrand.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		var joined []byte
		for _, p := range parts {
			m, why, _ := c.add(o, 1, []byte(p))
			if why != "" {
				t.Fatal(why)
			}
			if m != nil {
				joined = m
			}
		}
		if !bytes.Equal(joined, in) || len(c.open) > 0 || c.size != 0 {
			t.Fatalf("%q became %q", in, joined)
		}
		if again, why := unpack(joined, 1<<16); why != bad || !bytes.Equal(again, whole) {
			t.Fatalf("%q: %q and %q", in, whole, again)
		}
	})
}
