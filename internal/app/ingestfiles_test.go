package app

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

func TestExpand(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"syslog", "syslog.1", "syslog.2.gz", "syslog.10.gz", "mail.log-20260301.xz", "mail.log-20260215", "mail.log", "other"} {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := func(want string, names ...string) {
		t.Helper()
		for i := range names {
			names[i] = filepath.Join(dir, names[i])
		}
		got, err := expand(names)
		for i := range got {
			got[i] = filepath.Base(got[i])
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %q, %v", names, got, err)
		}
	}
	f("syslog.10.gz syslog.2.gz syslog.1 syslog", "syslog*")
	f("mail.log-20260215 mail.log-20260301.xz mail.log syslog.1 syslog", "mail*", "syslog", "syslog.1", "mail.log")
	if _, err := expand([]string{filepath.Join(dir, "nothing*")}); err == nil {
		t.Error("a pattern without files")
	}
	if got, err := expand([]string{"-"}); err != nil || !slices.Equal(got, []string{"-"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestChunks(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	f := func(in string, wantLines, wantCut int) {
		t.Helper()
		c := chunker{r: bufio.NewReaderSize(strings.NewReader(in), 4096)}
		var raw int64
		lines := 0
		for {
			body, n, l, err := c.next()
			raw += n
			lines += l
			if bytes.Count(body, []byte("\n")) != l || len(body) > fileChunkBytes+maxFileLine+1 || len(body) > 0 && body[len(body)-1] != '\n' {
				t.Errorf("%.20q: %d bytes for %d lines", in, len(body), l)
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Error(err)
				}
				break
			}
		}
		if raw != int64(len(in)) || lines != wantLines || c.cut != wantCut {
			t.Errorf("%.20q: %d of %d bytes, %d lines, %d cut", in, raw, len(in), lines, c.cut)
		}
	}
	f("", 0, 0)
	f("a", 1, 0)
	f("a\n", 1, 0)
	f("a\n\nb", 3, 0)
	f("a\n"+long+"\nb\n", 3, 1)
	f(long, 1, 1)
	f(strings.Repeat("a line\n", 30000), 30000, 0)
	f(strings.Repeat(strings.Repeat("y", 9000)+"\n", 1000), 1000, 0)
}

// TestIngestFiles sends compressed files, is broken off after each answer in turn, and goes on: the receiver, which knows a request
// again by its key, has every line once.
func TestIngestFiles(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for i, pack := range []func(io.Writer) (io.WriteCloser, error){
		func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
		func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
		func(w io.Writer) (io.WriteCloser, error) { return nopCloser{w}, nil },
	} {
		var b bytes.Buffer
		w, err := pack(&b)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 70000 {
			line := fmt.Sprintf("file %d line %d", i, n)
			want = append(want, line)
			fmt.Fprintln(w, line)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("log.%d", 3-i)), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	seen := map[string]bool{}
	repeated, busy := 0, 0
	var after func() // of an answer
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if busy++; busy%5 == 3 {
			http.Error(w, `{"detail":"not now"}`, http.StatusServiceUnavailable)
			return
		}
		if key := r.Header.Get("Idempotency-Key"); seen[key] {
			repeated++
		} else {
			seen[key] = true
			got = append(got, strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")...)
		}
		if after != nil {
			after()
		}
		fmt.Fprint(w, `{"accepted":1}`)
	}))
	defer srv.Close()
	runs := 0
	for done := false; !done; runs++ {
		ctx, cancel := context.WithCancel(t.Context())
		after = cancel // the answer is lost
		if runs%2 == 1 {
			n := 0
			after = func() { // one answer arrives, the next is lost
				if n++; n == 2 {
					cancel()
				}
			}
		}
		in := ingestFiles{server: srv.URL, format: "auto", state: filepath.Join(dir, "state"), files: []string{filepath.Join(dir, "log.*")}, now: time.Now, client: srv.Client()}
		err := in.run(ctx, io.Discard)
		done = err == nil
		cancel()
		if runs > 100 {
			t.Fatal(err)
		}
	}
	if !slices.Equal(got, want) || repeated == 0 || runs < 5 {
		t.Errorf("%d lines of %d, the same %v; %d requests repeated, %d runs", len(got), len(want), slices.Equal(got, want), repeated, runs)
	}
}

// TestIngestWideFiles sends what Windows writes: UTF-16 as text, other bytes as they are, and no event log.
func TestIngestWideFiles(t *testing.T) {
	dir := t.TempDir()
	var got string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got += string(body)
		fmt.Fprint(w, `{"accepted":1}`)
	}))
	defer srv.Close()
	f := func(text, want, fault string) {
		t.Helper()
		got = ""
		name := filepath.Join(dir, "log")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		in := ingestFiles{server: srv.URL, format: "auto", files: []string{name}, now: time.Now, client: srv.Client()}
		err := in.run(t.Context(), io.Discard)
		if got != want || (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: %q and %v, should be %q and %q", text, got, err, want, fault)
		}
	}
	f("\xff\xfea\x00\n\x00\xfc\x00b\x00\r\x00\n\x00", "a\n\u00fcb\r\n", "")
	f("\xfe\xff\x00a\x00\n\xd8\x3d\xde\x00", "a\n\U0001f600\n", "")
	f("\ufeffa\n\xfcb\x00\x00\n", "\ufeffa\n\xfcb\x00\x00\n", "")
	f("ElfFile\x00abc\n", "", "event log of Windows")
}

