package source

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// A record of OTLP is {"otlp":{…}}, of these members, those that say nothing left out: time and observed (ns since 1970,
// as text), severity, level, event, trace, span, body, attributes, resource, scope (its name), version, scope_attributes.
// What it looks like does not depend on whether it came as protobuf or as JSON.

// otlpParts is what a log record shares with others of its request, as JSON.
type otlpParts struct{ resource, scope []byte }

// otlpProto reads an ExportLogsServiceRequest.
func otlpProto(data []byte, set *records) error {
	return protoFields(data, func(num protowire.Number, v []byte, _ uint64) error {
		if num != 1 || v == nil { // resource_logs
			return nil
		}
		var parts otlpParts
		// The resource may stand behind what it belongs to.
		err := protoFields(v, func(num protowire.Number, v []byte, _ uint64) (err error) {
			if num == 1 && v != nil {
				parts.resource, err = protoAttributes(parts.resource[:0], v, 1)
			}
			return err
		})
		if err != nil {
			return err
		}
		return protoFields(v, func(num protowire.Number, v []byte, _ uint64) error {
			if num != 2 || v == nil { // scope_logs
				return nil
			}
			return otlpScope(v, parts, set)
		})
	})
}

func otlpScope(data []byte, parts otlpParts, set *records) error {
	err := protoFields(data, func(num protowire.Number, v []byte, _ uint64) error {
		if num != 1 || v == nil {
			return nil
		}
		parts.scope = parts.scope[:0]
		if err := protoFields(v, func(num protowire.Number, v []byte, _ uint64) error {
			switch {
			case num == 1 && len(v) > 0:
				parts.scope = appendText(append(parts.scope, `,"scope":`...), v)
			case num == 2 && len(v) > 0:
				parts.scope = appendText(append(parts.scope, `,"version":`...), v)
			}
			return nil
		}); err != nil {
			return err
		}
		attrs, err := protoAttributes(nil, v, 3)
		if len(attrs) > 0 {
			parts.scope = append(append(parts.scope, `,"scope_attributes":`...), attrs...)
		}
		return err
	})
	if err != nil {
		return err
	}
	return protoFields(data, func(num protowire.Number, v []byte, _ uint64) error {
		if num != 2 || v == nil { // log_records
			return nil
		}
		var rec otlpRecord
		if err := rec.proto(v); err != nil {
			set.reject(BadEvent)
		} else {
			set.add(func(dst []byte) []byte { return rec.append(dst, parts) })
		}
		return set.over
	})
}

// otlpRecord is a log record; what is text here is JSON already, but for the numbers.
type otlpRecord struct {
	time, observed, severity  uint64
	level, event, body, attrs []byte
	trace, span               []byte // hex
}

func (r *otlpRecord) proto(data []byte) error {
	err := protoFields(data, func(num protowire.Number, v []byte, n uint64) (err error) {
		switch {
		case num == 1:
			r.time = n
		case num == 2:
			r.severity = n
		case num == 3 && len(v) > 0:
			r.level = appendText(nil, v)
		case num == 5 && v != nil:
			r.body, err = protoValue(nil, v, 0)
		case num == 9 && len(v) == 16:
			r.trace = hex.AppendEncode(nil, v)
		case num == 10 && len(v) == 8:
			r.span = hex.AppendEncode(nil, v)
		case num == 11:
			r.observed = n
		case num == 12 && len(v) > 0:
			r.event = appendText(nil, v)
		}
		return err
	})
	if err == nil {
		r.attrs, err = protoAttributes(nil, data, 6)
	}
	return err
}

func (r *otlpRecord) append(dst []byte, parts otlpParts) []byte {
	dst = append(dst, `{"otlp":{`...)
	from := len(dst)
	stamp := func(name string, n uint64) {
		if n > 0 && n <= math.MaxInt64 {
			dst = append(strconv.AppendUint(append(dst, name...), n, 10), '"')
		}
	}
	part := func(name string, v []byte) {
		if len(v) > 0 {
			dst = append(append(dst, name...), v...)
		}
	}
	id := func(name string, v []byte) {
		for _, c := range v {
			if c != '0' { // all zero is "none"
				dst = append(append(append(dst, name...), v...), '"')
				return
			}
		}
	}
	stamp(`,"time":"`, r.time)
	stamp(`,"observed":"`, r.observed)
	if r.severity > 0 && r.severity <= 24 {
		dst = strconv.AppendUint(append(dst, `,"severity":`...), r.severity, 10)
	}
	part(`,"level":`, r.level)
	part(`,"event":`, r.event)
	id(`,"trace":"`, r.trace)
	id(`,"span":"`, r.span)
	part(`,"body":`, r.body)
	part(`,"attributes":`, r.attrs)
	part(`,"resource":`, parts.resource)
	dst = append(dst, parts.scope...)
	if len(dst) > from { // without the first comma
		copy(dst[from:], dst[from+1:])
		dst = dst[:len(dst)-1]
	}
	return append(dst, "}}"...)
}

