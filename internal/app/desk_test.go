package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/embedded/engine"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rule"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

func TestMain(m *testing.M) {
	if engine.IsChild(os.Args) {
		os.Exit(engine.RunChild(context.Background(), os.Args))
	}
	os.Exit(m.Run())
}

// realStore is a migrated store on an engine of its own.
func realStore(t *testing.T) *store.Store {
	t.Helper()
	lib, err := engine.FindLibrary()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI needs the engine: %v", err)
		}
		t.Skipf("skipped: %v", err)
	}
	o := engine.Defaults
	if o.Dir, err = os.MkdirTemp("", "desk"); err != nil {
		t.Fatal(err)
	}
	o.Library = lib
	ctx, cancel := context.WithCancel(context.Background())
	e := engine.New(o, quiet)
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done; os.RemoveAll(o.Dir) })
	select {
	case <-e.Ready():
	case err := <-done:
		done <- err
		t.Fatal(err)
	case <-time.After(time.Minute):
		t.Fatal("the engine is not ready after a minute")
	}
	so := store.Defaults
	so.Addr, so.Dial, so.Log = []string{e.Addr()}, e.Dial, quiet
	s, err := store.Open(so)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// oneBlock is a partition of the log that holds one block.
type oneBlock struct {
	block store.Block
	read  bool
	done  chan struct{}
}

func (p *oneBlock) ID() int                { return 0 }
func (p *oneBlock) Start() (int64, string) { return 0, "" }
func (p *oneBlock) Next(ctx context.Context) (store.Block, error) {
	if p.read {
		<-ctx.Done()
		return store.Block{}, context.Cause(ctx)
	}
	p.read = true
	return p.block, nil
}

func (p *oneBlock) Commit(_ context.Context, offset int64, metadata string) error {
	if offset == 1 && p.done != nil {
		close(p.done)
		p.done = nil
	}
	return nil
}

// fill loads n events, a nanosecond apart, as the product does, and gives their ids.
func fill(t *testing.T, s *store.Store, at int64, set func(b *event.Batch, i int), n int) []event.ID {
	t.Helper()
	var b event.Batch
	for i := range n {
		b.Begin(fmt.Appendf(nil, "line %d", i), at+int64(i))
		b.SetString(event.Tenant, "default")
		set(&b, i)
		b.End()
	}
	id := event.NewBlockID(at)
	h := event.Header{ID: id, Version: event.Version, Rows: uint32(n), First: at, Last: at, Received: at}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.Loader().Run(ctx, &oneBlock{block: store.Block{Time: at, Header: h, Headers: h.Headers(), Value: b.AppendBlock(nil)}, done: done})
	}()
	select {
	case <-done:
		cancel()
		<-ended
	case err := <-ended:
		t.Fatal(err)
	}
	ids := make([]event.ID, n)
	for i := range ids {
		ids[i] = event.ID{Block: id, Row: uint32(i)}
	}
	return ids
}

