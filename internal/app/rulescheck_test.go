package app

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

func TestRulesCheck(t *testing.T) {
	const doubtful = `id: doubtful
title: Doubtful
tags: [attack.persistance]
match: event.action == "x" or event.action == "x"
tests:
  - {name: a, lines: x, alerts: none}
exceptions:
  - {match: 'user.name == "b"', owner: ada, reason: a test, expires: 2020-01-01}
`
	check := func(want int, args ...string) (string, string) {
		t.Helper()
		out, told, code := tool(t, "", append([]string{"rules", "check"}, args...)...)
		if code != want {
			t.Errorf("%q: exit code %d, should be %d:\n%s%s", args, code, want, out, told)
		}
		return out, told
	}
	dir := folder(t, "a.yaml", doubtful)
	file := filepath.Join(dir, "a.yaml")
	want := file + ":1: warning: rule doubtful: match: `event.action == \"x\"` adds nothing to `event.action == \"x\"`\n" +
		file + ":1: warning: rule doubtful: tag attack.persistance: no tactic of ATT&CK; did you mean persistence?\n" +
		file + ":1: warning: rule doubtful: has no test in which it alerts\n" +
		file + ":8: warning: rule : the exception of ada (a test) is over since 2020-01-01T00:00:00Z: it excepts nothing any more\n" +
		"1 rules: 0 faults, 4 warnings\n"
	want = strings.Replace(want, "rule : ", "", 1)
	if out, told := check(0, dir); out != want || told != "" {
		t.Errorf("got\n%s%swant\n%s", out, told, want)
	}
	check(1, "-strict", dir)
	if out, _ := check(0, "-cost", dir); !strings.Contains(out, "  doubtful\n1 rules") {
		t.Error(out)
	}

	costly := folder(t, "a.yaml", "id: costly\ntitle: C\nmatch: source.bytes + destination.bytes > 1000\n")
	if out, _ := check(0, "-cost", costly); !strings.Contains(out, ":1: warning: rule costly: nothing that the condition requires is rare: it is judged on every event") || !strings.Contains(out, "  on every event    costly\n") {
		t.Error(out)
	}

	// Faults say where they are and fail the check.
	dead := folder(t, "a.yaml", strings.Replace(doubtful, `or event.action == "x"`, `and event.action == "y"`, 1))
	if _, told := check(1, dead); told != filepath.Join(dead, "a.yaml")+":1: rule doubtful: match can never be true: `event.action == \"x\"` excludes `event.action == \"y\"`\n" {
		t.Error(told)
	}
	var r report
	out, told := check(1, "-o", "json", dead)
	if err := json.Unmarshal([]byte(out), &r); err != nil || told != "" || r.Rules != 1 || r.Faults != 1 || r.Warnings != 3 || r.Findings[0].Check != "dead-condition" || r.Findings[0].Level != "fault" {
		t.Errorf("%v %s", err, out)
	}
	broken := folder(t, "a.yaml", doubtful, "b.yaml", doubtful, "c.yaml", strings.Replace(doubtful, "event.action", "event.actoin", 1))
	out, _ = check(1, "-o", "json", broken)
	if r = (report{}); json.Unmarshal([]byte(out), &r) != nil || r.Faults != 2 || r.Findings[1].File != filepath.Join(broken, "c.yaml") && r.Findings[0].File != filepath.Join(broken, "c.yaml") ||
		!strings.Contains(out, "did you mean event.action") || !strings.Contains(out, "is the id of a.yaml:1 too") {
		t.Error(out)
	}

	// Lists come from elsewhere if asked for.
	asks := folder(t, "a.yaml", "id: a\ntitle: A\nmatch: user.name in list(\"staff\")\n")
	check(1, asks)
	check(0, "-lists", folder(t, "staff.txt", "ada\n"), asks)
	if out, _ := check(0, "-lists", folder(t, "staff.txt", "# nobody\n"), asks); !strings.Contains(out, "list \"staff\" has no entries") {
		t.Error(out)
	}
	check(2, "-o", "xml", dir)
}
