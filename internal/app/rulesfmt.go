package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"watchpost/internal/rule"
)

// RuleFormat puts files of rules into their canonical form.
type RuleFormat struct {
	Paths []string // files and folders; - is in
	Write bool     // in place; names of changed files go to out
	Diff  bool     // show what would change
}

// Run reports whether all files were in canonical form already. Faults of files are joined; the other files are formatted all the same.
func (f RuleFormat) Run(in io.Reader, out io.Writer) (clean bool, err error) {
	var errs []error
	clean = true
	for _, name := range f.files(&errs) {
		src, err := readRules(name, in)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		formatted, err := rule.Format(name, src)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		same := bytes.Equal(src, formatted)
		clean = clean && same
		if err := f.show(out, name, src, formatted, same); err != nil {
			errs = append(errs, err)
		}
	}
	return clean, errors.Join(errs...)
}

func (f RuleFormat) show(out io.Writer, name string, src, formatted []byte, same bool) error {
	switch {
	case f.Diff && !same:
		if _, err := io.WriteString(out, unified(name, string(src), string(formatted))); err != nil {
			return err
		}
	case !f.Diff && !f.Write:
		_, err := out.Write(formatted)
		return err
	}
	if !f.Write || same || name == "-" {
		return nil
	}
	if !f.Diff {
		fmt.Fprintln(out, name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return replaceFile(name, formatted, info.Mode().Perm())
}

// replaceFile writes a file so that at no moment half of it is seen, whatever was there before.
func replaceFile(name string, content []byte, mode fs.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// files lists the files, those of folders by name.
func (f RuleFormat) files(errs *[]error) (out []string) {
	for _, p := range f.Paths {
		if p == "-" {
			out = append(out, p)
			continue
		}
		err := filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if ext := filepath.Ext(name); err == nil && !d.IsDir() && (name == p || ext == ".yaml" || ext == ".yml") {
				out = append(out, name)
			}
			return err
		})
		if err != nil {
			*errs = append(*errs, err)
		}
	}
	return out
}

func readRules(name string, in io.Reader) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, rule.MaxListFile+1)) // Format says that it is too long
}

// unified gives the difference of two texts in the form of diff -u, with all lines between the first and the last change as one hunk.
func unified(name, a, b string) string {
	x, y := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	x, y = dropEmpty(x), dropEmpty(y)
	const around = 3
	start := 0
	for start < len(x) && start < len(y) && x[start] == y[start] {
		start++
	}
	endX, endY := len(x), len(y)
	for endX > start && endY > start && x[endX-1] == y[endY-1] {
		endX, endY = endX-1, endY-1
	}
	from := max(0, start-around)
	tail := min(around, len(x)-endX)
	var w strings.Builder
	fmt.Fprintf(&w, "--- %s\n+++ %s\n@@ -%d,%d +%d,%d @@\n", name, name, from+1, endX+tail-from, from+1, endY+tail-from)
	line := func(mark, l string) {
		w.WriteString(mark + strings.TrimSuffix(l, "\n") + "\n")
		if !strings.HasSuffix(l, "\n") {
			w.WriteString("\\ No newline at end of file\n")
		}
	}
	for _, l := range x[from:start] {
		line(" ", l)
	}
	for _, c := range changes(x[start:endX], y[start:endY]) {
		line(c[:1], c[1:])
	}
	for _, l := range x[endX : endX+tail] {
		line(" ", l)
	}
	return w.String()
}

func dropEmpty(lines []string) []string {
	if n := len(lines); n > 0 && lines[n-1] == "" {
		return lines[:n-1]
	}
	return lines
}

// maxTable bounds the lines that are compared each with each.
const maxTable = 4 << 20

// changes gives the lines of x and y, each behind "-", "+" or " ", by their longest common subsequence.
func changes(x, y []string) (out []string) {
	if len(x)*len(y) > maxTable {
		for _, l := range x {
			out = append(out, "-"+l)
		}
		for _, l := range y {
			out = append(out, "+"+l)
		}
		return out
	}
	width := len(y) + 1
	common := make([]int32, (len(x)+1)*width)
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				common[i*width+j] = common[(i+1)*width+j+1] + 1
			} else {
				common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			out = append(out, " "+x[i])
			i, j = i+1, j+1
		case i < len(x) && (j == len(y) || common[(i+1)*width+j] >= common[i*width+j+1]):
			out = append(out, "-"+x[i])
			i++
		default:
			out = append(out, "+"+y[j])
			j++
		}
	}
	return out
}
