package kafkatest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// version is that of deploy/kafka/pom.xml.
const version = "4.4.0"

// libraries gives the folder of Kafka's jars: that of WATCHPOST_KAFKA_LIBS, else one in the user's cache that Maven fills
// once.
func libraries() (string, error) {
	if dir := os.Getenv("WATCHPOST_KAFKA_LIBS"); dir != "" {
		return dir, complete(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "watchpost", "kafka-"+version)
	if complete(dir) == nil {
		return dir, nil
	}
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return "", fmt.Errorf("WATCHPOST_KAFKA_LIBS is not set and mvn is not installed: %w", err)
	}
	pom, err := pom()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	// Tests of several packages run at once: one fetches, the others wait.
	lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	if complete(dir) == nil {
		return dir, nil
	}
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return "", err
	}
	out, err := exec.Command(mvn, "-q", "-B", "-f", pom, "dependency:copy-dependencies",
		"-DincludeScope=runtime", "-DoutputDirectory="+part).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("mvn: %w: %s", err, out)
	}
	if err := complete(part); err != nil {
		return "", err
	}
	return dir, errors.Join(os.RemoveAll(dir), os.Rename(part, dir))
}

// complete looks for the jar without which nothing works.
func complete(dir string) error {
	_, err := os.Stat(filepath.Join(dir, "kafka_2.13-"+version+".jar"))
	return err
}

// pom finds deploy/kafka/pom.xml from wherever in the module a test runs.
func pom() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return filepath.Join(dir, "deploy", "kafka", "pom.xml"), nil
		}
		if filepath.Dir(dir) == dir {
			err = errors.New("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}
