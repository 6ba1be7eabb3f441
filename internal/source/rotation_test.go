package source

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestTLSRotation is faults.md's row 37: certificates change twenty times under load, good and bad ones. Not one connection
// breaks, not one handshake fails, no line is lost.
func TestTLSRotation(t *testing.T) {
	ca := newAuthority(t, "servers")
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	opt := tlsFiles(t)
	install(t, opt, ca.leaf(t, x509.ExtKeyUsageServerAuth, -1, 1, "logs.example"))
	m := newMemory()
	l, _, _ := tcpOn(t, m, func(o *TCPOptions) { o.TLS = opt })
	var sent, handshakes atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for i := range 4 {
		clients.Go(func() {
			long := tls.Client(dial(t, "tcp", l.Addr()), &tls.Config{RootCAs: pool, ServerName: "logs.example"})
			for n := 0; ; n++ {
				select {
				case <-stop:
					long.Close()
					return
				default:
				}
				short := tls.Client(dial(t, "tcp", l.Addr()), &tls.Config{RootCAs: pool, ServerName: "logs.example"})
				for _, c := range []*tls.Conn{long, short} {
					if _, err := fmt.Fprintf(c, "<34>%d %d\n", i, n); err != nil {
						t.Errorf("client %d, line %d: %v", i, n, err)
						return
					}
					sent.Add(1)
				}
				handshakes.Add(1)
				short.Close()
			}
		})
	}
	for round := range 20 {
		at := handshakes.Load()
		until(t, "load", func() bool { return handshakes.Load() > at+8 })
		install(t, opt, ca.leaf(t, x509.ExtKeyUsageServerAuth, -1, 1, "logs.example"))
		if round%4 == 3 { // a bad one changes nothing
			if err := os.WriteFile(opt.Cert, []byte("garbage"), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Reload(); err == nil {
				t.Error("garbage was taken")
			}
			continue
		}
		swap, err := l.Reload()
		if err != nil {
			t.Fatal(err)
		}
		swap()
	}
	close(stop)
	clients.Wait()
	m.awaitFrames(t, int(sent.Load()))
	until(t, "the end", func() bool { return l.Stats().Open == 0 })
	if st := l.Stats(); len(st.Errors) > 0 || int64(st.Frames) != sent.Load() {
		t.Errorf("%d lines sent, stats %+v", sent.Load(), st)
	}
	t.Logf("%d lines over %d connections", sent.Load(), l.Stats().Accepted)
}

// TestRsyslogCertificate lets rsyslog send over TLS with a certificate of its own, and with one of a stranger.
func TestRsyslogCertificate(t *testing.T) {
	if _, err := os.Stat("/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so"); err != nil {
		tool(t, "lmnsd_gtls.so", "rsyslog-gnutls")
	}
	files, _ := local(t)
	ca, other := newAuthority(t, "clients"), newAuthority(t, "others")
	gone, crl := ca.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1), filepath.Join(t.TempDir(), "crl.pem")
	if err := os.WriteFile(crl, ca.list(t, -1, 1, gone), 0o644); err != nil {
		t.Fatal(err)
	}
	m := newMemory()
	l, _, _ := tcpOn(t, m, func(o *TCPOptions) {
		o.TLS = files
		o.TLS.ClientAuth, o.TLS.ClientCA, o.TLS.CRL = "require", ca.file, crl
	})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	send := func(cert tls.Certificate) func() {
		client := tlsFiles(t)
		install(t, client, cert)
		in := filepath.Join(t.TempDir(), "in.log")
		if err := os.WriteFile(in, []byte("one\ntwo\nthree\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return rsyslogd(t, fmt.Sprintf(`global(defaultNetstreamDriverCAFile="%s" defaultNetstreamDriverCertFile="%s" defaultNetstreamDriverKeyFile="%s")
module(load="imfile")
input(type="imfile" File="%s" Tag="app:")
action(type="omfwd" Target="127.0.0.1" Port="%s" Protocol="tcp" TCP_Framing="octet-counted" StreamDriver="gtls" StreamDriverMode="1"
 StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost" Template="RSYSLOG_SyslogProtocol23Format")
`, filepath.Join(filepath.Dir(files.Cert), LocalCA), client.Cert, client.Key, in, port))
	}
	end := send(ca.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1))
	if got := m.awaitFrames(t, 3); !strings.HasSuffix(got[2], "three\n") && !strings.HasSuffix(got[2], "three") {
		t.Errorf("got %q", got)
	}
	end()
	end = send(other.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1))
	until(t, "a refusal", func() bool { return l.Stats().Errors[string(errUnknownCA)] > 0 })
	end()
	end = send(gone)
	until(t, "a refusal", func() bool { return l.Stats().Errors[string(errRevoked)] > 0 })
	end()
	if len(m.frames) != 3 {
		t.Errorf("got %q", m.frames)
	}
}
