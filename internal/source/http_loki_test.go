package source

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"google.golang.org/protobuf/encoding/protowire"
)

func field(num protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), v)
}

func number(num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), v)
}

// lokiBody is a push request of one stream: lines with a time each, and metadata.
func lokiBody(labels string, lines ...string) []byte {
	stream := field(1, []byte(labels))
	for i, line := range lines {
		at := slices.Concat(number(1, 1700000000), number(2, uint64(i)))
		entry := slices.Concat(field(1, at), field(2, []byte(line)), field(3, slices.Concat(field(1, []byte("trace_id")), field(2, []byte("t1")))))
		stream = append(stream, field(2, entry)...)
	}
	return field(1, stream)
}

func TestLoki(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, nil)
	f := func(body []byte, status int, want string, frames []string, headers ...string) {
		t.Helper()
		m.mu.Lock()
		m.frames = nil
		m.mu.Unlock()
		got, _, text := ask(t, h, "POST", "/loki/api/v1/push", bytes.NewReader(body), headers...)
		if got != status || text != want || !slices.Equal(m.frames, frames) {
			t.Errorf("got %d %s and %q, want %d %s and %q", got, text, m.frames, status, want, frames)
		}
	}
	const pb, js = "application/x-protobuf", "application/json"
	record := func(ns, line string) string {
		return `{"loki":{"ts":"170000000000000000` + ns + `","line":"` + line + `","labels":{"job":"a","x":"q\"\\"},"metadata":{"trace_id":"t1"}}}`
	}
	good := lokiBody(`{job="a", x="q\"\\"}`, "one", "two\x00")
	f(s2.EncodeSnappy(nil, good), 204, "", []string{record("0", "one"), record("1", `two\u0000`)}, "Content-Type", pb)
	f(s2.EncodeSnappy(nil, good), 204, "", []string{record("0", "one"), record("1", `two\u0000`)}, "Content-Type", pb, "Content-Encoding", "snappy")
	f(good, 400, "1 entries rejected: "+BadEvent, nil, "Content-Type", pb)
	bad := slices.Concat(lokiBody(`{job=a}`, "x", "y"), lokiBody(`{job="a", x="q\"\\"}`, "z"))
	f(s2.EncodeSnappy(nil, bad), 400, "2 entries rejected: "+BadLabels, []string{record("0", "z")}, "Content-Type", pb)
	f(s2.EncodeSnappy(nil, good[:len(good)-3]), 400, "1 entries rejected: "+BadEvent, nil, "Content-Type", pb)
	text := `{"streams":[{"stream":{"job":"a","x":"q\"\\"},"values":[["1700000000000000000","one",{"trace_id":"t1"}],["x"],["1700000000000000001","two\u0000",{"trace_id":"t1"}]]}]}`
	f([]byte(text), 400, "1 entries rejected: "+BadEvent, []string{record("0", "one"), record("1", `two\u0000`)}, "Content-Type", js)
	f(zip(strings.Replace(text, `["x"],`, "", 1)).Bytes(), 204, "", []string{record("0", "one"), record("1", `two\u0000`)}, "Content-Type", js+"; charset=utf-8", "Content-Encoding", "gzip")
	f([]byte(`{"streams":[{"values":[["1","x"]]}]}`), 204, "", []string{`{"loki":{"ts":"1","line":"x","labels":{}}}`}, "Content-Type", js)
	f([]byte("{"), 400, "1 entries rejected: "+BadEvent, nil, "Content-Type", js)
	f(s2.EncodeSnappy(nil, make([]byte, 40<<20)), 413, "the decoded body is too large", nil, "Content-Type", pb)
	if h.buffered.Load() != 0 {
		t.Errorf("%d bytes are still reserved", h.buffered.Load())
	}
}

// FuzzLoki: whatever comes, the records are JSON, and nothing is read beyond the body.
func FuzzLoki(f *testing.F) {
	f.Add(lokiBody(`{job="a", x="q\"\\"}`, "one", "two"), false)
	f.Add([]byte(`{"streams":[{"stream":{"a":"b"},"values":[["1","x",{"c":"d"}],[]]}]}`), true)
	f.Fuzz(func(t *testing.T, data []byte, asJSON bool) {
		set := fuzzRecords()
		read := lokiProto
		if asJSON {
			read = lokiJSON
		}
		_ = read(data, set) // an error is an answer
		checkRecords(t, set)
	})
}

// fuzzRecords collects records as a listener with the defaults does.
func fuzzRecords() *records {
	h := &HTTP{opt: HTTPDefaults}
	return h.records(&body{h: h})
}

// checkRecords holds every record to being JSON of its protocol.
func checkRecords(t *testing.T, set *records) {
	t.Helper()
	for _, r := range set.frames() {
		if !isObject(r.Data) || !json.Valid(bytes.ToValidUTF8(r.Data, nil)) {
			t.Errorf("not an object: %q", r.Data)
		}
	}
}
