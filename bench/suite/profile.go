package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// profile shows where the CPU goes between TCP and Kafka.
func (s *suite) profile() (string, error) {
	broker, err := s.realKafka()
	if err != nil {
		return "", err
	}
	defer broker.stop()
	file := filepath.Join(s.out, "tokafka.prof")
	p, err := s.start(s.tool("tokafka"), "-broker", brokerAddr, "-prefix", "profile-", "-addr", takeAddr, "-total", fmt.Sprint(s.events), "-profile", file)
	if err != nil {
		return "", err
	}
	_, err = p.said("ready", 30*time.Second)
	if err == nil {
		if err = s.send("-addr", takeAddr, "-total", fmt.Sprint(s.events)); err == nil {
			_, err = p.said("done", 2*time.Minute)
		}
	}
	p.stop()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, by := range []struct{ title, flag, show string }{
		{"Top 10 by own time", "-flat", ""},
		{"By package's own doors, with what they call", "-cum", `^watchpost/internal/(source|ingest|parse|normalise|event|topic)\.|kafka-go\.\(\*Client\)\.Produce|^runtime\.gcBgMarkWorker$`},
	} {
		args := []string{"tool", "pprof", "-top", by.flag, "-nodecount", "10"}
		if by.show != "" {
			args = append(args, "-nodecount", "16", "-show", by.show)
		}
		cmd := exec.Command("go", append(args, s.tool("tokafka"), file)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("pprof: %w", err)
		}
		_, table, _ := strings.Cut(string(out), "flat%")
		fmt.Fprintf(&b, "%s:\n\n```\n      flat  flat%%%s```\n\n", by.title, table)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// parse runs the benchmarks of the parsers, for the header alone and for whole lines. Each is run some times and the least is
// taken: what else the machine does only adds.
func (s *suite) parse() (string, error) {
	const of = "(Header|Line)/(header3164|header5424|sshd|asa|fortinet|iptables|windows|json)$"
	args := []string{"test", "-run", "^$", "-bench", of, "-benchmem", "-benchtime", "200000x", "-count", "5", "./internal/parse"}
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go test -bench: %w: %s", err, out)
	}
	least, allocs := map[string]float64{}, map[string]string{}
	var lines []string
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(f[0], "Benchmark"), "-")
		if least[name] == 0 {
			least[name] = math.Inf(1)
			if l, ok := strings.CutPrefix(name, "Line/"); ok {
				lines = append(lines, l)
			}
		}
		for i := 2; i+1 < len(f); i += 2 {
			switch f[i+1] {
			case "cpu-ns/op":
				ns, err := strconv.ParseFloat(f[i], 64)
				if err != nil {
					return "", fmt.Errorf("go test -bench: %q: %w", line, err)
				}
				least[name] = min(least[name], ns)
			case "allocs/op":
				allocs[name] = f[i]
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "The header read alone, as parsers of syslog headers do, and the whole line into a row of a batch, with its fields; CPU time of the thread in ns, least of 5; `go %s`.\n\n", strings.ReplaceAll(strings.Join(args, " "), of, "'"+of+"'"))
	b.WriteString("| line | its header | whole | allocations of the whole |\n|---|---|---|---|\n")
	for _, n := range lines {
		head := "none"
		if ns, ok := least["Header/"+n]; ok {
			head = fmt.Sprintf("%.0f", ns)
		}
		fmt.Fprintf(&b, "| %s | %s | %.0f | %s |\n", n, head, least["Line/"+n], allocs["Line/"+n])
	}
	return b.String(), nil
}

// codec runs the benchmarks of the block codec.
func (s *suite) codec() (string, error) {
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", ".", "-benchtime", "500ms", "-count", "1", "./internal/event")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go test -bench: %w: %s", err, out)
	}
	var b strings.Builder
	b.WriteString("A typical log-in line with 15 fields, blocks of 8,192; `go test -run '^$' -bench . -benchtime 500ms ./internal/event`.\n\n")
	b.WriteString("| benchmark | ns an event | allocations a block | bytes an event |\n|---|---|---|---|\n")
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		unit := map[string]string{}
		for i := 2; i+1 < len(f); i += 2 {
			unit[f[i+1]] = f[i]
		}
		size := "" // whatever the benchmark calls it
		for u, v := range unit {
			if strings.HasSuffix(u, "/event") && u != "ns/event" {
				size = v + " (" + strings.TrimSuffix(u, "/event") + ")"
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.TrimPrefix(strings.TrimSuffix(f[0], "-2"), "Benchmark"), unit["ns/event"], unit["allocs/op"], size)
	}
	return b.String(), nil
}
