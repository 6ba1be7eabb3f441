package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	golang "github.com/fluent/fluent-logger-golang/fluent"
	"github.com/tinylib/msgp/msgp"
)

func fluentOn(t *testing.T, sink Sink, change func(*FluentOptions)) *Acked {
	t.Helper()
	opt := FluentDefaults
	opt.Addr = "127.0.0.1:0"
	if change != nil {
		change(&opt)
	}
	if err := opt.Check(); err != nil {
		t.Fatal(err)
	}
	log, _ := testLog()
	l := NewFluent(opt, sink, log)
	run(t, l)
	return l
}

// pack writes values as MessagePack.
func pack(t testing.TB, values ...any) string {
	t.Helper()
	var b []byte
	for _, v := range values {
		var err error
		if b, err = msgp.AppendIntf(b, v); err != nil {
			t.Fatal(err)
		}
	}
	return string(b)
}

type (
	list = []any
	dict = map[string]any
)

func fluentRecord(tag, time, record string) string {
	return fmt.Sprintf(`{"fluent":{"tag":%q,"time":%s,"record":%s}}`, tag, time, record)
}

func TestFluentModes(t *testing.T) {
	m := newMemory()
	l := fluentOn(t, m, func(o *FluentOptions) { o.MaxRecord = 500 })
	f := func(want []string, message string, ack string) {
		t.Helper()
		before := len(m.frames)
		c := dial(t, "tcp", l.Addr())
		send(t, c, message)
		if ack != "" {
			readUntil(t, c, ack)
		}
		c.Close()
		m.await(t, "records", func() bool { return len(m.frames) >= before+len(want) })
		if got := m.frames[before:]; !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	at := "\xd7\x00\x65\x00\x00\x00\x00\x00\x00\x07" // an extension: nanoseconds
	f([]string{fluentRecord("app.x", "1700000000", `{"log":"a \"b\"\n"}`)}, pack(t, list{"app.x", 1700000000, dict{"log": "a \"b\"\n"}}), "")
	f([]string{fluentRecord("t", "1694498816.000000007", `{"a":[1,-2,true,null,1.5,{"b":"c"}]}`)},
		"\x94"+pack(t, "t")+at+pack(t, dict{"a": list{1, -2, true, nil, 1.5, dict{"b": "c"}}}, dict{"chunk": "c1"}), "\xa3ack\xa2c1")
	entries := list{list{1, dict{"n": 1}}, list{2, dict{"n": strings.Repeat("x", 500)}}, list{list{3, dict{"meta": 1}}, dict{"n": []byte("bin")}}}
	two := []string{fluentRecord("t", "1", `{"n":1}`), fluentRecord("t", "3", `{"n":"bin"}`)}
	f(two, pack(t, list{"t", entries, dict{"chunk": "c2", "size": 3}}), "c2")
	var stream string
	for _, e := range entries {
		stream += pack(t, e)
	}
	f(two, pack(t, list{"t", []byte(stream), dict{"chunk": "c3"}}), "c3")
	f(two, pack(t, list{"t", stream}), "")
	f(two, pack(t, list{"t", []byte(gzipText(stream[:10]) + gzipText(stream[10:])), dict{"compressed": "gzip", "chunk": "c4"}}), "c4")
	f(two, pack(t, list{"t", []byte(stream), nil}), "")
	f([]string{fluentRecord("t", "0", `{"1":null,"2":null}`)}, "\x93"+pack(t, "t", nil)+"\x82\x01"+pack(t, math.NaN())+"\x02\xc0", "")
	f(nil, pack(t, list{"t", []byte(stream), dict{"fluent_signal": 1, "chunk": "c5"}}), "c5")
	f(nil, pack(t, list{"t", list{}, dict{"chunk": "c6"}}), "c6")
	if m.rejected[TooLarge] != 5 || m.rejected[NotLogs] != 2 {
		t.Errorf("rejected %v", m.rejected)
	}
	if len(m.ids) != 4 {
		t.Errorf("%d requests", len(m.ids))
	}
	before := m.ids[1]
	m.locked(func() { m.fail = errors.New("not today") })
	c := dial(t, "tcp", l.Addr())
	send(t, c, pack(t, list{"t", entries, dict{"chunk": "c2"}}))
	closed(t, c)
	m.locked(func() { m.fail = nil })
	f(two, pack(t, list{"t", entries, dict{"chunk": "c2"}}), "c2")
	if m.ids[4] != before {
		t.Errorf("sent again it bears another name: %x", m.ids)
	}
	until(t, "memory given back", func() bool { return l.buffered.Load() == 0 && l.Stats().Open == 0 })
}

func TestFluentBadInput(t *testing.T) {
	m := newMemory()
	l := fluentOn(t, m, func(o *FluentOptions) { o.MaxRecord, o.MaxChunk = 1000, 100_000 })
	f := func(want, text string) {
		t.Helper()
		before := l.Stats().Errors[want]
		c := dial(t, "tcp", l.Addr())
		go func() { io.WriteString(c, text) }() // the other side may close before all is sent
		closed(t, c)
		until(t, want+fmt.Sprintf(" of %.40q", text), func() bool { return l.Stats().Errors[want] == before+1 })
	}
	f(string(errFluentMessage), "<34>Oct 11 22:14:15 gate su: hello\n")
	f(string(errFluentMessage), pack(t, list{"t"}))
	f(string(errFluentMessage), pack(t, list{"t", 1, 2, 3, 4}))
	f(string(errFluentMessage), pack(t, list{1, list{}}))
	f(string(errFluentMessage), pack(t, list{"t", 1, "no record"}))
	f(string(errFluentMessage), pack(t, list{"t", dict{}, dict{}}))
	f(string(errFluentMessage), pack(t, list{"t", list{list{1, dict{}, 3}}}))
	f(string(errFluentMessage), pack(t, list{"t", list{}, "no option"}))
	f(string(errFluentMessage), pack(t, list{"t", []byte("\x92\x01")}))
	f(string(errFluentMessage), "\x93"+pack(t, "t", 1)+"\x81\xa1a"+strings.Repeat("\x91", 100)+"\x01")
	f(string(errFluentMessage), "\x93"+pack(t, "t", 1)+"\x81\xa1a\xc9\xff\xff\xff\xff\x01")
	f(string(errFluentLength), "\x92"+"\xdb\xff\xff\xff\xff")
	f(string(errFluentLength), "\x92"+pack(t, "t")+"\xc6\xff\xff\xff\xff")
	f(string(errFluentPacked), pack(t, list{"t", []byte("no gzip"), dict{"compressed": "gzip"}}))
	f(string(errFluentPacked), pack(t, list{"t", []byte("x"), dict{"compressed": "zstd"}}))
	f(string(errFluentBomb), pack(t, list{"t", []byte(gzipText(strings.Repeat(pack(t, list{1, dict{"a": strings.Repeat("0", 2000)}}), 3000))), dict{"compressed": "gzip"}}))
	f(string(errFluentLength), pack(t, list{"t", []byte(strings.Repeat(pack(t, list{1, dict{"a": strings.Repeat("\x01", 150)}}), 500))}))
	f(string(errTLSOnPlain), "\x16\x03\x01\x02\x00\x01")
	f(untrustedProxy, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n")
	if len(m.frames) > 0 {
		t.Errorf("frames %q", m.frames)
	}
	until(t, "memory given back", func() bool { return l.buffered.Load() == 0 && l.Stats().Open == 0 })
	// A fluentd that looks whether we are there connects and says nothing.
	dial(t, "tcp", l.Addr()).Close()
	before := len(l.Stats().Errors)
	until(t, "the end", func() bool { return l.Stats().Open == 0 })
	if len(l.Stats().Errors) != before {
		t.Errorf("errors %v", l.Stats().Errors)
	}
}

// TestFluentKey: without the right key nothing is taken; a key says whose tenant the records are.
func TestFluentKey(t *testing.T) {
	m := newMemory()
	l := fluentOn(t, m, func(o *FluentOptions) {
		o.Keys = map[string]FluentKey{"a": {"secret-a", "branch"}, "b": {"secret-b", "head"}}
		o.TLS.HandshakeTimeout = 300 * time.Millisecond
	})
	talk := func(key string) (io.Reader, net.Conn, []byte) {
		c := dial(t, "tcp", l.Addr())
		c.SetDeadline(time.Now().Add(10 * time.Second))
		r := msgp.NewReader(c)
		v, err := r.ReadIntf()
		if err != nil {
			t.Fatal(err)
		}
		nonce := v.([]any)[1].(map[string]any)["nonce"].([]byte)
		sum := digest([]byte("salt"), []byte("client"), nonce, []byte(key))
		send(t, c, pack(t, list{"PING", "client", "salt", string(sum), "", ""}))
		if v, err = r.ReadIntf(); err != nil {
			t.Fatal(err)
		}
		p := v.([]any)
		if p[0] != "PONG" || p[1] != (key != "wrong") {
			t.Fatalf("%q: %v", key, p)
		}
		if p[1] == true && p[4] != string(digest([]byte("salt"), []byte(p[3].(string)), nonce, []byte(key))) {
			t.Errorf("%q: %v", key, p)
		}
		return c, c, nonce
	}
	_, c, _ := talk("secret-b")
	send(t, c, pack(t, list{"t", 1, dict{"a": 1}}))
	m.awaitFrames(t, 1)
	if m.origins[0].Tenant != "head" {
		t.Errorf("origin %+v", m.origins[0])
	}
	_, c, _ = talk("wrong")
	closed(t, c)
	c = dial(t, "tcp", l.Addr())
	send(t, c, pack(t, list{"t", 1, dict{"a": 1}}))
	closed(t, c)
	closed(t, dial(t, "tcp", l.Addr())) // says nothing
	until(t, "counts", func() bool {
		e := l.Stats().Errors
		return e[string(errFluentKey)] == 1 && e[string(errFluentShake)] == 1 && e[string(errTimeout)] == 1
	})
	if len(m.frames) != 1 {
		t.Errorf("frames %q", m.frames)
	}
}

// TestFluentGo speaks with the client that Docker's log driver uses.
func TestFluentGo(t *testing.T) {
	m := newMemory()
	l := fluentOn(t, m, nil)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	n := 0
	fmt.Sscan(port, &n)
	c, err := golang.New(golang.Config{FluentHost: "127.0.0.1", FluentPort: n, SubSecondPrecision: true, RequestAck: true, WriteTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := c.PostWithTime("docker.web", time.Unix(1700000000, 123456789), dict{"log": fmt.Sprint("line ", i), "source": "stdout"}); err != nil {
			t.Fatal(err)
		}
		if len(m.frames) != i+1 { // acknowledged means taken
			t.Fatalf("%d frames", len(m.frames))
		}
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(m.frames[2], `{"fluent":{"tag":"docker.web","time":1700000000.123456789,"record":{`) || !isObject([]byte(m.frames[2])) {
		t.Errorf("%q", m.frames[2])
	}
}

// TestFluentPython speaks with the client of PyPI.
func TestFluentPython(t *testing.T) {
	exe := python(t, "fluent-logger==0.11.1")
	m := newMemory()
	l := fluentOn(t, m, nil)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	command(t, "", exe, "-c", `
import sys
from fluent import sender
s = sender.FluentSender("app", host="127.0.0.1", port=int(sys.argv[1]), nanosecond_precision=True)
for n in range(100):
    assert s.emit("login", {"user.name": "anna", "n": n}), s.last_error
s.close()
`, port)
	for i, f := range m.awaitFrames(t, 100) {
		if !strings.HasPrefix(f, `{"fluent":{"tag":"app.login","time":`) || !strings.HasSuffix(f, fmt.Sprintf(`"record":{"user.name":"anna","n":%d}}}`, i)) {
			t.Fatalf("%q", f)
		}
	}
}

// npm gives a folder with packages of npm, which it installs once.
func npm(t *testing.T, packages ...string) string {
	t.Helper()
	tool(t, "node", "nodejs")
	exe := tool(t, "npm", "npm")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "watchpost", "npm", strings.NewReplacer("/", "_", "@", "_").Replace(strings.Join(packages, "+")))
	if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
		return dir
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(exe, append([]string{"install", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"}, packages...)...).CombinedOutput(); err != nil {
		missing(t, "npm install %s: %v: %s", packages, err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "ready"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestFluentNode speaks with the client of npm: all modes, with acknowledgements, a shared key and TLS.
func TestFluentNode(t *testing.T) {
	dir := npm(t, "@fluent-org/logger@1.0.10")
	files, _ := local(t)
	m := newMemory()
	plain := fluentOn(t, m, nil)
	keyed := fluentOn(t, m, func(o *FluentOptions) { o.Keys = map[string]FluentKey{"a": {"secret-a", "branch"}} })
	secure := fluentOn(t, m, func(o *FluentOptions) {
		o.TLS = files
		o.Keys = map[string]FluentKey{"a": {"secret-a", "branch"}}
	})
	port := func(l *Acked) string { _, p, _ := net.SplitHostPort(l.Addr().String()); return p }
	cmd := exec.Command("node", "-e", `
const {FluentClient} = require("@fluent-org/logger"), fs = require("fs");
const [plain, keyed, secure, ca] = process.argv.slice(1);
const security = {clientHostname: "client", sharedKey: "secret-a"};
(async () => {
  for (const [port, more] of [[plain, {}], [keyed, {security}], [secure, {security, tls: {ca: fs.readFileSync(ca), servername: "localhost"}}]])
    for (const eventMode of ["Message", "Forward", "PackedForward", "CompressedPackedForward"]) {
      const {tls, ...rest} = more;
      const c = new FluentClient("app", {eventMode, ack: {ackTimeout: 10000}, flushInterval: 1, socket: {host: "localhost", port: +port, timeout: 10000, tls}, ...rest});
      await Promise.all([0, 1, 2].map(n => c.emit("x", {mode: eventMode, n, text: "ü\n\"quoted\""})));
      await c.shutdown();
    }
})().catch(e => { console.error(e); process.exit(1); });
`, port(plain), port(keyed), port(secure), filepath.Join(filepath.Dir(files.Cert), LocalCA))
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("node: %v: %s\n%v %v %v", err, out, plain.Stats(), keyed.Stats(), secure.Stats())
	}
	if len(m.frames) != 36 {
		t.Fatalf("%d frames", len(m.frames))
	}
	for i, f := range m.frames {
		var r struct {
			Fluent struct {
				Tag    string
				Record struct{ Mode, Text string }
			}
		}
		if err := json.Unmarshal([]byte(f), &r); err != nil || r.Fluent.Tag != "app.x" || r.Fluent.Record.Text != "ü\n\"quoted\"" {
			t.Errorf("%q: %v", f, err)
		}
		if want := map[bool]string{true: "default", false: "branch"}[i < 12]; m.origins[i].Tenant != want {
			t.Errorf("frame %d: tenant %s", i, m.origins[i].Tenant)
		}
	}
}

func FuzzFluent(f *testing.F) {
	for _, s := range []string{
		pack(f, list{"app.x", 1700000000, dict{"log": "a \"b\"\n", "n": list{1, nil, 2.5, true}}, dict{"chunk": "c"}}),
		pack(f, list{"t", list{list{1, dict{"n": 1}}, list{list{3, dict{"meta": 1}}, dict{"n": []byte("bin")}}}, nil}),
		pack(f, list{"t", []byte(gzipText(pack(f, list{1, dict{"a": "b"}}))), dict{"compressed": "gzip"}}),
		"\x94" + pack(f, "t") + "\xd7\x00\x65\x00\x00\x00\x00\x00\x00\x07" + pack(f, dict{"a": 1}, dict{}),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := msgp.NewReader(bytes.NewReader(in))
		r.SetMaxRecursionDepth(maxDepth)
		for {
			held := 0
			d := &fluentReader{maxRecord: 1 << 12, maxChunk: 1 << 16, reserve: func(n int) bool { held += n; return held < 1<<24 }}
			if err := d.message(r); err != nil {
				return
			}
			if len(d.out.data) > 1<<16+1<<13 || held != d.held || cap(d.packed) > held {
				t.Fatalf("%d bytes, %d reserved", len(d.out.data), held)
			}
			for _, m := range d.out.frames {
				one := d.out.data[m.from:m.to]
				if !isObject(one) || len(one) > 1<<12 {
					t.Fatalf("%q became %q", in, one)
				}
			}
		}
	})
}
