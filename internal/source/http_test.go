package source

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

func httpOn(t *testing.T, sink Sink, change func(*HTTPOptions)) (*HTTP, func(), *logText) {
	t.Helper()
	opt := HTTPDefaults
	opt.Addr = "127.0.0.1:0"
	if change != nil {
		change(&opt)
	}
	if err := opt.Check(); err != nil {
		t.Fatal(err)
	}
	log, text := testLog()
	h := NewHTTP(opt, sink, log)
	return h, run(t, h), text
}

// ask sends a request with headers in pairs and returns status, headers and body.
func ask(t *testing.T, h *HTTP, method, path string, body io.Reader, headers ...string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+h.Addr().String()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, strings.TrimSpace(string(text))
}

func zip(s string) *bytes.Buffer {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return &b
}

// encoded compresses s in each way that is a content encoding, by its name; deflate stands for zlib's frame and for none.
func encoded(s string) map[string]*bytes.Buffer {
	out := map[string]*bytes.Buffer{}
	to := func(name string) *bytes.Buffer {
		out[name] = new(bytes.Buffer)
		return out[name]
	}
	bare, _ := flate.NewWriter(to("deflate bare"), flate.DefaultCompression)
	z, _ := zstd.NewWriter(to("zstd"), zstd.WithEncoderConcurrency(1))
	for _, w := range []io.WriteCloser{gzip.NewWriter(to("gzip")), zlib.NewWriter(to("deflate")), bare, z} {
		io.WriteString(w, s)
		w.Close()
	}
	return out
}

func TestHTTPEvents(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, nil)
	f := func(body io.Reader, status int, want string, frames []string, headers ...string) {
		t.Helper()
		m.mu.Lock()
		m.frames = nil
		m.mu.Unlock()
		got, _, text := ask(t, h, "POST", "/api/v1/events", body, headers...)
		if got != status || text != want || !slices.Equal(m.frames, frames) {
			t.Errorf("got %d %s and %q, want %d %s and %q", got, text, m.frames, status, want, frames)
		}
	}
	text := strings.NewReader
	f(text(`{"a":1}`), 200, `{"accepted":1,"rejected":0}`, []string{`{"a":1}`})
	f(text("{\"a\":1}\r\n\n {\"b\": \"\xff\\n\"}\n"), 200, `{"accepted":2,"rejected":0}`, []string{`{"a":1}`, "{\"b\": \"\xff\\n\"}"})
	f(text("{\"a\":1}\n[1]\n{\"b\n{}"), 200,
		`{"accepted":2,"rejected":2,"errors":[{"line":2,"error":"not a json object"},{"line":3,"error":"not a json object"}]}`, []string{`{"a":1}`, `{}`})
	f(text("\ufeff{\"a\":1}\r\n{\"b\":2}\r\n"), 200, `{"accepted":2,"rejected":0}`, []string{`{"a":1}`, `{"b":2}`})
	f(text("\ufeff[{\"a\":1},{\"b\":2}]"), 200, `{"accepted":2,"rejected":0}`, []string{`{"a":1}`, `{"b":2}`})
	f(text("nonsense"), 400, `{"accepted":0,"rejected":1,"errors":[{"line":1,"error":"not a json object"}]}`, nil)
	f(text(`{"a":"`+strings.Repeat("x", 1<<20)+`"}`+"\n{}"), 200, `{"accepted":1,"rejected":1,"errors":[{"line":1,"error":"record too large"}]}`, []string{`{}`})
	f(text(""), 200, `{"accepted":0,"rejected":0}`, nil)
	f(zip("{\"z\":1}\n{\"z\":2}"), 200, `{"accepted":2,"rejected":0}`, []string{`{"z":1}`, `{"z":2}`}, "Content-Encoding", "gzip")
	members := zip("{\"z\":1}\n")
	members.Write(zip(`{"z":2}`).Bytes())
	f(members, 200, `{"accepted":2,"rejected":0}`, []string{`{"z":1}`, `{"z":2}`}, "Content-Encoding", "GZIP")

	problem := func(status int, detail string) string {
		return fmt.Sprintf(`{"detail":%q,"status":%d,"title":%q}`, detail, status, http.StatusText(status))
	}
	for name, body := range encoded("{\"z\":1}\n{\"z\":2}") {
		encoding, _, _ := strings.Cut(name, " ")
		part := body.Bytes()[:body.Len()/2]
		f(body, 200, `{"accepted":2,"rejected":0}`, []string{`{"z":1}`, `{"z":2}`}, "Content-Encoding", encoding)
		f(bytes.NewReader(part), 400, problem(400, "the body cannot be decompressed"), nil, "Content-Encoding", encoding)
		f(text("{}"), 400, problem(400, "the body cannot be decompressed"), nil, "Content-Encoding", encoding)
	}
	const nested = "only one of gzip, zstd and deflate is understood as content encoding"
	for _, headers := range [][]string{{"Content-Encoding", "gzip, gzip"}, {"Content-Encoding", "gzip", "Content-Encoding", "gzip"}, {"Content-Encoding", "br"}} {
		f(zip("{}"), 415, problem(415, nested), nil, headers...)
	}
	f(text("{}"), 400, problem(400, "the body cannot be decompressed"), nil, "Content-Encoding", "gzip")
	cut := zip("{}\n{}").Bytes()
	f(bytes.NewReader(cut[:len(cut)-4]), 400, problem(400, "the body cannot be decompressed"), nil, "Content-Encoding", "gzip")
	f(text("{}"), 403, problem(403, "requests from browsers are refused"), nil, "Origin", "http://evil.example")
	if m.rejected[BadJSON] != 3 || m.rejected[TooLarge] != 1 {
		t.Errorf("rejected %v", m.rejected)
	}
	if st := h.Stats(); st.Frames != 22 || st.Rejected != 4 || st.Errors[nested] != 3 || h.buffered.Load() != 0 {
		t.Errorf("stats %+v", st)
	}
	if o := m.origins[0]; o.Transport != "http" || o.Tenant != "default" || !o.Peer.IsValid() {
		t.Errorf("origin %+v", o)
	}
	if status, _, _ := ask(t, h, "GET", "/nowhere", nil); status != 404 {
		t.Errorf("status %d", status)
	}
}

