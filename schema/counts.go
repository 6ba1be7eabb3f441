package schema

// Counts is the condition that a row of table events counts: all do but while events are replaced by newer versions of themselves
// (migration 0031, store.Reparse). Then one of the two does. Its subqueries cost a statement 14 of 34 ms of CPU, so package store leaves it out
// of statements while it knows that nothing is replaced.
const Counts = "((SELECT staged FROM reparsing) = 0 OR `reparsed` != (SELECT staged FROM reparsing))" +
	" AND ((SELECT shown FROM reparsing) = 0 OR `reparsed` >= (SELECT shown FROM reparsing) OR (`event.block`, `event.row`) NOT IN (SELECT `event.block`, `event.row` FROM reparsed))"
