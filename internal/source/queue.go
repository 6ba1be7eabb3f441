package source

import "sync"

// queue stands between a UDP socket, which must be read at once, and a sink, which may block. It is bounded in bytes.
type queue struct {
	limit int
	ready chan struct{} // holds a token while there may be something to take

	mu     sync.Mutex
	bytes  int
	full   []*chunk // oldest first
	free   []*chunk
	closed bool
}

// chunk holds queued datagrams, their bytes one after the other.
type chunk struct {
	data []byte
	recs []rec
}

type rec struct {
	origin *Origin
	now    int64
	size   int32
}

const (
	chunkSize  = 2 * maxDatagram
	recSize    = 32 // what a datagram costs beyond its bytes
	freeChunks = 16 // kept for reuse, so that a burst's memory goes back
)

func newQueue(limit int) *queue {
	return &queue{limit: limit, ready: make(chan struct{}, 1)}
}

// put copies a datagram; it reports false if there is no room. After some puts the caller wakes the taker.
func (q *queue) put(o *Origin, now int64, data []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.bytes+len(data)+recSize > q.limit {
		return false
	}
	q.bytes += len(data) + recSize
	var c *chunk
	if n := len(q.full); n > 0 {
		c = q.full[n-1]
	}
	if c == nil || len(c.data)+len(data) > cap(c.data) {
		c = q.chunk()
		q.full = append(q.full, c)
	}
	c.data = append(c.data, data...)
	c.recs = append(c.recs, rec{o, now, int32(len(data))})
	return true
}

func (q *queue) chunk() *chunk {
	if n := len(q.free); n > 0 {
		c := q.free[n-1]
		q.free = q.free[:n-1]
		return c
	}
	return &chunk{data: make([]byte, 0, chunkSize)}
}

// wake tells the taker that something was put.
func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.wake()
}

// take waits for chunks and appends them all to into; it reports false once the queue is closed and empty.
func (q *queue) take(into []*chunk) ([]*chunk, bool) {
	for range q.ready {
		q.mu.Lock()
		into = append(into, q.full...)
		clear(q.full)
		q.full = q.full[:0]
		closed := q.closed
		q.mu.Unlock()
		if closed {
			q.wake() // the next take must not wait
		}
		if len(into) > 0 || closed {
			break
		}
	}
	return into, len(into) > 0
}

// done gives a taken chunk's room back.
func (q *queue) done(c *chunk) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes -= len(c.data) + recSize*len(c.recs)
	clear(c.recs) // lets origins go
	c.data, c.recs = c.data[:0], c.recs[:0]
	if len(q.free) < freeChunks {
		q.free = append(q.free, c)
	}
}
