package source

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// sender is who a request's credential says it comes from.
type sender struct {
	token  string // its name; empty without
	tenant string
}

type token struct {
	sum [sha256.Size]byte
	sender
}

func tokens(byName map[string]Token) (list []token) {
	for name, t := range byName {
		sum, err := hex.DecodeString(t.SHA256)
		if err != nil || len(sum) != sha256.Size {
			continue // Check has refused it
		}
		list = append(list, token{[sha256.Size]byte(sum), sender{name, t.Tenant}})
	}
	slices.SortFunc(list, func(a, b token) int { return strings.Compare(a.sender.token, b.sender.token) })
	return list
}

// maxToken bounds what an invalid token can cost.
const maxToken = 1 << 10

// authenticate finds the token of a request: Bearer, ApiKey (base64 of id:key, as Elasticsearch has it) or Basic's
// password. A token that is sent must be valid, also where none is needed.
func (h *HTTP) authenticate(r *http.Request) (sender, bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return sender{tenant: h.opt.Tenant}, h.optional
	}
	if len(header) > maxToken {
		return sender{}, false
	}
	scheme, cred, _ := strings.Cut(header, " ")
	cred = strings.TrimSpace(cred)
	switch strings.ToLower(scheme) {
	case "bearer":
		return h.find(cred)
	case "apikey":
		if _, key, ok := pair(cred); ok {
			return h.find(key)
		}
		return h.find(cred)
	case "basic":
		_, password, ok := pair(cred)
		if !ok {
			return sender{}, false
		}
		return h.find(password)
	}
	return sender{}, false
}

func pair(cred string) (left, right string, ok bool) {
	b, err := base64.StdEncoding.DecodeString(cred)
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(b), ":")
}

// find compares with every token, in a time that does not depend on which one fits.
func (h *HTTP) find(secret string) (who sender, ok bool) {
	sum := sha256.Sum256([]byte(secret))
	for i := range h.tokens {
		if subtle.ConstantTimeCompare(sum[:], h.tokens[i].sum[:]) == 1 {
			who, ok = h.tokens[i].sender, true
		}
	}
	return who, ok
}
