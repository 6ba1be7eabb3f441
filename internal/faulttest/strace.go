package faulttest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Strace gives a command that runs another and lets some of its system calls fail, as strace's option inject says. Without strace it
// skips the test; where the environment says CI=true it fails it. Who may not trace skips it.
func Strace(t testing.TB, inject string, command ...string) *exec.Cmd {
	t.Helper()
	exe, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI needs this: %v", err)
		}
		t.Skipf("skipped: %v", err)
	}
	if out, err := exec.Command(exe, "-qq", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("skipped: strace may not trace: %v: %s", err, out)
	}
	return exec.Command(exe, append([]string{"-f", "-qq", "--seccomp-bpf", "-o", os.DevNull, "-e", "inject=" + inject}, command...)...)
}

// Attach lets system calls of a running process fail, as Strace does, from now until detach is called or the test ends.
func Attach(t testing.TB, inject string, pid int) (detach func()) {
	t.Helper()
	cmd := Strace(t, inject)
	cmd = exec.Command(cmd.Path, "-f", "-o", os.DevNull, "-e", "inject="+inject, "-p", strconv.Itoa(pid))
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	detach = func() {
		once.Do(func() {
			cmd.Process.Signal(os.Interrupt) // it lets go of the process in order
			cmd.Wait()
		})
	}
	t.Cleanup(detach)
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "attached") {
			go io.Copy(io.Discard, said)
			return detach
		}
	}
	t.Fatalf("strace did not attach to %d: %v", pid, cmd.Wait())
	return nil
}
