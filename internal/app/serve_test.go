package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/config"
	"watchpost/internal/source"
	"watchpost/internal/web"
)

var quiet = slog.New(slog.DiscardHandler)

func TestStagesStopInReverse(t *testing.T) {
	s := newStages(quiet)
	var mu sync.Mutex
	var stopped []string
	ctx, cancel := context.WithCancel(context.Background())
	for _, name := range []string{"store", "pipeline", "listener"} {
		s.start(ctx, name, func(ctx context.Context) error {
			<-ctx.Done()
			mu.Lock()
			defer mu.Unlock()
			stopped = append(stopped, name)
			return ctx.Err()
		})
	}
	cancel() // tells none of them: each is told when those above it have ended
	s.stop()
	if want := []string{"listener", "pipeline", "store"}; !slices.Equal(stopped, want) {
		t.Errorf("stopped %q", stopped)
	}
	select {
	case err := <-s.failed:
		t.Errorf("orderly end is a failure: %v", err)
	default:
	}
}

// Parts beside one another end only when all have been told to; what they feed runs until then.
func TestStagesBesideStopTogether(t *testing.T) {
	s := newStages(quiet)
	var told sync.WaitGroup
	told.Add(3)
	var sunk atomic.Bool
	s.start(t.Context(), "sink", func(ctx context.Context) error { <-ctx.Done(); sunk.Store(true); return nil })
	wait := func(ctx context.Context) error {
		<-ctx.Done()
		told.Done()
		told.Wait()
		if sunk.Load() {
			t.Error("the sink ended before what feeds it")
		}
		return nil
	}
	s.start(t.Context(), "one", wait)
	s.beside(t.Context(), "two", wait)
	s.beside(t.Context(), "three", wait)
	s.stop()
	if !sunk.Load() {
		t.Error("the sink goes on")
	}
}

func TestStageThatEndsByItselfEndsTheProcess(t *testing.T) {
	for _, end := range []error{nil, errors.New("broken")} {
		s := newStages(quiet)
		s.start(context.Background(), "listener", func(context.Context) error { return end })
		err := <-s.failed
		if err == nil || !strings.HasPrefix(err.Error(), "listener: ") || end != nil && !errors.Is(err, end) {
			t.Errorf("%v gives %v", end, err)
		}
		s.stop()
	}
}

func get(h http.Handler, method, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader("{}"))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestReadiness(t *testing.T) {
	o := newOps()
	mux := http.NewServeMux()
	o.routes(plain(mux))
	var fault error
	o.ready("store", func(context.Context) error { return fault })
	o.ready("running", func(context.Context) error { return nil })
	f := func(target string, code int, body string) {
		t.Helper()
		if w := get(mux, "GET", target); w.Code != code || w.Body.String() != body {
			t.Errorf("%s: %d %q", target, w.Code, w.Body)
		}
	}
	f("/livez", 200, "ok\n")
	f("/readyz", 200, "ready\n")
	f("/readyz?verbose", 200, "[+] store\n[+] running\nready\n")
	fault = errors.New("no answer")
	f("/readyz", 503, "[-] store: no answer\n[+] running\nnot ready\n")
	f("/livez", 200, "ok\n")
	o.counter("demo_total", "Demo.", nil, func() float64 { return 3 })
	if w := get(mux, "GET", "/metrics"); w.Code != 200 || !strings.Contains(w.Body.String(), "\nwatchpost_demo_total 3\n") {
		t.Errorf("%d", w.Code)
	}
}

// All that the page's port serves beside the API, which package web's own document describes, is really there.
func TestRoutesOfTheDocument(t *testing.T) {
	mux := http.NewServeMux()
	NewService(config.Default(), "", nil, quiet).pageRoutes(web.New(web.Defaults, nil, nil, nil, fstest.MapFS{}, time.Now, quiet), mux)
	for _, r := range [][2]string{{"POST", "/api/v1/search"}, {"GET", "/metrics"}, {"GET", "/livez"}, {"GET", "/readyz"}, {"POST", "/-/reload"}, {"GET", "/openapi.json"}} {
		if _, pattern := mux.Handler(httptest.NewRequest(r[0], r[1], nil)); pattern != r[0]+" "+r[1] {
			t.Errorf("%s %s goes to %q", r[0], r[1], pattern)
		}
	}
}

func TestReloadIsAllOrNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.yaml")
	write := func(doc string) {
		if err := os.WriteFile(path, []byte(doc), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := NewService(config.Default(), path, nil, quiet)
	var swapped []string
	var refuse error
	part := func(name string, fault *error) {
		s.reloads = append(s.reloads, reload{name, func(config.Config) (func(), error) {
			return func() { swapped = append(swapped, name) }, *fault
		}})
	}
	none := error(nil)
	part("rules", &none)
	part("certificate", &refuse)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /-/reload", s.reloadRequest)
	f := func(code int, want string, parts int) {
		t.Helper()
		swapped = nil
		if w := get(mux, "POST", "/-/reload"); w.Code != code || !strings.Contains(w.Body.String(), want) || len(swapped) != parts {
			t.Errorf("%d %q, swapped %q", w.Code, w.Body, swapped)
		}
	}
	write("data: x\n")
	f(422, "starting or stopping", 0)
	s.serving.Store(true)
	f(204, "", 2)
	refuse = errors.New("expired")
	f(422, "certificate: expired", 0)
	refuse = nil
	write("daata: x\n")
	f(422, "w.yaml:1: daata: unknown key", 0)
	write("data: x\n")
	f(204, "", 2)
}

// What is built anew after a reload is built of the configuration that it took up: the folder of rules does not go back to the one of the start.
func TestReloadLasts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.yaml")
	s := NewService(config.Config{Rules: "first", Lists: "lists"}, path, nil, quiet)
	s.serving.Store(true)
	rules := ""
	s.reloads = []reload{{"rules", func(c config.Config) (func(), error) { return func() { rules = c.Rules }, nil }}}
	for _, doc := range []string{"rules: second\nlists: other\n", "daata: x\n"} { // of which the latter is refused
		if err := os.WriteFile(path, []byte(doc), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = s.Reload()
		rules = ""
		s.takeUp("rules", "lists")
		if folders := s.watched()["rules"]; rules != "second" || folders[0] != "other" {
			t.Errorf("built anew of %q, watched %q", rules, folders)
		}
	}
}

// An exception that the API takes while the detector is still on its way is not lost.
func TestChangeDuringStart(t *testing.T) {
	s := NewService(config.Config{}, "", nil, quiet)
	s.takeUp("rules", "exceptions")
	s.takeUp("rules", "exceptions")
	built := 0
	s.reloads = append(s.reloads, reload{"rules", func(config.Config) (func(), error) { return func() { built++ }, nil }})
	s.begin()
	if built != 1 {
		t.Errorf("built %d times", built)
	}
}

// Whoever puts a faulty rule into a folder can see that it is not in use, until it is mended.
func TestFaultyFolderIsTold(t *testing.T) {
	s := NewService(config.Config{}, "", nil, quiet)
	var fault error
	s.reloads = append(s.reloads, reload{"content", func(config.Config) (func(), error) { return func() {}, fault }})
	s.begin()
	f := func(err error, want string) {
		t.Helper()
		fault = err
		s.takeUp("content", "folder")
		if got := s.notTaken(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f(nil, "")
	f(errors.Join(errors.New("c.yaml:1: a"), errors.New("c.yaml:2: b")), "what was read before stays in use: content: c.yaml:1: a; c.yaml:2: b")
	f(nil, "")
}

// What would refuse the start is a fault for -check too, which writes nothing.
func TestCheckReadsContent(t *testing.T) {
	data := t.TempDir()
	c, err := config.Parse("w.yaml", fmt.Appendf(nil, "data: %s\n", data), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(c.Content, 0o700); err != nil {
		t.Fatal(err)
	}
	for rules, want := range map[string]int{
		"name: a\nmask: {fields: [user.name], with: hash}\n":           0,
		"name: a\nmatch: user.name in list(\"nowhere\")\ndrop: true\n": 1,
	} {
		if err := os.WriteFile(filepath.Join(c.Content, "a.yaml"), []byte(rules), 0o600); err != nil {
			t.Fatal(err)
		}
		if code := Check(c); code != want {
			t.Errorf("%s: exit code %d", rules, code)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "content.key")); err == nil {
		t.Error("the check made a key")
	}
}

// So is what else a start reads: each file that cannot be is named, with the listener that wants it.
func TestCheckReadsFiles(t *testing.T) {
	data := t.TempDir()
	broken := filepath.Join(data, "broken.pem")
	if err := os.WriteFile(broken, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	doc := fmt.Sprintf(`data: %[1]s
geo: %[1]s/geo
listen:
  tcp: [{name: branch, addr: "127.0.0.1:0", tls: {cert: %[2]s, key: %[2]s}}, {name: own, addr: "127.0.0.1:0", tls: {cert: local, key: local}}]
  relp: [{addr: "127.0.0.1:0", tls: {cert: %[1]s/gone.pem, key: %[2]s}}]
kafka: {brokers: ["127.0.0.1:9"], tls: {enabled: true, ca: %[1]s/ca.pem}}
`, data, broken)
	c, err := config.Parse("w.yaml", []byte(doc), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(c.Geo, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Geo, "places.mmdb"), []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	err = checkFiles(c)
	if err == nil {
		t.Fatal("no fault")
	}
	for _, want := range []string{"branch: tls.cert " + broken, "relp: tls.cert " + data + "/gone.pem", "kafka: tls.ca: ", data + "/ca.pem", "geo: " + c.Geo + "/places.mmdb"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "own") || Check(c) != 1 {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(data, "tls")); err == nil {
		t.Error("the check made a certificate")
	}
}

// sink takes frames and keeps nothing.
type sink struct{}

func (sink) Frames(context.Context, *source.Origin, int64, []source.Frame) error { return nil }
func (sink) Request(context.Context, *source.Origin, int64, [16]byte, []source.Frame) error {
	return nil
}
func (sink) Drop(*source.Origin, string, int)   {}
func (sink) Reject(*source.Origin, string, int) {}

// anyPort is the default configuration on ports that are free.
func anyPort(t *testing.T) config.Config {
	c := config.Default()
	c.Data = t.TempDir()
	c.Query.Addr, c.Embedded.Kafka = "127.0.0.1:0", "127.0.0.1:0"
	c.Listen.UDP[0].Addr = "127.0.0.1:0"
	for i := range c.Listen.Agents {
		c.Listen.Agents[i].Addr = "127.0.0.1:0"
	}
	c.Listen.TCP[0].Addr, c.Listen.TCP[1].Addr = "127.0.0.1:0", "127.0.0.1:0"
	c.Listen.GELF[0].Addr, c.Listen.GELF[1].Addr = "127.0.0.1:0", "127.0.0.1:0"
	c.Listen.Fluent[0].Addr = "127.0.0.1:0"
	c.Listen.RELP[0].Addr, c.Listen.Lumberjack[0].Addr = "127.0.0.1:0", "127.0.0.1:0"
	return c
}

func TestListenersOfTheConfiguration(t *testing.T) {
	c := anyPort(t)
	list, left, err := newListeners(c, sink{}, quiet)
	if err != nil || len(left) > 0 {
		t.Fatal(left, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var got []string
	for _, l := range list {
		got = append(got, l.name+" "+l.kind)
		if _, port, err := net.SplitHostPort(l.Addr().String()); err != nil || port == "0" {
			t.Errorf("%s at %v", l.name, l.Addr())
		}
		if err := l.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", l.name, err)
		}
	}
	if want := []string{"syslog-udp syslog UDP", "syslog-tcp syslog TCP", "syslog-tls syslog TLS", "agents-http agents HTTP", "otlp-grpc agents HTTP, gRPC", "otlp-http agents HTTP", "relp RELP", "lumberjack Lumberjack", "gelf-udp GELF UDP", "gelf-tcp GELF TCP", "fluent Fluent forward"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if _, err := os.Stat(filepath.Join(c.Data, "tls", "ca.pem")); err != nil {
		t.Errorf("the local authority's certificate: %v", err)
	}
}

// TestSpareListeners: a default listener whose port is taken is left out, one that the file asks for is an error.
func TestSpareListeners(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := anyPort(t)
	all := 0
	for range c.Listen.Spare {
		all++
	}
	c.Listen.RELP[0].Addr = l.Addr().String()
	if err := Free(c); err != nil {
		t.Errorf("Free: %v", err)
	}
	list, left, err := newListeners(c, sink{}, quiet)
	if err != nil || len(left) != 1 || left["relp"] == nil || !strings.Contains(left["relp"].Error(), "held by") {
		t.Fatalf("left out: %v, error %v", left, err)
	}
	for _, l := range list {
		l.listener.(interface{ Close() }).Close()
	}

	c, err = config.Parse("test", fmt.Appendf(nil, "data: %s\nlisten: {udp: [], tcp: [], agents: [], relp: [{addr: \"%s\"}]}\n", t.TempDir(), l.Addr()), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	if err := Free(c); err == nil || !strings.Contains(err.Error(), "listen.relp[0].addr") {
		t.Errorf("Free: %v", err)
	}
	if _, _, err := newListeners(c, sink{}, quiet); err == nil || !strings.Contains(err.Error(), "relp: ") {
		t.Errorf("%v", err)
	}
	if len(c.Listen.Spare) != all-3 { // agents are three
		t.Errorf("spare: %v", c.Listen.Spare)
	}
}

func TestTakenAddressesAreNamedAtOnce(t *testing.T) {
	c := anyPort(t)
	if err := Free(c); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c.Query.Addr, c.Embedded.Kafka, c.Listen.TCP[1].Addr, c.Listen.UDP[0].Addr = l.Addr().String(), l.Addr().String(), l.Addr().String(), p.LocalAddr().String()
	err = Free(c)
	for _, key := range []string{"query.addr: ", "embedded.kafka: ", "listen.tcp[1].addr: ", "listen.udp[0].addr: "} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s is not in %v", key, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "agents") {
		t.Error(err)
	}
	c.Kafka.Brokers = []string{"192.0.2.1:9092"}
	if err := Free(c); err == nil || strings.Contains(err.Error(), "embedded") {
		t.Errorf("with a Kafka elsewhere: %v", err)
	}
}
