package match

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tableAgrees holds a table to looking for each literal in turn. Few letters make many near misses.
func tableAgrees(t *rapid.T) {
	letters := rapid.SampledFrom([]rune("abABzZ@`[{ .\x00é"))             // beside letters what differs from others in the bit 0x20 alone
	least := rapid.SampledFrom([]int{0, 3, 4, 5, 7, 11}).Draw(t, "least") // decides the stride
	var literals []literal
	for i := range rapid.IntRange(1, 12).Draw(t, "literals") {
		text := strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}, rapid.StringOfN(letters, least, least+9, -1).Draw(t, "text"))
		a := rapid.SampledFrom([]anchor{anywhere, atStart, atEnd, whole}).Draw(t, "anchor")
		if a == anywhere && text != "" && !searchable(text) {
			a = atEnd
		}
		literals = append(literals, literal{text, a, uint32(i)})
	}
	table := newTable(literals, nil, newRarity(nil))
	value := rapid.StringOfN(letters, 0, 60, -1).Draw(t, "value")
	if rapid.Bool().Draw(t, "has one") {
		value += strings.ToUpper(rapid.SampledFrom(literals).Draw(t, "inside").text) + rapid.StringOfN(letters, 0, 12, -1).Draw(t, "rest")
	}
	var want []uint32
	low := string(smallLetters(nil, value))
	for _, l := range literals {
		has := map[anchor]func(string, string) bool{anywhere: strings.Contains, atStart: strings.HasPrefix, atEnd: strings.HasSuffix,
			whole: func(a, b string) bool { return a == b }}[l.anchor]
		if has(low, l.text) {
			want = append(want, l.group)
		}
	}
	got := table.match(value, nil)
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Fatalf("%q: table finds %v, want %v of %+v", value, got, want, literals)
	}
}

func TestTableAgrees(t *testing.T) { rapid.Check(t, tableAgrees) }

// FuzzTable lets the fuzzer look for paths that chance does not find.
func FuzzTable(f *testing.F) { f.Fuzz(rapid.MakeFuzz(tableAgrees)) }
