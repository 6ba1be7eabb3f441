package source

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// AckedOptions configure a listener for a protocol whose senders wait for acknowledgements and send again what was not
// acknowledged: RELP and Lumberjack.
type AckedOptions struct {
	Name        string        `yaml:"name"`         // in origins, metrics and logs
	Addr        string        `yaml:"addr"`         // host:port
	Tenant      string        `yaml:"tenant"`       // of all that comes in here
	MaxRecord   int           `yaml:"max_record"`   // bytes of a record
	MaxConns    int           `yaml:"max_conns"`    // connections at once
	MaxBuffered int           `yaml:"max_buffered"` // bytes of all records that wait for Kafka; beyond it connections are closed, and their senders come again
	IdleTimeout time.Duration `yaml:"idle_timeout"` // a connection without data is closed; dead peers are found by keep-alive within two minutes
	Drain       time.Duration `yaml:"drain"`        // at the end, for acknowledging what has been read
	ProxyFrom   []string      `yaml:"proxy_from"`   // addresses and networks of proxies: connections from there begin with a PROXY header
	TLS         TLSOptions    `yaml:"tls"`          // TLS is spoken if a certificate is named
}

// Check returns every fault of the options.
func (o AckedOptions) Check() error {
	return errors.Join(
		checkListener(o.Name, o.Addr, o.Tenant, o.Drain),
		between("max_record", o.MaxRecord, 480, 16<<20),
		between("max_conns", o.MaxConns, 1, 1<<20),
		between("max_buffered", o.MaxBuffered, 4*o.MaxRecord, 1<<36),
		between("idle_timeout", o.IdleTimeout, time.Second, 30*24*time.Hour),
		checkProxies(o.ProxyFrom),
		o.TLS.Check(),
	)
}

// Acked takes records from connections whose senders wait for an acknowledgement, which they get once the sink says that
// the records are durable.
type Acked struct {
	streams
	opt AckedOptions
}

// protocol is what is spoken on the connections of an Acked.
type protocol struct {
	name  string
	speak func(*ackedConn) error // reads a connection to its end; nil after the peer has taken its leave
	bye   string                 // what is said last
	whole bool                   // deliveries are the same when they are sent again, and so are their names
	alive time.Duration          // how often a waiting peer is told that we live; 0: never
	beat  string                 // what it is told
}

// newAcked returns a listener that speaks p.
func newAcked(opt AckedOptions, p protocol, sink Sink, log *slog.Logger) *Acked {
	a := &Acked{opt: opt, streams: streams{
		name: opt.Name, addr: opt.Addr, tenant: opt.Tenant, maxConns: opt.MaxConns, maxBuffered: opt.MaxBuffered,
		idle: opt.IdleTimeout, grace: opt.Drain, tls: opt.TLS, proxies: proxies(opt.ProxyFrom), sink: sink,
	}}
	a.start(log)
	a.open = func(l link) session {
		c := &ackedConn{link: l, max: opt.MaxRecord, protocol: p}
		c.changed = sync.NewCond(&c.mu)
		return c
	}
	return a
}

// Bounds of what is handed to the sink at a time, and of what may wait for that.
const (
	deliveryRows  = 4096
	deliveryBytes = 1 << 20
	waitingBytes  = 4 << 20
)

// delivery is what becomes durable at a time, and what is answered then.
type delivery struct {
	id      [16]byte
	data    []byte // of all records
	frames  []mark
	bad     map[string]int // records of it that are rejected, by reason
	answer  []byte         // acknowledges it
	closed  bool           // nothing may be added any more
	unacked bool           // its sender wants no answer
	held    int            // bytes reserved for it
}

// mark is a record within a delivery.
type mark struct {
	from, to int
	flags    Flags
}

func (d *delivery) add(record []byte, flags Flags) {
	from := len(d.data)
	d.data = append(d.data, record...)
	d.frames = append(d.frames, mark{from, len(d.data), flags})
}

// records gives its records, which share its memory.
func (d *delivery) records() []Frame {
	frames := make([]Frame, len(d.frames))
	for i, m := range d.frames {
		frames[i] = Frame{Data: d.data[m.from:m.to], Flags: m.flags}
	}
	return frames
}

func (d *delivery) reject(reason string) {
	if d.bad == nil {
		d.bad = make(map[string]int)
	}
	d.bad[reason]++
}

// full goes by what the delivery holds, rejected records too: what is not handed on waits for nothing else.
func (d *delivery) full() bool { return d.held >= deliveryBytes || len(d.frames) >= deliveryRows }

