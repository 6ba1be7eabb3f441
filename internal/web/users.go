package web

import (
	"net/http"

	"rsc.io/qr"

	"watchpost/internal/rights"
)

func (s *Server) users(w http.ResponseWriter, r *http.Request) {
	list, err := s.book.Users(r.Context(), principalOf(r))
	if err != nil {
		s.refusedChange(w, r, err)
		return
	}
	answer(w, map[string]any{"users": list})
}

func (s *Server) addUser(w http.ResponseWriter, r *http.Request) {
	var in rights.NewUser
	if !read(w, r, &in) {
		return
	}
	u, err := s.book.AddUser(r.Context(), principalOf(r), in)
	if err != nil {
		s.refusedChange(w, r, err)
		return
	}
	s.audit(r, "user.add", map[string]any{"user": u.User, "role": u.Role, "tenants": u.Tenants, "all_tenants": u.AllTenants})
	created(w, u)
}

func (s *Server) changeUser(w http.ResponseWriter, r *http.Request) {
	var in rights.UserChange
	if !read(w, r, &in) {
		return
	}
	u, err := s.book.ChangeUser(r.Context(), principalOf(r), r.PathValue("id"), in)
	if err != nil {
		s.refusedChange(w, r, err)
		return
	}
	s.audit(r, "user.change", map[string]any{"user": u.User, "change": in})
	answer(w, u)
}

// setPassword changes somebody's password; one's own needs the old one, and gives a new session.
func (s *Server) setPassword(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Old      string `json:"old"`
		Password string `json:"password"`
	}
	if !read(w, r, &in) {
		return
	}
	p, user := principalOf(r), r.PathValue("id")
	if err := s.book.SetPassword(r.Context(), p, user, in.Old, in.Password, address(r)); err != nil {
		s.refusedChange(w, r, err)
		return
	}
	s.audit(r, "user.password", map[string]any{"user": user})
	s.renew(w, r, p, user)
	w.WriteHeader(http.StatusNoContent)
}

// setTOTP proposes a secret for one's own authenticator, takes it into use, or takes it away.
func (s *Server) setTOTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Secret   string `json:"secret"`
		Code     string `json:"code"`
		Password string `json:"password"`
		Off      bool   `json:"off"`
	}
	if !read(w, r, &in) {
		return
	}
	p, user := principalOf(r), r.PathValue("id")
	var err error
	switch {
	case in.Off:
		err = s.book.DropTOTP(r.Context(), p, user, in.Password, address(r))
	case in.Secret == "" && in.Code == "":
		s.unaudited(r)
		secret, uri, err := s.book.NewTOTP(r.Context(), p, user)
		if err != nil {
			s.refusedChange(w, r, err)
			return
		}
		answer(w, map[string]any{"secret": secret, "uri": uri, "qr": modules(uri)})
		return
	default:
		err = s.book.SetTOTP(r.Context(), p, user, in.Secret, in.Code, in.Password, address(r))
	}
	if err != nil {
		s.refusedChange(w, r, err)
		return
	}
	s.audit(r, "user.totp", map[string]any{"user": user, "off": in.Off})
	s.renew(w, r, p, user)
	w.WriteHeader(http.StatusNoContent)
}

// renew gives who changed its own credential a new session: all others have ended. Without it they log in again.
func (s *Server) renew(w http.ResponseWriter, r *http.Request, p rights.Principal, user string) {
	if p.Kind != rights.User || p.User != user {
		return
	}
	cookie, err := s.book.Renew(r.Context(), p, address(r))
	if err != nil {
		s.log.Warn("no new session", "error", err)
		return
	}
	setCookie(w, r, cookie)
}

func (s *Server) tokens(w http.ResponseWriter, r *http.Request) {
	list, err := s.book.Tokens(r.Context(), principalOf(r))
	if err != nil {
		s.refusedChange(w, r, err)
		return
	}
	answer(w, map[string]any{"tokens": list})
}

func (s *Server) addToken(w http.ResponseWriter, r *http.Request) {
	var in rights.NewToken
	if !read(w, r, &in) {
		return
	}
	t, secret, err := s.book.AddToken(r.Context(), principalOf(r), in)
	if err != nil {
		s.refusedChange(w, r, err)
		return
	}
	s.audit(r, "token.add", map[string]any{"token": t.ID, "name": t.Name, "scopes": t.Scopes, "tenants": t.Tenants, "all_tenants": t.AllTenants, "expires": t.Expires})
	created(w, struct {
		rights.APIToken
		Secret string `json:"secret"`
	}{t, secret})
}

func (s *Server) revokeToken(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if err := s.book.RevokeToken(r.Context(), principalOf(r), id); err != nil {
		s.refusedChange(w, r, err)
		return
	}
	s.audit(r, "token.revoke", map[string]any{"token": id})
	w.WriteHeader(http.StatusNoContent)
}

// modules is text as a QR code: a row a string, 1 is dark. Nil if the text is too long for one.
func modules(text string) []string {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil
	}
	rows := make([]string, code.Size)
	for y := range rows {
		row := make([]byte, code.Size)
		for x := range row {
			row[x] = '0'
			if code.Black(x, y) {
				row[x] = '1'
			}
		}
		rows[y] = string(row)
	}
	return rows
}
