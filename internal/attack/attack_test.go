package attack

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	f := func(id, name, tactics, gone string) {
		t.Helper()
		got, ok := Of(id)
		if !ok || got.ID != id || got.Name != name || strings.Join(got.Tactics, " ") != tactics || got.Gone != gone {
			t.Errorf("%s: %+v %v", id, got, ok)
		}
	}
	f("T1110", "Brute Force", "credential-access", "")
	f("T1110.001", "Brute Force: Password Guessing", "credential-access", "")
	f("T1002", "Data Compressed", "exfiltration", "revoked by T1560")
	if got, ok := Of("T9999"); ok {
		t.Errorf("%+v", got)
	}
	if got := Names([]string{"T1110", "T9999"}); got[0] != "Brute Force" || got[1] != "" {
		t.Errorf("%q", got)
	}
}

// Every line is whole, and those that replace others are there.
func TestTable(t *testing.T) {
	id := regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	for key, v := range table() {
		by, revoked := strings.CutPrefix(v.Gone, "revoked by ")
		if !id.MatchString(key) || v.Name == "" || v.Gone == "" && len(v.Tactics) == 0 || revoked && table()[by].Name == "" {
			t.Errorf("%s: %+v", key, v)
		}
		if parent, _, sub := strings.Cut(key, "."); sub && v.Gone == "" && table()[parent].Name == "" {
			t.Errorf("%s has no technique", key)
		}
	}
	if n := len(table()); n < 600 {
		t.Errorf("%d techniques", n)
	}
}

// MITRE's terms want its designation and licence in each copy.
func TestNotice(t *testing.T) {
	notice, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"NOTICE": string(notice), "enterprise.tsv": enterprise} {
		words := strings.Join(strings.Fields(strings.ReplaceAll(text, "\n#", "\n")), " ")
		for _, want := range []string{"hereby grants you a non-exclusive, royalty-free license to use ATT&CK", "2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation."} {
			if !strings.Contains(words, want) {
				t.Errorf("%s lacks %q", where, want)
			}
		}
	}
	if !strings.Contains(enterprise, "version "+Version+":") {
		t.Errorf("the table is not of version %s", Version)
	}
}
