package web

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What proxies say of a request counts if query.proxies names them, and never from others.
func TestProxies(t *testing.T) {
	o := Defaults
	o.Hosts = []string{"siem.example"}
	o.Proxies = []string{"10.0.0.0/8", "2001:db8::1", "127.0.0.1"}
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	s := New(o, &fakeDesk{}, newBook(&records{}), &ledger{}, nil, now, discard)
	f := func(peer, client string, tls bool, header ...string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "http://siem.example/", nil)
		r.RemoteAddr = peer
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		if r = s.behind(r); address(r) != client || overTLS(r) != tls {
			t.Errorf("%s %q: from %s, TLS %v; want %s, %v", peer, header, address(r), overTLS(r), client, tls)
		}
	}
	const whom, how = "X-Forwarded-For", "X-Forwarded-Proto"
	f("10.1.2.3:4000", "192.0.2.7", true, whom, "192.0.2.7", how, "https")
	f("10.1.2.3:4000", "192.0.2.7", false, whom, "192.0.2.7", how, "http")
	f("[::ffff:10.1.2.3]:4000", "192.0.2.7", true, whom, "192.0.2.7", how, "HTTPS")
	f("[2001:db8::1]:4000", "2001:db8::7", false, whom, "[2001:db8::7]:5000")
	f("10.1.2.3:4000", "192.0.2.7", false, whom, "192.0.2.7:5000")
	// Somebody claims to be others: what our proxies wrote stands last.
	f("10.1.2.3:4000", "192.0.2.7", false, whom, "203.0.113.1, 192.0.2.7")
	f("10.1.2.3:4000", "192.0.2.7", false, whom, "203.0.113.1", whom, "192.0.2.7, 10.9.9.9")
	f("10.1.2.3:4000", "192.0.2.7", false, whom, "10.0.0.1, 192.0.2.7")
	f("10.1.2.3:4000", "10.9.9.9", false, whom, "203.0.113.1, nonsense, 10.9.9.9")
	f("10.1.2.3:4000", "10.1.2.3", false, whom, "203.0.113.1, ")
	f("10.1.2.3:4000", "10.1.2.3", false, how, "https") // by no proxy that does its work
	f("10.1.2.3:4000", "10.0.0.1", false, whom, "10.0.0.1, 10.0.0.2")
	f("10.1.2.3:4000", "192.0.2.7", false, whom, "192.0.2.7", how, "https", how, "http")
	// Others are believed nothing.
	f("192.0.2.9:4000", "192.0.2.9", false, whom, "127.0.0.1", how, "https")
	f("[2001:db8::2]:4000", "2001:db8::2", false, whom, "127.0.0.1", how, "https")

	// Who comes by a proxy on this machine does not sit at it: neither before there is a user, nor where operators' tools are open to it.
	mux := http.NewServeMux()
	s.Routes(mux)
	s.AddOps(mux, http.MethodGet, "/metrics", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("metrics")) })
	h := s.Guard(mux)
	get := func(path, peer string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
		r.RemoteAddr = peer
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, header := range [][]string{{whom, "192.0.2.7"}, {whom, "127.0.0.1"}, {whom, ""}} {
		for _, path := range []string{"/metrics", "/api/v1/alerts"} {
			if w := get(path, "127.0.0.1:4000", header...); w.Code != 401 {
				t.Errorf("%s %q by the proxy: %d", path, header, w.Code)
			}
		}
	}
	if w := get("/metrics", "127.0.0.1:4000"); w.Code != 200 {
		t.Errorf("a tool on the machine of the proxy: %d", w.Code)
	}
	if w := get("/metrics", "127.0.0.1:4000", whom, "192.0.2.7", how, "https"); w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS where the proxy speaks TLS")
	}

	for _, bad := range []string{"proxy.example", "10.0.0.0/33", "0.0.0.0/0", "::/0", ""} {
		o.Proxies = []string{"10.0.0.1", bad}
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), "proxies[1]") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// The account, the brake on guessing and the cookie go by the client of a proxy.
func TestLogInByAProxy(t *testing.T) {
	s := newSite(t)
	o := Defaults
	o.Hosts, o.Proxies = []string{"siem.example"}, []string{"10.0.0.1"}
	server := New(o, &fakeDesk{}, s.book, s.ledger, nil, now, discard)
	mux := http.NewServeMux()
	server.Routes(mux)
	h := server.Guard(mux)
	try := func(peer, client, password string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "http://siem.example/api/v1/session", strings.NewReader(`{"user":"analyst","password":"`+password+`"}`))
		r.RemoteAddr = peer + ":4000"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", client)
		r.Header.Set("X-Forwarded-Proto", "https")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	code := 0
	for range 10 {
		code = try("10.0.0.1", "192.0.2.66", "wrong").Code
	}
	if code != 429 {
		t.Errorf("who guesses by the proxy: %d", code)
	}
	w := try("10.0.0.1", "192.0.2.7", teamPassword)
	if c := w.Result().Cookies(); w.Code != 200 || len(c) != 1 || c[0].Name != secureCookie || !c[0].Secure {
		t.Errorf("somebody else by the proxy: %d %s %v", w.Code, w.Body, c)
	}
	for range 10 {
		code = try("192.0.2.5", "192.0.2.8", "wrong").Code
	}
	if code != 429 {
		t.Errorf("who says to be a proxy: %d", code)
	}
	if w := try("192.0.2.6", "192.0.2.5", teamPassword); w.Code != 200 || w.Result().Cookies()[0].Secure {
		t.Errorf("another who does: %d", w.Code)
	}
}

// TestHAProxyInFront lets a real proxy pass requests on, from a client that claims to be another.
func TestHAProxyInFront(t *testing.T) {
	exe, err := exec.LookPath("/usr/sbin/haproxy")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	} else if err != nil {
		t.Skipf("skipped: %v", err)
	}
	o := Defaults
	o.Proxies = []string{"127.0.0.1"}
	seen := make(chan string, 1)
	s := New(o, &fakeDesk{}, newBook(&records{}), &ledger{}, nil, now, discard)
	behind := httptest.NewServer(s.Guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- fmt.Sprint(address(r), " ", overTLS(r)) })))
	defer behind.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	front := l.Addr().String()
	l.Close()
	conf := fmt.Sprintf("defaults\n mode http\n timeout connect 5s\n timeout client 10s\n timeout server 10s\nlisten front\n bind %s\n option forwardfor\n http-request set-header X-Forwarded-Proto https\n server s %s source 127.0.0.1\n",
		front, behind.Listener.Addr())
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-db", "-f", file)
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	from := func(ip string) *http.Client {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
		return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true}}
	}
	f := func(want, ip, to string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; {
			r, err := http.NewRequest(http.MethodGet, "http://"+to+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Forwarded-For", "203.0.113.9")
			res, err := from(ip).Do(r)
			if errors.Is(err, syscall.ECONNREFUSED) && time.Now().Before(deadline) {
				time.Sleep(20 * time.Millisecond) // it does not listen yet
				continue
			}
			if err != nil {
				t.Fatalf("%v: %s", err, &said)
			}
			res.Body.Close()
			if got := <-seen; res.StatusCode != 200 || got != want {
				t.Errorf("from %s to %s: %d %s, want %s", ip, to, res.StatusCode, got, want)
			}
			return
		}
	}
	f("127.0.0.9 true", "127.0.0.9", front)
	f("127.0.0.8 false", "127.0.0.8", behind.Listener.Addr().String()) // past the proxy
}
