// Package oidc lets people prove who they are to a provider of OpenID Connect: authorization code flow with PKCE.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Bounds of a log-in.
const (
	// Lasts is how long somebody may take at the provider.
	Lasts = 10 * time.Minute
	// skew is by how much the provider's clock may be behind this one. In the other direction go-oidc allows five minutes.
	skew = time.Minute
	// patience is how long the provider may take to answer one call, and maxAnswer how much it may say.
	patience  = 10 * time.Second
	maxAnswer = 1 << 20
	// atOnce bounds how many log-ins ask the provider at a time: strangers can begin them.
	atOnce = 8
	// maxUsed bounds the attempts that are remembered as used.
	maxUsed = 10_000
	// MaxTo bounds the place of the page to return to.
	MaxTo = 2000 // browsers keep no cookie above 4 KiB
	// MaxHint bounds the ID token that the provider is shown at a log-out: it stands in an address, and many a server takes none above 8 KiB.
	MaxHint = 6 << 10
	// MaxCookie bounds what Begin gives for a cookie.
	MaxCookie = 43 + 1 + 12 + 1 + MaxTo*4/3 + 4
)

var (
	// ErrState says that the answer belongs to no log-in that this browser began, or to one that is over.
	ErrState = errors.New("this log-in was not begun here, has ended, or took too long")
	// ErrDenied says that the provider did not let somebody in.
	ErrDenied = errors.New("the provider refused")
	// ErrProvider says that the provider cannot be reached, or does not answer as it must.
	ErrProvider = errors.New("the provider does not answer as it must")
	// ErrToken says that what the provider said of somebody does not hold.
	ErrToken = errors.New("what the provider said cannot be trusted")
	// ErrClaims says that the provider does not say what is needed.
	ErrClaims = errors.New("the provider does not say all that is needed")
)

// Identity is who somebody is, as the provider says.
type Identity struct {
	Issuer, Subject string // for ever
	User, Name      string // may change
	Groups          []string
	Token           string // the ID token as it came: shown to the provider at log-out, to nobody else
}

// Client speaks with one provider. Its methods may be called at once.
type Client struct {
	o      Options
	secret string
	now    func() time.Time
	http   *http.Client
	turns  chan struct{}

	mu       sync.Mutex
	provider *provider            // nil until it answered
	used     map[string]time.Time // states, by when they came back
}

// provider is what discovery found.
type provider struct {
	*oidc.Provider
	oauth    *oauth2.Config
	verifier *oidc.IDTokenVerifier
	end      string // end_session_endpoint as it stands there; "": it has none
}

