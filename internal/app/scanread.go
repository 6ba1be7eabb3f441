package app

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"watchpost/internal/parse"
)

// scanFile is one input of a scan.
type scanFile struct {
	name string
	size int64 // as it lies on disk; 0 where that is not known
	walk bool  // found in a folder, not named
}

// scanFiles gives the files that names stand for, in the order of names, those of folders by name. Within folders,
// hidden files and what is no regular file are left out.
func scanFiles(names []string) (files []scanFile, total int64, errs []error) {
	for _, name := range names {
		if name == "-" {
			files = append(files, scanFile{name: name})
			continue
		}
		info, err := os.Stat(name)
		switch {
		case err != nil:
			errs = append(errs, err)
		case !info.IsDir():
			files = append(files, scanFile{name: name, size: info.Size()})
			total += info.Size()
		default:
			err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
				if err != nil {
					errs = append(errs, err)
					return nil
				}
				if path != name && strings.HasPrefix(d.Name(), ".") {
					if d.IsDir() {
						return fs.SkipDir
					}
					return nil
				}
				if info, err := d.Info(); err == nil && d.Type().IsRegular() {
					files = append(files, scanFile{path, info.Size(), true})
					total += info.Size()
				}
				return nil
			})
			if err != nil {
				errs = append(errs, err)
			}
		}
	}
	return files, total, errs
}

// errBinary says that a file holds no text.
var errBinary = errors.New("binary file, not scanned")

// zstdWindow bounds what decompression may keep in memory.
const zstdWindow = 64 << 20

// openRecords opens a file, takes off its compression and finds out in what form its records stand. read counts
// bytes of the file.
func openRecords(name string, read *atomic.Int64) (*records, func(), error) {
	in := os.Stdin
	closing := func() {}
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, nil, err
		}
		in, closing = f, func() { f.Close() }
	}
	r, err := newRecords(countReader{in, read})
	if err != nil {
		closing()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, closing, nil
}

func newRecords(in io.Reader) (*records, error) {
	r, err := uncompressed(in)
	if err == nil {
		r, err = utf8Text(r)
	}
	if err != nil {
		return nil, err
	}
	out := &records{r: r, line: 1}
	out.mode = out.detect()
	return out, nil
}

type countReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

const scanBuffer = 64 << 10

// uncompressed goes by the first bytes, not by the name.
func uncompressed(in io.Reader) (*bufio.Reader, error) {
	r := bufio.NewReaderSize(in, scanBuffer)
	head, _ := r.Peek(6)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(z, scanBuffer), nil
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(z.IOReadCloser(), scanBuffer), nil
	}
	if bytes.HasPrefix(head, []byte("BZh")) {
		return bufio.NewReaderSize(bzip2.NewReader(r), scanBuffer), nil
	}
	if bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")) {
		z, err := xz.NewReader(r)
		if err != nil {
			return nil, err
		}
		return bufio.NewReaderSize(z, scanBuffer), nil
	}
	return r, nil
}

// utf8Text refuses binary files, reads UTF-16 as Windows writes it, and takes off a byte order mark.
func utf8Text(r *bufio.Reader) (*bufio.Reader, error) {
	head, _ := r.Peek(8)
	switch {
	case bytes.HasPrefix(head, []byte("ElfFile\x00")):
		return nil, fmt.Errorf("%w: an event log of Windows; make JSON of it first, for example with evtx_dump -o jsonl", errBinary)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		_, err := r.Discard(2)
		return bufio.NewReaderSize(&utf16Reader{r: r, order: binary.LittleEndian}, scanBuffer), err
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		_, err := r.Discard(2)
		return bufio.NewReaderSize(&utf16Reader{r: r, order: binary.BigEndian}, scanBuffer), err
	case bytes.HasPrefix(head, []byte("\ufeff")):
		_, err := r.Discard(3)
		return r, err
	}
	if bytes.Count(head, []byte{0}) > 1 || binaryText(r) {
		return nil, errBinary
	}
	return r, nil
}

// binaryText says whether a file begins with what no text holds: many control characters, of many kinds. Some formats part fields by one kind.
func binaryText(r *bufio.Reader) bool {
	head, _ := r.Peek(512)
	var kinds [0x20]int
	n := 0
	for _, c := range head {
		if c < 0x20 && (c < '\t' || c > '\r') && c != 0x1b {
			kinds[c]++
			n++
		}
	}
	different := 0
	for _, k := range kinds {
		different += min(k, 1)
	}
	return kinds[0] > 4 && 10*kinds[0] > len(head) || different >= 6 && 20*n > len(head)
}

