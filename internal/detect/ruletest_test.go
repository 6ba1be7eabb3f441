package detect

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

const testedRules = `
id: brute-force
title: Many failed log-ins
enabled: false
match: event.action == "fail"
group_by: [source.ip]
window: {count: {at_least: 3, within: 20s}}
tests:
  - name: three
    lines: |
      1 fail 203.0.113.1
      2 fail 203.0.113.1
      3 fail 203.0.113.1
      4 fail 203.0.113.1
    alerts: [{source.ip: 203.0.113.1, count: 4}]
  - name: two
    lines: |
      1 fail 203.0.113.1
      2 fail 203.0.113.1
    alerts: none
  - name: wrong
    lines: |
      1 fail 203.0.113.1
      2 fail 203.0.113.1
      3 fail 203.0.113.1
    alerts: [{source.ip: 203.0.113.9, count: 3}, {count: 2}]
  - name: unreadable
    lines: bad
    alerts: none
---
id: silent
title: A source fell silent
match: event.action == "beat"
group_by: [source.ip]
window: {absence: {within: 10s}}
tests:
  - name: one of two
    lines: |
      1 beat 203.0.113.1
      2 beat 203.0.113.2
      11 beat 203.0.113.2
      20 beat 203.0.113.2
    alerts: [{source.ip: 203.0.113.1}]
  - name: the end of the input is no silence
    lines: |
      1 beat 203.0.113.1
    alerts: none
  - name: other lines move time
    lines: |
      1 beat 203.0.113.1
      12 other 203.0.113.1
    alerts: [{source.ip: 203.0.113.1, "@timestamp": "1970-01-01T00:00:11Z"}]
`

func parseLines(t *rule.Test) (*event.Batch, error) {
	b := &event.Batch{}
	for _, l := range t.Lines {
		var at int64
		var f fact
		if _, err := fmt.Sscanf(l, "%d %s %s", &at, &f.action, &f.ip); err != nil {
			return nil, errors.New("no such line")
		}
		f.time, f.received = at*int64(time.Second), at*int64(time.Second)
		f.put(b)
	}
	return b, nil
}

func TestRunTests(t *testing.T) {
	set, err := rule.Load(fstest.MapFS{"auth/rules.yaml": {Data: []byte(testedRules)}})
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Unix(0, 0)
	res, err := RunTests(set, parseLines, func() time.Time { clock = clock.Add(1500 * time.Microsecond); return clock })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "", "2 alerts wanted, 1 raised (- wanted, + raised)\n" +
		"- source.ip=\"203.0.113.9\" count=3\n+ source.ip=\"203.0.113.1\" count=3 (1970-01-01T00:00:01Z to 1970-01-01T00:00:03Z)\n- count=2\n", "no such line", "", "", ""}
	for i, r := range res {
		if r.Failure != want[i] || r.File != "auth/rules.yaml" || r.Line == 0 {
			t.Errorf("%s/%s at %s:%d: %q, want %q", r.Rule, r.Name, r.File, r.Line, r.Failure, want[i])
		}
	}
	var buf bytes.Buffer
	if err := WriteJUnit(&buf, res); err != nil {
		t.Fatal(err)
	}
	var doc junitSuites
	if err := xml.Unmarshal(buf.Bytes(), &doc); err != nil || doc.Tests != 7 || doc.Failures != 2 || len(doc.Suites) != 2 ||
		doc.Suites[0].Failures != 2 || !strings.Contains(buf.String(), `<testsuites tests="7" failures="2" time="0.010500">`) || !strings.Contains(doc.Suites[0].Cases[2].Failure.Message, fmt.Sprintf("auth/rules.yaml:%d: 2 alerts wanted", res[2].Line)) {
		t.Errorf("%v\n%s", err, buf.String())
	}
}

