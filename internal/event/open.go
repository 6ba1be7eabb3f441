package event

// What those ask who set much of the open row: which fields it has so far, and ways to give a column a text whose number in the column's
// dictionary is known, so that it need not be looked up by its bytes again.

// Touched lists the fields that were set in the open row, those among them that were taken back, each at least once. The slice is valid until
// a field is set or the row ends.
func (b *Batch) Touched() []Field { return b.touched }

// Epoch is the time between two Resets of one batch, in which a text keeps its number in the dictionary of a column. No two batches share one;
// the zero Epoch is none.
type Epoch struct {
	batch  *Batch
	resets uint64
}

// Epoch gives the batch's present one.
func (b *Batch) Epoch() Epoch { return Epoch{b, b.resets} }

// SetKey is Set for the text with the number k in the dictionary of f, of kind Dict, as Event.Key gave it in the same Epoch. 0 sets nothing.
func (b *Batch) SetKey(f Field, k uint32) {
	if k == 0 {
		return
	}
	b.setKey(f, &b.dicts[places[f].slot], k)
}

// AddFrom is Add, to the list to, of the text that the open row has in from, of kind Dict. Which number a text of from has in the dictionary of
// the list is remembered until Reset, for the first list that from is added to.
func (b *Batch) AddFrom(to, from Field) bool {
	c := &b.dicts[places[from].slot]
	k := c.key(b.rows)
	if k == 0 {
		return true
	}
	if len(c.listed) == 0 {
		c.list = to
	}
	if c.list != to {
		return b.Add(to, c.dict.at(k))
	}
	for len(c.listed) <= int(k) {
		c.listed = append(c.listed, 0)
	}
	if c.listed[k] == 0 {
		c.listed[k] = b.entry(&b.lists[places[to].slot].dict, c.dict.at(k))
	}
	return b.addKey(to, c.listed[k])
}
