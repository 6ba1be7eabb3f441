package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rule"
)

// Indicators that are domains are found in the past where a rule would have found them on the stream, and where a hunt finds them: by whole labels.
func TestSightingsOfDomains(t *testing.T) {
	s := open(t, options(t))
	r := rand.New(rand.NewPCG(7, 7))
	labels := []string{"evil", "Evil", "notevil", "a", "b", "example", "EXAMPLE", "org", "xn--e1a", "", "größe", "\xff", "'", `\`}
	name := func(most int) string {
		var parts []string
		for range 1 + r.IntN(most) {
			parts = append(parts, labels[r.IntN(len(labels))])
		}
		return strings.Join(parts, ".") + strings.Repeat(".", r.IntN(10)/8)
	}
	values := []string{"evil.example", "b.evil.example", "example.org"}
	for len(values) < 300 { // more than a statement names one by one
		values = append(values, fmt.Sprintf("%s.d%d.example", []string{"evil", "a", "b"}[r.IntN(3)], len(values)))
	}
	var b event.Batch
	add := func(domain string) {
		b.Begin(nil, time.Now().UnixNano())
		b.SetString(event.Tenant, "default")
		b.SetString(event.DNSQuestionName, domain)
		b.End()
	}
	for range 500 {
		add(name(6))
	}
	for range 100 {
		add(name(3) + "." + values[r.IntN(len(values))])
	}
	for _, n := range []int{1, rule.MaxDomain - 14, rule.MaxDomain - 13, rule.MaxDomain - 12, rule.MaxDomain, 5000} {
		add(strings.Repeat("x", n) + ".evil.example")
		add(strings.Repeat(".", n) + "evil.example.")
	}
	l := newLog(0)
	l.append(blockOf(1, blockID(1), &b))
	load(t, s, l)

	set, err := rule.Load(fstest.MapFS{}, rule.Options{Lists: map[string][]string{"evil": values}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Compile(`dns.question.name in dlist("evil")`)
	if err != nil {
		t.Fatal(err)
	}
	lower := func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	want, matched := map[string]uint64{}, uint64(0)
	for e := range b.Events() {
		name := strings.TrimSuffix(strings.Map(lower, e.Str(event.DNSQuestionName)), ".")
		below := false
		for _, v := range values {
			if name == v || strings.HasSuffix(name, "."+v) {
				want[v]++
				below = true
			}
		}
		if ok, err := p.Match(e); ok != below || err != nil {
			t.Errorf("on the stream %.300q: %v, %v", name, ok, err)
		}
		if below {
			matched++
		}
	}
	sql, list, exact, err := hunt.Where(p, []string{"default"})
	if err != nil || !exact {
		t.Fatal(exact, err)
	}
	params := Params{}
	for _, x := range list {
		params[x.Name] = x.Value
	}
	if n := one[uint64](t, s, "SELECT count() FROM events WHERE "+sql, params); n != matched || matched < 100 || len(want) < 50 {
		t.Errorf("a hunt finds %d of %d, by %d names", n, matched, len(want))
	}
	got := map[string]uint64{}
	found, err := s.Sightings(t.Context(), Sought{Column: "dns.question.name", Names: hunt.DomainsAbove("`dns.question.name`"), Where: hunt.Counts}, values, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range found {
		got[g.Value] = g.Count
	}
	if !maps.Equal(got, want) {
		t.Errorf("in the past %v, want %v", got, want)
	}
}
