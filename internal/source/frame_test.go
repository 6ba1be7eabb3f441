package source

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// feed runs a stream through a framer in pieces and returns what a connection would hand over.
func feed(f framer, stream []byte, sizes func() int) (frames []Frame, skipped int, err error) {
	var buf []byte
	for len(stream) > 0 && err == nil {
		n := min(max(sizes(), 1), len(stream))
		buf = append(buf, stream[:n]...)
		stream = stream[n:]
		var used int
		var out []Frame
		out, used, err = f.split(buf, nil)
		for _, fr := range out {
			frames = append(frames, Frame{bytes.Clone(fr.Data), fr.Flags})
		}
		buf = slices.Clone(buf[used:])
	}
	if err == nil {
		if fr, ok := f.last(buf, true); ok {
			frames = append(frames, fr)
		}
	}
	return frames, f.skipped, err
}

func whole() int    { return 1 << 30 }
func bytewise() int { return 1 }

func TestFraming(t *testing.T) {
	check := func(f framer, in string, wantErr error, want ...string) {
		t.Helper()
		for _, sizes := range []func() int{whole, bytewise} {
			frames, _, err := feed(f, []byte(in), sizes)
			var got []string
			for _, fr := range frames {
				s := string(fr.Data)
				if fr.Flags&Truncated != 0 {
					s += "…"
				}
				got = append(got, s)
			}
			if !slices.Equal(got, want) || err != wantErr {
				t.Errorf("%.60q:\n got %.200q, %v\nwant %.200q, %v", in, got, err, want, wantErr)
			}
		}
	}
	std := framer{max: 40, delim: '\n'}
	f := func(in string, want ...string) { t.Helper(); check(std, in, nil, want...) }

	f("")
	f("<34>a\n<34>b\n", "<34>a", "<34>b")
	f("<34>a\r\n<34>b\x00\n<34>c\n\x00<34>d", "<34>a", "<34>b", "<34>c", "<34>d")
	f("\n\n\r\n\x00\n<1>x\n\n", "<1>x")
	f("<34>a\x00b\rc\n", "<34>a\x00b\rc") // only trailers go
	f("5 <34>a6 <34>bc", "<34>a", "<34>bc")
	f("6 <34>a\n6 <34>bc\n<34>line\n5 <34>x", "<34>a\n", "<34>bc", "<34>line", "<34>x") // mixed; a counted LF stays
	f("7 <34>a\nb", "<34>a\nb")                                                         // LF within a counted frame
	f("9 <34>abc", "<34>abc…")                                                          // the stream ends within a frame
	f("9 <34", "9 <34")                                                                 // too little to tell: a line
	f("12 monkeys\n", "12 monkeys")                                                     // a line that begins with a number
	f("2024 <b>bold</b>\n", "2024 <b>bold</b>")
	f("5 <1234>x\n", "5 <1234>x")
	f("5 <>x\n", "5 <>x")
	f("2 <34>x\n", "2 <34>x") // does not even cover the PRI
	f("4 <34>x\n", "<34>", "x")

	// Hostile counts (faults.md, row 27).
	f("0 <34>a\n<34>b\n", "0 <34>a", "<34>b")
	f("+5 <34>a\n", "+5 <34>a")
	f("-5 <34>a\n", "-5 <34>a")
	f("05 <34>a\n", "05 <34>a")
	f("5<34>a\n", "5<34>a")
	f("5  <34>a\n", "5  <34>a")
	f("5\t<34>a\n", "5\t<34>a")
	f("0x5 <34>a\n", "0x5 <34>a")
	f("1e3 <34>a\n", "1e3 <34>a")
	f("999999999999999999999 <34>a\n", "999999999999999999999 <34>a") // 21 digits are no count
	for _, n := range []string{"2147483648", "4294967301", "9223372036854775808", "18446744073709551621", "67108865", "999999999"} {
		check(std, "<34>a\n"+n+" <34>b\n<34>c\n", errCount, "<34>a")
	}

	// Limits. The neighbours of a frame that is too long are intact.
	long := "<34>" + strings.Repeat("x", 36)
	f(long+"\n<34>b\n", long, "<34>b")
	f(long+"\r\n<34>b\n", long, "<34>b")
	f(long+"y\n<34>b\n", long+"…", "<34>b")
	f(long+"yy\n<34>b\n", long+"…", "<34>b")
	f(long+strings.Repeat("y", 500)+"\n<34>b\n", long+"…", "<34>b")
	f(long+strings.Repeat("y", 500), long+"…")
	f("40 "+long+"<34>b\n", long, "<34>b")
	f("41 "+long+"y<34>b\n", long+"…", "<34>b")
	f("540 "+long+strings.Repeat("\n", 500)+"5 <34>b", long+"…", "<34>b")
	f("67108864 "+long, long+"…")

	check(framer{max: 40, delim: 0}, "<34>a\nb\x00<34>c\n\x005 <34>d", nil, "<34>a\nb", "<34>c", "<34>d")
	check(framer{max: 40, delim: '\n', framing: lines}, "5 <34>a\n", nil, "5 <34>a")
	check(framer{max: 40, delim: '\n', framing: octets}, "5 <34>a<34>b\n", errFraming, "<34>a")
}

