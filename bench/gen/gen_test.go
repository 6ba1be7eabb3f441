package gen

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/parse"
)

var at = time.Date(2026, 11, 23, 10, 11, 12, 123456000, time.UTC)

func TestLineFollowsFromID(t *testing.T) {
	for f := RFC5424; f <= JSON; f++ {
		a, b := Stream{Run: "r1", Source: 3, Format: f}, Stream{Run: "r1", Source: 4, Format: f}
		total := 0
		for n := range 2000 {
			line := a.Append(nil, n, at)
			if again := a.Append(nil, n, at); !bytes.Equal(line, again) {
				t.Fatalf("line %d differs:\n%s\n%s", n, line, again)
			}
			if bytes.Equal(line, b.Append(nil, n, at)) {
				t.Fatalf("line %d is the same in two sources: %s", n, line)
			}
			if f == JSON && !json.Valid(line) {
				t.Fatalf("not JSON: %s", line)
			}
			total += len(line)
		}
		if mean := total / 2000; mean < 200 || mean > 400 {
			t.Errorf("format %d: %d bytes a line", f, mean)
		}
	}
}

// A product that does not understand the lines would be measured at something else than its work.
func TestLinesAreUnderstood(t *testing.T) {
	p, err := parse.New(parse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for f := RFC5424; f <= RFC3164; f++ {
		var b event.Batch
		datasets := map[string]int{}
		sources := 0
		const rows = 5000
		for n := range rows {
			line := Stream{Run: "r1", Format: f}.Append(nil, n, at)
			p.Line(&b, line, at.UnixNano(), parse.Auto)
			b.End()
			e := b.Event(n)
			if strings.Contains(e.Str(event.Tags), parse.TagUnparsed) {
				t.Fatalf("unparsed: %s", line)
			}
			datasets[e.Str(event.EventDataset)]++
			if e.Str(event.SourceIP) != "" {
				sources++
			}
		}
		for _, d := range []string{"system.auth", "iptables.log", "cisco.asa", "fortinet.firewall", "syslog"} {
			if datasets[d] < rows/20 {
				t.Errorf("format %d: %d rows of %s among %v", f, datasets[d], d, datasets)
			}
		}
		if sources < rows*6/10 {
			t.Errorf("format %d: source.ip in %d of %d rows", f, sources, rows)
		}
		var burst event.Batch
		for i := range BurstLines {
			d := Decoys{Run: "r1", Format: f}
			p.Line(&burst, d.Append(nil, 7, i, at), at.UnixNano(), parse.Auto)
			burst.End()
			e := burst.Event(i)
			if e.Str(event.EventOutcome) != "failure" || e.Str(event.EventAction) != "ssh_login" || e.Str(event.SourceIP) != d.Address(7) {
				t.Errorf("decoy: %s", d.Append(nil, 7, i, at))
			}
		}
	}
}

func TestVerify(t *testing.T) {
	s := Stream{Run: "r1", Source: 1}
	line := func(n int) string { return string(s.Append(nil, n, at)) }
	f := func(stored []string, dropped int, want string) {
		t.Helper()
		var a Account
		a.Sent, a.Acked = make([]Set, 2), make([]Set, 2)
		a.Sent[1].Add(0, 5)
		a.Acked[1].Add(0, 4)
		v := Verifier{Run: "r1"}
		var in bytes.Buffer
		for _, l := range stored {
			json.NewEncoder(&in).Encode(map[string]string{"event.original": l})
		}
		if rows, err := v.Rows(&in); err != nil || rows != len(stored) {
			t.Fatal(rows, err)
		}
		r := v.Result(&a, dropped)
		if got := fmt.Sprint(r.Missing, r.Extra, r.Dup, r.Corrupt, r.Unaccounted, r.Reordered, r.Decoys, r.Other); got != want {
			t.Errorf("%q: missing, extra, dup, corrupt, unaccounted, reordered, decoys, other: %s, want %s", stored, got, want)
		}
	}
	all := []string{line(0), line(1), line(2), line(3), line(4)}
	f(all, 0, "0 0 0 0 0 0 0 0")
	f(all[:4], 0, "0 0 0 0 1 0 0 0")
	f(all[:4], 1, "0 0 0 0 0 0 0 0")
	f(all[1:], 0, "1 0 0 0 1 0 0 0")
	f(append(all, line(5)), 0, "0 1 0 0 0 0 0 0")
	f(append(all, line(4)), 0, "0 0 1 0 0 0 0 0")
	f(append(all, strings.Replace(line(4), "2026", "2025", 1)), 0, "0 0 0 1 0 0 0 0")
	f(append(all, line(4)+"x", line(4)[:len(line(4))-1]), 0, "0 0 0 2 0 0 0 0")
	f([]string{line(1), line(0), line(2), line(3), line(4)}, 0, "0 0 0 0 0 1 0 0")
	f(append(all, "hello", string(Stream{Run: "r2"}.Append(nil, 0, at))), 0, "0 0 0 0 0 0 0 2")
	f(append(all, string(Decoys{Run: "r1"}.Append(nil, 0, 0, at))), 0, "0 0 0 0 0 0 1 0")
}

func TestLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	for i := range 2 { // appended to, not begun anew
		l, err := CreateLedger(path)
		if err != nil {
			t.Fatal(err)
		}
		l.Sent(2, 10*i, 10*i+10)
		l.Acked(2, 10*i, 10*i+5)
		l.Decoy(i)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	b, _ := os.ReadFile(path)
	a, err := ReadLedger(bytes.NewReader(append(b, "sent 2 20 3"...)))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(len(a.Sent), a.Sent[2].Len(), a.Acked[2].Len(), a.Acked[2].Has(7), a.Decoys); got != "3 20 10 false [0 1]" {
		t.Error(got)
	}
	for _, bad := range []string{"sent 1 2\n", "sent 1 5 2\n", "lost 1 2 3\n", "sent -1 0 1\n", "sent 0 0 999999999999\n"} {
		if _, err := ReadLedger(strings.NewReader(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestSendTCP(t *testing.T) {
	f := func(lines bool, format Format) {
		t.Helper()
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		got := make(chan []byte)
		go func() {
			conn, err := ln.Accept()
			if err != nil {
				close(got)
				return
			}
			b, _ := io.ReadAll(conn)
			conn.Close()
			got <- b
		}()
		path := filepath.Join(t.TempDir(), "ledger")
		l, err := CreateLedger(path)
		if err != nil {
			t.Fatal(err)
		}
		s := Sender{Stream: Stream{Run: "r", Format: format}, Network: "tcp", Addr: ln.Addr().String(), Lines: lines, Total: 1000, Rate: 20000, Ledger: l}
		if next, err := s.Run(context.Background()); next != 1000 || err != nil {
			t.Fatal(next, err)
		}
		l.Close()
		v := Verifier{Run: "r"}
		for b := <-got; len(b) > 0; {
			var line []byte
			if lines {
				line, b, _ = bytes.Cut(b, []byte("\n"))
			} else {
				var n int
				fmt.Sscan(string(b[:4]), &n)
				_, b, _ = bytes.Cut(b, []byte(" "))
				line, b = b[:n], b[n:]
			}
			v.Line(line)
		}
		ledger, _ := os.Open(path)
		defer ledger.Close()
		a, err := ReadLedger(ledger)
		if err != nil {
			t.Fatal(err)
		}
		if r := v.Result(a, 0); !r.Exact() || r.Unaccounted != 0 || r.Stored != 1000 {
			t.Error(r)
		}
	}
	f(true, RFC3164)
	f(false, RFC5424)
}

func BenchmarkAppend(b *testing.B) {
	var line []byte
	s := Stream{Run: "r"}
	n := 0
	for b.Loop() {
		line = s.Append(line[:0], n, at)
		n++
	}
	b.SetBytes(int64(len(line)))
}
