package topic

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"

	"watchpost/internal/event"
)

// Producer sends records, one a request. It is safe for concurrent use: partitions go side by side, records of one
// partition one after another.
type Producer struct {
	c     *Client
	mu    sync.Mutex
	lanes map[partition]*lane

	records, bytes, retries atomic.Uint64
}

type partition struct {
	topic  string
	number int
}

// lane is the way to a partition.
type lane struct {
	token chan struct{} // held while a record is on its way
	pace  pace          // of who holds the token
}

// ProduceStats counts what a Producer did since it was made.
type ProduceStats struct {
	Records uint64 // acknowledged by every in-sync replica
	Bytes   uint64 // of their values, uncompressed
	Retries uint64 // attempts that failed; each may have left a repeated record in the log
}

// Producer makes a Producer.
func (c *Client) Producer() *Producer {
	return &Producer{c: c, lanes: make(map[partition]*lane)}
}

// Stats gives the counts so far.
func (p *Producer) Stats() ProduceStats {
	return ProduceStats{Records: p.records.Load(), Bytes: p.bytes.Load(), Retries: p.retries.Load()}
}

// Send returns once every in-sync replica has the record. What may pass by itself (broker away, leader moved, too few
// replicas, refused log-in) it tries again until ctx ends; then the record may or may not be in the log, perhaps more
// than once, which a Reader absorbs. The error is ErrTooLarge (wrapped) where the record must be split.
// The bytes are read until Send returns.
func (p *Producer) Send(ctx context.Context, topic string, partition int, key []byte, headers []event.KV, value []byte) error {
	if len(value) > p.c.o.BatchBytes {
		return fmt.Errorf("%s[%d]: %w: %d bytes, batch_bytes is %d", topic, partition, ErrTooLarge, len(value), p.c.o.BatchBytes)
	}
	l := p.lane(topic, partition)
	select {
	case l.token <- struct{}{}:
		defer func() { <-l.token }()
	case <-ctx.Done():
		return fmt.Errorf("%s[%d]: send: %w", topic, partition, context.Cause(ctx))
	}
	var rec kafka.Record
	for _, h := range headers {
		rec.Headers = append(rec.Headers, kafka.Header{Key: h.Key, Value: h.Value})
	}
	try := patience{c: p.c, what: fmt.Sprintf("send to %s[%d]", p.c.o.Prefix+topic, partition)}
	for {
		began := time.Now()
		err := p.once(ctx, l.pace.client(p.c), topic, partition, rec, key, value)
		l.pace.took(p.c, began, err)
		if err == nil {
			try.done()
			p.records.Add(1)
			p.bytes.Add(uint64(len(value)))
			return nil
		}
		if final(err) {
			return fmt.Errorf("%s[%d]: send: %w", topic, partition, err)
		}
		p.retries.Add(1)
		if e := try.wait(ctx, err); e != nil {
			return fmt.Errorf("%s[%d]: send: %w (last: %v)", topic, partition, e, err)
		}
	}
}

func (p *Producer) lane(topic string, number int) *lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := partition{topic, number}
	l := p.lanes[k]
	if l == nil {
		l = &lane{token: make(chan struct{}, 1)}
		p.lanes[k] = l
	}
	return l
}

// once makes one attempt.
func (p *Producer) once(ctx context.Context, k *kafka.Client, topic string, partition int, rec kafka.Record, key, value []byte) error {
	rec.Time = p.c.now() // of this attempt: where settings may not be read a topic may keep it (CreateTime), and readers tell by it what came late
	rec.Value = kafka.NewBytes(value)
	if key != nil {
		rec.Key = kafka.NewBytes(key)
	}
	res, err := k.Produce(ctx, &kafka.ProduceRequest{
		Topic: p.c.o.Prefix + topic, Partition: partition, RequiredAcks: kafka.RequireAll,
		Compression: compressions[p.c.o.Compression], Records: kafka.NewRecordReader(rec),
	})
	if err == nil {
		err = res.Error
	}
	if errors.Is(err, kafka.MessageSizeTooLarge) || errors.Is(err, kafka.RecordListTooLarge) {
		return fmt.Errorf("%w: %w (%d bytes uncompressed)", ErrTooLarge, err, len(value))
	}
	return err
}

// final tells refusals that no repetition heals.
func final(err error) bool {
	for _, e := range []error{ErrTooLarge, kafka.InvalidTopic, kafka.InvalidRecord, kafka.UnsupportedForMessageFormat, kafka.InvalidTimestamp} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
