package rule

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"watchpost/internal/event"
	"watchpost/internal/window"
)

//go:generate sh -c "go run watchpost/cmd/watchpost rules schema >../../rules/rule.schema.json"

// SchemaID names the schema of rules.
const SchemaID = "https://watchpost.example/rule.schema.json"

// object is a JSON object.
type object = map[string]any

// Schema gives the JSON Schema (2020-12) of a document of rules, for editors: which keys there are, what they hold, the names of all fields. It
// says nothing of conditions beyond that they are texts, and accepts no document with a key that Load refuses.
func Schema() []byte {
	s := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SchemaID, "title": "Watchpost rule",
		"type": "object", "additionalProperties": false, "required": []string{"id", "title"}, "properties": ruleKeys(),
		// A sequence has its conditions in its steps; every other rule has one.
		"if":   object{"required": []string{"window"}, "properties": object{"window": object{"required": []string{"sequence"}}}},
		"then": object{"not": object{"required": []string{"match"}}},
		"else": object{"required": []string{"match"}},
		"$defs": object{
			"field":     object{"description": "the name of a field with one value", "enum": fieldNames(false)},
			"anyField":  object{"description": "the name of a field", "enum": fieldNames(true)},
			"condition": object{"description": "an expr predicate over the fields of one event, docs/rules.md", "type": []string{"string", "boolean"}, "minLength": 1},
			"duration":  object{"description": "such as 90s, 5m, 1h30m, 7d", "anyOf": []any{object{"type": "string", "pattern": durationPattern}, object{"const": 0}}},
			"text":      object{"type": []string{"string", "number", "boolean"}},
			"texts":     object{"type": []string{"array", "string", "number", "boolean", "null"}, "items": object{"$ref": "#/$defs/text"}},
		},
	}
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("BUG: rule: schema: " + err.Error()) // of constants
	}
	return append(out, '\n')
}

const durationPattern = `^\+?([0-9]+d|0|([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+)$`

func fieldNames(list bool) []string {
	var out []string
	for _, name := range event.FieldNames("") {
		if f, _ := event.Lookup(name); f.Info().Kind != event.Map && (list || f.Info().Kind != event.List) {
			out = append(out, name)
		}
	}
	return append(out, "timestamp")
}

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

// described adds a description to a schema.
func described(s object, what string) object {
	out := maps.Clone(s)
	out["description"] = what
	return out
}

// arrayOf is a list of mappings.
func arrayOf(s object) object { return object{"type": []string{"array", "null"}, "items": s} }

// listOf is a list of texts of a form, of which a single one may stand alone.
func listOf(s object) object {
	return object{"anyOf": []any{s, object{"type": "array", "items": s}, object{"type": "null"}}}
}

func closed(properties object, required ...string) object {
	o := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

func ruleKeys() object {
	text, texts := ref("text"), ref("texts")
	levels := slices.SortedFunc(maps.Keys(Levels), func(a, b string) int { return Levels[a] - Levels[b] })
	steps := object{}
	for _, l := range levels {
		steps[l] = object{"type": "integer", "minimum": 1}
	}
	return object{
		"id":             object{"type": "string", "pattern": validID.String(), "maxLength": 100, "description": "small letters, digits, hyphens; never changes"},
		"title":          described(text, "one line that names what was found"),
		"description":    described(text, "what it means that this happened"),
		"level":          object{"enum": levels, "default": "medium"},
		"levels":         described(closed(steps), "levels that the alert rises to once its burst counts so many"),
		"mode":           object{"enum": []string{Live, Shadow}, "default": Live, "description": "shadow: evaluated, its alerts marked and kept apart"},
		"status":         object{"enum": statuses},
		"author":         text,
		"license":        text,
		"references":     texts,
		"tags":           described(listOf(object{"type": "string", "pattern": `^[A-Za-z0-9_-]+\.[A-Za-z0-9._-]+$`}), "attack.t1110.001 a technique, attack.credential-access a tactic, others free"),
		"match":          ref("condition"),
		"group_by":       described(listOf(ref("field")), "fields with one value: an alert is about one value of these"),
		"fields":         described(listOf(ref("anyField")), "further fields of the event that the alert shows"),
		"window":         windowSchema(),
		"lateness":       described(ref("duration"), "how long late events are waited for; 5s if not stated, at most 1h"),
		"suppress":       described(ref("duration"), "after an alert, none for the same key for so long"),
		"enabled":        object{"type": "boolean", "default": true},
		"exceptions":     arrayOf(exceptionSchema()),
		"falsepositives": described(texts, "what is no attack and looks like one"),
		"playbook":       described(text, "what to do, Markdown"),
		"sigma":          described(closed(object{"id": text, "source": text, "hash": text, "license": text, "date": text, "modified": text, "related": texts}), "where the rule was imported from"),
		"tests":          arrayOf(testSchema()),
	}
}

func exceptionSchema() object {
	return closed(object{"tenant": described(ref("text"), "whose events alone are excepted"), "match": ref("condition"), "owner": ref("text"), "reason": ref("text"), "expires": described(ref("text"), "a day such as 2026-01-31, or a time")},
		"match", "owner", "reason", "expires")
}

func testSchema() object {
	wants := object{"count": object{"type": "integer", "minimum": 0}}
	for _, name := range slices.Concat(event.FieldNames(""), alertNames) {
		wants[name] = ref("text")
	}
	alerts := object{"anyOf": []any{object{"enum": []any{"none", 0}}, arrayOf(closed(wants))}}
	return closed(object{
		"name":     ref("text"),
		"format":   object{"enum": []string{"auto", "syslog", "json"}},
		"received": described(ref("text"), "when the lines were received, RFC 3339; each at its own time if not stated"),
		"lines":    described(ref("text"), "as a sender sends them"),
		"alerts":   described(alerts, "all that must come, or none"),
	}, "lines", "alerts")
}

func windowSchema() object {
	kinds := object{}
	for _, k := range window.Kinds {
		d := &doc{left: newBudget()}
		properties := object{}
		for key := range d.windowKeys(&Rule{Window: &window.Spec{Kind: k}}) {
			properties[key] = windowKey(key, k)
		}
		kinds[string(k)] = closed(properties)
	}
	w := closed(kinds)
	w["minProperties"], w["maxProperties"] = 1, 1
	w["description"] = "what is looked for over several events, docs/windows.md"
	return w
}

// windowKey gives what a key of a window holds.
func windowKey(key string, k window.Kind) object {
	number := object{"type": "number"}
	switch key {
	case "mode":
		return object{"enum": []window.Mode{window.Sliding, window.Tumbling, window.Session}, "default": window.Sliding}
	case "order":
		return object{"enum": []string{"ordered", "any"}, "default": "ordered"}
	case "field":
		return ref("field")
	case "within", "gap", "learn", "memory":
		return ref("duration")
	case "every":
		return closed(object{"from": ref("duration"), "to": ref("duration")})
	case "steps":
		return object{"type": "array", "minItems": 2, "items": closed(object{"name": ref("text"), "match": ref("condition"), "at_least": object{"type": "integer", "minimum": 1},
			"not": object{"type": "boolean", "description": "the step must not happen"}}, "match")}
	case "at_least":
		if strings.Contains(" count distinct beacon ", " "+string(k)+" ") {
			return object{"type": "integer"}
		}
	case "below", "events":
		return object{"type": "integer"}
	}
	return number
}
