package parse

import (
	"hash/maphash"

	"watchpost/internal/event"
)

// heads remembers what the headers of late said, and under which numbers the batch has it: a host's programs say the same again and again. There
// is one place for each hash, so a header that meets another there, or has longer names than headText, costs what it would without heads, and
// filling one.
type heads [256]head

// headText is how long version, host and program together may be.
const headText = 88

type head struct {
	epoch event.Epoch // in which the numbers hold
	keys  [len(headFields)]uint32
	pri   int16
	ends  [3]uint8 // of version, host and program in text
	text  [headText]byte
}

var headFields = [...]event.Field{event.LogSyslogFacilityName, event.LogSyslogSeverityName, event.LogSyslogVersion, event.LogSyslogHostname,
	event.HostName, event.HostHostname, event.LogSyslogAppname, event.ProcessName}

var headSeed = maphash.MakeSeed()

// set sets what headFields name.
func (hs *heads) set(b *event.Batch, h *header) {
	n := len(h.version) + len(h.host)
	if n+len(h.app) > headText {
		h.setNames(b, nil)
		return
	}
	sum := maphash.Bytes(headSeed, h.host) + 3*maphash.Bytes(headSeed, h.app) + uint64(h.pri)
	d := &hs[sum%uint64(len(hs))]
	ends := [3]uint8{uint8(len(h.version)), uint8(n), uint8(n + len(h.app))}
	epoch := b.Epoch()
	if d.epoch == epoch && d.ends == ends && d.pri == int16(h.pri) && string(d.text[ends[0]:ends[1]]) == string(h.host) &&
		string(d.text[ends[1]:ends[2]]) == string(h.app) && string(d.text[:ends[0]]) == string(h.version) {
		for i, k := range d.keys {
			b.SetKey(headFields[i], k)
		}
		return
	}
	d.epoch, d.pri, d.ends = epoch, int16(h.pri), ends
	copy(d.text[:], h.version)
	copy(d.text[ends[0]:], h.host)
	copy(d.text[ends[1]:], h.app)
	h.setNames(b, &d.keys)
}

// setNames is heads.set by the texts; keys takes their numbers, unless it is nil.
func (h *header) setNames(b *event.Batch, keys *[len(headFields)]uint32) {
	v := [len(headFields)][]byte{2: h.version, h.host, h.host, h.host, h.app, nil}
	if h.pri >= 0 {
		v[0], v[1] = bytesOf(facilityNames[h.pri>>3]), bytesOf(severityNames[h.pri&7])
	}
	if h.app != nil {
		v[7] = programName(h.app)
	}
	for i, f := range headFields {
		b.Set(f, v[i])
		if keys == nil {
			continue
		}
		keys[i] = 0
		if len(v[i]) > 0 {
			keys[i] = b.Event(b.Rows()).Key(f)
		}
	}
}
