package hunt_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"watchpost/internal/hunt"
	"watchpost/internal/rule"
)

func TestBar(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		q, err := hunt.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if q.Expr != want || !q.Bar {
			t.Errorf("%s\ngot  %s (bar %v)\nwant %s", text, q.Expr, q.Bar, want)
		}
	}
	f(`user.name:root`, `ieq(user.name, "root")`)
	f(`user.name: root`, `ieq(user.name, "root")`)
	f(`user.name : "Jane Doe"`, `ieq(user.name, "Jane Doe")`)
	f(`user.name=root`, `ieq(user.name, "root")`)
	f(`root`, `word("root")`)
	f(`"access denied"`, `word("access denied")`)
	f(`failed password`, `word("failed") and word("password")`)
	f(`failed AND password`, `word("failed") and word("password")`)
	f(`failed or Not password`, `word("failed") or not (word("password"))`)
	f(`+failed -password`, `word("failed") and not (word("password"))`)
	f(`!failed || (a && b)`, `not (word("failed")) or (word("a") and word("b"))`)
	f(`user.name:*`, `exists(user.name)`)
	f(`NOT user.name:*`, `not (exists(user.name))`)
	f(`_exists_:user.name`, `exists(user.name)`)
	f(`*`, `true`)
	f(`ad*min?`, `(iwildcard(message, "*ad*min?*") or iwildcard(event.original, "*ad*min?*"))`)
	f(`user.name:ad*min?`, `iwildcard(user.name, "ad*min?")`)
	f(`user.name:a\*b`, `ieq(user.name, "a*b")`)
	f(`user.name:a\**`, `iwildcard(user.name, "a\\**")`)
	f(`user.name:DOMAIN\user`, `ieq(user.name, "DOMAIN\\user")`)
	f(`file.path:C:\Windows\*.exe`, `ieq(file.path, "C:\\Windows*.exe")`)
	f(`file.path:"C:\Windows\x.exe"`, `ieq(file.path, "C:\\Windows\\x.exe")`)
	f(`file.path:C:\Windows\x?.exe`, `iwildcard(file.path, "C:\\\\Windows\\\\x?.exe")`)
	f(`message:denied`, `icontains(message, "denied")`)
	f(`message:"access denied"`, `icontains(message, "access denied")`)
	f(`message:den*ed`, `iwildcard(message, "*den*ed*")`)
	f(`destination.port:[1 TO 1023]`, `(destination.port >= 1 and destination.port <= 1023)`)
	f(`destination.port:{1 to 1023}`, `(destination.port > 1 and destination.port < 1023)`)
	f(`destination.port:[1024 TO *]`, `destination.port >= 1024`)
	f(`destination.port:[* TO *]`, `exists(destination.port)`)
	f(`destination.port:022`, `destination.port == 22`)
	f(`http.response.status_code:>=500`, `http.response.status_code >= 500`)
	f(`http.response.status_code:>= 500 user.name:a`, `http.response.status_code >= 500 and ieq(user.name, "a")`)
	f(`source.bytes > destination.bytes and user.name:a`, `source.bytes > destination.bytes and ieq(user.name, "a")`)
	f(`source.ip:10.0.0.0/8`, `cidr(source.ip, "10.0.0.0/8")`)
	f(`source.ip:10.0.0.1`, `source.ip == "10.0.0.1"`)
	f(`source.ip:2001:db8::1`, `source.ip == "2001:db8::1"`)
	f(`source.ip:10.0.*`, `iwildcard(source.ip, "10.0.*")`)
	f(`user.name:(root or "x y")`, `(ieq(user.name, "root") or ieq(user.name, "x y"))`)
	f(`destination.port:(22 or >1024)`, `(destination.port == 22 or destination.port > 1024)`)
	f(`user.roles:(admin and not backup)`, `(ieq(user.roles, "admin") and not (ieq(user.roles, "backup")))`)
	f(`/fail(ed|ure)/`, `(message matches "fail(ed|ure)" or event.original matches "fail(ed|ure)")`)
	f(`user.name:/^adm(in)?\d+$/`, `user.name matches "^adm(in)?\\d+$"`)
	f(`url.path:/etc/passwd`, `ieq(url.path, "/etc/passwd")`)
	f(`process.code_signature.trusted:TRUE`, `process.code_signature.trusted == true`)
	f(`event.start:2026-03-01`, `(event.start >= "2026-03-01T00:00:00Z" and event.start < "2026-03-02T00:00:00Z")`)
	f(`event.start:>2026-03-01`, `event.start >= "2026-03-02T00:00:00Z"`)
	f(`@timestamp:[2026-03-01 TO 2026-03-02T10:00:00Z}`, `(timestamp >= "2026-03-01T00:00:00Z" and timestamp < "2026-03-02T10:00:00Z")`)
	f(`labels.zone:dmz`, `ieq(labels["zone"], "dmz")`)
	f(`labels["a b"]:dmz`, `ieq(labels["a b"], "dmz")`)
	f(`user.name:root and source.port == 22`, `ieq(user.name, "root") and source.port == 22`)
	f(`user.name == Root x`, `user.name == "Root" and word("x")`)
	f(`root user.name contains "x"`, `word("root") and user.name contains "x"`)
	f(`root source.port in [1, 2]`, `word("root") and source.port in [1, 2]`)
	f(`root ieq(user.name, "a)b")`, `word("root") and ieq(user.name, "a)b")`)
	f(`root len(user.name) > 5`, `word("root") and len(user.name) > 5`)
	f(`10.0.0.1 10:23:45 fe80::1 00:1a:2b:3c:4d:5e http://x.example/?a C:\x ::1`, `word("10.0.0.1") and word("10:23:45") and word("fe80::1") and word("00:1a:2b:3c:4d:5e") and `+
		`(iwildcard(message, "*http://x.example/?a*") or iwildcard(event.original, "*http://x.example/?a*")) and word("C:\\x") and word("::1")`)
	f(`action=deny it's sshd[12]: größe`, `word("action=deny") and word("it's") and word("sshd[12]:") and word("größe")`)
	f(`message`, `word("message")`)
	f(`a or b c`, `word("a") or word("b") and word("c")`)
	f(`"a | b" /x|y/ c`, `word("a | b") and (message matches "x|y" or event.original matches "x|y") and word("c")`)

	for _, src := range []string{``, `  `, `true`, `user.name == "root"`, `http.response.status_code >= 500`, `not process.code_signature.trusted`, `exists(user.name)`, `user.name matches "a|b"`} {
		q, err := hunt.Parse(src)
		if err != nil || q.Bar || q.Predicate == nil {
			t.Errorf("%s should be expr: %+v, %v", src, q, err)
		}
	}
}

