package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"watchpost/internal/event"
)

// duckdb reads the files, of the version that PyPI has.
const duckdb = "duckdb==2.0.1"

// odd is a batch with values of every kind, present and not, and hostile ones.
func odd() *event.Batch {
	var b event.Batch
	b.SetID(event.BlockID{1})
	const at = int64(1_700_000_000_123_456_789)
	b.Begin([]byte("<34>plain"), at)
	b.SetTime(at)
	b.SetString(event.Message, "plain")
	b.SetString(event.SourceIP, "203.0.113.7")
	b.SetInt(event.SourcePort, -1)
	b.SetFloat(event.EventRiskScore, 0.5)
	b.SetBool(event.ProcessCodeSignatureTrusted, true)
	b.AddString(event.EventCategory, "authentication")
	b.AddString(event.EventCategory, "session")
	b.Label([]byte("b"), []byte("2"))
	b.Label([]byte("a"), []byte("=1+1"))
	b.End()
	b.Begin([]byte("bad \xff\xfe bytes"), at+1)
	b.SetTime(at + 1)
	b.SetString(event.Message, "bad \xff bytes, \x00 and \u202e")
	b.End()
	return &b
}

// read gives the rows of a Parquet file as DuckDB reads them.
func read(t *testing.T, data []byte) []map[string]any {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "x.parquet")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	const program = `
import duckdb, sys
for row in duckdb.execute("SELECT to_json(t) FROM read_parquet(?) t", [sys.argv[1]]).fetchall():
    print(row[0])
`
	cmd := exec.Command(python(t), "-c", program, file)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("duckdb: %v", err)
	}
	var rows []map[string]any
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var row map[string]any
		if err := d.Decode(&row); errors.Is(err, io.EOF) {
			return rows
		} else if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

// python gives an interpreter that has DuckDB, in an environment of its own that stays for the next time.
func python(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "watchpost", "python", duckdb)
	exe := filepath.Join(dir, "bin", "python3")
	if exec.Command(exe, "-c", "import duckdb").Run() == nil {
		return exe
	}
	missing := func(what string, err error, out []byte) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s: %v: %s", what, err, out)
		}
		t.Skipf("no DuckDB to read with: %s: %v: %s", what, err, out)
	}
	if out, err := exec.Command("python3", "-m", "venv", dir).CombinedOutput(); err != nil {
		missing("python3 -m venv", err, out)
	}
	if out, err := exec.Command(exe, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", duckdb).CombinedOutput(); err != nil {
		missing("pip install", err, out)
	}
	return exe
}

func write(t *testing.T, format string, show []event.Field, batches ...*event.Batch) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := New(format, &out, show)
	if err != nil {
		t.Fatal(err)
	}
	n := uint64(0)
	for _, b := range batches {
		for e := range b.Events() {
			if err := w.Write(e); err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	if err := w.Close(); err != nil || w.Rows() != n {
		t.Fatalf("%s: %d rows of %d, %v", format, w.Rows(), n, err)
	}
	return out.Bytes()
}

// What another implementation reads is what was stored, in all fields.
func TestParquetIsReadByOthers(t *testing.T) {
	rows := read(t, write(t, "parquet", nil, odd()))
	if len(rows) != 2 {
		t.Fatalf("%v", rows)
	}
	for i, want := range []map[string]string{
		{"event.id": "01000000000000000000000000000000-0", "message": "plain", "source.ip": "203.0.113.7", "source.port": "-1", "event.risk_score": "0.5", "process.code_signature.trusted": "true",
			"event.category": "[authentication session]", "labels": "map[a:=1+1 b:2]", "@timestamp": "2023-11-14 22:13:20.123456789+00", "event.original": "<34>plain", originalBytes: "<nil>", "destination.ip": "<nil>", "event.type": "<nil>"},
		{"message": "bad \uFFFD bytes, \x00 and \u202e", "event.original": "bad \uFFFD bytes", originalBytes: "YmFkIP/+IGJ5dGVz", "source.port": "<nil>", "labels": "<nil>", "event.category": "<nil>"},
	} {
		for name, v := range want {
			if got, ok := rows[i][name]; !ok || fmt.Sprint(got) != v {
				t.Errorf("row %d: %s: %v, want %s", i, name, got, v)
			}
		}
		if len(rows[i]) != int(event.NumFields) { // and event.original_base64, but for None
			t.Errorf("row %d has %d columns", i, len(rows[i]))
		}
	}
	if rows := read(t, write(t, "parquet", []event.Field{event.Message})); len(rows) != 0 {
		t.Errorf("an empty file: %v", rows)
	}
}

// No value is a formula, in whatever country's spreadsheet; what is none stays as it is.
func TestCSVIsHarmless(t *testing.T) {
	f := func(value, want string) {
		t.Helper()
		var b event.Batch
		b.Begin(nil, 1)
		b.SetString(event.Message, value)
		b.End()
		rows, err := csv.NewReader(bytes.NewReader(write(t, "csv", []event.Field{event.EventKind, event.Message}, &b))).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][1] != want {
			t.Errorf("%q: %q, %v", value, rows, err)
		}
	}
	for _, sign := range []string{"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"} {
		for _, hidden := range []string{"", " ", "\u00a0", "\u3000", "\ufeff", "\u200b", "\x00", "\x1f", `"`, "\u2003"} {
			f(hidden+sign+"1", "'"+hidden+sign+"1")
			f("a;"+hidden+sign+"1", "a;'"+hidden+sign+"1")
			f("a\t"+hidden+sign+"cmd|' /C calc'!A0;", "a\t'"+hidden+sign+"cmd|' /C calc'!A0;")
			f("a\n"+hidden+sign+"1\n"+sign+" x", "a\n'"+hidden+sign+"1\n'"+sign+" x")
		}
		f(sign, "'"+sign)
		f("a; b"+sign+"1, "+sign+"2", "a; b"+sign+"1, "+sign+"2")
	}
	f("\tx", "'\tx")
	f("\nx", "'\nx")
	f("", "")
	f("plain; text\nof lines", "plain; text\nof lines")
	f("Account:\t\t-\nID: -5; PWD=/srv ; USER=root", "Account:\t\t-\nID: -5; PWD=/srv ; USER=root")
	out := string(write(t, "csv", []event.Field{event.Labels}, func() *event.Batch {
		var b event.Batch
		b.Begin(nil, 1)
		b.Label([]byte("k"), []byte("x;=1+1"))
		b.End()
		return &b
	}()))
	if !strings.Contains(out, "x;'=1+1") {
		t.Errorf("labels: %q", out)
	}
}

