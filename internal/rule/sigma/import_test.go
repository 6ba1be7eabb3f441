package sigma_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchpost/internal/rule"
	"watchpost/internal/rule/sigma"
)

// TestRefused: what cannot be translated is refused with a reason, by rule; the others are imported.
func TestRefused(t *testing.T) {
	f := func(name, yaml, want string) {
		t.Helper()
		good := "title: good\nid: 99999999-0000-0000-0000-000000000001\nlogsource: {category: proxy}\ndetection: {a: {c-uri: x}, condition: a}\n"
		out := t.TempDir()
		s, err := sigma.Import(fstest.MapFS{"bad.yml": {Data: []byte(yaml)}, "good.yml": {Data: []byte(good)}}, out, sigma.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Refused) != 1 || !strings.Contains(s.Refused[0].Why.Error(), want) || s.Refused[0].File != "bad.yml" || s.Written != 1 {
			t.Errorf("%s: refused %v, written %d; should be refused because of %q", name, s.Refused, s.Written, want)
		}
		if _, err := rule.Load(os.DirFS(out)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := func(detection string) string {
		return "title: bad\nid: 99999999-0000-0000-0000-000000000002\nlogsource: {category: test}\ndetection:\n  " + strings.ReplaceAll(detection, "\n", "\n  ") + "\n"
	}
	f("unknown modifier", r("a: {f|sounds: x}\ncondition: a"), `modifier "sounds" is unknown`)
	f("look-ahead", r("a: {f|re: 'a(?=b)'}\ncondition: a"), "RE2, without look-around")
	f("i without re", r("a: {f|i: x}\ncondition: a"), "modifiers i, m and s belong to re")
	f("two comparisons", r("a: {f|cidr|re: x}\ncondition: a"), "exclude each other")
	f("contains with a number's order", r("a: {f|contains|gt: 5}\ncondition: a"), "do not go with gt")
	f("no network", r("a: {f|cidr: 10.0.0.0/99}\ncondition: a"), "is no network")
	f("order of a text", r("a: {f|gt: many}\ncondition: a"), "is no number")
	f("exists maybe", r("a: {f|exists: maybe}\ncondition: a"), "want true or false")
	f("placeholder without values", r("a: {f|expand: '%hosts%'}\ncondition: a"), "has no values")
	f("wildcard encoded", r("a: {f|base64: 'a*b'}\ncondition: a"), "cannot be encoded")
	f("time of a text", r("a: {f|hour: 3}\ncondition: a"), "map it to timestamp")
	f("no such selection", r("a: {f: x}\ncondition: a and b"), `no selection "b"`)
	f("pattern without selection", r("a: {f: x}\ncondition: 1 of b*"), "no selection has such a name")
	f("two of", r("a: {f: x}\ncondition: 2 of them"), "want 1, any or all")
	f("aggregation", r("a: {f: x}\ncondition: a | count() > 5"), "write a correlation")
	f("timeframe", r("a: {f: x}\ntimeframe: 5m\ncondition: a"), "write a correlation")
	f("bracket", r("a: {f: x}\ncondition: (a"), "closing bracket")
	f("no condition", r("a: {f: x}"), "condition is missing")
	f("empty selection", r("a:\ncondition: a"), "is empty")
	f("empty list", r("a: {f: []}\ncondition: a"), "the list is empty")
	f("field within", r("a: {f: {g: x}}\ncondition: a"), "written with a dot")
	f("keyword of nothing", r("a: ['*']\ncondition: a"), "nothing but wildcards")
	f("keywords at the start", r("a: {'|startswith': [sudo, su]}\ncondition: a"), `condition "a": a: |startswith: modifiers startswith and endswith need a field`)
	f("keywords at the end", r("a:\n  - {'|endswith|cased': root}\n  - {f: x}\ncondition: a"), `a: |endswith|cased: modifiers startswith and endswith need a field`)
	f("no title", "logsource: {category: test}\nid: 99999999-0000-0000-0000-000000000002\ndetection: {a: {f: x}, condition: a}\n", "title is missing")
	f("no log source", "title: x\nid: 99999999-0000-0000-0000-000000000002\ndetection: {a: {f: x}, condition: a}\n", "logsource is missing")
	f("no rule", "title: x\nid: 99999999-0000-0000-0000-000000000002\n", "no detection")
	f("no YAML", "title: [x\n", "yaml")
	f("correlation of nobody", "title: c\nid: 99999999-0000-0000-0000-000000000002\ncorrelation: {type: event_count, rules: [nobody], group-by: [x], timespan: 5m, condition: {gte: 5}}\n", `no rule "nobody"`)
	f("filter of nobody", "title: c\nid: 99999999-0000-0000-0000-000000000002\nlogsource: {category: proxy}\nfilter: {rules: [nobody], a: {c-uri: x}, condition: not a}\n", `no rule "nobody"`)
}

// TestImportAgain: an import keeps what a person has changed, and says where upstream has changed as well.
func TestImportAgain(t *testing.T) {
	out := t.TempDir()
	src := func(value string) fstest.MapFS {
		r := func(id, v string) *fstest.MapFile {
			return &fstest.MapFile{Data: []byte("title: rule " + id + "\nid: 99999999-0000-0000-0000-00000000000" + id + "\nlogsource: {category: proxy}\ndetection: {a: {c-uri|contains: " + v + "}, condition: a}\nlevel: low\n")}
		}
		return fstest.MapFS{"web/one.yml": r("1", "first"), "web/two.yml": r("2", value), "web/three.yml": r("3", "third")}
	}
	run := func(fsys fstest.MapFS) *sigma.Summary {
		t.Helper()
		s, err := sigma.Import(fsys, out, sigma.Options{})
		if err != nil || len(s.Refused) > 0 {
			t.Fatal(err, s.Refused)
		}
		return s
	}
	want := func(s *sigma.Summary, written, same int, kept, beside, gone string) {
		t.Helper()
		if s.Written != written || s.Same != same || strings.Join(s.Kept, " ") != kept || strings.Join(s.Beside, " ") != beside || strings.Join(s.Gone, " ") != gone {
			t.Errorf("%d written, %d same, kept %v, beside %v, gone %v; should be %d, %d, %q, %q, %q", s.Written, s.Same, s.Kept, s.Beside, s.Gone, written, same, kept, beside, gone)
		}
	}
	edit := func(name, old, new string) {
		t.Helper()
		file := filepath.Join(out, name)
		b, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(b), old) {
			t.Fatalf("%v: %q is not in %s", err, old, b)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(b), old, new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	find := func(id string) *rule.Rule {
		t.Helper()
		set, err := rule.Load(os.DirFS(out))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(set.Rules, func(r *rule.Rule) bool { return strings.HasSuffix(r.ID, id) })
		return set.Rules[i]
	}
	want(run(src("second")), 3, 0, "", "", "")
	want(run(src("second")), 0, 3, "", "", "")
	edit("web/one.yaml", "level: low", "level: high\nmode: shadow\nexceptions:\n  - match: source.ip == \"192.0.2.1\"\n    owner: net\n    reason: scanner\n    expires: 2027-01-31")
	edit("web/two.yaml", "second", "mine")
	want(run(src("second")), 0, 1, "web/one.yaml web/two.yaml", "", "")
	if r := find("1"); r.Level != "high" {
		t.Errorf("the level has become %s", r.Level)
	}
	// Upstream changes a rule that was changed here: both stay, and the import says so.
	want(run(src("newer")), 0, 1, "web/one.yaml web/two.yaml", "web/two.yaml.new", "")
	b, err := os.ReadFile(filepath.Join(out, "web/two.yaml.new"))
	if err != nil || !strings.Contains(string(b), "newer") {
		t.Errorf("%v: the new version is not beside: %s", err, b)
	}
	mine, _ := os.ReadFile(filepath.Join(out, "web/two.yaml"))
	if !strings.Contains(string(mine), "mine") {
		t.Errorf("what was changed here is lost: %s", mine)
	}
	// Whoever notes the new version's hash is left alone until the next change.
	_, hash, _ := strings.Cut(string(b), "  hash: ")
	_, own, _ := strings.Cut(string(mine), "  hash: ")
	edit("web/two.yaml", own, hash)
	want(run(src("newer")), 0, 1, "web/one.yaml web/two.yaml", "", "")
	// Whoever takes the new version over his own is followed again.
	if err := os.Rename(filepath.Join(out, "web/two.yaml.new"), filepath.Join(out, "web/two.yaml")); err != nil {
		t.Fatal(err)
	}
	want(run(src("newer")), 0, 2, "web/one.yaml", "", "")
	less := src("newest")
	delete(less, "web/three.yml")
	want(run(less), 1, 0, "web/one.yaml", "", "web/three.yaml")
	// A rule of one's own in the same folder is nobody's business.
	if err := os.WriteFile(filepath.Join(out, "web/own.yaml"), []byte("id: own\ntitle: own\nlevel: low\nmatch: url.path == \"/x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(run(less), 0, 1, "web/one.yaml", "", "web/three.yaml")
}

// With Suppress a rule raises one alert for a user of a host; windows stay as they are.
// Where nothing can be imported the reasons are told, and no folder is asked for.
func TestImportOfNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "rules")
	s, err := sigma.Import(fstest.MapFS{"ours.yaml": {Data: []byte("id: ours\ntitle: Ours\nmatch: user.name == \"x\"\n")}}, out, sigma.Options{})
	if err != nil || s.Files != 1 || len(s.Refused) != 1 || s.Refused[0].File != "ours.yaml" {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := sigma.Import(fstest.MapFS{"README.md": {}}, out, sigma.Options{}); err != nil || s.Files != 0 || len(s.Gone) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestImportSuppressed(t *testing.T) {
	out := t.TempDir()
	fsys := fstest.MapFS{"a.yml": {Data: []byte("title: a\nname: a\nid: 99999999-0000-0000-0000-000000000001\nlogsource: {product: windows, service: security}\ndetection: {a: {EventID: 4625}, condition: a}\nlevel: low\n---\n" +
		"title: b\nid: 99999999-0000-0000-0000-000000000002\ncorrelation: {type: event_count, rules: [a], group-by: [TargetUserName], timespan: 5m, condition: {gte: 10}}\nlevel: high\n")}}
	if s, err := sigma.Import(fsys, out, sigma.Options{Suppress: time.Hour}); err != nil || len(s.Refused) > 0 {
		t.Fatal(err, s)
	}
	set, err := rule.Load(os.DirFS(out))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, r := range set.Rules {
		got += fmt.Sprint(r.Title, " ", r.Suppress, " ", r.GroupBy, r.Window != nil, " ")
	}
	if want := "a 1h0m0s [host.name user.name] false b 0s [user.name] true "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
