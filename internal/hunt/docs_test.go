package hunt_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"watchpost/internal/hunt"
)

// TestExamplesOfTheHuntPage tries each example of docs/hunt.md: what it becomes, and that pipes are ones.
func TestExamplesOfTheHuntPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/hunt.md")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("`([^`]*)`")
	becomes, pipes, kind := 0, 0, ""
	for n, line := range strings.Split(string(page), "\n") {
		cells := strings.Split(strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x00"), "|")
		for i, c := range cells {
			cells[i] = strings.TrimSpace(strings.ReplaceAll(c, "\x00", "|"))
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			kind = ""
			continue
		case slices.Contains(cells, "it becomes"), slices.Contains(cells, "stage"):
			kind = cells[0]
			continue
		case strings.HasPrefix(line, "|---") || kind == "":
			continue
		}
		examples := code.FindAllStringSubmatch(cells[1], -1)
		if len(examples) == 0 {
			t.Errorf("hunt.md:%d: no example", n+1)
			continue
		}
		src, want := examples[0][1], ""
		if kind == "you write" {
			src, want = code.FindStringSubmatch(cells[0])[1], examples[0][1]
			becomes++
		} else {
			pipes++
		}
		q, err := hunt.Parse(src)
		if err != nil || want != "" && q.Expr != want || want == "" && q.Pipe == nil {
			t.Errorf("hunt.md:%d: %s: %+v, %v", n+1, src, q, err)
		}
	}
	if becomes < 25 || pipes < 11 {
		t.Errorf("only %d examples of the bar, %d pipes", becomes, pipes)
	}
}
