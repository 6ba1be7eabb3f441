package event

import (
	"bytes"
	"hash/maphash"
)

var seed = maphash.MakeSeed()

// dict numbers distinct texts from 1; 0 is the empty text, which stands for "missing".
type dict struct {
	end   []uint32 // end[i] is where text i ends in data; text 0 is empty
	data  []byte
	table []slot // open addressing; length a power of two; nil until a text is added
}

// slot is a place of a dict's table: a text's number, 0 = free, and part of its hash, which spares a look at most
// texts that are not meant.
type slot struct{ number, hash uint32 }

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
	if len(d.end)*2 > len(d.table) {
		d.grow()
	}
	mask := uint64(len(d.table) - 1)
	h := maphash.Bytes(seed, v)
	for i := h; ; i++ {
		s := &d.table[i&mask]
		if s.number == 0 {
			d.data = append(d.data, v...)
			d.end = append(d.end, uint32(len(d.data)))
			*s = slot{uint32(len(d.end) - 1), uint32(h >> 32)}
			return s.number
		}
		if s.hash == uint32(h>>32) && bytes.Equal(d.at(s.number), v) {
			return s.number
		}
	}
}

func (d *dict) grow() {
	size := 16
	for size < 4*len(d.end) {
		size *= 2
	}
	d.table = make([]slot, size)
	mask := uint64(len(d.table) - 1)
	for n := 1; n < len(d.end); n++ {
		h := maphash.Bytes(seed, d.at(uint32(n)))
		i := h
		for d.table[i&mask].number != 0 {
			i++
		}
		d.table[i&mask] = slot{uint32(n), uint32(h >> 32)}
	}
}
