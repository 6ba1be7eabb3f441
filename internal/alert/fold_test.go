package alert

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// one is an alert that arrived at a minute, about entities of its group; more are only mentioned.
func one(id string, minute int, about string, mentioned ...string) Summary {
	at := noon.Add(time.Duration(minute) * time.Minute)
	s := Summary{Tenant: "default", ID: id, Origin: id, Arrived: at, Start: at, End: at, Rule: "r-" + about, Level: "low", Severity: 30, Count: 2, State: State{Status: New}}
	for name := range strings.FieldsSeq(about) {
		e, _ := ParseEntity(name)
		s.About = append(s.About, e)
	}
	s.Entities = slices.Clone(s.About)
	for _, name := range mentioned {
		e, _ := ParseEntity(name)
		s.Entities = append(s.Entities, e)
	}
	return s
}

// folded says which alerts stand together.
func folded(alerts []Summary) string {
	var out []string
	for _, in := range Fold(slices.Clone(alerts), nil) {
		out = append(out, strings.Join(in.Alerts, ""))
	}
	return strings.Join(out, " ")
}

func TestFold(t *testing.T) {
	f := func(want string, alerts ...Summary) {
		t.Helper()
		if got := folded(alerts); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f("")
	f("a", one("a", 0, "ip:1"))
	f("ab", one("a", 0, "ip:1"), one("b", 60, "ip:1"))
	f("a b", one("a", 0, "ip:1"), one("b", 61, "ip:1"))
	f("a b", one("a", 0, "ip:1"), one("b", 1, "user:1"))
	f("abc", one("a", 0, "ip:1"), one("b", 50, "ip:1"), one("c", 100, "ip:1"))
	// One that is about two joins the older; what is about either joins that from then on.
	f("acd b", one("a", 0, "ip:1"), one("b", 1, "user:u"), one("c", 2, "ip:1 user:u"), one("d", 3, "user:u"))
	// What is only mentioned joins nothing, unless the rule counts by nothing.
	f("a b", one("a", 0, "ip:1", "host:dc"), one("b", 1, "ip:2", "host:dc"))
	f("ab", one("a", 0, "", "host:web"), one("b", 1, "", "host:web", "user:u"))
	f("a b", one("a", 0, ""), one("b", 0, ""))
	other := one("b", 0, "ip:1")
	other.Tenant = "other"
	f("a b", one("a", 0, "ip:1"), other)
	// One that is about what happened before, and arrives later, joins too.
	late := one("c", 10, "ip:1")
	late.Start, late.End = noon.Add(-50*time.Minute), noon.Add(-40*time.Minute)
	f("ac", one("a", 0, "ip:1"), late)
}

func TestIncident(t *testing.T) {
	a, b, c := one("a", 0, "ip:1", "user:u"), one("b", 5, "ip:1", "user:v"), one("c", 6, "ip:1", "user:v")
	b.Level, b.Severity, b.Rule, b.Techniques = "high", 70, "r2", []string{"T1110"}
	a.State, b.State, c.State = State{Status: Closed}, State{Status: Acknowledged, Owner: "ann"}, State{Status: Closed, Owner: "bob"}
	got := Fold([]Summary{c, b, a}, nil)
	if len(got) != 1 {
		t.Fatalf("%d", len(got))
	}
	in := got[0]
	if in.Status != Acknowledged || in.Level != "high" || in.Count != 6 || !in.First.Equal(noon) || !in.Last.Equal(noon.Add(6*time.Minute)) || fmt.Sprint(in.Owners, in.Techniques) != "[ann bob] [T1110]" {
		t.Errorf("%+v", in)
	}
	if fmt.Sprint(in.Entities) != "[ip:1 user:v user:u]" || !in.Entities[0].Links || in.Entities[1].Links || in.Entities[1].Alerts != 2 || fmt.Sprint(in.Rules) != "[{r2  high 1 70} {r-ip:1  low 2 30}]" {
		t.Errorf("%v %v", in.Entities, in.Rules)
	}
	at, ok := IncidentArrived(in.ID)
	if !ok || !at.Equal(noon) {
		t.Errorf("%s: %v %v", in.ID, at, ok)
	}
	for _, bad := range []string{"", "x", in.ID + "0", strings.Repeat("z", 28), "-" + in.ID[1:]} {
		if _, ok := IncidentArrived(bad); ok {
			t.Errorf("%q is an id", bad)
		}
	}
	// The alert that began it is superseded: the id stays.
	heir := a
	heir.ID = "h"
	if again := Fold([]Summary{c, b, heir}, nil); again[0].ID != in.ID || again[0].Alerts[0] != "h" {
		t.Errorf("%+v", again)
	}
}

// However many more arrive, those that are there keep their incidents, and these their ids; and the order in which
// alerts are read does not matter.
func TestFoldStaysAsAlertsJoin(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var all []Summary
		for i := range 40 {
			a := one(fmt.Sprint("a", i), i*r.IntN(20), fmt.Sprintf("ip:%d user:%d", r.IntN(6), r.IntN(6)))
			back := time.Duration(r.IntN(90)) * time.Minute
			a.Start, a.End = a.Start.Add(-back), a.End.Add(-back/2)
			all = append(all, a)
		}
		of := func(n int) map[string]string {
			some := slices.Clone(all)
			slices.SortFunc(some, func(a, b Summary) int { return cmp.Or(a.Arrived.Compare(b.Arrived), strings.Compare(a.ID, b.ID)) })
			some = some[:n]
			r.Shuffle(n, func(i, j int) { some[i], some[j] = some[j], some[i] })
			out := map[string]string{}
			for _, in := range Fold(some, nil) {
				for _, id := range in.Alerts {
					out[id] = in.ID
				}
			}
			return out
		}
		whole := of(len(all))
		for n := range len(all) {
			for id, in := range of(n) {
				if whole[id] != in {
					t.Fatalf("seed %d: %s was of %s, is of %s", seed, id, in, whole[id])
				}
			}
		}
	}
}

