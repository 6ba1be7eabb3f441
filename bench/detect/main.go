// Command detect measures what it takes to match many rules, and writes its table of bench/README.md.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/rule"
)

type bench struct {
	events  int
	sigma   string // Sigma's rules as they are published
	rules   string // the same, imported
	rsigma  string
	out     string
	profile string
	rounds  int
}

func main() {
	b := &bench{}
	flag.IntVar(&b.events, "events", 262_144, "events of one round")
	flag.IntVar(&b.rounds, "rounds", 3, "rounds; the least CPU of each is written")
	flag.StringVar(&b.sigma, "sigma", "../shared/data/sigma-rules/rules", "folder of Sigma rules")
	flag.StringVar(&b.rules, "rules", "bench/out/sigma", "folder of the same rules after import")
	flag.StringVar(&b.rsigma, "rsigma", "", "the program rsigma 0.23.0; without it that row is left out")
	flag.StringVar(&b.out, "out", "bench/out", "folder for what is written")
	flag.StringVar(&b.profile, "profile", "", "file for a CPU profile of matching blocks with all rules")
	readme := flag.String("readme", "", "file whose table is rewritten, for example bench/README.md")
	flag.Parse()
	text, err := b.run()
	if err == nil {
		fmt.Print(text)
		if *readme != "" {
			err = replace(*readme, text)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "detect:", err)
		os.Exit(1)
	}
}

// cpu gives user and system seconds of this process.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("BUG: getrusage: " + err.Error())
	}
	return seconds(u)
}