// nameByContent names a delivery by what is in it, so that it bears the same name when it is sent again.
func (d *delivery) nameByContent(o *Origin, protocol string) {
	sum := sha256.New()
	var n [8]byte
	part := func(b []byte) {
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		sum.Write(n[:])
		sum.Write(b)
	}
	for _, s := range []string{protocol, o.Tenant, o.Listener, o.Peer.Addr().String()} {
		part([]byte(s))
	}
	for _, f := range d.frames {
		part(d.data[f.from:f.to])
	}
	copy(d.id[:], sum.Sum(nil))
}

// ackedConn is one connection. One goroutine reads what comes into deliveries, another hands these to the sink, one after
// the other, and answers.
type ackedConn struct {
	link
	protocol
	max    int       // bytes of a record
	until  time.Time // what the peer does now must be done by then; zero: no bound
	unread int       // bytes reserved for a record that has not come whole

	write sync.Mutex // one answer at a time

	mu      sync.Mutex
	changed *sync.Cond
	queue   []*delivery
	waiting int // bytes in queue
	over    bool
	failed  error
	broken  atomic.Bool // failed is set
}

// lastWords is how long a delivery whose sender has closed the stream may still take: a sender that hears no answer sends
// it again.
const lastWords = 5 * time.Second

var (
	errMemory = errors.New("no memory for more records")
	errSink   = errors.New("the records did not become durable")
)

func (c *ackedConn) drain() {
	c.draining.Store(true)
	c.nc.SetReadDeadline(time.Unix(1, 0))
}

// ackedReader reads from a connection and gives each read its time.
type ackedReader struct{ c *ackedConn }

func (r ackedReader) Read(p []byte) (int, error) {
	r.c.deadline()
	return r.c.nc.Read(p)
}

// stranger tells a stream that begins with another protocol.
func (c *ackedConn) stranger(r *bufio.Reader) error {
	if _, err := r.Peek(1); err != nil {
		return err
	}
	first, _ := r.Peek(r.Buffered())
	return strange(first)
}

func strange(first []byte) error {
	switch {
	case len(first) > 1 && first[0] == 0x16 && first[1] == 3:
		return errTLSOnPlain
	case beginsProxied(first):
		return refusal(untrustedProxy)
	}
	return nil
}

// deadline is link.deadline, but for the end: what is not read then, and so not acknowledged, the sender sends again. As there, it looks
// for the reasons to read no more after it has set the time.
func (c *ackedConn) deadline() {
	until := time.Now().Add(c.idle)
	if !c.until.IsZero() {
		until = c.until
	}
	c.nc.SetReadDeadline(until)
	if c.draining.Load() || c.broken.Load() {
		c.nc.SetReadDeadline(time.Unix(1, 0))
	}
}

// unreadFree is how much of a record that has not come whole a connection may hold without reserving it.
const unreadFree = 64 << 10

// room reserves memory for n bytes in all of the record that is being read.
func (c *ackedConn) room(n int) error {
	more := n - c.unread
	switch {
	case n <= unreadFree || more <= 0:
		return nil
	case !c.reserve(more):
		return errMemory
	}
	c.unread = n
	return nil
}

// read gives back what was reserved for a record that has been read, and handed on.
func (c *ackedConn) read() {
	c.buffered.Add(-int64(c.unread))
	c.unread = 0
}

