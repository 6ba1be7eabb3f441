// Package topic moves blocks through Kafka: a producer that waits for every replica, a reader that yields each block once.
package topic

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"

	"watchpost/internal/event"
)

// The topics of one installation. Every function of this package takes these names, without Options.Prefix.
const (
	Events     = "events"     // blocks of events
	Signals    = "signals"    // what matched, and watermarks
	Alerts     = "alerts"     // alerts and their revisions
	Snapshots  = "snapshots"  // compacted: state of the window stage
	Quarantine = "quarantine" // records that could not be stored
)

var names = []string{Events, Signals, Alerts, Snapshots, Quarantine}

// Errors that callers tell apart.
var (
	ErrTooLarge = errors.New("record is larger than the topic takes") // split it
	ErrRevoked  = errors.New("partition was given to another reader") // stop; what is not committed will be read again
)

// RangeError says that an offset lies outside of what the log still, or already, holds.
type RangeError struct {
	Topic       string
	Partition   int
	Asked       int64
	First, Next int64 // offsets of the oldest record and of the record to come
	Anew        bool  // what was read before Asked is not in it: it lost its end or was made anew, and has grown since
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("%s[%d]: offset %d asked for, the log holds [%d, %d)", e.Topic, e.Partition, e.Asked, e.First, e.Next)
}

// Record is a record of a log. Its bytes belong to whoever received it.
type Record struct {
	Partition int
	Offset    int64
	Time      int64 // when the broker or the producer took it, Unix nanoseconds
	Key       []byte
	Headers   []event.KV
	Value     []byte
}

// Client talks to one Kafka cluster. It is safe for concurrent use.
type Client struct {
	o         Options
	kafka     *kafka.Client
	transport *kafka.Transport
	dialer    *kafka.Dialer
	log       *slog.Logger
	now       func() time.Time
	heard     atomic.Int64 // when a broker last sent something, in Unix nanoseconds
}

// requestTimeout bounds every request, so that a frozen broker cannot hold anyone for ever; pace gives those that move blocks more.
const requestTimeout = 10 * time.Second

// Open makes a Client. It connects to nothing yet: the first request does. Close it.
func Open(o Options) (*Client, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	encrypt, err := o.TLS.Client()
	if err != nil {
		return nil, err
	}
	mechanism, err := o.SASL.mechanism()
	if err != nil {
		return nil, err
	}
	registerSizes()
	quickSnappy()
	c := &Client{o: o, log: o.Log, now: o.Now}
	if c.log == nil {
		c.log = slog.Default()
	}
	if c.now == nil {
		c.now = time.Now
	}
	plain := o.Dial
	if plain == nil {
		plain = (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext
	}
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := plain(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return encrypt.Secure(ctx, conn, addr)
	}
	full := make([]string, len(names))
	for i, n := range names {
		full[i] = o.Prefix + n
	}
	c.transport = &kafka.Transport{
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return hearing{conn, &c.heard}, nil
		},
		DialTimeout: 5 * time.Second, SASL: mechanism, ClientID: "watchpost",
		MetadataTTL: 2 * time.Second, MetadataTopics: full,
	}
	c.kafka = &kafka.Client{Addr: kafka.TCP(o.Brokers...), Timeout: requestTimeout, Transport: c.transport}
	c.dialer = &kafka.Dialer{
		ClientID: "watchpost", DialFunc: dial, Timeout: 5 * time.Second, SASLMechanism: mechanism,
	}
	return c, nil
}

// Close gives up idle connections; those in use end with their requests.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Partitions counts the partitions of a topic.
func (c *Client) Partitions(ctx context.Context, topic string) (int, error) {
	m, err := c.kafka.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{c.o.Prefix + topic}})
	if err != nil {
		return 0, fmt.Errorf("topic %s: %w", c.o.Prefix+topic, err)
	}
	for _, t := range m.Topics {
		if t.Name == c.o.Prefix+topic {
			if t.Error != nil {
				return 0, fmt.Errorf("topic %s: %w", t.Name, t.Error)
			}
			return len(t.Partitions), nil
		}
	}
	return 0, fmt.Errorf("topic %s: %w", c.o.Prefix+topic, kafka.UnknownTopicOrPartition)
}

// patience spaces the attempts of one operation and logs its first failure and every 30 s of failing.
type patience struct {
	c       *Client
	what    string
	tries   int
	logged  time.Time
	waiting time.Duration
}

// wait is called after a failed attempt; it gives ctx's error where time is over.
func (p *patience) wait(ctx context.Context, err error) error {
	if e := context.Cause(ctx); e != nil {
		return e
	}
	p.tries++
	// The first failures of a moved leader or a cut connection are everyday life: the third one in a row is news.
	if now := p.c.now(); p.tries >= 3 && now.Sub(p.logged) >= 30*time.Second {
		p.c.log.Warn("kafka: "+p.what+" fails, trying again", "tries", p.tries, "error", err)
		p.logged = now
	}
	p.waiting = min(max(2*p.waiting, 20*time.Millisecond), 2*time.Second)
	t := time.NewTimer(p.waiting/2 + rand.N(p.waiting/2))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// done resets p after a success.
func (p *patience) done() {
	if p.tries >= 3 {
		p.c.log.Info("kafka: "+p.what+" works again", "tries", p.tries)
	}
	p.tries, p.waiting = 0, 0
}
