package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"watchpost/internal/kafkatest"
)

// linesEach is how many lines each sender sends, the failed log-ins of its own among them.
const linesEach = 120

// ownFailures is how many failed log-ins each sender reports from an address of its own.
const ownFailures = 6

// sender is a program that sends lines to the product.
type sender struct {
	name     string
	listener string // that must have taken its lines
	source   string // of the failed log-ins
	send     func(t *testing.T, p *product, bodies []string)
}

// senders are all of them; rsyslog and syslog-ng run until the test's end.
func senders() []sender {
	list := []sender{
		{name: "logger-udp", listener: "syslog-udp", send: logger("--udp", "--rfc5424")},
		{name: "logger-udp-3164", listener: "syslog-udp", send: logger("--udp", "--rfc3164")},
		{name: "logger-tcp-octets", listener: "syslog-tcp", send: logger("--tcp", "--octet-count", "--rfc5424")},
		{name: "logger-tcp-lines", listener: "syslog-tcp", send: logger("--tcp", "--rfc3164")},
		{name: "openssl-tls-lines", listener: "syslog-tls", send: openssl},
		{name: "rsyslog-udp", listener: "syslog-udp", send: rsyslog(`Protocol="udp"`)},
		{name: "rsyslog-tcp-octets", listener: "syslog-tcp", send: rsyslog(`Protocol="tcp" TCP_Framing="octet-counted"`)},
		{name: "rsyslog-tls", listener: "syslog-tls", send: rsyslog(`Protocol="tcp" StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"`)},
		{name: "syslogng-network-udp", listener: "syslog-udp", send: syslogNG(`network("127.0.0.1" port(%s) transport("udp"))`)},
		{name: "syslogng-network-tcp", listener: "syslog-tcp", send: syslogNG(`network("127.0.0.1" port(%s) transport("tcp"))`)},
		{name: "syslogng-syslog-udp", listener: "syslog-udp", send: syslogNG(`syslog("127.0.0.1" port(%s) transport("udp"))`)},
		{name: "syslogng-syslog-tcp", listener: "syslog-tcp", send: syslogNG(`syslog("127.0.0.1" port(%s) transport("tcp"))`)},
		{name: "syslogng-syslog-tls", listener: "syslog-tls", send: syslogNG(`syslog("localhost" port(%s) transport("tls") tls(ca-file("CA") peer-verify(required-trusted)))`)},
		{name: "rsyslog-relp", listener: "relp", send: rsyslogRELP},
		{name: "lumberjack", listener: "lumberjack", send: lumberjack},
		{name: "gelf-udp", listener: "gelf-udp", send: gelf("udp")},
		{name: "gelf-tcp", listener: "gelf-tcp", send: gelf("tcp")},
		{name: "fluent", listener: "fluent", send: forward},
		{name: "otel-otlp_grpc", listener: "agents-http", send: otelCollector("otlp_grpc", `endpoint: "%s", tls: {insecure: true}`)},
		{name: "otel-otlp_http", listener: "agents-http", send: otelCollector("otlp_http", `endpoint: "http://%s"`)},
		{name: "syslogng-network-tls", listener: "syslog-tls", send: syslogNG(`network("localhost" port(%s) transport("tls") tls(ca-file("CA") peer-verify(required-trusted)))`)},
	}
	for i := range list {
		list[i].source = fmt.Sprintf("203.0.113.%d", 10+i)
	}
	return list
}

func TestSenders(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) { t.Parallel(); testSenders(t, setup{}) })
	t.Run("kafka", func(t *testing.T) {
		t.Parallel()
		binary(t)
		testSenders(t, setup{brokers: kafkatest.Start(t, 1).Brokers()})
	})
}

