package content

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// secretNamesPattern are the names behind which a secret stands. PWD, in capitals, is a folder.
const secretNamesPattern = `(?:passw(?:or)?d|passphrase|(?-i:[Pp]wd)|secret(?:[_-]?(?:access[_-]?)?key)?|api[_-]?key|access[_-]?key|(?:auth|access|refresh|id|bearer)?[_-]?token|client[_-]?secret|private[_-]?key)`

// inJSON is a text of JSON that stands in one: \"…\", in which \\\" is a quotation mark.
const inJSON = `\\"((?:[^"\\]|\\\\(?:\\"|\\\\|[^"\\]))+)`

// secretPattern is slow truth: what a secret is.
var secretPattern = regexp.MustCompile(`(?i)(?:` + secretNamesPattern + `(?:\\*["']?|%22)\s*(?:[:=]|%3[ad])\s*|--?` + secretNamesPattern + `\s+|\bauthorization\\*["']?\s*[:=]\s*\\*["']?(?:basic|bearer|negotiate|token)\s+)` +
	`(?:` + inJSON + `|\\{2,}"([^"\\]+)|"((?:[^"\\]|\\.)+)|'([^']+)|([^\s"'&;,\\]+))`)

func secretsBoth(line []byte) (quick, slow []int) {
	secretsIn(line, func(from, to int) { quick = append(quick, from, to) })
	finder{re: secretPattern}.each(line, func(from, to int) { slow = append(slow, from, to) })
	return quick, slow
}

func agrees(t *testing.T, line []byte) {
	t.Helper()
	if quick, slow := secretsBoth(line); fmt.Sprint(quick) != fmt.Sprint(slow) {
		t.Fatalf("%q: %v, and by the regular expression %v", line, quick, slow)
	}
}

// parts are what a line with secrets is made of.
var parts = strings.Split(`password|passwd|passw|word|passphrase|Pwd|pwd|PWD|secret|SECRET|key|KEY|access|api|auth|refresh|id|bearer|Bearer|token|client|private|authorization|Authorization|basic|negotiate|_|-|--| |  |:|=|%3a|%3D|%22|"|'|\\|\\\\|\\"|\\\\\\"|&|;|,|x|hunter2|ſ|paſſword|toKen|ſecret|ÿ|ä|%|3|a|\|\"|\\\"|\\\\"|\n`, "|")

func FuzzSecrets(f *testing.F) {
	for _, s := range []string{`password="a\"b"`, `{\"api_key\":\"k\\\\x\"}`, `--token  x -token y`, `Authorization: Bearer abc`, "secret_access_key = 'a b'", "paſſwd=1", "\n\t\v"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { agrees(t, []byte(s)) })
}

func TestSecretsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 100_000 {
		var b bytes.Buffer
		for range 1 + r.IntN(12) {
			b.WriteString(parts[r.IntN(len(parts))])
			if r.IntN(20) == 0 {
				b.WriteByte("\n\t\v\r\f"[r.IntN(5)])
			}
		}
		agrees(t, b.Bytes())
		if quick, _ := secretsBoth(b.Bytes()); len(quick) > 0 {
			found++
		}
	}
	if found < 5_000 {
		t.Errorf("only %d lines had secrets", found)
	}
}

// hostileSecrets are records made to be slow.
func hostileSecrets(size int) map[string][]byte {
	m := map[string][]byte{}
	for _, part := range []string{"password", "password=", "password:", "-token ", "--", "secret_access_key", "authorization: bearer ", `password\\\\`, `\\"`, "token=\"\\", "_token", "pwd:      ", "auth_", "x", `password='`, "ſ", "password%22", `token\\": `} {
		m[part] = bytes.Repeat([]byte(part), size/len(part))
		m[part+" and then one run"] = append([]byte(part), bytes.Repeat([]byte(part[len(part)-1:]), size)...)
	}
	return m
}

// A record of the greatest size is masked in time that grows with its size, whatever is in it.
func TestSecretsInLinearTime(t *testing.T) {
	for part, line := range hostileSecrets(1 << 20) {
		least := time.Hour
		for range 3 {
			begun := used(t)
			secretsIn(line, func(int, int) {})
			least = min(least, used(t)-begun)
		}
		if least > 100*time.Millisecond {
			t.Errorf("%q: %v of CPU for a MiB", part, least)
		}
		t.Logf("%q: %v", part, least)
	}
	for _, line := range hostileSecrets(2000) {
		agrees(t, line)
	}
}

// used is the CPU time of this process: what else the machine does does not count.
func used(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkSecrets(b *testing.B) {
	lines := hostileSecrets(1 << 20)
	for _, part := range []string{"password", "password:", "-token ", "x"} {
		b.Run(strings.TrimSpace(part), func(b *testing.B) {
			b.SetBytes(int64(len(lines[part])))
			for b.Loop() {
				secretsIn(lines[part], func(int, int) {})
			}
		})
	}
}
