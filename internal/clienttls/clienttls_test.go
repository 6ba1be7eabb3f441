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

// TestRenewed: a process that lives longer than its certificate shows the one that took its place.
func TestRenewed(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	server := pair(t, "server", file("ca.pem"), file("ca.key"))
	o := Options{Enabled: true, CA: file("ca.pem"), Cert: file("cert.pem"), Key: file("key.pem"), ServerName: "server"}
	pair(t, "first", o.Cert, o.Key)
	c, err := o.Config()
	if err != nil {
		t.Fatal(err)
	}
	shown := func() string {
		t.Helper()
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		s := tls.Server(b, &tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAnyClientCert})
		done := make(chan error, 1)
		go func() { done <- tls.Client(a, c).Handshake() }()
		if err := s.Handshake(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		return s.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	f := func(want string) {
		t.Helper()
		if got := shown(); got != want {
			t.Errorf("the certificate of %q is shown, want %q", got, want)
		}
	}
	f("first")
	pair(t, "second", o.Cert, o.Key)
	f("second")
	if err := os.WriteFile(o.Key, []byte("half wri"), 0o600); err != nil {
		t.Fatal(err)
	}
	f("second")
	pair(t, "third", o.Cert, o.Key)
	f("third")
}
