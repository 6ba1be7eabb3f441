package source

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool finds a program, or skips the test; in CI it must be there.
func tool(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed (Debian package %s)", name, pkg)
	}
	if err != nil {
		t.Skipf("%s is not installed (Debian package %s): no test with a real sender", name, pkg)
	}
	return path
}

func command(t *testing.T, stdin string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

func TestLogger(t *testing.T) {
	logger := tool(t, "logger", "bsdutils")
	m := newMemory()
	u, _, _ := udpOn(t, m, nil)
	l, _, _ := tcpOn(t, m, nil)
	f := func(addr net.Addr, how ...string) {
		t.Helper()
		_, port, _ := net.SplitHostPort(addr.String())
		m.mu.Lock()
		n := len(m.frames)
		m.mu.Unlock()
		command(t, "", logger, append(how, "--server", "127.0.0.1", "--port", port, "--tag", "gate", "line of a logger")...)
		got := m.awaitFrames(t, n+1)[n]
		if !strings.HasPrefix(got, "<13>") || !strings.Contains(got, "gate") || !strings.HasSuffix(got, "line of a logger") {
			t.Errorf("%q: got %q", how, got)
		}
	}
	f(u.Addr(), "--udp", "--rfc3164")
	f(u.Addr(), "--udp", "--rfc5424")
	f(l.Addr(), "--tcp", "--rfc3164")
	f(l.Addr(), "--tcp", "--rfc5424")
	f(l.Addr(), "--tcp", "--rfc5424", "--octet-count")
}

func TestOpenSSL(t *testing.T) {
	openssl := tool(t, "openssl", "openssl")
	files, _ := local(t)
	m := newMemory()
	l, _, _ := tcpOn(t, m, func(o *TCPOptions) { o.TLS = files })
	ca := filepath.Join(filepath.Dir(files.Cert), LocalCA)
	for i, args := range [][]string{{"-tls1_3"}, {"-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"}} {
		args = append([]string{"s_client", "-quiet", "-no_ign_eof", "-CAfile", ca, "-verify_return_error", "-verify_hostname", "localhost", "-connect", l.Addr().String()}, args...)
		command(t, "<34>one\n7 <34>two\n<34>end", openssl, args...)
		got := m.awaitFrames(t, 3*i+3)[3*i:]
		if strings.Join(got, "|") != "<34>one|<34>two|<34>end" {
			t.Errorf("%q: got %q", args, got)
		}
	}
}
