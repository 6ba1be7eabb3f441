package sigma

import (
	"strings"
	"unicode"
)

// Wildcards stand in a pattern as these, which are no characters of a text.
const (
	anyRun  rune = -1 // *
	anyChar rune = -2 // ?
)

// pattern is a value of Sigma: characters and wildcards, escapes resolved.
type pattern []rune

// readPattern resolves Sigma's escapes: \* \? \\ stand for the second character, any other backslash for itself.
func readPattern(s string) pattern {
	var p pattern
	escaped := false
	for _, r := range s {
		switch {
		case escaped && (r == '\\' || r == '*' || r == '?'):
			p, escaped = append(p, r), false
		case escaped:
			p, escaped = append(p, '\\', r), false
		case r == '\\':
			escaped = true
		case r == '*':
			p = append(p, anyRun)
		case r == '?':
			p = append(p, anyChar)
		default:
			p = append(p, r)
		}
	}
	if escaped {
		p = append(p, '\\')
	}
	return p
}

// plain says that no wildcard stands in p.
func (p pattern) plain() bool {
	for _, r := range p {
		if r < 0 {
			return false
		}
	}
	return true
}

// String gives the text of a plain pattern.
func (p pattern) String() string { return string(p) }

// source writes p for our wildcard function, in which \ takes the meaning from *, ? and \.
func (p pattern) source() string {
	var b strings.Builder
	for _, r := range p {
		switch r {
		case anyRun:
			b.WriteByte('*')
		case anyChar:
			b.WriteByte('?')
		case '*', '?', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// op is a way to look for a text in a text.
type op uint8

const (
	whole op = iota
	contains
	startsWith
	endsWith
	wild // by wildcards
)

// reduce gives the simplest way to say p: wildcards at the ends alone are no pattern.
func (p pattern) reduce() (op, pattern) {
	inner := p
	head, tail := false, false
	for len(inner) > 0 && inner[0] == anyRun {
		inner, head = inner[1:], true
	}
	for len(inner) > 0 && inner[len(inner)-1] == anyRun {
		inner, tail = inner[:len(inner)-1], true
	}
	switch {
	case !inner.plain():
		return wild, p
	case head && tail, len(inner) == 0 && head:
		return contains, inner
	case head:
		return endsWith, inner
	case tail:
		return startsWith, inner
	}
	return whole, inner
}

// wrap puts wildcards around p as the modifiers contains, startswith and endswith do.
func (p pattern) wrap(o op) pattern {
	out := make(pattern, 0, len(p)+2)
	if o == contains || o == endsWith {
		out = append(out, anyRun)
	}
	out = append(out, p...)
	if o == contains || o == startsWith {
		out = append(out, anyRun)
	}
	return out
}

// caseless says that s reads the same in every case.
func caseless(s string) bool {
	for _, r := range s {
		if unicode.SimpleFold(r) != r {
			return false
		}
	}
	return true
}
