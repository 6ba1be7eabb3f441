package store

import (
	"errors"
	"strings"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// verdict says what becomes of an insert that failed.
type verdict int

const (
	again   verdict = iota // the same will do later: back off, try again, for ever
	smaller                // as a whole it will not do, in parts it may; a single row is tried for ever
	refused                // it will never do: find the rows at fault and put them aside
)

// refusals are the engine's errors that lie in the rows themselves, by number and name. All else is taken for a state
// of the server that will pass: rows are put aside only on proof.
var refusals = map[int]string{
	6:   "CANNOT_PARSE_TEXT",
	26:  "CANNOT_PARSE_QUOTED_STRING",
	27:  "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
	38:  "CANNOT_PARSE_DATE",
	41:  "CANNOT_PARSE_DATETIME",
	53:  "TYPE_MISMATCH",
	69:  "ARGUMENT_OUT_OF_BOUND",
	70:  "CANNOT_CONVERT_TYPE",
	72:  "CANNOT_PARSE_NUMBER",
	117: "INCORRECT_DATA",
	131: "TOO_LARGE_STRING_SIZE",
	190: "SIZES_OF_ARRAYS_DONT_MATCH",
	321: "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
	349: "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
	407: "DECIMAL_OVERFLOW",
	469: "VIOLATED_CONSTRAINT",
}

const (
	tooManyParts = 252 // of the table: passes; of the insert, "partitions": does not
	memoryLimit  = 241
)

// judge sorts an error of an insert, the last of so many attempts that reached the server. An insert that takes the
// memory, or each time the connection (a limit before the engine, or the engine itself, dies of it), is too large.
func judge(err error, attempts int) verdict {
	code, text := exception(err)
	switch {
	case code == 0 && attempts >= 6:
		return smaller
	case code == 0:
		return again
	case refusals[code] != "":
		return refused
	case code == tooManyParts && strings.Contains(text, "partitions"):
		return smaller
	case code == memoryLimit && attempts >= 5:
		return smaller
	}
	return again
}

// unreachable is the error of an attempt that did not come as far as the server.
type unreachable struct{ error }

func (u unreachable) Unwrap() error { return u.error }

// exception gives the number and text of an error that the engine itself reported, 0 for others.
func exception(err error) (int, string) {
	var e *ch.Exception
	if errors.As(err, &e) {
		return int(e.Code), e.Message
	}
	var x *clickhouse.Exception
	if errors.As(err, &x) {
		return int(x.Code), x.Message
	}
	return 0, ""
}
