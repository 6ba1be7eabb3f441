package hunt_test

import (
	"strings"
	"testing"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rule"
)

func TestFill(t *testing.T) {
	params := []hunt.Parameter{{Name: "user"}, {Name: "port", Default: "22", Type: "number"}}
	f := func(template string, values map[string]string, want string) {
		t.Helper()
		got, err := hunt.Fill(template, params, values)
		if err != nil {
			got = "! " + err.Error()
		}
		if want, fault := strings.CutPrefix(want, "! "); got != want && !(fault && err != nil && strings.Contains(got, want)) {
			t.Errorf("%s %q: %s, want %s", template, values, got, want)
		}
	}
	const good = "user.name == ${user} and source.port == ${port}"
	f(good, map[string]string{"user": "ann"}, `user.name == "ann" and source.port == 22`)
	f(good, map[string]string{"user": `a" or true or "`, "port": "1e3"}, `user.name == "a\" or true or \"" and source.port == 1000`)
	f(good, map[string]string{"user": "${port}"}, `user.name == "${port}" and source.port == 22`)
	f(good, nil, "! a value is needed")
	f(good, map[string]string{"user": "x", "port": "1 or true"}, "! is no number")
	f(good, map[string]string{"user": "x", "port": "NaN"}, "! is no number")
	f(good, map[string]string{"user": "x", "port": "0x1F"}, "! is no number")
	f(good, map[string]string{"user": "x", "eve": "y"}, `! there is no "eve"`)
	f(good, map[string]string{"user": "\xff"}, "! UTF-8")
	f(good, map[string]string{"user": strings.Repeat("x", 2000)}, "! at most 1024")
	f(`user.name == "${user}" and source.port == ${port}`, map[string]string{"user": "x"}, "! within quotes")
	f(`user.name == 'a\'${user}' and source.port == ${port}`, map[string]string{"user": "x"}, "! within quotes")
	f("user.name == `\\` + ${user} and source.port == ${port}", map[string]string{"user": "x"}, "user.name == `\\` + \"x\" and source.port == 22")
	f("user.name == ${user", nil, "! without }")
	f("user.name == ${eve}", nil, "! is no parameter")
	f("user.name == ${user}", map[string]string{"user": "x"}, "! port is not used")
	for _, p := range [][]hunt.Parameter{{{Name: "A"}}, {{Name: "user"}, {Name: "user"}}, {{Name: "user", Type: "sql"}}, {{Name: "user", Type: "number", Default: "x"}}, make([]hunt.Parameter, 33)} {
		if hunt.CheckTemplate("user.name == ${user}", p) == nil {
			t.Errorf("%+v is taken", p)
		}
	}
}

// A value stays a value: what is filled in is found as it is, and nothing else is.
func FuzzFill(f *testing.F) {
	for _, s := range []string{"ann", `"`, `\`, "`", "'", "a\nb\x00", "é\u2028", `" or true or "`, "${user}", "\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		query, err := hunt.Fill("user.name == ${user}", []hunt.Parameter{{Name: "user"}}, map[string]string{"user": value})
		if err != nil {
			return
		}
		p, err := rule.Compile(query)
		if err != nil {
			t.Fatalf("%q: %s: %v", value, query, err)
		}
		for other, want := range map[string]bool{value: true, value + "x": false, "x": value == "x"} {
			var b event.Batch
			b.Begin(nil, 0)
			b.SetString(event.UserName, other)
			b.End()
			if got, err := p.Match(b.Event(0)); err != nil || got != want {
				t.Fatalf("%s of %q: %v %v", query, other, got, err)
			}
		}
	})
}
