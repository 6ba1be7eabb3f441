// Command detect measures what it takes to match many rules, beside expr in a loop and beside rsigma, and prints a section of bench/README.md.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"

	"watchpost/internal/rule"
	"watchpost/internal/rule/sigma"
)

type bench struct {
	events  int
	rounds  int
	sigma   string // Sigma's rules as they are published
	out     string
	profile string
	other   other
}

func main() {
	b := &bench{}
	flag.IntVar(&b.events, "events", 262_144, "events of one round; a quarter of them for each other shape")
	flag.IntVar(&b.rounds, "rounds", 3, "rounds, interleaved; the least CPU of each is written")
	flag.StringVar(&b.sigma, "sigma", "../shared/data/sigma-rules/rules", "folder of Sigma rules")
	flag.StringVar(&b.out, "out", "bench/out/detect", "folder for what is written")
	flag.StringVar(&b.other.program, "rsigma", "rsigma", "the program rsigma 0.23.0, or its path")
	load := flag.String("load", "", "only read the rules of this folder, and say what it takes")
	flag.Parse()
	text, err := "", error(nil)
	if *load != "" {
		text, err = loaded(*load)
	} else {
		text, err = b.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "detect:", err)
		os.Exit(1)
	}
	fmt.Print(text)
}

func (b *bench) run() (string, error) {
	if _, err := os.Stat(b.sigma); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("skipped: the rules of Sigma are not at %s; any checkout of them will do: -sigma DIR/rules", b.sigma)
	}
	if p, err := exec.LookPath(b.other.program); err == nil {
		b.other.program = p
	} else {
		fmt.Fprintf(os.Stderr, "detect: rsigma is left out, there is no program %s: cargo install rsigma --version 0.23.0 --locked, then -rsigma PATH\n", b.other.program)
		b.other.program = ""
	}
	if err := os.MkdirAll(b.out, 0o700); err != nil {
		return "", err
	}
	all, err := b.imported()
	if err != nil {
		return "", err
	}
	r := report{bench: b}
	if r.load, err = b.loading(); err != nil {
		return "", err
	}
	in, err := newInput(b.events, 1, usual, b.file("usual.ndjson"))
	if err != nil {
		return "", err
	}
	b.profile = b.file("match.prof")
	for _, n := range []int{100, 1000, len(all.Rules)} {
		set := part(all, n)
		m, err := b.measure(set, in)
		if err != nil {
			return "", err
		}
		if m.naive, err = naive(set, in); err != nil {
			return "", err
		}
		r.sizes = append(r.sizes, m)
		fmt.Fprintf(os.Stderr, "%d rules: %.2f\n", n, m.blocks)
	}
	b.profile = ""
	r.in = *in
	for _, k := range []struct {
		seed  uint64
		shape shape
	}{{2, usual}, {1, images}, {1, blobs}, {1, scripts}, {1, odd}} {
		in, err := newInput(b.events/4, k.seed, k.shape, b.file("other.ndjson"))
		if err != nil {
			return "", err
		}
		m, err := b.measure(all, in)
		if err != nil {
			return "", err
		}
		r.shapes = append(r.shapes, shaped{m, k.shape, k.seed, float64(in.bytes) / float64(len(in.ends)), in.distinct})
		fmt.Fprintf(os.Stderr, "%s: %.2f\n", k.shape, m.blocks)
	}
	return r.text()
}

func (b *bench) file(name string) string { return filepath.Join(b.out, name) }

// imported makes our rules of Sigma's.
func (b *bench) imported() (*rule.Set, error) {
	to := b.file("rules")
	if err := os.RemoveAll(to); err != nil {
		return nil, err
	}
	s, err := sigma.Import(os.DirFS(b.sigma), to, sigma.Options{})
	if err != nil {
		return nil, err
	}
	for _, r := range s.Refused {
		fmt.Fprintf(os.Stderr, "detect: %s is left out: %v\n", r.File, r.Why)
	}
	set, err := rule.Load(os.DirFS(to))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(set.Rules, func(a, b *rule.Rule) int { return strings.Compare(a.File, b.File) })
	return set, nil
}

// part gives n of the rules, evenly spread over their files.
func part(all *rule.Set, n int) *rule.Set {
	s := &rule.Set{}
	for i := range min(n, len(all.Rules)) {
		s.Rules = append(s.Rules, all.Rules[i*len(all.Rules)/n])
	}
	return s
}

// profiled runs f, and writes what takes its time if that is asked for.
func (b *bench) profiled(on bool, f func() error) error {
	if b.profile == "" || !on {
		return f()
	}
	file, err := os.Create(b.profile)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}
