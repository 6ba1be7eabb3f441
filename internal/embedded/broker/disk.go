package broker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	_ "unsafe" // for go:linkname

	"github.com/twmb/franz-go/pkg/kfake"
)

// disk is where the log is kept. kfake takes no notice of an fsync that fails and acknowledges all the same. So once one has failed the
// disk takes nothing more, no answer leaves any more, and each file that is closed goes back to what was durable: the kernel forgets
// pages that it could not write, and a later fsync would call durable what never reached the disk.
//
// Nor does it take notice of a commit of offsets that finds no room: that is such a fault, too. What it could write of one would hide from
// the next start all that is written behind it, so it is taken back at once; and what a power cut left is taken out before the start, see
// mendEntries.
//
// And a cluster that is closed while it hears a control function handles requests still: it would write to files that the next cluster
// has loaded by then. So it is shut, too.
type disk struct {
	log    *slog.Logger
	sound  func()        // after each fsync that did not fail
	failed chan struct{} // closed at the first one that did

	changes sync.RWMutex // held shared by what changes the disk
	mu      sync.Mutex
	err     error // why it takes nothing any more
}

func newDisk(log *slog.Logger, sound func()) *disk {
	return &disk{log: log, sound: sound, failed: make(chan struct{})}
}

// fault is why the disk takes nothing any more, or nil.
func (d *disk) fault() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

func (d *disk) fail(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = fmt.Errorf("what was written is not durable: %w", err)
		close(d.failed)
	}
	return d.err
}

// files and file are the interfaces that kfake asks for its files; TestFiles holds them to be the same.
type files interface {
	OpenFile(name string, flag int, perm os.FileMode) (file, error)
	Rename(oldpath, newpath string) error
	Remove(name string) error
	RemoveAll(path string) error
	MkdirAll(path string, perm os.FileMode) error
	ReadDir(name string) ([]os.DirEntry, error)
	ReadFile(name string) ([]byte, error)
	Stat(name string) (os.FileInfo, error)
}

type file interface {
	Write(p []byte) (int, error)
	Read(p []byte) (int, error)
	Close() error
	Seek(offset int64, whence int) (int64, error)
	Truncate(size int64) error
	Sync() error
}

// withFiles is an option that kfake keeps for its own tests. It has no other by which one could learn that an fsync failed.
//
//go:linkname withFiles github.com/twmb/franz-go/pkg/kfake.withFS
func withFiles(files) kfake.Opt

// errShut is the fault of a disk whose cluster is closed.
var errShut = errors.New("the broker is closed")

// shut lets what changes the disk end, and nothing more begin.
func (d *disk) shut() {
	d.changes.Lock()
	defer d.changes.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = errShut
}

// unless does what changes the disk, while it takes changes.
func (d *disk) unless(do func() error) error {
	d.changes.RLock()
	defer d.changes.RUnlock()
	if err := d.fault(); err != nil {
		return err
	}
	return do()
}

func (d *disk) Rename(from, to string) error {
	return d.unless(func() error { return os.Rename(from, to) })
}
func (d *disk) Remove(name string) error {
	return d.unless(func() error { return os.Remove(name) })
}
func (d *disk) RemoveAll(path string) error {
	return d.unless(func() error { return os.RemoveAll(path) })
}
func (d *disk) MkdirAll(path string, perm os.FileMode) error {
	return d.unless(func() error { return os.MkdirAll(path, perm) })
}
func (d *disk) ReadDir(name string) ([]os.DirEntry, error) { return os.ReadDir(name) }
func (d *disk) ReadFile(name string) ([]byte, error)       { return os.ReadFile(name) }
func (d *disk) Stat(name string) (os.FileInfo, error)      { return os.Stat(name) }

