package web

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/oidc"
	"watchpost/internal/oidc/oidctest"
)

// withOIDC makes s a site whose people log in at p.
func (s *site) withOIDC(t *testing.T, p *oidctest.Provider, page string) {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(oidctest.Secret), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Defaults
	o.Hosts = []string{"siem.example"}
	o.OIDC.Issuer, o.OIDC.Name, o.OIDC.Page, o.OIDC.ClientID, o.OIDC.ClientSecretFile = p.Issuer, "Example <IdP>", page, oidctest.Client, secret
	o.OIDC.Logout = true
	o.OIDC.Groups = []oidc.Group{{Group: "soc", Role: "analyst", Tenants: []string{"default"}}, {Group: "look", Role: "viewer", Tenants: []string{"default"}}}
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	client, err := oidc.New(o.OIDC, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := New(o, &fakeDesk{lines: []string{"one"}}, s.book, s.ledger, fstest.MapFS{"index.html": {}}, now, slog.New(slog.NewTextHandler(&s.log, nil)))
	server.UseOIDC(client)
	mux := http.NewServeMux()
	server.Routes(mux)
	s.handler = server.Guard(mux)
}

// begin starts a log-in, and gives the cookie of the attempt and where to go.
func (s *site) begin(t *testing.T, host, to string) (*http.Cookie, string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"to": to})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", oidc.Callback, strings.NewReader(string(body)))
	r.Host = host
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	var out struct{ URL string }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 || len(w.Result().Cookies()) != 1 {
		t.Fatalf("%d %s %v", w.Code, w.Body, w.Result().Cookies())
	}
	return w.Result().Cookies()[0], out.URL
}

