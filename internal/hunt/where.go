// Package hunt says predicates and searches as SQL of ClickHouse.
package hunt

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/schema"
)

// Param is a value of a statement, {Name:Type} in its text. Nothing that a user or a log wrote ever stands in the text itself.
// Value is plain: hand it to clickhouse.Named, which escapes it.
type Param struct{ Name, Value string }

// Where gives the condition, but for Counts, by which table events finds what satisfies p within some tenants. If exact is false, the condition finds more: the caller
// must filter the rows by p.Match.
func Where(p *rule.Predicate, tenants []string) (sql string, params []Param, exact bool, err error) {
	b := &builder{exact: true}
	sql = b.within(tenants) + " AND " + b.node(p.Node(), true)
	return sql, b.params, b.exact, b.err
}

// builder writes conditions. Each is 0 or 1, never NULL.
type builder struct {
	params []Param
	exact  bool
	err    error
}

func (b *builder) param(typ, value string) string {
	name := "p" + strconv.Itoa(len(b.params))
	b.params = append(b.params, Param{name, value})
	return "{" + name + ":" + typ + "}"
}

// within is the condition that a row belongs to one of tenants; to none if there are none. One is compared, not looked up in a set: the engine
// then reads in the order of the key behind it.
func (b *builder) within(tenants []string) string {
	if len(tenants) == 0 {
		return "0"
	}
	names := make([]string, len(tenants))
	for i, t := range tenants {
		names[i] = b.param("String", t)
	}
	if len(names) == 1 {
		return "`tenant` = " + names[0]
	}
	return "`tenant` IN (" + strings.Join(names, ", ") + ")"
}

// Counts is the condition that a row of table events counts, see schema.Counts.
const Counts = schema.Counts

// node writes n. What SQL cannot say becomes true if more is true, else false, so that the whole finds too much rather than too little.
func (b *builder) node(n rule.Node, more bool) string {
	switch n := n.(type) {
	case *rule.And:
		return b.join(n.Nodes, " AND ", more)
	case *rule.Or:
		return b.either(n.Nodes, more)
	case *rule.Not:
		return "NOT (" + b.node(n.Node, !more) + ")"
	case *rule.Const:
		return digit(n.Value)
	case *rule.Residue:
		b.exact = false
		return digit(more)
	case rule.Leaf:
		return b.leaf(n, more)
	}
	b.err = fmt.Errorf("predicate: no SQL for %T", n)
	return "0"
}

func digit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func (b *builder) join(nodes []rule.Node, op string, more bool) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = b.node(n, more)
	}
	return "(" + strings.Join(parts, op) + ")"
}

func column(f event.Field) string { return "`" + f.String() + "`" }

func (b *builder) leaf(n rule.Leaf, more bool) string {
	on := n.On()
	col := column(on.Field)
	_, present := n.(*rule.Present)
	if c, ok := n.(*rule.CIDR); ok && len(c.Prefixes) > maxParams { // each would be a comparison of its own, and no index would help
		b.exact = false
		return digit(more)
	}
	switch kind := on.Field.Info().Kind; {
	case on.Label != "":
		return b.text(n, "`labels`["+b.param("String", on.Label)+"]")
	case present && (on.Field == event.Timestamp || on.Field == event.EventIngested):
		return "1"
	case present && (kind == event.List || kind == event.Map):
		return "notEmpty(" + col + ")"
	case present && !on.Textual():
		return "isNotNull(" + col + ")"
	case on.Field.Same() != nil && indexable(n):
		return b.same(n, on.Field.Same())
	case kind == event.List:
		return b.list(n, col)
	case on.Field == event.EventID:
		return b.eventID(n)
	case on.Textual():
		return b.inText(n, more)
	}
	return b.number(n, col)
}

