package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/rule"
)

// measured is CPU seconds per million events, the least of some rounds.
type measured struct {
	rules         int
	decode, parse float64 // without rules
	blocks, json  float64
	naive         float64
	rsigma        float64 // without reading its rules
	unindexed     int
	evaluations   float64 // an event
	hits          comparison
}

// least keeps the least of what it is given.
func least(to *float64, v float64) {
	if *to == 0 || v < *to {
		*to = v
	}
}

func (b *bench) measure(set *rule.Set, in *input) (measured, error) {
	x := match.New(set)
	m := measured{rules: len(set.Rules), unindexed: len(x.Unindexed())}
	events := float64(len(in.ends))
	start := 0.0
	if b.other.program != "" {
		if err := b.other.prepare(set, b.sigma, b.out); err != nil {
			return m, err
		}
		for range 3 {
			s, err := b.other.run(b.other.none, io.Discard)
			if err != nil {
				return m, err
			}
			least(&start, s)
		}
	}
	none := func(int, *rule.Rule, int) {}
	forms := []struct {
		to  *float64
		run func() error
	}{
		{&m.decode, func() error { return in.decoded(func(int, *event.Batch) {}) }},
		{&m.blocks, func() error { return in.decoded(func(_ int, b *event.Batch) { x.Each(b, none) }) }},
		{&m.parse, func() error { return in.parsed(func(*event.Batch) {}) }},
		{&m.json, func() error { return in.parsed(func(b *event.Batch) { x.Each(b, none) }) }},
	}
	for range b.rounds {
		for _, f := range forms {
			runtime.GC()
			from := cpu()
			if err := f.run(); err != nil {
				return m, err
			}
			least(f.to, (cpu()-from)*1e6/events)
		}
		if b.other.program != "" {
			s, err := b.other.run(in.flat, io.Discard)
			if err != nil {
				return m, err
			}
			least(&m.rsigma, (s-start)*1e6/events)
		}
	}
	err := b.profiled(len(set.Rules) > 1000, func() error {
		for range 4 {
			if err := forms[1].run(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	m.hits, m.evaluations, err = b.compare(set, in)
	return m, err
}

// compare finds the hits of both engines, and how often ours looked at a rule.
func (b *bench) compare(set *rule.Set, in *input) (comparison, float64, error) {
	x := match.New(set)
	found, err := ours(x, in)
	if err != nil {
		return comparison{}, 0, err
	}
	n := uint64(0)
	for _, c := range x.Costs() {
		n += c.Evaluations
	}
	evaluations := float64(n) / float64(len(in.ends))
	if b.other.program == "" {
		return comparison{alone: true, both: len(found)}, evaluations, nil
	}
	theirs, err := b.other.hits(in)
	return compared(set, found, theirs), evaluations, err
}

// loads is what reading rules takes.
type loads struct {
	Load, Index float64 // seconds
	RSS         float64 // MB of the whole process
	Rules       int
}

// loaded reads the rules of a folder in a process of their own.
func loaded(folder string) (string, error) {
	start := time.Now()
	set, err := rule.Load(os.DirFS(folder))
	if err != nil {
		return "", err
	}
	l := loads{Load: time.Since(start).Seconds(), Rules: len(set.Rules)}
	start = time.Now()
	x := match.New(set)
	l.Index = time.Since(start).Seconds()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return "", err
	}
	l.RSS = float64(u.Maxrss) / 1000
	runtime.KeepAlive(x)
	text, err := json.Marshal(l)
	return string(text), err
}

// loading gives the quickest of three, and the most memory.
func (b *bench) loading() (loads, error) {
	self, err := os.Executable()
	if err != nil {
		return loads{}, err
	}
	best := loads{}
	for range 3 {
		out, err := exec.Command(self, "-load", b.file("rules")).Output()
		var l loads
		if err == nil {
			err = json.Unmarshal(out, &l)
		}
		if err != nil {
			return best, fmt.Errorf("reading rules: %w", err)
		}
		least(&best.Load, l.Load)
		least(&best.Index, l.Index)
		best.RSS, best.Rules = max(best.RSS, l.RSS), l.Rules
	}
	return best, nil
}