// A shard that takes up new rules keeps the windows of those that stay, and takes no signal of another form of one.
func TestReload(t *testing.T) {
	old := mustRules(t, oneRule+"---\n"+strings.Replace(oneRule, "id: count", "id: other", 1))
	changed := mustRules(t, strings.Replace(oneRule, "at_least: 3", "at_least: 4", 1)+"---\n"+strings.Replace(oneRule, "id: count", "id: other", 1)+
		"---\n"+strings.Replace(oneRule, "id: count", "id: another", 1))
	s := NewShard(old, window.Defaults, 1)
	got := map[string]alert.Alert{}
	apply := func(r *Rules, n int) {
		b := &event.Batch{}
		b.SetID(event.BlockID{byte(n)})
		fact{time: int64(n) * 1e9, received: int64(n) * 1e9, action: "fail", ip: "203.0.113.1"}.put(b)
		var e encoder
		c := collected(r, everyRow{r}, b)
		e.split(c, 1)
		alerts, err := s.Apply(int64(n), e.records(c, mark{Offset: int64(n), Received: int64(n) * 1e9}, 0)[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range alerts {
			got[a.Rule] = a
		}
	}
	apply(old, 1)
	apply(old, 2)
	s.SetRules(changed)
	apply(old, 3) // a match stage that has not taken them up yet
	apply(changed, 4)
	alerts, err := s.Apply(5, heartbeat(mark{Offset: 4, Idle: true, Received: 1e18}, ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts {
		got[a.Rule] = a
	}
	if len(got) != 1 || got["other"].Count != 4 || s.Stats().Stale != 1 {
		t.Errorf("%+v, stale %d", got, s.Stats().Stale)
	}
}

// A bucket larger than a chunk, and a snapshot that was not finished.
func TestSnapshotInParts(t *testing.T) {
	r := mustRules(t, strings.Replace(oneRule, "at_least: 3, within: 20s", "at_least: 100000, within: 7d", 1))
	s := NewShard(r, window.Defaults, 1)
	var e encoder
	x := everyRow{r}
	b := &event.Batch{}
	for i := range 4 {
		b.Reset()
		for k := range 50_000 {
			at := int64(i*50_000+k) * 12_345_678
			fact{time: at, received: at, action: "fail", ip: "203.0.113.1"}.put(b)
		}
		b.SetID(event.BlockID{byte(i)})
		c := collected(r, x, b)
		e.split(c, 1)
		for p, rec := range e.records(c, mark{Offset: int64(i), Received: 1}, 0) {
			if _, err := s.Apply(int64(10*i+p), rec); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.Apply(99, heartbeat(mark{Offset: 3, Idle: true, Received: 200_000*12_345_678 + 1e10}, "")); err != nil {
		t.Fatal(err)
	}
	snaps := memSnaps{&model{d: &delays{}}, newLog[[2][]byte]()}
	if err := s.Save(t.Context(), 0, snaps); err != nil {
		t.Fatal(err)
	}
	whole := len(snaps.log.recs)
	for _, rec := range snaps.log.recs {
		if len(rec[1]) > maxChunk+10 {
			t.Errorf("a chunk of %d bytes", len(rec[1]))
		}
	}
	restore := func() (*Shard, error) {
		n := NewShard(r, window.Defaults, 1)
		_, err := n.Restore(t.Context(), 0, snaps)
		return n, err
	}
	n, err := restore()
	if err != nil || n.Stats().Keys != 1 || whole < 3 {
		t.Fatalf("%v, %+v, %d records", err, n.Stats(), whole)
	}
	// Another snapshot of a state that went on, cut off before its manifest: the first still stands.
	b.Reset()
	fact{time: (1 << 42), received: (1 << 42), action: "fail", ip: "203.0.113.1"}.put(b)
	c := collected(r, x, b)
	e.split(c, 1)
	if _, err := n.Apply(100, e.records(c, mark{Offset: 4, Received: 1 << 42}, 0)[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Apply(101, heartbeat(mark{Offset: 4, Idle: true, Received: 1<<42 + 1e10}, "")); err != nil {
		t.Fatal(err)
	}
	if err := n.Save(t.Context(), 0, snaps); err != nil {
		t.Fatal(err)
	}
	if len(snaps.log.recs) == whole+1 {
		t.Fatal("no bucket was written again")
	}
	complete := snaps.log.recs
	snaps.log.recs = complete[:len(complete)-1]
	if o, err := restore(); err != nil || o.save.seq != 1 {
		t.Errorf("after an unfinished snapshot: %v", err)
	}
	snaps.log.recs = complete
	if o, err := restore(); err != nil || o.save.seq != 2 {
		t.Errorf("after the second snapshot: %v", err)
	}
	snaps.log.recs[0][1][20] ^= 1
	snaps.log.recs = snaps.log.recs[:whole]
	if _, err := restore(); !errors.Is(err, ErrNoSnapshot) {
		t.Errorf("a changed chunk: %v", err)
	}
}
