package match

import (
	"fmt"
	"maps"
	"time"

	"golang.org/x/sys/unix"

	"watchpost/internal/event"
)

// Cost is what evaluating a rule has taken, reckoned from a sample of evaluations.
type Cost struct {
	Evaluations uint64        // how often a condition of the rule was evaluated: where none of its witnesses was seen it is not
	Each        time.Duration // mean of the sample, for each 512 bytes of a longer event
}

// ThreadTime is the processor time that the calling thread has had. Rules are judged by it: the time of day would count against them what
// else a busy machine does.
func ThreadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0 // the kernel has no such clock: rules take no time
	}
	return time.Duration(t.Nano())
}

// cost is that of one rule.
type cost struct {
	evaluations uint64
	sampled     uint64
	spent       time.Duration
	longest     time.Duration // of the sample; it does not count, for it may have been the machine's
	off         string
}

// The first evaluations of a rule are all measured, then one in so many.
const (
	firstSamples = 32
	sampleEach   = 1024
	leastSamples = 16 // before a rule is judged
)

func (c *cost) sample() bool { return c.evaluations <= firstSamples || c.evaluations%sampleEach == 0 }

func (c *cost) mean() time.Duration {
	if c.sampled < 2 {
		return c.spent
	}
	return (c.spent - c.longest) / time.Duration(c.sampled-1)
}

// usual is how many bytes the record and the message of an event may have together before what is measured counts in proportion.
const usual = 512

// ofUsual gives the part of d, which an evaluation of e took, that one of a usual event would have taken: patterns take time as texts are long.
func ofUsual(d time.Duration, e event.Event) time.Duration {
	size := len(e.Str(event.EventOriginal)) + len(e.Str(event.Message))
	return time.Duration(float64(d) * usual / float64(max(size, usual)))
}

// add notes an evaluation that was measured, and switches the rule off if it is over its budget.
func (c *cost) add(d time.Duration, o Options, rows uint64) {
	c.sampled++
	c.spent += d
	c.longest = max(c.longest, d)
	if c.sampled < leastSamples {
		return
	}
	each := c.mean()
	switch {
	case o.MaxEvaluation > 0 && each > o.MaxEvaluation:
		c.off = fmt.Sprintf("an evaluation takes %v, more than max_evaluation %v", each, o.MaxEvaluation)
	case o.MaxEvent > 0 && rows >= leastRows && each*time.Duration(c.evaluations)/time.Duration(rows) > o.MaxEvent:
		c.off = fmt.Sprintf("it takes %v an event (%d evaluations of %v in %d events), more than max_event %v",
			each*time.Duration(c.evaluations)/time.Duration(rows), c.evaluations, each, rows, o.MaxEvent)
	}
}

// leastRows is how many events an Index must have seen before it judges what a rule takes of each.
const leastRows = 10_000

// Off gives, by rule id, why a rule was switched off for its cost. It matches no more; the others go on.
func (x *Index) Off() map[string]string {
	out := map[string]string{}
	for i, r := range x.plan.rules {
		if c := &x.costs[i]; c.off != "" {
			out[r.ID] = c.off
		}
	}
	return out
}

// Costs gives, by rule id, what evaluating the rules has taken; rules that were never evaluated are left out. Without Options.Clock nothing is
// measured and only evaluations are counted.
func (x *Index) Costs() map[string]Cost {
	out := map[string]Cost{}
	for i, r := range x.plan.rules {
		if c := &x.costs[i]; c.evaluations > 0 {
			out[r.ID] = Cost{c.evaluations, c.mean()}
		}
	}
	return out
}

// Errors counts, by rule id, how often a rule could not be evaluated on an event and so did not match.
func (x *Index) Errors() map[string]uint64 { return maps.Clone(x.errs) }

// Unindexed lists the rules that must be evaluated on each event, for nothing that they require is rare.
func (x *Index) Unindexed() []string { return x.plan.unindexed }
