package rule

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"watchpost/internal/event"
)

func (n *And) Eval(e event.Event) (bool, error) {
	for _, k := range n.Nodes {
		if ok, err := k.Eval(e); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (n *Or) Eval(e event.Event) (bool, error) {
	for _, k := range n.Nodes {
		if ok, err := k.Eval(e); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (n *Not) Eval(e event.Event) (bool, error) {
	ok, err := n.Node.Eval(e)
	return !ok && err == nil, err
}

func (n *Const) Eval(event.Event) (bool, error) { return n.Value, nil }

func (n *Residue) Eval(e event.Event) (bool, error) { return run(n.program, e) }

func (n *Compare) Eval(e event.Event) (bool, error) {
	switch n.Field.Info().Kind {
	case event.Int, event.Time:
		v, ok := e.Int(n.Field)
		return ok && n.Op.holds(cmp.Compare(v, n.Value.Int)), nil
	case event.Float:
		v, ok := e.Float(n.Field)
		return ok && n.Op.holds(cmp.Compare(v, n.Value.Float)), nil
	case event.Bool:
		v, ok := e.Bool(n.Field)
		return ok && v == n.Value.Bool, nil
	}
	return n.any(e, n), nil
}

func (n *In) Eval(e event.Event) (bool, error) {
	switch n.Field.Info().Kind {
	case event.Int, event.Time:
		v, ok := e.Int(n.Field)
		return ok && n.ints[v], nil
	case event.Float:
		v, ok := e.Float(n.Field)
		for i := 0; ok && i < len(n.Values); i++ {
			if v == n.Values[i].Float {
				return true, nil
			}
		}
		return false, nil
	}
	return n.any(e, n), nil
}

func (n *FoldIn) Eval(e event.Event) (bool, error)   { return n.any(e, n), nil }
func (n *Text) Eval(e event.Event) (bool, error)     { return n.any(e, n), nil }
func (n *Wildcard) Eval(e event.Event) (bool, error) { return n.any(e, n), nil }
func (n *Regex) Eval(e event.Event) (bool, error)    { return n.any(e, n), nil }
func (n *CIDR) Eval(e event.Event) (bool, error)     { return n.any(e, n), nil }

func (n *Present) Eval(e event.Event) (bool, error) {
	if n.Label != "" {
		return e.Label(n.Label) != "", nil
	}
	return e.Present(n.Field), nil
}

func (n *Compare) Test(v string) bool {
	if n.Value.Addr.IsValid() {
		a, ok := ParseAddr(v)
		return ok && n.TestAddr(a)
	}
	return n.Op.holds(strings.Compare(v, n.Value.Text))
}

// TestAddr says whether a, as ParseAddr gives it, is the address that is asked for.
func (n *Compare) TestAddr(a netip.Addr) bool { return a == n.Value.Addr }

func (n *In) Test(v string) bool {
	if n.addrs != nil {
		a, ok := ParseAddr(v)
		return ok && n.TestAddr(a)
	}
	return n.texts[v]
}

// TestAddr says whether a, as ParseAddr gives it, is one of the addresses.
func (n *In) TestAddr(a netip.Addr) bool { return n.addrs[a] }

func (n *FoldIn) Test(v string) bool {
	var buf [128]byte // so that few values need memory
	if len(v) > len(buf) {
		return n.texts[lower(v)]
	}
	for i := range len(v) {
		c := v[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return n.texts[string(buf[:len(v)])]
}

func (n *Text) Test(v string) bool {
	if n.Fold {
		return n.fold.test(v, n.Op)
	}
	switch n.Op {
	case Contains:
		return strings.Contains(v, n.Value)
	case StartsWith:
		return strings.HasPrefix(v, n.Value)
	case EndsWith:
		return strings.HasSuffix(v, n.Value)
	}
	return v == n.Value
}

func (n *Wildcard) Test(v string) bool { return n.re.MatchString(valid(v)) }

func (n *Regex) Test(v string) bool { return n.re.MatchString(valid(v)) }

func (n *CIDR) Test(v string) bool {
	a, ok := ParseAddr(v)
	return ok && n.TestAddr(a)
}

// TestAddr says whether a, as ParseAddr gives it, is in one of the networks.
func (n *CIDR) TestAddr(a netip.Addr) bool {
	i, found := slices.BinarySearchFunc(n.Prefixes, a, func(p netip.Prefix, a netip.Addr) int { return p.Addr().Compare(a) })
	if !found {
		i--
	}
	return i >= 0 && n.Prefixes[i].Contains(a)
}

func (n *Present) Test(string) bool { return true }

// holds says what the comparison makes of an order.
func (o Op) holds(c int) bool {
	switch o {
	case Equal:
		return c == 0
	case Less:
		return c < 0
	case LessEqual:
		return c <= 0
	case Greater:
		return c > 0
	}
	return c >= 0
}

// ParseAddr reads an address in its one form: an IPv4-mapped one becomes IPv4, one with a zone is none.
func ParseAddr(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil && a.Zone() == ""
}

// valid replaces each run of bytes that are not UTF-8 by U+FFFD, as the store does before it looks for patterns.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
