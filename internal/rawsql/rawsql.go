// Package rawsql reads one SELECT of a small grammar and writes it again, over the tables and rows that its author may see.
//
// The engine never sees what a user wrote. A statement is read into a tree by a grammar that knows no settings, formats, files,
// table functions or second statements; names must be columns of the few tables below or aliases of the statement itself, functions must
// stand in a list; and what is sent is written from that tree: names quoted, texts as parameters, each table as a subquery that
// holds the rows of the author's tenants only. What the grammar does not know cannot be said.
package rawsql

import (
	"fmt"
	"strings"
)

// Bounds of a statement.
const (
	MaxText   = 16 << 10 // bytes
	maxNodes  = 2000     // of the tree
	maxDepth  = 40       // of brackets, subqueries and operators in one another
	maxTables = 8        // read by one statement; one that WITH names is read as often as it is named
)

// Param is a value of a statement, {Name:String} in its text.
type Param struct{ Name, Value string }

// Statement is what the engine is asked.
type Statement struct {
	SQL     string
	Params  []Param
	Columns []string // the names of the result's columns
	Dear    bool     // a row may take long: the engine should work on few at a time
}

// Error is a fault of a statement, with its place.
type Error struct {
	Offset int // bytes before it
	Msg    string
}

func (e *Error) Error() string { return e.Msg }

// Rewrite reads src and writes it for an author who may see the given tenants. counts is the condition, in SQL, by which rows of table events count
// (hunt.Counts).
func Rewrite(src string, tenants []string, counts string) (st Statement, err error) {
	if len(src) > MaxText {
		return st, &Error{MaxText, fmt.Sprintf("the statement is longer than %d bytes", MaxText)}
	}
	defer func() { // the parser gives up where it stands
		switch r := recover().(type) {
		case nil:
		case *Error:
			st, err = Statement{}, r
		default:
			panic(r)
		}
	}()
	p := &parser{src: src}
	p.next()
	q := p.query()
	if p.tok.kind == symbol && p.tok.text == ";" {
		p.next()
	}
	if p.tok.kind != end {
		p.fail(p.tok.at, "%s stands behind the end of the statement", p.tok)
	}
	w := &writer{tenants: tenants, counts: counts, fixed: map[*query][]bool{}, work: maxWork}
	st.SQL, st.Columns = w.query(q, nil)
	st.Params, st.Dear = w.params, w.dear
	return st, nil
}

// Place gives line and column, both from 1, of a byte of src.
func Place(src string, offset int) (line, column int) {
	before := src[:min(offset, len(src))]
	return 1 + strings.Count(before, "\n"), len(before) - strings.LastIndexByte(before, '\n')
}
