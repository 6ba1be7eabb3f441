package window

import (
	"cmp"
	"slices"
)

// Loss says that windows of a rule do not know all that they should, since a State is bounded.
type Loss struct {
	Rule   string // id
	Tenant string
	Forced bool // events were judged before their time; else keys were forgotten before theirs
}

// Losses gives what was lost since the last call, each once, in order.
func (s *State) Losses() []Loss {
	if len(s.losses) == 0 {
		return nil
	}
	out := make([]Loss, 0, len(s.losses))
	for l := range s.losses {
		out = append(out, l)
	}
	clear(s.losses)
	slices.SortFunc(out, func(a, b Loss) int {
		forced := 0
		if a.Forced != b.Forced {
			if forced = -1; a.Forced {
				forced = 1
			}
		}
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Tenant, b.Tenant), forced)
	})
	return out
}

// lose notes that a rule's windows under key know less than they should.
func (s *State) lose(r *ruleState, key string, forced bool) {
	tenant, _, _ := cutKey(key) // a key of other making has none
	l := Loss{r.ID, tenant, forced}
	if !s.losses[l] {
		l.Tenant = string([]byte(l.Tenant)) // the key may hold a block's memory
		s.losses[l] = true
	}
}
