// Package faulttest makes disks and networks that fail, for tests and only for tests.
package faulttest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Disk is a small file system of its own.
type Disk struct {
	t   testing.TB
	dir string
}

// NewDisk mounts a file system at dir, which is made, that holds as much as size says ("64m"): in memory, so keep it small, for a test
// that is killed leaves it behind. Else it goes with the test. Who may not mount skips the test.
func NewDisk(t testing.TB, dir, size string) *Disk {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	err := syscall.Mount("watchpost-test", dir, "tmpfs", 0, "mode=0700,size="+size)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skipf("skipped: a disk that is full needs the right to mount one: %v", err)
	}
	if err != nil {
		t.Fatalf("mount %s: %v", dir, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil { // at once, whoever has files open
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return &Disk{t, dir}
}

func (d *Disk) ballast() string { return filepath.Join(d.dir, "ballast") }

// Fill takes all the room that is left.
func (d *Disk) Fill() {
	d.t.Helper()
	f, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for page := make([]byte, 64<<10); err == nil; {
		_, err = f.Write(page)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatalf("fill %s: %v", d.dir, err)
	}
}

// Free gives back what Fill took.
func (d *Disk) Free() {
	d.t.Helper()
	if err := os.Remove(d.ballast()); err != nil {
		d.t.Fatal(err)
	}
}
