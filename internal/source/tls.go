package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// TLSOptions configure the server side of TLS.
type TLSOptions struct {
	Cert             string        `yaml:"cert"`              // PEM file, the chain with the server's own certificate first
	Key              string        `yaml:"key"`               // PEM file, not readable for others
	ClientAuth       string        `yaml:"client_auth"`       // none, request (a certificate that is sent must be good) or require
	ClientCA         string        `yaml:"client_ca"`         // PEM file of the authorities that sign clients
	CRL              string        `yaml:"crl"`               // PEM file of revocation lists, one of each authority that signs clients; one that is out of date refuses them
	Fingerprints     []string      `yaml:"fingerprints"`      // SHA-256 of client certificates that are good without an authority, in hex, "sha-256:" and colons allowed (RFC 5425)
	HandshakeTimeout time.Duration `yaml:"handshake_timeout"` // until then a client must have shaken hands
}

// TLSDefaults are used where the configuration says nothing.
var TLSDefaults = TLSOptions{ClientAuth: "none", HandshakeTimeout: 10 * time.Second}

// Enabled says whether TLS is spoken.
func (o TLSOptions) Enabled() bool { return o.Cert != "" }

// Check returns every fault of the options; it reads no files.
func (o TLSOptions) Check() error {
	if !o.Enabled() {
		if o.Key != "" || o.ClientCA != "" || o.CRL != "" || len(o.Fingerprints) > 0 {
			return errors.New("tls.cert: is missing, but other keys of tls are set")
		}
		return nil
	}
	errs := []error{between("tls.handshake_timeout", o.HandshakeTimeout, 100*time.Millisecond, time.Minute)}
	if o.Key == "" {
		errs = append(errs, errors.New("tls.key: is missing"))
	}
	good := o.ClientCA != "" || len(o.Fingerprints) > 0
	switch o.ClientAuth {
	case "none":
		if good {
			errs = append(errs, errors.New("tls.client_auth: is none, but client_ca or fingerprints are set"))
		}
	case "request", "require":
		if !good {
			errs = append(errs, fmt.Errorf("tls.client_auth: is %s, but neither client_ca nor fingerprints say which certificates are good", o.ClientAuth))
		}
	default:
		errs = append(errs, fmt.Errorf("tls.client_auth: %q is not none, request or require", o.ClientAuth))
	}
	if o.CRL != "" && o.ClientCA == "" {
		errs = append(errs, errors.New("tls.crl: is set, but client_ca, whose authorities sign it, is not"))
	}
	for i, f := range o.Fingerprints {
		if _, err := fingerprint(f); err != nil {
			errs = append(errs, fmt.Errorf("tls.fingerprints[%d]: %w", i, err))
		}
	}
	return errors.Join(errs...)
}

func fingerprint(s string) (sum [32]byte, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(s), "sha-256:"), ":", ""))
	if err != nil || len(b) != len(sum) {
		return sum, fmt.Errorf("%q is not a SHA-256 fingerprint in hex", s)
	}
	return [32]byte(b), nil
}

// Suites of TLS 1.2: forward secret and authenticated ones only. RFC 9662 demands the first; 1.3 has its own.
var suites = []uint16{
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
}

// Certificates hold what the files said when they were last read and found good.
type Certificates struct {
	opt    TLSOptions
	now    func() time.Time // for the validity of certificates
	server *tls.Config      // hands each handshake the current one
	cur    atomic.Pointer[inUse]
}

// inUse is what the files said.
type inUse struct {
	conf    *tls.Config
	endings []Ending
}

// An Ending is when something ends that handshakes rest on: a certificate of ours, or a list of revoked ones.
type Ending struct {
	What        string // the key of the configuration and the file
	From, Until time.Time
}

// Soon is when people should be told: two weeks before the end, or in the last quarter of the time where that is shorter.
func (e Ending) Soon() time.Time {
	return e.Until.Add(-min(14*24*time.Hour, e.Until.Sub(e.From)/4))
}

// LoadCertificates reads the files of opt for the first time.
func LoadCertificates(opt TLSOptions) (*Certificates, error) {
	c := &Certificates{opt: opt, now: time.Now}
	c.server = &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: c.config}
	swap, err := c.Reload()
	if err != nil {
		return nil, err
	}
	swap()
	return c, nil
}