// protoAttributes writes the KeyValues in the given field of a message as one JSON object; nothing for none.
func protoAttributes(dst, data []byte, field protowire.Number) ([]byte, error) {
	return protoMembers(dst, data, field, 0)
}

func protoMembers(dst, data []byte, field protowire.Number, depth int) ([]byte, error) {
	from := len(dst)
	err := protoFields(data, func(num protowire.Number, v []byte, _ uint64) error {
		if num != field || v == nil {
			return nil
		}
		open := byte(',')
		if len(dst) == from {
			open = '{'
		}
		dst = append(dst, open)
		var name, value []byte
		if err := protoFields(v, func(num protowire.Number, v []byte, _ uint64) error {
			switch num {
			case 1:
				name = v
			case 2:
				value = v
			}
			return nil
		}); err != nil {
			return err
		}
		dst = append(appendText(dst, name), ':')
		var err error
		dst, err = protoValue(dst, value, depth)
		return err
	})
	if len(dst) > from {
		dst = append(dst, '}')
	}
	return dst, err
}

// protoValue writes an AnyValue as JSON. Bytes are written in base64.
func protoValue(dst, data []byte, depth int) ([]byte, error) {
	if depth > maxDepth-8 { // within the depth that whoever reads the record on takes
		return dst, errBroken
	}
	from := len(dst)
	err := protoFields(data, func(num protowire.Number, v []byte, n uint64) (err error) {
		dst = dst[:from] // the last one counts
		switch {
		case num == 1 && v != nil:
			dst = appendText(dst, v)
		case num == 2:
			dst = strconv.AppendBool(dst, n != 0)
		case num == 3:
			dst = strconv.AppendInt(dst, int64(n), 10)
		case num == 4:
			dst = appendFloat(dst, math.Float64frombits(n))
		case num == 5 && v != nil:
			dst = append(dst, '[')
			err = protoFields(v, func(num protowire.Number, v []byte, _ uint64) (err error) {
				if num == 1 && v != nil {
					if len(dst) > from+1 {
						dst = append(dst, ',')
					}
					dst, err = protoValue(dst, v, depth+1)
				}
				return err
			})
			dst = append(dst, ']')
		case num == 6 && v != nil:
			if dst, err = protoMembers(dst, v, 1, depth+1); len(dst) == from {
				dst = append(dst, "{}"...)
			}
		case num == 7 && v != nil:
			dst = append(dst, '"')
			dst = base64.StdEncoding.AppendEncode(dst, v)
			dst = append(dst, '"')
		}
		return err
	})
	if len(dst) == from {
		dst = append(dst, "null"...)
	}
	return dst, err
}

func appendFloat(dst []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) { // JSON has no number for them
		return append(strconv.AppendFloat(append(dst, '"'), x, 'g', -1, 64), '"')
	}
	return strconv.AppendFloat(dst, x, 'g', -1, 64)
}

// otlpJSON reads the same request as JSON, with names in either spelling.
func otlpJSON(data []byte, set *records) error {
	if !isObject(data) {
		return errBroken
	}
	each(data, "resourceLogs", "resource_logs", func(logs []byte) {
		var parts otlpParts
		members(logs, func(name, v []byte) {
			if string(name) == "resource" {
				parts.resource = jsonAttributes(nil, v)
			}
		})
		each(logs, "scopeLogs", "scope_logs", func(scope []byte) {
			parts.scope = nil
			members(scope, func(name, v []byte) {
				if string(name) == "scope" {
					parts.scope = jsonScope(v)
				}
			})
			each(scope, "logRecords", "log_records", func(one []byte) {
				var rec otlpRecord
				if one[0] != '{' {
					set.reject(BadEvent)
					return
				}
				rec.json(one)
				set.add(func(dst []byte) []byte { return rec.append(dst, parts) })
			})
		})
	})
	return nil
}

