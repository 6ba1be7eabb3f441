package app

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCredential(t *testing.T) {
	data := t.TempDir()
	if err := os.Mkdir(filepath.Join(data, "query"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writePrivate(filepath.Join(data, "query", localFile), "local"); err != nil {
		t.Fatal(err)
	}
	named := filepath.Join(data, "named")
	if err := writePrivate(named, "named"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(named); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	f := func(server string, env map[string]string, want string, good bool) {
		t.Helper()
		if got, err := credential(server, func(k string) string { return env[k] }); got != want || (err == nil) != good {
			t.Errorf("%s, %v: %q, %v", server, env, got, err)
		}
	}
	const here = "http://127.0.0.1:8080"
	f(here, map[string]string{"WATCHPOST_DATA": data}, "local", true)
	f("https://localhost:1", map[string]string{"WATCHPOST_DATA": data}, "local", true)
	f("https://siem.example", map[string]string{"WATCHPOST_DATA": data}, "", true) // is not for others
	f("http://127.0.0.1.evil.example", map[string]string{"WATCHPOST_DATA": data}, "", true)
	f(here, map[string]string{"WATCHPOST_DATA": data, "WATCHPOST_TOKEN": "t"}, "t", true)
	f("https://siem.example", map[string]string{"WATCHPOST_TOKEN_FILE": named}, "named", true)
	f(here, map[string]string{"WATCHPOST_DATA": filepath.Join(data, "none")}, "", true)
	f(here, map[string]string{"WATCHPOST_TOKEN_FILE": filepath.Join(data, "none")}, "", false)
}

func TestSealingKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	made, err := sealingKey("", file)
	if err != nil || made == [32]byte{} {
		t.Fatal(made, err)
	}
	if again, err := sealingKey("", file); err != nil || again != made {
		t.Errorf("%x, %v", again, err)
	}
	given := "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	if k, err := sealingKey(given, file); err != nil || k[31] != 0x1f {
		t.Errorf("%x, %v", k, err)
	}
	for _, bad := range []string{"00", given + "00", "x" + given[1:]} {
		if _, err := sealingKey(bad, file); err == nil {
			t.Errorf("%s is a key", bad)
		}
	}
}
