package topictest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"watchpost/internal/topic"
)

// RunSecured checks that blocks pass an encrypted, authenticated connection, and that a wrong password and an unknown CA
// do not.
func RunSecured(t *testing.T, o topic.Options) {
	s := suite{options: func(*testing.T) topic.Options { return o }}
	ctx, c, _ := s.open(t)
	const blocks = 40
	send(ctx, t, c, o.Partitions, 0, blocks, 5000, 5)
	var l ledger
	if err := consume(ctx, c, "load", 5000, new(planned), &l, blocks); err != nil {
		t.Fatal(err)
	}
	l.check(t, blocks)

	wrong, noCA := o, o
	wrong.SASL.Password += "x"
	noCA.TLS.CA = ""
	f := func(o topic.Options, reason string) {
		t.Helper()
		if _, err := client(t, o).Partitions(ctx, topic.Events); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v, want an error with %q", err, reason)
		}
	}
	f(wrong, "SASL")
	f(noCA, "certificate")
}

// RunGrown shows that a group notices a log which lost its end, by lose, from block keep on, and grew past what was committed before anybody looked
// again.
func RunGrown(t *testing.T, o topic.Options, keep int, lose func()) {
	s := suite{options: func(*testing.T) topic.Options { return o }}
	ctx, c, _ := s.open(t)
	read := func(start topic.Start, again int64, want ...int) {
		t.Helper()
		err := with(ctx, c, func(ctx context.Context, p *topic.Partition) error {
			if got := p.Start(); got != start {
				t.Errorf("start %+v, want %+v", got, start)
			}
			var last int64
			for _, n := range want {
				b, err := p.Next(ctx)
				if err != nil {
					return err
				}
				if got, err := intact(b.Value, 100); got != n || err != nil || b.Again != again {
					t.Errorf("block %d (%v), all below %d may be done; want block %d, below %d", got, err, b.Again, n, again)
				}
				last = b.Offset
			}
			return p.Commit(ctx, last+1, "plan")
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	send(ctx, t, c, 1, 0, 10, 100, 0)
	read(topic.Start{Anew: true}, 0, numbers(0, 10)...)
	send(ctx, t, c, 1, 10, 12, 100, 0)
	read(topic.Start{Offset: 10, Metadata: "plan"}, 0, 10, 11) // no log but a longer one
	lose()
	send(ctx, t, c, 1, 20, 40, 100, 0)
	read(topic.Start{Anew: true}, int64(keep+20), append(numbers(0, keep), numbers(20, 40)...)...)
	send(ctx, t, c, 1, 40, 41, 100, 0)
	read(topic.Start{Offset: int64(keep + 20), Metadata: "plan"}, 0, 40)
}

func numbers(from, to int) (out []int) {
	for n := from; n < to; n++ {
		out = append(out, n)
	}
	return out
}

// Step is something that is done to the brokers, after which blocks must move again.
type Step struct {
	Name string
	Do   func()
}

// RunOutage takes steps while blocks are written and read: no block acknowledged may be missing in the end, none may count
// twice, and after each step writing and reading go on.
func RunOutage(t *testing.T, o topic.Options, steps ...Step) {
	s := suite{options: func(*testing.T) topic.Options { return o }}
	ctx, c, _ := s.open(t)
	reading, stop := context.WithCancel(ctx)
	defer stop()
	const batch = 100
	var l ledger
	var plans planned
	var wg sync.WaitGroup
	done := make(chan struct{})
	sent := make(chan int, 1)
	wg.Add(1)
	go func() {
		defer wg.Done()
		n := 0
		for ; ; n += batch {
			select {
			case <-done:
				sent <- n
				return
			default:
			}
			send(ctx, t, c, o.Partitions, n, n+batch, 3000, 0)
			if ctx.Err() != nil {
				sent <- n
				return
			}
		}
	}()
	wg.Add(1)
	go func() {
		defer wg.Done()
		err := consume(reading, c, "load", 3000, &plans, &l, 1<<30)
		if err != nil && !errors.Is(err, context.Canceled) && ctx.Err() == nil {
			t.Error(err)
		}
	}()
	progress := func(what string) {
		from := l.len()
		began := time.Now()
		for l.len() < from+2*batch {
			select {
			case <-ctx.Done():
				t.Errorf("%s: nothing moves", what)
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
		t.Logf("%s: %d blocks after %v", what, 2*batch, time.Since(began).Round(time.Millisecond))
	}
	progress("undisturbed")
	for _, step := range steps {
		step.Do()
		progress(step.Name)
	}
	close(done)
	n := <-sent
	for l.len() < n && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	l.check(t, n)
	stop()
	wg.Wait()
}