// deskOf is a desk over s with some rules.
func deskOf(t *testing.T, s *store.Store, rules fstest.MapFS) *desk {
	t.Helper()
	set, err := rule.Load(rules, rule.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{store: s, log: slog.New(slog.DiscardHandler), budget: hunt.DefaultBudget, rules: new(rulesInUse)}
	d.rules.set.Store(set)
	return d
}

var theirs = []string{"default"}

func TestDeskOfAlerts(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{"r.yaml": {Data: []byte("id: roots\ntitle: Root logs in\nlevel: high\nmatch: user.name == \"root\" and event.outcome == \"success\"\ngroup_by: [source.ip]\ntests: []\n")}})
	ctx := t.Context()
	at := time.Now().Add(-10 * time.Minute).UnixNano()
	events := fill(t, s, at, func(b *event.Batch, i int) {
		b.SetString(event.Tenant, "default")
		b.SetString(event.UserName, "root")
		b.SetString(event.SourceIP, "203.0.113.7")
		if i > 0 {
			b.SetString(event.EventOutcome, "success")
		}
	}, 3)
	raise := func(n int, revision uint32, supersedes ...string) *alert.Alert {
		t.Helper()
		a := &alert.Alert{ID: fmt.Sprintf("%032x", n), Tenant: "default", Rule: "roots", Title: "Root logs in", Level: "high", Severity: 70, Time: at, Start: at, End: at + 2, Count: 3, Revision: revision,
			Group: []alert.Pair{{Name: "source.ip", Value: "203.0.113.7"}}, Events: []event.ID{events[0], events[2], {Row: 7}}, Query: `user.name == "root"`, Supersedes: supersedes}
		if err := s.InsertAlerts(ctx, fmt.Sprint(n, revision), []store.AlertRow{{Tenant: a.Tenant, ID: a.ID, Revision: revision, Time: a.Time, Start: a.Start, End: a.End, Rule: a.Rule, Name: a.Title, Level: a.Level,
			Mode: a.Mode(), Severity: 70, Count: a.Count, Group: map[string]string{"source.ip": "203.0.113.7"}, Supersedes: supersedes, Body: a.AppendJSON(nil)}}); err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := raise(1, 1)

	// Two take it at once: one has it, the other is told who.
	var won atomic.Int32
	var all sync.WaitGroup
	for _, user := range []string{"ann", "bob", "cid", "dan"} {
		all.Go(func() {
			state, err := d.Act(ctx, theirs, a.ID, alert.Activity{User: user, Action: alert.Acknowledge, Owner: user}, nil)
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, alert.ErrConflict) || !strings.Contains(err.Error(), "by "+state.Owner):
				t.Errorf("%s: %v %+v", user, err, state)
			}
		})
	}
	all.Wait()
	list, err := d.Activity(ctx, theirs, a.ID)
	if err != nil || won.Load() != 1 || len(list) != 1 {
		t.Fatalf("%d have it: %+v %v", won.Load(), list, err)
	}
	for range 3 { // comments are never refused
		all.Go(func() {
			if _, err := d.Act(ctx, theirs, a.ID, alert.Activity{User: "bob", Action: alert.Comment, Comment: "looking"}, new(uint64)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	old := uint64(1)
	if state, err := d.Act(ctx, theirs, a.ID, alert.Activity{User: "ann", Action: alert.Assign, Owner: "bob"}, &old); !errors.Is(err, alert.ErrConflict) || state.Version != 4 {
		t.Errorf("an old version: %v %+v", err, state)
	}
	if _, err := d.Act(ctx, []string{"other"}, a.ID, alert.Activity{User: "eve", Action: alert.Close, Class: "benign"}, nil); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("of another tenant: %v", err)
	}
	if _, err := d.Act(ctx, nil, a.ID, alert.Activity{User: "eve", Action: alert.Close, Class: "benign"}, nil); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("of no tenant: %v", err)
	}

	before, _, err := d.Incidents(ctx, theirs, "", time.Now().Add(-time.Hour), time.Now())
	if err != nil || len(before) != 1 || before[0].Status != alert.Acknowledged {
		t.Fatalf("%+v %v", before, err)
	}
	// What supersedes it has its state, comments and incident.
	heir := raise(2, 1, a.ID)
	raise(2, 2, a.ID)
	var body map[string]any
	got, err := d.Alerts(ctx, web.AlertFilter{Tenants: theirs, Limit: 10})
	if err != nil || len(got) != 1 || json.Unmarshal(got[0], &body) != nil || body["alert.id"] != heir.ID || body["status"] != "acknowledged" || body["comments"] != 3.0 || body["revision"] != 2.0 || body["rule.query"] != nil {
		t.Errorf("%s %v", got, err)
	}
	got, err = d.Alerts(ctx, web.AlertFilter{Tenants: theirs, IDs: []string{heir.ID}, Query: true, Limit: 10})
	if err != nil || len(got) != 1 || !strings.Contains(string(got[0]), `"rule.query":`) {
		t.Errorf("by ids, with the query: %s %v", got, err)
	}
	for _, f := range []web.AlertFilter{{Tenants: theirs, IDs: []string{a.ID}, Limit: 10}, {Tenants: []string{"other"}, IDs: []string{heir.ID}, Limit: 10}} {
		if got, err := d.Alerts(ctx, f); err != nil || len(got) != 0 {
			t.Errorf("%+v: %s %v", f, got, err)
		}
	}
	got, err = d.Alerts(ctx, web.AlertFilter{Tenants: theirs, ID: a.ID, Limit: 1})
	if err != nil || len(got) != 1 || !strings.Contains(string(got[0]), `"superseded_by":["`+heir.ID+`"]`) {
		t.Errorf("%s %v", got, err)
	}
	after, _, err := d.Incidents(ctx, theirs, before[0].ID, time.Now().Add(-time.Hour), time.Now())
	if err != nil || len(after) != 1 || after[0].Alerts[0] != heir.ID {
		t.Errorf("%+v %v", after, err)
	}

	var ids []string
	gather := func(e event.Event) error { ids = append(ids, e.ID().String()); return nil }
	if err := d.Evidence(ctx, theirs, heir.ID, false, gather); err != nil || fmt.Sprint(ids) != fmt.Sprint([]event.ID{events[0], events[2]}) {
		t.Errorf("named: %q %v", ids, err)
	}
	ids = nil
	if err := d.Evidence(ctx, theirs, heir.ID, true, gather); err != nil || len(ids) != 3 {
		t.Errorf("all: %q %v", ids, err)
	}
	if err := d.Evidence(ctx, []string{"other"}, heir.ID, true, gather); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("of another tenant: %v", err)
	}
	why, err := d.Why(ctx, theirs, heir.ID)
	if err != nil || !why.Known || len(why.Events) != 2 || why.Missing != 1 || why.Events[0].Verdicts[0].Holds || !why.Events[1].Verdicts[0].Holds {
		t.Errorf("%+v %v", why, err)
	}
}

