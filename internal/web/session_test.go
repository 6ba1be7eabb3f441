package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/audit"
	"watchpost/internal/rights"
)

var discard = slog.New(slog.DiscardHandler)

// records keep what package rights appends, in memory.
type records struct {
	mu   sync.Mutex
	list []rights.Record
	away error
}

func (m *records) Since(context.Context, time.Time) ([]rights.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]rights.Record(nil), m.list...), m.away
}

func (m *records) Append(_ context.Context, r rights.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Stored = time.Now()
	m.list = append(m.list, r)
	return m.away
}

// newBook knows of one tenant.
func newBook(m *records) *rights.Book {
	return rights.NewBook(rights.Options{Open: true, Idle: time.Hour, Absolute: 10 * time.Hour, Now: time.Now,
		Tenants: func(context.Context) ([]string, error) { return []string{"default"}, nil }}, m)
}

// ledger keeps the account as text.
type ledger struct {
	mu   sync.Mutex
	text bytes.Buffer
	full error
}

func (l *ledger) Record(e audit.Entry, fields map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text, err := json.Marshal(fields)
	fmt.Fprintln(&l.text, e.Action, e.Outcome, e.User, string(text), err)
}

func (l *ledger) Ready() error { return l.full }

// site is a server with a team, its account and its log.
type site struct {
	*team
	server  *Server
	desk    *fakeDesk
	handler http.Handler
	ledger  *ledger
	log     bytes.Buffer
}

func newSite(t *testing.T) *site {
	s := &site{team: newTeam(t), ledger: &ledger{}, desk: &fakeDesk{lines: []string{"one"}}}
	server := New(Defaults, s.desk, s.book, s.ledger, fstest.MapFS{"index.html": {}}, now, slog.New(slog.NewTextHandler(&s.log, nil)))
	mux := http.NewServeMux()
	server.Routes(mux)
	s.server, s.handler = server, server.Guard(mux)
	return s
}

func (s *site) call(who, method, target, body string) *httptest.ResponseRecorder {
	h := s.header[who]
	return call(s.handler, method, target, body, h[0], h[1])
}

// want calls, and holds the answer to a status and a part of its body, which it gives.
func (s *site) want(t *testing.T, status int, part, who, method, target, body string) string {
	t.Helper()
	w := s.call(who, method, target, body)
	if w.Code != status || !strings.Contains(w.Body.String(), part) {
		t.Errorf("%s: %s %s %s: %d %s, want %d %s", who, method, target, body, w.Code, w.Body, status, part)
	}
	return w.Body.String()
}

