package alert

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Bounds of what is folded together. docs/desk.md says what they are for.
const (
	// FoldShared is of how many different keys a day's alerts may name an entity until it says no more what they share.
	FoldShared = 20
	// FoldKeys is of how many different keys an incident's alerts are at most; those of its keys go on joining.
	FoldKeys = 50
	// maxMentioned is how many entities of an alert's evidence link.
	maxMentioned = 8
)

// The ways in which an entity joins an alert to an incident.
const (
	ByKey      = "group"    // both rules count by it, or one names nothing else
	ByEvidence = "evidence" // one rule counts by it, the other's alert names it
)

// Link is an entity that joins an alert to those of its incident before it.
type Link struct {
	Entity
	How string `json:"how"` // ByKey or ByEvidence
}

// Joined says by what an alert joined its incident.
type Joined struct {
	Alert string `json:"alert"` // id
	By    []Link `json:"by"`    // empty of the alert that began it
}

// commonNames are users and hosts that are there everywhere under the same name: that two alerts name one says nothing.
var commonNames = map[string][]string{
	"user": {"root", "toor", "admin", "administrator", "administrateur", "administrador", "system", "localsystem", "local system", "local service", "network service",
		`nt authority\system`, `nt authority\local service`, `nt authority\network service`, "anonymous", "anonymous logon", `nt authority\anonymous logon`,
		"guest", "nobody", "daemon", "bin", "www-data", "apache", "nginx", "user", "test", "ubuntu", "debian", "centos", "ec2-user", "azureuser", "defaultaccount"},
	"host": {"localhost", "localhost.localdomain"},
}

// noNames stand where a sender has none.
var noNames = []string{"-", "?", "none", "null", "n/a", "unknown", "(unknown)", "invalid", "invalid user"}

// Common are entities that are everywhere in an installation, beside the built-in ones.
type Common map[Entity]bool

// MaxCommon bounds what ReadCommon reads.
const MaxCommon = 1000

// ReadCommon reads entities such as user:backup; the error names each that is none.
func ReadCommon(list []string) (Common, error) {
	out, faults := Common{}, []error(nil)
	if len(list) > MaxCommon {
		return nil, fmt.Errorf("%d entities: want at most %d", len(list), MaxCommon)
	}
	for _, text := range list {
		e, ok := ParseEntity(lower(text))
		a, err := netip.ParseAddr(e.Value)
		if !ok || e.Kind == "ip" && err != nil {
			faults = append(faults, fmt.Errorf("%.100q: want user:NAME, host:NAME or ip:ADDRESS", text))
		} else if e.Kind == "ip" {
			e.Value = a.Unmap().String()
		}
		out[e] = true
	}
	return out, errors.Join(faults...)
}

// has is whether an entity is there everywhere, such as user root or a loopback address, and so does not link.
func (c Common) has(e Entity) bool {
	if c[e] {
		return true
	}
	if slices.Contains(noNames, e.Value) || slices.Contains(commonNames[e.Kind], e.Value) {
		return true
	}
	if e.Kind == "ip" || e.Kind == "host" {
		a, err := netip.ParseAddr(e.Value)
		return err == nil && (a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}))
	}
	return false
}

// subject is what an alert's links come to.
type subject struct {
	key       string   // what its rule counts by, as a whole; with the rule where that is common. "": it names nothing
	about     []Entity // of it, or of all where it names none
	mentioned []Entity // of the evidence
}

func (s *Summary) subject(every Common) subject {
	out := subject{about: s.About}
	if len(s.About) == 0 {
		out.about = s.Entities
	}
	if len(out.about) == 0 {
		return out
	}
	names, common := make([]string, len(out.about)), true
	for i, e := range out.about {
		names[i] = e.String()
		common = common && every.has(e)
	}
	if common {
		names = append(names, "rule:"+s.Rule)
	}
	slices.Sort(names)
	out.key = strings.Join(names, "\x00")
	for _, e := range s.Entities {
		if len(out.mentioned) < maxMentioned && !slices.Contains(out.about, e) && !every.has(e) {
			out.mentioned = append(out.mentioned, e)
		}
	}
	return out
}

// folder knows what the alerts up to now came to.
type folder struct {
	common Common

	all  []*folding
	ids  map[string]bool
	keys map[tenantName]*folding   // the incident that last took an alert of the key
	by   map[tenantEntity]*folding // that last took one that is about the entity
	said map[tenantEntity]*mention // that last took one that mentions it
	used map[tenantEntity]*[]keyAt // the keys of the last alerts that name it, the newest first, FoldShared+1 at most
}

type tenantName struct{ tenant, name string }

type tenantEntity struct {
	tenant string
	Entity
}

