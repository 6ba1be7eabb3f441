package store

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"watchpost/internal/alert"
)

// raise stores a revision of an alert as the detector does.
func raise(t *testing.T, s *Store, a *alert.Alert) {
	t.Helper()
	group := map[string]string{}
	for _, p := range a.Group {
		group[p.Name] = p.Value
	}
	row := AlertRow{Tenant: a.Tenant, ID: a.ID, Revision: a.Revision, Time: a.Time, Start: a.Start, End: a.End, Rule: a.Rule, Name: a.Title, Level: a.Level,
		Mode: a.Mode(), Severity: int64(a.Severity), Count: a.Count, Group: group, Supersedes: a.Supersedes, Body: a.AppendJSON(nil)}
	if err := s.InsertAlerts(t.Context(), fmt.Sprint(a.ID, a.Revision), []AlertRow{row}); err != nil {
		t.Fatal(err)
	}
}

func sample(n int, supersedes ...int) *alert.Alert {
	a := &alert.Alert{ID: fmt.Sprintf("%032x", n), Tenant: "default", Rule: "r", Title: "R", Level: "high", Severity: 70, Time: day0 + int64(n), Start: day0, End: day0 + int64(n),
		Count: 3, Revision: 1, Group: []alert.Pair{{Name: "source.ip", Value: "2001:DB8::1"}}, Fields: []alert.Pair{{Name: "user.name", Value: "CORP\\Änn"}, {Name: "host.name", Value: "Web1"}}}
	for _, o := range supersedes {
		a.Supersedes = append(a.Supersedes, fmt.Sprintf("%032x", o))
	}
	return a
}

func ids(rows []AlertRow) (out []string) {
	for _, r := range rows {
		out = append(out, strings.TrimLeft(r.ID, "0"))
	}
	return out
}

// Of those who try at the same time, one has the version.
func TestActivityVersionsAreGivenOnce(t *testing.T) {
	s := open(t, options(t))
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, ok, err := s.AddActivity(t.Context(), ActivityRow{Tenant: "default", Of: "a", Version: 1, Time: day0, User: fmt.Sprint("u", i), Action: alert.Acknowledge})
			if err != nil {
				t.Error(err)
			}
			if ok {
				won.Add(1)
			}
		})
	}
	all.Wait()
	if list, err := s.Activity(t.Context(), "default", "a"); err != nil || len(list) != 1 || won.Load() != 1 {
		t.Errorf("%d won, %d rows, %v", won.Load(), len(list), err)
	}
	for _, a := range []ActivityRow{{Tenant: "default", Of: "a", Version: 2}, {Tenant: "other", Of: "a", Version: 1}, {Tenant: "default", Of: "a:b", Version: 1}} {
		if _, ok, err := s.AddActivity(t.Context(), a); err != nil || !ok {
			t.Errorf("%+v: %v %v", a, ok, err)
		}
	}
}

