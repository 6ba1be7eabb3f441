package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// credential gives the token by which tools call the API at server: that of WATCHPOST_TOKEN, or of the file WATCHPOST_TOKEN_FILE, or, for a server on this
// machine, the one that it left in its data folder (WATCHPOST_DATA, by default data); "" if there is none. There is no flag for it: every user of
// a machine can read command lines.
func credential(server string, env func(string) string) (string, error) {
	if t := env("WATCHPOST_TOKEN"); t != "" {
		return t, nil
	}
	path, named := env("WATCHPOST_TOKEN_FILE"), true
	if path == "" {
		if u, err := url.Parse(server); err != nil || !thisMachine(u.Hostname()) {
			return "", nil
		}
		path, named = filepath.Join(cmp.Or(env("WATCHPOST_DATA"), "data"), "query", localFile), false
	}
	text, err := os.ReadFile(path)
	if !named && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
		return "", nil // the server will say whether one is needed
	}
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

func thisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
