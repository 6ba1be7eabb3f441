package audit

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// written gives what three processes wrote, of which the third began when the others had ended: n entries each, over some months.
func written(t *testing.T, n int) []Entry {
	var m memory
	m.tokens = map[string]bool{}
	synctest.Test(t, func(t *testing.T) {
		run := func(logs ...*Log) {
			ctx, cancel := context.WithCancel(context.Background())
			for i, l := range logs {
				l.process = fmt.Sprintf("%015x%d", 'a'+len(m.tokens)%7, i)
				go l.Run(ctx)
			}
			for i := range n {
				for _, l := range logs {
					l.Record(Entry{Action: "search", Outcome: OK, User: "ann", Tenants: []string{"x", "y"}}, map[string]any{"query": i})
				}
				time.Sleep(10 * 24 * time.Hour)
			}
			cancel()
			synctest.Wait()
		}
		one := func() *Log { return New(&m, time.Now, slog.New(slog.DiscardHandler)) }
		run(one(), one())
		run(one())
	})
	return m.entries
}

func verify(entries []Entry, noted ...Head) Report {
	sorted := slices.SortedStableFunc(slices.Values(entries), func(a, b Entry) int {
		p, n := place(a.ID)
		q, m := place(b.ID)
		return cmp.Or(cmp.Compare(p, q), cmp.Compare(n, m))
	})
	var first, chained time.Time
	var heads []Entry
	for _, e := range sorted {
		if first.IsZero() || e.Time.Before(first) {
			first = e.Time
		}
		if e.Hash != "" && (chained.IsZero() || e.Time.Before(chained)) {
			chained = e.Time
		}
		if e.Action == ActionHeads {
			heads = append(heads, e)
		}
	}
	v := NewVerifier(first, chained, heads, noted)
	for _, e := range sorted {
		v.Add(e)
	}
	return v.Close()
}

