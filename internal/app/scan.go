package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/rule"
)

// Scan looks for what rules match in files.
type Scan struct {
	Rules  string // folder; "" for those that come with the product
	Lists  string // folder of further lists; "" for none
	Level  string // the least level of rules that are used; "" for all
	Format string // of the output: table, ndjson or csv
	Lines  ParseOptions
	Files  []string // also folders, and - for standard input

	Progress io.Writer // a terminal for the progress bar; nil for none
	Workers  int       // 0: one for each core
}

// Bounds of a chunk of records, which one worker takes at once.
const (
	chunkRows  = 4096
	chunkBytes = 2 << 20
	badNamed   = 20 // bad records that are named one by one
)

// chunk is a run of records of one file.
type chunk struct {
	file   string
	format parse.Format
	text   []byte
	end    []int // in text
	line   []int
	bad    []string
	fault  error // of the file, behind these records

	before, after chan int64 // the time of the last record that stated one; from chunk to chunk of a file
	done          chan found
}

// found is what a worker found in a chunk.
type found struct {
	*chunk
	out     []byte // matches, as they are shown
	hits    map[*rule.Rule]int
	records int
	windows *event.Batch // rows that rules with windows want; nil: none
	places  []place      // of its rows
}

// place is where an event of a window comes from.
type place struct {
	file string
	line int
	time int64
}

