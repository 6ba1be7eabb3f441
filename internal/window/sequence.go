package window

import "watchpost/internal/event"

// gate is where a step of a sequence stands: the stage that it is, or before which it must not happen.
type gate struct {
	stage int
	not   bool
}

// waiting is a sequence that is complete if a last step does not happen by its deadline, inclusive.
type waiting struct {
	deadline int64
	first    int64
	time     int64 // of the event that completed the others
	id       event.ID
	count    uint64
	ids      []event.ID
	fields   []string
}

// sequenceOf fills in what r's steps come to.
func (r *ruleState) sequenceOf(sp *Spec) {
	for i, n := range sp.Steps {
		r.gates = append(r.gates, gate{len(r.stages), sp.Negated(i)})
		if !sp.Negated(i) {
			r.stages = append(r.stages, n)
		}
	}
	for _, g := range r.gates {
		r.trailing = r.trailing || g.not && g.stage == len(r.stages) && !sp.AnyOrder
	}
	for i, n := range r.stages {
		if i > 0 || sp.AnyOrder {
			r.chains += n
		}
	}
}

// sequence keeps, for each step and each number of its events, the latest time at which a chain could begin that has
// come so far: no choice of events completes within the window if the latest beginning does not. The first step's
// chains are the ring of its last times; those of the others follow each other in more.chain.
func (k *keyState) sequence(sig *Signal) (from int64, counts bool) {
	r, m := k.rule, k.more
	if sig.Step >= len(r.gates) {
		return noTime, false
	}
	g := r.gates[sig.Step]
	if r.spec.AnyOrder {
		return k.anyOrder(g, sig.Time)
	}
	if g.not {
		switch {
		case g.stage == 0:
			m.banned = sig.Time
		default:
			*k.end(g.stage - 1) = noTime // what was complete is not any more
		}
		if g.stage == len(r.stages) {
			m.wait = nil
		}
		return noTime, false
	}
	if g.stage == 0 {
		if m.banned != noTime && m.banned >= add(sig.Time, -r.within) {
			return noTime, false
		}
		k.push(sig, r.stages[0])
		m.done = max(m.done, k.oldest(r.stages[0]))
	} else {
		off := 0
		for _, n := range r.stages[1:g.stage] {
			off += n
		}
		for j := off + r.stages[g.stage] - 1; j > off; j-- {
			m.chain[j] = max(m.chain[j], m.chain[j-1])
		}
		m.chain[off] = max(m.chain[off], *k.end(g.stage - 1))
	}
	from = *k.end(len(r.stages) - 1)
	if !r.trailing {
		return from, true
	}
	if from != noTime && add(from, r.within) >= sig.Time && m.wait == nil {
		m.wait = &waiting{deadline: add(from, r.within), first: from, time: sig.Time, id: sig.ID, fields: cloneAll(sig.Fields)}
	}
	return noTime, true
}

// end is where the latest beginning of a chain stands that has completed a stage.
func (k *keyState) end(stage int) *int64 {
	if stage == 0 {
		return &k.more.done
	}
	n := 0
	for _, s := range k.rule.stages[1 : stage+1] {
		n += s
	}
	return &k.more.chain[n-1]
}

// anyOrder keeps the last times of each step, oldest first.
func (k *keyState) anyOrder(g gate, t int64) (from int64, counts bool) {
	m := k.more
	if g.not {
		m.banned = t
		return noTime, false
	}
	from = foreverTime
	rest := m.chain
	for i, n := range k.rule.stages {
		if i == g.stage {
			copy(rest[:n], rest[1:n])
			rest[n-1] = t
		}
		from = min(from, rest[0])
		rest = rest[n:]
	}
	if m.banned != noTime && m.banned >= add(t, -k.rule.within) {
		return noTime, true
	}
	return from, true
}

// fire reports a sequence whose last step did not happen.
func (s *State) fire(k *keyState, emit func(Burst)) {
	r, w := k.rule, k.more.wait
	k.more.wait = nil
	if b := k.burst; b != nil && w.deadline < b.end {
		b.falls = max(b.falls, w.deadline)
		b.extend(k, w.deadline)
		return
	}
	s.close(k, emit)
	b := &burst{falls: w.deadline}
	b.Burst = Burst{Rule: r.index, Key: k.key(), Time: w.deadline, ID: w.id, First: w.first, Last: w.time, Count: w.count, IDs: w.ids, Fields: w.fields}
	k.burst = b
	b.extend(k, w.deadline)
	s.stats.Bursts++
	emit(b.report(r, w.deadline))
}
