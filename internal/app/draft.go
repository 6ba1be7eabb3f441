package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rule"
	"watchpost/internal/web"
	"watchpost/internal/window"
)

// Draft implements web.Past: a rule of a query, with a test made of the lines of events that were found by it. It passes
// `rules check` and `rules test` as it is.
func (d *desk) Draft(ctx context.Context, tenants []string, q web.DraftQuery) (*web.Draft, error) {
	set, err := d.rules.loaded()
	if err != nil {
		return nil, err
	}
	text, err := hunt.ParseWith(set.Compile, q.Query)
	if err == nil && text.Pipe != nil {
		err = errors.New("a rule has no pipe: write how it counts as its window")
	}
	if err != nil {
		return nil, &web.Fault{Err: fmt.Errorf("query: %w", err)}
	}
	chosen, err := d.chosen(ctx, tenants, q.Events)
	if err != nil {
		return nil, err
	}
	t := draft{set: set, query: text.Expr, name: q.Name, predicate: text.Predicate}
	yaml, err := t.write(chosen)
	if err != nil {
		return nil, &web.Fault{Err: err}
	}
	return &web.Draft{YAML: yaml, ID: t.id(), Tested: t.tested, LeftOut: t.left}, nil
}

// original is an event as it came.
type original struct {
	id       string
	line     string
	received time.Time
	values   map[event.Field]string // of candidates for group_by
}

// chosen finds the events by id, in order of time.
func (d *desk) chosen(ctx context.Context, tenants, ids []string) ([]original, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	quoted := make([]string, len(ids))
	for i, id := range ids {
		if _, err := event.ParseID(id); err != nil {
			return nil, &web.Fault{Err: fmt.Errorf("events: %.60q is no event.id", id)}
		}
		quoted[i] = string(event.AppendJSONString(nil, id))
	}
	s := hunt.Search{Query: "event.id in [" + strings.Join(quoted, ", ") + "]", From: "1970-01-02", To: "2261-01-01", Order: "asc", Limit: len(ids),
		Fields: []string{"event.original"}}
	for _, f := range groupFields {
		s.Fields = append(s.Fields, f.String())
	}
	q, err := s.Check(tenants, time.Now())
	if err != nil {
		return nil, &web.Fault{Err: err}
	}
	var out []original
	err = d.Events(ctx, q, func(e event.Event) error {
		o := original{id: e.ID().String(), line: strings.Clone(e.Str(event.EventOriginal)), received: time.Unix(0, e.Ingested()).UTC(), values: map[event.Field]string{}}
		for _, f := range groupFields {
			o.values[f] = strings.Clone(e.Str(f))
		}
		out = append(out, o)
		return nil
	})
	if err == nil && len(out) == 0 {
		err = &web.Fault{Err: errors.New("events: none of them is stored, or yours to see")}
	}
	return out, err
}

// groupFields are what an alert is about, if the events have it.
var groupFields = []event.Field{event.SourceIP, event.UserName, event.HostName}

// draft makes a rule of a hunt.
type draft struct {
	set         *rule.Set
	query, name string
	predicate   *rule.Predicate
	tested      int      // events in the test
	left        []string // events that are not, and why
}

var notID = regexp.MustCompile(`[^a-z0-9]+`)

// id makes an id of the name that no rule in use has.
func (t *draft) id() string {
	id := strings.Trim(notID.ReplaceAllString(strings.ToLower(t.name), "-"), "-")
	if len(id) > 80 {
		id = strings.Trim(id[:80], "-")
	}
	if id == "" {
		id = "draft"
	}
	for n, base := 2, id; slices.ContainsFunc(t.set.Rules, func(r *rule.Rule) bool { return r.ID == id }); n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	return id
}

// write gives the rule with a test of those events whose lines, parsed anew, satisfy it.
func (t *draft) write(chosen []original) (string, error) {
	head := t.head(chosen)
	if len(chosen) == 0 {
		return t.checked(head)
	}
	var lines []string
	received := time.Time{}
	for _, o := range chosen {
		line, why := testLine(o.line)
		if why == "" {
			if received.IsZero() {
				received = o.received
			}
			got, err := t.alerts(head, append(slices.Clone(lines), line), received)
			if err != nil {
				return "", err
			}
			before, err := t.alerts(head, lines, received)
			if err != nil {
				return "", err
			}
			if len(got) == len(before) {
				why = "its line, parsed anew, does not satisfy the query"
			}
		}
		if why != "" {
			t.left = append(t.left, o.id+": "+why)
			continue
		}
		lines = append(lines, line)
		received = o.received
		t.tested++
	}
	if len(lines) == 0 {
		return "", fmt.Errorf("events: no test can be made of them: %s", strings.Join(t.left, "; "))
	}
	got, err := t.alerts(head, lines, received)
	if err != nil {
		return "", err
	}
	return t.checked(head + testText("the events of the hunt", lines, received, got))
}

