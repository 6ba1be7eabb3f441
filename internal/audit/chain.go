package audit

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The entries of a process are a chain: each has the hash and the time of the one before it, and a hash of that and of all that it says itself. So whoever changes,
// removes or swaps entries must write anew all that follow in the chain; and since each process names, when it begins and once a day, the ends of the chains
// that it finds (ActionHeads), those of others too.

// ActionHeads is the action of entries whose field heads lists the ends of other chains.
const ActionHeads = "audit.heads"

// MaxHeads is how many ends of chains such an entry names, those written last.
const MaxHeads = 100

// Head is an entry that was the last of its chain.
type Head struct {
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
	Hash string    `json:"hash"`
}

// String writes h as people and logs keep it.
func (h Head) String() string { return h.Time.UTC().Format(time.RFC3339) + " " + h.ID + " " + h.Hash }

// MaxNoted bounds the ends of chains to which a log is held.
const MaxNoted = 400

var headForm = regexp.MustCompile(`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) ([0-9a-f]{16}-[1-9][0-9]{0,18}) ([0-9a-f]{64})\b`)

// ReadHeads finds what String wrote, anywhere in a text such as a log. Of each chain the last end says it all; of more than MaxNoted chains those written last are given. Two hashes of one
// entry are an error.
func ReadHeads(text string) ([]Head, error) {
	last, hashes := map[string]Head{}, map[string]string{}
	for _, m := range headForm.FindAllStringSubmatch(text, -1) {
		at, err := time.Parse(time.RFC3339, m[1])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m[0], err)
		}
		if was := hashes[m[2]]; was != "" && was != m[3] {
			return nil, fmt.Errorf("entry %s has two hashes, %s and %s: one of them is forged", m[2], was, m[3])
		}
		hashes[m[2]] = m[3]
		process, n := place(m[2])
		if _, had := place(last[process].ID); n > had {
			last[process] = Head{m[2], at, m[3]}
		}
	}
	out := slices.SortedFunc(maps.Values(last), func(a, b Head) int { return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(a.ID, b.ID)) })
	return out[:min(len(out), MaxNoted)], nil
}