// TestHTTPID: the same request has the same id, and no other.
func TestHTTPID(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, nil)
	f := func(same int, path, body string, headers ...string) {
		t.Helper()
		if status, _, text := ask(t, h, "POST", path, strings.NewReader(body), headers...); status != 200 {
			t.Fatalf("%d %s", status, text)
		}
		last := len(m.ids) - 1
		if i := slices.Index(m.ids, m.ids[last]); i != same {
			t.Errorf("request %d has the id of request %d, want %d", last, i, same)
		}
	}
	f(0, "/api/v1/events", `{"a":1}`)
	f(0, "/api/v1/events", `{"a":1}`)
	f(2, "/api/v1/events", `{"a":2}`)
	f(3, "/api/v1/events", `{"a":1}`, "Idempotency-Key", "k1")
	f(3, "/api/v1/events", `{"a":2}`, "Idempotency-Key", "k1")
	f(5, "/api/v1/events", `{"a":2}`, "Idempotency-Key", "k2")
	f(6, "/_bulk", "{\"index\":{\"_index\":\"x\"}}\n{\"a\":1}\n")
	f(7, "/_bulk", "{\"index\":{\"_index\":\"x\",\"_id\":\"1\"}}\n{\"a\":1}\n")
	f(8, "/x/_bulk", "{\"index\":{\"_index\":\"x\"}}\n{\"a\":1}\n")
}

