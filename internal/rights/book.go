package rights

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Record is a revision of a user, a token, a session, when that was seen, or a user's last one-time code. Records are only ever added; of each kind and id the one with
// the highest revision counts, and of two with the same that which was stored first.
type Record struct {
	Kind, ID string
	Revision uint64
	Time     time.Time
	By       string // who made it
	Nonce    string // of whoever wrote it
	Body     string // JSON
	Secret   string // hashed or sealed
	Stored   time.Time
}

// Records keep revisions. All processes of an installation share them.
type Records interface {
	// Since gives the newest revision of each kind and id among those stored since a time.
	Since(ctx context.Context, stored time.Time) ([]Record, error)
	Append(ctx context.Context, r Record) error
}

// Options of a Book.
type Options struct {
	Open     bool          // without users everybody is Local: only where nobody else than this machine can call
	Idle     time.Duration // a session ends when it was not used for so long,
	Absolute time.Duration // and at the latest after this
	External time.Duration // the same of users from elsewhere, if it is less; 0: Absolute
	Key      [32]byte      // seals secrets that must be read again; the same in all processes
	// NoPasswords says that nobody logs in by a password, but for the administrator BreakGlass.
	NoPasswords bool
	BreakGlass  string
	// SetUp, if set, is called when the token of the set-up link was used up.
	SetUp func()
	// Tenants lists those that exist.
	Tenants func(context.Context) ([]string, error)
	Now     func() time.Time
}

// Bounds of what a Book knows.
const (
	// fresh is how old the Book's copy of the records may be when it says who somebody is: a session that was ended by another process
	// is dead after that.
	fresh = 900 * time.Millisecond
	// overlap is how far back a refresh looks again: clocks of servers differ, and replicas lag.
	overlap  = time.Minute
	maxUsers = 10_000
	// maxTokens bounds those that are neither revoked nor over, maxSessions those of one user.
	maxTokens   = 10_000
	maxSessions = 50
	// knownFor is how long an address is known from which a user was logged in.
	knownFor = 30 * 24 * time.Hour
)

// Book knows users, sessions and tokens. Its methods may be called at once. Processes that share records agree within a second.
type Book struct {
	o       Options
	records Records
	hashes  hashes
	brake   *brake
	local   [32]byte // hash of the token in the data folder; zero: none

	change sync.Mutex // one change at a time
	ask    sync.Mutex // one refresh at a time

	mu       sync.Mutex
	users    map[string]*Account
	sessions map[string]*session // by hash
	tokens   map[string]*APIToken
	byHash   map[string]*APIToken
	steps    map[string]int64
	places   map[[2]string]time.Time // user and address, of sessions that began lately
	newest   map[[2]string]Record    // without Body and Secret
	stored   time.Time               // of the newest record
	asked    time.Time               // when the last good refresh began
	setup    [32]byte                // hash of the set-up token; zero: none
}

// NewBook makes a Book on records. It reads nothing yet.
func NewBook(o Options, records Records) *Book {
	return &Book{o: o, records: records, hashes: make(hashes, 2), brake: newBrake(o.Now),
		users: map[string]*Account{}, sessions: map[string]*session{}, tokens: map[string]*APIToken{}, byHash: map[string]*APIToken{},
		steps: map[string]int64{}, places: map[[2]string]time.Time{}, newest: map[[2]string]Record{}}
}

var (
	// ErrNotFound says that there is no such user or token, or none that the caller may see.
	ErrNotFound = errors.New("there is none of that name")
	// ErrConflict says that a change does not go together with what is.
	ErrConflict = errors.New("conflict")
	// ErrRefused says that a credential is not good.
	ErrRefused = errors.New("user or password is wrong")
)

// refused says in its own words which credential is not good.
type refused string

func (r refused) Error() string { return string(r) }
func (refused) Unwrap() error   { return ErrRefused }

// invalid marks faults of what was asked for.
type invalid struct{ error }

// Invalid says whether err is a fault of what was asked for.
func Invalid(err error) bool { return errors.As(err, &invalid{}) }

// current makes sure that the copy is fresh.
func (b *Book) current(ctx context.Context) error {
	if b.isFresh() {
		return nil
	}
	b.ask.Lock()
	defer b.ask.Unlock()
	if b.isFresh() {
		return nil
	}
	return b.refresh(ctx)
}

// glance is current for those who bring nothing that is known: at most one asks, nobody waits for it, and its errors are nobody's.
func (b *Book) glance(ctx context.Context) {
	if b.isFresh() || !b.ask.TryLock() {
		return
	}
	defer b.ask.Unlock()
	b.refresh(ctx)
}

func (b *Book) isFresh() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.asked.IsZero() && b.o.Now().Sub(b.asked) < fresh
}

