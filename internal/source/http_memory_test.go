package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHTTPSmallRecords: records of two bytes cost us dozens each. What a body of them takes is reserved like the body itself, and bounded
// as that is.
func TestHTTPSmallRecords(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, func(o *HTTPOptions) { o.MaxDecoded = 1 << 20 })
	f := func(path, kind, one string) {
		t.Helper()
		status, _, text := ask(t, h, "POST", path, zip(strings.Repeat(one, 1<<20/len(one))), "Content-Type", kind, "Content-Encoding", "gzip")
		if status != 413 || !strings.Contains(text, string(tooMany)) {
			t.Errorf("%s: %d %.100s", path, status, text)
		}
		if status, _, text := ask(t, h, "POST", path, strings.NewReader(strings.Repeat(one, 1000)), "Content-Type", kind); status != 200 {
			t.Errorf("%s: %d %.100s", path, status, text)
		}
	}
	f("/api/v1/events", "application/x-ndjson", "{}")
	f("/api/v1/lines", "text/plain", "a\n")
	f("/_bulk", "application/x-ndjson", "{\"index\":{}}\n{}\n")
	until(t, "memory given back", func() bool { return h.buffered.Load() == 0 })

	h, _, _ = httpOn(t, m, func(o *HTTPOptions) { o.MaxDecoded, o.MaxBuffered = 1<<20, 2<<20 })
	f("/api/v1/events", "application/x-ndjson", "{}\n") // never fits
	const held = 1 << 20                                // as if other requests held it
	h.buffered.Add(held)
	if status, _, text := ask(t, h, "POST", "/api/v1/events", strings.NewReader(strings.Repeat("{}\n", 20_000))); status != 503 {
		t.Errorf("more than is left: %d %.100s", status, text)
	}
	until(t, "memory given back", func() bool { return h.buffered.Load() == held })
}

// TestHTTPAnnounced: a body that is only announced takes no memory from those that come.
func TestHTTPAnnounced(t *testing.T) {
	h, _, _ := httpOn(t, newMemory(), nil)
	n := 0
	for _, size := range []int{h.opt.MaxBody, 1 << 20, 1 << 17} {
		for range 20 {
			c := dial(t, "tcp", h.Addr())
			send(t, c, fmt.Sprintf("POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n{", size))
		}
		n += 20
		until(t, "requests", func() bool {
			return h.buffered.Load() >= int64(n)*firstBody || h.counts.stats().Errors[errBusy.Error()] > 0
		})
	}
	if status, _, text := ask(t, h, "POST", "/api/v1/events", strings.NewReader("{}")); status != 200 {
		t.Errorf("%d %s", status, text)
	}
}

// mostSink notes the most bytes of a call.
type mostSink struct {
	*memory
	most int
}

func (s *mostSink) Frames(_ context.Context, _ *Origin, _ int64, frames []Frame) error {
	n := 0
	for _, f := range frames {
		n += len(f.Data)
	}
	s.most = max(s.most, n)
	return nil
}

// TestGELFBomb: datagrams that came in one call of the kernel are not all decompressed before some are handed on.
func TestGELFBomb(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprintf(z, `{"a":"%s"}`, strings.Repeat("0", 1<<20-100))
	z.Close()
	s := &mostSink{memory: newMemory()}
	log, _ := testLog()
	g := NewGELFUDP(GELFDefaults, s, log)
	frames := make([]Frame, 100)
	for i := range frames {
		frames[i].Data = packed.Bytes()
	}
	if err := g.sink.Frames(t.Context(), new(Origin), time.Now().UnixNano(), frames); err != nil || s.most == 0 || s.most > 4<<20 {
		t.Errorf("%d bytes at once of %d datagrams of %d bytes, %v", s.most, len(frames), packed.Len(), err)
	}
}

// TestSharedTooLarge: what a request says once for all of its records is not copied for each of them in vain: a million empty ones behind
// 16 MiB of a resource, or of labels, would keep a processor busy for hours.
func TestSharedTooLarge(t *testing.T) {
	h, _, _ := httpOn(t, newMemory(), func(o *HTTPOptions) { o.MaxDecoded = 4 << 20 })
	long := strings.Repeat("x", 2<<20)
	f := func(path, body string) {
		t.Helper()
		status, _, text := ask(t, h, "POST", path, strings.NewReader(body), "Content-Type", "application/json")
		if status != 413 || !strings.Contains(text, "too large together") {
			t.Errorf("%s: %d %.200s", path, status, text)
		}
	}
	some := func(one string) string { return strings.TrimSuffix(strings.Repeat(one+",", 1000), ",") }
	f("/v1/logs", `{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"stringValue":"`+long+`"}}]},"scopeLogs":[{"logRecords":[`+some("{}")+`]}]}]}`)
	f("/loki/api/v1/push", `{"streams":[{"stream":{"a":"`+long+`"},"values":[`+some(`["1","x"]`)+`]}]}`)
}

// TestReasonsAreFew: refusals are counted by reasons of ours, never by what a sender wrote: the list is kept for ever, and each is a label
// of a metric.
func TestReasonsAreFew(t *testing.T) {
	h, _, _ := httpOn(t, newMemory(), nil)
	for i := range 20 {
		status, _, text := ask(t, h, "POST", fmt.Sprintf("/api/v1/lines?tz=Mars/%d", i), strings.NewReader("x"), "Content-Type", "text/plain")
		if status != 400 || !strings.Contains(text, fmt.Sprintf("Mars/%d", i)) {
			t.Errorf("%d %s", status, text)
		}
		body := strings.Repeat("{\"index\":{}}\n{}\n", i) + "what?\n"
		status, _, text = ask(t, h, "POST", "/_bulk", strings.NewReader(body))
		if status != 400 || !strings.Contains(text, fmt.Sprintf("[%d]", 2*i+1)) {
			t.Errorf("%d %s", status, text)
		}
	}
	if e := h.Stats().Errors; len(e) != 2 {
		t.Errorf("%d reasons: %v", len(e), e)
	}
}
