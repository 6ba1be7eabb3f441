package source

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// FluentOptions configure a listener for the forward protocol of Fluentd and Fluent Bit.
type FluentOptions struct {
	AckedOptions `yaml:",inline"`
	MaxChunk     int                  `yaml:"max_chunk"` // bytes of a message, and of the records made of it
	Keys         map[string]FluentKey `yaml:"keys"`      // by name; where there are any, a sender must know one of them
}

// FluentKey is a secret that a sender and we share.
type FluentKey struct {
	Secret string `yaml:"secret"` // shared_key of the sender
	Tenant string `yaml:"tenant"` // of all that comes from senders that know it
}

// FluentDefaults are used where the configuration says nothing.
var FluentDefaults = FluentOptions{AckedOptions: AckedOptions{
	Name: "fluent", Addr: "127.0.0.1:24224", Tenant: "default", MaxRecord: 1 << 20, MaxConns: 2_000, MaxBuffered: 256 << 20,
	IdleTimeout: time.Hour, Drain: 3 * time.Second, TLS: TLSDefaults,
}, MaxChunk: 32 << 20}

// Check returns every fault of the options.
func (o FluentOptions) Check() error {
	errs := []error{o.AckedOptions.Check(), between("max_chunk", o.MaxChunk, o.MaxRecord, 1<<30)}
	for name, k := range o.Keys {
		if k.Secret == "" {
			errs = append(errs, fmt.Errorf("keys.%s.secret: is empty", name))
		}
		if !validTenant(k.Tenant) {
			errs = append(errs, fmt.Errorf("keys.%s.tenant: %q is not of 1 to 32 characters a-z, 0-9, -", name, k.Tenant))
		}
	}
	return errors.Join(errs...)
}

// NewFluent returns a listener for the forward protocol: Message, Forward, PackedForward and CompressedPackedForward. A
// message that names a chunk is acknowledged once it is durable; sent again it bears the same name, so that the sink stores
// it once. One that names none is taken like a line of syslog. Each record is handed on as an object of one member, fluent.
func NewFluent(opt FluentOptions, sink Sink, log *slog.Logger) *Acked {
	f := &fluent{opt: opt}
	for _, name := range slices.Sorted(maps.Keys(opt.Keys)) {
		f.keys = append(f.keys, opt.Keys[name])
	}
	if f.host, _ = os.Hostname(); f.host == "" {
		f.host = "watchpost"
	}
	return newAcked(opt.AckedOptions, protocol{name: "fluent", speak: f.speak}, sink, log)
}

// Faults of a forward stream, under which they are counted.
const (
	errFluentMessage refusal = "fluent: malformed message"
	errFluentLength  refusal = "fluent: message too large"
	errFluentPacked  refusal = "fluent: compressed entries cannot be read"
	errFluentBomb    refusal = "fluent: entries compressed beyond bounds"
	errFluentKey     refusal = "fluent: shared key is wrong"
	errFluentShake   refusal = "fluent: handshake failed"
)

// NotLogs is the reason to reject what Fluent Bit sends of metrics and traces.
const NotLogs = "metrics or traces"

// fluent is what the connections of a listener share.
type fluent struct {
	opt  FluentOptions
	keys []FluentKey
	host string
}

