package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"watchpost/internal/embedded/engine"
	"watchpost/internal/kafkatest"
)

// built are the product's binaries, made once for all tests.
var built struct {
	sync.Once
	dir string
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// binary builds the product and gives the path of the all-in-one. Without the engine's library it skips the test; where
// the environment says CI=true it fails it.
func binary(t testing.TB) string { return command(t, "watchpost") }

// command is binary for any of the product's commands.
func command(t testing.TB, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the built product takes seconds: not with -short")
	}
	if _, err := engine.FindLibrary(); err != nil {
		unavailable(t, "the engine's library: %v", err)
	}
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "watchpost-e2e"); built.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-o", built.dir+"/", "watchpost/cmd/watchpost", "watchpost/cmd/ingest", "watchpost/cmd/detect")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, name)
}

// unavailable skips the test for want of something; a build machine must have it.
func unavailable(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI needs this: "+format, args...)
	}
	t.Skipf("skipped: "+format, args...)
}

// product is an installation of its own: a data folder, ports, and at most one running process. It ends with the test.
type product struct {
	t                                testing.TB
	dir                              string
	exe                              string // command; empty: the all-in-one
	rules                            string // folder; empty: those of the product
	page, syslog, tls, agents, kafka string // host:port; syslog is UDP and TCP
	relp, lumberjack, gelf, fluent   string // gelf is UDP and TCP
	cmd                              *exec.Cmd
	done                             chan struct{} // closed when cmd has ended
	db                               *database
}

// second is a process of role ingest beside p, on the same Kafka and the same engine.
func (p *product) second() *product {
	p.t.Helper()
	q := &product{t: p.t, dir: p.t.TempDir(), exe: "ingest", page: freeAddr(p.t)}
	c, err := os.ReadFile(p.config())
	if err != nil {
		p.t.Fatal(err)
	}
	text := string(c)
	text = text[strings.Index(text, "kafka: {brokers"):]
	text = fmt.Sprintf(`data: %s
listen: {udp: [], tcp: [{addr: "%s"}], agents: []}
clickhouse: {addr: ["%s"]}
admin: {ingest: "%s"}
`, filepath.Join(q.dir, "data"), freeAddr(p.t), p.socket(), q.page) + text
	if err := os.WriteFile(q.config(), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	q.cleanup()
	return q
}

// setup says how a product differs from its defaults.
type setup struct {
	brokers []string // of a real Kafka
	rules   string   // folder
	agents  string   // YAML, more options of the listener for agents
	tcp     string   // the same of those for syslog over TCP and TLS
	extra   string   // YAML, appended to the configuration
}

// install writes the configuration of a product; start runs it.
func install(t testing.TB, s setup) *product {
	t.Helper()
	binary(t)
	p := &product{t: t, dir: t.TempDir(), rules: s.rules}
	for _, addr := range []*string{&p.page, &p.syslog, &p.tls, &p.agents, &p.kafka, &p.relp, &p.lumberjack, &p.gelf, &p.fluent} {
		*addr = freeAddr(t)
	}
	c := fmt.Sprintf(`data: %s
listen:
  udp: [{addr: "%s"}]
  tcp: [{addr: "%s", %s}, {name: syslog-tls, addr: "%s", tls: {cert: local, key: local}, %s}]
  agents: [{addr: "%s", %s}]
  relp: [{addr: "%s"}]
  lumberjack: [{addr: "%s"}]
  gelf: [{addr: "%s"}, {name: gelf-tcp, transport: tcp, addr: "%s"}]
  fluent: [{addr: "%s"}]
query: {addr: "%s"}
embedded: {kafka: "%s"}
`, filepath.Join(p.dir, "data"), p.syslog, p.syslog, s.tcp, p.tls, s.tcp, p.agents, s.agents, p.relp, p.lumberjack, p.gelf, p.gelf, p.fluent, p.page, p.kafka)
	if len(s.brokers) > 0 {
		c += fmt.Sprintf("kafka: {brokers: [\"%s\"], partitions: 4, session_timeout: 6s}\n", strings.Join(s.brokers, `", "`))
	}
	if s.rules != "" {
		c += "rules: " + s.rules + "\n"
	}
	if err := os.WriteFile(p.config(), []byte(c+s.extra), 0o600); err != nil {
		t.Fatal(err)
	}
	p.db = openDatabase(t, p.socket())
	p.cleanup()
	return p
}

// cleanup ends the process with the test.
func (p *product) cleanup() {
	p.t.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
		if p.t.Failed() {
			p.t.Logf("the log of %s ends:\n%s", p.dir, p.tail())
		}
	})
}

// socket is where the embedded engine listens.
func (p *product) socket() string { return filepath.Join(p.dir, "data", "clickhouse", "native.sock") }