func seconds(u syscall.Rusage) float64 {
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// spent gives the least CPU seconds per million of f over events, in some rounds.
func (b *bench) spent(events int, f func() error) (float64, error) {
	best := 0.0
	for i := range b.rounds {
		runtime.GC()
		start := cpu()
		if err := f(); err != nil {
			return 0, err
		}
		if s := (cpu() - start) * 1e6 / float64(events); i == 0 || s < best {
			best = s
		}
	}
	return best, nil
}

type result struct {
	blocks, json     float64
	naive            float64
	rsigma           float64
	hits             int
	rsigmaHits       string
	rules, unindexed int
	build            time.Duration
	memory           float64
	evaluations      float64
}

func (b *bench) run() (string, error) {
	before := load()
	if _, err := os.Stat(b.rules); err != nil {
		return "", fmt.Errorf("%w: import the rules first: watchpost rules import sigma %s -out %s", err, b.sigma, b.rules)
	}
	start := time.Now()
	all, err := rule.Load(os.DirFS(b.rules))
	if err != nil {
		return "", err
	}
	loading := time.Since(start)
	in, err := b.make()
	if err != nil {
		return "", err
	}
	sets, err := b.sets(all)
	if err != nil {
		return "", err
	}
	var results []result
	for _, n := range []int{100, 1000, len(all.Rules)} {
		r, err := b.measure(sets[n], in)
		if err != nil {
			return "", err
		}
		results = append(results, r)
		fmt.Fprintf(os.Stderr, "%d rules: %+v\n", n, r)
	}
	return b.report(in, results, loading, before), nil
}

// sets gives parts of the rules, each n-th in order of their files.
func (b *bench) sets(all *rule.Set) (map[int]*rule.Set, error) {
	rules := slices.Clone(all.Rules)
	slices.SortFunc(rules, func(a, b *rule.Rule) int { return strings.Compare(a.File, b.File) })
	out := map[int]*rule.Set{len(rules): {Rules: rules}}
	for _, n := range []int{100, 1000} {
		s := &rule.Set{}
		for i := range min(n, len(rules)) {
			s.Rules = append(s.Rules, rules[i*len(rules)/n])
		}
		out[n] = s
	}
	return out, nil
}

// input is the events in all forms.
type input struct {
	lines      []byte   // ours, one a line
	ends       []int    // of lines
	flat       string   // file
	blocks     [][]byte // encoded
	bytes      int      // of the flat form
	distinct   float64  // share of command lines in 65,536 events that differ
	decodeOnly float64
	parseOnly  float64
}

func (b *bench) make() (*input, error) {
	g, in := newGenerator(1), &input{flat: filepath.Join(b.out, "detect.ndjson")}
	if err := os.MkdirAll(b.out, 0o700); err != nil {
		return nil, err
	}
	var flat []byte
	seen, n := map[string]bool{}, 0
	for i := range b.events {
		s := g.event()
		in.lines = append(in.lines, s.ours...)
		in.ends = append(in.ends, len(in.lines))
		flat = append(append(flat, s.flat...), '\n')
		if i < event.MaxRows && s.commandLine != "" {
			seen[s.commandLine] = true
			n++
		}
	}
	in.bytes, in.distinct = len(flat), float64(len(seen))/float64(max(n, 1))
	if err := os.WriteFile(in.flat, flat, 0o600); err != nil {
		return nil, err
	}
	err := in.each(func(batch *event.Batch) error {
		id := event.NewBlockID(int64(len(in.blocks)))
		batch.SetID(id)
		in.blocks = append(in.blocks, batch.AppendBlock(nil))
		return nil
	})
	if err != nil {
		return nil, err
	}
	if in.decodeOnly, err = b.spent(b.events, func() error { return in.decoded(func(*event.Batch) {}) }); err != nil {
		return nil, err
	}
	in.parseOnly, err = b.spent(b.events, func() error { return in.each(func(*event.Batch) error { return nil }) })
	return in, err
}

// each parses all lines and gives them in batches as the ingester closes blocks.
func (in *input) each(f func(*event.Batch) error) error {
	p, err := parse.New(parse.Options{})
	if err != nil {
		return err
	}
	batch, form, from := new(event.Batch), normalise.Defaults, 0
	for i, end := range in.ends {
		received := int64(1_791_187_200_000_000_000) + int64(i)*1e6
		stamp := p.Line(batch, in.lines[from:end], received, parse.Auto)
		form.Row(batch, normalise.Stamp(stamp), received)
		batch.SetString(event.Tenant, "default")
		batch.End()
		if from = end; batch.Full() || i == len(in.ends)-1 {
			if err := f(batch); err != nil {
				return err
			}
			batch.Reset()
		}
	}
	return nil
}

func (in *input) decoded(f func(*event.Batch)) error {
	batch := new(event.Batch)
	for i, block := range in.blocks {
		if err := batch.Decode(event.NewBlockID(int64(i)), block); err != nil {
			return err
		}
		f(batch)
	}
	return nil
}

func (b *bench) measure(set *rule.Set, in *input) (result, error) {
	r := result{rules: len(set.Rules)}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	x := match.New(set)
	r.build = time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	r.memory = float64(after.HeapAlloc-before.HeapAlloc) / 1e6
	r.unindexed = len(x.Unindexed())
	hits := 0
	count := func(int, *rule.Rule, int) { hits++ }
	if b.profile != "" && len(set.Rules) > 1000 {
		f, err := os.Create(b.profile)
		if err != nil {
			return r, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return r, err
		}
	}
	var err error
	if r.blocks, err = b.spent(b.events, func() error {
		hits = 0
		return in.decoded(func(batch *event.Batch) { x.Each(batch, count) })
	}); err != nil {
		return r, err
	}
	pprof.StopCPUProfile()
	r.hits = hits
	n := uint64(0)
	for _, c := range x.Costs() {
		n += c.Evaluations
	}
	r.evaluations = float64(n) / float64(b.events*b.rounds)
	if r.json, err = b.spent(b.events, func() error {
		return in.each(func(batch *event.Batch) error { x.Each(batch, count); return nil })
	}); err != nil {
		return r, err
	}
	if r.naive, err = naive(set, in); err != nil {
		return r, err
	}
	r.rsigma, r.rsigmaHits, err = b.otherEngine(set, in)
	return r, err
}

// naive asks expr's machine each rule of each event, on a sample.
func naive(set *rule.Set, in *input) (float64, error) {
	batch, rows, spent := new(event.Batch), 0, 0.0
	if err := batch.Decode(event.BlockID{}, in.blocks[0]); err != nil {
		return 0, err
	}
	for row := 0; row < batch.Rows() && rows < 500; row += max(batch.Rows()/500, 1) {
		start := cpu()
		for _, r := range set.Rules {
			for _, s := range r.Steps {
				if _, err := s.Match.Run(batch.Event(row)); err != nil {
					return 0, err
				}
			}
		}
		spent += cpu() - start
		rows++
	}
	return spent * 1e6 / float64(rows), nil
}

// otherEngine has rsigma do the same with Sigma's own files of these rules; what it takes to start is taken off.
func (b *bench) otherEngine(set *rule.Set, in *input) (float64, string, error) {
	if b.rsigma == "" {
		return 0, "", nil
	}
	dir := filepath.Join(b.out, "rsigma-rules")
	if err := os.RemoveAll(dir); err != nil {
		return 0, "", err
	}
	for _, r := range set.Rules {
		name := strings.TrimSuffix(r.File, ".yaml") + ".yml"
		src, err := os.ReadFile(filepath.Join(b.sigma, name))
		if err != nil {
			return 0, "", err
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return 0, "", err
		}
		if err := os.WriteFile(to, src, 0o600); err != nil {
			return 0, "", err
		}
	}
	none := filepath.Join(b.out, "one.ndjson")
	if err := os.WriteFile(none, []byte("{}\n"), 0o600); err != nil {
		return 0, "", err
	}
	run := func(file string) (float64, string, error) {
		var out, errs strings.Builder
		cmd := exec.Command(b.rsigma, "engine", "eval", "--rules", dir, "--event", "@"+file, "--input-format", "json", "--logsource-routing", "--output-format", "ndjson")
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			return 0, "", fmt.Errorf("rsigma: %w: %s", err, errs.String())
		}
		return seconds(*cmd.ProcessState.SysUsage().(*syscall.Rusage)), fmt.Sprint(strings.Count(out.String(), "\n")), nil
	}
	start, _, err := run(none)
	if err != nil {
		return 0, "", err
	}
	best, hits := 0.0, ""
	for i := range b.rounds {
		s, h, err := run(in.flat)
		if err != nil {
			return 0, "", err
		}
		if s = (s - start) * 1e6 / float64(b.events); i == 0 || s < best {
			best = s
		}
		hits = h
	}
	return best, hits, nil
}

