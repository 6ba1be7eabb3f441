package alert

import (
	"net/netip"
	"strings"
)

// Entity is who or what an alert is about.
type Entity struct {
	Kind  string `json:"kind"`  // user, host or ip
	Value string `json:"value"` // in small letters
}

// entityFields says which fields name entities. The column `entities` of table alerts holds the same.
var entityFields = []struct{ field, kind string }{
	{"user.name", "user"}, {"user.target.name", "user"}, {"host.name", "host"}, {"source.ip", "ip"}, {"destination.ip", "ip"}, {"source.address", ""},
}

// kindOf is for fields that hold an address or a name.
func kindOf(value string) string {
	if a, err := netip.ParseAddr(value); err == nil && a.Zone() == "" {
		return "ip"
	}
	return "host"
}

// EntityKinds are the kinds of entities.
var EntityKinds = []string{"user", "host", "ip"}

func (e Entity) String() string { return e.Kind + ":" + e.Value }

// ParseEntity reads what String gives.
func ParseEntity(s string) (Entity, bool) {
	kind, value, ok := strings.Cut(s, ":")
	for _, k := range EntityKinds {
		if ok && k == kind && value != "" {
			return Entity{kind, value}, true
		}
	}
	return Entity{}, false
}

// Entities gives those that the alert names in its group key or its evidence, each once.
func (a *Alert) Entities() []Entity { return entities(a.Get) }

// EntitiesOf gives those that fields by name, for example a group key, name.
func EntitiesOf(fields map[string]string) []Entity {
	return entities(func(name string) (string, bool) { v, ok := fields[name]; return v, ok })
}

// entities reads them by name. Letters of ASCII become small ones, and no others, as in the engine.
func entities(get func(name string) (string, bool)) []Entity {
	var out []Entity
	seen := map[Entity]bool{}
	for _, f := range entityFields {
		v, _ := get(f.field)
		e := Entity{f.kind, lower(v)}
		if f.kind == "" {
			e.Kind = kindOf(v)
		}
		if v != "" && !seen[e] {
			seen[e] = true
			out = append(out, e)
		}
	}
	return out
}

func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}