// New makes a Client of o, which was checked. The provider is asked once it is needed.
func New(o Options, now func() time.Time) (*Client, error) {
	c := &Client{o: o, now: now, turns: make(chan struct{}, atOnce), used: map[string]time.Time{}}
	if path := o.ClientSecretFile; path != "" {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("client_secret_file: %w", err)
		}
		if mode := info.Mode().Perm(); mode&0o027 != 0 {
			return nil, fmt.Errorf("client_secret_file: %s has mode %04o: a secret must not be open to others (chmod 0600)", path, mode)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("client_secret_file: %w", err)
		}
		if c.secret = strings.TrimSpace(string(data)); c.secret == "" {
			return nil, fmt.Errorf("client_secret_file: %s is empty", path)
		}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = 64 << 10
	c.http = &http.Client{Timeout: patience, Transport: bounded{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // a secret goes to the address that was named only
	return c, nil
}

// Options gives what c was made of.
func (c *Client) Options() Options { return c.o }

// bounded cuts long answers off.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}

// turn waits for one of the calls that may be under way at a time.
func (c *Client) turn(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case c.turns <- struct{}{}:
		return func() { <-c.turns }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: too many log-ins at once", ErrProvider)
	}
}

// discover asks the provider for its addresses and keys, until it has said so once.
func (c *Client) discover(ctx context.Context) (*provider, error) {
	c.mu.Lock()
	p := c.provider
	c.mu.Unlock()
	if p != nil {
		return p, nil
	}
	found, err := oidc.NewProvider(c.context(ctx), c.o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	var says struct {
		Keys string   `json:"jwks_uri"`
		End  string   `json:"end_session_endpoint"`
		Auth []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := found.Claims(&says); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	endpoint := found.Endpoint()
	addresses := []string{endpoint.AuthURL, endpoint.TokenURL, says.Keys}
	if u := found.UserInfoEndpoint(); u != "" {
		addresses = append(addresses, u)
	}
	for _, a := range addresses {
		if _, err := safeURL(a); err != nil {
			return nil, fmt.Errorf("%w: discovery: %w", ErrProvider, err)
		}
	}
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // which all have that do not say otherwise; trying both would use the code up
	if c.secret == "" || len(says.Auth) > 0 && !slices.Contains(says.Auth, "client_secret_basic") {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	p = &provider{Provider: found, end: says.End,
		oauth:    &oauth2.Config{ClientID: c.o.ClientID, ClientSecret: c.secret, Endpoint: endpoint, RedirectURL: c.o.Page + Callback, Scopes: c.o.Scopes},
		verifier: found.VerifierContext(c.context(context.Background()), &oidc.Config{ClientID: c.o.ClientID, Now: func() time.Time { return c.now().Add(-skew) }})}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.provider = p
	return p, nil
}

func (c *Client) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, c.http)
}

// derive makes what must not be guessed of an attempt, out of its cookie: whoever sees the one cannot tell another, nor the cookie.
func derive(what, cookie string) string {
	sum := sha256.Sum256([]byte(what + "\x00" + cookie))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Begin starts a log-in. The browser must keep cookie, show it to nobody but Finish, and go to address. to is the place of the page
// that it wants to return to.
func (c *Client) Begin(ctx context.Context, to string) (cookie, address string, err error) {
	done, err := c.turn(ctx)
	if err != nil {
		return "", "", err
	}
	defer done()
	p, err := c.discover(ctx)
	if err != nil {
		return "", "", err
	}
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	cookie = base64.RawURLEncoding.EncodeToString(secret) + "." + strconv.FormatInt(c.now().Unix(), 10) + "." + base64.RawURLEncoding.EncodeToString([]byte(to))
	return cookie, p.oauth.AuthCodeURL(derive("state", cookie), oidc.Nonce(derive("nonce", cookie)), oauth2.S256ChallengeOption(derive("verifier", cookie))), nil
}

// End gives where to send the browser of somebody who logs out, so that the provider ends its session too, and sends it back to the page: RP-initiated logout. hint is the
// ID token of the log-in, by which the provider knows who it is; without one, "" or too long, it may ask whether that is meant. "": it has no such address.
func (c *Client) End(ctx context.Context, hint string) (address string, err error) {
	done, err := c.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	p, err := c.discover(ctx)
	if err != nil || p.end == "" {
		return "", err
	}
	u, err := safeURL(p.end)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrProvider, err)
	}
	q := u.Query()
	if q.Set("client_id", c.o.ClientID); hint != "" && len(hint) <= MaxHint {
		q.Set("id_token_hint", hint)
	}
	q.Set("post_logout_redirect_uri", c.o.Page+"/")
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// begun holds the provider's answer to the attempt that the browser's cookie is of, which counts once, and gives where to return to.
func (c *Client) begun(cookie string, answer url.Values) (to string, err error) {
	parts := strings.Split(cookie, ".")
	if len(parts) != 3 || len(cookie) > MaxCookie {
		return "", ErrState
	}
	state := derive("state", cookie)
	if len(answer["state"]) != 1 || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(state)) != 1 {
		return "", ErrState
	}
	at, err := strconv.ParseInt(parts[1], 10, 64)
	now := c.now()
	if age := now.Sub(time.Unix(at, 0)); err != nil || age < -time.Second || age > Lasts {
		return "", ErrState
	}
	place, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return "", ErrState
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, twice := c.used[state]; twice {
		return "", ErrState
	}
	for s, when := range c.used {
		if now.Sub(when) > Lasts+time.Second {
			delete(c.used, s)
		}
	}
	if len(c.used) >= maxUsed {
		return "", fmt.Errorf("%w: too many log-ins at once", ErrProvider)
	}
	c.used[state] = now
	return string(place), nil
}

// errorCode is the form of what a provider calls its reasons.
var errorCode = regexp.MustCompile(`^[a-z_]{1,60}$`)

// Finish takes what the provider sent the browser back with, and gives who it is and the place that it wanted to return to.
func (c *Client) Finish(ctx context.Context, cookie string, answer url.Values) (id Identity, to string, err error) {
	if to, err = c.begun(cookie, answer); err != nil {
		return id, "", err
	}
	if iss, ok := answer["iss"]; ok && (len(iss) != 1 || iss[0] != c.o.Issuer) { // RFC 9207
		return id, "", fmt.Errorf("%w: the answer is of another issuer", ErrToken)
	}
	if reason := answer.Get("error"); reason != "" {
		if !errorCode.MatchString(reason) {
			reason = "for no reason that can be read"
		}
		return id, "", fmt.Errorf("%w: %s", ErrDenied, reason)
	}
	code := answer["code"]
	if len(code) != 1 || code[0] == "" {
		return id, "", fmt.Errorf("%w: there is no code in its answer", ErrProvider)
	}
	done, err := c.turn(ctx)
	if err != nil {
		return id, "", err
	}
	defer done()
	p, err := c.discover(ctx)
	if err != nil {
		return id, "", err
	}
	ctx = c.context(ctx)
	token, err := p.oauth.Exchange(ctx, code[0], oauth2.VerifierOption(derive("verifier", cookie)))
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) { // not the body: it may say anything
		if errorCode.MatchString(refused.ErrorCode) {
			return id, "", fmt.Errorf("%w: the code: %s", ErrDenied, refused.ErrorCode)
		}
		return id, "", fmt.Errorf("%w: the code: HTTP %d", ErrProvider, refused.Response.StatusCode)
	} else if err != nil {
		return id, "", fmt.Errorf("%w: %w", ErrProvider, err)
	}
	id, err = c.identify(ctx, p, token, derive("nonce", cookie))
	return id, to, err
}

