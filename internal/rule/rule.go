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
	Level          string    // informational, low, medium, high, critical
	Severity       int       // the level as a number, 0 to 100
	Levels         []LevelAt // further levels, rising with the count of the burst; none: Level whatever the count
	Mode           string    // Live or Shadow
	Status         string    // stable, test, experimental, deprecated; "" if not stated
	Author         string    // as written
	License        string    // as written
	Sigma          *Sigma    // where the rule was imported from; nil if it was not
	Tags           []string  // all, in small letters
	Tactics        []string  // ATT&CK tactics, for example credential-access
	Techniques     []string  // ATT&CK techniques, for example T1110.001
	References     []string
	FalsePositives []string
	Playbook       string // what to do, Markdown
	Enabled        bool
	File           string       // path within the folder that was loaded
	Line           int          // line of the rule's id
	Steps          []Step       // at least one; more only for a sequence
	Exceptions     []*Exception // that concern the rule, its own first
	Window         *window.Spec
	GroupBy        []event.Field
	Fields         []event.Field // evidence: fields of the event that an alert shows, beside GroupBy
	Lateness       time.Duration // how long events are waited for
	Suppress       time.Duration // after an alert, none for the same key for so long; 0: each burst alerts
	Tests          []Test
	// Hash is of everything that decides which alerts the rule raises, but for the contents of lists, exceptions, levels and mode. What windows
	// hold of the rule stays good while Hash is the same.
	Hash [16]byte
	// Version is of all that Hash leaves out, too.
	Version [16]byte
}

// The modes of a rule.
const (
	Live   = "live"
	Shadow = "shadow" // evaluated, its alerts marked and kept apart
)

// LevelAt is the level of an alert once its burst counts so many.
type LevelAt struct {
	Level    string
	Severity int
	AtLeast  int
}

// LevelFor gives the level of an alert whose burst counts so many, and its severity.
func (r *Rule) LevelFor(count int) (level string, severity int) {
	level, severity = r.Level, r.Severity
	for _, l := range r.Levels {
		if count >= l.AtLeast {
			level, severity = l.Level, l.Severity
		}
	}
	return level, severity
}

// Sigma says which Sigma rule a rule was imported from. It has no meaning here.
type Sigma struct {
	ID, Source, Hash, License string
	Date, Modified            string   // as written
	Related                   []string // other Sigma rules: what they are to this one (derived, obsolete, renamed …), a blank, their id
}

// Exception is a condition under which rules do not match, for a time.
type Exception struct {
	Rules   []string   // ids and tags, or "*"; none: the rule in which the exception stands
	Tenant  string     // whose events alone are excepted; "": everybody's
	Match   *Predicate // what is excepted
	Owner   string
	Reason  string
	Expires time.Time // events from then on are not excepted
	File    string    // path within the folder that was loaded
	Line    int
}

// Step is one condition of a rule.
type Step struct {
	Name    string
	Match   *Predicate // what an event must satisfy: Written, and no exception that holds at the event's time
	Written *Predicate // as the rule has it
	AtLeast int        // how many events must match, 1 or more
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
	Rules      []*Rule      // ordered by id, disabled ones included
	Lists      []*List      // ordered by name
	Exceptions []*Exception // all, those within rules included
	Hash       string       // of the meaning of all enabled rules, their lists and exceptions included, hex
	Unread     []Unread     // files of which nothing came

	lists lists
}

// Unread is a file in the folder of rules of which nothing came.
type Unread struct{ File, Why string }

// Compile compiles a predicate that may use the set's lists. The error is an *Error.
func (s *Set) Compile(src string) (*Predicate, error) { return compile(src, s.lists) }

// Levels maps each level to its severity.
var Levels = map[string]int{"informational": 10, "low": 30, "medium": 50, "high": 70, "critical": 90}

// Defaults of a rule that does not state them.
const DefaultLateness = 5 * time.Second
