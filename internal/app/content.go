package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"watchpost/internal/config"
	"watchpost/internal/content"
	"watchpost/internal/rule"
)

// configuredContent reads the content rules that c names; nil where there is no folder.
func configuredContent(c config.Config) (*content.Set, error) {
	if _, err := os.Stat(c.Content); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	rules, err := configuredRules(c)
	if err != nil {
		return nil, err
	}
	key, err := contentKey(filepath.Join(c.Data, "content.key"))
	if err != nil {
		return nil, err
	}
	return loadContent(c, rules, key)
}

// loadContent reads the folder of content rules, which may ask for the lists of rules.
func loadContent(c config.Config, rules *rule.Set, key []byte) (*content.Set, error) {
	return content.Load(os.DirFS(c.Content), content.Options{Compile: rules.Compile, Key: key,
		Classes: slices.AppendSeq([]string{}, maps.Keys(c.ClickHouse.Retention.Classes))})
}

// contentKey reads the key of hashes that stand for what is masked; the first time it makes one.
func contentKey(file string) ([]byte, error) {
	key, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		key = make([]byte, 32)
		rand.Read(key) // never fails
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return nil, err
		}
		return key, replaceFile(file, key, 0o600)
	}
	if err == nil && len(key) < 16 {
		err = fmt.Errorf("%s: %d bytes are too few for a key", file, len(key))
	}
	return key, err
}