// testSenders lets every sender send real lines. Each must be found by a hunt, once; one alert must stand for each address
// that failed often enough; and the loss account must balance.
func testSenders(t *testing.T, s setup) {
	s.agents = "http2: true"
	run := fmt.Sprint("s", time.Now().UnixNano())
	p := install(t, s)
	p.start()
	bodies := sshdBodies(t)
	began := time.Now()
	want := map[string]string{} // tag of a line to the listener that must have taken it
	for i, s := range senders() {
		var own []string
		for n := range linesEach {
			tag := fmt.Sprintf("%s/%s/%d", run, s.name, n)
			body := bodies[(i*linesEach+n)%len(bodies)]
			if n%(linesEach/ownFailures) == 0 {
				body = fmt.Sprintf("Failed password for invalid user admin from %s port %d ssh2", s.source, 40000+n)
			}
			own = append(own, body+" e2e="+tag+";")
			want[tag] = s.listener
		}
		sent := true
		t.Run(s.name, func(t *testing.T) {
			sent = false
			s.send(t, p, own)
			sent = true
		})
		if !sent { // skipped, for want of the program
			for n := range linesEach {
				delete(want, fmt.Sprintf("%s/%s/%d", run, s.name, n))
			}
		}
	}
	if len(want) == 0 {
		t.Skip("no sender is installed")
	}
	p.found(run, want)
	p.collected(want)
	if took := time.Since(began); took > 2*time.Minute {
		t.Logf("sending took %v: bursts may fall apart", took)
	}
	p.bruteForce(want)
	p.settled(10 * time.Second)
	p.bruteForce(want) // none more by now
	received := uint64(0)
	for k, a := range p.db.balanced() {
		received += a.received
		if a.rejected+a.dropped > 0 || k[2] != "127.0.0.1" {
			t.Errorf("account of %q: %+v", k, a)
		}
	}
	if received != uint64(len(want)) {
		t.Errorf("%d received, %d sent", received, len(want))
	}
	t.Logf("%d lines of %d senders, each found once; received %d", len(want), len(want)/linesEach, received)
}

// found waits until a hunt finds every line, and checks that it finds each once, by the right listener.
func (p *product) found(run string, want map[string]string) {
	p.t.Helper()
	search, err := json.Marshal(map[string]any{"query": fmt.Sprintf("message contains %q", "e2e="+run+"/"), "from": "-1h", "to": "now+1h",
		"limit": 10000, "fields": []string{"message", "log.listener", "event.dataset"}})
	if err != nil {
		p.t.Fatal(err)
	}
	tag := regexp.MustCompile(`e2e=([^;]+);`)
	p.until(3*time.Minute, "all lines found", func() error {
		text, err := p.post("/api/v1/search", search)
		if err != nil {
			return err
		}
		got := map[string]int{}
		for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
			var row struct {
				Message  string `json:"message"`
				Listener string `json:"log.listener"`
				Dataset  string `json:"event.dataset"`
			}
			if err := d.Decode(&row); err != nil {
				return err
			}
			m := tag.FindStringSubmatch(row.Message)
			if m == nil || want[m[1]] == "" {
				p.t.Fatalf("not sent: %q", row.Message)
			}
			if got[m[1]]++; got[m[1]] > 1 {
				p.t.Fatalf("stored twice: %q", row.Message)
			}
			if row.Listener != want[m[1]] {
				p.t.Errorf("%s came by %s, not by %s", m[1], row.Listener, want[m[1]])
			}
		}
		if len(got) < len(want) {
			missing := map[string]int{} // by sender
			for tag := range want {
				if got[tag] == 0 {
					missing[strings.Split(tag, "/")[1]]++
				}
			}
			return fmt.Errorf("%d of %d found; missing %v", len(got), len(want), missing)
		}
		return nil
	})
}

