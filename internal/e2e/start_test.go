package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fails runs the product until it gives up, and wants each text in what it says.
func fails(t *testing.T, cmd *exec.Cmd, want ...string) {
	t.Helper()
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("it did not fail: %s", out)
	}
	for _, w := range want {
		if !strings.Contains(string(out), w) {
			t.Errorf("%q is not in: %s", w, out)
		}
	}
	if strings.Contains(string(out), "panic") || strings.Contains(string(out), "goroutine ") {
		t.Errorf("it crashed: %s", out)
	}
}

// run is a start of p that is expected to fail.
func (p *product) run(t *testing.T) *exec.Cmd {
	cmd := exec.CommandContext(within(t, 30*time.Second), binary(p.t), "run", "-config", p.config())
	cmd.Dir = p.dir
	return cmd
}

func TestDataFolderInUse(t *testing.T) {
	t.Parallel()
	p := install(t, setup{})
	p.start()
	other := install(t, setup{})
	write(t, other.config(), strings.ReplaceAll(read(t, other.config()), other.dir, p.dir)) // other ports, the same folder
	fails(t, other.run(t), "in use by process "+strconv.Itoa(p.cmd.Process.Pid), p.dir)
	p.ready() // unharmed
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	p := install(t, setup{})
	for key, addr := range map[string]string{"listen.tcp[0].addr": p.syslog, "listen.tcp[1].addr": p.tls, "listen.agents[0].addr": p.agents, "query.addr": p.page, "embedded.kafka": p.kafka} {
		t.Run(key, func(t *testing.T) {
			l, err := net.Listen("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			fails(t, p.run(t), key, addr, "in use")
		})
	}
	t.Run("listen.udp[0].addr", func(t *testing.T) {
		l, err := net.ListenPacket("udp", p.syslog)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		fails(t, p.run(t), "listen.udp[0].addr", p.syslog, "in use")
	})
}

func TestNoLibrary(t *testing.T) {
	t.Parallel()
	p := install(t, setup{})
	cmd := p.run(t)
	cmd.Env = []string{"HOME=" + t.TempDir()}
	fails(t, cmd, "libchdb.so", "deploy/engine/fetch", "WATCHPOST_CHDB")
}

func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	p := install(t, setup{extra: "colour: red\ningest: {linger: soon}\n"})
	lines := strings.Count(read(t, p.config()), "\n")
	fails(t, p.run(t), fmt.Sprintf("watchpost.yaml:%d: colour", lines-1), fmt.Sprintf("watchpost.yaml:%d: ingest.linger", lines))
}

// TestRestartKeepsAll starts the product on the folder that an earlier one left in order.
func TestRestartKeepsAll(t *testing.T) {
	t.Parallel()
	p := install(t, setup{rules: rulesFor(t, 10*time.Second)})
	p.start()
	l := newLoad(p, 10_000)
	l.begin()
	l.finish()
	if took := p.stop(); took > 10*time.Second {
		t.Errorf("the end took %v", took)
	}
	p.start()
	l.verify()
	p.stop()
	p.start()
	l.verify()
}

// TestNewerBuild: an older build ends where a newer one has been, and says so; it does not wait for what will not come.
func TestNewerBuild(t *testing.T) {
	t.Parallel()
	p := install(t, setup{})
	p.start()
	if err := p.db.conn.Exec(within(t, time.Minute), "INSERT INTO migrations (`name`, `sum`) SELECT '9999_future.sql', '00'"); err != nil {
		t.Fatal(err)
	}
	p.stop()
	fails(t, p.run(t), "was made by a newer build", "9999_future.sql")
}
