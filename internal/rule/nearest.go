package rule

import (
	"fmt"
	"slices"
	"strings"
)

// nearest proposes up to three of names that name may have meant, as the end of a message.
func nearest(name string, names []string) string {
	if len(name) > 100 {
		return ""
	}
	type candidate struct {
		name string
		far  int
	}
	var found []candidate
	low := lower(name)
	most := max(2, len(name)/4)
	for _, n := range names {
		far := distance(low, lower(n), most)
		if strings.HasSuffix(n, "."+low) || strings.HasPrefix(n, low+".") { // user, or name of user.name
			far = min(far, most)
		}
		if far <= most {
			found = append(found, candidate{n, far})
		}
	}
	if len(found) == 0 {
		return ""
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.far - b.far })
	out := make([]string, 0, 3)
	for _, c := range found[:min(3, len(found))] {
		out = append(out, c.name)
	}
	return fmt.Sprintf("; did you mean %s?", strings.Join(out, ", "))
}

// distance counts the edits between a and b; more than most is most+1.
func distance(a, b string, most int) int {
	if d := len(a) - len(b); d > most || -d > most {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
