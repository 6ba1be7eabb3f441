package match

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// plan is what an Index knows of its rules. It does not change and may be shared.
type plan struct {
	rules     []*rule.Rule // enabled ones
	steps     []step
	code      []instruction
	leaves    []leaf
	memos     int // leaves that remember each value of their dictionary
	columns   []*column
	slots     []rule.Ref // labels and texts of which an Index keeps the value at hand
	groups    []group    // of steps, for what tables find
	list      []uint32   // the steps of all groups
	always    []uint32   // steps that are looked at for each event
	gates     [][]gated  // what is searched when a gate is open
	unindexed []string
}

// step is one condition of one rule; or a gate, which several need, and has no rule.
type step struct {
	rule  *rule.Rule
	no    uint32 // of the rule among plan.rules, or of the gate among plan.gates
	at    int    // index into the rule's Steps
	start int32  // in plan.code
}

// group is a part of plan.list.
type group struct{ from, to uint32 }

// column is a field, or a label, whose values decide which steps are looked at.
type column struct {
	on       rule.Ref
	kind     event.Kind
	slot     int // of a label or a text
	table    *table
	numbers  map[int64]uint32 // number → group
	networks []network
	present  group // steps that are looked at wherever there is a value

	clues []clueFor // while the plan is made
}

// gated is a table for the values of a column that is searched only if its gate is open.
type gated struct {
	*table
	column *column
}

type network struct {
	leaf  addressed
	group uint32
}

// addressed is a leaf on a field of type ip: a Compare, In or CIDR.
type addressed interface {
	rule.Leaf
	TestAddr(netip.Addr) bool
}

// clueFor is a clue to a step, which matters only if a gate is open.
type clueFor struct {
	clue
	step uint32
	gate int32 // -1 for none
}

type builder struct {
	*plan
	seen    map[string]int32
	byRef   map[rule.Ref]*column
	byGroup map[string]uint32
	byGate  map[int32]int32      // leaf → gate
	keys    map[rule.Node]string // of leaves and disjunctions that steps require
	counts  map[string]int       // how many steps require them
}

func newPlan(set *rule.Set) *plan {
	b := &builder{plan: &plan{}, seen: map[string]int32{}, byRef: map[rule.Ref]*column{}, byGroup: map[string]uint32{}, byGate: map[int32]int32{},
		counts: map[string]int{}, keys: map[rule.Node]string{}}
	for _, r := range set.Rules {
		for _, s := range r.Steps {
			if and, ok := s.Match.Node().(*rule.And); ok && r.Enabled {
				b.count(and)
			}
		}
	}
	for _, r := range set.Rules {
		if !r.Enabled {
			continue
		}
		no := uint32(len(b.rules))
		b.rules = append(b.rules, r)
		indexed := true
		for i, s := range r.Steps {
			indexed = b.step(step{rule: r, no: no, at: i}, s.Match.Node()) && indexed
		}
		if !indexed {
			b.unindexed = append(b.unindexed, r.ID)
		}
	}
	b.tables()
	return b.plan
}

// step adds a step and what it is found by. It reports false where it must be looked at for each event.
func (b *builder) step(s step, n rule.Node) bool {
	no := uint32(len(b.steps))
	if s.rule != nil {
		s.start = b.compile(n, hold, fail)
	} else {
		s.start = b.ask(n, hold, fail) // remembered for the rules
	}
	b.steps = append(b.steps, s)
	w, ok := witnessesOf(n, false)
	switch {
	case !ok || s.start == hold || w.usual:
		b.always = append(b.always, no)
		return false
	case s.start != fail:
		gate := int32(-1)
		if s.rule != nil && slices.ContainsFunc(w.clues, func(c clue) bool { return c.kind == clueText && dear(c.on) }) {
			gate = b.gate(n)
		}
		for _, c := range w.clues {
			col := b.column(c.on)
			if c.kind == clueAddress { // many rules ask for the same networks
				c.text = leafKey(c.address)
			}
			col.clues = append(col.clues, clueFor{c, no, gate})
		}
	}
	return true
}

// dear says that what a column holds is not remembered: each value is searched.
func dear(on rule.Ref) bool { return on.Label != "" || on.Field.Info().Kind == event.Text }

func (b *builder) column(on rule.Ref) *column {
	c := b.byRef[on]
	if c == nil {
		c = &column{on: on, kind: on.Field.Info().Kind}
		b.byRef[on] = c
		if on.Label != "" || c.kind == event.Text {
			c.slot = b.slot(on)
		}
		b.columns = append(b.columns, c)
	}
	return c
}

// count notes what rules require: many share the part that says where events come from.
func (b *builder) count(n *rule.And) {
	for _, k := range n.Nodes {
		or, ok := k.(*rule.Or)
		if _, leaf := k.(rule.Leaf); leaf || ok && len(or.Nodes) < 10 {
			key := b.key(k)
			b.keys[k] = key
			b.counts[key]++
		}
	}
}

// key is equal for nodes that mean the same.
func (b *builder) key(n rule.Node) string {
	several := func(kind string, nodes []rule.Node) string {
		for _, k := range nodes {
			kind += " " + b.key(k)
		}
		return kind + ")"
	}
	switch n := n.(type) {
	case *rule.And:
		return several("and(", n.Nodes)
	case *rule.Or:
		return several("or(", n.Nodes)
	case *rule.Not:
		return "not(" + b.key(n.Node) + ")"
	case *rule.Const:
		return fmt.Sprint(n.Value)
	}
	return fmt.Sprint(b.leaf(n))
}