// bruteForce waits for the alerts of ssh-brute-force: one for each address with five failures, as the table of events says,
// and no other.
func (p *product) bruteForce(want map[string]string) {
	p.t.Helper()
	var keys []string
	err := p.db.rows("SELECT `source.ip` FROM events WHERE `event.action` = 'ssh_login' AND `event.outcome` = 'failure' AND `source.ip` != '' GROUP BY 1 HAVING count() >= 5", func(scan func(...any) error) error {
		var ip string
		err := scan(&ip)
		keys = append(keys, ip)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, s := range senders() {
		for tag := range want {
			if strings.Contains(tag, "/"+s.name+"/") && !slices.Contains(keys, s.source) {
				p.t.Fatalf("the failures that %s reported from %s were not understood", s.name, s.source)
			}
		}
	}
	var last string
	p.until(3*time.Minute, "alerts", func() error {
		list, err := p.alerts("&rule=ssh-brute-force")
		if err != nil {
			return err
		}
		var got []string
		for _, a := range list {
			got = append(got, a.Source)
		}
		if last = difference(keys, got); last != "" {
			return fmt.Errorf("alerts differ from expectation:\n%s", last)
		}
		return nil
	})
	p.t.Logf("%d addresses with five failures, one alert each", len(keys))
}

var header = regexp.MustCompile(`^\w{3} +\d+ [\d:]{8} \S+ sshd\[\d+\]: `)

// sshdBodies gives what real sshds wrote, without the headers: those of loghub where they are, else lines of our own.
func sshdBodies(t *testing.T) []string {
	text, err := os.ReadFile("../../../shared/data/loghub/OpenSSH/OpenSSH_2k.log")
	if err != nil {
		t.Logf("no real lines (%v): own ones instead", err)
		var own []string
		for i := range 500 {
			own = append(own,
				fmt.Sprintf("Invalid user oracle from 198.51.100.%d", i%50),
				fmt.Sprintf("Failed password for root from 198.51.100.%d port %d ssh2", i%200, 30000+i),
				fmt.Sprintf("Received disconnect from 198.51.100.%d: 11: Bye Bye [preauth]", i%50))
		}
		return own
	}
	var out []string
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\r", "")) {
		if body := strings.TrimSpace(header.ReplaceAllString(line, "")); body != "" {
			out = append(out, body)
		}
	}
	return out
}

// program finds a sender's program.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin") {
		if path := filepath.Join(dir, name); exec.Command("test", "-x", path).Run() == nil {
			return path
		}
	}
	unavailable(t, "%s is not installed", name)
	return ""
}

func port(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }

// logger sends with util-linux's logger.
func logger(args ...string) func(*testing.T, *product, []string) {
	return func(t *testing.T, p *product, bodies []string) {
		args := append([]string{"--server", "127.0.0.1", "--port", port(p.syslog), "-t", "sshd", "--id=4321", "-p", "authpriv.info"}, args...)
		cmd := exec.Command(program(t, "logger"), args...)
		cmd.Stdin = strings.NewReader(strings.Join(bodies, "\n") + "\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("logger: %v: %s", err, out)
		}
	}
}

// stamped puts fresh headers in front of bodies.
func stamped(pri string, bodies []string) string {
	var b strings.Builder
	for _, body := range bodies {
		fmt.Fprintf(&b, "%s%s gate1 sshd[4321]: %s\n", pri, time.Now().UTC().Format(time.Stamp), body)
	}
	return b.String()
}

// openssl sends lines over TLS and trusts the product's own authority.
func openssl(t *testing.T, p *product, bodies []string) {
	cmd := exec.CommandContext(within(t, 30*time.Second), program(t, "openssl"), "s_client", "-connect", p.tls, "-CAfile", p.authority(),
		"-verify_return_error", "-verify_hostname", "localhost", "-quiet", "-no_ign_eof")
	cmd.Stdin = strings.NewReader(stamped("<86>", bodies))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("openssl s_client: %v: %s", err, out)
	}
}

// authority is the certificate of the product's local authority.
func (p *product) authority() string { return filepath.Join(p.dir, "data", "tls", "ca.pem") }

