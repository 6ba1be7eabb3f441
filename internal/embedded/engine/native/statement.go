package native

import (
	"strings"

	"watchpost/internal/embedded/engine/chdb"
)

// statement is one SQL statement, cut to what the engine may see.
type statement struct {
	text   string // without FORMAT and the closing semicolon
	word   string // first word, in capitals; "(" for a bracketed SELECT
	insert *insertion
}

// insertion is an INSERT whose rows follow as blocks.
type insertion struct {
	head    string   // up to VALUES or FORMAT
	table   string   // as written
	columns []string // nil: all
}

func refuse(code int, message string) error {
	return &chdb.Error{Code: code, Message: "DB::Exception: " + message}
}

const (
	codeSyntax         = 62
	codeNotImplemented = 48
)

// parseStatement reads as much of the text as it takes to tell statements and data apart. It refuses what the
// engine would take for more than one statement or for an INSERT with its data in the text: rows go as blocks,
// since the engine executes what follows a blank line in such data.
func parseStatement(sql string) (statement, error) {
	lx := lexer{s: sql}
	var st statement
	var tokens [4]token // the last ones, newest first
	depth, end := 0, len(sql)
	format := -1       // where a FORMAT that ends the statement begins
	formatEnd := 0     // and ends
	semicolon := false // seen: nothing may follow
	var parts []token  // of an INSERT, up to its rows or SELECT
	inserting := false
	for {
		t, err := lx.next()
		if err != nil {
			return st, err
		}
		if t.kind == tEnd {
			break
		}
		if semicolon {
			return st, refuse(codeSyntax, "Syntax error: Multi-statements are not allowed")
		}
		if t.is(";") {
			semicolon, end = true, t.start
			continue
		}
		if st.word == "" {
			st.word = t.upper()
			inserting = st.word == "INSERT"
		}
		if inserting && len(parts) < maxColumns*3 {
			parts = append(parts, t)
		}
		if format >= 0 && tokens[0].end == formatEnd && t.upper() != "SETTINGS" {
			format = -1 // it was a name, not the clause
		}
		switch {
		case t.is("("), t.is("["), t.is("{"):
			depth++
		case t.is(")"), t.is("]"), t.is("}"):
			depth--
		}
		if depth == 0 && !inserting {
			prev, before := tokens[0], tokens[1]
			switch {
			case t.kind == tWord && t.upper() == "OUTFILE" && prev.upper() == "INTO":
				return st, refuse(codeNotImplemented, "INTO OUTFILE is not served over this protocol")
			case t.kind == tWord && t.upper() == "TEMPORARY" && (prev.upper() == "CREATE" || prev.upper() == "REPLACE"):
				return st, refuse(codeNotImplemented, "temporary tables are not served by the embedded engine")
			case t.kind == tWord && prev.upper() == "FORMAT" && prev.kind == tWord && before.kind != tEnd &&
				before.upper() != "AS" && !before.is(".") && !before.is(","):
				format, formatEnd = prev.start, t.end
			}
		}
		copy(tokens[1:], tokens[:3])
		tokens[0] = t
	}
	if st.word == "" {
		return st, refuse(codeSyntax, "Empty query")
	}
	st.text = sql[:end]
	if format >= 0 {
		st.text = sql[:format] + sql[formatEnd:end]
	}
	if inserting {
		var err error
		st.insert, err = parseInsert(sql, parts)
		if err != nil {
			return st, err
		}
	}
	return st, nil
}

// parseInsert returns nil for INSERT … SELECT.
func parseInsert(sql string, ts []token) (*insertion, error) {
	ts = append(ts, token{kind: tEnd, start: len(sql), end: len(sql)}, token{kind: tEnd})
	in := &insertion{}
	i := 1
	if ts[i].upper() == "INTO" {
		i++
	}
	if ts[i].upper() == "TABLE" && ts[i].kind == tWord && ts[i+1].kind != tEnd && !ts[i+1].is(".") && !ts[i+1].is("(") {
		i++
	}
	function := ts[i].upper() == "FUNCTION" && ts[i+1].kind == tWord
	if function {
		i++
	}
	first := ts[i]
	if first.kind != tWord && first.kind != tName {
		return nil, refuse(codeSyntax, "Syntax error: no table in INSERT")
	}
	last := first
	for i++; ts[i].is(".") && (ts[i+1].kind == tWord || ts[i+1].kind == tName); i += 2 {
		last = ts[i+1]
	}
	in.table = sql[first.start:last.end]
	if ts[i].is("(") && ts[i+1].upper() != "SELECT" && ts[i+1].upper() != "WITH" {
		var err error
		if i, in.columns, err = columnList(ts, i, function); err != nil {
			return nil, err
		}
	}
	for ; ts[i].kind != tEnd; i++ {
		switch t := ts[i]; {
		case t.kind != tWord && !t.is("("):
		case t.upper() == "SELECT", t.upper() == "WITH", t.is("("):
			return nil, nil
		case t.upper() == "FROM":
			return nil, refuse(codeNotImplemented, "INSERT FROM is refused: send the rows as blocks or use INSERT SELECT")
		case t.upper() == "VALUES" || t.upper() == "FORMAT":
			data := i + 1
			if t.upper() == "FORMAT" {
				data = i + 2
			}
			if data < len(ts) && ts[data].kind != tEnd {
				return nil, refuse(codeNotImplemented, "INSERT with its data in the text is refused: send the rows as blocks")
			}
			in.head = sql[:t.start]
			return in.rows(function)
		}
	}
	in.head = sql[:ts[i-1].end]
	return in.rows(function)
}

func (in *insertion) rows(function bool) (*insertion, error) {
	if function {
		return nil, refuse(codeNotImplemented, "INSERT INTO FUNCTION takes no rows over this protocol")
	}
	return in, nil
}

// columnList reads the bracketed list that opens at ts[i] and returns the index after it.
func columnList(ts []token, i int, function bool) (int, []string, error) {
	var columns []string
	name, depth := "", 1
	for i++; depth > 0; i++ {
		switch t := ts[i]; {
		case t.kind == tEnd:
			return i, nil, refuse(codeSyntax, "Syntax error: column list without end")
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case function: // arguments, not columns
			continue
		case t.is(","), t.is("."):
			if t.is(".") {
				name += "."
			}
		case t.kind == tWord, t.kind == tName:
			if name != "" && !strings.HasSuffix(name, ".") {
				return i, nil, refuse(codeNotImplemented, "only plain names are served in the column list of an INSERT")
			}
			name += t.name()
			continue
		default:
			return i, nil, refuse(codeNotImplemented, "only plain names are served in the column list of an INSERT")
		}
		if t := ts[i]; (t.is(",") || t.is(")") && depth == 0) && name != "" {
			columns = append(columns, name)
			name = ""
		}
	}
	return i, columns, nil
}
