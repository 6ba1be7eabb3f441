package rule

import (
	"errors"
	"fmt"
	"slices"
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
		return nil, err
	}
	if len(r.Exceptions) >= MaxExceptions {
		return nil, fmt.Errorf("rule %s has %d exceptions, which is the most", r.ID, len(r.Exceptions))
	}
	out := *r
	out.Exceptions = append(slices.Clip(slices.Clone(r.Exceptions)), &Exception{Match: p, Owner: "preview", Reason: "preview", Expires: expires})
	out.Steps = slices.Clone(r.Steps)
	for i := range out.Steps {
		if out.Steps[i].Match, err = out.Steps[i].Written.except(out.Exceptions, s.lists); err != nil {
			return nil, err
		}
	}
	out.Version = out.version(s.lists)
	return &out, nil
}
