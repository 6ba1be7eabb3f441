package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const pageAddr = "127.0.0.1:45080"

// watchpost starts all roles in one process on empty folders, with the embedded ClickHouse and, where no broker is named, Kafka.
func (s *suite) watchpost(brokers ...string) (*process, error) {
	dir, err := s.scratch("watchpost-data")
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf(`data: %s
log: {level: warn}
listen:
  udp: []
  tcp: [{name: bench, addr: "%s"}]
  agents: []
query: {addr: "%s"}
`, dir, takeAddr, pageAddr)
	if len(brokers) > 0 {
		config += fmt.Sprintf("kafka: {brokers: [%q]}\n", brokers[0])
	} else {
		config += "embedded: {kafka: \"127.0.0.1:45092\"}\n"
	}
	file := filepath.Join(s.out, "watchpost.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	p, err := s.start(s.tool("watchpost"), "run", "-config", file)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		res, err := http.Get("http://" + pageAddr + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return p, nil
			}
		}
	}
	p.stop()
	return nil, errors.New("watchpost is not ready within a minute; see watchpost.log")
}

// metrics gives the sum of each metric's samples.
func metrics() (map[string]float64, error) {
	res, err := http.Get("http://" + pageAddr + "/metrics")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	all := map[string]float64{}
	for in := bufio.NewScanner(res.Body); in.Scan(); {
		line := in.Text()
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		name, _, _ := strings.Cut(line[:at], "{")
		v, _ := strconv.ParseFloat(line[at+1:], 64)
		all[name] += v
	}
	return all, nil
}

// endToEnd measures from lines sent to events stored and matched, all roles and engines together.
func (s *suite) endToEnd() (string, error) {
	p, err := s.watchpost()
	if err != nil {
		return "", err
	}
	defer p.stop()
	if err := s.send("-addr", takeAddr, "-total", "50000", "-run", "warm"); err != nil {
		return "", err
	}
	if _, err := loaded(50000); err != nil {
		return "", err
	}
	var rate, product, engine, quiet, perInsert []float64
	rows := 50000
	for round := range s.rounds {
		before, err := metrics()
		if err != nil {
			return "", err
		}
		cpus, begin := p.shares(), time.Now()
		if err := s.send("-addr", takeAddr, "-total", fmt.Sprint(s.events), "-run", fmt.Sprint("e", round)); err != nil {
			return "", err
		}
		rows += s.events
		at, err := loaded(rows)
		if err != nil {
			return "", err
		}
		rate = append(rate, float64(s.events)/at.Sub(begin).Seconds())
		if err := idle(); err != nil {
			return "", err
		}
		quiet = append(quiet, time.Since(begin).Seconds())
		time.Sleep(3 * time.Second) // merges that the inserts left are part of the cost
		after, err := metrics()
		if err != nil {
			return "", err
		}
		perInsert = append(perInsert, float64(s.events)/(after["watchpost_load_inserts_total"]-before["watchpost_load_inserts_total"]))
		now, million := p.shares(), float64(s.events)/1e6
		product = append(product, (now[0]-cpus[0])/million)
		engine = append(engine, (now[1]-cpus[1])/million)
		fmt.Fprintf(os.Stderr, "   %.0f/s, product %.1f, engine %.1f CPU-s/M\n", rate[round], product[round], engine[round])
	}
	var both []float64
	for i := range product {
		both = append(both, product[i]+engine[i])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "TCP → parse → embedded Kafka → ClickHouse, and every rule that comes with the product; %d events a round as fast as TCP takes them, medians of %d rounds on one growing table; CPU includes three seconds of merges afterwards, not the sender.\n\n", s.events, s.rounds)
	b.WriteString("| | median | rounds |\n|---|---|---|\n")
	row := func(name, format string, v []float64) {
		var all []string
		for _, x := range v {
			all = append(all, fmt.Sprintf(format, x))
		}
		fmt.Fprintf(&b, "| %s | "+format+" | %s |\n", name, median(v), strings.Join(all, ", "))
	}
	row("events/s, first sent to last stored", "%.0f", rate)
	row("CPU-s per million, all roles and engines", "%.1f", both)
	row("… of these the product and its broker", "%.1f", product)
	row("… of these the engine child", "%.1f", engine)
	row("events an insert", "%.0f", perInsert)
	row("seconds until loader and detector had done all", "%.1f", quiet)
	return b.String(), nil
}

// shares gives the CPU seconds of the first process and of the others.
func (p *process) shares() [2]float64 {
	all, own := p.cpu(), 0.0
	if f := stat(p.cmd.Process.Pid); f != nil {
		u, _ := strconv.ParseFloat(f[11], 64)
		v, _ := strconv.ParseFloat(f[12], 64)
		own = (u + v) / 100
	}
	return [2]float64{own, all - own}
}

