package app

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// RuleExplain shows what rules make of events.
type RuleExplain struct {
	Target string // FILE or DIR, with #id for one rule
	Lists  string
	Event  string // a JSON object; - reads them from in
	Line   string // a line as a sender sends it; - reads them from in
	Format string // of the output: text or json
	Lines  ParseOptions
}

// explanation is what one rule makes of one event.
type explanation struct {
	Rule       string           `json:"rule.id"`
	File       string           `json:"file"`
	Line       int              `json:"line"`
	Event      int              `json:"event"` // number, from 1
	Time       string           `json:"@timestamp"`
	Enabled    bool             `json:"enabled"`
	Matches    bool             `json:"matches"`
	Steps      []explainedStep  `json:"steps"`
	Exceptions []explainedExcpt `json:"exceptions,omitempty"`
	Window     string           `json:"window,omitempty"`
	Key        []rule.Seen      `json:"group_by,omitempty"`
}

type explainedStep struct {
	Name    string       `json:"name,omitempty"`
	Matches bool         `json:"matches"` // exceptions heeded
	Part    rule.Verdict `json:"condition"`
}

type explainedExcpt struct {
	Owner   string       `json:"owner"`
	Reason  string       `json:"reason"`
	Expires string       `json:"expires"`
	Applies bool         `json:"applies"` // to this event
	Part    rule.Verdict `json:"condition"`
}

// Run writes an explanation for each event and rule.
func (x RuleExplain) Run(in io.Reader, out, notes io.Writer) error {
	rules, one, err := x.rules(notes)
	if err != nil {
		return err
	}
	events, err := x.events(in)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	asJSON := json.NewEncoder(w)
	asJSON.SetEscapeHTML(false)
	for i := range events.Rows() {
		e := events.Event(i)
		for _, r := range rules {
			ex := explainRule(r, e, i+1)
			switch {
			case x.Format == "json":
				if err := asJSON.Encode(ex); err != nil {
					return err
				}
			case one:
				ex.text(w, r)
			default:
				ex.brief(w)
			}
		}
	}
	return w.Flush()
}

// events makes a batch of the events that were asked about.
func (x RuleExplain) events(in io.Reader) (*event.Batch, error) {
	o, text := x.Lines, x.Line
	if x.Event != "" {
		o.Format, text = "json", x.Event
	}
	f, err := newFileReader(o)
	if err != nil {
		return nil, err
	}
	b := new(event.Batch)
	if text != "-" {
		f.add(b, []byte(text))
		return b, x.unread(b)
	}
	r, err := newRecords(in)
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	if x.Line != "" {
		r.mode = modeLines
	}
	for b.Rows() < maxExplained {
		text, line, fault, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			return b, x.unread(b)
		case err != nil:
			return nil, err
		case fault != "":
			return nil, fmt.Errorf("standard input: line %d: %s", line, fault)
		}
		f.add(b, text)
	}
	return b, x.unread(b)
}

// maxExplained bounds the events that are explained at once.
const maxExplained = 1000

// unread refuses events that are no JSON: their explanation would be about nothing.
func (x RuleExplain) unread(b *event.Batch) error {
	if b.Rows() == 0 {
		return errors.New("no event was given")
	}
	for i := range b.Rows() {
		if e := b.Event(i); x.Event != "" && e.Str(event.EventKind) == "pipeline_error" {
			return fmt.Errorf("-event: %s", e.Str(event.ErrorMessage))
		}
	}
	return nil
}

// rules gives the rules that are asked about, and whether it is one.
func (x RuleExplain) rules(notes io.Writer) ([]*rule.Rule, bool, error) {
	target, id, _ := strings.Cut(x.Target, "#")
	info, err := os.Stat(target)
	if err != nil {
		return nil, false, err
	}
	var o rule.Options
	if x.Lists != "" {
		if o.Lists, err = readLists(x.Lists); err != nil {
			return nil, false, fmt.Errorf("lists: %w", err)
		}
	}
	root, name := target, ""
	if !info.IsDir() {
		root, name = ruleRoot(target)
	}
	set, err := rule.Load(os.DirFS(root), o)
	if err != nil && name != "" { // the fault of another file does not matter
		if set, err = rule.Load(oneRuleFile{os.DirFS(root), name}, o); err == nil {
			fmt.Fprintf(notes, "watchpost: other rules in %s have faults (rules check shows them): exceptions from files are left out\n", root)
		}
	}
	if err != nil {
		return nil, false, placed(root, err)
	}
	rules := slices.DeleteFunc(slices.Clone(set.Rules), func(r *rule.Rule) bool { return id != "" && r.ID != id || name != "" && r.File != name })
	if len(rules) == 0 {
		return nil, false, fmt.Errorf("%s: no rule %s", target, id)
	}
	for _, r := range rules {
		r.File = filepath.Join(root, r.File)
	}
	return rules, len(rules) == 1, nil
}

