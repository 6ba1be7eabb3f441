package match

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"unsafe"
)

// How a text must stand in a value.
type anchor uint8

const (
	anywhere anchor = iota
	atStart
	atEnd
	whole
)

// literal is a text that is looked for in the values of one field. Letters of ASCII are compared without their case; so a table finds all
// values that may matter, and now and then one that does not.
type literal struct {
	text   string // small letters
	anchor anchor
	group  uint32 // what is reported
}

// Least lengths of texts that are found anywhere in a value: by grams of four bytes at each second place, and by grams of three at each place.
const (
	gram4 = 4
	long  = gram4 + 1
	gram3 = 3
)

// table finds which of many literals a value holds, in time that hardly depends on how many they are. It is read only once it is built.
//
// Literals at the start or the end of a value, or that are all of it, are found by hashes of up to 8 bytes there. Those anywhere in it
// are found by their rarest gram: a bitmap says which grams concern anyone, and only then a literal is compared. All hashes are of
// bytes with the bit 0x20 set, which makes letters small at the price of few false candidates.
type table struct {
	literals []literal
	probes   []probe
	windows  hashed[uint64]
	fours    grams
	stride   int // each so many places scan4 looks: 2, 4 or 8
	threes   grams
	even     bool      // each literal among threes has a gram at an even place
	punctual []literal // of one or two bytes, none a letter, of which one is rare in any value
	empty    []uint32  // groups of literals that are empty: any value
	wide     []uint32  // groups that want a byte beyond ASCII in the value
}

// probe is a window of a value that is looked up.
type probe struct {
	anchor anchor
	off    int // from the start
	size   int // bytes, 1 to 8
	length int // of the whole value, if anchor is whole and it is shorter than 8 bytes
}

// hashed maps keys to literals: open addressing, and the literals of a key side by side.
type hashed[K uint32 | uint64] struct {
	mask  uint64
	keys  []K
	start []uint32 // 0: free; else the first place in list, from 1
	list  []place  // each key's places, the last marked
}

// place is a literal that a key hints at.
type place struct {
	literal uint32
	off     uint16 // of the gram within the literal
	last    bool
}

type grams struct {
	shift  uint
	bitmap []uint64
	places hashed[uint32]
}

const (
	small  = 0x2020202020202020
	spread = 0x9E3779B1
)

func mix[K uint32 | uint64](k K) uint64 {
	h := uint64(k) * 0x9E3779B97F4A7C15
	return h ^ h>>32
}

type keyed[K uint32 | uint64] struct {
	key K
	place
}

func newHashed[K uint32 | uint64](all []keyed[K]) hashed[K] {
	slices.SortStableFunc(all, func(a, b keyed[K]) int { return cmp.Compare(a.key, b.key) })
	size := 16
	for size < 3*len(all) {
		size *= 2
	}
	h := hashed[K]{mask: uint64(size - 1), keys: make([]K, size), start: make([]uint32, size)}
	for i, e := range all {
		e.last = i+1 == len(all) || all[i+1].key != e.key
		h.list = append(h.list, e.place)
		if i > 0 && all[i-1].key == e.key {
			continue
		}
		at := mix(e.key) & h.mask
		for h.start[at] != 0 {
			at = (at + 1) & h.mask
		}
		h.keys[at], h.start[at] = e.key, uint32(i+1)
	}
	return h
}

// find gives the places of k.
func (h *hashed[K]) find(k K) []place {
	if len(h.list) == 0 {
		return nil
	}
	for at := mix(k) & h.mask; h.start[at] != 0; at = (at + 1) & h.mask {
		if h.keys[at] == k {
			return h.list[h.start[at]-1:]
		}
	}
	return nil
}

