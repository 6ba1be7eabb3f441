package window

import (
	"strings"

	"github.com/axiomhq/hyperloglog"
)

// valueAt is a value of a distinct count, and when it was seen last.
type valueAt struct {
	hash uint64
	last int64
	text string
}

// sketchBits makes 4,096 registers of a byte: the standard error is 1.6 %.
const sketchBits = 12

// distinct keeps the at_least values that were seen last. Fewer would not do, more are not needed: the condition
// holds while the oldest of them is within the window.
func (k *keyState) distinct(sig *Signal) int64 {
	h, m := hash64(sig.Value), k.more
	n := k.rule.atLeast
	for i := range m.values {
		if m.values[i].hash == h {
			v := m.values[i]
			v.last = sig.Time
			copy(m.values[i:], m.values[i+1:])
			m.values[len(m.values)-1] = v
			return k.oldestValue(n)
		}
	}
	if len(m.values) == n {
		copy(m.values, m.values[1:])
		m.values = m.values[:n-1]
	}
	m.values = append(m.values, valueAt{h, sig.Time, strings.Clone(shown(sig.Value))})
	return k.oldestValue(n)
}

func (k *keyState) oldestValue(n int) int64 {
	if len(k.more.values) < n {
		return noTime
	}
	return k.more.values[0].last
}

// tell counts a value: exactly up to maxTold of them, from then on by a sketch.
func (b *burst) tell(h uint64, v string) {
	if b.sketch != nil {
		b.sketch.InsertHash(h)
		return
	}
	if _, ok := b.told[h]; ok {
		return
	}
	if len(b.told) == maxTold {
		b.sketch = newSketch()
		b.sketch.InsertHash(h)
		for o := range b.told {
			b.sketch.InsertHash(o)
		}
		b.told, b.Distinct, b.Approx = nil, maxTold+1, true
		return
	}
	b.told[h] = struct{}{}
	b.Distinct = len(b.told)
	if len(b.Values) < MaxSample {
		b.Values = append(b.Values, strings.Clone(shown(v)))
	}
}

func newSketch() *hyperloglog.Sketch {
	s, err := hyperloglog.NewSketch(sketchBits, false)
	if err != nil {
		panic("BUG: window: " + err.Error())
	}
	return s
}

// estimate brings Distinct up to date where a sketch counts.
func (b *burst) estimate() {
	if b.sketch != nil {
		b.Distinct = max(b.Distinct, int(b.sketch.Estimate()))
	}
}
