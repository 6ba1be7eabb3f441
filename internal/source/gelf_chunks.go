package source

import (
	"net/netip"
	"time"
)

// A chunk is 0x1e 0x0f, the message's id of eight bytes, its number, how many there are, and its part of the message.
const (
	chunkHead  = 12
	maxChunks  = 128
	chunkTime  = 5 * time.Second
	maxChunked = 4096 // messages that are not whole
)

func isChunk(b []byte) bool { return len(b) >= 2 && b[0] == 0x1e && b[1] == 0x0f }

type chunkKey struct {
	peer netip.Addr
	id   [8]byte
}

// chunkMessage is a message that is not whole yet.
type chunkMessage struct {
	key    chunkKey
	origin *Origin
	since  int64
	parts  [][]byte
	have   int
	size   int // bytes of the parts, with what a part costs
}

// chunked puts messages together that come in chunks.
type chunked struct {
	maxBytes   int // of all messages that are not whole
	maxMessage int // bytes of one, as sent
	open       map[chunkKey]*chunkMessage
	order      []*chunkMessage // by age; whole ones are taken out when they are the oldest
	size       int
}

// partCost is what a part takes beside its bytes.
const partCost = 64

// add takes a chunk. It returns the message that it completes, or why it is refused; lost are messages that had to make
// room.
func (c *chunked) add(o *Origin, now int64, b []byte) (message []byte, bad string, lost []*chunkMessage) {
	if len(b) <= chunkHead || b[11] == 0 || b[11] > maxChunks || b[10] >= b[11] {
		return nil, BadChunk, nil
	}
	key := chunkKey{o.Peer.Addr(), [8]byte(b[2:10])}
	n, of, part := int(b[10]), int(b[11]), b[chunkHead:]
	m := c.open[key]
	if m == nil {
		m = &chunkMessage{key: key, origin: o, since: now, parts: make([][]byte, of), size: of * 24}
		c.open[key] = m
		c.order = append(c.order, m)
		c.size += m.size
	}
	switch {
	case len(m.parts) != of:
		return nil, BadChunk, nil
	case m.parts[n] != nil: // sent twice
		return nil, "", nil
	}
	m.parts[n] = append(make([]byte, 0, len(part)), part...)
	m.have++
	m.size += len(part) + partCost
	c.size += len(part) + partCost
	if m.have == of {
		c.remove(m)
		for _, p := range m.parts {
			message = append(message, p...)
		}
		if len(message) > c.maxMessage {
			return nil, TooLarge, nil
		}
		return message, "", nil
	}
	for c.size > c.maxBytes || len(c.open) > maxChunked {
		lost = append(lost, c.oldest())
	}
	return nil, "", lost
}

// expire takes out what is older than chunkTime at now, or as much younger: the clock was set back.
func (c *chunked) expire(now int64) (lost []*chunkMessage) {
	c.trim()
	for len(c.order) > 0 && time.Duration(now-c.order[0].since).Abs() > chunkTime {
		lost = append(lost, c.oldest())
	}
	return lost
}

// oldest takes the oldest message out.
func (c *chunked) oldest() *chunkMessage {
	m := c.order[0]
	c.remove(m)
	return m
}

func (c *chunked) remove(m *chunkMessage) {
	delete(c.open, m.key)
	c.size -= m.size
	m.since = 0
	c.trim()
}

// trim takes off what has gone already. Moving the rest only when half is gone keeps the cost a constant per message.
func (c *chunked) trim() {
	n := 0
	for n < len(c.order) && c.order[n].since == 0 {
		n++
	}
	if c.order = c.order[n:]; len(c.order) > 2*len(c.open)+64 {
		live := make([]*chunkMessage, 0, len(c.open))
		for _, m := range c.order {
			if m.since != 0 {
				live = append(live, m)
			}
		}
		c.order = live
	}
}
