package store

import (
	"context"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// Source is what the loss account tells of one sender. Times are Unix nanoseconds, rates records per second.
type Source struct {
	Tenant, Listener, Source string // Source is the sender's address
	First, Last              int64
	Received, Stored         uint64
	Quarantined              uint64
	Rejected, Dropped        map[string]uint64 // by reason

	Rate     float64       // received, in the hour that runs and the one before
	Expected float64       // the same at this hour of the day in the week before; 0: not known yet
	Pause    time.Duration // the longest silence in the week before, to the minute; 0: not known yet

	Unparsed       float64 // share of what was stored in the hour that runs and the one before
	UnparsedBefore float64 // the same in the week before
	Recent, Before uint64  // records that these two shares are of

	Skew   time.Duration // median of stated time minus receipt, in the last 24 h
	Skewed uint64        // records that it is of
	Zone   string        // in which times without one were read last
}

// maxSources bounds the answer: a sender of forged addresses can make many.
const maxSources = 10_000

// week is how long what is usual for a source is learned from.
const week = 7 * 24 * time.Hour

// Sources tells of all senders of some tenants (nil: all tenants), those heard last first. No more than 10,000 are told of.
func (s *Store) Sources(ctx context.Context, tenants []string, now time.Time) ([]Source, error) {
	var out []Source
	at := map[[3]string]int{}
	hour := now.Truncate(time.Hour)
	params := Params{"all": tenants == nil, "tenants": tenants, "limit": maxSources, "day": now.Add(-24 * time.Hour).Unix(), "from": hour.Add(-week).Unix()}
	err := s.Rows(ctx, "SELECT `tenant`, `listener`, `source`, min(begun), max(heard), sumMap(map(`reason`, records))"+
		" FROM (SELECT `tenant`, `listener`, `source`, `reason`, min(`first`) AS begun, max(`last`) AS heard, sum(`count`) AS records"+
		" FROM sources WHERE {all:Bool} OR `tenant` IN {tenants:Array(String)} GROUP BY `tenant`, `listener`, `source`, `reason`)"+
		" GROUP BY `tenant`, `listener`, `source` ORDER BY max(heard) DESC LIMIT {limit:UInt32}", params, Settings{"optimize_aggregation_in_order": 1}, func(scan func(...any) error) error {
		r := Source{Rejected: map[string]uint64{}, Dropped: map[string]uint64{}}
		var first, last time.Time
		var counts map[string]uint64
		if err := scan(&r.Tenant, &r.Listener, &r.Source, &first, &last, &counts); err != nil {
			return err
		}
		r.First, r.Last = first.UnixNano(), last.UnixNano()
		r.count(counts)
		at[[3]string{r.Tenant, r.Listener, r.Source}] = len(out)
		out = append(out, r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	err = s.Rows(ctx, "SELECT `tenant`, `listener`, `source`, groupArray(h), groupArray(r), groupArray(s), groupArray(u), groupArray(m), sumMapIf(d, `hour` >= toDateTime({day:Int64})), argMaxIf(z, `hour`, z != '') FROM ("+
		"SELECT `tenant`, `listener`, `source`, `hour`, toUInt32(`hour`) AS h, sumIf(`count`, `reason` = 'received') AS r, sumIf(`count`, `reason` = 'stored') AS s, sum(`unparsed`) AS u,"+
		" groupBitOrIf(`minutes`, `reason` = 'received') AS m, sumMap(`skew`) AS d, anyLastIf(`zone`, `zone` != '') AS z"+
		" FROM sources WHERE `hour` >= toDateTime({from:Int64}) AND `reason` IN ('received', 'stored') AND ({all:Bool} OR `tenant` IN {tenants:Array(String)}) GROUP BY `tenant`, `listener`, `source`, `hour`"+
		") GROUP BY `tenant`, `listener`, `source`", params, nil, func(scan func(...any) error) error {
		var key [3]string
		var h []uint32
		var received, stored, unparsed, minutes []uint64
		var skew map[int32]uint64
		var zone string
		if err := scan(&key[0], &key[1], &key[2], &h, &received, &stored, &unparsed, &minutes, &skew, &zone); err != nil {
			return err
		}
		i, ok := at[key]
		if !ok {
			return nil
		}
		hours := make([]sourceHour, len(h))
		for i := range h {
			hours[i] = sourceHour{int64(h[i]) / 3600, received[i], stored[i], unparsed[i], minutes[i]}
		}
		out[i].learn(hours, now)
		out[i].Skew, out[i].Skewed = median(skew)
		out[i].Zone = zone
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	return out, nil
}

// count sorts an account's reasons.
func (r *Source) count(counts map[string]uint64) {
	for reason, n := range counts {
		kind, why, _ := strings.Cut(reason, ":")
		switch kind {
		case received:
			r.Received += n
		case Stored:
			r.Stored += n
		case Quarantined:
			r.Quarantined += n - min(n, counts[Replayed]) // which older builds took from senders that had none there
		case "rejected":
			r.Rejected[why] += n
		case "dropped":
			r.Dropped[why] += n
		}
	}
}

// median gives that of distances in seconds, and how many there are.
func median(of map[int32]uint64) (time.Duration, uint64) {
	total, seen := uint64(0), uint64(0)
	for _, n := range of {
		total += n
	}
	for _, s := range slices.Sorted(maps.Keys(of)) {
		if seen += of[s]; 2*seen >= total {
			return time.Duration(s) * time.Second, total
		}
	}
	return 0, 0
}

// sourceHour is what came from a source in an hour, counted from 1970.
type sourceHour struct {
	hour                       int64
	received, stored, unparsed uint64
	minutes                    uint64
}

// learn finds out what is usual for a source out of the hours of the week before, in any order, and what is now.
func (r *Source) learn(hours []sourceHour, now time.Time) {
	slices.SortFunc(hours, func(a, b sourceHour) int { return int(a.hour - b.hour) })
	this := now.Unix() / 3600
	begin := max(r.First/int64(time.Hour), this-int64(week/time.Hour))
	var recent, same, all, unparsed, before uint64
	last := int64(-1) // minute in which something came last
	for _, h := range hours {
		if h.minutes != 0 {
			if last >= 0 {
				r.Pause = max(r.Pause, time.Duration(h.hour*60+int64(bits.TrailingZeros64(h.minutes))-last)*time.Minute)
			}
			r.Pause = max(r.Pause, time.Duration(pauseWithin(h.minutes))*time.Minute)
			last = h.hour*60 + int64(63-bits.LeadingZeros64(h.minutes))
		}
		if h.hour >= this-1 {
			recent += h.received
			unparsed += h.unparsed
			r.Recent += h.stored
			continue
		}
		all += h.received
		before += h.unparsed
		r.Before += h.stored
		if d := (h.hour - this) % 24; d == 0 || d == -1 || d == -23 {
			same += h.received
		}
	}
	r.Rate = float64(recent) / now.Sub(time.Unix((this-1)*3600, 0)).Seconds()
	known := this - 1 - begin // whole hours before the two that are looked at
	if r.First/int64(time.Hour) >= this-1 {
		known = 0
	}
	switch {
	case known >= 48:
		n := 0
		for h := begin; h < this-1; h++ {
			if d := (h - this) % 24; d == 0 || d == -1 || d == -23 {
				n++
			}
		}
		r.Expected = float64(same) / float64(n) / 3600
	case known >= 1:
		r.Expected = float64(all) / float64(known) / 3600
	}
	if r.Recent > 0 {
		r.Unparsed = float64(unparsed) / float64(r.Recent)
	}
	if r.Before > 0 {
		r.UnparsedBefore = float64(before) / float64(r.Before)
	}
}

// pauseWithin gives the longest distance between two minutes of an hour in which something came.
func pauseWithin(minutes uint64) int {
	longest, last := 0, -1
	for m := minutes; m != 0; m &= m - 1 {
		at := bits.TrailingZeros64(m)
		if last >= 0 {
			longest = max(longest, at-last)
		}
		last = at
	}
	return longest
}

// States of a source.
const (
	SourceOK       = "ok"
	SourceSilent   = "silent"   // nothing came for longer than usual
	SourceLate     = "late"     // its clock, or what lies between, is minutes off
	SourceUnparsed = "unparsed" // far more than usual is not understood
)

// Bounds of what is usual.
const (
	leastSilence  = 10 * time.Minute // a source is never called silent before
	firstSilence  = 24 * time.Hour   // nor before, while less than a day is known of it
	gone          = 14 * 24 * time.Hour
	mostSkew      = 5 * time.Minute
	leastRecords  = 20  // for a judgement on shares and clocks
	collapsedFrom = 0.5 // share of records understood that is lost
)

// Silence says how long the source may be silent: three times its longest pause in the week before.
func (r *Source) Silence() time.Duration {
	if r.Pause == 0 || r.Last-r.First < int64(24*time.Hour) {
		return max(firstSilence, 3*r.Pause)
	}
	return max(leastSilence, 3*r.Pause)
}

// State judges the source. One that was not heard of for two weeks is not missed any more.
func (r *Source) State(now time.Time) string {
	silent := now.Sub(time.Unix(0, r.Last))
	switch {
	case r.Source == "", r.Source == unknownSender: // a listener as a whole, to which losses are counted; or nobody
		return SourceOK
	case silent > r.Silence() && silent < gone:
		return SourceSilent
	case r.Recent >= leastRecords && r.Before >= leastRecords && (1-r.Unparsed) < (1-r.UnparsedBefore)*collapsedFrom:
		return SourceUnparsed
	case r.Skewed >= leastRecords && r.Skew.Abs() > mostSkew:
		return SourceLate
	}
	return SourceOK
}
