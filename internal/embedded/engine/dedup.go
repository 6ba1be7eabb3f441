package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The engine keeps the tokens of inserts in a log beside each table and writes a token there before it gives the part of
// the rows its final name. Killed between the two it has the token without the rows, and drops the client's retry as a
// repeat: the rows are lost. So before each start the tokens whose part is not there are taken out of the logs. (Then
// they cannot be mistaken for others' later: the engine gives out the number of the missing part once more.)

const dedupAdd = "1" // a log's record: operation, part, token, separated by tabs

// forgetLost takes the tokens of parts that do not exist out of the logs of all tables. It gives how many there were.
func (o Options) forgetLost() (tokens int, err error) {
	logs, err := filepath.Glob(filepath.Join(o.data(), "store", "*", "*", "deduplication_logs", "deduplication_log_*.txt"))
	if err != nil {
		return 0, fmt.Errorf("engine: %w", err)
	}
	for _, path := range logs {
		n, err := forgetLostIn(path, o.work())
		if err != nil {
			return tokens, fmt.Errorf("engine: %s: %w", path, err)
		}
		tokens += n
	}
	return tokens, nil
}

// span is the numbers of the inserts that a part holds.
type span struct{ from, to int64 }

func forgetLostIn(path, tmp string) (tokens int, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || len(text) == 0 {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	entries, err := os.ReadDir(filepath.Dir(filepath.Dir(path)))
	if err != nil {
		return 0, err
	}
	have := make(map[string][]span) // by partition
	for _, e := range entries {
		if partition, s, ok := partName(e.Name()); ok {
			have[partition] = append(have[partition], s)
		}
	}
	var kept []byte
	for line := range bytes.Lines(text) {
		if lost(string(line), have) {
			tokens++
		} else {
			kept = append(kept, line...)
		}
	}
	if tokens == 0 {
		return 0, nil
	}
	// The engine takes every file of the log's folder for a log: the new one is made elsewhere on the same disk.
	f, err := os.CreateTemp(tmp, "dedup-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(kept)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	return tokens, os.Rename(f.Name(), path)
}

// lost reports whether a record of the log adds a token whose part is not there.
func lost(line string, have map[string][]span) bool {
	op, rest, _ := strings.Cut(line, "\t")
	name, _, ok := strings.Cut(rest, "\t")
	if op != dedupAdd || !ok {
		return false
	}
	partition, want, ok := partName(name)
	if !ok {
		return false // of a form that is not known here: the engine will judge
	}
	for _, s := range have[partition] {
		if s.from <= want.from && want.to <= s.to {
			return false
		}
	}
	return true
}

// partName takes the name of a part, partition_from_to_level[_mutation], apart.
func partName(name string) (partition string, s span, ok bool) {
	f := strings.Split(name, "_")
	if len(f) != 4 && len(f) != 5 || f[0] == "" {
		return "", span{}, false
	}
	var n [4]int64
	for i, text := range f[1:] {
		var err error
		if n[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return "", span{}, false
		}
	}
	return f[0], span{n[0], n[1]}, n[0] <= n[1]
}