// loaded waits until that many rows are stored and tells when they were.
func loaded(rows int) (time.Time, error) {
	var m map[string]float64
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var err error
		if m, err = metrics(); err != nil {
			return time.Time{}, err
		}
		if m["watchpost_load_rows_total"] >= float64(rows) {
			return time.Now(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.0f rows of %d are stored after three minutes", m["watchpost_load_rows_total"], rows)
}

// idle waits until no group is behind by more than the heartbeats that never end.
func idle() error {
	var m map[string]float64
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		var err error
		if m, err = metrics(); err != nil {
			return err
		}
		if m["watchpost_consumer_lag_records"] < 100 {
			return nil
		}
	}
	return fmt.Errorf("groups are %.0f records behind after two minutes", m["watchpost_consumer_lag_records"])
}

// memory measures what is resident at rest and under steady loads.
func (s *suite) memory() (string, error) {
	p, err := s.watchpost()
	if err != nil {
		return "", err
	}
	defer p.stop()
	const seconds = 30
	var b strings.Builder
	fmt.Fprintf(&b, "All roles on embedded engines, one process for the product and one for ClickHouse; most of the samples taken each 500 ms over %d s at each rate, in this order, without a restart. CPU is that of both.\n\n", seconds)
	b.WriteString("| events/s | product, MB | engine, MB | together, MB | CPU, % of one core |\n|---|---|---|---|---|\n")
	for _, rate := range []int{0, 1000, 10000, 20000} {
		done := make(chan error, 1)
		if rate > 0 {
			go func() {
				done <- s.send("-addr", takeAddr, "-total", fmt.Sprint(rate*seconds), "-rate", fmt.Sprint(rate), "-run", fmt.Sprint("m", rate))
			}()
		}
		var most [3]float64
		cpu, begin := p.cpu(), time.Now()
		for time.Since(begin) < seconds*time.Second {
			time.Sleep(500 * time.Millisecond)
			m := p.memory()
			if len(m) == 0 {
				return "", errors.New("watchpost ended; see watchpost.log")
			}
			most = [3]float64{max(most[0], m[0]), max(most[1], sum(m[1:])), max(most[2], sum(m))}
		}
		share := 100 * (p.cpu() - cpu) / time.Since(begin).Seconds()
		if rate > 0 {
			if err := <-done; err != nil {
				return "", err
			}
		}
		fmt.Fprintf(&b, "| %d | %.0f | %.0f | %.0f | %.0f |\n", rate, most[0], most[1], most[2], share)
	}
	return b.String(), nil
}

// latency measures from the line that completes a burst to its alert, on the embedded Kafka and on a real one.
func (s *suite) latency() (string, error) {
	var b strings.Builder
	b.WriteString("From the fifth failed log-in sent to its alert in `GET /api/v1/alerts`, polled each 50 ms. The rule waits for late events, `lateness: 5s`, which is part of these seconds. " +
		"A late one has the time of the four before it and comes 15 s after them, when its window is long closed: it waits for the store instead.\n\n")
	b.WriteString("| Kafka | beside | the fifth log-in | alerts | min | p50 | p99 | max |\n|---|---|---|---|---|---|---|---|\n")
	if err := s.latencies(&b, "embedded"); err != nil {
		return "", err
	}
	broker, err := s.realKafka()
	if err != nil {
		return "", err
	}
	defer broker.stop()
	if err := s.latencies(&b, "real", brokerAddr); err != nil {
		return "", err
	}
	return b.String(), nil
}

func (s *suite) latencies(b *strings.Builder, name string, brokers ...string) error {
	p, err := s.watchpost(brokers...)
	if err != nil {
		return err
	}
	defer p.stop()
	for i, rate := range []int{0, 2000, 2000, 10000} {
		late := time.Duration(0)
		when := "in time"
		if i == 2 {
			late, when = 15*time.Second, "late"
		}
		done := make(chan error, 1)
		if rate > 0 {
			seconds := 35 + int(late/time.Second)
			go func() {
				done <- s.send("-addr", takeAddr, "-total", fmt.Sprint(rate*seconds), "-rate", fmt.Sprint(rate), "-run", fmt.Sprint("l", i))
			}()
			time.Sleep(3 * time.Second)
		}
		out, err := exec.Command(s.tool("load"), "alerts", "-addr", takeAddr, "-api", "http://"+pageAddr, "-bursts", "100", "-every", "250ms", "-late", late.String(), "-run", fmt.Sprint("lat", name, i)).CombinedOutput()
		if err != nil {
			return fmt.Errorf("load alerts: %w: %s", err, out)
		}
		fmt.Fprintf(os.Stderr, "   %s", out)
		f := strings.Fields(string(out))
		fmt.Fprintf(b, "| %s | %d events/s | %s | %s | %s s | %s s | %s s | %s s |\n", name, rate, when, f[1], f[3], f[5], f[7], f[9])
		if rate > 0 {
			if err := <-done; err != nil {
				return err
			}
		}
	}
	return nil
}
