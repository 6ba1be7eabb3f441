package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"watchpost/internal/audit"
	"watchpost/internal/rights"
)

// Ledger keeps the account of what was done.
type Ledger interface {
	Record(e audit.Entry, fields map[string]any)
	// Ready is an error while what must be accounted for cannot be.
	Ready() error
}

// route is a resource of the API, and what one must be allowed to do to use it.
type route struct {
	method, path string
	may          rights.Permission
	serve        http.HandlerFunc
}

// request is what a guarded handler knows beside the request itself.
type request struct {
	principal rights.Principal
	fault     error // that kept the store from saying who it is; only where the route is open to all
	audited   bool
	query     string // that was asked for, however it went
}

type requestKey struct{}

func requestOf(r *http.Request) *request {
	q, ok := r.Context().Value(requestKey{}).(*request)
	if !ok {
		panic("BUG: a handler without guard")
	}
	return q
}

// principalOf says who sent r. Handlers take tenants from it, and from nowhere else.
func principalOf(r *http.Request) rights.Principal { return requestOf(r).principal }

// audit accounts for an action that r led to. Requests other than GET of which the handler said nothing are accounted for by
// their route, once they are answered.
func (s *Server) audit(r *http.Request, action string, fields map[string]any) {
	requestOf(r).audited = true
	s.record(r, principalOf(r), action, audit.OK, fields)
}

// unaudited says that r did nothing that is worth an entry, though it is no GET.
func (s *Server) unaudited(r *http.Request) { requestOf(r).audited = true }

func (s *Server) record(r *http.Request, p rights.Principal, action, outcome string, fields map[string]any) {
	s.ledger.Record(audit.Entry{Action: action, Outcome: outcome, User: p.User, Kind: string(p.Kind), Role: string(p.Role),
		Tenants: p.Tenants, Address: address(r)}, fields)
}

// address is where r came from; by a proxy of query.proxies, where it came from to that.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// guard lets those use a route who may.
func (s *Server) guard(rt route) http.HandlerFunc {
	if creates[rt.method+" "+rt.path] {
		rt.serve = s.once(rt.serve)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if fault := ambiguous(r.URL.RawQuery); fault != nil {
			problem(w, http.StatusBadRequest, fault.Error(), nil)
			return
		}
		p, err := s.who(r, s.book.Session)
		if rt.may != rights.Open {
			if err == nil {
				err = s.ledger.Ready()
			}
			if err != nil {
				s.unsure(w, r, err)
				return
			}
		}
		if !p.Can(rt.may) {
			s.deny(w, r, p, rt)
			return
		}
		q := &request{principal: p, fault: err}
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
		if rt.may != rights.Open && rt.may != rights.Known {
			watched, end := s.whileMay(r, rt.may, p)
			r = watched
			defer end()
			defer func() {
				if errors.Is(context.Cause(r.Context()), errEnded) {
					s.record(r, p, "ended", audit.Denied, map[string]any{"method": rt.method, "path": rt.path, "reason": errEnded.Error()})
					panic(http.ErrAbortHandler)
				}
			}()
		}
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			rt.serve(w, r)
			return
		}
		seen := &statusWriter{ResponseWriter: w}
		defer func() {
			if !q.audited && rt.may != rights.Open {
				outcome := audit.OK
				if seen.status >= 400 {
					outcome = audit.Failed
				}
				fields := map[string]any{"method": rt.method, "path": r.URL.Path}
				if q.query != "" {
					fields["query"] = clip(q.query, maxAudited)
				}
				if seen.detail != "" {
					fields["reason"] = clip(seen.detail, maxAudited)
				}
				s.record(r, p, string(rt.may), outcome, fields)
			}
		}()
		rt.serve(seen, r)
	}
}

// checkEvery is how often it is looked whether who sent a request that lasts may still make it.
const checkEvery = time.Second

// errEnded ends a request whose sender may not make it any more.
var errEnded = errors.New("the session or token has ended, or may do less than when the request came")