// number writes a comparison of a column that is Nullable, or of one of the two times that every row has.
func (b *builder) number(n rule.Leaf, col string) string {
	f := n.On().Field
	constant := func(v rule.Value) string {
		switch f.Info().Kind {
		case event.Float:
			return b.param("Float64", strconv.FormatFloat(v.Float, 'g', -1, 64))
		case event.Bool:
			return digit(v.Bool)
		case event.Time:
			return "fromUnixTimestamp64Nano(" + b.param("Int64", strconv.FormatInt(v.Int, 10)) + ", 'UTC')"
		}
		return b.param("Int64", strconv.FormatInt(v.Int, 10))
	}
	var sql string
	switch n := n.(type) {
	case *rule.TimePart:
		// bitOr hides the function from indexes: the engine takes weeks of ISO to rise within a year and days to rise from Monday, and leaves out
		// granules that hold the last days of December, or Sundays.
		sql = "bitOr(" + timeParts[n.Part] + "(toTimeZone(" + col + ", " + b.param("String", n.Zone.String()) + ")" + timeModes[n.Part] + "), 0)" + operators[n.Op] + strconv.FormatInt(n.Value, 10)
	case *rule.Compare:
		sql = col + operators[n.Op] + constant(n.Value)
	case *rule.In:
		if kind := f.Info().Kind; kind == event.Int && len(n.Values) > maxParams {
			list := make([]string, len(n.Values))
			for i, v := range n.Values {
				list[i] = strconv.FormatInt(v.Int, 10)
			}
			sql = col + " IN " + b.param("Array(Int64)", "["+strings.Join(list, ",")+"]")
			break
		}
		values := make([]string, len(n.Values))
		for i, v := range n.Values {
			values[i] = constant(v)
		}
		sql = col + " IN (" + strings.Join(values, ", ") + ")"
	default:
		b.err = fmt.Errorf("predicate: no SQL for %T of %s", n, f)
		return "0"
	}
	if f == event.Timestamp || f == event.EventIngested {
		return "(" + sql + ")"
	}
	return "ifNull(" + sql + ", 0)"
}

var (
	timeParts = map[rule.Part]string{rule.Minute: "toMinute", rule.Hour: "toHour", rule.Day: "toDayOfMonth", rule.Weekday: "toDayOfWeek",
		rule.Week: "toISOWeek", rule.Month: "toMonth", rule.Year: "toYear"}
	timeModes = map[rule.Part]string{rule.Weekday: ", 2"} // from Sunday, 0
)

var operators = [...]string{rule.Equal: " = ", rule.Less: " < ", rule.LessEqual: " <= ", rule.Greater: " > ", rule.GreaterEqual: " >= "}

// list writes a condition on any element; equality so that a skip index helps.
func (b *builder) list(n rule.Leaf, col string) string {
	if texts, fold, ok := equality(n); ok {
		return b.arrays(texts, func(array string) string { return "hasAny(" + asIs(n.On().Field, fold) + ", " + array + ")" })
	}
	return "arrayExists(x -> " + b.text(n, "x") + ", " + col + ")"
}

// equality gives the texts of which n says that a value is one, in small letters if fold.
func equality(n rule.Leaf) (of []string, fold, ok bool) {
	if values, ok := equals(n); ok {
		return texts(values), false, true
	}
	switch n := n.(type) {
	case *rule.FoldIn:
		of = n.Values
	case *rule.Text:
		if n.Op != rule.Whole || !n.Fold || !n.Bytewise() {
			return nil, false, false
		}
		of = []string{lower(n.Value)}
	default:
		return nil, false, false
	}
	return slices.DeleteFunc(slices.Clone(of), func(s string) bool { return s == "" }), true, true
}

// asIs writes the column that holds f, or what is its own of it, in small letters if fold: as the index of the column has it.
func asIs(f event.Field, fold bool) string {
	list := f.Info().Kind == event.List
	name := f.String()
	switch {
	case f.Same() != nil:
		name = f.Same().Own
	case list:
		name = schema.ListColumn(name)
	}
	if fold {
		return schema.Lower(name, list)
	}
	return "`" + name + "`"
}

// indexable says that n is an equality of texts: the indexes of columns answer it, but not through an alias that chooses between columns.
func indexable(n rule.Leaf) bool {
	_, _, ok := equality(n)
	kind := n.On().Field.Info().Kind
	return ok && (kind == event.Dict || kind == event.List)
}

// same writes an equality with a field that is stored only where it is its own, on the columns themselves. Where it is what others are its own
// column is empty, which equals nothing.
func (b *builder) same(n rule.Leaf, s *event.Same) string {
	texts, fold, _ := equality(n)
	own := asIs(s.Field, fold)
	if s.Field.Info().Kind != event.List {
		return "(" + b.anyOf(own, texts) + " OR " + bit(s) + " AND " + b.anyOf(asIs(s.Of[0], fold), texts) + ")"
	}
	return b.arrays(texts, func(array string) string {
		of := make([]string, len(s.Of))
		for i, f := range s.Of {
			of[i] = asIs(f, fold) + " IN " + array
		}
		return "(hasAny(" + own + ", " + array + ") OR " + bit(s) + " AND (" + strings.Join(of, " OR ") + "))"
	})
}

// bit says that the field is what others are.
func bit(s *event.Same) string {
	return "bitTest(`" + event.ColSame + "`, " + strconv.Itoa(int(s.Bit)) + ")"
}

