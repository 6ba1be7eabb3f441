package ingest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/content"
	"watchpost/internal/event"
	"watchpost/internal/source"
)

func rulesOf(t *testing.T, src string) *content.Set {
	t.Helper()
	s, err := content.Load(fstest.MapFS{"a.yaml": {Data: []byte(src)}}, content.Options{Classes: []string{"short"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const contentRules = `
name: noise
match: message contains "noise"
drop: true
---
name: names
match: message contains "login"
mask: {matching: ['user=(\w+)']}
---
name: brief
match: message contains "brief"
retention: short
`

// Rows that go are accounted for, those that stay are what the rules say, and nothing of a secret is left in a block.
func TestContent(t *testing.T) {
	k := &kafka{}
	o := Defaults
	o.Partitions = 1
	p, stop := pipeline(t, o, k)
	p.SetContent(rulesOf(t, contentRules))
	lines := []string{"one", "noise 1", "login user=topsecret", "brief", "noise 2", "two", "login user=topsecret brief", "noise login user=topsecret"}
	var fr []source.Frame
	for _, l := range lines {
		fr = append(fr, source.Frame{Data: []byte("<34>Nov 23 18:14:15 h app: " + l)})
	}
	// Two connections from one address.
	for _, a := range []string{"192.0.2.1:1", "192.0.2.1:2"} {
		if err := p.Frames(t.Context(), origin(a, "tcp"), 1e18, fr); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	var got, classes []string
	dropped := uint64(0)
	k.rows(t) // the account balances
	for _, s := range k.all() {
		if bytes.Contains(s.value, []byte("topsecret")) {
			t.Error("the secret is in the block")
		}
		var b event.Batch
		if err := b.Decode(s.header.ID, s.value); err != nil {
			t.Fatal(err)
		}
		for e := range b.Events() {
			got = append(got, e.Str(event.Message))
			classes = append(classes, e.Str(event.EventRetention))
			if e.Str(event.LogSourceAddress) != "192.0.2.1" || e.Str(event.HostName) != "h" {
				t.Errorf("%s: its origin is lost", e.AppendJSON(nil, nil))
			}
		}
		for _, d := range s.header.Account {
			if d.Reason == "dropped:content noise" {
				dropped += d.Count
			}
		}
	}
	want := []string{"one", "login user=[masked]", "brief", "two", "login user=[masked] brief"}
	if want = slices.Concat(want, want); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if want := "[  short  short   short  short]"; fmt.Sprint(classes) != want {
		t.Errorf("classes %v, want %v", classes, want)
	}
	if dropped != 6 || p.Stats.Masked.Load() != 4 {
		t.Errorf("%d dropped, %d masked", dropped, p.Stats.Masked.Load())
	}
}

// A request is acknowledged though nothing of it may be left; its parts keep their names.
func TestContentOfRequests(t *testing.T) {
	k := &kafka{}
	o := Defaults
	o.Partitions = 1
	p, stop := pipeline(t, o, k)
	p.SetContent(rulesOf(t, contentRules))
	f := func(id byte, words string, left int) {
		t.Helper()
		var fr []source.Frame
		for _, w := range strings.Fields(words) {
			fr = append(fr, source.Frame{Data: []byte(`{"message":"` + w + `"}`)})
		}
		before := len(k.all())
		if err := p.Request(t.Context(), origin("192.0.2.9:1", "http"), 1e18, [16]byte{id}, fr); err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, s := range k.all()[before:] {
			for _, q := range s.header.Requests {
				if q.ID == [16]byte{id} {
					rows += int(q.To - q.From)
				}
			}
		}
		if rows != left {
			t.Errorf("%s: %d rows are left, want %d", words, rows, left)
		}
	}
	f(1, "noise noise noise", 0)
	f(2, "a noise b", 2)
	f(3, "noise a noise", 1)
	f(4, "a b", 2)
	stop()
	if got, want := len(k.rows(t)), 5; got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
}

// A record in which a value cannot be found is withheld whole.
func TestContentWithheld(t *testing.T) {
	k := &kafka{}
	o := Defaults
	o.Partitions = 1
	p, stop := pipeline(t, o, k)
	p.SetContent(rulesOf(t, "name: who\nmask: {fields: [user.name]}\n"))
	if err := p.Request(t.Context(), origin("192.0.2.9:1", "http"), 1e18, [16]byte{1}, []source.Frame{{Data: []byte(`{"user":{"name":"ann\u0061"},"message":"x"}`)}}); err != nil {
		t.Fatal(err)
	}
	stop()
	if got := k.rows(t); len(got) != 1 || !strings.HasPrefix(got[0], "record withheld") || bytes.Contains(k.all()[0].value, []byte("anna")) {
		t.Errorf("%q", got)
	}
}

// A row that is masked is read again as what its own sender sent, though others of the block have the same address: with its token's
// defaults, in its file's zone, and with the time of the line before it. The lines that follow do not notice.
func TestContentOrigins(t *testing.T) {
	o := Defaults
	o.Partitions, o.Log = 1, quiet()
	p, err := New(o, &kafka{})
	if err != nil {
		t.Fatal(err)
	}
	p.SetContent(rulesOf(t, contentRules))
	of := func(dataset string, lines *source.Lines) *source.Origin {
		o := origin("192.0.2.9:1", "http")
		o.Defaults, o.Lines = &source.Defaults{Labels: map[string]string{"who": dataset}}, lines
		return o
	}
	file := func(zone string) *source.Lines {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		return &source.Lines{Format: "auto", Zone: loc, Own: true, Year: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC).UnixNano()}
	}
	var frames []source.Frame
	for _, line := range []string{"Jul  1 12:00:00 h app: a", "login user=topsecret", "Jul  1 13:00:00 h app: login user=topsecret", "Jul  1 14:00:00 h app: b"} {
		frames = append(frames, source.Frame{Data: []byte(line)})
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC).UnixNano()
	senders := []*source.Origin{of("a", file("Europe/Berlin")), of("b", file("America/New_York"))}
	s := p.shards[0] // which nobody runs
	s.counts, s.parts = map[*source.Origin]uint64{}, map[part]bool{}
	take := func(o *source.Origin, frames ...source.Frame) {
		c := newChunk(o, now)
		for _, f := range frames {
			c.add(f)
		}
		s.append(c)
	}
	take(senders[0], frames...)
	take(senders[1], frames...)
	s.close()
	take(senders[1], source.Frame{Data: []byte("goes on")})
	s.close()
	want := []string{"a 10:00", "a 10:00", "a 11:00", "a 12:00", "b 16:00", "b 16:00", "b 17:00", "b 18:00", "b 18:00"}
	var got []string
	for _, it := range s.backlog.items {
		var b event.Batch
		if err := b.Decode(it.block.header.ID, it.block.value); err != nil {
			t.Fatal(err)
		}
		for e := range b.Events() {
			got = append(got, e.Label("who")+" "+time.Unix(0, e.Time()).UTC().Format("15:04"))
		}
	}
	if !slices.Equal(got, want) || p.Stats.Masked.Load() != 4 {
		t.Errorf("got  %q\nwant %q, %d masked", got, want, p.Stats.Masked.Load())
	}
}
