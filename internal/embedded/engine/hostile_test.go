package engine

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"
)

// raw is a client that says what it is told to.
type raw struct {
	t testing.TB
	net.Conn
}

func dialRaw(t testing.TB, e *Engine) raw {
	t.Helper()
	c, err := e.Dial(context.Background(), e.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(5 * time.Second))
	return raw{t, c}
}

func packet(build func(*proto.Buffer)) []byte {
	var b proto.Buffer
	build(&b)
	return b.Buf
}

var (
	rawHello = packet(func(b *proto.Buffer) {
		proto.ClientHello{Name: "raw", ProtocolVersion: 54460, User: "default"}.Encode(b)
		b.PutString("") // the addendum: it need not wait for the answer
	})
	rawEnd = packet(func(b *proto.Buffer) { rawBlock(b) })
)

func rawQuery(sql string) []byte {
	return packet(func(b *proto.Buffer) {
		proto.Query{Body: sql, Info: proto.ClientInfo{Query: proto.ClientQueryInitial, Interface: proto.InterfaceTCP}}.EncodeAware(b, 54460)
	})
}

func rawBlock(b *proto.Buffer, input ...proto.InputColumn) {
	proto.ClientCodeData.Encode(b)
	b.PutString("")
	rows := 0
	if len(input) > 0 {
		rows = input[0].Data.Rows()
	}
	if err := (proto.Block{Columns: len(input), Rows: rows}).EncodeBlock(b, 54460, input); err != nil {
		panic(err)
	}
}

// until reads until want has come.
func (r raw) until(what, want string) {
	r.t.Helper()
	var got []byte
	buf := make([]byte, 4096)
	for !bytes.Contains(got, []byte(want)) {
		n, err := r.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil {
			r.t.Fatalf("%s: %v after %q", what, err, got)
		}
	}
}

// TestHostile: whatever one connection sends, others and the process live on.
func TestHostile(t *testing.T) {
	e := shared.get(t)
	c := client(t)
	run(t, c, "CREATE TABLE hostile (n UInt64, s LowCardinality(String)) ENGINE = MergeTree ORDER BY n")
	pid := e.Pid()
	f := func(name string, parts ...[]byte) {
		t.Helper()
		r := dialRaw(t, e)
		go func() { // it may be refused before all is sent
			for _, p := range parts {
				if _, err := r.Write(p); err != nil {
					return
				}
			}
			r.Conn.(*net.UnixConn).CloseWrite()
		}()
		if _, err := io.Copy(io.Discard, r); err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				t.Errorf("%s: the server does not let go", name)
			}
		}
		if n := one[uint8](t, c, "SELECT 1"); n != 1 || e.Pid() != pid {
			t.Fatalf("%s: harmed others", name)
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	noise := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	f("nothing")
	f("HTTP", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	f("noise", noise)
	f("huge string", []byte{0, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f("hello, then noise", rawHello, noise)
	insert := rawQuery("INSERT INTO hostile (n, s) VALUES")
	f("query, then noise", rawHello, insert, noise)
	f("insert, then noise", rawHello, insert, rawEnd, noise)
	f("insert, then a block of noise", rawHello, insert, rawEnd, []byte{2, 0}, noise)
	whole := bytes.Join([][]byte{rawQuery("SELECT number FROM numbers(10)"), rawEnd}, nil)
	for i := 0; i < len(whole); i += 7 {
		f("cut query", rawHello, whole[:i])
	}
	good := packet(func(b *proto.Buffer) {
		s := new(proto.ColStr).LowCardinality()
		s.Append("host")
		rawBlock(b, proto.InputColumn{Name: "n", Data: proto.ColUInt64{1}}, proto.InputColumn{Name: "s", Data: s})
	})
	for i := range good {
		f("cut insert", rawHello, insert, rawEnd, good[:i])
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= byte(1 + rng.IntN(255))
		f("changed insert", rawHello, insert, rawEnd, bad)
	}
	if n := one[uint64](t, c, "SELECT count() FROM hostile"); n != 0 {
		t.Errorf("%d rows of inserts that never ended", n)
	}
	for i := range good { // and whole ones, changed: the engine sees what the walker let through
		bad := bytes.Clone(good)
		bad[i] ^= byte(1 + rng.IntN(255))
		f("changed insert, ended", rawHello, insert, rawEnd, bad, rawEnd)
	}
}

// TestWrongColumns: an insert that the engine refuses leaves the connection usable.
func TestWrongColumns(t *testing.T) {
	run(t, client(t), "CREATE TABLE wrong (n UInt64) ENGINE = MergeTree ORDER BY n")
	r := dialRaw(t, shared.get(t))
	send := func(b ...[]byte) {
		t.Helper()
		if _, err := r.Write(bytes.Join(b, nil)); err != nil {
			t.Fatal(err)
		}
	}
	send(rawHello, rawQuery("INSERT INTO wrong (n) VALUES"), rawEnd)
	r.until("header", "UInt64")
	send(packet(func(b *proto.Buffer) { rawBlock(b, proto.InputColumn{Name: "nosuch", Data: proto.ColUInt64{1}}) }), rawEnd)
	r.until("refusal", "DB::Exception")
	send(rawQuery("SELECT 'still here'"), rawEnd)
	r.until("answer", "still here")
}

// TestTooMany: connections beyond the limit are told so, and room is made when others leave.
func TestTooMany(t *testing.T) {
	e := shared.get(t)
	var open []raw
	for range e.o.MaxConnections {
		r := dialRaw(t, e)
		r.Write(rawHello)
		open = append(open, r)
	}
	r := dialRaw(t, e)
	r.Write(rawHello)
	r.until("refusal", "Too many connections")
	for _, r := range open {
		r.Close()
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		r := dialRaw(t, e)
		r.Write(rawHello)
		var b [1]byte
		if _, err := io.ReadFull(r, b[:]); err == nil && b[0] == 0 {
			break
		}
		r.Close()
		if time.Now().After(deadline) {
			t.Fatal("no room after all had left")
		}
	}
}
