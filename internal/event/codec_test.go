package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"
)

// sample fills b with n rows that use every kind of column, as decided by r.
func sample(b *Batch, r *rand.Rand, n int) {
	words := []string{"", "a", "root", "203.0.113.7", "failure", "\xff\x00", "snowman ☃", "a longer text, for the arena"}
	word := func() string { return words[r.IntN(len(words))] }
	for i := range n {
		line := b.Begin([]byte(fmt.Sprintf("<34>row %d %s", i, word())), int64(i))
		b.SetTime(int64(1e9 * i))
		for f := Field(1); f < NumFields; f++ {
			if r.IntN(6) > 0 || f == EventID || f == EventOriginal || f == EventIngested || f == Timestamp {
				continue
			}
			switch f.Info().Kind {
			case Dict, Text:
				b.SetString(f, word())
			case List:
				for range r.IntN(4) {
					b.AddString(f, word())
				}
			case Int, Time:
				b.SetInt(f, r.Int64()-r.Int64())
			case Float:
				b.SetFloat(f, r.NormFloat64())
			case Bool:
				b.SetBool(f, r.IntN(2) == 0)
			case Map:
				for range r.IntN(4) {
					b.Label([]byte("k"+word()), []byte(word()))
				}
			}
		}
		if r.IntN(2) == 0 {
			b.Set(Message, line[4:])
		}
		if r.IntN(5) == 0 {
			b.Cancel()
			b.Begin([]byte("kept"), 0)
		}
		b.End()
	}
	b.SetID(BlockID{byte(n)})
}

func lines(b *Batch) []string {
	var out []string
	for e := range b.Events() {
		out = append(out, string(e.AppendJSON(nil, nil)))
	}
	return out
}

func TestCodecKeepsRows(t *testing.T) {
	var built, decoded, moved Batch
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		built.Reset()
		moved.Reset()
		n := r.IntN(20)
		sample(&built, r, n)
		if err := decoded.Decode(BlockID{byte(n)}, built.AppendBlock(nil)); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		cut := r.IntN(n + 1)
		moved.Append(&decoded, 0, cut)
		moved.Append(&decoded, cut, n)
		want := lines(&built)
		for name, got := range map[string][]string{"decoded": lines(&decoded), "moved": lines(&moved)} {
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("seed %d: %s\n%q\nbuilt\n%q", seed, name, got, want)
			}
		}
		for _, l := range want {
			if !json.Valid([]byte(l)) {
				t.Fatalf("seed %d: no JSON: %s", seed, l)
			}
		}
	}
}

func TestCodecIsNative(t *testing.T) {
	var b Batch
	sample(&b, rand.New(rand.NewPCG(7, 7)), 50)
	block := b.AppendBlock(nil)
	want := b.Columns(false)
	var got proto.Block
	cols := make([]proto.ResultColumn, len(want))
	var ips proto.ColLowCardinality[string]
	for i, c := range want {
		cols[i] = proto.ResultColumn{Name: c.Name, Data: nativeColumn(t, c.Type)}
		if c.Name == SourceIP.String() {
			ips = *proto.NewLowCardinality[string](new(proto.ColStr))
			cols[i].Data = &ips
		}
	}
	if err := got.DecodeRawBlock(proto.NewReader(bytes.NewReader(block)), 0, proto.Results(cols)); err != nil {
		t.Fatal(err)
	}
	if got.Rows != 50 || ips.Rows() != 50 {
		t.Fatalf("ch-go reads %d rows, %d of source.ip", got.Rows, ips.Rows())
	}
	for i := range 50 {
		if want := b.Event(i).Str(SourceIP); ips.Row(i) != want {
			t.Errorf("row %d: ch-go reads %q, want %q", i, ips.Row(i), want)
		}
	}
}

