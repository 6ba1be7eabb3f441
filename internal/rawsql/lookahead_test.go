package rawsql

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"testing"
)

// What looksFar lets pass finds the same place whatever stands further behind it than maxLook characters: random patterns, texts and ends.
func TestLooksFar(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	letters := []rune("ab.\n")
	text := func(n int) string {
		out := make([]rune, n)
		for i := range out {
			out[i] = letters[r.IntN(len(letters))]
			if i > 0 && r.IntN(3) > 0 {
				out[i] = out[i-1] // runs are what patterns meet
			}
		}
		return string(out)
	}
	near, far, compared, differ := 0, 0, 0, 0
	for range 4000 {
		pattern := randomPattern(r, 3)
		re, err := syntax.Parse(pattern, syntax.Perl|syntax.DotNL)
		if err != nil { // repetitions multiply
			continue
		}
		work := maxWork
		passes := !looksFar(re, &work)
		if passes {
			near++
		} else {
			far++
		}
		engine := regexp.MustCompile("(?s:" + pattern + ")")
		for range 4 {
			s := text(60)
			at := engine.FindStringIndex(s)
			if at == nil || at[1]+maxLook+1 >= len(s) {
				continue
			}
			compared++
			other := s[:at[1]+maxLook+1] + text(40)
			if same := slices.Equal(at, engine.FindStringIndex(other)); !same && passes {
				t.Fatalf("%q finds %v in %q, %v in %q", pattern, at, s, engine.FindStringIndex(other), other)
			} else if !same {
				differ++
			}
		}
	}
	t.Logf("%d patterns look near, %d far; %d places, %d of them depend on what is far", near, far, compared, differ)
	if near < 1000 || far < 40 || compared < 2000 || differ < 3 {
		t.Error("nothing is proven")
	}
}

// randomPattern makes a regular expression.
func randomPattern(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(6) == 0 {
		return []string{"a", "b", ".", "[^a]", "[ab]", `\n`, `\b`, "$", `\.`, "(?i:A)"}[r.IntN(10)]
	}
	one := func() string { return randomPattern(r, depth-1) }
	switch r.IntN(7) {
	case 0, 1, 2:
		return one() + one()
	case 3:
		return "(" + one() + "|" + one() + ")"
	case 4:
		return "(?:" + one() + ")" + []string{"*", "+", "?", "*?", "+?", "??"}[r.IntN(6)]
	case 5:
		return "(" + one() + ")" + []string{"{2}", "{1,3}", "{0,20}", "{1,3}?", "{2,}"}[r.IntN(5)]
	}
	return one() + one() + one()
}

// Whatever the pattern, it is judged soon.
func BenchmarkLooksFar(b *testing.B) {
	for _, pattern := range []string{`(\w+)=(\S+)`, `[ab]*a[ab]{200}`, `(?i)(\pL+[0-9]*)+x`, `(a|b|c|d|e){0,300}f`} {
		re, err := syntax.Parse(pattern, syntax.Perl|syntax.DotNL)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(pattern, func(b *testing.B) {
			for b.Loop() {
				work := maxWork
				looksFar(re, &work)
			}
		})
	}
}