func TestEntityPage(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{"r.yaml": {Data: []byte("id: r\ntitle: R\nlevel: high\ntags: [attack.t1110]\nmatch: user.name == \"root\"\n")}})
	now := time.Now()
	at := now.Add(-10 * 24 * time.Hour).UnixNano()
	from := []string{"192.0.2.1", "192.0.2.1", "203.0.113.7", "192.0.2.1"}
	set := func(b *event.Batch, i int) {
		b.SetString(event.UserName, "Ann")
		b.SetString(event.SourceIP, from[i])
		b.SetString(event.HostName, "web1")
		b.AddString(event.EventCategory, "authentication")
		b.SetString(event.EventOutcome, []string{"success", "failure"}[i%2])
		b.SetInt(event.SourceBytes, int64(i*100))
		b.SetString(event.DestinationIP, fmt.Sprintf("198.51.100.%d", i))
	}
	fill(t, s, at, set, 2)
	fill(t, s, now.Add(-time.Hour).UnixNano(), set, 4)
	fill(t, s, now.Add(-2*time.Hour).UnixNano(), func(b *event.Batch, _ int) {
		b.SetString(event.Tenant, "other")
		b.SetString(event.UserName, "ann")
		b.SetString(event.SourceIP, "192.0.2.66")
	}, 1)
	for _, e := range []alert.Entity{{Kind: "user", Value: "ann"}, {Kind: "host", Value: "WEB1"}, {Kind: "ip", Value: "192.0.2.1"}} {
		page, err := d.Entity(t.Context(), theirs, e, now.Add(-24*time.Hour), now)
		if err != nil || len(page.Partial) > 0 {
			t.Fatalf("%v: %v %+v", e, err, page.Partial)
		}
		if page.FirstSeen == nil || page.FirstSeen.UnixNano() != at || page.LastSeen == nil {
			t.Errorf("%v: seen %v %v", e, page.FirstSeen, page.LastSeen)
		}
		want := uint64(4)
		if e.Kind == "ip" {
			want = 3
		}
		if page.Counts["events"] != want || page.Counts["logins_failure"] != 2 || len(page.Logins) == 0 || len(page.Connections) == 0 || page.Connections[0].Bytes != 300 {
			t.Errorf("%v: %v %+v %+v", e, page.Counts, page.Logins, page.Connections)
		}
		for _, row := range page.Sources {
			if row.New != (row.Values["source.ip"] == "203.0.113.7") || row.Values["source.ip"] == "192.0.2.66" {
				t.Errorf("%v: %+v", e, row)
			}
		}
		isNew := fmt.Sprint(page.New)
		if strings.Contains(isNew, "192.0.2.1 ") || e.Kind != "ip" && !strings.Contains(isNew, "203.0.113.7") {
			t.Errorf("%v: new %s", e, isNew)
		}
	}
	// Not all of it fits: the rest comes, and what is missing is named.
	d.budget.Read = 1
	if page, err := d.Entity(t.Context(), theirs, alert.Entity{Kind: "user", Value: "ann"}, now.Add(-24*time.Hour), now); err != nil || len(page.Partial) == 0 || !strings.Contains(page.Partial[0].Reason, "budget") {
		t.Errorf("%+v %v", page, err)
	}
	if layer, err := d.Coverage(t.Context()); err != nil || len(layer) != 1 || layer[0].ID != "T1110" {
		t.Errorf("%+v %v", layer, err)
	}
}

