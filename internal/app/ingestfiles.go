package app

import (
	"bufio"
	"bytes"
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
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"

	"watchpost/internal/parse"
)

// ingestFiles hands the lines of files to a running instance, each once: a request holds the same lines each time, and the state file
// says how far the files are durable.
type ingestFiles struct {
	server, token  string
	format, zone   string
	own            bool      // each line's own time counts
	year           time.Time // years are inferred from it; zero: from a file's own time, or now
	state          string    // path; empty: none
	files          []string
	progress       io.Writer // a terminal; nil: none
	now            func() time.Time
	client         *http.Client
	compress       bool
	read           atomic.Int64 // bytes of the files as they lie on disk
	lines, refused int
	cut            int
	drawn          time.Time
	from           time.Time
	total          int64
}

func ingestTool(args []string) error {
	set := flag.NewFlagSet("watchpost ingest", flag.ContinueOnError)
	in := ingestFiles{now: time.Now, client: http.DefaultClient}
	set.StringVar(&in.server, "server", "http://127.0.0.1:8088", "`address` of the listener for agents")
	set.StringVar(&in.token, "token", "", "`token` for it, which says the tenant; empty: $WATCHPOST_TOKEN")
	set.StringVar(&in.format, "format", "auto", "of the lines: auto, syslog or json")
	set.StringVar(&in.zone, "tz", "", "`zone` of times that state none, an IANA name; empty: as configured")
	received := set.String("received", "now", "now: old lines count at their receipt unless year and zone stand in them; event: at their own time, years by the file's; or an RFC 3339 `time` from which years are inferred, and their own time")
	set.StringVar(&in.state, "state", "watchpost-ingest.json", "`file` that says how far it came, to go on from")
	var err error
	if in.files, err = parseFlags(set, args); err != nil {
		return err
	}
	if len(in.files) == 0 {
		return usageError{"which files? - is standard input"}
	}
	in.token = cmp.Or(in.token, os.Getenv("WATCHPOST_TOKEN")) // no default of the flag, which -h would show
	if _, err := parse.ParseFormat(in.format); err != nil {
		return usageError{fmt.Sprintf("-%v", err)}
	}
	if _, err := parse.New(parse.Options{Zone: in.zone}); err != nil {
		return usageError{fmt.Sprintf("-tz: %v", err)}
	}
	switch *received {
	case "now":
	case "event":
		in.own = true
	default:
		in.own = true
		if in.year, err = time.Parse(time.RFC3339Nano, *received); err != nil {
			return usageError{fmt.Sprintf("-received: %q is neither now, event nor an RFC 3339 time", *received)}
		}
	}
	u, err := url.Parse(in.server)
	if err != nil || u.Host == "" {
		return usageError{fmt.Sprintf("-server: %q is no URL", in.server)}
	}
	in.compress = u.Hostname() != "localhost" && !strings.HasPrefix(u.Hostname(), "127.") && u.Hostname() != "::1"
	if terminal(os.Stderr) {
		in.progress = os.Stderr
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return in.run(ctx, os.Stdout)
}

// ingestState is the state file.
type ingestState struct {
	Files map[string]*fileState `json:"files"` // by absolute path and first bytes
}

type fileState struct {
	Offset int64 `json:"offset"` // bytes, uncompressed, that are durable
	Lines  int   `json:"lines"`
	Done   bool  `json:"done"`
	Head   int   `json:"head,omitempty"` // how many first bytes its key is made of; 0: 4096
	Size   int64 `json:"size,omitempty"` // of the file on disk when it was done
}

const fileHead = 4096

// find gives the state of the file of that path which begins with head, and its key. A file may have grown since.
func (st *ingestState) find(path string, head []byte) (string, *fileState) {
	key := func(n int) string {
		sum := sha256.Sum256(head[:n])
		return path + " " + hex.EncodeToString(sum[:8])
	}
	found, at := key(len(head)), &fileState{Head: len(head)}
	if known := st.Files[found]; known != nil {
		return found, known
	}
	for k, known := range st.Files {
		n := cmp.Or(known.Head, fileHead)
		if strings.HasPrefix(k, path+" ") && n <= len(head) && key(n) == k && known.Offset >= at.Offset {
			found, at = k, known
		}
	}
	return found, at
}

// stopError ends the command: it is not about one file.
type stopError struct{ error }

func (s stopError) Unwrap() error { return s.error }

func (in *ingestFiles) run(ctx context.Context, out io.Writer) error {
	files, err := expand(in.files)
	if err != nil {
		return err
	}
	st := ingestState{Files: map[string]*fileState{}}
	if in.state != "" {
		switch data, err := os.ReadFile(in.state); {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return err
		default:
			if err := json.Unmarshal(data, &st); err != nil || st.Files == nil {
				return fmt.Errorf("%s: is no state of this tool; name another with -state", in.state)
			}
		}
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			in.total += info.Size()
		}
	}
	in.from = in.now()
	var faults []error // of files that cannot be read, which cost the others nothing
	for _, f := range files {
		err := in.file(ctx, f, &st)
		if err == nil {
			continue
		}
		in.clear()
		if ctx.Err() != nil && in.state != "" {
			return errors.Join(append(faults, fmt.Errorf("%s: broken off; the same command goes on from there (%s)", f, in.state))...)
		}
		faults = append(faults, fmt.Errorf("%s: %w", f, err))
		if errors.As(err, new(stopError)) {
			return errors.Join(faults...)
		}
	}
	in.clear()
	spent := in.now().Sub(in.from)
	fmt.Fprintf(out, "%d lines of %d files are stored, in %v (%.0f a second)\n", in.lines, len(files)-len(faults), spent.Round(10*time.Millisecond), float64(in.lines)/max(spent.Seconds(), 0.001))
	if in.refused+in.cut > 0 {
		fmt.Fprintf(out, "%d lines were refused, %d were longer than 1 MiB and cut\n", in.refused, in.cut)
	}
	return errors.Join(faults...)
}

