package hunt

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// Bounds of the bar's text.
const (
	maxBarDepth = 60
	maxBarTerms = 2000
)

// bar reads the bar's language, which takes words, phrases and `field:value` of KQL and Lucene beside comparisons and functions of expr, and writes expr:
//
//	or    = and { ("or" | "||") and }
//	and   = not { ["and" | "&&"] not }
//	not   = ("not" | "!" | "-" | "+") not | "(" or ")" | term
//	term  = [field ":"] (word | phrase | regex) | field ":" ("*" | range | comparison | "(" values ")") | field operator value | function
//
// The expr has the same precedence, so it is written as the text is read.
type bar struct {
	src   string
	at    int
	out   strings.Builder
	marks []place
	depth int
	terms int
	named bool // some field: was read
	among bool // the values of one field are read, between which a word must stand
}

// place says where in the source a piece of expr comes from.
type place struct {
	out, src int
	same     bool // it was taken as it is
}

// place gives an error of the expr its place in the source.
func (b *bar) place(err error) error {
	var e *rule.Error
	if !errors.As(err, &e) {
		return err
	}
	at := 0
	for _, m := range b.marks {
		if m.out > e.Offset {
			break
		}
		at = m.src
		if m.same {
			at += e.Offset - m.out
		}
	}
	return faultAt(b.src, at, "%s", e.What)
}

func (b *bar) fail(at int, format string, args ...any) error {
	return faultAt(b.src, at, format, args...)
}

// quoteIt ends a message about a name that is none: what may be meant instead, which is a question, and how a text is looked for.
func quoteIt(meant string) string {
	if meant == "" {
		return "; to look for this text, put it in quotes"
	}
	return meant + " To look for this text, put it in quotes"
}

// emit writes expr that comes from the place at.
func (b *bar) emit(at int, expr string) {
	b.marks = append(b.marks, place{out: b.out.Len(), src: at})
	b.out.WriteString(expr)
}

// copy writes what stands in the source as it is.
func (b *bar) copy(from, to int) {
	b.marks = append(b.marks, place{b.out.Len(), from, true})
	b.out.WriteString(b.src[from:to])
}

func (b *bar) read() error {
	if err := b.or(b.term); err != nil {
		return err
	}
	b.space()
	if b.at < len(b.src) {
		return b.fail(b.at, "nothing is open that this closes")
	}
	return nil
}

func (b *bar) rest() string { return b.src[b.at:] }

func (b *bar) space() {
	for b.at < len(b.src) && blank(b.src[b.at]) {
		b.at++
	}
}

// word takes one of the words or signs, which stand by themselves; whatever the case.
func (b *bar) word(words ...string) bool {
	b.space()
	for _, w := range words {
		if len(b.rest()) < len(w) || !strings.EqualFold(b.rest()[:len(w)], w) {
			continue
		}
		next := b.rest()[len(w):]
		if letter := 'a' <= w[0] && w[0] <= 'z'; !letter || next == "" || blank(next[0]) || next[0] == '(' || next[0] == ')' {
			b.at += len(w)
			return true
		}
	}
	return false
}

func (b *bar) or(term func() error) error {
	for {
		if err := b.and(term); err != nil {
			return err
		}
		if !b.word("or", "||") {
			return nil
		}
		b.out.WriteString(" or ")
	}
}

func (b *bar) and(term func() error) error {
	for {
		if err := b.not(term); err != nil {
			return err
		}
		joined := b.word("and", "&&")
		if !joined {
			from := b.at
			end := b.at == len(b.src) || b.src[b.at] == ')' || b.word("or", "||")
			b.at = from
			if end {
				return nil
			}
			if b.among {
				return b.fail(from, "write `or` (or `and`) between the values of a field")
			}
			if from > 0 && !blank(b.src[from-1]) && b.src[from-1] != ')' && b.src[from] != '(' {
				return b.fail(from, "a space is missing in front of this")
			}
		}
		b.out.WriteString(" and ")
	}
}

