package web

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"time"

	"watchpost/internal/audit"
	"watchpost/internal/oidc"
	"watchpost/internal/rights"
)

// Names of the cookie that binds a log-in at the provider to the browser that began it.
const (
	secureAttempt = "__Host-watchpost-oidc"
	plainAttempt  = "watchpost-oidc"
)

// UseOIDC lets people log in by a provider. Call it before the server serves.
func (s *Server) UseOIDC(c *oidc.Client) { s.oidc = c }

// checkOIDC reports every fault of log-in by OpenID Connect.
func (o Options) checkOIDC() (faults []error) {
	err := o.OIDC.Check()
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, err := range list {
		if err != nil {
			faults = append(faults, fmt.Errorf("oidc.%w", err))
		}
	}
	if host := o.OIDC.Host(); o.OIDC.Enabled() && host != "" && !o.ownName(host) {
		faults = append(faults, fmt.Errorf("oidc.page: %.100s is none of query.hosts", host))
	}
	return faults
}

// attemptCookie is the cookie of a log-in that begins with value, or of one that is over if it is "". It comes back with the browser's way from the
// provider, which is another site: SameSite=Strict would keep it.
func (s *Server) attemptCookie(value string) *http.Cookie {
	c := &http.Cookie{Name: plainAttempt, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.o.OIDC.Secure(), MaxAge: int(oidc.Lasts / time.Second)}
	if c.Secure {
		c.Name = secureAttempt
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// placeOfPage is what may stand behind the / of the page's address: never the beginning of another host.
var placeOfPage = regexp.MustCompile(`^([?#][\x21-\x5b\x5d-\x7e]*)?$`)

// beginOIDC tells the page where to send the browser. It is a POST so that no other site can begin a log-in here.
func (s *Server) beginOIDC(w http.ResponseWriter, r *http.Request) {
	s.unaudited(r)
	var in struct {
		To string `json:"to"`
	}
	if !read(w, r, &in) || !s.hasOIDC(w) {
		return
	}
	if r.Host != s.o.OIDC.Host() {
		problem(w, http.StatusConflict, fmt.Sprintf("open this page as %s: that is where %s sends you back to", s.o.OIDC.Page, s.o.OIDC.ProviderName()), nil)
		return
	}
	if len(in.To) > oidc.MaxTo || !placeOfPage.MatchString(in.To) {
		problem(w, http.StatusBadRequest, fmt.Sprintf("to: want a place of this page: nothing, or at most %d printable ASCII characters that begin with ? or #", oidc.MaxTo), nil)
		return
	}
	cookie, address, err := s.oidc.Begin(r.Context(), in.To)
	if err != nil {
		s.log.Warn("log-in by OpenID Connect", "error", err)
		problem(w, http.StatusBadGateway, fmt.Sprintf("%s: its log-in cannot be reached now", s.o.OIDC.ProviderName()), nil)
		return
	}
	http.SetCookie(w, s.attemptCookie(cookie))
	answer(w, map[string]any{"url": address})
}

func (s *Server) hasOIDC(w http.ResponseWriter) bool {
	if s.oidc == nil {
		problem(w, http.StatusNotFound, "nobody logs in by OpenID Connect here: query.oidc is not set", nil)
	}
	return s.oidc != nil
}

// finishOIDC takes the browser back from the provider.
func (s *Server) finishOIDC(w http.ResponseWriter, r *http.Request) {
	if !s.hasOIDC(w) {
		return
	}
	over := s.attemptCookie("")
	attempt := ""
	if c, err := r.Cookie(over.Name); err == nil && len(c.Value) <= oidc.MaxCookie {
		attempt = c.Value
	}
	http.SetCookie(w, over)
	id, to, err := s.oidc.Finish(r.Context(), attempt, r.URL.Query())
	if err != nil {
		s.refusedOIDC(w, r, id, err)
		return
	}
	role, tenants, all, ok := s.o.OIDC.Grant(id.Groups)
	if !ok {
		err := error(errNoGroup)
		if _, fault := s.book.EndExternal(r.Context(), id.Issuer, id.Subject); fault != nil {
			err = fault
		}
		s.refusedOIDC(w, r, id, err)
		return
	}
	who := rights.External{Issuer: id.Issuer, Subject: id.Subject, User: id.User, Name: id.Name, Role: role, Tenants: tenants, AllTenants: all}
	if s.o.OIDC.Logout && len(id.Token) <= oidc.MaxHint {
		who.Proof = id.Token
	}
	cookie, came, err := s.book.LoginExternal(r.Context(), who, address(r))
	if err != nil {
		s.refusedOIDC(w, r, id, err)
		return
	}
	if _, ok := s.enter(w, r, "login", cookie, map[string]any{"by": "oidc", "issuer": id.Issuer, "subject": id.Subject}); !ok {
		return
	}
	if u := came.Account; came.Created || came.Changed {
		action := "user.add"
		if came.Changed {
			action = "user.change"
		}
		s.audit(r, action, map[string]any{"by": "oidc", "user": u.User, "role": u.Role, "tenants": u.Tenants, "all_tenants": u.AllTenants})
	}
	giveCookie(w, cookie, s.o.OIDC.Secure())
	w.Header().Set("Cache-Control", "no-store")
	if !placeOfPage.MatchString(to) {
		to = ""
	}
	http.Redirect(w, r, "/"+to, http.StatusSeeOther)
}

var errNoGroup = errors.New("none of the groups is one of query.oidc.groups")

// refusedOIDC shows somebody who came back from the provider why there is no log-in, and accounts for it.
func (s *Server) refusedOIDC(w http.ResponseWriter, r *http.Request, id oidc.Identity, err error) {
	fields := map[string]any{"by": "oidc", "reason": err.Error()}
	if id.Subject != "" { // the provider vouches for it
		fields["subject"], fields["user"] = id.Subject, id.User
	}
	s.record(r, principalOf(r), "login", audit.Denied, fields)
	provider := s.o.OIDC.ProviderName()
	say := func(status int, title string, text ...string) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		door.Execute(w, map[string]any{"Title": title, "Text": text}) // the browser may be gone: nothing to do about it
	}
	switch {
	case errors.Is(err, errNoGroup):
		say(http.StatusForbidden, "You have no access yet", fmt.Sprintf("%s knows you as %s, but none of your groups there gives access to Watchpost.", provider, id.User),
			"Ask whoever manages access in your organisation to put you into one that does, then sign in again.")
	case errors.Is(err, oidc.ErrState):
		say(http.StatusBadRequest, "This log-in cannot be finished", "It was begun in another browser, took longer than 10 minutes, or was finished before.", "Go back and sign in again.")
	case errors.Is(err, oidc.ErrDenied):
		say(http.StatusForbidden, "You are not signed in", fmt.Sprintf("%s did not let you in (%v).", provider, err))
	case errors.Is(err, oidc.ErrClaims), rights.Invalid(err):
		s.log.Warn("log-in by OpenID Connect", "error", err)
		say(http.StatusForbidden, "Your account does not fit", fmt.Sprintf("%s knows you, but what it says of you makes no user here: %v.", provider, err), "Whoever manages Watchpost can mend that: query.oidc says which claims are read.")
	case errors.Is(err, oidc.ErrToken):
		s.log.Warn("log-in by OpenID Connect", "error", err)
		say(http.StatusForbidden, "You are not signed in", fmt.Sprintf("The answer of %s does not hold: it is not for this log-in, not for Watchpost, or not of now.", provider), "Whoever manages Watchpost finds the reason in the log and in the audit.")
	case errors.Is(err, oidc.ErrProvider):
		s.log.Warn("log-in by OpenID Connect", "error", err)
		say(http.StatusBadGateway, "You are not signed in", fmt.Sprintf("%s cannot be reached now, or does not answer as it must.", provider), "Try again; whoever manages Watchpost finds the reason in the log and in the audit.")
	case errors.Is(err, rights.ErrConflict), errors.Is(err, rights.ErrDisabled):
		say(http.StatusForbidden, "You are not signed in", fmt.Sprintf("%s knows you as %s, but you cannot log in here: %s.", provider, id.User, strings.TrimPrefix(err.Error(), "conflict: ")), "Ask whoever manages Watchpost.")
	default:
		s.log.Warn("log-in by OpenID Connect", "error", err)
		say(http.StatusServiceUnavailable, "Watchpost cannot let you in now", "Users and sessions cannot be read now. Try again.")
	}
}

// door is the page for who is not let in. It stands by itself: no script, and nothing but text in it.
var door = template.Must(template.New("door").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Title}} · Watchpost</title>
<link rel="icon" type="image/svg+xml" href="/favicon.svg">
<link rel="stylesheet" href="/door.css">
</head>
<body>
<main>
<p class="name"><img src="/favicon.svg" alt="" width="28" height="28"> Watchpost</p>
<h1>{{.Title}}</h1>
{{range .Text}}<p>{{.}}</p>
{{end}}<p><a href="/">Back to the log-in</a></p>
</main>
</body>
</html>
`))
