// Package event holds normalised events in columns.
package event

import (
	"math"
	"strings"
	"sync"
)

// Field is the id of a field of schema/fields.yaml.
type Field uint16

// Kind is the way a column holds its values.
type Kind uint8

// The kinds. Dict: text by dictionary; Text: text of its own in each row; List: several texts by dictionary.
const (
	NoKind Kind = iota
	Dict
	Text
	List
	Int
	Float
	Bool
	Time
	Map
)

// Info describes a field.
type Info struct {
	Name        string // ECS name
	Type        string // ECS type: keyword, text, wildcard, ip, long, float, boolean, date, object
	Description string
	Kind        Kind
	Array       bool
	slot        int // place among the columns of its kind
}

// place is where the values of a field stand.
type place struct {
	kind Kind
	slot uint8
}

// places has what every value that is set or asked for needs of infos, close together in memory.
var places = func() (all [NumFields]place) {
	for f := range infos {
		in := &infos[f]
		if in.slot > math.MaxUint8 {
			panic("BUG: event: more columns of a kind than a place numbers: " + in.Name)
		}
		all[f] = place{in.Kind, uint8(in.slot)}
	}
	return all
}()

// Info describes f.
func (f Field) Info() *Info { return &infos[f] }

// String gives the field's ECS name.
func (f Field) String() string { return infos[f].Name }

var byName = sync.OnceValue(func() map[string]Field {
	m := make(map[string]Field, NumFields)
	for f := Field(1); f < NumFields; f++ {
		m[infos[f].Name] = f
	}
	return m
})

// Lookup finds a field by its ECS name. It is for set-up, not for the path of an event.
func Lookup(name string) (Field, bool) {
	f, ok := byName()[name]
	return f, ok
}

// FieldNames lists all names that begin with prefix, in dictionary order.
func FieldNames(prefix string) []string {
	var out []string
	for f := Field(1); f < NumFields; f++ {
		if strings.HasPrefix(infos[f].Name, prefix) {
			out = append(out, infos[f].Name)
		}
	}
	return out
}
