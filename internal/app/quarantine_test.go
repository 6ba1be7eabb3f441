package app

import (
	"testing"
	"time"

	"watchpost/internal/config"
	"watchpost/internal/event"
)

// TestRemake makes an event of its JSON, as the quarantine holds it, the same again.
func TestRemake(t *testing.T) {
	c := config.Default()
	again, err := reparser(c)
	if err != nil {
		t.Fatal(err)
	}
	received := time.Date(2026, 3, 2, 8, 0, 1, 0, time.UTC)
	var stub event.Batch
	stub.SetRowID(event.ID{Block: event.BlockID{1}, Row: 7})
	stub.Begin([]byte("<38>Mar  2 08:00:00 web1 sshd[7]: Invalid user b\xffb from 192.0.2.7 port 4711"), received.UnixNano())
	stub.SetString(event.Tenant, "shop")
	stub.SetString(event.LogListener, "udp")
	stub.SetString(event.LogSourceAddress, "198.51.100.1")
	stub.SetString(event.EventRetention, "long")
	stub.End()
	var whole, b event.Batch
	if !again.Event(&whole, stub.Event(0)) {
		t.Fatal("nothing was read")
	}
	want := string(whole.Event(0).AppendJSON(nil, nil))
	if err := remake(again, &b, []byte(want)); err != nil || b.Rows() != 1 {
		t.Fatal(b.Rows(), err)
	}
	if got := string(b.Event(0).AppendJSON(nil, nil)); got != want || b.Event(0).Str(event.EventDataset) != "system.auth" {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if err := remake(again, &b, []byte("{")); err == nil {
		t.Error("half an event")
	}
}
