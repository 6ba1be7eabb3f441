package app

import (
	"strings"
	"testing"

	"watchpost/internal/hunt"
)

func TestQueryOutputIsHarmless(t *testing.T) {
	f := func(value, table, csv string) {
		t.Helper()
		q := CLIQuery{Search: hunt.Search{Fields: []string{"message"}}}
		for want, show := range map[string]func(*strings.Builder) error{
			"message\n" + table + "\n": func(b *strings.Builder) error { return q.table(b, strings.NewReader(`{"message":`+value+`}`)) },
			"message\n" + csv + "\n":   func(b *strings.Builder) error { return q.csv(b, strings.NewReader(`{"message":`+value+`}`)) },
		} {
			var b strings.Builder
			if err := show(&b); err != nil || b.String() != want {
				t.Errorf("%s: %q, want %q, error %v", value, b.String(), want, err)
			}
		}
	}
	f(`"plain"`, "plain", `plain`)
	f(`"\u001b[2J"`, "<U+001B>[2J", "<U+001B>[2J")
	f(`"\u009b2J"`, "<U+009B>2J", "<U+009B>2J")
	f(`"a\u202eb"`, "a<U+202E>b", "a<U+202E>b")
	f(`"a\u061cb"`, "a<U+061C>b", "a<U+061C>b")
	f(`"a\tb\nc"`, "a<U+0009>b<U+000A>c", "\"a\tb\nc\"")
	f(`"=1+1"`, "=1+1", "'=1+1")
	f(`"\t=1"`, "<U+0009>=1", "'\t'=1")
	f(`"a;=1"`, "a;=1", "a;'=1")
	f(`"＝1"`, "＝1", "'＝1")
	f(`-1`, "-1", "'-1")
}