func (b *bar) not(term func() error) error {
	if b.depth++; b.depth > maxBarDepth {
		return b.fail(b.at, "more than %d brackets and nots in each other", maxBarDepth)
	}
	defer func() { b.depth-- }()
	b.space()
	from := b.at
	switch {
	case b.sign('-'), b.sign('!'), b.word("not"):
		b.emit(from, "not (")
		if err := b.not(term); err != nil {
			return err
		}
		b.out.WriteString(")")
		return nil
	case b.sign('+'):
		return b.not(term)
	case strings.HasPrefix(b.rest(), "("):
		b.at++
		b.emit(from, "(")
		if err := b.or(term); err != nil {
			return err
		}
		if b.space(); !strings.HasPrefix(b.rest(), ")") {
			return b.fail(from, "the bracket is not closed")
		}
		b.at++
		b.out.WriteString(")")
		return nil
	case b.at == len(b.src):
		return b.fail(b.at, "something to look for is missing here")
	case b.src[b.at] == ')' || b.word("or", "and", "||", "&&"):
		return b.fail(from, "something to look for is missing in front of this")
	}
	if b.terms++; b.terms > maxBarTerms {
		return b.fail(b.at, "more than %d things to look for", maxBarTerms)
	}
	return term()
}

// sign takes a sign that says "must" or "must not" of what stands right behind it.
func (b *bar) sign(c byte) bool {
	s := b.rest()
	if len(s) < 2 || s[0] != c || blank(s[1]) || strings.IndexByte("-+=>)", s[1]) >= 0 {
		return false
	}
	b.at++
	return true
}

var (
	fieldName = regexp.MustCompile(`^@?[A-Za-z_][A-Za-z0-9_]*(?:[.-]+[A-Za-z0-9_]+)*`)
	labelName = regexp.MustCompile("^labels\\[(\"(?:[^\"\\\\]|\\\\.)+\"|'(?:[^'\\\\]|\\\\.)+')\\]")
	compares  = regexp.MustCompile(`^(==|!=|<=|>=|<|>|=)`)
	verbs     = regexp.MustCompile(`^(?:not\s+)?(?:contains|startsWith|endsWith|matches|in)\b`)
)

// name reads what may be the name of a field, and gives its length.
func (b *bar) name() (string, int) {
	if m := labelName.FindStringSubmatch(b.rest()); m != nil {
		return `labels.` + unescape(m[1][1:len(m[1])-1]), len(m[0])
	}
	n := len(fieldName.FindString(b.rest()))
	return b.rest()[:n], n
}

// ref looks a name up.
func ref(name string) (rule.Ref, bool) {
	if key, ok := strings.CutPrefix(name, "labels."); ok {
		return rule.Ref{Field: event.Labels, Label: key}, true
	}
	if name == "timestamp" {
		return rule.Ref{Field: event.Timestamp}, true
	}
	f, ok := event.Lookup(name)
	return rule.Ref{Field: f}, ok
}

func (b *bar) unknown(at int, name string) error {
	return b.fail(at, "unknown field %q%s", name, rule.NearestField(name, event.FieldNames("")))
}

// term reads a term that is no bracket.
func (b *bar) term() error {
	from := b.at
	name, n := b.name()
	r, known := ref(name)
	after := b.rest()[n:]
	spaced := strings.TrimLeft(after, " \t\r\n")
	dotted, op := strings.Contains(name, "."), compares.FindString(spaced)
	switch {
	case n == 0:
		return b.bare(known)
	case strings.HasPrefix(after, "(") && (known || dotted || slices.Contains(rule.Functions(), name)):
		return b.call(n)
	case strings.HasPrefix(after, "("):
		return b.fail(from, "unknown function %q%s", name, quoteIt(rule.Nearest(name, rule.Functions())))
	case strings.HasPrefix(after, ":") && !otherColon(b.src[from:], n), known && strings.HasPrefix(spaced, ":") && spaced != ":":
		b.named = true
		b.at = len(b.src) - len(spaced) + 1
		if name == "_exists_" {
			return b.exists(from)
		}
		if !known {
			return b.fail(from, "unknown field %q%s", name, quoteIt(rule.NearestField(name, event.FieldNames(""))))
		}
		return b.value(r, from)
	case (known || dotted) && verbs.MatchString(spaced), verbs.MatchString(spaced) && quoteFollows(spaced):
		return b.operation(len(b.src) - len(spaced) + len(verbs.FindString(spaced)))
	case op != "" && (known || dotted || len(op) == 2 || spaced == after && op != "="): // but action=deny is a word
		if !known {
			return b.unknown(from, name)
		}
		b.at = len(b.src) - len(spaced)
		return b.comparison(r, from)
	}
	return b.bare(known && dotted)
}

