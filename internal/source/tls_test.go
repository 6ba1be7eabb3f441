package source

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates for a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{file: filepath.Join(t.TempDir(), name+".pem")}
	tmpl := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, SerialNumber: serial(), IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	pair := a.sign(t, tmpl)
	a.cert, a.key = pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)
	if err := writePEM(a.file, "CERTIFICATE", a.cert.Raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return a
}

// sign issues a certificate; without an authority's key it signs itself.
func (a *authority) sign(t *testing.T, tmpl *x509.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := a.cert, a.key
	if signer == nil {
		parent, signer = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// leaf issues a certificate that is valid from and to the given hours from now.
func (a *authority) leaf(t *testing.T, usage x509.ExtKeyUsage, from, to int, names ...string) tls.Certificate {
	t.Helper()
	return a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "leaf"}, SerialNumber: serial(), DNSNames: names,
		NotBefore: time.Now().Add(time.Duration(from) * time.Hour), NotAfter: time.Now().Add(time.Duration(to) * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	})
}

// install writes a certificate where options point.
func install(t *testing.T, opt TLSOptions, pair tls.Certificate) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(writePEM(opt.Cert, "CERTIFICATE", pair.Certificate[0], 0o644), writePEM(opt.Key, "PRIVATE KEY", der, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func tlsFiles(t *testing.T) TLSOptions {
	dir := t.TempDir()
	opt := TLSDefaults
	opt.Cert, opt.Key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	return opt
}

// local makes the local certificate once for the tests that need some certificate.
func local(t *testing.T) (TLSOptions, *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	opt, _, err := LocalCertificate(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(filepath.Join(dir, LocalCA))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return opt, pool
}

func TestLocalCertificate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	now := time.Now()
	opt, created, err := LocalCertificate(dir, now)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	if info, err := os.Stat(opt.Key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v %v", info.Mode(), err)
	}
	before, _ := os.ReadFile(opt.Cert)
	if _, created, err = LocalCertificate(dir, now); err != nil || created {
		t.Error(created, err)
	}
	if after, _ := os.ReadFile(opt.Cert); string(after) != string(before) {
		t.Error("the certificate was overwritten")
	}
	if _, _, err = LocalCertificate(dir, now.Add(localValidity+time.Hour)); err == nil || !strings.Contains(err.Error(), "certificate expired") {
		t.Errorf("expired: %v", err)
	}
	os.Remove(opt.Key)
	if _, _, err = LocalCertificate(dir, now); err == nil || !strings.Contains(err.Error(), "only some of") {
		t.Errorf("half: %v", err)
	}
}

// TestTLS is faults.md's row 36, where Go can produce it.
func TestTLS(t *testing.T) {
	files, pool := local(t)
	ca, other := newAuthority(t, "clients"), newAuthority(t, "others")
	self := new(authority).leaf(t, x509.ExtKeyUsageClientAuth, -1, 1)
	sum := sha256.Sum256(self.Leaf.Raw)
	selfOld := new(authority).leaf(t, x509.ExtKeyUsageClientAuth, -2, -1)
	sumOld := sha256.Sum256(selfOld.Leaf.Raw)

	m := newMemory()
	l, _, text := tcpOn(t, m, func(o *TCPOptions) {
		o.TLS = files
		o.TLS.ClientAuth, o.TLS.ClientCA = "require", ca.file
		o.TLS.Fingerprints = []string{"SHA-256:" + strings.ToUpper(hex.EncodeToString(sum[:])), hex.EncodeToString(sumOld[:])}
		o.TLS.HandshakeTimeout = 300 * time.Millisecond
	})
	good := ca.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1)
	use := func(cert tls.Certificate) func(*tls.Config) {
		return func(c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
		}
	}
	sent := 0
	try := func(name string, want refusal, changes ...func(*tls.Config)) {
		t.Helper()
		before := l.Stats().Errors[string(want)]
		cfg := &tls.Config{RootCAs: pool, ServerName: "localhost"}
		use(good)(cfg)
		for _, change := range changes {
			change(cfg)
		}
		nc := dial(t, "tcp", l.Addr())
		c := tls.Client(nc, cfg)
		c.SetDeadline(time.Now().Add(10 * time.Second))
		if err := c.Handshake(); err == nil {
			fmt.Fprintf(c, "%d <34>%s", len(name)+4, name)
			c.CloseWrite()
		}
		if want == "" {
			sent++
			m.await(t, name, func() bool { return len(m.frames) == sent && m.frames[sent-1] == "<34>"+name })
			if o := m.origins[sent-1]; o.Transport != "tls" {
				t.Errorf("%s: origin %+v", name, o)
			}
			return
		}
		until(t, name+": "+string(want), func() bool { return l.Stats().Errors[string(want)] > before })
		nc.Close()
	}

	try("TLS 1.3", "")
	try("TLS 1.2", "", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 })
	try("RFC 9662", "", func(c *tls.Config) {
		c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	})
	for _, v := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		try(tls.VersionName(v), errVersion, func(c *tls.Config) { c.MinVersion, c.MaxVersion = v, v })
	}
	for _, s := range []uint16{tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
		tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_RSA_WITH_AES_128_GCM_SHA256} {
		try(tls.CipherSuiteName(s), errSuite, func(c *tls.Config) { c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{s} })
	}
	try("pinned, self-signed", "", use(self))
	try("pinned, but expired", errExpired, use(selfOld))
	try("self-signed", errUnknownCA, use(new(authority).leaf(t, x509.ExtKeyUsageClientAuth, -1, 1)))
	try("other authority", errUnknownCA, use(other.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1)))
	try("expired", errExpired, use(ca.leaf(t, x509.ExtKeyUsageClientAuth, -2, -1)))
	try("not yet valid", errNotYet, use(ca.leaf(t, x509.ExtKeyUsageClientAuth, 1, 2)))
	try("a server's certificate", errUsage, use(ca.leaf(t, x509.ExtKeyUsageServerAuth, -1, 1)))
	try("no certificate", errNoCert, use(tls.Certificate{}))
	try("wrong name", errByClient, func(c *tls.Config) { c.ServerName = "elsewhere.example" })
	try("untrusted server", errByClient, func(c *tls.Config) { c.RootCAs = x509.NewCertPool() })

	raw := func(name string, want refusal, data string) {
		t.Helper()
		before := l.Stats().Errors[string(want)]
		c := dial(t, "tcp", l.Addr())
		send(t, c, data)
		if want == errAborted {
			c.Close()
		}
		until(t, name, func() bool { return l.Stats().Errors[string(want)] == before+1 })
	}
	raw("plaintext", errPlain, "<34>Oct 11 22:14:15 gate su: hello\n")
	raw("gibberish", errGibberish, "\x80\x00\xff\x01\xfe\x00\x00\x00\x00")
	raw("slowloris", errTimeout, "\x16\x03\x01")
	raw("silence", errTimeout, "")
	raw("gone", errAborted, "\x16\x03\x01\x00")
	try("still there", "")

	for _, reason := range []refusal{errVersion, errSuite, errExpired, errPlain, errGibberish, errTimeout} {
		if !strings.Contains(text.String(), string(reason)) {
			t.Errorf("the log lacks %q", reason)
		}
	}
	if len(m.frames) != sent {
		t.Errorf("%d frames, want %d: %q", len(m.frames), sent, m.frames)
	}
}

