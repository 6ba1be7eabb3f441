package app

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"watchpost/internal/config"
	"watchpost/internal/rights"
	"watchpost/internal/source"
	"watchpost/internal/store"
)

// Names of files in folder query of the data folder. All are for their owner only.
const (
	keyFile   = "key"         // seals secrets
	localFile = "local.token" // of tools on this machine; made anew at each start
	setupFile = "setup.token" // of the link by which the first user is made; gone once there is one
)

// newBook makes what knows users and sessions, and the files beside it. setup is the token for the first user, "" if there is one.
func (s *Service) newBook(ctx context.Context, tenants func(context.Context) ([]string, error)) (book *rights.Book, setup string, err error) {
	dir := filepath.Join(s.c.Data, "query")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("query: %w", err)
	}
	key, err := sealingKey(s.c.Query.Key, filepath.Join(dir, keyFile))
	if err != nil {
		return nil, "", err
	}
	path := filepath.Join(dir, setupFile)
	book = rights.NewBook(rights.Options{SetUp: func() { os.Remove(path) }, Open: s.c.Query.Loopback(), Idle: s.c.Query.Session.Idle, Absolute: s.c.Query.Session.Absolute, External: s.c.Query.OIDC.Session,
		NoPasswords: s.c.Query.OIDC.Only, BreakGlass: s.c.Query.OIDC.BreakGlass, Key: key, Tenants: tenants, Now: time.Now}, rightsTable{s.store})
	if err := writePrivate(filepath.Join(dir, localFile), book.LocalToken()); err != nil {
		return nil, "", fmt.Errorf("query: %w", err)
	}
	if setup, err = book.SetupToken(ctx); err != nil {
		return nil, "", fmt.Errorf("query: %w", err)
	}
	if setup == "" {
		os.Remove(path) // of a start before, if any: it opens nothing any more
		return book, "", nil
	}
	return book, setup, writePrivate(path, setup)
}

// sealingKey gives the key of the configuration, or the one in the file, which it makes if there is none.
func sealingKey(configured, file string) (key [32]byte, err error) {
	text := configured
	if text == "" {
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			rand.Read(key[:]) // never fails
			return key, writePrivate(file, hex.EncodeToString(key[:]))
		}
		if err != nil {
			return key, fmt.Errorf("query.key: %w", err)
		}
		text = string(data)
	}
	b, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(b) != len(key) {
		return key, fmt.Errorf("query.key: want %d bytes in hex", len(key))
	}
	return [32]byte(b), nil
}

// writePrivate writes a file that only its owner can read.
func writePrivate(path, text string) error { return replaceFile(path, []byte(text+"\n"), 0o600) }

// rightsTable adapts the store.
type rightsTable struct{ store *store.Store }

// Since implements rights.Records.
func (t rightsTable) Since(ctx context.Context, stored time.Time) ([]rights.Record, error) {
	rows, err := t.store.Rights(ctx, stored)
	out := make([]rights.Record, len(rows))
	for i, r := range rows {
		out[i] = rights.Record(r)
	}
	return out, err
}

// Append implements rights.Records.
func (t rightsTable) Append(ctx context.Context, r rights.Record) error {
	return t.store.InsertRights(ctx, store.RightsRow(r))
}

// listenPage binds the page's address, with TLS if a certificate is configured.
func (s *Service) listenPage() (net.Listener, error) {
	o := s.c.Query.TLS
	if err := localCertificate(s.c, &o); err != nil {
		return nil, fmt.Errorf("query.%w", err)
	}
	l, err := net.Listen("tcp", s.c.Query.Addr)
	if err != nil || !o.Enabled() {
		return l, err
	}
	certs, err := source.LoadCertificates(o)
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("query.%w", err)
	}
	s.reloads = append(s.reloads, reload{"page", func(config.Config) (func(), error) { return certs.Reload() }})
	s.endings = append(s.endings, ending{"page", certs.Endings})
	return tls.NewListener(l, certs.Config()), nil
}

// PageAddress gives how a browser reaches the page at a bound address.
func PageAddress(c config.Config, bound string) string {
	scheme := "http://"
	if c.Query.TLS.Enabled() {
		scheme = "https://"
	}
	if ap, err := netip.ParseAddrPort(bound); err == nil && ap.Addr().IsUnspecified() {
		host := "127.0.0.1"
		if len(c.Query.Hosts) > 0 {
			host = c.Query.Hosts[0]
		}
		bound = net.JoinHostPort(host, fmt.Sprint(ap.Port()))
	}
	return scheme + bound
}
