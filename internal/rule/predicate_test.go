package rule_test

import (
	"errors"
	"strings"
	"testing"

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
	f(strings.Repeat("(", 9000), 1, 1, "too many")
	f(`user.name in ["`+strings.Repeat(`a","`, 600)+`"]`, 1, 2006, "maximum allowed nodes")
	f(`user.roles matches "`+"\xff"+`"`, 1, 1, "UTF-8")
	f(`user.name == "x" and source.port + source.ip == 1`, 1, 36, "want a number, not an address")
	f(`"é" in user.roles and usr.id == "x"`, 1, 23, "unknown field")
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