// equals gives the constants of a leaf that says "is any of".
func equals(n rule.Leaf) ([]rule.Value, bool) {
	switch n := n.(type) {
	case *rule.Compare:
		return []rule.Value{n.Value}, n.Op == rule.Equal
	case *rule.In:
		return n.Values, true
	}
	return nil, false
}

// texts gives the texts that equal any of the values; nothing equals the empty one. Package normalise stores each address in one spelling, so a comparison
// of text does, and an index serves it; of IPv4 the mapped form is looked for too, for rows that came another way.
func texts(values []rule.Value) []string {
	var out []string
	for _, v := range values {
		switch {
		case v.Addr.Is4():
			out = append(out, v.Addr.String(), "::ffff:"+v.Addr.String())
		case v.Addr.IsValid():
			out = append(out, v.Addr.String())
		case v.Text != "":
			out = append(out, v.Text)
		}
	}
	return out
}

// text writes a condition on the text x, false where x is empty.
func (b *builder) text(n rule.Leaf, x string) string {
	there := x + " != ''"
	if values, ok := equals(n); ok {
		return b.anyOf(x, texts(values))
	}
	switch n := n.(type) {
	case *rule.Present:
		return there
	case *rule.Compare:
		return "(" + there + " AND " + x + operators[n.Op] + b.param("String", n.Value.Text) + ")"
	case *rule.FoldIn:
		found := slices.DeleteFunc(slices.Clone(n.Values), func(s string) bool { return s == "" })
		return b.anyOf("lower("+x+")", found)
	case *rule.Domain:
		return b.domain(n, x)
	case *rule.Text:
		return b.find(n, x)
	case *rule.Wildcard:
		return "(" + there + " AND match(" + validText(x) + ", " + b.param("String", n.Pattern) + "))"
	case *rule.Regex:
		return "(" + there + " AND match(" + validText(x) + ", " + b.param("String", enginePattern(n.Pattern)) + "))"
	case *rule.CIDR:
		return b.networks(n, x)
	}
	b.err = fmt.Errorf("predicate: no SQL for %T", n)
	return "0"
}

// enginePattern gives a regular expression as the engine reads it: there a dot is any character unless told otherwise, and fewer names of classes
// of Unicode are known, so the characters themselves stand in their place.
func enginePattern(pattern string) string {
	if strings.Contains(pattern, `\p`) || strings.Contains(pattern, `\P`) {
		if re, err := syntax.Parse(pattern, syntax.Perl); err == nil {
			pattern = re.String()
		}
	}
	return "(?-s)" + pattern
}

// domain says that x is one of n's names or below one: of x with a dot before it and none behind it, what stands behind each dot is looked up, as far as a name can reach.
func (b *builder) domain(n *rule.Domain, x string) string {
	return b.arrays(n.Values, func(array string) string { return "arrayExists(d -> d IN " + array + ", " + DomainsAbove(x) + ")" })
}

// DomainsAbove writes the array of a domain name and those above it, in small letters, as rule.Domain compares them.
func DomainsAbove(x string) string {
	name := "lower(if(endsWith(" + x + ", '.'), substring(" + x + ", 1, length(" + x + ") - 1), " + x + "))"
	labels := "arraySlice(splitByChar('.', right(concat('.', " + name + "), " + strconv.Itoa(rule.MaxDomain+1) + ")), 2)"
	return "arrayMap(i -> arrayStringConcat(arraySlice(" + labels + ", i), '.'), arrayEnumerate(" + labels + "))"
}

// anyOf says that x is one of texts.
func (b *builder) anyOf(x string, texts []string) string {
	switch len(texts) {
	case 0:
		return "0"
	case 1:
		return x + " = " + b.bytes(texts[0])
	}
	return b.arrays(texts, func(array string) string { return x + " IN " + array })
}

// maxParams bounds the parameters of one condition for which each value gets its own; more values share one.
const maxParams = 64