// speaking is server for HTTP: with HTTP/2 among what is offered, or without.
func (c *Certificates) speaking(http2 bool) *tls.Config {
	if !http2 {
		return c.server
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		cfg, err := c.config(hello)
		if err == nil {
			cfg = cfg.Clone()
			cfg.NextProtos = []string{"h2", "http/1.1"}
		}
		return cfg, err
	}}
}

// Config makes each handshake with what the files said when they were last read.
func (c *Certificates) Config() *tls.Config { return c.server }

// Endings says when what is in use ends.
func (c *Certificates) Endings() []Ending { return c.cur.Load().endings }

func endings(c *Certificates) []Ending {
	if c == nil {
		return nil
	}
	return c.Endings()
}

// Reload reads the files; swap puts what they hold into use.
func (c *Certificates) Reload() (swap func(), err error) {
	if info, err := os.Stat(c.opt.Key); err != nil {
		return nil, fmt.Errorf("tls.key: %w", err)
	} else if mode := info.Mode().Perm(); mode&0o027 != 0 {
		return nil, fmt.Errorf("tls.key: %s has mode %04o: a private key must not be open to others (chmod 0600)", c.opt.Key, mode)
	}
	pair, err := tls.LoadX509KeyPair(c.opt.Cert, c.opt.Key)
	if err != nil {
		return nil, fmt.Errorf("tls.cert %s, tls.key %s: %w", c.opt.Cert, c.opt.Key, err)
	}
	if err := valid(pair.Leaf, c.now()); err != nil {
		return nil, fmt.Errorf("tls.cert: %s: %w", c.opt.Cert, err)
	}
	endings := []Ending{{"tls.cert " + c.opt.Cert, pair.Leaf.NotBefore, pair.Leaf.NotAfter}}
	clients := clientCheck{now: c.now, must: c.opt.ClientAuth == "require"}
	if c.opt.ClientCA != "" {
		pem, err := os.ReadFile(c.opt.ClientCA)
		if err != nil {
			return nil, fmt.Errorf("tls.client_ca: %w", err)
		}
		clients.roots = x509.NewCertPool()
		if !clients.roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tls.client_ca: %s holds no certificate", c.opt.ClientCA)
		}
		if c.opt.CRL != "" {
			if clients.revocations, err = readRevocations(c.opt.CRL, certificatesOf(pem), c.now()); err != nil {
				return nil, fmt.Errorf("tls.crl: %w", err)
			}
			for _, r := range clients.revocations {
				if !r.until.IsZero() {
					endings = append(endings, Ending{"tls.crl " + c.opt.CRL + " of " + r.authority.Subject.String(), r.from, r.until})
				}
			}
		}
	}
	for _, f := range c.opt.Fingerprints {
		sum, err := fingerprint(f)
		if err != nil {
			return nil, fmt.Errorf("tls.fingerprints: %w", err)
		}
		clients.pins = append(clients.pins, sum)
	}
	cfg := &tls.Config{
		MinVersion: tls.VersionTLS12, CipherSuites: suites, Certificates: []tls.Certificate{pair},
		// No resumption: each connection's client certificate is judged by the files as they are now.
		SessionTicketsDisabled: true,
	}
	if c.opt.ClientAuth != "none" {
		cfg.ClientAuth = tls.RequestClientCert
		cfg.ClientCAs = clients.roots // the hint sent to clients
		cfg.VerifyConnection = clients.verify
	}
	return func() { c.cur.Store(&inUse{cfg, endings}) }, nil
}

// config chooses the configuration of one handshake. It refuses what tls would refuse a moment later, to give the reason
// a name.
func (c *Certificates) config(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if !slices.ContainsFunc(hello.SupportedVersions, func(v uint16) bool { return v >= tls.VersionTLS12 && v <= tls.VersionTLS13 }) {
		return nil, errVersion
	}
	if !slices.Contains(hello.SupportedVersions, tls.VersionTLS13) &&
		!slices.ContainsFunc(hello.CipherSuites, func(s uint16) bool { return slices.Contains(suites, s) }) {
		return nil, errSuite
	}
	return c.cur.Load().conf, nil
}

