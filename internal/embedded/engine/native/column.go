package native

import (
	"strconv"
	"strings"
)

// kind is how a column's bytes are laid out in a Native block.
type kind uint8

const (
	kFixed    kind = iota // width bytes a row
	kString               // length and bytes a row
	kNullable             // a byte a row, then the element
	kArray                // an end offset a row, then the elements
	kTuple                // the elements in turn
	kLowCard              // dictionary and keys
	kJSON                 // a version, then strings
)

// column is a parsed type, enough of it to know where its bytes end.
type column struct {
	kind  kind
	width int
	elems []*column
}

const (
	maxTypeText  = 64 << 10 // an Enum of some thousand names
	maxTypeDepth = 24
)

// unsupported names a type whose layout the front does not know; the client gets NOT_IMPLEMENTED.
type unsupported struct{ typ string }

func (e unsupported) Error() string {
	return "column type " + strconv.Quote(e.typ) + " is not supported over this protocol"
}

var widths = map[string]int{
	"UInt8": 1, "UInt16": 2, "UInt32": 4, "UInt64": 8, "UInt128": 16, "UInt256": 32,
	"Int8": 1, "Int16": 2, "Int32": 4, "Int64": 8, "Int128": 16, "Int256": 32,
	"Float32": 4, "Float64": 8, "BFloat16": 2, "Bool": 1, "UUID": 16, "IPv4": 4, "IPv6": 16,
	"Date": 2, "Date32": 4, "DateTime": 4, "DateTime64": 8, "Time": 4, "Time64": 8,
	"Enum8": 1, "Enum16": 2, "Decimal32": 4, "Decimal64": 8, "Decimal128": 16, "Decimal256": 32,
	"Nothing": 1,
}

// aliases are the geometric types: names for arrays and tuples.
var aliases = map[string]string{
	"Point": "Tuple(Float64, Float64)", "Ring": "Array(Point)", "LineString": "Array(Point)",
	"Polygon": "Array(Ring)", "MultiLineString": "Array(LineString)", "MultiPolygon": "Array(Polygon)",
}

// parseColumn reads a ClickHouse type name.
func parseColumn(typ string) (*column, error) {
	if len(typ) > maxTypeText {
		return nil, wireErr("type name of %d bytes", len(typ))
	}
	return parseType(typ, 0)
}

func parseType(typ string, depth int) (*column, error) {
	if depth > maxTypeDepth {
		return nil, wireErr("type nested deeper than %d", maxTypeDepth)
	}
	name, args, err := splitType(strings.TrimSpace(typ))
	if err != nil {
		return nil, err
	}
	sub := func(k kind, list ...string) (*column, error) {
		c := &column{kind: k}
		for _, a := range list {
			e, err := parseType(a, depth+1)
			if err != nil {
				return nil, err
			}
			c.elems = append(c.elems, e)
		}
		return c, nil
	}
	if w, ok := widths[name]; ok {
		return &column{kind: kFixed, width: w}, nil
	}
	if a, ok := aliases[name]; ok && len(args) == 0 {
		return parseType(a, depth+1)
	}
	switch {
	case name == "String" && len(args) == 0:
		return &column{kind: kString}, nil
	case name == "FixedString" && len(args) == 1:
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 1 || n > 1<<20 {
			return nil, unsupported{typ}
		}
		return &column{kind: kFixed, width: n}, nil
	case name == "Decimal" && len(args) >= 1:
		p, err := strconv.Atoi(args[0])
		if err != nil || p < 1 || p > 76 {
			return nil, unsupported{typ}
		}
		return &column{kind: kFixed, width: decimalWidth(p)}, nil
	case strings.HasPrefix(name, "Interval") && len(args) == 0:
		return &column{kind: kFixed, width: 8}, nil
	case name == "Nullable" && len(args) == 1:
		return sub(kNullable, args[0])
	case name == "Array" && len(args) == 1:
		return sub(kArray, args[0])
	case name == "Map" && len(args) == 2:
		return sub(kArray, "Tuple("+args[0]+", "+args[1]+")")
	case name == "Nested" && len(args) > 0:
		return sub(kArray, "Tuple("+strings.Join(args, ", ")+")")
	case name == "Tuple" && len(args) > 0:
		for i := range args {
			args[i] = dropFieldName(args[i])
		}
		return sub(kTuple, args...)
	case name == "LowCardinality" && len(args) == 1:
		if inner, a, err := splitType(args[0]); err == nil && inner == "Nullable" && len(a) == 1 {
			args[0] = a[0]
		}
		c, err := sub(kLowCard, args[0])
		if err == nil && c.elems[0].kind != kFixed && c.elems[0].kind != kString {
			return nil, unsupported{typ}
		}
		return c, err
	case name == "SimpleAggregateFunction" && len(args) == 2:
		return parseType(args[1], depth+1)
	case name == "JSON":
		return &column{kind: kJSON}, nil
	}
	return nil, unsupported{typ}
}

func decimalWidth(precision int) int {
	switch {
	case precision <= 9:
		return 4
	case precision <= 18:
		return 8
	case precision <= 38:
		return 16
	}
	return 32
}

// splitType cuts "Name(a, b(c), 'd')" into its name and its arguments.
func splitType(s string) (name string, args []string, err error) {
	open := strings.IndexByte(s, '(')
	if open < 0 {
		return s, nil, nil
	}
	if !strings.HasSuffix(s, ")") {
		return "", nil, wireErr("type %q has no closing bracket", clip(s))
	}
	depth, start := 0, open+1
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				if i != len(s)-1 {
					return "", nil, wireErr("type %q goes on after its bracket", clip(s))
				}
				if a := strings.TrimSpace(s[start:i]); a != "" {
					args = append(args, a)
				}
				return strings.TrimSpace(s[:open]), args, nil
			}
		case ',':
			if depth == 1 {
				args = append(args, strings.TrimSpace(s[start:i]))
				start = i + 1
			}
		case '\'', '`', '"':
			if i = endQuote(s, i); i < 0 {
				return "", nil, wireErr("type %q has an open quote", clip(s))
			}
		}
	}
	return "", nil, wireErr("type %q has an open bracket", clip(s))
}

// endQuote returns the index of the quote that closes the one at i, -1 if none does.
func endQuote(s string, i int) int {
	q := s[i]
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case q:
			if i+1 < len(s) && s[i+1] == q {
				i++
				continue
			}
			return i
		}
	}
	return -1
}

// dropFieldName turns "name Type" of a named tuple into "Type".
func dropFieldName(s string) string {
	if s != "" && (s[0] == '`' || s[0] == '"') {
		if e := endQuote(s, 0); e >= 0 {
			return strings.TrimSpace(s[e+1:])
		}
		return s
	}
	if sp := strings.IndexByte(s, ' '); sp > 0 && !strings.ContainsAny(s[:sp], "(,'") {
		return strings.TrimSpace(s[sp+1:])
	}
	return s
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