// identify holds the provider's word to what was asked, and reads it.
func (c *Client) identify(ctx context.Context, p *provider, token *oauth2.Token, nonce string) (id Identity, err error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return id, fmt.Errorf("%w: there is no ID token", ErrProvider)
	}
	t, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return id, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(nonce)) != 1 {
		return id, fmt.Errorf("%w: the ID token is of another log-in", ErrToken)
	}
	if t.Subject == "" || len(t.Subject) > 255 {
		return id, fmt.Errorf("%w: the ID token names no subject of 1 to 255 bytes", ErrToken)
	}
	var said claims
	if err := t.Claims(&said); err != nil {
		return id, fmt.Errorf("%w: %w", ErrToken, err)
	}
	if azp, ok := said["azp"]; ok && azp != c.o.ClientID || !ok && len(t.Audience) > 1 {
		return id, fmt.Errorf("%w: the ID token was made for another client", ErrToken)
	}
	if !said.has(c.o.UserClaim) || !said.has(c.o.GroupsClaim) {
		if err := c.more(ctx, p, token, t.Subject, said); err != nil {
			return id, err
		}
	}
	id = Identity{Issuer: c.o.Issuer, Subject: t.Subject, User: said.text(c.o.UserClaim), Name: said.text(c.o.NameClaim), Groups: said.list(c.o.GroupsClaim), Token: raw}
	if id.User == "" {
		return id, fmt.Errorf("%w: claim %s, which is to name the user, is no text", ErrClaims, c.o.UserClaim)
	}
	if c.o.UserClaim == "email" && said["email_verified"] != true {
		return id, fmt.Errorf("%w: the address of electronic mail was not verified", ErrClaims)
	}
	return id, nil
}

// more asks for claims that the ID token lacks: many providers give them there only.
func (c *Client) more(ctx context.Context, p *provider, token *oauth2.Token, subject string, said claims) error {
	if p.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return fmt.Errorf("%w: its user info: %w", ErrProvider, err)
	}
	if info.Subject != subject {
		return fmt.Errorf("%w: its user info is about somebody else", ErrToken)
	}
	var further claims
	if err := info.Claims(&further); err != nil {
		return fmt.Errorf("%w: its user info: %w", ErrProvider, err)
	}
	for name, v := range further {
		if _, signed := said[name]; !signed {
			said[name] = v
		}
	}
	return nil
}

// claims are what a provider says of somebody.
type claims map[string]any

// at gives a claim by its name, or by the names that lead to it.
func (c claims) at(path string) any {
	if v, ok := c[path]; ok {
		return v
	}
	name, rest, deeper := strings.Cut(path, ".")
	inner, ok := c[name].(map[string]any)
	if !deeper || !ok {
		return nil
	}
	return claims(inner).at(rest)
}

func (c claims) has(path string) bool { return c.at(path) != nil }

func (c claims) text(path string) string {
	s, _ := c.at(path).(string)
	return s
}

// list gives the texts of a claim that is a list of them, or one.
func (c claims) list(path string) []string {
	switch v := c.at(path).(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return slices.Compact(out)
	}
	return nil
}
