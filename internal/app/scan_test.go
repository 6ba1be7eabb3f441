package app

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"

	"watchpost/internal/parse"
)

func TestScanRecords(t *testing.T) {
	f := func(in string, want ...string) {
		t.Helper()
		r := &records{r: bufio.NewReaderSize(strings.NewReader(in), scanBuffer), line: 1}
		r.mode = r.detect()
		var got []string
		for {
			text, line, fault, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if fault != "" {
				text = []byte("! " + fault)
			}
			got = append(got, fmt.Sprintf("%d %s", line, text))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
	f("")
	f("\n \n")
	f("one\n\ntwo\r\nthree", "1 one", "3 two", "4 three")
	f("[error] one\n", "1 [error] one")
	f("{\"a\":1}\n\n{\"b\":\"}\"}\n", `1 {"a":1}`, `3 {"b":"}"}`)
	f("{\"a\":1}\n{broken\n{\"b\":2}\n", `1 {"a":1}`, `2 {broken`, `3 {"b":2}`)
	f("{\"a\n{\"b\":2}\n", `1 {"a`, `2 {"b":2}`)
	f("{\n \"a\": {\"b\": [1, {}]}\n}\n", "1 {\n \"a\": {\"b\": [1, {}]}\n}")
	f(`{"a":1}{"b":"\"}"} {"c":3}`, `1 {"a":1}`, `1 {"b":"\"}"}`, `1 {"c":3}`)
	f("[{\"a\":1},\n{\"b\":2}]\n", `1 {"a":1}`, `2 {"b":2}`)
	f("[]")
	f("[\n {\"a\":1},\n 7, \"x\",\n {\"b\":2}\n]", `2 {"a":1}`, `3 ! no JSON object: "7, \"x\","`, `4 {"b":2}`)
	f("{\"Records\": [\n{\"a\":1},\n{\"b\":2}], \"next\": \"x\"}", `2 {"a":1}`, `3 {"b":2}`)
	f("Record 1\n{\n\"a\":1}\nRecord 2\n{\"b\":2}\n", "2 {\n\"a\":1}", `5 {"b":2}`)
	f("[\n {\"a\": \"cut\n },\n {\"in\": 1}\n]", "2 ! a text does not end on its line", "4 {\"in\": 1}")
	f("{\n\"a\": 1,\n", "1 ! the object does not end")
	f("[{\"a\":\""+strings.Repeat("x", parse.MaxLine)+"\"},{\"b\":2}]", fmt.Sprintf("1 ! the object is longer than %d bytes", parse.MaxLine), `1 {"b":2}`)
	f("[{}"+strings.Repeat("[", 1<<20), "1 {}") // no recursion
	f("[{}"+strings.Repeat("\nRecord 1", 1<<18), "1 {}")
}

const encoded = `{"Event":{"System":{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Computer":"ws7.example.com","TimeCreated":{"#attributes":{"SystemTime":"2026-03-02T08:00:00Z"}}},` +
	`"EventData":{"Image":"C:\\Windows\\powershell.exe","CommandLine":"powershell -enc AAAA","TargetImage":"=x"}}}`

const encodedRule = `id: encoded
title: An encoded command
level: high
match: icontains(process.command_line, " -enc ") and labels["winlog.event_data.TargetImage"] != "y"
fields: [host.name]
`

func TestScan(t *testing.T) {
	rules := folder(t, "ssh.yaml", threeFailures, "encoded.yaml", encodedRule, "off.yaml", "id: off\ntitle: Off\nenabled: false\nmatch: exists(message)\n",
		"low.yaml", "id: low\ntitle: Low\nlevel: low\nmatch: event.action == \"ssh_login\"\n")
	lines := failures(2, "198.51.100.9") + "\nno time here\n" + failures(5, "198.51.100.9")
	logs := folder(t, "a.log", lines, "b.json", "[\n"+encoded+",\n"+encoded+"]", ".hidden", lines, "c.bin", "\x00\x01\x02\x00\x03", "d.log", "")
	scan := func(want int, args ...string) (out, told string) {
		t.Helper()
		out, told, code := tool(t, "", append([]string{"scan", "-rules", rules, "-received", "2026-03-02T09:00:00Z"}, args...)...)
		if code != want {
			t.Errorf("%q: exit code %d, should be %d: %s", args, code, want, told)
		}
		return out, told
	}
	out, told := scan(0, "-o", "ndjson", "-level", "medium", logs)
	match := func(line int) string {
		return fmt.Sprintf(`{"rule.id":"encoded","rule.name":"An encoded command","rule.level":"high","file":%q,"line":%d,"@timestamp":"2026-03-02T08:00:00Z","process.command_line":"powershell -enc AAAA","host.name":"ws7.example.com","labels":{"winlog.event_data.TargetImage":"=x"}}`+"\n", filepath.Join(logs, "b.json"), line)
	}
	alert := fmt.Sprintf(`{"rule.id":"three-failures","rule.name":"Three failures","rule.level":"high","file":%q,"line":2,"@timestamp":"2026-03-02T07:00:01Z","count":7,"event.start":"2026-03-02T07:00:00Z","event.end":"2026-03-02T07:00:04Z","source.ip":"198.51.100.9","host.name":"gate1","user.name":"root"}`+"\n", filepath.Join(logs, "a.log"))
	if want := match(2) + match(3) + alert; out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	if want := "watchpost: " + filepath.Join(logs, "c.bin") + ": binary file, not scanned\n10 records of 4 files, 0 bad, 1 files not read: found 3 high\n"; told != want {
		t.Errorf("got %q want %q", told, want)
	}

	out, _ = scan(0, logs)
	if n := strings.Count(out, "\n"); n != 10 || !strings.HasPrefix(out, "low           2026-03-02T07:00:00Z     low  "+filepath.Join(logs, "a.log")+":1 event.action=ssh_login\n") ||
		!strings.Contains(out, `process.command_line="powershell -enc AAAA"`) {
		t.Errorf("%d lines:\n%s", n, out)
	}
	out, _ = scan(0, "-o", "csv", "-level", "high", filepath.Join(logs, "b.json"))
	if rows, err := csv.NewReader(strings.NewReader(out)).ReadAll(); err != nil || len(rows) != 3 || rows[1][2] != "encoded" || rows[2][5] != "3" || !json.Valid([]byte(rows[1][6])) {
		t.Errorf("%v %q", err, out)
	}

	// The same from any packing, and from standard input.
	var gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	io.WriteString(g, encoded)
	g.Close()
	z, _ := zstd.NewWriter(&zst)
	io.WriteString(z, encoded)
	z.Close()
	wide := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(encoded)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	packed := folder(t, "a.gz", gz.String(), "b.zst", zst.String(), "c.json", string(wide), "d.json", "\ufeff"+encoded)
	if out, told = scan(0, "-o", "ndjson", packed); strings.Count(out, `"line":1,`) != 4 || strings.Count(out, "\n") != 4 {
		t.Errorf("%s%s", out, told)
	}
	if out, _, code := tool(t, encoded, "scan", "-rules", rules, "-o", "ndjson", "-"); code != 0 || !strings.Contains(out, `"file":"-","line":1,`) {
		t.Errorf("%d %s", code, out)
	}

	// What is wrong is named and ends nothing.
	cut := gz.Bytes()[:gz.Len()-20]
	bad := folder(t, "a.json", "{\"a\":1}\nnope\n{\"a\":\n"+strings.Repeat("{\"d\":", 100)+"1"+strings.Repeat("}", 100)+"\n"+encoded+"\n", "b.gz", string(cut), "c.evtx", "ElfFile\x00", "d.json", strings.Repeat("{\n", 30)+"\n")
	out, told = scan(1, "-o", "ndjson", bad, "/nonexistent.log", filepath.Join(bad, "c.evtx"))
	if !strings.Contains(out, `a.json","line":5,`) {
		t.Errorf("%s", out)
	}
	for _, want := range []string{"a.json:2: JSON: not an object\n", "a.json:3: JSON: byte", "a.json:4: JSON: nests too deep", "b.gz:1: unexpected EOF\n", "c.evtx: binary file, not scanned: an event log of Windows",
		"d.json:1: the object does not end\n", "stat /nonexistent.log: no such file", "5 records of 5 files, 4 bad, 4 files not read: found 1 high\n"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not said:\n%s", want, told)
		}
	}
	many := folder(t, "a.json", encoded+"\n"+strings.Repeat("x\n", 50))
	if _, told = scan(0, many); strings.Count(told, "not an object") != badNamed || !strings.Contains(told, "… and 30 more bad records\n") {
		t.Errorf("%s", told)
	}
	for want, args := range map[string][]string{"want table, ndjson or csv": {"-o", "xml", logs}, "-level": {"-level", "loud", logs}, "which files": {}} {
		if _, told := scan(2, args...); !strings.Contains(told, want) {
			t.Errorf("%q: %s", args, told)
		}
	}
	if _, told := scan(1, "-rules", "/nonexistent", logs); !strings.Contains(told, "folder of rules") {
		t.Error(told)
	}
}

// TestScanOrder holds the output of many chunks and workers to that of one worker.
func TestScanOrder(t *testing.T) {
	rules := folder(t, "ssh.yaml", threeFailures, "low.yaml", "id: low\ntitle: Low\nlevel: low\nmatch: message contains \"user7 \"\n",
		"wide.yaml", "id: wide\ntitle: Wide\nmatch: event.action == \"ssh_login\"\ngroup_by: [source.ip]\nwindow: {distinct: {field: user.name, at_least: 50, within: 1h}}\n")
	var b strings.Builder
	for i := range 3 * chunkRows {
		if i%5 == 0 {
			b.WriteString("no time of its own\n")
		}
		fmt.Fprintf(&b, "Mar  2 07:%02d:%02d gate1 sshd[7]: Failed password for user%d from 198.51.100.%d port 4001 ssh2\n", i/60%60, i%60, i%100, i%7)
	}
	dir := folder(t, "a.log", b.String(), "b.log", b.String())
	var outs []string
	for _, workers := range []int{1, 4} {
		s := Scan{Rules: rules, Format: "ndjson", Files: []string{dir}, Workers: workers, Lines: ParseOptions{Received: testNow}, Progress: io.Discard}
		var out, notes bytes.Buffer
		whole, err := s.Run(t.Context(), &out, &notes)
		if err != nil || !whole {
			t.Fatalf("%v %s", err, notes.String())
		}
		outs = append(outs, out.String())
	}
	if outs[0] != outs[1] || strings.Count(outs[0], "\n") < 200 || !strings.Contains(outs[0], `"rule.id":"wide"`) {
		t.Errorf("%d and %d bytes", len(outs[0]), len(outs[1]))
	}
}
