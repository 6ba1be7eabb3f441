// Package match says which rules a batch of events satisfies.
package match

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// Options bound what a rule may cost. A rule that exceeds them is switched off until a new Index is made; Index.Off says so. Of an event whose record
// and message have more than 512 bytes the time of 512 counts: whoever sends long ones does not switch a rule off for all.
type Options struct {
	MaxEvaluation time.Duration `yaml:"max_evaluation"` // mean processor time of an evaluation, for each 512 bytes of a longer event; 0: no bound
	MaxEvent      time.Duration `yaml:"max_event"`      // processor time that a rule may take of each event; 0: no bound

	Clock func() time.Duration `yaml:"-"` // of the calling thread, which measures: ThreadTime; nil: no rule is switched off
}

// Defaults are far above what a rule takes that does its job.
var Defaults = Options{MaxEvaluation: 200 * time.Microsecond, MaxEvent: 20 * time.Microsecond}

// Check reports every fault.
func (o Options) Check() error {
	var errs []error
	if o.MaxEvaluation < 0 {
		errs = append(errs, errors.New("max_evaluation: less than nothing"))
	}
	if o.MaxEvent < 0 {
		errs = append(errs, errors.New("max_event: less than nothing"))
	}
	return errors.Join(errs...)
}

// Index finds the rules that events satisfy without looking at most of them. Of what a condition requires it knows the witnesses: clues, cheap
// to find for all rules at once, of which at least one must be there. Only where one is the condition is evaluated, and what one rule
// has asked of an event no other asks again. An Index is owned by one goroutine.
type Index struct {
	plan     *plan
	options  Options
	batch    uint64
	rows     uint64   // events seen
	row      uint32   // of the event at hand, counted from 1; less than 1<<31
	known    []uint32 // by leaf: event<<1 | whether it holds
	seen     []uint32 // by step: event in which it was looked at
	memories []memory
	slots    []slot
	states   []state
	active   []int   // columns of which the batch at hand may say something
	byName   []int32 // slot and column of labels, by the number of the name
	columnOf []int32
	scratch  []byte
	found    []uint32
	opened   []uint32 // gates
	flat     []uint32 // steps, for entries of dictionaries
	matched  []uint32
	costs    []cost
	errs     map[string]uint64
}

// state is what a column's dictionary was found to mean in the batch at hand.
type state struct {
	entries []group // by number of the entry: a part of Index.flat
}

// New makes an index of the enabled rules of set; no rule is ever switched off.
func New(set *rule.Set) *Index { return NewWith(set, Options{}) }

// NewWith is New with bounds of cost.
func NewWith(set *rule.Set, o Options) *Index { return newIndex(newPlan(set), o) }

// Clone makes another Index of the same rules, for another goroutine. It shares what does not change and has seen no event.
func (x *Index) Clone() *Index { return newIndex(x.plan, x.options) }

func newIndex(p *plan, o Options) *Index {
	return &Index{plan: p, options: o, known: make([]uint32, len(p.leaves)), seen: make([]uint32, len(p.steps)), memories: make([]memory, p.memos),
		slots: make([]slot, len(p.slots)), states: make([]state, len(p.columns)), costs: make([]cost, len(p.rules)), errs: map[string]uint64{}}
}

// Each calls f for each row of b and each step of a rule that the row satisfies, rows in order.
func (x *Index) Each(b *event.Batch, f func(row int, r *rule.Rule, step int)) {
	x.begin(b)
	for row := range b.Rows() {
		x.next()
		x.event(b.Event(row))
		if len(x.matched) > 0 {
			slices.Sort(x.matched)
			for _, s := range x.matched {
				f(row, x.plan.steps[s].rule, x.plan.steps[s].at)
			}
		}
	}
}

// next numbers another event.
func (x *Index) next() {
	x.rows++
	if x.row++; x.row == math.MaxUint32>>1 {
		x.row = 1
		clear(x.known)
		clear(x.seen)
		for i := range x.slots {
			x.slots[i].row, x.slots[i].small = 0, 0
		}
	}
	x.matched = x.matched[:0]
}

// begin finds out what each entry of the dictionaries means.
func (x *Index) begin(b *event.Batch) {
	x.batch++
	x.flat, x.active = x.flat[:0], x.active[:0]
	for i, c := range x.plan.columns {
		if c.on.Label != "" || !b.Has(c.on.Field) {
			continue
		}
		active := c.kind != event.Dict && c.kind != event.List || c.present != group{}
		if c.kind == event.Dict || c.kind == event.List {
			s := &x.states[i]
			s.entries = append(s.entries[:0], group{})
			for k := 1; k < b.Distinct(c.on.Field); k++ {
				g := x.entries(c, b.Entry(c.on.Field, uint32(k)))
				s.entries = append(s.entries, g)
				active = active || g.from < g.to
			}
		}
		if active {
			x.active = append(x.active, i)
		}
	}
	x.names(b)
}

