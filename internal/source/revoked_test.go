package source

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// list makes a's revocation list, valid from and to the given hours from now.
func (a *authority) list(t *testing.T, from, to int, revoked ...tls.Certificate) []byte {
	t.Helper()
	l := &x509.RevocationList{Number: serial(), ThisUpdate: time.Now().Add(time.Duration(from) * time.Hour), NextUpdate: time.Now().Add(time.Duration(to) * time.Hour)}
	for _, r := range revoked {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: r.Leaf.SerialNumber, RevocationTime: l.ThisUpdate})
	}
	return a.signList(t, l)
}

func (a *authority) signList(t *testing.T, l *x509.RevocationList) []byte {
	t.Helper()
	der, err := x509.CreateRevocationList(rand.Reader, l, a.cert, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

// below makes an authority that a signed.
func (a *authority) below(t *testing.T, name string) *authority {
	t.Helper()
	pair := a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, SerialNumber: serial(), IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	})
	return &authority{cert: pair.Leaf, key: pair.PrivateKey.(*ecdsa.PrivateKey)}
}

// TestRevoked is the part of faults.md's row 36 that needs a list.
func TestRevoked(t *testing.T) {
	files, pool := local(t)
	ca := newAuthority(t, "clients")
	good, bad, gone := ca.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1), ca.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1), ca.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1)
	crl := filepath.Join(t.TempDir(), "crl.pem")
	publish := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(crl, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	publish(ca.list(t, -1, 1, gone))
	m := newMemory()
	l, _, _ := tcpOn(t, m, func(o *TCPOptions) {
		o.TLS = files
		o.TLS.ClientAuth, o.TLS.ClientCA, o.TLS.CRL = "require", ca.file, crl
	})
	sent := 0
	try := func(name string, cert tls.Certificate, want refusal) *tls.Conn {
		t.Helper()
		before := l.Stats().Errors[string(want)]
		c := tls.Client(dial(t, "tcp", l.Addr()), &tls.Config{RootCAs: pool, ServerName: "localhost", Certificates: []tls.Certificate{cert}})
		if err := c.Handshake(); err == nil {
			fmt.Fprintf(c, "<34>%s\n", name)
		}
		if want != "" {
			until(t, name, func() bool { return l.Stats().Errors[string(want)] > before })
			return c
		}
		sent++
		if got := m.awaitFrames(t, sent); got[sent-1] != "<34>"+name {
			t.Errorf("%s: got %q", name, got[sent-1])
		}
		return c
	}
	try("good", good, "")
	open := try("not yet revoked", bad, "")
	try("revoked", gone, errRevoked)

	publish(ca.list(t, 0, 1, gone, bad))
	try("before the reload", bad, "")
	swap, err := l.Reload()
	if err != nil {
		t.Fatal(err)
	}
	swap()
	try("revoked since", bad, errRevoked)
	try("still good", good, "")
	sent++
	io.WriteString(open, "<34>connected before\n")
	if got := m.awaitFrames(t, sent); got[sent-1] != "<34>connected before" {
		t.Errorf("an open connection: got %q", got[sent-1])
	}

	publish(ca.list(t, -2, -1))
	if _, err := l.Reload(); err == nil || !strings.Contains(err.Error(), "tls.crl: "+crl+": list 1: out of date since") {
		t.Errorf("an old list: %v", err)
	}
	try("revoked, after a reload that failed", bad, errRevoked)
	try("good, after a reload that failed", good, "")
}

