// Package schema holds the dictionary of fields and the migrations of the store.
package schema

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"

	"github.com/goccy/go-yaml"
)

//go:generate go run ./gen

//go:embed fields.yaml
var fieldsYAML []byte

// Field is one entry of the dictionary.
type Field struct {
	Name        string `yaml:"name"`
	Type        string `yaml:"type"`
	Array       bool   `yaml:"array"`
	Column      string `yaml:"column"`
	Codec       string `yaml:"codec"`
	Index       string `yaml:"index"`
	Same        *Same  `yaml:"same"`
	Description string `yaml:"description"`
}

// Same says that a field is not stored where it is what other fields are: table events has a bit for it then, in column `same`. A list is
// the same as the texts of others that are there, in their order, each once; any other field has one other.
type Same struct {
	Bit uint8    `yaml:"bit"`
	Of  []string `yaml:"of"`
}

// Kinds are the ways a column holds its values; package event has a type for each.
var kindOf = map[string]string{
	"keyword": "Dict", "ip": "Dict", "text": "Text", "wildcard": "Text",
	"long": "Int", "float": "Float", "boolean": "Bool", "date": "Time", "object": "Map",
}

// Kind names the column kind of the field: Dict, Text, List, Int, Float, Bool, Time or Map.
func (f Field) Kind() string {
	switch {
	case f.Array:
		return "List"
	case f.Column == "text":
		return "Text"
	case f.Column == "dict":
		return "Dict"
	}
	return kindOf[f.Type]
}

var fieldName = regexp.MustCompile(`^@?[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)

// Fields reads the dictionary and reports every fault in it at once.
func Fields() ([]Field, error) {
	var doc struct {
		Fields []Field `yaml:"fields"`
	}
	if err := yaml.UnmarshalWithOptions(fieldsYAML, &doc, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("schema/fields.yaml: %w", err)
	}
	seen, stored := map[string]bool{}, map[string]string{}
	kinds, bits := map[string]string{}, map[uint8]string{}
	for _, f := range doc.Fields {
		kinds[f.Name] = f.Kind()
	}
	var faults []error
	for _, f := range doc.Fields {
		switch {
		case !fieldName.MatchString(f.Name):
			faults = append(faults, fmt.Errorf("schema/fields.yaml: %q is no field name", f.Name))
		case seen[f.Name]:
			faults = append(faults, fmt.Errorf("schema/fields.yaml: %s stands twice", f.Name))
		case kindOf[f.Type] == "":
			faults = append(faults, fmt.Errorf("schema/fields.yaml: %s: unknown type %q", f.Name, f.Type))
		case f.Description == "":
			faults = append(faults, fmt.Errorf("schema/fields.yaml: %s: no description", f.Name))
		case f.Array && kindOf[f.Type] != "Dict" && f.Type != "wildcard":
			faults = append(faults, fmt.Errorf("schema/fields.yaml: %s: only keyword, wildcard and ip can be arrays", f.Name))
		case stored[ListColumn(f.Name)] != "":
			faults = append(faults, fmt.Errorf("schema/fields.yaml: %s and %s would share a column name", f.Name, stored[ListColumn(f.Name)]))
		}
		if err := f.checkSame(kinds, bits); err != nil {
			faults = append(faults, fmt.Errorf("schema/fields.yaml: %s: same: %w", f.Name, err))
		}
		seen[f.Name] = true
		stored[ListColumn(f.Name)] = f.Name
	}
	return doc.Fields, errors.Join(faults...)
}

// sameBits is how many bits column `same` has.
const sameBits = 16

func (f Field) checkSame(kinds map[string]string, bits map[uint8]string) error {
	if f.Same == nil {
		return nil
	}
	of := "Dict"
	if f.Kind() != "List" {
		of = f.Kind()
	}
	switch other := bits[f.Same.Bit]; {
	case f.Same.Bit >= sameBits:
		return fmt.Errorf("bit %d: there are %d", f.Same.Bit, sameBits)
	case other != "":
		return fmt.Errorf("bit %d is that of %s", f.Same.Bit, other)
	case of != "Dict" && of != "Time" || len(f.Same.Of) == 0 || f.Kind() != "List" && len(f.Same.Of) > 1:
		return errors.New("want a text or a time and one other field, or a list and some")
	}
	bits[f.Same.Bit] = f.Name
	for _, name := range f.Same.Of {
		if kinds[name] != of || name == f.Name {
			return fmt.Errorf("%s is no other field of kind %s", name, of)
		}
	}
	return nil
}
