// Package sigma makes rules of ours from Sigma rules.
package sigma

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchpost/internal/rule"
)

// Options says how to import.
type Options struct {
	Mapping *Mapping // nil is the built-in one
	License string   // of rules that state none

	// Suppress is for how long a rule without a window raises one alert for a user of a host instead of one for each event; 0: each event.
	Suppress time.Duration
}

// Refusal is a document, or a file, of which no rule can be made.
type Refusal struct {
	File  string
	Title string // "" if the file cannot be read at all
	Why   error
}

// Summary counts what an import did. Kept names files that a person has changed; where the rule they came from
// has changed as well, its new version was written beside them, as Beside says.
type Summary struct {
	Files, Written, Same int
	Kept, Beside, Gone   []string
	Refused              []Refusal
}

// Rules says how many rules and filters were made.
func (s *Summary) Rules() int { return s.Written + s.Same + len(s.Kept) }

// output is a file to be.
type output struct{ name, text string }

// Import reads all Sigma files of fsys and writes the rules made of them into the folder out. The error says that it could
// not go on; what is wrong with a rule is in the summary.
func Import(fsys fs.FS, out string, o Options) (*Summary, error) {
	s := &Summary{}
	files, err := convert(fsys, o, s)
	if err != nil {
		return s, err
	}
	want := map[string]bool{}
	for _, f := range files {
		want[f.name] = true
		if err := put(filepath.Join(out, filepath.FromSlash(f.name)), f, s); err != nil {
			return s, err
		}
	}
	s.Gone, err = gone(out, want)
	return s, err
}

// convert makes all output of all Sigma files.
func convert(fsys fs.FS, o Options, s *Summary) ([]output, error) {
	if o.Mapping == nil {
		m, err := ReadMapping(nil)
		if err != nil {
			return nil, err
		}
		o.Mapping = m
	}
	c := &collection{o: o, s: s, byName: map[string]*Rule{}, ids: map[string]string{}}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := path.Ext(name); entry.IsDir() || ext != ".yml" && ext != ".yaml" {
			return nil
		}
		s.Files++
		return c.read(fsys, name)
	})
	if err != nil {
		return nil, err
	}
	files := c.filters()
	c.correlations()
	for _, r := range c.rules {
		text := r.yaml(o)
		if len(text) > rule.MaxFile {
			c.refuse(r.doc, fmt.Errorf("the rule made of it takes %d bytes, the most is %d", len(text), rule.MaxFile))
			continue
		}
		files = append(files, output{r.doc.output(), text})
	}
	slices.SortFunc(files, func(a, b output) int { return cmp.Compare(a.name, b.name) })
	return files, nil
}

// output names the file that a document becomes.
func (d *document) output() string {
	name := strings.TrimSuffix(strings.TrimSuffix(d.file, ".yaml"), ".yml")
	if d.nth > 0 {
		name = fmt.Sprintf("%s_%d", name, d.nth+1)
	}
	return name + ".yaml"
}

// collection is all documents of an import.
type collection struct {
	o          Options
	s          *Summary
	rules      []*Rule
	byName     map[string]*Rule // by id and by name
	ids        map[string]string
	correlated []*document
	filterings []*document
}

func (c *collection) refuse(d *document, why error) {
	c.s.Refused = append(c.s.Refused, Refusal{d.file, oneLine(d.tree.get("title").str()), why})
}

func (c *collection) read(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if len(src) > rule.MaxFile {
		c.s.Refused = append(c.s.Refused, Refusal{name, "", fmt.Errorf("%d bytes are too many, the most is %d", len(src), rule.MaxFile)})
		return nil
	}
	docs, err := readDocuments(name, src)
	if err != nil {
		c.s.Refused = append(c.s.Refused, Refusal{name, "", err})
		return nil
	}
	for _, d := range docs {
		if d.id == "" {
			c.refuse(d, fmt.Errorf("has neither id nor title"))
			continue
		}
		if first, taken := c.ids[d.id]; taken {
			c.refuse(d, fmt.Errorf("id %s is that of %s", d.id, first))
			continue
		}
		c.ids[d.id] = name
		switch d.kind {
		case "correlation":
			c.correlated = append(c.correlated, d)
		case "filter":
			c.filterings = append(c.filterings, d)
		default:
			r, err := convertRule(c.o.Mapping, d)
			if err != nil {
				c.refuse(d, err)
				continue
			}
			c.add(r)
		}
	}
	return nil
}

func (c *collection) add(r *Rule) {
	c.rules = append(c.rules, r)
	for _, name := range []string{r.doc.tree.get("id").str(), r.doc.name} {
		if name != "" && c.byName[name] == nil {
			c.byName[name] = r
		}
	}
}

// put writes a file unless a person has changed the one that is there.
func put(name string, f output, s *Summary) error {
	old, err := os.ReadFile(name)
	switch {
	case os.IsNotExist(err):
	case err != nil:
		return err
	default:
		stated, own := sealed(string(old))
		fresh, _ := sealed(f.text)
		switch {
		case string(old) == f.text:
			s.Same++
			return nil
		case stated == own: // nobody has changed it
		case stated == fresh: // changed here, not there
			s.Kept = append(s.Kept, f.name)
			return nil
		default:
			s.Kept = append(s.Kept, f.name)
			s.Beside = append(s.Beside, f.name+".new")
			return replace(name+".new", f.text)
		}
	}
	s.Written++
	return replace(name, f.text)
}

// replace writes a file whole or not at all.
func replace(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	tmp := name + ".tmp"
	if err := os.WriteFile(tmp, []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}

// gone lists the files in out that an earlier import wrote and this one did not.
func gone(out string, want map[string]bool) ([]string, error) {
	var names []string
	err := filepath.WalkDir(out, func(name string, entry fs.DirEntry, err error) error {
		if name == out && errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was ever written
		}
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".yaml" {
			return err
		}
		rel, err := filepath.Rel(out, name)
		if rel = filepath.ToSlash(rel); err != nil || want[rel] {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if stated, _ := sealed(string(text)); stated != "" {
			names = append(names, rel)
		}
		return nil
	})
	return names, err
}
