package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
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
	f("detect: {max_keys: 1.9}\n", `detect.max_keys: "1.9" is no int`)
	f("detect: {max_keys: \"${UNSET}\"}\n", "w.yaml:1: detect.max_keys: environment variable UNSET is not set")
	f("detect: {max_keys: \"${SET}\"}\n", `w.yaml:1: detect.max_keys: "s3cret" is no int`)
	f("listen:\n  agents:\n    - tokens:\n        a:\n          sha256: \"${UNSET}\"\n          tenant: b\n          defaults: {datset: c}\n",
		"w.yaml:5: listen.agents[0].tokens.a.sha256: environment variable UNSET is not set", "w.yaml:7: listen.agents[0].tokens.a.defaults.datset: unknown key; known here: dataset, host, labels")
	f("clickhouse: {retention: {classes: {a: 1.5}}}\n", `clickhouse.retention.classes.a: "1.5" is no int`)
	f("listen:\n  udp:\n", "w.yaml:2: listen.udp: has no value; a list of none is written []")
	f("data:\nlog:\n", "w.yaml:1: data: has no value")
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

// What stands under names that the file chooses is read as all else is.
func TestNames(t *testing.T) {
	c, err := Parse("w.yaml", []byte("listen:\n  fluent: [{keys: {branch: {secret: \"${S}\", tenant: a}, other: {secret: \"${S}2\", tenant: b}}}]\n"+
		"clickhouse: {retention: {classes: {long: \"${N}\"}, tenants: {a: long}}}\n"), func(name string) (string, bool) {
		v, ok := map[string]string{"S": "s3cret", "N": "400"}[name]
		return v, ok
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, r := c.Listen.Fluent[0].Keys, c.ClickHouse.Retention
	if len(keys) != 2 || keys["branch"].Secret != "s3cret" || keys["other"].Secret != "s3cret2" || keys["other"].Tenant != "b" || r.Classes["long"] != 400 || r.Tenants["a"] != "long" {
		t.Errorf("%+v, %+v", keys, r)
	}
	if _, err := Parse("w.yaml", []byte("detect: {max_keys: \"${E}\"}\n"), func(string) (string, bool) { return "", true }); err == nil || !strings.Contains(err.Error(), `value "" is no int`) {
		t.Errorf("an empty variable where a number should stand: %v", err)
	}
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

// TestExamplesOfThePages reads each piece of a configuration that a page of docs shows.
func TestExamplesOfThePages(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for f := range reflect.TypeFor[Config]().Fields() {
		keys[f.Tag.Get("yaml")] = true
	}
	read := 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile(`(?m)(?:^(?: {4}.*)?\n)+`).FindAllString(string(text), -1) {
			example := strings.Trim(regexp.MustCompile(`(?m)^ {4}`).ReplaceAllString(block, ""), "\n")
			if at := strings.Index(example, "\n    listen:\n"); at >= 0 { // within what `watchpost token` prints
				example = regexp.MustCompile(`(?m)^ {4}`).ReplaceAllString(example[at+1:], "")
			}
			first, _, _ := strings.Cut(example, ":")
			if !keys[first] || strings.Contains(example, "\n$ ") {
				continue
			}
			example = strings.NewReplacer(`"…"`, `"`+strings.Repeat("0a", 32)+`"`, "${BRANCH_TOKEN_SHA256}", strings.Repeat("0a", 32)).Replace(example)
			if _, err := Parse(page, []byte(example), func(string) (string, bool) { return "s3cret-of-16-bytes", true }); err != nil {
				t.Errorf("%v in\n%s", err, example)
			}
			read++
		}
	}
	if read < 11 {
		t.Errorf("%d examples were found", read)
	}
}
