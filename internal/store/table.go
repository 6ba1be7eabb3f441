package store

import (
	"context"
	"math"
	"net"
	"reflect"
)

// Column is a column of a result: its name and its type, as the engine calls it.
type Column struct{ Name, Type string }

// Table runs a SELECT with columns of any type. It calls head once, with the columns, then row for each row; the values are what JSON
// can say: nil, bool, numbers, string, time.Time, slices and maps of these. They are row's to keep. Ending ctx cancels the statement.
func (s *Store) Table(ctx context.Context, sql string, params Params, settings Settings, head func([]Column) error, row func([]any) error) error {
	rows, done, err := s.query(ctx, sql, params, settings)
	if err != nil {
		return err
	}
	defer done()
	types := rows.ColumnTypes()
	columns := make([]Column, len(types))
	for i, t := range types {
		columns[i] = Column{t.Name(), t.DatabaseTypeName()}
	}
	if err := head(columns); err != nil {
		return err
	}
	for rows.Next() {
		into := make([]any, len(types))
		for i, t := range types {
			into[i] = reflect.New(t.ScanType()).Interface()
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range into {
			into[i] = plain(reflect.ValueOf(v).Elem())
		}
		if err := row(into); err != nil {
			return err
		}
	}
	return rows.Err()
}

// plain gives v as JSON can say it.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
	case reflect.Slice, reflect.Array:
		if ip, ok := v.Interface().(net.IP); ok {
			return ip.String()
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			break // a UUID, which marshals itself
		}
		out := make([]any, v.Len())
		for i := range out {
			out[i] = plain(v.Index(i))
		}
		return out
	}
	return v.Interface()
}
