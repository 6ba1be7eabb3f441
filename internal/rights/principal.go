// Package rights decides who may do what.
package rights

import (
	"regexp"
	"slices"
)

// Permission is what a route asks for. Tokens have them as scopes.
type Permission string

// The permissions. Open is for routes that anybody may use. Open and Known cannot be given.
const (
	Open            Permission = ""
	Known           Permission = "known"                // for whoever has a good credential
	Search          Permission = "search"               // events, values, tables, entities
	ReadAlerts      Permission = "alerts.read"          // alerts, incidents, their evidence
	ReadRules       Permission = "rules.read"           // rules, packs, coverage
	ReadSources     Permission = "sources.read"         // who sends, and what became of it
	ReadHunts       Permission = "hunts.read"           // saved hunts
	ReadCases       Permission = "investigations.read"  // investigations
	WriteAlerts     Permission = "alerts.write"         // status, owner, comments, class
	WriteHunts      Permission = "hunts.write"          // save, change and delete hunts
	WriteCases      Permission = "investigations.write" // pin events, notes
	Export          Permission = "export"               // all hits as a file
	Backtest        Permission = "rules.test"           // what a rule would have done
	WriteRules      Permission = "rules.write"          // rules, lists of indicators
	WriteExceptions Permission = "exceptions.write"     // where rules do not match, for tenants that one sees
	RawSQL          Permission = "sql"                  // statements of one's own, over the tenants that one sees
	WriteContent    Permission = "content.write"        // what is dropped, thinned out, masked
	Quarantine      Permission = "quarantine"           // what could not be stored or understood, and doing it again
	Reload          Permission = "reload"               // the configuration
	ReadMetrics     Permission = "metrics"              // from elsewhere than this machine
	ManageUsers     Permission = "users"
	ManageTokens    Permission = "tokens"
	ReadAudit       Permission = "audit"
)

// Role is a set of permissions; each but Service has all of those before it.
type Role string

// The roles. A Service has the scopes of its token and nothing else.
const (
	Viewer   Role = "viewer"
	Analyst  Role = "analyst"
	Engineer Role = "engineer"
	Admin    Role = "admin"
	Service  Role = "service"
)

// Roles lists those that a user can have, by what they may.
var Roles = []Role{Viewer, Analyst, Engineer, Admin}

// table says from which role on one may what. What touches all tenants needs all of them, too.
var table = []struct {
	permission Permission
	from       Role
	all        bool
}{
	{Search, Viewer, false}, {ReadAlerts, Viewer, false}, {ReadRules, Viewer, false}, {ReadSources, Viewer, false}, {ReadHunts, Viewer, false}, {ReadCases, Viewer, false},
	{WriteAlerts, Analyst, false}, {WriteHunts, Analyst, false}, {WriteCases, Analyst, false}, {Export, Analyst, false}, {Backtest, Analyst, false},
	{WriteRules, Engineer, true}, {WriteExceptions, Engineer, false}, {RawSQL, Engineer, false}, {WriteContent, Engineer, true}, {Quarantine, Engineer, false}, {Reload, Engineer, true}, {ReadMetrics, Engineer, true},
	{ManageUsers, Admin, false}, {ManageTokens, Admin, false}, {ReadAudit, Admin, false},
}

// Permissions lists all but Open.
func Permissions() []Permission {
	out := make([]Permission, len(table))
	for i, row := range table {
		out[i] = row.permission
	}
	return out
}

// Kind says by what a principal is known.
type Kind string

// The kinds. Local is who sits at this machine while no user exists, or holds the token file of the data folder.
const (
	User      Kind = "user"
	Token     Kind = "token"
	Local     Kind = "local"
	Anonymous Kind = "anonymous"
)

// Principal is who sent a request. Its tenants follow from its credential alone.
type Principal struct {
	User       string // log-in name of a user, id of a token
	Name       string // for people
	Kind       Kind
	Role       Role
	Scopes     []Permission // of a Service
	Tenants    []string     // that it may see, none twice; never "any"
	AllTenants bool         // Tenants are all that exist, and those to come
	Person     string       // for whom it counts where places are few: a user, and of a token the one who made it
}

// Can says whether p may do x.
func (p Principal) Can(x Permission) bool {
	return x == Open || x == Known && p.Kind != Anonymous || slices.Contains(p.Permissions(), x)
}

// Permissions lists what p may do.
func (p Principal) Permissions() []Permission {
	var out []Permission
	for _, row := range table {
		has := slices.Index(Roles, p.Role) >= slices.Index(Roles, row.from)
		if p.Role == Service {
			has = slices.Contains(p.Scopes, row.permission)
		}
		if has && p.Kind != Anonymous && (p.AllTenants || !row.all) {
			out = append(out, row.permission)
		}
	}
	return out
}

var tenantName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// TenantName says whether t can be a tenant's name: it stands in queries, file names and columns. "0" cannot: other systems take
// it for nobody's.
func TenantName(t string) bool { return tenantName.MatchString(t) && t != "0" }