// refresh reads what is new. The caller holds ask.
func (b *Book) refresh(ctx context.Context) error {
	b.mu.Lock()
	since := b.stored
	b.mu.Unlock()
	if !since.IsZero() {
		since = since.Add(-overlap)
	}
	begin := b.o.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // others wait for the same answer
	defer cancel()
	list, err := b.records.Since(ctx, since)
	if err != nil {
		return fmt.Errorf("users and sessions cannot be read: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	slices.SortStableFunc(list, func(x, y Record) int { return cmp.Compare(y.Kind, x.Kind) }) // sessions before when they were seen
	for _, r := range list {
		if err := b.apply(r); err != nil {
			return fmt.Errorf("%s %s: %w", r.Kind, r.ID, err)
		}
		if r.Stored.After(b.stored) {
			b.stored = r.Stored
		}
	}
	b.asked = begin
	b.forget(begin)
	return nil
}

// apply takes over a record, if it is newer than what is known. Of two with one number the one that was stored first counts: its writer was told that it is
// so, and the other one is told that it came too late. The caller holds mu.
func (b *Book) apply(r Record) error {
	key := [2]string{r.Kind, r.ID}
	if have, ok := b.newest[key]; ok && cmp.Or(cmp.Compare(have.Revision, r.Revision), r.Stored.Compare(have.Stored), cmp.Compare(r.Nonce, have.Nonce)) >= 0 {
		return nil
	}
	switch r.Kind {
	case "user":
		u := &Account{User: r.ID}
		if err := json.Unmarshal([]byte(r.Body), u); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(r.Secret), &u.secrets); err != nil {
			return err
		}
		u.TOTP = u.secrets.TOTP != ""
		b.users[r.ID] = u
	case "token":
		t := &APIToken{ID: r.ID, hash: r.Secret}
		if err := json.Unmarshal([]byte(r.Body), t); err != nil {
			return err
		}
		b.tokens[r.ID], b.byHash[t.hash] = t, t
	case "session":
		s := &session{proof: r.Secret}
		if err := json.Unmarshal([]byte(r.Body), s); err != nil {
			return err
		}
		s.seen, s.written = s.Created, s.Created
		if have := b.sessions[r.ID]; have != nil {
			s.seen, s.written = have.seen, have.written
		}
		b.sessions[r.ID] = s
		if place := [2]string{s.User, s.Address}; b.o.Now().Sub(s.Created) < knownFor && s.Created.After(b.places[place]) {
			b.places[place] = s.Created
		}
	case "seen": // a record of its own: it must not contend with the one that ends the session
		var at time.Time
		if err := json.Unmarshal([]byte(r.Body), &at); err != nil {
			return err
		}
		if s := b.sessions[r.ID]; s != nil && at.After(s.seen) {
			s.seen = at
		}
	case "step":
		var step int64
		if err := json.Unmarshal([]byte(r.Body), &step); err != nil {
			return err
		}
		b.steps[r.ID] = step
	default:
		return nil // of a newer build
	}
	r.Body, r.Secret = "", ""
	b.newest[key] = r
	return nil
}

// forget drops sessions that are over, once their last record lies behind what a refresh reads again. The caller holds mu.
func (b *Book) forget(now time.Time) {
	for id, s := range b.sessions {
		key := [2]string{"session", id}
		if !b.alive(s, now) && now.Sub(b.newest[key].Stored) > 2*overlap+b.o.Idle {
			delete(b.sessions, id)
			delete(b.newest, key)
			delete(b.newest, [2]string{"seen", id})
		}
	}
	for place, at := range b.places {
		if now.Sub(at) > knownFor {
			delete(b.places, place)
		}
	}
}

// write appends a revision of kind and id. It is ErrConflict if another process was quicker: then nothing has changed.
func (b *Book) write(ctx context.Context, kind, id, by string, body any, secret string) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	nonce := make([]byte, 8)
	rand.Read(nonce) // never fails
	b.mu.Lock()
	r := Record{Kind: kind, ID: id, Revision: b.newest[[2]string{kind, id}].Revision + 1, Time: b.o.Now().UTC(), By: by, Nonce: hex.EncodeToString(nonce), Body: string(text), Secret: secret}
	b.mu.Unlock()
	if err := b.records.Append(ctx, r); err != nil {
		return fmt.Errorf("not stored: %w", err)
	}
	b.ask.Lock()
	defer b.ask.Unlock()
	if err := b.refresh(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := b.newest[[2]string{kind, id}]; n.Revision == r.Revision && n.Nonce != r.Nonce {
		return fmt.Errorf("%w: %s %s was changed by somebody else at the same time", ErrConflict, kind, id)
	}
	return nil
}

// tenantsOf gives the tenants that somebody sees.
func (b *Book) tenantsOf(ctx context.Context, all bool, some []string) ([]string, error) {
	if !all {
		return append([]string{}, some...), nil
	}
	list, err := b.o.Tenants(ctx)
	if err != nil {
		return nil, fmt.Errorf("which tenants exist is not known: %w", err)
	}
	return list, nil
}
