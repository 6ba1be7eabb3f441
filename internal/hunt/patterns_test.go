package hunt_test

import (
	"fmt"
	"testing"

	"watchpost/internal/event"
	"watchpost/internal/rule/ruletest"
)

// TestPatterns holds that regular expressions mean in the engine what they mean in rules: classes of Unicode by each name, escapes, flags, and what
// the engine looks for first in their place.
func TestPatterns(t *testing.T) {
	db.open(t)
	b := new(event.Batch)
	for _, s := range []string{"Abc", "abc", "xAbc def", "Labc", "41bc", "{61}bc", "élan", "Élan", "\u212A", "K", "ſ", "S", "a.b", "a+b", "a\nb", "b\n", "Qabc", "aaaa", "a{2}", "Ωabc", "١٢", "root",
		"foo_bar", "foo-bar", "a\x00b", "\u00a0", "\v", "\x85", "x\xffy", "ǅ", "ß", "ẞ", "İ", "ı", "😀", "\\", "a|b", "x]", "^a"} {
		b.Begin([]byte(s), ruletest.At.UnixNano())
		b.SetString(event.UserName, s)
		b.End()
	}
	b.SetID(event.NewBlockID(ruletest.At.UnixNano()))
	if err := db.fill(b); err != nil {
		t.Fatal(err)
	}
	for _, re := range []string{`\p{Letter}`, `\p{lu}`, `\p{ASCII}`, `\P{ASCII}`, `\p{Assigned}`, `\p{Cn}`, `\p{LC}`, `\p{greek}abc`, `\p{Other}`, `\p{^Greek}abc`, `[\p{Letter}_]+bar`, `(?i)\p{Lu}bc`, `(?i)\P{Lu}bc`, `(?s)\pL.b`, `\pL.b`, `(?m)\pL$`, `\pL$`,
		`\x41bc`, `\x{41}bc`, `\101bc`, `\pLabc`, `\Qa.b\E`, `\Qa\E+`, `(?i)k`, `(?i)ſ`, `(?i)ß`, `(?i)İ`, `(?<n>abc)`, `(?U)a+`, `a{0}bc`, `(abc){0}`, `|abc`, `\bé`, `[[:^alpha:]]`, `[]]`, `a{,2}`, `[(]abc|abc`, `(?i)r(?-i)oot`} {
		if err := agree(fmt.Sprintf("user.name matches %q", re), b); err != nil {
			t.Error(err)
		}
	}
}