func (c *ackedConn) serve(work context.Context) {
	defer c.nc.Close()
	defer c.read()
	ctx, cancel := context.WithCancel(work)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { c.nc.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	if !c.begin(work) {
		return
	}
	var deliver sync.WaitGroup
	deliver.Go(func() { c.deliver(work, ctx) })
	err := c.speak(c)
	c.mu.Lock()
	c.over = true
	c.changed.Broadcast()
	c.mu.Unlock()
	if !c.draining.Load() && err != nil {
		late := time.AfterFunc(lastWords, cancel)
		defer late.Stop()
	}
	deliver.Wait()
	if c.failed != nil {
		err = c.failed
	}
	var bad refusal
	switch {
	case err == nil || c.draining.Load():
	case errors.As(err, &bad):
		c.refuse(string(bad), err)
	case errors.Is(err, errMemory), errors.Is(err, errSink):
		c.refuse(err.Error(), nil)
	default:
		c.ended(work, err)
	}
	_ = c.say([]byte(c.bye)) // the peer may be gone
	c.linger()
}

// linger waits until the peer has read what we sent last: closing a socket with unread data would cut that off.
func (c *ackedConn) linger() {
	if h, ok := c.nc.(interface{ CloseWrite() error }); !ok || h.CloseWrite() != nil {
		return
	}
	c.nc.SetReadDeadline(time.Now().Add(drainQuiet))
	var waste [4096]byte
	for end := time.Now().Add(drainQuiet); time.Now().Before(end); {
		if _, err := c.nc.Read(waste[:]); err != nil {
			return
		}
	}
}

// put queues what fill makes of the last delivery that waits and may grow, or of a new one. It waits while too much waits that can be
// handed on.
func (c *ackedConn) put(size int, fill func(d *delivery)) error {
	if !c.reserve(size) {
		return errMemory
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) > 0 && c.ready(c.queue[0]) && c.waiting+size > waitingBytes && c.failed == nil {
		c.changed.Wait()
	}
	if c.failed != nil {
		c.buffered.Add(-int64(size))
		return c.failed
	}
	var d *delivery
	if n := len(c.queue); n > 0 && !c.queue[n-1].closed && !c.queue[n-1].full() {
		d = c.queue[n-1]
	} else {
		d = new(delivery)
		c.queue = append(c.queue, d)
	}
	d.held += size
	c.waiting += size
	fill(d)
	c.changed.Broadcast()
	return nil
}

// unqueued counts what is in a delivery that could not be queued and that its sender does not send again.
func (c *ackedConn) unqueued(d *delivery) {
	if n := len(d.frames); n > 0 {
		c.counts.dropped.Add(uint64(n))
		c.sink.Drop(c.origin, QueueFull, n)
		c.counts.warn("records dropped: "+QueueFull, "count", n, "peer", c.origin.Peer)
	}
	c.rejected(d)
}

// rejected counts the records of a delivery that are refused.
func (c *ackedConn) rejected(d *delivery) {
	for reason, n := range d.bad {
		c.counts.rejected.Add(uint64(n))
		c.sink.Reject(c.origin, reason, n)
		c.counts.warn("records rejected: "+reason, "count", n, "peer", c.origin.Peer)
	}
}

// ready says whether a delivery can be handed on.
func (c *ackedConn) ready(d *delivery) bool { return !c.whole || d.closed || d.full() }

// next waits for a delivery; it returns nil when there are no more. One that must be whole and is not when the stream ends
// is forgotten: its sender sends it again.
func (c *ackedConn) next() *delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) == 0 || !c.ready(c.queue[0]) {
		if c.over {
			for _, d := range c.queue {
				c.buffered.Add(-int64(d.held))
			}
			return nil
		}
		c.changed.Wait()
	}
	d := c.queue[0]
	c.queue = c.queue[1:]
	c.waiting -= d.held
	c.changed.Broadcast()
	return d
}

// deliver hands deliveries to the sink until there are no more. After one that fails the connection is closed, so that its
// sender sends that and all that follow again; but for those that nobody acknowledges, for which ctx does not count either.
func (c *ackedConn) deliver(work, ctx context.Context) {
	for d := c.next(); d != nil; d = c.next() {
		err := c.failed
		switch {
		case d.unacked:
			c.loose(work, d)
		case err == nil:
			err = c.durable(ctx, d)
		}
		c.buffered.Add(-int64(d.held))
		if err == nil {
			err = c.say(d.answer)
		}
		if err != nil && c.failed == nil {
			c.mu.Lock()
			c.failed = err
			c.broken.Store(true)
			c.changed.Broadcast()
			c.mu.Unlock()
			c.nc.SetReadDeadline(time.Unix(1, 0))
		}
	}
}

// loose hands on records whose sender wants no answer, as if they were lines.
func (c *ackedConn) loose(work context.Context, d *delivery) {
	if frames := d.records(); len(frames) > 0 {
		c.counts.took(frames)
		_ = c.sink.Frames(work, c.origin, time.Now().UnixNano(), frames) // the sink counts what it does not take
	}
	c.rejected(d)
}

// durable returns when the sink has the records, or does not take them.
func (c *ackedConn) durable(ctx context.Context, d *delivery) error {
	if frames := d.records(); len(frames) > 0 {
		if c.whole {
			d.nameByContent(c.origin, c.protocol.name)
		}
		stop := c.keepAlive()
		err := c.sink.Request(ctx, c.origin, time.Now().UnixNano(), d.id, frames)
		stop()
		if err != nil {
			c.counts.warn("records not acknowledged", "error", err, "peer", c.origin.Peer)
			return errSink
		}
		if c.counts.took(frames) {
			c.counts.warn("frame cut", "peer", c.origin.Peer, "max_record", c.max)
		}
	}
	c.rejected(d)
	return nil
}

// keepAlive tells the peer now and then that its records are still being worked on, until stop.
func (c *ackedConn) keepAlive() (stop func()) {
	if c.alive == 0 {
		return func() {}
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(c.alive)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				_ = c.say([]byte(c.beat)) // a peer that is gone is noticed at the answer
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// say writes to the peer, which has a bounded time to take it.
func (c *ackedConn) say(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	c.write.Lock()
	defer c.write.Unlock()
	c.nc.SetWriteDeadline(time.Now().Add(10 * time.Second))
	_, err := c.nc.Write(b)
	return err
}
