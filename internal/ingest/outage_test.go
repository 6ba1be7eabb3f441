package ingest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/faulttest"
)

// TestBrokerAwayForAnHour: agents whose requests time out send the same again for an hour, while streams send until they are held. Memory
// and spool stay within bounds, nothing is acknowledged, and in the end everything has arrived: once, but for what an agent was sending
// again as the broker came back, which readers recognise.
func TestBrokerAwayForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Defaults
		o.Partitions, o.Buffer, o.Spool, o.SpoolBytes = 1, 2*event.MaxBytes, t.TempDir(), 3*event.MaxBytes
		k := &kafka{down: make(chan struct{})}
		p, stop := pipeline(t, o, k)
		var senders sync.WaitGroup
		var away atomic.Bool
		var attempts, acked, streamed atomic.Int64
		away.Store(true)
		copies := map[string]int{}
		for a := range 4 {
			run := frames(1000, fmt.Sprint("agent ", a))
			for _, f := range run {
				copies[string(f.Data)] = 0
			}
			senders.Go(func() { // as package source: 30 s for a request, Retry-After 2 s
				for {
					ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
					err := p.Request(ctx, origin(fmt.Sprintf("192.0.2.%d:1", 10+a), "http"), 1, [16]byte{1, byte(a)}, run)
					cancel()
					attempts.Add(1)
					if err == nil {
						acked.Add(1)
						return
					}
					time.Sleep(2 * time.Second)
				}
			})
		}
		time.Sleep(10 * time.Second)
		var lines []string
		senders.Go(func() {
			for n := 0; away.Load(); n++ {
				run := frames(1000, fmt.Sprint("stream ", n))
				for i := range run {
					run[i].Data = append(run[i].Data, strings.Repeat("x", 200)...)
					lines = append(lines, string(run[i].Data))
				}
				if err := p.Frames(context.Background(), origin("192.0.2.1:1", "tcp"), int64(n), run); err != nil {
					t.Error(err)
				}
				streamed.Add(1000)
				time.Sleep(time.Second)
			}
		})
		time.Sleep(time.Hour / 2)
		half := streamed.Load()
		time.Sleep(time.Hour / 2)
		s := &p.Stats
		if s.SpoolBytes.Load() > o.SpoolBytes+event.MaxBytes || s.Waiting.Load() > o.Buffer+event.MaxBytes || s.SpoolBlocks.Load() == 0 {
			t.Errorf("%d bytes in the spool, %d in memory, %d blocks", s.SpoolBytes.Load(), s.Waiting.Load(), s.SpoolBlocks.Load())
		}
		if s.Held.Load() == 0 || streamed.Load() != half || half == 0 {
			t.Errorf("the stream is not held: %d lines after half an hour, %d after an hour", half, streamed.Load())
		}
		if acked.Load() != 0 || attempts.Load() < 4*100 {
			t.Errorf("%d requests acknowledged, %d attempts", acked.Load(), attempts.Load())
		}
		away.Store(false)
		close(k.down)
		senders.Wait()
		stop()
		var stream []string
		for _, row := range k.rows(t) {
			if _, ok := copies[row]; ok {
				copies[row]++
			} else {
				stream = append(stream, row)
			}
		}
		for row, n := range copies {
			if n != 1 && n != 2 {
				t.Errorf("%d copies of %s", n, row)
			}
		}
		if !slices.Equal(stream, lines) {
			t.Errorf("of the stream %d rows were sent, %d arrived, or not in order", len(lines), len(stream))
		}
		t.Logf("%d attempts of 4 agents, %d lines of a stream", attempts.Load(), len(lines))
	})
}

// away lets a pipeline without a broker take runs of lines; each makes a block of 1.3 MB.
func away(t *testing.T, p *Pipeline, runs int, want *[]string) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		for i := range runs {
			run := frames(16000, fmt.Sprintf("run %02d", i))
			for _, f := range run {
				*want = append(*want, string(f.Data))
			}
			if err := p.Frames(context.Background(), origin("192.0.2.1:1", "tcp"), int64(i), run); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * Defaults.Linger)
		}
	}()
	return done
}

// whole says how many files of blocks the spool of partition 0 has, all of which must be whole, and nothing else.
func whole(t *testing.T, spool string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(spool, "0", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err == nil {
			_, err = decodeSpooled(data)
		}
		if err != nil || !strings.HasSuffix(name, ".block") {
			t.Errorf("%s: %v", name, err)
		}
	}
	return len(files)
}

