package rule

import (
	"net/netip"
	"regexp"

	"github.com/expr-lang/expr/vm"

	"watchpost/internal/event"
)

// Node is a part of a predicate: *And, *Or, *Not, *Const, a Leaf or a *Residue.
type Node interface {
	// Eval says whether e satisfies the node.
	Eval(e event.Event) (bool, error)
}

// Leaf is a condition on one field alone: *Compare, *In, *FoldIn, *Domain, *Text, *Wildcard, *Regex, *CIDR, *TimePart or *Present. It is false where the
// field is missing and true where it is true of any value of a list. The functions of the language that are not named here are made of these:
// windash, base64, anywhere and the like are an Or of Text, in which leaves of the same field and way stand side by side; a list is an In, a
// FoldIn or a Domain, and where it holds networks a CIDR beside it.
//
// Values of text are bytes and mostly, not always, UTF-8. Compare, In, FoldIn and Text compare bytes. A constant that is not UTF-8, such as
// wide("é"), occurs in Compare, In, FoldIn and Text only. What needs characters (Wildcard, Regex, a Text that is not Bytewise) sees each run of bytes that are not UTF-8 as U+FFFD.
type Leaf interface {
	Node
	// On gives what the leaf looks at.
	On() Ref
	// Test judges one value, not empty, of a field that holds text (Ref.Textual).
	Test(value string) bool
}

// Ref names what a leaf looks at.
type Ref struct {
	Field event.Field
	Label string // key, if Field is event.Labels; "" there means the labels as a whole
}

// On gives r itself; leaves embed it.
func (r Ref) On() Ref { return r }

// Textual says that r holds text: one, a list, or a label.
func (r Ref) Textual() bool {
	switch r.Field.Info().Kind {
	case event.Dict, event.Text, event.List:
		return true
	}
	return r.Label != ""
}

// any says whether r of e is or holds a text for which test is true.
func (r Ref) any(e event.Event, l Leaf) bool {
	if r.Label != "" {
		v := e.Label(r.Label)
		return v != "" && l.Test(v)
	}
	if !e.Has(r.Field) && r.Field != event.EventID {
		return false
	}
	if r.Field.Info().Kind == event.List {
		for _, k := range e.Keys(r.Field) {
			if l.Test(e.Entry(r.Field, k)) {
				return true
			}
		}
		return false
	}
	v := e.Str(r.Field)
	return v != "" && l.Test(v)
}

// Op compares.
type Op uint8

// The comparisons. There is no "not equal": that is Not of Equal.
const (
	Equal Op = iota + 1
	Less
	LessEqual
	Greater
	GreaterEqual
)

// Value is a constant, in the member that suits the kind of the field beside which it stands.
type Value struct {
	Text  string     // fields of text
	Addr  netip.Addr // fields of type ip: not IPv4-mapped, no zone
	Int   int64      // Int; Time in Unix nanoseconds
	Float float64
	Bool  bool
}

// TextOp is a way to look for a text in a text.
type TextOp uint8

// The ways.
const (
	Whole TextOp = iota + 1
	Contains
	StartsWith
	EndsWith
)

type (
	// And is true where all of its nodes are.
	And struct{ Nodes []Node }
	// Or is true where any of its nodes is.
	Or struct{ Nodes []Node }
	// Not is true where its node is false.
	Not struct{ Node Node }
	// Const is always the same.
	Const struct{ Value bool }

	// Compare compares a field with a constant.
	Compare struct {
		Ref
		Op    Op
		Value Value
	}
	// In is equality with any of several constants. It may have very many; List, if not "", names the list whose they are, and within a Set
	// leaves of the same List and kind of field have the same.
	In struct {
		Ref
		List   string
		Values []Value
		texts  map[string]bool
		addrs  map[netip.Addr]bool
		ints   map[int64]bool
	}
	// FoldIn is equality, whatever the case, with any of several constants, all bytewise as in Text, which are given with letters of ASCII in small,
	// sorted, each once.
	// It may have very many, of a List as in In.
	FoldIn struct {
		Ref
		List   string
		Values []string
		texts  map[string]bool
	}
	// Domain is true of a domain name that is one of several or below one, by whole labels: evil.example holds for a.b.evil.example, not for notevil.example. Letters of
	// ASCII are equal whatever the case, a dot at the end counts for nothing, and of names longer than MaxDomain bytes only the end is looked at.
	// Values are in small letters, without that dot, sorted, each once. It may have very many, of a List as in In.
	Domain struct {
		Ref
		List   string
		Values []string
		texts  map[string]bool
	}
	// Text looks for a constant in a text. If Fold, case is ignored (Fold says how); Whole occurs only so.
	Text struct {
		Ref
		Op    TextOp
		Fold  bool
		Value string
		fold  folded
	}
	// Wildcard compares a whole text with a pattern in which * stands for anything, ? for one character, and \ takes
	// the meaning from what follows. Pattern is the regular expression (RE2) that says the same of valid UTF-8.
	Wildcard struct {
		Ref
		Fold    bool
		Source  string
		Pattern string
		re      *regexp.Regexp
	}
	// Regex looks for a regular expression (RE2) in a text. Bytes that are not valid UTF-8 count as U+FFFD, a run of
	// them as one.
	Regex struct {
		Ref
		Pattern string
		Word    string // what the function word looks for, of which Pattern is made; else ""
		re      *regexp.Regexp
	}
	// CIDR is true of an address in any of several networks, which are sorted and apart. A network of IPv6 holds no IPv4 address.
	// It may have very many, of a List as in In.
	CIDR struct {
		Ref
		List     string
		Prefixes []netip.Prefix
	}
	// Present is true where the field has a value.
	Present struct{ Ref }
	// Residue is a condition that only expr's machine can evaluate, such as one that compares two fields.
	Residue struct {
		Source  string // as expr prints it
		Fields  []event.Field
		steps   int // that the machine takes
		program *vm.Program
	}
)

// Walk calls f for n and for all nodes below it, parents first.
func Walk(n Node, f func(Node)) {
	f(n)
	switch n := n.(type) {
	case *And:
		for _, k := range n.Nodes {
			Walk(k, f)
		}
	case *Or:
		for _, k := range n.Nodes {
			Walk(k, f)
		}
	case *Not:
		Walk(n.Node, f)
	}
}

// all makes a conjunction, flat.
func all(nodes ...Node) Node {
	out := &And{}
	for _, n := range nodes {
		if a, ok := n.(*And); ok {
			out.Nodes = append(out.Nodes, a.Nodes...)
		} else {
			out.Nodes = append(out.Nodes, n)
		}
	}
	return out
}

// anyOf makes a disjunction, flat.
func anyOf(nodes ...Node) Node {
	if len(nodes) == 1 {
		return nodes[0]
	}
	out := &Or{}
	for _, n := range nodes {
		if o, ok := n.(*Or); ok {
			out.Nodes = append(out.Nodes, o.Nodes...)
		} else {
			out.Nodes = append(out.Nodes, n)
		}
	}
	return out
}
