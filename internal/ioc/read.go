package ioc

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"time"
)

// Known says whether a file of that name may hold indicators.
func Known(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".csv", ".json":
		return true
	}
	return false
}

// Read reads a file by its name's extension: *.txt a value a line, *.csv a table, *.json a STIX 2.1 bundle or MISP events.
func Read(name string, data []byte) (*File, error) {
	source := strings.TrimSuffix(path.Base(name), path.Ext(name))
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	f := &File{}
	var err error
	switch strings.ToLower(path.Ext(name)) {
	case ".txt":
		err = f.text(data, source)
	case ".csv":
		err = f.table(data, source)
	case ".json":
		err = f.json(data, source)
	default:
		err = errors.New("want *.txt, *.csv or *.json")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

func (f *File) text(data []byte, source string) error {
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		entry := lines.Text()
		if i := strings.Index(entry, " #"); i >= 0 {
			entry = entry[:i]
		}
		if entry = strings.TrimSpace(entry); entry != "" && entry[0] != '#' && entry[0] != ';' {
			f.add("", entry, source, time.Time{})
		}
	}
	return lines.Err()
}

// The names under which tables have their columns.
var columns = map[string][]string{
	"value":  {"value", "indicator", "ioc", "ioc_value", "observable", "ip", "ip_address", "dst_ip", "domain", "host", "hostname", "url", "sha256_hash", "sha256", "sha1_hash", "sha1", "md5_hash", "md5", "hash"},
	"until":  {"valid_until", "expires", "expiration", "expiration_date", "until"},
	"source": {"source", "feed", "provider", "reporter"},
}

func (f *File) table(data []byte, source string) error {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comment, r.TrimLeadingSpace, r.FieldsPerRecord, r.LazyQuotes = '#', true, -1, true
	if head, _, _ := bytes.Cut(data, []byte("\n")); !bytes.Contains(head, []byte(",")) && bytes.Contains(head, []byte(";")) {
		r.Comma = ';'
	}
	at := map[string]int{"value": 0, "until": -1, "source": -1}
	for n := 0; ; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n == 0 && heads(row, at) {
			continue
		}
		cell := func(name string) string {
			if i := at[name]; i >= 0 && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		until, err := moment(cell("until"))
		if err != nil {
			f.skip("%.80q: %v", cell("value"), err)
			continue
		}
		from := source
		if s := cell("source"); s != "" && len(s) < 200 {
			from = s
		}
		if v := cell("value"); v != "" {
			f.add("", v, from, until)
		}
	}
}

// heads finds the columns by their names; false if row is none of heads.
func heads(row []string, at map[string]int) bool {
	found := false
	for what, names := range columns {
		for _, name := range names {
			for i, h := range row {
				if strings.EqualFold(strings.TrimSpace(h), name) && (what != "value" || !found) {
					at[what], found = i, found || what == "value"
				}
			}
		}
	}
	return found
}

func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no time", s)
}

// json tells STIX from MISP.
func (f *File) json(data []byte, source string) error {
	var doc struct {
		Type     string `json:"type"`
		Objects  []stixObject
		Event    *mispEvent
		Response []struct{ Event mispEvent }
	}
	if len(bytes.TrimSpace(data)) > 0 && bytes.TrimSpace(data)[0] == '[' {
		if err := json.Unmarshal(data, &doc.Response); err != nil {
			return err
		}
	} else if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	switch {
	case doc.Type == "bundle":
		for _, o := range doc.Objects {
			f.stix(o, source)
		}
	case doc.Event != nil:
		f.misp(doc.Event, source)
	case len(doc.Response) > 0:
		for i := range doc.Response {
			f.misp(&doc.Response[i].Event, source)
		}
	default:
		return errors.New("neither a STIX 2.1 bundle nor MISP events")
	}
	return nil
}

type stixObject struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Pattern     string `json:"pattern"`
	PatternType string `json:"pattern_type"`
	ValidUntil  string `json:"valid_until"`
	Revoked     bool   `json:"revoked"`
}

var (
	comparison = regexp.MustCompile(`(ipv4-addr|ipv6-addr|domain-name|url|file):(value|hashes\.(?:'[A-Za-z0-9-]+'|"[A-Za-z0-9-]+"|[A-Za-z0-9-]+))\s*=\s*'((?:[^'\\]|\\.)*)'`)
	stixKinds  = map[string]Kind{"ipv4-addr": IP, "ipv6-addr": IP, "domain-name": Domain, "url": URL, "file": Hash}
	stixGlue   = regexp.MustCompile(`^[\s\[\]()]*(OR[\s\[\]()]*)*$`)
	stixEscape = regexp.MustCompile(`\\(.)`)
)

// stix takes an indicator whose pattern is comparisons of which any will do: a value alone proves nothing of the others.
func (f *File) stix(o stixObject, source string) {
	if o.Type != "indicator" || o.Revoked {
		return
	}
	if o.PatternType != "" && o.PatternType != "stix" {
		f.skip("%.80q: a pattern of type %.20q", o.Name, o.PatternType)
		return
	}
	until, err := moment(o.ValidUntil)
	if err != nil {
		f.skip("%.80q: valid_until: %v", o.Name, err)
		return
	}
	found := comparison.FindAllStringSubmatch(o.Pattern, -1)
	if len(found) == 0 || !stixGlue.MatchString(comparison.ReplaceAllString(o.Pattern, "")) {
		f.skip("%.120q: the pattern asks for more than one of some values", o.Pattern)
		return
	}
	for _, m := range found {
		f.add(stixKinds[m[1]], stixEscape.ReplaceAllString(m[3], "$1"), source, until)
	}
}

type mispEvent struct {
	Info      string
	Orgc      struct{ Name string }
	Attribute []mispAttribute
	Object    []struct{ Attribute []mispAttribute }
}

type mispAttribute struct {
	Type    string `json:"type"`
	Value   string `json:"value"`
	ToIDS   *bool  `json:"to_ids"`
	Deleted bool   `json:"deleted"`
}

var mispKinds = map[string]Kind{"ip-src": IP, "ip-dst": IP, "ip-src|port": IP, "ip-dst|port": IP, "domain": Domain, "hostname": Domain, "url": URL,
	"md5": Hash, "sha1": Hash, "sha256": Hash, "sha512": Hash, "filename|md5": Hash, "filename|sha1": Hash, "filename|sha256": Hash, "filename|sha512": Hash}

func (f *File) misp(e *mispEvent, source string) {
	if e.Orgc.Name != "" && len(e.Orgc.Name) < 200 {
		source = e.Orgc.Name
	}
	attributes := e.Attribute
	for _, o := range e.Object {
		attributes = append(attributes, o.Attribute...)
	}
	for _, a := range attributes {
		if a.Deleted || a.ToIDS != nil && !*a.ToIDS {
			continue // context, not meant to be looked for
		}
		if a.Type == "domain|ip" {
			d, ip, _ := strings.Cut(a.Value, "|")
			f.add(Domain, d, source, time.Time{})
			f.add(IP, ip, source, time.Time{})
			continue
		}
		k, known := mispKinds[a.Type]
		if !known {
			f.skip("%.80q: an attribute of type %.40q", a.Value, a.Type)
			continue
		}
		v := a.Value
		if before, after, two := strings.Cut(v, "|"); two {
			if v = before; strings.HasPrefix(a.Type, "filename|") {
				v = after
			}
		}
		f.add(k, v, source, time.Time{})
	}
}