func TestEntitiesAreLowered(t *testing.T) {
	a := example()
	a.Fields = append(a.Fields, Pair{"user.target.name", "ADA"}, Pair{"host.name", "other"})
	if got := fmt.Sprint(a.Entities()); got != "[user:ada host:web1 ip:203.0.113.7]" {
		t.Error(got)
	}
	if e, ok := ParseEntity("ip:2001:db8::1"); !ok || e.Value != "2001:db8::1" {
		t.Errorf("%v %v", e, ok)
	}
}

func TestEvidenceLinks(t *testing.T) {
	f := func(want string, alerts ...Summary) {
		t.Helper()
		if got := folded(alerts); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	// What one rule counts by, the other's alert mentions, whichever came first.
	f("ab", one("a", 0, "ip:1.2.3.4", "host:web1"), one("b", 5, "host:web1 user:ann"))
	f("ab", one("a", 0, "host:web1 user:ann"), one("b", 5, "ip:1.2.3.4", "host:web1"))
	f("a b", one("a", 0, "ip:1.2.3.4", "host:web1"), one("b", 61, "host:web1"))
	// What both only mention joins nothing.
	f("a b", one("a", 0, "ip:1.2.3.4", "host:web1"), one("b", 5, "ip:1.2.3.5", "host:web1"))
	// The mention must be near, not only the incident.
	f("ac b", one("a", 0, "ip:1.2.3.4", "host:web1"), one("c", 59, "ip:1.2.3.4"), one("b", 100, "host:web1"))
	// Rather the one that names more of the same; rather the one about the same.
	f("ac b", one("a", 0, "ip:1.2.3.4", "host:web1", "user:ann"), one("b", 1, "ip:1.2.3.5", "host:web1"), one("c", 2, "host:web1 user:ann"))
	f("a bc", one("a", 0, "ip:1.2.3.4", "host:web2", "user:ann"), one("b", 1, "host:web1"), one("c", 2, "host:web1 user:ann", "host:web2"))
	// Names that are everywhere join nothing; two alerts of one rule about one of them are still one incident.
	f("a b", one("a", 0, "ip:1.2.3.4", "user:root"), one("b", 5, "user:root"))
	f("ab c", one("a", 0, "user:root"), one("b", 5, "user:root"), one("c", 6, "user:root host:web1"))
	f("ab", one("a", 0, "user:root host:web1"), one("b", 5, "user:ann host:web1"))
	f("a b", one("a", 0, "ip:127.0.0.1 user:bob"), one("b", 5, "ip:127.0.0.1 user:ann"))
	// Of very many entities only the first link.
	many := one("a", 0, "ip:1.2.3.4", "host:1", "host:2", "host:3", "host:4", "host:5", "host:6", "host:7", "host:8", "host:9")
	f("a b", many, one("b", 5, "host:9"))
	f("ab", many, one("b", 5, "host:8"))
}

// What an installation says is everywhere there joins no more than what is so by itself.
func TestCommonOfOnesOwn(t *testing.T) {
	own, err := ReadCommon([]string{"user:SVC-Backup", "host:jump1", "ip:2001:DB8::0:1"})
	if err != nil {
		t.Fatal(err)
	}
	f := func(want int, alerts ...Summary) {
		t.Helper()
		if got := Fold(slices.Clone(alerts), nil); len(got) != 1 {
			t.Errorf("without: %d incidents", len(got))
		}
		if got := Fold(alerts, own); len(got) != want {
			t.Errorf("with: %d incidents, want %d", len(got), want)
		}
	}
	f(2, one("a", 0, "ip:1.2.3.4", "user:svc-backup"), one("b", 5, "user:svc-backup"))
	f(2, one("a", 0, "host:jump1 user:ann"), one("b", 5, "host:jump1 user:bob"))
	f(2, one("a", 0, "ip:2001:db8::1 user:ann"), one("b", 5, "ip:2001:db8::1 user:bob"))
	f(1, one("a", 0, "host:jump1"), one("b", 5, "host:jump1")) // of one rule and key
	f(1, one("a", 0, "host:jump2 user:ann"), one("b", 5, "host:jump2 user:bob"))
	if got, _ := ReadCommon([]string{"user:root"}); len(Fold([]Summary{one("a", 0, "ip:127.0.0.1 user:bob"), one("b", 5, "ip:127.0.0.1 user:ann")}, got)) != 2 {
		t.Error("what is built in counts no more")
	}
	for _, bad := range []string{"", "user:", "svc", "ip:jump1", "file:x"} {
		if _, err := ReadCommon([]string{bad}); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// An entity that alerts of very many keys name does not link them, and no incident takes alerts of very many keys.
func TestNoGiantIncident(t *testing.T) {
	largest := func(alerts []Summary) (n int) {
		for _, in := range Fold(alerts, nil) {
			n = max(n, len(in.Alerts))
		}
		return n
	}
	// A domain controller: rules by host and user, of many kinds.
	var dc []Summary
	for i := range 300 {
		a := one(fmt.Sprintf("a%03d", i), i/10, fmt.Sprintf("host:dc1 user:u%d", i))
		a.Rule = fmt.Sprint("r", i)
		dc = append(dc, a)
	}
	if n := largest(dc); n > FoldShared+1 {
		t.Errorf("a controller's incident has %d alerts", n)
	}
	// The same as evidence, with alerts about the controller itself now and then.
	var seen []Summary
	for i := range 300 {
		a := one(fmt.Sprintf("a%03d", i), i/10, fmt.Sprintf("user:u%d", i), "host:dc1")
		if i%30 == 0 {
			a = one(fmt.Sprintf("a%03d", i), i/10, "host:dc1")
		}
		seen = append(seen, a)
	}
	if n := largest(seen); n > FoldShared+10 {
		t.Errorf("a controller's incident has %d alerts", n)
	}
	// One address tries 300 users: one rule, few incidents, none of them of more than FoldKeys keys.
	var spray []Summary
	for i := range 300 {
		a := one(fmt.Sprintf("a%03d", i), i/10, fmt.Sprintf("ip:203.0.113.7 user:u%d", i))
		a.Rule = "guessing"
		spray = append(spray, a)
	}
	if got := Fold(spray, nil); len(got) != 300/FoldKeys || len(got[0].Alerts) != FoldKeys {
		t.Errorf("%d incidents", len(got))
	}
	// A chain of which each shares something with the next.
	var chain []Summary
	for i := range 300 {
		chain = append(chain, one(fmt.Sprintf("a%03d", i), i/10, fmt.Sprintf("host:h%d user:u%d", i, i), fmt.Sprintf("host:h%d", i+1)))
	}
	if n := largest(chain); n > FoldKeys {
		t.Errorf("a chain of %d alerts", n)
	}
	// One key alone may go on as long as it likes.
	var noisy []Summary
	for i := range 300 {
		noisy = append(noisy, one(fmt.Sprintf("a%03d", i), i, "host:web1"))
	}
	if n := largest(noisy); n != 300 {
		t.Errorf("%d of 300", n)
	}
}

func BenchmarkFold(b *testing.B) {
	var all []Summary
	for i := range 100_000 {
		all = append(all, one(fmt.Sprintf("a%06d", i), i/10, fmt.Sprintf("host:h%d user:u%d", i%500, i%3000), fmt.Sprintf("ip:10.0.0.%d", i%250), "host:dc1"))
	}
	for b.Loop() {
		Fold(all, nil)
	}
}
