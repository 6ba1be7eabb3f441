package app

import (
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/detect"
	"watchpost/internal/rule"
	"watchpost/internal/web"
)

func TestBusiest(t *testing.T) {
	did := map[string]detect.RuleStats{"idle": {Evaluations: 9}, "a": {Matches: 1}, "b": {Matches: 5}, "err": {Errors: 1}, "off": {Off: "dear"}, "c": {Alerts: 1}}
	f := func(n int, want ...string) {
		t.Helper()
		if got := busiest(did, n); !reflect.DeepEqual(got, want) {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	f(10, "off", "err", "b", "a", "c")
	f(3, "off", "err", "b")
}

func TestDescribe(t *testing.T) {
	set, err := rule.Load(fstest.MapFS{"r.yaml": {Data: []byte(`id: r
title: R
level: low
match: event.action == "fail"
mode: shadow
window: {absence: {within: 1h}}
exceptions:
  - {match: 'user.name == "ann"', owner: soc, reason: her test, expires: 2026-11-01}
  - {match: 'user.name == "bob"', owner: soc, reason: his test, expires: 2027-01-01}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	got := describe(set.Rules[0], time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	if len(got.Hash) != 32 {
		t.Errorf("hash %q", got.Hash)
	}
	got.Hash = ""
	day := func(y int, m time.Month) time.Time { return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC) }
	want := web.Rule{ID: "r", Name: "R", Level: "low", Mode: "shadow", Enabled: true, File: "r.yaml", Window: "absence", Names: []string{}, Exceptions: []web.Exception{
		{Match: `user.name == "ann"`, Owner: "soc", Reason: "her test", Expires: day(2026, 11), Expired: true},
		{Match: `user.name == "bob"`, Owner: "soc", Reason: "his test", Expires: day(2027, 1)}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
