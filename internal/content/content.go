// Package content says which events are dropped, thinned out, masked or kept longer before they are stored, by rules in expr.
package content

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/rule"
	"watchpost/internal/yamldoc"
)

// Options are what rules refer to.
type Options struct {
	Compile func(string) (*rule.Predicate, error) // with the lists that are known; nil: without lists
	Classes []string                              // of retention, nil: any
	Key     []byte                                // of `with: hash`
}

// Set is the content rules of a folder. It is shared by goroutines, each of which has a Judge.
type Set struct {
	rules  []*content
	all    []int // rules without match
	asked  *rule.Set
	number map[*rule.Rule]int
}

// content is one rule.
type content struct {
	name      string
	match     *rule.Predicate // nil: every event
	drop      bool
	keep      uint64 // of so many events one stays; 0: all
	retention string
	mask      *mask
}

// Bounds of a folder.
const (
	maxFile  = 1 << 20
	maxRules = 1000
)

var ruleName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)

// written is a rule as it stands in a file.
type written struct {
	Name      string       `yaml:"name"`
	Match     string       `yaml:"match"`
	Drop      bool         `yaml:"drop"`
	Keep      string       `yaml:"keep"`
	Retention string       `yaml:"retention"`
	Mask      *writtenMask `yaml:"mask"`
}

// Load reads the files *.yaml and *.yml of a folder in the order of their names; one document is one rule. The error names every fault
// with its file and line.
func Load(fsys fs.FS, o Options) (*Set, error) {
	if o.Compile == nil {
		o.Compile = rule.Compile
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	s := &Set{asked: &rule.Set{}, number: make(map[*rule.Rule]int)}
	var faults []error
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || strings.HasPrefix(e.Name(), ".") || ext != ".yaml" && ext != ".yml" {
			continue
		}
		if err := s.file(fsys, e.Name(), o); err != nil {
			faults = append(faults, err)
		}
	}
	if len(s.rules) > maxRules {
		faults = append(faults, fmt.Errorf("%d rules, at most %d", len(s.rules), maxRules))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Set) file(fsys fs.FS, name string, o Options) error {
	f, err := fs.Stat(fsys, name)
	if err != nil {
		return err
	}
	if f.Size() > maxFile {
		return fmt.Errorf("%s: %d bytes, at most %d", name, f.Size(), maxFile)
	}
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	docs, err := yamldoc.Read(src)
	if err != nil {
		return fmt.Errorf("%s:%w", name, err)
	}
	var faults []error
	for _, d := range docs {
		var w written
		line := d.GetToken().Position.Line
		if err := yaml.NodeToValue(d, &w, yaml.Strict()); err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: %s", name, line, yaml.FormatError(err, false, false)))
			continue
		}
		if err := s.add(w, o); err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: rule %q: %w", name, line, w.Name, err))
		}
	}
	return errors.Join(faults...)
}

