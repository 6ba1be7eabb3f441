package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// exportFormats are those that the API writes.
var exportFormats = []string{"ndjson", "csv", "parquet"}

// CLIExport is an export from the command line, by the API.
type CLIExport struct {
	Server   string
	File     string    // "-": standard output
	Progress io.Writer // nil: none is shown
	Ask      exportAsk
}

type exportAsk struct {
	Query  string   `json:"query"`
	From   string   `json:"from"`
	To     string   `json:"to"`
	Format string   `json:"format"`
	Fields []string `json:"fields,omitempty"`
}

func exportTool(args []string) error {
	set := flag.NewFlagSet("watchpost export", flag.ContinueOnError)
	var x CLIExport
	set.StringVar(&x.Ask.From, "from", "-24h", "begin: RFC 3339, or relative such as -1h")
	set.StringVar(&x.Ask.To, "to", "now", "end, exclusive")
	set.StringVar(&x.Ask.Format, "format", "", "ndjson, csv or parquet; empty: as the file's name says, or ndjson")
	fields := set.String("fields", "", "`names` to write, with commas between them; empty: all")
	set.StringVar(&x.File, "o", "", "`file` to write, with FILE.manifest.json beside it; - is standard output")
	set.StringVar(&x.Server, "server", "http://127.0.0.1:8080", "`address` of the API")
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	switch {
	case len(rest) > 1:
		return usageError{fmt.Sprintf("unexpected %q: put the query into quotes", rest[1])}
	case x.File == "":
		return usageError{"-o: which file? - is standard output"}
	}
	x.Ask.Query = strings.Join(rest, "")
	if *fields != "" {
		x.Ask.Fields = strings.Split(*fields, ",")
	}
	if x.Ask.Format == "" {
		x.Ask.Format = cmp.Or(strings.TrimPrefix(filepath.Ext(x.File), "."), "ndjson")
	}
	if !slices.Contains(exportFormats, x.Ask.Format) {
		return usageError{fmt.Sprintf("-format: %q: want %s", x.Ask.Format, strings.Join(exportFormats, ", "))}
	}
	if terminal(os.Stderr) {
		x.Progress = os.Stderr
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return x.Run(ctx, os.Stdout, os.Stderr)
}

// Run writes the file, and says on said what it holds. A file that is there is whole and has the checksum of the server's manifest; it appears at once, when
// all of it has come.
func (x CLIExport) Run(ctx context.Context, stdout, said io.Writer) (err error) {
	res, err := callAPI(ctx, http.MethodPost, x.Server, "/api/v1/export", x.Ask)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	out, finish := stdout, func() error { return nil }
	if x.File != "-" {
		f, err := os.CreateTemp(filepath.Dir(x.File), "."+filepath.Base(x.File)+".part") // 0600
		if err != nil {
			return err
		}
		defer os.Remove(f.Name()) // what did not become the file
		defer f.Close()
		out = f
		finish = func() error {
			if err := errors.Join(f.Sync(), f.Close()); err != nil {
				return err
			}
			return os.Rename(f.Name(), x.File)
		}
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum, &meter{w: x.Progress, begun: time.Now()}), res.Body)
	if x.Progress != nil {
		fmt.Fprint(x.Progress, "\r\x1b[K")
	}
	id := res.Header.Get("Watchpost-Export-Id")
	if err != nil {
		return fmt.Errorf("the export %s broke off after %d bytes: %w", id, n, err)
	}
	// Trailers say the same, but many a proxy drops them, or makes a whole answer of one that broke off.
	text, m, err := x.manifest(ctx, id)
	if err != nil {
		return fmt.Errorf("the export %s: %d bytes arrived, and nothing says that they are all: the manifest: %w", id, n, err)
	}
	if !m.Complete {
		return fmt.Errorf("the export %s broke off after %d bytes: %s", id, n, cmp.Or(m.Reason, "nothing says that it is whole"))
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != m.SHA256 {
		return fmt.Errorf("the export %s: what arrived is not what was sent: SHA-256 %s, want %s", id, got, m.SHA256)
	}
	if err := finish(); err != nil {
		return err
	}
	fmt.Fprintf(said, "%d events, %d bytes, SHA-256 %s\n", m.Rows, n, m.SHA256)
	if x.File == "-" {
		return nil
	}
	return os.WriteFile(x.File+".manifest.json", text, 0o600)
}

// exportManifest is what the tool reads of a manifest.
type exportManifest struct {
	Complete bool   `json:"complete"`
	Reason   string `json:"reason"`
	Rows     uint64 `json:"rows"`
	SHA256   string `json:"sha256"`
}

// manifest gives what the server says of the export, as text to keep too.
func (x CLIExport) manifest(ctx context.Context, id string) (text []byte, m exportManifest, err error) {
	body, err := askAPI(ctx, http.MethodGet, x.Server, "/api/v1/exports/"+id, nil)
	if err != nil {
		return nil, m, err
	}
	defer body.Close()
	var raw json.RawMessage
	if err := json.NewDecoder(io.LimitReader(body, 1<<20)).Decode(&raw); err != nil {
		return nil, m, err
	}
	if text, err = json.MarshalIndent(raw, "", "  "); err != nil {
		return nil, m, err
	}
	return append(text, '\n'), m, json.Unmarshal(raw, &m)
}

// meter shows how much went through it, a few times a second.
type meter struct {
	w     io.Writer
	n     int64
	begun time.Time
	told  time.Time
}

func (m *meter) Write(p []byte) (int, error) {
	m.n += int64(len(p))
	if now := time.Now(); m.w != nil && now.Sub(m.told) > 250*time.Millisecond {
		m.told = now
		fmt.Fprintf(m.w, "\r\x1b[K%.1f MB, %.1f MB a second", float64(m.n)/1e6, float64(m.n)/1e6/max(now.Sub(m.begun).Seconds(), 0.001))
	}
	return len(p), nil
}