// Run scans and writes matches to out, notes to notes. It reports whether every file could be read.
func (s *Scan) Run(ctx context.Context, out, notes io.Writer) (bool, error) {
	shape, err := newShape(s.Format)
	if err != nil {
		return false, err
	}
	set, err := toolRules(s.Rules, s.Lists)
	if err != nil {
		return false, err
	}
	alone, windows := s.split(set)
	compiled, err := detect.Compile(windows)
	if err != nil {
		return false, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	files, total, errs := scanFiles(s.Files)
	r := &scanRun{Scan: s, files: files, shape: shape, notes: notes, w: bufio.NewWriterSize(out, 1<<16), hits: map[*rule.Rule]int{}}
	r.bar = bar{w: s.Progress, total: total, read: &r.read}
	for _, e := range errs {
		r.failed(e)
	}
	r.windows = startWindows(compiled)
	defer r.windows.stop()
	if _, err := r.w.Write(shape.head()); err != nil {
		return false, err
	}
	if err := r.work(ctx, alone, windows); err != nil {
		return false, err
	}
	alerts, err := r.windows.finish(notes)
	if err != nil {
		return false, err
	}
	var line []byte
	for _, a := range alerts {
		line = shape.append(line[:0], a)
		r.hits[a.rule]++
		if _, err := r.w.Write(line); err != nil {
			return false, err
		}
	}
	r.bar.clear()
	if err := r.w.Flush(); err != nil {
		return false, err
	}
	r.summary()
	return r.broken == 0, nil
}

// split gives the enabled rules of at least the level: those that judge each event alone, and those with windows.
func (s *Scan) split(set *rule.Set) (alone, windows *rule.Set) {
	alone, windows = &rule.Set{Hash: set.Hash}, &rule.Set{Hash: set.Hash}
	for _, r := range set.Rules {
		switch {
		case !r.Enabled || r.Severity < rule.Levels[s.Level]:
		case r.Window == nil:
			alone.Rules = append(alone.Rules, r)
		default:
			windows.Rules = append(windows.Rules, r)
		}
	}
	return alone, windows
}

// scanRun is a scan under way.
type scanRun struct {
	*Scan
	files   []scanFile
	shape   shape
	w       *bufio.Writer
	notes   io.Writer
	bar     bar
	windows *scanWindows
	workers []*scanWorker

	read    atomic.Int64
	records int
	bad     int
	broken  int
	skipped int
	hits    map[*rule.Rule]int
}

// work reads, lets workers look, and takes what they found in the order of the files.
func (r *scanRun) work(ctx context.Context, alone, windows *rule.Set) error {
	workers := r.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, stop := context.WithCancel(ctx)
	jobs, order := make(chan *chunk), make(chan *chunk, 2*workers)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	first, err := newScanWorker(r, alone, windows)
	if err != nil {
		return err
	}
	for i := range workers {
		w := first
		if i > 0 {
			if w, err = first.another(r); err != nil {
				return err
			}
		}
		r.workers = append(r.workers, w)
		running.Go(func() {
			for c := range jobs {
				c.done <- w.look(ctx, c)
			}
		})
	}
	running.Go(func() {
		defer close(order)
		defer close(jobs)
		for _, f := range r.files {
			r.chunks(f, func(c *chunk) bool {
				for _, to := range []chan<- *chunk{order, jobs} {
					select {
					case to <- c:
					case <-ctx.Done():
						return false
					}
				}
				return true
			})
		}
	})
	for c := range order {
		select {
		case f := <-c.done:
			if err := r.take(ctx, f); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// chunks reads a file and gives its records to each.
func (r *scanRun) chunks(f scanFile, each func(*chunk) bool) {
	fresh := func(before chan int64) *chunk {
		return &chunk{file: f.name, before: before, after: make(chan int64, 1), done: make(chan found, 1)}
	}
	first := make(chan int64, 1)
	first <- r.Lines.Received.UnixNano()
	c := fresh(first)
	in, closing, err := openRecords(f.name, &r.read)
	if err != nil {
		if c.fault = err; f.walk && errors.Is(err, errBinary) {
			c.fault = skippedError{err}
		}
		each(c)
		return
	}
	defer closing()
	asked, _ := parse.ParseFormat(r.Lines.Format) // was checked
	for {
		c.format = in.format(asked)
		text, line, fault, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			each(c)
			return
		case err != nil:
			c.fault = fmt.Errorf("%s:%d: %w", f.name, line, err)
			each(c)
			return
		case fault != "":
			c.bad = append(c.bad, fmt.Sprintf("%s:%d: %s", f.name, line, fault))
		default:
			for record := range recordsOf(text, c.format) {
				c.text = append(c.text, record...)
				c.end, c.line = append(c.end, len(c.text)), append(c.line, line)
			}
		}
		if len(c.line)+len(c.bad) >= chunkRows || len(c.text) >= chunkBytes {
			if !each(c) {
				return
			}
			c = fresh(c.after)
		}
	}
}

// skippedError is about a file that nobody named and that holds no text.
type skippedError struct{ error }

// take shows what was found in a chunk.
func (r *scanRun) take(ctx context.Context, f found) error {
	if len(f.out)+len(f.bad) > 0 || f.fault != nil {
		r.bar.clear()
	}
	if _, err := r.w.Write(f.out); err != nil {
		return err
	}
	if len(f.out) > 0 && r.bar.w != nil {
		if err := r.w.Flush(); err != nil {
			return err
		}
	}
	for _, what := range f.bad {
		if r.bad++; r.bad <= badNamed {
			fmt.Fprintf(r.notes, "watchpost: %s\n", Visible(what))
		}
	}
	if f.fault != nil {
		r.failed(f.fault)
	}
	for ru, n := range f.hits {
		r.hits[ru] += n
	}
	r.records += f.records
	r.bar.draw(r.records, r.found())
	if f.windows != nil {
		return r.windows.add(ctx, f.windows, f.places)
	}
	return nil
}

func (r *scanRun) found() (n int) {
	for _, k := range r.hits {
		n += k
	}
	return n
}

func (r *scanRun) failed(err error) {
	if r.broken++; errors.As(err, new(skippedError)) {
		r.broken--
		r.skipped++
	}
	fmt.Fprintf(r.notes, "watchpost: %s\n", Visible(err.Error()))
}

// summary says how much was read, and what was found at each level.
func (r *scanRun) summary() {
	if r.bad > badNamed {
		fmt.Fprintf(r.notes, "watchpost: … and %d more bad records\n", r.bad-badNamed)
	}
	wrong := map[string]uint64{}
	for _, w := range r.workers {
		for _, x := range []*match.Index{w.alone, w.windows} {
			if x == nil {
				continue
			}
			for id, n := range x.Errors() {
				wrong[id] += n
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(wrong)) {
		fmt.Fprintf(r.notes, "watchpost: rule %s could not be evaluated on %d records\n", id, wrong[id])
	}
	levels := map[string]int{}
	for ru, n := range r.hits {
		levels[ru.Level] += n
	}
	names := slices.SortedFunc(maps.Keys(levels), func(a, b string) int { return rule.Levels[b] - rule.Levels[a] })
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = fmt.Sprintf("%d %s", levels[n], n)
	}
	if len(parts) == 0 {
		parts = []string{"nothing"}
	}
	fmt.Fprintf(r.notes, "%d records of %d files, %d bad, %d files not read: found %s\n", r.records, len(r.files), r.bad, r.broken+r.skipped, strings.Join(parts, ", "))
}

// scanWorker looks through chunks. Parser and index belong to it.
type scanWorker struct {
	parser   *parse.Parser
	received int64
	shape    shape
	looked   map[*rule.Rule]looked
	alone    *match.Index
	windows  *match.Index // nil where there are no rules with windows
	batch    *event.Batch
}

func newScanWorker(r *scanRun, alone, windows *rule.Set) (*scanWorker, error) {
	p, err := parse.New(parse.Options{Zone: r.Lines.Zone})
	if err != nil {
		return nil, err
	}
	w := &scanWorker{parser: p, received: r.Lines.Received.UnixNano(), shape: r.shape, alone: match.New(alone), batch: new(event.Batch),
		looked: map[*rule.Rule]looked{}}
	for _, ru := range alone.Rules {
		w.looked[ru] = lookedAt(ru)
	}
	if len(windows.Rules) > 0 {
		w.windows = match.New(windows)
	}
	return w, nil
}

// another makes a worker beside w, which has not begun.
func (w *scanWorker) another(r *scanRun) (*scanWorker, error) {
	p, err := parse.New(parse.Options{Zone: r.Lines.Zone})
	o := *w
	o.parser, o.batch, o.alone = p, new(event.Batch), w.alone.Clone()
	if w.windows != nil {
		o.windows = w.windows.Clone()
	}
	return &o, err
}

// look makes events of the records and matches them.
func (w *scanWorker) look(ctx context.Context, c *chunk) found {
	f := found{chunk: c, hits: map[*rule.Rule]int{}, records: len(c.line)}
	b := w.batch
	b.Reset()
	if !w.read(ctx, b, c) {
		return f
	}
	for i := range c.line {
		if e := b.Event(i); c.format == parse.JSON && e.Str(event.EventKind) == "pipeline_error" {
			c.bad = append(c.bad, fmt.Sprintf("%s:%d: %s", c.file, c.line[i], e.Str(event.ErrorMessage)))
		}
	}
	var hits []hit
	w.alone.Each(b, func(row int, r *rule.Rule, _ int) {
		hits = append(hits, hit{rule: r, row: row, place: place{c.file, c.line[row], b.Event(row).Time()}})
	})
	slices.SortStableFunc(hits, func(a, b hit) int { return a.row - b.row })
	for i := range hits {
		h := &hits[i]
		h.values = w.looked[h.rule].values(b.Event(h.row))
		f.out = w.shape.append(f.out, *h)
		f.hits[h.rule]++
	}
	if w.windows != nil {
		f.windows, f.places = w.forWindows(b, c)
	}
	return f
}

// read reports false when ctx is done. A record without a time has that of the one before it, even in the chunk before.
func (w *scanWorker) read(ctx context.Context, b *event.Batch, c *chunk) bool {
	last, known, start := int64(0), false, 0
	for _, end := range c.end {
		s := w.parser.Line(b, c.text[start:end], w.received, c.format)
		start = end
		b.SetString(event.Tenant, "default")
		normalise.Defaults.Row(b, normalise.Stamp(s), w.received)
		if s.Has {
			last, known = s.Time, true
		}
		if !known {
			if last, known = earlier(ctx, c); !known {
				return false
			}
		}
		b.SetTime(last)
		b.End()
	}
	if !known {
		if last, known = earlier(ctx, c); !known {
			return false
		}
	}
	c.after <- last
	return true
}

func earlier(ctx context.Context, c *chunk) (int64, bool) {
	select {
	case t := <-c.before: // an earlier chunk is at work already, so this comes
		return t, true
	case <-ctx.Done():
		return 0, false
	}
}

// bar shows how far a scan has come.
type bar struct {
	w     io.Writer
	total int64
	read  *atomic.Int64
	drawn time.Time
	shown bool
}

func (b *bar) draw(records, found int) {
	if b.w == nil || time.Since(b.drawn) < 100*time.Millisecond {
		return
	}
	b.drawn, b.shown = time.Now(), true
	line := ""
	if b.total > 0 {
		done := min(float64(b.read.Load())/float64(b.total), 1)
		line = fmt.Sprintf("[%-30s] %3.0f %%  ", strings.Repeat("=", int(done*30)), done*100)
	}
	fmt.Fprintf(b.w, "\r\x1b[K%s%d records, %d found", line, records, found)
}

func (b *bar) clear() {
	if b.shown {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.shown = false
	}
}

// terminal says whether f is one that shows a progress bar.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