// speak reads a connection to its end.
func (f *fluent) speak(c *ackedConn) error {
	r := msgp.NewReaderSize(ackedReader{c}, 16<<10)
	r.SetMaxRecursionDepth(maxDepth)
	if len(f.keys) > 0 {
		c.until = time.Now().Add(f.opt.TLS.HandshakeTimeout)
		if err := f.shake(c, r); err != nil {
			return err
		}
		c.until = time.Time{}
	}
	if _, err := r.R.Peek(1); err != nil {
		return err
	}
	first, _ := r.R.Peek(min(r.R.Buffered(), 16))
	if err := strange(first); err != nil {
		return err
	}
	for {
		d := &fluentReader{maxRecord: f.opt.MaxRecord, maxChunk: f.opt.MaxChunk, reserve: c.reserve}
		err := d.message(r)
		c.buffered.Add(-int64(d.held))
		if err != nil {
			return err
		}
		err = c.put(len(d.out.data)+len(d.packed)+64, func(next *delivery) {
			*next = delivery{held: next.held, data: d.out.data, frames: d.out.frames, bad: d.out.bad, closed: true, unacked: true}
			if d.chunk != "" {
				next.unacked = false
				next.id = f.nameOf(c.origin, d.chunk)
				next.answer = msgp.AppendString(msgp.AppendString(msgp.AppendMapHeader(nil, 1), "ack"), d.chunk)
			}
		})
		if err != nil {
			if d.chunk == "" {
				c.unqueued(&d.out)
			}
			return err
		}
	}
}

// nameOf names a chunk. Senders choose chunks' names at random.
func (f *fluent) nameOf(o *Origin, chunk string) (id [16]byte) {
	sum := sha256.Sum256(fmt.Appendf(nil, "fluent %q %q %s %q", o.Tenant, o.Listener, o.Peer.Addr(), chunk))
	copy(id[:], sum[:])
	return id
}

// shake asks the peer to show that it knows a key, and shows that we do.
func (f *fluent) shake(c *ackedConn, r *msgp.Reader) error {
	nonce := make([]byte, 16)
	rand.Read(nonce)
	hello := msgp.AppendString(msgp.AppendArrayHeader(nil, 2), "HELO")
	hello = msgp.AppendMapHeader(hello, 3)
	hello = msgp.AppendBytes(msgp.AppendString(hello, "nonce"), nonce)
	hello = msgp.AppendString(msgp.AppendString(hello, "auth"), "")
	hello = msgp.AppendBool(msgp.AppendString(hello, "keepalive"), true)
	if err := c.say(hello); err != nil {
		return err
	}
	var ping [6][]byte // PING, host, salt, digest, user, password
	n, err := r.ReadArrayHeader()
	for i := 0; err == nil && i < len(ping); i++ {
		ping[i], err = shortText(r)
	}
	var known refusal
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errTimeout
	case err != nil && isWire(err) && !errors.As(err, &known):
		return err
	case err != nil || n != 6 || string(ping[0]) != "PING":
		return errFluentShake
	}
	for _, k := range f.keys {
		want := digest(ping[2], ping[1], nonce, []byte(k.Secret))
		if subtle.ConstantTimeCompare(want, ping[3]) != 1 {
			continue
		}
		own := *c.origin
		own.Tenant = k.Tenant
		c.origin = &own
		return c.say(pong(true, "", f.host, digest(ping[2], []byte(f.host), nonce, []byte(k.Secret))))
	}
	c.say(pong(false, "shared_key mismatch", "", nil))
	return errFluentKey
}

// digest is the SHA-512 in hex by which either side shows that it knows the key.
func digest(parts ...[]byte) []byte {
	sum := sha512.New()
	for _, p := range parts {
		sum.Write(p)
	}
	return hex.AppendEncode(nil, sum.Sum(nil))
}

func pong(ok bool, reason, host string, sum []byte) []byte {
	b := msgp.AppendString(msgp.AppendArrayHeader(nil, 5), "PONG")
	b = msgp.AppendString(msgp.AppendBool(b, ok), reason)
	return msgp.AppendStringFromBytes(msgp.AppendString(b, host), sum)
}

// shortText reads a text of the handshake.
func shortText(r *msgp.Reader) ([]byte, error) {
	n, err := textHeader(r)
	if err != nil {
		return nil, err
	}
	if n > 1024 {
		return nil, errFluentShake
	}
	return readFull(r.R, nil, n, nil)
}

// isWire says whether an error is the connection's rather than the content's.
func isWire(err error) bool {
	var m msgp.Error
	return !errors.As(err, &m) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}
