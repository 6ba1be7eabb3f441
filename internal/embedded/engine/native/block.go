package native

import (
	"fmt"

	"github.com/ClickHouse/ch-go/compress"
)

var engineForm = form{} // blocks as the engine reads and writes them: revision 0

func (se *session) wireForm() form { return form{info: true, custom: se.rev >= revCustomByte} }

// readBlock reads the rest of a Data packet into se.walk.out, in the engine's form.
func (se *session) readBlock(compressed bool) (header, error) {
	if _, err := se.in.str(maxName, "table name"); err != nil {
		return header{}, noEOF(err)
	}
	se.walk.in = se.in
	if compressed {
		if se.frames == nil {
			se.frames = &frames{in: se.in, limit: se.s.o.MaxBlock}
			se.data = newReader(se.frames, readBuffer)
		}
		se.walk.in = se.data
	}
	se.walk.out, se.walk.left = se.walk.out[:0], se.s.o.MaxBlock
	h, err := se.walk.block(se.wireForm(), engineForm, true)
	if err == nil && compressed && (len(se.data.buffered()) > 0 || se.frames.rest()) {
		err = wireErr("bytes after a compressed block")
	}
	return h, noEOF(err)
}

// nextData reads the next packet, which must be Data or Cancel.
func (se *session) nextData(compressed bool) (h header, cancelled bool, err error) {
	code, err := se.in.byte()
	if err != nil {
		return h, false, noEOF(err)
	}
	switch code {
	case clientData:
		h, err = se.readBlock(compressed)
		return h, false, err
	case clientCancel:
		return h, true, nil
	}
	return h, false, wireErr("packet %d where data was due", code)
}

// skipData reads Data packets up to the empty one and reports whether any held something.
func (se *session) skipData(compressed bool) (some bool, err error) {
	for {
		h, cancelled, err := se.nextData(compressed)
		if err != nil || cancelled || h.columns == 0 && h.rows == 0 {
			return some, unfit(err)
		}
		some = true
	}
}

// unfit turns a type that cannot be read into an error that ends the connection: the block's end is unknown.
func unfit(err error) error {
	if u, ok := err.(unsupported); ok {
		return wireErr("%s", u.Error())
	}
	return err
}

// sendHeader sends the block without rows that tells names and types.
func (se *session) sendHeader(names, types []string, compressed bool) error {
	b := putUvarint(putUvarint(nil, uint64(len(names))), 0)
	for i := range names {
		b = putStr(putStr(b, names[i]), types[i])
	}
	_, err := se.sendBlocks(b, compressed, false)
	return err
}

// sendBlocks sends blocks in the engine's form and returns the number of rows; header says that a block without
// rows goes before the first, as clients take names and types from it.
func (se *session) sendBlocks(chunk []byte, compressed, header bool) (rows uint64, err error) {
	in := bytesReader(chunk)
	for len(in.buffered()) > 0 {
		se.walk.in, se.walk.out, se.walk.left = in, se.walk.out[:0], 1<<40
		h, err := se.walk.block(engineForm, se.wireForm(), header)
		if err != nil {
			if u, ok := err.(unsupported); ok {
				return rows, refuse(codeNotImplemented, u.Error())
			}
			return rows, asEngine(fmt.Errorf("result of the engine: %w", err))
		}
		block := se.walk.out
		if header {
			se.walk.out = nil // sending the header uses it
			if err := se.sendHeader(h.names, h.types, compressed); err != nil {
				return rows, err
			}
			header = false
		}
		if err := se.sendData(block, compressed); err != nil {
			return rows, err
		}
		se.walk.out = block
		rows += uint64(h.rows)
	}
	return rows, nil
}

func (se *session) sendData(block []byte, compressed bool) error {
	se.out = append(se.out, serverData, 0)
	if !compressed {
		if len(block) < readBuffer {
			se.out = append(se.out, block...)
			return se.flush()
		}
		if err := se.flush(); err != nil {
			return err
		}
		se.out, block = block, se.out // no copy of a large block
		err := se.flush()
		se.out = block
		return err
	}
	if se.lz4 == nil {
		se.lz4 = compress.NewWriter(0, compress.LZ4)
	}
	for len(block) > 0 {
		n := min(len(block), frameSize)
		if err := se.lz4.Compress(block[:n]); err != nil {
			return err
		}
		se.out = append(se.out, se.lz4.Data...)
		if err := se.flush(); err != nil {
			return err
		}
		block = block[n:]
	}
	return nil
}
