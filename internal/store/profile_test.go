package store

import (
	"strings"
	"testing"
)

// What a user's profile says of repeated inserts does not count: tokens must hold. One that cannot be overruled everywhere is refused at the start.
func TestProfiles(t *testing.T) {
	o := options(t)
	s := open(t, o)
	// SET says for the one connection that is idle what a profile says for all.
	if err := s.exec(t.Context(), "SET insert_deduplicate = 0"); err != nil {
		t.Fatal(err)
	}
	if got := one[string](t, s, "SELECT toString(getSetting('insert_deduplicate'))", nil); got != "true" && got != "1" {
		t.Errorf("insert_deduplicate is %s", got)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Errorf("it is overruled: %v", err)
	}
	if one[uint64](t, s, "SELECT count() FROM system.settings WHERE name = 'deduplicate_insert'", nil) == 0 {
		t.Skip("a server without deduplicate_insert")
	}
	if err := s.exec(t.Context(), "SET deduplicate_insert = 'disable'"); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "deduplicate_insert is disable") || !strings.Contains(err.Error(), "profile") {
		t.Errorf("a profile with deduplicate_insert = disable: %v", err)
	}
	if err := s.exec(t.Context(), "SET deduplicate_insert = 'enable'"); err != nil {
		t.Fatal(err)
	}
}
