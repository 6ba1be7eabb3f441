package ingest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/source"
)

// TestSplit counts the events of a line that holds several records, by stream and by request, in several ranges.
func TestSplit(t *testing.T) {
	o := Defaults
	o.Partitions, o.Linger, o.AckLinger = 2, time.Millisecond, time.Millisecond
	k := &kafka{}
	p, stop := pipeline(t, o, k)
	line := func(n, size int) []byte {
		var b bytes.Buffer
		b.WriteString(`{"logGroup":"s","logEvents":[`)
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"n":%d,"text":"%s"}`, i, strings.Repeat("x", size))
		}
		b.WriteString("]}")
		return b.Bytes()
	}
	many, large := line(5000, 4), line(40, 100_000) // 4 MB: more than a block
	all := []source.Frame{{Data: many}, {Data: []byte(`{"n":1}`)}, {Data: large}, {Data: many, Flags: source.Truncated}}
	now := time.Now().UnixNano()
	if err := p.Frames(t.Context(), origin("192.0.2.1:1", "tcp"), now, all); err != nil {
		t.Fatal(err)
	}
	if err := p.Request(t.Context(), origin("192.0.2.2:1", "http"), now, [16]byte{1}, []source.Frame{{Data: many}, {Data: large}, {Data: many}, {Data: []byte(`{"n":2}`)}}); err != nil {
		t.Fatal(err)
	}
	stop()
	got := map[string]int{}
	for _, row := range k.rows(t) { // balances the account
		if len(row) < 1000 {
			got[row]++
		}
	}
	if n := len(k.rows(t)); n != 5000+1+40+1+5000+40+5000+1 {
		t.Errorf("%d events", n)
	}
	if n := got[`{"logGroup":"s","logEvents":[{"n":4999,"text":"xxxx"}]}`]; n != 3 {
		t.Errorf("the last record came %d times", n)
	}
	seqs := map[uint32]bool{}
	for _, s := range k.all() {
		for _, r := range s.header.Requests {
			if seqs[r.Seq] {
				t.Errorf("range %d twice", r.Seq)
			}
			seqs[r.Seq] = true
		}
	}
	if len(seqs) < 5 {
		t.Errorf("only %d ranges", len(seqs))
	}
}

// TestSplitReparse reads again what a line was cut into.
func TestSplitReparse(t *testing.T) {
	k := &kafka{}
	o := Defaults
	o.Partitions = 1
	p, stop := pipeline(t, o, k)
	line := `{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"secure","logEvents":[{"id":"1","timestamp":1795457655000,"message":"one"},` +
		`{"id":"2","timestamp":1795457656000,"message":"Nov 23 18:14:15 web1 sshd[7]: Invalid user bob from 192.0.2.7 port 4711"}]}`
	if err := p.Frames(t.Context(), origin("192.0.2.1:1", "tcp"), time.Now().UnixNano(), []source.Frame{{Data: []byte(line)}}); err != nil {
		t.Fatal(err)
	}
	stop()
	r, err := NewReparser(o, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range k.all() {
		var b, out event.Batch
		if err := b.Decode(s.header.ID, s.value); err != nil {
			t.Fatal(err)
		}
		for e := range b.Events() {
			if n++; e.Label("aws.cloudwatch.log_group") != "secure" || e.Label("cloud.account.id") != "123456789012" {
				t.Errorf("%s lacks what the envelope says", e.AppendJSON(nil, nil))
			}
			if n == 2 && (e.Str(event.UserName) != "bob" || e.Str(event.EventDataset) != "system.auth") {
				t.Errorf("the second event is %s", e.AppendJSON(nil, nil))
			}
			if r.Event(&out, e) {
				t.Errorf("%s is another today", e.AppendJSON(nil, nil))
			}
		}
	}
	if n != 2 {
		t.Errorf("%d events", n)
	}
}
