package ruletest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"pgregory.net/rapid"

	"watchpost/internal/event"
)

// What random events and predicates are made of: few and alike, so that they meet.
var (
	textFields  = []event.Field{event.UserName, event.HostName, event.HostHostname, event.Message, event.EventOriginal, event.ProcessCommandLine, event.UserRoles, event.Tags, event.RelatedUser}
	addrFields  = []event.Field{event.SourceIP, event.HostIP, event.SourceAddress, event.RelatedIP}
	intFields   = []event.Field{event.SourcePort, event.SourceBytes}
	floatFields = []event.Field{event.EventRiskScore}
	boolFields  = []event.Field{event.ProcessCodeSignatureTrusted}
	timeFields  = []event.Field{event.Timestamp, event.EventStart, event.LogTimestamp}

	texts = []string{"/a", "-a /b", "–a", "\xe9\x00", "r\x00o\x00", "\x00r", "cm9v", "root", "Root", "ROOT", "admin", "a", "A", "ro", "oot", "%", "_", `\`, "100%", "größe", "GRÖSSE", "Größe", "K", "\u212A", "s\nt", "\t",
		"'", `"`, "\x00", "\xff", "a\xffb", "\xe9s", "\xf0ab", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "\uFFFD", "[", "(?i)", "*", "?", "10.0.0.1", "{p0:String}", "ſ", ".", "a.ro.", ".ROOT"}
	names = []string{"root", "ro.root", "a", "A.ro", "größe.a", "a.", "ro..root", "\u212A", "%"}
	addrs = []string{"10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1", "::FFFF:A00:1", "2001:db8::1", "2001:0DB8:0::0001", "::", "::1", "0.0.0.0", "255.255.255.255"}
	bad   = []string{"10.0.0", "10.0.0.01", "10.0.0.1 ", "fe80::1%eth0", "10.0.0.256", "::ffff:10.0.0.01", "1:2:3:4:5:6:7:8:9", "x", "010.0.0.1", "10.0.0.1.", "::1::", "12345::", "1.2.3.4:80", "[::1]", "0x0a.0.0.1", "1"}
	nets  = []string{"10.0.0.0/8", "10.0.0.0/31", "0.0.0.0/0", "::/0", "2001:db8::/32", "::ffff:0:0/96", "::/80", "10.0.0.1", "::ffff:10.0.0.0/104"}
	ints  = []int64{0, 1, -1, 22, 443, 1 << 53, 1<<53 + 1, 1<<63 - 1, -1 << 63}
	nums  = []float64{0, 0.5, -0.5, 1, 22, 443, 1 << 53, 1e300}
	res   = []string{"o", "^r", "t$", "^$", "", "[a-c]+", "(?i)root", "a.b", "(?s)s.t", "(?m)^t", `\bro`, `\s`, "r|x", "^.$", "^..?$", `\w+`, "[^a]", `\x00`, "(a|ro)+ot", `\pL`, `\p{Letter}`, `\p{lu}o`, `(?i)\p{Lu}t`, `\P{ASCII}`, `\x72oot`, `\Qro\E+`, `(?U)o+`, `^\x{FFFD}$`}
	zones = []string{"UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"}
	times = []time.Time{At, At.Add(-time.Second), At.Add(time.Nanosecond), time.Date(1969, 12, 31, 23, 59, 59, 5, time.UTC),
		time.Date(2024, 12, 30, 23, 30, 0, 0, time.UTC), time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2011, 12, 30, 10, 0, 0, 0, time.UTC), time.Date(2024, 2, 29, 0, 0, 0, 999999999, time.UTC)}
	keys = []string{"zone", "a'b", "k.\"x"}
)

func pick[T any](t *rapid.T, from []T) T { return from[rapid.IntRange(0, len(from)-1).Draw(t, "")] }

func chance(t *rapid.T, n int) bool { return rapid.IntRange(0, n-1).Draw(t, "") == 0 }

func phrase(t *rapid.T) string {
	s := ""
	for range rapid.IntRange(1, 3).Draw(t, "") {
		s += pick(t, texts)
	}
	return s
}

// Rows fills a batch with up to n random events. form, if not nil, is called before each is complete.
func Rows(t *rapid.T, n int, form func(*event.Batch)) *event.Batch {
	b := new(event.Batch)
	for range rapid.IntRange(1, n).Draw(t, "rows") {
		line := ""
		if !chance(t, 4) {
			line = phrase(t)
		}
		own := b.Begin([]byte(line), At.UnixNano())
		b.SetTime(pick(t, times).UnixNano())
		for _, f := range textFields {
			switch {
			case f == event.EventOriginal || chance(t, 2):
			case f.Info().Kind == event.List:
				for range rapid.IntRange(1, 2).Draw(t, "") {
					b.AddString(f, phrase(t))
				}
			case f == event.Message && len(own) > 0 && chance(t, 2):
				from := rapid.IntRange(0, len(own)).Draw(t, "")
				b.Set(f, own[from:rapid.IntRange(from, len(own)).Draw(t, "")])
			default:
				b.SetString(f, phrase(t))
			}
		}
		for _, f := range addrFields {
			from := addrs
			if chance(t, 4) {
				from = bad
			}
			switch {
			case chance(t, 3):
			case f == event.RelatedIP && chance(t, 2): // it has what form adds
			case f.Info().Kind == event.List:
				b.AddString(f, pick(t, from))
			default:
				b.SetString(f, pick(t, from))
			}
		}
		numbers(t, b)
		if chance(t, 2) {
			b.Label([]byte(pick(t, keys)), []byte(phrase(t)))
			b.Label([]byte("zone"), []byte(pick(t, append(addrs, bad...))))
		}
		if form != nil {
			form(b)
		}
		b.End()
	}
	b.SetID(event.NewBlockID(At.UnixNano()))
	return b
}

func numbers(t *rapid.T, b *event.Batch) {
	for _, f := range intFields {
		if !chance(t, 3) {
			b.SetInt(f, pick(t, ints))
		}
	}
	for _, f := range floatFields {
		if !chance(t, 3) {
			b.SetFloat(f, pick(t, nums))
		}
	}
	for _, f := range boolFields {
		if !chance(t, 3) {
			b.SetBool(f, rapid.Bool().Draw(t, ""))
		}
	}
	if chance(t, 2) {
		b.SetInt(event.EventStart, pick(t, times).UnixNano())
	}
	if chance(t, 2) {
		b.SetInt(event.LogTimestamp, pick(t, times).UnixNano())
	}
}

// Predicate gives the source, for Compile, of a random predicate; it may hold residues if residues is true.
func Predicate(t *rapid.T, residues bool) string { return predicate(t, 3, residues) }

func predicate(t *rapid.T, depth int, residues bool) string {
	if depth > 0 {
		switch rapid.IntRange(0, 5).Draw(t, "form") {
		case 0:
			return "not (" + predicate(t, depth-1, residues) + ")"
		case 1:
			return "(" + predicate(t, depth-1, residues) + " and " + predicate(t, depth-1, residues) + ")"
		case 2:
			return "(" + predicate(t, depth-1, residues) + " or " + predicate(t, depth-1, residues) + ")"
		}
	}
	if residues && chance(t, 5) {
		return residue(t)
	}
	return leaf(t)
}

// quote writes a text as expr reads it.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\x00", `\x00`).Replace(strings.ToValidUTF8(s, "?")) + `"`
}