// Bounds of a request. They decide what goes into one, so they are part of its identity.
const (
	fileChunkBytes = 4 << 20
	fileChunkLines = 30_000
	maxFileLine    = 1<<20 - 1
)

func (in *ingestFiles) file(ctx context.Context, name string, st *ingestState) error {
	var key, shown string
	var size int64
	at := &fileState{}
	year := in.year
	f := os.Stdin
	if name != "-" {
		var err error
		if f, err = os.Open(name); err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if info.IsDir() {
			return errors.New("is a folder; name its files")
		}
		if in.own && year.IsZero() {
			year = info.ModTime()
		}
		head := make([]byte, fileHead)
		n, err := f.ReadAt(head, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n == 0 {
			return nil // it may begin with anything yet
		}
		if shown, err = filepath.Abs(name); err != nil {
			return err
		}
		key, at = st.find(shown, head[:n])
		size = info.Size()
	}
	if at.Done && at.Size == size {
		return nil
	}
	at.Done = false
	r, err := uncompressed(countReader{f, &in.read})
	if err == nil {
		r, err = wideText(r)
	}
	if err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, r, at.Offset); err != nil {
		return fmt.Errorf("is shorter than what was sent of it before: %w", err)
	}
	query := url.Values{"format": {in.format}, "file": {shown}}
	if in.zone != "" {
		query.Set("tz", in.zone)
	}
	if in.own {
		query.Set("time", "own")
	}
	if !year.IsZero() {
		query.Set("year", year.UTC().Format(time.RFC3339))
	}
	c := chunker{r: r}
	for {
		body, raw, lines, broken := c.next()
		end := errors.Is(broken, io.EOF)
		if lines > 0 {
			id := sha256.Sum256(fmt.Appendf(nil, "%s %d %s", key, at.Offset, body))
			if key == "" { // standard input may be the same twice and mean it
				id = sha256.Sum256(fmt.Appendf(nil, "%d %d", in.from.UnixNano(), at.Offset))
			}
			if err := in.send(ctx, query, hex.EncodeToString(id[:]), body); err != nil {
				return stopError{err}
			}
		}
		at.Offset += raw
		at.Lines += lines
		at.Done, at.Size = end, size
		in.lines += lines
		in.cut += c.cut
		c.cut = 0
		if key != "" && in.state != "" {
			st.Files[key] = at
			if err := writeState(in.state, st); err != nil {
				return stopError{err}
			}
		}
		in.draw()
		if end {
			return nil
		}
		if broken != nil {
			return fmt.Errorf("cannot be read beyond line %d: %w", at.Lines, broken)
		}
	}
}

// chunker cuts a text into requests: where depends on the text alone.
type chunker struct {
	r interface {
		ReadSlice(byte) ([]byte, error)
	}
	body []byte
	cut  int // lines that were too long
}

// next gives the next lines, as many as a request has, and how many bytes of the text they are. io.EOF comes with the last, and any other
// error with those before it.
func (c *chunker) next() (body []byte, raw int64, lines int, err error) {
	c.body = c.body[:0]
	begin, cut, open := 0, false, false
	var ended int64 // raw, of whole lines
	for open || lines < fileChunkLines && len(c.body) < fileChunkBytes {
		part, err := c.r.ReadSlice('\n')
		raw += int64(len(part))
		room := max(0, maxFileLine-(len(c.body)-begin))
		whole := err == nil
		open = !whole
		if whole {
			part = part[:len(part)-1]
		}
		cut = cut || len(part) > room
		c.body = append(c.body, part[:min(len(part), room)]...)
		atEnd := err != nil && !errors.Is(err, bufio.ErrBufferFull)
		if atEnd && !errors.Is(err, io.EOF) { // a line that breaks off may be whole another time
			return c.body[:begin], ended, lines, err
		}
		if whole || atEnd && len(c.body) > begin {
			c.body = append(c.body, '\n')
			begin, ended = len(c.body), raw
			lines++
			if cut {
				c.cut++
				cut = false
			}
		}
		if atEnd {
			return c.body, raw, lines, err
		}
	}
	return c.body, raw, lines, nil
}

