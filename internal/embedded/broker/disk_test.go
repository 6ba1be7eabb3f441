package broker

import (
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

// TestFiles: the file system that kfake asks for is the one that disk is, method by method. Else withFiles must not be called.
func TestFiles(t *testing.T) {
	field, ok := reflect.TypeFor[kfake.Cluster]().FieldByName("fs")
	if !ok {
		t.Fatal("kfake has no file system any more")
	}
	same(t, field.Type, reflect.TypeFor[files]())
}

func same(t *testing.T, a, b reflect.Type) {
	t.Helper()
	if a == b {
		return
	}
	if a.Kind() != reflect.Interface || b.Kind() != reflect.Interface || a.NumMethod() != b.NumMethod() {
		t.Fatalf("%v is not %v", a, b)
	}
	for i := range a.NumMethod() {
		m, n := a.Method(i), b.Method(i)
		if m.Name != n.Name || m.Type.NumIn() != n.Type.NumIn() || m.Type.NumOut() != n.Type.NumOut() || m.Type.IsVariadic() != n.Type.IsVariadic() {
			t.Fatalf("%v.%s is not %s", a, m.Name, n.Name)
		}
		for j := range m.Type.NumIn() {
			same(t, m.Type.In(j), n.Type.In(j))
		}
		for j := range m.Type.NumOut() {
			same(t, m.Type.Out(j), n.Type.Out(j))
		}
	}
}
