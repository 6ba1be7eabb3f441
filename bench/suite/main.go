// Command suite measures the product beside others and writes the tables of bench/README.md.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// suite is one run of the benchmarks.
type suite struct {
	out    string   // folder for all that is written; git ignores it
	env    []string // of what is started
	events int      // of one round
	rounds int
	hunted int    // events of the section hunt
	rsigma string // the program

	sustain time.Duration // how long
	rate    int           // events a second meanwhile
}

// sections are measured in this order; each writes a part of the README.
var sections = []struct {
	name string
	run  func(*suite) (string, error)
}{
	{"kafka", (*suite).kafka},
	{"udp", (*suite).udp},
	{"tls", (*suite).tls},
	{"connections", (*suite).connections},
	{"profile", (*suite).profile},
	{"parse", (*suite).parse},
	{"codec", (*suite).codec},
	{"endtoend", (*suite).endToEnd},
	{"sustained", (*suite).sustained},
	{"memory", (*suite).memory},
	{"latency", (*suite).latency},
	{"detect", (*suite).detect},
	{"hunt", (*suite).hunt},
}

// errSkipped leaves the section of the README as it is.
var errSkipped = errors.New("skipped")

func main() {
	s := &suite{}
	flag.StringVar(&s.out, "out", "bench/out", "folder for what is written")
	flag.IntVar(&s.events, "events", 500_000, "events of one round")
	flag.IntVar(&s.rounds, "rounds", 3, "rounds, interleaved; medians are written")
	flag.IntVar(&s.hunted, "hunted", 5_000_000, "events that the section hunt looks through")
	flag.StringVar(&s.rsigma, "rsigma", "rsigma", "the program rsigma 0.23.0, or its path; the detector is measured beside it")
	flag.DurationVar(&s.sustain, "sustain", time.Minute, "section sustained: how long; 10m for the goal")
	flag.IntVar(&s.rate, "rate", 60_000, "section sustained: events a second")
	readme := flag.String("readme", "bench/README.md", "file whose tables are rewritten")
	flag.Usage = func() {
		fmt.Fprint(os.Stderr, "usage: bench/run [flags] [section…]\nsections:")
		for _, x := range sections {
			fmt.Fprint(os.Stderr, " ", x.name)
		}
		fmt.Fprintln(os.Stderr)
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := s.run(*readme, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (s *suite) run(readme string, only []string) error {
	for _, name := range only {
		if !slices.ContainsFunc(sections, func(x struct {
			name string
			run  func(*suite) (string, error)
		}) bool {
			return x.name == name
		}) {
			return fmt.Errorf("no section is called %q", name)
		}
	}
	abs, err := filepath.Abs(s.out)
	if err != nil {
		return err
	}
	s.out = abs
	for _, x := range sections {
		if len(only) > 0 && !slices.Contains(only, x.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "==", x.name)
		before := loadAverage()
		text, err := x.run(s)
		if errors.Is(err, errSkipped) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
		text += fmt.Sprintf("\n%s; load average before %s, after %s; `bench/run %s`.\n",
			time.Now().UTC().Format("2006-01-02 15:04 UTC"), before, loadAverage(), s.command(x.name))
		fmt.Fprintln(os.Stderr, text)
		if err := replace(readme, x.name, text); err != nil {
			return err
		}
	}
	return nil
}

// command gives what measures a section again.
func (s *suite) command(section string) string {
	switch section {
	case "hunt":
		return fmt.Sprintf("-hunted %d hunt", s.hunted)
	case "sustained":
		return fmt.Sprintf("-rate %d -sustain %v sustained", s.rate, s.sustain)
	}
	return fmt.Sprintf("-events %d -rounds %d %s", s.events, s.rounds, section)
}

// replace puts text between the marks of a section.
func replace(readme, section, text string) error {
	old, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	begin, end := "<!-- begin "+section+" -->\n", "<!-- end "+section+" -->"
	head, rest, ok1 := strings.Cut(string(old), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s: the marks of section %s are missing", readme, section)
	}
	return os.WriteFile(readme, []byte(head+begin+"\n"+text+"\n"+end+tail), 0o644)
}

// tool names a program that bench/run has built.
func (s *suite) tool(name string) string { return filepath.Join(s.out, name) }

// scratch makes an empty folder.
func (s *suite) scratch(name string) (string, error) {
	dir := filepath.Join(s.out, name)
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// send runs the sender until it is done.
func (s *suite) send(args ...string) error {
	out, err := exec.Command(s.tool("load"), append([]string{"send"}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("load send: %w: %s", err, out)
	}
	fmt.Fprintf(os.Stderr, "   sender: %s", out)
	return nil
}
