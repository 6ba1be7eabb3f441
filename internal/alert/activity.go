package alert

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Activity is what somebody did with an alert.
type Activity struct {
	ID      string // random; names the activity
	Of      string // alert that it was done with: the alert itself, or one that it supersedes
	Time    time.Time
	User    string
	Action  string // one of Actions
	Owner   string // for acknowledge and assign
	Comment string
	Class   string // for close, one of Classes
}

// The statuses of an alert.
const (
	New          = "new"
	Acknowledged = "acknowledged"
	Closed       = "closed"
)

// Statuses are all statuses of an alert, in the order in which it takes them.
var Statuses = []string{New, Acknowledged, Closed}

// The actions on an alert.
const (
	Acknowledge = "acknowledge" // somebody takes it on
	Assign      = "assign"      // to an owner; "" is nobody
	Comment     = "comment"
	Close       = "close" // with a class: what it turned out to be
	Reopen      = "reopen"
)

// Actions are all that can be done with an alert.
var Actions = []string{Acknowledge, Assign, Comment, Close, Reopen}

// Classes say what a closed alert turned out to be.
var Classes = []string{"true_positive", "benign", "false_positive", "duplicate"}

// Bounds of an activity, in bytes.
const (
	MaxComment = 16 << 10
	MaxOwner   = 128
)

// Check reports every fault of a, each with its key.
func (a Activity) Check() error {
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(!slices.Contains(Actions, a.Action), "action: %.40q: want one of %v", a.Action, Actions)
	fault(a.Action == Comment && a.Comment == "", "comment: is empty")
	fault(len(a.Comment) > MaxComment, "comment: %d bytes, at most %d", len(a.Comment), MaxComment)
	fault(len(a.Owner) > MaxOwner, "owner: %d bytes, at most %d", len(a.Owner), MaxOwner)
	fault(a.Owner != "" && a.Action != Acknowledge && a.Action != Assign, "owner: goes with acknowledge and assign only")
	fault(a.Action == Close && !slices.Contains(Classes, a.Class), "class: %.40q: closing wants one of %v", a.Class, Classes)
	fault(a.Action != Close && a.Class != "", "class: goes with close only")
	return errors.Join(faults...)
}

// State is what the activity of an alert comes to.
type State struct {
	Status    string
	Owner     string
	Class     string // "" unless closed
	Comments  uint64
	Version   uint64 // how many activities there were
	Changed   time.Time
	ChangedBy string
}

// StateOf folds activity, in order of time. The view alert_state does the same.
func StateOf(list []Activity) State {
	s := State{Status: New}
	for _, a := range list {
		switch a.Action {
		case Acknowledge:
			s.Status, s.Owner = Acknowledged, a.Owner
		case Assign:
			s.Owner = a.Owner
		case Close:
			s.Status, s.Class = Closed, a.Class
		case Reopen:
			s.Status, s.Class = New, ""
		}
		if a.Comment != "" {
			s.Comments++
		}
		s.Version++
		s.Changed, s.ChangedBy = a.Time, a.User
	}
	return s
}

// ErrConflict says that an alert, or another thing, is no longer as whoever wanted to change it saw it.
var ErrConflict = errors.New("somebody was faster")

// Allows says whether action makes sense in this state; the error names who made it so.
func (s State) Allows(action string) error {
	because := func(what string) error {
		return fmt.Errorf("%w: it is %s, by %s at %s", ErrConflict, what, s.ChangedBy, s.Changed.UTC().Format(time.RFC3339))
	}
	switch {
	case action == Acknowledge && s.Status == Acknowledged:
		return because("acknowledged; its owner is " + s.Owner)
	case (action == Acknowledge || action == Close) && s.Status == Closed:
		return because("closed as " + s.Class)
	case action == Reopen && s.Status == New:
		return fmt.Errorf("%w: it is open", ErrConflict)
	}
	return nil
}