// each calls f with each element of the arrays that stand in obj under either name.
func each(obj []byte, camel, snake string, f func(v []byte)) {
	members(obj, func(name, v []byte) {
		if string(name) == camel || string(name) == snake {
			elements(v, f)
		}
	})
}

func jsonScope(v []byte) (out []byte) {
	members(v, func(name, v []byte) {
		switch {
		case string(name) == "name" && isText(v) && len(v) > 2:
			out = append(append(out, `,"scope":`...), v...)
		case string(name) == "version" && isText(v) && len(v) > 2:
			out = append(append(out, `,"version":`...), v...)
		}
	})
	if attrs := jsonAttributes(nil, v); len(attrs) > 0 {
		out = append(append(out, `,"scope_attributes":`...), attrs...)
	}
	return out
}

func (r *otlpRecord) json(one []byte) {
	r.attrs = jsonAttributes(nil, one)
	members(one, func(name, v []byte) {
		switch string(name) {
		case "timeUnixNano", "time_unix_nano":
			r.time = jsonUint(v)
		case "observedTimeUnixNano", "observed_time_unix_nano":
			r.observed = jsonUint(v)
		case "severityNumber", "severity_number":
			if r.severity = jsonUint(v); isText(v) {
				r.severity = severityByName(string(inner(v)))
			}
		case "severityText", "severity_text":
			if isText(v) && len(v) > 2 {
				r.level = v
			}
		case "eventName", "event_name":
			if isText(v) && len(v) > 2 {
				r.event = v
			}
		case "body":
			r.body = jsonValue(nil, v)
		case "traceId", "trace_id":
			r.trace = hexID(v, 32)
		case "spanId", "span_id":
			r.span = hexID(v, 16)
		}
	})
}

// severityByName reads the enumeration's names, SEVERITY_NUMBER_INFO2 and the like.
func severityByName(s string) uint64 {
	for i, level := range [...]string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"} {
		for n, tail := range [...]string{"", "2", "3", "4"} {
			if s == "SEVERITY_NUMBER_"+level+tail {
				return uint64(4*i + n + 1)
			}
		}
	}
	return 0
}

func hexID(v []byte, n int) []byte {
	if len(v) != n+2 || !isText(v) {
		return nil
	}
	for _, c := range inner(v) {
		if !isHex(c) {
			return nil
		}
	}
	return inner(v)
}

// jsonUint reads a number, in quotes or not; 0 where it is none.
func jsonUint(v []byte) uint64 {
	if isText(v) {
		v = inner(v)
	}
	n, err := strconv.ParseUint(string(v), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// jsonAttributes writes obj's attributes, an array of keys and values, as one JSON object; nothing for none.
func jsonAttributes(dst, obj []byte) []byte {
	return jsonMembers(dst, obj, "attributes")
}

func jsonMembers(dst, obj []byte, list string) []byte {
	from := len(dst)
	each(obj, list, list, func(pair []byte) {
		key, value := []byte(`""`), []byte("null")
		members(pair, func(name, v []byte) {
			switch {
			case string(name) == "key" && isText(v):
				key = v
			case string(name) == "value":
				value = v
			}
		})
		open := byte(',')
		if len(dst) == from {
			open = '{'
		}
		dst = append(append(append(dst, open), key...), ':')
		dst = jsonValue(dst, value)
	})
	if len(dst) > from {
		dst = append(dst, '}')
	}
	return dst
}

// jsonValue writes an AnyValue, which says its type, as plain JSON.
func jsonValue(dst, v []byte) []byte {
	from := len(dst)
	members(v, func(name, v []byte) {
		dst = dst[:from]
		switch string(name) {
		case "stringValue", "string_value", "bytesValue", "bytes_value", "boolValue", "bool_value", "doubleValue", "double_value":
			dst = append(dst, v...)
		case "intValue", "int_value":
			if isText(v) && isJSON(inner(v)) {
				v = inner(v)
			}
			dst = append(dst, v...)
		case "arrayValue", "array_value":
			dst = append(dst, '[')
			each(v, "values", "values", func(v []byte) {
				if len(dst) > from+1 {
					dst = append(dst, ',')
				}
				dst = jsonValue(dst, v)
			})
			dst = append(dst, ']')
		case "kvlistValue", "kvlist_value":
			if dst = jsonMembers(dst, v, "values"); len(dst) == from {
				dst = append(dst, "{}"...)
			}
		}
	})
	if len(dst) == from {
		dst = append(dst, "null"...)
	}
	return dst
}
