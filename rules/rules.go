// Package rules holds the rules that Watchpost ships.
package rules

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml
var files embed.FS

// FS gives the rules' files.
func FS() fs.FS { return files }