// ruleRoot gives the folder of rules that a file belongs to: the nearest that has lists or exceptions, or else its own.
func ruleRoot(file string) (root, name string) {
	dir := filepath.Dir(file)
	if abs, err := filepath.Abs(dir); err == nil {
		for up, n := abs, 0; n < 3; up, n = filepath.Dir(up), n+1 {
			for _, beside := range []string{"lists", "exceptions"} {
				if info, err := os.Stat(filepath.Join(up, beside)); err == nil && info.IsDir() {
					if rel, err := filepath.Rel(up, abs); err == nil {
						return up, filepath.ToSlash(filepath.Join(rel, filepath.Base(file)))
					}
				}
			}
		}
	}
	return dir, filepath.Base(file)
}

// oneRuleFile is a folder of rules with its lists, in which only one file holds rules.
type oneRuleFile struct {
	fs.FS
	name string
}

// ReadDir leaves out other files of rules.
func (o oneRuleFile) ReadDir(dir string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, dir)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		full := path.Join(dir, e.Name())
		top, _, _ := strings.Cut(full, "/")
		return full != o.name && top != "lists" && (!e.IsDir() || !strings.HasPrefix(o.name, full+"/"))
	}), err
}

func explainRule(r *rule.Rule, e event.Event, n int) explanation {
	x := explanation{Rule: r.ID, File: r.File, Line: r.Line, Event: n, Enabled: r.Enabled, Time: stampOf(e.Time()), Window: windowText(r)}
	for i, s := range r.Steps {
		ok, _ := s.Match.Match(e) // its error stands at the part that has it
		st := explainedStep{Name: s.Name, Matches: ok, Part: s.Written.Explain(e)}
		if st.Name == "" && len(r.Steps) > 1 {
			st.Name = fmt.Sprintf("step %d", i+1)
		}
		x.Steps = append(x.Steps, st)
		x.Matches = x.Matches || ok
	}
	for _, ex := range r.Exceptions {
		ok, _ := ex.Match.Match(e)
		x.Exceptions = append(x.Exceptions, explainedExcpt{ex.Owner, ex.Reason, ex.Expires.Format(time.RFC3339), ok && e.Time() < ex.Expires.UnixNano(), ex.Match.Explain(e)})
	}
	if x.Matches {
		for _, f := range r.GroupBy {
			x.Key = append(x.Key, rule.Seen{Name: f.String(), Values: rule.Values(e, f)})
		}
	}
	return x
}

// windowText says what a window waits for.
func windowText(r *rule.Rule) string {
	w := r.Window
	if w == nil {
		return ""
	}
	s := string(w.Kind)
	if w.Field != event.None {
		s += fmt.Sprintf(" of %s", w.Field)
	}
	switch {
	case w.AtLeast > 0:
		s += fmt.Sprintf(", at least %d", w.AtLeast)
	case w.Below > 0:
		s += fmt.Sprintf(", fewer than %d", w.Below)
	case w.Threshold > 0:
		s += fmt.Sprintf(", at least %g", w.Threshold)
	}
	if w.Within > 0 {
		s += fmt.Sprintf(", within %s", w.Within)
	}
	return s
}

var verdicts = map[bool]string{true: "yes", false: "no "}

