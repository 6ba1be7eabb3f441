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
	token    string // its name; empty without
	tenant   string
	defaults *Defaults
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
		list = append(list, token{[sha256.Size]byte(sum), sender{name, t.Tenant, t.Defaults.orNil()}})
	}
	slices.SortFunc(list, func(a, b token) int { return strings.Compare(a.sender.token, b.sender.token) })
	return list
}

// maxToken bounds what an invalid token can cost.
const maxToken = 1 << 10

// What is wrong with a request's credential.
const (
	noToken          = "the token is missing"
	badAuthorization = "the authorization cannot be read"
	badToken         = "the token is not valid"
	noQueryToken     = "a token in the query is not allowed"
)

// authenticate finds the token of a request: Bearer, Splunk, ApiKey (base64 of id:key, as Elasticsearch has it) or Basic's
// password. A token that is sent must be valid, also where none is needed; only a listener that has no tokens takes no
// notice, for the clients of some protocols always send one. wrong is empty if all is well.
func (h *HTTP) authenticate(r *http.Request) (who sender, wrong string) {
	open := sender{tenant: h.opt.Tenant}
	if len(h.tokens) == 0 {
		if !h.optional {
			return sender{}, noToken
		}
		return open, ""
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		secret := queryToken(r.URL)
		switch {
		case secret != "" && !h.opt.QueryToken:
			return sender{}, noQueryToken
		case secret != "":
			return h.find(secret)
		case h.optional:
			return open, ""
		}
		return sender{}, noToken
	}
	if len(header) > maxToken {
		return sender{}, badToken
	}
	scheme, cred, _ := strings.Cut(header, " ")
	cred = strings.TrimSpace(cred)
	switch strings.ToLower(scheme) {
	case "bearer", "splunk":
		return h.find(cred)
	case "apikey":
		if _, key, ok := pair(cred); ok {
			return h.find(key)
		}
		return h.find(cred)
	case "basic":
		if _, password, ok := pair(cred); ok {
			return h.find(password)
		}
	}
	return sender{}, badAuthorization
}

func pair(cred string) (left, right string, ok bool) {
	b, err := base64.StdEncoding.DecodeString(cred)
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(b), ":")
}

// find compares with every token, in a time that does not depend on which one fits.
func (h *HTTP) find(secret string) (who sender, wrong string) {
	sum := sha256.Sum256([]byte(secret))
	wrong = badToken
	for i := range h.tokens {
		if subtle.ConstantTimeCompare(sum[:], h.tokens[i].sum[:]) == 1 {
			who, wrong = h.tokens[i].sender, ""
		}
	}
	return who, wrong
}
