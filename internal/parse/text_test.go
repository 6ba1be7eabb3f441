package parse

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestByteSearch holds searches of eight bytes at a time to those of one, over texts of each length with each byte's neighbours in value.
func TestByteSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	near := []byte{'=', '=' - 1, '=' + 1, '=' | 0x80, ' ', ' ' - 1, ' ' + 1, ' ' | 0x80, '\t', 0, 1, 0x7f, 0x80, 0xff, 'a'}
	for n := range 80 {
		for range 200 {
			s := make([]byte, n)
			for i := range s {
				s[i] = near[r.IntN(len(near))]
				if r.IntN(3) > 0 { // else most are found within the first eight
					s[i] = near[9+r.IntN(6)]
				}
			}
			for _, c := range []byte{'=', ' ', 0, 0x80, 0xff} {
				if got, want := indexByte(s, c), bytes.IndexByte(s, c); got != want {
					t.Fatalf("%q: %q is at %d, should be at %d", s, c, got, want)
				}
			}
			want := len(s)
			for i, c := range s {
				if c == '=' || c == ' ' {
					want = i
					break
				}
			}
			if got := untilEither(s, '=', ' '); got != want {
				t.Fatalf("%q: the first is at %d, should be at %d", s, got, want)
			}
		}
	}
}
