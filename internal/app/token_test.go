package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"watchpost/internal/config"
)

// TestToken: what the tool prints is a configuration in which the secret's hash stands, and never the secret.
func TestToken(t *testing.T) {
	var out strings.Builder
	if err := token([]string{"branch.office-1", "-tenant", "branch"}, &out); err != nil {
		t.Fatal(err)
	}
	secret := regexp.MustCompile(`(?m)^    ([0-9a-f-]{36})$`).FindStringSubmatch(out.String())
	at := strings.Index(out.String(), "    listen:")
	if secret == nil || at < 0 {
		t.Fatalf("%s", out.String())
	}
	yaml := strings.ReplaceAll("\n"+out.String()[at:], "\n    ", "\n")
	c, err := config.Parse("test", []byte(yaml), os.LookupEnv)
	if err != nil {
		t.Fatalf("%v\n%s", err, yaml)
	}
	sum := sha256.Sum256([]byte(secret[1]))
	if got := c.Listen.Agents[0].Tokens["branch.office-1"]; got.SHA256 != hex.EncodeToString(sum[:]) || got.Tenant != "branch" || strings.Contains(yaml, secret[1]) {
		t.Errorf("%+v\n%s", got, yaml)
	}
	var again strings.Builder
	if err := token([]string{"branch.office-1"}, &again); err != nil || strings.Contains(again.String(), secret[1]) {
		t.Errorf("%v\n%s", err, again.String())
	}
	for _, args := range [][]string{{}, {"a", "b"}, {"a: b"}, {"-x"}, {""}, {"a", "-tenant", "A B"}} {
		if err := token(args, &out); !errors.As(err, &usageError{}) {
			t.Errorf("%q: %v", args, err)
		}
	}
}