// shared says that several steps require n, a leaf or a disjunction: it is evaluated as one.
func (b *builder) shared(n rule.Node) bool { return b.keys[n] != "" && b.counts[b.keys[n]] > 2 }

// gate gives a number to the cheap part of n that most rules require: so few tables are searched. A gate is found as rules are.
func (b *builder) gate(n rule.Node) int32 {
	and, ok := n.(*rule.And)
	if !ok {
		return -1
	}
	var best rule.Node
	least, most := 1.0, 0
	for _, k := range and.Nodes {
		key := b.keys[k]
		if key == "" || !route(k) {
			continue
		}
		if _, share := estimate(k); b.counts[key] > most || b.counts[key] == most && share < least {
			best, least, most = k, share, b.counts[key]
		}
	}
	if best == nil {
		return -1
	}
	leaf := b.leaf(best)
	g, ok := b.byGate[leaf]
	if !ok {
		g = int32(len(b.gates))
		b.byGate[leaf] = g
		b.gates = append(b.gates, nil)
		b.step(step{no: uint32(g)}, best)
	}
	return g
}

// route says that no long value need be searched for n; such is what says where an event comes from.
func route(n rule.Node) bool {
	all := func(nodes []rule.Node) bool {
		return !slices.ContainsFunc(nodes, func(k rule.Node) bool { return !route(k) })
	}
	switch n := n.(type) {
	case *rule.And:
		return all(n.Nodes)
	case *rule.Or:
		return all(n.Nodes)
	case *rule.Not:
		return route(n.Node)
	case *rule.Present:
		return true
	case *rule.Compare, *rule.In, *rule.FoldIn, *rule.Domain, *rule.Text:
		on := n.(rule.Leaf).On()
		if t, ok := n.(*rule.Text); ok && on.Label != "" && t.Op == rule.Contains {
			return false
		}
		return on.Label != "" || on.Field.Info().Kind == event.Dict || on.Field.Info().Kind == event.List
	}
	return false
}

// group numbers a set of steps, sorted.
func (b *builder) group(steps []uint32) uint32 {
	steps = slices.Compact(steps)
	key := fmt.Sprint(steps)
	g, ok := b.byGroup[key]
	if !ok {
		g = uint32(len(b.groups))
		from := uint32(len(b.list))
		b.list = append(b.list, steps...)
		b.groups = append(b.groups, group{from, uint32(len(b.list))})
		b.byGroup[key] = g
	}
	return g
}

func (b *builder) tables() {
	texts := []string{}
	for _, c := range b.columns {
		for _, k := range c.clues {
			if k.kind == clueText {
				texts = append(texts, k.text)
			}
		}
	}
	rare := newRarity(texts)
	for _, c := range b.columns {
		b.table(c, rare)
	}
}

// table makes the tables of c: one, and one for each gate where values are dear.
func (b *builder) table(c *column, rare *rarity) {
	for i := range c.clues {
		if k := &c.clues[i]; !dear(c.on) || k.kind != clueText && k.kind != clueWide {
			k.gate = -1
		}
	}
	slices.SortStableFunc(c.clues, func(x, y clueFor) int {
		return cmp.Or(cmp.Compare(x.gate, y.gate), cmp.Compare(x.kind, y.kind), cmp.Compare(x.anchor, y.anchor), cmp.Compare(x.text, y.text),
			cmp.Compare(x.number, y.number), cmp.Compare(x.step, y.step))
	})
	for from, to := 0, 0; from < len(c.clues); from = to {
		var literals []literal
		var wide []uint32
		gate := c.clues[from].gate
		for to = from; to < len(c.clues) && c.clues[to].gate == gate; {
			k := c.clues[to]
			var steps []uint32
			for ; to < len(c.clues) && same(c.clues[to], k); to++ {
				steps = append(steps, c.clues[to].step)
			}
			switch g := b.group(steps); k.kind {
			case clueText:
				literals = append(literals, literal{k.text, k.anchor, g})
			case clueWide:
				wide = append(wide, g)
			default:
				b.clue(c, k.clue, g)
			}
		}
		switch {
		case len(literals)+len(wide) == 0:
		case gate < 0:
			c.table = newTable(literals, wide, rare)
		default:
			b.gates[gate] = append(b.gates[gate], gated{newTable(literals, wide, rare), c})
		}
	}
	c.clues = nil
}

// same says that clues of a column are one.
func same(x, y clueFor) bool {
	return x.gate == y.gate && x.kind == y.kind && x.anchor == y.anchor && x.text == y.text && x.number == y.number
}

// clue adds to c what finds a clue that is no text.
func (b *builder) clue(c *column, k clue, g uint32) {
	switch k.kind {
	case clueNumber:
		if c.numbers == nil {
			c.numbers = map[int64]uint32{}
		}
		c.numbers[k.number] = g
	case clueAddress:
		c.networks = append(c.networks, network{k.address, g})
	case cluePresent:
		c.present = b.groups[g]
	}
}
