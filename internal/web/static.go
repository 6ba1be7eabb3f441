package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed openapi.json
var openapiJSON []byte

// Parts of the document that stand by themselves: paths and schemas to add to those of openapi.json.
//
//go:embed openapi/*.json
var openapiParts embed.FS

// openapiDocument is the whole document.
var openapiDocument = sync.OnceValue(func() []byte {
	doc, err := mergeParts(openapiJSON, openapiParts)
	if err != nil {
		panic("BUG: openapi: " + err.Error())
	}
	return doc
})

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

func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(openapiDocument())
}

// static serves the built page: hashed assets for ever, index.html never from a cache.
func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem(w, http.StatusMethodNotAllowed, fmt.Sprintf("%.20s does nothing here, GET does", r.Method), nil)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name == "" || name == "." {
		name = "index.html"
	}
	data, err := fs.ReadFile(s.page, name)
	if err != nil {
		problem(w, http.StatusNotFound, "there is no such page", nil)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Cache-Control", "no-store")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Vary", "Accept-Encoding")
	if len(data) > 1024 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		z.Write(data) // into memory: cannot fail
		z.Close()
		h.Set("Content-Encoding", "gzip")
		data = buf.Bytes()
	}
	w.Write(data)
}