// A refusal is why a handshake failed; its text is the reason under which it is counted.
type refusal string

func (r refusal) Error() string { return string(r) }

const (
	errVersion     refusal = "tls version too old"
	errSuite       refusal = "tls cipher suite not allowed"
	errNoCert      refusal = "client certificate missing"
	errExpired     refusal = "client certificate expired"
	errNotYet      refusal = "client certificate not yet valid"
	errUnknownCA   refusal = "client certificate of unknown authority"
	errRevoked     refusal = "client certificate revoked"
	errNoList      refusal = "client certificate without a revocation list"
	errOldList     refusal = "revocation list out of date"
	errUsage       refusal = "client certificate not for client authentication"
	errBadCert     refusal = "client certificate refused"
	errPlain       refusal = "plaintext on the tls port"
	errTLSOnPlain  refusal = "tls on a plain port"
	errGibberish   refusal = "gibberish on the tls port"
	errTimeout     refusal = "tls handshake timeout"
	errAborted     refusal = "tls handshake aborted"
	errByClient    refusal = "tls handshake refused by the client"
	errHandshake   refusal = "tls handshake failed"
	errCertExpired refusal = "certificate expired"
	errCertNotYet  refusal = "certificate not yet valid"
)

func valid(cert *x509.Certificate, now time.Time) error {
	switch {
	case now.After(cert.NotAfter):
		return fmt.Errorf("%w on %s", errCertExpired, cert.NotAfter.Format(time.DateTime))
	case now.Before(cert.NotBefore):
		return fmt.Errorf("%w, only from %s", errCertNotYet, cert.NotBefore.Format(time.DateTime))
	}
	return nil
}

// clientCheck judges client certificates.
type clientCheck struct {
	now   func() time.Time
	must  bool
	roots *x509.CertPool
	pins  [][32]byte

	revocations []revocation // none: no list was asked for
}

func (k clientCheck) verify(cs tls.ConnectionState) error {
	if len(cs.PeerCertificates) == 0 {
		if k.must {
			return errNoCert
		}
		return nil
	}
	leaf, now := cs.PeerCertificates[0], k.now()
	switch {
	case now.After(leaf.NotAfter):
		return errExpired
	case now.Before(leaf.NotBefore):
		return errNotYet
	case slices.Contains(k.pins, sha256.Sum256(leaf.Raw)):
		return nil
	case k.roots == nil:
		return errUnknownCA
	}
	between := x509.NewCertPool()
	for _, cert := range cs.PeerCertificates[1:] {
		between.AddCert(cert)
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: k.roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil && len(k.revocations) == 0:
		return nil
	case err == nil:
		return revoked(k.revocations, chains, now)
	case errors.As(err, &unknown):
		return errUnknownCA
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return errUsage
	}
	return fmt.Errorf("%w: %w", errBadCert, err)
}

// handshake reports whether the client may speak. Where not it has been counted and logged.
func (l *link) handshake(work context.Context, tc *tls.Conn) bool {
	ctx, cancel := context.WithTimeout(work, l.tls.HandshakeTimeout)
	defer cancel()
	err := tc.HandshakeContext(ctx)
	if err != nil && !l.draining.Load() { // while draining the fault is ours
		l.refuse(string(why(err)), err)
	}
	return err == nil
}

// why names the reason of a failed handshake.
func why(err error) refusal {
	var r refusal
	var header tls.RecordHeaderError
	var alert tls.AlertError
	var op *net.OpError
	var ne net.Error
	switch {
	case errors.As(err, &r):
		return r
	case errors.As(err, &header):
		if bytes.ContainsFunc(header.RecordHeader[:], func(c rune) bool { return c < ' ' || c > '~' }) {
			return errGibberish
		}
		return errPlain
	case errors.As(err, &alert), errors.As(err, &op) && op.Op == "remote error":
		return errByClient
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		return errTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.Canceled), errors.As(err, &op) && op.Op == "read":
		return errAborted
	}
	return errHandshake
}
