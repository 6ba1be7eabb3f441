package app

import (
	"flag"
	"fmt"
	"io"
	"os"

	"watchpost/internal/rule/sigma"
)

// importTool makes rules of ours from rules of others.
func importTool(args []string) error {
	set := flag.NewFlagSet("watchpost rules import sigma", flag.ContinueOnError)
	out := set.String("out", "", "`folder` for the rules made; what a person has changed there is kept")
	pipeline := set.String("pipeline", "", "`file` of YAML with log sources, tables of fields and placeholders that go before the built-in ones")
	license := set.String("license", "DRL-1.1", "licence of rules that state none; the rules of SigmaHQ stand under the Detection Rule License 1.1")
	suppress := set.Duration("suppress", 0, "`time` for which a rule raises one alert for a user of a host instead of one for each event")
	rest, err := parseFlags(set, args)
	switch {
	case err != nil:
		return err
	case len(rest) != 2 || rest[0] != "sigma":
		return usageError{"want: rules import sigma DIR -out DIR"}
	case *out == "":
		return usageError{"-out is missing: the folder for the rules made"}
	}
	over := []byte(nil)
	if *pipeline != "" {
		if over, err = os.ReadFile(*pipeline); err != nil {
			return err
		}
	}
	m, err := sigma.ReadMapping(over)
	if err != nil {
		return fmt.Errorf("%s: %w", *pipeline, err)
	}
	if info, err := os.Stat(rest[1]); err != nil || !info.IsDir() {
		return fmt.Errorf("folder of Sigma rules: %s is no folder", rest[1])
	}
	s, err := sigma.Import(os.DirFS(rest[1]), *out, sigma.Options{Mapping: m, License: *license, Suppress: *suppress})
	if err != nil {
		return err
	}
	writeImport(os.Stdout, *out, s)
	switch {
	case len(s.Refused) > 0:
		return errSaid
	case s.Files == 0:
		return fmt.Errorf("folder of Sigma rules: %s holds no file *.yml or *.yaml", rest[1])
	}
	return nil
}

// writeImport says what an import did.
func writeImport(w io.Writer, out string, s *sigma.Summary) {
	for _, r := range s.Refused {
		title := r.Title
		if title != "" {
			title = " (" + title + ")"
		}
		fmt.Fprintf(w, "refused %s%s: %v\n", r.File, title, r.Why)
	}
	for _, name := range s.Kept {
		fmt.Fprintf(w, "kept %s: it was changed here\n", name)
	}
	for _, name := range s.Beside {
		fmt.Fprintf(w, "new %s: the rule has changed at its source as well; compare the two\n", name)
	}
	for _, name := range s.Gone {
		fmt.Fprintf(w, "gone %s: its source is no more; remove it if it is not wanted\n", name)
	}
	fmt.Fprintf(w, "%s: %d files read; %d rules: %d written, %d as they were, %d kept as changed here; %d refused\n",
		out, s.Files, s.Rules(), s.Written, s.Same, len(s.Kept), len(s.Refused))
}
