package app

import (
	"bufio"
	"errors"
	"strings"
	"testing"

	"watchpost/internal/config"
)

// Content rules are tried with the lists that the product gives them, and a faulty or missing file of them is named whole.
func TestParseWithContent(t *testing.T) {
	content := folder(t, "c.yaml", "name: lab\nmatch: host.name in list(\"lab-hosts\")\ndrop: true\n")
	lists := folder(t, "lab-hosts.txt", "lab1 # of mine\n")
	in := `{"host.name":"lab1","message":"a"}` + "\n" + `{"host.name":"web1","message":"b"}` + "\n"
	out, told, code := tool(t, in, "parse", "-content", content, "-lists", lists)
	if code != 0 || strings.Count(out, "\n") != 1 || !strings.Contains(out, "web1") {
		t.Errorf("%d %s%s", code, told, out)
	}
	if _, told, code = tool(t, in, "parse", "-content", content); code != 1 || !strings.Contains(told, content+"/c.yaml:1: ") || !strings.Contains(told, `unknown list "lab-hosts"`) {
		t.Errorf("%d %s", code, told)
	}
	if _, told, code = tool(t, in, "parse", "-content", content+"/none"); code != 1 || !strings.Contains(told, content+"/none: ") {
		t.Errorf("%d %s", code, told)
	}
}

// A role that lacks both engines says so at once.
func TestEngineless(t *testing.T) {
	var c config.Config
	if err := engineless(c); err == nil || !strings.Contains(err.Error(), "kafka.brokers: ") || !strings.Contains(err.Error(), "clickhouse.addr: ") {
		t.Error(err)
	}
	c.Kafka.Brokers, c.ClickHouse.Addr = []string{"127.0.0.1:9092"}, []string{"127.0.0.1:9000"}
	if err := engineless(c); err != nil {
		t.Error(err)
	}
}

// Programs and pictures are no logs; texts are, whatever parts their fields and in whatever letters they are.
func TestBinaryFiles(t *testing.T) {
	f := func(text string, binary bool) {
		t.Helper()
		_, err := utf8Text(bufio.NewReaderSize(strings.NewReader(text), scanBuffer))
		if errors.Is(err, errBinary) != binary {
			t.Errorf("%.40q: %v", text, err)
		}
	}
	f("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00\x01\x00\x00\x00\x50\x6f\x00\x00", true)
	f("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x20\x00\x00\x00\x20\x08\x06\x00\x00\x00szz\xf4", true)
	f("Mar  2 07:00:01 gate1 sshd[7]: Accepted\n", false)
	f(strings.Repeat("8=FIX.4.4\x0135=D\x0149=desk\x0156=market\x01\n", 30), false)
	f("\x1b[31mred\x1b[0m\n\x1b[32mgreen\x1b[0m\n", false)
	f("журнал\nj\xf6rnal\n", false)
	f("a\x00\n", false)
	f("", false)
}
