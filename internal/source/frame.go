package source

import (
	"bytes"
	"errors"
)

// framer cuts a syslog stream into frames (RFC 6587). Each frame is octet-counted if it begins with the whole signature
// MSG-LEN SP "<" PRI ">", else it is a line; so a sender may mix both, and a line that begins with a number stays a line.
// Its result depends on the stream only, not on how the stream was cut into reads.
type framer struct {
	max     int  // bytes of a frame; what is longer is cut and flagged
	delim   byte // of a line: LF or NUL
	framing framing

	skip     int  // octets of a cut frame still to come
	skipLine bool // within the rest of a cut line
	scanned  int  // bytes of the pending line that hold no delimiter, so that slow senders cost no more than fast ones
	skipped  int  // bytes discarded since the caller last reset it
}

type framing uint8

const (
	auto   framing = iota // decided per frame
	octets                // octet counting only
	lines                 // lines only
)

// maxCount is the greatest octet count that is believed. Up to it a frame is cut and the rest skipped exactly; beyond it
// the count is taken for damage, after which no frame boundary can be trusted.
const maxCount = 64 << 20

var (
	errCount   = errors.New(BadCount)
	errFraming = errors.New(BadFraming)
)

type verdict uint8

const (
	no verdict = iota
	yes
	more
)

// octetCount reads MSG-LEN SP "<" PRI ">" at the start of b: the count and the octets that the count itself takes.
// Counts of ten to twenty digits are counts too, and out of bounds; leading zeros, signs and counts that do not even
// cover the PRI are not.
func octetCount(b []byte) (n, head int, v verdict) {
	i := 0
	for i < len(b) && i <= 20 && b[i]-'0' <= 9 {
		if n <= maxCount {
			n = n*10 + int(b[i]-'0')
		}
		i++
	}
	switch {
	case i > 20 || i > 0 && b[0] == '0':
		return 0, 0, no
	case i == len(b):
		return 0, 0, more
	case i == 0 || b[i] != ' ':
		return 0, 0, no
	}
	head = i + 1
	v, pri := priority(b[head:])
	if v == yes && n < pri {
		v = no
	}
	return n, head, v
}

// priority recognises "<" 1*3DIGIT ">" and returns its length.
func priority(b []byte) (verdict, int) {
	for i := range min(len(b), 5) {
		switch c := b[i]; {
		case i == 0 && c == '<':
		case i > 0 && i < 4 && c-'0' <= 9:
		case i > 1 && c == '>':
			return yes, i + 1
		default:
			return no, 0
		}
	}
	return more, 0
}

// split appends the complete frames of buf to out; they point into buf. The caller keeps buf[used:] and passes it again
// with what follows. After an error the stream cannot be read further; buf[used:] begins with the offence.
func (f *framer) split(buf []byte, out []Frame) (frames []Frame, used int, err error) {
	for used < len(buf) {
		rest := buf[used:]
		switch {
		case f.skip > 0:
			n := min(f.skip, len(rest))
			f.skip -= n
			f.skipped += n
			used += n
			continue
		case f.skipLine:
			i := bytes.IndexByte(rest, f.delim)
			f.skipLine = i < 0
			if i < 0 {
				f.skipped += len(rest)
				return out, len(buf), nil
			}
			f.skipped += i
			used += i + 1
			continue
		case rest[0] == '\n' || rest[0] == 0:
			used++
			continue
		}
		frame, n, err := f.one(rest)
		if err != nil || n == 0 {
			return out, used, err
		}
		used += n
		if len(frame.Data) > 0 {
			out = append(out, frame)
		}
	}
	return out, used, nil
}

// one reads the frame at the start of b, which is no delimiter; used is 0 if the frame is not complete.
func (f *framer) one(b []byte) (fr Frame, used int, err error) {
	if f.framing != lines {
		n, head, v := octetCount(b)
		switch {
		case v == more:
			return Frame{}, 0, nil
		case v == yes && n > maxCount:
			return Frame{}, 0, errCount
		case v == yes && len(b)-head < min(n, f.max):
			return Frame{}, 0, nil
		case v == yes && n > f.max:
			f.skip = n - f.max
			return Frame{b[head : head+f.max], Truncated}, head + f.max, nil
		case v == yes:
			return Frame{b[head : head+n], 0}, head + n, nil
		case f.framing == octets:
			return Frame{}, 0, errFraming
		}
	}
	// A line may be one byte longer than max if that byte is the CR or NUL that goes.
	window := b[:min(len(b), f.max+2)]
	i := bytes.IndexByte(window[f.scanned:], f.delim)
	switch {
	case i < 0 && len(window) < f.max+2:
		f.scanned = len(window)
		return Frame{}, 0, nil
	case i < 0:
		f.scanned = 0
		f.skipLine = true
		return Frame{b[:f.max], Truncated}, f.max, nil
	}
	i += f.scanned
	f.scanned = 0
	return f.line(b[:i]), i + 1, nil
}

// line takes trailing CR and NUL off, and what exceeds the limit.
func (f *framer) line(b []byte) Frame {
	t := b
	for len(t) > 0 && (t[len(t)-1] == '\r' || t[len(t)-1] == 0 || t[len(t)-1] == '\n') {
		t = t[:len(t)-1]
	}
	if len(t) > f.max {
		f.skipped += len(b) - f.max
		return Frame{b[:f.max], Truncated}
	}
	return Frame{Data: t}
}

// cut gives up waiting for the rest of the frame at the start of b, for which there is no room: it returns what there is,
// flagged, and skips the rest when it comes.
func (f *framer) cut(b []byte) (fr Frame, used int) {
	f.scanned = 0
	if f.framing != lines {
		if n, head, v := octetCount(b); v == yes {
			have := len(b) - head
			f.skip = n - have
			return Frame{b[head:], Truncated}, len(b)
		}
	}
	f.skipLine = true
	return Frame{b, Truncated}, len(b)
}

// last returns the unfinished frame b with which the stream ended. A line needs no delimiter there if the sender closed
// properly (clean); everything else is flagged.
func (f *framer) last(b []byte, clean bool) (fr Frame, ok bool) {
	if len(b) == 0 {
		return Frame{}, false
	}
	if f.framing != lines {
		if _, head, v := octetCount(b); v == yes {
			return Frame{b[head:], Truncated}, true
		}
	}
	fr = f.line(b)
	if !clean {
		fr.Flags |= Truncated
	}
	return fr, len(fr.Data) > 0
}