func TestChains(t *testing.T) {
	all := written(t, 12)
	if r := verify(all); r.Found != 0 || r.Chains != 3 || len(r.Heads) != 3 || r.Entries != uint64(len(all)) || len(all) < 36 {
		t.Fatalf("%d entries: %+v", len(all), r)
	}
	at := func(of func(Entry) bool) int { return slices.IndexFunc(all, of) }
	process, _ := place(all[0].ID)
	third := at(func(e Entry) bool { return e.ID == process+"-3" })
	heads := at(func(e Entry) bool { return e.Action == ActionHeads && strings.Contains(string(e.Fields), process) })
	last := 0
	for i, e := range all {
		if p, _ := place(e.ID); p == process {
			last = i
		}
	}
	if third < 0 || heads < 0 {
		t.Fatal(third, heads)
	}
	f := func(what, id, says string, do func([]Entry) []Entry) {
		t.Helper()
		r := verify(do(slices.Clone(all)))
		if !slices.ContainsFunc(r.Faults, func(x Fault) bool { return x.ID == id && strings.Contains(x.What, says) }) {
			t.Errorf("%s: %+v", what, r.Faults)
		}
	}
	change := func(what string, do func(*Entry)) {
		t.Helper()
		f(what, all[third].ID, "changed", func(es []Entry) []Entry { do(&es[third]); return es })
	}
	change("action", func(e *Entry) { e.Action = "login" })
	change("outcome", func(e *Entry) { e.Outcome = Denied })
	change("user", func(e *Entry) { e.User = "bob" })
	change("role", func(e *Entry) { e.Role = "admin" })
	change("kind", func(e *Entry) { e.Kind = "token" })
	change("address", func(e *Entry) { e.Address = "192.0.2.1" })
	change("fields", func(e *Entry) { e.Fields = []byte(`{}`) })
	change("count", func(e *Entry) { e.Count++ })
	change("time", func(e *Entry) { e.Time = e.Time.Add(time.Millisecond) })
	change("tenants", func(e *Entry) { e.Tenants = []string{"xy"} })
	change("moved from one text to the next", func(e *Entry) { e.Action, e.Outcome = e.Action+"o", "k" })
	f("one is removed", process+"-4", process+"-3 before it is missing", func(es []Entry) []Entry { return slices.Delete(es, third, third+1) })
	f("the first are removed", process+"-4", process+"-1 to 3 before it are missing", func(es []Entry) []Entry {
		return slices.DeleteFunc(es, func(e Entry) bool { p, n := place(e.ID); return p == process && n < 4 })
	})
	f("the last is removed", all[last].ID, "missing", func(es []Entry) []Entry { return slices.Delete(es, last, last+1) })
	f("a whole chain is removed", all[last].ID, "missing", func(es []Entry) []Entry {
		return slices.DeleteFunc(es, func(e Entry) bool { p, _ := place(e.ID); return p == process })
	})
	swap := func(es []Entry) []Entry {
		other := slices.IndexFunc(es, func(e Entry) bool { return e.ID == process+"-5" })
		es[third].ID, es[other].ID = es[other].ID, es[third].ID
		return es
	}
	f("two are swapped", process+"-3", "changed", swap)
	f("two are swapped", process+"-5", "changed", swap)
	f("one stands twice", all[third].ID, "twice", func(es []Entry) []Entry { return append(es, es[third]) })
	f("one is changed, with a new hash", process+"-4", "behind another entry", func(es []Entry) []Entry {
		es[third].User = "bob"
		es[third].Hash = es[third].Sum()
		return es
	})
	f("all of a chain are written anew", all[last].ID, "anew", func(es []Entry) []Entry {
		before := ""
		for i := range es {
			if p, n := place(es[i].ID); p == process {
				if n == 3 {
					es[i].User = "bob"
				}
				es[i].Before = before
				es[i].Hash = es[i].Sum()
				before = es[i].Hash
			}
		}
		return es
	})
	f("the hash is taken away", all[third].ID, "no hash", func(es []Entry) []Entry { es[third].Hash = ""; return es })
	f("one is put in without", "zz-1", "no hash", func(es []Entry) []Entry { return append(es, Entry{ID: "zz-1", Time: es[last].Time}) })

	// Who can write the whole table writes all chains anew, notes of each other included: only what was noted elsewhere tells.
	anew := func(es []Entry) []Entry {
		chains, hashes := map[string]string{}, map[string]string{}
		for i := range es {
			if es[i].ID == process+"-3" {
				es[i].User = "bob"
			}
			for was, is := range hashes {
				es[i].Fields = []byte(strings.ReplaceAll(string(es[i].Fields), was, is))
			}
			p, _ := place(es[i].ID)
			was := es[i].Hash
			es[i].Before = chains[p]
			es[i].Hash = es[i].Sum()
			chains[p], hashes[was] = es[i].Hash, es[i].Hash
		}
		return es
	}
	var notes strings.Builder
	for _, h := range verify(all[:third+1]).Heads {
		fmt.Fprintf(&notes, "Nov 29 host watchpost: head=%q\n", h)
	}
	for _, h := range verify(all).Heads {
		fmt.Fprintln(&notes, h)
	}
	notes.WriteString("something else\n")
	noted, err := ReadHeads(notes.String())
	if err != nil || len(noted) != 3 {
		t.Fatalf("%v %v", noted, err)
	}
	if r := verify(all, noted...); r.Found != 0 || r.Noted != 3 {
		t.Errorf("as it was noted: %+v", r)
	}
	if r := verify(anew(slices.Clone(all))); r.Found != 0 {
		t.Fatalf("all is written anew: the test does it wrong: %+v", r.Faults)
	}
	if r := verify(anew(slices.Clone(all)), noted...); !slices.ContainsFunc(r.Faults, func(x Fault) bool { return x.ID == all[last].ID && strings.Contains(x.What, "noted elsewhere") }) {
		t.Errorf("all is written anew: %+v", r.Faults)
	}
	newest := all[len(all)-1].ID
	if r := verify(all[:len(all)-1], noted...); !slices.Contains(r.Faults, Fault{newest, "it is missing: it was noted elsewhere"}) {
		t.Errorf("the newest is removed: %+v", r.Faults)
	}
	if _, err := ReadHeads(notes.String() + strings.Replace(noted[0].String(), noted[0].Hash, strings.Repeat("0", 64), 1)); err == nil {
		t.Error("two hashes of one entry are read")
	}

	// Retention takes whole months; entries of the version before have no hashes.
	for cut := all[0].Time; cut.Before(all[len(all)-1].Time); cut = cut.AddDate(0, 1, 0) {
		month := time.Date(cut.Year(), cut.Month(), 1, 0, 0, 0, 0, time.UTC)
		kept := slices.DeleteFunc(slices.Clone(all), func(e Entry) bool { return e.Time.Before(month) })
		if r := verify(kept, noted...); r.Found != 0 {
			t.Errorf("from %v on: %+v", month, r.Faults)
		}
	}
	old := append([]Entry{{ID: "old-1", Time: all[0].Time.AddDate(0, -2, 0)}, {ID: "old-2", Time: all[0].Time}}, all...)
	if r := verify(old); r.Found != 0 || r.Unchained != 2 {
		t.Errorf("with old ones: %+v", r)
	}
}