func newTable(literals []literal, wide []uint32, rare *rarity) *table {
	t := &table{literals: literals, wide: wide}
	var windows []keyed[uint64]
	var fours, threes []keyed[uint32]
	probes := map[probe]bool{}
	t.stride = stride(literals)
	t.even = !slices.ContainsFunc(literals, func(l literal) bool { return l.anchor == anywhere && len(l.text) == gram3 })
	for i, l := range literals {
		n, p := len(l.text), place{literal: uint32(i)}
		switch {
		case n == 0 && l.anchor != whole:
			t.empty = append(t.empty, l.group)
		case l.anchor != anywhere:
			pr := probe{anchor: l.anchor, size: min(n, 8)}
			switch {
			case l.anchor == atStart && n > 8:
				pr.off = (n - 8) &^ 3
			case l.anchor == whole && n < 8:
				pr.length = n
			}
			probes[pr] = true
			from := pr.off
			if l.anchor != atStart {
				from = n - pr.size
			}
			windows = append(windows, keyed[uint64]{pr.key(load(l.text[from : from+pr.size])), p})
		case n >= long:
			at := rare.grams(l.text, t.stride)
			for off := at; off < at+t.stride; off++ {
				p.off = uint16(off)
				fours = append(fours, keyed[uint32]{uint32(load(l.text[off:off+gram4]) | small), p})
			}
		case n >= gram3:
			from, to := rare.short(l.text), 0
			if to = from + 1; t.even {
				from, to = 0, 2
			}
			for off := from; off < to; off++ {
				p.off = uint16(off)
				threes = append(threes, keyed[uint32]{uint32(load(l.text[off:off+gram3])|small) << 8, p})
			}
		default:
			t.punctual = append(t.punctual, l)
		}
	}
	for p := range probes {
		t.probes = append(t.probes, p)
	}
	slices.SortFunc(t.probes, func(a, b probe) int {
		return cmp.Or(cmp.Compare(a.anchor, b.anchor), cmp.Compare(a.off, b.off), cmp.Compare(a.size, b.size), cmp.Compare(a.length, b.length))
	})
	t.windows = newHashed(windows)
	t.fours, t.threes = newGrams(fours), newGrams(threes)
	return t
}

// stride gives the largest that the shortest of the literals allows: so many neighbouring grams fit into it.
func stride(literals []literal) int {
	least := 1 << 20
	for _, l := range literals {
		if l.anchor == anywhere && len(l.text) >= long {
			least = min(least, len(l.text))
		}
	}
	switch {
	case least >= 8+gram4-1:
		return 8
	case least >= 4+gram4-1:
		return 4
	}
	return 2
}

// newGrams makes the bitmap so large that no more than one gram in thirty concerns someone by mere chance, and fewer where that is cheap.
func newGrams(all []keyed[uint32]) grams {
	if len(all) == 0 {
		return grams{}
	}
	b := min(max(bits.Len(uint(len(all)*24)), 13), 20)
	g := grams{shift: uint(32 - b), bitmap: make([]uint64, 1<<b/64), places: newHashed(all)}
	for _, e := range all {
		h := e.key * spread >> g.shift
		g.bitmap[h>>6] |= 1 << (h & 63)
	}
	return g
}

// key tells windows of different probes apart.
func (p probe) key(window uint64) uint64 {
	seed := uint64(p.anchor)<<60 ^ uint64(p.off)<<40 ^ uint64(p.size)<<32 ^ uint64(p.length)<<36
	return (window|small)*0xff51afd7ed558ccd ^ seed
}

// load reads up to 8 bytes.
func load(s string) uint64 {
	var w uint64
	for i := len(s) - 1; i >= 0; i-- {
		w = w<<8 | uint64(s[i])
	}
	return w
}

