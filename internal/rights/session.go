package rights

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"time"
)

// session is somebody's being logged in. Its id is the hash of what the cookie holds.
type session struct {
	User    string    `json:"user"`
	Epoch   uint64    `json:"epoch"` // of the user: any change that matters makes it another
	Created time.Time `json:"created"`
	Ended   bool      `json:"ended,omitempty"`
	Address string    `json:"address"`
	seen    time.Time // last
	written time.Time // seen as this process wrote it
	proof   string    // sealed: External.Proof
}

// newSecret gives 256 random bits as text.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashOf(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

func hexHash(secret string) string {
	sum := hashOf(secret)
	return hex.EncodeToString(sum[:])
}

// alive says whether a session counts. The caller holds mu.
func (b *Book) alive(s *session, now time.Time) bool {
	u := b.users[s.User]
	return !s.Ended && u != nil && !u.Disabled && (u.External != "" || b.byPassword(*u)) && u.Epoch == s.Epoch && now.Sub(s.seen) < b.o.Idle && now.Sub(s.Created) < b.longest(*u)
}

// longest is how long u stays logged in at most.
func (b *Book) longest(u Account) time.Duration {
	if u.External != "" && b.o.External > 0 {
		return min(b.o.External, b.o.Absolute)
	}
	return b.o.Absolute
}

// Nobody is who brings no good credential.
var Nobody = Principal{Kind: Anonymous}

// Session gives whose session a cookie stands for; Nobody if it is none, or over.
func (b *Book) Session(ctx context.Context, cookie string) (Principal, error) {
	return b.owner(ctx, cookie, true)
}

// Still is Session for a request that is under way: it does not count as use of the session.
func (b *Book) Still(ctx context.Context, cookie string) (Principal, error) {
	return b.owner(ctx, cookie, false)
}

func (b *Book) owner(ctx context.Context, cookie string, used bool) (Principal, error) {
	id := hexHash(cookie)
	if b.session(id) == nil {
		b.glance(ctx)
	}
	if b.session(id) == nil {
		return Nobody, nil
	}
	if err := b.current(ctx); err != nil {
		return Nobody, err
	}
	now := b.o.Now()
	b.mu.Lock()
	s := b.sessions[id]
	if s == nil || !b.alive(s, now) {
		b.mu.Unlock()
		return Nobody, nil
	}
	u := *b.users[s.User]
	late := used && now.Sub(s.written) > b.o.Idle/10
	if used {
		s.seen = now
	}
	if late {
		s.written = now
	}
	b.mu.Unlock()
	if late { // so that other processes know, and this one after a restart; if it fails the session just ends sooner
		b.write(ctx, "seen", id, u.User, now.UTC(), "")
	}
	tenants, err := b.tenantsOf(ctx, u.AllTenants, u.Tenants)
	return Principal{User: u.User, Name: u.Name, Kind: User, Role: u.Role, Tenants: tenants, AllTenants: u.AllTenants, Person: u.User}, err
}

func (b *Book) session(id string) *session {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sessions[id]
	if s == nil {
		return nil
	}
	c := *s
	return &c
}

// begin makes a session of a user who has shown who it is, if need be by proof of a provider. The caller holds change.
func (b *Book) begin(ctx context.Context, u Account, address, proof string) (cookie string, err error) {
	now := b.o.Now().UTC()
	b.mu.Lock()
	var oldest string
	n := 0
	for id, s := range b.sessions {
		if s.User == u.User && b.alive(s, now) {
			if n++; oldest == "" || s.seen.Before(b.sessions[oldest].seen) {
				oldest = id
			}
		}
	}
	b.mu.Unlock()
	if n >= maxSessions {
		if err := b.end(ctx, oldest); err != nil {
			return "", err
		}
	}
	cookie = newSecret()
	id := hexHash(cookie)
	if proof != "" {
		if proof, err = seal(b.o.Key, id, []byte(proof)); err != nil {
			return "", err
		}
	}
	return cookie, b.write(ctx, "session", id, u.User, session{User: u.User, Epoch: u.Epoch, Created: now, Address: address}, proof)
}

