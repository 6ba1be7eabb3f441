package rule

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"watchpost/internal/window"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource(SchemaID, v); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate holds each document of a file against the schema.
func validate(t *testing.T, s *jsonschema.Schema, name string, src []byte) (errs []error) {
	t.Helper()
	nodes, err := parseFile(name, src)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		var v any
		if err := yaml.NodeToValue(n, &v); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if v, err = jsonschema.UnmarshalJSON(bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// everyKey holds each mapping that a rule may have.
const everyKey = `id: every-key
title: 7
level: low
levels: {high: 5}
tags: attack.t1059
group_by: source.ip
exceptions: [{match: true, owner: ada, reason: x, expires: 2030-01-01}]
sigma: {id: x}
match: event.action == "x"
window: {beacon: {every: {from: 10s, to: 1h}, at_least: 4, within: 2h}}
tests:
  - {lines: x, alerts: [{count: 1, user.name: x}]}
  - {lines: x, alerts: none}
`

// TestSchemaKnowsEveryKey holds the schema to the keys that the loader reads.
func TestSchemaKnowsEveryKey(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{} // with their paths
	var walk func(path string, s map[string]any)
	walk = func(path string, s map[string]any) {
		if p, ok := s["properties"].(map[string]any); ok {
			for k, v := range p {
				full := strings.TrimPrefix(path+"."+k, ".")
				keys[full] = true
				walk(full, v.(map[string]any))
			}
		}
		if items, ok := s["items"].(map[string]any); ok {
			walk(path, items)
		}
		if forms, ok := s["anyOf"].([]any); ok {
			for _, v := range forms {
				walk(path, v.(map[string]any))
			}
		}
	}
	walk("", schema)
	read := map[string]bool{}
	number := regexp.MustCompile(`\[\d+\]`)
	note := func(key string, readers map[string]func(ast.Node, string)) {
		for k := range readers {
			read[strings.TrimPrefix(number.ReplaceAllString(key, "")+"."+k, ".")] = true
		}
	}
	sources := []string{everyKey, "id: s\ntitle: S\nwindow: {sequence: {within: 1m, steps: [{match: true}, {match: true}]}}\n"}
	for _, k := range window.Kinds {
		sources = append(sources, "id: a\ntitle: A\nmatch: true\nwindow: {"+string(k)+": {}}\n")
	}
	for _, src := range sources {
		nodes, err := parseFile("a.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		d := &doc{file: "a.yaml", lines: strings.Split(src, "\n"), note: note, left: newBudget()}
		d.rule(nodes[0])
	}
	if len(read) < 90 {
		t.Errorf("the loader was asked for %d keys only", len(read))
	}
	for k := range read {
		if !keys[k] {
			t.Errorf("%s is read and not in the schema", k)
		}
	}
	for k := range keys {
		if !read[k] && !strings.HasPrefix(k, "tests.alerts.") {
			t.Errorf("%s is in the schema and not read", k)
		}
	}
	for _, k := range keyOrder {
		if !keys[k] {
			t.Errorf("%s has a place in the order and is no key", k)
		}
	}
	for k := range keys {
		if !strings.Contains(k, ".") && placeIn(keyOrder, k) == len(keyOrder) {
			t.Errorf("%s has no place in the order", k)
		}
	}
}

func TestSchema(t *testing.T) {
	s := compiledSchema(t)
	if errs := validate(t, s, "a.yaml", []byte(everyKey)); len(errs) > 0 {
		t.Error(errs)
	}
	for _, src := range []string{"id: a\n", "id: A b\ntitle: x\nmatch: x\n", "id: a\ntitle: x\n", "id: a\ntitle: x\nmatch: x\ncolour: red\n", "id: a\ntitle: x\nmatch: x\nlevel: loud\n",
		"id: a\ntitle: x\nmatch: x\ngroup_by: [usr]\n", "id: a\ntitle: x\nmatch: x\nwindow: {count: {at_least: x}}\n", "id: a\ntitle: x\nmatch: x\nsuppress: soon\n",
		"id: a\ntitle: x\nmatch: x\nwindow: {sequence: {within: 1m, steps: [{match: a}, {match: b}]}}\n", "id: a\ntitle: x\nmatch: x\ntests: [{lines: x}]\n",
		"id: a\ntitle: x\nmatch: x\nwindow: {count: {at_least: 1, within: 1m, field: user.name}}\n", "id: a\ntitle: x\nmatch: x\ntests: [{lines: x, alerts: [{user.nam: x}]}]\n"} {
		if errs := validate(t, s, "a.yaml", []byte(src)); len(errs) != 1 {
			t.Errorf("accepted: %s", src)
		}
	}
	n := 0
	err := filepath.WalkDir("../../rules", func(name string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel("../../rules", name)
		if err != nil || filepath.Ext(name) != ".yaml" || kindOf(filepath.ToSlash(rel)) != ruleFile {
			return err
		}
		src, err := os.ReadFile(name)
		for _, e := range validate(t, s, name, src) {
			t.Errorf("%s: %v", name, e)
		}
		n++
		return err
	})
	if err != nil || n < 10 {
		t.Errorf("%d files: %v", n, err)
	}
}

// TestSchemaIsCommitted holds the file for editors to what is generated: watchpost rules schema > rules/rule.schema.json
func TestSchemaIsCommitted(t *testing.T) {
	got, err := os.ReadFile("../../rules/rule.schema.json")
	if err != nil || !bytes.Equal(got, Schema()) {
		t.Errorf("rules/rule.schema.json is not what `watchpost rules schema` prints (%v): go generate ./internal/rule", err)
	}
}
