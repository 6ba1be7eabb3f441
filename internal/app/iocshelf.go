package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"watchpost/internal/ioc"
	"watchpost/internal/web"
)

// iocShelf is the folder of indicators, as far as the API changes it.
type iocShelf struct {
	folder string
	takeUp func() // into use, what was written
	mu     sync.Mutex
}

// has says whether the folder holds a file of indicators of that name: names that come from elsewhere make no paths.
func (s *iocShelf) has(name string) bool {
	entries, err := os.ReadDir(s.folder)
	for _, e := range entries {
		if err == nil && e.Name() == name && !e.IsDir() && !strings.HasPrefix(name, ".") && ioc.Known(name) {
			return true
		}
	}
	return false
}

// IOCList implements web.Past.
func (p *past) IOCList(ctx context.Context, name, contains string, limit int) (*web.IOCList, error) {
	if !p.shelf.has(name) {
		return nil, fmt.Errorf("%.80q: %w", name, web.ErrNotFound)
	}
	out := &web.IOCList{Name: name, Indicators: []web.Indicator{}}
	f, err := readIOCFile(p.shelf.folder, name)
	if err != nil {
		return out, nil // what is wrong with the file stands in the list of files
	}
	want, now := strings.ToLower(contains), time.Now()
	values := map[ioc.Kind][]string{}
	for _, i := range f.Indicators {
		if !strings.Contains(strings.ToLower(i.Value), want) {
			continue
		}
		if out.Total++; len(out.Indicators) >= limit {
			continue
		}
		shown := web.Indicator{Kind: string(i.Kind), Value: i.Value, Source: i.Source}
		if !i.Until.IsZero() {
			until := i.Until.UTC()
			shown.Until, shown.Expired = &until, !now.Before(until)
		}
		out.Indicators = append(out.Indicators, shown)
		values[i.Kind] = append(values[i.Kind], i.Value)
	}
	for kind, list := range values {
		done, err := p.store.Searched(ctx, string(kind), list)
		if err != nil {
			return nil, err
		}
		for n, i := range out.Indicators {
			if i.Kind == string(kind) {
				out.Indicators[n].Searched = done[i.Value] && (kind != ioc.IP || !strings.Contains(i.Value, "/"))
			}
		}
	}
	return out, nil
}

// PutIOCs implements web.Past.
func (p *past) PutIOCs(name, text string, add bool) (*web.IOCFile, error) {
	s := p.shelf
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh, err := ioc.Read(name, []byte(text))
	if err != nil {
		return nil, &web.Fault{Err: err}
	}
	if len(fresh.Indicators) == 0 {
		why := "it is empty"
		if fresh.Skipped > 0 {
			why = fmt.Sprintf("%d entries are none, such as %s", fresh.Skipped, fresh.Example)
		}
		return nil, &web.Fault{Err: errors.New("text: there is no indicator in it: " + why)}
	}
	data := []byte(text)
	if add {
		had, err := readBounded(filepath.Join(s.folder, name), ioc.MaxFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if len(had) > 0 {
			data = append(append(bytes.TrimRight(had, "\n"), '\n'), data...)
		}
		if len(data) > ioc.MaxFile {
			return nil, &web.Fault{Err: fmt.Errorf("text: the file would have more than %d bytes", ioc.MaxFile)}
		}
	}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return nil, err
	}
	if err := replaceFile(filepath.Join(s.folder, name), data, 0o600); err != nil {
		return nil, err
	}
	s.takeUp()
	for _, f := range p.IOCs().Files {
		if f.Name == name && f.Fault == "" {
			return &f, nil
		}
	}
	return nil, fmt.Errorf("%s is written, but was not taken into use: the log says why", name)
}

// DeleteIOCs implements web.Past.
func (p *past) DeleteIOCs(name string) error {
	s := p.shelf
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.has(name) {
		return fmt.Errorf("%.80q: %w", name, web.ErrNotFound)
	}
	if err := os.Remove(filepath.Join(s.folder, name)); err != nil {
		return err
	}
	s.takeUp()
	return nil
}
