package web

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// IOCs tells which indicators of compromise are looked for.
type IOCs struct {
	Kinds map[string]int `json:"kinds"` // indicators in use, each once
	Files []IOCFile      `json:"files"`
}

// IOCFile is a file of indicators.
type IOCFile struct {
	Name    string         `json:"name"`
	Kinds   map[string]int `json:"kinds"`
	Sources []string       `json:"sources"`
	Expired int            `json:"expired"`
	Skipped int            `json:"skipped"`           // entries that cannot be looked for
	Example string         `json:"example,omitempty"` // of a skipped one, and why
	LeftOut int            `json:"left_out"`          // there were too many
	Fault   string         `json:"fault,omitempty"`   // why nothing of it is used
}

// IOCList is some of the indicators of a file.
type IOCList struct {
	Name       string      `json:"name"`
	Total      int         `json:"total"` // that the file holds and that contain what was asked for
	Indicators []Indicator `json:"indicators"`
}

// Indicator is one of a file.
type Indicator struct {
	Kind     string     `json:"kind"`
	Value    string     `json:"value"`
	Source   string     `json:"source"`
	Until    *time.Time `json:"until,omitempty"`
	Expired  bool       `json:"expired"`
	Searched bool       `json:"searched"` // the stored past was searched for it; networks never are
}

// Bounds of what is asked of, and written into, files of indicators. Larger files come as files.
const (
	maxIOCText = 16 << 20
	maxIOCList = 1000
)

// iocName is what a file is called that is written here. Those that others put into the folder may be called otherwise.
var iocName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,59}\.(txt|csv|json)$`)

func (s *Server) iocs(w http.ResponseWriter, _ *http.Request) { answer(w, s.desk.IOCs()) }

func (s *Server) iocList(w http.ResponseWriter, r *http.Request) {
	limit := 200
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxIOCList {
			problem(w, http.StatusBadRequest, fmt.Sprintf("limit: %.20q: want 1 to %d", text, maxIOCList), nil)
			return
		}
		limit = n
	}
	out, err := s.desk.IOCList(r.Context(), r.PathValue("name"), r.URL.Query().Get("contains"), limit)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, out)
}

// putIOCs writes a file of indicators. They are looked for in what all tenants have, so that it takes who sees all.
func (s *Server) putIOCs(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text string `json:"text"`
		Add  bool   `json:"add"` // to what the file holds; of *.txt only
	}
	// A character takes up to six bytes in JSON.
	if !readMost(w, r, &in, 6*maxIOCText+maxBody) {
		return
	}
	name := r.PathValue("name")
	var err error
	if !iocName.MatchString(name) {
		err = fmt.Errorf("name: %.80q: want small letters, digits, - and _, and .txt, .csv or .json behind", name)
	} else if in.Add && name[len(name)-4:] != ".txt" {
		err = errors.New("add: goes with *.txt only: what other files hold is replaced as a whole")
	}
	if len(in.Text) > maxIOCText {
		err = errors.Join(err, fmt.Errorf("text: more than %d MiB: put the file into the folder of indicators", maxIOCText>>20))
	}
	if err != nil {
		refuse(w, err)
		return
	}
	out, err := s.desk.PutIOCs(name, in.Text, in.Add)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	s.audit(r, "iocs.write", map[string]any{"name": name, "add": in.Add, "kinds": out.Kinds, "skipped": out.Skipped})
	answer(w, out)
}

func (s *Server) deleteIOCs(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if err := s.desk.DeleteIOCs(name); err != nil {
		s.wrong(w, r, err)
		return
	}
	s.audit(r, "iocs.delete", map[string]any{"name": name})
	w.WriteHeader(http.StatusNoContent)
}