func TestTLSRequest(t *testing.T) {
	files, pool := local(t)
	ca, other := newAuthority(t, "clients"), newAuthority(t, "others")
	m := newMemory()
	l, _, _ := tcpOn(t, m, func(o *TCPOptions) {
		o.TLS = files
		o.TLS.ClientAuth, o.TLS.ClientCA = "request", ca.file
	})
	talk := func(certs ...tls.Certificate) {
		c := tls.Client(dial(t, "tcp", l.Addr()), &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", Certificates: certs})
		if c.Handshake() == nil {
			io.WriteString(c, "<34>x\n")
		}
	}
	talk()
	m.awaitFrames(t, 1)
	talk(ca.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1))
	m.awaitFrames(t, 2)
	cert := other.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1)
	c := tls.Client(dial(t, "tcp", l.Addr()), &tls.Config{RootCAs: pool, ServerName: "127.0.0.1",
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }})
	c.Handshake()
	until(t, "a refusal", func() bool { return l.Stats().Errors[string(errUnknownCA)] == 1 })
}

// TestTLSReload: connections live on, new handshakes see the new certificate, a bad one changes nothing.
func TestTLSReload(t *testing.T) {
	ca := newAuthority(t, "servers")
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	opt := tlsFiles(t)
	server := func(name string) { install(t, opt, ca.leaf(t, x509.ExtKeyUsageServerAuth, -1, 1, name)) }
	server("one.example")
	m := newMemory()
	l, _, _ := tcpOn(t, m, func(o *TCPOptions) { o.TLS = opt })
	connect := func(name string) (*tls.Conn, error) {
		c := tls.Client(dial(t, "tcp", l.Addr()), &tls.Config{RootCAs: pool, ServerName: name})
		return c, c.Handshake()
	}
	first, err := connect("one.example")
	if err != nil {
		t.Fatal(err)
	}
	server("two.example")
	if _, err := connect("one.example"); err != nil {
		t.Errorf("before the reload: %v", err)
	}
	swap, err := l.Reload()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connect("one.example"); err != nil {
		t.Errorf("before the swap: %v", err)
	}
	swap()
	if _, err := connect("two.example"); err != nil {
		t.Errorf("after the reload: %v", err)
	}

	bad := func(name, want string, spoil func()) {
		t.Helper()
		server("two.example")
		spoil()
		if _, err := l.Reload(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
		if _, err := connect("two.example"); err != nil {
			t.Errorf("after a reload of %s: %v", name, err)
		}
	}
	bad("garbage", opt.Cert, func() { os.WriteFile(opt.Cert, []byte("garbage"), 0o644) })
	bad("nothing", opt.Key, func() { os.Remove(opt.Key) })
	bad("a key open to all", "mode 0644", func() { os.Chmod(opt.Key, 0o644) })
	bad("an expired certificate", string(errCertExpired), func() { install(t, opt, ca.leaf(t, x509.ExtKeyUsageServerAuth, -2, -1, "two.example")) })
	bad("a certificate for later", string(errCertNotYet), func() { install(t, opt, ca.leaf(t, x509.ExtKeyUsageServerAuth, 1, 2, "two.example")) })
	bad("a key of another certificate", "private key", func() {
		cert, _ := os.ReadFile(opt.Cert)
		server("three.example")
		os.WriteFile(opt.Cert, cert, 0o644)
	})

	io.WriteString(first, "<34>still connected\n")
	if got := m.awaitFrames(t, 1); got[0] != "<34>still connected" {
		t.Errorf("got %q", got)
	}
}

func TestTLSDrain(t *testing.T) {
	files, pool := local(t)
	m := newMemory()
	l, stop, _ := tcpOn(t, m, func(o *TCPOptions) { o.TLS = files })
	c := tls.Client(dial(t, "tcp", l.Addr()), &tls.Config{RootCAs: pool, ServerName: "localhost"})
	io.WriteString(c, strings.Repeat("<34>x\n", 20_000)) // more than one record
	stop()
	if len(m.frames) != 20_000 {
		t.Errorf("%d frames", len(m.frames))
	}
}

func TestTLSIdleMemory(t *testing.T) {
	files, pool := local(t)
	m := newMemory()
	l, _, _ := tcpOn(t, m, func(o *TCPOptions) { o.TLS = files })
	n := 0
	each := footprint(t, 100, func() {
		c := tls.Client(dial(t, "tcp", l.Addr()), &tls.Config{RootCAs: pool, ServerName: "localhost"})
		io.WriteString(c, "<34>"+strings.Repeat("x", 30_000)+"\n")
		n++
		m.awaitFrames(t, n)
	})
	if each -= 30_004; each > 60<<10 { // the sink's copy is in it; what is left of the client too
		t.Errorf("an idle TLS connection costs %d bytes", each)
	}
	t.Logf("about %d bytes", each)
}