// wideText reads UTF-16 and refuses event logs of Windows; all else is given byte for byte.
func wideText(r *bufio.Reader) (*bufio.Reader, error) {
	head, _ := r.Peek(8)
	for _, mark := range [...]string{"\xff\xfe", "\xfe\xff", "ElfFile\x00"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return utf8Text(r)
		}
	}
	return r, nil
}

// utf16Reader gives UTF-16 as UTF-8.
type utf16Reader struct {
	r     *bufio.Reader
	order binary.ByteOrder
	out   []byte // made, not read yet
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		c, err := u.unit()
		if err != nil {
			return 0, err
		}
		if utf16.IsSurrogate(c) {
			low, err := u.unit()
			if err != nil {
				low = utf8.RuneError
			}
			c = utf16.DecodeRune(c, low)
		}
		u.out = utf8.AppendRune(u.out[:0], c)
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (u *utf16Reader) unit() (rune, error) {
	var b [2]byte
	for i := range b {
		var err error
		if b[i], err = u.r.ReadByte(); err != nil {
			return 0, err // half a unit is none
		}
	}
	return rune(u.order.Uint16(b[:])), nil
}

// records gives the records of one file: its lines, or the objects of a JSON text that is laid out otherwise.
type records struct {
	r    *bufio.Reader
	mode recordMode
	line int // of the next byte
	col  int // of the next byte, from 0; kept for objects only
	buf  []byte

	wrapped bool // the objects stand in the list of one that wraps them
}

type recordMode uint8

const (
	modeLines   recordMode = iota // any lines, each read as what it is
	modeNDJSON                    // each line a JSON object
	modeObjects                   // one object, an array of them, or several one after the other
)

// wrapped is how clouds begin a file of events: one object that holds a list of them.
var wrapped = regexp.MustCompile(`^\s*\{\s*"(?:Records|records|Events|events|value)"\s*:\s*\[`)

// numbered is the line with which evtx_dump announces each object.
var numbered = regexp.MustCompile(`^Record \d+\r?\n\s*\{`)

// detect reads ahead, never further than the buffer.
func (r *records) detect() recordMode {
	head, whole := r.ahead(func(b []byte) bool { return len(bytes.TrimLeft(b, " \t\r\n")) > 0 })
	start := bytes.TrimLeft(head, " \t\r\n")
	if bytes.HasPrefix(start, []byte("Record ")) {
		if head, _ = r.ahead(func(b []byte) bool { return bytes.Count(b, []byte("\n")) > 1 }); numbered.Match(head) {
			return modeObjects
		}
	}
	switch {
	case len(start) == 0 && whole, len(start) > 0 && start[0] != '{' && start[0] != '[':
		return modeLines
	case len(start) > 0 && start[0] == '[': // of JSON, or of a line such as "[error] …"
		head, _ = r.ahead(func(b []byte) bool { return len(bytes.TrimLeft(b, "[ \t\r\n")) > 0 })
		if inner := bytes.TrimLeft(bytes.TrimLeft(head, " \t\r\n")[1:], " \t\r\n"); len(inner) > 0 && inner[0] != '{' && inner[0] != ']' {
			return modeLines
		}
		return modeObjects
	}
	head, _ = r.ahead(func(b []byte) bool { return bytes.IndexByte(bytes.TrimLeft(b, " \t\r\n"), '\n') >= 0 })
	if at := wrapped.FindIndex(head); at != nil {
		for range at[1] {
			_, _ = r.read() // they were seen
		}
		r.wrapped = true
		return modeObjects
	}
	first, _, _ := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte("\n"))
	if wholeObject(first) {
		return modeNDJSON
	}
	head, _ = r.ahead(func([]byte) bool { return false }) // the first line may be broken
	for line := range bytes.Lines(head) {
		if wholeObject(line) {
			return modeNDJSON
		}
	}
	return modeObjects
}

// ahead peeks until enough says so, the buffer is full or the file ends (whole).
func (r *records) ahead(enough func([]byte) bool) (head []byte, whole bool) {
	for n := 1; n <= scanBuffer; n = max(n, r.r.Buffered()) + 1 {
		if _, err := r.r.Peek(n); err != nil {
			head, _ = r.r.Peek(r.r.Buffered())
			return head, true
		}
		if head, _ = r.r.Peek(r.r.Buffered()); enough(head) {
			return head, false
		}
	}
	return head, false
}

