package app

import (
	"strings"

	"watchpost/internal/alert"
	"watchpost/internal/rule"
)

// known is what the lists say about hosts, addresses and users: for each entry of table assets or identities, in small
// letters, its columns.
type known struct {
	set                *rule.Set
	assets, identities map[string]map[string]string
}

// whatIsKnown reads the lists that readTable makes of assets.csv and identities.csv: assets.owner=ann holds the hosts of ann.
func whatIsKnown(set *rule.Set) *known {
	k := &known{set, map[string]map[string]string{}, map[string]map[string]string{}}
	for _, list := range set.Lists {
		for name, to := range map[string]map[string]map[string]string{"assets": k.assets, "identities": k.identities} {
			rest, ok := strings.CutPrefix(list.Name, name)
			column, value, pair := strings.Cut(strings.TrimPrefix(rest, "."), "=")
			if !ok || rest != "" && (!strings.HasPrefix(rest, ".") || !pair) {
				continue
			}
			for _, entry := range list.Entries {
				entry = strings.ToLower(entry)
				if to[entry] == nil {
					to[entry] = map[string]string{}
				}
				if pair {
					to[entry][column] = value
				}
			}
		}
	}
	return k
}

// known gives what the lists in use say.
func (r *rulesInUse) knows() *known {
	set := r.set.Load()
	if set == nil {
		return &known{}
	}
	if k := r.known.Load(); k != nil && k.set == set {
		return k
	}
	k := whatIsKnown(set)
	r.known.Store(k)
	return k
}

// about gives what is known of the entities of an alert, as it is shown with it.
func (k *known) about(entities []string, more map[string]any) {
	var assets, identities []map[string]string
	add := func(to *[]map[string]string, from map[string]map[string]string, kind, value string) {
		columns, ok := from[value]
		if !ok {
			return
		}
		row := map[string]string{}
		for c, v := range columns {
			row[c] = v
		}
		row[kind] = value // the entry itself, whatever a column is called
		*to = append(*to, row)
	}
	for _, text := range entities {
		switch e, _ := alert.ParseEntity(text); e.Kind {
		case "user":
			add(&identities, k.identities, "user", e.Value)
		case "host", "ip":
			add(&assets, k.assets, e.Kind, e.Value)
		}
	}
	if assets != nil {
		more["assets"] = assets
	}
	if identities != nil {
		more["identities"] = identities
	}
}