// nativeColumn is ch-go's column for a type of the closed list.
func nativeColumn(t *testing.T, typ string) proto.ColResult {
	text := func() *proto.ColLowCardinality[string] { return proto.NewLowCardinality[string](new(proto.ColStr)) }
	when := func() *proto.ColDateTime64 { return new(proto.ColDateTime64).WithPrecision(9).WithLocation(time.UTC) }
	switch typ {
	case typeDict:
		return text()
	case typeText:
		return new(proto.ColStr)
	case typeList:
		return proto.NewArray[string](text())
	case typeInt:
		return proto.NewColNullable[int64](new(proto.ColInt64))
	case typeFloat:
		return proto.NewColNullable[float64](new(proto.ColFloat64))
	case typeBool:
		return proto.NewColNullable[bool](new(proto.ColBool))
	case typeTime:
		return proto.NewColNullable[time.Time](when())
	case typeAlways:
		return when()
	case typeLabels:
		return proto.NewMap[string, string](text(), new(proto.ColStr))
	case typeUint32:
		return new(proto.ColUInt32)
	}
	t.Fatalf("no column for %s", typ)
	return nil
}

func TestDecodeRefusesEveryTruncation(t *testing.T) {
	var b, d Batch
	sample(&b, rand.New(rand.NewPCG(3, 3)), 12)
	block := b.AppendBlock(nil)
	for n := range block {
		if err := d.Decode(BlockID{}, block[:n:n]); err == nil {
			t.Fatalf("cut after %d of %d bytes: no error", n, len(block))
		}
		if d.Rows() != 0 {
			t.Fatalf("cut after %d bytes: %d rows stay", n, d.Rows())
		}
	}
	if err := d.Decode(BlockID{}, append(block, 0)); err == nil {
		t.Fatal("a byte too many: no error")
	}
}

func TestDecodeSkipsUnknownColumns(t *testing.T) {
	var b, d Batch
	b.Begin([]byte("x"), 1)
	b.SetString(UserName, "root")
	b.AddString(RelatedUser, "root")
	b.SetInt(SourcePort, 1)
	b.End()
	f := func(was, now string, wantErr bool) {
		t.Helper()
		block := bytes.Replace(b.AppendBlock(nil), []byte(was), []byte(now), 1)
		if err := d.Decode(BlockID{}, block); (err != nil) != wantErr {
			t.Errorf("%s for %s: %v", now, was, err)
		}
	}
	f("user.name", "used.name", false)
	f("related.user", "relaxed.user", false)
	f("source.port", "source.part", false)
	f("Nullable(Int64)", "Nullable(Int63)", true)
	f("@timestamp", "@timestump", true)
	f("user.name", "tls.sname", false)
	f("user.name", "labels.no", false)
	f("\x09user.name", "\x06labels", true)
}

