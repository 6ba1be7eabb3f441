package match

import (
	"regexp"
	"regexp/syntax"
	"testing"
)

// TestNeed: a value that a pattern matches holds what the pattern needs; of others many do not.
func TestNeed(t *testing.T) {
	f := func(pattern, value string, want bool) {
		t.Helper()
		re := regexp.MustCompile(pattern)
		n := needOf(parsed(t, pattern))
		if got := n.in(smallLetters(nil, value)); got != want || re.MatchString(value) && !got {
			t.Errorf("%s in %q: %v, want %v; it matches: %v", pattern, value, got, want, re.MatchString(value))
		}
	}
	shell := `(?i)/dev/(tcp|udp)/\d+|\b(nc|ncat)\s.*(-e|--exec)\s*(/bin/)?(ba|da)?sh\b|fsockopen\(.*/bin/sh`
	f(shell, "NC 192.0.2.1 -e /bin/SH", true)
	f(shell, "ncat --exec bash", true)
	f(shell, "/bin/bash -c 'true'", false)          // the shell alone
	f(shell, "nc -l 80", false)                     // netcat alone
	f(shell, "rsync -e ssh a b", true)              // holds all parts, though it does not match
	f(shell, "cat < /dev/tcp/80", true)             // the first way
	f(shell, "php -r 'fsockopen(1);/bin/sh'", true) // the last way
	f(shell, "php -r 'fsockopen(1)'", false)        // half of it
	f(`a{0,3}b*c?`, "", true)                       // needs nothing
	f(`(?i)kiss`, "KI\u017fS", true)                // long s: only i counts
	f(`x(yz|.)w`, "xw", true)                       // one way needs nothing
	f(`(ab|cd){2,}ef`, "abef", true)                // once is enough to look
	f(`(ab|cd){2,}ef`, "ef", false)
	f(`[[:alpha:]]+@example\.org`, "x@example.net", false)
}

func parsed(t *testing.T, pattern string) *syntax.Regexp {
	t.Helper()
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	return re.Simplify()
}
