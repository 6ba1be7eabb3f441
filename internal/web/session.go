package web

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"watchpost/internal/audit"
	"watchpost/internal/rights"
)

// Names of the cookie that holds a session. The prefix makes browsers insist on Secure, on the path / and on this very host.
const (
	secureCookie = "__Host-watchpost"
	plainCookie  = "watchpost"
)

// maxSecret bounds a credential.
const maxSecret = 256

// who says what r's credential stands for. A token that is sent counts alone, even if it is bad. session is Book.Session, or Book.Still.
func (s *Server) who(r *http.Request, session func(context.Context, string) (rights.Principal, error)) (rights.Principal, error) {
	if auth, ok := r.Header["Authorization"]; ok {
		scheme, token, _ := strings.Cut(auth[0], " ")
		if len(auth) != 1 || !strings.EqualFold(scheme, "Bearer") || len(token) > maxSecret {
			return rights.Nobody, nil
		}
		_, byProxy := proxied(r)
		return s.book.Token(r.Context(), token, isLoopback(address(r)) && !byProxy)
	}
	if c := cookie(r); c != "" {
		if p, err := session(r.Context(), c); err != nil || p.Kind != rights.Anonymous {
			return p, err
		}
	}
	if _, ok := proxied(r); ok {
		return rights.Nobody, nil // who called the proxy does not sit at this machine
	}
	return s.book.Local(r.Context())
}

// cookie gives the session's secret that r brings; "" if none.
func cookie(r *http.Request) string {
	names := []string{secureCookie, plainCookie}
	if overTLS(r) { // the other could have been set by somebody between, or by another port
		names = names[:1]
	}
	for _, name := range names {
		if c, err := r.Cookie(name); err == nil && c.Value != "" && len(c.Value) <= maxSecret {
			return c.Value
		}
	}
	return ""
}

// setCookie hands out a session, or takes it back if value is "".
func setCookie(w http.ResponseWriter, r *http.Request, value string) {
	giveCookie(w, value, overTLS(r) || strings.HasPrefix(r.Header.Get("Origin"), "https://")) // the latter: TLS ends at a proxy that query.proxies does not name
}

// giveCookie is setCookie where it is known whether the browser speaks TLS.
func giveCookie(w http.ResponseWriter, value string, secure bool) {
	c := http.Cookie{Name: plainCookie, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: secure}
	if secure {
		c.Name = secureCookie
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, &c)
}

func isLoopback(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.Unmap().IsLoopback()
}

// session tells a client who it is; 401 if it must log in, with what for.
func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	if err := requestOf(r).fault; err != nil {
		s.unsure(w, r, err)
		return
	}
	s.tellSession(w, r, principalOf(r))
}

func (s *Server) tellSession(w http.ResponseWriter, r *http.Request, p rights.Principal) {
	setup, err := s.book.NeedsSetup(r.Context())
	if err != nil {
		s.unsure(w, r, err)
		return
	}
	if p.Kind == rights.Anonymous {
		w.Header().Set("WWW-Authenticate", `Bearer realm="watchpost"`)
		more := map[string]any{"setup": setup}
		if s.oidc != nil {
			more["sign_in"] = map[string]any{"provider": s.o.OIDC.ProviderName(), "passwords": s.book.Passwords()}
		}
		problem(w, http.StatusUnauthorized, "log in, or send a token", more)
		return
	}
	issuer, _ := s.book.VouchedFor(cookie(r))
	answer(w, map[string]any{"open": p.Kind == rights.Local && setup, "setup": setup, "user": p.User, "name": p.Name, "kind": p.Kind, "role": p.Role, "external": issuer != "",
		"tenants": append([]string{}, p.Tenants...), "all_tenants": p.AllTenants, "can": append([]rights.Permission{}, p.Permissions()...)})
}

// begun answers a log-in.
func (s *Server) begun(w http.ResponseWriter, r *http.Request, action, cookie string) {
	p, ok := s.enter(w, r, action, cookie, nil)
	if !ok {
		return
	}
	setCookie(w, r, cookie)
	s.tellSession(w, r, p)
}

// enter makes r that of who has just logged in, and accounts for it.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, action, cookie string, fields map[string]any) (rights.Principal, bool) {
	p, err := s.book.Session(r.Context(), cookie)
	if err != nil {
		s.unsure(w, r, err)
		return p, false
	}
	s.forget(r) // whoever was logged in here before
	requestOf(r).principal = p
	s.audit(r, action, fields)
	return p, true
}

