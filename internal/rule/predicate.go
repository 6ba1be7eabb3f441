package rule

import (
	"fmt"
	"sync"

	"github.com/expr-lang/expr/vm"

	"watchpost/internal/event"
)

// Bounds of a predicate's source: expr has no limit of time, so what it may be asked to do is bounded before it runs. The greatest of SigmaHQ's rules
// has 240 kB, nearly all of it texts to look for.
const (
	MaxSource = 512 << 10 // bytes
	MaxNodes  = 20_000    // nodes of the syntax tree
	MaxDepth  = 200       // brackets in each other
	MaxText   = 8 << 10   // bytes of a text in quotes
	MaxCost   = 200_000   // units of Predicate.Cost
)

// Predicate is a condition on one event, compiled from expr. It may be used from several goroutines.
type Predicate struct {
	source string
	canon  [16]byte // of the syntax tree: equal where only spaces and brackets differ
	node   Node
	cost   int
	weight int
	lists  lists
	used   []string // lists, by name

	once    sync.Once // program is made when first asked for: only tests and hunts of doubt ask
	program *vm.Program
	err     error
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

// Match says whether e satisfies the predicate, by its tree. The error says that a residue could not be evaluated; the
// event then counts as not matched.
func (p *Predicate) Match(e event.Event) (bool, error) { return p.node.Eval(e) }

// Run says the same as Match, by expr's machine. It is slower, and the truth that Match is tested against.
func (p *Predicate) Run(e event.Event) (bool, error) {
	p.once.Do(func() { p.program, p.err = program(p.source, p.lists) })
	if p.err != nil {
		return false, p.err
	}
	return run(p.program, e)
}

// Cost estimates from above what the predicate costs on an event that has all of its fields, without any index: a unit is about 10 ns where texts
// have 200 bytes. For texts it grows in proportion with their length.
func (p *Predicate) Cost() int { return p.cost }

// Lists gives the names of the lists that the predicate asks for.
func (p *Predicate) Lists() []string { return p.used }

// Fields lists the fields that the predicate looks at, each once, in order of appearance.
func (p *Predicate) Fields() []event.Field {
	var out []event.Field
	seen := map[event.Field]bool{}
	Walk(p.node, func(n Node) {
		fields := []event.Field(nil)
		switch n := n.(type) {
		case Leaf:
			fields = []event.Field{n.On().Field}
		case *Residue:
			fields = n.Fields
		}
		for _, f := range fields {
			if !seen[f] {
				seen[f] = true
				out = append(out, f)
			}
		}
	})
	return out
}

// machine is expr's machine and its environment.
type machine struct {
	vm vm.VM
	e  event.Event
}

var machines = sync.Pool{New: func() any { return new(machine) }}

func run(program *vm.Program, e event.Event) (bool, error) {
	m := machines.Get().(*machine)
	m.e = e
	out, err := m.vm.Run(program, m)
	m.e = event.Event{}
	machines.Put(m)
	if err != nil {
		return false, err
	}
	ok, _ := out.(bool)
	return ok, nil
}
