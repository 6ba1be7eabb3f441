// Package page holds the built web page.
package page

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS returns the built page: index.html, favicon.svg and assets/ with hashed names.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("BUG: dist is embedded above: " + err.Error())
	}
	return sub
}
