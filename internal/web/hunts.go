package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"watchpost/internal/hunt"
)

// huntBody is what a saved hunt holds.
type huntBody struct {
	Name        string           `json:"name"`
	Query       string           `json:"query"` // template: parameters stand as ${name}
	From        string           `json:"from"`
	To          string           `json:"to"`
	Fields      []string         `json:"fields"`
	Columns     []string         `json:"columns"`
	Params      []hunt.Parameter `json:"params"`
	Description string           `json:"description"`
	Attack      []string         `json:"attack"`
	Shared      bool             `json:"shared"`
}

// huntJSON is a saved hunt as the API gives it.
type huntJSON struct {
	ID      string    `json:"id"`
	Tenant  string    `json:"tenant"`
	Owner   string    `json:"owner"`
	Version uint32    `json:"version"`
	Changed time.Time `json:"changed"`
	huntBody
}

var attackID = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)

func (h *huntBody) check(now time.Time) error {
	faults := []error{hunt.CheckTemplate(h.Query, h.Params)}
	if h.Name == "" || len(h.Name) > 200 {
		faults = append(faults, errors.New("name: want 1 to 200 bytes"))
	}
	if len(h.Description) > 16<<10 {
		faults = append(faults, errors.New("description: more than 16 KiB"))
	}
	for key, text := range map[string]string{"from": h.From, "to": h.To} {
		if _, err := hunt.ParseTime(text, now); err != nil && text != "" {
			faults = append(faults, fmt.Errorf("%s: %w", key, err))
		}
	}
	for key, list := range map[string][]string{"fields": h.Fields, "columns": h.Columns, "attack": h.Attack} {
		if len(list) > 100 {
			faults = append(faults, fmt.Errorf("%s: %d, at most 100", key, len(list)))
		}
		for _, v := range list {
			if len(v) > 200 || key == "attack" && !attackID.MatchString(v) {
				faults = append(faults, fmt.Errorf("%s: %.40q is none", key, v))
			}
		}
	}
	h.Fields, h.Columns, h.Attack, h.Params = append([]string{}, h.Fields...), append([]string{}, h.Columns...), append([]string{}, h.Attack...), append([]hunt.Parameter{}, h.Params...)
	return errors.Join(faults...)
}

func showHunt(o Object) (huntJSON, error) {
	h := huntJSON{ID: o.ID, Tenant: o.Tenant, Owner: o.Owner, Version: o.Version, Changed: o.Time}
	err := json.Unmarshal(o.Body, &h.huntBody)
	h.Shared = o.Shared
	return h, err
}

// hiddenFrom says which hunts are not for the caller: others' that are not shared.
func hiddenFrom(r *http.Request) func(Object) bool {
	user := principalOf(r).User
	return func(o Object) bool { return !o.Shared && o.Owner != user }
}

func (s *Server) savedHunts(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.Objects(r.Context(), principalOf(r).Tenants, kindHunt, "", "", false)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	out, hidden := []huntJSON{}, hiddenFrom(r)
	for _, o := range list {
		if hidden(o) {
			continue
		}
		h, err := showHunt(o)
		if err != nil {
			s.wrong(w, r, err)
			return
		}
		out = append(out, h)
	}
	answer(w, map[string]any{"hunts": out})
}

func (s *Server) addHunt(w http.ResponseWriter, r *http.Request) {
	var in struct {
		huntBody
		Tenant string `json:"tenant"`
	}
	if !read(w, r, &in) {
		return
	}
	tenant, err := tenantOf(r, in.Tenant)
	if err := errors.Join(err, in.check(s.now())); err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	s.writeHunt(w, r, Object{Tenant: tenant, Kind: kindHunt, ID: newID(), Owner: principalOf(r).User}, in.huntBody)
}

func (s *Server) writeHunt(w http.ResponseWriter, r *http.Request, o Object, body huntBody) {
	o.Shared = body.Shared
	o, err := s.next(r, o, body)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	s.audit(r, "hunt.save", map[string]any{"hunt": o.ID, "version": o.Version, "name": body.Name, "shared": body.Shared})
	h, err := showHunt(o)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, h)
}

func (s *Server) hunt(w http.ResponseWriter, r *http.Request) {
	o, err := s.one(r, kindHunt, "", r.PathValue("id"), hiddenFrom(r))
	h, bad := showHunt(o)
	switch {
	case err != nil:
		s.wrong(w, r, err)
	case bad != nil:
		s.wrong(w, r, bad)
	default:
		answer(w, h)
	}
}

// ownHunt gives a hunt that the caller may change: only its owner may.
func (s *Server) ownHunt(w http.ResponseWriter, r *http.Request) (Object, bool) {
	o, err := s.one(r, kindHunt, "", r.PathValue("id"), hiddenFrom(r))
	if err == nil && o.Owner != principalOf(r).User {
		problem(w, http.StatusForbidden, "it is "+o.Owner+"'s: save a copy", nil)
		return o, false
	}
	if err != nil {
		s.wrong(w, r, err)
	}
	return o, err == nil
}

func (s *Server) putHunt(w http.ResponseWriter, r *http.Request) {
	var in struct {
		huntBody
		Version uint32 `json:"version"` // that was seen; 0: whichever
	}
	if !read(w, r, &in) {
		return
	}
	if err := in.check(s.now()); err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	o, ok := s.ownHunt(w, r)
	if !ok {
		return
	}
	if err := o.seen(in.Version); err != nil {
		s.wrong(w, r, err)
		return
	}
	s.writeHunt(w, r, o, in.huntBody)
}

func (s *Server) deleteHunt(w http.ResponseWriter, r *http.Request) {
	o, ok := s.ownHunt(w, r)
	if !ok {
		return
	}
	s.remove(w, r, o, nil, "hunt.delete", map[string]any{"hunt": o.ID})
}

// askHunt gives the search that a saved hunt is, for values. The caller runs it, with the caller's own rights.
func (s *Server) askHunt(w http.ResponseWriter, r *http.Request) {
	s.unaudited(r)
	var in struct {
		Params map[string]string `json:"params"`
	}
	if !read(w, r, &in) {
		return
	}
	o, err := s.one(r, kindHunt, "", r.PathValue("id"), hiddenFrom(r))
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	h, err := showHunt(o)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	query, err := hunt.Fill(h.Query, h.Params, in.Params)
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	answer(w, map[string]any{"query": query, "from": h.From, "to": h.To, "fields": h.Fields, "columns": h.Columns})
}