func name(t *rapid.T, fields []event.Field) string {
	switch f := pick(t, fields); f {
	case event.Timestamp:
		return "timestamp"
	default:
		return f.String()
	}
}

func leaf(t *rapid.T) string {
	op := func() string { return pick(t, []string{"==", "!=", "<", "<=", ">", ">="}) }
	switch rapid.IntRange(0, 12).Draw(t, "leaf") {
	case 12:
		return timePart(t, op)
	case 11:
		return inList(t)
	case 10:
		return fmt.Sprintf("%s(%s, %s)", pick(t, []string{"anywhere", "word"}), constant(t, true), quote(phrase(t)))
	case 0:
		return fmt.Sprintf("exists(%s)", name(t, append(append(append([]event.Field{event.Labels}, textFields...), intFields...), timeFields...)))
	case 1:
		n := strconv.FormatInt(pick(t, ints[:len(ints)-1]), 10)
		if chance(t, 3) {
			n = strconv.FormatFloat(pick(t, nums), 'f', 1, 64)
		}
		return fmt.Sprintf("%s %s %s", name(t, intFields), op(), n)
	case 2:
		return fmt.Sprintf("%s %s %s", name(t, floatFields), op(), strconv.FormatFloat(pick(t, nums), 'f', 1, 64))
	case 3:
		return fmt.Sprintf("%s == %v", name(t, boolFields), chance(t, 2))
	case 4:
		return fmt.Sprintf("%s %s %q", name(t, timeFields), op(), pick(t, times).Format(time.RFC3339Nano))
	case 5:
		return fmt.Sprintf("%s in [%d, %d, %.1f]", name(t, intFields), pick(t, ints[:len(ints)-1]), pick(t, ints[:len(ints)-1]), pick(t, nums))
	case 6:
		if chance(t, 6) {
			return fmt.Sprintf("cidr(labels.zone, %q)", pick(t, nets))
		}
		if chance(t, 2) {
			return fmt.Sprintf("cidr(%s, %q, %q)", name(t, addrFields), pick(t, nets), pick(t, nets))
		}
		return fmt.Sprintf("%s in [%q, %q]", name(t, addrFields), pick(t, addrs), pick(t, addrs))
	}
	subject := name(t, textFields)
	if chance(t, 6) {
		subject = "labels[" + quote(pick(t, keys)) + "]"
	}
	return text(t, subject, op)
}

