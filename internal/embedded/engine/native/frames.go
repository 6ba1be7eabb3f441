package native

import (
	"encoding/binary"
	"io"

	"github.com/go-faster/city"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// frames decompresses the frames in which compressed blocks come: a 16-byte checksum, a method byte, the
// compressed size (with the 9 bytes of this header) and the raw size. Unlike ch-go's reader it allocates what
// arrives, not what a header claims.
type frames struct {
	in    *reader
	limit int // bytes, of either side of a frame
	raw   []byte
	data  []byte
	pos   int
	zstd  *zstd.Decoder
}

const frameHeader = 9

func (f *frames) Read(p []byte) (int, error) {
	for f.pos == len(f.data) {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.data[f.pos:])
	f.pos += n
	return n, nil
}

func (f *frames) next() error {
	f.data, f.pos = f.data[:0], 0
	var err error
	if f.raw, err = f.in.copyTo(f.raw[:0], 16+frameHeader); err != nil {
		return err
	}
	size := int(binary.LittleEndian.Uint32(f.raw[17:])) - frameHeader
	want := int(binary.LittleEndian.Uint32(f.raw[21:]))
	if size < 0 || size > f.limit || want > f.limit {
		return wireErr("compressed frame of %d bytes for %d, limit %d", size, want, f.limit)
	}
	if f.raw, err = f.in.copyTo(f.raw, size); err != nil {
		return err
	}
	sum := city.CH128(f.raw[16:])
	if sum.Low != binary.LittleEndian.Uint64(f.raw) || sum.High != binary.LittleEndian.Uint64(f.raw[8:]) {
		return wireErr("compressed frame with a wrong checksum")
	}
	body := f.raw[16+frameHeader:]
	switch method := f.raw[16]; method {
	case 0x02: // none
		f.data = append(f.data, body...)
	case 0x82: // LZ4, LZ4HC
		if want > 256*len(body)+64 { // beyond what LZ4 can reach: do not even allocate
			return wireErr("compressed frame of %d bytes for %d", size, want)
		}
		if cap(f.data) < want {
			f.data = make([]byte, want)
		}
		n, err := lz4.UncompressBlock(body, f.data[:want])
		if err != nil {
			return wireErr("compressed frame: %v", err)
		}
		f.data = f.data[:n]
	case 0x90:
		if f.zstd == nil {
			f.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxMemory(uint64(f.limit)))
			if err != nil {
				return err
			}
		}
		if f.data, err = f.zstd.DecodeAll(body, f.data); err != nil {
			return wireErr("compressed frame: %v", err)
		}
	default:
		return wireErr("compression method %#x", method)
	}
	if len(f.data) != want {
		return wireErr("compressed frame of %d bytes, %d announced", len(f.data), want)
	}
	return nil
}

// rest reports whether bytes of the last frame were left unread.
func (f *frames) rest() bool { return f.pos < len(f.data) }

func (f *frames) close() {
	if f.zstd != nil {
		f.zstd.Close()
	}
}

var _ io.Reader = (*frames)(nil)
