package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// sigmaRules is where the rules of Sigma are expected.
const sigmaRules = "../shared/data/sigma-rules/rules"

// detect measures the rules of Sigma in the detector. What is there stays where the rules are missing.
func (s *suite) detect() (string, error) {
	if _, err := os.Stat(sigmaRules); err != nil {
		fmt.Fprintf(os.Stderr, "bench: detect is skipped: the rules of Sigma are not at %s\n", sigmaRules)
		return "", errSkipped
	}
	cmd := exec.Command(s.tool("detector"), "-sigma", sigmaRules, "-out", filepath.Join(s.out, "detect"), "-rounds", fmt.Sprint(s.rounds),
		"-events", fmt.Sprint(min(s.events, 262_144)), "-rsigma", s.rsigma)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("detector: %w", err)
	}
	return string(out), nil
}
