package oidc

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"watchpost/internal/rights"
)

// Callback is where the provider sends browsers back to, below Options.Page.
const Callback = "/api/v1/session/oidc"

// Options of log-in by OpenID Connect.
type Options struct {
	Issuer           string        `yaml:"issuer"`             // the provider, exactly as it names itself; empty: nobody logs in by it
	Name             string        `yaml:"name"`               // of the provider, for the button `Sign in with …`; empty: its host
	Page             string        `yaml:"page"`               // how browsers call this page, such as https://siem.example; the provider must allow this with /api/v1/session/oidc behind it to be returned to
	ClientID         string        `yaml:"client_id"`          // by which the provider knows this installation
	ClientSecretFile string        `yaml:"client_secret_file"` // file with the client's secret, for its owner only; empty: a public client
	Scopes           []string      `yaml:"scopes"`             // to ask for, openid among them
	UserClaim        string        `yaml:"user_claim"`         // claim with the log-in name; email counts only if email_verified says so
	NameClaim        string        `yaml:"name_claim"`         // claim with the name for people
	GroupsClaim      string        `yaml:"groups_claim"`       // claim with the list of groups; dots lead into objects, as in realm_access.roles
	Groups           []Group       `yaml:"groups"`             // which of the groups may log in, and as what; the first that fits gives the role, further ones of the same role add their tenants
	Only             bool          `yaml:"only"`               // nobody logs in by a password any more, but for break_glass
	Session          time.Duration `yaml:"session"`            // how long somebody of the provider stays logged in at most; 0: query.session.absolute, which is the most in any case
	Logout           bool          `yaml:"logout"`             // who logs out here is sent to the provider to log out there; it must allow the page's address with / behind it to be returned to
	BreakGlass       string        `yaml:"break_glass"`        // the local administrator who logs in by a password even if the provider is down; needed with only
}

// Group says what members of a group are.
type Group struct {
	Group      string   `yaml:"group"`       // as the claim has it, to the letter
	Role       string   `yaml:"role"`        // viewer, analyst, engineer or admin
	Tenants    []string `yaml:"tenants"`     // that they see
	AllTenants bool     `yaml:"all_tenants"` // they see all that exist and those to come
}

// Defaults are used where the configuration says nothing.
var Defaults = Options{Scopes: []string{"openid", "profile", "email"}, UserClaim: "preferred_username", NameClaim: "name", GroupsClaim: "groups"}

// Enabled says whether people can log in by o.
func (o Options) Enabled() bool { return o.Issuer != "" }

// ProviderName is how people call the provider.
func (o Options) ProviderName() string {
	if u, err := url.Parse(o.Issuer); o.Name == "" && err == nil {
		return u.Hostname()
	}
	return o.Name
}

// Secure says whether browsers call the page by TLS.
func (o Options) Secure() bool { return strings.HasPrefix(o.Page, "https://") }

// Host is the host, with its port if it has one, by which browsers call the page.
func (o Options) Host() string {
	_, host, _ := strings.Cut(o.Page, "://")
	return host
}

// Check names every fault of o by its key.
func (o Options) Check() error {
	if !o.Enabled() {
		if o.Only {
			return errors.New("only: passwords are switched off, and no issuer is named")
		}
		return nil
	}
	var faults []error
	fault := func(key, format string, a ...any) {
		faults = append(faults, fmt.Errorf(key+": "+format, a...))
	}
	if u, err := safeURL(o.Issuer); err != nil || u.RawQuery != "" || u.Fragment != "" {
		fault("issuer", "%.200q: want https://host/path, or http:// on loopback", o.Issuer)
	}
	if u, err := safeURL(o.Page); err != nil || u.Scheme+"://"+u.Host != o.Page || o.Page != strings.ToLower(o.Page) {
		fault("page", "%.200q: want https://host or https://host:port in small letters, or http:// on loopback, and no path", o.Page)
	}
	if o.Session != 0 && o.Session < time.Minute {
		fault("session", "%v: want 0, or at least 1m", o.Session)
	}
	if o.ClientID == "" {
		fault("client_id", "is missing")
	}
	if len(o.Name) > 60 {
		fault("name", "at most 60 bytes")
	}
	if !slices.Contains(o.Scopes, "openid") {
		fault("scopes", "openid is missing: without it this is no log-in")
	}
	for key, claim := range map[string]string{"user_claim": o.UserClaim, "groups_claim": o.GroupsClaim} {
		if claim == "" {
			fault(key, "is missing")
		}
	}
	if len(o.Groups) == 0 {
		fault("groups", "none: nobody could log in")
	}
	for i, g := range o.Groups {
		at := fmt.Sprintf("groups[%d]", i)
		if g.Group == "" {
			fault(at, "group: is missing")
		}
		for _, err := range rights.CheckGrant(rights.Role(g.Role), g.Tenants, g.AllTenants) {
			fault(at, "%w", err)
		}
	}
	if o.Only && o.BreakGlass == "" {
		fault("break_glass", "is missing: with only, one local administrator must be left for when the provider is down")
	}
	return errors.Join(faults...)
}

// safeURL reads the address of a server that secrets may be sent to.
func safeURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	ip, err := netip.ParseAddr(u.Hostname())
	loopback := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && loopback) {
		return nil, fmt.Errorf("%.200q is neither https:// nor http:// on loopback", text)
	}
	return u, nil
}

// Grant says what somebody in these groups is. ok is false for who is in none that is mapped. Nobody gets a role in a tenant that no group of
// that role names: the first of the list that fits gives the role, and only others of this role add tenants.
func (o Options) Grant(groups []string) (role rights.Role, tenants []string, all, ok bool) {
	tenants = []string{}
	for _, g := range o.Groups {
		if !slices.Contains(groups, g.Group) || ok && rights.Role(g.Role) != role {
			continue
		}
		role, ok = cmp.Or(role, rights.Role(g.Role)), true
		all = all || g.AllTenants
		for _, t := range g.Tenants {
			if !slices.Contains(tenants, t) {
				tenants = append(tenants, t)
			}
		}
	}
	if all {
		tenants = []string{}
	}
	slices.Sort(tenants)
	return role, tenants, all, ok
}
