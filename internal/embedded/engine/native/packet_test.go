package native

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ClickHouse/ch-go/proto"
)

func helloBytes() []byte {
	var b proto.Buffer
	proto.ClientHello{Name: "test", Major: 1, Minor: 2, ProtocolVersion: 54470, Database: "db", User: "u", Password: "p"}.Encode(&b)
	return b.Buf
}

func queryBytes() []byte {
	var b proto.Buffer
	proto.Query{ID: "id", Body: "SELECT {a:String}", Compression: proto.CompressionEnabled,
		Info:       proto.ClientInfo{Query: proto.ClientQueryInitial, Interface: proto.InterfaceTCP, ClientName: "test"},
		Settings:   []proto.Setting{{Key: "max_threads", Value: "1"}, {Key: "x_custom", Value: `'it\'s'`, Custom: true}},
		Parameters: []proto.Parameter{{Key: "a", Value: `'b\\c\'d'`}},
	}.EncodeAware(&b, revision)
	return b.Buf[1:] // without the packet's number
}

func TestHelloPacket(t *testing.T) {
	b := helloBytes()
	h, err := decodeHello(bytesReader(b))
	if err != nil || h.client != "test" || h.revision != 54470 || h.database != "db" || h.user != "u" || h.password != "p" {
		t.Fatalf("%+v %v", h, err)
	}
	for i := range b {
		if _, err := decodeHello(bytesReader(b[:i])); err == nil {
			t.Fatalf("cut at %d: no error", i)
		}
	}
	if _, err := decodeHello(bytesReader([]byte("GET / HTTP/1.1\r\n"))); !errors.Is(err, errWire) {
		t.Error(err)
	}
	if _, err := decodeHello(bytesReader(putUvarint([]byte{0}, 1<<40))); !errors.Is(err, errWire) {
		t.Error(err)
	}
}

func TestQueryPacket(t *testing.T) {
	b := queryBytes()
	q, err := decodeQuery(bytesReader(b), revision)
	if err != nil || q.body != "SELECT {a:String}" || !q.compress || len(q.settings) != 2 || q.settings[1] != (setting{"x_custom", "it's"}) ||
		len(q.params) != 1 || q.params[0].Value != `b\c'd` {
		t.Fatalf("%+v %v", q, err)
	}
	for i := range b {
		if _, err := decodeQuery(bytesReader(b[:i]), revision); err == nil {
			t.Fatalf("cut at %d: no error", i)
		}
	}
}

func FuzzHello(f *testing.F) {
	f.Add(helloBytes(), queryBytes(), uint16(0))
	f.Fuzz(func(t *testing.T, h, q []byte, older uint16) {
		rev := max(minRevision, revision-int(older))
		decodeHello(bytesReader(h))
		a, err := decodeQuery(bytesReader(q), rev)
		b, err2 := decodeQuery(newReader(bytes.NewReader(q), 64), rev)
		if (err == nil) != (err2 == nil) || a.body != b.body || len(a.settings) != len(b.settings) {
			t.Fatalf("buffers disagree: %v, %v", err, err2)
		}
		for _, s := range a.settings {
			if err == nil && !settingName.MatchString(s.name) {
				t.Fatalf("setting %q let through", s.name)
			}
		}
	})
}
