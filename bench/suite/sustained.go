package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// sustained measures whether the product keeps up with a steady load, all roles and engines on one machine.
func (s *suite) sustained() (string, error) {
	p, err := s.watchpost()
	if err != nil {
		return "", err
	}
	defer p.stop()
	if err := listens(takeAddr); err != nil {
		return "", err
	}
	total := int(float64(s.rate) * s.sustain.Seconds())
	sent := make(chan error, 1)
	cpu, begin := p.shares(), time.Now()
	var sending time.Duration
	go func() {
		err := s.send("-addr", takeAddr, "-total", fmt.Sprint(total), "-rate", fmt.Sprint(s.rate), "-run", "sustained")
		sending = time.Since(begin)
		sent <- err
	}()
	const parts = 6
	var lag, memory [parts]float64 // the most in each part of the time
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	var done error
	for running := true; running; {
		select {
		case done = <-sent:
			running = false
		case <-tick.C:
			part := min(parts-1, int(parts*time.Since(begin)/s.sustain))
			m, err := metrics()
			if err != nil {
				return "", err
			}
			due := min(float64(total), time.Since(begin).Seconds()*float64(s.rate))
			lag[part] = max(lag[part], due-m["watchpost_load_rows_total"])
			all := p.memory()
			if len(all) == 0 {
				return "", errors.New("watchpost ended; see watchpost.log")
			}
			memory[part] = max(memory[part], sum(all))
		}
	}
	if done != nil {
		return "", done
	}
	at, err := loaded(total)
	if err != nil {
		return "", err
	}
	if err := idle(); err != nil {
		return "", err
	}
	now, million := p.shares(), float64(total)/1e6
	var b strings.Builder
	fmt.Fprintf(&b, "%d events/s for %v over 8 connections, embedded Kafka and ClickHouse, all roles and the rules that come with the product. An event is due when the schedule says so and stored when the engine has it: "+
		"what lies between is the most events due and not stored, in each sixth of the time. Memory is of the product and the engine together.\n\n", s.rate, s.sustain)
	b.WriteString("| | 1 | 2 | 3 | 4 | 5 | 6 |\n|---|---|---|---|---|---|---|\n")
	for _, row := range []struct {
		name, format string
		v            [parts]float64
		by           float64
	}{{"due and not stored, events", "%.0f", lag, 1}, {"… in seconds of the load", "%.1f", lag, float64(s.rate)}, {"memory at most, MB", "%.0f", memory, 1}} {
		fmt.Fprintf(&b, "| %s |", row.name)
		for _, v := range row.v {
			fmt.Fprintf(&b, " "+row.format+" |", v/row.by)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nThe sender was through after %.1f s, the last event stored after %.1f s, %.0f events/s in all; %.1f CPU-s per million, %.1f of them the engine's.\n",
		sending.Seconds(), at.Sub(begin).Seconds(), float64(total)/at.Sub(begin).Seconds(), (now[0]+now[1]-cpu[0]-cpu[1])/million, (now[1]-cpu[1])/million)
	return b.String(), nil
}
