package sigma

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

//go:embed mapping.yaml
var embedded []byte

// Mapping says where a log source's events are and what its fields are called here.
type Mapping struct {
	Tables       map[string]map[string]names `yaml:"tables"`
	LogSources   []LogSource                 `yaml:"logsources"`
	Group        map[string]names            `yaml:"group"`        // fields of ours that windows group by instead of a label
	Placeholders map[string]names            `yaml:"placeholders"` // values for the modifier expand
	Zone         string                      `yaml:"zone"`         // IANA zone for the modifiers minute, hour …; "" is UTC
}

// LogSource is the mapping of one kind of log source.
type LogSource struct {
	For struct {
		Product  string `yaml:"product"`
		Category string `yaml:"category"`
		Service  string `yaml:"service"`
	} `yaml:"for"`
	Where   string           `yaml:"where"`    // what its events have in common; "" is nothing
	Tables  names            `yaml:"tables"`   // looked up in order, behind Fields
	Fields  map[string]names `yaml:"fields"`   // by Sigma's name: a field of ours, or else the name of a label; several are alternatives
	Rest    string           `yaml:"rest"`     // what a field is called that nothing names; * stands for its name
	GroupBy names            `yaml:"group_by"` // of the rules made
	Show    names            `yaml:"show"`     // further fields that alerts show
}

// names is a list; a single one may stand alone.
type names []string

// UnmarshalYAML reads a text or a list of texts.
func (n *names) UnmarshalYAML(b []byte) error {
	var list []string
	if err := yaml.Unmarshal(b, &list); err == nil {
		*n = list
		return nil
	}
	var one string
	if err := yaml.Unmarshal(b, &one); err != nil {
		return errors.New("want a text or a list of texts")
	}
	*n = names{one}
	return nil
}

// ReadMapping reads the mapping that is built in and puts the given one, which may be empty, over it: its log sources go
// first, its tables add to or replace names.
func ReadMapping(over []byte) (*Mapping, error) {
	m := &Mapping{}
	if err := yaml.UnmarshalWithOptions(embedded, m, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("BUG: built-in mapping: %w", err)
	}
	if len(over) > 0 {
		o := &Mapping{}
		if err := yaml.UnmarshalWithOptions(over, o, yaml.Strict()); err != nil {
			msg, _, _ := strings.Cut(err.Error(), "\n")
			return nil, errors.New(msg)
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
		for _, k := range [...][2]string{{l.For.Product, s.product}, {l.For.Category, s.category}, {l.For.Service, s.service}} {
			if k[0] == "" {
				continue
			}
			if n++; !strings.EqualFold(k[0], k[1]) {
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
