package source

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sentBy counts the frames that hold each of n lines of a client, and fails the test where one is missing or there twice.
func sentBy(t *testing.T, m *memory, n int, line func(int) string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range n {
		found := 0
		for _, f := range m.frames {
			if strings.Contains(f, line(i)) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%q is there %d times, of %d frames", line(i), found, len(m.frames))
			return
		}
	}
	if len(m.rejected) != 0 {
		t.Errorf("rejected %v", m.rejected)
	}
}

// TestLoggingLibraries: what programs in Python log through handlers for Splunk and Loki arrives, each line once.
func TestLoggingLibraries(t *testing.T) {
	exe := python(t, "splunk-hec-handler==1.2.0", "splunk-handler==3.0.0", "python-logging-loki==0.3.1", "loki-logger-handler==1.1.2", "requests==2.32.5")
	const begin = `
import json, logging, os
host, port = os.environ["ADDR"].rsplit(":", 1)
log = logging.getLogger("shop")
log.setLevel(logging.INFO)
`
	const lines = `
for i in range(50):
    log.info("order <%d> of jürgen" % i) # splunk-hec-handler sends the format as it stands
`
	for _, c := range []struct{ name, text, has string }{
		{"splunk-hec-handler", begin + `
from splunk_hec_handler import SplunkHecHandler
log.addHandler(SplunkHecHandler(host, "2f1c3b1e-5d1e-4b0e-9d53-0f0f0f0f0f0f", port=int(port), proto="http", source="/var/log/shop.log", sourcetype="shop"))
` + lines, `{"hec":`},
		{"splunk-handler", begin + `
from splunk_handler import SplunkHandler
h = SplunkHandler(host=host, port=port, token="2f1c3b1e-5d1e-4b0e-9d53-0f0f0f0f0f0f", index="main", protocol="http", verify=False, hostname="web1", flush_interval=0.1)
log.addHandler(h)
` + lines + `
h.wait_until_empty()
`, `{"hec":`},
		{"python-logging-loki", begin + `
import logging_loki
log.addHandler(logging_loki.LokiHandler(url="http://" + os.environ["ADDR"] + "/loki/api/v1/push", tags={"application": "shop"}, auth=("any", "any"), version="1"))
` + lines, `{"loki":`},
		{"loki-logger-handler", begin + `
from loki_logger_handler.loki_logger_handler import LokiLoggerHandler
h = LokiLoggerHandler(url="http://" + os.environ["ADDR"] + "/loki/api/v1/push", labels={"application": "shop"}, timeout=1)
log.addHandler(h)
` + lines + `
h.flush()
`, `{"loki":`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory()
			h, _, _ := httpOn(t, m, nil)
			script(t, exe, c.text, h)
			m.await(t, "all", func() bool { return len(m.frames) >= 50 })
			sentBy(t, m, 50, func(i int) string { return fmt.Sprintf("order <%d>", i) })
			for _, f := range m.frames {
				if !strings.HasPrefix(f, c.has) {
					t.Errorf("%s", f)
					break
				}
			}
		})
	}
}

// TestWinstonLoki: Node's logger sends to Loki as Promtail does, in protocol buffers and snappy, and as JSON.
func TestWinstonLoki(t *testing.T) {
	dir := node(t, "winston@3.19.0", "winston-loki@6.1.3")
	for _, json := range []string{"false", "true"} {
		m := newMemory()
		h, _, _ := httpOn(t, m, nil)
		cmd := exec.Command("node", "-e", `
const winston = require("winston"), Loki = require("winston-loki");
const transport = new Loki({host: "http://" + process.env.ADDR, labels: {app: "shop"}, json: `+json+`, batching: true, interval: 1, replaceTimestamp: true, onConnectionError: e => { console.error(e); process.exit(1); }});
const log = winston.createLogger({transports: [transport]});
for (let i = 0; i < 50; i++) log.info("order <" + i + "> of jürgen");
transport.flush().then(() => process.exit(0));
`)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "ADDR="+h.Addr().String())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("json %s: %v\n%s", json, err, out)
		}
		sentBy(t, m, 50, func(i int) string { return fmt.Sprintf("order <%d>", i) })
	}
}

// node gives a folder in which programs know packages of npm, which it makes once.
func node(t *testing.T, packages ...string) string {
	t.Helper()
	npm := tool(t, "npm", "npm")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "watchpost", "node", strings.ReplaceAll(strings.Join(packages, "+"), "/", "_"))
	if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
		return dir
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(npm, append([]string{"install", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"}, packages...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		missing(t, "npm install %s: %v: %s", packages, err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "ready"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
