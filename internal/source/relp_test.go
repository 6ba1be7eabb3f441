package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func relpOn(t *testing.T, sink Sink, change func(*AckedOptions)) (*Acked, func()) {
	t.Helper()
	opt := RELPDefaults
	opt.Addr = "127.0.0.1:0"
	if change != nil {
		change(&opt)
	}
	if err := opt.Check(); err != nil {
		t.Fatal(err)
	}
	log, _ := testLog()
	l := NewRELP(opt, sink, log)
	return l, run(t, l)
}

const relpOpen = "1 open 35 relp_version=0\ncommands=syslog,foo\n\n"

// relpSay sends text and reads until the answer ends in end.
func relpSay(t *testing.T, c net.Conn, text, end string) string {
	t.Helper()
	send(t, c, text)
	return readUntil(t, c, end)
}

func readUntil(t *testing.T, c net.Conn, end string) string {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	var got []byte
	var one [1]byte
	for !bytes.HasSuffix(got, []byte(end)) {
		n, err := c.Read(one[:])
		got = append(got, one[:n]...)
		if err != nil {
			t.Fatalf("%v; so far %q, want ... %q", err, got, end)
		}
	}
	return string(got)
}

func TestRELP(t *testing.T) {
	m := newMemory()
	l, stop := relpOn(t, m, func(o *AckedOptions) { o.MaxRecord = 500 })
	c := dial(t, "tcp", l.Addr())
	got := relpSay(t, c, relpOpen, "commands=syslog\n")
	if got != "1 rsp 61 200 OK\nrelp_version=0\nrelp_software=watchpost\ncommands=syslog\n" {
		t.Errorf("open: %q", got)
	}
	long := strings.Repeat("x", 600)
	got = relpSay(t, c, "2 syslog 7 <34>one\n3 syslog 8 <34>t\nwo\n4 syslog 600 "+long+"\n5 foo 0\n0 hint 2 ab\n6 syslog 0\n7 syslog 1 z\n", "7 rsp 6 200 OK\n")
	for _, want := range []string{"2 rsp 6 200 OK\n", "3 rsp 6 200 OK\n", "4 rsp 6 200 OK\n", "5 rsp 25 500 command not supported\n", "6 rsp 6 200 OK\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if want := []string{"<34>one", "<34>t\nwo", long[:500], "z"}; !slices.Equal(m.frames, want) || m.flags[2] != Truncated {
		t.Errorf("got %q, flags %v", m.frames, m.flags)
	}
	if m.rejected[EmptyRecord] != 1 || l.Stats().SkippedBytes != 100 {
		t.Errorf("rejected %v, stats %+v", m.rejected, l.Stats())
	}
	if got := relpSay(t, c, "8 close 0\n", "serverclose 0\n"); got != "8 rsp 0\n0 serverclose 0\n" {
		t.Errorf("close: %q", got)
	}
	closed(t, c)
	c.Close()
	c = dial(t, "tcp", l.Addr())
	relpSay(t, c, relpOpen, "commands=syslog\n")
	relpSay(t, c, "2 syslog 1 y\n", "2 rsp 6 200 OK\n")
	stop()
	if got := readUntil(t, c, "\n"); got != "0 serverclose 0\n" {
		t.Errorf("at the end: %q", got)
	}
}

// TestRELPAcknowledges: no answer before the sink has the record, none where it does not take it.
func TestRELPAcknowledges(t *testing.T) {
	m := newMemory()
	m.block = make(chan struct{})
	l, _ := relpOn(t, m, nil)
	c := dial(t, "tcp", l.Addr())
	relpSay(t, c, relpOpen, "commands=syslog\n")
	send(t, c, "2 syslog 1 a\n3 syslog 1 b\n")
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("an answer: %v %v", n, err)
	}
	close(m.block)
	readUntil(t, c, "3 rsp 6 200 OK\n")

	m.locked(func() { m.fail = errors.New("not today") })
	send(t, c, "4 syslog 1 c\n")
	text, _ := io.ReadAll(c)
	if bytes.Contains(text, []byte("4 rsp")) {
		t.Errorf("acknowledged: %q", text)
	}
	if st := l.Stats(); st.Errors[errSink.Error()] != 1 || st.Frames != 2 {
		t.Errorf("stats %+v", st)
	}
	until(t, "memory given back", func() bool { return l.buffered.Load() == 0 && l.Stats().Open == 0 })
}

