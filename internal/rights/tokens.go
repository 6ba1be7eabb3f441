package rights

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// APIToken is a credential of a program as others may see it.
type APIToken struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Scopes     []Permission `json:"scopes"`
	Tenants    []string     `json:"tenants"`
	AllTenants bool         `json:"all_tenants"`
	Created    time.Time    `json:"created"`
	By         string       `json:"by"`
	Expires    time.Time    `json:"expires"`
	Revoked    bool         `json:"revoked"`
	hash       string
}

// Days that a token lives.
const (
	defaultTokenDays = 90
	maxTokenDays     = 366
)

// NewToken is a token to be made.
type NewToken struct {
	Name       string       `json:"name"`
	Scopes     []Permission `json:"scopes"`
	Tenants    []string     `json:"tenants"`
	AllTenants bool         `json:"all_tenants"`
	Days       int          `json:"days"` // 0: 90
}

// Tokens lists those that p may see, the newest first.
func (b *Book) Tokens(ctx context.Context, p Principal) ([]APIToken, error) {
	if err := b.current(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []APIToken{}
	for _, t := range b.tokens {
		if p.reaches(t.Tenants, t.AllTenants) {
			c := *t
			c.hash = ""
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(x, y APIToken) int { return cmp.Or(y.Created.Compare(x.Created), cmp.Compare(x.ID, y.ID)) })
	return out, nil
}

// AddToken makes a token; the secret is given here and nowhere else. p may give no more than it has.
func (b *Book) AddToken(ctx context.Context, p Principal, n NewToken) (t APIToken, secret string, err error) {
	b.change.Lock()
	defer b.change.Unlock()
	if err := b.current(ctx); err != nil {
		return t, "", err
	}
	faults := append([]error{checkName(n.Name)}, checkTenants(n.Tenants, n.AllTenants)...)
	if n.Name == "" {
		faults = append(faults, errors.New("name: what is it for?"))
	}
	if len(n.Scopes) == 0 {
		faults = append(faults, errors.New("scopes: none is named"))
	}
	for i, s := range n.Scopes {
		switch {
		case !slices.Contains(Permissions(), s):
			faults = append(faults, fmt.Errorf("scopes: %.40q is none of %v", s, Permissions()))
		case !p.Can(s):
			faults = append(faults, fmt.Errorf("scopes: you do not have %s yourself", s))
		case slices.Contains(n.Scopes[:i], s):
			faults = append(faults, fmt.Errorf("scopes: %s twice", s))
		}
	}
	if n.Days == 0 {
		n.Days = defaultTokenDays
	}
	if n.Days < 1 || n.Days > maxTokenDays {
		faults = append(faults, fmt.Errorf("days: %d: want 1 to %d", n.Days, maxTokenDays))
	}
	if !p.reaches(n.Tenants, n.AllTenants) {
		faults = append(faults, errors.New("tenants: more than you have"))
	}
	if err := errors.Join(faults...); err != nil {
		return t, "", invalid{err}
	}
	now := b.o.Now().UTC().Truncate(time.Second)
	b.mu.Lock()
	live := 0
	for _, t := range b.tokens {
		if !t.Revoked && now.Before(t.Expires) {
			live++
		}
	}
	b.mu.Unlock()
	if live >= maxTokens {
		return t, "", fmt.Errorf("%w: there are %d tokens already", ErrConflict, live)
	}
	id := make([]byte, 8)
	rand.Read(id) // never fails
	secret = "wpt_" + newSecret()
	t = APIToken{ID: hex.EncodeToString(id), Name: n.Name, Scopes: n.Scopes, Tenants: append([]string{}, n.Tenants...), AllTenants: n.AllTenants,
		Created: now, By: p.User, Expires: now.AddDate(0, 0, n.Days)}
	return t, secret, b.write(ctx, "token", t.ID, p.User, t, hexHash(secret))
}

// RevokeToken ends a token, in all processes.
func (b *Book) RevokeToken(ctx context.Context, p Principal, id string) error {
	b.change.Lock()
	defer b.change.Unlock()
	if err := b.current(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	have := b.tokens[id]
	var t APIToken
	if have != nil {
		t = *have
	}
	b.mu.Unlock()
	if have == nil || !p.reaches(t.Tenants, t.AllTenants) {
		return ErrNotFound
	}
	if t.Revoked {
		return nil
	}
	t.Revoked = true
	return b.write(ctx, "token", t.ID, p.User, t, t.hash)
}
