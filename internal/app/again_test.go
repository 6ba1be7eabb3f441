package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"watchpost/internal/config"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/web"
)

// TestReparseJob: a job over the API's desk reads events anew that were stored as not understood, once, for who may see them.
func TestReparseJob(t *testing.T) {
	s := realStore(t)
	c := config.Default()
	c.Data = t.TempDir()
	a := newAgain(s, c, quiet)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	at := time.Now().Add(-time.Hour)
	fill(t, s, at.UnixNano(), func(b *event.Batch, i int) {
		b.SetString(event.EventDataset, "unparsed")
		b.SetString(event.EventKind, "event")
	}, 5)
	query := func(text string) *hunt.Query {
		t.Helper()
		q, err := hunt.Search{Query: text, From: "-2h", To: "now"}.Check(theirs, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	wait := func(id string) web.Reparse {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			for _, j := range a.Reparses(theirs) {
				if j.ID == id && j.Ended != nil {
					return j
				}
			}
			if time.Now().After(deadline) {
				t.Fatalf("%+v", a.Reparses(nil))
			}
		}
	}
	unparsed := query(`event.dataset == "unparsed"`)
	if _, err := a.StartReparse(query(`true | count`), web.Reparse{}); err == nil {
		t.Error("a table can be read anew")
	}

	// One waits: a second is refused, and one that is cancelled before it began does nothing.
	first, err := a.StartReparse(unparsed, web.Reparse{Tenants: theirs})
	if err != nil || first.State != web.ReparseRunning {
		t.Fatal(first, err)
	}
	if _, err := a.StartReparse(unparsed, web.Reparse{Tenants: theirs}); !errors.Is(err, web.ErrReparsing) {
		t.Errorf("a second: %v", err)
	}
	if _, err := a.CancelReparse([]string{"other"}, first.ID); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("another tenant's: %v", err)
	}
	if list := a.Reparses([]string{"other"}); len(list) != 0 {
		t.Errorf("another tenant sees %+v", list)
	}
	if j, err := a.CancelReparse(theirs, first.ID); err != nil || j.State != web.ReparseCancelled {
		t.Error(j, err)
	}
	go func() { ended <- a.Run(ctx) }()
	defer func() { stop(); <-ended }()
	if j := wait(first.ID); j.State != web.ReparseCancelled || j.Read != 0 {
		t.Errorf("cancelled: %+v", j)
	}

	dry, err := a.StartReparse(unparsed, web.Reparse{Tenants: theirs, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if j := wait(dry.ID); j.State != web.ReparseDone || j.Total != 5 || j.Read != 5 {
		t.Errorf("dry: %+v", j)
	}
	real, err := a.StartReparse(unparsed, web.Reparse{Tenants: theirs})
	if err != nil {
		t.Fatal(err)
	}
	if j := wait(real.ID); j.State != web.ReparseDone || j.Read != 5 || j.Changed != 5 || len(j.Changes) != 1 || j.Changes[0].Count != 5 {
		t.Errorf("done: %+v", j)
	}
	if list := a.Reparses(nil); len(list) != 3 || list[0].ID != real.ID {
		t.Errorf("jobs: %+v", list)
	}
	if out, err := a.Replay(ctx, theirs, nil); err != nil || out.Stored != 0 || len(out.Kept) != 0 {
		t.Error(out, err)
	}
	if _, err := a.Replay(ctx, theirs, []string{"00000000000000000000000000000000-1"}); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("replay of nothing: %v", err)
	}
}
