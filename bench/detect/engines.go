package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/rule"
)

// cpu gives user and system seconds of this process.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("BUG: getrusage: " + err.Error())
	}
	return seconds(&u)
}

func seconds(u *syscall.Rusage) float64 { return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9 }

// hit is a rule that an event satisfies.
type hit struct {
	row  int
	rule string // its Sigma id
}

// ours matches the blocks and gives the hits.
func ours(x *match.Index, in *input) ([]hit, error) {
	var out []hit
	err := in.decoded(func(block int, b *event.Batch) {
		x.Each(b, func(row int, r *rule.Rule, _ int) { out = append(out, hit{in.rows[block] + row, r.ID}) })
	})
	return out, err
}

// naive asks expr's machine each rule in turn, of a sample of the events, and gives CPU seconds per million.
func naive(set *rule.Set, in *input) (float64, error) {
	const sample = 400
	batch, rows, spent := new(event.Batch), 0, 0.0
	if err := batch.Decode(event.BlockID{}, in.blocks[0]); err != nil {
		return 0, err
	}
	for row := 0; row < batch.Rows() && rows < sample; row += max(batch.Rows()/sample, 1) {
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

// other is rsigma, which reads Sigma's own files.
type other struct {
	program string // "" if there is none
	rules   string // folder of the rules at hand
	none    string // file of one event without anything: what reading the rules takes
}

// prepare gives o the published files of the rules of set, which lie below sigma.
func (o *other) prepare(set *rule.Set, sigma, out string) error {
	o.rules, o.none = filepath.Join(out, "rsigma-rules"), filepath.Join(out, "none.ndjson")
	if err := os.RemoveAll(o.rules); err != nil {
		return err
	}
	for _, r := range set.Rules {
		name := strings.TrimSuffix(r.File, ".yaml") + ".yml"
		src, err := os.ReadFile(filepath.Join(sigma, name))
		if err != nil {
			return err
		}
		to := filepath.Join(o.rules, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(to, src, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(o.none, []byte("{}\n"), 0o600)
}

// run gives the CPU seconds that rsigma takes for the events of a file.
func (o *other) run(file string, out io.Writer, more ...string) (float64, error) {
	var errs bytes.Buffer
	args := []string{"engine", "eval", "--rules", o.rules, "--event", "@" + file, "--input-format", "json", "--logsource-routing", "--output-format", "ndjson", "--no-stats"}
	cmd := exec.Command(o.program, append(args, more...)...)
	cmd.Stdout, cmd.Stderr = out, &errs
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("rsigma: %w: %s", err, errs.String())
	}
	return seconds(cmd.ProcessState.SysUsage().(*syscall.Rusage)), nil
}

// hits has rsigma say what it finds.
func (o *other) hits(in *input) ([]hit, error) {
	var text bytes.Buffer
	if _, err := o.run(in.flat, &text, "--include-event"); err != nil {
		return nil, err
	}
	var out []hit
	lines := bufio.NewScanner(&text)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var m struct {
			ID    string `json:"rule_id"`
			Event struct{ Row int }
		}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return nil, fmt.Errorf("rsigma's output: %w", err)
		}
		out = append(out, hit{m.Event.Row, m.ID})
	}
	return out, lines.Err()
}
