package topic

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
)

// Reader is a member of a group that shares the partitions of a topic: each is read by one member at a time, and each
// block is yielded once, however often producers repeated it and readers were restarted.
type Reader struct {
	c            *Client
	topic, group string // whole names
	bare         bool   // partitions are shared out, but not read

	mu       sync.Mutex
	memories map[int]*memory // kept from one assignment to the next

	blocks, repeats, skipped, poison, lost, late, hurried atomic.Uint64
}

// ReadStats counts what a Reader did since it was made.
type ReadStats struct {
	Blocks  uint64 // yielded
	Repeats uint64 // blocks dropped as repeats
	Skipped uint64 // ranges of rows marked as repeats of HTTP requests
	Poison  uint64 // blocks yielded with Err
	Lost    uint64 // records that Kafka trimmed before the group committed them
	Late    uint64 // blocks yielded with Late
	Hurried uint64 // names of blocks and requests that were forgotten within the horizon because too many came
}

// Reader makes a Reader of a topic for a group.
func (c *Client) Reader(group, topic string) *Reader {
	return &Reader{c: c, topic: c.o.Prefix + topic, group: c.o.Prefix + group, memories: make(map[int]*memory)}
}

// Stats gives the counts so far.
func (r *Reader) Stats() ReadStats {
	return ReadStats{
		Blocks: r.blocks.Load(), Repeats: r.repeats.Load(), Skipped: r.skipped.Load(),
		Poison: r.poison.Load(), Lost: r.lost.Load(), Late: r.late.Load(), Hurried: r.hurried.Load(),
	}
}

// Share shares the partitions of a topic out among the members of a group, for members that keep their own place in
// them: each is run for a partition as by Reader.Run, and at one member at a time. It returns as Reader.Run does.
func (c *Client) Share(ctx context.Context, group, topic string, each func(ctx context.Context, partition int) error) error {
	r := c.Reader(group, topic)
	r.bare = true
	return r.Run(ctx, func(ctx context.Context, p *Partition) error { return each(ctx, p.id) })
}

// Run takes part in the group until ctx ends. For each partition that is assigned it calls each in a goroutine of its
// own; each works until its ctx ends (cause ErrRevoked where the group takes the partition away) and must return
// soon then: the group waits for it, at most 30 s. The Partition is invalid after that. An error of each, other than
// ctx's and ErrRevoked, ends Run and is returned; nil puts the partition aside until the next assignment.
func (r *Reader) Run(ctx context.Context, each func(ctx context.Context, p *Partition) error) error {
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: r.group, Topics: []string{r.topic}, Brokers: r.c.o.Brokers, Dialer: r.c.dialer,
		SessionTimeout: r.c.o.SessionTimeout, HeartbeatInterval: min(r.c.o.SessionTimeout/10, time.Second),
		RebalanceTimeout: 30 * time.Second, JoinGroupBackoff: 500 * time.Millisecond,
		StartOffset: kafka.FirstOffset, GroupBalancers: []kafka.GroupBalancer{kafka.RangeGroupBalancer{}},
	})
	if err != nil {
		return fmt.Errorf("group %s: %w", r.group, err)
	}
	defer group.Close()
	try := patience{c: r.c, what: "joining group " + r.group}
	for {
		gen, err := group.Next(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if e := try.wait(ctx, err); e != nil {
				return e
			}
			continue
		}
		try.done()
		done := make(chan error, 1)
		gen.Start(func(genCtx context.Context) { done <- r.generation(ctx, genCtx, gen, each) })
		if err := <-done; err != nil {
			return err
		}
	}
}

// generation works on the partitions of one assignment until the group takes them away.
func (r *Reader) generation(ctx, genCtx context.Context, gen *kafka.Generation, each func(context.Context, *Partition) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(genCtx, func() { cancel(ErrRevoked) })()

	assigned := gen.Assignments[r.topic]
	r.c.log.Debug("kafka: assigned", "group", r.group, "topic", r.topic, "generation", gen.ID, "partitions", len(assigned))
	errs := make(chan error, len(assigned))
	for _, a := range assigned {
		go func() { errs <- r.partition(ctx, gen, a.ID, each) }()
	}
	var failed error
	for range assigned {
		err := <-errs
		if err == nil || ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))) {
			continue
		}
		if errors.Is(err, ErrRevoked) { // a commit was refused before the heartbeat noticed
			cancel(ErrRevoked)
			continue
		}
		if failed == nil {
			failed = err
		}
		cancel(err)
	}
	if failed == nil && ctx.Err() == nil {
		<-ctx.Done()
	}
	return failed
}

func (r *Reader) partition(ctx context.Context, gen *kafka.Generation, id int, each func(context.Context, *Partition) error) error {
	if r.bare {
		return each(ctx, &Partition{r: r, id: id, generation: int(gen.ID), member: gen.MemberID, ctx: ctx})
	}
	r.mu.Lock()
	m := r.memories[id]
	if m == nil {
		m = newMemory(r.c.o.DedupHorizon)
		r.memories[id] = m
	}
	r.mu.Unlock()

	ctx, cancel := context.WithCancel(ctx)
	p := &Partition{r: r, id: id, generation: int(gen.ID), member: gen.MemberID, memory: m, ctx: ctx, blocks: make(chan Block)}
	fed := make(chan struct{})
	defer func() { cancel(); <-fed }() // the memory is the feeder's until it is gone
	if err := p.start(ctx); err != nil {
		close(fed)
		return err
	}
	go func() { defer close(fed); p.feed(ctx) }()
	return each(ctx, p)
}
