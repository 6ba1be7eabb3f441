package match

import (
	"slices"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// instruction asks one leaf, and says where to go on.
type instruction struct{ leaf, yes, no int32 }

// Where a program ends.
const (
	hold = -1
	fail = -2
)

// compile writes the code of n, which goes on at yes or no, and gives its start. What is cheap and decides much is asked first.
func (b *builder) compile(n rule.Node, yes, no int32) int32 {
	switch n := n.(type) {
	case *rule.Const:
		if n.Value {
			return yes
		}
		return no
	case *rule.Not:
		return b.compile(n.Node, no, yes)
	case *rule.And:
		nodes := inOrder(n.Nodes, func(share float64) float64 { return 1 - share })
		for i := len(nodes) - 1; i >= 0; i-- {
			if b.shared(nodes[i]) {
				yes = b.ask(nodes[i], yes, no)
			} else {
				yes = b.compile(nodes[i], yes, no)
			}
		}
		return yes
	case *rule.Or:
		nodes := inOrder(n.Nodes, func(share float64) float64 { return share })
		for i := len(nodes) - 1; i >= 0; i-- {
			no = b.compile(nodes[i], yes, no)
		}
		return no
	}
	return b.ask(n, yes, no)
}

func (b *builder) ask(n rule.Node, yes, no int32) int32 {
	b.code = append(b.code, instruction{b.leaf(n), yes, no})
	return int32(len(b.code) - 1)
}

// inOrder sorts nodes by cost for what they decide.
func inOrder(nodes []rule.Node, decides func(share float64) float64) []rule.Node {
	type ranked struct {
		rule.Node
		rank float64
	}
	rs := make([]ranked, len(nodes))
	for i, n := range nodes {
		cost, share := estimate(n)
		rs[i] = ranked{n, cost / max(decides(share), 1e-6)}
	}
	slices.SortStableFunc(rs, func(a, b ranked) int {
		switch {
		case a.rank < b.rank:
			return -1
		case a.rank > b.rank:
			return 1
		}
		return 0
	})
	out := make([]rule.Node, len(rs))
	for i, r := range rs {
		out[i] = r.Node
	}
	return out
}

// estimate guesses what evaluating n costs, and of which share of the events that come so far it holds.
func estimate(n rule.Node) (cost, share float64) {
	switch n := n.(type) {
	case *rule.Const:
		if n.Value {
			share = 1
		}
		return 0, share
	case *rule.Not:
		cost, share = estimate(n.Node)
		return cost, 1 - share
	case *rule.And:
		share = 1
		for _, k := range n.Nodes {
			c, s := estimate(k)
			cost, share = cost+share*c, share*s
		}
		return cost, share
	case *rule.Or:
		miss := 1.0
		for _, k := range n.Nodes {
			c, s := estimate(k)
			cost, miss = cost+miss*c, miss*(1-min(s, 1))
		}
		return cost, 1 - miss
	case rule.Leaf:
		w, _ := witnessesOf(n, false)
		return leafCost(n), min(w.share, 0.99)
	}
	return 1000, 0.5
}

func leafCost(l rule.Leaf) float64 {
	on := l.On()
	byEntry := on.Label == "" && on.Field.Info().Kind == event.Dict
	cost := 5.0
	switch l := l.(type) {
	case *rule.Text:
		if l.Op == rule.Contains && !byEntry {
			cost = 20
		}
	case *rule.Wildcard, *rule.Regex:
		if cost = 500; byEntry {
			cost = 50
		}
	case *rule.CIDR:
		cost = 30
	}
	if on.Label != "" {
		cost += 10
	}
	return cost
}
