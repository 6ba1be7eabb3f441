package sigma

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

//go:embed mapping.yaml
var embedded []byte

// Mapping says where a log source's events are and what its fields are called here.
type Mapping struct {
	Tables       map[string]map[string]names // of fields, by name
	LogSources   []LogSource
	Group        map[string]names // fields of ours that windows group by instead of a label
	Placeholders map[string]names // values for the modifier expand
	Zone         string           // IANA zone for the modifiers minute, hour …; "" is UTC
}

// LogSource is the mapping of one kind of log source.
type LogSource struct {
	For     logSource
	Where   string           // what its events have in common; "" is nothing
	Tables  names            // looked up in order, behind Fields
	Fields  map[string]names // by Sigma's name: a field of ours, or else the name of a label; several are alternatives
	Rest    string           // what a field is called that nothing names; * stands for its name
	GroupBy names            // of the rules made
	Show    names            // further fields that alerts show
	// Empty says by Sigma's name of a field when its absence says something: a condition.
	Empty map[string]string
}

type names = []string

// ReadMapping reads the mapping that is built in and puts the given one, which may be empty, over it: its log sources go
// first, its tables add to or replace names.
func ReadMapping(over []byte) (*Mapping, error) {
	m, err := parseMapping(embedded)
	if err != nil {
		return nil, fmt.Errorf("BUG: built-in mapping: %w", err)
	}
	if len(over) > 0 {
		o, err := parseMapping(over)
		if err != nil {
			return nil, err
		}
		m.LogSources = append(o.LogSources, m.LogSources...)
		for name, table := range o.Tables {
			if m.Tables[name] == nil {
				m.Tables[name] = table
			}
			for k, v := range table {
				m.Tables[name][k] = v
			}
		}
		for k, v := range o.Group {
			m.Group[k] = v
		}
		m.Placeholders, m.Zone = o.Placeholders, o.Zone
	}
	return m, m.Check()
}

func parseMapping(src []byte) (*Mapping, error) {
	trees, err := readTrees(src)
	if err != nil {
		return nil, err
	}
	m := &Mapping{Tables: map[string]map[string]names{}, Group: map[string]names{}, Placeholders: map[string]names{}}
	var errs []error
	for _, t := range trees {
		errs = append(errs, t.each("", map[string]func(*tree) error{
			"tables": func(v *tree) error {
				var errs []error
				for _, p := range v.pairs {
					table, err := p.value.namesByKey()
					m.Tables[p.key] = table
					errs = append(errs, err)
				}
				return errors.Join(errs...)
			},
			"group":        func(v *tree) (err error) { m.Group, err = v.namesByKey(); return err },
			"placeholders": func(v *tree) (err error) { m.Placeholders, err = v.namesByKey(); return err },
			"zone":         func(v *tree) error { m.Zone = v.str(); return nil },
			"logsources": func(v *tree) error {
				var errs []error
				for _, e := range v.list {
					l, err := readLogSource(e)
					m.LogSources = append(m.LogSources, l)
					errs = append(errs, err)
				}
				return errors.Join(errs...)
			},
		}))
	}
	return m, errors.Join(errs...)
}

func readLogSource(t *tree) (l LogSource, err error) {
	err = t.each("logsources.", map[string]func(*tree) error{
		"for": func(v *tree) error {
			return v.each("logsources.for.", map[string]func(*tree) error{
				"product":  func(v *tree) error { l.For.product = strings.ToLower(v.str()); return nil },
				"category": func(v *tree) error { l.For.category = strings.ToLower(v.str()); return nil },
				"service":  func(v *tree) error { l.For.service = strings.ToLower(v.str()); return nil },
			})
		},
		"where":    func(v *tree) error { l.Where = v.str(); return nil },
		"tables":   func(v *tree) error { l.Tables = v.strs(); return nil },
		"fields":   func(v *tree) (err error) { l.Fields, err = v.namesByKey(); return err },
		"rest":     func(v *tree) error { l.Rest = v.str(); return nil },
		"group_by": func(v *tree) error { l.GroupBy = v.strs(); return nil },
		"show":     func(v *tree) error { l.Show = v.strs(); return nil },
		"empty": func(v *tree) error {
			l.Empty = map[string]string{}
			for _, p := range v.pairs {
				l.Empty[p.key] = p.value.str()
			}
			return nil
		},
	})
	return l, err
}