func TestWhatTheListsKnow(t *testing.T) {
	lists := map[string][]string{}
	for name, table := range map[string]string{"assets": "host,owner,criticality\nWeb1,alice,high\n192.0.2.1,bob,\n", "identities": "user,manager,kind\nroot,bob,admin\n"} {
		if err := readTable(lists, name, []byte(table)); err != nil {
			t.Fatal(err)
		}
	}
	lists["assetsx.owner=eve"], lists["office"] = []string{"web1"}, []string{"web1"}
	set, err := rule.Load(fstest.MapFS{}, rule.Options{Lists: lists})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Compile(`host.name in ilist("assets.owner=alice")`); err != nil { // as docs/context.md has it
		t.Error(err)
	}
	var r rulesInUse
	r.set.Store(set)
	more := map[string]any{}
	r.knows().about([]string{"user:root", "user:ann", "host:web1", "ip:192.0.2.1", "ip:192.0.2.2"}, more)
	if got := fmt.Sprint(more); got != "map[assets:[map[criticality:high host:web1 owner:alice] map[ip:192.0.2.1 owner:bob]] identities:[map[kind:admin manager:bob user:root]]]" {
		t.Error(got)
	}
	if first := r.knows(); first != r.knows() {
		t.Error("the lists are read for each alert")
	}
}