// whileMay gives r a context that ends, with errEnded, once p, who sent it, may not make it any more: a tail or a large export lasts longer than a session that
// is ended. While the store does not say who it is, the request goes on. Call end when it is over.
func (s *Server) whileMay(r *http.Request, may rights.Permission, p rights.Principal) (watched *http.Request, end func()) {
	ctx, cancel := context.WithCancelCause(r.Context())
	watched = r.WithContext(ctx)
	go func() {
		tick := time.NewTicker(checkEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			now, err := s.who(watched, s.book.Still)
			if err == nil && (!now.Can(may) || slices.ContainsFunc(p.Tenants, func(t string) bool { return !slices.Contains(now.Tenants, t) })) {
				cancel(errEnded)
			}
		}
	}()
	return watched, func() { cancel(nil) }
}

// ambiguous says what is wrong with a query that different readers would read differently: no parameter of the API may stand twice.
func ambiguous(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("query of the address: %w", err)
	}
	for key, v := range values {
		if len(v) > 1 {
			return fmt.Errorf("%.50q stands %d times in the query of the address", key, len(v))
		}
	}
	return nil
}

// deny answers, and accounts for, a request that may not be made.
func (s *Server) deny(w http.ResponseWriter, r *http.Request, p rights.Principal, rt route) {
	s.record(r, p, "denied", audit.Denied, map[string]any{"method": rt.method, "path": rt.path, "needs": string(rt.may)})
	if p.Kind == rights.Anonymous {
		w.Header().Set("WWW-Authenticate", `Bearer realm="watchpost"`)
		problem(w, http.StatusUnauthorized, "log in, or send a token", nil)
		return
	}
	problem(w, http.StatusForbidden, fmt.Sprintf("this needs the permission %s", rt.may), nil)
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
	detail string // of the problem that was answered
}

// maxAudited is how many bytes of a text that came with a request stand in an entry.
const maxAudited = 2000

// clip returns the beginning of s, at most most bytes.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// refused tells the statusWriter below w, if there is one, why a request was refused.
func refused(w http.ResponseWriter, detail string) {
	for {
		switch v := w.(type) {
		case *statusWriter:
			v.detail = detail
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return
		}
	}
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find what lies below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// standardMethods are those that are told what a resource allows; HEAD goes with GET, others are not known anywhere.
var standardMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodConnect}

// Routes adds everything to mux.
func (s *Server) Routes(mux *http.ServeMux) {
	methods := map[string][]string{}
	for _, rt := range s.routes() {
		mux.HandleFunc(rt.method+" "+rt.path, s.guard(rt))
		methods[rt.path] = append(methods[rt.path], rt.method)
	}
	for path, allowed := range methods {
		slices.Sort(allowed)
		list := strings.Join(allowed, ", ")
		refused := func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", list)
			does := " does"
			if len(allowed) > 1 {
				does = " do"
			}
			problem(w, http.StatusMethodNotAllowed, fmt.Sprintf("%.20s does nothing here, %s", r.Method, list+does), nil)
		}
		for _, m := range standardMethods { // one by one: a path without method would stand against {id} beside it with one
			if !slices.Contains(allowed, m) {
				mux.HandleFunc(m+" "+path, refused)
			}
		}
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, r.URL.Path+": there is no such resource", nil)
	})
	mux.HandleFunc("/", s.static)
}

// AddOps adds a route for operators' tools: open to this machine, and elsewhere to who has the permission. Whether the process lives and is ready anybody may
// know, as probes do, but not why.
func (s *Server) AddOps(mux *http.ServeMux, method, path string, serve http.HandlerFunc) {
	guarded := s.guard(route{method, path, rights.ReadMetrics, serve})
	mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
		_, byProxy := proxied(r)
		switch {
		case isLoopback(address(r)) && thisMachine(r.Host) && !byProxy:
			serve(w, r)
		case path == "/metrics" || r.URL.RawQuery != "":
			guarded(w, r)
		default:
			seen := &mute{header: http.Header{}}
			serve(seen, r)
			w.WriteHeader(cmp.Or(seen.status, http.StatusOK))
		}
	})
}

// mute keeps only the status of an answer.
type mute struct {
	header http.Header
	status int
}

func (m *mute) Header() http.Header         { return m.header }
func (m *mute) Write(p []byte) (int, error) { return len(p), nil }
func (m *mute) WriteHeader(status int)      { m.status = status }

// Add adds a route that another part serves, guarded like the API's own.
func (s *Server) Add(mux *http.ServeMux, method, path string, may rights.Permission, serve http.HandlerFunc) {
	mux.HandleFunc(method+" "+path, s.guard(route{method, path, may, serve}))
}
