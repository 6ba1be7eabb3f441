package rawsql

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Samples are statements that must work; package store runs them too.
func Samples() []string {
	text, err := os.ReadFile("testdata/samples.txt")
	if err != nil {
		panic(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

var (
	tokenPattern = regexp.MustCompile("`[^`\\\\]+`|[{]p[0-9]+:String[}]|[A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?|->|!=|<=|>=|[|][|]|[-+*/%=<>(),.\\[\\] ]")
	bare         = strings.Fields("SELECT DISTINCT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET UNION ALL JOIN ON INNER LEFT RIGHT FULL CROSS OUTER ANY SEMI ANTI ARRAY AS AND OR NOT IN LIKE ILIKE " +
		"BETWEEN CASE WHEN THEN ELSE END WITH OVER PARTITION ROWS UNBOUNDED PRECEDING FOLLOWING CURRENT ROW INTERVAL EXISTS NULL NULLS FIRST LAST DESC " +
		"SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR CAST Nullable Array DateTime64 PREWHERE events alerts sources isNull tuple tupleElement")
)

// Inspect reads what was written, by another way than it was written: tokens of a closed list, tables only as they are written by from.
func Inspect(sql string) error {
	rest := sql
	for rest != "" {
		at := tokenPattern.FindStringIndex(rest)
		if at == nil || at[0] != 0 {
			return fmt.Errorf("%.20q is none of its own", rest)
		}
		tok := rest[:at[1]]
		rest = rest[at[1]:]
		c := tok[0]
		if !letter(c) || slices.Contains(bare, tok) || slices.Contains(types, tok) {
			continue
		}
		if !slices.ContainsFunc(values(functions), func(f string) bool { return f == tok }) || rest == "" || rest[0] != '(' {
			return fmt.Errorf("%q is no word of ours", tok)
		}
	}
	for _, m := range regexp.MustCompile(`FROM (.{0,8})`).FindAllStringSubmatch(sql, -1) {
		switch {
		case m[1][0] == '(', strings.HasPrefix(m[1], "`w"):
		case strings.HasPrefix(m[1], "events "), strings.HasPrefix(m[1], "alerts "), strings.HasPrefix(m[1], "sources "):
		default:
			return fmt.Errorf("reads %q", m[1])
		}
	}
	read := regexp.MustCompile(`FROM (events|alerts|sources) `).FindAllString(sql, -1)
	fenced := regexp.MustCompile("FROM (events|alerts|sources) PREWHERE `tenant` IN [(]").FindAllString(sql, -1)
	if len(read) != len(fenced) {
		return fmt.Errorf("%d tables, %d of them fenced", len(read), len(fenced))
	}
	return nil
}

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// Break makes the writer of a table fail as a bug of ours would; mend undoes it.
func Break(name string) (mend func()) {
	whole := tables[name]
	tables[name] = table{columns: whole.columns}
	return func() { tables[name] = whole }
}
