package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/audit"
	"watchpost/internal/rights"
	"watchpost/internal/web"
)

// noRecords are of an installation without users.
type noRecords struct{}

func (noRecords) Since(context.Context, time.Time) ([]rights.Record, error) { return nil, nil }
func (noRecords) Append(context.Context, rights.Record) error               { return nil }

// The page beyond loopback: TLS of at least 1.2, HSTS, a log-in even without users, and nothing but life for who has none.
func TestPageBeyondLoopback(t *testing.T) {
	c := anyPort(t)
	c.Query.Addr, c.Query.Hosts = "0.0.0.0:0", []string{"siem.example"}
	c.Query.TLS.Cert, c.Query.TLS.Key = "local", "local"
	if err := c.Query.Check(); err != nil {
		t.Fatal(err)
	}
	s := NewService(c, "", nil, quiet)
	l, err := s.listenPage()
	if err != nil {
		t.Fatal(err)
	}
	book := rights.NewBook(rights.Options{Open: c.Query.Loopback(), Idle: time.Hour, Absolute: time.Hour, Now: time.Now,
		Tenants: func(context.Context) ([]string, error) { return nil, nil }}, noRecords{})
	server := web.New(c.Query, nil, book, audit.New(auditTable{}, time.Now, quiet), fstest.MapFS{}, time.Now, quiet)
	mux := http.NewServeMux()
	s.pageRoutes(server, mux)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serveHTTP(ctx, l, server.Guard(mux)) }()
	defer func() { cancel(); <-done }()

	pem, err := os.ReadFile(filepath.Join(c.Data, "tls", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost"}}}
	f := func(status int, method, path, host string, header ...string) {
		t.Helper()
		req, err := http.NewRequest(method, "https://127.0.0.1:"+port+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != status || res.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s %s of %s: %d %s %v", method, path, host, res.StatusCode, body, res.Header)
		}
	}
	f(401, "POST", "/api/v1/search", "siem.example")
	f(401, "GET", "/api/v1/session", "192.0.2.7:8080") // an address, not a name
	f(401, "POST", "/api/v1/search", "siem.example", "Origin", "https://siem.example")
	f(403, "POST", "/api/v1/search", "siem.example", "Origin", "http://siem.example")
	f(403, "POST", "/api/v1/search", "siem.example", "Origin", "https://evil.example")
	f(421, "POST", "/api/v1/search", "evil.example")
	f(200, "GET", "/livez", "siem.example")
	f(200, "GET", "/readyz", "siem.example")
	f(401, "GET", "/readyz?verbose", "siem.example")
	f(401, "GET", "/metrics", "siem.example")
	f(401, "POST", "/-/reload", "siem.example")
	f(200, "GET", "/metrics", "localhost")
	for _, old := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		conn, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: old, MaxVersion: old})
		if err == nil {
			conn.Close()
			t.Errorf("TLS version %x is spoken", old)
		}
	}
	if res, err := http.Get("http://127.0.0.1:" + port + "/"); err == nil && res.StatusCode == http.StatusOK {
		t.Error("plain HTTP is answered")
	}
	if got := PageAddress(c, l.Addr().String()); got != fmt.Sprintf("https://siem.example:%s", port) {
		t.Errorf("the page is at %s", got)
	}
}
