package schema

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