func timePart(t *rapid.T, op func() string) string {
	part := pick(t, []struct {
		name     string
		from, to int
	}{{"minute", 0, 59}, {"hour", 0, 23}, {"day", 1, 31}, {"weekday", 0, 6}, {"week", 1, 53}, {"month", 1, 12}, {"year", 1968, 2027}})
	number := func() int { return rapid.IntRange(part.from, part.to).Draw(t, "") }
	call := fmt.Sprintf("%s(%s)", part.name, name(t, timeFields))
	if chance(t, 2) {
		call = fmt.Sprintf("%s(%s, %q)", part.name, name(t, timeFields), pick(t, zones))
	}
	switch rapid.IntRange(0, 3).Draw(t, "") {
	case 0:
		return fmt.Sprintf("%s in %d..%d", call, number(), number())
	case 1:
		return fmt.Sprintf("%s not in [%d, %d]", call, number(), number())
	}
	return fmt.Sprintf("%s %s %d", call, op(), number())
}

func inList(t *rapid.T) string {
	switch rapid.IntRange(0, 4).Draw(t, "") {
	case 0:
		return fmt.Sprintf("%s in list(%q)", name(t, addrFields), pick(t, []string{"office", "nets", "empty"}))
	case 1:
		return fmt.Sprintf("%s in list(\"ports\")", name(t, append(intFields, floatFields...)))
	case 2:
		return fmt.Sprintf("cidr(%s, list(%q), %q)", name(t, addrFields), pick(t, []string{"office", "nets"}), pick(t, nets))
	}
	return fmt.Sprintf("%s %s %s(%q)", name(t, textFields), pick(t, []string{"in", "not in"}), pick(t, []string{"list", "ilist", "dlist"}), pick(t, []string{"names", "empty"}))
}

// constant gives a text, or a call that makes texts. These are UTF-8 if valid is true.
func constant(t *rapid.T, valid bool) string {
	forms := []string{"%s", "%s", "windash(%s)", "base64(%s)", "base64offset(%s)", "base64offset(wide(%s))", "base64(utf16(%s))"}
	if !valid {
		forms = append(forms, "wide(%s)", "utf16be(%s)", "utf16(%s)", "wide(windash(%s))", "list(\"names\"), %s")
	}
	return fmt.Sprintf(pick(t, forms), quote(pick(t, texts)))
}

func text(t *rapid.T, subject string, op func() string) string {
	switch rapid.IntRange(0, 7).Draw(t, "text") {
	case 7:
		return fmt.Sprintf("domain(%s, %s, %s)", subject, quote(pick(t, names)), quote(pick(t, names)))
	case 0:
		return fmt.Sprintf("%s %s %s", subject, op(), quote(phrase(t)))
	case 1:
		return fmt.Sprintf("%s in [%s, %s]", subject, quote(phrase(t)), constant(t, false))
	case 2:
		return fmt.Sprintf("%s matches %s", subject, quote(pick(t, res)))
	case 3:
		f := pick(t, []string{"wildcard", "iwildcard"})
		return fmt.Sprintf("%s(%s, %s)", f, subject, quote(pick(t, []string{"*", "?", ""})+phrase(t)+pick(t, []string{"*", "?", "", "*?*"})))
	case 4, 5:
		f := pick(t, []string{"icontains", "istartsWith", "iendsWith", "iequals"})
		return fmt.Sprintf("%s(%s, %s, %s)", f, subject, constant(t, false), quote(phrase(t)))
	}
	c := constant(t, false)
	if i := strings.Index(c, ", "); strings.HasPrefix(c, "list") && i > 0 {
		c = c[:i]
	}
	return fmt.Sprintf("%s %s %s", subject, pick(t, []string{"contains", "startsWith", "endsWith"}), c)
}

func residue(t *rapid.T) string {
	switch rapid.IntRange(0, 9).Draw(t, "residue") {
	case 7:
		return fmt.Sprintf("lower(%s) %s %s", name(t, textFields), pick(t, []string{"==", "!="}), name(t, textFields))
	case 8:
		return fmt.Sprintf("number(labels[%s]) %s %s", quote(pick(t, append(keys, "zone"))), pick(t, []string{"<", ">=", "=="}), pick(t, []string{"0", "1.0", "10"}))
	case 9:
		return fmt.Sprintf("%s %s %d %s %s", name(t, intFields), pick(t, []string{"+", "-", "*", "/", "%"}), pick(t, []int64{0, 1, -1, 2, 22, 1 << 53}), pick(t, []string{"<", ">=", "=="}), name(t, append(intFields, floatFields...)))
	case 4:
		return fmt.Sprintf("%s(%s, %s)", pick(t, []string{"ieq", "icontains", "istartsWith", "iendsWith"}), name(t, textFields), name(t, textFields))
	case 5:
		return fmt.Sprintf("%s %s %s", name(t, textFields), pick(t, []string{"contains", "startsWith", "endsWith"}), name(t, textFields))
	case 6:
		return fmt.Sprintf("hour(%s) %s minute(timestamp, %q)", name(t, timeFields), pick(t, []string{"<", "=="}), pick(t, zones))
	case 0:
		return fmt.Sprintf("%s == %s", name(t, textFields), name(t, textFields))
	case 1:
		return fmt.Sprintf("%s == %s", name(t, addrFields), name(t, addrFields))
	case 2:
		return fmt.Sprintf("%s + 1 > %s", name(t, intFields), name(t, intFields))
	}
	return fmt.Sprintf("len(%s) > %d", name(t, textFields), rapid.IntRange(0, 9).Draw(t, ""))
}
