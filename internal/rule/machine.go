package rule

import (
	"math/big"
	"net/netip"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"watchpost/internal/event"
)

// What expr's machine calls. It is written for plainness, not for speed: Node.Eval and the store's SQL are tested against it, so it shares
// with them as little as can be.

// Names of the machine's functions; no source can name them, for a name of expr has no such character.
const (
	fnLeaf    = "leaf·"    // (env, *machineLeaf) bool
	fnValue   = "value·"   // (env, Ref) any: nil, string, int64, float64, bool or []string
	fnCompare = "compare·" // (op, a, b) bool
	fnMath    = "math·"    // (op, a, b) any
	fnLen     = "len·"     // (a) any
	fnLower   = "lower·"   // (a) any
	fnNumber  = "number·"  // (a) any
	fnPart    = "part·"    // (Part, *time.Location, a) any
	fnTexts   = "texts·"   // (op, a, b) bool
)

var machineFunctions = map[string]func(args ...any) (any, error){
	fnLeaf:    func(a ...any) (any, error) { return a[1].(*machineLeaf).test(a[0].(*machine).e), nil },
	fnValue:   func(a ...any) (any, error) { return machineValue(a[0].(*machine).e, a[1].(Ref)), nil },
	fnCompare: func(a ...any) (any, error) { return machineCompare(a[0].(string), a[1], a[2]), nil },
	fnMath:    func(a ...any) (any, error) { return machineMath(a[0].(string), a[1], a[2]), nil },
	fnLen:     func(a ...any) (any, error) { return machineLen(a[0]), nil },
	fnLower:   func(a ...any) (any, error) { return machineLower(a[0]), nil },
	fnNumber:  func(a ...any) (any, error) { return machineNumber(a[0]), nil },
	fnPart:    func(a ...any) (any, error) { return machinePart(a[0].(Part), a[1].(*time.Location), a[2]), nil },
	fnTexts:   func(a ...any) (any, error) { return machineTexts(a[0].(string), a[1], a[2]), nil },
}

// machineLeaf is a leaf as it was written.
type machineLeaf struct {
	ref    Ref
	op     string
	values []any
	res    []*regexp.Regexp // matches, word, wildcard, iwildcard and the i-functions; nil for a constant that is not UTF-8
}

func newMachineLeaf(r Ref, op string, values []any) *machineLeaf {
	l := &machineLeaf{ref: r, op: op, values: values}
	for _, v := range values {
		s, _ := v.(string)
		switch op {
		case "matches":
			l.res = append(l.res, regexp.MustCompile(s))
		case "word":
			l.res = append(l.res, regexp.MustCompile(wordPattern(s)))
		case "wildcard", "iwildcard":
			re, _, _ := wildcardPattern(s, op == "iwildcard")
			l.res = append(l.res, regexp.MustCompile(re))
		case "iequals", "icontains", "istartsWith", "iendsWith":
			var re *regexp.Regexp
			if utf8.ValidString(s) {
				re = regexp.MustCompile(FoldPattern(s, textOps[op]))
			}
			l.res = append(l.res, re)
		}
	}
	return l
}

// test says whether any constant holds of any value that the event has.
func (l *machineLeaf) test(e event.Event) bool {
	have := machineValue(e, l.ref)
	if l.op == "exists" {
		return have != nil || l.ref == Ref{Field: event.Labels} && e.Present(event.Labels)
	}
	list, ok := have.([]string)
	if s, isText := have.(string); isText {
		list, ok = []string{s}, true
	}
	if !ok {
		for _, v := range l.values {
			if have != nil && l.holds(have, v) {
				return true
			}
		}
		return false
	}
	for _, s := range list {
		for i, v := range l.values {
			switch {
			case l.res == nil:
				ok = l.holds(s, v)
			case l.res[i] == nil:
				ok = machineFind(textOps[l.op], lower(s), lower(v.(string)))
			default:
				ok = l.res[i].MatchString(valid(s))
			}
			if ok {
				return true
			}
		}
	}
	return false
}

var textOps = map[string]TextOp{"contains": Contains, "startsWith": StartsWith, "endsWith": EndsWith,
	"icontains": Contains, "istartsWith": StartsWith, "iendsWith": EndsWith, "iequals": Whole}

