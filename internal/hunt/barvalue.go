package hunt

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// value reads what stands behind `field:` and writes the condition.
func (b *bar) value(r rule.Ref, from int) error {
	b.space()
	switch {
	case b.at == len(b.src) || b.src[b.at] == ')':
		return b.fail(b.at, "a value is missing behind %s:", r)
	case b.src[b.at] == '(':
		b.among = true
		defer func() { b.among = false }()
		return b.not(func() error { return b.element(r) })
	case b.src[b.at] == '[' || b.src[b.at] == '{':
		return b.between(r, from)
	case compares.MatchString(b.rest()):
		return b.comparison(r, from)
	}
	return b.element(r)
}

// element reads one value of a field.
func (b *bar) element(r rule.Ref) error {
	if op := compares.FindString(b.rest()); op != "" {
		return b.comparison(r, b.at)
	}
	l, err := b.literal("")
	if err != nil {
		return err
	}
	expr, err := b.equal(r, l)
	if err != nil {
		return err
	}
	b.emit(l.at, expr)
	return nil
}

// equal says that r is l, as an analyst means it: text whatever the case, free text that holds it, an address or a network.
func (b *bar) equal(r rule.Ref, l literal) (string, error) {
	name, in := r.String(), r.Field.Info()
	switch {
	case l.regex && !r.Textual():
		return "", b.fail(l.at, "%s holds %s: a regular expression is for text", r, holds(r))
	case l.regex:
		return name + " matches " + quote(l.plain), nil
	case l.wild && strings.Trim(l.pattern, "*") == "":
		return "exists(" + name + ")", nil
	case in.Kind == event.Map && r.Label == "":
		return "", b.fail(l.at, `labels hold pairs: write labels.key:value`)
	case r.Label == "" && in.Type == "ip":
		return b.address(r, l)
	case r.Textual():
		return textual(r, l), nil
	case l.wild:
		return "", b.fail(l.at, "%s holds %s: wildcards are for text", r, holds(r))
	case in.Kind == event.Bool:
		v := strings.ToLower(l.plain)
		if v != "true" && v != "false" {
			return "", b.fail(l.at, "%q: %s holds true or false", l.plain, r)
		}
		return name + " == " + v, nil
	case in.Kind == event.Time:
		t, day, err := b.moment(r, l)
		if err != nil {
			return "", err
		}
		if day {
			return "(" + name + " >= " + t + " and " + name + " < " + stamp(mustTime(t).AddDate(0, 0, 1)) + ")", nil
		}
		return name + " == " + t, nil
	}
	n, err := b.number(r, l)
	return name + " == " + n, err
}

// textual says that a field of text is l. Free text holds it; another is it.
func textual(r rule.Ref, l literal) string {
	free := r.Label == "" && r.Field.Info().Type == "text"
	switch {
	case l.wild && free:
		return "iwildcard(" + r.String() + ", " + quote(around(l.pattern)) + ")"
	case l.wild:
		return "iwildcard(" + r.String() + ", " + quote(l.pattern) + ")"
	case free:
		return "icontains(" + r.String() + ", " + quote(l.plain) + ")"
	}
	return "ieq(" + r.String() + ", " + quote(l.plain) + ")"
}

func (b *bar) address(r rule.Ref, l literal) (string, error) {
	if l.wild {
		return "iwildcard(" + r.String() + ", " + quote(l.pattern) + ")", nil
	}
	if a, err := netip.ParseAddr(l.plain); err == nil && a.Zone() == "" {
		return r.String() + " == " + quote(l.plain), nil
	}
	if _, err := netip.ParsePrefix(l.plain); err == nil {
		return "cidr(" + r.String() + ", " + quote(l.plain) + ")", nil
	}
	return "", b.fail(l.at, "%q is no address and no network: %s takes 192.0.2.7, 192.0.2.0/24 or 192.0.2.*", clip(l.plain), r)
}

func (b *bar) number(r rule.Ref, l literal) (string, error) {
	if _, err := strconv.ParseInt(l.plain, 10, 64); err == nil {
		if n := strings.TrimPrefix(l.plain, "+"); n != "-9223372036854775808" { // which expr reads as minus a number that is too large
			return decimal(n), nil
		}
	}
	f, err := strconv.ParseFloat(l.plain, 64)
	if err != nil || f-f != 0 || strings.ContainsAny(l.plain, "xX_pP") {
		return "", b.fail(l.at, "%q is no number, and %s holds one", clip(l.plain), r)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s, nil
}

// decimal drops leading zeros, which would make the number octal.
func decimal(s string) string {
	n, _ := strconv.ParseInt(s, 10, 64)
	return strconv.FormatInt(n, 10)
}

// moment reads a time as expr writes it; day says that it is a whole day.
func (b *bar) moment(r rule.Ref, l literal) (t string, day bool, err error) {
	if at, err := time.Parse(time.DateOnly, l.plain); err == nil && at.Year() >= 1900 && at.Year() < 2261 {
		return stamp(at), true, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04"} {
		if at, err := time.Parse(layout, l.plain); err == nil && at.Year() >= 1900 && at.Year() <= 2261 {
			return stamp(at), false, nil
		}
	}
	return "", false, b.fail(l.at, "%q is no time that %s can hold: write 2026-01-31 or 2026-01-31T12:00:00Z; a time relative to now belongs in the time range", clip(l.plain), r)
}

func stamp(t time.Time) string { return quote(t.UTC().Format(time.RFC3339Nano)) }

func mustTime(quoted string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, strings.Trim(quoted, `"`))
	if err != nil {
		panic("BUG: hunt: a time that was written here: " + err.Error())
	}
	return t
}