// match appends the groups of the literals that v holds to found, some perhaps more than once.
func (t *table) match(v string, found []uint32) []uint32 {
	b := unsafe.Slice(unsafe.StringData(v), len(v))
	found = append(found, t.empty...)
	for i := range t.punctual {
		if strings.Contains(v, t.punctual[i].text) {
			found = append(found, t.punctual[i].group)
		}
	}
	if len(t.wide) > 0 && !plain(b) {
		found = append(found, t.wide...)
	}
	for i := range t.probes {
		p := &t.probes[i]
		from := p.off
		switch {
		case p.off+p.size > len(b) || p.length > 0 && p.length != len(b):
			continue
		case p.anchor != atStart:
			from = len(b) - p.size
		}
		var w uint64
		if p.size == 8 {
			w = binary.LittleEndian.Uint64(b[from:])
		} else {
			w = load(v[from : from+p.size])
		}
		if places := t.windows.find(p.key(w)); places != nil {
			found = t.anchored(b, p.anchor, places, found)
		}
	}
	if t.fours.bitmap != nil && len(b) >= long {
		if t.stride == 2 {
			found = t.scan4(b, found)
		} else {
			found = t.stroll(b, found)
		}
	}
	if t.threes.bitmap != nil && len(b) >= gram3 {
		if t.even {
			found = t.scan3even(b, found)
		} else {
			found = t.scan3(b, found)
		}
	}
	return found
}

func (t *table) anchored(b []byte, a anchor, places []place, found []uint32) []uint32 {
	for _, p := range places {
		l := &t.literals[p.literal]
		n := len(l.text)
		if l.anchor == a && n <= len(b) && (a != whole || n == len(b)) {
			from := 0
			if a == atEnd {
				from = len(b) - n
			}
			if sameFolded(b[from:from+n], l.text) {
				found = append(found, l.group)
			}
		}
		if p.last {
			break
		}
	}
	return found
}

// stroll looks at the grams at each place that the stride divides.
func (t *table) stroll(b []byte, found []uint32) []uint32 {
	bitmap, shift, s := t.fours.bitmap, t.fours.shift&31, t.stride
	at := 0
	for ; at+3*s+gram4 <= len(b); at += 4 * s {
		h0, h1 := gramAt(b, at)*spread>>shift, gramAt(b, at+s)*spread>>shift
		h2, h3 := gramAt(b, at+2*s)*spread>>shift, gramAt(b, at+3*s)*spread>>shift
		if (bitmap[h0>>6]>>(h0&63)|bitmap[h1>>6]>>(h1&63)|bitmap[h2>>6]>>(h2&63)|bitmap[h3>>6]>>(h3&63))&1 != 0 {
			for k := at; k < at+4*s; k += s {
				found = t.around(b, k, t.fours.places.find(gramAt(b, k)), found)
			}
		}
	}
	for ; at+gram4 <= len(b); at += s {
		w := gramAt(b, at)
		if h := w * spread >> shift; bitmap[h>>6]>>(h&63)&1 != 0 {
			found = t.around(b, at, t.fours.places.find(w), found)
		}
	}
	return found
}

// gramAt reads four bytes, letters made small.
func gramAt(b []byte, at int) uint32 {
	return binary.LittleEndian.Uint32(b[at:at+gram4]) | small&0xFFFFFFFF
}

// scan4 is stroll with a stride of 2: of two neighbouring grams of a literal one stands at an even place.
func (t *table) scan4(b []byte, found []uint32) []uint32 {
	bitmap, shift := t.fours.bitmap, t.fours.shift&31
	at := 0
	for ; at+8 <= len(b); at += 4 {
		w := binary.LittleEndian.Uint64(b[at:]) | small
		h, k := uint32(w)*spread>>shift, uint32(w>>16)*spread>>shift
		if (bitmap[h>>6]>>(h&63)|bitmap[k>>6]>>(k&63))&1 != 0 {
			found = t.around(b, at, t.fours.places.find(uint32(w)), found)
			found = t.around(b, at+2, t.fours.places.find(uint32(w>>16)), found)
		}
	}
	for ; at+gram4 <= len(b); at += 2 {
		w := binary.LittleEndian.Uint32(b[at:]) | small&0xFFFFFFFF
		if h := w * spread >> shift; bitmap[h>>6]>>(h&63)&1 != 0 {
			found = t.around(b, at, t.fours.places.find(w), found)
		}
	}
	return found
}