// Sum gives the hash that e must have, with Before and BeforeTime as they are.
func (e *Entry) Sum() string {
	h := sha256.New()
	number := func(n int64) { h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	text := func(s string) {
		number(int64(len(s)))
		h.Write([]byte(s))
	}
	text(e.Before)
	number(e.BeforeTime.UnixMilli())
	number(e.Time.UnixMilli()) // the table knows no more
	for _, s := range []string{e.ID, e.Action, e.Outcome, e.User, e.Kind, e.Role, e.Address, string(e.Fields)} {
		text(s)
	}
	number(int64(e.Count))
	number(int64(len(e.Tenants)))
	for _, t := range e.Tenants {
		text(t)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// place gives the process of an entry and its number there, from 1; 0 if its id is none.
func place(id string) (process string, n uint64) {
	process, number, _ := strings.Cut(id, "-")
	n, _ = strconv.ParseUint(number, 10, 64)
	return process, n
}

// chainedFrom is how long after the first entry of a chain others may still come without: from processes of the version before, while an installation is updated.
const chainedFrom = time.Hour

// Fault is an entry that is not as it was written.
type Fault struct {
	ID   string `json:"id"`
	What string `json:"what"`
}

// maxFaults bounds the list of a Report.
const maxFaults = 1000

// Report is what a Verifier found.
type Report struct {
	Entries   uint64    `json:"entries"`
	Unchained uint64    `json:"unchained"` // of them, from before entries had hashes
	Chains    int       `json:"chains"`
	From      time.Time `json:"from"`   // the log begins with the month of this moment; what was before it has been removed as a whole
	Found     uint64    `json:"found"`  // faults
	Faults    []Fault   `json:"faults"` // the first 1,000
	Heads     []Head    `json:"heads"`  // ends of the chains, those written last: kept elsewhere, they hold the log to what it says now
	Noted     int       `json:"noted"`  // ends that were kept elsewhere, and to which the log was held
}

// Verifier checks a log. Make it with NewVerifier, Add all entries, and Close it.
type Verifier struct {
	report  Report
	month   time.Time
	chained time.Time       // when the first entry with a hash was written; zero: none
	named   map[string]Head // by other entries
	noted   map[string]Head // elsewhere
	last    Entry
	n       uint64 // number of last in its process
	heads   map[string]Head
}

// NewVerifier makes a Verifier of a log whose oldest entry is of first, whose oldest with a hash is of chained, and whose entries of ActionHeads are heads. Noted are
// ends of chains that were kept where who changes the log cannot.
func NewVerifier(first, chained time.Time, heads []Entry, noted []Head) *Verifier {
	v := &Verifier{chained: chained, named: map[string]Head{}, noted: map[string]Head{}, heads: map[string]Head{}}
	for _, h := range noted {
		v.noted[h.ID] = h
	}
	v.report.Noted = len(v.noted)
	v.report.From, v.report.Faults = first.UTC(), []Fault{}
	v.month = time.Date(v.report.From.Year(), v.report.From.Month(), 1, 0, 0, 0, 0, time.UTC)
	for _, e := range heads {
		var f struct{ Heads []Head }
		if err := json.Unmarshal(e.Fields, &f); err != nil {
			v.fault(e.ID, "its list of other chains cannot be read: %v", err)
		}
		for _, h := range f.Heads {
			if was, ok := v.named[h.ID]; ok && was.Hash != h.Hash {
				v.fault(e.ID, "it says another hash of entry %s than an entry before it did", h.ID)
			}
			v.named[h.ID] = h
		}
	}
	return v
}

func (v *Verifier) fault(id, format string, a ...any) {
	if v.report.Found++; len(v.report.Faults) < maxFaults {
		v.report.Faults = append(v.report.Faults, Fault{id, fmt.Sprintf(format, a...)})
	}
}

// kept says whether what was written at a time should still be there: retention removes whole months.
func (v *Verifier) kept(t time.Time) bool { return !t.Before(v.month) }

// Add takes the next entry. Those of a process come one after the other, by their number.
func (v *Verifier) Add(e Entry) {
	v.report.Entries++
	process, n := place(e.ID)
	before, of := v.last, v.n
	if was, _ := place(before.ID); was != process {
		before, of = Entry{}, 0
	}
	v.last, v.n = e, n
	if e.Hash == "" {
		v.report.Unchained++
		if before.Hash != "" || !v.chained.IsZero() && e.Time.After(v.chained.Add(chainedFrom)) {
			v.fault(e.ID, "it has no hash, though entries had hashes by then")
		}
		return
	}
	if of == 0 {
		v.report.Chains++
	}
	switch {
	case n == 0:
		v.fault(e.ID, "its id is none")
	case n == of:
		v.fault(e.ID, "it stands twice")
	case n > of+1 && of > 0:
		v.fault(e.ID, "%s before it %s missing", numbers(process, of+1, n-1), areOrIs(n-1-of))
	case n > 1 && of == 0 && v.kept(e.BeforeTime):
		v.fault(e.ID, "%s before it %s missing", numbers(process, 1, n-1), areOrIs(n-1))
	case n == of+1 && e.Before != before.Hash:
		v.fault(e.ID, "it was written behind another entry than %s as that is now", cmp.Or(before.ID, "none"))
	}
	if e.Sum() != e.Hash {
		v.fault(e.ID, "it was changed: its hash does not fit")
	}
	if h, ok := v.named[e.ID]; ok {
		if h.Hash != e.Hash {
			v.fault(e.ID, "it was written anew: another process had noted its hash")
		}
		delete(v.named, e.ID)
	}
	if h, ok := v.noted[e.ID]; ok {
		if h.Hash != e.Hash {
			v.fault(e.ID, "it was written anew: another hash of it was noted elsewhere")
		}
		delete(v.noted, e.ID)
	}
	v.heads[process] = Head{e.ID, e.Time.UTC(), e.Hash}
}

func numbers(process string, from, to uint64) string {
	if from == to {
		return fmt.Sprintf("%s-%d", process, from)
	}
	return fmt.Sprintf("%s-%d to %d", process, from, to)
}

func areOrIs(n uint64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// Close gives the report.
func (v *Verifier) Close() Report {
	for _, id := range slices.Sorted(maps.Keys(v.named)) {
		if h := v.named[id]; v.kept(h.Time) {
			v.fault(id, "it is missing: another process had noted it")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(v.noted)) {
		if h := v.noted[id]; v.kept(h.Time) {
			v.fault(id, "it is missing: it was noted elsewhere")
		}
	}
	v.report.Heads = slices.SortedFunc(maps.Values(v.heads), func(a, b Head) int { return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(a.ID, b.ID)) })
	v.report.Heads = append([]Head{}, v.report.Heads[:min(len(v.report.Heads), MaxHeads)]...)
	return v.report
}
