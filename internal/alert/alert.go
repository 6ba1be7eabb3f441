// Package alert holds what a rule found, as one thing that people act on.
package alert

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"watchpost/internal/event"
)

// Alert is one burst of matching events under one group key. Later revisions of the same id replace earlier ones:
// they differ in what has happened since.
type Alert struct {
	ID         string // see ID
	Tenant     string
	Rule       string // id
	RuleHash   string // hex; version of the rule as it was when it fired
	Shadow     bool   // of a rule that is only tried out: nobody is told
	Title      string
	Level      string
	Severity   int
	Time       int64 // effective time of the crossing event, Unix nanoseconds; of the judgement for an absence
	Start, End int64 // of the first and the last event
	Count      uint64
	Distinct   int       // different values counted; 0 where the rule counts none
	Values     []string  // sample of these values; the new values of a first seen; the places of a travel
	Measures   []Measure // what the window reckoned, in the order of measures, each at most once
	Intervals  []float64 // Beacon: seconds between its last events, at most 20
	Approx     bool      // Distinct is estimated, or a measure
	Group      []Pair    // group key without tenant, sorted by name; empty values are missing ones
	Fields     []Pair    // evidence from the crossing event, sorted by name
	Events     []event.ID
	Revision   uint32
	Supersedes []string // ids of alerts that this one replaces: events that came late moved the crossing
	Tactics    []string
	Techniques []string
	Query      string // predicate that finds the events between Start and End
	Resolved   int64  // when an absence ended; 0: it did not, or is none
}

// Measure is a number that a window reckoned.
type Measure struct {
	Name  string // one of the measures
	Value float64
}

// The measures. What they mean for each kind of window stands in docs/windows.md.
const (
	Value    = "value"       // the sum, average, percentile; the events or the average of a rate
	Baseline = "baseline"    // Rate: what value is at that hour of the week
	Distance = "distance_km" // Travel
	Speed    = "speed_kmh"   // Travel
	Interval = "interval"    // Beacon: median seconds between events
	Jitter   = "jitter"      // Beacon: greatest deviation from it, as a part of it
)

// Pair is a field by name with its value as text.
type Pair struct{ Name, Value string }

// ID gives the id of the alert that event crossing raised: the same after any crash and in any replay.
// key is the group key in the form of package window, which holds the tenant too.
func ID(tenant, rule, key string, crossing event.ID) string {
	h := digest(tenant, rule, key, string(crossing.Append(nil)))
	return hex.EncodeToString(h[:16])
}

// Fingerprint names what an alert is about: tenant, rule and group key, whenever it happens.
func (a *Alert) Fingerprint() string {
	parts := []string{a.Tenant, a.Rule}
	for _, p := range a.Group {
		parts = append(parts, p.Name, p.Value)
	}
	h := digest(parts...)
	return hex.EncodeToString(h[:8])
}

func digest(parts ...string) [sha256.Size]byte {
	var b []byte
	for _, p := range parts {
		b = append(binary.AppendUvarint(b, uint64(len(p))), p...)
	}
	return sha256.Sum256(b)
}
