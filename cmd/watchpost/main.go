// Command watchpost runs the whole product on embedded engines, and holds the tools.
package main

import (
	"context"
	"fmt"
	"os"

	"watchpost/internal/app"
	"watchpost/internal/embedded/engine"
)

const usage = `watchpost: a SIEM-lite

  watchpost run [-config FILE] [-check]          everything in one process, on embedded engines
  watchpost query QUERY [-from -1h] [-to now] [-limit N] [-order desc|asc] [-fields a,b] [-format table|ndjson|csv]
  watchpost sql SELECT [-limit N] [-format table|ndjson|csv]                      a table of one's own; docs/sql.md
  watchpost parse [-format auto|syslog|json] [-tz ZONE] [-received RFC3339]       lines in, events out
  watchpost replay -rules DIR [-format …] [-tz …] [-received …] FILE…             lines in, alerts out
  watchpost scan [-rules DIR] [-o table|ndjson|csv] [-level LEVEL] FILE|DIR…      files in, what rules match out
  watchpost rules check DIR                      what is wrong or doubtful with rules
  watchpost rules test [-junit FILE] DIR         run the tests inside the rules
  watchpost rules explain -event JSON|-line TEXT FILE|DIR[#id]                    what a rule makes of an event
  watchpost rules fmt [-w] [-d] FILE|DIR…        one form for files of rules
  watchpost rules schema                         JSON Schema for editors
  watchpost rules stats [-server URL] [-fields]  what the rules of a running instance did
  watchpost rules backtest ID|FILE [-from -30d]  what a rule would have raised over what is stored
  watchpost rules exception ID|FILE PREDICATE    what an exception would have hidden
  watchpost export QUERY -o FILE                 all hits as NDJSON, CSV or Parquet, with checksum and manifest
  watchpost hunts list|run|check                 packs of hunts, and what they find beside the day before
  watchpost rules draft PREDICATE [-event ID]…   a rule made of a hunt, with a test
  watchpost rules import sigma DIR -out DIR      rules made of Sigma rules
  watchpost ingest [-server URL] [-format …] [-tz …] [-received now|event|RFC3339] FILE…    old files into a running instance, once each
  watchpost reparse [-config FILE] [-query PREDICATE] [-from -90d] [-to now] [-tenant NAME] [-dry-run]     stored events, read again by newer parsers
  watchpost quarantine list|show ID|replay [ID…] [-config FILE]     what could not be stored, and storing it after a fix
  watchpost sources [-server URL] [-format table|json]  who sends, and what became of it
  watchpost api NAME|METHOD PATH [KEY=VALUE…]    a list of the API as a table (users, tokens, audit, alerts …), or any operation of it
  watchpost audit verify                         whether the audit log is as it was written
  watchpost token NAME [-tenant T]               a secret for an agent, and its hash for the configuration
  watchpost version

Each command explains itself with -h.
`

func main() {
	if engine.IsChild(os.Args) {
		os.Exit(engine.RunChild(context.Background(), os.Args))
	}
	if len(os.Args) > 1 && os.Args[1] == "run" {
		os.Exit(run(os.Args[2:]))
	}
	code, known := app.Tool(os.Args[1:])
	if !known {
		fmt.Fprint(os.Stderr, usage)
	}
	os.Exit(code)
}