// many is how many rows are more than a group.
const many = groupRows + groupRows/2

func numbered(from, n int) *event.Batch {
	var b event.Batch
	b.SetID(event.BlockID{2})
	for i := from; i < from+n; i++ {
		b.Begin(nil, int64(i))
		b.SetTime(int64(i))
		b.SetString(event.Message, fmt.Sprintf("event %d of many", i))
		b.SetString(event.HostName, fmt.Sprintf("host-%d", i%10))
		b.End()
	}
	return &b
}

// Groups are written as they fill: what is gathered stays within bounds, and what is written is counted.
func TestParquetInGroups(t *testing.T) {
	var out bytes.Buffer
	w, err := New("parquet", &out, []event.Field{event.Timestamp, event.HostName, event.Message})
	if err != nil {
		t.Fatal(err)
	}
	var grown uint64
	var before, after runtime.MemStats
	for i := 0; i < many; i += 10_000 {
		for e := range numbered(i, 10_000).Events() {
			if err := w.Write(e); err != nil {
				t.Fatal(err)
			}
		}
		if i == 0 {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc {
		grown = after.HeapAlloc - before.HeapAlloc
	}
	if grown > 3*groupBytes {
		t.Errorf("%d bytes are held", grown)
	}
	if w.Rows() != groupRows || out.Len() == 0 {
		t.Errorf("%d rows in %d bytes before the end, want a group", w.Rows(), out.Len())
	}
	cut := bytes.Clone(out.Bytes())
	if err := w.Close(); err != nil || w.Rows() != many {
		t.Errorf("%d rows, %v", w.Rows(), err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil || f.NumRows() != many || len(f.RowGroups()) != 2 {
		t.Fatalf("%d rows in %d groups, %v", f.NumRows(), len(f.RowGroups()), err)
	}
	if _, err := parquet.OpenFile(bytes.NewReader(cut), int64(len(cut))); err == nil {
		t.Error("a file that broke off looks whole")
	}
	// Large values fill a group sooner.
	var b event.Batch
	for i := range 40 {
		b.Begin([]byte(strings.Repeat("x", 1<<20)), int64(i))
		b.End()
	}
	w, err = New("parquet", io.Discard, []event.Field{event.EventOriginal})
	if err != nil {
		t.Fatal(err)
	}
	for e := range b.Events() {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.Rows(); n < 30 || n > 35 {
		t.Errorf("%d rows of a MiB are written", n)
	}
}

// failing takes so many bytes.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("gone")
	}
	return len(p), nil
}

// What is counted is written, whatever breaks.
func TestRowsOfWhatBroke(t *testing.T) {
	for format, want := range map[string]uint64{"ndjson": 9, "csv": 9, "parquet": 0} {
		size := 9 * len(`{"message":"event 0 of many"}`+"\n")
		switch format {
		case "parquet":
			size = 50
		case "csv":
			size = len("message\n") + 9*len("event 0 of many\n")
		}
		w, err := New(format, &failing{size}, []event.Field{event.Message})
		if err != nil {
			t.Fatal(err)
		}
		for e := range numbered(0, 20).Events() {
			if err = w.Write(e); err != nil {
				break
			}
		}
		if err == nil { // Parquet gathers
			err = w.Close()
		}
		if err == nil || w.Rows() != want {
			t.Errorf("%s: %d rows, %v", format, w.Rows(), err)
		}
	}
	if _, err := New("xls", io.Discard, nil); err == nil {
		t.Error("xls")
	}
}

func BenchmarkParquet(b *testing.B) {
	batch := numbered(0, 10_000)
	w, err := New("parquet", io.Discard, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for e := range batch.Events() {
			if err := w.Write(e); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/event")
}
