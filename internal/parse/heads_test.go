package parse

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"watchpost/internal/event"
)

// TestHeads holds a parser that has seen many headers, in batches that come and go, to one that has seen none.
func TestHeads(t *testing.T) {
	p, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	apps := []string{"app", "app[7]", "/usr/sbin/app[7]", "a(b)", "-", strings.Repeat("a", 120)}
	var batches [2]event.Batch
	for n := range 2000 {
		b := &batches[r.IntN(2)]
		if r.IntN(200) == 0 {
			b.Reset()
		}
		host, app := fmt.Sprintf("web%d.example.com", r.IntN(400)), apps[r.IntN(len(apps))]
		switch r.IntN(20) {
		case 0:
			host = strings.Repeat("h", 70+r.IntN(40))
		case 1:
			host = "-"
		}
		line := fmt.Sprintf("<%d>Nov 23 18:14:15 %s %s: text %d", r.IntN(200), host, app, n)
		switch r.IntN(3) {
		case 0:
			line = fmt.Sprintf("<%d>1 2026-11-23T18:14:15Z %s %s 7 - - text %d", r.IntN(200), host, strings.Trim(app, "[7]"), n)
		case 1:
			line = fmt.Sprintf(`{"host":{"name":"other"},"process":{"name":"p"},"message":%q}`, line)
		}
		p.Line(b, []byte(line), received, Auto)
		back := r.IntN(10) == 0
		if back {
			b.Cancel()
			continue
		}
		b.End()
		fresh, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		var one event.Batch
		fresh.Line(&one, []byte(line), received, Auto)
		one.End()
		if got, want := b.Event(b.Rows()-1).AppendJSON(nil, nil), one.Event(0).AppendJSON(nil, nil); !bytes.Equal(got, want) {
			t.Fatalf("%s\n%s\nshould be\n%s", line, got, want)
		}
	}
}