// The view says what alert.StateOf says; what supersedes an alert has its activity, and revisions change nothing.
func TestAlertState(t *testing.T) {
	s := open(t, options(t))
	ctx := t.Context()
	at, versions := int64(day0), map[int]uint32{}
	did := map[int][]alert.Activity{}
	act := func(n int, action, owner, comment, class string) {
		t.Helper()
		at++
		versions[n]++
		a := ActivityRow{Tenant: "default", Of: fmt.Sprintf("%032x", n), Version: versions[n], Time: at, User: "ann", Action: action, Owner: owner, Comment: comment, Class: class}
		if _, ok, err := s.AddActivity(ctx, a); err != nil || !ok {
			t.Fatal(ok, err)
		}
		did[n] = append(did[n], alert.Activity{Time: nano(at), User: "ann", Action: action, Owner: owner, Comment: comment, Class: class})
	}
	f := func(filter AlertFilter, want ...string) {
		t.Helper()
		filter.Tenants = []string{"default"}
		rows, err := s.Alerts(ctx, filter)
		if got := ids(rows); err != nil || !slices.Equal(got, want) {
			t.Errorf("%+v: %q, want %q, %v", filter, got, want, err)
		}
	}
	is := func(id int, of ...int) {
		t.Helper()
		var list []alert.Activity
		for _, n := range of {
			list = append(list, did[n]...)
		}
		slices.SortFunc(list, func(a, b alert.Activity) int { return a.Time.Compare(b.Time) })
		want := alert.StateOf(list)
		rows, err := s.Alerts(ctx, AlertFilter{Tenants: []string{"default"}, ID: fmt.Sprintf("%032x", id), State: true, Superseded: true})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d: %d rows, %v", id, len(rows), err)
		}
		g := rows[0].State
		if g.Status != want.Status || g.Owner != want.Owner || g.Class != want.Class || g.Comments != want.Comments || g.Activities != want.Version || len(list) > 0 && (!g.Changed.Equal(want.Changed) || g.ChangedBy != want.ChangedBy) {
			t.Errorf("%d: view %+v, fold %+v", id, g, want)
		}
	}
	for n := 1; n <= 4; n++ {
		raise(t, s, sample(n))
	}
	is(1)
	f(AlertFilter{Status: "new"}, "4", "3", "2", "1")
	act(1, alert.Acknowledge, "ann", "mine", "")
	act(2, alert.Close, "", "", "benign")
	act(2, alert.Reopen, "", "again", "")
	act(3, alert.Assign, "bob", "", "")
	act(3, alert.Close, "", "it was him", "true_positive")
	act(3, alert.Comment, "", "yes", "")
	for n := 1; n <= 4; n++ {
		is(n, n)
	}
	f(AlertFilter{Status: "acknowledged"}, "1")
	f(AlertFilter{Status: "closed"}, "3")
	f(AlertFilter{Status: "open"}, "4", "2", "1")
	f(AlertFilter{Owner: "bob"}, "3")
	f(AlertFilter{Owner: "none", Status: "open"}, "4", "2")
	grown := sample(1)
	grown.Revision, grown.Count = 2, 9
	raise(t, s, grown)
	is(1, 1)

	// 5 supersedes 1 and 3, 6 supersedes 5; 7 and 8 each other, as no detector should say it.
	raise(t, s, sample(5, 1, 3))
	raise(t, s, sample(6, 5))
	raise(t, s, sample(7, 8))
	raise(t, s, sample(8, 7))
	act(5, alert.Reopen, "", "late events", "")
	is(5, 1, 3, 5)
	is(6, 1, 3, 5)
	act(7, alert.Comment, "", "?", "")
	is(7, 7)
	is(8, 7)
	f(AlertFilter{}, "6", "4", "2")
	f(AlertFilter{Owner: "bob"}, "6")
	list, err := s.Activity(ctx, "default", fmt.Sprintf("%032x", 6))
	if err != nil || len(list) != 5 || list[0].Of != fmt.Sprintf("%032x", 1) || list[4].Action != alert.Reopen {
		t.Errorf("%+v %v", list, err)
	}
	if heirs, err := s.Heirs(ctx, "default", fmt.Sprintf("%032x", 1)); err != nil || len(heirs) != 2 {
		t.Errorf("%q %v", heirs, err)
	}
	origins, err := s.Origins(ctx, []string{"default"})
	if err != nil || origins[fmt.Sprintf("%032x", 6)].ID != fmt.Sprintf("%032x", 1) {
		t.Errorf("%v %v", origins, err)
	}
	counts, err := s.CountAlerts(ctx, AlertFilter{Tenants: []string{"default"}, Status: "closed"})
	if err != nil || !slices.Equal(counts, []AlertCount{{"new", "high", 3}}) {
		t.Errorf("%v %v", counts, err)
	}
	if rows, err := s.Alerts(ctx, AlertFilter{Tenants: []string{"other"}, State: true}); err != nil || len(rows) != 0 {
		t.Errorf("of another tenant: %d, %v", len(rows), err)
	}
}

// The column says what package alert says.
func TestEntitiesOfTheTable(t *testing.T) {
	s := open(t, options(t))
	all := []*alert.Alert{sample(1), sample(2), sample(3)}
	all[1].Group, all[1].Fields = nil, nil
	all[2].Fields = []alert.Pair{{Name: "user.name", Value: "bob"}, {Name: "user.target.name", Value: "BOB"}, {Name: "destination.ip", Value: "192.0.2.1"}, {Name: "message", Value: "x"}}
	for i, address := range []string{"192.0.2.9", "2001:DB8::9", "PC7.example.com", "192.0.2", "01.2.3.4", "fe80::1%eth0", "::ffff:192.0.2.8"} {
		a := sample(4 + i)
		a.Group, a.Fields = nil, []alert.Pair{{Name: "source.address", Value: address}}
		all = append(all, a)
	}
	for _, a := range all {
		raise(t, s, a)
		var want []string
		for _, e := range a.Entities() {
			want = append(want, e.String())
		}
		rows, err := s.Summaries(t.Context(), AlertFilter{Tenants: []string{"default"}, ID: a.ID, Limit: 1})
		if err != nil || len(rows) != 1 || !slices.Equal(rows[0].Entities, want) {
			t.Fatalf("%+v, want %q, %v", rows, want, err)
		}
	}
	f := func(entity string, want int) {
		t.Helper()
		if rows, err := s.Alerts(t.Context(), AlertFilter{Tenants: []string{"default"}, Entity: entity}); err != nil || len(rows) != want {
			t.Errorf("%s: %d, want %d, %v", entity, len(rows), want, err)
		}
	}
	f("ip:2001:db8::1", 2)
	f("bob", 1)
	f("host:bob", 0)
	f("host:web1", 1)
	f("user:corp\\Änn", 1)
	f("ip:192.0.2.9", 1)
	f("host:pc7.example.com", 1)
}
