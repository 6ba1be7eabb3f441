package rule

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"watchpost/internal/event"
)

// List is a named set of constants that conditions ask for by list("name").
type List struct {
	Name        string
	Description string
	Entries     []string // as written: texts, numbers, addresses or networks; sorted, each once
	File        string   // path within the folder that was loaded; "" for a list of Options
	Hash        [16]byte // of the entries

	mu   sync.Mutex
	made map[listKind]Node
}

// listKind tells apart what a list becomes.
type listKind struct {
	kind event.Kind
	ip   bool
	op   string
}

// Bounds of lists.
const (
	MaxListFile = 4 << 20 // bytes of a file in folder lists/
	MaxEntries  = 200_000 // of one list
	MaxEntry    = 1 << 10 // bytes of an entry
)

type lists map[string]*List

func (l lists) names() []string { return slices.Sorted(maps.Keys(l)) }

func (c *reader) use(list string) {
	if !slices.Contains(c.used, list) {
		c.used = append(c.used, list)
	}
}

// constantOf reads the text of an entry as a constant that r, which holds no text, can be compared with.
func constantOf(r Ref, s string) (any, bool) {
	switch r.Field.Info().Kind {
	case event.Int, event.Float:
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return i, true
		}
		f, err := strconv.ParseFloat(s, 64)
		return f, err == nil && f-f == 0
	case event.Bool:
		b, err := strconv.ParseBool(s)
		return b, err == nil
	}
	return s, true
}

// validPart matches the name of a list that is made of the column of a table, such as assets.owner=Ann Lee.
var validPart = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*\.[^=\pC]+=\PC+$`)

var validList = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*$`)

// readLists reads the files of folder lists/, then those of Options in their place.
func (l *loader) readLists(files []string) {
	for _, name := range files {
		if kindOf(name) != listFile {
			continue
		}
		for _, d := range l.docs(l.fsys, name, MaxListFile) {
			li := d.readList("")
			l.errs = append(l.errs, d.errs...)
			if o := l.lists[li.Name]; o != nil && len(d.errs) == 0 {
				l.fail("%s:%d:1: name: %q is the name of the list in %s too", name, place(d.node).Line, li.Name, o.File)
			}
			l.lists[li.Name] = li
		}
	}
	for name, entries := range l.o.Lists {
		li := &List{Name: name, Entries: entries}
		if o := l.lists[name]; o != nil {
			li.Description = o.Description
		}
		if err := li.complete(); err != nil {
			l.fail("list %q: %v", name, err)
		}
		l.lists[name] = li
	}
}

func (d *doc) readList(name string) *List {
	li := &List{Name: name, File: d.file}
	d.mapping(d.node, "", map[string]func(ast.Node, string){
		"name":        func(n ast.Node, key string) { li.Name = d.line(n, key) },
		"description": func(n ast.Node, key string) { li.Description = d.line(n, key) },
		"entries":     func(n ast.Node, key string) { li.Entries = d.texts(n, key) },
	})
	if len(d.errs) == 0 {
		if err := li.complete(); err != nil {
			d.bad(d.node, "list", "%v", err)
		}
	}
	return li
}

// ReadList reads a file that holds a list alone, as those of folder lists/ do; it has the name that is given unless it states its own. Faults
// begin with file.
func ReadList(file, name string, src []byte) (*List, error) {
	if len(src) > MaxListFile {
		return nil, fmt.Errorf("%s: %d bytes of YAML are too many, the most is %d: write an entry a line into a file *.txt", file, len(src), MaxListFile)
	}
	nodes, err := parseFile(file, src)
	if err != nil {
		return nil, err
	}
	switch {
	case len(nodes) == 0:
		return nil, fmt.Errorf("%s: holds no list", file)
	case len(nodes) > 1:
		return nil, fmt.Errorf("%s:%d: holds more than one list", file, place(nodes[1]).Line)
	}
	d := &doc{file: file, node: nodes[0], left: newBudget()}
	li := d.readList(name)
	return li, errors.Join(d.errs...)
}

// complete checks the list and sorts its entries.
func (li *List) complete() error {
	part := li.File == "" && validPart.MatchString(li.Name) && len(li.Name) <= MaxEntry
	if !part && (!validList.MatchString(li.Name) || len(li.Name) > 100) {
		return fmt.Errorf("name: %q: want small letters, digits, and dots, hyphens or underscores between, such as vpn-networks", li.Name)
	}
	entries := make([]string, 0, len(li.Entries))
	for i, e := range li.Entries {
		e = strings.TrimSpace(e)
		switch {
		case e == "":
			continue
		case len(e) > MaxEntry:
			return fmt.Errorf("entries[%d]: %d bytes are too many, the most is %d", i, len(e), MaxEntry)
		case !utf8.ValidString(e):
			return fmt.Errorf("entries[%d]: not valid UTF-8", i)
		}
		entries = append(entries, e)
	}
	if len(entries) > MaxEntries {
		return fmt.Errorf("entries: %d are too many, the most is %d", len(entries), MaxEntries)
	}
	slices.Sort(entries)
	li.Entries = slices.Compact(entries)
	h := sha256.New()
	for _, e := range li.Entries {
		fmt.Fprintf(h, "%d %s\n", len(e), e)
	}
	li.Hash = [16]byte(h.Sum(nil)[:16])
	return nil
}
