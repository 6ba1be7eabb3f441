package source

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"
)

// RELPDefaults are used where the configuration says nothing.
var RELPDefaults = AckedOptions{
	Name: "relp", Addr: "127.0.0.1:2514", Tenant: "default", MaxRecord: 1 << 20, MaxConns: 2_000, MaxBuffered: 256 << 20,
	IdleTimeout: time.Hour, Drain: 3 * time.Second, TLS: TLSDefaults,
}

// NewRELP returns a listener for RELP, the Reliable Event Logging Protocol of rsyslog. A syslog frame is answered with 200
// once it is durable; one that never gets that answer its sender sends again.
func NewRELP(opt AckedOptions, sink Sink, log *slog.Logger) *Acked {
	return newAcked(opt, protocol{name: "relp", speak: speakRELP, bye: "0 serverclose 0\n"}, sink, log)
}

// Faults of a RELP stream, under which they are counted.
const (
	errRELPHeader  refusal = "relp: malformed frame"
	errRELPLength  refusal = "relp: data length out of bounds"
	errRELPTrailer refusal = "relp: frame without trailer"
	errRELPOpen    refusal = "relp: session not opened"
	errRELPVersion refusal = "relp: version or command not supported"
)

// relpFrame is a frame without its data: TXNR SP COMMAND SP DATALEN [SP DATA] LF.
type relpFrame struct {
	txnr    uint32
	command string
	size    int
}

// readRELP reads a frame's header up to its data. The error is io.EOF only before the first byte.
func readRELP(r *bufio.Reader) (f relpFrame, err error) {
	txnr, err := relpWord(r, 9, true)
	if err != nil {
		return f, err
	}
	n, err := strconv.ParseUint(txnr, 10, 32)
	if err != nil {
		return f, errRELPHeader
	}
	f.txnr = uint32(n)
	if f.command, err = relpWord(r, 32, false); err != nil {
		return f, unexpected(err)
	}
	for {
		b, err := r.ReadByte()
		switch {
		case err != nil:
			return f, unexpected(err)
		case b-'0' <= 9 && f.size <= maxCount:
			f.size = f.size*10 + int(b-'0')
		case b-'0' <= 9 || f.size > maxCount:
			return f, errRELPLength
		case b == ' ':
			return f, nil
		case b == '\n' && f.size == 0:
			return f, r.UnreadByte()
		default:
			return f, errRELPHeader
		}
	}
}

// relpWord reads up to a blank.
func relpWord(r *bufio.Reader, limit int, digits bool) (string, error) {
	var word [32]byte
	for n := 0; ; n++ {
		b, err := r.ReadByte()
		switch {
		case err != nil && n == 0:
			return "", err
		case err != nil:
			return "", unexpected(err)
		case b == ' ' && n > 0:
			return string(word[:n]), nil
		case n == limit || digits && b-'0' > 9 || !digits && (b|0x20 < 'a' || b|0x20 > 'z'):
			return "", errRELPHeader
		}
		word[n] = b
	}
}

// unexpected is what an end within a frame is.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// relpTrailer reads what ends a frame.
func relpTrailer(r *bufio.Reader) error {
	b, err := r.ReadByte()
	if err != nil {
		return unexpected(err)
	}
	if b != '\n' {
		return errRELPTrailer
	}
	return nil
}

// speakRELP reads a connection to its end. It returns nil after the peer has said close.
func speakRELP(c *ackedConn) error {
	r := bufio.NewReaderSize(ackedReader{c}, 16<<10)
	if err := c.stranger(r); err != nil {
		return err
	}
	open := false
	var data []byte
	session := deliveryNames()
	for {
		f, err := readRELP(r)
		if err != nil {
			return err
		}
		keep := min(f.size, c.max)
		if data, err = readFull(r, data[:0], keep, c.room); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, r, int64(f.size-keep)); err != nil {
			return unexpected(err)
		}
		if err := relpTrailer(r); err != nil {
			return err
		}
		switch {
		case f.command == "open":
			offers, err := relpOffers(data)
			if err != nil {
				c.say(relpAnswer(f.txnr, "500 "+err.Error()))
				return errRELPVersion
			}
			open = true
			if err := c.say(relpAnswer(f.txnr, "200 OK\n"+offers)); err != nil {
				return err
			}
		case f.command == "close":
			err := c.put(0, func(d *delivery) { // behind all answers
				d.answer = append(d.answer, relpAnswer(f.txnr, "")...)
				d.closed = true
			})
			return err
		case !open:
			return errRELPOpen
		case f.command == "syslog":
			var flags Flags
			if f.size > keep {
				c.counts.skipped.Add(uint64(f.size - keep))
				flags = Truncated
			}
			err := c.put(len(data)+64, func(d *delivery) {
				if len(d.frames) == 0 {
					d.id = session()
				}
				if len(data) == 0 {
					d.reject(EmptyRecord)
				} else {
					d.add(data, flags)
				}
				d.answer = append(d.answer, relpAnswer(f.txnr, "200 OK")...)
			})
			if err != nil {
				return err
			}
			if cap(data) > unreadFree {
				data = nil
			}
			c.read()
		case f.txnr == 0: // a hint, to be ignored where it is not known
		default:
			if err := c.say(relpAnswer(f.txnr, "500 command not supported")); err != nil {
				return err
			}
		}
	}
}

// readFull appends n bytes of r to b. It takes memory as they come, not as they are announced, and asks room, unless that is nil, for what
// b is to take in all.
func readFull(r io.Reader, b []byte, n int, room func(int) error) ([]byte, error) {
	for n > 0 {
		step := min(n, max(cap(b)-len(b), 64<<10))
		if cap(b)-len(b) < step {
			size := max(min(2*cap(b), len(b)+n), len(b)+step)
			if room != nil {
				if err := room(size); err != nil {
					return b, err
				}
			}
			grown := make([]byte, len(b), size)
			copy(grown, b)
			b = grown
		}
		m, err := io.ReadFull(r, b[len(b):len(b)+step])
		b = b[:len(b)+m]
		if err != nil {
			return b, unexpected(err)
		}
		n -= m
	}
	return b, nil
}

// relpAnswer is the frame that answers txnr.
func relpAnswer(txnr uint32, text string) []byte {
	if text == "" {
		return fmt.Appendf(nil, "%d rsp 0\n", txnr)
	}
	return fmt.Appendf(nil, "%d rsp %d %s\n", txnr, len(text), text)
}

// relpOffers answers what a client offers: a version, 0 being the only one there is, and the commands that it will use.
func relpOffers(data []byte) (string, error) {
	version, syslog := false, false
	for line := range bytes.Lines(data) {
		name, value, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte("="))
		switch string(name) {
		case "relp_version":
			version = string(value) == "0" || string(value) == "1" // librelp takes both for the same
		case "commands":
			for one := range bytes.SplitSeq(value, []byte(",")) {
				syslog = syslog || string(bytes.TrimSpace(one)) == "syslog"
			}
		}
	}
	switch {
	case !version:
		return "", errors.New("relp_version is not 0")
	case !syslog:
		return "", errors.New("command syslog is not offered")
	}
	return "relp_version=0\nrelp_software=watchpost\ncommands=syslog", nil
}

// deliveryNames returns a function that gives a new name at each call. RELP numbers what it sends again anew, so a record
// sent again cannot be told from another of the same text.
func deliveryNames() func() [16]byte {
	var id [16]byte
	rand.Read(id[:])
	return func() [16]byte {
		for i := 15; i >= 8; i-- {
			if id[i]++; id[i] != 0 {
				break
			}
		}
		return id
	}
}
