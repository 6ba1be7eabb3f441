package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"watchpost/bench/gen"
)

// send sends lines over many connections and prints how fast they went and what they cost the sender.
func send(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("load send", flag.ContinueOnError)
	network := f.String("network", "tcp", "udp, tcp, tls or http")
	addr := f.String("addr", "127.0.0.1:5514", "where to")
	format := f.String("format", "rfc5424", "rfc5424 or rfc3164; http sends json")
	lines := f.Bool("lines", false, "tcp and tls: lines that end in LF instead of octet counts")
	ca := f.String("ca", "", "tls: PEM file of the authority to trust")
	conns := f.Int("conns", 8, "connections, each a source of its own")
	total := f.Int("total", 100_000, "lines of all connections together")
	rate := f.Float64("rate", 0, "lines a second of all connections together; 0: as fast as they are taken")
	run := f.String("run", "r1", "name of the run; line n of a source is the same in each run of this name")
	from := f.Int("from", 0, "number of each source's first line, to go on with an earlier run")
	batch := f.Int("batch", 500, "http: lines of a request")
	ledger := f.String("ledger", "", "`file` to note in what was sent and acknowledged; appended to")
	retry := f.Bool("retry", false, "go on after errors")
	bursts := f.Int("bursts", 0, "bursts that raise an alert each, spread over the run; not over http")
	if err := f.Parse(args); err != nil {
		return err
	}
	form, err := gen.ParseFormat(*format)
	if err != nil {
		return err
	}
	config, err := trust(*ca)
	if err != nil {
		return err
	}
	var book *gen.Ledger
	if *ledger != "" {
		if book, err = gen.CreateLedger(*ledger); err != nil {
			return err
		}
	}
	start := time.Now()
	errs := make([]error, *conns+1)
	sent := make([]int, *conns)
	var all sync.WaitGroup
	for i := range *conns {
		s := gen.Sender{
			Stream: gen.Stream{Run: *run, Source: i, Format: form}, Network: *network, Addr: *addr, TLS: config, Lines: *lines, Batch: *batch,
			From: *from, Total: (*total + i) / *conns, Rate: *rate / float64(*conns), Ledger: book, Retry: *retry,
		}
		all.Go(func() {
			next, err := s.Run(ctx)
			sent[i], errs[i] = next-s.From, err
		})
	}
	if *bursts > 0 {
		all.Go(func() {
			errs[*conns] = burst(ctx, *network, *addr, config, *run, form, *lines, *bursts, *total, *rate, book)
		})
	}
	all.Wait()
	took := time.Since(start).Seconds()
	n := 0
	for _, s := range sent {
		n += s
	}
	fmt.Printf("lines %d seconds %.3f per_second %.0f sender_cpu_seconds %.2f\n", n, took, float64(n)/took, cpu())
	return errors.Join(errors.Join(errs...), book.Close())
}

// burst sends bursts, evenly over the time that the run takes at its rate, else one each 100 ms.
func burst(ctx context.Context, network, addr string, config *tls.Config, run string, form gen.Format, lines bool, n, total int, rate float64, book *gen.Ledger) error {
	between := 100 * time.Millisecond
	if rate > 0 {
		between = time.Duration(float64(total) / rate / float64(n) * float64(time.Second))
	}
	tick := time.NewTicker(max(between, time.Millisecond))
	defer tick.Stop()
	conn, err := dial(network, addr, config)
	if err != nil {
		return err
	}
	defer conn.Close()
	for i := range n {
		if err := (gen.Decoys{Run: run, Format: form}).Burst(conn, i, lines, book); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func dial(network, addr string, config *tls.Config) (net.Conn, error) {
	if network == "tls" {
		return tls.Dial("tcp", addr, config)
	}
	return net.Dial(network, addr)
}

func trust(ca string) (*tls.Config, error) {
	if ca == "" {
		return &tls.Config{}, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{RootCAs: x509.NewCertPool()}
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", ca)
	}
	return c, nil
}

// cpu gives the seconds that this process has used, user and system.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// print writes lines to stdout, for a look at them or for `watchpost parse`.
func print(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("load print", flag.ContinueOnError)
	format := f.String("format", "rfc5424", "rfc5424, rfc3164 or json")
	total := f.Int("total", 20, "lines")
	run := f.String("run", "r1", "name of the run")
	if err := f.Parse(args); err != nil {
		return err
	}
	form, err := gen.ParseFormat(*format)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(os.Stdout)
	var line []byte
	for n := range *total {
		line = append(gen.Stream{Run: *run, Format: form}.Append(line[:0], n, time.Now()), '\n')
		if _, err := w.Write(line); err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
	return w.Flush()
}