func (t *table) scan3(b []byte, found []uint32) []uint32 {
	bitmap, shift := t.threes.bitmap, t.threes.shift&31
	at := 0
	for ; at+8 <= len(b); at += 6 {
		w := binary.LittleEndian.Uint64(b[at:]) | small
		h0, h1, h2 := uint32(w)<<8*spread>>shift, uint32(w>>8)<<8*spread>>shift, uint32(w>>16)<<8*spread>>shift
		h3, h4, h5 := uint32(w>>24)<<8*spread>>shift, uint32(w>>32)<<8*spread>>shift, uint32(w>>40)<<8*spread>>shift
		any := bitmap[h0>>6]>>(h0&63) | bitmap[h1>>6]>>(h1&63) | bitmap[h2>>6]>>(h2&63) | bitmap[h3>>6]>>(h3&63) | bitmap[h4>>6]>>(h4&63) | bitmap[h5>>6]>>(h5&63)
		if any&1 != 0 {
			for i := range 6 {
				found = t.around(b, at+i, t.threes.places.find(uint32(w)<<8), found)
				w >>= 8
			}
		}
	}
	for ; at+gram3 <= len(b); at++ {
		found = t.around(b, at, t.threes.places.find(threeIn(b, at)), found)
	}
	return found
}

// scan3even is scan3 at even places.
func (t *table) scan3even(b []byte, found []uint32) []uint32 {
	bitmap, shift := t.threes.bitmap, t.threes.shift&31
	at := 0
	for ; at+8 <= len(b); at += 6 {
		w := binary.LittleEndian.Uint64(b[at:]) | small
		h0, h2, h4 := uint32(w)<<8*spread>>shift, uint32(w>>16)<<8*spread>>shift, uint32(w>>32)<<8*spread>>shift
		if (bitmap[h0>>6]>>(h0&63)|bitmap[h2>>6]>>(h2&63)|bitmap[h4>>6]>>(h4&63))&1 != 0 {
			for k := at; k < at+6; k += 2 {
				found = t.around(b, k, t.threes.places.find(threeIn(b, k)), found)
			}
		}
	}
	for ; at+gram3 <= len(b); at += 2 {
		found = t.around(b, at, t.threes.places.find(threeIn(b, at)), found)
	}
	return found
}

// threeIn reads three bytes, letters made small.
func threeIn(b []byte, at int) uint32 {
	return (uint32(b[at]) | uint32(b[at+1])<<8 | uint32(b[at+2])<<16 | small&0xFFFFFF) << 8
}

// around compares the literals that have their gram at place at of b.
func (t *table) around(b []byte, at int, places []place, found []uint32) []uint32 {
	for _, p := range places {
		l := &t.literals[p.literal]
		from := at - int(p.off)
		if from >= 0 && from+len(l.text) <= len(b) && sameFolded(b[from:from+len(l.text)], l.text) {
			found = append(found, l.group)
		}
		if p.last {
			break
		}
	}
	return found
}

// sameFolded compares b with low, in small letters and as long.
func sameFolded(b []byte, low string) bool {
	for i := range b {
		if smallByte(b[i]) != low[i] {
			return false
		}
	}
	return true
}

// plain says that b is ASCII.
func plain(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b)&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func smallByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// smallLetters appends v to dst with the letters of ASCII made small.
func smallLetters(dst []byte, v string) []byte {
	const ones = 0x0101010101010101
	from := len(dst)
	dst = append(dst, v...)
	b := dst[from:]
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		low := w & (0x7f * ones)
		// The top bit of each byte: it is from A to Z, and no byte beyond ASCII.
		is := (low + (0x80-'A')*ones) &^ (low + (0x7f-'Z')*ones) &^ w & (0x80 * ones)
		binary.LittleEndian.PutUint64(b, w|is>>2)
	}
	for i := range b {
		b[i] = smallByte(b[i])
	}
	return dst
}