// Logout ends the session of a cookie, in all processes.
func (b *Book) Logout(ctx context.Context, cookie string) error {
	b.change.Lock()
	defer b.change.Unlock()
	return b.end(ctx, hexHash(cookie))
}

func (b *Book) end(ctx context.Context, id string) error {
	s := b.session(id)
	if s == nil || s.Ended {
		return nil
	}
	s.Ended = true
	err := b.write(ctx, "session", id, s.User, s, "")
	if s = b.session(id); errors.Is(err, ErrConflict) && (s == nil || s.Ended) {
		return nil // somebody else ended it
	}
	return err
}

// ErrCode says that the password is right, and that a one-time code is needed.
var ErrCode = errors.New("the code of your authenticator is needed")

// Login makes a session for who knows a user's password and, if the user has an authenticator, its code. A refusal says
// neither which was wrong nor whether the user exists, and takes as long in each case. address is where the request came from.
func (b *Book) Login(ctx context.Context, user, password, code, address string) (cookie string, err error) {
	if err := b.current(ctx); err != nil {
		return "", err
	}
	user = canonical(user)
	if err := b.brake.ask(user, address, b.knows(user, address)); err != nil {
		return "", err
	}
	b.mu.Lock()
	known := b.users[user]
	var u Account
	hash := nobody
	if known != nil {
		u = *known
		if !u.Disabled && u.secrets.Password != "" && b.byPassword(u) {
			hash = u.secrets.Password
		}
	}
	b.mu.Unlock()
	wait, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	ok, err := b.hashes.fits(wait, hash, password)
	if err != nil {
		return "", err
	}
	b.change.Lock()
	defer b.change.Unlock()
	// Others may have failed while this one was reckoned: of guesses that come at once no more are judged than of those that come one after the other.
	if err := b.brake.ask(user, address, b.knows(user, address)); err != nil {
		return "", err
	}
	if !ok || hash == nobody || len(password) > maxPassword {
		b.brake.failed(user, address)
		return "", ErrRefused
	}
	if u.secrets.TOTP != "" {
		if code == "" {
			return "", ErrCode
		}
		if err := b.useCode(ctx, u, code); err != nil {
			if errors.Is(err, ErrRefused) {
				b.brake.failed(user, address)
			}
			return "", err
		}
	}
	b.brake.passed(user, address)
	return b.begin(ctx, u, address, "")
}

// useCode takes a one-time code, once. The caller holds change.
func (b *Book) useCode(ctx context.Context, u Account, code string) error {
	secret, err := unseal(b.o.Key, u.User, u.secrets.TOTP)
	if err != nil {
		return err
	}
	b.mu.Lock()
	last := b.steps[u.User]
	b.mu.Unlock()
	step, ok := totpFits(secret, code, b.o.Now(), last)
	if !ok {
		return ErrRefused
	}
	err = b.write(ctx, "step", u.User, u.User, step, "")
	if errors.Is(err, ErrConflict) { // the code was used elsewhere at the same time
		return ErrRefused
	}
	return err
}

// knows says whether user was logged in from address lately.
func (b *Book) knows(user, address string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.places[[2]string{user, address}]
	return ok
}

// Local gives the principal of who sits at this machine, without a credential: Nobody as soon as a user exists.
func (b *Book) Local(ctx context.Context) (Principal, error) {
	if !b.o.Open || b.hasUsers() {
		return Nobody, nil
	}
	if err := b.current(ctx); err != nil {
		return Nobody, err
	}
	if b.hasUsers() {
		return Nobody, nil
	}
	return b.local0(ctx)
}

func (b *Book) local0(ctx context.Context) (Principal, error) {
	tenants, err := b.tenantsOf(ctx, true, nil)
	return Principal{User: "local", Name: "this machine", Kind: Local, Role: Admin, Tenants: tenants, AllTenants: true, Person: "local"}, err
}