func TestRevokedChains(t *testing.T) {
	root, other := newAuthority(t, "root"), newAuthority(t, "other")
	branch := root.below(t, "branch")
	leaf := branch.leaf(t, x509.ExtKeyUsageClientAuth, -1, 1)
	now := time.Now()
	whole := [][]*x509.Certificate{{leaf.Leaf, branch.cert, root.cert}}
	f := func(name string, want error, at time.Time, chains [][]*x509.Certificate, lists ...[]byte) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "crl.pem")
		if err := os.WriteFile(file, bytes.Join(lists, nil), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := readRevocations(file, []*x509.Certificate{root.cert, branch.cert, other.cert}, now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := revoked(got, chains, at); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	b, r := branch.list(t, -1, 1), root.list(t, -1, 1)
	f("both lists", nil, now, whole, b, r)
	f("no list of the root", errNoList, now, whole, b)
	f("no list of the branch", errNoList, now, whole, r)
	f("lists of others only", errNoList, now, whole, other.list(t, -1, 1))
	f("leaf revoked", errRevoked, now, whole, branch.list(t, -1, 1, leaf), r)
	f("branch revoked", errRevoked, now, whole, b, root.list(t, -1, 1, tls.Certificate{Leaf: branch.cert}))
	f("branch revoked, though trusted by itself", errRevoked, now, [][]*x509.Certificate{{leaf.Leaf, branch.cert}, whole[0]}, b, root.list(t, -1, 1, tls.Certificate{Leaf: branch.cert}))
	f("the same number at another authority", nil, now, whole, b, r, other.list(t, -1, 1, leaf))
	f("out of date", errOldList, now.Add(2*time.Hour), whole, branch.list(t, -1, 1), root.list(t, -1, 3))
	f("listed in a list that is out of date", errRevoked, now.Add(2*time.Hour), whole, branch.list(t, -1, 1, leaf), root.list(t, -1, 3))
	f("the later of two", nil, now, whole, branch.list(t, -2, 1, leaf), b, r)
	f("the later of two, in the other order", nil, now, whole, b, branch.list(t, -2, 1, leaf), r)
}

func TestRevocationFiles(t *testing.T) {
	ca, twin, stranger := newAuthority(t, "clients"), newAuthority(t, "clients"), newAuthority(t, "others")
	f := func(name, want, data string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "crl.pem")
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readRevocations(file, []*x509.Certificate{ca.cert}, time.Now()); err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	good := string(ca.list(t, -1, 1))
	critical := []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}
	in := func(l x509.RevocationList) string {
		l.Number, l.ThisUpdate, l.NextUpdate = serial(), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		return string(ca.signList(t, &l))
	}
	f("empty", "no revocation list", "")
	f("garbage", "no revocation list", "garbage")
	f("garbage behind", "what follows list 1", good+"garbage")
	f("a certificate", `block 1 is "CERTIFICATE"`, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw})))
	f("garbage in PEM", "list 2", good+string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: []byte("x")})))
	f("for later", "valid only from", string(ca.list(t, 1, 2)))
	f("old", "out of date since", string(ca.list(t, -2, -1)))
	f("of a stranger", "CN=others, is not in tls.client_ca", string(stranger.list(t, -1, 1)))
	f("by one of the same name", "signature of CN=clients", string(twin.list(t, -1, 1)))
	f("a delta", "2.5.29.27 is critical", in(x509.RevocationList{ExtraExtensions: critical}))
	f("entries of others", "of serial number 5 is critical", in(x509.RevocationList{RevokedCertificateEntries: []x509.RevocationListEntry{
		{SerialNumber: big.NewInt(5), RevocationTime: time.Now(), ExtraExtensions: critical}}}))
	if _, err := readRevocations(filepath.Join(t.TempDir(), "none"), nil, time.Now()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestOpenSSLRevoked: OpenSSL issues the certificates and the list, and sends.
func TestOpenSSLRevoked(t *testing.T) {
	openssl := tool(t, "openssl", "openssl")
	files, _ := local(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	conf := fmt.Sprintf("[ca]\ndefault_ca=d\n[d]\ndatabase=%s\nserial=%s\ncrlnumber=%s\nnew_certs_dir=%s\ncertificate=%s\nprivate_key=%s\ndefault_md=sha256\ndefault_days=2\ndefault_crl_days=1\npolicy=p\n[p]\ncommonName=supplied\n[req]\ndistinguished_name=dn\n[dn]\n",
		at("index"), at("serial"), at("crlnumber"), dir, at("ca.pem"), at("ca.key"))
	for name, data := range map[string]string{"conf": conf, "index": "", "serial": "1000\n", "crlnumber": "01\n"} {
		if err := os.WriteFile(at(name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command(t, "", openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=issuer", "-config", at("conf"), "-days", "2", "-keyout", at("ca.key"), "-out", at("ca.pem"),
		"-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign,cRLSign")
	for _, name := range []string{"kept", "lost"} {
		command(t, "", openssl, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN="+name, "-config", at("conf"), "-keyout", at(name+".key"), "-out", at(name+".csr"))
		command(t, "", openssl, "ca", "-batch", "-notext", "-config", at("conf"), "-in", at(name+".csr"), "-out", at(name+".pem"))
	}
	publish := func() { command(t, "", openssl, "ca", "-config", at("conf"), "-gencrl", "-out", at("crl.pem")) }
	publish()
	m := newMemory()
	l, _, _ := tcpOn(t, m, func(o *TCPOptions) {
		o.TLS = files
		o.TLS.ClientAuth, o.TLS.ClientCA, o.TLS.CRL = "require", at("ca.pem"), at("crl.pem")
	})
	args := func(name string) []string {
		return []string{"s_client", "-quiet", "-no_ign_eof", "-CAfile", filepath.Join(filepath.Dir(files.Cert), LocalCA), "-verify_return_error",
			"-connect", l.Addr().String(), "-cert", at(name + ".pem"), "-key", at(name + ".key")}
	}
	command(t, "<34>kept\n", openssl, args("kept")...)
	m.awaitFrames(t, 1)
	command(t, "<34>lost\n", openssl, args("lost")...)
	m.awaitFrames(t, 2)

	command(t, "", openssl, "ca", "-config", at("conf"), "-revoke", at("lost.pem"), "-crl_reason", "keyCompromise")
	publish()
	swap, err := l.Reload()
	if err != nil {
		t.Fatal(err)
	}
	swap()
	cmd := exec.Command(openssl, args("lost")...)
	cmd.Stdin = strings.NewReader("<34>lost\n")
	cmd.Run() // TLS 1.3 tells the client after its handshake: it may have ended well, yet nothing of it is taken
	until(t, "a refusal", func() bool { return l.Stats().Errors[string(errRevoked)] == 1 })
	command(t, "<34>kept\n", openssl, args("kept")...)
	if got := m.awaitFrames(t, 3); strings.Join(got, "|") != "<34>kept|<34>lost|<34>kept" {
		t.Errorf("got %q", got)
	}
}
