package app

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestReadLists(t *testing.T) {
	f := func(name, content string, want map[string][]string, fault string) {
		t.Helper()
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := readLists(folder)
		if fault != "" {
			if err == nil || !strings.Contains(err.Error(), fault) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v, should name the file and say %q", name, err, fault)
			}
			return
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v; should be %q", name, got, err, want)
		}
	}
	f("office.txt", "\ufeff10.0.0.0/8 # head office\n\n# closed\n192.0.2.0/24\n", map[string][]string{"office": {"10.0.0.0/8", "192.0.2.0/24"}}, "")
	f("admins.yaml", "name: admins\ndescription: who may\nentries: [alice, bob]\n", map[string][]string{"admins": {"alice", "bob"}}, "")
	f("assets.csv", "host,owner,criticality\ndb1,alice,high\nweb1,bob,low\n# old\nweb2,bob,\n", map[string][]string{
		"assets": {"db1", "web1", "web2"}, "assets.owner=alice": {"db1"}, "assets.owner=bob": {"web1", "web2"},
		"assets.criticality=high": {"db1"}, "assets.criticality=low": {"web1"}}, "")
	semicolons := map[string][]string{"assets": {"db1"}, "assets.owner=alice": {"db1"}}
	f("assets.csv", "# ours\nhost;owner\ndb1;alice\n", semicolons, "")
	f("assets.csv", "host\towner\r\ndb1\talice\r\n", semicolons, "")
	f("admins.YML", "\ufeffentries: [bob]\r\n---\r\n", map[string][]string{"admins": {"bob"}}, "")
	f("e.yaml", "entries: [bob]\n---\n---\nentries: [eve]\n", nil, "holds more than one list")
	f("f.yaml", "# nothing\n", nil, "holds no list")
	f("readme.md", "not a list", map[string][]string{}, "")
	f("a.csv", "", nil, "heads")
	f("b.csv", "x,y\n1\n", nil, "wrong number of fields")
	f("c.yaml", "entrys: [x]\n", nil, "entrys")
	f("d.yaml", "name: e\nentries: [x]\n", nil, `"e"`)

	remarks := strings.Builder{}
	remarks.WriteString("host,remark,lane\n")
	for i := range maxColumn + 1 {
		fmt.Fprintf(&remarks, "h%d,remark %d,msp\n", i, i)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "big.csv"), []byte(remarks.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := readLists(folder)
	if err != nil || len(got) != 2 || len(got["big.lane=msp"]) != maxColumn+1 {
		t.Errorf("a column of remarks: %d lists, %v", len(got), err)
	}
	before := folderState(folder)
	if err := os.WriteFile(filepath.Join(folder, "new.txt"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if folderState(folder) == before || before == "" {
		t.Error("a new file is no change")
	}
	if none, err := readLists(filepath.Join(folder, "none")); err != nil || none != nil {
		t.Errorf("no folder: %v %v", none, err)
	}
}
