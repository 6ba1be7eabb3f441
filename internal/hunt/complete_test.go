package hunt_test

import (
	"slices"
	"testing"

	"watchpost/internal/hunt"
)

func TestComplete(t *testing.T) {
	f := func(text string, from int, values string, some ...string) {
		t.Helper()
		c := hunt.Complete(text, len(text))
		got := ""
		if c.Values.Field != 0 {
			got = c.Values.String() + " " + c.Prefix
		}
		var inserts []string
		for _, i := range c.Items {
			inserts = append(inserts, i.Insert)
		}
		if c.From != from || c.To != len(text) || got != values {
			t.Errorf("%s: from %d, values %q, want %d, %q", text, c.From, got, from, values)
		}
		for _, s := range some {
			if !slices.Contains(inserts, s) {
				t.Errorf("%s: no %q in %q", text, s, inserts)
			}
		}
	}
	f("", 0, "", "event.action:", "user.name:")
	f("us", 0, "", "user.name:", "user.id:")
	f("ip", 0, "", "source.ip:", "destination.ip:")
	f("a or sour", 5, "", "source.ip:", "source.port:")
	f("a (-sour", 4, "", "source.ip:")
	f("icon", 0, "", "icontains(")
	f("user.name:x a", 12, "", "and ")
	f("user.name:", 10, "user.name ", "*")
	f("user.name:ro", 10, "user.name ro")
	f(`user.name:"Jane D`, 11, "user.name Jane D")
	f("user.name:(a or b", 16, "")
	f("user.name ", 10, "", "== ", "contains ")
	f("source.port ", 12, "", "> ")
	f("user.name == ", 13, "user.name ")
	f(`user.name == "ro`, 14, "user.name ro")
	f(`ieq(user.name, "ro`, 16, "user.name ro")
	f("user.name:x | co", 14, "", "count ")
	f("user.name:x | count by us", 23, "", "user.name")
	f("user.name:x | count ", 20, "", "by ", "over ")
	f("user.name:x | count by user.name | sort -", 41, "", "count", "user.name")
	f("user.name:x | count by user.name | where co", 41, "", "count")
	for text, want := range map[string]string{"user.name:": "root", `user.name:"`: `root"`, "user.name == ": `"root"`, "source.port == ": "22"} {
		v := "root"
		if text[0] == 's' {
			v = "22"
		}
		if got := hunt.Complete(text, len(text)).Value(v, "").Insert; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for v, want := range map[string]string{"a b": `"a b"`, "a*": `"a*"`, `DOM\ann`: `DOM\ann`, `a"b`: `"a\"b"`, ">5": `">5"`, "(x": `"(x"`} {
		if got := hunt.Complete("user.name:", 10).Value(v, "").Insert; got != want {
			t.Errorf("%s: %s, want %s", v, got, want)
		}
	}
}

// FuzzComplete holds that no text and cursor make Complete panic, and that what it would replace lies within the text.
func FuzzComplete(f *testing.F) {
	f.Add("user.name:ro | count by x | sort -", 12)
	f.Add(`ieq(user.name, "ß`, 17)
	f.Add("labels[\"", 3)
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		c := hunt.Complete(text, cursor)
		if c.From < 0 || c.From > c.To || c.To > len(text) {
			t.Fatalf("%q at %d: %d to %d", text, cursor, c.From, c.To)
		}
		if c.Values.Field != 0 {
			c.Value("a b\"\\*", "")
		}
	})
}
