package event

import (
	"encoding/json"
	"testing"
)

func TestBatch(t *testing.T) {
	var b Batch
	line := b.Begin([]byte("<34>1 - host app - - - Failed for root from 203.0.113.7"), 1e9)
	b.Set(Message, line[22:])
	b.SetString(SourceIP, "203.0.113.7")
	b.SetInt(SourcePort, 22)
	b.AddString(RelatedIP, "203.0.113.7")
	b.Label([]byte("z"), []byte("1"))
	b.Label([]byte("a"), []byte("2"))
	b.End()
	b.Begin([]byte("x"), 2e9)
	b.SetString(UserName, "gone")
	b.Cancel()
	b.Begin([]byte("\xff"), 3e9)
	b.SetString(SourceIP, "203.0.113.7")
	b.End()
	b.SetID(BlockID{1})
	var c Batch
	if err := c.Decode(BlockID{1}, b.AppendBlock(nil)); err != nil {
		t.Fatal(err)
	}
	var d Batch
	d.Append(&c, 1, 2)
	d.Append(&c, 0, 1)
	for i := range 2 {
		was, got := string(b.Event(i).AppendJSON(nil, nil)), string(c.Event(i).AppendJSON(nil, nil))
		moved := string(d.Event(1-i).AppendJSON(nil, nil))
		if was != got || was != moved || !json.Valid([]byte(got)) {
			t.Errorf("row %d:\nbuilt   %s\ndecoded %s\nmoved   %s", i, was, got, moved)
		}
		t.Log(got)
	}
}
