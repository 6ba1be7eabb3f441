package source

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// script runs a Python program against the listener; it fails the test by an exception.
func script(t *testing.T, exe, text string, h *HTTP) string {
	t.Helper()
	cmd := exec.Command(exe, "-c", text)
	cmd.Env = append(os.Environ(), "ADDR="+h.Addr().String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestElasticClients lets the libraries of Elasticsearch and OpenSearch do what their users do.
func TestElasticClients(t *testing.T) {
	const common = `
import os
url = "http://" + os.environ["ADDR"]
docs = [{"_index": "logs", "_op_type": "create", "message": "line %d" % i} for i in range(1200)]
`
	for _, c := range []struct{ pkg, text string }{
		{"elasticsearch==8.19.1", common + `
from elasticsearch import Elasticsearch, helpers
es = Elasticsearch(url, basic_auth=("elastic", "any"), http_compress=True)
assert es.info()["version"]["number"] and es.ping()
es.indices.create(index="logs")
assert es.indices.exists(index="logs")
es.indices.put_index_template(name="t", index_patterns=["logs*"])
ok, errors = helpers.bulk(es, docs, chunk_size=500)
assert ok == 1200 and not errors, (ok, errors)
ok = sum(1 for good, _ in helpers.parallel_bulk(es, docs, thread_count=2, chunk_size=100) if good)
assert ok == 1200, ok
r = es.index(index="logs", document={"message": "single"}, refresh=True)
assert r["result"] == "created", r
ok, errors = helpers.bulk(es, [docs[0], {"_op_type": "delete", "_index": "logs", "_id": "1"}], raise_on_error=False)
assert ok == 1 and errors[0]["delete"]["status"] == 400, (ok, errors)
`},
		{"opensearch-py==3.2.0", common + `
from opensearchpy import OpenSearch, helpers
es = OpenSearch(url, http_auth=("admin", "admin"), http_compress=True)
assert es.info()["version"]["number"] and es.ping()
es.indices.create(index="logs")
assert es.indices.exists(index="logs")
ok, errors = helpers.bulk(es, docs, chunk_size=500)
assert ok == 1200 and not errors, (ok, errors)
ok = sum(1 for good, _ in helpers.parallel_bulk(es, docs, thread_count=2, chunk_size=100) if good)
assert ok == 1200, ok
r = es.index(index="logs", body={"message": "single"}, refresh=True)
assert r["result"] == "created", r
ok, errors = helpers.bulk(es, [docs[0], {"_op_type": "delete", "_index": "logs", "_id": "1"}], raise_on_error=False)
assert ok == 1 and errors[0]["delete"]["status"] == 400, (ok, errors)
`},
	} {
		t.Run(c.pkg, func(t *testing.T) {
			exe := python(t, c.pkg)
			m := newMemory()
			h, _, _ := httpOn(t, m, nil)
			script(t, exe, c.text, h)
			want := map[string]int{`{"message":"single"}`: 1}
			got := map[string]int{}
			for _, f := range m.frames {
				got[strings.ReplaceAll(f, ": ", ":")]++
			}
			if len(m.frames) != 2402 || got[`{"message":"single"}`] != want[`{"message":"single"}`] || got[`{"message":"line 1199"}`] != 2 || m.rejected[BadAction] != 1 {
				t.Errorf("%d frames, rejected %v", len(m.frames), m.rejected)
			}
		})
	}
}

// TestElasticClientsSendAgain: what is refused for want of Kafka is sent again by the client itself.
func TestElasticClientsSendAgain(t *testing.T) {
	exe := python(t, "elasticsearch==8.19.1")
	m := newMemory()
	failing := &failingSink{memory: m, left: 2}
	h, _, _ := httpOn(t, failing, nil)
	script(t, exe, `
import os
from elasticsearch import Elasticsearch, helpers
es = Elasticsearch("http://" + os.environ["ADDR"], retry_on_status=(429, 502, 503, 504), max_retries=3)
ok, errors = helpers.bulk(es, [{"_index": "logs", "message": "x"}])
assert ok == 1 and not errors, (ok, errors)
`, h)
	if want := []string{`{"message":"x"}`}; !slices.Equal(m.frames, want) || failing.left != 0 {
		t.Errorf("%q, %d refusals left", m.frames, failing.left)
	}
	if len(failing.ids) != 3 || failing.ids[0] != failing.ids[1] || failing.ids[1] != failing.ids[2] {
		t.Errorf("the same request has other ids: %x", failing.ids)
	}
}

// failingSink refuses so many requests before it takes them.
type failingSink struct {
	*memory
	left int
	ids  [][16]byte
}

func (f *failingSink) Request(ctx context.Context, o *Origin, now int64, id [16]byte, frames []Frame) error {
	f.ids = append(f.ids, id)
	if f.left > 0 {
		f.left--
		return errors.New("no broker")
	}
	return f.memory.Request(ctx, o, now, id, frames)
}
