// Package rules holds the rules that Watchpost ships.
package rules

import (
	"embed"
	"io/fs"
)

//go:embed */*.yaml
var files embed.FS

// FS gives the rules' files: a folder for each family, lists/ beside them.
func FS() fs.FS { return files }
