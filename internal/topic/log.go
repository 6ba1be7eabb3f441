package topic

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"watchpost/internal/event"
)

// Log reads one partition in order, from an offset on, without a group. It belongs to one goroutine.
type Log struct {
	c         *Client
	topic     string // with the prefix
	partition int
	offset    int64 // of the next record to fetch
	end       int64 // of the log as of the last fetch: the offset of the record to come
	known     bool  // end is
	buf       []Record
	try       patience
	pace      pace
	broken    int              // fetches in a row that brought bytes no one can read
	empty     func(asOf int64) // told of each fetch that found nothing, with the time before it; may be nil

	replaced func(context.Context) (*RangeError, error) // asked before a fetch that follows a failed one whether the log is another; may be nil
}

// Tail reads a partition from the given offset on. It does not connect yet.
func (c *Client) Tail(topic string, partition int, from int64) *Log {
	l := &Log{c: c, topic: c.o.Prefix + topic, partition: partition, offset: from}
	l.try = patience{c: c, what: fmt.Sprintf("fetch from %s[%d]", l.topic, partition)}
	return l
}

// Offset is that of the record which Next gives, or of a later one.
func (l *Log) Offset() int64 {
	if len(l.buf) > 0 {
		return l.buf[0].Offset
	}
	return l.offset
}

// End is the offset of the record to come, as of the last fetch; false before the first.
func (l *Log) End() (int64, bool) { return l.end, l.known }

// Next waits for the next record. It tries again for ever; the error is ctx's, or a *RangeError where the log does not
// reach to the offset (any more); MoveTo then. No record is lost by a ctx that ends.
func (l *Log) Next(ctx context.Context) (Record, error) {
	for len(l.buf) == 0 {
		if err := l.fill(ctx); err != nil {
			return Record{}, err
		}
	}
	r := l.buf[0]
	l.buf[0] = Record{} // the block is large: do not hold it
	l.buf = l.buf[1:]
	return r, nil
}

// MoveTo makes offset the next one.
func (l *Log) MoveTo(offset int64) { l.offset, l.buf = offset, nil }

// fill fetches once, at most half a second where there is nothing to read yet.
func (l *Log) fill(ctx context.Context) error {
	asOf := l.c.now().UnixNano()
	var buf []Record
	var err error
	if l.try.tries > 0 && l.replaced != nil {
		var other *RangeError
		if other, err = l.replaced(ctx); other != nil {
			l.try.done() // where it goes on there is nothing to compare
			return other
		}
	}
	if err == nil {
		buf, err = l.fetch(ctx)
	}
	if err == nil {
		if len(buf) == 0 && l.offset >= l.end && l.empty != nil {
			l.empty(asOf)
		}
		l.try.done()
		l.broken = 0
		l.buf = buf
		return nil
	}
	if errors.Is(err, kafka.OffsetOutOfRange) {
		first, next, err := l.c.bounds(ctx, l.topic, l.partition)
		if err == nil && (l.offset < first || l.offset > next) {
			return &RangeError{Topic: l.topic, Partition: l.partition, Asked: l.offset, First: first, Next: next}
		}
	}
	if unreadable(err) && l.reachable(ctx) {
		if l.broken++; l.broken >= 5 {
			// The same bytes are bad again and again: hand them over as a record without headers, so that a reader
			// counts it as poison, and go on.
			l.c.log.Error("kafka: record cannot be read, skipped", "topic", l.topic, "partition", l.partition, "offset", l.offset, "error", err)
			l.buf = []Record{{Partition: l.partition, Offset: l.offset}}
			l.offset++
			l.broken = 0
			return nil
		}
	} else {
		l.broken = 0
	}
	if e := l.try.wait(ctx, err); e != nil {
		return fmt.Errorf("%s[%d]: fetch at %d: %w", l.topic, l.partition, l.offset, e)
	}
	return nil
}

// reachable says that the broker answers, and has a record at the offset. What a connection can fail for before anything arrived, log-ins and
// certificates among it, is not told by its error alone.
func (l *Log) reachable(ctx context.Context) bool {
	first, next, err := l.c.bounds(ctx, l.topic, l.partition)
	return err == nil && first <= l.offset && l.offset < next
}

