package rule_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/rule/ruletest"
)

// TestTable holds tree and machine to the table of meanings.
func TestTable(t *testing.T) {
	b := ruletest.Events(nil)
	for _, row := range ruletest.Table {
		p, err := ruletest.Compile(row.Match)
		if row.Want == "!" {
			if err == nil {
				t.Errorf("%s: want an error", row.Match)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", row.Match, err)
			continue
		}
		for name, eval := range map[string]func(event.Event) (bool, error){"tree": p.Match, "machine": p.Run} {
			var got []string
			for i := range b.Rows() {
				ok, err := eval(b.Event(i))
				if err != nil {
					t.Errorf("%s: %s: %v", row.Match, name, err)
				}
				if ok {
					got = append(got, ruletest.Names[i])
				}
			}
			if strings.Join(got, " ") != row.Want {
				t.Errorf("%s: %s matches %q, want %q", row.Match, name, got, row.Want)
			}
		}
	}
}

func TestCompileErrors(t *testing.T) {
	f := func(src string, line, col int, what string) {
		t.Helper()
		_, err := rule.Compile(src)
		var e *rule.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error %v", src, err)
			return
		}
		if e.Line != line || e.Column != col || !strings.Contains(e.What, what) {
			t.Errorf("%s: %v, want %d:%d: …%s…", src, err, line, col, what)
		}
	}
	f(`source.port == "x"`, 1, 16, "source.port holds a number, not text")
	f(`event.code == 4625`, 1, 15, `write "4625"`)
	f(`true and
  usr.name == "x"`, 2, 3, `unknown field "usr.name"; did you mean user.name`)
	f(`source.ip == "10.0.0.0/8"`, 1, 14, "cidr")
	f(`source.ip < "10.0.0.0"`, 1, 13, "no order")
	f(`source.ip`, 1, 1, "exists(source.ip)")
	f(`not user.name == "x"`, 1, 1, "put brackets behind not")
	f(`timestamp > "yesterday"`, 1, 13, "2026-01-31T12:00:00Z")
	f(`icontain(user.name, "x")`, 1, 1, "did you mean icontains")
	f(`icontains(user.name)`, 1, 1, "write icontains(")
	f(`icontains(source.port, "1")`, 1, 24, "is for text")
	f(`cidr(source.ip, "10.0.0.0/33")`, 1, 17, "no network")
	f(`message matches "(("`, 1, 17, "regular expression")
	f(`user.name == nil`, 1, 14, "exists(field)")
	f(`labels == "x"`, 1, 11, `labels["key"]`)
	f(`any(user.roles, # == "x")`, 1, 1, "not in the language")
	f(`all(1..10000000, true)`, 1, 1, "not in the language")
	f(`len(repeat("x", 100000)) > 1`, 1, 5, `unknown function "repeat"`)
	f(`let a = 1; a == 1`, 1, 5, "not in the language")
	f(`user?.name == "x"`, 1, 1, "?. is not")
	f(`$env.e == "x"`, 1, 1, "")
	f(`user.name == "x" ? true : false`, 1, 31, "not in the language")
	f(`user.name ==`, 1, 12, "")
	f(``, 1, 1, "empty")
	f(`"a" == "a"`, 1, 1, "two constants")
	f(`user.name == source.port`, 1, 1, "compares text with a number")
	f(`user.roles matches "`+"\xff"+`"`, 1, 1, "UTF-8")
	f(`user.name == "x" and source.port + source.ip == 1`, 1, 36, "want a number, not an address")
	f(`"é" in user.roles and usr.id == "x"`, 1, 23, "unknown field")
}