// arrays writes a condition on arrays of texts. Many texts share a parameter, but for those in which the driver would escape something: it escapes
// for a text, not for a text in an array.
func (b *builder) arrays(texts []string, condition func(array string) string) string {
	plain := func(s string) bool {
		return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '\\' || r == '\'' })
	}
	var shared, own []string
	for _, s := range texts {
		if len(texts) > maxParams && plain(s) {
			shared = append(shared, s)
		} else {
			own = append(own, b.bytes(s))
		}
	}
	var parts []string
	if len(shared) > 0 {
		parts = append(parts, condition(b.param("Array(String)", "['"+strings.Join(shared, "','")+"']")))
	}
	if len(own) > 0 {
		parts = append(parts, condition("["+strings.Join(own, ", ")+"]"))
	}
	if len(parts) == 0 {
		return "0"
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// validText gives x with U+FFFD for each run of bytes that are not UTF-8. toValidUTF8 alone takes all bytes that a character cut off by the end of the text
// would have had, though they begin another: of "caf\xe9s" it would leave no s.
func validText(x string) string { return "left(toValidUTF8(concat(" + x + ", 'aaa')), -3)" }

// bytes gives a parameter for a text that may not be UTF-8.
func (b *builder) bytes(s string) string {
	if utf8.ValidString(s) {
		return b.param("String", s)
	}
	return "unhex(" + b.param("String", hex.EncodeToString([]byte(s))) + ")"
}

func (b *builder) find(n *rule.Text, x string) string {
	if n.Value == "" {
		if n.Op == rule.Whole {
			return "0"
		}
		return x + " != ''"
	}
	if !n.Bytewise() {
		return "match(" + validText(x) + ", " + b.param("String", rule.FoldPattern(n.Value, n.Op)) + ")"
	}
	find, value := "position", n.Value
	if n.Fold {
		if n.Op == rule.Contains && ascii(value) {
			find = "positionCaseInsensitive"
		} else {
			x, value = "lower("+x+")", lower(value)
		}
	}
	p := b.bytes(value)
	switch n.Op {
	case rule.Contains:
		return find + "(" + x + ", " + p + ") > 0"
	case rule.StartsWith:
		return "startsWith(" + x + ", " + p + ")"
	case rule.EndsWith:
		return "endsWith(" + x + ", " + p + ")"
	}
	return x + " = " + p
}

// lower folds the letters of ASCII, byte by byte, as the engine's lower does.
func lower(s string) string {
	out := []byte(s)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] = c + 'a' - 'A'
		}
	}
	return string(out)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// parsed reads x as an address. In fields of type ip package normalise leaves addresses alone, in others and in lists there may be anything: ClickHouse
// alone would take an IPv4 part with a leading zero, which others read as octal.
func parsed(on rule.Ref, x string) string {
	if in := on.Field.Info(); on.Label == "" && in.Type == "ip" && in.Kind != event.List {
		return "toIPv6OrNull(" + x + ")"
	}
	return "toIPv6OrNull(if(match(" + x + `, '(^|[:.])0[0-9]+[.]|[.]0[0-9]+$'), '', ` + x + "))"
}

// addr gives an address as IPv6, IPv4 mapped.
func (b *builder) addr(a netip.Addr) string {
	return "toIPv6(" + b.param("String", netip.AddrFrom16(a.As16()).String()) + ")"
}

// networks writes ranges. A range of IPv6 that spans the IPv4-mapped addresses leaves them out.
func (b *builder) networks(n *rule.CIDR, x string) string {
	parts := make([]string, len(n.Prefixes))
	for i, p := range n.Prefixes {
		first, last := bounds(p)
		parts[i] = "ifNull(" + parsed(n.On(), x) + " BETWEEN " + b.addr(first) + " AND " + b.addr(last) + ", 0)"
		if mapped := netip.MustParseAddr("::ffff:0:0"); p.Addr().Is6() && p.Contains(netip.MustParseAddr("::fffe:0:0")) && first.Less(mapped) {
			parts[i] = "(" + parts[i] + " AND NOT ifNull(" + parsed(n.On(), x) + " BETWEEN toIPv6('::ffff:0.0.0.0') AND toIPv6('::ffff:255.255.255.255'), 0))"
		}
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

func bounds(p netip.Prefix) (first, last netip.Addr) {
	raw := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ = netip.AddrFromSlice(raw)
	return p.Masked().Addr(), last
}

// eventID bounds the days that must be read: a block gets its id when it closes, soon after its rows came.
func (b *builder) eventID(n rule.Leaf) string {
	values, ok := equals(n)
	if !ok {
		return b.text(n, column(event.EventID))
	}
	parts := []string{"0"}
	for _, v := range values {
		id, err := event.ParseID(v.Text)
		if err != nil || id.String() != v.Text {
			continue // no row's id is written so
		}
		const slack = 24 * time.Hour
		at := id.Block.UnixNano()
		parts = append(parts, fmt.Sprintf("(`event.block` = unhex(%s) AND `event.row` = %s AND `event.ingested` BETWEEN %s AND %s)",
			b.param("String", id.Block.String()), b.param("UInt32", strconv.FormatUint(uint64(id.Row), 10)),
			b.moment(at-int64(slack)), b.moment(at+int64(slack))))
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// moment gives a time in Unix nanoseconds.
func (b *builder) moment(ns int64) string {
	return "fromUnixTimestamp64Nano(" + b.param("Int64", strconv.FormatInt(ns, 10)) + ", 'UTC')"
}
