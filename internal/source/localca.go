package source

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// LocalFiles are the names of the files that LocalCertificate makes, in its directory.
const (
	LocalCA   = "ca.pem"         // what clients are to trust
	LocalCert = "server.pem"     // for localhost, 127.0.0.1 and ::1
	LocalKey  = "server-key.pem" // mode 0600
)

// localValidity is long because a renewal means to give every client a new authority.
const localValidity = 5 * 365 * 24 * time.Hour

// LocalCertificate returns TLSDefaults with the certificate of dir. If dir has none of the files it makes an authority and
// a server certificate signed by it (created is true then); existing files are never overwritten. The authority's key is
// thrown away at once: nobody can ever sign another certificate that these clients would trust.
func LocalCertificate(dir string, now time.Time) (opt TLSOptions, created bool, err error) {
	opt = TLSDefaults
	opt.Cert, opt.Key = filepath.Join(dir, LocalCert), filepath.Join(dir, LocalKey)
	missing := 0
	for _, name := range []string{LocalCA, LocalCert, LocalKey} {
		if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
			missing++
		} else if err != nil {
			return opt, false, fmt.Errorf("local certificate: %w", err)
		}
	}
	switch missing {
	case 0:
		return opt, false, checkLocal(opt, now)
	case 3:
		if err := makeLocal(dir, now); err != nil {
			return opt, false, fmt.Errorf("local certificate in %s: %w", dir, err)
		}
		return opt, true, nil
	}
	return opt, false, fmt.Errorf("local certificate: %s holds only some of %s, %s, %s: restore the others, or remove all to have new ones made",
		dir, LocalCA, LocalCert, LocalKey)
}

func checkLocal(opt TLSOptions, now time.Time) error {
	pair, err := tls.LoadX509KeyPair(opt.Cert, opt.Key)
	if err == nil {
		err = valid(pair.Leaf, now)
	}
	if err != nil {
		return fmt.Errorf("local certificate: %s: %w: remove %s, %s and %s to have new ones made",
			opt.Cert, err, LocalCA, LocalCert, LocalKey)
	}
	return nil
}

func makeLocal(dir string, now time.Time) error {
	// RSA, because the one cipher suite that RFC 9662 demands of every sender needs it.
	caKey, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		return err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	ca := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Watchpost local authority"}, SerialNumber: serial(),
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(localValidity),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return err
	}
	if ca, err = x509.ParseCertificate(caDER); err != nil {
		return err
	}
	leaf := &x509.Certificate{
		Subject: pkix.Name{CommonName: "localhost"}, SerialNumber: serial(),
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return errors.Join(
		writePEM(filepath.Join(dir, LocalKey), "PRIVATE KEY", keyDER, 0o600),
		writePEM(filepath.Join(dir, LocalCert), "CERTIFICATE", leafDER, 0o644),
		writePEM(filepath.Join(dir, LocalCA), "CERTIFICATE", caDER, 0o644),
	)
}

func serial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}

// writePEM writes a whole new file or none.
func writePEM(path, kind string, der []byte, mode fs.FileMode) error {
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	err = errors.Join(pem.Encode(f, &pem.Block{Type: kind, Bytes: der}), f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return os.Rename(tmp, path)
}
