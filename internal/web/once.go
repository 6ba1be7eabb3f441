package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"watchpost/internal/alert"
)

// creates are the routes that make something, and that a client may call again with the same Idempotency-Key when it does not know whether it was heard.
var creates = map[string]bool{
	"POST /api/v1/hunts": true, "POST /api/v1/investigations": true, "POST /api/v1/investigations/{id}/items": true, "POST /api/v1/schedules": true,
	"POST /api/v1/packs/{name}/runs": true, "POST /api/v1/exceptions": true, "POST /api/v1/users": true, "POST /api/v1/tokens": true, "POST /api/v1/reparse": true,
	"POST /api/v1/alerts/{id}/activity": true,
}

// Bounds of what is kept of requests with a key.
const (
	onceFor     = 24 * time.Hour
	onceClaim   = 15 * time.Minute // after that long without an answer the process that had the request is taken for dead
	maxOnceKey  = 255
	maxOnceBody = 256 << 10 // bytes of an answer that are kept
	maxOnceDay  = 10_000    // keys of a user a day, in a process
)

// kindRequest is the kind of objects that such requests are, of no tenant. Table objects drops them after a day.
const kindRequest = "request"

// onceBody is what is kept of a request. Answers are sealed: that of POST /tokens has a secret.
type onceBody struct {
	Request string   `json:"request"` // fingerprint
	Done    bool     `json:"done"`
	Free    bool     `json:"free"` // it came to nothing, and can be tried again
	Status  int      `json:"status,omitempty"`
	Type    string   `json:"type,omitempty"`
	Answer  string   `json:"answer,omitempty"`  // sealed; "": it was too large to keep
	Tenants []string `json:"tenants,omitempty"` // that the asker saw: the answer may be of any of them
}

// onceCounts bounds the keys of each user.
type onceCounts struct {
	mu  sync.Mutex
	day string
	of  map[string]int
}

func (c *onceCounts) take(day, user string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.day != day {
		c.day, c.of = day, map[string]int{}
	}
	c.of[user]++
	return c.of[user] <= maxOnceDay
}

// kept is an answer that is stored before it is sent.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header { return k.header }
func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}
func (k *kept) Write(p []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(p)
}

// once serves a request with an Idempotency-Key, by draft-ietf-httpapi-idempotency-key-header: what was answered well is answered again, another request with
// the key is refused (422), and so is the same one while the first is under way (409). What failed may be tried again.
func (s *Server) once(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		keys := r.Header.Values("Idempotency-Key")
		if len(keys) == 0 {
			serve(w, r)
			return
		}
		key := keys[0]
		if len(keys) > 1 || key == "" || len(key) > maxOnceKey {
			problem(w, http.StatusBadRequest, fmt.Sprintf("Idempotency-Key: want one, of 1 to %d bytes", maxOnceKey), nil)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			status := http.StatusBadRequest
			if errors.As(err, new(*http.MaxBytesError)) {
				status = http.StatusRequestEntityTooLarge
			}
			problem(w, status, "request body: "+err.Error(), nil)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		asked := s.book.Fingerprint(fmt.Appendf(nil, "%s %s\n%s", r.Method, r.URL.RequestURI(), body))
		o, had, err := s.claimOnce(r, key, asked)
		switch {
		case errors.Is(err, alert.ErrConflict):
			s.unaudited(r)
			w.Header().Set("Retry-After", "1")
			problem(w, http.StatusConflict, "a request with this Idempotency-Key is under way", nil)
		case err != nil:
			s.wrong(w, r, err)
		case had != nil:
			s.answerAgain(w, r, o, had, asked)
		default:
			s.serveOnce(w, r, o, asked, serve)
		}
	}
}