func TestBarFaults(t *testing.T) {
	f := func(text string, offset int, want string) {
		t.Helper()
		_, err := hunt.Parse(text)
		var at *rule.Error
		if !errors.As(err, &at) || at.Offset != offset || !strings.Contains(at.What, want) {
			t.Errorf("%s: %v (offset %d), want %q at %d", text, err, offsetOf(err), want, offset)
		}
	}
	f(`usr.name:root`, 0, "did you mean user.name?")
	f(`a src_ip:10.0.0.1`, 2, "did you mean source.ip, as it is called in ECS (src_ip is of Splunk CIM)? To look for this text, put it in quotes")
	f(`zzzzzzzz.qq:1`, 0, `unknown field "zzzzzzzz.qq"; to look for this text, put it in quotes`)
	f(`a src_ip:10.0.0.1`, 2, "Splunk CIM")
	f(`CommandLine:x`, 0, "process.command_line")
	f(`actor.user.name:x`, 0, "OCSF")
	f(`error: disk full`, 0, "put it in quotes")
	f(`usr.name == "x"`, 0, "unknown field")
	f(`usr contains "x"`, 0, "unknown field")
	f(`usr == x`, 0, "unknown field")
	f(`user.name`, 0, "user.name:*")
	f(`user.name:`, 10, "missing")
	f(`user.name:(a b)`, 13, "write `or`")
	f(`user.name:(a`, 10, "not closed")
	f(`(a or b`, 0, "not closed")
	f(`a) b`, 1, "nothing is open")
	f(`a or`, 4, "missing")
	f(`or a`, 0, "missing")
	f(`a "b`, 2, "not closed")
	f(`a ""`, 2, "nothing in the quotes")
	f(`source.port:abc`, 12, "is no number")
	f(`source.port:[1 2]`, 15, "[1 TO 9]")
	f(`source.port:[1 TO 2`, 12, "not closed")
	f(`source.port:8*`, 12, "wildcards are for text")
	f(`source.ip:banana`, 10, "is no address")
	f(`source.ip:>10.0.0.1`, 10, "no order")
	f(`process.code_signature.trusted:yes`, 31, "true or false")
	f(`event.start:now-1h`, 12, "time range")
	f(`labels:x`, 7, "labels.key")
	f(`user.name:/(/`, 10, "regular expression")
	f(`a user.name:/(/`, 12, "regular expression")
	f("größe\nuser.name:root and source.port:x", 39, "is no number")
	f(`foo(bar)`, 0, "unknown function")
	f(`a icontain(message, "x")`, 2, "unknown function")
	f(`a source.port contains "x"`, 23, "number")
	f(`user.name:a"b`, 11, "not closed")
	f(`user.name:a"b"`, 11, "quotes")
	f(`"a"b`, 3, "space")
	f(strings.Repeat("(", 100)+"a"+strings.Repeat(")", 100), 60, "brackets")
	f("\xff", 0, "UTF-8")
	f(strings.Repeat("a ", hunt.MaxQuery), 0, "too many")
	if _, err := hunt.Parse("größe\nuser.name:root and source.port:x"); err == nil || !strings.HasPrefix(err.Error(), "2:32:") {
		t.Errorf("line and column: %v", err)
	}
}

func offsetOf(err error) int {
	var at *rule.Error
	if errors.As(err, &at) {
		return at.Offset
	}
	return -1
}

// FuzzParse holds that no text makes Parse panic, that a fault has a place in the text, and that what is taken is expr.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`user.name:root`, `a or not (b "c d") -e`, `x:[1 TO 2} | count by user.name`, `source.ip:(10.0.0.0/8 or 1.2.3.4)`, `/a|b/ '`, `labels["x"]:y`,
		`user.name:a\*b*`, `event.start:>2026-03-01`, `len(user.name) > 5 x`, "\x00|", `user.name=="a" | where`, `_exists_:`, `source.port:-9223372036854775808`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := hunt.Parse(text)
		if err != nil {
			var at *rule.Error
			if !errors.As(err, &at) || at.Offset < 0 || at.Offset > len(text) || at.Line < 1 || at.Column < 1 {
				t.Fatalf("%q: no place: %v", text, err)
			}
			return
		}
		if _, err := rule.Compile(q.Expr); err != nil {
			t.Fatalf("%q became %s: %v", text, q.Expr, err)
		}
		_ = fmt.Sprint(q.Pipe)
	})
}