// otherColon says that the colon behind n bytes of s is none that names a field: of a URL, an address, a path of Windows.
func otherColon(s string, n int) bool {
	word := s
	if i := strings.IndexAny(s, " \t\r\n()"); i >= 0 {
		word = s[:i]
	}
	if n == 1 && strings.HasPrefix(s[n:], `:\`) || strings.HasPrefix(s[n:], "://") {
		return true
	}
	return address.MatchString(word)
}

// address is an address of IPv6 or of a network card, which begins with a letter.
var address = regexp.MustCompile(`^[0-9A-Fa-f]{1,4}:(?:[0-9A-Fa-f]{0,4}:)+[0-9A-Fa-f.]*(?:/\d+)?$|^[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}$`)

func quoteFollows(spaced string) bool {
	rest := strings.TrimLeft(spaced[len(verbs.FindString(spaced)):], " \t\r\n")
	return rest != "" && strings.ContainsRune("\"'`[", rune(rest[0]))
}

// exists reads the field of Lucene's _exists_:field.
func (b *bar) exists(from int) error {
	b.space()
	name, n := b.name()
	r, known := ref(name)
	if !known {
		return b.unknown(b.at, name)
	}
	b.at += n
	b.emit(from, "exists("+r.String()+")")
	return nil
}

// call takes a function of expr, whose name has n bytes, and what it may be compared with, as it is.
func (b *bar) call(n int) error {
	from := b.at
	end, err := b.closed(b.at+n, '(', ')')
	if err != nil {
		return err
	}
	rest := strings.TrimLeft(b.src[end:], " \t\r\n")
	op := compares.FindString(rest)
	if op == "" {
		op = verbs.FindString(rest)
	}
	if op == "" {
		b.copy(from, end)
		b.at = end
		return nil
	}
	return b.operation(len(b.src) - len(rest) + len(op))
}

// operation takes what stands up to the operator that ends at end, and the operand behind, as they are.
func (b *bar) operation(end int) error {
	from := b.at
	b.at = end
	b.space()
	to := b.at
	for to < len(b.src) && !blank(b.src[to]) && b.src[to] != ')' {
		var err error
		switch c := b.src[to]; {
		case opens(b.src, to) && c != '/':
			n := quoteEnd(b.src[to:])
			if n < 0 {
				return b.fail(to, "the quote is not closed")
			}
			to += n
		case c == '(':
			to, err = b.closed(to, '(', ')')
		case c == '[':
			to, err = b.closed(to, '[', ']')
		default:
			to++
		}
		if err != nil {
			return err
		}
	}
	if to == b.at {
		return b.fail(to, "a value is missing here")
	}
	b.at = to
	b.copy(from, to)
	return nil
}

// closed finds the end of the bracket at i.
func (b *bar) closed(i int, open, shut byte) (int, error) {
	from, depth := i, 0
	for i < len(b.src) {
		switch c := b.src[i]; {
		case c != '/' && opens(b.src, i):
			n := quoteEnd(b.src[i:])
			if n < 0 {
				return 0, b.fail(i, "the quote is not closed")
			}
			i += n
			continue
		case c == open:
			depth++
		case c == shut:
			if depth--; depth == 0 {
				return i + 1, nil
			}
		}
		i++
	}
	return 0, b.fail(from, "the bracket is not closed")
}

// bare reads a word, phrase or regular expression to look for in the message and the record.
func (b *bar) bare(isField bool) error {
	from := b.at
	l, err := b.literal("")
	if err != nil {
		return err
	}
	switch {
	case isField:
		return b.fail(from, "to ask whether the field is there, write %s:*; to look for this text, put it in quotes", l.plain)
	case l.regex:
		b.emit(from, "(message matches "+quote(l.plain)+" or event.original matches "+quote(l.plain)+")")
	case l.wild && strings.Trim(l.pattern, "*") == "":
		b.emit(from, "true")
	case l.wild:
		p := quote(around(l.pattern))
		b.emit(from, "(iwildcard(message, "+p+") or iwildcard(event.original, "+p+"))")
	default:
		b.emit(from, searchOf(l.plain)+"("+quote(l.plain)+")")
	}
	return nil
}

// searchOf names the function that looks for a text in the message and the record: for words as such, which the store finds by its index; what holds none
// may stand anywhere.
func searchOf(text string) string {
	for i := range len(text) {
		if event.WordByte(text[i]) {
			return "word"
		}
	}
	return "anywhere"
}

// around lets anything stand in front of a pattern and behind it.
func around(pattern string) string {
	pattern = strings.TrimLeft(pattern, "*")
	if end := strings.TrimRight(pattern, "*"); !strings.HasSuffix(end, `\`) {
		pattern = end
	}
	return "*" + pattern + "*"
}

// literal is a word, phrase or regular expression of the bar.
type literal struct {
	at      int
	plain   string // what it says
	pattern string // the same as a pattern of wildcard()
	wild    bool   // a * or ? in it stands for other characters
	quoted  bool
	regex   bool
}

// literal reads a word up to a blank, a bracket or one of stop; or a phrase in quotes, or a regular expression.
func (b *bar) literal(stop string) (literal, error) {
	l := literal{at: b.at}
	if b.at == len(b.src) {
		return l, b.fail(b.at, "a value is missing here")
	}
	switch c := b.src[b.at]; {
	case c == '/' && regexEnd(b.rest()) > 0:
		n := regexEnd(b.rest())
		l.plain, l.regex = strings.ReplaceAll(b.src[b.at+1:b.at+n-1], `\/`, `/`), true
		b.at += n
		return l, nil
	case c == '"' || c == '\'' || c == '`':
		n := quoteEnd(b.rest())
		if n < 0 {
			return l, b.fail(b.at, "the quote is not closed")
		}
		l.plain, l.quoted = b.src[b.at+1:b.at+n-1], true
		if c != '`' {
			l.plain = unescape(l.plain)
		}
		if l.plain == "" {
			return l, b.fail(b.at, "there is nothing in the quotes")
		}
		b.at += n
		if b.at < len(b.src) && !blank(b.src[b.at]) && b.src[b.at] != ')' && !strings.ContainsRune(stop, rune(b.src[b.at])) {
			return l, b.fail(b.at, "a space is missing behind the quote")
		}
		return l, nil
	}
	var plain, pattern strings.Builder
	for b.at < len(b.src) {
		c := b.src[b.at]
		if blank(c) || c == ')' || stop != "" && strings.IndexByte(stop, c) >= 0 {
			break
		}
		switch {
		case c == '(' || c == '"':
			return l, b.fail(b.at, "%q within a word: put the text in quotes", c)
		case c == '\\' && b.at+1 < len(b.src) && strings.IndexByte(`*?:\"'()[]{}/<>=+-! `, b.src[b.at+1]) >= 0:
			b.at++
			if c = b.src[b.at]; c == '*' || c == '?' || c == '\\' {
				pattern.WriteByte('\\')
			}
		case c == '*' || c == '?':
			l.wild = true
		case c == '\\':
			pattern.WriteByte('\\')
		}
		_, n := utf8.DecodeRuneInString(b.rest())
		plain.WriteString(b.src[b.at : b.at+n])
		pattern.WriteString(b.src[b.at : b.at+n])
		b.at += n
	}
	if l.plain, l.pattern = plain.String(), pattern.String(); l.plain == "" {
		return l, b.fail(b.at, "a value is missing here")
	}
	return l, nil
}

// unescape takes the backslash from in front of a quote or a backslash; before others it is just that, as in paths of Windows.
func unescape(s string) string {
	return unescaper.Replace(s)
}

var unescaper = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\'`, `'`)

// quote writes a text as expr reads it.
func quote(s string) string {
	var q strings.Builder
	q.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			q.WriteByte('\\')
			q.WriteRune(r)
		case r == '\n':
			q.WriteString(`\n`)
		case r == '\t':
			q.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			q.WriteString(`\x` + string("0123456789abcdef"[r>>4]) + string("0123456789abcdef"[r&15]))
		default:
			q.WriteRune(r)
		}
	}
	q.WriteByte('"')
	return q.String()
}
