package web

import (
	"fmt"
	"net/http"
	"strings"

	"watchpost/internal/attack"
)

// Technique is a technique of ATT&CK with the rules that look for it.
type Technique struct {
	ID    string // T1110 or T1110.001
	Rules []string
}

// coverage answers with a layer for the ATT&CK Navigator, format 4.5: the score of a technique is how many rules in use look for it.
func (s *Server) coverage(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.Coverage(r.Context())
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	type metadata struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	type technique struct {
		ID      string `json:"techniqueID"`
		Score   int    `json:"score"`
		Comment string `json:"comment"`
		Enabled bool   `json:"enabled"`
		// What the Navigator shows beside the score; it is the format's own place for more.
		Metadata []metadata `json:"metadata,omitempty"`
	}
	techniques, most := []technique{}, 1
	for _, t := range list {
		var more []metadata
		if known, ok := attack.Of(t.ID); ok {
			more = append(more, metadata{"name", known.Name}, metadata{"tactics", strings.Join(known.Tactics, ", ")})
			if known.Gone != "" {
				more = append(more, metadata{"in ATT&CK " + attack.Version, known.Gone})
			}
		}
		techniques = append(techniques, technique{t.ID, len(t.Rules), strings.Join(t.Rules, "\n"), true, more})
		most = max(most, len(t.Rules))
	}
	w.Header().Set("Content-Disposition", `attachment; filename="watchpost-coverage.json"`)
	answer(w, map[string]any{
		"name": "Watchpost: rules in use", "versions": map[string]string{"layer": "4.5", "navigator": "5.1.0"}, "domain": "enterprise-attack",
		"description": fmt.Sprintf("Rules in use at %s; the score is how many look for the technique", s.now().UTC().Format("2006-01-02 15:04 UTC")),
		// Sub-techniques that rules look for are seen at once; the format knows no other way where the technique itself has no rule.
		"layout":     map[string]any{"layout": "side", "showID": true, "showName": true, "expandedSubtechniques": "annotated"},
		"techniques": techniques,
		"gradient":   map[string]any{"colors": []string{"#ffffff", "#8ec843"}, "minValue": 0, "maxValue": most},
	})
}
