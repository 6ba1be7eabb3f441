package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"watchpost/internal/event"
	"watchpost/internal/rights"
)

// openapiJSON describes the API by hand, but for what follows from the table of routes: see describe.
//
//go:embed openapi.json
var openapiJSON []byte

// Parts of the document that stand by themselves: paths and schemas to add to those of openapi.json.
//
//go:embed openapi/*.json
var openapiParts embed.FS

// describe gives the document as it is served: each operation says what one must be allowed to do, and how one is refused.
func describe(routes []route) []byte {
	whole, err := mergeParts(openapiJSON, openapiParts)
	if err != nil {
		panic("BUG: openapi: " + err.Error())
	}
	var doc map[string]any
	if err := json.Unmarshal(whole, &doc); err != nil {
		panic("BUG: openapi: " + err.Error())
	}
	doc["components"].(map[string]any)["schemas"].(map[string]any)["Field"] = map[string]any{"type": "string", "description": "Of GET /api/v1/fields", "enum": event.FieldNames("")}
	paths := doc["paths"].(map[string]any)
	refusal := map[string]any{"description": "What is wrong", "content": map[string]any{
		"application/problem+json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/Problem"}}}}
	for _, rt := range append(routes, opsRoutes...) {
		item, _ := paths[rt.path].(map[string]any)
		op, _ := item[strings.ToLower(rt.method)].(map[string]any)
		if op == nil { // TestOpenAPIListsTheRoutes finds what is missing
			continue
		}
		refused := op["responses"].(map[string]any)
		refuses := func(statuses ...string) {
			for _, status := range statuses {
				if refused[status] == nil {
					refused[status] = refusal
				}
			}
		}
		if strings.HasPrefix(rt.path, "/api/") {
			refuses("400") // of a query that is none
		}
		if op["requestBody"] != nil {
			refuses("413", "415")
		}
		if rt.may == rights.Open {
			continue
		}
		op["x-permission"] = string(rt.may)
		if creates[rt.method+" "+rt.path] {
			describeOnce(op, refusal)
		}
		security := []any{map[string]any{"token": []any{}}, map[string]any{"session": []any{}}}
		if rt.may == rights.ReadMetrics { // open to this machine
			security = append(security, map[string]any{})
		}
		op["security"] = security
		refuses("401", "403", "503")
	}
	out, err := json.Marshal(doc)
	if err != nil {
		panic("BUG: openapi: " + err.Error())
	}
	return out
}

// describeOnce says what an Idempotency-Key does to an operation.
func describeOnce(op, refusal map[string]any) {
	list, _ := op["parameters"].([]any)
	op["parameters"] = append(list, map[string]any{"name": "Idempotency-Key", "in": "header", "schema": map[string]any{"type": "string", "minLength": 1, "maxLength": maxOnceKey},
		"description": "Of your own making, good for 24 hours. The same request with it again is not done again but gets the first answer, with Idempotent-Replayed: true; while the first is under way, 409. Another request with it: 422. What was refused or failed can be tried again."})
	answers := op["responses"].(map[string]any)
	for _, status := range []string{"409", "413", "422"} {
		if answers[status] == nil {
			answers[status] = refusal
		}
	}
}

// mergeParts adds parts to a document, of which none may hold what another has.
func mergeParts(whole []byte, parts fs.FS) ([]byte, error) {
	type tree = map[string]any
	var doc tree
	if err := json.Unmarshal(whole, &doc); err != nil {
		return nil, err
	}
	files, err := fs.Glob(parts, "openapi/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		text, err := fs.ReadFile(parts, name)
		if err != nil {
			return nil, err
		}
		var part struct {
			Paths      tree
			Components struct{ Schemas tree }
		}
		if err := json.Unmarshal(text, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for into, more := range map[string]tree{"paths": part.Paths, "schemas": part.Components.Schemas} {
			to, _ := doc["paths"].(tree)
			if into == "schemas" {
				to, _ = doc["components"].(tree)["schemas"].(tree)
			}
			for k, v := range more {
				if _, twice := to[k]; twice {
					return nil, fmt.Errorf("%s: %s: %s stands elsewhere too", name, into, k)
				}
				to[k] = v
			}
		}
	}
	return json.Marshal(doc)
}

// opsRoutes are served beside the API by package app.
var opsRoutes = []route{
	{http.MethodGet, "/metrics", rights.ReadMetrics, nil},
	{http.MethodGet, "/livez", rights.Open, nil},
	{http.MethodGet, "/readyz", rights.Open, nil},
	{http.MethodPost, "/-/reload", rights.Reload, nil},
}

// openapi serves the document.
func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(s.described)
}
