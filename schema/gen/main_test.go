package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"watchpost/schema"
)

// What is committed must be what the dictionary gives.
func TestGeneratedFilesAreFresh(t *testing.T) {
	fields, err := schema.Fields()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range outputs(fields) {
		got, err := os.ReadFile(filepath.Join("..", "..", path))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s is not what schema/fields.yaml gives: run go generate ./schema", path)
		}
	}
}
