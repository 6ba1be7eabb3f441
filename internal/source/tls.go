package source

import (
	"context"
	"crypto/tls"
	"errors"
	"time"
)

// TLSOptions configure the server side of TLS.
type TLSOptions struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// TLSDefaults are used where the configuration says nothing.
var TLSDefaults = TLSOptions{}

// Enabled says whether TLS is spoken.
func (o TLSOptions) Enabled() bool { return o.Cert != "" }

// Check returns every fault of the options.
func (o TLSOptions) Check() error { return nil }

type certificates struct{ server *tls.Config }

func loadCertificates(o TLSOptions) (*certificates, error) {
	return nil, errors.New("tls: not built yet")
}
func (c *certificates) reload() error { return nil }
func (c *conn) handshake(ctx context.Context, tc *tls.Conn) bool {
	_ = time.Second
	return tc.HandshakeContext(ctx) == nil
}
