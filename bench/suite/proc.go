package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that the suite started, and what it started in turn.
type process struct {
	cmd   *exec.Cmd
	lines chan string // of its stdout
	done  chan error

	stopped bool
}

// start starts a program; its stderr goes to a file beside the results.
func (s *suite) start(name string, args ...string) (*process, error) {
	return s.startWith(nil, name, args...)
}

// startWith is start with more environment.
func (s *suite) startWith(env []string, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), lines: make(chan string, 1000), done: make(chan error, 1)}
	log, err := os.OpenFile(filepath.Join(s.out, filepath.Base(name)+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stderr = log
	p.cmd.Env = append(append(os.Environ(), s.env...), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		in := bufio.NewScanner(out)
		for in.Scan() {
			select {
			case p.lines <- in.Text():
			default: // nobody reads that much
			}
		}
		io.Copy(io.Discard, out)
		close(p.lines)
		p.done <- p.cmd.Wait()
	}()
	return p, nil
}

// said waits for a line that begins with prefix.
func (p *process) said(prefix string, within time.Duration) (string, error) {
	late := time.After(within)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return "", fmt.Errorf("%s: ended before it said %q; see its log", p.cmd.Path, prefix)
			}
			if strings.HasPrefix(line, prefix) {
				return line, nil
			}
		case <-late:
			return "", fmt.Errorf("%s: did not say %q within %v", p.cmd.Path, prefix, within)
		}
	}
}

// stop ends the process, once, in order and its group by force where that takes too long.
func (p *process) stop() {
	if p == nil || p.stopped {
		return
	}
	p.stopped = true
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
	}
}

// family lists the process and all its descendants.
func (p *process) family() []int {
	parent := map[int]int{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(d))
		if f := stat(pid); f != nil {
			parent[pid], _ = strconv.Atoi(f[1])
		}
	}
	all := []int{p.cmd.Process.Pid}
	for i := 0; i < len(all); i++ {
		for pid, of := range parent {
			if of == all[i] && !slices.Contains(all, pid) {
				all = append(all, pid)
			}
		}
	}
	return all
}

// stat gives the fields of /proc/PID/stat from the state on.
func stat(pid int) []string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
}

// cpu gives the seconds, user and system, of the process and its descendants, those that have ended among them.
func (p *process) cpu() float64 {
	ticks := 0
	for _, pid := range p.family() {
		if f := stat(pid); f != nil {
			for _, field := range f[11:15] { // utime, stime, and those of children waited for
				n, _ := strconv.Atoi(field)
				ticks += n
			}
		}
	}
	return float64(ticks) / 100 // USER_HZ is 100 on every Linux that Go runs on
}

// memory gives the resident MB of each process of the family, the first first.
func (p *process) memory() (mb []float64) {
	for _, pid := range p.family() {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		for line := range strings.Lines(string(b)) {
			if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
				n, _ := strconv.ParseFloat(strings.Fields(v)[0], 64)
				mb = append(mb, n/1024)
			}
		}
	}
	return mb
}

func sum(v []float64) (t float64) {
	for _, x := range v {
		t += x
	}
	return t
}

// median of some rounds; NaN is for the caller to avoid.
func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

func loadAverage() string {
	b, _ := os.ReadFile("/proc/loadavg")
	f := strings.Fields(string(b))
	return strings.Join(f[:min(3, len(f))], " ")
}