// claimOnce gives the answer that a request with key had; if there is none, the request is the caller's to do. The error is alert.ErrConflict while another does it.
func (s *Server) claimOnce(r *http.Request, key, asked string) (o Object, had *onceBody, err error) {
	p, now := principalOf(r), s.now().UTC()
	user := string(p.Kind) + "\x00" + p.User
	// The engine knows for some time that a name was taken whose row it dropped, so names last for a day.
	name := func(t time.Time) string {
		return s.book.Fingerprint([]byte(user + "\x00" + t.Format(time.DateOnly) + "\x00" + key))
	}
	o = Object{Kind: kindRequest, ID: name(now), Owner: p.User}
	for _, id := range []string{o.ID, name(now.Add(-onceFor))} {
		list, err := s.desk.Objects(r.Context(), []string{""}, kindRequest, "", id, false)
		if err != nil {
			return o, nil, err
		}
		if len(list) == 0 || now.Sub(list[0].Time) > onceFor {
			continue
		}
		var b onceBody
		if err := json.Unmarshal(list[0].Body, &b); err != nil {
			return o, nil, err
		}
		o = list[0]
		switch {
		case b.Done, b.Request != asked:
			return o, &b, nil
		case !b.Free && now.Sub(o.Time) < onceClaim:
			return o, nil, alert.ErrConflict
		}
		break
	}
	if !s.onces.take(now.Format(time.DateOnly), user) {
		return o, nil, &Fault{fmt.Errorf("Idempotency-Key: more than %d of a user in a day", maxOnceDay)}
	}
	o, err = s.next(r, o, onceBody{Request: asked})
	return o, nil, err
}

func (s *Server) answerAgain(w http.ResponseWriter, r *http.Request, o Object, had *onceBody, asked string) {
	if had.Request != asked {
		problem(w, http.StatusUnprocessableEntity, "another request came with this Idempotency-Key", nil)
		return
	}
	if mine := principalOf(r).Tenants; slices.ContainsFunc(had.Tenants, func(t string) bool { return !slices.Contains(mine, t) }) {
		problem(w, http.StatusConflict, "this was done while you saw more tenants than now, so that its answer is not given again", nil)
		return
	}
	s.audit(r, "repeated", map[string]any{"method": r.Method, "path": r.URL.Path})
	if had.Answer == "" {
		problem(w, http.StatusConflict, "this was done, and its answer was too large to be kept: look for what it made", nil)
		return
	}
	text, err := s.book.Unseal(o.ID, had.Answer)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	w.Header().Set("Content-Type", had.Type)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Idempotent-Replayed", "true")
	w.WriteHeader(had.Status)
	w.Write(text)
}

// serveOnce does the request whose claim is o, and notes the answer before it is sent.
func (s *Server) serveOnce(w http.ResponseWriter, r *http.Request, o Object, asked string, serve http.HandlerFunc) {
	note := func(b onceBody) {
		b.Request, b.Tenants = asked, principalOf(r).Tenants
		late, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), manifestTime) // a client that is gone comes again
		defer cancel()
		if _, err := s.next(r.WithContext(late), o, b); err != nil {
			s.log.Warn("what was answered to a request with an Idempotency-Key is not kept", "path", r.URL.Path, "error", err)
		}
	}
	k, finished := &kept{header: w.Header()}, false
	defer func() {
		if !finished { // it broke off
			note(onceBody{Free: true})
		}
	}()
	serve(k, r)
	finished = true
	b := onceBody{Done: true, Status: k.status, Type: k.header.Get("Content-Type")}
	if k.status < 200 || k.status > 299 {
		b = onceBody{Free: true}
	} else if k.body.Len() <= maxOnceBody {
		var err error
		if b.Answer, err = s.book.Seal(o.ID, k.body.Bytes()); err != nil {
			s.log.Warn("an answer cannot be sealed", "error", err)
		}
	}
	note(b)
	if k.status != 0 { // else the client is gone
		w.WriteHeader(k.status)
		w.Write(k.body.Bytes()) // the client may be gone: nothing to do about it
	}
}
