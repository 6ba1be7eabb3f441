package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	lumber "github.com/elastic/go-lumber/client/v2"
	"github.com/fluent/fluent-logger-golang/fluent"
)

// omrelp runs rsyslog, which sends a file's lines over RELP and again what is not acknowledged.
func omrelp(t *testing.T, p *product, lines []string, queue, action string) {
	exe, dir := program(t, "rsyslogd"), p.folder(t)
	if _, err := os.Stat("/usr/lib/x86_64-linux-gnu/rsyslog/omrelp.so"); err != nil {
		unavailable(t, "rsyslog has no omrelp: %v", err)
	}
	write(t, filepath.Join(dir, "in.log"), strings.Join(lines, "\n")+"\n")
	write(t, filepath.Join(dir, "rsyslog.conf"), fmt.Sprintf(`
global(workDirectory="%[1]s")
main_queue(queue.size="100000" %[4]s)
module(load="imfile")
module(load="omrelp")
input(type="imfile" File="%[1]s/in.log" Tag="sshd[4321]:" Facility="authpriv" Severity="info")
action(type="omrelp" target="127.0.0.1" port="%[2]s" template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1" action.resumeInterval="1" %[3]s)
`, dir, port(p.relp), action, queue))
	daemon(t, p, exec.Command(exe, "-n", "-f", filepath.Join(dir, "rsyslog.conf"), "-i", filepath.Join(dir, "pid")))
}

func rsyslogRELP(t *testing.T, p *product, bodies []string) { omrelp(t, p, bodies, "", "") }

// lumberjack sends what Filebeat makes of the lines of a file, with the client that Beats use.
func lumberjack(t *testing.T, p *product, bodies []string) {
	c, err := lumber.SyncDial(p.lumberjack, lumber.Timeout(20*time.Second), lumber.CompressionLevel(3))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var events []any
	for i, line := range strings.Split(strings.TrimSpace(stamped("", bodies)), "\n") {
		events = append(events, map[string]any{
			"@timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), "@metadata": map[string]any{"beat": "filebeat", "type": "_doc", "version": "8.19.0"},
			"message": line, "log": map[string]any{"offset": i, "file": map[string]any{"path": "/var/log/auth.log"}}, "agent": map[string]any{"type": "filebeat"},
		})
	}
	if n, err := c.Send(events); n != len(events) || err != nil {
		t.Fatalf("%d of %d acknowledged: %v", n, len(events), err)
	}
}

// gelf sends messages as Graylog's libraries do; package source is tested with one.
func gelf(network string) func(*testing.T, *product, []string) {
	return func(t *testing.T, p *product, bodies []string) {
		c, err := net.Dial(network, p.gelf)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, body := range bodies {
			message := fmt.Sprintf(`{"version":"1.1","host":"gate3","short_message":%s,"timestamp":%d.25,"level":6,"_process_name":"sshd"}`, strconv.Quote(body), time.Now().Unix())
			if network == "tcp" {
				message += "\x00"
			}
			if _, err := c.Write([]byte(message)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// forward sends what Docker's log driver makes of a container's lines, with the client that it uses.
func forward(t *testing.T, p *product, bodies []string) {
	n, err := strconv.Atoi(port(p.fluent))
	if err != nil {
		t.Fatal(err)
	}
	c, err := fluent.New(fluent.Config{FluentHost: "127.0.0.1", FluentPort: n, SubSecondPrecision: true, RequestAck: true, WriteTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, line := range strings.Split(strings.TrimSpace(stamped("", bodies)), "\n") {
		if err := c.PostWithTime("docker.gate", time.Now(), map[string]any{"container_name": "/gate", "source": "stdout", "log": line}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestKillRELP kills the product while rsyslog sends over RELP: no line is lost, and what is stored twice is no more than
// what was on its way without an acknowledgement.
func TestKillRELP(t *testing.T) {
	t.Parallel()
	random := seed(t)
	p := install(t, setup{})
	p.start()
	const lines, window = 10_000, 128
	const last = 0.7 * lines // what is stored goes up in steps, on a busy machine in steps of seconds
	var all []string
	for n := range lines {
		all = append(all, fmt.Sprintf("pam_unix(sshd:session): session opened for user u%d(uid=0) by (uid=0) n=%d;", n%50, n))
	}
	omrelp(t, p, all, `queue.dequeueBatchSize="20" queue.dequeueSlowDown="40000"`, "") // about 500 a second
	stored := func() (rows, unique uint64) {
		err := p.db.rows("SELECT count(), uniqExact(message) FROM events WHERE `log.listener` = 'relp'", func(scan func(...any) error) error {
			return scan(&rows, &unique)
		})
		if err != nil {
			return 0, 0 // the engine is on its way up
		}
		return rows, unique
	}
	kills := rounds(t, 2)
	for _, at := range moments(random, kills) {
		p.until(2*time.Minute, "a part is stored", func() error {
			if _, n := stored(); float64(n) < at*last {
				return fmt.Errorf("%d of %.0f lines", n, at*last)
			}
			return nil
		})
		if _, n := stored(); n == lines {
			t.Error("killed after the last line: nothing is proven")
		}
		p.kill()
		p.start()
	}
	var rows, unique uint64
	p.until(2*time.Minute, "all lines stored", func() error {
		if rows, unique = stored(); unique < lines {
			return fmt.Errorf("%d of %d lines", unique, lines)
		}
		return nil
	})
	p.settled(20 * time.Second)
	if rows, unique = stored(); unique != lines || rows > lines+uint64(kills*window) {
		t.Errorf("%d lines sent, %d stored, %d of them once more, after %d kills with a window of %d", lines, unique, rows-unique, kills, window)
	}
	t.Logf("killed %d times: %d lines sent, 0 lost, %d stored twice", kills, lines, rows-unique)
}
