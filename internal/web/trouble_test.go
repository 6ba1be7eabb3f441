package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"watchpost/internal/hunt"
	"watchpost/internal/rights"
)

// What the store says of an error stands in the log, under an id; who sees some tenants only is told the id and what to do.
func TestErrorsOfTheStoreAreNotShown(t *testing.T) {
	const words = "code: 241, message: no room while reading /var/lib/watchpost/store/events of tenant bank"
	f := func(status int, class string, err error) {
		t.Helper()
		for _, all := range []bool{false, true} {
			for _, role := range rights.Roles {
				var log bytes.Buffer
				s := &Server{log: slog.New(slog.NewTextHandler(&log, nil))}
				w, who := httptest.NewRecorder(), rights.Principal{Kind: rights.User, User: "ann", Role: role, Tenants: []string{"shop"}, AllTenants: all}
				s.failed(w, httptest.NewRequest("POST", "/api/v1/histogram", nil).WithContext(context.WithValue(t.Context(), requestKey{}, &request{principal: who})), err)
				p := problemOf(t, w)
				id, _ := p["error_id"].(string)
				if got, _ := p["class"].(string); w.Code != status || got != class {
					t.Errorf("%v: %d %v", err, w.Code, p)
				}
				if class != "" && (len(id) != 12 || !strings.Contains(log.String(), "error_id="+id) || !strings.Contains(log.String(), words) || !strings.Contains(p["detail"].(string), id)) {
					t.Errorf("%v: %v\n%s", err, p, log.String())
				}
				if shown := strings.Contains(w.Body.String(), "bank"); shown != (all && (role == rights.Engineer || role == rights.Admin)) {
					t.Errorf("%s, all tenants %v: %s", role, all, w.Body)
				}
			}
		}
	}
	f(502, "internal", errors.New(words))
	f(502, "unavailable", fmt.Errorf("%s: %w", words, &net.OpError{Op: "dial", Err: errors.New("refused")}))
	f(422, "", fmt.Errorf("%w (%s)", ErrOverBudget, words))
	f(422, "", fmt.Errorf("%w (%s)", hunt.ErrInexact, words))
}