func TestLogIn(t *testing.T) {
	s := newSite(t)
	try := func(body string, header ...string) *httptest.ResponseRecorder {
		return call(s.handler, "POST", "/api/v1/session", body, header...)
	}
	w := try(`{"user":" Analyst ","password":"`+teamPassword+`"}`, "Cookie", s.header["analyst"][1])
	set := w.Result().Cookies()
	if w.Code != 200 || len(set) != 1 || set[0].Name != plainCookie || !set[0].HttpOnly || set[0].SameSite != http.SameSiteStrictMode || set[0].Path != "/" || set[0].Domain != "" || len(set[0].Value) < 43 {
		t.Fatalf("%d %s %v", w.Code, w.Body, set)
	}
	var session struct {
		User, Role string
		Tenants    []string
		Can        []string
		Open       bool
	}
	if err := json.Unmarshal(w.Body.Bytes(), &session); err != nil || session.User != "analyst" || session.Role != "analyst" || fmt.Sprint(session.Tenants) != "[a]" || len(session.Can) == 0 || session.Open {
		t.Errorf("%s, %v", w.Body, err)
	}
	if before := s.header["analyst"][1]; before == plainCookie+"="+set[0].Value {
		t.Error("the session has its old id")
	}
	s.want(t, 401, "log in", "analyst", "GET", "/api/v1/session", "") // the one from before ended
	s.header["analyst"] = [2]string{"Cookie", plainCookie + "=" + set[0].Value}
	s.want(t, 200, "", "analyst", "GET", "/api/v1/session", "")

	wrong, unknown := try(`{"user":"viewer","password":"wrong wrong"}`), try(`{"user":"nobody","password":"wrong wrong"}`)
	if wrong.Code != 401 || unknown.Code != 401 || wrong.Body.String() != unknown.Body.String() || len(wrong.Result().Cookies()) > 0 {
		t.Errorf("%d %s\n%d %s", wrong.Code, wrong.Body, unknown.Code, unknown.Body)
	}
	for _, bad := range []string{"", "[]", `{"user":"viewer"}{}`, `{"user":"viewer","admin":true}`, `{"user":1}`} {
		if w := try(bad); w.Code != 400 {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
	for range 10 {
		w = try(`{"user":"viewer","password":"wrong wrong"}`)
	}
	if w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	s.want(t, 204, "", "analyst", "DELETE", "/api/v1/session", "")
	s.want(t, 401, "", "analyst", "POST", "/api/v1/search", "{}")
}

// Under TLS, here or at a proxy, the cookie is bound to this host.
// TestWhatLastsEnds: a stream ends with what its sender was allowed, and does not look whole.
func TestWhatLastsEnds(t *testing.T) {
	s := newSite(t)
	s.desk.lasting = true
	srv := httptest.NewUnstartedServer(s.handler)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	srv.Start()
	defer srv.Close()
	role, on := rights.Viewer, true
	for who, ends := range map[string]func() error{
		"viewer": func() error {
			_, err := s.book.ChangeUser(t.Context(), s.root, "viewer", rights.UserChange{Disabled: &on})
			return err
		},
		"analyst": func() error {
			_, err := s.book.ChangeUser(t.Context(), s.root, "analyst", rights.UserChange{Role: &role})
			return err
		},
		"engineer": func() error {
			_, cookie, _ := strings.Cut(s.header["engineer"][1], "=")
			return s.book.Logout(t.Context(), cookie)
		},
		"service": func() error {
			list, err := s.book.Tokens(t.Context(), s.root)
			return errors.Join(err, s.book.RevokeToken(t.Context(), s.root, list[0].ID))
		},
	} {
		t.Run(who, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/api/v1/tail", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set(s.header[who][0], s.header[who][1])
			res, err := srv.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if _, err := res.Body.Read(make([]byte, 1)); err != nil || res.StatusCode != 200 {
				t.Fatal(res.StatusCode, err)
			}
			if err := ends(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(res.Body); err == nil {
				t.Error("the stream looks whole")
			}
			s.ledger.mu.Lock()
			defer s.ledger.mu.Unlock()
			if !strings.Contains(s.ledger.text.String(), "ended denied") {
				t.Errorf("not accounted for:\n%s", &s.ledger.text)
			}
			s.ledger.text.Reset()
		})
	}
}

// TestPasswordWithoutCode: who knows the password and has no code gets no session, and that somebody does is in the account.
func TestPasswordWithoutCode(t *testing.T) {
	s := newSite(t)
	var proposed struct{ Secret string }
	if err := json.Unmarshal([]byte(s.want(t, 200, "", "analyst", "POST", "/api/v1/users/analyst/totp", "{}")), &proposed); err != nil {
		t.Fatal(err)
	}
	key, err := base32.StdEncoding.DecodeString(proposed.Secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key) // RFC 6238
	binary.Write(mac, binary.BigEndian, time.Now().Unix()/30)
	sum := mac.Sum(nil)
	code := fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1e6)
	s.want(t, 204, "", "analyst", "POST", "/api/v1/users/analyst/totp", fmt.Sprintf(`{"secret":%q,"code":%q,"password":%q}`, proposed.Secret, code, teamPassword))
	w := call(s.handler, "POST", "/api/v1/session", `{"user":"analyst","password":"`+teamPassword+`"}`)
	if w.Code != 401 || !strings.Contains(w.Body.String(), `"totp":true`) || len(w.Result().Cookies()) != 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if account := s.ledger.text.String(); !strings.Contains(account, `login.code ok  {"reason":"the code of your authenticator is needed","user":"analyst"}`) {
		t.Errorf("account:\n%s", account)
	}
}

// TestWorkOfRules: what a rule matched is that of all tenants.
func TestWorkOfRules(t *testing.T) {
	s := newSite(t)
	s.want(t, 200, `"matches":7`, "root", "GET", "/api/v1/rules", "")
	if text := s.want(t, 200, `"off":"it costs too much"`, "engineer", "GET", "/api/v1/rules", ""); strings.Contains(text, `"matches":7`) || strings.Contains(text, `"evaluations":9`) {
		t.Errorf("a tenant learns what others have: %s", text)
	}
}

// TestWhatWasRead: how much a statement read tells whether others have a value, too.
func TestWhatWasRead(t *testing.T) {
	s := newSite(t)
	const query = `{"query":"| count by source.ip"}`
	s.want(t, 200, `"read_rows":8,"read_bytes":99`, "root", "POST", "/api/v1/table", query)
	if text := s.want(t, 200, `"rows":[[`, "engineer", "POST", "/api/v1/table", query); strings.Contains(text, "read_") {
		t.Error(text)
	}
	const search = `{"query":"root","progress":true}`
	s.want(t, 200, `{"_progress":{"read_rows":8,"total_rows":9,`, "root", "POST", "/api/v1/search", search)
	if text := s.want(t, 200, `{"_end":{"complete":true`, "engineer", "POST", "/api/v1/search", search); strings.Contains(text, "_progress") {
		t.Error(text)
	}
}

func TestCookieUnderTLS(t *testing.T) {
	f := func(want string, secure bool, change func(*http.Request)) {
		t.Helper()
		r := httptest.NewRequest("POST", "/", nil)
		r.TLS = nil
		change(r)
		w := httptest.NewRecorder()
		setCookie(w, r, "v")
		if c := w.Result().Cookies()[0]; c.Name != want || c.Secure != secure {
			t.Errorf("%v", c)
		}
	}
	f("watchpost", false, func(*http.Request) {})
	f("__Host-watchpost", true, func(r *http.Request) { r.Header.Set("Origin", "https://siem.example") })
	tls := httptest.NewRequest("GET", "https://siem.example/", nil)
	tls.AddCookie(&http.Cookie{Name: plainCookie, Value: "planted"})
	if got := cookie(tls); got != "" {
		t.Errorf("a cookie that anybody between could plant counts: %s", got)
	}
}

func TestManaging(t *testing.T) {
	s := newSite(t)
	if got := s.want(t, 200, `"user":"viewer"`, "admin", "GET", "/api/v1/users", ""); strings.Contains(got, "stranger") || strings.Contains(got, "root") || strings.Contains(got, "argon2") || strings.Contains(got, "epoch") {
		t.Errorf("admin of a sees %s", got)
	}
	const nina = `{"user":"nina","password":"` + teamPassword + `","role":"analyst","tenants":["a"]`
	s.want(t, 403, "users", "engineer", "POST", "/api/v1/users", nina+"}")
	for _, more := range []string{`"epoch":3`, `"disabled":false`, `"tenant_id":"b"`, `"external":"x"`, `"totp":true`} { // mass assignment
		s.want(t, 400, "unknown field", "admin", "POST", "/api/v1/users", nina+","+more+"}")
	}
	s.want(t, 400, "more than you have", "admin", "POST", "/api/v1/users", strings.Replace(nina, `"a"`, `"b"`, 1)+"}")
	s.want(t, 400, "tenants", "root", "POST", "/api/v1/users", strings.Replace(nina, `"a"`, `"../a"`, 1)+"}")
	s.want(t, 201, `"user":"nina"`, "admin", "POST", "/api/v1/users", nina+"}")
	s.want(t, 409, "taken", "admin", "POST", "/api/v1/users", nina+"}")
	s.want(t, 404, "", "stranger", "PATCH", "/api/v1/users/nina", `{"disabled":true}`)
	s.want(t, 404, "", "stranger", "POST", "/api/v1/users/nina/password", `{"password":"`+teamPassword+`!"}`)
	s.want(t, 404, "", "viewer", "POST", "/api/v1/users/nina/password", `{"password":"`+teamPassword+`!"}`)
	s.want(t, 404, "", "admin", "POST", "/api/v1/users/nina/totp", `{}`)
	s.want(t, 400, "unknown field", "admin", "PATCH", "/api/v1/users/nina", `{"password":"x"}`)
	s.want(t, 200, `"role":"viewer"`, "admin", "PATCH", "/api/v1/users/nina", `{"role":"viewer"}`)
	s.want(t, 403, "", "viewer", "PATCH", "/api/v1/users/viewer", `{"role":"admin"}`)

	s.want(t, 200, "", "viewer", "GET", "/api/v1/session", "")
	s.want(t, 200, "", "admin", "PATCH", "/api/v1/users/viewer", `{"name":"Vic"}`)
	s.want(t, 200, `"name":"Vic"`, "viewer", "GET", "/api/v1/session", "") // a name ends no session
	s.want(t, 200, "", "admin", "PATCH", "/api/v1/users/viewer", `{"disabled":true}`)
	s.want(t, 401, "", "viewer", "GET", "/api/v1/session", "")

	s.want(t, 401, `"detail":"the present password is wrong"`, "engineer", "POST", "/api/v1/users/engineer/password", `{"old":"no","password":"`+teamPassword+`!"}`)
	s.want(t, 400, "easy to guess", "engineer", "POST", "/api/v1/users/engineer/password", `{"old":"`+teamPassword+`","password":"password1"}`)
	w := s.call("engineer", "POST", "/api/v1/users/engineer/password", `{"old":"`+teamPassword+`","password":"`+teamPassword+`!"}`)
	if set := w.Result().Cookies(); w.Code != 204 || len(set) != 1 {
		t.Fatalf("%d %s", w.Code, w.Body)
	} else {
		s.want(t, 401, "", "engineer", "GET", "/api/v1/session", "")
		s.header["engineer"] = [2]string{"Cookie", plainCookie + "=" + set[0].Value}
	}
	s.want(t, 200, "", "engineer", "GET", "/api/v1/session", "")
	s.want(t, 200, "otpauth://totp/Watchpost:engineer", "engineer", "POST", "/api/v1/users/engineer/totp", `{}`)
	s.want(t, 400, "code", "engineer", "POST", "/api/v1/users/engineer/totp", `{"secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","code":"0","password":"`+teamPassword+`!"}`)

	var tok struct{ ID, Secret string }
	json.Unmarshal([]byte(s.want(t, 201, `"secret":"wpt_`, "admin", "POST", "/api/v1/tokens", `{"name":"grafana","scopes":["search"],"tenants":["a"],"days":1}`)), &tok)
	s.header["grafana"] = [2]string{"Authorization", "bearer " + tok.Secret}
	s.want(t, 200, "one", "grafana", "POST", "/api/v1/search", `{}`)
	s.want(t, 400, `no tenant \"b\"`, "grafana", "POST", "/api/v1/search", `{"tenants":["b"]}`)
	s.want(t, 400, "", "grafana", "POST", "/api/v1/search", `{"query":"user.name =="}`)
	s.want(t, 403, "alerts.read", "grafana", "GET", "/api/v1/alerts", ``)
	if got := s.want(t, 200, "grafana", "admin", "GET", "/api/v1/tokens", ""); strings.Contains(got, tok.Secret) || strings.Contains(got, "secret") {
		t.Errorf("shown again: %s", got)
	}
	s.want(t, 404, "", "stranger", "DELETE", "/api/v1/tokens/"+tok.ID, "{}")
	s.want(t, 204, "", "admin", "DELETE", "/api/v1/tokens/"+tok.ID, "{}")
	s.want(t, 401, "", "grafana", "POST", "/api/v1/search", `{}`)
	s.header["both"] = [2]string{"Authorization", "Basic cm9vdDpyb290"}
	s.want(t, 401, "", "both", "POST", "/api/v1/search", `{}`)

	for _, entry := range []string{`user.add ok admin {`, `user.change ok admin {"change":{"role":"viewer"},"user":"nina"}`, `user.password ok engineer {"user":"engineer"}`, `token.add ok admin {`, `token.revoke ok admin {`,
		`denied denied engineer {"method":"POST","needs":"users","path":"/api/v1/users"}`, `users failed stranger {"method":"PATCH","path":"/api/v1/users/nina","reason":"there is none of that name"}`, `denied denied  {"method":"POST","needs":"search","path":"/api/v1/search"}`, `search ok ` /* of the token */, `{"method":"POST","path":"/api/v1/search","query":"user.name ==","reason":"query: 1:13: `} {
		if !strings.Contains(s.ledger.text.String(), entry) {
			t.Errorf("no entry %s in\n%s", entry, &s.ledger.text)
		}
	}
	// What was sent or given as a secret stands neither in the account nor in the log.
	secrets := []string{teamPassword, tok.Secret, "AAAAAAAAAAAAAAAA", "password1", "otpauth"}
	for _, h := range s.header {
		if _, secret, ok := strings.Cut(h[1], "="); ok {
			secrets = append(secrets, secret)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(s.ledger.text.String()+s.log.String(), secret) {
			t.Errorf("%s is written down", secret)
		}
	}
}

// Control characters in what is accounted for do no harm to whoever reads it.
func TestHostileNamesInTheAccount(t *testing.T) {
	s := newSite(t)
	s.want(t, 401, "", "anonymous", "POST", "/api/v1/session", `{"user":"root\r\nlogin ok root\u001b[2J","password":"x"}`)
	s.want(t, 200, "", "analyst", "POST", "/api/v1/search", `{"query":"message == \"a\\r\\n\\x1b[2J\""}`)
	s.want(t, 404, "", "admin", "PATCH", "/api/v1/users/x%0d%0ay", `{"disabled":true}`)
	for l := range strings.Lines(s.ledger.text.String() + s.log.String()) {
		if strings.ContainsAny(strings.TrimSuffix(l, "\n"), "\r\x1b") || strings.HasPrefix(l, "login ok root") {
			t.Errorf("%q", l)
		}
	}
}

func TestAuditLog(t *testing.T) {
	s := newSite(t)
	d := &fakeDesk{}
	server := New(Defaults, d, s.book, s.ledger, nil, now, discard)
	mux := http.NewServeMux()
	server.Routes(mux)
	s.handler = server.Guard(mux)
	if got := s.want(t, 200, `a\u001b[31m`, "root", "GET", "/api/v1/audit?from=-1h&user=ann&action=search&outcome=ok&limit=7", ""); d.audited.Tenants != nil || d.audited.Limit != 7 || d.audited.User != "ann" || strings.Contains(got, "\x1b") {
		t.Errorf("%+v, %s", d.audited, got)
	}
	s.want(t, 200, "", "admin", "GET", "/api/v1/audit", "")
	if fmt.Sprint(d.audited.Tenants) != "[a]" {
		t.Errorf("%+v", d.audited)
	}
	for _, bad := range []string{"limit=0", "from=x", "outcome=x", "nope=1"} {
		s.want(t, 400, strings.Split(bad, "=")[0], "root", "GET", "/api/v1/audit?"+bad, "")
	}
	s.want(t, 403, "", "engineer", "GET", "/api/v1/audit", "")
	s.want(t, 405, "", "root", "DELETE", "/api/v1/audit", "{}")
	if w := call(s.handler, "TRACE", "/api/v1/audit", "", "Content-Type", ""); w.Code != 405 {
		t.Errorf("TRACE: %d", w.Code)
	}
	if w := call(s.handler, "DELETE", "/api/v1/session", "", "Content-Type", ""); w.Code != 401 {
		t.Errorf("DELETE without a body: %d", w.Code)
	}
	if w := call(s.handler, "DELETE", "/api/v1/session", "x", "Content-Type", ""); w.Code != 415 {
		t.Errorf("DELETE with a body of no type: %d", w.Code)
	}
	// What a program asks for itself is accounted for, and marked.
	s.want(t, 200, "", "root", "POST", "/api/v1/search", `{"query":"root","unlisted":true}`)
	s.want(t, 200, "", "root", "POST", "/api/v1/table", `{"query":"root | count","unlisted":true}`)
	s.want(t, 200, "", "root", "POST", "/api/v1/table", `{"query":"root | count"}`)
	for _, entry := range []string{`search ok root {"query":"root","unlisted":true}`, `table ok root {"query":"root | count","unlisted":true}`, `table ok root {"query":"root | count"}`} {
		if !strings.Contains(s.ledger.text.String(), entry) {
			t.Errorf("no entry %s in\n%s", entry, &s.ledger.text)
		}
	}
	if !strings.Contains(s.ledger.text.String(), "audit ok root") {
		t.Errorf("reading the account is not accounted for:\n%s", &s.ledger.text)
	}
	s.ledger.full = errors.New("full")
	s.want(t, 503, "", "root", "POST", "/api/v1/search", "{}")
	s.want(t, 200, "", "root", "GET", "/api/v1/session", "")
}

func TestWithoutUsers(t *testing.T) {
	h := newHandler(&fakeDesk{})
	w := call(h, "GET", "/api/v1/session", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"open":true`) || !strings.Contains(w.Body.String(), `"setup":true`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := call(h, "POST", "/api/v1/users", `{"user":"eve","password":"`+teamPassword+`","role":"admin","all_tenants":true}`); w.Code != 409 {
		t.Errorf("the first user without the link: %d %s", w.Code, w.Body)
	}
	if w := call(h, "POST", "/api/v1/search", `{}`, "Authorization", "Bearer x"); w.Code != 401 {
		t.Errorf("a bad token: %d", w.Code)
	}
}

func TestTheStoreDoesNotSayWho(t *testing.T) {
	m := &records{away: errors.New("secret address of the store")}
	s := New(Defaults, &fakeDesk{}, newBook(m), &ledger{}, nil, now, discard)
	mux := http.NewServeMux()
	s.Routes(mux)
	for target, want := range map[string]int{"/api/v1/alerts": 503, "/api/v1/session": 503, "/api/v1/fields": 200} {
		if w := call(s.Guard(mux), "GET", target, ""); w.Code != want || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}
