package source

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	lumber "github.com/elastic/go-lumber/client/v2"
)

func lumberjackOn(t *testing.T, sink Sink, p protocol, change func(*AckedOptions)) *Acked {
	t.Helper()
	opt := LumberjackDefaults
	opt.Addr = "127.0.0.1:0"
	if change != nil {
		change(&opt)
	}
	if err := opt.Check(); err != nil {
		t.Fatal(err)
	}
	log, _ := testLog()
	l := newAcked(opt, p, sink, log)
	run(t, l)
	return l
}

type beat struct {
	Time    string            `json:"@timestamp"`
	Meta    map[string]string `json:"@metadata"`
	Message string            `json:"message"`
}

func beats(from, n int) (out []any, want []string) {
	for i := range n {
		b := beat{"2026-11-28T10:00:00.123Z", map[string]string{"beat": "filebeat", "version": "8.19.0"}, fmt.Sprintf("line %d", from+i)}
		text, err := json.Marshal(b)
		if err != nil {
			panic(err)
		}
		out, want = append(out, b), append(want, string(text))
	}
	return out, want
}

// TestLumberjack speaks with the client that Beats use.
func TestLumberjack(t *testing.T) {
	files, pool := local(t)
	try := func(name string, change func(*AckedOptions), dial func(l *Acked, opts ...lumber.Option) (*lumber.SyncClient, error), opts ...lumber.Option) {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			l := lumberjackOn(t, m, lumberjack, change)
			c, err := dial(l, append(opts, lumber.Timeout(10*time.Second))...)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, n := range []int{1, 2, 500, 5000} { // the last one is acknowledged in parts
				data, texts := beats(len(want), n)
				want = append(want, texts...)
				if got, err := c.Send(data); got != n || err != nil {
					t.Fatalf("%d of %d acknowledged, %v", got, n, err)
				}
			}
			c.Close()
			if !slices.Equal(m.frames, want) {
				t.Errorf("%d frames, want %d", len(m.frames), len(want))
			}
			until(t, "the end", func() bool { return l.Stats().Open == 0 && l.buffered.Load() == 0 })
			if st := l.Stats(); len(st.Errors) > 0 || int(st.Frames) != len(want) {
				t.Errorf("stats %+v", st)
			}
		})
	}
	plain := func(l *Acked, opts ...lumber.Option) (*lumber.SyncClient, error) {
		return lumber.SyncDial(l.Addr().String(), opts...)
	}
	try("plain", nil, plain)
	try("compressed", nil, plain, lumber.CompressionLevel(3))
	try("tls", func(o *AckedOptions) { o.TLS = files }, func(l *Acked, opts ...lumber.Option) (*lumber.SyncClient, error) {
		return lumber.SyncDialWith(func(network, addr string) (net.Conn, error) {
			return tls.Dial(network, addr, &tls.Config{RootCAs: pool, ServerName: "localhost"})
		}, l.Addr().String(), opts...)
	}, lumber.CompressionLevel(3))
}

// TestLumberjackAgain: a window that was not acknowledged and is sent again, over another connection, bears the same name.
func TestLumberjackAgain(t *testing.T) {
	m := newMemory()
	l := lumberjackOn(t, m, lumberjack, nil)
	send := func(data []any, level int) (int, error) {
		c, err := lumber.SyncDial(l.Addr().String(), lumber.Timeout(5*time.Second), lumber.CompressionLevel(level))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.Send(data)
	}
	data, _ := beats(0, 3)
	if _, err := send(data, 0); err != nil {
		t.Fatal(err)
	}
	m.locked(func() { m.fail = errors.New("not today") })
	if n, err := send(data, 0); err == nil || n != 0 {
		t.Errorf("%d acknowledged, %v", n, err)
	}
	m.locked(func() { m.fail = nil })
	if _, err := send(data, 3); err != nil {
		t.Fatal(err)
	}
	other, _ := beats(1, 3)
	if _, err := send(other, 0); err != nil {
		t.Fatal(err)
	}
	if len(m.ids) != 3 || m.ids[0] != m.ids[1] || m.ids[0] == m.ids[2] {
		t.Errorf("names %x", m.ids)
	}
}

// TestLumberjackAlive: while records wait, their sender is told that they are worked on, and its timeout does not end.
func TestLumberjackAlive(t *testing.T) {
	m := newMemory()
	m.block = make(chan struct{})
	p := lumberjack
	p.alive = 5 * time.Millisecond
	l := lumberjackOn(t, m, p, nil)
	c := dial(t, "tcp", l.Addr())
	send(t, c, "2W\x00\x00\x00\x022J\x00\x00\x00\x01\x00\x00\x00\x02{}")
	c.SetReadDeadline(time.Now().Add(40 * time.Millisecond))
	if n, err := c.Read(make([]byte, 6)); err == nil {
		t.Errorf("%d bytes before the window is there", n)
	}
	send(t, c, "2J\x00\x00\x00\x02\x00\x00\x00\x02{}")
	for range 3 {
		if got := readUntil(t, c, "\x00\x00\x00\x00"); got != "2A\x00\x00\x00\x00" {
			t.Fatalf("%q", got)
		}
	}
	close(m.block)
	if got := readUntil(t, c, "\x00\x00\x00\x02"); !strings.HasSuffix(got, "2A\x00\x00\x00\x02") {
		t.Errorf("%q", got)
	}
}

