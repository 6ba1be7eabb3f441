package rule

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"watchpost/internal/yamldoc"
)

// Format gives a file of rules, lists or exceptions in its canonical form: the keys of each document in one order (docs/tools.md), quotes
// only where YAML needs them; no blank lines between keys, no blanks at the ends of lines. Comments stay with
// the key below them. What the file says is the same after as before: where that cannot be had, it is an error.
func Format(name string, src []byte) ([]byte, error) {
	if len(src) > MaxListFile {
		return nil, fmt.Errorf("%s: %d bytes are too many, the most is %d", name, len(src), MaxListFile)
	}
	var out bytes.Buffer
	text := strings.ReplaceAll(strings.TrimPrefix(string(src), "\ufeff"), "\r\n", "\n")
	first := true
	for _, part := range yamldoc.Split(text) {
		formatted, err := formatDocument(name, part.Text)
		if err != nil {
			return nil, shift(name, part, err)
		}
		if !sameMeaning(part.Text, formatted) {
			return nil, fmt.Errorf("%s:%d: cannot be put into the canonical form without a change of what it says", name, part.Line)
		}
		if formatted == "" {
			continue
		}
		if !first {
			out.WriteString("---\n")
		}
		first = false
		out.WriteString(formatted)
	}
	return out.Bytes(), nil
}

// shift puts err, which counts lines from the part's first, where it belongs.
func shift(name string, p yamldoc.Part, err error) error {
	rest, ok := strings.CutPrefix(err.Error(), name+":")
	line, what, ok2 := strings.Cut(rest, ":")
	n, bad := strconv.Atoi(line)
	if !ok || !ok2 || bad != nil {
		return err
	}
	return fmt.Errorf("%s:%d:%s", name, n+p.Line-1, what)
}

// formatDocument gives "" for an empty document.
func formatDocument(name, text string) (string, error) {
	nodes, err := parseFile(name, []byte(text))
	if err != nil {
		return "", err
	}
	if len(nodes) == 0 { // at most comments
		return tidy(text), nil
	}
	text = requote(text)
	m, ok := nodes[0].(*ast.MappingNode)
	if !ok || m.IsFlowStyle || len(nodes) > 1 {
		return tidy(text), nil
	}
	return tidy(reorder(text, m)), nil
}

// tidy takes off blanks at the ends of lines and blank lines at the end of the text.
func tidy(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line, " \t\n"))
		b.WriteByte('\n')
	}
	out := strings.TrimRight(b.String(), "\n")
	if out == "" {
		return ""
	}
	return out + "\n"
}

// keyed is a key of a document with its lines, the comments above it included.
type keyed struct {
	key   string
	lines []string
}

// reorder puts the keys of a mapping that begins in the first column in order.
func reorder(text string, m *ast.MappingNode) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	var starts []int // of keys, counted from 0
	var parts []keyed
	for _, v := range m.Values {
		p := v.Key.GetToken().Position
		if p.Column != 1 || p.Line > len(lines) {
			return text
		}
		starts = append(starts, p.Line-1)
		parts = append(parts, keyed{key: v.Key.String()})
	}
	if !slices.IsSorted(starts) || len(slices.Compact(slices.Clone(starts))) < len(starts) {
		return text
	}
	begin := make([]int, len(starts)) // with comments
	for i, s := range starts {
		least := 0
		if i > 0 {
			least = starts[i-1] + 1
		}
		for begin[i] = s; begin[i] > least && (strings.HasPrefix(lines[begin[i]-1], "#") || i > 0 && strings.TrimSpace(lines[begin[i]-1]) == ""); begin[i]-- {
		}
	}
	head, foot := trimBlank(lines[:begin[0]]), []string(nil)
	for i := range parts {
		end := len(lines)
		if i+1 < len(parts) {
			end = begin[i+1]
		}
		of := slices.Clone(lines[begin[i]:starts[i]])
		of = slices.DeleteFunc(of, func(l string) bool { return strings.TrimSpace(l) == "" })
		parts[i].lines = append(of, trimBlank(lines[starts[i]:end])...)
		if i+1 == len(parts) {
			parts[i].lines, foot = cutFoot(parts[i].lines)
		}
	}
	order := keyOrder
	if slices.ContainsFunc(parts, func(k keyed) bool { return k.key == "entries" }) {
		order = listOrder
	}
	slices.SortStableFunc(parts, func(a, b keyed) int { return placeIn(order, a.key) - placeIn(order, b.key) })
	var out []string
	if len(head) > 0 {
		out = append(append(out, head...), "")
	}
	for _, p := range parts {
		out = append(out, p.lines...)
	}
	if len(foot) > 0 {
		out = append(append(out, ""), foot...)
	}
	return strings.Join(out, "\n")
}