// TestBounds holds what is hostile, or too much, to an error at once.
func TestBounds(t *testing.T) {
	f := func(src, what string) {
		t.Helper()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := rule.Compile(src)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%.60s…: error %.200v, want %q", src, err, what)
		}
		if used := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 3*time.Second || used > 256 {
			t.Errorf("%.60s…: took %s and %d MiB", src, took, used)
		}
	}
	rep := strings.Repeat
	// What 55 characters of expr itself can do, for which see reference/security.md.
	f(`len(replace(repeat("x", 100000), "x", repeat("y", 10000))) > 1`, `unknown function "replace"`)
	f(`let a = repeat("x", 900000); len(map(1..500, a + string(#))) > 1`, "not in the language")
	f(`len(join(map(1..300, message))) > 1`, `unknown function "join"`)
	f(`all(user.roles, all(user.roles, all(user.roles, # >= 0)))`, "not in the language")
	f(`len(1..1000000000) > 1`, ".. is not in the language")
	f(`source.port in 1..1000000000 and user.name in 1..1000000000`, "want a list")
	f(`message + message + message == "x"`, "want a number, not text")
	f(`user.name == [1, 2][0]`, "")
	f(`now() > timestamp`, "unknown function")
	// What is too long, too deep, too many.
	f(rep("a", rule.MaxSource+1), "bytes are too many")
	f(rep("(", rule.MaxSource), "in each other")
	f(rep("[", 5000), "in each other")
	f(rep("(", 4000)+"true", "unexpected token EOF: something is missing")
	f(`user.name = "x"`, "unexpected token =: to compare write ==")
	f(rep("not ", rule.MaxSource/4), "in each other")
	f(rep("-", rule.MaxSource), "in each other")
	f(rep("true ? ", rule.MaxSource/7), "in each other")
	f(rep("let a = 1; ", rule.MaxSource/11), "in each other")
	f("2 "+rep("** 2", rule.MaxSource/5), "in each other")
	f(`user.name in ["`+rep(`a","`, rule.MaxNodes+1)+`"]`, "parts: values that one field")
	f("true"+rep(" or true", rule.MaxNodes), "parts: values that one field")
	f(`user.name == "`+rep("x", rule.MaxText+1)+`"`, "for a text")
	f(`user.name contains windash("`+rep("-a ", 6)+`")`, "more than 5000 texts")
	f(`user.name contains windash("`+rep("-a ", 300)+`")`, "more than 5000 texts")
	f(`user.name contains windash(windash(windash(windash("-a -b -c"))))`, "more than 5000 texts")
	f(`user.name contains base64("`+rep("x", 2000)+`")`, "the most is 1024")
	f(`message contains `+rep(`base64(`, 40)+`"x"`+rep(")", 40), "the most is 1024")
	// Regular expressions that are great, or many.
	f(`message matches "((a{100}){100}){10}"`, "regular expression")
	f(`message matches "(a{1,30}b{1,30}c{1,30}){1,30}.{999}.{999}.{999}"`, "the most is 5000")
	f(`message matches "[a-z]{1000}" or `+rep(`message matches "[a-z]{900}.{90}" or `, 60)+"false", "units an event")
	f(`icontains(message`+rep(`, "x"`, 5000)+")", "units an event")
}

func TestCost(t *testing.T) {
	costs := func(src string) int {
		t.Helper()
		p, err := ruletest.Compile(src)
		if err != nil {
			t.Fatal(err)
		}
		return p.Cost()
	}
	rising := []string{`true`, `user.name == "x"`, `user.name in ["x", "y"]`, `cidr(source.ip, "10.0.0.0/8")`, `icontains(user.name, "x")`, `icontains(message, "x")`,
		`user.name matches "a+b*[xyz]"`, `user.name matches "a{100}"`}
	for i := range rising[1:] {
		if a, b := costs(rising[i]), costs(rising[i+1]); a >= b {
			t.Errorf("%s costs %d, %s %d", rising[i], a, rising[i+1], b)
		}
	}
	if a, b := costs(`user.name in ["x"]`), costs(`user.name in ["`+strings.Repeat(`x", "`, 5000)+`"]`); b > 2*a {
		t.Errorf("a long list costs %d, a short one %d", b, a)
	}
	if a, b := costs(`user.name == user.target.name`), costs(`source.port + source.port + source.port > 3`); a < 30 || b <= a {
		t.Errorf("residues cost %d and %d", a, b)
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	p, err := rule.Compile(`event.outcome == "failure" and cidr(source.ip, "203.0.113.0/24") and icontains(message, "PASSWORD") and user.name in ["root", "admin"] and not (labels["zone"] == "x")`)
	if err != nil {
		t.Fatal(err)
	}
	e := ruletest.Events(nil).Event(0)
	if n := testing.AllocsPerRun(100, func() {
		if ok, _ := p.Match(e); !ok {
			t.Fatal("no match")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
