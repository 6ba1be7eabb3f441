package engine

import (
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

//
// And a full disk or a power cut tears a log's record: the engine then reads none of the log's tokens, and stores the client's retries twice. So
// what is torn is taken out, too.

// A log's record: operation, part, token, separated by tabs.
const (
	dedupAdd  = "1"
	dedupDrop = "2"
)

// mended counts what was taken out of the logs of all tables.
type mended struct {
	lost int // tokens of parts that do not exist
	torn int // records
}

// mendTokens takes the tokens of parts that do not exist, and records that are torn, out of the logs of all tables.
func (o Options) mendTokens() (n mended, err error) {
	logs, err := filepath.Glob(filepath.Join(o.data(), "store", "*", "*", "deduplication_logs", "deduplication_log_*.txt"))
	if err != nil {
		return n, fmt.Errorf("engine: %w", err)
	}
	for _, path := range logs {
		if err := n.mend(path, o.work()); err != nil {
			return n, fmt.Errorf("engine: %s: %w", path, err)
		}
	}
	return n, nil
}

// span is the numbers of the inserts that a part holds.
type span struct{ from, to int64 }

func (n *mended) mend(path, tmp string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || len(text) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Dir(filepath.Dir(path)))
	if err != nil {
		return err
	}
	have := make(map[string][]span) // by partition
	for _, e := range entries {
		if partition, s, ok := partName(e.Name()); ok {
			have[partition] = append(have[partition], s)
		}
	}
	before := *n
	var kept []byte
	for line := range strings.Lines(string(text)) {
		record, whole := wholeRecord(line)
		if !whole {
			n.torn++
		}
		if record != "" && lost(record, have) {
			n.lost++
			continue
		}
		kept = append(kept, record...)
	}
	if *n == before {
		return nil
	}
	if err := replace(path, kept, tmp); err == nil {
		return nil
	}
	// Where there is no room for a new one. Killed within this, the next start finds a log with a torn record.
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(kept, 0)
	return errors.Join(err, f.Truncate(int64(len(kept))), f.Sync(), f.Close())
}

// replace gives a log this text. The engine takes every file of the log's folder for a log: the new one is made elsewhere on the same disk.
func replace(path string, text []byte, tmp string) error {
	f, err := os.CreateTemp(tmp, "dedup-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// wholeRecord gives the record that a line ends with, "" for none: what stands in front of it is torn, and has lost its end.
func wholeRecord(line string) (record string, whole bool) {
	f := strings.Split(line, "\t")
	if len(f) < 3 || !strings.HasSuffix(line, "\n") {
		return "", false
	}
	f, before := f[len(f)-3:], f[:len(f)-3]
	if len(before) == 0 && (f[0] == dedupAdd || f[0] == dedupDrop) {
		return line, true
	}
	for _, op := range []string{dedupAdd, dedupDrop} {
		if _, _, ok := partName(f[1]); ok && strings.HasSuffix(f[0], op) {
			return op + "\t" + f[1] + "\t" + f[2], false
		}
	}
	return "", false
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
