// Package attack names the techniques of MITRE ATT&CK.
//
// The table is made out of ATT&CK's data, whose terms stand at its head and in the file NOTICE: © The MITRE Corporation.
package attack

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// Version is ATT&CK's version of the table.
const Version = "18.1"

// enterprise holds a line for each technique: id, name, tactics divided by spaces, and for what is not in use any more
// "deprecated", "revoked" or "revoked by ID"; divided by tabs. Lines that begin with # are the notice.
//
//go:embed enterprise.tsv
var enterprise string

// Technique is a technique of the Enterprise matrix.
type Technique struct {
	ID      string   // T1110 or T1110.001
	Name    string   // of a sub-technique with its technique's: "Brute Force: Password Guessing"
	Tactics []string // as ATT&CK writes them in small letters: credential-access
	Gone    string   // "" of one in use; else "deprecated", "revoked" or "revoked by T1562.001"
}

var table = sync.OnceValue(func() map[string]Technique {
	out := map[string]Technique{}
	for line := range strings.Lines(enterprise) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) != 4 {
			panic(fmt.Sprintf("BUG: attack: %q", line)) // a test reads it all
		}
		t := Technique{cells[0], cells[1], strings.Fields(cells[2]), cells[3]}
		if parent, _, sub := strings.Cut(t.ID, "."); sub && out[parent].Name != "" { // it stands before
			t.Name = out[parent].Name + ": " + t.Name
		}
		out[t.ID] = t
	}
	return out
})

// Of gives technique id; false where ATT&CK's version here has none of that id.
func Of(id string) (Technique, bool) {
	t, ok := table()[id]
	return t, ok
}

// Names gives the name of each technique, "" where it is not known.
func Names(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = table()[id].Name
	}
	return out
}
