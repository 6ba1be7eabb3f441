package window

import "hash/maphash"

// slot is where a key stands in its bucket's map, or behind it where that is taken: a hash that differs from process to
// process, so that nobody can make keys fall together.
func (s *State) slot(r *ruleState, key string) uint64 {
	return maphash.String(s.seed, key) + r.salt
}

// bucket gives the place of a key among the buckets.
func (r *ruleState) bucket(key string) uint8 { return uint8((hash64(key) ^ r.home) % Buckets) }

// lookup gives the state of a key, nil where there is none.
func (s *State) lookup(r *ruleState, key string) *keyState {
	keys := s.buckets[r.bucket(key)].keys
	for at := s.slot(r, key); ; at++ {
		if k := keys[at]; k == nil || k.rule == r && k.key() == key {
			return k
		}
	}
}

func (s *State) insert(k *keyState) {
	b := &s.buckets[k.place]
	if b.keys == nil {
		b.keys = make(map[uint64]*keyState)
	}
	at := s.slot(k.rule, k.key())
	for b.keys[at] != nil {
		at++
	}
	b.keys[at] = k
	b.n++
	s.stats.Keys++
}

// remove takes k out of its bucket's map, and moves those up that stand behind it because its place was taken.
func (s *State) remove(k *keyState) {
	b := &s.buckets[k.place]
	b.dirty = true
	b.n--
	at := s.slot(k.rule, k.key())
	for b.keys[at] != k {
		at++
	}
	delete(b.keys, at)
	for next := at + 1; ; next++ {
		o := b.keys[next]
		if o == nil {
			return
		}
		if home := s.slot(o.rule, o.key()); next-home >= next-at { // it may stand at the free place
			delete(b.keys, next)
			b.keys[at] = o
			at = next
		}
	}
}

// gone lists the keys of rules that are no more.
func gone(keys map[uint64]*keyState) (out []*keyState) {
	for _, k := range keys {
		if k.rule.index < 0 {
			out = append(out, k)
		}
	}
	return out
}
