package match

import (
	"bytes"
	"fmt"
	"slices"
	"unsafe"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// leaf is a condition that rules share, and the way to evaluate it. What only expr's machine can do counts as one.
type leaf struct {
	how   how
	field event.Field
	slot  int    // of the label, or of the text whose small letters are kept
	text  string // of howSame
	low   []byte // of howFolded
	memo  int    // number of the memory of values, for howEntry
	start int32  // of howProgram
	wide  bool   // false of ASCII
	need  *need  // of the value, before Test is asked
	leaf  rule.Leaf
	node  rule.Node
}

type how uint8

const (
	howNode    how = iota // as the node does
	howTest               // by Leaf.Test of the column's text
	howSame               // the column's text is text
	howEntry              // by Leaf.Test, once for each entry of the dictionary
	howFolded             // text, in small letters, in the column's or label's value in small letters
	howLabel              // by Leaf.Test of the label
	howProgram            // by the code at start
)

// leaf numbers n, equal ones alike.
func (b *builder) leaf(n rule.Node) int32 {
	key := fmt.Sprintf("%p", n)
	if l, ok := n.(rule.Leaf); ok {
		key = leafKey(l)
	} else if k := b.keys[n]; k != "" {
		key = k
	}
	i, ok := b.seen[key]
	if !ok {
		i = int32(len(b.leaves))
		b.seen[key] = i
		b.leaves = append(b.leaves, leaf{})
		b.leaves[i] = b.newLeaf(n)
	}
	return i
}

// slot numbers a label or a text.
func (b *builder) slot(on rule.Ref) int {
	i := slices.Index(b.slots, on)
	if i < 0 {
		i = len(b.slots)
		b.slots = append(b.slots, on)
	}
	return i
}

func (b *builder) newLeaf(n rule.Node) leaf {
	l, ok := n.(rule.Leaf)
	switch {
	case !ok && b.keys[n] != "":
		return leaf{how: howProgram, start: b.compile(n, hold, fail)}
	case !ok:
		return leaf{node: n}
	}
	on := l.On()
	out := leaf{field: on.Field, leaf: l, node: n}
	if _, ok := l.(*rule.Present); ok || on.Field == event.EventID || !on.Textual() {
		return out
	}
	text, isText := l.(*rule.Text)
	folds := isText && text.Fold && asciiRun(text.Value) == string(smallLetters(nil, text.Value))
	out.wide = isText && text.Fold && beyondASCII(text.Value)
	out.need = needIn(l)
	kind := on.Field.Info().Kind
	switch {
	case on.Label != "" || kind == event.Text:
		if out.how = howTest; on.Label != "" {
			out.how = howLabel
		}
		out.slot = b.slot(on)
		if folds && text.Op == rule.Contains {
			out.how, out.low = howFolded, smallLetters(nil, text.Value)
		}
	case kind == event.List:
		out.how, out.memo = howEntry, b.memos
		b.memos++
	default:
		out.how = howTest
		if c, ok := l.(*rule.Compare); ok && c.Op == rule.Equal && !c.Value.Addr.IsValid() {
			out.how, out.text = howSame, c.Value.Text
		}
		if isText && text.Op != rule.Contains && (folds || !text.Fold) {
			break // as quick as remembering
		}
		if out.how == howTest {
			out.how, out.memo = howEntry, b.memos
			b.memos++
		}
	}
	return out
}

// leafKey is equal for leaves that mean the same.
func leafKey(l rule.Leaf) string {
	on := l.On()
	key := fmt.Sprintf("%T %d %q ", l, on.Field, on.Label)
	switch l := l.(type) {
	case *rule.Compare:
		return key + fmt.Sprintf("%d %+v", l.Op, l.Value)
	case *rule.In:
		return key + fmt.Sprintf("%#v", l.Values)
	case *rule.FoldIn:
		return key + fmt.Sprintf("%q", l.Values)
	case *rule.Domain:
		return key + fmt.Sprintf("%q", l.Values)
	case *rule.Text:
		return key + fmt.Sprintf("%d %t %q", l.Op, l.Fold, l.Value)
	case *rule.Wildcard:
		return key + l.Pattern
	case *rule.Regex:
		return key + l.Pattern
	case *rule.CIDR:
		return key + fmt.Sprint(l.Prefixes)
	case *rule.Present:
		return key
	}
	return key + fmt.Sprintf("%p", l)
}

// What is known of a leaf's value.
const (
	unknown = iota
	no
	yes
)

// memory holds what is known of the entries of a dictionary in the batch at hand, two bits each.
type memory struct {
	batch uint64
	bits  []uint64
}

func (m *memory) get(k uint32) uint8 { return uint8(m.bits[k>>5]>>(k&31*2)) & 3 }

func (m *memory) set(k uint32, v uint8) { m.bits[k>>5] |= uint64(v) << (k & 31 * 2) }

// begin forgets what another batch has left.
func (m *memory) begin(batch uint64, entries int) {
	n := (entries + 31) / 32
	if cap(m.bits) < n {
		m.bits = make([]uint64, n+n/4)
	}
	m.bits, m.batch = m.bits[:n], batch
	clear(m.bits)
}

// holds says whether leaf i holds of the event at hand.
func (x *Index) holds(i int32, e event.Event) (bool, error) {
	known := x.known[i]
	if known>>1 == x.row {
		return known&1 != 0, nil
	}
	l := &x.plan.leaves[i]
	ok := false
	switch l.how {
	case howNode:
		var err error
		if ok, err = l.node.Eval(e); err != nil {
			return false, err
		}
	case howTest:
		v := e.Str(l.field)
		ok = v != "" && (l.need == nil || l.need.in(x.low(l, v))) && l.test(v)
	case howSame:
		ok = l.text != "" && e.Str(l.field) == l.text
	case howEntry:
		ok = x.byEntry(l, e)
	case howLabel:
		v := x.value(l.field, l.slot, e)
		ok = v != "" && (l.need == nil || l.need.in(x.low(l, v))) && l.test(v)
	case howFolded:
		v := x.value(l.field, l.slot, e)
		ok = v != "" && bytes.Contains(x.low(l, v), l.low)
	case howProgram:
		var err error
		if ok, err = x.run(l.start, e); err != nil {
			return false, err
		}
	}
	x.known[i] = x.row<<1 | truth(ok)
	return ok, nil
}

func truth(ok bool) uint32 {
	if ok {
		return 1
	}
	return 0
}

func (x *Index) byEntry(l *leaf, e event.Event) bool {
	if l.field.Info().Kind == event.List {
		for _, k := range e.Keys(l.field) {
			if x.entry(l, e, k) {
				return true
			}
		}
		return false
	}
	k := e.Key(l.field)
	return k != 0 && x.entry(l, e, k)
}

func (x *Index) entry(l *leaf, e event.Event, k uint32) bool {
	m := &x.memories[l.memo]
	if m.batch != x.batch {
		m.begin(x.batch, e.Distinct(l.field))
	}
	v := m.get(k)
	if v == unknown {
		text := e.Entry(l.field, k)
		if l.need != nil {
			x.scratch = smallLetters(x.scratch[:0], text)
		}
		if v = no; l.need.in(x.scratch) && l.test(text) {
			v = yes
		}
		m.set(k, v)
	}
	return v == yes
}

// slot is a label, or a text, of the event at hand.
type slot struct {
	row, small uint32 // events of which value and low are
	value      string
	low        []byte // value in small letters
}

// low gives v, the value of l at hand, in small letters.
func (x *Index) low(l *leaf, v string) []byte {
	s := &x.slots[l.slot]
	if s.small != x.row {
		s.small, s.low = x.row, smallLetters(s.low[:0], v)
	}
	return s.low
}

func (l *leaf) test(v string) bool {
	if l.wide && plain(unsafe.Slice(unsafe.StringData(v), len(v))) {
		return false
	}
	return l.leaf.Test(v)
}

// value gives the text, or the label of that slot, of the event at hand.
func (x *Index) value(f event.Field, slot int, e event.Event) string {
	if f != event.Labels {
		return e.Str(f)
	}
	if s := &x.slots[slot]; s.row == x.row {
		return s.value
	}
	return ""
}
