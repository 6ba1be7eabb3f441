package hunt

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parameter is a value that is put into a query, where ${name} stands in its text.
type Parameter struct {
	Name    string `json:"name"`
	Default string `json:"default"`
	Type    string `json:"type,omitempty"` // "" or text: becomes a quoted text; number: stands as a number
}

// Bounds of templates.
const (
	MaxParameters = 32
	MaxParameter  = 1024 // bytes of a value
	MaxTemplate   = 8192
)

var parameterName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// CheckTemplate reports every fault of a template with its parameters.
func CheckTemplate(template string, params []Parameter) error {
	var faults []error
	if len(template) > MaxTemplate {
		faults = append(faults, fmt.Errorf("query: %d bytes, at most %d", len(template), MaxTemplate))
	}
	if len(params) > MaxParameters {
		faults = append(faults, fmt.Errorf("params: %d, at most %d", len(params), MaxParameters))
	}
	known := map[string]bool{}
	for _, p := range params {
		if !parameterName.MatchString(p.Name) {
			faults = append(faults, fmt.Errorf("params: name %.40q: want a letter, then letters, digits and _, all small, at most 32", p.Name))
		}
		if known[p.Name] {
			faults = append(faults, fmt.Errorf("params: %s stands twice", p.Name))
		}
		known[p.Name] = true
		if !slices.Contains([]string{"", "text", "number"}, p.Type) {
			faults = append(faults, fmt.Errorf("params: %s: type %.40q: want text or number", p.Name, p.Type))
		} else if _, err := p.literal(p.Default); err != nil && p.Default != "" {
			faults = append(faults, fmt.Errorf("params: %s: default: %w", p.Name, err))
		}
	}
	used := map[string]bool{}
	if _, err := expand(template, func(name string) (string, error) {
		if used[name] = true; !known[name] {
			return "", fmt.Errorf("query: ${%.40s} is no parameter", name)
		}
		return `""`, nil
	}); err != nil {
		faults = append(faults, err)
	}
	for _, p := range params {
		if !used[p.Name] && len(faults) == 0 {
			faults = append(faults, fmt.Errorf("params: %s is not used: write ${%s} into the query", p.Name, p.Name))
		}
	}
	return errors.Join(faults...)
}

// Fill puts values, or else defaults, into a template: as quoted texts or as numbers, never as text of the query.
func Fill(template string, params []Parameter, values map[string]string) (string, error) {
	if err := CheckTemplate(template, params); err != nil {
		return "", err
	}
	var faults []error
	literals := map[string]string{}
	for _, p := range params {
		v, ok := values[p.Name]
		if !ok {
			v = p.Default
		}
		text, err := p.literal(v)
		if err != nil {
			faults = append(faults, fmt.Errorf("params: %s: %w", p.Name, err))
		}
		literals[p.Name] = text
	}
	for name := range values {
		if _, ok := literals[name]; !ok {
			faults = append(faults, fmt.Errorf("params: there is no %.40q", name))
		}
	}
	if len(faults) > 0 {
		return "", errors.Join(faults...)
	}
	return expand(template, func(name string) (string, error) { return literals[name], nil })
}

func (p Parameter) literal(v string) (string, error) {
	switch {
	case len(v) > MaxParameter:
		return "", fmt.Errorf("%d bytes, at most %d", len(v), MaxParameter)
	case !utf8.ValidString(v):
		return "", errors.New("it is not valid UTF-8")
	case p.Type == "number":
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n-n != 0 || strings.ContainsAny(v, "xXpP_") {
			return "", fmt.Errorf("%.40q is no number", v)
		}
		return strconv.FormatFloat(n, 'f', -1, 64), nil
	case v == "":
		return "", errors.New("a value is needed")
	}
	return strconv.Quote(v), nil
}

// expand replaces each ${name} that stands outside quotes. Within quotes one is refused: it could not be told what is text there.
func expand(template string, value func(name string) (string, error)) (string, error) {
	var out strings.Builder
	quote := byte(0)
	for i := 0; i < len(template); i++ {
		c := template[i]
		switch {
		case quote != 0 && quote != '`' && c == '\\' && i+1 < len(template):
			out.WriteByte(c)
			i++
			c = template[i]
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\'' || c == '`'):
			quote = c
		case c == '$' && strings.HasPrefix(template[i:], "${"):
			end := strings.IndexByte(template[i:], '}')
			if end < 0 {
				return "", errors.New("query: ${ without }")
			}
			name := template[i+2 : i+end]
			if quote != 0 {
				return "", fmt.Errorf("query: ${%.40s} stands within quotes: leave them out, the value is quoted by itself", name)
			}
			text, err := value(name)
			if err != nil {
				return "", err
			}
			out.WriteString(text)
			i += end
			continue
		}
		out.WriteByte(c)
	}
	return out.String(), nil
}
