package alert

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchpost/internal/attack"
	"watchpost/internal/event"
)

// wire is the JSON form without the group's and the evidence's fields under their own names.
type wire struct {
	ID          string            `json:"alert.id"`
	Fingerprint string            `json:"alert.fingerprint"`
	Revision    uint32            `json:"revision"`
	Supersedes  []string          `json:"supersedes,omitempty"`
	Time        string            `json:"@timestamp"`
	Tenant      string            `json:"tenant"`
	Rule        string            `json:"rule.id"`
	Title       string            `json:"rule.name"`
	Level       string            `json:"rule.level"`
	RuleHash    string            `json:"rule.hash,omitempty"`
	Mode        string            `json:"rule.mode"`
	Query       string            `json:"rule.query,omitempty"`
	Severity    int               `json:"event.severity"`
	Start       string            `json:"event.start"`
	End         string            `json:"event.end"`
	Count       uint64            `json:"count"`
	Distinct    int               `json:"distinct,omitempty"`
	Values      []string          `json:"values,omitempty"`
	Value       *float64          `json:"value,omitempty"`
	Baseline    *float64          `json:"baseline,omitempty"`
	Distance    *float64          `json:"distance_km,omitempty"`
	Speed       *float64          `json:"speed_kmh,omitempty"`
	Interval    *float64          `json:"interval,omitempty"`
	Jitter      *float64          `json:"jitter,omitempty"`
	Intervals   []float64         `json:"intervals,omitempty"`
	Approx      bool              `json:"approximate,omitempty"`
	Resolved    string            `json:"alert.resolved,omitempty"`
	Group       map[string]string `json:"group"`
	Fields      map[string]string `json:"fields,omitempty"`
	Events      []string          `json:"event.ids"`
	Tactics     []string          `json:"threat.tactic.name"`
	Techniques  []string          `json:"threat.technique.id"`
	Names       []string          `json:"threat.technique.name,omitempty"` // of the techniques; read by nobody here
}

// reserved are the names that a group or evidence field cannot take beside "group" and "fields".
var reserved = []string{"alert.id", "alert.fingerprint", "revision", "supersedes", "@timestamp", "tenant", "rule.id", "rule.name",
	"rule.level", "rule.hash", "rule.mode", "rule.query", "event.severity", "event.start", "event.end", "count", "distinct",
	"values", Value, Baseline, Distance, Speed, Interval, Jitter, "intervals", "approximate", "alert.resolved", "group", "fields", "event.ids", "threat.tactic.name", "threat.technique.id", "threat.technique.name"}

// measures gives where each measure stands, in order.
func (w *wire) measures() []measure {
	return []measure{{Value, &w.Value}, {Baseline, &w.Baseline}, {Distance, &w.Distance}, {Speed, &w.Speed},
		{Interval, &w.Interval}, {Jitter, &w.Jitter}}
}

type measure struct {
	name string
	at   **float64
}

// AppendJSON appends the alert as one flat JSON object of dotted names, without a line end. Group and evidence fields
// stand under their own names and again in "group" and "fields". The same alert gives the same bytes.
func (a *Alert) AppendJSON(dst []byte) []byte {
	w := wire{ID: a.ID, Fingerprint: a.Fingerprint(), Revision: a.Revision, Supersedes: a.Supersedes, Time: stamp(a.Time),
		Tenant: a.Tenant, Rule: a.Rule, Title: a.Title, Level: a.Level, RuleHash: a.RuleHash, Mode: a.Mode(), Query: a.Query, Severity: a.Severity,
		Start: stamp(a.Start), End: stamp(a.End), Count: a.Count, Distinct: a.Distinct, Values: a.Values,
		Group: toMap(a.Group), Fields: toMap(a.Fields), Events: []string{},
		Tactics: append([]string{}, a.Tactics...), Techniques: append([]string{}, a.Techniques...), Names: attack.Names(a.Techniques)}
	w.Intervals, w.Approx = a.Intervals, a.Approx
	for _, m := range w.measures() {
		for _, have := range a.Measures {
			if have.Name == m.name && !math.IsNaN(have.Value) && !math.IsInf(have.Value, 0) {
				*m.at = &have.Value
			}
		}
	}
	if a.Resolved != 0 {
		w.Resolved = stamp(a.Resolved)
	}
	for _, id := range a.Events {
		w.Events = append(w.Events, id.String())
	}
	b, err := json.Marshal(w)
	if err != nil {
		panic("BUG: alert: " + err.Error()) // strings, numbers and lists of them only
	}
	dst = append(dst, b[:len(b)-1]...)
	for _, p := range a.own() {
		dst = append(event.AppendJSONString(append(dst, ','), p.Name), ':')
		dst = event.AppendJSONString(dst, p.Value)
	}
	return append(dst, '}')
}

// WithoutQuery gives what AppendJSON wrote without the rule's query, which may be longer than all else. It leaves body as it is.
func WithoutQuery(body []byte) []byte {
	const name = `,"rule.query":"`
	// A quote within a text is escaped: both are found where they are names. The query stands before the group, which each alert has.
	at := bytes.Index(body, []byte(name))
	if group := bytes.Index(body, []byte(`,"group":{`)); at < 0 || group < at {
		return body
	}
	for i := at + len(name); i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '"':
			return append(body[:at:at], body[i+1:]...)
		}
	}
	return body
}

