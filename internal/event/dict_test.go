package event

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestDictNumbers: two texts have one number exactly where they are equal, also short ones that differ in bytes of zero only, and long ones with
// one beginning, in a dictionary that was built, one that was decoded, and one that was reset.
func TestDictNumbers(t *testing.T) {
	var texts [][]byte
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 11, 15, 16, 17, 31, 200} {
		texts = append(texts, make([]byte, n), bytes.Repeat([]byte{0xff}, n), bytes.Repeat([]byte("a"), n))
		for i := range min(n, 20) {
			v := bytes.Repeat([]byte("a"), n)
			v[i] = 0
			texts = append(texts, v)
		}
	}
	for i := range 3000 {
		texts = append(texts, fmt.Appendf(nil, "%d.%d.0.%d", i%7, i%256, i/256), fmt.Appendf(nil, "a long text that is told at its end only %d", i))
	}
	check := func(d *dict, what string) {
		t.Helper()
		of := map[string]uint32{}
		for range 3 {
			rand.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
			for _, v := range texts {
				k := d.add(v)
				if string(d.at(k)) != string(v) {
					t.Fatalf("%s: %q got the number of %q", what, v, d.at(k))
				}
				if was, ok := of[string(v)]; ok && was != k {
					t.Fatalf("%s: %q is number %d, was %d", what, v, k, was)
				}
				of[string(v)] = k
				if d.add(v) != k {
					t.Fatalf("%s: %q got another number the second time", what, v)
				}
			}
		}
		if d.len() != len(of)+1 {
			t.Fatalf("%s: %d texts are %d in the dictionary", what, len(of), d.len()-1)
		}
	}
	var d dict
	check(&d, "built")
	d.reset()
	check(&d, "reset")

	var b, decoded Batch
	for _, v := range texts[:500] {
		b.Begin(v, 1)
		b.Set(UserName, v)
		b.End()
	}
	if err := decoded.Decode(BlockID{}, b.AppendBlock(nil)); err != nil {
		t.Fatal(err)
	}
	check(&decoded.dicts[infos[UserName].slot].dict, "decoded")
}
