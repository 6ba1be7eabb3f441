package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"watchpost/internal/content"
	"watchpost/internal/event"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
)

// ParseOptions says how `watchpost parse` reads lines.
type ParseOptions struct {
	Format   string    // auto, syslog or json; "" is auto
	Zone     string    // zone of stamps without one, an IANA name; "" is UTC
	Received time.Time // stands for the time of receipt of every line
	Content  string    // folder of content rules that are applied; "": none
	Lists    string    // folder of lists that these may ask for, beside those that come with the product
}

// Parse reads one record a line from in and writes one event a line to out as JSON, in order, always as many as came
// in, but for those that content rules drop, and a line that holds several records is as many events: an empty line is a record too. Only the LF is taken off. @timestamp is the line's own time
// wherever it states one.
func Parse(in io.Reader, out io.Writer, o ParseOptions) error {
	format, err := parse.ParseFormat(o.Format)
	if err != nil {
		return fmt.Errorf("-format: %w", err)
	}
	p, err := parse.New(parse.Options{Zone: o.Zone})
	if err != nil {
		return fmt.Errorf("-tz: %w", err)
	}
	var judge *content.Judge
	if o.Content != "" {
		known, err := toolRules("", o.Lists)
		if err != nil {
			return err
		}
		rules, err := content.Load(os.DirFS(o.Content), content.Options{Compile: known.Compile, Key: []byte("watchpost parse")})
		if err != nil {
			return fmt.Errorf("-content: %w", placed(o.Content, err))
		}
		judge = rules.NewJudge()
	}
	var (
		b        event.Batch
		r        = lines{r: bufio.NewReaderSize(in, 1<<16)}
		w        = bufio.NewWriterSize(out, 1<<16)
		received = o.Received.UnixNano()
		text     []byte
	)
	for n := 1; ; n++ {
		line, err := r.next()
		if errors.Is(err, io.EOF) {
			return w.Flush()
		}
		if err != nil {
			return errors.Join(fmt.Errorf("line %d: %w", n, err), w.Flush())
		}
		read := func(line []byte) event.Event {
			b.Reset()
			s := p.Line(&b, line, received, format)
			normalise.Defaults.Row(&b, normalise.Stamp(s), received)
			if s.Has {
				b.SetTime(s.Time)
			}
			b.End()
			return b.Event(0)
		}
		for record := range recordsOf(line, format) {
			e := read(record)
			if judge != nil && !judged(judge, e, read) {
				continue
			}
			text = append(e.AppendJSON(text[:0], nil), '\n')
			if _, err := w.Write(text); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
		if r.r.Buffered() == 0 { // a person at a terminal, or a pipe that pauses: show what is done
			if err := w.Flush(); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
	}
}

// recordsOf gives the records that package ingest would make of a line; each is valid until the next.
func recordsOf(line []byte, format parse.Format) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		r, several := parse.Split(line)
		if !several || format == parse.Syslog {
			yield(line)
			return
		}
		var one []byte
		for {
			var more bool
			if one, more = r.Append(one[:0]); !more || !yield(one) {
				return
			}
		}
	}
}

// judged does to e, the only row of its batch, what content rules say; read reads a record in its place. It is false if e is dropped.
func judged(j *content.Judge, e event.Event, read func([]byte) event.Event) bool {
	for _, v := range j.Batch(e.Batch) {
		if v.Dropped != "" {
			return false
		}
		if v.Masked() {
			var was event.Batch
			was.Append(e.Batch, 0, 1)
			if v.Shows(was.Event(0), read(v.Mask(e))) {
				read([]byte(content.Withheld))
			}
		}
		if v.Retention != "" {
			e.SetAt(0, event.EventRetention, v.Retention)
		}
	}
	return true
}

// lines reads lines of any length and keeps of each what a record may hold, and one byte more so that the parser sees
// that something was cut off.
type lines struct {
	r   *bufio.Reader
	buf []byte
}

// next gives the next line without its LF, valid until the next call; the last line may lack the LF.
func (l *lines) next() ([]byte, error) {
	l.buf = l.buf[:0]
	for some := false; ; some = true {
		part, err := l.r.ReadSlice('\n')
		if err == nil {
			part = part[:len(part)-1]
		}
		l.buf = append(l.buf, part[:min(len(part), parse.MaxLine+1-len(l.buf))]...)
		switch {
		case err == nil:
			return l.buf, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && (some || len(part) > 0):
			return l.buf, nil
		default:
			return nil, err
		}
	}
}
