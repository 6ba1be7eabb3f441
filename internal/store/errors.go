package store

import "errors"

// Codes of exceptions by which ClickHouse says that a statement went over its limits
// (src/Common/ErrorCodes.cpp): TIMEOUT_EXCEEDED, TOO_MANY_ROWS, TOO_MANY_BYTES, MEMORY_LIMIT_EXCEEDED,
// TOO_MANY_ROWS_OR_BYTES.
var overBudget = map[int]bool{159: true, 158: true, 307: true, memoryLimit: true, 396: true}

// OverBudget reports whether the engine ended a statement because it went over a limit of its settings.
func OverBudget(err error) bool {
	code, _ := exception(err)
	return overBudget[code]
}

// OverMemory reports whether that limit was the one of memory: the same may succeed for fewer rows.
func OverMemory(err error) bool {
	code, _ := exception(err)
	return code == memoryLimit
}

// Unreachable reports whether err came from the way to the engine and not from the engine itself: the same may succeed
// later.
func Unreachable(err error) bool {
	code, _ := exception(err)
	return err != nil && code == 0 && !errors.As(err, new(unfit))
}

// unfit is what is wrong with a database, so that the same fails again.
type unfit struct{ error }

func (u unfit) Unwrap() error { return u.error }

// Refused gives what the engine has against a statement that it refused for what it says, "" for any other error.
func Refused(err error) string {
	code, text := exception(err)
	if code == 0 || overBudget[code] {
		return ""
	}
	return text
}
