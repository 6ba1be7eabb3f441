package ruletest

import (
	"sync"
	"testing/fstest"

	"watchpost/internal/rule"
)

// Lists are the lists that Table and Predicate speak of.
var Lists = map[string][]string{
	"office": {"203.0.113.0/28", "198.51.100.7", "10.0.0.2", "2001:db8::/48"},
	"nets":   {"10.0.0.0/8", "10.1.0.0/16", "::/80"},
	"names":  {"root", "ANN", "größe", "admin", "K"},
	"ports":  {"443", "51022", "22"},
	"empty":  {},
}

var set = sync.OnceValues(func() (*rule.Set, error) { return rule.Load(fstest.MapFS{}, rule.Options{Lists: Lists}) })

// Compile compiles a predicate that may use Lists.
func Compile(src string) (*rule.Predicate, error) {
	s, err := set()
	if err != nil {
		return nil, err
	}
	return s.Compile(src)
}
