package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// hunt measures hunts beside ClickStack's table, ripgrep and VictoriaLogs.
func (s *suite) hunt() (string, error) {
	cmd := exec.Command(s.tool("hunter"), "-dir", filepath.Join(s.out, "hunt"), "-events", fmt.Sprint(s.hunted), "-vlogs", s.tool("victoria-logs"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("hunter: %w", err)
	}
	return string(out), nil
}