func trimBlank(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// cutFoot takes off the comments that end a document and stand apart by a blank line.
func cutFoot(lines []string) (rest, foot []string) {
	i := len(lines)
	for i > 0 && (strings.HasPrefix(lines[i-1], "#") || strings.TrimSpace(lines[i-1]) == "") {
		i--
	}
	for j := i; j < len(lines); j++ {
		if strings.TrimSpace(lines[j]) == "" {
			return lines[:j], trimBlank(lines[j:])
		}
	}
	return lines, nil
}

// placeIn gives the place of a key in an order; unknown ones come last.
func placeIn(order []string, key string) int {
	if i := slices.Index(order, strings.Trim(key, `"'`)); i >= 0 {
		return i
	}
	return len(order)
}

// requote writes each quoted text that stands on one line in the canonical way.
func requote(text string) string {
	lines := strings.Split(text, "\n")
	tokens := lexer.Tokenize(text)
	for i := len(tokens) - 1; i >= 0; i-- { // from the end: places before stay as they are
		tk := tokens[i]
		if tk.Type != token.SingleQuoteType && tk.Type != token.DoubleQuoteType || tk.Position.Line > len(lines) {
			continue
		}
		line := []rune(lines[tk.Position.Line-1])
		start := tk.Position.Column - 1
		if start < 0 || start >= len(line) {
			continue
		}
		end := quotedEnd(line, start)
		var value any
		if end < 0 || yaml.Unmarshal([]byte(string(line[start:end])), &value) != nil || value != tk.Value {
			continue // over several lines, or not where it is said to be
		}
		if rest := strings.TrimSpace(string(line[end:])); strings.HasPrefix(rest, ":") {
			continue // a key
		}
		lines[tk.Position.Line-1] = string(line[:start]) + quoted(tk.Value) + string(line[end:])
	}
	return strings.Join(lines, "\n")
}

// quotedEnd gives the place behind the quoted text that begins at start, -1 if none ends on the line.
func quotedEnd(line []rune, start int) int {
	quote := line[start]
	if quote != '"' && quote != '\'' {
		return -1
	}
	for i := start + 1; i < len(line); i++ {
		switch {
		case quote == '"' && line[i] == '\\':
			i++
		case line[i] != quote:
		case quote == '\'' && i+1 < len(line) && line[i+1] == '\'':
			i++
		default:
			return i + 1
		}
	}
	return -1
}

// quoted writes a text without quotes if it is read as the same text everywhere, else in double ones, or in single ones where those need escapes.
func quoted(s string) string {
	if plainText(s) {
		return s
	}
	if strings.ContainsAny(s, "\"\\") && !strings.Contains(s, "'") && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "'" + s + "'"
	}
	return strconv.Quote(s)
}

func plainText(s string) bool {
	if strings.ContainsAny(s, "\n\r\t") || strings.TrimSpace(s) != s || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return false
	}
	if len(s) > 0 && strings.ContainsAny(s[:1], "0123456789.+-~<=") { // may be a number or a time to another reader
		return false
	}
	switch strings.ToLower(s) {
	case "yes", "no", "on", "off", "y", "n", "true", "false", "null":
		return false
	}
	var a struct{ A any }
	var b struct{ A []any }
	return yaml.Unmarshal([]byte("a: "+s+"\nb: 1"), &a) == nil && a.A == s &&
		yaml.Unmarshal([]byte("a: ["+s+", x]"), &b) == nil && len(b.A) == 2 && b.A[0] == s
}

// sameMeaning compares what YAML reads.
func sameMeaning(a, b string) bool {
	x, err1 := contents(a)
	y, err2 := contents(b)
	return err1 == nil && err2 == nil && reflect.DeepEqual(x, y)
}

func contents(src string) (out []any, err error) {
	nodes, err := parseFile("", []byte(src))
	for _, n := range nodes {
		var v any
		if err := yaml.NodeToValue(n, &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, err
}