func TestHTTPTokens(t *testing.T) {

	tokens := map[string]Token{"a": {SHA256: hash("secret-a"), Tenant: "tenant-a"}, "b": {SHA256: hash("secret-b"), Tenant: "tenant-b"}}
	basic := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, require := range []bool{false, true} {
		m := newMemory()
		h, _, text := httpOn(t, m, func(o *HTTPOptions) { o.Tokens, o.RequireToken = tokens, require })
		f := func(tenant string, auth ...string) {
			t.Helper()
			status, head, _ := ask(t, h, "POST", "/api/v1/events", strings.NewReader("{}"), auth...)
			switch {
			case tenant == "" && (status != 401 || head.Get("WWW-Authenticate") == ""):
				t.Errorf("%q: status %d", auth, status)
			case tenant != "" && (status != 200 || m.origins[len(m.origins)-1].Tenant != tenant):
				t.Errorf("%q: status %d, origins %+v", auth, status, m.origins)
			}
		}
		f("tenant-a", "Authorization", "Bearer secret-a")
		f("tenant-b", "Authorization", "bearer  secret-b")
		f("tenant-b", "Authorization", "ApiKey "+basic("id:secret-b"))
		f("tenant-b", "Authorization", "ApiKey secret-b")
		f("tenant-a", "Authorization", "Basic "+basic("user:secret-a"))
		f("", "Authorization", "Bearer secret-c")
		f("", "Authorization", "Bearer "+hash("secret-a"))
		f("", "Authorization", "Bearer")
		f("", "Authorization", "Basic secret-a")
		f("", "Authorization", "Digest secret-a")
		f("", "Authorization", "Bearer "+strings.Repeat("x", 2000))
		if require {
			f("")
		} else {
			f("default")
		}
		if strings.Contains(text.String(), "secret") {
			t.Errorf("the log holds a secret: %s", text)
		}
		if status, _, _ := ask(t, h, "GET", "/", nil, "Authorization", "Bearer no"); status != 401 {
			t.Errorf("GET /: %d", status)
		}
	}
}

