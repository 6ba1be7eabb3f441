package hunt_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"watchpost/internal/hunt"
	"watchpost/internal/rule"
)

func TestPipe(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		q, err := hunt.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if got := fmt.Sprint(q.Pipe); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	f(`| count`, `[{count integer}]`)
	f(`user.name:root | count by source.ip, user.name`, `[{source.ip text} {user.name text} {count integer}]`)
	f(`| top 10 user.name`, `[{user.name text} {count integer}]`)
	f(`| rare process.name, host.name`, `[{process.name text} {host.name text} {count integer}]`)
	f(`| distinct user.name by host.name`, `[{host.name text} {distinct(user.name) integer}]`)
	f(`| sum of source.bytes, avg(event.duration), p95 event.duration by user.name`, `[{user.name text} {sum(source.bytes) integer} {avg(event.duration) float} {p95(event.duration) float}]`)
	f(`| min @timestamp, max timestamp by source.ip`, `[{source.ip text} {min(@timestamp) time} {max(@timestamp) time}]`)
	f(`| over 1h`, `[{time time} {count integer}]`)
	f(`| over 5m by event.outcome`, `[{time time} {event.outcome text} {count integer}]`)
	f(`| sum source.bytes over 1d by labels.zone, labels["a b"]`, `[{time time} {labels["zone"] text} {labels["a b"] text} {sum(source.bytes) integer}]`)
	f(`| count by user.name | where count > 5 and (user.name != "root" or not count == 7) | sort -count, user.name | limit 20 | fields count, user.name`, `[{count integer} {user.name text}]`)
	f(`| sum source.bytes by user.name | where sum >= 1.5 | sort sum(source.bytes) desc`, `[{user.name text} {sum(source.bytes) integer}]`)
	f(`| fields @timestamp, user.name, user.roles | sort user.name | limit 5`, `[{@timestamp time} {user.name text} {user.roles text}]`)
	f(`a || b | count`, `[{count integer}]`)
	f(`user.name == "a|b" or message matches "x|y" | count`, `[{count integer}]`)
}

func TestPipeFaults(t *testing.T) {
	f := func(text string, offset int, want string) {
		t.Helper()
		_, err := hunt.Parse(text)
		var at *rule.Error
		if !errors.As(err, &at) || at.Offset != offset || !strings.Contains(at.What, want) {
			t.Errorf("%s: %v (offset %d), want %q at %d", text, err, offsetOf(err), want, offset)
		}
	}
	f(`|`, 1, "want a stage")
	f(`a | cuont`, 4, "did you mean count")
	f(`a | where count > 1`, 4, "front of the first")
	f(`a | count by usr.name`, 13, "did you mean user.name")
	f(`a | count by src_ip`, 13, "Splunk CIM")
	f(`a | count by`, 12, "want a field")
	f(`a | count by user.name, user.name`, 24, "stands twice")
	f(`a | sum user.name`, 8, "there is no sum")
	f(`a | over 1y`, 9, "want a width")
	f(`a | over 1000d`, 9, "want a width")
	f(`a | top 0 user.name`, 8, "number of rows")
	f(`a | count | limit x`, 18, "number of rows")
	f(`a | count | sort -nope`, 18, "it has count")
	f(`a | count by user.name | where count ~ 5`, 37, "want ==")
	f(`a | count by user.name | where count > many`, 39, "is no number")
	f(`a | count by user.name | where count contains 5`, 46, "contains is for text")
	f(`a | count | fields user.name`, 19, "no column")
	f(`a | count by user.name | count`, 25, "want where, sort, limit or fields")
	f(`a | count by user.name sort -count`, 23, "a | is missing")
	f(`a | count by labels`, 13, "labels.key")
	f(`a `+strings.Repeat(`| count `, 1)+strings.Repeat(`| limit 1 `, 20), 161, "stages")
	f(`usr.name:x | count`, 0, "unknown field")
	q, err := hunt.Search{Query: "| over 1s", From: "-30d"}.Check([]string{"a"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Table(10); err == nil || !strings.Contains(err.Error(), "buckets") {
		t.Errorf("2.6M buckets: %v", err)
	}
}
