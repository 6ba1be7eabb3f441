package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
)

// Object is something that people keep, as it is now: a saved hunt, an investigation, an item of one, an export.
type Object struct {
	Tenant, Kind, Parent, ID string
	Version                  uint32
	Time                     time.Time // of this version
	User                     string    // who wrote this version
	Owner                    string    // who made it
	Shared, Deleted          bool
	Body                     json.RawMessage
	Size                     uint64 // bytes of the body, which may not be here
}

// Shelf keeps objects, each version of them.
type Shelf interface {
	// Objects gives what is there, those written last first; id "" is any. all gives every version, the oldest first.
	Objects(ctx context.Context, tenants []string, kind, parent, id string, all bool) ([]Object, error)
	// Outline gives what Objects gives, of a parent and any id, but of each body no more than some of its keys: what is kept may be large.
	Outline(ctx context.Context, tenant, kind, parent string, all bool, keys ...string) ([]Object, error)
	// Bodies gives the objects of some ids, whole, in any order; those that are gone are left out.
	Bodies(ctx context.Context, tenant, kind, parent string, ids []string) ([]Object, error)
	// Put writes a version. If that exists, the error is alert.ErrConflict.
	Put(ctx context.Context, o Object) error
	// Export hands all events of q to each, in order, however many; each statement is within a hunt's budget.
	Export(ctx context.Context, q *hunt.Query, each func(event.Event) error) error
	// History gives what a user searched for, each search once, the last first.
	History(ctx context.Context, user string, limit int) ([]Searched, error)
}

// Searched is a search that somebody made.
type Searched struct {
	Query string    `json:"query"`
	From  string    `json:"from"` // as asked for
	To    string    `json:"to"`
	Last  time.Time `json:"last"`
	Count uint64    `json:"count"`
}

// The kinds of objects.
const (
	kindHunt   = "hunt"
	kindCase   = "investigation"
	kindItem   = "item" // of an investigation
	kindExport = "export"

	// KindException is that of exceptions (RuleException).
	KindException = "exception"

	// KindSchedule is that of schedules of packs (Schedule).
	KindSchedule = "packschedule"
)

// newID names an object.
func newID() string { return strings.ToLower(rand.Text()) }

// tenantOf gives the tenant that something new is made in: the one that is asked for, or the caller's only one, or default.
func tenantOf(r *http.Request, asked string) (string, error) {
	mine := principalOf(r).Tenants
	switch {
	case asked != "" && slices.Contains(mine, asked):
		return asked, nil
	case asked != "":
		return "", fmt.Errorf("tenant: there is no tenant %.40q", asked)
	case len(mine) == 1:
		return mine[0], nil
	case slices.Contains(mine, "default"):
		return "default", nil
	}
	return "", fmt.Errorf("tenant: say which: one of %v", mine)
}

// one gives an object that the caller may see; hidden says which are not for him.
func (s *Server) one(r *http.Request, kind, parent, id string, hidden func(Object) bool) (Object, error) {
	list, err := s.desk.Objects(r.Context(), principalOf(r).Tenants, kind, parent, id, false)
	if err != nil {
		return Object{}, err
	}
	if len(list) == 0 || id == "" || hidden != nil && hidden(list[0]) {
		return Object{}, fmt.Errorf("%s: %w", kind, ErrNotFound)
	}
	return list[0], nil
}

// seen is an error, alert.ErrConflict, unless version is o's: that which a caller saw before it changes o. 0 stands for whichever.
func (o Object) seen(version uint32) error {
	if version == 0 || version == o.Version {
		return nil
	}
	return fmt.Errorf("%w: it was changed by %s at %s", alert.ErrConflict, o.User, o.Time.Format(time.RFC3339))
}

// next writes o as the next version.
func (s *Server) next(r *http.Request, o Object, body any) (Object, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return o, err
	}
	o.Version++
	o.Time, o.User, o.Body = s.now().UTC(), principalOf(r).User, text
	err = s.desk.Put(r.Context(), o)
	if errors.Is(err, alert.ErrConflict) {
		err = fmt.Errorf("%w: read it again", err)
	}
	return o, err
}

// remove writes that o is deleted, tells the audit log, and answers. err is why there is no o. It says whether it went well.
func (s *Server) remove(w http.ResponseWriter, r *http.Request, o Object, err error, action string, told map[string]any) bool {
	if err == nil {
		o.Deleted = true
		_, err = s.next(r, o, o.Body)
	}
	if err != nil {
		s.wrong(w, r, err)
		return false
	}
	s.audit(r, action, told)
	w.WriteHeader(http.StatusNoContent)
	return true
}

func (s *Server) history(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.History(r.Context(), principalOf(r).User, 200)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, map[string]any{"searches": append([]Searched{}, list...)})
}
