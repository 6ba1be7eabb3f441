package alert

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Summary is an alert as far as folding needs it.
type Summary struct {
	Tenant     string
	ID         string
	Origin     string    // the first of the alerts that it supersedes, one after the other; its own id if it supersedes none
	Arrived    time.Time // when the origin was stored
	Start, End time.Time
	Rule       string // id
	Title      string
	Level      string
	Severity   int64
	Count      uint64
	About      []Entity // of the group key: what the rule counts by
	Entities   []Entity // all
	Tactics    []string
	Techniques []string
	State      State
}

// Incident is what alerts about the same entities, close in time, come to.
type Incident struct {
	ID         string // see Fold
	Tenant     string
	Status     string // new if one of its alerts is, closed if all are
	Level      string // highest of its alerts
	Severity   int64
	First      time.Time // begin of the first event
	Last       time.Time // end of the last
	Alerts     []string  // ids, in the order in which they joined
	Joined     []Joined  // why, in the same order
	Count      uint64    // events of the alerts together
	Entities   []IncidentEntity
	Rules      []IncidentRule // by severity, then count of alerts
	Owners     []string
	Tactics    []string
	Techniques []string
}

// IncidentEntity is an entity that alerts of an incident name.
type IncidentEntity struct {
	Entity
	Alerts int  `json:"alerts"` // how many name it
	Links  bool `json:"links"`  // it joins alerts of the incident, or the rules count by it
}

// IncidentRule is a rule that raised alerts of an incident.
type IncidentRule struct {
	ID       string `json:"id"`
	Title    string `json:"name"`
	Level    string `json:"level"`
	Alerts   int    `json:"alerts"`
	severity int64
}

const (
	// FoldGap is how long an incident's entities may be quiet until the next alert begins a new one.
	FoldGap = time.Hour
	// FoldReach is how far back folding must begin so that ids hold: an incident that goes on for longer, without
	// FoldGap of quiet, goes on under a new id.
	FoldReach = 30 * 24 * time.Hour
)

// Fold folds alerts into incidents. Alerts are taken in the order in which they (or what they supersede) arrived; each
// joins an incident that shares a linking entity with it and is at most FoldGap away in time, or begins one. Entities of
// the group key link; those of the evidence link to alerts that are about them. Of several incidents an alert joins one
// that is about the same rather than one that mentions it, then the one that names most of what it names, then the
// oldest. Entities that are everywhere, the built-in ones and common, and those that very many alerts name, do not link. So an alert that arrives later changes no
// earlier alert's incident, and an incident's id, made of its first alert's origin, stays as alerts join, grow and are
// superseded.
func Fold(alerts []Summary, common Common) []Incident {
	slices.SortFunc(alerts, func(a, b Summary) int {
		return cmp.Or(a.Arrived.Compare(b.Arrived), strings.Compare(a.Origin, b.Origin), strings.Compare(a.ID, b.ID))
	})
	f := newFolder(common)
	for i := range alerts {
		f.place(&alerts[i])
	}
	out := make([]Incident, len(f.all))
	for i, in := range f.all {
		out[i] = in.done()
	}
	return out
}

// folding is an incident that may grow.
type folding struct {
	Incident
	order         int
	entities      map[Entity]*IncidentEntity
	rules         map[string]*IncidentRule
	keys          map[string]bool // of its alerts
	closed, taken int
}

// near is whether a is at most FoldGap away from what lasted from first to last.
func (a *Summary) near(first, last time.Time) bool {
	return !a.Start.After(last.Add(FoldGap)) && !a.End.Before(first.Add(-FoldGap))
}

func (f *folding) near(a *Summary) bool { return a.near(f.First, f.Last) }

func (f *folding) add(a *Summary, s subject, by []Link) {
	f.Alerts, f.Joined, f.keys[s.key] = append(f.Alerts, a.ID), append(f.Joined, Joined{a.ID, by}), true
	f.Count += a.Count
	if a.Start.Before(f.First) {
		f.First = a.Start
	}
	if a.End.After(f.Last) {
		f.Last = a.End
	}
	if a.Severity > f.Severity || f.Level == "" {
		f.Severity, f.Level = a.Severity, a.Level
	}
	for _, e := range a.Entities {
		f.entity(e).Alerts++
	}
	for _, e := range s.about {
		f.entity(e).Links = true
	}
	for _, l := range by {
		f.entity(l.Entity).Links = true
	}
	r := f.rules[a.Rule]
	if r == nil {
		r = &IncidentRule{ID: a.Rule, Title: a.Title, Level: a.Level, severity: a.Severity}
		f.rules[a.Rule] = r
	}
	if r.Alerts++; a.Severity > r.severity {
		r.Level, r.severity = a.Level, a.Severity
	}
	f.Owners, f.Tactics, f.Techniques = union(f.Owners, a.State.Owner), union(f.Tactics, a.Tactics...), union(f.Techniques, a.Techniques...)
	switch a.State.Status {
	case Closed:
		f.closed++
	case Acknowledged:
		f.taken++
	}
}

func (f *folding) entity(e Entity) *IncidentEntity {
	if f.entities[e] == nil {
		f.entities[e] = &IncidentEntity{Entity: e}
	}
	return f.entities[e]
}

func (f *folding) done() Incident {
	switch n := len(f.Alerts); {
	case f.closed == n:
		f.Status = Closed
	case f.closed+f.taken == n:
		f.Status = Acknowledged
	default:
		f.Status = New
	}
	for _, e := range f.entities {
		f.Entities = append(f.Entities, *e)
	}
	slices.SortFunc(f.Entities, func(a, b IncidentEntity) int {
		links := func(e IncidentEntity) int {
			if e.Links {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(links(a), links(b)), cmp.Compare(b.Alerts, a.Alerts), strings.Compare(a.String(), b.String()))
	})
	for _, r := range f.rules {
		f.Rules = append(f.Rules, *r)
	}
	slices.SortFunc(f.Rules, func(a, b IncidentRule) int {
		return cmp.Or(cmp.Compare(b.severity, a.severity), cmp.Compare(b.Alerts, a.Alerts), strings.Compare(a.ID, b.ID))
	})
	return f.Incident
}

// union adds to a sorted list what it lacks, but for "".
func union(list []string, more ...string) []string {
	for _, v := range more {
		if at, ok := slices.BinarySearch(list, v); !ok && v != "" {
			list = slices.Insert(list, at, v)
		}
	}
	return list
}

// incidentID begins with when the first alert arrived, so that the incident can be found again by its id.
func incidentID(first *Summary, name string) string {
	h := digest(first.Tenant, name)
	return fmt.Sprintf("%012x%s", first.Arrived.UnixMilli(), hex.EncodeToString(h[:8]))
}

// IncidentArrived gives when the first alert of an incident arrived, from the incident's id.
func IncidentArrived(id string) (time.Time, bool) {
	if len(id) != 28 {
		return time.Time{}, false
	}
	ms, err := strconv.ParseInt(id[:12], 16, 64)
	if _, bad := hex.DecodeString(id[12:]); err != nil || bad != nil || ms < 0 {
		return time.Time{}, false
	}
	return time.UnixMilli(ms).UTC(), true
}
