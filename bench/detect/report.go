package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// report is all that was measured.
type report struct {
	*bench
	in     input
	load   loads
	sizes  []measured
	shapes []shaped
}

// shaped is what was measured on other events, with all rules.
type shaped struct {
	measured
	shape    shape
	seed     uint64
	bytes    float64
	distinct float64
}

func (r *report) text() (string, error) {
	var s strings.Builder
	n := float64(len(r.in.ends))
	fmt.Fprintf(&s, "%d events, %.0f bytes each as a shipper sends them, %.0f with Sigma's flat names for rsigma; %d blocks of %.0f rows, %.0f bytes an event; %.0f %% of the command lines in %d events differ.\n",
		len(r.in.ends), float64(len(r.in.lines))/n, float64(r.in.bytes)/n, len(r.in.blocks), n/float64(len(r.in.blocks)), float64(r.in.packed)/n, r.in.distinct*100, min(len(r.in.ends), 65_536))
	fmt.Fprintf(&s, "CPU-s per million events, user and system, least of %d interleaved rounds:\n\n", r.rounds)
	s.WriteString("| rules | blocks, decode included | JSON and syslog, our parsers included | expr in a loop, no decode | rsigma, JSON included | blocks : rsigma | JSON : rsigma | rules looked at for an event | hits |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, m := range r.sizes {
		fmt.Fprintf(&s, "| %d | %.2f | %.2f | %.0f | %s | %s | %s | %.2f | %s |\n", m.rules, m.blocks, m.json, m.naive, or(m.rsigma, m.rsigma, "%.1f"), or(m.rsigma, m.blocks/m.rsigma, "%.2f"), or(m.rsigma, m.json/m.rsigma, "%.2f"), m.evaluations, m.hits)
	}
	first, last := r.sizes[0], r.sizes[len(r.sizes)-1]
	fmt.Fprintf(&s, "\nDecoding blocks alone takes %.2f, parsing alone %.2f. All rules cost %.2f times what %d cost from blocks, %.2f times from JSON; the rules alone %.2f and %.2f.\n",
		last.decode, last.parse, last.blocks/first.blocks, first.rules, last.json/first.json, last.blocks-last.decode, first.blocks-first.decode)
	fmt.Fprintf(&s, "%d rules are hit by %d events (%.2f %%). Reading %d rules takes %.2f s and their index %.2f s; the process then has had %.0f MB at most. %d rules have no usable predicate.\n\n",
		last.hits.rules, last.hits.events, float64(last.hits.events)/n*100, r.load.Rules, r.load.Load, r.load.Index, r.load.RSS, last.unindexed)
	fmt.Fprintf(&s, "Other events, %d of each, all rules:\n\n", r.events/4)
	s.WriteString("| events | bytes, flat | command lines that differ | blocks | of it decoding | JSON | rsigma | blocks : rsigma | hits |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, m := range r.shapes {
		fmt.Fprintf(&s, "| %s, seed %d | %.0f | %.0f %% | %.2f | %.2f | %.2f | %s | %s | %s |\n", m.shape, m.seed, m.bytes, m.distinct*100, m.blocks, m.decode, m.json, or(m.rsigma, m.rsigma, "%.1f"), or(m.rsigma, m.blocks/m.rsigma, "%.2f"), m.hits)
	}
	r.differences(&s)
	err := r.profileTop(&s)
	return s.String(), err
}

// or is v as f has it, where there is something.
func or(there, v float64, f string) string {
	if there == 0 {
		return "–"
	}
	return fmt.Sprintf(f, v)
}

// differences lists the rules that do not hit the same events in both engines.
func (r *report) differences(s *strings.Builder) {
	seen := map[string]bool{}
	for _, c := range append([]comparison{r.sizes[len(r.sizes)-1].hits}, comparisons(r.shapes)...) {
		for _, d := range c.differences {
			if seen[d.file] {
				continue
			}
			if len(seen) == 0 {
				s.WriteString("\nRules whose hits differ, in the first events that show it:\n\n| rule | both | ours alone | rsigma's alone | why |\n|---|---|---|---|---|\n")
			}
			seen[d.file] = true
			if d.why == "" {
				d.why = "not explained yet"
			}
			fmt.Fprintf(s, "| %s | %d | %d | %d | %s |\n", d.title, d.both, d.ours, d.theirs, d.why)
		}
	}
}

func comparisons(shapes []shaped) (out []comparison) {
	for _, m := range shapes {
		out = append(out, m.hits)
	}
	return out
}

// profileTop shows where the time of matching blocks goes.
func (r *report) profileTop(s *strings.Builder) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "tool", "pprof", "-top", "-nodecount", "16", self, r.file("match.prof"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go tool pprof: %w", err)
	}
	_, table, _ := strings.Cut(string(out), "flat%")
	fmt.Fprintf(s, "\nAll rules from blocks, by own time (%s):\n\n```\n      flat  flat%%%s```\n", runtime.Version(), table)
	return nil
}