// mention is an alert that names an entity.
type mention struct {
	in         *folding
	start, end time.Time
}

type keyAt struct {
	key string
	at  time.Time
}

func newFolder(common Common) *folder {
	return &folder{common: common, ids: map[string]bool{}, keys: map[tenantName]*folding{}, by: map[tenantEntity]*folding{}, said: map[tenantEntity]*mention{}, used: map[tenantEntity]*[]keyAt{}}
}

// shared is whether alerts of very many keys name e, alert a of key among them: then it tells nothing about any of them.
func (f *folder) shared(a *Summary, key string, e Entity) bool {
	at := tenantEntity{a.Tenant, e}
	list := f.used[at]
	if list == nil {
		list = new([]keyAt)
		f.used[at] = list
	}
	if i := slices.IndexFunc(*list, func(k keyAt) bool { return k.key == key }); i >= 0 {
		*list = slices.Delete(*list, i, i+1)
	}
	*list = slices.Insert(*list, 0, keyAt{key, a.Arrived})
	if len(*list) > FoldShared+1 {
		*list = (*list)[:FoldShared+1]
	}
	return len(*list) > FoldShared && a.Arrived.Sub((*list)[FoldShared].at) < 24*time.Hour
}

// candidate is an incident that an alert may join.
type candidate struct {
	in *folding
	by []Link
}

// rank says how good a candidate is: rather one that is about the same, then one that names more of the same.
func (c *candidate) rank(linking []Entity) (rank int) {
	for _, l := range c.by {
		if l.How == ByKey {
			rank = 1000
		}
	}
	for _, e := range linking {
		if c.in.entities[e] != nil {
			rank++
		}
	}
	return rank
}

// place puts a into the incident that it joins, or into one that it begins.
func (f *folder) place(a *Summary) {
	s := a.subject(f.common)
	var found []candidate
	offer := func(in *folding, l Link) {
		if len(in.keys) >= FoldKeys && !in.keys[s.key] {
			return
		}
		i := slices.IndexFunc(found, func(c candidate) bool { return c.in == in })
		if i < 0 {
			i, found = len(found), append(found, candidate{in: in})
		}
		if !slices.ContainsFunc(found[i].by, func(o Link) bool { return o.Entity == l.Entity }) {
			found[i].by = append(found[i].by, l)
		}
	}
	var linking, about, mentioned []Entity
	if in := f.keys[tenantName{a.Tenant, s.key}]; s.key != "" && in != nil && in.near(a) {
		for _, e := range s.about {
			offer(in, Link{e, ByKey})
		}
	}
	for _, e := range s.about {
		if f.common.has(e) {
			continue
		}
		at, shared := tenantEntity{a.Tenant, e}, f.shared(a, s.key, e)
		about = append(about, e)
		// One address tries many users: its alerts of one rule are of one incident whatever else they count by.
		if in := f.by[at]; in != nil && in.near(a) && (!shared || in.rules[a.Rule] != nil) {
			offer(in, Link{e, ByKey})
		}
		if shared {
			continue
		}
		linking = append(linking, e)
		if m := f.said[at]; m != nil && a.near(m.start, m.end) {
			offer(m.in, Link{e, ByEvidence})
		}
	}
	for _, e := range s.mentioned {
		if f.shared(a, s.key, e) {
			continue
		}
		linking, mentioned = append(linking, e), append(mentioned, e)
		if in := f.by[tenantEntity{a.Tenant, e}]; in != nil && in.near(a) {
			offer(in, Link{e, ByEvidence})
		}
	}
	var best candidate
	most := 0
	for _, c := range found {
		if n := c.rank(linking); best.in == nil || n > most || n == most && c.in.order < best.in.order {
			best, most = c, n
		}
	}
	if best.in == nil {
		best.in = f.begin(a)
	}
	best.in.add(a, s, best.by)
	f.keys[tenantName{a.Tenant, s.key}] = best.in
	for _, e := range about {
		f.by[tenantEntity{a.Tenant, e}] = best.in
	}
	for _, e := range mentioned {
		f.said[tenantEntity{a.Tenant, e}] = &mention{best.in, a.Start, a.End}
	}
}

// begin makes the incident that a begins.
func (f *folder) begin(a *Summary) *folding {
	in := &folding{order: len(f.all), entities: map[Entity]*IncidentEntity{}, rules: map[string]*IncidentRule{}, keys: map[string]bool{}}
	if in.ID = incidentID(a, a.Origin); f.ids[in.ID] { // two supersede one, and share nothing
		in.ID = incidentID(a, a.ID)
	}
	f.ids[in.ID] = true
	in.Tenant, in.First, in.Last = a.Tenant, a.Start, a.End
	f.all = append(f.all, in)
	return in
}
