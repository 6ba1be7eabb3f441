package gen

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/net/ipv4"
)

// Sender sends lines of one stream over one connection.
type Sender struct {
	Stream  Stream
	Network string      // udp, tcp, tls or http
	Addr    string      // host:port
	TLS     *tls.Config // for tls
	Lines   bool        // tcp and tls: lines that end in LF; else octet counting
	Batch   int         // lines of one HTTP request, and the most of one write; 0: 500
	From    int         // number of the first line
	Total   int         // lines to send
	Rate    float64     // lines a second; 0: as fast as they are taken
	Ledger  *Ledger     // may be nil
	Retry   bool        // go on after errors: TCP with the next line on a new connection, HTTP with the same request
}

// writeBytes bounds one write to a stream.
const writeBytes = 64 << 10

// pause lies between two attempts.
const pause = 100 * time.Millisecond

// Run sends until Total lines are sent or ctx ends. It returns the number of the first line not sent.
func (s Sender) Run(ctx context.Context) (next int, err error) {
	if s.Batch == 0 {
		s.Batch = 500
	}
	send := s.stream
	switch s.Network {
	case "http":
		send = s.http
	case "udp":
		send = s.udp
	case "tcp", "tls":
	default:
		return s.From, fmt.Errorf("network %q is none of udp, tcp, tls, http", s.Network)
	}
	p := pace{start: time.Now(), rate: s.Rate, from: s.From, gather: 5 * time.Millisecond}
	end := s.From + s.Total
	for next = s.From; ; {
		next, err = send(ctx, next, end, &p)
		if next >= end || ctx.Err() != nil || !s.Retry {
			return next, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return next, err
		}
	}
}

// pace says how many lines are due.
type pace struct {
	start time.Time
	rate  float64
	from  int

	gather time.Duration // at least so long between two looks
}

// wait waits until line n is due and returns the first line that is not yet; it lets some gather, so that a write holds more than one.
func (p *pace) wait(ctx context.Context, n int) (due int, err error) {
	if p.rate == 0 {
		return 1 << 62, ctx.Err()
	}
	for {
		due = p.from + int(time.Since(p.start).Seconds()*p.rate)
		if due > n || ctx.Err() != nil {
			return due, ctx.Err()
		}
		t := time.NewTimer(max(p.gather, min(time.Duration(float64(time.Second)/p.rate), time.Second)))
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

func (s Sender) dial(ctx context.Context) (net.Conn, error) {
	if s.Network == "tls" {
		return (&tls.Dialer{Config: s.TLS}).DialContext(ctx, "tcp", s.Addr)
	}
	return (&net.Dialer{}).DialContext(ctx, s.Network, s.Addr)
}

// stream sends lines [next, end) over TCP or TLS.
func (s Sender) stream(ctx context.Context, next, end int, p *pace) (int, error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return next, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetWriteDeadline(time.Unix(1, 0)) })()
	var out, line []byte
	for next < end {
		due, err := p.wait(ctx, next)
		if err != nil {
			return next, err
		}
		from, now := next, time.Now()
		out = out[:0]
		for next < min(end, due) && next-from < s.Batch && len(out) < writeBytes {
			line = s.Stream.Append(line[:0], next, now)
			out = s.Frame(out, line)
			next++
		}
		s.Ledger.Sent(s.Stream.Source, from, next)
		if _, err := conn.Write(out); err != nil {
			return next, err
		}
	}
	return next, s.finish(conn)
}

// finish ends a connection in order: the receiver has read all when it closes its side.
func (s Sender) finish(conn net.Conn) error {
	if c, ok := conn.(interface{ CloseWrite() error }); ok {
		if err := c.CloseWrite(); err != nil {
			return err
		}
		conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("waiting for the receiver to close: %w", err)
		}
	}
	return nil
}

// Frame appends a line as it goes over a stream.
func (s Sender) Frame(out, line []byte) []byte {
	if s.Lines {
		return append(append(out, line...), '\n')
	}
	out = strconv.AppendInt(out, int64(len(line)), 10)
	return append(append(out, ' '), line...)
}

// udp sends lines [next, end), each in a datagram, many with one system call.
func (s Sender) udp(ctx context.Context, next, end int, p *pace) (int, error) {
	dialled, err := s.dial(ctx)
	if err != nil {
		return next, err
	}
	defer dialled.Close()
	conn := ipv4.NewPacketConn(dialled.(net.PacketConn)) // the calls are the same for IPv6
	var messages [udpBatch]ipv4.Message
	for i := range messages {
		messages[i].Buffers = [][]byte{nil}
	}
	p.gather = time.Millisecond // datagrams come one by one where they are real: no larger bursts than a timer forces
	for next < end {
		due, err := p.wait(ctx, next)
		if err != nil {
			return next, err
		}
		from, now := next, time.Now()
		to := min(end, due, next+s.Batch)
		s.Ledger.Sent(s.Stream.Source, from, to)
		for next < to {
			n := min(udpBatch, to-next)
			for i := range n {
				line := &messages[i].Buffers[0]
				*line = s.Stream.Append((*line)[:0], next+i, now)
			}
			done, err := conn.WriteBatch(messages[:n], 0)
			next += max(done, 0)
			if err != nil {
				return next + 1, err
			}
		}
	}
	return next, nil
}

// udpBatch is how many datagrams a system call sends at most.
const udpBatch = 32

// http sends lines [next, end) as NDJSON; what the server acknowledged is in the ledger.
func (s Sender) http(ctx context.Context, next, end int, p *pace) (int, error) {
	s.Stream.Format = JSON
	transport := &http.Transport{MaxIdleConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	client := &http.Client{Timeout: time.Minute, Transport: transport}
	for next < end {
		due, err := p.wait(ctx, next)
		if err != nil {
			return next, err
		}
		var body []byte
		to, now := min(end, due, next+s.Batch), time.Now()
		for n := next; n < to; n++ {
			body = append(s.Stream.Append(body, n, now), '\n')
		}
		s.Ledger.Sent(s.Stream.Source, next, to)
		key := fmt.Sprintf("%s-%d-%d", s.Stream.Run, s.Stream.Source, next)
		for {
			err := s.post(ctx, client, body, key)
			if err == nil {
				break
			}
			if !s.Retry || ctx.Err() != nil {
				return next, err
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return next, err
			}
		}
		s.Ledger.Acked(s.Stream.Source, next, to)
		next = to
	}
	return next, nil
}

func (s Sender) post(ctx context.Context, client *http.Client, body []byte, key string) error {
	req, err := http.NewRequestWithContext(ctx, "POST", "http://"+s.Addr+"/api/v1/events", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("Idempotency-Key", key)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", res.Status, bytes.TrimSpace(text))
	}
	return nil
}

// Burst sends burst n over conn, octet-counted or as lines, each line stamped as it is sent, and notes it in the ledger.
func (d Decoys) Burst(conn io.Writer, n int, lines bool, l *Ledger) error {
	if err := d.Part(conn, n, 0, BurstLines, time.Now(), lines); err != nil {
		return err
	}
	l.Decoy(n)
	return nil
}

// Part sends the lines of burst n from one to before another, stamped with a time.
func (d Decoys) Part(conn io.Writer, n, from, to int, at time.Time, lines bool) error {
	var out []byte
	for i := from; i < to; i++ {
		out = Sender{Lines: lines}.Frame(out, d.Append(nil, n, i, at))
	}
	_, err := conn.Write(out)
	return err
}
