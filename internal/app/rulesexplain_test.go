package app

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

const explained = `id: explained
title: Explained
match: >
  event.action == "ssh_login" and (icontains(user.name, "adm", "root") or user.roles == "x") and not (source.port < 1024 or labels["a.b"] == "c")
  and user.name != "Adm2" and len(user.name) < 9
group_by: [source.ip]
window: {count: {at_least: 3, within: 1m}}
exceptions:
  - {match: 'user.name == "Adm3"', owner: ada, reason: a drill, expires: 2030-01-01}
`

func TestRulesExplain(t *testing.T) {
	dir := folder(t, "a.yaml", explained, "b.yaml", threeFailures)
	file := filepath.Join(dir, "a.yaml")
	f := func(in, target, event, want string, more ...string) {
		t.Helper()
		out, told, code := tool(t, in, append([]string{"rules", "explain", "-event", event, target}, more...)...)
		if code != 0 || told != "" || out != want {
			t.Errorf("%s: %d\n%s%swant\n%s", event, code, out, told, want)
		}
	}
	const at = `{"@timestamp":"2026-03-02T08:00:00Z",`
	head := "rule explained (" + file + ":1), event 1 of 2026-03-02T08:00:00Z: "
	f("", file, at+`"event.action":"ssh_login","user.name":"Admin","source.port":22,"user.roles":["q","r"]}`, head+`does not match
  no  all of
      yes event.action == "ssh_login"   event.action is "ssh_login"
      yes any of
          yes icontains(user.name, "adm", "root")   user.name is "Admin", hit "adm"
          no  user.roles == "x"   user.roles is "q", "r"
      no  not   <-- fails first
          yes any of
              yes source.port < 1024   source.port is "22"
              no  labels["a.b"] == "c"   labels["a.b"] is missing
      yes user.name != "Adm2"   user.name is "Admin"
      yes len(user.name) < 9   user.name is "Admin"
  the exception of ada until 2030-01-01T00:00:00Z (a drill) does not concern it
    no  user.name == "Adm3"   user.name is "Admin"   <-- fails first
`)
	f("", dir+"#explained", at+`"event.action":"ssh_login","user.name":"Adm3","source.ip":"192.0.2.1"}`, head+`does not match, by exception
  yes all of
      yes event.action == "ssh_login"   event.action is "ssh_login"
      yes any of
          yes icontains(user.name, "adm", "root")   user.name is "Adm3", hit "adm"
          no  user.roles == "x"   user.roles is missing
      yes not
          no  any of
              no  source.port < 1024   source.port is missing
              no  labels["a.b"] == "c"   labels["a.b"] is missing
      yes user.name != "Adm2"   user.name is "Adm3"
      yes len(user.name) < 9   user.name is "Adm3"
  the exception of ada until 2030-01-01T00:00:00Z (a drill) excepts it
    yes user.name == "Adm3"   user.name is "Adm3"
`)
	f(at+`"event.action":"ssh_login","user.name":"\u001b[2J"}`+"\n"+at+`"event.action":"ssh_login","user.name":"root","source.ip":"192.0.2.1"}`, dir, "-",
		`no  explained  none of: icontains(user.name, "adm", "root")   user.name is "\x1b[2J" …
no  three-failures  event.outcome == "failure"   event.outcome is missing
yes explained
no  three-failures  event.outcome == "failure"   event.outcome is missing
`)

	out, _, code := tool(t, "", "rules", "explain", "-o", "json", "-line", strings.TrimSpace(failures(1, "192.0.2.1")), "-received", "2026-03-02T08:00:00Z", dir+"#three-failures")
	var x explanation
	if err := json.Unmarshal([]byte(out), &x); err != nil || code != 0 || !x.Matches || x.Window != "count, at least 3, within 1m0s" || x.Key[0].Values[0] != "192.0.2.1" || x.Time != "2026-03-02T07:00:00Z" {
		t.Errorf("%d %v %s", code, err, out)
	}

	// A file is explained though others have faults; what files of exceptions say is then not known.
	broken := folder(t, "a.yaml", explained, "b.yaml", "id: 7!\n")
	if out, told, code := tool(t, "", "rules", "explain", "-event", at+`"user.name":"x"}`, filepath.Join(broken, "a.yaml")); code != 0 || !strings.Contains(out, "fails first") || !strings.Contains(told, "exceptions from files are left out") {
		t.Errorf("%d %s%s", code, out, told)
	}
	fails := func(want int, what string, args ...string) {
		t.Helper()
		if _, told, code := tool(t, "", append([]string{"rules", "explain"}, args...)...); code != want || !strings.Contains(told, what) {
			t.Errorf("%q: %d %s", args, code, told)
		}
	}
	fails(1, "want small letters", "-event", "{}", broken)
	fails(1, "no rule nope", "-event", "{}", dir+"#nope")
	fails(1, "no such file", "-event", "{}", "/nonexistent")
	fails(1, "JSON", "-event", "{", dir)
	fails(1, "no event", "-event", "-", dir)
	fails(2, "want -event JSON or -line TEXT", dir)
	fails(2, "want -event JSON or -line TEXT", "-event", "{}", "-line", "x", dir)
	fails(2, "one file or folder", "-event", "{}")
	fails(2, "text or json", "-event", "{}", "-o", "xml", dir)
}