// add checks a rule and takes it in.
func (s *Set) add(w written, o Options) error {
	c := &content{name: w.Name, drop: w.Drop, retention: w.Retention}
	var faults []error
	bad := func(is bool, format string, a ...any) {
		if is {
			faults = append(faults, fmt.Errorf(format, a...))
		}
	}
	bad(!ruleName.MatchString(w.Name), "name: want 1 to 64 of a-z, 0-9, dot, underscore, hyphen")
	bad(slices.ContainsFunc(s.rules, func(x *content) bool { return x.name == w.Name }), "name: another rule has it")
	if w.Match != "" {
		var err error
		c.match, err = o.Compile(w.Match)
		bad(err != nil, "match: %w", err)
	}
	actions := 0
	for _, is := range []bool{w.Drop, w.Keep != "", w.Retention != "", w.Mask != nil} {
		if is {
			actions++
		}
	}
	bad(actions != 1, "want exactly one of drop, keep, mask, retention")
	bad(w.Match == "" && w.Mask == nil, "match: is missing; only mask may do without")
	if w.Keep != "" {
		of, ok := strings.CutPrefix(w.Keep, "1/")
		n, err := strconv.ParseUint(of, 10, 32)
		bad(!ok || err != nil || n < 2, "keep: want 1/N, with N from 2")
		c.keep = n
	}
	bad(w.Retention != "" && o.Classes != nil && !slices.Contains(o.Classes, w.Retention), "retention: there is no class %q in clickhouse.retention.classes; there are: %s",
		w.Retention, strings.Join(o.Classes, ", "))
	if w.Mask != nil {
		var err error
		c.mask, err = newMask(*w.Mask, o.Key)
		bad(err != nil, "mask.%w", err)
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if c.match == nil {
		s.all = append(s.all, len(s.rules))
	} else {
		r := &rule.Rule{ID: c.name, Enabled: true, Steps: []rule.Step{{Match: c.match, Written: c.match, AtLeast: 1}}}
		s.asked.Rules = append(s.asked.Rules, r)
		s.number[r] = len(s.rules)
	}
	s.rules = append(s.rules, c)
	return nil
}

// Empty says that there are no rules.
func (s *Set) Empty() bool { return s == nil || len(s.rules) == 0 }

// Judge is a Set at work for one goroutine.
type Judge struct {
	set   *Set
	index *match.Index
	hits  [][2]int32 // row and rule
	list  []Verdict
	masks []*mask
}

// NewJudge makes one.
func (s *Set) NewJudge() *Judge { return &Judge{set: s, index: match.New(s.asked)} }

// Verdict is what becomes of a row.
type Verdict struct {
	Row       int
	Dropped   string // name of the rule that takes the row away; empty: it stays
	Retention string // class, empty: that of its tenant
	masks     []*mask
}

// Masked says that the record must be read again, as Mask gives it.
func (v *Verdict) Masked() bool { return len(v.masks) > 0 }

// Batch gives a verdict on each row of b of which anything becomes, in the order of rows. All rules that match a row count, in their order,
// until one takes it away. The verdicts are valid until the next call.
func (j *Judge) Batch(b *event.Batch) []Verdict {
	j.hits, j.list, j.masks = j.hits[:0], j.list[:0], j.masks[:0]
	if len(j.set.asked.Rules) > 0 {
		j.index.Each(b, func(row int, r *rule.Rule, _ int) {
			j.hits = append(j.hits, [2]int32{int32(row), int32(j.set.number[r])})
		})
	}
	if len(j.set.all) > 0 {
		for row := range b.Rows() {
			for _, n := range j.set.all {
				j.hits = append(j.hits, [2]int32{int32(row), int32(n)})
			}
		}
	}
	slices.SortFunc(j.hits, func(a, b [2]int32) int {
		if a[0] != b[0] {
			return int(a[0] - b[0])
		}
		return int(a[1] - b[1])
	})
	for i := 0; i < len(j.hits); {
		row := int(j.hits[i][0])
		v, from := Verdict{Row: row}, len(j.masks)
		for ; i < len(j.hits) && int(j.hits[i][0]) == row; i++ {
			if c := j.set.rules[j.hits[i][1]]; v.Dropped == "" {
				j.apply(c, b.Event(row), &v)
			}
		}
		v.masks = j.masks[from:len(j.masks):len(j.masks)]
		if v.Dropped != "" || v.Retention != "" || v.Masked() {
			j.list = append(j.list, v)
		}
	}
	return j.list
}

func (j *Judge) apply(c *content, e event.Event, v *Verdict) {
	switch {
	case c.drop, c.keep > 0 && hash(e.Str(event.EventOriginal))%c.keep != 0:
		v.Dropped = c.name
	case c.retention != "":
		v.Retention = c.retention
	case c.mask != nil && c.mask.touches(e):
		j.masks = append(j.masks, c.mask)
	}
}

// hash is FNV-1a with its bits mixed: the same record is kept or dropped whenever and wherever it comes.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}
