package faulttest

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// Link is how a network is. The zero value is a good one.
type Link struct {
	NoWay, NoBack bool          // bytes towards the target, or from it, do not arrive; they do once the network is better
	Latency       time.Duration // each way
	Jitter        time.Duration // at most so much more
	Rate          int           // bytes a second each way, of all connections together; 0: no bound
	Slice         int           // most bytes of a packet; 0: as they come
}

// Proxy stands between clients and a target; it is the network between them. It ends with the test.
type Proxy struct {
	target string
	ln     net.Listener

	mu      sync.Mutex
	changed *sync.Cond
	link    Link
	ended   bool
	conns   map[net.Conn]bool

	busy [2]sync.Mutex // the way, and the way back: one packet at a time
}

// NewProxy makes a proxy that listens on an address of its own.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: target, ln: ln, conns: map[net.Conn]bool{}}
	p.changed = sync.NewCond(&p.mu)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		p.mu.Lock()
		p.ended = true
		p.changed.Broadcast()
		for c := range p.conns {
			c.Close()
		}
		p.mu.Unlock()
		all.Wait()
	})
	return p
}

// Addr is where clients find the target.
func (p *Proxy) Addr() string { return p.ln.Addr().String() }

// Set makes the network another one, for connections that stand too.
func (p *Proxy) Set(l Link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.link = l
	p.changed.Broadcast()
}

func (p *Proxy) now() Link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.link
}

// open waits until bytes arrive that way, 0 being to the target; false at the end.
func (p *Proxy) open(way int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.ended && (way == 0 && p.link.NoWay || way == 1 && p.link.NoBack) {
		p.changed.Wait()
	}
	return !p.ended
}

// keep has the connection closed at the end; false if that has come.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		c.Close()
	} else {
		p.conns[c] = true
	}
	return !p.ended
}

func (p *Proxy) serve(client net.Conn) {
	defer func() {
		client.Close()
		p.mu.Lock()
		delete(p.conns, client)
		p.mu.Unlock()
	}()
	if !p.keep(client) || !p.open(0) || !p.open(1) { // a handshake needs both ways
		return
	}
	target, err := net.Dial("tcp", p.target)
	if err != nil || !p.keep(target) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.carry(0, target, client) })
	both.Go(func() { p.carry(1, client, target) })
	both.Wait()
	target.Close()
	p.mu.Lock()
	delete(p.conns, target)
	p.mu.Unlock()
}

type packet struct {
	data []byte
	due  time.Time
}

// carry brings one way's bytes to their end, in order.
func (p *Proxy) carry(way int, to, from net.Conn) {
	queue := make(chan packet, 64)
	go func() {
		defer close(queue)
		for buf := make([]byte, 32<<10); ; {
			size := len(buf)
			if l := p.now(); l.Slice > 0 {
				size = min(size, l.Slice)
			}
			n, err := from.Read(buf[:size])
			l := p.now()
			if n > 0 {
				wait := l.Latency
				if l.Jitter > 0 {
					wait += rand.N(l.Jitter)
				}
				queue <- packet{append([]byte(nil), buf[:n]...), time.Now().Add(wait)}
			}
			if err != nil {
				return
			}
		}
	}()
	alive := true
	for one := range queue {
		time.Sleep(time.Until(one.due))
		if !alive || !p.open(way) {
			alive = false
			continue // to the end of the queue
		}
		if rate := p.now().Rate; rate > 0 {
			p.busy[way].Lock()
			time.Sleep(time.Duration(len(one.data)) * time.Second / time.Duration(rate))
			p.busy[way].Unlock()
		}
		if _, err := to.Write(one.data); err != nil {
			alive = false
			from.Close()
		}
	}
	if c, ok := to.(*net.TCPConn); ok {
		c.CloseWrite()
	}
}
