// Package oidctest is a provider of OpenID Connect for tests: one that keeps to the protocol until it is told to lie.
package oidctest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Names by which the provider knows its only client.
const (
	Client = "watchpost"
	Secret = "a secret of the client's"
)

// Provider answers discovery, the token endpoint and that for user info.
type Provider struct {
	Issuer string

	mu    sync.Mutex
	codes map[string]code
	lie   Lies
	key   *rsa.PrivateKey
	other *rsa.PrivateKey // that nobody publishes
}

// Lies say where the provider leaves the protocol.
type Lies struct {
	Claims   func(map[string]any)           // changes those of the ID token
	Sign     func(claims []byte) string     // makes the ID token; nil: as the published key does
	Info     map[string]any                 // claims of user info
	Document func(map[string]any)           // changes the discovery document
	Token    func(http.ResponseWriter) bool // answers at the token endpoint, if it gives true
}

type code struct {
	claims                      map[string]any
	nonce, challenge, returning string
}

// New starts a provider that ends with the test.
func New(t testing.TB) *Provider {
	p := &Provider{codes: map[string]code{}}
	for _, k := range []**rsa.PrivateKey{&p.key, &p.other} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		*k = key
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.document)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.key.PublicKey, KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	p.Issuer = s.URL
	return p
}

// Lie makes the provider leave the protocol from now on.
func (p *Provider) Lie(l Lies) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lie = l
}

func (p *Provider) lies() Lies {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lie
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	json.NewEncoder(w).Encode(map[string]string{"error": why})
}

func (p *Provider) document(w http.ResponseWriter, _ *http.Request) {
	doc := map[string]any{"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/keys", "userinfo_endpoint": p.Issuer + "/userinfo",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256", "none", "HS256"}}
	if l := p.lies(); l.Document != nil {
		l.Document(doc)
	}
	answer(w, doc)
}

// Authorize does what a browser and somebody at the provider's form do: it gives what the browser is sent back with from address. claims are what
// the provider says of who logged in.
func (p *Provider) Authorize(t testing.TB, address string, claims map[string]any) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{"client_id": Client, "response_type": "code", "code_challenge_method": "S256"} {
		if q.Get(name) != want {
			t.Fatalf("%s: %s is not %s", address, name, want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(q.Get(name)) < 43 {
			t.Fatalf("%s: %s is not of 256 bits", address, name)
		}
	}
	id := rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[id] = code{claims, q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
	return url.Values{"code": {id}, "state": {q.Get("state")}, "iss": {p.Issuer}}
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	lie := p.lies()
	if lie.Token != nil && lie.Token(w) {
		return
	}
	user, password, _ := r.BasicAuth()
	if secret, err := url.QueryUnescape(password); user != Client || err != nil || secret != Secret {
		refuse(w, "invalid_client")
		return
	}
	p.mu.Lock()
	c, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code")) // good once
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || r.FormValue("redirect_uri") != c.returning || base64.RawURLEncoding.EncodeToString(sum[:]) != c.challenge {
		refuse(w, "invalid_grant")
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": p.Issuer, "aud": Client, "nonce": c.nonce, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	for k, v := range c.claims {
		claims[k] = v
	}
	if lie.Claims != nil {
		lie.Claims(claims)
	}
	text, _ := json.Marshal(claims) // of a map of plain values
	sign := lie.Sign
	if sign == nil {
		sign = p.sign(p.key)
	}
	answer(w, map[string]any{"access_token": "access", "token_type": "Bearer", "id_token": sign(text)})
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer access" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	answer(w, p.lies().Info)
}

func (p *Provider) sign(key *rsa.PrivateKey) func([]byte) string {
	return func(claims []byte) string {
		return mustSign(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, claims)
	}
}

func mustSign(k jose.SigningKey, claims []byte) string {
	s, err := jose.NewSigner(k, nil)
	if err != nil {
		panic(err)
	}
	signed, err := s.Sign(claims)
	if err != nil {
		panic(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}

// ByAnother signs with a key that the provider does not publish, under the name of the one that it does.
func (p *Provider) ByAnother(claims []byte) string { return p.sign(p.other)(claims) }

// Unsigned makes a token of algorithm none.
func Unsigned(claims []byte) string {
	b64 := base64.RawURLEncoding
	return b64.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + b64.EncodeToString(claims) + "."
}

// BySecret signs with what the client knows, too.
func BySecret(claims []byte) string {
	return mustSign(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(Secret + " and so on, to 32 bytes")}, claims)
}
