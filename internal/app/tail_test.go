package app

import (
	"context"
	"fmt"
	"testing"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
)

// A tail shows what its query finds of its caller's tenants, at most so much a second, and counts the rest.
func TestTailsCountWhatTheyLeaveOut(t *testing.T) {
	q, err := hunt.Search{Query: "user.name:ann", Fields: []string{"message"}}.Check([]string{"a"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var b event.Batch
	for i := range 3 * (tailRate + 50) {
		b.Begin(fmt.Appendf(nil, "line %d", i), 1)
		b.SetString(event.Message, fmt.Sprint("line ", i))
		b.SetString(event.Tenant, []string{"a", "b", "a"}[i%3])
		b.SetString(event.UserName, []string{"Ann", "ann", "bob"}[i%3])
		b.End()
	}
	f := func(buffer int) (shown, dropped uint64) {
		t.Helper()
		ts := newTails(nil, quiet)
		who := &tailer{q: q, lines: make(chan []byte, buffer), second: 1}
		ts.of[who] = true
		ctx, cancel := context.WithCancel(t.Context())
		ts.give(ctx, &b)
		ts.drop(ctx, 7)
		cancel()
		ts.give(ctx, &b) // of readers that were told to end
		ts.drop(ctx, 7)
		for range len(who.lines) {
			if line := string(<-who.lines); line == "" || line[len(line)-1] != '\n' {
				t.Errorf("%q", line)
			}
			shown++
		}
		return shown, ts.takeDropped(who)
	}
	if shown, dropped := f(1000); shown != tailRate || dropped != 57 {
		t.Errorf("%d shown, %d left out, want %d and 57", shown, dropped, tailRate)
	}
	if shown, dropped := f(10); shown != 10 || dropped != tailRate+50-10+7 {
		t.Errorf("a slow client: %d shown, %d left out", shown, dropped)
	}
}
