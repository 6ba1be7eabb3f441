package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// collector builds the OpenTelemetry Collector of testdata/collector, a module of its own, into the user's cache, where it stays.
var collector = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, "watchpost", "collector")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, ".")
	cmd.Dir = filepath.Join("testdata", "collector")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// otelCollector reads a file's lines and sends them with an exporter of the Collector, which is told to go where the listener for agents is.
func otelCollector(exporter, options string) func(*testing.T, *product, []string) {
	return func(t *testing.T, p *product, bodies []string) {
		exe, err := collector()
		if err != nil {
			unavailable(t, "the OpenTelemetry Collector cannot be built: %v", err)
		}
		dir := p.folder(t)
		in := filepath.Join(dir, "otel-"+exporter+".log")
		write(t, in, stamped("", bodies))
		conf := filepath.Join(dir, "collector.yaml")
		write(t, conf, fmt.Sprintf(`receivers:
  file_log: {include: ["%s"], start_at: beginning, include_file_path: true, poll_interval: 100ms, resource: {site: north}}
exporters:
  %s: {%s}
service:
  telemetry: {metrics: {level: none}, logs: {level: warn}}
  pipelines:
    logs: {receivers: [file_log], exporters: [%s]}
`, in, exporter, fmt.Sprintf(options, p.agents), exporter))
		daemon(t, p, exec.Command(exe, "--config", conf))
	}
}

// collected checks what the Collector says of the lines besides: the file that they stood in, and where it runs.
func (p *product) collected(want map[string]string) {
	p.t.Helper()
	for _, exporter := range []string{"otlp_grpc", "otlp_http"} {
		sent := uint64(0)
		for tag := range want {
			if strings.Contains(tag, "/otel-"+exporter+"/") {
				sent++
			}
		}
		n, err := p.db.count("SELECT count() FROM events WHERE endsWith(`log.file.path`, ?) AND labels['site'] = 'north' AND `process.name` = 'sshd' AND `process.pid` = 4321 AND `host.name` = 'gate1'"+
			" AND `log.listener` = 'agents-http'", "/otel-"+exporter+".log")
		if err != nil || n != sent {
			p.t.Errorf("%s: %d of %d events have the fields of file, service and line (%v)", exporter, n, sent, err)
		}
	}
}
