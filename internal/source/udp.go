package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"time"
)

// UDPOptions configure a UDP listener.
type UDPOptions struct {
	Name       string        `yaml:"name"`        // in origins, metrics and logs
	Addr       string        `yaml:"addr"`        // host:port
	Tenant     string        `yaml:"tenant"`      // of all that comes in here
	Sockets    int           `yaml:"sockets"`     // receivers that share the port (SO_REUSEPORT); the kernel spreads senders over them
	RecvBuffer int           `yaml:"recv_buffer"` // bytes asked of the kernel for each receiver; one that a socket is not granted reads up to 32 of them
	Queue      int           `yaml:"queue"`       // bytes that may wait for the sink
	Drain      time.Duration `yaml:"drain"`       // at the end, for handing over what has been received
}

// UDPDefaults are used where the configuration says nothing.
var UDPDefaults = UDPOptions{
	Name: "syslog-udp", Addr: "127.0.0.1:5514", Tenant: "default",
	Sockets: 1, RecvBuffer: 32 << 20, Queue: 32 << 20, Drain: 3 * time.Second,
}

// Check returns every fault of the options.
func (o UDPOptions) Check() error {
	return errors.Join(
		checkListener(o.Name, o.Addr, o.Tenant, o.Drain),
		between("sockets", o.Sockets, 1, 64),
		between("recv_buffer", o.RecvBuffer, 1<<12, 1<<30),
		between("queue", o.Queue, 2*maxDatagram, 1<<32),
	)
}

// UDP takes each datagram that reaches its port as one frame (RFC 5426).
type UDP struct {
	opt    UDPOptions
	sink   Sink
	origin *Origin // of the listener as a whole
	counts *counters
	log    *slog.Logger
	socks  []*udpReceiver
	addr   net.Addr
	buffer int // bytes granted to each receiver
}

// NewUDP returns a listener that hands to sink.
func NewUDP(opt UDPOptions, sink Sink, log *slog.Logger) *UDP {
	log = log.With("listener", opt.Name, "transport", "udp")
	return &UDP{
		opt: opt, sink: sink, log: log, counts: newCounters(log),
		origin: &Origin{Listener: opt.Name, Tenant: opt.Tenant, Transport: "udp"},
	}
}

// Listen binds the sockets.
func (u *UDP) Listen() error {
	// With SO_REUSEPORT a port that another process holds would be shared with it, so try without first.
	first, addr, err := u.receiver(u.opt.Addr, 1, false)
	if err != nil {
		return err
	}
	each := 1 // sockets of a receiver
	if first.granted > 0 && first.granted < u.opt.RecvBuffer {
		each = min((u.opt.RecvBuffer+first.granted-1)/first.granted, maxSockets)
	}
	if u.opt.Sockets == 1 && each == 1 {
		u.socks = append(u.socks, first)
	} else {
		first.free()
		for range u.opt.Sockets {
			s, _, err := u.receiver(addr.String(), each, true)
			if err != nil {
				u.Close()
				return err
			}
			u.socks = append(u.socks, s)
		}
	}
	u.addr, u.buffer = addr, each*first.granted
	if u.opt.Sockets == 1 && each > 1 {
		if err := u.socks[0].sockets.spread(); err != nil {
			u.Close()
			return fmt.Errorf("listener %s: udp %s: spread over %d sockets: %w", u.opt.Name, addr, each, err)
		}
	}
	switch {
	case u.buffer < u.opt.RecvBuffer:
		u.log.Warn("the kernel granted a smaller receive buffer than asked for: bursts may be dropped; raise net.core.rmem_max",
			"granted", u.buffer, "asked", u.opt.RecvBuffer, "sockets", each)
	case each > 1:
		u.log.Info("the kernel grants a socket less receive buffer than asked for: more sockets share the port", "sockets", each, "granted", first.granted)
	}
	return nil
}

// receiver binds one that reads n sockets.
func (u *UDP) receiver(addr string, n int, shared bool) (*udpReceiver, net.Addr, error) {
	group, err := newSockets()
	if err != nil {
		return nil, nil, err
	}
	s := &udpReceiver{UDP: u, sockets: group, queue: newQueue(u.opt.Queue / u.opt.Sockets), peers: peers{origin: u.origin}}
	var local net.Addr
	for range n {
		if local, err = group.bind(addr, shared); err != nil {
			group.close()
			return nil, nil, u.taken(addr, err)
		}
	}
	if s.granted, err = group.grow(u.opt.RecvBuffer); err == nil {
		s.batch, err = newDatagrams()
	}
	if err != nil {
		group.close()
		return nil, nil, fmt.Errorf("listener %s: udp %s: %w", u.opt.Name, addr, err)
	}
	return s, local, nil
}

func (u *UDP) taken(addr string, err error) error {
	return fmt.Errorf("listener %s: %w%s", u.opt.Name, err, holder("udp", addr, err))
}

// Addr returns the bound address; it is valid after Listen.
func (u *UDP) Addr() net.Addr { return u.addr }

// Close closes the sockets of a listener that is not run.
func (u *UDP) Close() {
	for _, s := range u.socks {
		s.free()
	}
}

// Stats returns the counters so far.
func (u *UDP) Stats() Stats {
	st := u.counts.stats()
	st.RecvBuffer = u.buffer
	return st
}

// Run receives until ctx ends, then hands over what the sockets and the queue still hold, for at most Options.Drain.
func (u *UDP) Run(ctx context.Context) error {
	work, cancel := drainContext(ctx, u.opt.Drain)
	defer cancel()
	var wg sync.WaitGroup
	for _, s := range u.socks {
		wg.Go(func() { s.receive(ctx, work) })
		wg.Go(func() { s.watch(ctx) })
		wg.Go(func() { s.deliver(work) })
	}
	wg.Wait()
	return nil
}

