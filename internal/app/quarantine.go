package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"

	"watchpost/internal/config"
	"watchpost/internal/event"
	"watchpost/internal/ingest"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// maxQuarantine bounds what one call looks at.
const maxQuarantine = 10_000

func quarantineTool(args []string) error {
	set := flag.NewFlagSet("watchpost quarantine", flag.ContinueOnError)
	path := set.String("config", "", "configuration `file` of the installation")
	all := set.Bool("all", false, "list: also what was stored after all")
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	wrong := usageError{"want list, show ID, or replay [ID…]"}
	if len(rest) == 0 || rest[0] == "list" && len(rest) > 1 || rest[0] == "show" && len(rest) != 2 {
		return wrong
	}
	c, err := config.Load(*path)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s, err := openStore(c)
	if err != nil {
		return err
	}
	defer s.Close()
	switch rest[0] {
	case "list":
		return quarantineList(ctx, s, *all)
	case "show":
		return quarantineShow(ctx, s, rest[1])
	case "replay":
		return quarantineReplay(ctx, s, c, rest[1:])
	}
	return wrong
}

func quarantineList(ctx context.Context, s *store.Store, all bool) error {
	list, err := s.Quarantine(ctx, nil, "", maxQuarantine)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKIND\tTENANT\tPUT ASIDE\tEVENTS\tREASON")
	for _, q := range list {
		reason := q.Reason
		if q.Replayed {
			if !all {
				continue
			}
			reason = "(stored after all) " + reason
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%.200s\n", q.ID, q.Kind, q.Tenant, q.Stored.UTC().Format(time.RFC3339), q.Rows, Visible(reason))
	}
	return w.Flush()
}

func oneAside(ctx context.Context, s *store.Store, tenants []string, id string) (store.Aside, error) {
	list, err := s.Quarantine(ctx, tenants, id, 1)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%.80q in quarantine: %w", id, web.ErrNotFound)
	}
	if err != nil {
		return store.Aside{}, err
	}
	return list[0], nil
}

func quarantineShow(ctx context.Context, s *store.Store, id string) error {
	q, err := oneAside(ctx, s, nil, id)
	if err != nil {
		return err
	}
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	shown := struct {
		store.Aside
		Event json.RawMessage `json:"event,omitempty"` // of a row
		Value []byte          `json:"value,omitempty"` // of a block
	}{Aside: q}
	if q.Kind == "row" && json.Valid(q.Value) {
		shown.Event = q.Value
	} else {
		shown.Value = q.Value
	}
	return e.Encode(shown)
}

// quarantineReplay stores what can be stored now: those of ids, or all.
func quarantineReplay(ctx context.Context, s *store.Store, c config.Config, ids []string) error {
	unlock, err := lockTool(c, "quarantine")
	if err != nil {
		return err
	}
	defer unlock()
	kept := 0
	stored, err := replayAside(ctx, s, c, nil, ids, func(id string, err error) {
		kept++
		fmt.Fprintf(os.Stderr, "%s stays: %s\n", id, Visible(err.Error()))
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d events stored, %d entries stay in quarantine\n", stored, kept)
	if kept > 0 {
		return errSaid
	}
	return nil
}

// replayAside stores what can be stored now of the quarantine, as far as it is of some tenants (nil: any): those of ids, or all. It gives how many events
// that were, and tells keeps of each entry that stays.
func replayAside(ctx context.Context, s *store.Store, c config.Config, tenants, ids []string, keeps func(id string, err error)) (stored int, err error) {
	again, err := reparser(c)
	if err != nil {
		return 0, err
	}
	all := len(ids) == 0
	if all {
		list, err := s.Quarantine(ctx, tenants, "", maxQuarantine)
		if err != nil {
			return 0, err
		}
		for _, q := range list {
			if !q.Replayed {
				ids = append(ids, q.ID)
			}
		}
	}
	for _, id := range ids {
		q, err := oneAside(ctx, s, tenants, id)
		if all && errors.Is(err, web.ErrNotFound) {
			continue // it has gone since
		}
		if err != nil {
			return stored, err
		}
		n, err := s.Replay(ctx, q, func(b *event.Batch, row []byte) error { return remake(again, b, row) })
		if ctx.Err() != nil {
			return stored, ctx.Err()
		}
		if err != nil {
			keeps(id, err)
			continue
		}
		stored += n
	}
	return stored, nil
}

// remake makes the event whose JSON a row of the quarantine is anew, out of what was received.
func remake(again *ingest.Reparser, b *event.Batch, row []byte) error {
	var was struct {
		ID       string            `json:"event.id"`
		Tenant   string            `json:"tenant"`
		Listener string            `json:"log.listener"`
		Address  string            `json:"log.source.address"`
		Original string            `json:"event.original"`
		Base64   string            `json:"event.original_base64"`
		Class    string            `json:"event.retention"`
		Zone     string            `json:"event.timezone"`
		File     string            `json:"log.file.path"`
		Received time.Time         `json:"event.ingested"`
		Stated   *time.Time        `json:"log.timestamp"`
		Tags     []string          `json:"tags"`
		Labels   map[string]string `json:"labels"`
	}
	if err := json.Unmarshal(row, &was); err != nil {
		return fmt.Errorf("the event's JSON: %w", err)
	}
	id, err := event.ParseID(was.ID)
	if err != nil {
		return err
	}
	original := []byte(was.Original)
	if was.Base64 != "" {
		if original, err = base64.StdEncoding.DecodeString(was.Base64); err != nil {
			return fmt.Errorf("event.original_base64: %w", err)
		}
	}
	var old event.Batch
	old.SetRowID(id)
	old.Begin(original, was.Received.UnixNano())
	for f, v := range map[event.Field]string{event.Tenant: was.Tenant, event.LogListener: was.Listener, event.LogSourceAddress: was.Address,
		event.EventRetention: was.Class, event.EventTimezone: was.Zone, event.LogFilePath: was.File} {
		if v != "" {
			old.SetString(f, v)
		}
	}
	if was.Stated != nil {
		old.SetInt(event.LogTimestamp, was.Stated.UnixNano())
	}
	for _, tag := range was.Tags {
		old.AddString(event.Tags, tag)
	}
	for k, v := range was.Labels {
		old.Label([]byte(k), []byte(v))
	}
	old.End()
	if !again.Event(b, old.Event(0)) {
		b.Append(&old, 0, 1)
	}
	return nil
}
