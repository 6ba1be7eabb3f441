package rawsql

import (
	bits "encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode"
)

// Who looks for all places of a pattern looks anew behind each. What was read behind the end of a place, to see whether it ends later, is read
// again: `a(.*b)?` over many a goes through all that follows for each of them. So such a pattern may read a few characters further than it finds. That
// follows from the automaton that the engine makes of it.
const (
	maxLook   = 16      // characters behind the end of what is found
	maxStates = 1000    // of the automaton
	maxWork   = 1 << 21 // instructions looked at to make those of a statement
)

// looksFar says that re may read further than maxLook behind what it finds, as far as can be told by as much work as is left.
func looksFar(re *syntax.Regexp, work *int) bool {
	f := automaton(re, work)
	if f == nil {
		return true
	}
	f.longest = make([]int, len(f.looks))
	for i := range f.looks {
		if f.path(i) > maxLook {
			return true
		}
	}
	return false
}

// automaton makes that of re, nil where it is large, or where no work is left to make it.
func automaton(re *syntax.Regexp, work *int) *finder {
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	f := &finder{prog: prog, work: work, seen: make([]int, len(prog.Inst)), numbers: map[string]int{}}
	f.characters()
	f.number(look{prev: -1})
	for i := 0; i < len(f.looks); i++ { // number adds to them
		if len(f.looks) > maxStates || *f.work < 0 {
			return nil
		}
		f.wasted = append(f.wasted, nil)
		for _, r := range f.runes {
			next, found := f.step(f.looks[i], r)
			n := f.number(next)
			if f.looks[i].found && !found && len(next.pcs) > 0 && !slices.Contains(f.wasted[i], n) {
				f.wasted[i] = append(f.wasted[i], n)
			}
		}
	}
	return f
}

// look is a state of the search for the first match: threads in the order of their preference, before what takes no character.
type look struct {
	pcs   []uint32
	prev  rune // one of the kinds that assertions tell apart
	found bool // a match; those that are preferred to it go on
}

type finder struct {
	prog    *syntax.Prog
	runes   []rune // one for each set of characters that the program does not tell apart
	asserts bool
	looks   []look
	numbers map[string]int // of looks
	wasted  [][]int        // steps that lead from a match to none
	longest []int          // path of such steps: 0 not known, -1 under way, else one more than its length
	seen    []int          // by instruction: in which step
	steps   int
	work    *int // left
}

func (f *finder) characters() {
	at := map[rune]bool{0: true, '\n': true, '\n' + 1: true}
	cut := func(lo, hi rune) { at[lo], at[hi+1] = true, true }
	for i := range f.prog.Inst {
		in := &f.prog.Inst[i]
		switch in.Op {
		case syntax.InstEmptyWidth:
			f.asserts = true
			cut('0', '9')
			cut('A', 'Z')
			cut('_', '_')
			cut('a', 'z')
		case syntax.InstRune, syntax.InstRune1:
			if len(in.Rune) == 1 { // perhaps whatever the case
				r := in.Rune[0]
				cut(r, r)
				for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
					cut(o, o)
				}
			}
			for j := 0; j+1 < len(in.Rune); j += 2 {
				cut(in.Rune[j], in.Rune[j+1])
			}
		}
	}
	for r := range at {
		f.runes = append(f.runes, r)
	}
	slices.Sort(f.runes)
}

// number gives the number of a look, a new one if it was not there.
func (f *finder) number(l look) int {
	key := make([]byte, 0, 4*len(l.pcs)+5)
	for _, pc := range l.pcs {
		key = bits.BigEndian.AppendUint32(key, pc)
	}
	key = bits.BigEndian.AppendUint32(key, uint32(l.prev))
	if l.found {
		key = append(key, 1)
	}
	n, ok := f.numbers[string(key)]
	if !ok {
		n = len(f.looks)
		f.numbers[string(key)], f.looks = n, append(f.looks, l)
	}
	return n
}

// step reads r; found says that a match ends before it.
func (f *finder) step(l look, r rune) (next look, found bool) {
	f.steps++
	next.prev = -1
	if f.asserts {
		next.prev = standing(r)
	}
	holds := syntax.EmptyOpContext(l.prev, r)
	var follow func(pc uint32) bool
	follow = func(pc uint32) bool {
		*f.work--
		if f.seen[pc] == f.steps {
			return false
		}
		f.seen[pc] = f.steps
		switch in := &f.prog.Inst[pc]; in.Op {
		case syntax.InstMatch:
			return true
		case syntax.InstAlt, syntax.InstAltMatch:
			return follow(in.Out) || follow(in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			return follow(in.Out)
		case syntax.InstEmptyWidth:
			return syntax.EmptyOp(in.Arg)&^holds == 0 && follow(in.Out)
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if in.MatchRune(r) && !slices.Contains(next.pcs, in.Out) {
				next.pcs = append(next.pcs, in.Out)
			}
		}
		return false
	}
	found = slices.ContainsFunc(l.pcs, follow) || !l.found && follow(uint32(f.prog.Start))
	next.found = l.found || found
	return next, found
}

// standing gives the character that stands for all that assertions do not tell from r.
func standing(r rune) rune {
	switch {
	case r == '\n':
		return r
	case syntax.IsWordChar(r):
		return 'a'
	}
	return ' '
}

// path gives how many steps may follow look i without a match, or more than maxLook.
func (f *finder) path(i int) int {
	switch f.longest[i] {
	case 0:
	case -1:
		return maxLook + 1 // round and round
	default:
		return f.longest[i] - 1
	}
	f.longest[i] = -1
	n := 0
	for _, next := range f.wasted[i] {
		n = max(n, min(1+f.path(next), maxLook+1))
	}
	f.longest[i] = n + 1
	return n
}
