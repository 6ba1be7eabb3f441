package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"watchpost/bench/gen"
)

// corpus is what both tables and the files hold: the lines of bench/gen over some days, and needles among them. Line n is the same at each run.
type corpus struct {
	events int
	first  time.Time
	step   time.Duration
	stream gen.Stream
	needle map[int]int // number of the needle, by line
}

// needles is how many there are: each an address, a user and a word that no other line names, each in perLine lines.
const (
	needles   = 40
	perNeedle = 3
)

// end is the time of the newest event, within a day that the others fill.
var end = time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)

func newCorpus(events, days int) *corpus {
	span := time.Duration(days)*24*time.Hour - 2*time.Hour
	c := &corpus{events: events, first: end.Add(-span), step: span / time.Duration(events), stream: gen.Stream{Run: "hunt"}, needle: map[int]int{}}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range needles * perNeedle * 2 {
		c.needle[rng.IntN(events)] = i % (2 * needles)
	}
	return c
}

func address(i int) string { return fmt.Sprintf("203.0.113.%d", 100+i) }
func user(i int) string    { return fmt.Sprintf("mallory%02d", i) }
func word(i int) string    { return fmt.Sprintf("quokka%02d", i) }

func (c *corpus) at(n int) time.Time { return c.first.Add(time.Duration(n) * c.step) }

// append appends line n.
func (c *corpus) append(b []byte, n int) []byte {
	at := c.at(n)
	i, ok := c.needle[n]
	switch {
	case !ok:
		return c.stream.Append(b, n, at)
	case i < needles:
		return fmt.Appendf(b, "<86>1 %s web-7 sshd 4242 - - Failed password for invalid user %s from %s port %d ssh2 H1 run=hunt src=0 seq=%d crc=00c0ffee",
			at.Format("2006-01-02T15:04:05.000000Z"), user(i), address(i), 30000+i, n)
	}
	return fmt.Appendf(b, "<134>1 %s app-7 orders 4242 - - level=info request=0123456789abcdef user=alice client=10.20.0.10 took_ms=7 text=cart-%s-stock-done H1 run=hunt src=0 seq=%d crc=00c0ffee",
		at.Format("2006-01-02T15:04:05.000000Z"), word(i-needles), n)
}