func (u *UDP) drop(o *Origin, reason string, n int) {
	u.counts.dropped.Add(uint64(n))
	u.sink.Drop(o, reason, n)
	u.counts.warn("datagrams dropped: "+reason, "count", n)
}

// udpReceiver reads a socket, or several, into a queue. Its receiving goroutine owns peers and batch.
type udpReceiver struct {
	*UDP
	sockets *sockets
	granted int // bytes, each socket
	batch   *datagrams
	queue   *queue
	peers   peers
}

func (s *udpReceiver) free() {
	s.sockets.close()
	if err := s.batch.free(); err != nil {
		s.log.Error("memory of a UDP socket could not be given back", "error", err)
	}
}

// receive moves datagrams from the kernel into the queue. It never waits for the sink.
func (s *udpReceiver) receive(ctx, work context.Context) {
	defer s.queue.close()
	defer s.free()
	defer context.AfterFunc(ctx, s.sockets.end)()
	runtime.LockOSThread() // for good: the thread, which has its own priority, ends with the goroutine
	if err := hurry(); err != nil {
		s.log.Debug("the thread that receives has no priority over others (CAP_SYS_NICE)", "error", err)
	}
	for {
		ended := s.batch.recv(s.sockets, true)
		if err := s.batch.err; err != nil {
			s.counts.fault("receive failed")
			s.counts.warn("receive failed", "error", err)
			select { // not a busy loop, should the error stay
			case <-ctx.Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
		s.enqueue()
		if ended {
			s.drain(work)
			s.countKernelDrops()
			return
		}
		if s.batch.n < recvBatch/2 && len(s.sockets.fds) > 1 {
			time.Sleep(gather)
		}
	}
}

// drain receives what the kernel still holds. Where the time for that ends before, the rest is lost, but counted: as many
// datagrams as the kernel's buffer has room for, since a sender that goes on sending would never let it end.
func (s *udpReceiver) drain(work context.Context) {
	for left := 2 * s.buffer / leastTruesize; left > 0; {
		if s.batch.recv(s.sockets, false); s.batch.n == 0 {
			return
		}
		if work.Err() == nil {
			s.enqueue()
			continue
		}
		left -= s.batch.n
		s.drop(s.origin, ShuttingDown, s.batch.n)
	}
}

// maxSockets bounds how many sockets a receiver reads to have the buffer that was asked for; gather is how long it lets datagrams come in
// where they are many, so that a call finds more than one in each: a small part of what their buffers hold.
const (
	maxSockets = 32
	gather     = time.Millisecond
)

// leastTruesize is less than any datagram takes of a socket's buffer, the kernel's own record of it included.
const leastTruesize = 256

// enqueue queues the datagrams of the batch.
func (s *udpReceiver) enqueue() {
	now := time.Now().UnixNano()
	for i := range s.batch.n {
		data, peer := s.batch.datagram(i)
		o := s.peers.get(peer)
		switch {
		case len(data) == 0:
			s.counts.rejected.Add(1)
			s.sink.Reject(o, EmptyDatagram, 1)
		case !s.queue.put(o, now, data):
			s.drop(o, QueueFull, 1)
		}
	}
	s.queue.wake()
}

// watch counts what the kernel drops.
func (s *udpReceiver) watch(ctx context.Context) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.countKernelDrops()
		}
	}
}

func (s *udpReceiver) countKernelDrops() {
	n, err := s.sockets.dropped()
	if err != nil {
		s.counts.warn("the kernel does not tell its drops", "error", err)
		return
	}
	if n > 0 {
		s.drop(s.origin, KernelBufferFull, int(n))
	}
}

// deliver moves queued datagrams to the sink.
func (s *udpReceiver) deliver(work context.Context) {
	var chunks []*chunk
	var frames []Frame
	for {
		var ok bool
		if chunks, ok = s.queue.take(chunks[:0]); !ok {
			return
		}
		for _, c := range chunks {
			frames = s.hand(work, c, frames[:0])
			s.queue.done(c)
		}
	}
}

// hand gives one chunk to the sink, in runs of one origin and one time of receipt.
func (s *udpReceiver) hand(work context.Context, c *chunk, frames []Frame) []Frame {
	data := c.data
	for i, r := range c.recs {
		frames = append(frames, Frame{Data: data[:r.size]})
		data = data[r.size:]
		if i+1 < len(c.recs) && c.recs[i+1].origin == r.origin && c.recs[i+1].now == r.now {
			continue
		}
		if work.Err() != nil {
			s.drop(r.origin, ShuttingDown, len(frames))
		} else {
			s.counts.took(frames)
			_ = s.sink.Frames(work, r.origin, r.now, frames) // the sink counts what it does not take
		}
		frames = frames[:0]
	}
	return frames
}

// peers keeps the origins of recent senders, so that a sender's pointer is stable while it sends. Addresses are easily
// forged: it holds two generations of at most maxPeers each.
type peers struct {
	origin   *Origin // the listener's
	cur, old map[netip.Addr]*Origin
	last     *Origin
}

const maxPeers = 4096

func (p *peers) get(a netip.Addr) *Origin {
	if p.last != nil && p.last.Peer.Addr() == a {
		return p.last
	}
	o := p.cur[a]
	if o == nil {
		if o = p.old[a]; o == nil {
			o = &Origin{Listener: p.origin.Listener, Tenant: p.origin.Tenant, Transport: p.origin.Transport, Peer: netip.AddrPortFrom(a, 0)}
		}
		if p.cur == nil || len(p.cur) >= maxPeers {
			p.old, p.cur = p.cur, make(map[netip.Addr]*Origin)
		}
		p.cur[a] = o
	}
	p.last = o
	return o
}
