// Package clienttls is the TLS of connections that Watchpost opens: to Kafka and to ClickHouse.
package clienttls

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
)

// Options say how connections are encrypted.
type Options struct {
	Enabled    bool   `yaml:"enabled"`
	CA         string `yaml:"ca"`          // file of PEM certificates to trust; empty: those of the system
	Cert       string `yaml:"cert"`        // PEM file of our own certificate, with key
	Key        string `yaml:"key"`         // PEM file
	ServerName string `yaml:"server_name"` // expected in the server's certificate; empty: the host dialled
}

// Check returns every fault, each with its key below tls.
func (o Options) Check() error {
	var errs []error
	if (o.Cert == "") != (o.Key == "") {
		errs = append(errs, errors.New("tls: cert and key go together"))
	}
	if !o.Enabled && o != (Options{}) {
		errs = append(errs, errors.New("tls.enabled: is false, yet other keys of tls are set"))
	}
	return errors.Join(errs...)
}

// Client encrypts connections. Its methods may be called at once.
type Client struct {
	o     Options
	roots latest[*x509.CertPool]
	cert  latest[*tls.Certificate]
}

// latest is what was last read of files that are replaced while the process lives.
type latest[T any] struct{ atomic.Pointer[T] }

// again reads anew; while that does not succeed, as of files that are being written, it gives what was read before.
func (l *latest[T]) again(read func() (T, error)) (T, error) {
	v, err := read()
	if err == nil {
		l.Store(&v)
		return v, nil
	}
	if last := l.Load(); last != nil {
		return *last, nil
	}
	return v, err
}

// Client makes a Client, nil where connections are plain. It reads the files; an error names the key of the one at fault. They are read again for each connection, since authorities and our own
// certificate may have been renewed.
func (o Options) Client() (*Client, error) {
	if !o.Enabled {
		return nil, nil
	}
	c := &Client{o: o}
	_, err := c.config()
	return c, err
}

// config gives crypto/tls's form of the options for the next connection.
func (c *Client) config() (_ *tls.Config, err error) {
	out := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.o.ServerName}
	if c.o.CA != "" {
		if out.RootCAs, err = c.roots.again(c.authorities); err != nil {
			return nil, fmt.Errorf("tls.ca: %w", err)
		}
	}
	if c.o.Cert != "" {
		cert, err := c.cert.again(c.own)
		if err != nil {
			return nil, fmt.Errorf("tls.cert: %w", err)
		}
		out.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	return out, nil
}

func (c *Client) authorities() (*x509.CertPool, error) {
	pem, err := os.ReadFile(c.o.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no PEM certificate", c.o.CA)
	}
	return pool, nil
}

func (c *Client) own() (*tls.Certificate, error) {
	cert, err := tls.LoadX509KeyPair(c.o.Cert, c.o.Key)
	return &cert, err
}

// Secure encrypts conn, which leads to addr, and makes sure who is there; it closes conn if that fails. Of a nil Client conn stays as it is.
func (c *Client) Secure(ctx context.Context, conn net.Conn, addr string) (net.Conn, error) {
	if c == nil {
		return conn, nil
	}
	config, err := c.config()
	if err == nil && config.ServerName == "" {
		config.ServerName, _, err = net.SplitHostPort(addr)
	}
	if err == nil {
		secure := tls.Client(conn, config)
		if err = secure.HandshakeContext(ctx); err == nil {
			return secure, nil
		}
	}
	conn.Close()
	return nil, fmt.Errorf("%s: %w", addr, err)
}