func TestShelf(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{})
	ctx := t.Context()
	put := func(version uint32, deleted bool, body string) error {
		return d.Put(ctx, web.Object{Tenant: "default", Kind: "hunt", ID: "h", Version: version, Time: time.Now(), User: "ann", Owner: "ann", Deleted: deleted, Body: json.RawMessage(body)})
	}
	get := func(tenants []string, all bool) []web.Object {
		t.Helper()
		list, err := d.Objects(ctx, tenants, "hunt", "", "h", all)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if err := put(1, false, `{"a":1}`); err != nil {
		t.Fatal(err)
	}
	var won atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := put(2, false, `{"a":2}`); err == nil {
				won.Add(1)
			} else if !errors.Is(err, alert.ErrConflict) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if list := get(theirs, false); won.Load() != 1 || len(list) != 1 || list[0].Version != 2 || string(list[0].Body) != `{"a":2}` {
		t.Errorf("%d won: %+v", won.Load(), list)
	}
	if len(get([]string{"other"}, true))+len(get(nil, true)) != 0 {
		t.Error("others see it")
	}
	// Of what is large a list has only what it goes by.
	if list, err := d.Outline(ctx, "default", "hunt", "", false, "a", "c"); err != nil || len(list) != 1 || list[0].Size != uint64(len(`{"a":2}`)) || string(list[0].Body) != `{"a":2}` {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := d.Outline(ctx, "default", "hunt", "", true); err != nil || len(list) != 2 || list[0].Version != 1 || string(list[1].Body) != `{}` || list[1].Size != 7 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := d.Outline(ctx, "other", "hunt", "", true, "a"); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	for want, ids := range map[int][]string{0: {"g", ""}, 1: {"g", "h"}} {
		if list, err := d.Bodies(ctx, "default", "hunt", "", ids); err != nil || len(list) != want || want == 1 && string(list[0].Body) != `{"a":2}` {
			t.Errorf("%q: %+v, %v", ids, list, err)
		}
	}
	if err := put(3, true, `{}`); err != nil {
		t.Fatal(err)
	}
	if len(get(theirs, false)) != 0 || len(get(theirs, true)) != 3 {
		t.Error("deleted things show, or their history does not")
	}
	if list, err := d.History(ctx, "ann", 200); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}

// exportsAll exports the last two hours, which must give n events in order, each once.
func exportsAll(t *testing.T, d *desk, n int) {
	t.Helper()
	for _, query := range []string{"", "source.port != destination.port"} { // the second is one that SQL cannot judge
		q, err := hunt.Search{Query: query, From: "-2h", Order: "asc", Fields: []string{"message"}}.Check(theirs, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		got, last := 0, int64(0)
		if err := d.Export(t.Context(), q, func(e event.Event) error {
			if got++; e.Time() <= last {
				return fmt.Errorf("%d after %d", e.Time(), last)
			}
			last = e.Time()
			return nil
		}); err != nil || got != n {
			t.Errorf("%q: %d events, %v", query, got, err)
		}
	}
}

// An export has every event once, in order, over pages and parts.
func TestExportIsWhole(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{})
	const n = 25_000
	at := time.Now().Add(-time.Hour)
	fill(t, s, at.UnixNano(), func(*event.Batch, int) {}, n)
	exportsAll(t, d, n)
}

// However long a client takes for what a statement found, the statement is not over its time: also where expr's machine judges.
func TestExportToSlowClients(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{})
	d.budget.Time = 4 * time.Second
	const n = 1000
	fill(t, s, time.Now().Add(-time.Hour).UnixNano(), func(*event.Batch, int) {}, n)
	q, err := hunt.Search{Query: "source.port != destination.port", From: "-2h", Order: "asc", Fields: []string{"message"}}.Check(theirs, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	if err := d.Export(t.Context(), q, func(event.Event) error {
		if got++; got == 1 {
			time.Sleep(d.budget.Time + 500*time.Millisecond)
		}
		return nil
	}); err != nil || got != n {
		t.Errorf("%d events, %v", got, err)
	}
}

// Large events, of which the memory of a hunt holds but some, are exported all the same.
func TestExportOfLargeEvents(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{})
	d.budget.Memory = 48 << 20
	const n = 400
	long := strings.Repeat("0123456789abcdef", 1<<13)
	fill(t, s, time.Now().Add(-time.Hour).UnixNano(), func(b *event.Batch, i int) { b.SetString(event.Message, fmt.Sprint(i, long)) }, n)
	q, err := hunt.Search{From: "-2h", Order: "asc"}.Check(theirs, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	if err := d.Export(t.Context(), q, func(e event.Event) error {
		if want := fmt.Sprint(got, long); e.Str(event.Message) != want {
			return fmt.Errorf("event %d begins with %.20q", got, e.Str(event.Message))
		}
		got++
		return nil
	}); err != nil || got != n {
		t.Errorf("%d events, %v", got, err)
	}
}

// A range of which a statement cannot read all within a hunt's budget is exported in parts: also where only expr's machine can judge.
func TestExportOfLongRanges(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{})
	const n = 25_000
	at := time.Now().Add(-90 * time.Minute).UnixNano()
	fill(t, s, at, func(b *event.Batch, i int) { b.SetTime(at + int64(i)*int64(200*time.Millisecond)) }, n)
	d.budget.Rows = 17_000 // two granules
	exportsAll(t, d, n)
	d.budget.Rows = 1000 // less than can be read at all
	q, err := hunt.Search{From: "-2h", Order: "asc"}.Check(theirs, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Export(t.Context(), q, func(event.Event) error { return nil }); !errors.Is(err, web.ErrOverBudget) {
		t.Errorf("no budget: %v", err)
	}
}

// An export during which events moved in time is not taken for whole.
func TestExportWhileEventsAreReadAgain(t *testing.T) {
	s := realStore(t)
	d := deskOf(t, s, fstest.MapFS{})
	fill(t, s, time.Now().Add(-time.Hour).UnixNano(), func(*event.Batch, int) {}, 3)
	q, err := hunt.Search{From: "-2h", Order: "asc", Fields: []string{"message"}}.Check(theirs, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	again := store.Reparse{Where: "`event.row` = 1 AND " + hunt.Counts, Event: func(b *event.Batch, e event.Event) (bool, error) {
		n := b.Rows()
		b.Append(e.Batch, e.Row, e.Row+1)
		b.SetAt(n, event.EventDataset, "newer")
		return true, nil
	}}
	got := 0
	each := func(event.Event) error {
		if got++; got == 1 {
			if st, err := s.Reparse(t.Context(), again); err != nil || st.Changed != 1 {
				return fmt.Errorf("%+v, %w", st, err)
			}
		}
		return nil
	}
	if err := d.Export(t.Context(), q, each); !errors.Is(err, errReadAgain) {
		t.Errorf("%d events, %v", got, err)
	}
	if err := d.Export(t.Context(), q, each); err != nil || got != 6 {
		t.Errorf("once that is over: %d events, %v", got, err)
	}
}

// What retention takes away while an export is under way is not passed over: also where only expr's machine can judge.
func TestExportWhileEventsAreDropped(t *testing.T) {
	for _, query := range []string{"", "source.port != destination.port"} {
		s := realStore(t)
		d := deskOf(t, s, fstest.MapFS{})
		const first, second = 35_000, 20_000 // on two days of receipt, in two parts or pages
		at := time.Now().Add(-25 * time.Hour)
		fill(t, s, at.UnixNano(), func(*event.Batch, int) {}, first)
		fill(t, s, at.Add(24*time.Hour).UnixNano(), func(*event.Batch, int) {}, second)
		q, err := hunt.Search{Query: query, From: "-30h", Order: "asc", Fields: []string{"message"}}.Check(theirs, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		each := func(event.Event) error {
			if got++; got > 1 {
				return nil
			}
			if err := s.Rows(t.Context(), "ALTER TABLE events DROP PARTITION ('default', '"+at.Add(24*time.Hour).UTC().Format(time.DateOnly)+"')", nil, nil, nil); !errors.Is(err, io.EOF) { // it has no rows
				return err
			}
			return nil
		}
		var fault *web.Fault
		if err := d.Export(t.Context(), q, each); !errors.As(err, &fault) || !strings.Contains(err.Error(), "were deleted before they could be written") || got < first || got >= first+second {
			t.Errorf("%q: %d events, %v", query, got, err)
		}
		got = 1
		if err := d.Export(t.Context(), q, each); err != nil || got != 1+first {
			t.Errorf("%q: what is left: %d events, %v", query, got-1, err)
		}
	}
}

// TestHuntsKnowLists: a hunt, and a second look at late events, name lists as rules do.
func TestHuntsKnowLists(t *testing.T) {
	set, err := rule.Load(fstest.MapFS{"r.yaml": {Data: []byte("id: listed\ntitle: t\nlevel: low\nmatch: source.ip in list(\"office\")\ngroup_by: [source.ip]\ntests: []\n")}},
		rule.Options{Lists: map[string][]string{"office": {"192.0.2.7"}}})
	if err != nil {
		t.Fatal(err)
	}
	s := realStore(t)
	d := &desk{store: s, log: slog.New(slog.DiscardHandler), budget: hunt.DefaultBudget, rules: new(rulesInUse)}
	d.rules.set.Store(set)
	at := time.Now().Add(-10 * time.Minute).UnixNano()
	fill(t, s, at, func(b *event.Batch, i int) {
		b.SetString(event.SourceIP, fmt.Sprintf("192.0.2.%d", i))
	}, 9)
	if n, err := (hunt.Search{Query: `source.ip in list("office")`}).Check(theirs, time.Now()); err == nil {
		t.Errorf("%+v: no lists, no error", n)
	}
	q, err := hunt.Search{Query: `source.ip in list("office")`, Compiler: d.Compile}.Check(theirs, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := d.Count(t.Context(), q); err != nil || n != 1 {
		t.Errorf("%d events, %v", n, err)
	}
	signals, err := history{desk: d}.Signals(t.Context(), []detect.Ask{{Rule: set.Rules[0], Key: []string{"default", "192.0.2.7"}, From: at - int64(time.Hour), To: at + int64(time.Hour)}})
	if err != nil || len(signals) != 1 || len(signals[0]) != 1 {
		t.Errorf("signals %v, %v", signals, err)
	}
}
