package config

import (
	"strings"
	"testing"
	"time"
)

func TestFaultsAreAllReportedWithTheirPlace(t *testing.T) {
	f := func(doc string, want ...string) {
		t.Helper()
		_, err := Parse("w.yaml", []byte(doc), func(name string) (string, bool) { return "s3cret", name == "SET" })
		got := ""
		if err != nil {
			got = err.Error()
		}
		if len(want) == 0 && got != "" {
			t.Errorf("%s\nunexpected: %s", doc, got)
		}
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s\nmissing %q in\n%s", doc, w, got)
			}
		}
	}
	f("")
	f("data: /var/lib/watchpost\n")
	f("kafka:\n  brokers: [\"127.0.0.1:9\"]\n  sasl: {mechanism: plain, user: u, password: \"${SET}\"}\n")
	f("daata: x\nlog:\n  level: loud\n  colour: red\n", "w.yaml:1: daata: unknown key", "w.yaml:4: log.colour: unknown key; known here: format, level", "w.yaml:3: log.level:")
	f("data: a\ndata: b\n", "data")
	f("ingest: {linger: soon}\n", "w.yaml:1: ingest.linger: \"soon\" is no duration")
	f("ingest:\n  linger: 0s\n", "w.yaml:2: ingest.linger: must be above 0")
	f("ingest:\n  spool_bytes: 1\n", "w.yaml:2: ingest.spool_bytes: must be at least")
	f("data: ${UNSET}\n", "w.yaml:1: data: environment variable UNSET is not set")
	f("data: &a x\nlog: {level: *a}\n", "anchors, aliases and tags are not supported")
	f("listen:\n  tcp:\n    - {addr: \"nowhere\"}\n", "w.yaml:3: listen.tcp[0].addr")
	f("listen: 7\n", "w.yaml:1: listen: want keys and values")
	f("a: [\n", "w.yaml:")
	f("data: x\n---\ndata: y\n", "more than one document")
	f(strings.Repeat("#", maxFile+1), "are more than")
}

func TestValuesAndDefaults(t *testing.T) {
	c, err := Parse("w.yaml", []byte("data: ${D}/w\ningest: {linger: 250ms}\nlisten:\n  tcp: [{addr: \"127.0.0.1:601\", max_conns: 5}]\n  udp: []\n"),
		func(string) (string, bool) { return "/srv", true })
	if err != nil {
		t.Fatal(err)
	}
	tcp := c.Listen.TCP[0]
	if c.Data != "/srv/w" || c.Ingest.Linger != 250*time.Millisecond || tcp.Addr != "127.0.0.1:601" || tcp.MaxConns != 5 || tcp.MaxFrame != 1<<20 || len(c.Listen.UDP) != 0 || len(c.Listen.Agents) != 3 {
		t.Errorf("%+v", c)
	}
}
