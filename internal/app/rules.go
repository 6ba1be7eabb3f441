package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

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
	for i := range set.Unread {
		set.Unread[i].File = filepath.Join(dir, set.Unread[i].File)
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

// RuleTest runs the inline tests of the rules of a folder.
type RuleTest struct {
	Dir, Lists string
	JUnit      string // file for the results as XML; "" for none
	Verbose    bool   // show the tests that pass, too
}

// Run reports whether all passed.
func (t RuleTest) Run(out io.Writer, now func() time.Time) (bool, error) {
	set, err := toolRules(t.Dir, t.Lists)
	if err != nil {
		return false, err
	}
	results, err := detect.RunTests(set, testBatch, now)
	if err != nil {
		return false, err
	}
	failed := 0
	for _, r := range results {
		switch {
		case r.Failure != "":
			failed++
			fmt.Fprintf(out, "%s:%d: FAIL %s: %s\n%s\n", r.File, r.Line, r.Rule, r.Name, r.Failure)
		case t.Verbose:
			fmt.Fprintf(out, "%s:%d: pass %s: %s (%s, %d alerts)\n", r.File, r.Line, r.Rule, r.Name, r.Took.Round(10*time.Microsecond), len(r.Alerts))
		}
	}
	fmt.Fprintf(out, "%d rules, %d tests, %d failed\n", len(set.Rules), len(results), failed)
	if t.JUnit != "" {
		err = writeFile(t.JUnit, func(w io.Writer) error { return detect.WriteJUnit(w, results) })
	}
	return failed == 0 && err == nil, err
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
