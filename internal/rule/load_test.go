package rule_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

const good = `id: ssh-brute-force
title: Many failed log-ins
description: >
  One address fails
  again and again.
level: high
tags: [attack.credential-access, attack.t1110.001, attack.initial_access]
match: event.action == "ssh_login" and event.outcome == "failure"
group_by: source.ip
fields: [user.name, host.ip]
window:
  count: {at_least: 5, within: 2m}
suppress: 1h
tests:
  - name: five
    received: "2026-03-01T12:00:00Z"
    lines: |
      one

      two
    alerts:
      - {source.ip: 203.0.113.7, count: 5}
  - {name: none, lines: x, alerts: none}
---
id: seq
title: Then
window:
  sequence:
    within: 1d
    steps:
      - {name: first, match: 'user.name == "a"', at_least: 3}
      - match: |
          user.name == "b"
`

func load(files ...string) (*rule.Set, error) {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return rule.Load(fsys)
}

func TestLoad(t *testing.T) {
	s, err := load("auth/a.yaml", good, "README.md", "no rule")
	if err != nil {
		t.Fatal(err)
	}
	r, q := s.Rules[1], s.Rules[0]
	if q.ID != "seq" || r.ID != "ssh-brute-force" || r.Severity != 70 || r.Description != "One address fails again and again." ||
		strings.Join(r.Tactics, " ") != "credential-access initial-access" || strings.Join(r.Techniques, " ") != "T1110.001" ||
		r.Lateness != 5*time.Second || r.Suppress != time.Hour || r.File != "auth/a.yaml" || r.Line != 1 || !r.Enabled {
		t.Errorf("rule %+v", r)
	}
	if len(r.GroupBy) != 1 || r.GroupBy[0] != event.SourceIP || len(r.Fields) != 2 || r.Fields[1] != event.HostIP {
		t.Errorf("group by %v, fields %v", r.GroupBy, r.Fields)
	}
	if w := r.Window; w.Kind != window.Count || w.AtLeast != 5 || w.Within != 2*time.Minute || len(r.Steps) != 1 {
		t.Errorf("window %+v", w)
	}
	if w := q.Window; w.Kind != window.Sequence || w.Within != 24*time.Hour || len(q.Steps) != 2 || w.Steps[0] != 3 || q.Steps[0].Name != "first" {
		t.Errorf("window %+v", w)
	}
	if len(r.Tests) != 2 || len(r.Tests[0].Lines) != 2 || r.Tests[0].Alerts[0].Fields["source.ip"] != "203.0.113.7" || r.Tests[0].Alerts[0].Count != 5 || len(r.Tests[1].Alerts) != 0 {
		t.Errorf("tests %+v", r.Tests)
	}
}

func TestHash(t *testing.T) {
	hash := func(old, new string) string {
		s, err := load("a.yaml", strings.Replace(good, old, new, 1))
		if err != nil {
			t.Fatal(err)
		}
		return s.Hash
	}
	was := hash("", "")
	for _, same := range [][2]string{{"Many failed", "A few failed"}, {`"ssh_login" and event.outcome == "failure"`, `"ssh_login"  and (event.outcome == 'failure')`}, {"2m", "120s"}} {
		if hash(same[0], same[1]) != was {
			t.Errorf("%s for %s changes the hash", same[1], same[0])
		}
	}
	for _, other := range [][2]string{{"at_least: 5", "at_least: 6"}, {`"failure"`, `"success"`}, {"2m", "3m"}, {"source.ip", "user.name"}, {"suppress: 1h", "suppress: 2h"}, {"id: seq", "id: seq2\nenabled: false"}, {"level: high", "level: low"}, {"level: high", "mode: shadow"}} {
		if hash(other[0], other[1]) == was {
			t.Errorf("%s for %s leaves the hash", other[1], other[0])
		}
	}
}

func TestLoadReportsEveryFault(t *testing.T) {
	_, err := load("bad.yaml", `id: Not Kebab
level: urgent
tilte: x
match: |
  true and
    usr.name == "x"
group_by: [source.ip, user.roles, sorce.ip]
window:
  count: {at_least: 0, within: soon, most: 3}
tests:
  - name: t
    lines: x
  - name: u
    lines: x
    alerts:
  - {name: v, lines: x, alerts: [{count: 0}]}
`, "dup.yaml", "id: a\ntitle: t\nmatch: 'true'\n---\nid: a\ntitle: t\nmatch: user.nme == \"x\"\nwindow: {distinct: {field: nosuch, at_least: 3, within: 5m}}\n",
		"range.yaml", "id: b\ntitle: t\nmatch: 'true'\nwindow: {count: {at_least: 0, within: 5m}}\n",
		"same.yaml", "id: a\ntitle: t\nmatch: 'true'\n",
		"yaml.yaml", "id: [a\n")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`bad.yaml:1:5: id: "Not Kebab"`,
		`bad.yaml:2:8: level: "urgent"`,
		`bad.yaml:3:1: tilte: unknown key; did you mean title?`,
		`bad.yaml:6:5: match: unknown field "usr.name"; did you mean user.name`,
		`bad.yaml:7:23: group_by: user.roles holds several values`,
		`bad.yaml:7:35: group_by: unknown field "sorce.ip"; did you mean source.ip`,
		`bad.yaml:9:32: window.count.within: "soon" is no duration`,
		`bad.yaml:9:38: window.count.most: unknown key`,
		`bad.yaml:1:1: title: is missing`,
		`bad.yaml:11:5: tests[0].alerts: is missing`,
		`bad.yaml:13:5: tests[1].alerts: is missing`,
		`tests[2].alerts[0].count: want 1 or more`,
		`dup.yaml:7:8: match: unknown field "user.nme"; did you mean user.name`,
		`dup.yaml:8:28: window.distinct.field: unknown field "nosuch"`,
		`range.yaml:4:18: window.count.at_least: 0: want 1 to`,
		`same.yaml:1:1: id: "a" is the id of dup.yaml:1 too`,
		`yaml.yaml:1:5: yaml: `,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}
