package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAuditVerify has the real product write its log in two runs, then changes, swaps and removes entries in the table past it: each is named, and a month that is
// removed as a whole is no fault.
func TestAuditVerify(t *testing.T) {
	t.Parallel()
	p := install(t, setup{rules: t.TempDir()})
	p.start()
	first := "" // process
	ask := func(n int) {
		t.Helper()
		for i := range n {
			if _, err := p.post("/api/v1/search", fmt.Appendf(nil, `{"query":"user.name == \"u%d\""}`, i)); err != nil {
				t.Fatal(err)
			}
		}
		p.until(time.Minute, "the entries", func() error {
			got, err := p.db.count("SELECT count() FROM audit WHERE action = 'search' AND id LIKE concat((SELECT argMax(splitByChar('-', id)[1], time) FROM audit), '-%')")
			if err == nil && got < uint64(n) {
				err = fmt.Errorf("%d", got)
			}
			return err
		})
	}
	verify := func(args ...string) (string, error) {
		cmd := exec.CommandContext(within(t, time.Minute), binary(t), append([]string{"audit", "verify", "-heads", "-server", "http://" + p.page}, args...)...)
		cmd.Env = append(os.Environ(), "WATCHPOST_DATA="+filepath.Join(p.dir, "data"), "WATCHPOST_TOKEN=", "WATCHPOST_TOKEN_FILE=")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	good := func(what string) {
		t.Helper()
		if out, err := verify(); err != nil || !strings.Contains(out, ": as it was written\n") || !strings.Contains(out, " "+first+"-") {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
	do := func(sql string, args ...any) {
		t.Helper()
		if err := p.db.conn.Exec(within(t, time.Minute), sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	ask(8)
	if err := p.db.rows("SELECT splitByChar('-', any(id))[1] FROM audit", func(scan func(...any) error) error { return scan(&first) }); err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.start()
	ask(3)
	good("after two runs")
	ends, err := verify()
	notes := filepath.Join(t.TempDir(), "ends")
	if err != nil || os.WriteFile(notes, []byte(ends), 0o600) != nil {
		t.Fatal(err)
	}
	if out, err := verify("-noted", notes); err != nil || !strings.Contains(out, ", held to 2 ends noted elsewhere: as it was written\n") {
		t.Errorf("held to a note: %v\n%s", err, out)
	}
	do("CREATE TABLE kept AS audit ENGINE = MergeTree ORDER BY time")
	do("INSERT INTO kept SELECT * FROM audit")
	f := func(what, says, sql string) {
		t.Helper()
		do(sql + " SETTINGS mutations_sync = 2")
		out, err := verify("-noted", notes)
		if err == nil || !strings.Contains(out, says) || !strings.Contains(out, " faults\n") {
			t.Errorf("%s: %v, want %q\n%s", what, err, says, out)
		}
		do("ALTER TABLE audit DELETE WHERE id LIKE '" + first + "-%' SETTINGS mutations_sync = 2") // looking is accounted for, too, by the second run
		do("INSERT INTO audit SETTINGS insert_deduplicate = 0 SELECT * FROM kept WHERE id LIKE '" + first + "-%'")
	}
	id := func(n int) string { return fmt.Sprintf("%s-%d", first, n) }
	f("changed", id(3)+": it was changed", "ALTER TABLE audit UPDATE fields = '{}' WHERE id = '"+id(3)+"'")
	f("removed", id(4)+": "+id(3)+" before it is missing", "ALTER TABLE audit DELETE WHERE id = '"+id(3)+"'")
	f("swapped", id(5)+": it was changed", "ALTER TABLE audit UPDATE fields = if(id = '"+id(3)+"', (SELECT any(fields) FROM kept WHERE id = '"+id(5)+"'), (SELECT any(fields) FROM kept WHERE id = '"+id(3)+"')) WHERE id IN ('"+id(3)+"', '"+id(5)+"')")
	f("the end of another run removed", ": it is missing: another process had noted it", "ALTER TABLE audit DELETE WHERE id LIKE '"+first+"-%'")
	f("the end of another run removed, with a note of it", ": it is missing: it was noted elsewhere", "ALTER TABLE audit DELETE WHERE id LIKE '"+first+"-%'")
	good("when all is back")
}
