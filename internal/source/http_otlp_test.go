package source

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	"google.golang.org/grpc/credentials"
)

const otlpWant = `{"otlp":{"time":"1700000000000000001","observed":"1700000000000000002","severity":13,"level":"WARN","event":"e1",` +
	`"body":{"a":[1,true,0.5],"b":"x\ny"},"attributes":{"n":7,"raw":"/wA=","s":"v"},"resource":{"host.name":"h1","service.name":"shop"},"scope":"lib","version":"1.2"}}`

// soon is how soon the exporters try again.
var soon = struct {
	Enabled                                      bool
	InitialInterval, MaxInterval, MaxElapsedTime time.Duration
}{true, 20 * time.Millisecond, 100 * time.Millisecond, 20 * time.Second}

// exporters are those of the official SDK.
func exporters(t *testing.T, h *HTTP, headers map[string]string) map[string]sdk.Exporter {
	t.Helper()
	out := map[string]sdk.Exporter{}
	add := func(name string, e sdk.Exporter, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out[name] = e
	}
	addr := h.Addr().String()
	plain, err := otlploghttp.New(t.Context(), otlploghttp.WithEndpoint(addr), otlploghttp.WithInsecure(), otlploghttp.WithRetry(otlploghttp.RetryConfig(soon)), otlploghttp.WithHeaders(headers))
	add("http", plain, err)
	packed, err := otlploghttp.New(t.Context(), otlploghttp.WithEndpoint(addr), otlploghttp.WithInsecure(), otlploghttp.WithRetry(otlploghttp.RetryConfig(soon)), otlploghttp.WithHeaders(headers), otlploghttp.WithCompression(otlploghttp.GzipCompression))
	add("http gzip", packed, err)
	call, err := otlploggrpc.New(t.Context(), otlploggrpc.WithEndpoint(addr), otlploggrpc.WithInsecure(), otlploggrpc.WithRetry(otlploggrpc.RetryConfig(soon)), otlploggrpc.WithHeaders(headers))
	add("grpc", call, err)
	zipped, err := otlploggrpc.New(t.Context(), otlploggrpc.WithEndpoint(addr), otlploggrpc.WithInsecure(), otlploggrpc.WithRetry(otlploggrpc.RetryConfig(soon)), otlploggrpc.WithHeaders(headers), otlploggrpc.WithCompressor("gzip"))
	add("grpc gzip", zipped, err)
	return out
}

