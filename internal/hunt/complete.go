package hunt

import (
	"cmp"
	"slices"
	"strings"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// Item is something that may stand at the cursor.
type Item struct {
	Label  string `json:"label"`
	Kind   string `json:"kind"` // field, value, function, operator or stage
	Insert string `json:"insert"`
	Detail string `json:"detail,omitempty"`
}

// Completion says what may replace From to To, in bytes of the text.
type Completion struct {
	From, To int
	Items    []Item
	// Values, if it is not 0, is the field whose values may stand here, too: those that begin with Prefix, put as Value does.
	Values rule.Ref
	Prefix string
	expr   bool // values stand behind an operator of expr
	quote  byte
}

// MaxItems bounds the items of a completion.
const MaxItems = 50

// Complete proposes what may stand at the cursor, which is a place in bytes.
func Complete(text string, cursor int) Completion {
	cursor = min(max(cursor, 0), len(text))
	for cursor > 0 && cursor < len(text) && text[cursor]&0xc0 == 0x80 { // within a character
		cursor--
	}
	head := text[:min(cursor, MaxQuery)]
	if _, pipe, err := cut(head); err == nil && pipe >= 0 {
		return completeStage(head, pipe)
	}
	return completePredicate(head)
}

// Value gives the item of a value that occurs count times.
func (c Completion) Value(v, detail string) Item {
	insert := v
	switch {
	case c.quote != 0:
		insert = strings.Trim(quote(v), `"`) + string(c.quote)
	case c.expr && (c.Values.Textual() || c.Values.Field.Info().Kind == event.Time) || !plainWord(v):
		insert = quote(v)
	}
	return Item{v, "value", insert, detail}
}

// plainWord says whether the bar reads v as a value that says just v.
func plainWord(v string) bool {
	b := &bar{src: v}
	if compares.MatchString(v) || strings.ContainsAny(v, "|'`") || v == "" || strings.ContainsAny(v[:1], "[{") {
		return false
	}
	l, err := b.literal("")
	return err == nil && b.at == len(v) && l.plain == v && !l.quoted && !l.regex && !l.wild
}

func completePredicate(head string) Completion {
	open := openQuote(head)
	from := len(head)
	for open < 0 && from > 0 && strings.IndexByte(" \t\r\n()[,+!", head[from-1]) < 0 {
		from--
	}
	word, before := head[from:], strings.TrimRight(head[:from], " \t\r\n")
	c := Completion{From: from, To: len(head)}
	if open >= 0 {
		c.From, c.Prefix, c.quote = open+1, unescape(head[open+1:]), head[open]
		before = strings.TrimRight(head[:open], " \t\r\n")
		c.Values, c.expr = valueOf(before)
		return c
	}
	if strings.HasPrefix(word, "-") {
		c.From, word = from+1, word[1:]
	}
	if name, value, ok := strings.Cut(word, ":"); ok {
		if r, known := ref(name); known {
			c.From, c.Prefix, c.Values = len(head)-len(value), strings.TrimLeft(value, "<>="), r
			if value == "" {
				c.Items = append(c.Items, Item{"*", "operator", "*", "has any value"})
			}
			return c
		}
	}
	if r, expr := valueOf(before); r.Field != 0 {
		c.Values, c.expr, c.Prefix = r, expr, word
		return c
	}
	last := before[strings.LastIndexAny(before, " \t\r\n(")+1:]
	if r, known := ref(last); known && strings.Contains(last, ".") {
		c.Items = operatorsFor(r, word)
		return c
	}
	c.Items = slices.Concat(fields(word, func(name string) string { return name + ":" }), functionItems(word))
	if before != "" && !strings.HasSuffix(before, "(") {
		for _, w := range []string{"and", "or", "not"} {
			if strings.HasPrefix(w, strings.ToLower(word)) {
				c.Items = append(c.Items, Item{w, "operator", w + " ", ""})
			}
		}
	}
	c.Items = c.Items[:min(len(c.Items), MaxItems)]
	return c
}

// openQuote gives where a quote begins that does not end in s, -1 if there is none.
func openQuote(s string) int {
	for i := 0; i < len(s); {
		if !opens(s, i) || s[i] == '/' {
			i++
			continue
		}
		n := quoteEnd(s[i:])
		if n < 0 {
			return i
		}
		i += n
	}
	return -1
}

// valueOf gives the field of which a value is to follow; expr says that it stands behind an operator of expr, or in a call.
func valueOf(before string) (r rule.Ref, expr bool) {
	words := strings.FieldsFunc(before, func(r rune) bool { return strings.ContainsRune(" \t\r\n(,[", r) })
	n := len(words)
	if n >= 1 {
		if name, ok := strings.CutSuffix(words[n-1], ":"); ok {
			if r, known := ref(name); known {
				return r, false
			}
		}
	}
	if n >= 2 && (compares.MatchString(words[n-1]) || slices.Contains([]string{"contains", "startsWith", "endsWith", "in"}, words[n-1])) {
		if r, known := ref(words[n-2]); known {
			return r, true
		}
	}
	if n >= 2 && strings.HasSuffix(before, ",") && slices.Contains(rule.Functions(), words[n-2]) {
		if r, known := ref(words[n-1]); known {
			return r, true
		}
	}
	return rule.Ref{}, false
}

func operatorsFor(r rule.Ref, word string) []Item {
	var out []Item
	for _, o := range []struct{ sign, detail, of string }{
		{"==", "is, case counts", "tno"}, {"!=", "is not", "tno"}, {"<", "", "no"}, {"<=", "", "no"}, {">", "", "no"}, {">=", "", "no"}, {"in", "any of [ ]", "tn"},
		{"contains", "case counts", "t"}, {"startsWith", "case counts", "t"}, {"endsWith", "case counts", "t"}, {"matches", "regular expression (RE2)", "t"},
	} {
		kind := "n"
		if r.Textual() {
			kind = "t"
		} else if r.Field.Info().Kind == event.Time {
			kind = "o"
		}
		if strings.Contains(o.of, kind) && strings.HasPrefix(o.sign, word) {
			out = append(out, Item{o.sign, "operator", o.sign + " ", o.detail})
		}
	}
	return out
}

// usual are the fields that detection rules ask for most, most first.
var usual = strings.Fields(`event.action user.name source.ip host.name event.outcome process.name message destination.ip event.dataset event.category destination.port
	process.command_line process.executable process.parent.name event.code event.type user.id file.path related.ip related.user source.port log.syslog.hostname
	log.syslog.appname process.args source.geo.country_iso_code dns.question.name url.original http.response.status_code user_agent.original @timestamp`)

// fields gives those whose name, or a part of it, begins with word: usual ones first.
func fields(word string, insert func(string) string) []Item {
	low := strings.ToLower(word)
	type found struct {
		f    event.Field
		rank int
	}
	var all []found
	for f := event.Field(1); f < event.NumFields; f++ {
		name := f.String()
		rank := slices.Index(usual, name)
		if rank < 0 {
			rank = len(usual) + int(f)
		}
		switch {
		case strings.HasPrefix(name, low):
		case strings.Contains("."+name, "."+low), strings.HasPrefix(name, "@"+low):
			rank += 1000
		default:
			continue
		}
		all = append(all, found{f, rank})
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]Item, 0, min(len(all), MaxItems))
	for _, a := range all[:min(len(all), MaxItems*2/3)] {
		out = append(out, Item{a.f.String(), "field", insert(a.f.String()), a.f.Info().Description})
	}
	return out
}

