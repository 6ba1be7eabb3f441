package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHostileInput sends what no sender should: it must be stored verbatim, cut and marked, or refused and counted; and each
// listener must go on.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	p := install(t, setup{})
	p.start()
	raw := func(network, addr string, parts ...string) {
		t.Helper()
		c, err := net.Dial(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, s := range parts {
			if _, err := io.WriteString(c, s); err != nil && network == "udp" {
				t.Errorf("%.20q: %v", s, err)
			} // over TCP the product may have closed
		}
		if tc, ok := c.(*net.TCPConn); ok {
			tc.CloseWrite()
			tc.SetReadDeadline(time.Now().Add(5 * time.Second))
			if _, err := io.Copy(io.Discard, c); err != nil && os.IsTimeout(err) {
				t.Errorf("%.20q: the product did not close", parts[0])
			}
		}
	}
	counted := func(s string) string { return strconv.Itoa(len(s)) + " " + s }

	// Verbatim: octet counts keep every byte.
	verbatim := []string{
		"<13>1 - h a - - - \xff\xfe\x80 v0;", "<13>1 - h a - - - a\x00b v1;", "<13>1 - h a - - - a\r\nb\r v2;", "<13>1 - h a - - - \x1b[2J\x1b]0;x\x07 v3;",
		"<13>1 - h a - - - \ufeffbom v4;", "<13>1 - h a - - - \u2028\u2029\u202eabc v5;", "<13>1 - h a - - - \U0001f600\U0010ffff v6;", "<13>\x00\x01\x02 v7;",
		"<999>Nov 99 99:99:99 v8;", "<13>1 - h a - - [x y=\"\\]\"] v9;", "<13>" + strings.Repeat("[", 100_000) + " v10;", "<13>1 9999-12-31T23:59:60Z h a - - - v11;",
	}
	for _, v := range verbatim {
		raw("tcp", p.syslog, counted(v))
	}
	datagrams := []string{strings.Repeat("x", 60_000) + " u0;", "\xff\x00\xff u1;"}
	for _, v := range datagrams {
		raw("udp", p.syslog, v)
	}
	// Cut: one record each.
	long := strings.Repeat("y", 1<<20)
	raw("tcp", p.syslog, counted("<13>long1 "+long), counted("<13>behind1;"))
	raw("tcp", p.syslog, "<13>long2 "+long+long+long) // no end of line at all
	raw("tcp", p.syslog, "<13>long3 "+long+"\n<13>behind3;\n")
	// Whole: the longest that is not cut.
	exact := "<13>whole " + long[:1<<20-len("<13>whole ")]
	raw("tcp", p.syslog, counted(exact))
	// Refused: counts out of bounds, and those that are no counts but lines.
	for _, s := range []string{"2147483648 <13>x", "9223372036854775808 <13>x", "99999999999999999999999999 <13>x"} {
		raw("tcp", p.syslog, s)
	}
	lines := []string{"+5 hello\n", "007 <13>x\n", "0 <13>x\n", "5hello\n"}
	for _, s := range lines {
		raw("tcp", p.syslog, s)
	}
	raw("udp", p.syslog, "")
	// The wrong protocol.
	raw("tcp", p.tls, "<13>plain text on the TLS port\n")
	raw("tcp", p.tls, "\x16\x03\x01\xff\xff"+strings.Repeat("z", 70_000))
	if c, err := tls.Dial("tcp", p.syslog, &tls.Config{InsecureSkipVerify: true}); err == nil {
		c.Close()
		t.Error("TLS on the plain port")
	}
	p.hostileHTTP(t)

	// Everything goes on.
	raw("udp", p.syslog, "<13>fresh-udp;")
	raw("tcp", p.syslog, "<13>fresh-tcp;\n")
	openssl(t, p, []string{"fresh-tls;"})
	p.until(time.Minute, "fresh lines found", func() error {
		for _, want := range []string{"fresh-udp;", "fresh-tcp;", "fresh-tls;", "fresh-http;", "behind1;", "behind3;"} {
			text, err := p.post("/api/v1/search", fmt.Appendf(nil, `{"query":"event.original contains \"%s\"","to":"now+1h"}`, want))
			if err != nil {
				return err
			}
			if n := bytes.Count(text, []byte("\n")); n != 1 {
				return fmt.Errorf("%s found %d times", want, n)
			}
		}
		return nil
	})
	p.settled(10 * time.Second)
	stored := map[string]int{}
	cut := 0
	err := p.db.rows("SELECT `event.original`, has(tags, 'truncated') FROM events", func(scan func(...any) error) error {
		var line string
		var truncated bool
		if err := scan(&line, &truncated); err != nil {
			return err
		}
		stored[line]++
		if truncated {
			cut++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range append(append(verbatim, datagrams...), exact) {
		if stored[want] != 1 {
			t.Errorf("stored %d times as it came: %.60q", stored[want], want)
		}
	}
	if cut < 3 {
		t.Errorf("%d records are marked as cut", cut)
	}
	rejected := uint64(0)
	for _, a := range p.db.balanced() {
		rejected += a.rejected
	}
	if rejected < 4 {
		t.Errorf("%d records are counted as rejected", rejected)
	}
	refused, err := p.metric("watchpost_source_errors_total", "")
	if err != nil || refused < 6 {
		t.Errorf("%v connections and requests are counted as refused (%v)", refused, err)
	}
	t.Logf("%d rows, %d cut, %d rejected, %v connections and requests refused", len(stored), cut, rejected, refused)
	p.ready()
}

// hostileHTTP sends bad requests to the agents' listener, then a good one.
func (p *product) hostileHTTP(t *testing.T) {
	send := func(body, encoding string, want int) {
		t.Helper()
		req, err := http.NewRequest("POST", "http://"+p.agents+"/api/v1/events", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-ndjson")
		if encoding != "" {
			req.Header.Set("Content-Encoding", encoding)
		}
		res, err := client.Do(req)
		if want == http.StatusRequestEntityTooLarge && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)) {
			return // the product did not wait for the rest of the body
		}
		if err != nil {
			t.Errorf("%.20q: %v", body, err)
			return
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%.20q %s: answered %s, want %d", body, encoding, res.Status, want)
		}
	}
	before := p.peak(t)
	bomb := squeeze(t, strings.NewReader(strings.Repeat("\n", 1<<20)), 256)
	send(bomb, "gzip", http.StatusRequestEntityTooLarge)
	if grew := p.peak(t) - before; grew > 64<<20 {
		t.Errorf("a bomb of %d bytes took %d MiB", len(bomb), grew>>20)
	} else {
		t.Logf("a bomb of %d bytes, 256 MiB unpacked, took %d MiB", len(bomb), grew>>20)
	}
	send(squeeze(t, strings.NewReader(bomb), 1), "gzip, gzip", http.StatusUnsupportedMediaType)
	send("not gzip", "gzip", http.StatusBadRequest)
	send("x", "br", http.StatusUnsupportedMediaType)
	send(strings.Repeat("x", 17<<20), "", http.StatusRequestEntityTooLarge)
	var keys strings.Builder
	keys.WriteString(`{"message":"keys"`)
	for i := range 60_000 {
		fmt.Fprintf(&keys, `,"k%d":%d`, i, i)
	}
	keys.WriteString("}")
	body := strings.Join([]string{
		`{"message":"fresh-http;"}`, keys.String(), `{"message":"one","message":"two"}`, `{"message":"` + "\xff\xfe" + `"}`,
		strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), strings.Repeat("[", 1_000_000), "no json", `{"message":`,
	}, "\n") + "\n"
	send(body, "", http.StatusOK)
}

// squeeze packs r, n times over.
func squeeze(t *testing.T, r io.ReadSeeker, n int) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for range n {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// peak gives the most memory, in bytes, that the product's own process has held.
func (p *product) peak(t *testing.T) int {
	t.Helper()
	for line := range strings.Lines(read(t, fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}
