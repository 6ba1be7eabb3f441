package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"watchpost/internal/rights"
)

// team is a book with a user of each role in tenant a, an analyst of b, a token of a, and root, who sees all. Each is a header with its credential.
type team struct {
	book   *rights.Book
	header map[string][2]string
	root   rights.Principal
}

const teamPassword = "three plain words, and more"

func newTeam(t *testing.T) *team {
	t.Helper()
	m := &team{book: newBook(&records{}), header: map[string][2]string{"anonymous": {"X-None", ""}}}
	ctx := t.Context()
	token, err := m.book.SetupToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cookie, err := m.book.Setup(ctx, token, "root", "Ruth", teamPassword, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	if m.root, err = m.book.Session(ctx, cookie); err != nil {
		t.Fatal(err)
	}
	m.header["root"] = [2]string{"Cookie", plainCookie + "=" + cookie}
	for _, u := range []struct {
		user, tenant string
		role         rights.Role
	}{{"viewer", "a", rights.Viewer}, {"analyst", "a", rights.Analyst}, {"engineer", "a", rights.Engineer}, {"admin", "a", rights.Admin}, {"stranger", "b", rights.Admin}, {"engineer-all", "", rights.Engineer}} {
		n := rights.NewUser{User: u.user, Password: teamPassword, Role: u.role, Tenants: []string{u.tenant}}
		if u.tenant == "" {
			n.Tenants, n.AllTenants = nil, true
		}
		if _, err := m.book.AddUser(ctx, m.root, n); err != nil {
			t.Fatal(err)
		}
		cookie, err := m.book.Login(ctx, u.user, teamPassword, "", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		m.header[u.user] = [2]string{"Cookie", plainCookie + "=" + cookie}
	}
	_, secret, err := m.book.AddToken(ctx, m.root, rights.NewToken{Name: "robot", Scopes: []rights.Permission{rights.Search}, Tenants: []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	m.header["service"] = [2]string{"Authorization", "Bearer " + secret}
	return m
}

// Who may use what. Each route has a row in testdata/matrix.txt; UPDATE_MATRIX=1 writes the rows of the table of routes, for you to read.
func TestMatrix(t *testing.T) {
	m := newTeam(t)
	s := New(Defaults, &fakeDesk{}, m.book, &fakeDesk{}, nil, now, discard)
	columns := []string{"anonymous", "viewer", "analyst", "engineer", "engineer-all", "admin", "root", "service"}
	var b strings.Builder
	fmt.Fprintf(&b, "%-8s%-42s%-22s%s\n", "method", "path", "permission", strings.Join(columns, " "))
	for _, rt := range append(s.routes(), opsRoutes...) {
		rt.serve = func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, principalOf(r).Tenants) }
		permission := rt.may
		if permission == rights.Open {
			permission = "-"
		}
		row := fmt.Sprintf("%-8s%-42s%-22s", rt.method, rt.path, permission)
		for _, who := range columns {
			r := httptest.NewRequest(rt.method, strings.ReplaceAll(rt.path, "{id}", "x"), strings.NewReader("{}"))
			r.Header.Set(m.header[who][0], m.header[who][1])
			r.Header.Set("X-Tenant", "b") // nothing that a client says makes a tenant
			r.Header.Set("X-Scope-OrgID", "b")
			w := httptest.NewRecorder()
			s.guard(rt)(w, r)
			if w.Code == http.StatusOK && who != "anonymous" && w.Body.String() != map[bool]string{true: "[default]", false: "[a]"}[who == "root" || who == "engineer-all"] {
				t.Errorf("%s %s as %s sees %s", rt.method, rt.path, who, w.Body)
			}
			row += fmt.Sprintf("%-*d", len(who)+1, w.Code)
		}
		b.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	const file = "testdata/matrix.txt"
	if os.Getenv("UPDATE_MATRIX") != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for l := range strings.Lines(string(golden)) {
		lines[l] = true
	}
	for l := range strings.Lines(b.String()) {
		if !lines[l] {
			t.Errorf("%s lacks, or has otherwise (UPDATE_MATRIX=1 writes it):\n%s", file, l)
		}
		delete(lines, l)
	}
	for l := range lines {
		t.Errorf("%s has what is not served:\n%s", file, l)
	}
}