func functionItems(word string) []Item {
	var out []Item
	low := strings.ToLower(word)
	for _, name := range rule.Functions() {
		if low != "" && strings.HasPrefix(strings.ToLower(name), low) {
			out = append(out, Item{name, "function", name + "(", rule.Usage(name)})
		}
	}
	return out
}

// completeStage proposes within a pipe.
func completeStage(head string, pipe int) Completion {
	segment := head[strings.LastIndexByte(head, '|')+1:]
	from := len(head)
	for from > pipe+1 && strings.IndexByte(" \t\r\n,()|-", head[from-1]) < 0 {
		from--
	}
	word := head[from:]
	c := Completion{From: from, To: len(head)}
	given := strings.Fields(segment[:len(segment)-len(word)])
	if len(given) == 0 {
		for _, s := range stages {
			if strings.HasPrefix(s.name, strings.ToLower(word)) {
				c.Items = append(c.Items, Item{s.name, "stage", s.name + " ", s.usage})
			}
		}
		return c
	}
	switch given[0] {
	case "sort", "where":
		last := strings.LastIndexByte(head, '|')
		if last <= pipe {
			break // there is no table yet
		}
		if table, err := parsePipe(head[:last], pipe); err == nil {
			for _, col := range table.Columns() {
				if strings.HasPrefix(col.Name, word) {
					c.Items = append(c.Items, Item{col.Name, "field", col.Name, col.Type})
				}
			}
		}
	case "limit":
	default:
		if !slices.Contains(given, "by") && given[0] != "fields" && given[0] != "top" && given[0] != "rare" {
			for _, w := range []string{"by", "over"} {
				if strings.HasPrefix(w, word) {
					c.Items = append(c.Items, Item{w, "operator", w + " ", ""})
				}
			}
		}
		c.Items = append(c.Items, fields(word, func(name string) string { return name })...)
	}
	return c
}