// own lists the fields that stand under their own names, those of the group first.
func (a *Alert) own() []Pair {
	var out []Pair
	for _, p := range append(slices.Clip(a.Group), a.Fields...) {
		same := func(o Pair) bool { return o.Name == p.Name }
		taken := func(name string) bool { return strings.EqualFold(name, p.Name) } // as who reads JSON into a struct takes names
		if p.Value != "" && !slices.ContainsFunc(reserved, taken) && !slices.ContainsFunc(out, same) {
			out = append(out, p)
		}
	}
	return out
}

// Get gives a value of the alert by the name that it has in JSON, as text: a group or evidence field, or one of the
// alert's own of a single value.
func (a *Alert) Get(name string) (string, bool) {
	switch name {
	case "alert.id":
		return a.ID, true
	case "rule.id":
		return a.Rule, true
	case "rule.name":
		return a.Title, true
	case "rule.level":
		return a.Level, true
	case "rule.mode":
		return a.Mode(), true
	case "event.severity":
		return strconv.Itoa(a.Severity), true
	case "tenant":
		return a.Tenant, true
	case "@timestamp":
		return stamp(a.Time), true
	case "event.start":
		return stamp(a.Start), true
	case "event.end":
		return stamp(a.End), true
	case "count":
		return strconv.FormatUint(a.Count, 10), true
	case "distinct":
		return strconv.Itoa(a.Distinct), true
	case "revision":
		return strconv.FormatUint(uint64(a.Revision), 10), true
	case "alert.resolved":
		if a.Resolved == 0 {
			return "", true
		}
		return stamp(a.Resolved), true
	}
	for _, m := range a.Measures {
		if m.Name == name {
			return strconv.FormatFloat(m.Value, 'f', -1, 64), true
		}
	}
	for _, list := range [][]Pair{a.Group, a.Fields} {
		for _, p := range list {
			if p.Name == name {
				return p.Value, true
			}
		}
	}
	return "", false
}

// The modes of the rule that raised an alert.
const (
	Live   = "live"
	Shadow = "shadow"
)

// Mode is that of the rule.
func (a *Alert) Mode() string {
	if a.Shadow {
		return Shadow
	}
	return Live
}

// MaxJSON bounds what Parse reads.
const MaxJSON = 4 << 20

// Parse reads an alert as AppendJSON writes it. Members that it does not know are passed over.
func Parse(data []byte) (*Alert, error) {
	if len(data) > MaxJSON {
		return nil, fmt.Errorf("alert of %d bytes, at most %d", len(data), MaxJSON)
	}
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("alert: %w", err)
	}
	if b, err := hex.DecodeString(w.ID); err != nil || len(b) != 16 {
		return nil, fmt.Errorf("alert: alert.id %.80q: want 32 hex digits", w.ID)
	}
	if w.Rule == "" || w.Revision == 0 {
		return nil, errors.New("alert: rule.id or revision is missing")
	}
	a := &Alert{ID: w.ID, Tenant: w.Tenant, Rule: w.Rule, RuleHash: w.RuleHash, Shadow: w.Mode == Shadow, Title: w.Title, Level: w.Level,
		Severity: w.Severity, Count: w.Count, Distinct: w.Distinct, Values: w.Values,
		Group: toPairs(w.Group), Fields: toPairs(w.Fields), Revision: w.Revision, Supersedes: w.Supersedes, Query: w.Query}
	for _, m := range w.measures() {
		if *m.at != nil {
			a.Measures = append(a.Measures, Measure{m.name, **m.at})
		}
	}
	a.Intervals, a.Approx = w.Intervals, w.Approx
	if len(w.Tactics) > 0 {
		a.Tactics = w.Tactics
	}
	if len(w.Techniques) > 0 {
		a.Techniques = w.Techniques
	}
	for _, t := range []struct {
		name, text string
		to         *int64
	}{{"@timestamp", w.Time, &a.Time}, {"event.start", w.Start, &a.Start}, {"event.end", w.End, &a.End}, {"alert.resolved", w.Resolved, &a.Resolved}} {
		if t.text == "" && t.name == "alert.resolved" {
			continue
		}
		v, err := time.Parse(time.RFC3339Nano, t.text)
		if err != nil {
			return nil, fmt.Errorf("alert: %s: %w", t.name, err)
		}
		*t.to = v.UnixNano()
	}
	for _, s := range w.Events {
		id, err := event.ParseID(s)
		if err != nil {
			return nil, fmt.Errorf("alert: event.ids: %w", err)
		}
		a.Events = append(a.Events, id)
	}
	return a, nil
}

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

func toMap(in []Pair) map[string]string {
	out := make(map[string]string, len(in))
	for _, p := range in {
		out[p.Name] = p.Value
	}
	return out
}

func toPairs(in map[string]string) []Pair {
	var out []Pair
	for n, v := range in {
		out = append(out, Pair{n, v})
	}
	Sort(out)
	return out
}

// Sort orders pairs by name.
func Sort(p []Pair) {
	slices.SortFunc(p, func(a, b Pair) int { return strings.Compare(a.Name, b.Name) })
}