// TestFrameSizes is row 27's table of sizes, at the real limit.
func TestFrameSizes(t *testing.T) {
	const limit = 1 << 20
	for _, size := range []int{limit - 1, limit, limit + 1, 64 << 20} {
		for _, counted := range []bool{false, true} {
			body := append([]byte("<34>"), bytes.Repeat([]byte("x"), size-4)...)
			stream := append(body, '\n')
			if counted {
				stream = append(fmt.Appendf(nil, "%d ", size), body...)
			}
			stream = append(stream, "<34>neighbour\n"...)
			frames, skipped, err := feed(framer{max: limit, delim: '\n'}, stream, func() int { return 1 << 16 })
			if err != nil || len(frames) != 2 || string(frames[1].Data) != "<34>neighbour" {
				t.Fatalf("%d bytes, counted %v: %d frames, %v", size, counted, len(frames), err)
			}
			if want := min(size, limit); len(frames[0].Data) != want || (frames[0].Flags == Truncated) != (size > limit) || skipped != size-want {
				t.Errorf("%d bytes, counted %v: got %d, flags %d, skipped %d", size, counted, len(frames[0].Data), frames[0].Flags, skipped)
			}
		}
	}
}

// FuzzFrames holds the framer to one result however the stream is cut into reads, and to account for every byte: it is in
// a frame, part of a delimiter or count, skipped, or behind an error.
func FuzzFrames(f *testing.F) {
	for _, s := range []string{"<34>a\n<34>b\n", "5 <34>a6 <34>bc", "40 <34>", "2147483648 <34>a", "<34>a\r\n\x00\x00", "123456 <1>abc\n\n", "0 <34>\r\r\n", strings.Repeat("z", 60) + "\r\n<1>"} {
		f.Add([]byte(s), uint64(1), uint8(0))
		f.Add([]byte(s), uint64(77), uint8(7))
	}
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64, kind uint8) {
		fr := framer{max: 8 + int(kind>>3), delim: '\n', framing: framing(kind % 3)}
		if kind&4 != 0 {
			fr.delim = 0
		}
		pieces := func() int {
			seed = seed*6364136223846793005 + 1442695040888963407
			return int(seed>>59) + 1
		}
		one, skipped1, err1 := feed(fr, stream, whole)
		many, skipped2, err2 := feed(fr, stream, pieces)
		same := func(a, b Frame) bool { return a.Flags == b.Flags && bytes.Equal(a.Data, b.Data) }
		if err1 != err2 || skipped1 != skipped2 || !slices.EqualFunc(one, many, same) {
			t.Fatalf("%q cut:\n%q %v %d\n%q %v %d", stream, one, err1, skipped1, many, err2, skipped2)
		}
		// Each frame stands in the stream, in order; between them only counts and delimiters, or what was skipped.
		between, pos := 0, 0
		for _, fr := range one {
			if len(fr.Data) == 0 || len(fr.Data) > 8+int(kind>>3) {
				t.Fatalf("%q: frame %q", stream, fr.Data)
			}
			i := bytes.Index(stream[pos:], fr.Data)
			if i < 0 {
				t.Fatalf("%q: frame %q is not in the rest", stream, fr.Data)
			}
			between += lost(stream[pos : pos+i])
			pos += i + len(fr.Data)
		}
		if err1 == nil {
			between += lost(stream[pos:])
			if between > skipped1 {
				t.Fatalf("%q: %d bytes are in no frame, %d were counted: %q", stream, between, skipped1, one)
			}
		}
	})
}

// lost counts bytes that are neither of a count nor of a delimiter.
func lost(b []byte) (n int) {
	for _, c := range b {
		if !strings.ContainsRune("0123456789 \r\n\x00", rune(c)) {
			n++
		}
	}
	return n
}

func TestFramesDoNotAllocate(t *testing.T) {
	line := "<34>Oct 11 22:14:15 gate su: session opened for user root"
	stream := bytes.Repeat(fmt.Appendf(nil, "%s\n%d %s", line, len(line), line), 100)
	f := framer{max: 1 << 20, delim: '\n'}
	frames := make([]Frame, 0, 256)
	n := testing.AllocsPerRun(100, func() {
		out, used, err := f.split(stream, frames[:0])
		if err != nil || len(out) != 200 || used != len(stream) {
			t.Fatalf("%d frames, %d of %d bytes, %v", len(out), used, len(stream), err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFraming(b *testing.B) {
	line := "<134>1 2024-05-06T07:08:09.123456Z gw1.example.net app 1234 ID47 - " + strings.Repeat("x", 240)
	run := func(name, one string) {
		b.Run(name, func(b *testing.B) {
			stream := []byte(strings.Repeat(one, 200))
			f := framer{max: 1 << 20, delim: '\n'}
			frames := make([]Frame, 0, 256)
			b.SetBytes(int64(len(one)))
			for n := 0; n < b.N; n += 200 {
				f.split(stream, frames)
			}
		})
	}
	run("lines", line+"\n")
	run("octets", fmt.Sprintf("%d %s", len(line), line))
}