// TestSpoolDiskFull: blocks that the disk has no room for wait in memory, and senders with them, until there is room again. At the end
// what finds none is counted.
func TestSpoolDiskFull(t *testing.T) {
	f := func(name string, end bool) {
		t.Run(name, func(t *testing.T) {
			spool := filepath.Join(t.TempDir(), "spool")
			disk := faulttest.NewDisk(t, spool, "64m")
			synctest.Test(t, func(t *testing.T) {
				o := Defaults
				o.Partitions, o.Buffer, o.Spool = 1, 2*event.MaxBytes, spool
				k := &kafka{down: make(chan struct{})}
				p, stop := pipeline(t, o, k)
				var want []string
				done := away(t, p, 20, &want)
				for p.Stats.SpoolBlocks.Load() < 2 {
					time.Sleep(time.Second)
				}
				disk.Fill()
				time.Sleep(time.Minute)
				if p.Stats.Held.Load() == 0 || p.Stats.SpoolRefused.Load() == 0 {
					t.Fatalf("held %d, refused by the disk %d", p.Stats.Held.Load(), p.Stats.SpoolRefused.Load())
				}
				if n := whole(t, spool); int64(n) != p.Stats.SpoolBlocks.Load() {
					t.Errorf("%d files, %d blocks", n, p.Stats.SpoolBlocks.Load())
				}
				lost := 0
				if end {
					k.mu.Lock()
					k.down = nil // of the next pipeline; this one's Send still waits
					k.mu.Unlock()
					stop()
					<-done
					lost = int(p.Stats.Lost.Load())
					if lost == 0 {
						t.Error("nothing is counted as lost")
					}
					p, stop = pipeline(t, o, k)
				} else {
					disk.Free()
					time.Sleep(spoolPause)
					<-done // though the broker is still away
					if p.Stats.Held.Load() != 0 {
						t.Error("still held, though the disk has room")
					}
					close(k.down)
				}
				time.Sleep(time.Minute)
				stop()
				got := k.rows(t)
				if !end && !slices.Equal(got, want) || end && (len(got) == 0 || len(got)+lost > len(want)) {
					t.Errorf("%d rows in, %d out, %d lost, or not in order", len(want), len(got), lost)
				}
				if n := whole(t, spool); n != 0 || p.Stats.SpoolBytes.Load() != 0 {
					t.Errorf("%d files, %d bytes stay", n, p.Stats.SpoolBytes.Load())
				}
			})
		})
	}
	f("room again", false)
	f("the end", true)
}

// TestSpoolDiskBroken: a block whose file the disk does not make durable (fsync says EIO) is not in the spool. It runs itself under strace.
func TestSpoolDiskBroken(t *testing.T) {
	if dir := os.Getenv("SPOOL_TEST_CHILD"); dir != "" {
		spoolOnBrokenDisk(t, dir, os.Getenv("SPOOL_TEST_ALWAYS") != "")
		return
	}
	for name, when := range map[string]string{"once": "1", "always": "1+"} {
		t.Run(name, func(t *testing.T) {
			cmd := faulttest.Strace(t, "fsync:error=EIO:when="+when, os.Args[0], "-test.run=^TestSpoolDiskBroken$")
			cmd.Env = append(os.Environ(), "SPOOL_TEST_CHILD="+t.TempDir())
			if name == "always" {
				cmd.Env = append(cmd.Env, "SPOOL_TEST_ALWAYS=1")
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func spoolOnBrokenDisk(t *testing.T, dir string, always bool) {
	synctest.Test(t, func(t *testing.T) {
		o := Defaults
		o.Partitions, o.Buffer, o.Spool = 1, 2*event.MaxBytes, dir
		k := &kafka{down: make(chan struct{})}
		p, stop := pipeline(t, o, k)
		var want []string
		done := away(t, p, 12, &want)
		time.Sleep(2 * time.Minute)
		n, refused := whole(t, dir), p.Stats.SpoolRefused.Load()
		if refused == 0 || always != (n == 0) || always != (p.Stats.Held.Load() > 0) || int64(n) != p.Stats.SpoolBlocks.Load() {
			t.Errorf("always %v: %d files, %d blocks, %d refused, %d held", always, n, p.Stats.SpoolBlocks.Load(), refused, p.Stats.Held.Load())
		}
		close(k.down)
		<-done
		time.Sleep(time.Minute)
		stop()
		if got := k.rows(t); !slices.Equal(got, want) {
			t.Errorf("%d rows in, %d out, or not in order", len(want), len(got))
		}
	})
}
