package gen

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
)

// Result compares what is stored with a ledger.
type Result struct {
	Sent, Acked, Stored int // lines; Stored counts repeated ones once

	Missing     int // acknowledged, not stored
	Extra       int // stored, not sent
	Dup         int // stored more than once
	Corrupt     int // stored with other bytes than sent
	Reordered   int // behind a later line of the same source, in the order of the input; a search orders by time, not by arrival
	Unaccounted int // sent, not stored and not counted as dropped; below zero: more counted than lost

	Decoys int // lines of bursts
	Other  int // rows of other origin
}

// Exact tells whether every acknowledged line is stored once, unharmed, and nothing else.
func (r Result) Exact() bool { return r.Missing == 0 && r.Extra == 0 && r.Dup == 0 && r.Corrupt == 0 }

func (r Result) String() string {
	return fmt.Sprintf("sent %d, acked %d, stored %d: missing %d, extra %d, dup %d, corrupt %d, unaccounted %d; reordered %d, decoys %d, other %d",
		r.Sent, r.Acked, r.Stored, r.Missing, r.Extra, r.Dup, r.Corrupt, r.Unaccounted, r.Reordered, r.Decoys, r.Other)
}

// Verifier counts stored rows of one run. The zero value counts every run's.
type Verifier struct {
	Run string

	seen []Set
	last []int // highest number seen, by source
	r    Result
}

// Line counts one stored line, in its original bytes.
func (v *Verifier) Line(line []byte) {
	at := bytes.LastIndex(line, []byte(" H1 run="))
	if at < 0 {
		if bytes.Contains(line, []byte(" D1 run=")) {
			v.r.Decoys++
		} else {
			v.r.Other++
		}
		return
	}
	tail := line[at+len(" H1 run="):]
	run, tail, ok1 := bytes.Cut(tail, []byte(" src="))
	source, tail, ok2 := bytes.Cut(tail, []byte(" seq="))
	seq, sum, ok3 := bytes.Cut(tail, []byte(" crc="))
	if ok1 && v.Run != "" && string(run) != v.Run {
		v.r.Other++
		return
	}
	s, err1 := strconv.Atoi(string(source))
	n, err2 := strconv.Atoi(string(seq))
	if !ok1 || !ok2 || !ok3 || err1 != nil || err2 != nil || s < 0 || s >= maxSources || n < 0 || n >= maxSequence || !sound(line, sum) {
		v.r.Corrupt++
		return
	}
	for len(v.seen) <= s {
		v.seen, v.last = append(v.seen, Set{}), append(v.last, -1)
	}
	if v.seen[s].Has(n) {
		v.r.Dup++
		return
	}
	v.seen[s].Add(n, n+1)
	v.r.Stored++
	if n < v.last[s] {
		v.r.Reordered++
	}
	v.last[s] = max(v.last[s], n)
}

// sound checks a line whose text behind ` crc=` is sum; behind the eight digits only what closes quotes may stand.
func sound(line, sum []byte) bool {
	if len(sum) < 8 {
		return false
	}
	switch string(sum[8:]) {
	case "", `"`, `"}`, `\""}`:
	default:
		return false
	}
	want, err := strconv.ParseUint(string(sum[:8]), 16, 32)
	return err == nil && crc32.Checksum(line[:len(line)-len(sum)-len(" crc=")], castagnoli) == uint32(want)
}

// Rows reads NDJSON with event.original, as the search API gives it. It returns how many rows there were.
func (v *Verifier) Rows(r io.Reader) (int, error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), 8<<20)
	rows := 0
	for in.Scan() {
		var row struct {
			Original string `json:"event.original"`
			Base64   []byte `json:"event.original_base64"`
		}
		if len(in.Bytes()) == 0 {
			continue
		}
		if err := json.Unmarshal(in.Bytes(), &row); err != nil {
			return rows, fmt.Errorf("row %d: %w", rows+1, err)
		}
		rows++
		if row.Base64 != nil {
			v.Line(row.Base64)
		} else {
			v.Line([]byte(row.Original))
		}
	}
	return rows, in.Err()
}

// Result compares with a; dropped is the sum of the product's counters of dropped and rejected records.
func (v *Verifier) Result(a *Account, dropped int) Result {
	r := v.r
	known := 0 // stored and sent
	for s := range a.Sent {
		r.Sent += a.Sent[s].Len()
		r.Acked += a.Acked[s].Len()
		var seen Set
		if s < len(v.seen) {
			seen = v.seen[s]
		}
		for n, acked := range a.Acked[s].marks {
			if acked != 0 && !seen.Has(n) {
				r.Missing++
			}
		}
		for n, got := range seen.marks {
			if got != 0 && a.Sent[s].Has(n) {
				known++
			}
		}
	}
	r.Extra = r.Stored - known
	r.Unaccounted = r.Sent - known - dropped
	return r
}
