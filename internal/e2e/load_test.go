package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"watchpost/bench/gen"
)

// load sends events as NDJSON over HTTP, each request again and again, unchanged, until it is acknowledged. It keeps the
// ledger of what was sent and acknowledged. Among the lines are bursts that must raise alerts, and near misses that must
// not: one event counted twice would.
type load struct {
	p        *product
	run      string
	sources  int  // clients, each from an address of its own
	requests int  // of each
	batch    int  // lines of a request, bursts apart
	lossy    bool // lines may be lost that are counted as dropped, and were not acknowledged

	gate chan struct{} // where not nil, each client waits for it to be closed before it sends the last two thirds

	path    string
	book    *gen.Ledger
	acked   atomic.Int64 // lines, bursts apart
	retries atomic.Int64 // attempts that were not acknowledged
	again   atomic.Int64 // requests sent again, although acknowledged, and acknowledged again
	ended   sync.WaitGroup

	mu      sync.Mutex
	slowest time.Duration  // from an event's stamp until its acknowledgement
	status  map[int]int    // answers other than 2xx
	decoys  map[string]int // by line; 1 once acknowledged
}

// burstEvery is how many requests lie between the begins of two bursts of a source; their lines go out with every second
// request.
const burstEvery = 10

func newLoad(p *product, events int) *load {
	l := &load{p: p, run: fmt.Sprint("k", time.Now().UnixNano()), sources: 4, batch: 250, status: map[int]int{}, decoys: map[string]int{}}
	l.requests = (events + l.sources*l.batch - 1) / (l.sources * l.batch)
	l.path = filepath.Join(p.dir, "ledger")
	var err error
	if l.book, err = gen.CreateLedger(l.path); err != nil {
		p.t.Fatal(err)
	}
	return l
}

func (l *load) total() int64 { return int64(l.sources * l.requests * l.batch) }

// begin starts to send.
func (l *load) begin() {
	ctx := l.p.t.Context()
	for s := range l.sources {
		l.ended.Go(func() { l.client(ctx, s) })
	}
}

// reach waits until a part of all lines, between 0 and 1, is acknowledged.
func (l *load) reach(part float64) {
	l.p.t.Helper()
	deadline := time.Now().Add(4 * time.Minute)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for float64(l.acked.Load()) < part*float64(l.total()) {
		if time.Now().After(deadline) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.p.t.Fatalf("the load stands: %d of %d acknowledged, answers %v", l.acked.Load(), l.total(), l.status)
		}
		<-tick.C
	}
}

// finish waits until all is acknowledged.
func (l *load) finish() {
	l.p.t.Helper()
	l.reach(1)
	l.ended.Wait()
	if err := l.book.Close(); err != nil {
		l.p.t.Fatal(err)
	}
}

func (l *load) client(ctx context.Context, s int) {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+s))}}
	transport := &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	c := &http.Client{Timeout: time.Minute, Transport: transport}
	for r := range l.requests {
		if l.gate != nil && r == l.requests/3 {
			select {
			case <-l.gate:
			case <-ctx.Done():
				return
			}
		}
		begin := time.Now()
		body, decoys := l.body(s, r, begin)
		l.mu.Lock()
		for _, d := range decoys {
			l.decoys[d] = 0
		}
		l.mu.Unlock()
		l.book.Sent(s, r*l.batch, (r+1)*l.batch)
		for !l.post(ctx, c, body, fmt.Sprintf("%s-%d-%d", l.run, s, r)) {
			l.retries.Add(1)
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
				return
			}
		}
		l.book.Acked(s, r*l.batch, (r+1)*l.batch)
		if r%20 == 7 { // an agent that missed the answer sends again
			if l.post(ctx, c, body, fmt.Sprintf("%s-%d-%d", l.run, s, r)) {
				l.again.Add(1)
			}
		}
		l.mu.Lock()
		for _, d := range decoys {
			l.decoys[d] = 1
		}
		l.slowest = max(l.slowest, time.Since(begin))
		l.mu.Unlock()
		l.acked.Add(int64(l.batch))
	}
}

