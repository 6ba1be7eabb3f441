package parse

import (
	"testing"

	"watchpost/internal/event"
)

// TestAccepted holds the direction of a socket's address to the call that it belongs to: who was accepted is the source, who was called the destination.
func TestAccepted(t *testing.T) {
	p := testParser()
	f := func(call, source, destination string) {
		t.Helper()
		b := new(event.Batch)
		for _, line := range [...]string{
			"type=SYSCALL msg=audit(1763000000.123:" + call + "): arch=c000003e syscall=" + call + ` success=yes exit=5 pid=7 uid=0 comm="nc" exe="/usr/bin/nc"`,
			"type=SOCKADDR msg=audit(1763000000.123:" + call + "): saddr=0200C350C00002070000000000000000",
		} {
			p.Line(b, []byte(line), received, Auto)
			b.End()
		}
		e := b.Event(1)
		if got := fieldText(e, "source.ip"); got != source {
			t.Errorf("call %s: source.ip is %q, should be %q", call, got, source)
		}
		if got := fieldText(e, "destination.ip"); got != destination {
			t.Errorf("call %s: destination.ip is %q, should be %q", call, got, destination)
		}
	}
	f("43", "192.0.2.7", "")
	f("288", "192.0.2.7", "")
	f("42", "", "192.0.2.7")
}