// each calls the reader of each key; a key without one is a fault.
func (t *tree) each(at string, readers map[string]func(*tree) error) error {
	if t.form != isMap {
		return fmt.Errorf("line %d: want keys and values", t.line)
	}
	var errs []error
	for _, p := range t.pairs {
		read := readers[p.key]
		if read == nil {
			errs = append(errs, fmt.Errorf("line %d: %s%s: unknown key", p.value.line, at, p.key))
			continue
		}
		errs = append(errs, read(p.value))
	}
	return errors.Join(errs...)
}

// namesByKey reads a mapping to a text or a list of texts.
func (t *tree) namesByKey() (map[string]names, error) {
	if t.form != isMap {
		return nil, fmt.Errorf("line %d: want keys and values", t.line)
	}
	out := map[string]names{}
	for _, p := range t.pairs {
		if out[p.key] = p.value.strs(); len(out[p.key]) == 0 {
			return nil, fmt.Errorf("line %d: %s: want a text or a list of texts", p.value.line, p.key)
		}
	}
	return out, nil
}

// Check reports what is wrong with m.
func (m *Mapping) Check() error {
	var errs []error
	for i, l := range m.LogSources {
		at := fmt.Sprintf("logsources[%d]", i)
		if l.Where != "" {
			if _, err := rule.Compile(l.Where); err != nil {
				errs = append(errs, fmt.Errorf("%s.where: %w", at, err))
			}
		}
		for field, when := range l.Empty {
			if _, err := rule.Compile(when); err != nil {
				errs = append(errs, fmt.Errorf("%s.empty.%s: %w", at, field, err))
			}
		}
		for _, t := range l.Tables {
			if m.Tables[t] == nil {
				errs = append(errs, fmt.Errorf("%s.tables: there is no table %q", at, t))
			}
		}
		for _, f := range append(l.GroupBy, l.Show...) {
			if _, ok := event.Lookup(f); !ok {
				errs = append(errs, fmt.Errorf("%s: %q is no field", at, f))
			}
		}
	}
	for name, fields := range m.Group {
		for _, f := range fields {
			if _, ok := event.Lookup(f); !ok {
				errs = append(errs, fmt.Errorf("group.%s: %q is no field", name, f))
			}
		}
	}
	return errors.Join(errs...)
}

// find gives the mapping of a log source: the first that names most of what the source states and nothing else.
func (m *Mapping) find(s logSource) *LogSource {
	var best *LogSource
	most := -1
	for i := range m.LogSources {
		l := &m.LogSources[i]
		n := 0
		fits := true
		for _, k := range [...][2]string{{l.For.product, s.product}, {l.For.category, s.category}, {l.For.service, s.service}} {
			if k[0] == "" {
				continue
			}
			if n++; k[0] != k[1] {
				fits = false
			}
		}
		if fits && n > most {
			best, most = l, n
		}
	}
	return best
}

// ref is what a field of Sigma is here.
type ref struct {
	text  string // as a condition writes it
	field event.Field
	label bool
}

func (r ref) kind() event.Kind { return r.field.Info().Kind }
func (r ref) ip() bool         { return !r.label && r.field.Info().Type == "ip" }

// textual says that the functions for text may be asked of r.
func (r ref) textual() bool {
	switch r.kind() {
	case event.Dict, event.Text, event.List:
		return true
	}
	return r.label
}

// refs gives what a field of Sigma is in events of l.
func (m *Mapping) refs(l *LogSource, field string) []ref {
	if n, ok := l.Fields[field]; ok {
		return makeRefs(n)
	}
	for _, t := range l.Tables {
		if n, ok := m.Tables[t][field]; ok {
			return makeRefs(n)
		}
	}
	return []ref{m.rest(l, field)}
}

// rest gives what a field is called that nothing names, which is where the parser keeps a text of it in any case.
func (m *Mapping) rest(l *LogSource, field string) ref {
	if l.Rest == "" {
		return makeRef(field)
	}
	return makeRef(strings.ReplaceAll(l.Rest, "*", field))
}

func makeRefs(n names) []ref {
	out := make([]ref, len(n))
	for i, name := range n {
		out[i] = makeRef(name)
	}
	return out
}

func makeRef(name string) ref {
	if name == "timestamp" || name == "@timestamp" {
		return ref{text: "timestamp", field: event.Timestamp}
	}
	if f, ok := event.Lookup(name); ok && f != event.Labels {
		return ref{text: name, field: f}
	}
	return ref{text: "labels[" + quote(name) + "]", field: event.Labels, label: true}
}
