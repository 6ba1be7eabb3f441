package sigma

import (
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/match"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/rule"
)

// sigmaHQ is where the public rules are, beside this checkout.
const sigmaHQ = "../../../../shared/data/sigma-rules/rules"

// trial is a record that was made for a rule, in one form in which such records come.
type trial struct {
	rule *Rule
	rec  record
	line string
	want bool
}

// TestSigmaHQ makes records of each public rule's own text, what it asks for and what just misses that, in the forms in which its log
// source writes, and holds the imported rule to what Sigma's text says of them. No record may satisfy a rule of another product.
func TestSigmaHQ(t *testing.T) {
	if _, err := os.Stat(sigmaHQ); err != nil {
		t.Skip("the public rules are not there: ", err)
	}
	began := time.Now()
	rules, set := importAll(t)
	var trials []trial
	none := 0
	for i, r := range rules {
		m := &maker{truth: newTruth(r.doc), rand: rand.New(rand.NewPCG(1, uint64(i)))}
		m.all = askedFor(m.detection)
		made := trialsOf(r, m)
		if made == nil {
			none++
			t.Logf("%s: no record was found that it matches", r.doc.file)
		}
		trials = append(trials, made...)
	}
	if none > 1 { // one asks that a text be a word and hold a GUID besides: nothing is both
		t.Errorf("%d of %d rules have no record", none, len(rules))
	}
	wrong := map[string]bool{}
	hits := 0
	for c := range slices.Chunk(trials, 20_000) {
		n := judge(t, set, c, wrong)
		hits += n
	}
	t.Logf("%d rules, %d records, %d of them hits, %d rules differ, %s", len(rules), len(trials), hits, len(wrong), time.Since(began).Round(time.Millisecond))
}

// importAll imports all public rules.
func importAll(t *testing.T) ([]*Rule, *rule.Set) {
	t.Helper()
	m, err := ReadMapping(nil)
	if err != nil {
		t.Fatal(err)
	}
	var s Summary
	c := &collection{o: Options{Mapping: m}, s: &s, byName: map[string]*Rule{}, ids: map[string]string{}}
	fsys := os.DirFS(sigmaHQ)
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yml" {
			return err
		}
		return c.read(fsys, name)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Refused {
		t.Errorf("%s: refused: %v", r.File, r.Why)
	}
	set := &rule.Set{}
	for _, r := range c.rules {
		p, err := rule.Compile(r.match)
		if err != nil {
			t.Fatal(err)
		}
		set.Rules = append(set.Rules, &rule.Rule{ID: r.doc.id, Enabled: true, Steps: []rule.Step{{Match: p}}})
	}
	return c.rules, set
}

// askedFor lists the fields that a detection asks for.
func askedFor(t *tree) []string {
	var out []string
	for _, p := range t.pairs {
		if f, _, _ := strings.Cut(p.key, "|"); f != "" && p.key != "condition" && p.value.form != isMap {
			out = append(out, f)
		}
		out = append(out, askedFor(p.value)...)
	}
	for _, e := range t.list {
		out = append(out, askedFor(e)...)
	}
	return out
}

// trialsOf makes the records for one rule.
func trialsOf(r *Rule, m *maker) []trial {
	var out []trial
	for i := range 2 {
		rec := m.make()
		if rec == nil {
			break
		}
		out = append(out, forms(r, rec, true)...)
		if i > 0 {
			break
		}
		for k, n := range m.near(rec) {
			if all := forms(r, n, m.holds(n)); len(all) > 0 {
				out = append(out, all[k%len(all)])
			}
		}
	}
	return out
}

var (
	routeChannel  = regexp.MustCompile(`winlog\.channel (?:==|in) \[?"([^"]+)"`)
	routeProvider = regexp.MustCompile(`winlog\.provider_name == "([^"]+)"`)
	routeCode     = regexp.MustCompile(`event\.code (?:==|in) \[?"([^"]+)"`)
)

type object = map[string]any

