package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// again is an event as a search gives it.
type again struct {
	ID      string `json:"event.id"`
	Time    string `json:"@timestamp"`
	Message string `json:"message"`
	Source  string `json:"source.ip"`
}

// TestAgainOverAPI does anew over the API what did not come out well. What the store refuses goes into quarantine with the store's own reason,
// and is stored once when that is mended; and events whose zone was wrong are read again, under the same id, once.
func TestAgainOverAPI(t *testing.T) {
	t.Parallel()
	const zone = "ingest: {zone: \"Etc/GMT-5\"}\n" // five hours east, as POSIX has it
	p := install(t, setup{extra: strings.Replace(zone, "-5", "", 1)})
	p.start()
	send := func(lines ...string) {
		t.Helper()
		c, err := net.Dial("tcp", p.syslog)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, strings.Join(lines, "\n")+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	line := func(at time.Time, n int) string {
		return fmt.Sprintf("<86>%s gate1 sshd[%d]: Failed password for root from 203.0.113.%d port 4%04d ssh2", at.UTC().Format(time.Stamp), 100+n, n, n)
	}
	search := func(want int) map[string]again {
		t.Helper()
		out := map[string]again{}
		p.until(time.Minute, "events found", func() error {
			text, err := p.post("/api/v1/search", []byte(`{"query":"process.name == \"sshd\"","from":"-1d","to":"now+1h","limit":1000,"fields":["@timestamp","event.id","message","source.ip"]}`))
			if err != nil {
				return err
			}
			clear(out)
			rows := 0
			for d := json.NewDecoder(bytes.NewReader(text)); d.More(); rows++ {
				var e again
				if err := d.Decode(&e); err != nil {
					return err
				}
				out[e.ID] = e
			}
			if rows != want || len(out) != want {
				return fmt.Errorf("%d rows, %d events, want %d", rows, len(out), want)
			}
			return nil
		})
		return out
	}
	ask := func(method, path, body string, status int, out any) {
		t.Helper()
		req, err := http.NewRequest(method, "http://"+p.page+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != status {
			t.Fatalf("%s %s: %s: %s (%v)", method, path, res.Status, text, err)
		}
		if err := json.Unmarshal(text, out); err != nil {
			t.Fatalf("%s %s: %s: %v", method, path, text, err)
		}
	}
	exec := func(query string) {
		t.Helper()
		if err := p.db.conn.Exec(within(t, time.Minute), query); err != nil {
			t.Fatal(err)
		}
	}

	// Somebody gave the table a constraint that an address must not violate.
	now := time.Now().Add(5 * time.Hour) // as the sender's clock shows it
	exec("ALTER TABLE events ADD CONSTRAINT not_this CHECK `source.ip` != '203.0.113.7'")
	var lines []string
	for n := range 20 {
		lines = append(lines, line(now, n))
	}
	send(lines...)
	search(19)
	var aside struct {
		Quarantine []struct {
			ID, Kind, Reason string
			Replayed         bool
		}
	}
	ask("GET", "/api/v1/quarantine", "", http.StatusOK, &aside)
	if q := aside.Quarantine; len(q) != 1 || q[0].Kind != "row" || !strings.Contains(q[0].Reason, "not_this") || q[0].Replayed {
		t.Fatalf("quarantine: %+v", q)
	}
	type replayed struct {
		Stored int
		Kept   []struct{ ID, Reason string }
	}
	id := aside.Quarantine[0].ID
	replay := func(body string) (out replayed) {
		t.Helper()
		ask("POST", "/api/v1/quarantine/replay", body, http.StatusOK, &out)
		return out
	}
	if r := replay(`{}`); r.Stored != 0 || len(r.Kept) != 1 || r.Kept[0].ID != id || !strings.Contains(r.Kept[0].Reason, "not_this") {
		t.Errorf("before it is mended: %+v", r)
	}
	exec("ALTER TABLE events DROP CONSTRAINT not_this")
	if r := replay(fmt.Sprintf(`{"ids":[%q]}`, id)); r.Stored != 1 || len(r.Kept) != 0 {
		t.Errorf("after it is mended: %+v", r)
	}
	if r := replay(fmt.Sprintf(`{"ids":[%q]}`, id)); r.Stored != 0 || len(r.Kept) != 0 {
		t.Errorf("once more: %+v", r)
	}
	before := search(20)
	if e := before[id]; e.Source != "203.0.113.7" {
		t.Errorf("the event that was put aside: %+v", e)
	}
	for reason, want := range map[string]uint64{"received": 20, "stored": 20, "quarantined": 1, "replayed": 1} {
		if n, err := p.db.count("SELECT sum(records) FROM source_account WHERE listener = 'syslog-tcp' AND reason = ?", reason); err != nil || n != want {
			t.Errorf("account: %d %s, want %d (%v)", n, reason, want, err)
		}
	}

	// It turns out that the sender's clock is five hours ahead of UTC.
	p.stop()
	text, err := os.ReadFile(p.config())
	if err != nil {
		t.Fatal(err)
	}
	write(t, p.config(), strings.Replace(string(text), strings.Replace(zone, "-5", "", 1), zone, 1))
	p.start()
	type job struct {
		ID, State, Error     string
		Total, Read, Changed int
	}
	reparse := func(body string) (j job) {
		t.Helper()
		ask("POST", "/api/v1/reparse", body, http.StatusAccepted, &j)
		p.until(time.Minute, "the job ends", func() error {
			if ask("GET", "/api/v1/reparse/"+j.ID, "", http.StatusOK, &j); j.State == "running" {
				return fmt.Errorf("%+v", j)
			}
			return nil
		})
		return j
	}
	const which = `"query":"process.name == \"sshd\"","from":"-1d","to":"now+1h"`
	if j := reparse(`{` + which + `,"dry_run":true}`); j.State != "done" || j.Total != 20 || j.Read != 20 || j.Changed != 20 {
		t.Errorf("dry run: %+v", j)
	}
	for id, e := range search(20) {
		if e != before[id] {
			t.Errorf("the dry run made %+v of %+v", e, before[id])
		}
	}
	if j := reparse(`{` + which + `}`); j.State != "done" || j.Read != 20 || j.Changed != 20 {
		t.Errorf("reparse: %+v", j)
	}
	after := search(20)
	for id, e := range after {
		at, err := time.Parse(time.RFC3339Nano, e.Time)
		if err != nil || at.Unix() != now.Add(-5*time.Hour).Unix() || at.Nanosecond() != 0 || before[id].Time == e.Time || e.Message != before[id].Message || e.Source != before[id].Source {
			t.Errorf("%+v became %+v", before[id], e)
		}
	}
	if j := reparse(`{` + which + `}`); j.State != "done" || j.Read != 20 || j.Changed != 0 {
		t.Errorf("once more: %+v", j)
	}
	for id, e := range search(20) {
		if e != after[id] {
			t.Errorf("once more made %+v of %+v", e, after[id])
		}
	}
	if n, err := p.db.count("SELECT uniqExact(`event.id`) FROM events WHERE `process.name` = 'sshd'"); err != nil || n != 20 {
		t.Errorf("%d ids, %v", n, err)
	}
}
