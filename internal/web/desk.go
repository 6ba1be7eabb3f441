package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// Queue is what people do with alerts. What is not of the tenants that are named does not exist: ErrNotFound.
type Queue interface {
	// CountAlerts counts the alerts that f asks for, whatever their status.
	CountAlerts(ctx context.Context, f AlertFilter) ([]AlertCount, error)
	// Activity gives what was done with an alert, in order.
	Activity(ctx context.Context, tenants []string, id string) ([]alert.Activity, error)
	// Act does a to an alert and gives the state after it. seen is the version that the caller saw; nil: whichever. If the
	// alert is no longer so, the error is alert.ErrConflict, and the state the one that is.
	Act(ctx context.Context, tenants []string, id string, a alert.Activity, seen *uint64) (alert.State, error)
	// Evidence hands the events of an alert to each, in order: those that it names, or all that its query finds.
	Evidence(ctx context.Context, tenants []string, id string, all bool, each func(event.Event) error) error
	// Why says how the rule that raised an alert judges the events that the alert names.
	Why(ctx context.Context, tenants []string, id string) (*Why, error)
	// Incidents folds alerts of [from, to); id, if given, is the only one wanted. It reports whether there were too many.
	Incidents(ctx context.Context, tenants []string, id string, from, to time.Time) (list []alert.Incident, partial bool, err error)
}

// ErrNotFound says that what was asked for does not exist, or not for this caller.
var ErrNotFound = errors.New("there is no such thing")

// AlertCount counts alerts of a status and a level.
type AlertCount struct {
	Status, Level string
	Count         uint64
}

// Why is a rule, as it is now, with what it makes of an alert's events.
type Why struct {
	Alert   string `json:"alert"`
	Rule    string `json:"rule"`
	Known   bool   `json:"known"`   // the rule is in use; what follows is empty if it is not
	Changed bool   `json:"changed"` // the rule is no longer as it was when it raised the alert
	RuleText
	Events  []WhyEvent `json:"events"`
	Missing int        `json:"missing"` // events that the alert names and that are not stored any more
}

// RuleText is what a rule says of itself.
type RuleText struct {
	Name           string      `json:"name,omitempty"`
	Description    string      `json:"description,omitempty"`
	File           string      `json:"file,omitempty"`
	Line           int         `json:"line,omitempty"`
	Window         string      `json:"window,omitempty"` // what it counts, in words
	Steps          []RuleStep  `json:"steps"`
	Exceptions     []Exception `json:"exceptions"`
	Playbook       string      `json:"playbook,omitempty"` // Markdown
	FalsePositives []string    `json:"false_positives,omitempty"`
	References     []string    `json:"references,omitempty"`
}

// RuleStep is a condition of a rule.
type RuleStep struct {
	Name    string `json:"name,omitempty"`
	Match   string `json:"match"`
	AtLeast int    `json:"at_least"`
}

// WhyEvent is an event with the verdict of each step of a rule.
type WhyEvent struct {
	ID       string         `json:"id"`
	Time     time.Time      `json:"@timestamp"`
	Verdicts []rule.Verdict `json:"verdicts"`
}

// wrong answers a failed request about things: unknown, changed by another, or not done.
func (s *Server) wrong(w http.ResponseWriter, r *http.Request, err error) {
	switch fault := (*Fault)(nil); {
	case errors.As(err, &fault):
		refuse(w, fault.Err)
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrNoPack):
		problem(w, http.StatusNotFound, err.Error(), nil)
	case errors.Is(err, alert.ErrConflict), errors.Is(err, ErrReparsing), errors.Is(err, errTaken):
		problem(w, http.StatusConflict, err.Error(), nil)
	default:
		s.failed(w, r, err)
	}
}

// WithState adds to an alert, a JSON object, what people did with it, and more.
func WithState(body json.RawMessage, state alert.State, more map[string]any) (json.RawMessage, error) {
	if len(body) < 2 || body[0] != '{' || body[len(body)-1] != '}' {
		return nil, errors.New("it is no JSON object")
	}
	text, err := json.Marshal(showState(state))
	if err != nil {
		return nil, err
	}
	out := append(append(body[:len(body)-1:len(body)-1], ','), text[1:]...)
	if len(more) > 0 {
		if text, err = json.Marshal(more); err != nil {
			return nil, err
		}
		out = append(append(out[:len(out)-1], ','), text[1:]...)
	}
	return out, nil
}