// TestIngestAgain gives the same command again and again: what has come to a file since goes in, and nothing twice; a file that breaks off
// costs neither what stands before nor other files.
func TestIngestAgain(t *testing.T) {
	dir := t.TempDir()
	got, down := "", false
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if down {
			http.Error(w, `{"detail":"the token is not known"}`, http.StatusUnauthorized)
			return
		}
		got += string(body)
		fmt.Fprint(w, `{"accepted":1}`)
	}))
	defer srv.Close()
	packed := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	f := func(log, old, want, fault string) {
		t.Helper()
		got = ""
		for name, text := range map[string]string{"log": log, "log.1": old} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		in := ingestFiles{server: srv.URL, format: "auto", state: filepath.Join(dir, "state"), files: []string{filepath.Join(dir, "log*")}, now: time.Now, client: srv.Client()}
		err := in.run(t.Context(), io.Discard)
		if got != want || (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%.40q: %.80q and %v, should be %.80q and %q", log, got, err, want, fault)
		}
	}
	many := strings.Repeat("0123456789abcde\n", 1000) // beyond what tells files apart
	whole := packed("z1\nz2\n")
	noise := make([]byte, 40000)
	for i, x := range noise {
		noise[i] = "0123456789abcdef"[(i*i*7+i/3+int(x))%16]
		if i%50 == 49 {
			noise[i] = '\n'
		}
	}
	torn := packed(string(noise) + "end")
	f("", "", "", "")
	f("a\n", whole, "z1\nz2\na\n", "")
	f("a\n", whole, "", "")
	f("a\nb\n", whole, "b\n", "")
	f("a\nb\n"+many, whole+packed("z3\n"), "z3\n"+many, "")
	f("a\nb\n"+many+"c\n", whole+packed("z3\n"), "c\n", "")
	f("new\n", "", "new\n", "")
	f("new\nmore\n", torn[:len(torn)-12], string(noise)+"more\n", "log.1: cannot be read beyond line 800: unexpected EOF")
	f("new\nmore\n", torn[:len(torn)-12], "", "log.1: cannot be read beyond line 800")
	f("new\nmore\n", torn, "end\n", "")
	down = true
	f("new\nmore\n3\n", torn, "", "log: 401 Unauthorized: the token is not known")
	down = false
	f("new\nmore\n3\n", torn, "3\n", "")
	f("new\n", torn, "", "log: is shorter than what was sent of it before")
}

// TestIngestHidesItsToken: what -h prints goes into terminals and tickets.
func TestIngestHidesItsToken(t *testing.T) {
	t.Setenv("WATCHPOST_TOKEN", "s3cret-of-mine")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = w
	err = ingestTool([]string{"-h"})
	os.Stderr = stderr
	w.Close()
	text, readErr := io.ReadAll(r)
	if !errors.Is(err, flag.ErrHelp) || readErr != nil || !bytes.Contains(text, []byte("WATCHPOST_TOKEN")) || bytes.Contains(text, []byte("s3cret")) {
		t.Errorf("%v, %v: %s", err, readErr, text)
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