// back comes from the provider. The browser says that it comes from another site.
func (s *site) back(host string, answer url.Values, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", oidc.Callback+"?"+answer.Encode(), nil)
	r.Host = host
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func TestLogInElsewhere(t *testing.T) {
	s, p := newSite(t), oidctest.New(t)
	const host, page = "siem.example", "https://siem.example"
	s.withOIDC(t, p, page)
	s.want(t, 401, `"sign_in":{"passwords":true,"provider":"Example \u003cIdP\u003e"}`, "anonymous", "GET", "/api/v1/session", "")

	ann := func(groups ...string) map[string]any {
		return map[string]any{"sub": "a-1", "preferred_username": "ann", "name": "Ann", "groups": groups}
	}
	attempt, address := s.begin(t, host, "?view=alerts#x")
	if attempt.Name != secureAttempt || !attempt.Secure || !attempt.HttpOnly || attempt.SameSite != http.SameSiteLaxMode || attempt.Path != "/" || attempt.Domain != "" || attempt.MaxAge != 600 {
		t.Errorf("%v", attempt)
	}
	if u, err := url.Parse(address); err != nil || u.Query().Get("redirect_uri") != page+oidc.Callback {
		t.Errorf("%s", address)
	}
	w := s.back(host, p.Authorize(t, address, ann("soc")), attempt)
	if w.Code != 303 || w.Header().Get("Location") != "/?view=alerts#x" {
		t.Fatalf("%d %s %v", w.Code, w.Body, w.Header())
	}
	var session *http.Cookie
	for _, c := range w.Result().Cookies() {
		switch {
		case c.Name == secureCookie && c.Secure && c.HttpOnly && c.SameSite == http.SameSiteStrictMode && c.Path == "/":
			session = c
		case c.Name != secureAttempt || c.MaxAge >= 0:
			t.Errorf("%v", c)
		}
	}
	if session == nil {
		t.Fatalf("%v", w.Result().Cookies())
	}
	s.header["ann"] = [2]string{"Cookie", session.Name + "=" + session.Value}
	s.want(t, 200, `"role":"analyst"`, "ann", "GET", "/api/v1/session", "")
	s.want(t, 200, "one", "ann", "POST", "/api/v1/search", "{}")
	s.want(t, 200, `"external":"`+p.Issuer+` a-1"`, "root", "GET", "/api/v1/users", "")
	s.want(t, 409, "at each log-in", "root", "PATCH", "/api/v1/users/ann", `{"role":"admin"}`)

	// A log-in anew ends the session before; another group is another role.
	attempt, address = s.begin(t, host, "")
	if w = s.back(host, p.Authorize(t, address, ann("look")), attempt, session); w.Code != 303 || w.Header().Get("Location") != "/" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	s.want(t, 401, "", "ann", "GET", "/api/v1/session", "")
	for _, c := range w.Result().Cookies() {
		if c.Name == secureCookie {
			s.header["ann"] = [2]string{"Cookie", c.Name + "=" + c.Value}
		}
	}
	s.want(t, 200, `"role":"viewer"`, "ann", "GET", "/api/v1/session", "")
	s.want(t, 403, "", "ann", "POST", "/api/v1/hunts", `{}`)

	// Who logs out is sent on to the provider, if that has a place for it, and shows it the ID token of the log-in, if that fits into an address; the session here is over in any case.
	for _, c := range []struct {
		end  string
		more int // bytes in the ID token
		want string
	}{{}, {p.Issuer + "/end?x=1", 0, "a-1"}, {p.Issuer + "/end?x=1", 3000, "a-1"}, {p.Issuer + "/end?x=1", 6000, ""}, {"http://idp.example/end", 0, ""}, {"javascript:alert(1)", 0, ""}} {
		end := c.end
		p.Lie(oidctest.Lies{Document: func(doc map[string]any) {
			if end != "" {
				doc["end_session_endpoint"] = end
			}
		}, Claims: func(claims map[string]any) { claims["more"] = strings.Repeat("x", c.more) }})
		s.withOIDC(t, p, page) // asks anew
		attempt, address = s.begin(t, host, "")
		w = s.back(host, p.Authorize(t, address, ann("look")), attempt)
		for _, c := range w.Result().Cookies() {
			if c.Name == secureCookie {
				s.header["ann"] = [2]string{"Cookie", c.Name + "=" + c.Value}
			}
		}
		s.want(t, 200, "", "ann", "GET", "/api/v1/session", "")
		if end != p.Issuer+"/end?x=1" {
			s.want(t, 204, "", "ann", "DELETE", "/api/v1/session", "")
		} else {
			var out struct{ URL string }
			if err := json.Unmarshal([]byte(s.want(t, 200, `"url"`, "ann", "DELETE", "/api/v1/session", "")), &out); err != nil {
				t.Fatal(err)
			}
			to, err := url.Parse(out.URL)
			if err != nil {
				t.Fatal(err)
			}
			q := to.Query()
			hint := q.Get("id_token_hint")
			q.Del("id_token_hint")
			if got := to.Scheme + "://" + to.Host + to.Path + "?" + q.Encode(); got != p.Issuer+"/end?client_id="+oidctest.Client+"&post_logout_redirect_uri=https%3A%2F%2Fsiem.example%2F&x=1" {
				t.Errorf("sent to %s", got)
			}
			if sub := subjectOf(t, hint); sub != c.want {
				t.Errorf("the ID token with %d bytes more is shown as one of %q", c.more, sub)
			}
			if hint != "" && strings.Contains(s.ledger.text.String()+s.log.String(), hint) {
				t.Error("the ID token is written down")
			}
		}
		s.want(t, 401, "", "ann", "GET", "/api/v1/session", "")
	}
	attempt, address = s.begin(t, host, "")
	s.back(host, p.Authorize(t, address, ann("look")), attempt)

	// No group: a page that says so, as text, and the end of what was open.
	attempt, address = s.begin(t, host, "")
	w = s.back(host, p.Authorize(t, address, ann("staff")), attempt)
	if text := w.Body.String(); w.Code != 403 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") || !strings.Contains(text, "You have no access yet") || !strings.Contains(text, "Example &lt;IdP&gt; knows you as ann") || w.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("%d %s", w.Code, text)
	}
	s.want(t, 401, "", "ann", "GET", "/api/v1/session", "")
	s.want(t, 200, "", "root", "GET", "/api/v1/session", "")

	// A name of somebody here, and one that breaks out of the page.
	for name, want := range map[string]string{"root": "somebody else&#39;s", "<script>x": "&lt;script&gt;x"} {
		attempt, address = s.begin(t, host, "")
		w = s.back(host, p.Authorize(t, address, map[string]any{"sub": "e-1", "preferred_username": name, "groups": "soc"}), attempt)
		if w.Code != 403 || !strings.Contains(w.Body.String(), "user") || strings.Contains(w.Body.String(), "<script>") || name == "root" && !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for _, entry := range []string{`login ok ann {"by":"oidc"`, `user.add ok ann {`, `user.change ok ann {`, `"reason":"none of the groups`, `login denied  {"by":"oidc"`} {
		if !strings.Contains(s.ledger.text.String(), entry) {
			t.Errorf("no entry %s in\n%s", entry, &s.ledger.text)
		}
	}
	for _, secret := range []string{attempt.Value, oidctest.Secret, session.Value} {
		if strings.Contains(s.ledger.text.String()+s.log.String(), secret) {
			t.Errorf("%s is written down", secret)
		}
	}
}

// subjectOf gives whom an ID token is of; "" if there is none.
func subjectOf(t *testing.T, token string) string {
	t.Helper()
	if token == "" {
		return ""
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %q", token)
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Sub string }
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.Sub
}

func TestLogInElsewhereIsBound(t *testing.T) {
	s, p := newSite(t), oidctest.New(t)
	const host = "127.0.0.1:8080"
	s.withOIDC(t, p, "http://"+host)
	who := map[string]any{"sub": "a-1", "preferred_username": "ann", "groups": "soc"}
	refused := func(name, part string, w *httptest.ResponseRecorder) {
		t.Helper()
		if w.Code < 400 || !strings.Contains(w.Body.String(), part) || w.Header().Get("Location") != "" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		for _, c := range w.Result().Cookies() {
			if c.Name == plainCookie || c.Name == secureCookie {
				t.Errorf("%s: a session", name)
			}
		}
	}
	// In the victim's browser an attacker's answer is worth nothing, with and without an attempt of its own.
	attempt, address := s.begin(t, host, "")
	if attempt.Name != plainAttempt || attempt.Secure {
		t.Errorf("%v", attempt)
	}
	attackers := p.Authorize(t, address, who)
	victims, _ := s.begin(t, host, "")
	refused("no attempt", "cannot be finished", s.back(host, attackers))
	refused("another attempt", "cannot be finished", s.back(host, attackers, victims))
	refused("long cookie", "cannot be finished", s.back(host, attackers, &http.Cookie{Name: plainAttempt, Value: strings.Repeat("x", 5000)}))
	refused("another server's name", "not a name of this server", s.back("evil.example", attackers, attempt))
	if w := s.back(host, attackers, attempt); w.Code != 303 {
		t.Fatalf("its own: %d %s", w.Code, w.Body)
	}
	refused("twice", "cannot be finished", s.back(host, attackers, attempt))
	refused("denied", "access_denied", func() *httptest.ResponseRecorder {
		attempt, address := s.begin(t, host, "")
		answer := p.Authorize(t, address, who)
		answer.Set("error", "access_denied")
		return s.back(host, answer, attempt)
	}())

	// Back to this page only.
	for _, to := range []string{"//evil.example", "/\\evil.example", "https://evil.example", "/x", "evil", "?\r\nSet-Cookie: a=b", "?a b", "#\\x", "?" + strings.Repeat("x", oidc.MaxTo)} {
		body, err := json.Marshal(map[string]string{"to": to})
		if err != nil {
			t.Fatal(err)
		}
		if w := call(s.handler, "POST", oidc.Callback, string(body), "Host", host); w.Code != 400 || !strings.Contains(w.Body.String(), "to: ") {
			t.Errorf("%s: %d %s", to, w.Code, w.Body)
		}
	}
	// No other site begins a log-in, and none from where the browser would not come back to.
	if w := call(s.handler, "POST", oidc.Callback, "{}", "Origin", "https://evil.example"); w.Code != 403 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := call(s.handler, "POST", oidc.Callback, "{}", "Host", "localhost:8080"); w.Code != 409 || !strings.Contains(w.Body.String(), "open this page as http://127.0.0.1:8080") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := call(newSite(t).handler, "GET", oidc.Callback, ""); w.Code != 404 {
		t.Errorf("without a provider: %d %s", w.Code, w.Body)
	}
	p.Lie(oidctest.Lies{Document: func(m map[string]any) { m["issuer"] = "x" }})
	s.withOIDC(t, p, "http://"+host)
	if w := call(s.handler, "POST", oidc.Callback, "{}", "Host", host); w.Code != 502 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
