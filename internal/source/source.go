// Package source takes frames from the network.
package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// Origin says where frames come from. There is one per TCP connection and one per UDP sender address; its pointer is
// stable for the connection's life, so a sink may key its own state by the pointer. An Origin never changes.
type Origin struct {
	Listener  string         // the listener's configured name
	Tenant    string         // of the listener or of the token, never of the content
	Transport string         // udp, tcp, tls or http
	Peer      netip.AddrPort // the zero value where a whole listener is meant; over UDP without port, for many senders draw a new one per message
	Defaults  *Defaults      // of the token; nil: none
	Lines     *Lines         // how to read what a tool hands over out of files; nil: it is of now
}

// Flags mark a frame.
type Flags uint8

// Truncated marks a frame of which bytes are missing: it was longer than the limit, or the connection broke within it.
const Truncated Flags = 1

// Frame is one received record, without its delimiter. Data is valid only during the call that hands it over. It is
// verbatim: where the boundary is explicit (a datagram, an octet count) even a trailing LF or NUL is kept; only from a
// line are CR and NUL before the delimiter taken off.
type Frame struct {
	Data  []byte
	Flags Flags
}

// Sink takes what the listeners receive. Its methods are called by many goroutines at once, for one Origin by one.
//
// Drop and Reject count records, so that received = stored + in flight + rejected + dropped can hold: each such record
// counts as received too. What is not a record (a failed handshake, a refused connection) is counted in Stats only.
type Sink interface {
	// Frames takes a run of frames of one origin, received at now (ns since 1970). It copies what it keeps. It blocks
	// while there is no room: TCP then stops reading. It returns an error only when ctx ends, and has then counted those
	// of the frames that it did not take as dropped.
	Frames(ctx context.Context, o *Origin, now int64, frames []Frame) error

	// Request takes the records of one HTTP request as a unit and returns nil when they are durable. The same id means
	// the same request sent again. After an error the sender is told to send again; nothing is counted.
	Request(ctx context.Context, o *Origin, now int64, id [16]byte, frames []Frame) error

	// Drop counts n records that were lost for want of room.
	Drop(o *Origin, reason string, n int)

	// Reject counts n records that were refused for what they are.
	Reject(o *Origin, reason string, n int)
}

// Reasons given to Drop.
const (
	KernelBufferFull = "kernel buffer full" // the UDP socket's receive buffer
	QueueFull        = "queue full"         // a UDP listener's queue, since the sink is slow
	ShuttingDown     = "shutting down"      // still queued when the drain time ended
)

// Reasons given to Reject.
const (
	EmptyDatagram = "empty datagram"
	EmptyRecord   = "empty record"
	BadCount      = "octet count out of bounds"
	BadFraming    = "no octet count" // where only octet counting is allowed
	BadJSON       = "not a json object"
	TooLarge      = "record too large"
	BadAction     = "bulk action not supported"
	BadEvent      = "not an event of the protocol"
	BadLabels     = "labels cannot be read"
)

// Stats are a listener's own counters, since its start.
type Stats struct {
	Frames       uint64            // handed to the sink
	Bytes        uint64            // of these frames
	Truncated    uint64            // frames with the flag
	SkippedBytes uint64            // bytes that truncated frames lack
	Dropped      uint64            // records, as given to Drop
	Rejected     uint64            // records, as given to Reject
	Accepted     uint64            // connections
	Open         int64             // connections now
	RecvBuffer   int               // UDP: the bytes the kernel granted per socket
	Errors       map[string]uint64 // connections and requests refused or broken, by reason
}

// drainContext returns a context that ends d after ctx does: the time there is to hand over what has been read.
func drainContext(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-work.Done():
		}
	})
	return work, func() { stop(); cancel() }
}

// checkListener checks what all listeners' options share.
func checkListener(name, addr, tenant string, drain time.Duration) error {
	var errs []error
	if name == "" {
		errs = append(errs, errors.New("name: is empty"))
	}
	if _, port, err := net.SplitHostPort(addr); err != nil {
		errs = append(errs, fmt.Errorf("addr: %q is not host:port", addr))
	} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		errs = append(errs, fmt.Errorf("addr: %q is not a port", port))
	}
	if !validTenant(tenant) {
		errs = append(errs, fmt.Errorf("tenant: %q is not of 1 to 32 characters a-z, 0-9, -", tenant))
	}
	if drain <= 0 || drain > 3*time.Second {
		errs = append(errs, fmt.Errorf("drain: %v is not between 0 and 3s", drain))
	}
	return errors.Join(errs...)
}

func validTenant(s string) bool {
	if len(s) == 0 || len(s) > 32 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// between reports a value of an option that is out of bounds.
func between[T int | int64 | time.Duration](key string, v, low, high T) error {
	if v < low || v > high {
		return fmt.Errorf("%s: %v is not between %v and %v", key, v, low, high)
	}
	return nil
}
