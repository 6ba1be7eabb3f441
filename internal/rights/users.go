package rights

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Account is a user as others may see it. The log-in name is for ever: accounts are disabled, not deleted, so that the audit log keeps its meaning.
type Account struct {
	User       string   `json:"user"`
	Name       string   `json:"name"`
	Role       Role     `json:"role"`
	Tenants    []string `json:"tenants"` // that it sees, unless AllTenants
	AllTenants bool     `json:"all_tenants"`
	Disabled   bool     `json:"disabled"`
	TOTP       bool     `json:"totp"`            // logs in with an authenticator
	External   string   `json:"external"`        // issuer and subject of who logs in by OpenID Connect
	Epoch      uint64   `json:"epoch,omitempty"` // sessions of another one are dead
	secrets    secrets
}

type secrets struct {
	Password string `json:"password,omitempty"` // hash
	TOTP     string `json:"totp,omitempty"`     // sealed
}

var userName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,63}$`)

// canonical is the form of a log-in name: people write it as they like.
func canonical(user string) string { return strings.ToLower(strings.TrimSpace(user)) }

// check reports every fault of an account.
func (u Account) check() error {
	var faults []error
	if !userName.MatchString(u.User) || u.User == "local" {
		faults = append(faults, errors.New("user: want 1 to 64 of a-z, 0-9 and . _ @ + -, beginning with a letter or digit, and not \"local\""))
	}
	if err := checkName(u.Name); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(append(faults, CheckGrant(u.Role, u.Tenants, u.AllTenants)...)...)
}

func checkName(name string) error {
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 100 || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return errors.New("name: want at most 100 printable characters")
	}
	return nil
}

func checkTenants(tenants []string, all bool) (faults []error) {
	if len(tenants) > 1000 {
		return []error{errors.New("tenants: at most 1000")}
	}
	for i, t := range tenants {
		if !TenantName(t) {
			faults = append(faults, fmt.Errorf("tenants: %.40q is not of 1 to 32 characters a-z, 0-9, -", t))
		}
		if slices.Contains(tenants[:i], t) {
			faults = append(faults, fmt.Errorf("tenants: %.40q twice", t))
		}
	}
	if all && len(tenants) > 0 {
		faults = append(faults, errors.New("tenants: name some, or set all_tenants"))
	}
	if !all && len(tenants) == 0 {
		faults = append(faults, errors.New("tenants: none is named; all_tenants is for those that exist and those to come"))
	}
	return faults
}

// reaches says whether p sees all that an account or token with these tenants sees: only then p may know of it, and change it.
func (p Principal) reaches(tenants []string, all bool) bool {
	return p.AllTenants || !all && !slices.ContainsFunc(tenants, func(t string) bool { return !slices.Contains(p.Tenants, t) })
}

// gives says whether p may make somebody what u is: nobody gives more than it has.
func (p Principal) gives(u Account) error {
	var faults []error
	if !p.reaches(u.Tenants, u.AllTenants) {
		faults = append(faults, errors.New("tenants: more than you have"))
	}
	if p.Role == Service || slices.Index(Roles, u.Role) > slices.Index(Roles, p.Role) {
		faults = append(faults, errors.New("role: more than you have"))
	}
	return errors.Join(faults...)
}

// Users lists the accounts that p may see, by name.
func (b *Book) Users(ctx context.Context, p Principal) ([]Account, error) {
	if err := b.current(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []Account{}
	for _, u := range b.users {
		if p.reaches(u.Tenants, u.AllTenants) {
			c := *u
			c.Epoch, c.secrets = 0, secrets{}
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(x, y Account) int { return cmp.Compare(x.User, y.User) })
	return out, nil
}

// find gives an account that p may see, or is. The caller holds change.
func (b *Book) find(ctx context.Context, p Principal, user string) (Account, error) {
	if err := b.current(ctx); err != nil {
		return Account{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.users[canonical(user)]
	if u == nil || !p.is(*u) && !(p.Can(ManageUsers) && p.reaches(u.Tenants, u.AllTenants)) {
		return Account{}, ErrNotFound
	}
	return *u, nil
}

func (p Principal) is(u Account) bool { return p.Kind == User && p.User == u.User }

// Has says whether there is a user of that name, as far as is known at the moment.
func (b *Book) Has(user string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.users[canonical(user)] != nil
}

// NewUser is an account to be made.
type NewUser struct {
	User       string   `json:"user"`
	Name       string   `json:"name"`
	Password   string   `json:"password"`
	Role       Role     `json:"role"`
	Tenants    []string `json:"tenants"`
	AllTenants bool     `json:"all_tenants"`
}

// AddUser makes an account. p may give no more tenants than it has.
func (b *Book) AddUser(ctx context.Context, p Principal, n NewUser) (Account, error) {
	b.change.Lock()
	defer b.change.Unlock()
	if err := b.current(ctx); err != nil {
		return Account{}, err
	}
	u := Account{User: canonical(n.User), Name: n.Name, Role: n.Role, Tenants: append([]string{}, n.Tenants...), AllTenants: n.AllTenants}
	if err := errors.Join(u.check(), p.gives(u), checkPassword(n.Password, u.User, u.Name)); err != nil {
		return Account{}, invalid{err}
	}
	b.mu.Lock()
	_, taken := b.users[u.User]
	count := len(b.users)
	b.mu.Unlock()
	switch {
	case count == 0:
		return Account{}, fmt.Errorf("%w: the first user is made by the set-up link, which the start prints", ErrConflict)
	case taken:
		return Account{}, fmt.Errorf("%w: the user name is taken", ErrConflict)
	case count >= maxUsers:
		return Account{}, fmt.Errorf("%w: there are %d users already", ErrConflict, count)
	}
	var err error
	if u.secrets.Password, err = b.hashes.make(ctx, n.Password); err != nil {
		return Account{}, err
	}
	err = b.save(ctx, u, p.User)
	u.Epoch, u.secrets = 0, secrets{}
	return u, err
}

// UserChange says what of an account is to be other; nil stays.
type UserChange struct {
	Name       *string   `json:"name,omitempty"`
	Role       *Role     `json:"role,omitempty"`
	Tenants    *[]string `json:"tenants,omitempty"`
	AllTenants *bool     `json:"all_tenants,omitempty"`
	Disabled   *bool     `json:"disabled,omitempty"`
	TOTP       *bool     `json:"totp,omitempty"` // only false: who lost the authenticator gets in without
}

// ChangeUser changes an account; its sessions end, unless only the name changed.
func (b *Book) ChangeUser(ctx context.Context, p Principal, user string, c UserChange) (Account, error) {
	b.change.Lock()
	defer b.change.Unlock()
	u, err := b.find(ctx, p, user)
	if err != nil {
		return Account{}, err
	}
	if !p.Can(ManageUsers) {
		return Account{}, ErrNotFound
	}
	if u.External != "" && (c.Name != nil || c.Role != nil || c.Tenants != nil || c.AllTenants != nil) {
		return Account{}, errElsewhere
	}
	was := u
	if c.Name != nil {
		u.Name = *c.Name
	}
	if c.Role != nil {
		u.Role = *c.Role
	}
	if c.AllTenants != nil {
		u.AllTenants = *c.AllTenants
		if u.AllTenants && c.Tenants == nil {
			u.Tenants = []string{}
		}
	}
	if c.Tenants != nil {
		u.Tenants = append([]string{}, *c.Tenants...)
	}
	if c.Disabled != nil {
		u.Disabled = *c.Disabled
	}
	if c.TOTP != nil {
		if *c.TOTP {
			return Account{}, invalid{errors.New("totp: only its owner can set up an authenticator")}
		}
		u.secrets.TOTP = ""
	}
	if err := errors.Join(u.check(), p.gives(u)); err != nil {
		return Account{}, invalid{err}
	}
	if manages(was) && !manages(u) && !b.adminBeside(u) {
		return Account{}, fmt.Errorf("%w: nobody would be left who is admin of all tenants and logs in by a password", ErrConflict)
	}
	if c.Role != nil || c.Tenants != nil || c.AllTenants != nil || c.Disabled != nil || c.TOTP != nil {
		u.Epoch++
	}
	err = b.save(ctx, u, p.User)
	u.TOTP = u.secrets.TOTP != ""
	u.Epoch, u.secrets = 0, secrets{}
	return u, err
}

// manages says whether u manages all, and does so whatever a provider of identities says.
func manages(u Account) bool {
	return u.Role == Admin && u.AllTenants && !u.Disabled && u.External == ""
}

// adminBeside says whether somebody else than u manages all.
func (b *Book) adminBeside(u Account) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, other := range b.users {
		if other.User != u.User && manages(*other) {
			return true
		}
	}
	return false
}

func (b *Book) save(ctx context.Context, u Account, by string) error {
	secret, err := json.Marshal(u.secrets)
	if err != nil {
		return err
	}
	u.TOTP = false // follows from the secret
	return b.write(ctx, "user", u.User, by, u, string(secret))
}

// prove holds a user to its own password before what matters most is changed: a session alone, left open, is not enough. Wrong ones count like
// log-ins. The caller holds change.
func (b *Book) prove(ctx context.Context, u Account, password, address string) error {
	if err := b.brake.ask(u.User, address, true); err != nil {
		return err
	}
	if u.secrets.Password == "" {
		return fmt.Errorf("%w: this account has no password here", ErrConflict)
	}
	ok, err := b.hashes.fits(ctx, u.secrets.Password, password)
	if err == nil && !ok {
		b.brake.failed(u.User, address)
		err = refused("the present password is wrong")
	}
	return err
}

// SetPassword gives a user another password, and ends its sessions. Its own user needs the old one; who gives one to somebody else can then log in as that
// one, and so must be at least as much.
func (b *Book) SetPassword(ctx context.Context, p Principal, user, old, password, address string) error {
	b.change.Lock()
	defer b.change.Unlock()
	u, err := b.find(ctx, p, user)
	if err != nil {
		return err
	}
	if p.is(u) {
		err = b.prove(ctx, u, old, address)
	} else if err = p.gives(u); err != nil {
		err = invalid{err}
	}
	if err != nil {
		return err
	}
	if err := checkPassword(password, u.User, u.Name); err != nil {
		return invalid{err}
	}
	if u.External != "" {
		return fmt.Errorf("%w: this user logs in elsewhere", ErrConflict)
	}
	if u.secrets.Password, err = b.hashes.make(ctx, password); err != nil {
		return err
	}
	u.Epoch++
	return b.save(ctx, u, p.User)
}

// NewTOTP proposes a secret for a user's authenticator. It counts once SetTOTP has seen a code of it.
func (b *Book) NewTOTP(ctx context.Context, p Principal, user string) (secret, uri string, err error) {
	b.change.Lock()
	defer b.change.Unlock()
	u, err := b.find(ctx, p, user)
	if err != nil {
		return "", "", err
	}
	if !p.is(u) {
		return "", "", ErrNotFound
	}
	secret, uri = newTOTP(u.User)
	return secret, uri, nil
}

// SetTOTP makes p log in with an authenticator that has the secret, and shows it by a code. Other sessions end.
func (b *Book) SetTOTP(ctx context.Context, p Principal, user, secret, code, password, address string) error {
	b.change.Lock()
	defer b.change.Unlock()
	u, err := b.own(ctx, p, user, password, address)
	if err != nil {
		return err
	}
	key, err := base32Text.DecodeString(secret)
	if err != nil || len(key) != totpSecret {
		return invalid{errors.New("secret: is not the one that was proposed")}
	}
	step, ok := totpFits(key, code, b.o.Now(), 0)
	if !ok {
		return invalid{errors.New("code: is not the one of now; is the clock of the device right?")}
	}
	if u.secrets.TOTP, err = seal(b.o.Key, u.User, key); err != nil {
		return err
	}
	if err := b.write(ctx, "step", u.User, u.User, step, ""); err != nil {
		return err
	}
	u.Epoch++
	return b.save(ctx, u, p.User)
}

// DropTOTP lets p log in without an authenticator again.
func (b *Book) DropTOTP(ctx context.Context, p Principal, user, password, address string) error {
	b.change.Lock()
	defer b.change.Unlock()
	u, err := b.own(ctx, p, user, password, address)
	if err != nil {
		return err
	}
	u.secrets.TOTP = ""
	u.Epoch++
	return b.save(ctx, u, p.User)
}

// own gives the user that p is, proven by the password once more.
func (b *Book) own(ctx context.Context, p Principal, user, password, address string) (Account, error) {
	u, err := b.find(ctx, p, user)
	switch {
	case err != nil:
		return u, err
	case !p.is(u):
		return u, ErrNotFound
	}
	return u, b.prove(ctx, u, password, address)
}

// Renew makes a session for a user whose others have just ended by what it did itself.
func (b *Book) Renew(ctx context.Context, p Principal, address string) (cookie string, err error) {
	b.change.Lock()
	defer b.change.Unlock()
	u, err := b.find(ctx, p, p.User)
	if err != nil {
		return "", err
	}
	return b.begin(ctx, u, address, "")
}