func (b *Book) hasUsers() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.users) > 0
}

// LocalToken makes the token by which tools of who owns the data folder are known to this process. It replaces the one before.
func (b *Book) LocalToken() string {
	t := "wpl_" + newSecret()
	b.local = hashOf(t)
	return t
}

// SetupToken makes the token of the one-time link by which the first user is made; "" if there is a user.
func (b *Book) SetupToken(ctx context.Context) (string, error) {
	if err := b.current(ctx); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.users) > 0 {
		return "", nil
	}
	t := newSecret()
	b.setup = hashOf(t)
	return t, nil
}

// NeedsSetup says whether there is no user yet.
func (b *Book) NeedsSetup(ctx context.Context) (bool, error) {
	err := b.current(ctx)
	return !b.hasUsers(), err
}

// Setup makes the first user, an administrator of all tenants, and logs it in. The token is used up by that.
func (b *Book) Setup(ctx context.Context, token, user, name, password, address string) (cookie string, err error) {
	if err := b.brake.ask("", address, false); err != nil {
		return "", err
	}
	b.change.Lock()
	defer b.change.Unlock()
	if err := b.current(ctx); err != nil {
		return "", err
	}
	b.mu.Lock()
	want, users := b.setup, len(b.users)
	b.mu.Unlock()
	got := hashOf(token)
	if users > 0 || want == [32]byte{} || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		b.brake.failed("", address)
		return "", refused("the set-up link is not good any more: it was used, or Watchpost was started again and printed another one")
	}
	u := Account{User: canonical(user), Name: name, Role: Admin, AllTenants: true, Tenants: []string{}}
	if err := errors.Join(u.check(), checkPassword(password, u.User, name)); err != nil {
		return "", invalid{err}
	}
	if !b.byPassword(u) {
		return "", invalid{errOnlyBreakGlass}
	}
	if u.secrets.Password, err = b.hashes.make(ctx, password); err != nil {
		return "", err
	}
	if err := b.save(ctx, u, "setup"); err != nil {
		return "", err
	}
	b.mu.Lock()
	b.setup = [32]byte{}
	b.mu.Unlock()
	if b.o.SetUp != nil {
		b.o.SetUp()
	}
	return b.begin(ctx, u, address, "")
}

// person gives the user who made a token, also by another token.
func (b *Book) person(t APIToken) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range maxTokens { // a token is older than what it made, so that this ends; but the records are data
		by := b.tokens[t.By]
		if by == nil {
			break
		}
		t = *by
	}
	return t.By
}

// Token gives whose token a secret is; Nobody if it is none, or over. Secrets that are not known cost no look at the records, but for at most
// one a second.
func (b *Book) Token(ctx context.Context, secret string, local bool) (Principal, error) {
	sum := hashOf(secret)
	if local && b.local != [32]byte{} && subtle.ConstantTimeCompare(sum[:], b.local[:]) == 1 {
		return b.local0(ctx)
	}
	id := hex.EncodeToString(sum[:])
	find := func() *APIToken {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.byHash[id]
	}
	t := find()
	if t == nil {
		b.glance(ctx)
		if t = find(); t == nil {
			return Nobody, nil
		}
	}
	if err := b.current(ctx); err != nil {
		return Nobody, err
	}
	t = find()
	if subtle.ConstantTimeCompare([]byte(t.hash), []byte(id)) != 1 || t.Revoked || !b.o.Now().Before(t.Expires) {
		return Nobody, nil
	}
	tenants, err := b.tenantsOf(ctx, t.AllTenants, t.Tenants)
	return Principal{User: t.ID, Name: t.Name, Kind: Token, Role: Service, Scopes: slices.Clone(t.Scopes), Tenants: tenants, AllTenants: t.AllTenants, Person: b.person(*t)}, err
}
