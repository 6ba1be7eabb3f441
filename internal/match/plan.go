package match

import (
	"cmp"
	"fmt"
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
	unindexed []string
}

// step is one condition of one rule.
type step struct {
	rule  *rule.Rule
	no    uint32 // of the rule among plan.rules
	at    int    // index into the rule's Steps
	start int32  // in plan.code
}

// group is a part of plan.list.
type group struct{ from, to uint32 }

// column is a field, or a label, whose values decide which steps are looked at.
type column struct {
	on       rule.Ref
	kind     event.Kind
	slot     int // of a label
	tables   []gated
	numbers  map[int64]uint32 // number → group
	networks []network
	present  group // steps that are looked at wherever there is a value

	// While the plan is made:
	clues  []clueFor
	always findings
	gated  findings
	gates  []int32
}

// gated is a table and the leaves of which one holds of every event in which it matters; none: it always may.
type gated struct {
	*table
	gates []int32
}

type network struct {
	leaf  rule.Leaf
	group uint32
}

type findings struct {
	literals []literal
	wide     []uint32
}

func (f *findings) any() bool { return len(f.literals)+len(f.wide) > 0 }

type clueFor struct {
	clue
	step uint32
	gate int32 // a leaf that the step needs, -1 for none
}

type builder struct {
	*plan
	seen    map[string]int32
	byRef   map[rule.Ref]*column
	byGroup map[string]uint32
	counts  map[string]int // of parts that are a disjunction, by their key
	keys    map[rule.Node]string
}

func newPlan(set *rule.Set) *plan {
	b := &builder{plan: &plan{}, seen: map[string]int32{}, byRef: map[rule.Ref]*column{}, byGroup: map[string]uint32{},
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
	s.start = b.compile(n, hold, fail)
	b.steps = append(b.steps, s)
	w, ok := witnessesOf(n, false)
	if !ok || s.start == hold || w.usual {
		b.always = append(b.always, no)
		return false
	}
	if s.start == fail {
		return true
	}
	gate := b.gate(n)
	for _, c := range w.clues {
		col := b.byRef[c.on]
		if col == nil {
			col = &column{on: c.on, kind: c.on.Field.Info().Kind}
			b.byRef[c.on] = col
			if c.on.Label != "" {
				col.slot = b.slot(c.on)
			}
			b.columns = append(b.columns, col)
		}
		col.clues = append(col.clues, clueFor{c, no, gate})
	}
	return true
}

// count notes the disjunctions of which rules require one: many rules share the one that says where events come from.
func (b *builder) count(n *rule.And) {
	for _, k := range n.Nodes {
		if or, ok := k.(*rule.Or); ok && len(or.Nodes) < 10 {
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

// shared says that several rules require n, a disjunction; what one rule requires is one of the conditions of its step.
func (b *builder) shared(n rule.Node) bool { return b.keys[n] != "" && b.counts[b.keys[n]] > 2 }

// gate gives the rarest of the cheap parts that a step needs: a leaf on a dictionary, or what it shares with others.
func (b *builder) gate(n rule.Node) int32 {
	and, ok := n.(*rule.And)
	if !ok {
		return -1
	}
	best, least := int32(-1), 1.0
	for _, k := range and.Nodes {
		if _, ok := k.(rule.Leaf); !route(k) || !ok && b.keys[k] == "" {
			continue
		}
		if _, share := estimate(k); share < least {
			best, least = b.leaf(k), share
		}
	}
	return best
}

// route says that n asks for no more than whole values, such as those that say where an event comes from.
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
	case *rule.Compare, *rule.In, *rule.FoldIn, *rule.Present:
		on := n.(rule.Leaf).On()
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

// maxGates bounds what is asked before a long text is searched.
const maxGates = 24

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

func (b *builder) table(c *column, rare *rarity) {
	slices.SortStableFunc(c.clues, func(x, y clueFor) int {
		return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.anchor, y.anchor), cmp.Compare(x.text, y.text), cmp.Compare(x.number, y.number), cmp.Compare(x.step, y.step))
	})
	for from := 0; from < len(c.clues); {
		var to int
		for to = from; to < len(c.clues) && same(c.clues[to], c.clues[from]); to++ {
		}
		b.clue(c, c.clues[from:to])
		from = to
	}
	if c.always.any() && c.on.Field != event.Message && c.on.Field != event.EventOriginal { // of short values once is cheaper than half twice
		c.always.literals = append(c.always.literals, c.gated.literals...)
		c.always.wide = append(c.always.wide, c.gated.wide...)
		c.gated = findings{}
	}
	if c.always.any() {
		c.tables = append(c.tables, gated{newTable(c.always.literals, c.always.wide, rare), nil})
	}
	if c.gated.any() {
		c.tables = append(c.tables, gated{newTable(c.gated.literals, c.gated.wide, rare), c.gates})
	}
	c.clues = nil
}

// same says that clues of a column are one.
func same(x, y clueFor) bool {
	return x.kind == y.kind && x.anchor == y.anchor && x.text == y.text && x.number == y.number && x.address == y.address
}

// clue adds to c what finds a clue of several steps.
func (b *builder) clue(c *column, same []clueFor) {
	var steps []uint32
	var gates []int32
	open := false
	for _, k := range same {
		steps, gates = append(steps, k.step), append(gates, k.gate)
		open = open || k.gate < 0
	}
	to := &c.always
	if gates = union(c.gates, gates); !open && len(gates) <= maxGates {
		to, c.gates = &c.gated, gates
	}
	k, g := same[0], b.group(steps)
	switch k.kind {
	case clueText:
		to.literals = append(to.literals, literal{k.text, k.anchor, g})
	case clueWide:
		to.wide = append(to.wide, g)
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

func union(a, b []int32) []int32 {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}
