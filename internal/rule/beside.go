package rule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Read reads the rules of one file beside those of s: with its lists, and with those exceptions of folder exceptions/ that
// concern them. s does not change. Faults begin with file.
func (s *Set) Read(file string, src []byte) (*Set, error) {
	if len(src) > MaxFile {
		return nil, fmt.Errorf("%s: %d bytes are too many, the most is %d", file, len(src), MaxFile)
	}
	l := &loader{lists: s.lists, set: &Set{}}
	if l.lists == nil {
		l.lists = lists{}
	}
	l.takeRules(l.docsOf(file, src), map[string]*Rule{})
	if len(l.errs) == 0 && len(l.set.Rules) == 0 {
		l.fail("%s: holds no rule", file)
	}
	for _, x := range s.Exceptions {
		if len(x.Rules) > 0 && slices.ContainsFunc(l.set.Rules, x.concerns) {
			l.set.Exceptions = append(l.set.Exceptions, x)
		}
	}
	if len(l.errs) == 0 {
		l.except()
	}
	if len(l.errs) > 0 {
		return nil, errors.Join(l.errs...)
	}
	l.finish()
	return l.set, nil
}

// Except gives r with one more exception, which holds until expires. r does not change. The error, if it is about match, is
// an *Error.
func (s *Set) Except(r *Rule, match string, expires time.Time) (*Rule, error) {
	p, err := s.Compile(match)
	if err != nil {
		return nil, fmt.Errorf("match: %w", err)
	}
	return s.except(r, []*Exception{{Match: p, Owner: "preview", Reason: "preview", Expires: expires}})
}

// except gives r with more exceptions.
func (s *Set) except(r *Rule, more []*Exception) (*Rule, error) {
	out := *r
	out.Exceptions = slices.Concat(r.Exceptions, more)
	if n := most(out.Exceptions); n > MaxExceptions {
		return nil, fmt.Errorf("rule %s has %d exceptions, the most is %d", r.ID, n, MaxExceptions)
	}
	if err := out.heed(s.lists); err != nil {
		return nil, err
	}
	out.Version = out.version(s.lists)
	return &out, nil
}

// most is how many of xs concern the events of one tenant.
func most(xs []*Exception) int {
	of := map[string]int{}
	for _, x := range xs {
		of[x.Tenant]++
	}
	all, n := of[""], 0
	delete(of, "")
	for _, own := range of {
		n = max(n, own)
	}
	return all + n
}

// MaxTenantCost bounds what the exceptions of one tenant may cost an event in one rule, in units of Predicate.Cost, each some 10 ns: half of what a rule
// may take by default. A rule that takes more is switched off, for everybody: that is not for one tenant to bring about.
const MaxTenantCost = 10_000

// room parts those of more that r takes from those that would cost it too much beside others of their tenant.
func (r *Rule) room(more []*Exception) (taken, left []*Exception) {
	cost := map[string]int{}
	for _, x := range r.Exceptions {
		cost[x.Tenant] += x.Match.Cost()
	}
	for _, x := range more {
		if c := cost[x.Tenant] + x.Match.Cost(); x.Tenant == "" || c <= MaxTenantCost {
			cost[x.Tenant], taken = c, append(taken, x)
		} else {
			left = append(left, x)
		}
	}
	return taken, left
}

// heed compiles the steps of r, which nobody else has, with its exceptions.
func (r *Rule) heed(all lists) (err error) {
	r.Steps = slices.Clone(r.Steps)
	for i := range r.Steps {
		if r.Steps[i].Match, err = r.Steps[i].Written.except(r.Exceptions, all); err != nil {
			return err
		}
	}
	return nil
}

// ReadExceptions reads exceptions as a file of folder exceptions/ holds them, with the lists of s. Faults begin with file. What they are about is
// not looked at: see With.
func (s *Set) ReadExceptions(file string, src []byte) ([]*Exception, error) {
	l := &loader{lists: s.lists, set: &Set{}}
	if l.lists == nil {
		l.lists = lists{}
	}
	l.takeExceptions(l.docsOf(file, src))
	return l.set.Exceptions, errors.Join(l.errs...)
}

// With gives s with more exceptions. Those that concern no rule, or that a rule cannot take, are left out, and said in faults, each beginning with
// the exception's file. s does not change.
func (s *Set) With(more []*Exception) (with *Set, faults []error) {
	if len(more) == 0 {
		return s, nil
	}
	out := *s
	out.Rules, out.Exceptions = slices.Clone(s.Rules), slices.Clone(s.Exceptions)
	fits := make([]bool, len(more))
	for i, r := range out.Rules {
		var mine []*Exception
		for j, x := range more {
			if x.concerns(r) {
				mine, fits[j] = append(mine, x), true
			}
		}
		without := func(xs []*Exception, err error) {
			for _, x := range xs {
				faults = append(faults, fmt.Errorf("%s: rule %s goes without it: %w", x.File, r.ID, err))
			}
		}
		mine, left := r.room(mine)
		without(left, fmt.Errorf("a tenant's exceptions of one rule may cost %d units an event together: regular expressions cost most, then texts to look for whatever the case", MaxTenantCost))
		if len(mine) == 0 {
			continue
		}
		excepted, err := s.except(r, mine)
		if err != nil {
			without(mine, err)
			continue
		}
		out.Rules[i] = excepted
	}
	for j, x := range more {
		if fits[j] {
			out.Exceptions = append(out.Exceptions, x)
		} else {
			faults = append(faults, fmt.Errorf("%s: no rule has the id or the tag %s", x.File, strings.Join(x.Rules, " or ")))
		}
	}
	out.sum()
	return &out, faults
}

// For gives r as it is for some tenants: without the exceptions that are others'. It decides about their events as r does, and says nothing of others.
func (r *Rule) For(tenants ...string) *Rule {
	others := func(x *Exception) bool { return x.Tenant != "" && !slices.Contains(tenants, x.Tenant) }
	if !slices.ContainsFunc(r.Exceptions, others) {
		return r
	}
	out := *r
	out.Exceptions = slices.DeleteFunc(slices.Clone(r.Exceptions), others)
	if err := out.heed(r.Steps[0].Written.lists); err != nil {
		panic("BUG: rule: with fewer exceptions: " + err.Error())
	}
	return &out
}
