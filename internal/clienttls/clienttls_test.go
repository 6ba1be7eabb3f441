package clienttls

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pair writes a certificate of its own authority, and its key.
func pair(t *testing.T, name, cert, key string) tls.Certificate {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for path, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: kder}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRenewed: a process that lives longer than certificates, its own and those of authorities, goes by those that took their places.
func TestRenewed(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	server := pair(t, "server", file("ca.pem"), file("ca.key"))
	o := Options{Enabled: true, CA: file("ca.pem"), Cert: file("cert.pem"), Key: file("key.pem")}
	pair(t, "first", o.Cert, o.Key)
	c, err := o.Client()
	if err != nil {
		t.Fatal(err)
	}
	shown := func(addr string) (string, error) {
		t.Helper()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		a, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		b, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		s := tls.Server(b, &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAnyClientCert})
		done := make(chan error, 1)
		go func() {
			conn, err := c.Secure(t.Context(), a, addr)
			if err == nil {
				defer conn.Close()
			}
			done <- err
		}()
		s.Handshake() // its error is that of the other side, or comes of it
		if err := <-done; err != nil {
			return "", err
		}
		return s.ConnectionState().PeerCertificates[0].Subject.CommonName, nil
	}
	f := func(want string) {
		t.Helper()
		if got, err := shown("server:9093"); got != want || err != nil {
			t.Errorf("the certificate of %q is shown, want %q; %v", got, want, err)
		}
	}
	refused := func(addr string) {
		t.Helper()
		if got, err := shown(addr); err == nil {
			t.Errorf("%s is taken for whom it says it is, and was shown %q", addr, got)
		}
	}
	f("first")
	refused("elsewhere:9093")
	refused("no port")
	pair(t, "second", o.Cert, o.Key)
	f("second")
	if err := os.WriteFile(o.Key, []byte("half wri"), 0o600); err != nil {
		t.Fatal(err)
	}
	f("second")
	pair(t, "third", o.Cert, o.Key)
	f("third")

	before := server
	server = pair(t, "server", file("next.pem"), file("next.key"))
	refused("server:9093")
	both := func(names ...string) {
		t.Helper()
		var text []byte
		for _, name := range names {
			b, err := os.ReadFile(file(name))
			if err != nil {
				t.Fatal(err)
			}
			text = append(text, b...)
		}
		if err := os.WriteFile(o.CA+".new", text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(o.CA+".new", o.CA); err != nil {
			t.Fatal(err)
		}
	}
	both("ca.pem", "next.pem")
	f("third")
	if err := os.WriteFile(o.CA, []byte("half wri"), 0o600); err != nil {
		t.Fatal(err)
	}
	f("third")
	both("next.pem")
	f("third")
	server = before // which is trusted no more
	refused("server:9093")
}

func TestFilesAtFault(t *testing.T) {
	dir := t.TempDir()
	cert, key, none := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "none.pem")
	pair(t, "x", cert, key)
	f := func(o Options, want string) {
		t.Helper()
		o.Enabled = true
		if _, err := o.Client(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
	}
	f(Options{CA: none}, "tls.ca: open ")
	f(Options{CA: key}, "tls.ca: "+key+" holds no PEM certificate")
	f(Options{Cert: none, Key: key}, "tls.cert: open ")
	f(Options{Cert: cert, Key: cert}, "tls.cert: ")
	if c, err := (Options{}).Client(); c != nil || err != nil {
		t.Errorf("plain: %v, %v", c, err)
	}
}
