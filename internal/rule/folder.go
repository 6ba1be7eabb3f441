package rule

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// MaxFiles bounds the files of a folder.
const MaxFiles = 50_000

// folder finds the files of a folder.
type folder struct {
	fsys   fs.FS
	above  []fs.FileInfo // folders in which the one at hand lies
	files  []string      // *.yaml and *.yml
	others []string      // whose place says that they are meant to be read, though they are not
	errs   []error
}

// maxFolders bounds how deep folders lie in each other.
const maxFolders = 32

// walk reads dir and the folders in it, those behind links included. What is hidden, as .git is, and as the folder is in which Kubernetes keeps
// the files of a ConfigMap that links point to, is left out.
func (f *folder) walk(dir string) {
	info, err := fs.Stat(f.fsys, dir)
	var entries []fs.DirEntry
	if err == nil {
		entries, err = fs.ReadDir(f.fsys, dir)
	}
	switch {
	case err != nil:
		f.errs = append(f.errs, err)
		return
	case slices.ContainsFunc(f.above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }):
		f.errs = append(f.errs, fmt.Errorf("%s: the link leads back to a folder above it", dir))
		return
	case len(f.above) > maxFolders:
		f.errs = append(f.errs, fmt.Errorf("%s: more than %d folders in each other", dir, maxFolders))
		return
	}
	f.above = append(f.above, info)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		f.entry(path.Join(dir, e.Name()), e)
	}
	f.above = f.above[:len(f.above)-1]
}

func (f *folder) entry(name string, e fs.DirEntry) {
	yaml := false
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml":
		yaml = true
	}
	mode := e.Type()
	if mode&fs.ModeSymlink != 0 {
		info, err := fs.Stat(f.fsys, name)
		switch {
		case err == nil:
			mode = info.Mode()
		case yaml:
			f.errs = append(f.errs, err)
			return
		}
	}
	switch {
	case mode.IsDir():
		f.walk(name)
	case yaml && len(f.files) < MaxFiles:
		f.files = append(f.files, name)
	case yaml && len(f.files) == MaxFiles:
		f.files = append(f.files, name)
		f.errs = append(f.errs, fmt.Errorf("more than %d files", MaxFiles))
	case !yaml && mode.IsRegular() && path.Ext(name) != ".md" && (kindOf(name) != ruleFile || strings.Contains(strings.ToLower(name), ".yaml") || strings.Contains(strings.ToLower(name), ".yml")):
		f.others = append(f.others, name)
	}
}

// readFile reads a regular file of at most so many bytes.
func readFile(fsys fs.FS, name string, most int64) ([]byte, error) {
	if info, err := fs.Stat(fsys, name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() { // a pipe would be waited for
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("no regular file")}
	}
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	src, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(src)) > most {
		err = fmt.Errorf("%s: more than %d bytes are too many", name, most)
	}
	return src, err
}
