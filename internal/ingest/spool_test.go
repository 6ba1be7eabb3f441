package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/source"
)

// spooled leaves runs of ten rows each in the spool of a run with that many partitions.
func spooled(t *testing.T, spool string, partitions, runs int) (rows []string) {
	t.Helper()
	o := Defaults
	o.Partitions, o.Spool = partitions, spool
	p, stop := pipeline(t, o, &kafka{down: make(chan struct{})})
	for i := range runs {
		for n := range 10 {
			line := fmt.Sprintf("<34>1 2026-11-23T10:00:00Z host%d app - - - run %d", n, i)
			rows = append(rows, line)
			if err := p.Frames(t.Context(), origin("192.0.2.1:1", "tcp"), int64(i), []source.Frame{{Data: []byte(line)}}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(o.Linger)
	}
	go stop()
	time.Sleep(time.Minute)
	if p.Stats.Lost.Load() > 0 {
		t.Fatalf("%d rows lost", p.Stats.Lost.Load())
	}
	return rows
}

// TestSpoolFewerPartitions: blocks of partitions that are no more (another Kafka, with fewer) are sent all the same.
func TestSpoolFewerPartitions(t *testing.T) {
	spool := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		want := spooled(t, spool, 5, 3)
		before, _ := filepath.Glob(filepath.Join(spool, "[2-4]", "*.block"))
		if len(before) == 0 {
			t.Fatal("nothing in the folders that nobody would look into")
		}
		o := Defaults
		o.Partitions, o.Spool = 2, spool
		k := &kafka{}
		p, stop := pipeline(t, o, k)
		synctest.Wait()
		stop()
		got := k.rows(t)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || p.Stats.SpoolBlocks.Load() != 0 || p.Stats.SpoolBytes.Load() != 0 {
			t.Errorf("%d rows of %d sent, %d blocks stay", len(got), len(want), p.Stats.SpoolBlocks.Load())
		}
	})
	if left, _ := filepath.Glob(filepath.Join(spool, "*", "*.block")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// TestSpoolNoDescriptors: a file that cannot be opened for want of file descriptors is not damaged; it is read when there are some.
func TestSpoolNoDescriptors(t *testing.T) {
	spool := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		want := spooled(t, spool, 1, 2)
		o := Defaults
		o.Partitions, o.Spool = 1, spool
		k := &kafka{down: make(chan struct{})}
		p, stop := pipeline(t, o, k)
		synctest.Wait() // the first block is on its way
		var was syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
			t.Fatal(err)
		}
		none := was
		none.Cur = 0
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
			t.Fatal(err)
		}
		close(k.down)
		time.Sleep(time.Second)
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
			t.Fatal(err)
		}
		if n := p.Stats.SpoolBlocks.Load(); n != 1 {
			t.Fatalf("%d blocks in the spool while there were no descriptors", n)
		}
		time.Sleep(2 * spoolPause)
		stop()
		if got := k.rows(t); !slices.Equal(got, want) || p.Stats.SpoolDamaged.Load() != 0 {
			t.Errorf("%d rows of %d sent, %d blocks damaged", len(got), len(want), p.Stats.SpoolDamaged.Load())
		}
	})
}

// TestSpoolDamagedTwice: what is set aside does not replace what was set aside before under the same number.
func TestSpoolDamagedTwice(t *testing.T) {
	spool := t.TempDir()
	for range 2 {
		path := filepath.Join(spool, "0", "00000000000000000000.block")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("torn"), 0o600); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			o := Defaults
			o.Partitions, o.Spool = 1, spool
			_, stop := pipeline(t, o, &kafka{})
			synctest.Wait()
			stop()
		})
	}
	if aside, _ := filepath.Glob(filepath.Join(spool, "0", "damaged", "*")); len(aside) != 2 {
		t.Errorf("set aside: %q", aside)
	}
}

// TestChunksAreSmall: what waits for a shard is bounded in number, so what a sender hands over at once is cut.
func TestChunksAreSmall(t *testing.T) {
	o := Defaults
	o.Partitions, o.Log = 1, quiet()
	p, err := New(o, &kafka{})
	if err != nil {
		t.Fatal(err)
	}
	big := slices.Repeat([]source.Frame{{Data: []byte(strings.Repeat("x", event.MaxBytes/32))}}, 64)
	if err := p.Frames(t.Context(), origin("192.0.2.1:1", "tcp"), 1, big); err != nil {
		t.Fatal(err)
	}
	n := 0
	for len(p.shards[0].in) > 0 {
		c := <-p.shards[0].in
		if n += len(c.ends); len(c.data) > 2*requestBytes {
			t.Errorf("a chunk of %d bytes", len(c.data))
		}
	}
	if n != len(big) {
		t.Errorf("%d of %d frames", n, len(big))
	}
}
