package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"watchpost/bench/gen"
)

// verify compares what is stored with a ledger; it fails where an acknowledged line is missing or any is wrong.
func verify(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("load verify", flag.ContinueOnError)
	ledger := f.String("ledger", "", "`file` of the sender")
	run := f.String("run", "r1", "name of the run")
	api := f.String("api", "", "read what is stored through the search API at this `URL`; else NDJSON with event.original from stdin")
	dropped := f.Int("dropped", 0, "records that the product counted as dropped or rejected")
	since := f.Duration("since", 24*time.Hour, "with -api: how far back to look")
	bursts := f.Bool("bursts", false, "with -api: compare the alerts with the ledger's bursts too")
	format := f.String("format", "rfc5424", "of the bursts")
	if err := f.Parse(args); err != nil {
		return err
	}
	form, err := gen.ParseFormat(*format)
	if err != nil {
		return err
	}
	book, err := os.Open(*ledger)
	if err != nil {
		return err
	}
	defer book.Close()
	account, err := gen.ReadLedger(book)
	if err != nil {
		return err
	}
	v := gen.Verifier{Run: *run}
	a := gen.API{URL: *api}
	if *api == "" {
		_, err = v.Rows(os.Stdin)
	} else {
		err = a.Stored(ctx, *run, time.Now().Add(-*since), &v)
	}
	if err != nil {
		return err
	}
	r := v.Result(account, *dropped)
	fmt.Println(r)
	if !r.Exact() || r.Unaccounted != 0 {
		err = errors.New("stored is not what was sent")
	}
	if *bursts {
		list, e := a.Alerts(ctx, time.Now().Add(-*since))
		if e != nil {
			return e
		}
		b := gen.CompareBursts(gen.Decoys{Run: *run, Format: form}, account.Decoys, list)
		fmt.Printf("bursts %d: without alert %d, with more than one %d, with another count %d; other alerts %d\n", len(account.Decoys), b.Missing, b.Repeated, b.Partial, b.Other)
		if b.Missing+b.Repeated+b.Partial > 0 {
			err = errors.Join(err, errors.New("alerts are not those of the bursts"))
		}
	}
	return err
}

// alerts sends bursts and polls until the alert of each is visible; it prints the times from the last line sent.
func alerts(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("load alerts", flag.ContinueOnError)
	network := f.String("network", "tcp", "udp, tcp or tls")
	addr := f.String("addr", "127.0.0.1:5514", "where to send")
	ca := f.String("ca", "", "tls: PEM file of the authority to trust")
	api := f.String("api", "http://127.0.0.1:8080", "the product's API")
	n := f.Int("bursts", 40, "bursts")
	every := f.Duration("every", 310*time.Millisecond, "between two bursts")
	late := f.Duration("late", 0, "the last line of a burst comes so much later, with the time of the others")
	within := f.Duration("within", time.Minute, "how long an alert may take")
	run := f.String("run", fmt.Sprint("a", time.Now().Unix()), "name of the run; the same name uses the same addresses")
	if err := f.Parse(args); err != nil {
		return err
	}
	config, err := trust(*ca)
	if err != nil {
		return err
	}
	conn, err := dial(*network, *addr, config)
	if err != nil {
		return err
	}
	defer conn.Close()
	d := gen.Decoys{Run: *run}
	begin := time.Now().Add(-time.Minute)
	sent := map[string]time.Time{} // by address, until its alert is seen
	var took []float64
	var open []time.Time // bursts whose last line is not sent yet, the last of them being number next-1
	poll, send := time.NewTicker(50*time.Millisecond), time.NewTicker(*every)
	defer poll.Stop()
	defer send.Stop()
	a := gen.API{URL: *api}
	for next, last := 0, time.Now(); next < *n || len(open)+len(sent) > 0; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-send.C:
			if next < *n {
				if err := d.Part(conn, next, 0, gen.BurstLines-1, time.Now(), *network == "udp"); err != nil {
					return err
				}
				open = append(open, time.Now())
				next++
			}
			for len(open) > 0 && time.Since(open[0]) >= *late {
				i := next - len(open)
				if err := d.Part(conn, i, gen.BurstLines-1, gen.BurstLines, open[0], *network == "udp"); err != nil {
					return err
				}
				last, open = time.Now(), open[1:]
				sent[d.Address(i)] = last
			}
		case <-poll.C:
			if len(sent) == 0 {
				continue
			}
			list, err := a.Alerts(ctx, begin)
			if err != nil {
				return err
			}
			for _, al := range list {
				if at, ok := sent[al.Source]; ok {
					took = append(took, time.Since(at).Seconds())
					delete(sent, al.Source)
				}
			}
			if time.Since(last) > *within {
				return fmt.Errorf("%d of %d alerts are not visible after %v", len(sent), *n, *within)
			}
		}
	}
	slices.Sort(took)
	at := func(q float64) float64 { return took[min(len(took)-1, int(q*float64(len(took))))] }
	fmt.Printf("alerts %d min %.3f p50 %.3f p99 %.3f max %.3f seconds\n", len(took), took[0], at(0.5), at(0.99), took[len(took)-1])
	return nil
}