// unreadable tells bytes that arrived, but are no records, from all that a network or a broker can do.
func unreadable(err error) bool {
	var code kafka.Error
	var network net.Error
	return err != nil && !errors.As(err, &code) && !errors.As(err, &network) &&
		!errors.As(err, new(*tls.CertificateVerificationError)) && !errors.As(err, new(tls.RecordHeaderError)) &&
		!errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.ErrClosedPipe) &&
		!errors.Is(err, net.ErrClosed) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) &&
		!errors.As(err, new(*protocol.TopicError)) && !errors.As(err, new(*protocol.TopicPartitionError))
}

// fetch makes one request and moves l.offset past what it brought.
func (l *Log) fetch(ctx context.Context) ([]Record, error) {
	began := time.Now()
	res, err := l.pace.client(l.c).Fetch(ctx, &kafka.FetchRequest{
		Topic: l.topic, Partition: l.partition, Offset: l.offset,
		MinBytes: 1, MaxBytes: max(1, int64(l.c.o.FetchBytes)>>(2*l.pace.slow)), MaxWait: 500 * time.Millisecond,
	})
	l.pace.took(l.c, began, err)
	if err != nil {
		return nil, err
	}
	if c, ok := res.Records.(io.Closer); ok {
		defer c.Close()
	}
	if res.Error != nil {
		return nil, res.Error
	}
	l.end, l.known = res.HighWatermark, true
	var buf []Record
	for {
		r, err := res.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return buf, failUnlessSome(buf, err)
		}
		rec, err := l.record(r)
		if err != nil {
			return buf, failUnlessSome(buf, err)
		}
		if r.Offset < l.offset { // batches come whole, from their first record on
			continue
		}
		buf = append(buf, rec)
		l.offset = r.Offset + 1
	}
}

// failUnlessSome lets what was read before a fault count; the next fetch meets the fault again.
func failUnlessSome(buf []Record, err error) error {
	if len(buf) > 0 {
		return nil
	}
	return err
}

// record copies r out of kafka-go's pages.
func (l *Log) record(r *kafka.Record) (Record, error) {
	rec := Record{Partition: l.partition, Offset: r.Offset, Time: r.Time.UnixNano()}
	var err error
	if rec.Key, err = readAll(r.Key); err != nil {
		return rec, err
	}
	if rec.Value, err = readAll(r.Value); err != nil {
		return rec, err
	}
	for _, h := range r.Headers {
		rec.Headers = append(rec.Headers, event.KV{Key: h.Key, Value: h.Value})
	}
	return rec, nil
}

func readAll(b kafka.Bytes) ([]byte, error) {
	if b == nil {
		return nil, nil
	}
	defer b.Close()
	return kafka.ReadAll(b)
}

// ReadAll gives fn every record from the start of a partition to its end as of the call: for compacted topics.
// It ends early with fn's error.
func (c *Client) ReadAll(ctx context.Context, topic string, partition int, fn func(Record) error) error {
	first, end, err := c.waitBounds(ctx, c.o.Prefix+topic, partition)
	if err != nil {
		return err
	}
	l := c.Tail(topic, partition, first)
	for empty := 0; l.Offset() < end; {
		if len(l.buf) == 0 {
			err := l.fill(ctx)
			if moved := (*RangeError)(nil); errors.As(err, &moved) {
				l.MoveTo(moved.First)
				continue
			}
			if err != nil {
				return err
			}
			if l.known && l.end < end { // a new leader does not know yet how far the log goes, or the log has lost its end
				if _, end, err = c.waitBounds(ctx, l.topic, partition); err != nil {
					return err
				}
				empty = 0
				continue
			}
			// Compaction may leave nothing at all before the end: then no fetch ever brings a record.
			if len(l.buf) > 0 || l.broken > 0 || l.try.tries > 0 {
				empty = 0
			} else if empty++; empty == 3 {
				return nil
			}
			continue
		}
		r, err := l.Next(ctx)
		if err != nil {
			return err
		}
		if r.Offset >= end {
			return nil
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}
