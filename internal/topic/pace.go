package topic

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
)

// pace gives the requests of one kind the time that they take. Where the network is slow requestTimeout would cut off a large one again
// and again, and nothing would ever arrive. The zero value is that of a good network; it belongs to one goroutine at a time.
type pace struct{ slow int }

// mostSlow makes 80 s of requestTimeout.
const mostSlow = 3

// client is one whose requests may take as long as they do now.
func (p *pace) client(c *Client) *kafka.Client {
	k := *c.kafka
	k.Timeout = requestTimeout << p.slow
	return &k
}

// took notes how long a request took. One that timed out while the cluster was heard gets more time: the network is slow. Where nothing is
// heard it is broken, and a new connection soon is better.
func (p *pace) took(c *Client, began time.Time, err error) {
	var late net.Error
	switch d := time.Since(began); {
	case err == nil && d < requestTimeout/4:
		p.slow = max(0, p.slow-1)
	case !errors.Is(err, context.DeadlineExceeded) && !(errors.As(err, &late) && late.Timeout()):
	case time.Since(time.Unix(0, c.heard.Load())) < requestTimeout/2:
		p.slow = min(p.slow+1, mostSlow)
	default:
		p.slow = 0
	}
}

// hearing notes when something was last heard.
type hearing struct {
	net.Conn
	at *atomic.Int64 // Unix nanoseconds
}

func (h hearing) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	if n > 0 {
		h.at.Store(time.Now().UnixNano())
	}
	return n, err
}
