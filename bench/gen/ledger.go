package gen

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Ledger is the append-only record of what was sent and what was acknowledged. It belongs to the sender, which is never
// the target of a fault. A line says: sent|acked <source> <from> <to>, to being exclusive; or decoy <burst>.
type Ledger struct {
	mu     sync.Mutex
	f      *os.File
	w      *bufio.Writer
	synced time.Time
	err    error
}

// CreateLedger opens the ledger at path, for appending.
func CreateLedger(path string) (*Ledger, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &Ledger{f: f, w: bufio.NewWriter(f)}, nil
}

// Sent notes that lines [from, to) of source are about to be sent. A nil Ledger notes nothing.
func (l *Ledger) Sent(source, from, to int) { l.note("sent %d %d %d\n", source, from, to) }

// Acked notes that lines [from, to) of source were acknowledged.
func (l *Ledger) Acked(source, from, to int) { l.note("acked %d %d %d\n", source, from, to) }

// Decoy notes that burst n was sent whole.
func (l *Ledger) Decoy(n int) { l.note("decoy %d\n", n) }

// note writes a line; it reaches the disk within a second of the next.
func (l *Ledger) note(format string, args ...any) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, format, args...)
	if now := time.Now(); now.Sub(l.synced) > time.Second {
		l.synced = now
		l.sync()
	}
}

func (l *Ledger) sync() {
	err := l.w.Flush()
	if err == nil {
		err = l.f.Sync()
	}
	if l.err == nil {
		l.err = err
	}
}

// Close writes all to the disk. It reports the first error of all.
func (l *Ledger) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sync()
	if err := l.f.Close(); l.err == nil {
		l.err = err
	}
	return l.err
}

// Account is what a ledger says.
type Account struct {
	Sent, Acked []Set // by source
	Decoys      []int // bursts
}

// Set is a set of sequence numbers.
type Set struct{ marks []byte }

// Add adds [from, to).
func (s *Set) Add(from, to int) {
	if to > len(s.marks) {
		s.marks = append(s.marks, make([]byte, to-len(s.marks))...)
	}
	for i := from; i < to; i++ {
		s.marks[i] = 1
	}
}

// Has tells whether n is in the set.
func (s *Set) Has(n int) bool { return n >= 0 && n < len(s.marks) && s.marks[n] != 0 }

// Len counts the set.
func (s *Set) Len() (n int) {
	for _, m := range s.marks {
		n += int(m)
	}
	return n
}

// Bounds of what a ledger may name; beyond them it is not one.
const (
	maxSources  = 1 << 12
	maxSequence = 1 << 28
)

// ReadLedger reads a ledger; a last line without its end, which a killed sender leaves, does not count.
func ReadLedger(r io.Reader) (*Account, error) {
	a := &Account{}
	lines := bufio.NewReader(r)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return a, nil
		}
		if err != nil {
			return nil, err
		}
		var what string
		var source, from, to int
		if k, _ := fmt.Sscanf(line, "decoy %d", &from); k == 1 {
			a.Decoys = append(a.Decoys, from)
			continue
		}
		_, err = fmt.Sscanf(line, "%s %d %d %d", &what, &source, &from, &to)
		if err != nil || source < 0 || source >= maxSources || from < 0 || to < from || to > maxSequence {
			return nil, fmt.Errorf("ledger: line %d: %q", n, line)
		}
		for len(a.Sent) <= source {
			a.Sent, a.Acked = append(a.Sent, Set{}), append(a.Acked, Set{})
		}
		switch what {
		case "sent":
			a.Sent[source].Add(from, to)
		case "acked":
			a.Acked[source].Add(from, to)
		default:
			return nil, fmt.Errorf("ledger: line %d: %q", n, line)
		}
	}
}
