package web

import "net/http"

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

func (s *Server) iocs(w http.ResponseWriter, _ *http.Request) { answer(w, s.desk.IOCs()) }
