package web

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
)

// manifest says what an export held, so that a file can be held to it.
type manifest struct {
	ID       string     `json:"id"`
	Tenants  []string   `json:"tenants"`
	User     string     `json:"user"`
	Query    string     `json:"query"`
	From     time.Time  `json:"from"`
	To       time.Time  `json:"to"`
	Format   string     `json:"format"`
	Fields   []string   `json:"fields"`
	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished,omitempty"`
	Complete bool       `json:"complete"`
	Reason   string     `json:"reason,omitempty"` // why it is not complete
	Rows     uint64     `json:"rows"`
	Bytes    uint64     `json:"bytes"`
	SHA256   string     `json:"sha256"`
}

// The header and the trailers of an export.
const (
	exportID   = "Watchpost-Export-Id"
	exportRows = "Watchpost-Export-Rows"
	exportSum  = "Watchpost-Export-Sha256"
)

// exportTypes are the formats with their content types.
var exportTypes = map[string]string{"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}

// export streams all hits of a search as a file, however many they are; each statement that it takes is within a hunt's budget. What was sent is
// in the trailers, and in the manifest; a stream that breaks off ends without trailers and breaks the connection.
func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Query   string   `json:"query"`
		From    string   `json:"from"`
		To      string   `json:"to"`
		Fields  []string `json:"fields"`
		Format  string   `json:"format"`
		Tenants []string `json:"tenants"`
	}{Format: "ndjson"}
	if !read(w, r, &in) {
		return
	}
	q, err := s.checked(hunt.Search{Query: in.Query, From: in.From, To: in.To, Order: "asc", Fields: in.Fields, Tenants: in.Tenants, Limit: hunt.MaxLimit}, r)
	if exportTypes[in.Format] == "" {
		err = errors.Join(err, fmt.Errorf("format: %.20q: want csv or ndjson", in.Format))
	}
	if err != nil {
		refuse(w, err)
		return
	}
	tenant, err := tenantOf(r, "")
	if len(in.Tenants) > 0 {
		tenant, err = in.Tenants[0], nil
	}
	if err != nil { // of several: kept with the first
		tenant = principalOf(r).Tenants[0]
	}
	m := manifest{ID: newID(), Tenants: principalOf(r).Tenants, User: principalOf(r).User, Query: in.Query, From: time.Unix(0, q.From).UTC(), To: time.Unix(0, q.To).UTC(), Format: in.Format,
		Fields: append([]string{}, in.Fields...), Started: s.now().UTC()}
	if len(in.Tenants) > 0 {
		m.Tenants = in.Tenants
	}
	s.audit(r, "export", map[string]any{"export": m.ID, "query": in.Query, "from": m.From, "to": m.To, "format": m.Format, "tenants": m.Tenants})
	o, err := s.next(r, Object{Tenant: tenant, Kind: kindExport, ID: m.ID, Owner: m.User}, m)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", exportTypes[in.Format])
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="watchpost-%s.%s"`, m.ID, in.Format))
	h.Set("Trailer", exportRows+", "+exportSum)
	h.Set(exportID, m.ID)
	w.WriteHeader(http.StatusOK)
	sum := &summed{w: w, sum: sha256.New()}
	err = s.writeExport(r, sum, q, &m)
	done := s.now().UTC()
	m.Finished, m.Bytes, m.SHA256, m.Complete = &done, sum.n, hex.EncodeToString(sum.sum.Sum(nil)), err == nil
	if err != nil {
		m.Reason = err.Error()
	}
	if _, bad := s.next(r, o, m); bad != nil {
		err = errors.Join(err, fmt.Errorf("manifest: %w", bad))
	}
	if err != nil {
		s.log.Warn("an export broke off", "export", m.ID, "rows", m.Rows, "error", err)
		panic(http.ErrAbortHandler)
	}
	h.Set(exportRows, strconv.FormatUint(m.Rows, 10))
	h.Set(exportSum, m.SHA256)
}

// summed reckons the sum of what goes through it.
type summed struct {
	w   io.Writer
	sum hash.Hash
	n   uint64
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.sum.Write(p[:n])
	s.n += uint64(n)
	return n, err
}

func (s *Server) writeExport(r *http.Request, w io.Writer, q *hunt.Query, m *manifest) error {
	if m.Format == "ndjson" {
		var line []byte
		return s.desk.Export(r.Context(), q, func(e event.Event) error {
			m.Rows++
			line = append(e.AppendJSON(line[:0], q.Show), '\n')
			_, err := w.Write(line)
			return err
		})
	}
	show := q.Show
	if show == nil {
		for f := event.Field(1); f < event.NumFields; f++ {
			show = append(show, f)
		}
	}
	c := csv.NewWriter(w)
	head := make([]string, len(show))
	for i, f := range show {
		head[i] = f.String()
	}
	if err := c.Write(head); err != nil {
		return err
	}
	cells := make([]string, len(show))
	var text []byte
	err := s.desk.Export(r.Context(), q, func(e event.Event) error {
		m.Rows++
		text = e.AppendJSON(text[:0], show)
		var values map[string]any
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.UseNumber()
		if err := d.Decode(&values); err != nil {
			return err
		}
		for i := range cells {
			cells[i] = csvCell(values[head[i]])
		}
		return c.Write(cells)
	})
	c.Flush()
	return errors.Join(err, c.Error())
}

// csvCell gives a value as text that no spreadsheet takes for a formula.
func csvCell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case json.Number:
		return v.String() // a number, -1 too, is no formula
	case string:
		return harmless(v)
	case []any:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = fmt.Sprint(p)
		}
		return harmless(strings.Join(parts, " "))
	case map[string]any:
		b, _ := json.Marshal(v) // of decoded JSON: cannot fail
		return string(b)
	}
	return fmt.Sprint(v)
}

// harmless puts an apostrophe before what a spreadsheet would take for a formula: = + - @, tab, CR, LF, the full-width forms of the signs, and the same behind spaces.
func harmless(s string) string {
	c, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0\u3000\ufeff"))
	if strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", c) && s != "" && c != utf8.RuneError {
		return "'" + s
	}
	return s
}

// exported gives the manifest of an export: to who made it.
func (s *Server) exported(w http.ResponseWriter, r *http.Request) {
	user := principalOf(r).User
	o, err := s.one(r, kindExport, "", r.PathValue("id"), func(o Object) bool { return o.Owner != user })
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, o.Body)
}
