package rule

import (
	"bytes"
	"slices"
	"strings"

	"watchpost/internal/event"
)

// MaxDomain is how long a domain name can be, in bytes.
const MaxDomain = 253

// domainName gives a constant of domain as it is compared.
func domainName(s string) string { return lower(strings.TrimSuffix(s, ".")) }

func newDomain(r Ref, values []any) Node {
	n := &Domain{Ref: r, texts: make(map[string]bool, len(values))}
	for _, v := range values {
		if name := domainName(v.(string)); name != "" && len(name) <= MaxDomain { // a list may hold anything
			n.Values = append(n.Values, name)
			n.texts[name] = true
		}
	}
	if len(n.Values) == 0 {
		return anyOf()
	}
	slices.Sort(n.Values)
	n.Values = slices.Compact(n.Values)
	return n
}

// Eval implements Node.
func (n *Domain) Eval(e event.Event) (bool, error) { return n.any(e, n), nil }

// Test looks up v and each name above it.
func (n *Domain) Test(v string) bool {
	v = strings.TrimSuffix(v, ".")
	if len(v) > MaxDomain {
		v = v[len(v)-MaxDomain-1:]
		dot := strings.IndexByte(v, '.')
		if dot < 0 {
			return false
		}
		v = v[dot+1:]
	}
	var buf [MaxDomain]byte
	name := buf[:copy(buf[:], v)]
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			name[i] = c + 'a' - 'A'
		}
	}
	for {
		if n.texts[string(name)] {
			return true
		}
		dot := bytes.IndexByte(name, '.')
		if dot < 0 {
			return false
		}
		name = name[dot+1:]
	}
}
