package event

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// BlockID names a block for ever: 48 bits of Unix milliseconds, then 80 random bits. The time in front lets a
// look-up by event.id bound the days it must read.
type BlockID [16]byte

// NewBlockID makes an id for a block closed at now, in Unix nanoseconds.
func NewBlockID(now int64) BlockID {
	var id BlockID
	rand.Read(id[:]) // never fails (crypto/rand)
	ms := uint64(now / 1e6)
	id[0], id[1], id[2], id[3], id[4], id[5] = byte(ms>>40), byte(ms>>32), byte(ms>>24), byte(ms>>16), byte(ms>>8), byte(ms)
	return id
}

// UnixNano gives the time within the id, exact to the millisecond.
func (id BlockID) UnixNano() int64 {
	var b [8]byte
	copy(b[2:], id[:6])
	return int64(binary.BigEndian.Uint64(b[:])) * 1e6
}

// String gives 32 hex digits.
func (id BlockID) String() string { return hex.EncodeToString(id[:]) }

// ID is the identity of an event: its block and its row therein.
type ID struct {
	Block BlockID
	Row   uint32
}

// String gives the form of the field event.id.
func (id ID) String() string { return string(id.Append(nil)) }

// Append appends the form of the field event.id to b.
func (id ID) Append(b []byte) []byte {
	b = hex.AppendEncode(b, id.Block[:])
	return strconv.AppendUint(append(b, '-'), uint64(id.Row), 10)
}

// Less orders ids; windows break ties in time by it.
func (id ID) Less(o ID) bool {
	if c := bytes.Compare(id.Block[:], o.Block[:]); c != 0 {
		return c < 0
	}
	return id.Row < o.Row
}

// ParseID reads the form of the field event.id.
func ParseID(s string) (ID, error) {
	var id ID
	block, row, ok := strings.Cut(s, "-")
	n, err := strconv.ParseUint(row, 10, 32)
	if !ok || len(block) != 32 || err != nil {
		return ID{}, fmt.Errorf("event.id %.80q: want 32 hex digits, a hyphen, a row number", s)
	}
	if _, err := hex.Decode(id.Block[:], []byte(block)); err != nil {
		return ID{}, fmt.Errorf("event.id %.80q: %w", s, err)
	}
	id.Row = uint32(n)
	return id, nil
}

// Version is the version of the block format that this build writes. A reader refuses newer ones.
const Version = 1

// Header describes a block; it travels as headers of the Kafka record.
type Header struct {
	ID       BlockID
	Version  uint32
	Rows     uint32
	First    int64     // least effective time, Unix nanoseconds
	Last     int64     // greatest effective time, Unix nanoseconds
	Received int64     // receive time of the newest row (of the heartbeat, if Rows is 0), Unix nanoseconds
	Requests []Request // rows that came by HTTP requests, ascending
	Account  []Delta   // what the loss account gained since the last block of the same shard
}

// Request marks the rows [From, To) of a block as (a part of) one HTTP request. Seq and the id tell parts of one
// request apart: a reader drops a range whose (ID, Seq) it has seen.
type Request struct {
	ID       [16]byte
	Seq      uint32
	From, To uint32
}

// Delta is a gain of the loss account. Reason "" counts records received; "rejected:…" and "dropped:…" name losses.
type Delta struct {
	Tenant, Listener, Source string
	Reason                   string
	Count                    uint64
	Last                     int64 // time of the newest record counted, Unix nanoseconds
}

// KV is one header of a Kafka record.
type KV struct {
	Key   string
	Value []byte
}

const (
	keyBlock    = "wp.block"
	keyRequests = "wp.requests"
	keyAccount  = "wp.account"
)

// Headers gives h in the form of record headers.
func (h Header) Headers() []KV {
	b := append(make([]byte, 0, 64), h.ID[:]...)
	b = binary.AppendUvarint(b, uint64(h.Version))
	b = binary.AppendUvarint(b, uint64(h.Rows))
	b = binary.AppendVarint(b, h.First)
	b = binary.AppendVarint(b, h.Last)
	b = binary.AppendVarint(b, h.Received)
	kvs := []KV{{keyBlock, b}}
	if len(h.Requests) > 0 {
		var r []byte
		for _, q := range h.Requests {
			r = append(r, q.ID[:]...)
			r = binary.AppendUvarint(r, uint64(q.Seq))
			r = binary.AppendUvarint(r, uint64(q.From))
			r = binary.AppendUvarint(r, uint64(q.To))
		}
		kvs = append(kvs, KV{keyRequests, r})
	}
	if len(h.Account) > 0 {
		var a []byte
		for _, d := range h.Account {
			for _, s := range []string{d.Tenant, d.Listener, d.Source, d.Reason} {
				a = binary.AppendUvarint(a, uint64(len(s)))
				a = append(a, s...)
			}
			a = binary.AppendUvarint(a, d.Count)
			a = binary.AppendVarint(a, d.Last)
		}
		kvs = append(kvs, KV{keyAccount, a})
	}
	return kvs
}

// ErrNewer says that a block was written by a newer build.
var ErrNewer = errors.New("block of a newer version")

// ParseHeader reads a Header from record headers; it ignores keys it does not know.
// The error is ErrNewer (wrapped) where the block's version is above Version.
func ParseHeader(kvs []KV) (Header, error) {
	var h Header
	found := false
	for _, kv := range kvs {
		c := cursor{b: kv.Value}
		switch kv.Key {
		case keyBlock:
			found = true
			copy(h.ID[:], c.take(16))
			h.Version, h.Rows = c.uint32(), c.uint32()
			h.First, h.Last, h.Received = c.varint(), c.varint(), c.varint()
			if c.err == nil && h.Version > Version {
				return h, fmt.Errorf("%w: %d, this build reads up to %d", ErrNewer, h.Version, Version)
			}
		case keyRequests:
			for c.err == nil && len(c.b) > 0 {
				var q Request
				copy(q.ID[:], c.take(16))
				q.Seq, q.From, q.To = c.uint32(), c.uint32(), c.uint32()
				h.Requests = append(h.Requests, q)
			}
		case keyAccount:
			for c.err == nil && len(c.b) > 0 {
				d := Delta{Tenant: c.string(), Listener: c.string(), Source: c.string(), Reason: c.string()}
				d.Count, d.Last = c.uvarint(), c.varint()
				h.Account = append(h.Account, d)
			}
		}
		if c.err != nil {
			return h, fmt.Errorf("record header %s: %w", kv.Key, c.err)
		}
	}
	if !found {
		return h, fmt.Errorf("record header %s is missing", keyBlock)
	}
	end := uint32(0)
	for _, q := range h.Requests {
		if q.From < end || q.To < q.From || q.To > h.Rows {
			return h, fmt.Errorf("record header %s: rows %d to %d of %d", keyRequests, q.From, q.To, h.Rows)
		}
		end = q.To
	}
	return h, nil
}