// forget ends the session that r brings. If that fails it ends when it is over.
func (s *Server) forget(r *http.Request) {
	if old := cookie(r); old != "" {
		if err := s.book.Logout(r.Context(), old); err != nil {
			s.log.Warn("a session was not ended", "error", err)
		}
	}
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	var in struct {
		User     string `json:"user"`
		Password string `json:"password"`
		TOTP     string `json:"totp"`
	}
	if !read(w, r, &in) {
		s.unaudited(r)
		return
	}
	cookie, err := s.book.Login(r.Context(), in.User, in.Password, in.TOTP, address(r))
	if err != nil {
		s.refusedLogin(w, r, "login", in.User, err)
		return
	}
	s.begun(w, r, "login", cookie)
}

// refusedLogin answers and accounts for a log-in that failed. The account names users that exist only: what else stands there may be a password.
func (s *Server) refusedLogin(w http.ResponseWriter, r *http.Request, action, user string, err error) {
	fields := map[string]any{"reason": err.Error()}
	if s.book.Has(user) {
		fields["user"] = strings.ToLower(strings.TrimSpace(user))
	}
	s.unaudited(r)
	if errors.Is(err, rights.ErrCode) { // the usual first half of a log-in; of one that stays a half somebody else may know the password
		s.record(r, principalOf(r), action+".code", audit.OK, fields)
	} else {
		s.record(r, principalOf(r), action, audit.Denied, fields)
	}
	s.refusedChange(w, r, err)
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	old := cookie(r)
	if old == "" {
		s.unaudited(r)
		problem(w, http.StatusUnauthorized, "there is no session to end", nil)
		return
	}
	issuer, hint := s.book.VouchedFor(old)
	elsewhere := s.oidc != nil && s.o.OIDC.Logout && issuer == s.o.OIDC.Issuer
	if err := s.book.Logout(r.Context(), old); err != nil {
		s.unsure(w, r, err)
		return
	}
	s.audit(r, "logout", nil)
	setCookie(w, r, "")
	if elsewhere {
		address, err := s.oidc.End(r.Context(), hint)
		if err == nil && address != "" {
			answer(w, map[string]any{"url": address})
			return
		}
		s.log.Warn("log-out at the provider of OpenID Connect is not possible: it has no end_session_endpoint, or does not answer", "error", err)
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) setup(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Token    string `json:"token"`
		User     string `json:"user"`
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if !read(w, r, &in) {
		s.unaudited(r)
		return
	}
	cookie, err := s.book.Setup(r.Context(), in.Token, in.User, in.Name, in.Password, address(r))
	if err != nil {
		s.refusedLogin(w, r, "setup", "", err)
		return
	}
	s.begun(w, r, "setup", cookie)
}

// unsure answers when the store does not say who somebody is.
func (s *Server) unsure(w http.ResponseWriter, r *http.Request, err error) {
	s.log.Warn("request refused", "path", r.URL.Path, "error", err)
	w.Header().Set("Retry-After", "1")
	problem(w, http.StatusServiceUnavailable, "users and sessions cannot be read now: try again", nil)
}

// refusedChange answers what package rights refused.
func (s *Server) refusedChange(w http.ResponseWriter, r *http.Request, err error) {
	var wait rights.Wait
	switch {
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.For.Seconds()))))
		problem(w, http.StatusTooManyRequests, err.Error(), nil)
	case errors.Is(err, rights.ErrCode):
		problem(w, http.StatusUnauthorized, err.Error(), map[string]any{"totp": true})
	case errors.Is(err, rights.ErrRefused):
		problem(w, http.StatusUnauthorized, err.Error(), nil)
	case errors.Is(err, rights.ErrNotFound):
		problem(w, http.StatusNotFound, err.Error(), nil)
	case errors.Is(err, rights.ErrConflict):
		problem(w, http.StatusConflict, strings.TrimPrefix(err.Error(), rights.ErrConflict.Error()+": "), nil)
	case rights.Invalid(err):
		problem(w, http.StatusBadRequest, err.Error(), nil)
	default:
		s.unsure(w, r, err)
	}
}