// entries gives the steps that a value of a dictionary hints at.
func (x *Index) entries(c *column, v string) group {
	x.found = x.found[:0]
	if c.table != nil {
		x.found = c.table.match(v, x.found)
	}
	if len(c.networks) > 0 {
		a, ok := rule.ParseAddr(v)
		for _, n := range c.networks {
			if ok && n.leaf.TestAddr(a) {
				x.found = append(x.found, n.group)
			}
		}
	}
	if len(x.found) == 0 {
		return group{}
	}
	from := len(x.flat)
	for _, g := range x.found {
		g := x.plan.groups[g]
		x.flat = append(x.flat, x.plan.list[g.from:g.to]...)
	}
	slices.Sort(x.flat[from:])
	x.flat = x.flat[:from+len(slices.Compact(x.flat[from:]))]
	return group{uint32(from), uint32(len(x.flat))}
}

// names finds the labels that matter among those of the batch.
func (x *Index) names(b *event.Batch) {
	x.byName, x.columnOf = x.byName[:0], x.columnOf[:0]
	if len(x.plan.slots) == 0 {
		return
	}
	for k := range b.LabelNames() {
		slot, col := int32(-1), int32(-1)
		name := b.LabelName(uint32(k))
		if name != "" {
			slot = int32(slices.Index(x.plan.slots, rule.Ref{Field: event.Labels, Label: name}))
			col = int32(slices.IndexFunc(x.plan.columns, func(c *column) bool { return c.on.Label == name }))
		}
		x.byName, x.columnOf = append(x.byName, slot), append(x.columnOf, col)
	}
}

// event evaluates the steps that e hints at. What opens gates comes first, then what is behind them.
func (x *Index) event(e event.Event) {
	x.opened = x.opened[:0]
	from, to := e.LabelRange()
	if len(x.byName) == 0 {
		to = from
	}
	for i := from; i < to; i++ { // all values first: steps may ask for any
		if name, v := e.LabelPair(i); x.byName[name] >= 0 {
			s := &x.slots[x.byName[name]]
			s.row, s.value = x.row, v
		}
	}
	x.look(e, x.plan.always)
	for _, i := range x.active {
		x.column(e, x.plan.columns[i], &x.states[i])
	}
	for i := from; i < to; i++ {
		name, v := e.LabelPair(i)
		if k := x.columnOf[name]; k >= 0 {
			c := x.plan.columns[k]
			x.lookAt(e, c.present)
			if c.table != nil {
				x.search(e, c.table, v)
			}
		}
	}
	for _, g := range x.opened {
		for _, t := range x.plan.gates[g] {
			if v := x.value(t.column.on.Field, t.column.slot, e); v != "" {
				x.search(e, t.table, v)
			}
		}
	}
}

func (x *Index) column(e event.Event, c *column, s *state) {
	f := c.on.Field
	switch c.kind {
	case event.Dict:
		if k := e.Key(f); k != 0 {
			x.lookAt(e, c.present)
			if g := s.entries[k]; g.from < g.to {
				x.look(e, x.flat[g.from:g.to])
			}
		}
	case event.List:
		for i, k := range e.Keys(f) {
			if i == 0 {
				x.lookAt(e, c.present)
			}
			if g := s.entries[k]; g.from < g.to {
				x.look(e, x.flat[g.from:g.to])
			}
		}
	case event.Text:
		if v := e.Str(f); v != "" {
			x.lookAt(e, c.present)
			if c.table != nil {
				x.search(e, c.table, v)
			}
		}
	case event.Int, event.Time:
		if v, ok := e.Int(f); ok {
			x.lookAt(e, c.present)
			if g, ok := c.numbers[v]; ok {
				x.lookAt(e, x.plan.groups[g])
			}
		}
	default:
		if e.Present(f) {
			x.lookAt(e, c.present)
		}
	}
}

// search looks at what v, a text or a label of e, hints at.
func (x *Index) search(e event.Event, t *table, v string) {
	x.found = t.match(v, x.found[:0])
	for _, g := range x.found {
		x.lookAt(e, x.plan.groups[g])
	}
}

func (x *Index) lookAt(e event.Event, g group) { x.look(e, x.plan.list[g.from:g.to]) }

// look evaluates the steps that were not yet looked at.
func (x *Index) look(e event.Event, steps []uint32) {
	for _, s := range steps {
		if x.seen[s] == x.row {
			continue
		}
		x.seen[s] = x.row
		st := &x.plan.steps[s]
		if st.rule == nil {
			if ok, err := x.run(st.start, e); ok || err != nil {
				x.opened = append(x.opened, st.no)
			}
			continue
		}
		c := &x.costs[st.no]
		if c.off != "" {
			continue
		}
		c.evaluations++
		var ok bool
		var err error
		if x.options.Clock != nil && c.sample() {
			runtime.LockOSThread() // the clock is the thread's
			start := x.options.Clock()
			ok, err = x.run(st.start, e)
			c.add(ofUsual(x.options.Clock()-start, e), x.options, x.rows)
			runtime.UnlockOSThread()
		} else {
			ok, err = x.run(st.start, e)
		}
		switch {
		case err != nil:
			x.errs[st.rule.ID]++
		case ok:
			x.matched = append(x.matched, s)
		}
	}
}

// run evaluates a program.
func (x *Index) run(at int32, e event.Event) (bool, error) {
	for at >= 0 {
		in := &x.plan.code[at]
		ok, err := x.holds(in.leaf, e)
		switch {
		case err != nil:
			return false, err
		case ok:
			at = in.yes
		default:
			at = in.no
		}
	}
	return at == hold, nil
}
