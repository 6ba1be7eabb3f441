package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"watchpost/internal/rule"
)

// comparison is what two engines found.
type comparison struct {
	alone         bool // there is no other engine
	both          int
	ours, theirs  int // of one engine only
	events, rules int // that were hit by ours
	differences   []difference
}

// difference is a rule that hit other events in the other engine.
type difference struct {
	title, file        string
	both, ours, theirs int
	why                string
}

// why says, by Sigma's id, where rules mean something else to rsigma.
var why = map[string]string{
	"1fc0809e-06bf-4de3-ad52-25e5263b7623": "a bare negation: rsigma asks it of each event that names no product of its own, ours of Zeek's RDP log",
	"d84c0ded-edd7-4123-80ed-348bb3ccc4d5": "words in any event: rsigma asks it of events that name no category, such as those of sshd; ours of databases",
}

func compared(set *rule.Set, ours, theirs []hit) comparison {
	mine, other := map[hit]bool{}, map[hit]bool{}
	for _, h := range ours {
		mine[h] = true
	}
	for _, h := range theirs {
		other[h] = true
	}
	by := map[string]*difference{}
	for _, r := range set.Rules {
		by[r.ID] = &difference{title: r.Title, file: r.File, why: why[r.ID]}
	}
	rows, c := map[int]bool{}, comparison{}
	for h := range mine {
		rows[h.row] = true
		if other[h] {
			c.both++
			by[h.rule].both++
		} else {
			c.ours++
			by[h.rule].ours++
		}
	}
	for h := range other {
		if !mine[h] {
			c.theirs++
			d := by[h.rule]
			if d == nil {
				d = &difference{title: h.rule, file: "an id that is not among the imported rules"}
				by[h.rule] = d
			}
			d.theirs++
		}
	}
	c.events = len(rows)
	for _, d := range slices.SortedFunc(maps.Values(by), func(a, b *difference) int {
		return cmp.Or(cmp.Compare(b.ours+b.theirs, a.ours+a.theirs), strings.Compare(a.file, b.file))
	}) {
		if d.both+d.ours > 0 {
			c.rules++
		}
		if d.ours+d.theirs > 0 {
			c.differences = append(c.differences, *d)
		}
	}
	return c
}

// String says how many hits are the same.
func (c comparison) String() string {
	switch {
	case c.alone:
		return fmt.Sprintf("%d, not compared", c.both)
	case c.ours+c.theirs == 0:
		return fmt.Sprintf("%d, all the same", c.both)
	}
	return fmt.Sprintf("%d the same, %d ours alone, %d rsigma's alone", c.both, c.ours, c.theirs)
}