func (p *product) config() string { return filepath.Join(p.dir, "watchpost.yaml") }

// freeAddr gives a loopback address that is free for UDP and TCP.
func freeAddr(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", kafkatest.FreePort(t))
}

// launch starts the process and does not wait.
func (p *product) launch() {
	p.t.Helper()
	log, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(binary(p.t), "run", "-config", p.config())
	if p.exe != "" {
		cmd = exec.Command(command(p.t, p.exe), "-config", p.config())
	}
	cmd.Dir, cmd.Stderr = p.dir, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed leaves nothing behind
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	done := make(chan struct{})
	p.cmd, p.done = cmd, done
	go func() { cmd.Wait(); close(done) }()
}

// start starts the process and waits until it is ready.
func (p *product) start() {
	p.t.Helper()
	p.launch()
	p.ready()
}

// ready waits until every listener takes input and the store answers.
func (p *product) ready() {
	p.t.Helper()
	p.until(3*time.Minute, "ready", func() error {
		_, err := p.get("/readyz?verbose")
		return err
	})
}

// until polls until do succeeds. It fails the test after d, or when the process ends.
func (p *product) until(d time.Duration, what string, do func() error) {
	p.t.Helper()
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := do()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-p.done:
			p.t.Fatalf("%s: the process ended: %v", what, err)
		case <-deadline.C:
			p.t.Fatalf("%s: not within %v: %v", what, d, err)
		}
	}
}

// client gives up soon: a product that is killed leaves requests without an answer.
var client = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func (p *product) get(path string) ([]byte, error) {
	res, err := client.Get("http://" + p.page + path)
	if err != nil {
		return nil, err
	}
	return whole(res)
}

func (p *product) post(path string, body []byte) ([]byte, error) {
	res, err := client.Post("http://"+p.page+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return whole(res)
}

func whole(res *http.Response) ([]byte, error) {
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, bytes.TrimSpace(text))
	}
	return text, err
}

func (p *product) signal(s syscall.Signal) {
	select {
	case <-p.done:
	default:
		p.cmd.Process.Signal(s)
	}
}

// kill ends the process as a power cut would, its engine with it.
func (p *product) kill() {
	p.t.Helper()
	child, err := p.engine()
	p.signal(syscall.SIGKILL)
	<-p.done
	for deadline := time.Now().Add(30 * time.Second); err == nil && syscall.Kill(child, 0) == nil; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Errorf("engine %d is still there", child)
			return
		}
	}
}

// stop ends the process in order and gives how long that took.
func (p *product) stop() time.Duration {
	p.t.Helper()
	begin := time.Now()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		p.t.Fatal("SIGTERM: still there after 30 s")
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("SIGTERM: exit code %d", code)
	}
	return time.Since(begin)
}

// engine gives the number of the engine's process.
func (p *product) engine() (int, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that has ended
		}
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				return pid, nil
			}
		}
	}
	return 0, errors.New("the product has no child")
}

// killEngine ends the engine's process as a power cut would.
func (p *product) killEngine(pid int) {
	p.t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		p.t.Fatalf("kill %d: %v", pid, err)
	}
}

func (p *product) logFile() string { return filepath.Join(p.dir, "log") }

// tail gives the end of the product's own log.
func (p *product) tail() string {
	b, err := os.ReadFile(p.logFile())
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-6000):])
}

// metric sums a metric over all its labels; filter, if not empty, must stand in the line.
func (p *product) metric(name, filter string) (float64, error) {
	text, err := p.get("/metrics")
	if err != nil {
		return 0, err
	}
	sum, found := 0.0, false
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || rest[0] != '{' && rest[0] != ' ' || !strings.Contains(line, filter) {
			continue
		}
		words := strings.Fields(line)
		v, err := strconv.ParseFloat(words[len(words)-1], 64)
		if err != nil {
			return 0, err
		}
		sum, found = sum+v, true
	}
	if !found {
		return 0, fmt.Errorf("no metric %s %s", name, filter)
	}
	return sum, nil
}

// above says whether a metric, summed over its labels, is at least n.
func (p *product) above(metric string, n float64) error {
	got, err := p.metric(metric, "")
	if err == nil && got < n {
		err = fmt.Errorf("%s is %v", metric, got)
	}
	return err
}

// settled waits until the loader and the matcher have done all that Kafka holds.
func (p *product) settled(d time.Duration) {
	p.t.Helper()
	p.until(d, "the log is done", func() error {
		lag, err := p.metric("watchpost_consumer_lag_records", "")
		if err == nil && lag > 0 {
			err = fmt.Errorf("%v records behind", lag)
		}
		return err
	})
}

// within gives a context of the test that ends after d.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
