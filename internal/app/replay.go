package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// replayRows bounds a batch of replayed events.
const replayRows = 8192

// fileReader makes events of lines as if each had been received at its own time. A line that states none has the
// time of the line before it.
type fileReader struct {
	parser   *parse.Parser
	format   parse.Format
	received int64 // infers the year, and stands where no line has stated a time yet
	last     int64
}

func newFileReader(o ParseOptions) (*fileReader, error) {
	format, err := parse.ParseFormat(o.Format)
	if err != nil {
		return nil, fmt.Errorf("format: %w", err)
	}
	p, err := parse.New(parse.Options{Zone: o.Zone})
	if err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	return &fileReader{p, format, o.Received.UnixNano(), o.Received.UnixNano()}, nil
}

func (f *fileReader) add(b *event.Batch, line []byte) {
	s := f.parser.Line(b, line, f.received, f.format)
	if s.Has {
		f.last = s.Time
	}
	b.SetString(event.Tenant, "default")
	normalise.Defaults.Row(b, normalise.Stamp(s), f.received)
	b.SetTime(f.last)
	b.End()
}

// batches yields the lines of the files, in order, as events.
func (f *fileReader) batches(files []string) iter.Seq2[*event.Batch, error] {
	return func(yield func(*event.Batch, error) bool) {
		var b event.Batch
		for _, name := range files {
			err := f.file(name, &b, func() bool {
				defer b.Reset()
				return yield(&b, nil)
			})
			if errors.Is(err, errStopped) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
		if b.Rows() > 0 {
			yield(&b, nil)
		}
	}
}

var errStopped = errors.New("stopped")

func (f *fileReader) file(name string, b *event.Batch, full func() bool) error {
	in := os.Stdin
	if name != "-" {
		var err error
		if in, err = os.Open(name); err != nil {
			return err
		}
		defer in.Close()
	}
	r := lines{r: bufio.NewReaderSize(in, 1<<16)}
	for n := 1; ; n++ {
		line, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		for record := range recordsOf(line, f.format) {
			f.add(b, record)
			if (b.Rows() >= replayRows || b.Full()) && !full() {
				return errStopped
			}
		}
	}
}

// Replay reads the lines of files and writes the alerts that the rules in dir raise over them, as NDJSON in order of
// time: as if every line had been received at its own time.
func Replay(out, notes io.Writer, dir string, files []string, o ParseOptions) error {
	set, err := loadRules(dir)
	if err != nil {
		return err
	}
	rules, err := detect.Compile(set)
	if err != nil {
		return err
	}
	f, err := newFileReader(o)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	var line []byte
	var failed error
	stats, err := detect.Replay(rules, window.Defaults, f.batches(files), func(a alert.Alert) {
		line = append(a.AppendJSON(line[:0]), '\n')
		if _, err := w.Write(line); err != nil && failed == nil {
			failed = err
		}
	})
	if err != nil || failed != nil {
		return errors.Join(err, failed)
	}
	if stats.Evicted+stats.Forced > 0 {
		fmt.Fprintf(notes, "watchpost: memory bounds were reached: %d keys evicted, %d signals judged early; alerts may be missing\n", stats.Evicted, stats.Forced)
	}
	return w.Flush()
}

// testBatch makes the events of a rule's inline test.
func testBatch(t *rule.Test) (*event.Batch, error) {
	o := ParseOptions{Format: t.Format, Received: t.Received}
	if o.Received.IsZero() {
		o.Received = testNow
	}
	f, err := newFileReader(o)
	if err != nil {
		return nil, err
	}
	b := new(event.Batch)
	for _, l := range t.Lines {
		f.add(b, []byte(l))
	}
	return b, nil
}

// testNow is when the lines of inline tests are received unless a test says otherwise: tests must not age.
var testNow = time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
