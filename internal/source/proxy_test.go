package source

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

// proxyHeader is what a proxy sends for a client at the address.
func proxyHeader(t *testing.T, version byte, client string) string {
	t.Helper()
	b, err := proxyproto.HeaderProxyFromAddrs(version, net.TCPAddrFromAddrPort(addrPort(client)), net.TCPAddrFromAddrPort(addrPort("192.0.2.1:514"))).Format()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestProxy: the address that a trusted proxy names is the peer's, also before TLS; a connection from there without a good
// header is refused, and so is a header from anybody else.
func TestProxy(t *testing.T) {
	files, pool := local(t)
	m := newMemory()
	from := []string{"192.0.2.0/24", "127.0.0.1"}
	plain, _, _ := tcpOn(t, m, func(o *TCPOptions) { o.ProxyFrom = from })
	secure, _, _ := tcpOn(t, m, func(o *TCPOptions) { o.ProxyFrom, o.TLS = from, files })
	strict, _, _ := tcpOn(t, m, func(o *TCPOptions) { o.ProxyFrom = []string{"192.0.2.0/24"} })
	relp, _ := relpOn(t, m, func(o *AckedOptions) { o.ProxyFrom = from })
	n := 0
	peer := func(want string) {
		t.Helper()
		n++
		m.awaitFrames(t, n)
		if got := m.origins[n-1].Peer.String(); got != want {
			t.Errorf("peer %s, want %s", got, want)
		}
	}
	for _, v := range []byte{1, 2} {
		for _, client := range []string{"203.0.113.7:40000", "[2001:db8::7]:40000"} {
			c := dial(t, "tcp", plain.Addr())
			send(t, c, proxyHeader(t, v, client)+"<34>x\n")
			peer(client)

			c = dial(t, "tcp", secure.Addr())
			send(t, c, proxyHeader(t, v, client))
			s := tls.Client(c, &tls.Config{RootCAs: pool, ServerName: "localhost"})
			if _, err := io.WriteString(s, "<34>x\n"); err != nil {
				t.Fatal(err)
			}
			peer(client)

			c = dial(t, "tcp", relp.Addr())
			send(t, c, proxyHeader(t, v, client))
			relpSay(t, c, relpOpen, "commands=syslog\n")
			relpSay(t, c, "2 syslog 1 a\n", "2 rsp 6 200 OK\n")
			peer(client)
		}
	}
	for _, header := range []string{"PROXY UNKNOWN\r\n", string(proxyproto.SIGV2) + "\x20\x00\x00\x00"} { // the proxy itself
		c := dial(t, "tcp", plain.Addr())
		send(t, c, header+"<34>x\n")
		peer(c.LocalAddr().String())
	}
	for i, bad := range []string{"<34>no header\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 99999\r\n", "PROXY " + strings.Repeat("x", 200),
		string(proxyproto.SIGV2) + "\x21\x11\x00\x02ab", string(proxyproto.SIGV2) + "\x31\x11\x00\x0c", "\x16\x03\x01"} {
		for _, l := range []*TCP{plain, secure} {
			c := dial(t, "tcp", l.Addr())
			send(t, c, bad)
			if len(bad) < 12 {
				c.(*net.TCPConn).CloseWrite()
			}
			closed(t, c)
			until(t, fmt.Sprintf("a refusal of %q", bad), func() bool { return l.Stats().Errors[badProxy] == uint64(i+1) })
		}
	}
	for _, v := range []byte{1, 2} {
		c := dial(t, "tcp", strict.Addr())
		send(t, c, proxyHeader(t, v, "203.0.113.7:40000")+"<34>x\n")
		closed(t, c)
	}
	until(t, "refusals", func() bool { return strict.Stats().Errors[untrustedProxy] == 2 })
	if len(m.frames) != n {
		t.Errorf("frames %q", m.frames)
	}
}

// TestProxyHTTP: a proxy that is silent does not keep others waiting.
func TestProxyHTTP(t *testing.T) {
	m := newMemory()
	opt := HTTPDefaults
	opt.Addr, opt.ProxyFrom = "127.0.0.1:0", []string{"127.0.0.1/32"}
	if err := opt.Check(); err != nil {
		t.Fatal(err)
	}
	log, _ := testLog()
	h := NewHTTP(opt, m, log)
	run(t, h)
	silent := dial(t, "tcp", h.Addr())
	for _, v := range []byte{1, 2} {
		c := dial(t, "tcp", h.Addr())
		body := `{"a":1}`
		send(t, c, proxyHeader(t, v, "203.0.113.7:40000")+fmt.Sprintf("POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
		m.awaitFrames(t, int(v))
		if got := m.origins[v-1].Peer.String(); got != "203.0.113.7:40000" {
			t.Errorf("peer %s", got)
		}
	}
	silent.Close()
	c := dial(t, "tcp", h.Addr())
	send(t, c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	closed(t, c)
	until(t, "refusals", func() bool { return h.Stats().Errors[badProxy] == 2 })
}

// TestHAProxy lets a real proxy pass connections on.
func TestHAProxy(t *testing.T) {
	exe, err := exec.LookPath("/usr/sbin/haproxy")
	if err != nil {
		exe = tool(t, "haproxy", "haproxy")
	}
	files, pool := local(t)
	m := newMemory()
	trust := func(o *TCPOptions) { o.ProxyFrom = []string{"127.0.0.0/8"} }
	plain, _, _ := tcpOn(t, m, trust)
	secure, _, _ := tcpOn(t, m, func(o *TCPOptions) { trust(o); o.TLS = files })
	opt := HTTPDefaults
	opt.Addr, opt.ProxyFrom = "127.0.0.1:0", []string{"127.0.0.0/8"}
	log, _ := testLog()
	h := NewHTTP(opt, m, log)
	run(t, h)

	conf := "defaults\n mode tcp\n timeout connect 5s\n timeout client 10s\n timeout server 10s\n"
	var ports []string
	for _, to := range []net.Addr{plain.Addr(), secure.Addr(), h.Addr()} {
		for _, how := range []string{"send-proxy", "send-proxy-v2"} {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ports = append(ports, l.Addr().String())
			l.Close()
			conf += fmt.Sprintf("listen l%d\n bind %s\n server s %s %s\n", len(ports), ports[len(ports)-1], to, how)
		}
	}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-db", "-f", file)
	var out bytes.Buffer
	cmd.Stderr = &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	for i, port := range ports {
		var c net.Conn
		until(t, "haproxy", func() bool { c, err = net.Dial("tcp", port); return err == nil })
		c.SetDeadline(time.Now().Add(10 * time.Second))
		me := c.LocalAddr().String()
		switch i / 2 {
		case 0:
			send(t, c, "<34>x\n")
		case 1:
			c = tls.Client(c, &tls.Config{RootCAs: pool, ServerName: "localhost"})
			if _, err := io.WriteString(c, "<34>x\n"); err != nil {
				t.Fatalf("%v %s", err, &out)
			}
		case 2:
			r, err := http.NewRequest("POST", "http://x/api/v1/events", strings.NewReader(`{"a":1}`))
			if err == nil {
				err = r.Write(c)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		m.awaitFrames(t, i+1)
		if got := m.origins[i].Peer.String(); got != me {
			t.Errorf("%d: peer %s, want %s", i, got, me)
		}
		c.Close()
	}
}
