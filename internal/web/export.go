package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"watchpost/internal/audit"
	"watchpost/internal/export"
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
	Rows     uint64     `json:"rows"`             // that were written, also if it is not complete
	Bytes    uint64     `json:"bytes"`            // that were sent
	SHA256   string     `json:"sha256"`
}

// The header and the trailers of an export.
const (
	exportID   = "Watchpost-Export-Id"
	exportRows = "Watchpost-Export-Rows"
	exportSum  = "Watchpost-Export-Sha256"
)

// manifestTime is how long an export that has ended may take to say so: its client may be gone by then.
const manifestTime = 10 * time.Second

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
	if export.Types[in.Format] == "" {
		err = errors.Join(err, fmt.Errorf("format: %.20q: want csv, ndjson or parquet", in.Format))
	}
	if err == nil && q.Pipe != nil {
		err = hunt.ErrTable
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
		tenant = append(slices.Clip(principalOf(r).Tenants), "default")[0] // of all tenants, before there is one: nowhere else
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
	h.Set("Content-Type", export.Types[in.Format])
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="watchpost-%s.%s"`, m.ID, in.Format))
	h.Set("Trailer", exportRows+", "+exportSum)
	h.Set(exportID, m.ID)
	w.WriteHeader(http.StatusOK)
	sum := &summed{w: w, sum: sha256.New()}
	m.Rows, err = s.writeExport(r.Context(), sum, q, in.Format)
	done := s.now().UTC()
	m.Finished, m.Bytes, m.SHA256, m.Complete = &done, sum.n, hex.EncodeToString(sum.sum.Sum(nil)), err == nil
	outcome := audit.OK
	if err != nil {
		outcome = audit.Failed
		switch cause := context.Cause(r.Context()); {
		case errors.Is(cause, errEnded):
			m.Reason = cause.Error()
		case cause != nil:
			m.Reason = "the client went away"
		default:
			m.Reason = TroubleOf(s.log.With("export", m.ID), "an export broke off", err).Error()
		}
	}
	s.record(r, principalOf(r), "export.end", outcome, map[string]any{"export": m.ID, "rows": m.Rows, "bytes": m.Bytes, "sha256": m.SHA256, "complete": m.Complete, "reason": m.Reason})
	late, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), manifestTime)
	defer cancel()
	if _, bad := s.next(r.WithContext(late), o, m); bad != nil {
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

// writeExport writes all hits, and says how many of them are written however it ends.
func (s *Server) writeExport(ctx context.Context, w io.Writer, q *hunt.Query, format string) (rows uint64, err error) {
	file, err := export.New(format, w, q.Show)
	if err != nil {
		return 0, err
	}
	if err = s.desk.Export(ctx, q, file.Write); err == nil {
		err = file.Close()
	}
	return file.Rows(), err
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