// OpenFile opens as os.OpenFile does. What a file that is appended to holds by then is made durable first: a process that was killed
// may have left it otherwise.
func (d *disk) OpenFile(name string, flag int, perm os.FileMode) (file, error) {
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	var f *os.File
	open := func() (err error) {
		f, err = os.OpenFile(name, flag, perm)
		return err
	}
	err := error(nil)
	if writes {
		err = d.unless(open)
	} else {
		err = open()
	}
	if err != nil {
		if writes && unasked(name) {
			err = d.fail(err)
		}
		return nil, err
	}
	k := &kept{File: f, d: d, appended: writes && flag&os.O_APPEND != 0}
	if k.appended {
		s, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if k.size = s.Size(); k.size > 0 {
			if err := k.Sync(); err != nil {
				return nil, errors.Join(err, f.Close())
			}
		}
	}
	return k, nil
}

// kept is a file of a disk. One goroutine at a time uses it.
type kept struct {
	*os.File
	d             *disk
	appended      bool
	size, durable int64 // of a file that is appended to
}

func (k *kept) Write(p []byte) (n int, err error) {
	err = k.d.unless(func() error {
		n, err = k.File.Write(p)
		if err == nil || !k.appended {
			k.size += int64(n)
			return err
		}
		back := error(nil)
		if n > 0 {
			n, back = 0, k.File.Truncate(k.size)
		}
		if back != nil || unasked(k.Name()) {
			return k.d.fail(errors.Join(err, back))
		}
		return err
	})
	return n, err
}

// unasked says that kfake acknowledges what stands in the file whether it could be written or not.
func unasked(name string) bool { return slices.Contains(entryFiles, filepath.Base(name)) }

// entryFiles are those to which kfake appends entries: offsets that groups committed, and who writes in transactions.
var entryFiles = []string{"groups.log", "pids.log"}

// mendEntries takes what is no entry out of the files in dir that consist of entries: kfake reads them up to there.
func (d *disk) mendEntries(dir string) error {
	for _, name := range entryFiles {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		whole := entries(text)
		if len(whole) == len(text) {
			continue
		}
		d.log.Warn("broker: a file has torn entries, which are taken out", "file", path, "bytes", len(text)-len(whole))
		if bytes.HasPrefix(text, whole) { // this takes no room
			if err := os.Truncate(path, int64(len(whole))); err != nil {
				return err
			}
			continue // it is made durable as it is opened
		}
		f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(whole)
		if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
			err = os.Rename(path+".tmp", path)
		}
		if err != nil {
			return fmt.Errorf("%s has torn entries, and cannot be mended: %w", path, err)
		}
	}
	return nil
}

// entries gives those of text that are whole. An entry is its length and the sum of the rest (CRC-32C), four bytes each, then a version, two
// bytes, and what it says, all with the low byte first.
func entries(text []byte) (whole []byte) {
	for len(text) >= 10 {
		n := uint64(binary.LittleEndian.Uint32(text)) + 8
		if n < 10 || n > uint64(len(text)) || crc32.Checksum(text[8:n], castagnoli) != binary.LittleEndian.Uint32(text[4:]) {
			text = text[1:]
			continue
		}
		whole = append(whole, text[:n]...)
		text = text[n:]
	}
	return whole
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (k *kept) Truncate(size int64) error {
	return k.d.unless(func() error {
		err := k.File.Truncate(size)
		if err == nil {
			k.size, k.durable = size, min(size, k.durable)
		}
		return err
	})
}

func (k *kept) Sync() error {
	if err := k.d.fault(); err != nil {
		return err
	}
	if err := k.File.Sync(); err != nil {
		return k.d.fail(err)
	}
	k.durable = k.size
	k.d.sound()
	return nil
}

func (k *kept) Close() error {
	if err := k.d.fault(); err != nil && err != errShut && k.appended && k.size > k.durable {
		if err := k.File.Truncate(k.durable); err != nil {
			k.d.log.Error("broker: a file could not be cut back to what was durable", "file", k.Name(), "bytes", k.durable, "error", err)
		}
	}
	return k.File.Close()
}

// mute is a listener over whose connections nothing is said once the disk has failed.
type mute struct {
	net.Listener
	d *disk
}

func (l mute) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return muteConn{c, l.d}, nil
}

type muteConn struct {
	net.Conn
	d *disk
}

func (c muteConn) Write(p []byte) (int, error) {
	if err := c.d.fault(); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