func packed(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return fmt.Sprintf("2C%s%s", be32(b.Len()), b.String())
}

func be32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }

func window(n int) string { return "2W" + be32(n) }

func record(seq int, s string) string { return "2J" + be32(seq) + be32(len(s)) + s }

// TestLumberjackRecords: what is no record is rejected alone; frames of keys and values become objects.
func TestLumberjackRecords(t *testing.T) {
	m := newMemory()
	l := lumberjackOn(t, m, lumberjack, func(o *AckedOptions) { o.MaxRecord = 500 })
	c := dial(t, "tcp", l.Addr())
	send(t, c, window(6)+record(1, `{"a":1}`)+record(2, `[1]`)+record(3, `{"b":"`+strings.Repeat("x", 500)+`"}`))
	send(t, c, packed(record(4, `{"a":2}`)+"1D"+be32(5)+be32(2)+be32(4)+"line"+be32(3)+"a\"b"+be32(4)+"host"+be32(2)+"h1"))
	send(t, c, "2D"+be32(6)+be32(1)+be32(4)+"line"+be32(600)+strings.Repeat("y", 600))
	readUntil(t, c, "2A"+be32(6))
	if want := []string{`{"a":1}`, `{"a":2}`, `{"message":"a\"b","host":"h1"}`}; !slices.Equal(m.frames, want) {
		t.Errorf("got %q", m.frames)
	}
	if m.rejected[TooLarge] != 2 || m.rejected[BadJSON] != 1 || l.Stats().Rejected != 3 {
		t.Errorf("rejected %v", m.rejected)
	}
}

// TestLumberjackBadInput: bombs, windows and lengths beyond bounds end their own connection and take no memory.
func TestLumberjackBadInput(t *testing.T) {
	m := newMemory()
	l := lumberjackOn(t, m, lumberjack, nil)
	f := func(want, text string) {
		t.Helper()
		before := l.Stats().Errors[want]
		c := dial(t, "tcp", l.Addr())
		go func() { io.WriteString(c, text) }() // the other side may close before all is sent
		closed(t, c)
		until(t, want, func() bool { return l.Stats().Errors[want] == before+1 })
	}
	f(string(errLumberjackFrame), "<34>Oct 11 22:14:15 gate su: hello\n")
	f(string(errLumberjackFrame), "2X")
	f(string(errLumberjackFrame), packed(packed(window(1))))
	f(string(errLumberjackWindow), window(maxWindow+1))
	f(string(errLumberjackWindow), window(2)+window(1))
	f(string(errLumberjackWindow), record(1, "{}"))
	f(string(errLumberjackLength), window(1)+"2J"+be32(1)+be32(math.MaxUint32))
	f(string(errLumberjackLength), window(1)+"2D"+be32(1)+be32(math.MaxUint32))
	f(string(errLumberjackLength), "2C"+be32(math.MaxUint32))
	f(string(errLumberjackZlib), "2C"+be32(6)+"nozlib")
	f(string(errLumberjackZlib), packed(window(1)+record(1, "{}")[:8]))
	f(string(errLumberjackBomb), window(1000)+packed(strings.Repeat(record(1, `{"a":"`+strings.Repeat("0", 1<<20-100)+`"}`), 100)))
	f(string(errTLSOnPlain), "\x16\x03\x01\x02\x00\x01")
	f(untrustedProxy, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n2W")
	until(t, "memory given back", func() bool { return l.Stats().Open == 0 && l.buffered.Load() == 0 })
}

func FuzzLumberjack(f *testing.F) {
	f.Add([]byte(window(2) + record(1, `{"a":1}`) + packed(record(2, "{}"))))
	f.Add([]byte("1D" + be32(5) + be32(1) + be32(4) + "line" + be32(3) + "a\"b"))
	f.Add([]byte(packed(strings.Repeat("2", 3<<20))))
	f.Add([]byte("2C" + be32(6) + "nozlib"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := lumberjackReader{wire: bufio.NewReader(bytes.NewReader(in)), max: 1 << 16, room: func(int) error { return nil }}
		for {
			fr, err := r.next()
			if err != nil {
				return
			}
			if len(fr.data) > 1<<16 || fr.count > maxWindow || fr.kind != 'W' && fr.kind != 'J' {
				t.Fatalf("%c, %d bytes, window of %d", fr.kind, len(fr.data), fr.count)
			}
		}
	})
}

// FuzzAppendText holds the writer of JSON here to encoding/json.
func FuzzAppendText(f *testing.F) {
	f.Add([]byte("b\u00e9\n\"\\\x00\x7f\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var got string
		quoted := appendText(nil, in)
		if !isObject(append(append([]byte(`{"a":`), quoted...), '}')) {
			t.Fatalf("%q is written as %q", in, quoted)
		}
		if err := json.Unmarshal(quoted, &got); err != nil || utf8.Valid(in) && got != string(in) {
			t.Fatalf("%q is written as %q: %v", in, quoted, err)
		}
	})
}