// TestHTTPBomb: what grows beyond a limit while it is decompressed is refused before it costs memory.
func TestHTTPBomb(t *testing.T) {
	m := newMemory()
	h, _, text := httpOn(t, m, nil)
	zeros := make([]byte, 1<<20)
	bombs := encoded(string(make([]byte, 256<<20)))
	for name, bomb := range bombs {
		encoding, _, _ := strings.Cut(name, " ")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, path := range []string{"/api/v1/events", "/_bulk"} {
			status, _, _ := ask(t, h, "POST", path, bytes.NewReader(bomb.Bytes()), "Content-Encoding", encoding)
			if status != 413 {
				t.Errorf("%s: %s: status %d", name, path, status)
			}
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 2*(maxZstdWindow+8<<20) {
			t.Errorf("%s: %d bytes were allocated", name, grown)
		}
	}
	if n := h.Stats().Errors["the body is compressed beyond the allowed ratio"]; n != uint64(2*len(bombs)) || !strings.Contains(text.String(), "ratio") {
		t.Errorf("stats %+v, log %s", h.Stats(), text)
	}

	h, _, _ = httpOn(t, m, func(o *HTTPOptions) { o.MaxDecoded, o.MaxBody, o.MaxBuffered = 4<<20, 2<<20, 4<<20+1 })
	line := `{"n":"` + strings.Repeat("0", 90) + "\"}\n"
	plain := func(n int) string { return strings.Repeat(line, n/len(line)) }
	for name, row := range map[string]struct {
		body    io.Reader
		status  int
		headers []string
	}{
		"decoded":             {zip(strings.Repeat(`{"noise":"`+base64.StdEncoding.EncodeToString(zeros[:60])+"\"}\n", 60_000)), 413, []string{"Content-Encoding", "gzip"}},
		"announced":           {strings.NewReader(plain(3 << 20)), 413, nil},
		"chunked":             {struct{ io.Reader }{strings.NewReader(plain(3 << 20))}, 413, nil},
		"chunked and encoded": {struct{ io.Reader }{zip(plain(1 << 20))}, 200, []string{"Content-Encoding", "gzip"}},
	} {
		if status, _, text := ask(t, h, "POST", "/api/v1/events", row.body, row.headers...); status != row.status {
			t.Errorf("%s: status %d %.200s", name, status, text)
		}
	}
	h.buffered.Add(4 << 20) // as if other requests held it
	status, head, _ := ask(t, h, "POST", "/api/v1/events", strings.NewReader("{}"))
	if status != 503 || head.Get("Retry-After") == "" {
		t.Errorf("busy: %d %v", status, head)
	}
}

// TestHTTPUnavailable: nothing is acknowledged that is not durable.
func TestHTTPUnavailable(t *testing.T) {
	m := newMemory()
	m.fail = errors.New("no broker")
	h, _, _ := httpOn(t, m, nil)
	for path, body := range map[string]string{"/api/v1/events": "{}\nbad", "/_bulk": "{\"create\":{}}\n{}\n"} {
		status, head, text := ask(t, h, "POST", path, strings.NewReader(body))
		want := 503
		if path == "/_bulk" {
			want = 429
		}
		if status != want || head.Get("Retry-After") == "" || strings.Contains(text, "broker") {
			t.Errorf("%s: %d %v %s", path, status, head, text)
		}
	}
	if len(m.frames) != 0 || len(m.rejected) != 0 || h.Stats().Frames != 0 {
		t.Errorf("%d frames, rejected %v", len(m.frames), m.rejected)
	}
}

// TestHTTPDrain: a request under way is finished, a later one is sent away.
func TestHTTPDrain(t *testing.T) {
	m := newMemory()
	m.block = make(chan struct{})
	h, stop, _ := httpOn(t, m, nil)
	c := dial(t, "tcp", h.Addr())
	send(t, c, "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
	until(t, "the request", func() bool { return h.buffered.Load() > 0 })
	ended := make(chan struct{})
	go func() { stop(); close(ended) }()
	until(t, "draining", h.draining.Load)
	close(m.block)
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer, err := io.ReadAll(c)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
		t.Errorf("%q %v", answer, err)
	}
	<-ended
	if len(m.frames) != 1 {
		t.Errorf("%d frames", len(m.frames))
	}
}

// TestHTTPSlowloris: senders that dawdle are cut off and keep nobody from sending.
func TestHTTPSlowloris(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, func(o *HTTPOptions) { o.HeaderTimeout, o.ReadTimeout = 500*time.Millisecond, time.Second })
	header := dial(t, "tcp", h.Addr())
	send(t, header, "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nX-")
	body := dial(t, "tcp", h.Addr())
	send(t, body, "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	many := dial(t, "tcp", h.Addr())
	go io.WriteString(many, "POST / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 80<<10)+"\r\n\r\n")
	if status, _, _ := ask(t, h, "POST", "/api/v1/events", strings.NewReader("{}")); status != 200 {
		t.Errorf("status %d", status)
	}
	closed(t, header)
	many.SetReadDeadline(time.Now().Add(10 * time.Second))
	if answer, _ := io.ReadAll(many); !strings.Contains(string(answer), "431") {
		t.Errorf("%q", answer)
	}
	body.SetReadDeadline(time.Now().Add(10 * time.Second))
	if answer, _ := io.ReadAll(body); !strings.Contains(string(answer), "did not arrive whole") {
		t.Errorf("%q", answer)
	}
	if len(m.frames) != 1 {
		t.Errorf("%d frames", len(m.frames))
	}
}

// TestHTTPEnds: each way in which a connection ends before there is a request has a reason of its own, and those that are in order have none.
func TestHTTPEnds(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, func(o *HTTPOptions) { o.HeaderTimeout, o.IdleTimeout = 300*time.Millisecond, time.Second })
	const whole = "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
	f := func(text string, hang bool, want string) {
		t.Helper()
		before, accepted := h.Stats().Errors, h.Stats().Accepted
		c := dial(t, "tcp", h.Addr())
		if rest, ok := strings.CutPrefix(text, whole); ok {
			send(t, c, whole)
			if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != http.StatusOK {
				t.Fatal(res, err)
			}
			text = rest
		}
		send(t, c, text)
		if !hang {
			c.(*net.TCPConn).CloseWrite()
		}
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		io.Copy(io.Discard, c)
		until(t, "it is closed", func() bool { return h.Stats().Accepted > accepted && h.Stats().Open == 0 })
		got := h.Stats().Errors
		if want != "" {
			before[want]++
		}
		if !maps.Equal(got, before) {
			t.Errorf("%.60q, hang %v: counted %v, want %v", text, hang, got, before)
		}
	}
	f("", true, lateHeader)
	f("", false, "") // whoever looks whether the port is open
	f("POST /api/v1/events HTTP/1.1\r\nHos", true, lateHeader)
	f("POST /api/v1/events HTTP/1.1\r\nHos", false, brokenHeader)
	f("\x00\x01\x02\r\n\r\n", true, badHeader)
	f("GET / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 80<<10)+"\r\n\r\n", true, badHeader)
	f(whole, true, "") // until the idle timeout
	f(whole, false, "")
	f(whole+"POST /api/v1/ev", true, lateHeader)
	if got := len(m.awaitFrames(t, 3)); got != 3 {
		t.Errorf("%d events", got)
	}
}

func TestHTTPS(t *testing.T) {
	files, pool := local(t)
	m := newMemory()
	h, _, _ := httpOn(t, m, func(o *HTTPOptions) { o.TLS = files })
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	res, err := client.Post("https://"+h.Addr().String()+"/api/v1/events", "application/x-ndjson", strings.NewReader("{}"))
	if err != nil || res.StatusCode != 200 {
		t.Fatal(res, err)
	}
	res.Body.Close()
	swap, err := h.Reload()
	if err != nil {
		t.Fatal(err)
	}
	swap()
	c := dial(t, "tcp", h.Addr())
	send(t, c, "GET / HTTP/1.1\r\n\r\n")
	closed(t, c)
	until(t, "a count", func() bool { return h.Stats().Errors[string(errPlain)] == 1 })
}

func TestElastic(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, nil)
	for _, row := range [][3]string{
		{"GET", "/", `"number":"8.19.0"`}, {"HEAD", "/", ""}, {"GET", "/_license", `"type":"basic"`}, {"GET", "/_xpack", `"features"`},
		{"GET", "/_cluster/health", `"status":"green"`}, {"GET", "/_license?human=false", `"active"`},
		{"PUT", "/_index_template/beat-8.19.0", `"acknowledged":true`}, {"GET", "/_index_template/x%22y", `"x\"y"`},
		{"PUT", "/_ilm/policy/beat", `"acknowledged":true`}, {"GET", "/_ilm/policy/beat", `"beat":{`},
		{"PUT", "/_data_stream/beat", `"acknowledged":true`}, {"GET", "/_data_stream/beat", `"data_streams":[{`},
		{"PUT", "/_ingest/pipeline/beat-1", `"acknowledged":true`}, {"HEAD", "/_ingest/pipeline/beat-1", ""},
	} {
		status, head, text := ask(t, h, row[0], row[1], nil)
		if status != 200 || head.Get("X-Elastic-Product") != "Elasticsearch" || !strings.Contains(text, row[2]) || row[0] != "HEAD" && !json.Valid([]byte(text)) {
			t.Errorf("%s %s: %d %v %s", row[0], row[1], status, head, text)
		}
	}
}

func TestBulk(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, nil)
	type result struct {
		Index  string `json:"_index"`
		ID     string `json:"_id"`
		Status int    `json:"status"`
		Error  *struct {
			Type, Reason string
		} `json:"error"`
	}
	f := func(path, body string, want string, frames ...string) {
		t.Helper()
		m.mu.Lock()
		m.frames = nil
		m.mu.Unlock()
		status, head, text := ask(t, h, "POST", path, zip(body), "Content-Encoding", "gzip", "Content-Type", "application/vnd.elasticsearch+json; compatible-with=8")
		var ans struct {
			Errors bool
			Items  []map[string]result
		}
		if err := json.Unmarshal([]byte(text), &ans); status != 200 || err != nil || head.Get("X-Elastic-Product") == "" {
			t.Fatalf("%d %s", status, text)
		}
		var got []string
		failed := false
		for _, it := range ans.Items {
			for kind, r := range it {
				s := fmt.Sprint(kind, " ", r.Index, " ", r.Status)
				if r.Error != nil {
					failed = true
					s += " " + r.Error.Reason
				}
				if !strings.Contains(path, "filter_path") && r.ID == "" {
					t.Errorf("%s: no id", s)
				}
				got = append(got, s)
			}
		}
		if strings.Join(got, ", ") != want || ans.Errors != failed || !slices.Equal(m.frames, frames) {
			t.Errorf("got %q, errors %v, frames %q; want %q, %q", got, ans.Errors, m.frames, want, frames)
		}
	}
	create := `{"create":{"_index":"beat-8.19.0"}}` + "\n"
	f("/_bulk", create+`{"a":1}`+"\n"+create+`{"a":2}`+"\n", "create beat-8.19.0 201, create beat-8.19.0 201", `{"a":1}`, `{"a":2}`)
	f("/logs/_bulk", `{"index":{"_id":"7"}}`+"\r\n"+`{"a":1}`, "index logs 201", `{"a":1}`)
	f("/_bulk?filter_path=errors%2Citems.%2A.error%2Citems.%2A.status", create+`{"a":1}`+"\n"+create+"oops\n", "create  201, create  400 not a json object", `{"a":1}`)
	f("/_bulk", `{"delete":{"_index":"x","_id":"1"}}`+"\n"+`{"update":{"_index":"x","_id":"2"}}`+"\n"+`{"doc":{}}`+"\n"+create+`{"a":1}`+"\n"+create,
		"delete x 400 bulk action not supported, update x 400 bulk action not supported, create beat-8.19.0 201, create beat-8.19.0 400 not a json object", `{"a":1}`)
	if m.rejected[BadAction] != 2 || m.rejected[BadJSON] != 2 {
		t.Errorf("rejected %v", m.rejected)
	}
	for _, bad := range []string{"", "nonsense\n{}\n", `{"index":{},"create":{}}` + "\n{}\n", `{"explode":{}}` + "\n{}\n", `{"index":7}` + "\n{}\n"} {
		n := len(m.frames)
		if status, _, text := ask(t, h, "POST", "/_bulk", strings.NewReader(bad)); status != 400 || !strings.Contains(text, `"type":"illegal_argument_exception"`) || len(m.frames) != n {
			t.Errorf("%q: %d %s", bad, status, text)
		}
	}
}