// wholeObject says whether a line is one JSON object from its first byte to its end.
func wholeObject(line []byte) bool {
	line = bytes.TrimRight(line, " \t\r\n")
	if len(line) < 2 || line[0] != '{' || line[len(line)-1] != '}' {
		return false
	}
	var s objectState
	for i, c := range line {
		if s.step(c); s.depth == 0 {
			return i == len(line)-1
		}
	}
	return false
}

// objectState follows brackets and quotes.
type objectState struct {
	depth         int
	text, escaped bool
}

func (s *objectState) step(c byte) {
	switch {
	case s.escaped:
		s.escaped = false
	case s.text:
		s.escaped, s.text = c == '\\', c != '"'
	case c == '"':
		s.text = true
	case c == '{' || c == '[':
		s.depth++
	case c == '}' || c == ']':
		s.depth--
	}
}

// format says how the parser should read the records.
func (r *records) format(asked parse.Format) parse.Format {
	if r.mode == modeLines {
		return asked
	}
	return parse.JSON
}

// next gives the next record, valid until the next call, and the line where it begins. A fault says that there is
// none to be had of what stands there. The error is io.EOF at the end.
func (r *records) next() (text []byte, line int, fault string, err error) {
	if r.mode == modeObjects {
		return r.object()
	}
	l := lines{r: r.r, buf: r.buf}
	for {
		line = r.line
		text, err = l.next()
		r.buf = l.buf
		if err != nil {
			return nil, line, "", err
		}
		r.line++
		if text = bytes.TrimSuffix(text, []byte("\r")); len(bytes.TrimSpace(text)) > 0 {
			return text, line, "", nil
		}
	}
}

func (r *records) read() (byte, error) {
	c, err := r.r.ReadByte()
	if err != nil {
		return 0, err
	}
	if r.col++; c == '\n' {
		r.line++
		r.col = 0
	}
	return c, nil
}

// object reads up to the end of the next object.
func (r *records) object() (text []byte, line int, fault string, err error) {
	for {
		c, err := r.read()
		for ; err == nil && strings.IndexByte(" \t\r\n,[]}", c) >= 0; c, err = r.read() {
			if c == ']' && r.wrapped {
				return nil, r.line, "", io.EOF
			}
		}
		if err != nil {
			return nil, r.line, "", err
		}
		if line = r.line; c == '{' {
			break
		}
		if what := r.foreign(c); what != "" {
			return nil, line, what, nil
		}
	}
	col, long := r.col, 0
	s := objectState{depth: 1}
	r.buf = append(r.buf[:0], '{')
	for s.depth > 0 {
		c, err := r.read()
		if errors.Is(err, io.EOF) {
			return nil, line, "the object does not end", nil
		} else if err != nil {
			return nil, line, "", err
		}
		if c == '\n' && s.text {
			r.resume(col)
			return nil, line, "a text does not end on its line", nil
		}
		s.step(c)
		if len(r.buf) < parse.MaxLine {
			r.buf = append(r.buf, c)
		} else {
			long++
		}
	}
	if long > 0 {
		return nil, line, fmt.Sprintf("the object is longer than %d bytes", parse.MaxLine), nil
	}
	return r.buf, line, "", nil
}

// foreign steps over what is no object, to the next one or the end of the line, and says what stands there: "" is what evtx_dump
// puts between objects.
func (r *records) foreign(c byte) string {
	start := []byte{c}
	for c != '\n' {
		head, err := r.r.Peek(1)
		if err != nil || head[0] == '{' {
			break
		}
		if c, err = r.read(); err == nil && len(start) < 40 {
			start = append(start, c)
		}
	}
	if bytes.HasPrefix(start, []byte("Record ")) {
		return ""
	}
	return fmt.Sprintf("no JSON object: %q", bytes.TrimSpace(start))
}

// resume steps over the rest of a broken object: to a line that begins an object no deeper than it did. An error comes again
// at the next read.
func (r *records) resume(col int) {
	for {
		blanks := 0
		head, err := r.r.Peek(1)
		for ; err == nil && (head[0] == ' ' || head[0] == '\t'); head, err = r.r.Peek(1) {
			blanks++
			_, _ = r.read()
		}
		if err != nil || head[0] == '{' && blanks < col {
			return
		}
		for c := byte(0); c != '\n'; {
			if c, err = r.read(); err != nil {
				return
			}
		}
	}
}
