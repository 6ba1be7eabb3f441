package event

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
)

// dict numbers distinct texts from 1; 0 is the empty text, which stands for "missing".
type dict struct {
	end    []uint32 // end[i] is where text i ends in data; text 0 is empty
	data   []byte
	names  []name   // of the texts, by number; shorter than end where table is nil
	table  []uint32 // open addressing; length a power of two; nil until a text is added
	bits   uint8    // log2 of the table's length
	last   name     // of the text that was added last, be it new or not
	newest uint32   // its number
}

// A place of a dict's table is 0 where it is free. Else its low bits, as many as number the places, are a text's number, which is less than their
// count; those above are of its hash and spare a look at most texts that are not meant. Half of what number and hash would take by
// themselves: the tables of all columns should stay in the processor's caches.

func (d *dict) reset() {
	d.end = append(d.end[:0], 0)
	d.data = d.data[:0]
	d.names = append(d.names[:0], name{})
	d.last, d.newest = name{}, 0
	clear(d.table)
}

func (d *dict) len() int { return max(len(d.end), 1) }

func (d *dict) at(i uint32) []byte {
	if i == 0 {
		return nil
	}
	return d.data[d.end[i-1]:d.end[i]]
}

// add gives the number of v, which must not be empty; a new text is copied.
func (d *dict) add(v []byte) uint32 {
	id := nameOf(v)
	if d.repeats(id, v) {
		return d.newest
	}
	return d.look(id, v)
}

// repeats says whether v, whose name is id, is the text that was added last: runs of one value are the rule.
func (d *dict) repeats(id name, v []byte) bool {
	return id == d.last && (id.whole() || bytes.Equal(d.at(d.newest), v))
}

// look is add for a text that does not repeat the last.
func (d *dict) look(id name, v []byte) uint32 {
	k := d.find(id, v)
	d.last, d.newest = id, k
	return k
}

func (d *dict) find(id name, v []byte) uint32 {
	if len(d.end) == 0 {
		d.reset()
	}
	if 4*len(d.end) > 3*len(d.table) {
		d.grow()
	}
	if len(d.names) <= few {
		for k, o := range d.names {
			if o == id && (id.whole() || bytes.Equal(d.at(uint32(k)), v)) {
				return uint32(k)
			}
		}
	}
	h := id.hash(v)
	number := uint32(1)<<d.bits - 1
	tag := uint32(h>>32) &^ number
	for i := uint32(h) & number; ; i = (i + 1) & number {
		s := d.table[i]
		if s == 0 {
			k := uint32(len(d.end))
			d.data = append(d.data, v...)
			d.end = append(d.end, uint32(len(d.data)))
			d.names = append(d.names, id)
			d.table[i] = tag | k
			return k
		}
		if k := s & number; s&^number == tag && d.names[k] == id && (id.whole() || bytes.Equal(d.at(k), v)) {
			return k
		}
	}
}

// few is how many texts are compared with each other faster than they are looked up.
const few = 10

func (d *dict) grow() {
	for k := len(d.names); k < len(d.end); k++ {
		d.names = append(d.names, nameOf(d.at(uint32(k))))
	}
	d.bits = uint8(max(4, bits.Len(uint(2*len(d.end)))))
	d.table = make([]uint32, 1<<d.bits)
	number := uint32(1)<<d.bits - 1
	for k := 1; k < len(d.end); k++ {
		h := d.names[k].hash(d.at(uint32(k)))
		i := uint32(h) & number
		for d.table[i] != 0 {
			i = (i + 1) & number
		}
		d.table[i] = uint32(h>>32)&^number | uint32(k)
	}
}

// name tells texts apart without a look at them: it is the text itself where that has at most 15 bytes, with its length in the uppermost byte.
// Of a longer one it is the beginning and the length, and that byte is longName; two of one name may differ then.
type name struct{ a, b uint64 }

const longName = 0xff << 56

func nameOf(v []byte) name {
	switch n := uint64(len(v)); {
	case n > 15:
		return name{binary.LittleEndian.Uint64(v), longName | n}
	case n >= 8:
		return name{binary.LittleEndian.Uint64(v), binary.LittleEndian.Uint64(v[n-8:])>>(8*(16-n)) | n<<56}
	case n >= 4:
		return name{uint64(binary.LittleEndian.Uint32(v)) | uint64(binary.LittleEndian.Uint32(v[n-4:]))<<(8*(n-4)), n << 56}
	case n > 0:
		return name{uint64(v[0]) | uint64(v[n/2])<<(8*(n/2)) | uint64(v[n-1])<<(8*(n-1)), n << 56}
	}
	return name{}
}

// whole says that the name is the text itself.
func (n name) whole() bool { return n.b < longName }

var (
	seed = maphash.MakeSeed()
	keys = [3]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64()}
)

// hash is keyed, so that no sender can choose texts that fall on one place. That of a short text is wyhash's, two products folded, as the
// runtime's own is where the processor has no instructions for AES.
func (n name) hash(v []byte) uint64 {
	if !n.whole() {
		return maphash.Bytes(seed, v)
	}
	hi, lo := bits.Mul64(n.a^keys[0], n.b^keys[1])
	hi, lo = bits.Mul64(hi^lo, keys[2])
	return hi ^ lo
}