func load() string {
	s, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(s))[:3], " ")
}

func (b *bench) report(in *input, results []result, loading time.Duration, before string) string {
	var s strings.Builder
	blocks := 0
	for _, k := range in.blocks {
		blocks += len(k)
	}
	n := float64(b.events)
	fmt.Fprintf(&s, "%d events, %.0f bytes each as a shipper sends them and %.0f with Sigma's flat names; %d blocks of %.0f rows; %.0f %% of the command lines in 65,536 events differ.\n", b.events,
		float64(len(in.lines))/n, float64(in.bytes)/n, len(in.blocks), n/float64(len(in.blocks)), in.distinct*100)
	fmt.Fprintf(&s, "CPU-s per million events, least of %d rounds, one core's work:\n\n", b.rounds)
	fmt.Fprintf(&s, "| rules | from blocks, decode included | from JSON and syslog, our parsers included | naive expr, each rule in turn, no decode | rsigma, JSON included | blocks : rsigma | JSON : rsigma | evaluations an event | hits: ours, rsigma's |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		other, ratio, ratioJSON := "–", "–", "–"
		if r.rsigma > 0 {
			other, ratio, ratioJSON = fmt.Sprintf("%.1f", r.rsigma), fmt.Sprintf("%.2f", r.blocks/r.rsigma), fmt.Sprintf("%.2f", r.json/r.rsigma)
		}
		fmt.Fprintf(&s, "| %d | %.2f | %.2f | %.0f | %s | %s | %s | %.2f | %d, %s |\n", r.rules, r.blocks, r.json, r.naive, other, ratio, ratioJSON, r.evaluations, r.hits, r.rsigmaHits)
	}
	first, last := results[0], results[len(results)-1]
	fmt.Fprintf(&s, "\nDecoding blocks alone takes %.2f, parsing alone %.2f. All rules at the cost of %.2f times that of %d (blocks).\n", in.decodeOnly, in.parseOnly, last.blocks/first.blocks, first.rules)
	fmt.Fprintf(&s, "Reading %d rules takes %.2f s, their index %.2f s and %.0f MB; %d rules have no usable predicate.\n", last.rules, loading.Seconds(), last.build.Seconds(), last.memory, last.unindexed)
	fmt.Fprintf(&s, "\n%s; load average before %s, after %s; `make bench-detect`, %s.\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"), before, load(), debugVersion())
	return s.String()
}

func debugVersion() string {
	if i, ok := debug.ReadBuildInfo(); ok {
		return i.GoVersion
	}
	return "unknown build"
}

func replace(readme, text string) error {
	old, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	begin, end := "<!-- begin detect -->\n", "<!-- end detect -->"
	head, rest, ok1 := strings.Cut(string(old), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s: the marks of section detect are missing", readme)
	}
	return os.WriteFile(readme, []byte(head+begin+"\n"+text+"\n"+end+tail), 0o644)
}