func TestBuildDoesNotAllocate(t *testing.T) {
	var b Batch
	row := func() {
		b.Reset()
		for range 10 {
			buildRow(&b)
		}
	}
	row()
	if n := testing.AllocsPerRun(100, row); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestIDs(t *testing.T) {
	id := ID{NewBlockID(1_700_000_000_123e6), 7}
	got, err := ParseID(id.String())
	if err != nil || got != id || id.Block.UnixNano() != 1_700_000_000_123e6 {
		t.Errorf("%v, %v, %d", got, err, id.Block.UnixNano())
	}
	for _, bad := range []string{"", "-", "00-1", id.Block.String(), id.Block.String() + "-x", id.Block.String() + "-4294967296", "zz" + id.String()[2:]} {
		if _, err := ParseID(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestHeader(t *testing.T) {
	h := Header{ID: BlockID{9}, Version: Version, Rows: 10, First: -5, Last: 5, Received: 7,
		Requests: []Request{{ID: [16]byte{1}, From: 0, To: 3}, {ID: [16]byte{1}, Seq: 1, From: 5, To: 10}},
		Account:  []Delta{{"t", "udp", "192.0.2.1", "", 3, 11}, {"t", "udp", "192.0.2.1", "dropped:queue full", 1, 12}}}
	got, err := ParseHeader(h.Headers())
	if err != nil || fmt.Sprint(got) != fmt.Sprint(h) {
		t.Fatalf("%v\n%+v\n%+v", err, got, h)
	}
	for _, kv := range h.Headers() {
		for n := range kv.Value {
			cut := []KV{{kv.Key, kv.Value[:n]}}
			if kv.Key != keyBlock {
				cut = append(cut, h.Headers()[0])
			}
			if hh, err := ParseHeader(cut); err == nil && fmt.Sprint(hh) == fmt.Sprint(h) {
				t.Errorf("%s cut after %d bytes reads as the whole", kv.Key, n)
			}
		}
	}
	h.Requests[1].To = 11
	if _, err := ParseHeader(h.Headers()); err == nil {
		t.Error("a range beyond the rows: no error")
	}
	h.Version = Version + 1
	if _, err := ParseHeader(h.Headers()); err == nil {
		t.Error("a newer version: no error")
	}
}

func TestDecodeSurvivesMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var b, d Batch
	sample(&b, r, 6)
	block := b.AppendBlock(nil)
	for range 20000 {
		bad := bytes.Clone(block)
		for range 1 + r.IntN(3) {
			bad[r.IntN(len(bad))] = byte(r.Uint32())
		}
		if d.Decode(BlockID{}, bad) == nil {
			lines(&d)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for n := range 4 {
		var b Batch
		sample(&b, rand.New(rand.NewPCG(uint64(n), 9)), n)
		f.Add(b.AppendBlock(nil))
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		var b, again Batch
		if b.Decode(BlockID{}, block) != nil {
			return
		}
		want := lines(&b)
		if err := again.Decode(BlockID{}, b.AppendBlock(nil)); err != nil {
			t.Fatalf("encoded again: %v", err)
		}
		if got := lines(&again); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("encoded again\n%q\nwas\n%q", got, want)
		}
	})
}

// A producer closes a block by Bytes, so that must not fall far behind the block, whatever the rows hold.
func TestBytesFollowsTheBlock(t *testing.T) {
	f := func(name string, rows int, row func(b *Batch, i int, line []byte)) {
		t.Helper()
		var b Batch
		for i := range rows {
			line := b.Begin(fmt.Appendf(nil, "%064d", i), 1)
			row(&b, i, line)
			b.End()
		}
		if got, want := b.Bytes(), len(b.AppendBlock(nil)); got < want*3/4 || got > want*2 {
			t.Errorf("%s: Bytes is %d, the block has %d", name, got, want)
		}
	}
	f("nothing", 2000, func(b *Batch, _ int, _ []byte) {})
	f("message", 2000, func(b *Batch, _ int, l []byte) { b.Set(Message, l[8:]) })
	f("parts of the record", 2000, func(b *Batch, _ int, l []byte) { b.Set(URLOriginal, l); b.Set(UserName, l) })
	f("label names", 2000, func(b *Batch, i int, l []byte) {
		for j := range 50 {
			b.Label(fmt.Appendf(nil, "%0100d.%d", i, j), l[:1])
		}
	})
	f("label values", 2000, func(b *Batch, _ int, l []byte) { b.Label([]byte("a"), l); b.Label([]byte("b"), []byte("made up")) })
	f("lists", 2000, func(b *Batch, i int, _ []byte) {
		for j := range 20 {
			b.AddString(Tags, fmt.Sprint(i*j))
		}
	})
	f("every column once", 20000, func(b *Batch, i int, _ []byte) {
		if i > 0 && i < 19999 {
			return
		}
		for f := Field(1); f < NumFields; f++ {
			switch f.Info().Kind {
			case Int:
				b.SetInt(f, 1)
			case Float:
				b.SetFloat(f, 1)
			case Bool:
				b.SetBool(f, true)
			case Dict:
				b.SetString(f, "x")
			}
		}
	})
}

func TestLabelNamesAreBounded(t *testing.T) {
	var b Batch
	b.Begin([]byte("x"), 1)
	defer b.End()
	if !b.Label(make([]byte, MaxKey), []byte("v")) || b.Label(make([]byte, MaxKey+1), []byte("v")) {
		t.Errorf("names of up to %d bytes are wanted", MaxKey)
	}
	n := 0
	for i := range MaxLabels {
		if b.Label(fmt.Appendf(nil, "%0512d", i), []byte("v")) {
			n += 512
		}
	}
	if n == 0 || n > minNames {
		t.Errorf("a record of one byte has %d bytes of names", n)
	}
}

func TestJSONStringIsSafeToShow(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		got := string(AppendJSONString(nil, in))
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
		var back string
		if err := json.Unmarshal([]byte(got), &back); err != nil || back != in {
			t.Errorf("%s reads back as %q, %v", got, back, err)
		}
	}
	f("\x1b[2J", `"\u001b[2J"`)
	f("a\u009b31m\x7f", `"a\u009b31m\u007f"`)
	f("\u202egnp.exe\u2069", `"\u202egnp.exe\u2069"`)
	f("grüße ☃ 日本 🙂\ufffd", "\"grüße ☃ 日本 🙂\ufffd\"")
}
