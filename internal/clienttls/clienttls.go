// Package clienttls is the TLS of connections that Watchpost opens: to Kafka and to ClickHouse.
package clienttls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
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

// Config gives crypto/tls's form of o, nil where connections are plain. It reads the files; an error names the key of the one at fault. Our own
// certificate is read again for each connection, since it may have been renewed; while it cannot be read the last one is shown.
func (o Options) Config() (*tls.Config, error) {
	if !o.Enabled {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o.ServerName}
	if o.CA != "" {
		pem, err := os.ReadFile(o.CA)
		if err != nil {
			return nil, fmt.Errorf("tls.ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tls.ca: %s holds no PEM certificate", o.CA)
		}
	}
	if o.Cert != "" {
		cert, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, fmt.Errorf("tls.cert: %w", err)
		}
		var last atomic.Pointer[tls.Certificate]
		last.Store(&cert)
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if cert, err := tls.LoadX509KeyPair(o.Cert, o.Key); err == nil {
				last.Store(&cert)
			}
			return last.Load(), nil
		}
	}
	return c, nil
}
