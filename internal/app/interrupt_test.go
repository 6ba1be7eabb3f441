package app

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Ctrl-C ends a tool that waits for its input.
func TestInterruptEndsTools(t *testing.T) {
	if os.Getenv("WATCHPOST_TEST_TOOL") != "" {
		code, _ := Tool([]string{"parse"})
		os.Exit(code)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestInterruptEndsTools$")
	cmd.Env = append(os.Environ(), "WATCHPOST_TEST_TOOL=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer late.Stop()
	if _, err := io.WriteString(in, "hello\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Fatal("the tool ended as if nothing had happened", err)
	}
	if !late.Stop() {
		t.Error("the tool did not end by itself")
	}
}
