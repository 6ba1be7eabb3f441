package ingest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"watchpost/internal/event"
)

// A spool file holds one block: a CRC-32C of what follows, the number of headers, each header's key and value with
// their lengths, then the block's value.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = errors.New("damaged")

// lockSpool keeps the folder to one process: blocks are numbered, and two writers would replace each other's files. The
// lock lives as long as the file is open; closing a nil one does nothing.
func lockSpool(root string) (*os.File, error) {
	if root == "" {
		return nil, nil
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(root, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("spool: %s is in use by another process: %w", root, err)
	}
	return f, nil
}

func spoolPath(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%020d.block", number))
}

// scanSpool lists the blocks that an earlier run left, in order.
func scanSpool(root string, partition int) (dir string, items []item, err error) {
	dir = filepath.Join(root, strconv.Itoa(partition))
	if err := os.MkdirAll(filepath.Join(dir, "damaged"), 0o700); err != nil {
		return "", nil, fmt.Errorf("spool: %w", err)
	}
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return "", nil, fmt.Errorf("spool: %w", err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tmp") { // never complete, and its sender was never told otherwise
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return "", nil, fmt.Errorf("spool: %w", err)
			}
			continue
		}
		name, isBlock := strings.CutSuffix(e.Name(), ".block")
		n, nerr := strconv.ParseUint(name, 10, 64)
		info, ierr := e.Info()
		if isBlock && nerr == nil && ierr == nil {
			items = append(items, item{number: n, size: info.Size()})
		}
	}
	return dir, items, nil
}

// adoptSpool gives the blocks of partitions that are no more, since this Kafka has fewer, to those that there are, behind their own.
func adoptSpool(root string, partitions int) error {
	if root == "" {
		return nil
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	for _, e := range entries {
		n, err := strconv.Atoi(e.Name())
		if err != nil || n < partitions || !e.IsDir() {
			continue
		}
		from, orphans, err := scanSpool(root, n)
		if err != nil {
			return err
		}
		if len(orphans) == 0 {
			continue
		}
		to, own, err := scanSpool(root, n%partitions)
		if err != nil {
			return err
		}
		next := uint64(0)
		if len(own) > 0 {
			next = own[len(own)-1].number + 1
		}
		for _, it := range orphans {
			if err := os.Rename(spoolPath(from, it.number), spoolPath(to, next)); err != nil {
				return fmt.Errorf("spool: %w", err)
			}
			next++
		}
		for _, dir := range []string{to, from} { // a block that is in both is sent twice, and recognised
			if err := syncDir(dir); err != nil {
				return fmt.Errorf("spool: %w", err)
			}
		}
	}
	return nil
}

// asidePath is where a damaged file goes. Numbers begin anew when a spool was empty, so there may be one of that name.
func asidePath(path string) string {
	base := filepath.Join(filepath.Dir(path), "damaged", filepath.Base(path))
	aside := base
	for n := 1; ; n++ {
		if _, err := os.Lstat(aside); err != nil {
			return aside
		}
		aside = base + "." + strconv.Itoa(n)
	}
}

func encodeSpooled(b *block) []byte {
	kvs := b.header.Headers()
	out := make([]byte, 4, len(b.value)+1024)
	out = binary.AppendUvarint(out, uint64(len(kvs)))
	for _, kv := range kvs {
		for _, v := range [][]byte{[]byte(kv.Key), kv.Value} {
			out = append(binary.AppendUvarint(out, uint64(len(v))), v...)
		}
	}
	out = append(out, b.value...)
	binary.LittleEndian.PutUint32(out, crc32.Checksum(out[4:], castagnoli))
	return out
}

func decodeSpooled(data []byte) (*block, error) {
	if len(data) < 4 || binary.LittleEndian.Uint32(data) != crc32.Checksum(data[4:], castagnoli) {
		return nil, errDamaged
	}
	rest := data[4:]
	number := func() uint64 {
		v, n := binary.Uvarint(rest)
		rest = rest[max(n, 0):]
		return v
	}
	bytes := func() []byte {
		n := min(number(), uint64(len(rest)))
		out := rest[:n]
		rest = rest[n:]
		return out
	}
	var kvs []event.KV
	for n := number(); n > 0 && len(rest) > 0; n-- {
		kvs = append(kvs, event.KV{Key: string(bytes()), Value: bytes()})
	}
	h, err := event.ParseHeader(kvs)
	if err != nil {
		return nil, err
	}
	return &block{header: h, value: rest}, nil
}

// writeWhole makes the file complete or not at all, even over a loss of power. After an error there is none: the block
// goes another way, and a file found at the next start would be sent again.
func writeWhole(path string, data []byte) (err error) {
	tmp := path + ".tmp"
	defer func() {
		if err != nil {
			os.Remove(tmp)
			os.Remove(path)
		}
	}()
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