// comparison reads an operator and what stands behind it.
func (b *bar) comparison(r rule.Ref, from int) error {
	op := compares.FindString(b.rest())
	at := b.at
	b.at += len(op)
	b.space()
	if name, n := b.name(); n > 0 && op != "=" { // of two fields
		if other, known := ref(name); known && (strings.Contains(name, ".") || other.Field == event.Timestamp) {
			b.at += n
			b.emit(from, r.String()+" "+op+" "+other.String())
			return nil
		}
	}
	l, err := b.literal("")
	if err != nil {
		return err
	}
	if op == "=" {
		expr, err := b.equal(r, l)
		b.emit(from, expr)
		return err
	}
	expr, err := b.compare(r, op, l, at)
	b.emit(from, expr)
	return err
}

// compare says r op l, in which case counts.
func (b *bar) compare(r rule.Ref, op string, l literal, at int) (string, error) {
	in := r.Field.Info()
	equality := op == "==" || op == "!="
	value := quote(l.plain)
	var err error
	switch {
	case l.regex:
		return "", b.fail(l.at, "a regular expression cannot be compared: write %s:/…/", r)
	case in.Kind == event.Map && r.Label == "":
		return "", b.fail(at, `labels hold pairs: write labels.key:value`)
	case r.Label == "" && in.Type == "ip" && !equality:
		return "", b.fail(at, "%s holds %s, which have no order: write %[1]s:192.0.2.0/24", r, holds(r))
	case r.Label == "" && in.Type == "ip":
		if a, err := netip.ParseAddr(l.plain); err != nil || a.Zone() != "" {
			return "", b.fail(l.at, "%q is no address; for a network write %s:192.0.2.0/24", clip(l.plain), r)
		}
	case r.Textual():
	case in.Kind == event.Bool:
		if value = strings.ToLower(l.plain); !equality || value != "true" && value != "false" {
			return "", b.fail(l.at, "%s holds true or false", r)
		}
	case in.Kind == event.Time:
		var day bool
		if value, day, err = b.moment(r, l); err != nil {
			return "", err
		}
		if day && (op == ">" || op == "<=") { // behind the day, and up to its end
			op = map[string]string{">": ">=", "<=": "<"}[op]
			value = stamp(mustTime(value).AddDate(0, 0, 1))
		}
	default:
		if value, err = b.number(r, l); err != nil {
			return "", err
		}
	}
	return r.String() + " " + op + " " + value, nil
}

// between reads [a TO b]; {} leaves the ends out.
func (b *bar) between(r rule.Ref, from int) error {
	start := b.at
	low := map[byte]string{'[': ">=", '{': ">"}[b.src[b.at]]
	b.at++
	b.space()
	lo, err := b.literal("]}")
	if err != nil {
		return err
	}
	if !b.word("to") {
		b.space()
		return b.fail(b.at, "a range is written %s:[1 TO 9]", r)
	}
	b.space()
	hi, err := b.literal("]}")
	if err != nil {
		return err
	}
	b.space()
	if b.at == len(b.src) || b.src[b.at] != ']' && b.src[b.at] != '}' {
		return b.fail(start, "the range is not closed: %s:[1 TO 9]", r)
	}
	high := map[byte]string{']': "<=", '}': "<"}[b.src[b.at]]
	b.at++
	var parts []string
	for _, end := range []struct {
		l  literal
		op string
	}{{lo, low}, {hi, high}} {
		if end.l.plain == "*" && !end.l.quoted {
			continue
		}
		if end.l.wild {
			return b.fail(end.l.at, "the end of a range has no wildcards")
		}
		expr, err := b.compare(r, end.op, end.l, end.l.at)
		if err != nil {
			return err
		}
		parts = append(parts, expr)
	}
	switch len(parts) {
	case 0:
		b.emit(from, "exists("+r.String()+")")
	case 1:
		b.emit(from, parts[0])
	default:
		b.emit(from, "("+parts[0]+" and "+parts[1]+")")
	}
	return nil
}

// holds says what a field holds.
func holds(r rule.Ref) string {
	switch in := r.Field.Info(); {
	case r.Label != "":
		return "text"
	case in.Type == "ip":
		return "addresses"
	case in.Kind == event.Int || in.Kind == event.Float:
		return "a number"
	case in.Kind == event.Bool:
		return "true or false"
	case in.Kind == event.Time:
		return "a time"
	case in.Kind == event.Map:
		return "pairs"
	}
	return "text"
}

// clip shortens what a message quotes.
func clip(s string) string {
	if len(s) <= 60 {
		return s
	}
	return strings.ToValidUTF8(s[:60], "") + "…"
}