// body makes request r of source s. No two lines of a source have the same time.
func (l *load) body(s, r int, at time.Time) (body []byte, decoys []string) {
	stream := gen.Stream{Run: l.run, Source: s, Format: gen.JSON}
	d := gen.Decoys{Run: l.run, Format: gen.JSON}
	for n := range l.batch {
		body = append(stream.Append(body, r*l.batch+n, at), '\n')
		at = at.Add(time.Microsecond)
	}
	for i := range gen.BurstLines {
		k := (r - 2*i) / burstEvery
		if r-2*i < 0 || (r-2*i)%burstEvery != 0 || k%2 == 1 && i == gen.BurstLines-1 {
			continue // every second burst lacks its last line
		}
		fields := fmt.Sprintf(`{"source.ip":%q,"event.action":"ssh_login","event.outcome":"failure",`, d.Address(s*1000+k))
		line := append([]byte(fields), d.Append(nil, s*1000+k, i, at)[1:]...)
		body = append(append(body, line...), '\n')
		decoys = append(decoys, string(line))
		at = at.Add(time.Microsecond)
	}
	return body, decoys
}

func (l *load) post(ctx context.Context, c *http.Client, body []byte, key string) bool {
	req, err := http.NewRequestWithContext(ctx, "POST", "http://"+l.p.agents+"/api/v1/events", bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("Idempotency-Key", key)
	res, err := c.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return false
	}
	if res.StatusCode/100 == 2 {
		return true
	}
	if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "" {
		l.p.t.Error("503 without Retry-After")
	}
	l.mu.Lock()
	l.status[res.StatusCode]++
	l.mu.Unlock()
	return false
}

var decoyTail = regexp.MustCompile(` burst=(\d+) line=(\d+) crc=`)

