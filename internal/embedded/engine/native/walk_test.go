package native

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
)

const testLimit = 1 << 20

// sample is a block of every layout, as a client at full revision sends it and as the engine wants it.
func sample(t testing.TB) (wire, plain []byte) {
	t.Helper()
	var input proto.Input
	add := func(name string, c proto.ColInput) { input = append(input, proto.InputColumn{Name: name, Data: c}) }
	n, s := proto.ColUInt64{1, 2, 3}, new(proto.ColStr)
	fixed := &proto.ColFixedStr{Size: 3}
	null, arr := new(proto.ColStr).Nullable(), new(proto.ColStr).Array()
	low, lowArr := new(proto.ColStr).LowCardinality(), proto.NewArray(new(proto.ColStr).LowCardinality())
	m := proto.NewMap(new(proto.ColStr).LowCardinality(), new(proto.ColStr))
	ip := new(proto.ColIPv6)
	for i, v := range []string{"", "Accepted publickey for deploy", "\x00\n\n;"} {
		s.Append(v)
		fixed.Append([]byte("abc"))
		null.Append(proto.Nullable[string]{Set: i == 1, Value: v})
		arr.Append([]string{v, v}[:i%3])
		low.Append(v)
		lowArr.Append([]string{v, "x", v}[:i])
		m.Append(map[string]string{v: "w"})
		ip.Append(proto.IPv6{0: 0x20, 15: byte(i)})
	}
	add("n", n)
	add("s", s)
	add("f", fixed)
	add("null", null)
	add("arr", arr)
	add("low", low)
	add("lowarr", lowArr)
	add("m", m)
	add("ip", ip)
	add("tuple", proto.ColTuple{&n, s})
	encode := func(rev int) []byte {
		var b proto.Buffer
		if err := (proto.Block{Columns: len(input), Rows: 3, Info: proto.BlockInfo{BucketNum: -1}}).EncodeBlock(&b, rev, input); err != nil {
			t.Fatal(err)
		}
		return b.Buf
	}
	return encode(revision), encode(0)
}

var wireForm = form{info: true, custom: true}

func walkAll(in *reader, from, to form, limit int) ([]byte, header, error) {
	w := walker{in: in, left: limit}
	h, err := w.block(from, to, true)
	return w.out, h, err
}

func TestWalk(t *testing.T) {
	wire, plain := sample(t)
	for _, size := range []int{16, 17, 64, readBuffer} {
		in := newReader(iotest.OneByteReader(bytes.NewReader(append(wire, 0xee))), size)
		got, h, err := walkAll(in, wireForm, engineForm, testLimit)
		if err != nil || !bytes.Equal(got, plain) || h.rows != 3 || h.names[1] != "s" || h.types[5] != "LowCardinality(String)" {
			t.Fatalf("buffer of %d: %v, %+v\n%q\n%q", size, err, h, got, plain)
		}
		if b, _ := in.byte(); b != 0xee {
			t.Fatal("the walker did not stop at the block's end")
		}
	}
	back, _, err := walkAll(bytesReader(plain), engineForm, wireForm, testLimit)
	if err != nil || !bytes.Equal(back, wire) {
		t.Fatalf("back: %v\n%q\n%q", err, back, wire)
	}
}

