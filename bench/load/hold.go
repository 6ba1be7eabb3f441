package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"sync"
	"time"

	"watchpost/bench/gen"
)

// hold opens many connections, sends some lines on each, says so, and keeps them until ctx ends.
func hold(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("load hold", flag.ContinueOnError)
	network := f.String("network", "tcp", "tcp or tls")
	addr := f.String("addr", "127.0.0.1:5514", "where to")
	ca := f.String("ca", "", "tls: PEM file of the authority to trust")
	conns := f.Int("conns", 10_000, "connections")
	lines := f.Int("lines", 3, "lines of each, one after the other")
	if err := f.Parse(args); err != nil {
		return err
	}
	config, err := trust(*ca)
	if err != nil {
		return err
	}
	all := make([]net.Conn, *conns)
	errs := make([]error, *conns)
	var opening sync.WaitGroup
	turn := make(chan struct{}, 64) // the listener's backlog is not what is measured
	start := time.Now()
	for i := range all {
		opening.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			if all[i], errs[i] = dial(*network, *addr, config); errs[i] != nil {
				return
			}
			s := gen.Sender{Stream: gen.Stream{Run: "hold", Source: i}}
			for n := range *lines {
				if _, errs[i] = all[i].Write(s.Frame(nil, s.Stream.Append(nil, n, time.Now()))); errs[i] != nil {
					return
				}
			}
		})
	}
	opening.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Printf("holding %d seconds %.1f\n", *conns, time.Since(start).Seconds())
	<-ctx.Done()
	for _, c := range all {
		c.Close()
	}
	return nil
}
