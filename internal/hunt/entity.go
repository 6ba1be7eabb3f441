package hunt

import (
	"fmt"
	"strconv"
	"strings"

	"watchpost/internal/event"
)

// asText gives f's value as text, "" where it is missing. Lists have none.
func asText(f event.Field) (string, error) {
	switch f.Info().Kind {
	case event.Dict, event.Text:
		return "toString(" + column(f) + ")", nil
	case event.Int, event.Float, event.Bool:
		return "ifNull(toString(" + column(f) + "), '')", nil
	}
	return "", fmt.Errorf("%s: has no single value", f)
}

// Groups gives, for each combination of the values of by, what happened from since on: rows of len(by) Strings, count UInt64, the sum of what sums hold
// Int64, and, of the whole range of the query, first and last DateTime64(9). The greatest sum comes first, then the greatest count. Combinations of nothing
// but missing values are left out.
func (q *Query) Groups(by, sums []event.Field, since int64, limit int) (Statement, error) {
	b, where, err := q.counting()
	if err != nil {
		return Statement{}, err
	}
	var names, values []string
	for i, f := range by {
		text, err := asText(f)
		if err != nil {
			return Statement{}, err
		}
		names = append(names, "g"+strconv.Itoa(i))
		values = append(values, text+" AS g"+strconv.Itoa(i))
	}
	sum := "toInt64(0)"
	for _, f := range sums {
		sum += " + ifNull(" + column(f) + ", 0)"
	}
	recent := "`@timestamp` >= " + b.moment(since)
	return Statement{SQL: "SELECT " + strings.Join(values, ", ") + ", countIf(" + recent + ") AS n, sumIf(" + sum + ", " + recent + ") AS total, min(`@timestamp`) AS first, max(`@timestamp`) AS last" +
		" FROM events WHERE " + where + " AND NOT (" + strings.Join(names, " = '' AND ") + " = '') GROUP BY " + strings.Join(names, ", ") +
		" HAVING n > 0 ORDER BY total DESC, n DESC, " + strings.Join(names, ", ") + " LIMIT " + strconv.Itoa(limit), Params: b.params}, nil
}

// New gives the values of fields that occur from since on and not before it in the query's range: rows (field String, value String, count UInt64, first
// DateTime64(9)), in the order in which they first occur.
func (q *Query) New(fields []event.Field, since int64, limit int) (Statement, error) {
	b, where, err := q.counting()
	if err != nil {
		return Statement{}, err
	}
	var pairs []string
	for _, f := range fields {
		text, err := asText(f)
		if err != nil {
			return Statement{}, err
		}
		pairs = append(pairs, "("+b.param("String", f.String())+", "+text+")")
	}
	return Statement{SQL: "SELECT pair.1 AS field, pair.2 AS value, count() AS n, min(`@timestamp`) AS first FROM (SELECT arrayJoin([" + strings.Join(pairs, ", ") + "]) AS pair, `@timestamp` FROM events WHERE " + where +
		") WHERE value != '' GROUP BY field, value HAVING first >= " + b.moment(since) + " ORDER BY first, field, value LIMIT " + strconv.Itoa(limit), Params: b.params}, nil
}

// Seen gives one row (count UInt64, first, last DateTime64(9)).
func (q *Query) Seen() (Statement, error) {
	b, where, err := q.counting()
	if err != nil {
		return Statement{}, err
	}
	return Statement{SQL: "SELECT count() AS n, min(`@timestamp`) AS first, max(`@timestamp`) AS last FROM events WHERE " + where, Params: b.params}, nil
}
