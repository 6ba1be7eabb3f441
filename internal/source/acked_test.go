package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLumberjackRejectedWindow: records of a window that are no records, or larger than what may wait, must not leave the two ends of a
// connection waiting for each other, nor the listener for the connection at its end.
func TestLumberjackRejectedWindow(t *testing.T) {
	m := newMemory()
	l := lumberjackOn(t, m, lumberjack, func(o *AckedOptions) { o.MaxRecord = 16 << 20 })
	f := func(records ...string) {
		t.Helper()
		c := dial(t, "tcp", l.Addr())
		text := window(len(records))
		for i, r := range records {
			text += record(i+1, r)
		}
		go fmt.Fprint(c, text)
		readUntil(t, c, "2A"+be32(len(records)))
		c.Close()
	}
	f(slices.Repeat([]string{strings.Repeat("x", 1<<20)}, 2*waitingBytes>>20)...)
	if m.rejected[BadJSON] != 2*waitingBytes>>20 {
		t.Errorf("rejected %v", m.rejected)
	}
	object := func(n int) string { return `{"a":"` + strings.Repeat("0", n) + `"}` }
	f(object(deliveryBytes-100), object(2*waitingBytes), object(1))
	if len(m.frames) != 3 {
		t.Errorf("%d frames", len(m.frames))
	}
	until(t, "memory given back", func() bool { return l.buffered.Load() == 0 && l.Stats().Open == 0 })
}

// TestAckedFailure: a peer whose records are refused while we are about to read on is let go at once, not after the idle timeout.
func TestAckedFailure(t *testing.T) {
	m := newMemory()
	m.fail = errors.New("not today")
	log, _ := testLog()
	l := NewRELP(RELPDefaults, m, log)
	ours, theirs := net.Pipe()
	defer theirs.Close()
	c := l.admit(ours).(*ackedConn)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c.origin = new(Origin)
	done := make(chan struct{})
	go func() { defer close(done); c.deliver(ctx, ctx) }()
	if err := c.put(1, func(d *delivery) { d.add([]byte("x"), 0) }); err != nil {
		t.Fatal(err)
	}
	until(t, "failure", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.failed != nil
	})
	c.mu.Lock()
	c.over = true
	c.changed.Broadcast()
	c.mu.Unlock()
	<-done
	late := time.AfterFunc(10*time.Second, func() { theirs.Close() })
	if _, err := (ackedReader{c}).Read(make([]byte, 1)); !late.Stop() {
		t.Errorf("the connection was read on: %v", err)
	}
}

// TestFluentUnacknowledged: what a sender wants no answer for it never sends again, so neither the failure of an earlier message nor
// its going away costs it that.
func TestFluentUnacknowledged(t *testing.T) {
	want := fluentRecord("t", "1", `{"n":1}`)
	silent := pack(t, list{"t", 1, dict{"n": 1}})
	t.Run("behind one that failed", func(t *testing.T) {
		m := newMemory()
		m.fail, m.block = errors.New("not today"), make(chan struct{})
		l := fluentOn(t, m, nil)
		c := dial(t, "tcp", l.Addr())
		send(t, c, pack(t, list{"t", 1, dict{"n": 1}, dict{"chunk": "c1"}})+silent)
		until(t, "both wait", func() bool { return l.buffered.Load() == int64(2*(len(want)+64)) })
		close(m.block)
		closed(t, c)
		m.awaitFrames(t, 1)
	})
	t.Run("of one that is gone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory()
			m.block = make(chan struct{})
			log, _ := testLog()
			l := NewFluent(FluentDefaults, m, log)
			ours, theirs := net.Pipe()
			c := l.admit(ours)
			go c.serve(t.Context())
			send(t, theirs, silent)
			theirs.Close()
			time.Sleep(2 * lastWords) // of the bubble's clock
			close(m.block)
			synctest.Wait()
			if !slices.Equal(m.frames, []string{want}) || len(m.dropped) > 0 {
				t.Errorf("got %q, dropped %v", m.frames, m.dropped)
			}
		})
	})
	t.Run("without memory", func(t *testing.T) {
		m := newMemory()
		m.block = make(chan struct{})
		defer close(m.block)
		log, _ := testLog()
		l := NewFluent(FluentDefaults, m, log)
		ours, theirs := net.Pipe()
		c := l.admit(ours).(*ackedConn)
		c.origin = new(Origin)
		l.maxBuffered = 0
		_ = theirs.Close()
		c.unqueued(&delivery{frames: make([]mark, 3), bad: map[string]int{TooLarge: 2}})
		if m.dropped[QueueFull] != 3 || m.rejected[TooLarge] != 2 {
			t.Errorf("dropped %v, rejected %v", m.dropped, m.rejected)
		}
	})
}

// TestAckedUnfinished: records that never end are held within max_buffered, as whole ones are.
func TestAckedUnfinished(t *testing.T) {
	m := newMemory()
	f := func(name string, l *Acked, start string) {
		t.Run(name, func(t *testing.T) {
			const size = 900_000
			for range 20 {
				c := dial(t, "tcp", l.Addr())
				go fmt.Fprint(c, start+strings.Repeat("x", size))
			}
			until(t, "refusals", func() bool { return l.Stats().Errors[errMemory.Error()] >= 15 })
			if held := l.buffered.Load(); held > int64(l.maxBuffered) {
				t.Errorf("%d bytes held", held)
			}
		})
	}
	small := func(o *AckedOptions) { o.MaxBuffered = 4 << 20 }
	relp, _ := relpOn(t, m, small)
	f("relp", relp, "1 open 47 relp_version=0\nrelp_software=x\ncommands=syslog\n\n2 syslog 1000000 ")
	jack := lumberjackOn(t, m, lumberjack, small)
	f("lumberjack", jack, window(1)+"2J"+be32(1)+be32(1_000_000))
	f("lumberjack pairs", lumberjackOn(t, m, lumberjack, small), window(1)+"2D"+be32(1)+be32(2)+be32(1)+"a"+be32(1)+"b"+be32(1)+"c"+be32(1_000_000))
}
