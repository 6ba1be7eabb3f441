// Package rule holds detection rules: read, checked, compiled.
package rule

import (
	"time"

	"watchpost/internal/event"
	"watchpost/internal/window"
)

// Rule is one detection. It does not change after Load and may be shared.
type Rule struct {
	ID             string
	Title          string
	Description    string
	Level          string   // informational, low, medium, high, critical
	Severity       int      // the level as a number, 0 to 100
	Status         string   // stable, test, experimental, deprecated; "" if not stated
	Author         string   // as written
	Tactics        []string // ATT&CK tactics, for example credential-access
	Techniques     []string // ATT&CK techniques, for example T1110.001
	References     []string
	FalsePositives []string
	Playbook       string // what to do, Markdown
	Enabled        bool
	File           string // path within the folder that was loaded
	Line           int    // line of the rule's id
	Steps          []Step // at least one; more only for a sequence
	Window         *window.Spec
	GroupBy        []event.Field
	Fields         []event.Field // evidence: fields of the event that an alert shows, beside GroupBy
	Lateness       time.Duration // how long events are waited for
	Suppress       time.Duration // after an alert, none for the same key for so long; 0: each burst alerts
	Tests          []Test
	Hash           [16]byte // of everything that decides which alerts the rule raises
}

// Step is one condition of a rule.
type Step struct {
	Name    string
	Match   *Predicate
	AtLeast int // how many events must match, 1 or more
}

// Test is an inline test: lines in, alerts out.
type Test struct {
	Name     string
	Format   string    // of the lines: auto, syslog, json …
	Received time.Time // when the lines were received; zero: each at its own time
	Lines    []string
	Alerts   []Want // all alerts that must be raised, in order; none is none
	Line     int    // in the rule's file
}

// Want says what an alert must show. Fields hold group key fields or others of the alert by name.
type Want struct {
	Fields map[string]string
	Count  int // of matching events; 0: any
}

// Set is all rules of a folder.
type Set struct {
	Rules []*Rule // ordered by id, disabled ones included
	Hash  string  // of the meaning of all enabled rules, hex
}

// Levels maps each level to its severity.
var Levels = map[string]int{"informational": 10, "low": 30, "medium": 50, "high": 70, "critical": 90}

// Defaults of a rule that does not state them.
const DefaultLateness = 5 * time.Second
