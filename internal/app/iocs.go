package app

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchpost/internal/ioc"
	"watchpost/internal/web"
)

// indicators are what the files of the folder iocs hold.
type indicators struct {
	all   []ioc.Indicator
	files []web.IOCFile
}

// readIOCs reads the folder; one that does not exist holds nothing. A file that cannot be read is told of in files and holds up no other:
// feeds come from elsewhere.
func readIOCs(folder string, now time.Time) (*indicators, error) {
	out := &indicators{}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) || folder == "" {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	counts := map[ioc.Kind]int{}
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || !ioc.Known(e.Name()) {
			continue
		}
		file := web.IOCFile{Name: e.Name(), Kinds: map[string]int{}, Sources: []string{}}
		f, err := readIOCFile(folder, e.Name())
		if err != nil {
			if at := (*fs.PathError)(nil); errors.As(err, &at) {
				err = at.Err // the folder is nothing to users
			}
			file.Fault = err.Error()
			out.files = append(out.files, file)
			continue
		}
		file.Skipped, file.Example = f.Skipped, f.Example
		for _, i := range f.Indicators {
			if !i.Until.IsZero() && !now.Before(i.Until) {
				file.Expired++
				continue
			}
			if counts[i.Kind]++; counts[i.Kind] > ioc.MaxIndicators {
				file.LeftOut++
				continue
			}
			file.Kinds[string(i.Kind)]++
			if !slices.Contains(file.Sources, i.Source) && len(file.Sources) < 100 {
				file.Sources = append(file.Sources, i.Source)
			}
			out.all = append(out.all, i)
		}
		out.files = append(out.files, file)
	}
	return out, nil
}

func readIOCFile(folder, name string) (*ioc.File, error) {
	data, err := readBounded(filepath.Join(folder, name), ioc.MaxFile)
	if err != nil {
		return nil, err
	}
	return ioc.Read(name, data)
}

// lists gives the indicators as lists for rules: ioc-ip, ioc-domain, ioc-url and ioc-hash; none where there is no file.
func (in *indicators) lists(now time.Time) map[string][]string {
	if len(in.files) == 0 {
		return nil
	}
	out := map[string][]string{}
	found := ioc.Lists(in.all, now)
	for _, k := range ioc.Kinds {
		out["ioc-"+string(k)] = found[k]
	}
	return out
}

// iocFields are the fields in which an indicator of a kind is looked for in the past.
var iocFields = map[ioc.Kind][]string{
	ioc.IP:     {"source.ip", "destination.ip"},
	ioc.Domain: {"dns.question.name", "url.domain", "tls.client.server_name", "destination.domain"},
	ioc.URL:    {"url.full", "url.original"},
	ioc.Hash:   {"process.hash.sha256", "process.hash.sha1", "process.hash.md5", "file.hash.sha256", "file.hash.sha1", "file.hash.md5", "dll.hash.sha256"},
}

// IOCs implements web.Past.
func (p *past) IOCs() web.IOCs {
	out := web.IOCs{Files: []web.IOCFile{}, Kinds: map[string]int{}}
	for _, k := range ioc.Kinds {
		out.Kinds[string(k)] = 0
	}
	in := p.rules.iocs.Load()
	if in == nil {
		return out
	}
	out.Files = append(out.Files, in.files...)
	for k, values := range ioc.Lists(in.all, time.Now()) {
		out.Kinds[string(k)] = len(values)
	}
	slices.SortFunc(out.Files, func(a, b web.IOCFile) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