// testLine gives a line as a test can hold it, or why none can.
func testLine(s string) (line, why string) {
	s = strings.TrimSpace(s)
	var compact bytes.Buffer
	if strings.ContainsAny(s, "\n\r") && json.Compact(&compact, []byte(s)) == nil {
		s = compact.String()
	}
	switch {
	case s == "":
		return "", "it has no original line"
	case !utf8.ValidString(s):
		return "", "its line is not UTF-8"
	case strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' || r == 0xfeff || r == 0x2028 || r == 0x2029
	}):
		return "", "its line has control characters"
	case len(s) > 32<<10:
		return "", "its line is too long"
	}
	return s, ""
}

func (t *draft) head(chosen []original) string {
	name := t.name
	if name == "" {
		name = "Draft of a hunt"
	}
	var b strings.Builder
	quote := func(s string) string { return string(event.AppendJSONString(nil, s)) }
	fmt.Fprintf(&b, "id: %s\ntitle: %s\ndescription: What it means that this happened.\nlevel: medium\nstatus: experimental\nmode: shadow\n", t.id(), quote(name))
	if strings.ContainsFunc(t.query, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) || strings.TrimSpace(t.query) != t.query {
		fmt.Fprintf(&b, "match: %s\n", quote(t.query))
	} else {
		fmt.Fprintf(&b, "match: |-\n  %s\n", strings.ReplaceAll(t.query, "\n", "\n  "))
	}
	for _, f := range groupFields {
		if len(chosen) > 0 && !slices.ContainsFunc(chosen, func(o original) bool { return o.values[f] == "" }) {
			fmt.Fprintf(&b, "group_by: [%s]\n", f)
			break
		}
	}
	var fields []string
	for _, f := range t.predicate.Fields() {
		if k := f.Info().Kind; k != event.Map && f != event.EventOriginal && f != event.Message && f != event.Timestamp && len(fields) < 10 {
			fields = append(fields, f.String())
		}
	}
	if len(fields) > 0 {
		fmt.Fprintf(&b, "fields: [%s]\n", strings.Join(fields, ", "))
	}
	return b.String()
}

// alerts gives what the rule raises over lines.
func (t *draft) alerts(head string, lines []string, received time.Time) (out []alert.Alert, err error) {
	set, err := t.set.Read("draft", []byte(head))
	if err != nil {
		return nil, err
	}
	rules, err := detect.Compile(set)
	if err != nil {
		return nil, err
	}
	b, err := testBatch(&rule.Test{Format: "auto", Lines: lines, Received: received})
	if err != nil {
		return nil, err
	}
	_, err = detect.Replay(rules, window.Defaults, func(yield func(*event.Batch, error) bool) { yield(b, nil) }, func(a alert.Alert) { out = append(out, a) })
	return out, err
}

func testText(name string, lines []string, received time.Time, want []alert.Alert) string {
	var b strings.Builder
	fmt.Fprintf(&b, "tests:\n  - name: %s\n    received: %q\n    lines: |\n", name, received.Format(time.RFC3339Nano))
	for _, l := range lines {
		fmt.Fprintf(&b, "      %s\n", l)
	}
	b.WriteString("    alerts:\n")
	for _, a := range want {
		parts := []string{fmt.Sprintf("count: %d", a.Count)}
		for _, p := range a.Group {
			if p.Value != "" {
				parts = append(parts, p.Name+": "+string(event.AppendJSONString(nil, p.Value)))
			}
		}
		fmt.Fprintf(&b, "      - {%s}\n", strings.Join(parts, ", "))
	}
	return b.String()
}

// checked gives text once it is read and its test passes.
func (t *draft) checked(text string) (string, error) {
	set, err := t.set.Read("draft", []byte(text))
	if err != nil {
		return "", err
	}
	results, err := detect.RunTests(set, testBatch, time.Now)
	if err != nil {
		return "", err
	}
	for _, r := range results {
		if r.Failure != "" {
			return "", fmt.Errorf("no test can be made of the events: %s", r.Failure)
		}
	}
	return text, nil
}
