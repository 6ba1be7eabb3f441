package window

import (
	"encoding/binary"
	"errors"
	"math"

	"watchpost/internal/event"
)

// Signal says that an event matched a step of a rule.
type Signal struct {
	Time   int64 // effective time, Unix nanoseconds
	ID     event.ID
	Step   int      // of a sequence, else 0
	N      uint32   // events that it stands for, 0 and 1 are one: absence and rate send the first of many and the last
	Sum    Fixed    // of their numbers, where the kind reckons with some
	Value  string   // Distinct, FirstSeen: the value; Travel: the place
	Fields []string // evidence: values of the fields that the rule names
}

// Fixed is a number in millionths, so that sums are the same in any order.
type Fixed struct{ Whole, Micro int64 }

// maxFixed bounds the numbers that windows reckon with.
const maxFixed = 1e15

// FixedOf gives v to a millionth; false for what is no number within ±1e15.
func FixedOf(v float64) (Fixed, bool) {
	if !(v >= -maxFixed && v <= maxFixed) {
		return Fixed{}, false
	}
	w := math.Floor(v)
	return Fixed{int64(w), int64(math.Round((v - w) * 1e6))}, true
}

// Plus is f + g.
func (f Fixed) Plus(g Fixed) Fixed { return Fixed{add(f.Whole, g.Whole), add(f.Micro, g.Micro)} }

// Minus is f - g.
func (f Fixed) Minus(g Fixed) Fixed { return Fixed{add(f.Whole, -g.Whole), add(f.Micro, -g.Micro)} }

// Float gives f as a floating point number.
func (f Fixed) Float() float64 { return float64(f.Whole) + float64(f.Micro)/1e6 }

// Burst is what a window found: one stretch of time in which its condition held, under one group key. A burst is
// reported when it begins and again as it grows; (Rule, Key, ID) stays the same and Revision rises.
type Burst struct {
	Rule     int // index into the rules of SetRules
	Key      string
	Time     int64    // of the crossing event; of the judgement for an absence
	ID       event.ID // of the crossing event; of the last event for an absence
	First    int64    // times of the first and the last event that belong to it
	Last     int64
	Count    uint64     // events that belong to it
	Distinct int        // different values among them
	Approx   bool       // Distinct or Value is estimated
	Values   []string   // sample of the values; Travel: the places
	IDs      []event.ID // sample of the events, the crossing one and the last included
	Measures
	Fields   []string // evidence from the crossing event
	Revision uint32   // from 1
	Resolved int64    // absence: time of the event that ended it; 0: it lasts
}

// Measures is what some kinds reckon.
type Measures struct {
	Value     float64   // Sum, Avg, Percentile: the greatest so far; Rate: the greatest count or average of a window
	Baseline  float64   // Rate: what Value is otherwise at that hour of the week; FirstSeen: values known before
	Distance  float64   // Travel: km
	Speed     float64   // Travel: km/h
	Interval  float64   // Beacon: median seconds between events
	Jitter    float64   // Beacon: greatest deviation from it, as a part of it
	Intervals []float64 // Beacon: the last ones, at most MaxSample
}

// Bounds of what a key and a burst remember.
const (
	MaxValue   = 1024   // bytes of one value of a group key
	MaxSample  = 20     // IDs and Values of a burst
	maxBefore  = 10     // ids kept from before a crossing
	maxRecent  = 1024   // times kept to count what happened before the crossing of a distinct count or sequence
	maxTold    = 1000   // values told apart within a burst; beyond, a sketch estimates
	maxSamples = 1024   // numbers kept one by one; beyond, neighbours stand together
	maxSeen    = 50_000 // values of a key that FirstSeen remembers
	maxPanes   = 1024   // windows of a key that wait to be judged
	maxSampled = 128    // bytes of a sampled value
)

const (
	noTime      int64 = math.MinInt64
	foreverTime int64 = math.MaxInt64
)

// AppendKey appends a part of a group key: the tenant first, then the value of each group field, "" where the event
// lacks it. Keys compare as bytes. A value above MaxValue is cut and its hash put in place of the rest, so that
// different values stay different.
func AppendKey(dst []byte, part string) []byte {
	if len(part) > MaxValue {
		h := hash64(part)
		dst = binary.AppendUvarint(dst, MaxValue)
		dst = append(dst, part[:MaxValue-8]...)
		return binary.BigEndian.AppendUint64(dst, h)
	}
	return append(binary.AppendUvarint(dst, uint64(len(part))), part...)
}

// SplitKey gives the parts of a key that AppendKey made.
func SplitKey(key string) ([]string, error) {
	var out []string
	for len(key) > 0 {
		part, rest, ok := cutKey(key)
		if !ok {
			return nil, errors.New("group key ends too early")
		}
		out, key = append(out, part), rest
	}
	return out, nil
}

// Parts counts what SplitKey would give, -1 where it would refuse.
func Parts(key string) (n int) {
	for ok := true; len(key) > 0; n++ {
		if _, key, ok = cutKey(key); !ok {
			return -1
		}
	}
	return n
}

// cutKey takes the first part off a key.
func cutKey(key string) (part, rest string, ok bool) {
	n, w := uvarint(key)
	if w <= 0 || n > uint64(len(key)-w) {
		return "", "", false
	}
	return key[w : w+int(n)], key[w+int(n):], true
}

// uvarint is binary.Uvarint for a string.
func uvarint(s string) (uint64, int) {
	var b [binary.MaxVarintLen64]byte
	return binary.Uvarint(b[:copy(b[:], s)])
}

// hash64 is FNV-1a: the same in every process, since it places keys in partitions and buckets.
func hash64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	// FNV's low bits know little of the first bytes: mix.
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// Place gives the hash of a rule's group key, the same in every process and build: signals partitions go by it.
func Place(rule, key string) uint64 { return hash64(key) ^ hash64(rule)*3 }

// add is a + b without overflow.
func add(a, b int64) int64 {
	switch c := a + b; {
	case b > 0 && c < a:
		return foreverTime
	case b < 0 && c > a:
		return noTime
	default:
		return c
	}
}
