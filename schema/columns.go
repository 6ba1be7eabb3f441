package schema

import (
	"fmt"
	"strings"
)

// ColumnType gives the ClickHouse type of the field's column. These types, with FixedString(16) and UInt32 of the
// row's identity, are the closed list that blocks may carry.
func ColumnType(f Field) string {
	switch f.Kind() {
	case "Dict":
		return "LowCardinality(String)"
	case "Text":
		return "String"
	case "List":
		return "Array(LowCardinality(String))"
	case "Int":
		return "Nullable(Int64)"
	case "Float":
		return "Nullable(Float64)"
	case "Bool":
		return "Nullable(Bool)"
	case "Time":
		if f.Name == "@timestamp" || f.Name == "event.ingested" {
			return "DateTime64(9, 'UTC')"
		}
		return "Nullable(DateTime64(9, 'UTC'))"
	case "Map":
		return "Map(LowCardinality(String), String)"
	}
	panic("BUG: no column type for kind " + f.Kind())
}

// storedType gives the type of the field's column in table `events`. An insert into an Array(LowCardinality(String)) costs
// ten times one into an Array(String), even where every row's array is empty (docs/storage.md).
func storedType(f Field) string {
	if f.Kind() == "List" {
		return "Array(String)"
	}
	return ColumnType(f)
}

// ListColumn gives the name under which table `events` stores the list field name; the field's own name is an alias of
// it. ClickHouse takes array columns a.b and a.c for one Nested structure and refuses rows in which their lengths
// differ, so a stored array has no dot in its name.
func ListColumn(name string) string { return strings.ReplaceAll(name, ".", "_") }

// Columns gives the column definitions of table `events` that follow from the fields, one an element, in SQL.
func Columns(fields []Field) []string {
	out := make([]string, 0, len(fields)+16)
	add := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	for _, f := range fields {
		switch {
		case f.Name == "message":
			add("`message.text` String CODEC(ZSTD(1))")
			add("`message.offset` UInt32 CODEC(ZSTD(1))")
			add("`message.length` UInt32 CODEC(ZSTD(1))")
			add("`message` String ALIAS if(`message.length` > 0, substring(`event.original`, `message.offset` + 1, `message.length`), `message.text`)")
		case f.Name == "event.id":
			add("`event.block` FixedString(16) CODEC(ZSTD(1))")
			add("`event.row` UInt32 CODEC(Delta, ZSTD(1))")
			add("`event.id` String ALIAS concat(lower(hex(`event.block`)), '-', toString(`event.row`))")
		case f.Same != nil:
			add("`%s` %s CODEC(%s)", f.OwnColumn(), storedType(f), codec(f))
			add("`%s` %s ALIAS if(bitTest(`same`, %d), %s, `%s`)", f.Name, storedType(f), f.Same.Bit, f.sameAs(), f.OwnColumn())
		case f.Array && ListColumn(f.Name) != f.Name:
			add("`%s` %s CODEC(%s)", ListColumn(f.Name), storedType(f), codec(f))
			add("`%s` %s ALIAS `%s`", f.Name, storedType(f), ListColumn(f.Name))
		default:
			add("`%s` %s CODEC(%s)", f.Name, storedType(f), codec(f))
		}
	}
	add("`same` UInt16 COMMENT 'a bit for each field that is not stored since it is what other fields are' CODEC(ZSTD(1))")
	return out
}

// OwnColumn gives the name under which table `events` stores the values of a field that may be the same as others, where they are its own. Behind the
// field's name is no dot: ClickHouse would refuse to add a column a.b to a table that has a.b.c.
func (f Field) OwnColumn() string {
	if f.Array {
		return ListColumn(f.Name)
	}
	return f.Name + "_own"
}

// sameAs gives in SQL what the field is where its bit is set.
func (f Field) sameAs() string {
	if !f.Array {
		return "`" + f.Same.Of[0] + "`"
	}
	of := make([]string, len(f.Same.Of))
	for i, name := range f.Same.Of {
		of[i] = "CAST(`" + name + "`, 'String')"
	}
	return "arrayDistinct(arrayFilter(x -> x != '', [" + strings.Join(of, ", ") + "]))"
}

func codec(f Field) string {
	switch {
	case f.Codec != "":
		return f.Codec
	case f.Kind() == "Time":
		return "Delta, ZSTD(1)"
	}
	return "ZSTD(1)"
}

// Indexes gives the definitions of the skip indexes of table `events` that follow from the fields.
func Indexes(fields []Field) []string {
	out := []string{"INDEX `@timestamp` `@timestamp` TYPE minmax GRANULARITY 1"}
	bloom := func(name, value string) {
		out = append(out, fmt.Sprintf("INDEX `%s` %s TYPE bloom_filter(0.01) GRANULARITY 1", name, value))
	}
	folded := map[string]bool{} // fields with an index of their values in small letters
	for _, f := range fields {
		folded[f.Name] = f.Index == "bloom" && f.Type == "keyword"
	}
	for _, f := range fields {
		column := f.Name
		switch {
		case f.Name == "message":
			column = "message.text"
		case f.Array:
			column = ListColumn(f.Name)
		}
		if f.Same != nil && f.Kind() == "Dict" { // nothing, where it is the same; without it a condition on both columns could not leave out a granule
			bloom(f.OwnColumn(), "`"+f.OwnColumn()+"`")
			if folded[f.Same.Of[0]] {
				bloom(f.OwnColumn()+".lower", Lower(f.OwnColumn(), false))
			}
		}
		switch f.Index {
		case "bloom":
			bloom(column, "`"+column+"`")
			if folded[f.Name] {
				bloom(column+".lower", Lower(column, f.Array))
			}
		case "text":
			out = append(out, fmt.Sprintf("INDEX `%s` `%s` TYPE text(tokenizer = 'splitByNonAlpha', preprocessor = lower(`%s`))", column, column, column))
		}
	}
	return out
}

// Lower writes the value or values of a column of table `events` in small letters, of ASCII: an index has it, so a condition must say it in the same way.
func Lower(column string, list bool) string {
	if list {
		return "arrayMap(x -> lower(x), `" + column + "`)"
	}
	return "lower(`" + column + "`)"
}