// forms writes a record as agents would.
func forms(r *Rule, rec record, want bool) []trial {
	var out []trial
	add := func(o object) {
		out = append(out, trial{r, rec, asJSON(o), want})
	}
	system, data := object{}, object{}
	asksID := slices.Contains(askedFor(r.doc.tree.get("detection")), "EventID")
	if c := routeChannel.FindStringSubmatch(r.l.Where); c != nil && r.source.product == "windows" {
		if system["Channel"] = c[1]; r.source.category != "" && !asksID {
			if id := routeCode.FindStringSubmatch(r.l.Where); id != nil {
				system["EventID"] = id[1]
			}
		}
	} else if id := routeCode.FindStringSubmatch(r.l.Where); id != nil && r.source.product == "windows" && !asksID {
		system["EventID"] = id[1]
	} else if r.source.product != "windows" {
		return append(out, plainForm(r, rec, want))
	}
	message := ""
	for f, v := range rec {
		switch f {
		case "EventID", "Channel", "Provider_Name", "Computer":
			if f == "Channel" && r.source.service == "system" { // of the log that was cleared
				data[f] = v
				continue
			}
			system[f] = v
		case "", "Message":
			message = v
		default:
			data[f] = v
		}
	}
	if system["Channel"] == nil {
		system["Channel"] = "Application"
	}
	if p := routeProvider.FindStringSubmatch(r.l.Where); p != nil && system["Provider_Name"] == nil {
		system["Provider_Name"] = p[1]
	}
	if system["EventID"] == nil {
		system["EventID"] = "0"
	}
	put := func(o object, f string, v any) {
		if v != nil && v != "" {
			o[f] = v
		}
	}
	beat := object{"event_data": data}
	put(beat, "channel", system["Channel"])
	put(beat, "event_id", system["EventID"])
	put(beat, "provider_name", system["Provider_Name"])
	put(beat, "computer_name", system["Computer"])
	whole := object{"winlog": beat, "@timestamp": "2026-11-23T18:00:00Z"}
	put(whole, "message", message)
	add(whole)
	add(wazuhForm(system, data, message))
	if message != "" && rec["Message"] == "" { // the other forms have no prose
		data["Text"] = message
	} else if message != "" {
		data["Message"] = message
	}
	sys := object{"Channel": system["Channel"], "EventID": system["EventID"]}
	put(sys, "Computer", system["Computer"])
	if p := system["Provider_Name"]; p != nil {
		sys["Provider"] = object{"#attributes": object{"Name": p}}
	}
	if rec["Message"] == "" {
		add(object{"Event": object{"System": sys, "EventData": data}})
	}
	if data["Channel"] != nil {
		return out
	}
	flat := object{}
	for f, v := range data {
		flat[f] = v
	}
	for f, v := range system {
		flat[f] = v
	}
	add(flat)
	return out
}

var wazuhProviders = map[string]string{"Microsoft-Windows-AppxPackaging/Operational": "Microsoft-Windows-AppxPackagingOM", "Microsoft-Windows-Bits-Client/Operational": "Microsoft-Windows-Bits-Client", "OpenSSH/Operational": "OpenSSH"}

// wazuhForm writes an event of Windows as Wazuh hands it on: names begin small, and values keep what made them fit into XML and JSON.
func wazuhForm(system, data object, message string) object {
	escape := strings.NewReplacer("\\", "\\\\", `"`, `\"`, "&", "&amp;", "<", "&lt;", ">", "&gt;")
	put, sys := object{}, object{"channel": system["Channel"], "eventID": system["EventID"], "providerName": system["Provider_Name"], "computer": system["Computer"]}
	if of := wazuhProviders[system["Channel"].(string)]; of != "" { // Windows' own names begin small there
		sys["providerName"] = of
	}
	if message != "" {
		sys["message"] = `"` + message + `"`
	}
	for f, v := range data {
		put[strings.ToLower(f[:1])+f[1:]] = escape.Replace(v.(string))
	}
	return object{"timestamp": "2026-11-23T18:00:00.000+0000", "rule": object{"level": 3, "description": "A rule", "id": "60001", "groups": []string{"windows"}}, "agent": object{"id": "001", "name": "ws1"}, "manager": object{"name": "manager1"},
		"decoder": object{"name": "windows_eventchannel"}, "data": object{"win": object{"system": sys, "eventdata": put}}, "location": "EventChannel"}
}

// plainForm writes a record as JSON that states its log source.
func plainForm(r *Rule, rec record, want bool) trial {
	o := object{}
	for f, v := range rec {
		if f == "" {
			f = "message"
		}
		o[f] = v
	}
	source := object{}
	for k, v := range map[string]string{"product": r.source.product, "category": r.source.category, "service": r.source.service} {
		if v != "" && v != "aaa" { // a keyword of its own rules
			source[k] = v
		}
	}
	o["logsource"] = source
	return trial{r, rec, asJSON(o), want}
}

func asJSON(o object) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// judge runs records and reports what differs; it counts the hits.
func judge(t *testing.T, set *rule.Set, trials []trial, wrong map[string]bool) int {
	t.Helper()
	p, err := parse.New(parse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := new(event.Batch)
	for i := range trials {
		at := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC).UnixNano()
		stamp := p.Line(b, []byte(trials[i].line), at, parse.Auto)
		normalise.Defaults.Row(b, normalise.Stamp(stamp), at)
		b.End()
	}
	got := make([]bool, len(trials))
	products := map[string]string{}
	for i := range trials {
		products[trials[i].rule.doc.id] = trials[i].rule.source.product
	}
	match.New(set).Each(b, func(row int, r *rule.Rule, _ int) {
		tr := &trials[row]
		if r.ID == tr.rule.doc.id {
			got[row] = true
			return
		}
		if of := products[r.ID]; of != "" && tr.rule.source.product != "" && of != tr.rule.source.product && !wrong[r.ID] {
			wrong[r.ID] = true
			t.Errorf("rule %s of product %s matches a record of %s: %s", r.ID, of, tr.rule.source, tr.line)
		}
	})
	hits := 0
	for i, tr := range trials {
		if tr.want {
			hits++
		}
		if got[i] != tr.want && !wrong[tr.rule.doc.id] {
			wrong[tr.rule.doc.id] = true
			t.Errorf("%s: matches %v, Sigma's text says %v: %s\n%s", tr.rule.doc.file, got[i], tr.want, tr.line, tr.rule.match)
		}
	}
	return hits
}
