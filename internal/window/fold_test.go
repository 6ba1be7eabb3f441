package window

import (
	"bytes"
	"fmt"
	gomaps "maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// sole gives a state in which each rule has a key of one event.
func sole() *State {
	s := New(Defaults)
	s.SetRules(allKinds())
	for r := range s.rules {
		sig := Signal{Time: 100*sec + int64(r), ID: id(r), Value: "52.5,13.4", Fields: []string{"x"}, Sum: Fixed{Whole: -1, Micro: 250_000}}
		s.Add(r, "k", sig, func(Burst) {})
	}
	s.Advance(130*sec, func(Burst) {})
	return s
}

// A key of one event that opened nothing is folded, of any kind but those that judge at the end; it is saved as if it were not, and
// folded again when it is restored.
func TestFold(t *testing.T) {
	s := sole()
	f := func(where string, s *State) (bytes int32) {
		t.Helper()
		var open []string
		for _, r := range s.rules {
			if k := s.lookup(r, "k"); k.body != folded {
				open = append(open, r.ID)
			} else {
				bytes += k.size
			}
		}
		if want := []string{"absence", "single", "below", "rate", "rate-field"}; !slices.Equal(open, want) {
			t.Errorf("%s: not folded: %q, want %q", where, open, want)
		}
		return bytes
	}
	size := f("made", s)
	for _, r := range s.rules {
		k := s.lookup(r, "k")
		if k.body != folded {
			continue
		}
		var short, long encoder
		short.key(k)
		k.unfold()
		if long.key(k); !bytes.Equal(short.b, long.b) || k.body == folded {
			t.Errorf("%s: %q, unfolded %q", r.ID, short.b, long.b)
		}
	}
	after := reborn(sole(), allKinds(), func(*State) {})
	if got := f("restored", after); got != size || size == 0 {
		t.Errorf("%d bytes, %d when restored", size, got)
	}
	after.Finish(200*sec, func(Burst) {})
	if st := after.Stats(); st.Keys != 0 || st.Bytes != 0 {
		t.Errorf("left over: %+v", st)
	}
}

// Whatever is too long to be kept with the key makes a key that is not folded, and counts as it should.
func TestFoldLongValue(t *testing.T) {
	s, got := New(Defaults), newLedger()
	s.SetRules(allKinds()[1:2])
	long := strings.Repeat("x", maxSampled)
	for i, v := range []string{long, long + "a", long + "b"} {
		s.Add(0, "k", Signal{Time: int64(i) * sec, ID: id(i), Value: v}, got.take)
		s.Add(0, "l", Signal{Time: int64(i) * sec, ID: id(i), Value: v[i:]}, got.take)
	}
	s.Advance(foreverTime, got.take)
	if want := []string{"2: 0-2 n=3 d=3", "2: 0-2 n=3 d=3"}; !slices.Equal(got.list(), want) {
		t.Errorf("%q, want %q", got.list(), want)
	}
}

// savedKeys gives what is saved of each key, by rule and key; of an open burst that tells values apart, which are saved in any
// order, how much.
func savedKeys(t *testing.T, s *State) map[string]string {
	t.Helper()
	out := map[string]string{}
	for i := range s.buckets {
		for _, k := range s.buckets[i].keys {
			var e encoder
			e.key(k)
			v := string(e.b)
			if k.burst != nil && len(k.burst.told) > 1 {
				v = fmt.Sprint(len(v), " bytes")
			}
			out[fmt.Sprintf("%s %q", k.rule.ID, k.key())] = v
		}
	}
	return out
}

// What the build of 29 November 2026 saved is read, and saved again as it was: testdata/saved has a bucket behind its length, of all
// kinds, with keys of one event and of many.
func TestRestoreEarlier(t *testing.T) {
	data, err := os.ReadFile("testdata/saved")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Defaults)
	s.SetRules(allKinds())
	for d := (decoder{b: data}); len(d.b) > 0; {
		bucket := d.take(d.count(1))
		if err := s.Restore(bucket); err != nil || d.err != nil {
			t.Fatal(err, d.err)
		}
	}
	first := savedKeys(t, s)
	again := savedKeys(t, reborn(s, allKinds(), func(*State) {}))
	n, byKind := 0, map[string]int{}
	for _, r := range s.rules {
		for k := range first {
			if strings.HasPrefix(k, r.ID+" ") {
				byKind[r.ID]++
				n++
			}
		}
	}
	for k, v := range first {
		if !bytes.Contains(data, []byte(v)) && !strings.HasSuffix(v, " bytes") {
			t.Errorf("%s is not saved as it was", k)
		}
	}
	if !gomaps.Equal(first, again) || n != 86 || len(byKind) != len(s.rules) {
		t.Errorf("%d keys, %v", n, byKind)
	}
}
