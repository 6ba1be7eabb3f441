// Package pack reads hunts that are written down: packs of questions that are asked again and again.
package pack

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

//go:embed shipped/*.yaml
var shipped embed.FS

// Shipped gives the packs that come with the product, by name.
func Shipped() ([]Pack, error) {
	sub, err := fs.Sub(shipped, "shipped")
	if err != nil {
		return nil, err
	}
	return Load(sub)
}

// Pack is the hunts of a file.
type Pack struct {
	Name        string `yaml:"name" json:"name"`
	Description string `yaml:"description" json:"description"`
	Hunts       []Hunt `yaml:"hunts" json:"hunts"`
	File        string `yaml:"-" json:"-"`
}

// Hunt is a question.
type Hunt struct {
	ID          string   `yaml:"id" json:"id"`
	Name        string   `yaml:"name" json:"name"`
	Description string   `yaml:"description" json:"description"`
	Attack      []string `yaml:"attack" json:"attack"`                       // techniques
	Question    int      `yaml:"question" json:"question,omitempty"`         // of docs/hunts.md, 1 to 10; 0: none of them
	Params      []Param  `yaml:"params" json:"params"`                       // that stand in Query as $name
	Query       string   `yaml:"query" json:"query"`                         // a predicate
	GroupBy     string   `yaml:"group_by" json:"group_by"`                   // a field: its most frequent values are shown
	Example     string   `yaml:"example,omitempty" json:"example,omitempty"` // an event, JSON, that it finds
}

// Param is a value that may be given to a hunt.
type Param struct {
	Name    string `yaml:"name" json:"name"`
	Default string `yaml:"default" json:"default"`
}

// Bounds of packs.
const (
	MaxFile  = 1 << 20
	MaxPacks = 100
	MaxHunts = 500 // of a pack
)

// Load reads the files *.yaml of a folder, a pack each. The error joins every fault of every file.
func Load(fsys fs.FS) ([]Pack, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}
	var out []Pack
	var errs []error
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), ".") {
			continue
		}
		p, err := read(fsys, name)
		if err == nil && slices.ContainsFunc(out, func(o Pack) bool { return o.Name == p.Name }) {
			err = fmt.Errorf("%s: name: %q is the name of another pack too", name, p.Name)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, *p)
	}
	if len(out) > MaxPacks {
		errs = append(errs, fmt.Errorf("%d packs are too many, the most is %d", len(out), MaxPacks))
	}
	return out, errors.Join(errs...)
}

var validName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func read(fsys fs.FS, name string) (*Pack, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > MaxFile {
		return nil, fmt.Errorf("%s: more than %d bytes", name, MaxFile)
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	p := &Pack{File: name}
	if err := yaml.UnmarshalWithOptions(data, p, yaml.DisallowUnknownField()); err != nil {
		return nil, fmt.Errorf("%s: %s", name, strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

var technique = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)

func (p *Pack) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !validName.MatchString(p.Name) {
		bad("name: %q: want small letters, digits and hyphens", p.Name)
	}
	if len(p.Hunts) == 0 || len(p.Hunts) > MaxHunts {
		bad("hunts: %d: want 1 to %d", len(p.Hunts), MaxHunts)
	}
	seen := map[string]bool{}
	for i := range p.Hunts {
		h := &p.Hunts[i]
		if !validName.MatchString(h.ID) || seen[h.ID] {
			bad("hunts[%d].id: %q: want small letters, digits and hyphens, and each once", i, h.ID)
		}
		seen[h.ID] = true
		if h.Name == "" {
			bad("hunt %s: name: is missing", h.ID)
		}
		for _, a := range h.Attack {
			if !technique.MatchString(a) {
				bad("hunt %s: attack: %q: want a technique such as T1110.001", h.ID, a)
			}
		}
		if f, ok := event.Lookup(h.GroupBy); h.GroupBy != "" && (!ok || f.Info().Kind == event.Map) {
			bad("hunt %s: group_by: %q is no field", h.ID, h.GroupBy)
		}
		if h.Question < 0 || h.Question > 10 {
			bad("hunt %s: question: %d: want 1 to 10", h.ID, h.Question)
		}
		text, err := h.With(nil)
		if err == nil {
			_, err = rule.Compile(text)
		}
		if err != nil {
			bad("hunt %s: query: %w", h.ID, err)
		}
		if h.Attack == nil {
			h.Attack = []string{}
		}
		if h.Params == nil {
			h.Params = []Param{}
		}
	}
	return errors.Join(errs...)
}

var placeholder = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'|`[^`]*`|\\$[a-z][a-z0-9_]*")

// With gives the query with values in place of its parameters, each as a text in quotes; those that are not given have their defaults.
func (h *Hunt) With(values map[string]string) (string, error) {
	all := map[string]string{}
	for _, p := range h.Params {
		all[p.Name] = p.Default
	}
	for name, v := range values {
		if _, known := all[name]; !known {
			return "", fmt.Errorf("the hunt has no parameter %.40q", name)
		}
		if len(v) > 1024 {
			return "", fmt.Errorf("parameter %s: more than 1024 bytes", name)
		}
		all[name] = v
	}
	var fault error
	out := placeholder.ReplaceAllStringFunc(h.Query, func(s string) string {
		if s[0] != '$' {
			return s // in quotes
		}
		v, ok := all[s[1:]]
		if !ok {
			fault = fmt.Errorf("%s is none of the parameters", s)
		}
		return string(event.AppendJSONString(nil, v))
	})
	return out, fault
}
