package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// RuleException is what the API keeps of an exception of a rule, an object of kind KindException: the keys of a file of exceptions. It excepts events
// of the object's tenant alone.
type RuleException struct {
	Rule    string    `json:"rule"` // id or tag
	Match   string    `json:"match"`
	Owner   string    `json:"owner"`
	Reason  string    `json:"reason"`
	Expires time.Time `json:"expires"`
}

// exceptionJSON is an exception as the API gives it.
type exceptionJSON struct {
	ID      string    `json:"id"`
	Tenant  string    `json:"tenant"`
	Version uint32    `json:"version"`
	Changed time.Time `json:"changed"`
	By      string    `json:"changed_by"`
	Expired bool      `json:"expired"`
	InUse   bool      `json:"in_use"`          // by the rules of this process; others follow within seconds
	Fault   string    `json:"fault,omitempty"` // why it is not
	RuleException
}

const (
	// maxTenantExceptions bounds the exceptions of a tenant that the API makes.
	maxTenantExceptions = 500
	maxExcepted         = 8 << 10 // bytes of match
)

// ExceptionOf reads the body of an object of kind KindException.
func ExceptionOf(o Object) (x RuleException, err error) { return x, json.Unmarshal(o.Body, &x) }

func (s *Server) showException(o Object, used map[string]bool, faults map[string]string) (j exceptionJSON, err error) {
	j = exceptionJSON{ID: o.ID, Tenant: o.Tenant, Version: o.Version, Changed: o.Time, By: o.User, InUse: used[o.ID], Fault: faults[o.ID]}
	j.RuleException, err = ExceptionOf(o)
	j.Expired = !s.now().Before(j.Expires)
	return j, err
}

func (s *Server) exceptions(w http.ResponseWriter, r *http.Request) {
	p := params{v: r.URL.Query(), now: s.now()}
	if err := p.done("rule"); err != nil {
		refuse(w, err)
		return
	}
	list, err := s.desk.Objects(r.Context(), principalOf(r).Tenants, KindException, "", "", false)
	used, faults := s.desk.UsedExceptions()
	out := []exceptionJSON{}
	for _, o := range list {
		j, bad := s.showException(o, used, faults)
		err = errors.Join(err, bad)
		if rule := p.v.Get("rule"); rule == "" || rule == j.Rule {
			out = append(out, j)
		}
	}
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, map[string]any{"exceptions": out})
}

// checkException reports every fault of an exception, and fills in its owner.
func (s *Server) checkException(r *http.Request, x *RuleException, tenant string) error {
	x.Owner, x.Expires = cmp.Or(x.Owner, principalOf(r).User), x.Expires.UTC()
	var faults []error
	if len(x.Match) > maxExcepted || len(x.Reason) > 1000 || len(x.Owner) > 200 || len(x.Rule) > 200 {
		faults = append(faults, fmt.Errorf("match, reason, owner, rule: at most %d, 1000, 200 and 200 bytes", maxExcepted))
	}
	if !x.Expires.After(s.now()) {
		faults = append(faults, errors.New("expires: it is over before it begins"))
	}
	if err := errors.Join(faults...); err != nil {
		return &Fault{err}
	}
	return s.desk.CheckException(*x, tenant)
}

func (s *Server) addException(w http.ResponseWriter, r *http.Request) {
	var in struct {
		RuleException
		Tenant string `json:"tenant"`
	}
	if !read(w, r, &in) {
		return
	}
	tenant, err := tenantOf(r, in.Tenant)
	if err != nil {
		refuse(w, err)
		return
	}
	err = s.checkException(r, &in.RuleException, tenant)
	var list []Object
	if err == nil {
		list, err = s.desk.Objects(r.Context(), []string{tenant}, KindException, "", "", false)
	}
	if err == nil && len(list) >= maxTenantExceptions {
		err = &Fault{fmt.Errorf("a tenant has at most %d exceptions: take away those that are over", maxTenantExceptions)}
	}
	o := Object{Tenant: tenant, Kind: KindException, ID: newID(), Owner: principalOf(r).User, Shared: true}
	if err == nil {
		o, err = s.next(r, o, in.RuleException)
	}
	s.answerException(w, r, "exception.create", o, err, created)
}

// answerException accounts for an exception that was written, and takes it into use.
func (s *Server) answerException(w http.ResponseWriter, r *http.Request, action string, o Object, err error, answer func(http.ResponseWriter, any)) {
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	used, faults := s.desk.UseExceptions(r.Context())
	j, err := s.showException(o, used, faults)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	s.audit(r, action, map[string]any{"id": o.ID, "tenant": o.Tenant, "version": o.Version, "rule": j.Rule, "match": j.Match[:min(len(j.Match), maxTold)], "reason": j.Reason, "expires": j.Expires})
	answer(w, j)
}

func (s *Server) putException(w http.ResponseWriter, r *http.Request) {
	var in struct {
		RuleException
		Version uint32 `json:"version"` // that was seen; 0: whichever
	}
	if !read(w, r, &in) {
		return
	}
	o, err := s.one(r, KindException, "", r.PathValue("id"), nil)
	if err == nil {
		err = cmp.Or(o.seen(in.Version), s.checkException(r, &in.RuleException, o.Tenant))
	}
	if err == nil {
		o, err = s.next(r, o, in.RuleException)
	}
	s.answerException(w, r, "exception.change", o, err, answer)
}

func (s *Server) deleteException(w http.ResponseWriter, r *http.Request) {
	o, err := s.one(r, KindException, "", r.PathValue("id"), nil)
	if s.remove(w, r, o, err, "exception.delete", map[string]any{"id": o.ID, "tenant": o.Tenant}) {
		s.desk.UseExceptions(r.Context())
	}
}
