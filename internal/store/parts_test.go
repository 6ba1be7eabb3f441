package store

import (
	"slices"
	"testing"

	"watchpost/internal/event"
)

// TestParts holds that events read by the columns in which event.id and message stand are those read by the aliases.
func TestParts(t *testing.T) {
	s := open(t, options(t))
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var b event.Batch
	for i, message := range []string{"piece of it", "piece", "whole text", "own text", "", "a pie"} {
		line := b.Begin([]byte("<13>1 - a piece of it"), day0+int64(i))
		switch at := len("<13>1 - a "); message {
		case "piece of it", "piece":
			b.Set(event.Message, line[at:at+len(message)])
		case "a pie": // ends within a word
			b.Set(event.Message, line[at-2:at+3])
		case "whole text":
			b.Set(event.Message, line)
		case "own text":
			b.SetString(event.Message, message)
		}
		b.End()
	}
	load(t, s, newLog(0, blockOf(1, blockID(1), &b)))
	show := []event.Field{event.EventID, event.Timestamp, event.Message}
	read := func(columns string) (out []string) {
		t.Helper()
		err := s.Select(t.Context(), "SELECT `@timestamp`, "+columns+" FROM events ORDER BY `event.row`", nil, nil, func(b *event.Batch) error {
			for e := range b.Events() {
				out = append(out, string(e.AppendJSON(nil, show)))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := read("`event.id`, `message`")
	if len(want) != b.Rows() {
		t.Fatalf("%d events of %d", len(want), b.Rows())
	}
	b.SetID(blockID(1))
	for i := range want {
		if received := string(b.Event(i).AppendJSON(nil, show)); want[i] != received {
			t.Errorf("%s stored, %s received", want[i], received)
		}
	}
	for _, columns := range []string{"`event.block`, `event.row`, `message.text`, `message.offset`, `message.length`, `event.original` AS `message.record`",
		"`event.block`, `event.row`, `message.text`, `message.offset`, `message.length`, `event.original`"} {
		if got := read(columns); !slices.Equal(got, want) {
			t.Errorf("%s: %s, want %s", columns, got, want)
		}
	}
}