// text writes the explanation for a person.
func (x explanation) text(w io.Writer, r *rule.Rule) {
	fmt.Fprintf(w, "rule %s (%s:%d), event %d of %s: %s\n", x.Rule, x.File, x.Line, x.Event, x.Time, x.outcome())
	for i, s := range x.Steps {
		indent := "  "
		if s.Name != "" {
			wanted := fmt.Sprintf("at least %d", r.Steps[i].AtLeast)
			if i < len(r.Window.Not) && r.Window.Not[i] {
				wanted = "which must not happen"
			}
			fmt.Fprintf(w, "  %s %s, %s\n", verdicts[s.Matches], Visible(s.Name), wanted)
			indent = "    "
		}
		writePart(w, s.Part, indent)
	}
	for _, e := range x.Exceptions {
		what := "does not concern it"
		if e.Applies {
			what = "excepts it"
		}
		fmt.Fprintf(w, "  the exception of %s until %s (%s) %s\n", Visible(e.Owner), e.Expires, Visible(e.Reason), what)
		writePart(w, e.Part, "    ")
	}
	if x.Matches && x.Window != "" {
		fmt.Fprintf(w, "  it counts for the window: %s\n", x.Window)
		for _, k := range x.Key {
			fmt.Fprintf(w, "    group_by %s\n", seenText(k))
		}
	}
}

func (x explanation) outcome() string {
	what := "does not match"
	if x.Matches {
		what = "matches"
	}
	if slices.ContainsFunc(x.Exceptions, func(e explainedExcpt) bool { return e.Applies }) && !x.Matches {
		what += ", by exception"
	}
	if !x.Enabled {
		what += " (the rule is switched off)"
	}
	return what
}

// brief writes one line: what decided.
func (x explanation) brief(w io.Writer) {
	fmt.Fprintf(w, "%s %s", verdicts[x.Matches], x.Rule)
	if !x.Matches {
		for _, s := range x.Steps {
			if p := deciding(s.Part); p != nil {
				fmt.Fprintf(w, "  %s", Visible(briefText(*p)))
			}
		}
	}
	fmt.Fprintln(w)
}

// briefText names of several conditions the first.
func briefText(p rule.Verdict) string {
	first := p
	for len(first.Parts) > 0 {
		first = first.Parts[0]
	}
	switch p.Kind {
	case "any":
		return "none of: " + partText(first) + " …"
	case "not":
		return "not: " + partText(first) + " …"
	}
	return partText(p)
}

func deciding(p rule.Verdict) *rule.Verdict {
	if p.Decides {
		return &p
	}
	for _, k := range p.Parts {
		if d := deciding(k); d != nil {
			return d
		}
	}
	return nil
}

func writePart(w io.Writer, p rule.Verdict, indent string) {
	mark := ""
	if p.Decides {
		mark = "   <-- fails first"
	}
	fmt.Fprintf(w, "%s%s %s%s\n", indent, verdicts[p.Holds], Visible(partText(p)), mark)
	for _, k := range p.Parts {
		writePart(w, k, indent+"    ")
	}
}

func partText(p rule.Verdict) string {
	switch p.Kind {
	case "all":
		return "all of"
	case "any":
		return "any of"
	case "not":
		return "not"
	}
	parts := make([]string, len(p.Seen))
	for i, s := range p.Seen {
		parts[i] = seenText(s)
	}
	text := p.Text + "   " + strings.Join(parts, ", ")
	if p.Hit != "" {
		text += fmt.Sprintf(", hit %q", p.Hit)
	}
	if p.Error != "" {
		text += ", error: " + p.Error
	}
	return text
}

// maxSeen bounds a value in an explanation for a person.
const maxSeen = 300

func seenText(s rule.Seen) string {
	if len(s.Values) == 0 {
		return s.Name + " is missing"
	}
	quoted := make([]string, len(s.Values))
	for i, v := range s.Values {
		if r := []rune(v); len(r) > maxSeen {
			v = string(r[:maxSeen]) + "…"
		}
		quoted[i] = fmt.Sprintf("%q", v)
	}
	return s.Name + " is " + strings.Join(quoted, ", ")
}

// check says what is wrong with the flags.
func (x RuleExplain) check() error {
	switch {
	case (x.Event == "") == (x.Line == ""):
		return usageError{"want -event JSON or -line TEXT; - reads standard input"}
	case x.Format != "text" && x.Format != "json":
		return usageError{fmt.Sprintf("-o: %q: want text or json", x.Format)}
	}
	return nil
}
