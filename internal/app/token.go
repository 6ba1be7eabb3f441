package app

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"

	"watchpost/internal/source"
)

const tokenUsage = `watchpost token NAME [-tenant T]

Makes a random secret for an agent, shows it once, and prints what to write into the configuration: the hash that stands
for it. NAME is what the token is called there; everything that comes with it belongs to the tenant.

`

// tokenTool is the command token.
func tokenTool(args []string) error { return token(args, os.Stdout) }

var tokenName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$`)

func token(args []string, w io.Writer) error {
	set := flag.NewFlagSet("watchpost token", flag.ContinueOnError)
	tenant := set.String("tenant", "default", "`tenant` of all that comes in with the token")
	set.Usage = func() { fmt.Fprint(set.Output(), tokenUsage); set.PrintDefaults() }
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError{"a name is wanted, and no more"}
	}
	name := rest[0]
	if !tokenName.MatchString(name) {
		return usageError{fmt.Sprintf("name %q: should be letters, digits, and . _ - behind the first", name)}
	}
	var secret [16]byte
	rand.Read(secret[:])
	// The form of a GUID: some of Splunk's senders take nothing else.
	s := fmt.Sprintf("%x-%x-%x-%x-%x", secret[:4], secret[4:6], secret[6:8], secret[8:10], secret[10:])
	sum := sha256.Sum256([]byte(s))
	t := source.Token{SHA256: hex.EncodeToString(sum[:]), Tenant: *tenant}
	o := source.HTTPDefaults
	o.Tokens = map[string]source.Token{name: t}
	if o.Check() != nil {
		return usageError{fmt.Sprintf("tenant %q: should be 1 to 32 characters a-z, 0-9, -", *tenant)}
	}
	if _, err := fmt.Fprintf(w, `The secret, for the agent; it is not shown again:

    %s

For the configuration, below the listener that the agent sends to:

    listen:
      agents:
        - addr: "%s"
          tokens:
            %s: {sha256: "%s", tenant: %s}
`, s, o.Addr, name, t.SHA256, t.Tenant); err != nil {
		return errors.Join(errors.New("the secret could not be shown"), err)
	}
	return nil
}
