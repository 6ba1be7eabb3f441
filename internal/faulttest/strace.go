package faulttest

import (
	"os"
	"os/exec"
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