// FuzzObject holds the checker to encoding/json's opinion.
func FuzzObject(f *testing.F) {
	for _, s := range []string{`{}`, ` {"a":[1,-0.5e+7,"\u00e9\n",true,false,null,{}]} `, `{"a":01}`, `{"a":1,}`, `[]`, `{"a":-}`, `{"a" "b"}`, "{\"a\":\"\t\"}", `{"\x":1}`, `{"a":1}{}`, `{"a":.5}`, `{"a":tru}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		trimmed := bytes.Trim(b, " \t\r\n")
		want := json.Valid(b) && trimmed[0] == '{'
		if want && bytes.Count(b, []byte("{"))+bytes.Count(b, []byte("[")) > maxDepth {
			return // perhaps too deep
		}
		if got := isObject(b); got != want {
			t.Errorf("%q: got %v, want %v", b, got, want)
		}
	})
}

func TestObjectDepth(t *testing.T) {
	nest := func(n int) []byte { return []byte(`{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}") }
	if !isObject(nest(maxDepth-1)) || isObject(nest(maxDepth)) || isObject(nest(1_000_000)) {
		t.Error("the depth is not bounded as said")
	}
	doc := []byte(`{"@timestamp":"2024-05-06T07:08:09Z","message":"a \"quoted\" line","host":{"name":"web-1"},"n":[1,2.5,null]}`)
	if n := testing.AllocsPerRun(100, func() { isObject(doc) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestTokenFlood: invalid tokens must not slow down those who send properly.
func TestTokenFlood(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, func(o *HTTPOptions) { o.Tokens = map[string]Token{"a": {SHA256: strings.Repeat("0", 64), Tenant: "a"}} })
	target := &url.URL{Scheme: "http", Host: h.Addr().String(), Path: "/api/v1/events"}
	var stop atomic.Bool
	done := make(chan int)
	go func() {
		n := 0
		for ; !stop.Load(); n++ {
			r := &http.Request{Method: "POST", URL: target, Header: http.Header{"Authorization": {fmt.Sprint("Bearer ", n)}}, Body: io.NopCloser(strings.NewReader("{}"))}
			if res, err := http.DefaultTransport.RoundTrip(r); err == nil {
				res.Body.Close()
			}
		}
		done <- n
	}()
	for range 50 {
		if status, _, _ := ask(t, h, "POST", "/api/v1/events", strings.NewReader("{}")); status != 200 {
			t.Errorf("status %d", status)
		}
	}
	stop.Store(true)
	if n := <-done; n == 0 {
		t.Error("no flood")
	}
	if len(m.frames) != 50 {
		t.Errorf("%d frames", len(m.frames))
	}
}

// hash is what stands for a token in the configuration.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
