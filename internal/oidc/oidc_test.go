package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchpost/internal/oidc/oidctest"
)

// ann is who logs in.
func ann() map[string]any {
	return map[string]any{"sub": "a-1", "preferred_username": "ann", "name": "Ann", "groups": []string{"soc", "staff"}}
}

func options(t *testing.T, p *oidctest.Provider) Options {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(oidctest.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := Defaults
	o.Issuer, o.Page, o.ClientID, o.ClientSecretFile = p.Issuer, "http://127.0.0.1:8080", oidctest.Client, secret
	o.Groups = []Group{{Group: "soc", Role: "analyst", Tenants: []string{"a"}}}
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	return o
}

func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// login goes the whole way. change makes of what the browser brings back something else.
func login(t *testing.T, p *oidctest.Provider, c *Client, who map[string]any, change func(cookie *string, answer url.Values)) (Identity, string, error) {
	t.Helper()
	cookie, address, err := c.Begin(t.Context(), "?view=alerts")
	if err != nil {
		return Identity{}, "", err
	}
	answer := p.Authorize(t, address, who)
	if change != nil {
		change(&cookie, answer)
	}
	return c.Finish(t.Context(), cookie, answer)
}

func TestLogIn(t *testing.T) {
	p := oidctest.New(t)
	c := newClient(t, options(t, p))
	id, to, err := login(t, p, c, ann(), nil)
	if err != nil || to != "?view=alerts" || fmt.Sprint(id) != fmt.Sprint(Identity{p.Issuer, "a-1", "ann", "Ann", []string{"soc", "staff"}, id.Token}) || strings.Count(id.Token, ".") != 2 {
		t.Fatalf("%+v %q %v", id, to, err)
	}
	// What the ID token lacks is in the user info, which cannot contradict it.
	p.Lie(oidctest.Lies{Info: map[string]any{"sub": "a-1", "preferred_username": "ann2", "groups": "one", "name": "Eve"}})
	id, _, err = login(t, p, c, map[string]any{"sub": "a-1", "name": "Ann"}, nil)
	if err != nil || id.User != "ann2" || fmt.Sprint(id.Groups) != "[one]" || id.Name != "Ann" {
		t.Errorf("%+v %v", id, err)
	}
	p.Lie(oidctest.Lies{Info: map[string]any{"sub": "somebody else", "preferred_username": "root", "groups": "admins"}})
	if id, _, err = login(t, p, c, map[string]any{"sub": "a-1"}, nil); !errors.Is(err, ErrToken) {
		t.Errorf("user info of somebody else: %+v %v", id, err)
	}
	// A claim inside another; one that is named with a dot.
	o := options(t, p)
	o.GroupsClaim, o.UserClaim, o.NameClaim = "realm_access.roles", "https://x.example/user", ""
	id, _, err = login(t, p, newClient(t, o), map[string]any{"sub": "a-1", "https://x.example/user": "u", "realm_access": map[string]any{"roles": []any{"r", 7}}}, nil)
	if err != nil || id.User != "u" || fmt.Sprint(id.Groups) != "[r]" {
		t.Errorf("%+v %v", id, err)
	}
}

// Whatever does not hold is refused for the reason that it has.
func TestRefusals(t *testing.T) {
	p := oidctest.New(t)
	c := newClient(t, options(t, p))
	f := func(name string, want error, part string, l oidctest.Lies, change func(*string, url.Values)) {
		t.Helper()
		p.Lie(l)
		id, _, err := login(t, p, c, ann(), change)
		if !errors.Is(err, want) || !strings.Contains(err.Error(), part) || id.User != "" {
			t.Errorf("%s: %+v %v, want %v %s", name, id, err, want, part)
		}
	}
	claim := func(name string, v any) oidctest.Lies {
		return oidctest.Lies{Claims: func(m map[string]any) { m[name] = v }}
	}
	none := oidctest.Lies{}
	f("wrong state", ErrState, "", none, func(_ *string, a url.Values) { a.Set("state", derive("state", "x.0.")) })
	f("no state", ErrState, "", none, func(_ *string, a url.Values) { a.Del("state") })
	f("two states", ErrState, "", none, func(_ *string, a url.Values) { a.Add("state", a.Get("state")) })
	f("no cookie: another browser", ErrState, "", none, func(cookie *string, _ url.Values) { *cookie = "" })
	f("the place changed", ErrState, "", none, func(cookie *string, _ url.Values) { *cookie += "AAAA" })
	f("another browser's cookie", ErrState, "", none, func(cookie *string, _ url.Values) {
		other, _, err := c.Begin(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		*cookie = other
	})
	f("wrong issuer of the answer", ErrToken, "another issuer", none, func(_ *string, a url.Values) { a.Set("iss", "https://evil.example") })
	f("refused", ErrDenied, "access_denied", none, func(_ *string, a url.Values) { a.Set("error", "access_denied") })
	f("refused with markup", ErrDenied, "can be read", none, func(_ *string, a url.Values) { a.Set("error", "<b>x") })
	f("no code", ErrProvider, "no code", none, func(_ *string, a url.Values) { a.Del("code") })
	f("made-up code", ErrDenied, "invalid_grant", none, func(_ *string, a url.Values) { a.Set("code", "x") })
	f("wrong nonce", ErrToken, "of another log-in", claim("nonce", "x"), nil)
	f("no nonce", ErrToken, "of another log-in", oidctest.Lies{Claims: func(m map[string]any) { delete(m, "nonce") }}, nil)
	f("wrong audience", ErrToken, "audience", claim("aud", "another"), nil)
	f("several audiences, for whom?", ErrToken, "another client", claim("aud", []string{oidctest.Client, "another"}), nil)
	f("wrong party", ErrToken, "another client", claim("azp", "another"), nil)
	f("expired", ErrToken, "expired", claim("exp", time.Now().Add(-2*skew).Unix()), nil)
	f("not yet", ErrToken, "nbf", claim("nbf", time.Now().Add(time.Hour).Unix()), nil)
	f("wrong issuer", ErrToken, "different provider", claim("iss", "https://evil.example"), nil)
	f("no subject", ErrToken, "subject", claim("sub", ""), nil)
	f("alg none", ErrToken, "malformed", oidctest.Lies{Sign: oidctest.Unsigned}, nil)
	f("signed by the secret", ErrToken, "malformed", oidctest.Lies{Sign: oidctest.BySecret}, nil)
	f("signed by another", ErrToken, "signature", oidctest.Lies{Sign: p.ByAnother}, nil)
	f("no token", ErrToken, "", oidctest.Lies{Sign: func([]byte) string { return "" }}, nil)
	f("user of no text", ErrClaims, "preferred_username", claim("preferred_username", 7), nil)
	f("huge answer", ErrProvider, "", oidctest.Lies{Token: func(w http.ResponseWriter) bool {
		fmt.Fprintf(w, `{"access_token":"a","id_token":"%s`, strings.Repeat("x", 2*maxAnswer))
		return true
	}}, nil)
	f("redirect with the secret", ErrProvider, "307", oidctest.Lies{Token: func(w http.ResponseWriter) bool {
		w.Header().Set("Location", "https://evil.example/token")
		w.WriteHeader(http.StatusTemporaryRedirect)
		return true
	}}, nil)

	// Within the skew of clocks a token still counts.
	p.Lie(claim("exp", time.Now().Add(-skew/2).Unix()))
	if _, _, err := login(t, p, c, ann(), nil); err != nil {
		t.Errorf("half the skew: %v", err)
	}
	p.Lie(claim("aud", []string{oidctest.Client}))
	if _, _, err := login(t, p, c, ann(), nil); err != nil {
		t.Errorf("one audience in a list: %v", err)
	}
}

// An answer counts once: in this process by its state, everywhere by its code.
func TestReplay(t *testing.T) {
	p := oidctest.New(t)
	o := options(t, p)
	c, second := newClient(t, o), newClient(t, o)
	cookie, address, err := c.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	answer := p.Authorize(t, address, ann())
	if _, _, err := c.Finish(t.Context(), cookie, answer); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Finish(t.Context(), cookie, answer); !errors.Is(err, ErrState) {
		t.Errorf("again: %v", err)
	}
	if _, _, err := second.Finish(t.Context(), cookie, answer); !errors.Is(err, ErrDenied) {
		t.Errorf("at another process: %v", err)
	}
}

func TestAttemptsEnd(t *testing.T) {
	p := oidctest.New(t)
	var late time.Duration
	c, err := New(options(t, p), func() time.Time { return time.Now().Add(late) })
	if err != nil {
		t.Fatal(err)
	}
	cookie, address, err := c.Begin(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	late = Lasts + 2*time.Second
	if _, _, err := c.Finish(t.Context(), cookie, p.Authorize(t, address, ann())); !errors.Is(err, ErrState) {
		t.Errorf("%v", err)
	}
}

func TestMailCountsOnlyVerified(t *testing.T) {
	p := oidctest.New(t)
	o := options(t, p)
	o.UserClaim = "email"
	c := newClient(t, o)
	for verified, want := range map[any]error{true: nil, false: ErrClaims, "true": ErrClaims, nil: ErrClaims} {
		who := ann()
		who["email"], who["email_verified"] = "root@example.org", verified
		if _, _, err := login(t, p, c, who, nil); !errors.Is(err, want) {
			t.Errorf("%v: %v", verified, err)
		}
	}
}

// What discovery names must be as safe as the issuer: the secret goes there, and the browser.
func TestDiscovery(t *testing.T) {
	p := oidctest.New(t)
	for name, v := range map[string]string{"issuer": "https://evil.example", "authorization_endpoint": "javascript:alert(1)", "token_endpoint": "http://idp.example/token", "jwks_uri": "ftp://x/", "userinfo_endpoint": "http://idp.example/u"} {
		p.Lie(oidctest.Lies{Document: func(m map[string]any) { m[name] = v }})
		if _, address, err := newClient(t, options(t, p)).Begin(t.Context(), ""); !errors.Is(err, ErrProvider) {
			t.Errorf("%s %s: %s %v", name, v, address, err)
		}
	}
	// A provider that is away is asked again.
	p.Lie(oidctest.Lies{Document: func(m map[string]any) { m["issuer"] = "" }})
	c := newClient(t, options(t, p))
	if _, _, err := c.Begin(t.Context(), ""); err == nil {
		t.Error("no error")
	}
	p.Lie(oidctest.Lies{})
	if _, _, err := c.Begin(t.Context(), ""); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range atOnce {
		c.turns <- struct{}{}
	}
	if _, _, err := c.Begin(ctx, ""); !errors.Is(err, ErrProvider) {
		t.Errorf("all turns taken: %v", err)
	}
}

func TestGrant(t *testing.T) {
	o := Options{Groups: []Group{{"admins", "admin", nil, true}, {"soc-a", "analyst", []string{"a"}, false}, {"soc-b", "analyst", []string{"b", "a"}, false}, {"look", "viewer", []string{"c"}, false}}}
	f := func(want string, groups ...string) {
		t.Helper()
		role, tenants, all, ok := o.Grant(groups)
		if got := fmt.Sprint(role, " ", tenants, all, ok); got != want {
			t.Errorf("%v: %s, want %s", groups, got, want)
		}
	}
	f(" [] false false")
	f(" [] false false", "Admins", "soc")
	f("analyst [a] false true", "soc-a")
	f("analyst [a b] false true", "soc-b", "soc-a")
	f("analyst [a] false true", "look", "soc-a") // not analyst of c
	f("admin [] true true", "soc-a", "admins")
}

func TestOptions(t *testing.T) {
	p := oidctest.New(t)
	f := func(want string, change func(*Options)) {
		t.Helper()
		o := options(t, p)
		change(&o)
		err := o.Check()
		if err == nil {
			_, err = New(o, time.Now)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	f("issuer:", func(o *Options) { o.Issuer = "http://idp.example" })
	f("issuer:", func(o *Options) { o.Issuer = "https://user:pass@idp.example" })
	f("issuer:", func(o *Options) { o.Issuer = "https://idp.example/?x=1" })
	f("page:", func(o *Options) { o.Page = "http://siem.example" })
	f("page:", func(o *Options) { o.Page = "https://siem.example/" })
	f("page:", func(o *Options) { o.Page = "" })
	f("client_id:", func(o *Options) { o.ClientID = "" })
	f("scopes:", func(o *Options) { o.Scopes = []string{"profile"} })
	f("user_claim:", func(o *Options) { o.UserClaim = "" })
	f("groups: none", func(o *Options) { o.Groups = nil })
	f("groups[0]: role:", func(o *Options) { o.Groups = []Group{{"g", "boss", []string{"a"}, false}} })
	f("groups[0]: tenants:", func(o *Options) { o.Groups = []Group{{"g", "viewer", nil, false}} })
	f("groups[0]: group:", func(o *Options) { o.Groups = []Group{{"", "viewer", nil, true}} })
	f("break_glass:", func(o *Options) { o.Only = true })
	f("only:", func(o *Options) { *o = Options{Only: true} })
	f("client_secret_file:", func(o *Options) { o.ClientSecretFile += ".none" })
	f("mode 0644", func(o *Options) { os.Chmod(o.ClientSecretFile, 0o644) })
	f("is empty", func(o *Options) { os.WriteFile(o.ClientSecretFile, []byte(" \n"), 0o600) })
}