func machineFind(op TextOp, s, what string) bool {
	switch op {
	case Contains:
		return strings.Contains(s, what)
	case StartsWith:
		return strings.HasPrefix(s, what)
	case EndsWith:
		return strings.HasSuffix(s, what)
	}
	return s == what
}

func (l *machineLeaf) holds(have, v any) bool {
	s, isText := v.(string)
	switch l.op {
	case "contains", "startsWith", "endsWith":
		return machineFind(textOps[l.op], have.(string), s)
	case "domain":
		name, above := lower(strings.TrimSuffix(have.(string), ".")), lower(strings.TrimSuffix(s, "."))
		return above != "" && len(above) <= MaxDomain && (name == above || strings.HasSuffix(name, "."+above))
	case "cidr":
		a, ok := ParseAddr(have.(string))
		p, err := prefix(s)
		return ok && err == nil && p.Contains(a)
	}
	op := l.op
	if op == "in" {
		op = "=="
	}
	if isText && l.ref.Field.Info().Kind == event.Time {
		t, _ := time.Parse(time.RFC3339Nano, s)
		v = t.UnixNano()
	}
	if isText && l.ref.ip() {
		a, _ := ParseAddr(s)
		v = a
		have = addrOrText(have)
	}
	if i, ok := v.(int64); ok && l.ref.Field.Info().Kind == event.Float {
		v = float64(i)
	}
	return machineCompare(op, have, v)
}

func addrOrText(v any) any {
	if s, ok := v.(string); ok {
		if a, ok := ParseAddr(s); ok {
			return a
		}
	}
	return v
}

// machineValue gives what the event has: nil where it has nothing.
func machineValue(e event.Event, r Ref) any {
	if !r.presentIn(e) {
		return nil
	}
	switch r.Field.Info().Kind {
	case event.Dict, event.Text:
		return e.Str(r.Field)
	case event.List:
		out := make([]string, e.Len(r.Field))
		for i := range out {
			out[i] = e.At(r.Field, i)
		}
		return out
	case event.Int, event.Time:
		v, _ := e.Int(r.Field)
		return v
	case event.Float:
		v, _ := e.Float(r.Field)
		return v
	case event.Bool:
		v, _ := e.Bool(r.Field)
		return v
	}
	return e.Label(r.Label)
}

func (r Ref) presentIn(e event.Event) bool {
	if r.Field == event.Labels {
		return r.Label != "" && e.Label(r.Label) != ""
	}
	return e.Present(r.Field)
}

// machineCompare says whether any value of a stands to any of b as op says; nothing stands to what is missing.
func machineCompare(op string, a, b any) bool {
	if list, ok := a.([]string); ok {
		for _, s := range list {
			if machineCompare(op, s, b) {
				return true
			}
		}
		return false
	}
	if list, ok := b.([]string); ok {
		for _, s := range list {
			if machineCompare(op, a, s) {
				return true
			}
		}
		return false
	}
	if op == "addr" { // texts of which at least one is of an address: equal if both are the same address, or the same text
		a, b = addrOrText(a), addrOrText(b)
	}
	order, ok := machineOrder(a, b)
	if !ok {
		return false
	}
	switch op {
	case "==", "addr":
		return order == 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	panic("BUG: rule: operator " + op)
}

func machineOrder(a, b any) (int, bool) {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return strings.Compare(a, b), ok
	case netip.Addr:
		b, ok := b.(netip.Addr)
		return a.Compare(b), ok
	case bool:
		b, ok := b.(bool)
		return map[bool]int{true: 0, false: 1}[a == b], ok
	case int64:
		if b, ok := b.(int64); ok {
			return big.NewInt(a).Cmp(big.NewInt(b)), true
		}
	}
	x, ok1 := bigFloat(a)
	y, ok2 := bigFloat(b)
	if !ok1 || !ok2 {
		return 0, false
	}
	return x.Cmp(y), true
}

func bigFloat(v any) (*big.Float, bool) {
	switch v := v.(type) {
	case int64:
		return new(big.Float).SetInt64(v), true
	case float64:
		return big.NewFloat(v), true
	}
	return nil, false
}
