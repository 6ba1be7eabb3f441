package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// forWindows gives the rows of b that rules with windows want, and the newest: an absence is judged up to that.
func (w *scanWorker) forWindows(b *event.Batch, c *chunk) (*event.Batch, []place) {
	if b.Rows() == 0 {
		return nil, nil
	}
	wanted, newest := make([]bool, b.Rows()), 0
	w.windows.Each(b, func(row int, _ *rule.Rule, _ int) { wanted[row] = true })
	for i := range wanted {
		if b.Event(i).Time() >= b.Event(newest).Time() {
			newest = i
		}
	}
	wanted[newest] = true
	out, places := new(event.Batch), []place(nil)
	for from := 0; from < len(wanted); {
		if !wanted[from] {
			from++
			continue
		}
		to := from
		for ; to < len(wanted) && wanted[to]; to++ {
			places = append(places, place{c.file, c.line[to], b.Event(to).Time()})
		}
		out.Append(b, from, to)
		from = to
	}
	return out, places
}

// scanWindows runs the windows over the rows that were found, as replay does.
type scanWindows struct {
	rules  *detect.Rules
	in     chan *event.Batch
	places [][]place // by number of the batch, from 0
	end    chan struct{}
	closed bool

	alerts []alert.Alert
	stats  window.Stats
	err    error
}

func startWindows(rules *detect.Rules) *scanWindows {
	s := &scanWindows{rules: rules, in: make(chan *event.Batch, 4), end: make(chan struct{})}
	go func() { // ends with the input: stop or finish
		defer close(s.end)
		s.stats, s.err = detect.Replay(rules, window.Defaults, s.batches(), func(a alert.Alert) { s.alerts = append(s.alerts, a) })
		for range s.in { // after an error
		}
	}()
	return s
}

func (s *scanWindows) batches() iter.Seq2[*event.Batch, error] {
	return func(yield func(*event.Batch, error) bool) {
		for b := range s.in {
			if !yield(b, nil) {
				return
			}
		}
	}
}

// add gives a batch to the windows; its number is its block's id.
func (s *scanWindows) add(ctx context.Context, b *event.Batch, places []place) error {
	s.places = append(s.places, places)
	b.SetID(windowBlock(len(s.places)))
	select {
	case s.in <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func windowBlock(n int) (id event.BlockID) {
	for i := range 8 {
		id[15-i] = byte(n >> (8 * i))
	}
	return id
}

func (s *scanWindows) stop() {
	if !s.closed {
		s.closed = true
		close(s.in)
	}
	<-s.end
}

// finish gives the alerts in order of time.
func (s *scanWindows) finish(notes io.Writer) ([]hit, error) {
	s.stop()
	if s.err != nil {
		return nil, s.err
	}
	if n := s.stats.Evicted + s.stats.Forced; n > 0 {
		fmt.Fprintf(notes, "watchpost: memory bounds were reached: %d keys evicted, %d signals judged early; alerts of windows may be missing\n", s.stats.Evicted, s.stats.Forced)
	}
	byID := map[string]*rule.Rule{}
	for _, r := range s.rules.Set.Rules {
		byID[r.ID] = r
	}
	out := make([]hit, len(s.alerts))
	for i := range s.alerts {
		a := &s.alerts[i]
		out[i] = hit{rule: byID[a.Rule], place: s.crossing(a), values: alertValues(a)}
	}
	return out, nil
}

// crossing gives the place of the event that raised a, with the alert's time.
func (s *scanWindows) crossing(a *alert.Alert) place {
	var found place
	for _, id := range a.Events {
		n := 0
		for _, c := range id.Block[8:] {
			n = n<<8 | int(c)
		}
		p := s.places[n-1][id.Row]
		if found = p; p.time == a.Time {
			break
		}
	}
	found.time = a.Time
	return found
}

// alertValues gives what an alert says beyond a match.
func alertValues(a *alert.Alert) []value {
	values := []value{{"count", fmt.Appendf(nil, "%d", a.Count)}, {"event.start", fmt.Appendf(nil, "%q", stampOf(a.Start))}, {"event.end", fmt.Appendf(nil, "%q", stampOf(a.End))}}
	if a.Distinct > 0 {
		values = append(values, value{"distinct", fmt.Appendf(nil, "%d", a.Distinct)})
	}
	if len(a.Values) > 0 {
		text, _ := json.Marshal(a.Values) // of texts: cannot fail
		values = append(values, value{"values", text})
	}
	seen := map[string]bool{"count": true, "event.start": true, "event.end": true, "distinct": true, "values": true}
	for _, pairs := range [][]alert.Pair{a.Group, a.Fields} {
		for _, p := range pairs {
			if !seen[p.Name] && p.Value != "" {
				values = append(values, value{p.Name, event.AppendJSONString(nil, p.Value)})
				seen[p.Name] = true
			}
		}
	}
	return values
}
