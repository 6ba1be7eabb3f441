package rights

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// External is somebody whom a provider of identities vouches for, and what the configuration makes of that.
type External struct {
	Issuer, Subject string // who it is, for ever
	User, Name      string // log-in name of a new account; the name for people
	Role            Role
	Tenants         []string
	AllTenants      bool
	Proof           string // the provider's word for this log-in; kept sealed as long as the session, and given back by VouchedFor
}

// Came says what a log-in from elsewhere did to the account.
type Came struct {
	Account Account // without secrets
	Created bool
	Changed bool // role or tenants
}

// ErrDisabled says that an administrator locked somebody out.
var ErrDisabled = errors.New("the account is disabled")

// CheckGrant reports every fault of a role with tenants.
func CheckGrant(role Role, tenants []string, all bool) []error {
	var faults []error
	if !slices.Contains(Roles, role) {
		faults = append(faults, fmt.Errorf("role: %.20q: want viewer, analyst, engineer or admin", role))
	}
	return append(faults, checkTenants(tenants, all)...)
}

// externalID is how an account names whom it belongs to. Addresses hold no blanks.
func externalID(issuer, subject string) string { return issuer + " " + subject }

// LoginExternal makes a session for somebody from elsewhere. The account comes into being at the first time, and follows e at each. It belongs to issuer
// and subject: one of the same log-in name that is somebody else's is never given away.
func (b *Book) LoginExternal(ctx context.Context, e External, address string) (cookie string, came Came, err error) {
	b.change.Lock()
	defer b.change.Unlock()
	if err := b.current(ctx); err != nil {
		return "", came, err
	}
	id := externalID(e.Issuer, e.Subject)
	b.mu.Lock()
	have := b.external(id)
	count := len(b.users)
	b.mu.Unlock()
	want := Account{User: canonical(e.User), External: id}
	if have != nil {
		want = *have
	}
	want.Name, want.Role, want.Tenants, want.AllTenants = printable(e.Name), e.Role, append([]string{}, e.Tenants...), e.AllTenants
	switch {
	case count == 0:
		return "", came, fmt.Errorf("%w: the first user is made by the set-up link, which the start prints", ErrConflict)
	case want.Disabled:
		return "", came, ErrDisabled
	case have == nil && b.Has(want.User):
		return "", came, fmt.Errorf("%w: the user name %s is somebody else's here", ErrConflict, want.User)
	case have == nil && count >= maxUsers:
		return "", came, fmt.Errorf("%w: there are %d users already", ErrConflict, count)
	}
	if err := want.check(); err != nil {
		return "", came, invalid{err}
	}
	came.Created = have == nil
	came.Changed = have != nil && (have.Role != want.Role || have.AllTenants != want.AllTenants || !slices.Equal(have.Tenants, want.Tenants))
	if came.Changed {
		want.Epoch++
	}
	if came.Created || came.Changed || have.Name != want.Name {
		if err := b.save(ctx, want, want.User); err != nil {
			return "", Came{}, err
		}
	}
	came.Account = want
	came.Account.Epoch, came.Account.secrets = 0, secrets{}
	cookie, err = b.begin(ctx, want, address, e.Proof)
	return cookie, came, err
}

// EndExternal ends the sessions of somebody whom the provider vouches for, but who may not log in any more. It gives the log-in name of the account; "" if
// there is none.
func (b *Book) EndExternal(ctx context.Context, issuer, subject string) (user string, err error) {
	b.change.Lock()
	defer b.change.Unlock()
	if err := b.current(ctx); err != nil {
		return "", err
	}
	b.mu.Lock()
	have := b.external(externalID(issuer, subject))
	b.mu.Unlock()
	if have == nil {
		return "", nil
	}
	u := *have
	u.Epoch++
	return u.User, b.save(ctx, u, u.User)
}

// VouchedFor gives the provider by whose word the user of a session is known, and that word (External.Proof), if it was kept and can be read; "" if it logged in by a
// password, or the session is over.
func (b *Book) VouchedFor(cookie string) (issuer, proof string) {
	id := hexHash(cookie)
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sessions[id]
	if s == nil || !b.alive(s, b.o.Now()) {
		return "", ""
	}
	if issuer, _, _ = strings.Cut(b.users[s.User].External, " "); issuer != "" && s.proof != "" {
		if text, err := unseal(b.o.Key, id, s.proof); err == nil { // else the key is another now
			proof = string(text)
		}
	}
	return issuer, proof
}

// external finds an account by whom it belongs to. The caller holds mu.
func (b *Book) external(id string) *Account {
	for _, u := range b.users {
		if u.External == id {
			return u
		}
	}
	return nil
}

// printable makes what a provider calls somebody a name: it does not matter enough to refuse anybody.
func printable(name string) string {
	out := []rune(strings.Map(func(r rune) rune {
		if checkName(string(r)) != nil {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "")))
	return string(out[:min(len(out), 100)])
}

// errElsewhere says that an account follows its provider.
var errElsewhere = fmt.Errorf("%w: name, role and tenants of this user are as the provider of its identity says, at each log-in (query.oidc.groups)", ErrConflict)

// byPassword says whether u may log in by a password, as far as the configuration is concerned.
func (b *Book) byPassword(u Account) bool {
	return u.External == "" && (!b.o.NoPasswords || u.User == canonical(b.o.BreakGlass) && u.Role == Admin)
}

// Passwords says whether passwords are good at all, for more than an emergency.
func (b *Book) Passwords() bool { return !b.o.NoPasswords }

var errOnlyBreakGlass = errors.New("user: passwords are switched off but for query.oidc.break_glass: the first user must be that one")
