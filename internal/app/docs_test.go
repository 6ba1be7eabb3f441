package app

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/detect"
	"watchpost/internal/rule"
)

// docsLists gives the lists that docs/rules.md shows, by file.
func docsLists(t *testing.T, text string) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, m := range regexp.MustCompile(`(?m)^    # rules/(lists/[a-z-]+\.yaml)\n((?:    .*\n)+)`).FindAllStringSubmatch(text, -1) {
		fsys[m[1]] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(m[2], "    ", ""))}
	}
	if len(fsys) < 3 {
		t.Fatalf("lists of the page: %v", fsys)
	}
	return fsys
}

// cellCode gives the pieces of code in a cell of a table.
func cellCode(cell string) (out []string) {
	for _, m := range regexp.MustCompile("`` (.*?) ``|`(.*?)`").FindAllStringSubmatch(cell, -1) {
		out = append(out, m[1]+m[2])
	}
	return out
}

// TestExamplesOfTheRulesPage tries each example of docs/rules.md on the events beside it, by the tree and by expr's machine.
func TestExamplesOfTheRulesPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	set, err := rule.Load(docsLists(t, string(page)))
	if err != nil {
		t.Fatal(err)
	}
	tried, all, example := 0, "", -1
	for n, line := range strings.Split(string(page), "\n") {
		cells := strings.Split(strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), `\|`, "\x00"), "|")
		for i, c := range cells {
			cells[i] = strings.TrimSpace(strings.ReplaceAll(c, "\x00", "|"))
		}
		switch i := slices.Index(cells, "example"); {
		case !strings.HasPrefix(line, "|"):
			example = -1
		case i >= 0 && i+2 < len(cells) && cells[i+1] == "true of" && cells[i+2] == "not of":
			example = i
		case strings.HasPrefix(line, "|---") || example < 0:
		case len(cells) != example+3 || len(cellCode(cells[example])) != 1 || len(cellCode(cells[example+1]+cells[example+2])) == 0:
			t.Errorf("rules.md:%d: want one example, and events", n+1)
		default:
			src := cellCode(cells[example])[0]
			all += src + "\n"
			p, err := set.Compile(src)
			if err != nil {
				t.Errorf("rules.md:%d: %s: %v", n+1, src, err)
				continue
			}
			for j, want := range []bool{true, false} {
				for _, text := range cellCode(cells[example+1+j]) {
					tried++
					tryExample(t, n+1, p, src, text, want)
				}
			}
		}
	}
	if tried < 150 {
		t.Errorf("only %d examples", tried)
	}
	for _, name := range rule.Functions() {
		if !strings.Contains(all, name+"(") {
			t.Errorf("no example of %s", name)
		}
	}
	for _, op := range []string{"==", "!=", "<", "<=", ">", ">=", " in [", "..", " not in ", "contains", "startsWith", "endsWith", "matches", " and ", " or ", "||", "not (", "+", "*", "/"} {
		if !strings.Contains(all, op) {
			t.Errorf("no example of %s", op)
		}
	}
}

func tryExample(t *testing.T, line int, p *rule.Predicate, src, text string, want bool) {
	t.Helper()
	if !json.Valid([]byte(text)) {
		t.Errorf("rules.md:%d: no JSON: %s", line, text)
		return
	}
	b, err := testBatch(&rule.Test{Format: "json", Lines: []string{text}, Received: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)})
	if err != nil || b.Rows() != 1 {
		t.Errorf("rules.md:%d: %s: %v", line, text, err)
		return
	}
	tree, err1 := p.Match(b.Event(0))
	machine, err2 := p.Run(b.Event(0))
	if err1 != nil || err2 != nil || tree != want || machine != want {
		t.Errorf("rules.md:%d: %s of %s: %v %v, machine %v %v, want %v", line, src, text, tree, err1, machine, err2, want)
	}
}

// TestWindowsOfThePages loads each window that docs/rules.md and docs/windows.md show on one line.
func TestWindowsOfThePages(t *testing.T) {
	seen := map[string]bool{}
	for _, page := range []string{"rules.md", "windows.md"} {
		text, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			m := regexp.MustCompile(`^     *(?:window: \{)?(count|distinct|sum|avg|percentile|absence|first_seen|rate|travel|beacon)(: \{[^{}]*(?:\{[^{}]*\}[^{}]*)?\})`).FindStringSubmatch(line)
			if m == nil {
				continue
			}
			seen[m[1]] = true
			spec := strings.NewReplacer("FIELD", "event.duration").Replace(m[1] + m[2])
			set, err := rule.Load(fstest.MapFS{"r.yaml": {Data: []byte("id: a\ntitle: T\nmatch: exists(source.ip)\ngroup_by: [source.ip]\nwindow:\n  " + spec + "\n")}})
			if err == nil {
				_, err = detect.Compile(set)
			}
			if err != nil {
				t.Errorf("%s:%d: %s: %v", page, n+1, spec, err)
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("the pages show only %v", seen)
	}
}