// send hands one request over until it is durable.
func (in *ingestFiles) send(ctx context.Context, query url.Values, id string, body []byte) error {
	if in.compress {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err != nil {
			return err
		}
		if _, err := z.Write(body); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		body = b.Bytes()
	}
	told := false
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, 15*time.Second) {
		again, err := in.try(ctx, query, id, body)
		if err == nil || !again || ctx.Err() != nil {
			return err
		}
		if !told {
			in.clear()
			fmt.Fprintf(os.Stderr, "watchpost ingest: trying again: %v\n", err)
			told = true
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (in *ingestFiles) try(ctx context.Context, query url.Values, id string, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(in.server, "/")+"/api/v1/lines?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	req.Header.Set("Idempotency-Key", id)
	if in.compress {
		req.Header.Set("Content-Encoding", "gzip")
	}
	if in.token != "" {
		req.Header.Set("Authorization", "Bearer "+in.token)
	}
	res, err := in.client.Do(req)
	if err != nil {
		return true, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return true, err
	}
	var a struct {
		Accepted, Rejected int
		Detail             string
	}
	jsonErr := json.Unmarshal(text, &a)
	switch {
	case res.StatusCode == http.StatusOK && jsonErr == nil:
		in.refused += a.Rejected
		return false, nil
	case res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests:
		return true, fmt.Errorf("%s: %s", res.Status, a.Detail)
	}
	return false, fmt.Errorf("%s: %s", res.Status, a.Detail)
}

// writeState replaces the state file at once, so that it is never half of one.
func writeState(path string, st *ingestState) error {
	text, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(path, append(text, '\n'), 0o600)
}

func (in *ingestFiles) draw() {
	if in.progress == nil || time.Since(in.drawn) < 100*time.Millisecond {
		return
	}
	in.drawn = time.Now()
	spent := in.now().Sub(in.from)
	bar := ""
	if in.total > 0 {
		bar = progress(float64(in.read.Load()), float64(in.total), spent) + "  "
	}
	fmt.Fprintf(in.progress, "\r\x1b[K%s%.1f MB, %d lines, %.0f a second", bar, float64(in.read.Load())/1e6, in.lines, float64(in.lines)/max(spent.Seconds(), 0.001))
}

func (in *ingestFiles) clear() {
	if in.progress != nil && !in.drawn.IsZero() {
		fmt.Fprint(in.progress, "\r\x1b[K")
	}
}

var (
	compressedName = regexp.MustCompile(`\.(gz|zst|bz2|xz)$`)
	numberedName   = regexp.MustCompile(`^(.+)\.(\d{1,5})$`)
	datedName      = regexp.MustCompile(`^(.+)[-.](\d{4}-?\d{2}-?\d{2}(?:[-_T.]?\d{2,6})?)$`)
)

// expand gives the files that names stand for, sets of rotated files in order of time: syslog.2.gz, syslog.1, syslog; or by dates.
func expand(names []string) ([]string, error) {
	type file struct {
		name, stem, date string
		set, number      int
	}
	var files []file
	sets, seen := map[string]int{}, map[string]bool{}
	for _, name := range names {
		found := []string{name}
		if _, err := os.Stat(name); err != nil && strings.ContainsAny(name, "*?[") {
			if found, err = filepath.Glob(name); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if len(found) == 0 {
				return nil, fmt.Errorf("%s: no file is named so", name)
			}
		}
		for _, n := range found {
			if seen[n] {
				continue
			}
			seen[n] = true
			f := file{name: n, stem: compressedName.ReplaceAllString(n, ""), date: "~"} // the file without either is the newest
			if m := datedName.FindStringSubmatch(f.stem); m != nil {
				f.stem, f.date = m[1], m[2]
			} else if m := numberedName.FindStringSubmatch(f.stem); m != nil {
				number, err := strconv.Atoi(m[2])
				if err != nil {
					return nil, fmt.Errorf("%s: %w", n, err)
				}
				f.stem, f.number = m[1], number
			}
			if _, ok := sets[f.stem]; !ok {
				sets[f.stem] = len(sets)
			}
			f.set = sets[f.stem]
			files = append(files, f)
		}
	}
	slices.SortStableFunc(files, func(a, b file) int {
		return cmp.Or(cmp.Compare(a.set, b.set), cmp.Compare(a.date, b.date), -cmp.Compare(a.number, b.number))
	})
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = f.name
	}
	return out, nil
}
