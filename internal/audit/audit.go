// Package audit keeps an account of what was done by whom.
package audit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The outcomes of an entry.
const (
	OK     = "ok"
	Denied = "denied" // the credential was missing, wrong or not enough
	Failed = "failed"
)

// Entry is something that was done, or tried.
type Entry struct {
	Time    time.Time       `json:"time"`
	ID      string          `json:"id"` // Log makes it
	Action  string          `json:"action"`
	Outcome string          `json:"outcome"`
	User    string          `json:"user"`
	Kind    string          `json:"kind"` // of the credential
	Role    string          `json:"role"`
	Tenants []string        `json:"tenants"` // that the action could see
	Address string          `json:"address"` // where the request came from
	Count   uint32          `json:"count"`   // how often within a flush
	Fields  json.RawMessage `json:"fields"`

	Hash       string    `json:"-"` // of the entry, as Sum makes it, in hex; "": it is of a version that made none
	Before     string    `json:"-"` // Hash of the entry before it of the same process; "": it is the first
	BeforeTime time.Time `json:"-"` // of that one
}

// table takes entries for ever. The same token always names the same entries: they are to be stored once.
type table interface {
	InsertAudit(ctx context.Context, token string, entries []Entry) error
	// Heads gives the last entry of each chain, at most MaxHeads, those written last.
	Heads(ctx context.Context) ([]Head, error)
}

// Bounds of a Log.
const (
	flushEvery = 200 * time.Millisecond
	maxWaiting = 10_000 // entries; beyond them requests are refused
	maxFields  = 16 << 10
)

// Log gathers entries and writes them some times a second. Create it with New, and Run it.
type Log struct {
	table   table
	now     func() time.Time
	log     *slog.Logger
	process string

	mu      sync.Mutex
	waiting []*Entry
	alike   map[string]*Entry
	n       uint64
	full    atomic.Bool
	wake    chan struct{}

	// Of Run alone.
	last  Entry     // of the chain
	heads time.Time // when the ends of the other chains are noted next

	// Dropped counts denied accesses that found no room. Nothing else is ever dropped: see Ready.
	Dropped atomic.Uint64
}

// New makes a Log that writes to table.
func New(table table, now func() time.Time, log *slog.Logger) *Log {
	process := make([]byte, 8)
	rand.Read(process) // never fails
	return &Log{table: table, now: now, log: log, process: hex.EncodeToString(process), alike: map[string]*Entry{}, wake: make(chan struct{}, 1)}
}

// errFull says that nothing may be done that must be accounted for.
var errFull = errors.New("the audit log cannot be written: the store does not answer")

// Ready says whether there is room for entries. What must be accounted for is not done while there is none.
func (l *Log) Ready() error {
	if l.full.Load() {
		return errFull
	}
	return nil
}

// Record takes an entry. Entries that are alike and come before the next flush become one with a count, so that a flood
// of refused requests costs one row.
func (l *Log) Record(e Entry, fields map[string]any) {
	e.Time = l.now().UTC()
	e.Count = 1
	text, err := json.Marshal(fields)
	switch {
	case err != nil:
		text, _ = json.Marshal(map[string]string{"fault": err.Error()}) // a string: cannot fail
	case len(text) > maxFields:
		text, _ = json.Marshal(map[string]any{"cut": true, "begin": strings.ToValidUTF8(string(text[:maxFields]), "\uFFFD")})
	case fields == nil:
		text = []byte("{}")
	}
	e.Fields = text
	key := strings.Join([]string{e.Action, e.Outcome, e.Kind, e.User, e.Role, e.Address, strings.Join(e.Tenants, ","), string(text)}, "\x00")
	l.mu.Lock()
	defer l.mu.Unlock()
	if first := l.alike[key]; first != nil {
		first.Count++
		return
	}
	if len(l.waiting) >= maxWaiting && e.Outcome == Denied { // the only kind that strangers can make
		l.Dropped.Add(1)
		return
	}
	l.n++
	e.ID = fmt.Sprintf("%s-%d", l.process, l.n)
	e.Tenants = slices.Clone(e.Tenants)
	l.waiting = append(l.waiting, &e)
	l.alike[key] = &e
	l.full.Store(len(l.waiting) >= maxWaiting)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// take empties the queue.
func (l *Log) take() (token string, out []Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.waiting {
		out = append(out, *e)
	}
	l.waiting = nil
	clear(l.alike)
	l.full.Store(false)
	return fmt.Sprintf("audit %s-%d", l.process, l.n), out
}

// Run writes entries until ctx ends, and what is left then. It tries again until the table has them.
func (l *Log) Run(ctx context.Context) error {
	defer func() { l.write(ctx) }()
	for ctx.Err() == nil {
		l.noteHeads(ctx)
		select {
		case <-l.wake:
		case <-ctx.Done():
		}
		select {
		case <-time.After(flushEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
		l.write(ctx)
	}
	return ctx.Err()
}

// How often the ends of other chains are noted, and tried to be.
const (
	headsEvery = 24 * time.Hour
	headsAgain = time.Minute
	maxLogged  = 10 // ends of chains that the process' own log says
)

// noteHeads records the ends of the chains that are there. While the store does not answer it is left to the next time.
func (l *Log) noteHeads(ctx context.Context) {
	if l.now().Before(l.heads) {
		return
	}
	l.heads = l.now().Add(headsAgain)
	run, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	heads, err := l.table.Heads(run)
	if err != nil {
		l.log.Warn("audit: the ends of its chains are not noted yet", "error", err)
		return
	}
	l.heads = l.now().Add(headsEvery)
	if len(heads) > 0 {
		for _, h := range heads[:min(len(heads), maxLogged)] { // newest first: they were told of the others
			l.log.Info("audit: a chain ends here; kept elsewhere, this line holds the log to it", "head", h.String())
		}
		l.Record(Entry{Action: ActionHeads, Outcome: OK, Kind: "process"}, map[string]any{"heads": heads})
	}
}

// chain gives each entry its place behind the one before it.
func (l *Log) chain(entries []Entry) {
	for i := range entries {
		e := &entries[i]
		e.Time = e.Time.Truncate(time.Millisecond)
		e.Before, e.BeforeTime = l.last.Hash, l.last.Time
		if l.last.Hash == "" {
			e.BeforeTime = e.Time
		}
		e.Hash = e.Sum()
		l.last = *e
	}
}

func (l *Log) write(ctx context.Context) {
	token, entries := l.take()
	if len(entries) == 0 {
		return
	}
	l.chain(entries)
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		ended := ctx.Err() != nil
		run, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		err := l.table.InsertAudit(run, token, entries)
		cancel()
		if err == nil {
			return
		}
		if ended {
			l.log.Error("audit: entries are lost", "entries", len(entries), "error", err)
			return
		}
		l.log.Warn("audit: not written; trying again", "entries", len(entries), "error", err, "in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}
