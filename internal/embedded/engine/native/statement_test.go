package native

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"watchpost/internal/embedded/engine/chdb"
)

func TestStatement(t *testing.T) {
	f := func(sql, text string) {
		t.Helper()
		st, err := parseStatement(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			return
		}
		if st.text != text || st.insert != nil {
			t.Errorf("%s: got %q, insert %v", sql, st.text, st.insert)
		}
	}
	same := func(sql string) { t.Helper(); f(sql, sql) }
	f("SELECT 1;", "SELECT 1")
	f("SELECT 1 FORMAT JSON", "SELECT 1 ")
	f("SELECT 1 format JSONEachRow ; -- end", "SELECT 1  ")
	f("SELECT 1 FORMAT Null SETTINGS max_threads = 1", "SELECT 1  SETTINGS max_threads = 1")
	f("SELECT ';' AS a; /* ; */", "SELECT ';' AS a")
	same("SELECT a AS format FROM t")
	same("SELECT format FROM t")
	same("SELECT t.format x FROM t")
	same("SELECT (SELECT 1 FORMAT x)")
	same("SELECT 'it''s; \\'; FORMAT x' -- ; x\n, `a;b`, \";\"")
	same("SELECT $a$ ; DROP TABLE x $a$")
	same("SELECT ‘;’, “a;b”")
	same("SELECT 1 # ; x")
	same("INSERT INTO t SELECT 1")
	same("INSERT INTO t (a, b) SELECT 1, 2")
	same("INSERT INTO t (SELECT 1)")
	same("INSERT INTO t (a) WITH 1 AS x SELECT x")
	same("INSERT INTO t SETTINGS async_insert = 0 SELECT 1")
	same("INSERT INTO FUNCTION file('x', 'TSV', 'n UInt8') SELECT 1")
	same("CREATE TABLE t (n UInt8, format String) ENGINE = Memory")
}

func TestInsertStatement(t *testing.T) {
	f := func(sql, head, table string, columns ...string) {
		t.Helper()
		st, err := parseStatement(sql)
		if err != nil || st.insert == nil {
			t.Errorf("%s: %v, insert %v", sql, err, st.insert)
			return
		}
		if in := st.insert; in.head != head || in.table != table || !slices.Equal(in.columns, columns) {
			t.Errorf("%s: got %q, %q, %q", sql, in.head, in.table, in.columns)
		}
	}
	f("INSERT INTO t", "INSERT INTO t", "t")
	f("INSERT INTO t VALUES", "INSERT INTO t ", "t")
	f("insert into table db.t (a, `b.c`, d.e, \"f\") format Native;", "insert into table db.t (a, `b.c`, d.e, \"f\") ", "db.t", "a", "b.c", "d.e", "f")
	f("INSERT INTO `d;b`.`t``x` (`a\\`b`) SETTINGS x = 'VALUES', y = 1 VALUES -- done", "INSERT INTO `d;b`.`t``x` (`a\\`b`) SETTINGS x = 'VALUES', y = 1 ", "`d;b`.`t``x`", "a`b")
	f("INSERT INTO t (values, format) FORMAT Native", "INSERT INTO t (values, format) ", "t", "values", "format")
	f("INSERT INTO values FORMAT Native", "INSERT INTO values ", "values")
}

func TestRefusedStatements(t *testing.T) {
	f := func(code int, sql string) {
		t.Helper()
		_, err := parseStatement(sql)
		var e *chdb.Error
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%s: got %v, want code %d", sql, err, code)
		}
	}
	for _, sql := range []string{"", " ;", "SELECT 1; SELECT 2", "SELECT 1;;", "SELECT '", "SELECT /*", "SELECT `", "SELECT \x00", "SELECT 1 --\n; x",
		"SELECT 1 /* /* */ ; */", "INSERT INTO", "INSERT INTO t (a", "INSERT INTO t FORMAT Native; DROP TABLE t"} {
		f(codeSyntax, sql)
	}
	for _, sql := range []string{"INSERT INTO t VALUES (1)", "INSERT INTO t FORMAT TSV\n1", "INSERT INTO t (* EXCEPT(a)) VALUES", "INSERT INTO t FROM INFILE 'x' FORMAT TSV",
		"SELECT 1 INTO OUTFILE 'x'", "CREATE TEMPORARY TABLE t (n UInt8)", "CREATE OR REPLACE TEMPORARY TABLE t (n UInt8)", "INSERT INTO FUNCTION file('x') VALUES"} {
		f(codeNotImplemented, sql)
	}
}

// FuzzStatement: no text makes the scanner fail otherwise than by refusing, and what it lets through holds no second
// statement by its own rules.
func FuzzStatement(f *testing.F) {
	for _, s := range []string{"SELECT 1; x", "INSERT INTO t (a) VALUES", "INSERT INTO t FORMAT", "SELECT $a$;$a$", "/**/ -- \n '\\'' \"\" ``", "INSERT INTO t (a.", "INSERT FUNCTION"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		st, err := parseStatement(sql)
		if err != nil {
			return
		}
		again, err := parseStatement(st.text)
		if st.insert != nil {
			return // its text is not sent, its head is
		}
		if err != nil && !strings.Contains(err.Error(), "refused") && !strings.Contains(err.Error(), "served") && !strings.Contains(err.Error(), "Empty") {
			t.Fatalf("%q became %q: %v", sql, st.text, err)
		}
		if err == nil && again.word != st.word {
			t.Fatalf("%q became %q", sql, st.text)
		}
	})
}