// TestWalkTruncated: a block cut at any byte is an error, and one that says so.
func TestWalkTruncated(t *testing.T) {
	wire, _ := sample(t)
	for i := range wire {
		_, _, err := walkAll(newReader(bytes.NewReader(wire[:i]), 64), wireForm, engineForm, testLimit)
		if noEOF(err) != io.ErrUnexpectedEOF {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
}

// TestWalkHostile: what a header claims allocates nothing, and claims that cannot be are refused.
func TestWalkHostile(t *testing.T) {
	block := func(rows uint64, typ string, data ...byte) []byte {
		b := putUvarint([]byte{1}, rows)
		return append(putStr(putStr(b, "c"), typ), data...)
	}
	u64 := func(vs ...uint64) (b []byte) {
		for _, v := range vs {
			b = binary.LittleEndian.AppendUint64(b, v)
		}
		return b
	}
	f := func(name string, b []byte) {
		t.Helper()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := walkAll(bytesReader(b), engineForm, engineForm, testLimit)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
			t.Errorf("%s: %d bytes allocated", name, got)
		}
	}
	f("rows", block(1<<62, "UInt8"))
	f("columns", putUvarint(putUvarint(nil, 1<<40), 1))
	f("string", block(1, "String", putUvarint(nil, 1<<50)...))
	f("string at the limit", block(1, "String", putUvarint(nil, testLimit)...))
	f("array", block(1, "Array(UInt8)", u64(1<<61)...))
	f("array backwards", block(2, "Array(UInt8)", append(u64(2, 1), 1, 2)...))
	f("dictionary", block(1, "LowCardinality(String)", u64(1, 1<<9, 1<<60)...))
	f("dictionary key", block(1, "LowCardinality(String)", append(append(u64(1, 1<<9, 1), 1, 'x'), append(u64(1), 7)...)...))
	f("dictionary rows", block(1, "LowCardinality(UInt8)", append(append(u64(1, 1<<9, 1), 1), append(u64(2), 0, 0)...)...))
	f("dictionary shared", block(1, "LowCardinality(UInt8)", u64(1, 1<<8)...))
	f("index width", block(1, "LowCardinality(UInt8)", u64(1, 9)...))
	f("version", block(1, "JSON", u64(9)...))
	f("type", block(1, "Variant(String)"))
	f("state", block(1, "AggregateFunction(uniq, String)"))
	f("deep", block(1, string(bytes.Repeat([]byte("Array("), 2000))+"UInt8"+string(bytes.Repeat([]byte(")"), 2000))))
	f("wide", block(1, "FixedString(99999999)"))
	f("open", block(1, "Tuple(a"))
	f("quote", block(1, "Enum8('a = 1)"))
	f("varint", bytes.Repeat([]byte{0xff}, 20))
	f("name", append([]byte{1, 1}, putUvarint(nil, 1<<30)...))
}

func FuzzWalk(f *testing.F) {
	wire, plain := sample(f)
	f.Add(wire, true)
	f.Add(plain, false)
	f.Fuzz(func(t *testing.T, b []byte, client bool) {
		from := engineForm
		if client {
			from = wireForm
		}
		first, h, err := walkAll(bytesReader(b), from, engineForm, testLimit)
		small, h2, err2 := walkAll(newReader(bytes.NewReader(b), 16), from, engineForm, testLimit)
		if (err == nil) != (err2 == nil) || h.rows != h2.rows && err == nil || !bytes.Equal(first, small) && err == nil {
			t.Fatalf("buffers disagree: %v, %v", err, err2)
		}
		if err != nil {
			return
		}
		again, _, err := walkAll(bytesReader(first), engineForm, engineForm, 2*testLimit)
		if err != nil || !bytes.Equal(again, first) {
			t.Fatalf("what came out does not go in: %v", err)
		}
	})
}

func TestFrames(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 300_000)
	for i := range data {
		data[i] = byte(rng.IntN(4))
	}
	for _, m := range []compress.Method{compress.None, compress.LZ4, compress.LZ4HC, compress.ZSTD} {
		w := compress.NewWriter(0, m)
		var wire []byte
		for _, part := range [][]byte{data[:100_000], data[100_000:]} {
			if err := w.Compress(part); err != nil {
				t.Fatal(err)
			}
			wire = append(wire, w.Data...)
		}
		fr := &frames{in: newReader(bytes.NewReader(append(wire, 0xee)), 64), limit: testLimit}
		got := make([]byte, len(data))
		if _, err := io.ReadFull(fr, got); err != nil || !bytes.Equal(got, data) || fr.rest() {
			t.Fatalf("%v: %v", m, err)
		}
		if b, _ := fr.in.byte(); b != 0xee {
			t.Fatalf("%v: read beyond the frame", m)
		}
		fr.close()
		for _, i := range []int{0, 16, 17, 21, 25, len(wire) - 1} { // any flipped bit is noticed
			bad := bytes.Clone(wire)
			bad[i] ^= 0x10
			fr := &frames{in: bytesReader(bad), limit: testLimit}
			if _, err := io.ReadFull(fr, got); err == nil {
				t.Errorf("%v: byte %d flipped unnoticed", m, i)
			}
			fr.close()
		}
		fr = &frames{in: bytesReader(wire), limit: 90_000}
		if _, err := fr.Read(got); !errors.Is(err, errWire) {
			t.Errorf("%v: over the limit: %v", m, err)
		}
	}
}

func BenchmarkWalk(b *testing.B) {
	var s proto.ColStr
	n := make(proto.ColUInt64, 0, 10_000)
	low := new(proto.ColStr).LowCardinality()
	for i := range 10_000 {
		s.Append("Failed password for invalid user deploy from 203.0.113.7 port 40022 ssh2")
		n = append(n, uint64(i))
		low.Append([]string{"fw1", "fw2", "web"}[i%3])
	}
	var buf proto.Buffer
	input := proto.Input{{Name: "n", Data: n}, {Name: "s", Data: s}, {Name: "l", Data: low}}
	if err := (proto.Block{Columns: 3, Rows: len(n)}).EncodeBlock(&buf, revision, input); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(buf.Buf)))
	w := walker{}
	for b.Loop() {
		w.in, w.out, w.left = bytesReader(buf.Buf), w.out[:0], testLimit
		if _, err := w.block(wireForm, engineForm, false); err != nil {
			b.Fatal(err)
		}
	}
}