// emit sends one record through an exporter and waits for its end.
func emit(t *testing.T, e sdk.Exporter) error {
	t.Helper()
	var failed atomic.Pointer[error]
	p := sdk.NewLoggerProvider(sdk.WithProcessor(sdk.NewSimpleProcessor(watched{e, &failed})),
		sdk.WithResource(resource.NewSchemaless(attribute.String("host.name", "h1"), attribute.String("service.name", "shop"))))
	var r log.Record
	r.SetTimestamp(time.Unix(0, 1700000000000000001))
	r.SetObservedTimestamp(time.Unix(0, 1700000000000000002))
	r.SetSeverity(log.SeverityWarn)
	r.SetSeverityText("WARN")
	r.SetEventName("e1")
	r.SetBody(attribute.MapValue(attribute.KeyValue{Key: "a", Value: attribute.SliceValue(attribute.IntValue(1), attribute.BoolValue(true), attribute.Float64Value(0.5))},
		attribute.String("b", "x\ny")))
	r.AddAttributes(attribute.Int("n", 7), attribute.KeyValue{Key: "raw", Value: attribute.ByteSliceValue([]byte{255, 0})}, attribute.String("s", "v"))
	p.Logger("lib", log.WithInstrumentationVersion("1.2")).Emit(t.Context(), r)
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// watched keeps the error that an exporter returns.
type watched struct {
	sdk.Exporter
	failed *atomic.Pointer[error]
}

func (w watched) Export(ctx context.Context, r []sdk.Record) error {
	err := w.Exporter.Export(ctx, r)
	if err != nil {
		w.failed.Store(&err)
	}
	return err
}

func TestOTLPWithTheSDK(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, func(o *HTTPOptions) {
		o.HTTP2, o.RequireToken = true, true
		o.Tokens = map[string]Token{"a": {SHA256: hash("secret-a"), Tenant: "tenant-a"}}
	})
	for name, e := range exporters(t, h, map[string]string{"Authorization": "Bearer secret-a"}) {
		m.mu.Lock()
		m.frames = nil
		m.mu.Unlock()
		if err := emit(t, e); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := m.awaitFrames(t, 1); len(got) != 1 || sorted(got[0]) != sorted(otlpWant) {
			t.Errorf("%s:\n got %s\nwant %s", name, got, otlpWant)
		}
		if o := m.origins[len(m.origins)-1]; o.Tenant != "tenant-a" {
			t.Errorf("%s: %+v", name, o)
		}
	}
	for name, e := range exporters(t, h, map[string]string{"Authorization": "Bearer no"}) {
		if err := emit(t, e); err == nil || !strings.Contains(err.Error(), badToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if h.buffered.Load() != 0 {
		t.Errorf("%d bytes are still reserved", h.buffered.Load())
	}
}

// sorted brings a text's characters into order: attributes come in any.
func sorted(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

// TestOTLPIsSentAgain: what is not durable is refused in a way that the exporters take for "later".
func TestOTLPIsSentAgain(t *testing.T) {
	m := newMemory()
	m.fail = errors.New("no broker")
	h, _, _ := httpOn(t, m, func(o *HTTPOptions) { o.HTTP2 = true })
	h.retryNext = "1"
	for name, e := range exporters(t, h, nil) {
		m.mu.Lock()
		m.frames, m.fail = nil, errors.New("no broker")
		m.mu.Unlock()
		before := h.Stats().Errors["the events are not durable yet"]
		done := make(chan error, 1)
		go func() { done <- emit(t, e) }()
		until(t, name+": a refusal", func() bool { return h.Stats().Errors["the events are not durable yet"] > before })
		m.locked(func() { m.fail = nil })
		if got := m.awaitFrames(t, 1); len(got) != 1 {
			t.Errorf("%s: %d frames", name, len(got))
		}
		if err := <-done; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOTLPOverTLS(t *testing.T) {
	files, pool := local(t)
	m := newMemory()
	h, _, _ := httpOn(t, m, func(o *HTTPOptions) { o.HTTP2, o.TLS = true, files })
	e, err := otlploggrpc.New(t.Context(), otlploggrpc.WithEndpoint(h.Addr().String()), otlploggrpc.WithTLSCredentials(clientCredentials(pool)))
	if err != nil {
		t.Fatal(err)
	}
	if err := emit(t, e); err != nil || len(m.frames) != 1 {
		t.Errorf("%v, %q", err, m.frames)
	}
}

func TestOTLP(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, nil)
	f := func(kind, body string, status int, want string, frames ...string) {
		t.Helper()
		m.mu.Lock()
		m.frames = nil
		m.mu.Unlock()
		got, head, text := ask(t, h, "POST", "/v1/logs", strings.NewReader(body), "Content-Type", kind)
		if got != status || text != want || !slices.Equal(m.frames, frames) || head.Get("Content-Type") != kind {
			t.Errorf("got %d %q and %q, want %d %q and %q", got, text, m.frames, status, want, frames)
		}
	}
	const js, pb = "application/json", "application/x-protobuf"
	f(js, `{"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"h1"}}]},"scopeLogs":[{"scope":{"name":"lib"},"logRecords":[
		{"timeUnixNano":"1700000000000000001","severityNumber":"SEVERITY_NUMBER_ERROR2","traceId":"5b8efff798038103d269b633813fc60c","spanId":"0000000000000000",
		"body":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"7"}},{"key":"b","value":{"arrayValue":{"values":[{"doubleValue":1.5},{}]}}}]}}},7]}]}]}`,
		200, `{"partialSuccess":{"errorMessage":"not an event of the protocol","rejectedLogRecords":"1"}}`,
		`{"otlp":{"time":"1700000000000000001","severity":18,"trace":"5b8efff798038103d269b633813fc60c","body":{"a":7,"b":[1.5,null]},"resource":{"host.name":"h1"},"scope":"lib"}}`)
	f(js, `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}`, 200, `{}`, `{"otlp":{}}`)
	f(js, `{}`, 200, `{}`)
	f(js, `[]`, 400, `{"code":3,"message":"the body cannot be read to its end"}`)
	f(pb, "\x0a\xff", 400, "\x08\x03\x12\x22the body cannot be read to its end")
	good := field(1, field(2, field(2, field(3, []byte("X")))))
	f(pb, string(good), 200, "", `{"otlp":{"level":"X"}}`)
	f(pb, string(good)+"\x0a\xff", 200, "\x08\x01\x12\x1c"+BadEvent, `{"otlp":{"level":"X"}}`)
	// A resource that is said once and meant for a million records is not written a million times.
	big := field(1, field(1, slices.Concat(field(1, []byte("k")), field(2, field(1, bytes.Repeat([]byte("v"), 100_000))))))
	many := field(1, slices.Concat(big, field(2, bytes.Repeat(field(2, nil), 100_000))))
	if status, _, _ := ask(t, h, "POST", "/v1/logs", bytes.NewReader(many), "Content-Type", pb); status != 413 {
		t.Errorf("status %d", status)
	}
	if h.buffered.Load() != 0 {
		t.Errorf("%d bytes are still reserved", h.buffered.Load())
	}
}

// FuzzOTLP: whatever comes, the records are JSON.
func FuzzOTLP(f *testing.F) {
	f.Add(field(1, field(2, field(2, slices.Concat(number(2, 9), field(5, field(6, field(1, field(1, []byte("k"))))))))), false)
	f.Add([]byte(`{"resourceLogs":[{"resource":{"attributes":[{"key":"a","value":{"intValue":"7"}}]},"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}`), true)
	f.Fuzz(func(t *testing.T, data []byte, asJSON bool) {
		set := fuzzRecords()
		read := otlpProto
		if asJSON {
			read = otlpJSON
		}
		_ = read(data, set) // an error is an answer
		checkRecords(t, set)
	})
}

func clientCredentials(pool *x509.CertPool) credentials.TransportCredentials {
	return credentials.NewTLS(&tls.Config{RootCAs: pool})
}
