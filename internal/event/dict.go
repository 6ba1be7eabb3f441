package event

import (
	"bytes"
	"hash/maphash"
	"math/bits"
)

var seed = maphash.MakeSeed()

// dict numbers distinct texts from 1; 0 is the empty text, which stands for "missing".
type dict struct {
	end   []uint32 // end[i] is where text i ends in data; text 0 is empty
	data  []byte
	table []uint32 // open addressing; length a power of two; nil until a text is added
	bits  uint8    // log2 of the table's length
}

// A place of a dict's table is 0 where it is free. Else its low bits, as many as number the places, are a text's number, which is less than their
// count; those above are of its hash and spare a look at most texts that are not meant. Half of what number and hash would take by
// themselves: the tables of all columns should stay in the processor's caches.

func (d *dict) reset() {
	d.end = append(d.end[:0], 0)
	d.data = d.data[:0]
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
	if len(d.end) == 0 {
		d.end = append(d.end, 0)
	}
	if 4*len(d.end) > 3*len(d.table) {
		d.grow()
	}
	h := maphash.Bytes(seed, v)
	number := uint32(1)<<d.bits - 1
	tag := uint32(h>>32) &^ number
	for i := uint32(h) & number; ; i = (i + 1) & number {
		s := d.table[i]
		if s == 0 {
			k := uint32(len(d.end))
			d.data = append(d.data, v...)
			d.end = append(d.end, uint32(len(d.data)))
			d.table[i] = tag | k
			return k
		}
		if s&^number == tag && bytes.Equal(d.at(s&number), v) {
			return s & number
		}
	}
}

func (d *dict) grow() {
	d.bits = uint8(max(4, bits.Len(uint(2*len(d.end)))))
	d.table = make([]uint32, 1<<d.bits)
	number := uint32(1)<<d.bits - 1
	for n := 1; n < len(d.end); n++ {
		h := maphash.Bytes(seed, d.at(uint32(n)))
		i := uint32(h) & number
		for d.table[i] != 0 {
			i = (i + 1) & number
		}
		d.table[i] = uint32(h>>32)&^number | uint32(n)
	}
}
