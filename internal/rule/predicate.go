package rule

import (
	"fmt"

	"watchpost/internal/event"
)

// Bounds of a predicate's source: expr has no limit of time, so what it may be asked to do is bounded before.
const (
	MaxSource = 8 << 10 // bytes
	MaxNodes  = 500     // nodes of the syntax tree
)

// Predicate is a condition on one event, compiled from expr. It may be used from several goroutines.
type Predicate struct {
	source string
	node   Node
}

// Error says what is wrong with a predicate's source, and where.
type Error struct {
	Offset       int // bytes from the start
	Line, Column int // from 1; the column counts characters
	What         string
}

func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.What) }

// Source gives the predicate as it was written.
func (p *Predicate) Source() string { return p.source }

// Node gives the predicate's tree, which must not be changed.
func (p *Predicate) Node() Node { return p.node }

// Match says whether e satisfies the predicate. The error says that a part which only expr's machine can evaluate
// failed; the event then counts as not matched.
func (p *Predicate) Match(e event.Event) (bool, error) { return p.node.Eval(e) }

// Compile reads and checks a predicate. The error is an *Error.
func Compile(src string) (*Predicate, error) { return nil, &Error{Line: 1, Column: 1, What: "not built yet"} }

// Node is a part of a predicate: And, Or, Not, Const, Compare, In, Text, Wildcard, Regex, CIDR, Present or Residue.
type Node interface {
	// Eval says whether e satisfies the node.
	Eval(e event.Event) (bool, error)
}
