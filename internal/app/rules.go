package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"watchpost/internal/detect"
	"watchpost/internal/rule"
	"watchpost/rules"
)

// loadRules reads the rules of a folder; "" gives those that come with the product.
func loadRules(dir string, o ...rule.Options) (*rule.Set, error) {
	if dir == "" {
		return rule.Load(rules.FS(), o...)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("folder of rules: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("folder of rules: %s is no folder", dir)
	}
	set, err := rule.Load(os.DirFS(dir), o...)
	if err != nil {
		return nil, placed(dir, err)
	}
	for _, r := range set.Rules {
		r.File = filepath.Join(dir, r.File)
	}
	for _, x := range set.Exceptions {
		x.File = filepath.Join(dir, x.File)
	}
	return set, nil
}

// toolRules reads the rules of a folder, and, if lists is not empty, the lists of that folder.
func toolRules(dir, lists string) (*rule.Set, error) {
	if lists == "" {
		return loadRules(dir)
	}
	read, err := readLists(lists)
	if err != nil {
		return nil, fmt.Errorf("lists: %w", err)
	}
	return loadRules(dir, rule.Options{Lists: read})
}

// placed puts the folder before each of the joined faults, which begin with the file's name within it.
func placed(dir string, err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("%s: %w", dir, err)
	}
	var faults []error
	for _, e := range joined.Unwrap() {
		faults = append(faults, fmt.Errorf("%s%c%w", filepath.Clean(dir), filepath.Separator, e))
	}
	return errors.Join(faults...)
}

// TestRules runs the inline tests of the rules of a folder; junit, if not empty, names a file for the results. It
// reports whether all passed.
func TestRules(out io.Writer, dir, lists, junit string) (bool, error) {
	set, err := toolRules(dir, lists)
	if err != nil {
		return false, err
	}
	results, err := detect.RunTests(set, testBatch)
	if err != nil {
		return false, err
	}
	failed := 0
	for _, r := range results {
		if r.Failure != "" {
			failed++
			fmt.Fprintf(out, "%s:%d: FAIL %s: %s\n%s\n", r.File, r.Line, r.Rule, r.Name, r.Failure)
		}
	}
	fmt.Fprintf(out, "%d rules, %d tests, %d failed\n", len(set.Rules), len(results), failed)
	if junit != "" {
		f, err := os.Create(junit)
		if err != nil {
			return false, err
		}
		if err := detect.WriteJUnit(f, results); err != nil {
			f.Close()
			return false, err
		}
		if err := f.Close(); err != nil {
			return false, err
		}
	}
	return failed == 0, nil
}