// TestRELPBadInput: what is bad ends its own connection, is counted, and no record is made of it.
func TestRELPBadInput(t *testing.T) {
	m := newMemory()
	l, _ := relpOn(t, m, nil)
	f := func(want refusal, text string) {
		t.Helper()
		before := l.Stats().Errors[string(want)]
		c := dial(t, "tcp", l.Addr())
		send(t, c, text)
		closed(t, c)
		until(t, string(want), func() bool { return l.Stats().Errors[string(want)] == before+1 })
	}
	f(errRELPOpen, "1 syslog 1 a\n")
	f(errRELPVersion, "1 open 15 relp_version=7\n\n")
	f(errRELPVersion, "1 open 14 relp_version=0\n")
	f(errRELPHeader, "<34>Oct 11 22:14:15 gate su: hello\n")
	f(errRELPHeader, "1234567890 open 0\n")
	f(errRELPHeader, "1 open +5 abcde\n")
	f(errRELPHeader, "1 op.n 5 abcde\n")
	f(errRELPHeader, "1 "+strings.Repeat("o", 40)+" 5 abcde\n")
	f(errRELPLength, relpOpen+"2 syslog 99999999999999999999 a\n")
	f(errRELPLength, relpOpen+"2 syslog 67108865 a\n")
	f(errRELPTrailer, relpOpen+"2 syslog 1 ab")
	f(errTLSOnPlain, "\x16\x03\x01\x02\x00\x01")
	f(untrustedProxy, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n1 open")
	if len(m.frames) > 0 {
		t.Errorf("frames %q", m.frames)
	}
	// Memory is taken as data come, not as they are announced.
	c := dial(t, "tcp", l.Addr())
	relpSay(t, c, relpOpen, "commands=syslog\n")
	send(t, c, "2 syslog 67108864 a")
	c.Close()
	until(t, "broken", func() bool { return l.Stats().Errors["connection broken"] == 1 })
}

// TestRELPBackPressure: a connection that sends on while nothing becomes durable is not read without end.
func TestRELPBackPressure(t *testing.T) {
	m := newMemory()
	m.block = make(chan struct{})
	l, _ := relpOn(t, m, nil)
	c := dial(t, "tcp", l.Addr())
	relpSay(t, c, relpOpen, "commands=syslog\n")
	go io.Copy(io.Discard, c)
	line := fmt.Sprintf("2 syslog 1000 %s\n", strings.Repeat("x", 1000))
	c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
	total := 0
	for total < 64<<20 {
		n, err := io.WriteString(c, strings.Repeat(line, 64))
		total += n
		if err != nil {
			break
		}
	}
	if total >= 64<<20 {
		t.Fatal("the sender never had to wait")
	}
	if n := l.buffered.Load(); n > waitingBytes+deliveryBytes+128<<10 { // with 64 bytes a record, and what was read at once beyond it
		t.Errorf("%d bytes wait", n)
	}
	close(m.block)
	c.Close()
	until(t, "the end", func() bool { return l.Stats().Open == 0 && l.buffered.Load() == 0 })
}

func FuzzRELP(f *testing.F) {
	f.Add([]byte(relpOpen + "2 syslog 3 abc\n3 close 0\n"))
	f.Add([]byte("0 hint 0\n999999999 x 10 0123456789\n"))
	f.Add([]byte("1 open 00000000000000000000000000005 abcde\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bufio.NewReader(bytes.NewReader(in))
		for {
			h, err := readRELP(r)
			if err != nil {
				return
			}
			if h.size < 0 || h.size > maxCount || h.command == "" || len(h.command) > 32 || h.txnr > 999_999_999 {
				t.Fatalf("%+v", h)
			}
			data, err := readFull(r, nil, h.size, nil)
			if err != nil {
				return
			}
			_, _ = relpOffers(data)
			if relpTrailer(r) != nil {
				return
			}
		}
	})
}

// rsyslogd runs rsyslog with a configuration until the test ends.
func rsyslogd(t *testing.T, conf string) (stop func()) {
	t.Helper()
	exe, err := exec.LookPath("rsyslogd")
	if err != nil {
		exe = "/usr/sbin/rsyslogd"
	}
	exe = tool(t, exe, "rsyslog")
	if _, err := os.Stat("/usr/lib/x86_64-linux-gnu/rsyslog/omrelp.so"); err != nil {
		tool(t, "omrelp.so", "rsyslog-relp")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "rsyslog.conf")
	if err := os.WriteFile(file, []byte(fmt.Sprintf("global(workDirectory=%q)\n", dir)+conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-n", "-f", file, "-i", filepath.Join(dir, "pid"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cmd.Process.Signal(syscall.SIGTERM)
			cmd.Wait()
			if t.Failed() {
				t.Logf("rsyslogd: %s", bytes.TrimSpace(out.Bytes()))
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// TestOmrelp lets rsyslog send over RELP, plain and with TLS and a client certificate.
func TestOmrelp(t *testing.T) {
	const n = 2000
	try := func(t *testing.T, change func(*AckedOptions), action string) {
		m := newMemory()
		l, stop := relpOn(t, m, change)
		_, port, _ := net.SplitHostPort(l.Addr().String())
		in := filepath.Join(t.TempDir(), "in.log")
		var lines strings.Builder
		for i := range n {
			fmt.Fprintf(&lines, "line %d of a file\n", i)
		}
		if err := os.WriteFile(in, []byte(lines.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		end := rsyslogd(t, fmt.Sprintf(`module(load="imfile") module(load="omrelp")
input(type="imfile" File="%s" Tag="app:")
action(type="omrelp" target="127.0.0.1" port="%s" template="RSYSLOG_SyslogProtocol23Format" %s)
`, in, port, action))
		got := m.awaitFrames(t, n)
		end()
		until(t, "the end of the session", func() bool { return l.Stats().Open == 0 })
		for i, s := range got {
			if !strings.HasSuffix(s, fmt.Sprintf("line %d of a file\n", i)) || !strings.HasPrefix(s, "<133>1 ") {
				t.Fatalf("frame %d: %q", i, s)
			}
		}
		if st := l.Stats(); len(st.Errors) > 0 || st.Frames != n || len(m.ids) == n {
			t.Errorf("stats %+v, %d deliveries", st, len(m.ids))
		}
		t.Logf("%d lines in %d deliveries", n, len(m.ids))
		stop()
	}
	t.Run("plain", func(t *testing.T) { try(t, nil, "") })
	t.Run("tls", func(t *testing.T) {
		files, _ := local(t)
		ca := newAuthority(t, "clients")
		client := TLSDefaults
		dir := t.TempDir()
		client.Cert, client.Key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
		install(t, client, ca.leaf(t, 2, -1, 1)) // x509.ExtKeyUsageClientAuth
		try(t, func(o *AckedOptions) {
			o.TLS = files
			o.TLS.ClientAuth, o.TLS.ClientCA = "require", ca.file
		}, fmt.Sprintf(`tls="on" tls.caCert="%s" tls.myCert="%s" tls.myPrivKey="%s" tls.authMode="name" tls.permittedPeer=["localhost"]`,
			filepath.Join(filepath.Dir(files.Cert), LocalCA), client.Cert, client.Key))
	})
}
