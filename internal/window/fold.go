package window

import (
	"bytes"
	"encoding/binary"

	"watchpost/internal/event"
)

// Most keys have one event. Of such a key no more is kept than that event, behind the key: its state is made again, by the same
// steps, when another one comes or when it is saved. So a key is small for all kinds alike, and no kind has a second form.

// folded is the body of all keys that have none. Nothing writes to it.
var folded = new(body)

// folds says whether sig could be all that is kept of a key.
func (r *ruleState) folds(sig *Signal) bool {
	return r.kind != Absence && !r.paned() && len(sig.Value) <= maxSampled && sig.Step < 1<<8
}

// join gives the text of a new key: with what fold cannot keep elsewhere.
func (s *State) join(r *ruleState, key string, sig *Signal) string {
	b := append(s.text[:0], key...)
	switch r.kind {
	case Distinct, Travel:
		b = append(b, shown(sig.Value)...)
	case FirstSeen:
		b = binary.LittleEndian.AppendUint64(b, hash64(sig.Value))
	case Sum, Avg, Percentile:
		b = binary.LittleEndian.AppendUint64(b, uint64(sig.Sum.Whole))
		b = binary.LittleEndian.AppendUint64(b, uint64(sig.Sum.Micro))
	}
	s.text = b
	return string(b)
}

// fold keeps of k its only event, sig.
func (k *keyState) fold(sig *Signal) {
	r := k.rule
	k.block, k.row, k.stage = r.blocks.take(sig.ID.Block), sig.ID.Row, uint8(sig.Step)
	k.clearRing()
	r.spare(k.body)
	k.body = folded
}

// unfold makes the state of a key that is folded.
func (k *keyState) unfold() {
	k.body = newBody(k.rule)
	k.tell()
	k.rule.blocks.release(k.block)
	k.block = 0
}

// tell feeds the only event of a key again.
func (k *keyState) tell() {
	r, rest := k.rule, k.text[k.cut:]
	sig := Signal{Time: k.last, ID: event.ID{Block: r.blocks.list[k.block].id, Row: k.row}, Step: int(k.stage)}
	k.last = noTime
	switch r.kind {
	case Distinct, Travel:
		sig.Value = rest
	case FirstSeen:
		k.last = sig.Time
		k.more.seen.add(r, sig.Time, uint64At(rest))
		return
	case Sum, Avg, Percentile:
		sig.Sum = Fixed{int64(uint64At(rest)), int64(uint64At(rest[8:]))}
	}
	k.feed(&sig)
}

// refold folds k, which was saved as data, if that is what a key of one event is saved as.
func (s *State) refold(k *keyState, data []byte) {
	r := k.rule
	sig, ok := k.only()
	if !ok || k.burst != nil || k.waits() != nil || !r.folds(&sig) {
		return
	}
	one := keyState{rule: r, text: s.join(r, k.key(), &sig), cut: k.cut}
	if r.kind == FirstSeen {
		one.text = k.key() + string(binary.LittleEndian.AppendUint64(nil, k.more.seen.hashes[0]))
	}
	for step := range max(len(r.gates), 1) {
		one.last, one.body, sig.Step = sig.Time, r.fresh(), step
		one.fold(&sig)
		var e encoder
		e.key(&one)
		if bytes.Equal(e.b, data) {
			k.clearRing()
			*k = one
			return
		}
		r.blocks.release(one.block)
	}
}

// only gives the event of a key that may have had no other; false: it had.
func (k *keyState) only() (sig Signal, ok bool) {
	sig.Time = k.last
	m, ids := k.more, k.before()
	if len(ids) > 0 {
		sig.ID = ids[0]
	}
	switch k.rule.kind {
	case FirstSeen:
		return sig, len(m.seen.hashes) == 1
	case Travel:
		sig.ID, sig.Value = m.trip.id, m.trip.text
	case Distinct:
		if len(m.values) == 1 {
			sig.Value = m.values[0].text
		}
	case Sum, Avg, Percentile:
		if len(m.samples) == 1 {
			sig.Sum, _ = FixedOf(m.samples[0].v)
		}
	}
	return sig, len(ids) <= 1
}

// fresh gives a body for a key that may be folded soon.
func (r *ruleState) fresh() *body {
	b := r.unused
	if r.unused = nil; b == nil {
		b = newBody(r)
	}
	return b
}

// spare takes a body back whose ring is clear.
func (r *ruleState) spare(b *body) {
	if b.more != nil {
		b.more.reset()
	}
	b.burst = nil
	r.unused = b
}

func uint64At(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.LittleEndian.Uint64(b[:])
}