// verify compares what is stored with the ledger: no acknowledged line may be missing, none stored twice or changed; the
// account must balance; and the alerts must be those that a replay of the same lines raises.
func (l *load) verify() {
	t := l.p.t
	t.Helper()
	l.p.settled(3 * time.Minute)
	book := l.account()
	v := gen.Verifier{Run: l.run}
	seen := map[string]int{}     // lines of bursts
	burst := map[string]string{} // address of the burst, by event.id
	// What the product itself tells of, as that Kafka was away, is no part of the load.
	err := l.p.db.rows("SELECT `event.original`, `event.id` FROM events WHERE `log.listener` != 'watchpost'", func(scan func(...any) error) error {
		var line, id string
		if err := scan(&line, &id); err != nil {
			return err
		}
		v.Line([]byte(line))
		if m := decoyTail.FindStringSubmatch(line); m != nil {
			seen[line]++
			n, err := strconv.Atoi(m[1])
			if err != nil {
				return err
			}
			burst[id] = gen.Decoys{Run: l.run}.Address(n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lost, err := l.p.db.count("SELECT sum(records) FROM source_account WHERE startsWith(reason, 'dropped:') AND reason != 'dropped:duplicate'")
	if err != nil || lost > 0 && !l.lossy {
		t.Errorf("%d records are counted as dropped (%v)", lost, err)
	}
	r := v.Result(book, int(lost))
	missing, dup := 0, 0
	for line, acked := range l.decoys {
		missing += max(0, acked-seen[line])
		dup += max(0, seen[line]-1)
	}
	extra := len(seen) > len(l.decoys)
	if !r.Exact() || r.Unaccounted != 0 || r.Acked != int(l.total()) || missing+dup > 0 || extra || r.Other > 0 {
		t.Errorf("stored is not what was sent: %v; of the bursts' %d lines %d missing, %d dup, %d stored", r, len(l.decoys), missing, dup, len(seen))
	}
	duplicates := uint64(0)
	for _, a := range l.p.db.balanced() {
		duplicates += a.dropped
	}
	t.Logf("%v; bursts' lines %d: missing %d, dup %d; attempts repeated %d, acknowledged requests repeated %d, rows recognised as repeated %d, slowest acknowledgement %v, refusals %v",
		r, len(l.decoys), missing, dup, l.retries.Load(), l.again.Load(), duplicates, l.slowest.Round(time.Millisecond), l.status)
	if duplicates < uint64(l.again.Load())*uint64(l.batch) || l.again.Load() == 0 {
		t.Errorf("%d rows recognised as repeated: nothing is proven", duplicates)
	}
	for code := range l.status {
		if code >= 500 && code != http.StatusServiceUnavailable {
			t.Errorf("answers by status: %v", l.status)
		}
	}
	l.compare(burst)
}

// compare waits until the alerts are those of a replay.
func (l *load) compare(burst map[string]string) {
	t := l.p.t
	t.Helper()
	want := l.replay()
	if len(want) == 0 {
		t.Error("the replay raises no alert: nothing is proven")
	}
	equal := func() error {
		list, err := l.p.alerts("")
		if err != nil {
			return err
		}
		got := make([]string, len(list))
		for i, a := range list {
			got[i] = a.String()
			for _, id := range a.Events {
				if burst[id] != a.Source {
					return fmt.Errorf("alert %v names event %s, which is of %q", a, id, burst[id])
				}
			}
		}
		if d := difference(want, got); d != "" {
			return fmt.Errorf("alerts differ (- replay, + product):\n%s", d)
		}
		return nil
	}
	l.p.until(5*time.Minute, "alerts as in a replay", equal)
	t.Logf("%d alerts, the same as those of a replay", len(want))
}

// String tells what an alert is about in terms of the lines that raised it: each has a time of its own.
func (a alert) String() string {
	f := func(t time.Time) string { return t.UTC().Format("15:04:05.000000") }
	return fmt.Sprintf("%s %s at %s from %s to %s count %d", a.Rule, a.Source, f(a.Time), f(a.Start), f(a.End), a.Count)
}

// replay gives the alerts of `watchpost replay` over the bursts' lines, in the order of their times.
func (l *load) replay() []string {
	t := l.p.t
	t.Helper()
	lines := make([]string, 0, len(l.decoys))
	for line := range l.decoys {
		lines = append(lines, line)
	}
	stamp := func(line string) string { _, after, _ := strings.Cut(line, `"@timestamp":`); return after }
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(stamp(a), stamp(b)) })
	file := filepath.Join(l.p.dir, "bursts")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary(t), "replay", "-rules", l.p.rules, "-format", "json", file)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("replay: %v", err)
	}
	var want []string
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var a alert
		if err := json.Unmarshal(s.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		want = append(want, a.String())
	}
	return want
}

// rulesFor makes a folder of the test's rules. Events that a fault holds up for longer than lateness may come too late for
// their windows; the alerts wait as long.
func rulesFor(t testing.TB, lateness time.Duration) string {
	t.Helper()
	return rulesFrom(t, filepath.Join("testdata", "rules"), lateness)
}

// rulesFrom makes a folder of the rules in another one, whose events are waited for so long.
func rulesFrom(t testing.TB, from string, lateness time.Duration) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules in %s: %v", from, err)
	}
	dir := t.TempDir()
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b = fmt.Appendf(b, "lateness: %v\n", lateness)
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// seed makes a test's random choices repeatable: FAULT_SEED sets it.
func seed(t testing.TB) *rand.Rand {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	if s := os.Getenv("FAULT_SEED"); s != "" {
		var err error
		if n, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("FAULT_SEED: %v", err)
		}
	}
	t.Logf("FAULT_SEED=%d", n)
	return rand.New(rand.NewPCG(n, 0))
}

// rounds is how often a fault strikes: few unless FAULT_ROUNDS says otherwise.
func rounds(t testing.TB, few int) int {
	t.Helper()
	s := os.Getenv("FAULT_ROUNDS")
	if s == "" {
		return few
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("FAULT_ROUNDS: %q is no number above 0", s)
	}
	return n
}

// moments draws n moments of a load, in order, none near its begin or end.
func moments(r *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 0.05 + 0.85*(float64(i)+r.Float64())/float64(n)
	}
	return out
}