// daemon runs a syslog daemon until the test ends.
func daemon(t *testing.T, p *product, cmd *exec.Cmd) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(cmd.Environ(), "TZ=UTC")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if p.t.Failed() {
			p.t.Logf("%s: %s", cmd.Path, bytes.TrimSpace(out.Bytes()))
		}
	})
}

// folder makes a folder for a daemon.
func (p *product) folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(p.dir, "sender")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// rsyslog forwards a file's lines, action being how.
func rsyslog(action string) func(*testing.T, *product, []string) {
	return func(t *testing.T, p *product, bodies []string) {
		exe, dir := program(t, "rsyslogd"), p.folder(t)
		to := p.syslog
		if strings.Contains(action, "gtls") {
			if _, err := os.Stat("/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so"); err != nil {
				unavailable(t, "rsyslog has no gtls driver: %v", err)
			}
			to = p.tls
		}
		write(t, filepath.Join(dir, "in.log"), strings.Join(bodies, "\n")+"\n")
		write(t, filepath.Join(dir, "rsyslog.conf"), fmt.Sprintf(`
global(workDirectory="%[1]s" defaultNetstreamDriverCAFile="%[2]s")
module(load="imfile")
input(type="imfile" File="%[1]s/in.log" Tag="sshd[4321]:" Facility="authpriv" Severity="info")
action(type="omfwd" Target="127.0.0.1" Port="%[3]s" Template="RSYSLOG_SyslogProtocol23Format" %[4]s)
`, dir, p.authority(), port(to), action))
		daemon(t, p, exec.Command(exe, "-n", "-f", filepath.Join(dir, "rsyslog.conf"), "-i", filepath.Join(dir, "pid")))
	}
}

// syslogNG forwards a file's lines, to being the destination.
func syslogNG(to string) func(*testing.T, *product, []string) {
	return func(t *testing.T, p *product, bodies []string) {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		root := filepath.Join(cache, "watchpost", "syslog-ng") // where deploy/syslog-ng unpacks it
		exe := filepath.Join(root, "usr/sbin/syslog-ng")
		env := "LD_LIBRARY_PATH=" + strings.Join([]string{filepath.Join(root, "lib/x86_64-linux-gnu"), filepath.Join(root, "usr/lib/x86_64-linux-gnu"), filepath.Join(root, "usr/lib/syslog-ng")}, ":")
		if _, err := os.Stat(exe); err != nil {
			unavailable(t, "syslog-ng is not unpacked; run deploy/syslog-ng: %v", err)
		}
		modules, err := filepath.Glob(filepath.Join(root, "usr/lib/syslog-ng/[0-9]*")) // named as the version
		if err != nil || len(modules) != 1 {
			t.Fatalf("modules of syslog-ng: %v, %v", modules, err)
		}
		dir, addr := p.folder(t), p.syslog
		if strings.Contains(to, "tls") {
			addr = p.tls
		}
		to = strings.ReplaceAll(fmt.Sprintf(to, port(addr)), "CA", p.authority())
		write(t, filepath.Join(dir, "in.log"), stamped("", bodies))
		write(t, filepath.Join(dir, "syslog-ng.conf"), fmt.Sprintf(`@version: %s
options { keep-hostname(yes); stats-freq(0); };
source in { file("%s/in.log" default-facility(authpriv) default-priority(info) follow-freq(0.2)); };
destination out { %s; };
log { source(in); destination(out); };
`, filepath.Base(modules[0]), dir, to))
		cmd := exec.Command(exe, "-F", "--no-caps", "-f", filepath.Join(dir, "syslog-ng.conf"), "-R", filepath.Join(dir, "persist"),
			"-p", filepath.Join(dir, "pid"), "-c", filepath.Join(dir, "ctl"), "--module-path="+modules[0])
		cmd.Env = append(os.Environ(), env)
		daemon(t, p, cmd)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
