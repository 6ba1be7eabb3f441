package app

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchpost/internal/config"
	"watchpost/internal/rule"
)

// configuredRules reads the rules, lists and indicators that c names.
func configuredRules(c config.Config) (*rule.Set, error) {
	set, _, err := configuredSet(c)
	return set, err
}

// configuredSet is configuredRules with the indicators beside.
func configuredSet(c config.Config) (*rule.Set, *indicators, error) {
	lists, err := readLists(c.Lists)
	if err != nil {
		return nil, nil, fmt.Errorf("lists: %w", err)
	}
	now := time.Now()
	in, err := readIOCs(c.IOCs, now)
	if err != nil {
		return nil, nil, fmt.Errorf("iocs: %w", err)
	}
	for name, entries := range in.lists(now) {
		if _, named := lists[name]; named {
			continue // who names a list so wants it so
		}
		if lists == nil {
			lists = map[string][]string{}
		}
		lists[name] = entries
	}
	set, err := loadRules(c.Rules, rule.Options{Lists: lists})
	return set, in, err
}

// maxListFile bounds a file of a list or a table; one of YAML may have rule.MaxListFile.
const maxListFile = 16 << 20

// maxColumn bounds the different values of a column of a table that become lists of their own.
const maxColumn = 1000

// readLists reads the lists of a folder, each from one file and named like it:
//
//   - NAME.txt: an entry a line, # before remarks;
//   - NAME.yaml: entries, as the lists of a folder of rules are written;
//   - NAME.csv: a table with a line of heads. The first column holds the entries of NAME, and each value V of
//     another column C makes a list NAME.C=V of the entries beside which it stands: assets.criticality=high.
//
// A folder that does not exist holds none.
func readLists(folder string) (map[string][]string, error) {
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) || folder == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	var faults []error
	for _, f := range files {
		ext := filepath.Ext(f.Name())
		read, ok := listReaders[strings.ToLower(ext)]
		if !ok || f.IsDir() || strings.HasPrefix(f.Name(), ".") {
			continue
		}
		path := filepath.Join(folder, f.Name())
		data, err := readBounded(path, maxListFile)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		name := strings.TrimSuffix(f.Name(), ext)
		found := map[string][]string{}
		if err := read(found, name, data); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", path, err))
		}
		for name, entries := range found {
			if _, twice := all[name]; twice {
				faults = append(faults, fmt.Errorf("%s: list %q stands in another file too", path, name))
			}
			all[name] = entries
		}
	}
	return all, errors.Join(faults...)
}

var listReaders = map[string]func(to map[string][]string, name string, data []byte) error{
	".txt": readPlainList, ".yaml": readYAMLList, ".yml": readYAMLList, ".csv": readTable,
}

func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s: more than %d bytes", path, most)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), err
}

func readPlainList(to map[string][]string, name string, data []byte) error {
	to[name] = nil
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		entry, _, _ := strings.Cut(lines.Text(), "#")
		if entry = strings.TrimSpace(entry); entry != "" {
			to[name] = append(to[name], entry)
		}
	}
	return lines.Err()
}

func readYAMLList(to map[string][]string, name string, data []byte) error {
	list, err := rule.ReadList("list", name, data)
	switch {
	case err != nil:
		return err
	case list.Name != name:
		return fmt.Errorf("name: %q, but the file is %s's", list.Name, name)
	}
	to[name] = list.Entries
	return nil
}

func readTable(to map[string][]string, name string, data []byte) error {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comment, r.TrimLeadingSpace, r.Comma = '#', true, separator(data)
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return errors.New("the line of heads is missing")
	}
	to[name] = nil
	values := make([]int, len(head)) // different ones, by column
	for err == nil {
		var row []string
		if row, err = r.Read(); err != nil {
			break
		}
		entry := strings.TrimSpace(row[0])
		if entry == "" {
			continue
		}
		to[name] = append(to[name], entry)
		for i, v := range row[1:] {
			v = strings.TrimSpace(v)
			if v == "" || values[i+1] > maxColumn {
				continue
			}
			derived := name + "." + strings.TrimSpace(head[i+1]) + "=" + v
			if _, known := to[derived]; !known {
				if values[i+1]++; values[i+1] > maxColumn { // a column of remarks: no lists
					prefix := name + "." + strings.TrimSpace(head[i+1]) + "="
					for key := range to {
						if strings.HasPrefix(key, prefix) {
							delete(to, key)
						}
					}
					continue
				}
			}
			to[derived] = append(to[derived], entry)
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// separator gives what stands between the columns of a table: a comma, or what programs write in countries where that is a decimal point.
func separator(data []byte) rune {
	for head := range bytes.Lines(data) {
		if head = bytes.TrimSpace(head); len(head) == 0 || head[0] == '#' {
			continue
		}
		for _, sep := range ";\t" {
			if !bytes.ContainsRune(head, ',') && bytes.ContainsRune(head, sep) {
				return sep
			}
		}
		break
	}
	return ','
}

// folderState tells whether anything in folders changed: the names, sizes and times of their files.
func folderState(folders ...string) string {
	var out strings.Builder
	for _, folder := range folders {
		files, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintln(&out, folder, err)
		}
		slices.SortFunc(files, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, f := range files {
			if info, err := f.Info(); err == nil {
				fmt.Fprintln(&out, folder, f.Name(), info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return out.String()
}
