package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/store"
)

// cold is how many of a question's askings come after all caches were emptied.
const cold = 5

// cost is what askings took: of each its time, of all the engine's counters.
type cost struct {
	cold, warm []time.Duration
	cpu        time.Duration // of the engine's threads, mean of the warm ones
	rows       uint64        // read, mean
	bytes      uint64        // read, uncompressed, mean
}

// ask asks all questions of both tables, by turns.
func (b *bench) ask(ctx context.Context, r *report) error {
	for _, q := range questions {
		say("%s", q.name)
		var costs [2]cost
		ours := func(i int) (int, error) { return b.ours(ctx, q, i) }
		theirs := func(i int) (int, error) { return b.theirs(ctx, q, i) }
		for side, f := range []func(int) (int, error){ours, theirs} {
			if err := b.measure(ctx, q, &costs[side], f); err != nil {
				return fmt.Errorf("%s, table %d: %w", q.name, side, err)
			}
		}
		r.asked = append(r.asked, asked{q.name, costs})
	}
	return nil
}

func (b *bench) measure(ctx context.Context, q question, c *cost, f func(i int) (int, error)) error {
	once := func(i int) (time.Duration, error) {
		start := time.Now()
		n, err := f(i)
		took := time.Since(start)
		if err == nil && q.found != nil && n != q.found(b.corpus, i) {
			err = fmt.Errorf("%d events were found for number %d, want %d", n, i, q.found(b.corpus, i))
		}
		return took, err
	}
	for i := range q.cold() {
		if err := b.forget(ctx); err != nil {
			return err
		}
		took, err := once(i)
		if err != nil {
			return err
		}
		c.cold = append(c.cold, took)
	}
	first := len(c.cold)
	before, err := b.counters(ctx)
	if err != nil {
		return err
	}
	for i := first; i < q.times; i++ {
		took, err := once(i)
		if err != nil {
			return err
		}
		c.warm = append(c.warm, took)
	}
	after, err := b.counters(ctx)
	if err != nil {
		return err
	}
	n := uint64(len(c.warm))
	delta := func(name string) uint64 { return (after[name] - before[name]) / n }
	c.cpu = time.Duration(delta("UserTimeMicroseconds")+delta("SystemTimeMicroseconds")) * time.Microsecond
	c.rows, c.bytes = delta("SelectedRows"), delta("SelectedBytes")
	return nil
}

// ours asks as the page does.
func (b *bench) ours(ctx context.Context, q question, i int) (int, error) {
	s := hunt.Search{Query: q.query(i), From: b.corpus.first.Format(time.RFC3339), To: end.Add(time.Hour).Format(time.RFC3339), Fields: shown}
	if q.day {
		s.From, s.To = end.Add(-24*time.Hour).Format(time.RFC3339), end.Format(time.RFC3339)
	}
	query, err := s.Check([]string{"default"}, end)
	if err != nil {
		return 0, err
	}
	settings := store.Settings(hunt.DefaultBudget.Settings())
	n := 0
	if q.values == nil {
		st, err := query.Events()
		if err != nil {
			return 0, err
		}
		return n, b.store.Select(ctx, st.SQL, params(st), settings, func(b *event.Batch) error { n += b.Rows(); return nil })
	}
	all := make([]hunt.Statement, 0, len(q.values)+1)
	st, err := query.Histogram(60)
	if err != nil {
		return 0, err
	}
	all = append(all, st)
	for _, name := range q.values {
		f, _ := event.Lookup(name)
		if st, err = query.Values(f, 10); err != nil {
			return 0, err
		}
		all = append(all, st)
	}
	for _, st := range all {
		if err := b.store.Rows(ctx, st.SQL, params(st), settings, func(func(...any) error) error { n++; return nil }); err != nil {
			return n, err
		}
	}
	return n, nil
}

func params(st hunt.Statement) store.Params {
	out := store.Params{}
	for _, p := range st.Params {
		out[p.Name] = p.Value
	}
	return out
}

// theirs asks the same of otel_logs.
func (b *bench) theirs(ctx context.Context, q question, i int) (int, error) {
	where := q.where(i)
	if q.day {
		where = fmt.Sprintf("Timestamp >= toDateTime64('%s', 9, 'UTC') AND Timestamp < toDateTime64('%s', 9, 'UTC') AND ", end.Add(-24*time.Hour).Format(time.DateTime), end.Format(time.DateTime)) + where
	}
	statements := []string{"SELECT " + shownBaseline + " FROM otel_logs WHERE " + where + " ORDER BY Timestamp DESC LIMIT 100"}
	if q.values != nil {
		statements = []string{"SELECT toStartOfInterval(Timestamp, INTERVAL 30 MINUTE) AS t, count() FROM otel_logs WHERE " + where + " GROUP BY t ORDER BY t"}
		for _, name := range q.values {
			value := "LogAttributes['" + name + "']"
			if name == "host.name" {
				value = "ResourceAttributes['host.name']"
			}
			statements = append(statements, "SELECT "+value+" AS v, count() AS n FROM otel_logs WHERE "+where+" AND v != '' GROUP BY v ORDER BY n DESC LIMIT 10")
		}
	}
	n := 0
	for _, sql := range statements {
		if err := b.store.Rows(ctx, sql, nil, store.Settings(hunt.DefaultBudget.Settings()), func(func(...any) error) error { n++; return nil }); err != nil {
			return n, err
		}
	}
	return n, nil
}

// counters gives the engine's own.
func (b *bench) counters(ctx context.Context) (map[string]uint64, error) {
	rows, err := b.sql.Query(ctx, "SELECT event, value FROM system.events")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]uint64{}
	for rows.Next() {
		var name string
		var v uint64
		if err := rows.Scan(&name, &v); err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, rows.Err()
}

// forget empties the engine's caches, and takes its files out of the system's as far as it may.
func (b *bench) forget(ctx context.Context) error {
	for _, cache := range []string{"MARK CACHE", "INDEX MARK CACHE", "UNCOMPRESSED CACHE", "INDEX UNCOMPRESSED CACHE", "PRIMARY INDEX CACHE", "QUERY CONDITION CACHE", "TEXT INDEX CACHES"} {
		if err := b.sql.Exec(ctx, "SYSTEM DROP "+cache); err != nil {
			return fmt.Errorf("SYSTEM DROP %s: %w", cache, err)
		}
	}
	unix.Sync()
	return filepath.WalkDir(filepath.Join(b.dir, "engine"), func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint: the engine removes files at any time
		}
		f, err := os.Open(path)
		if err != nil {
			return nil
		}
		defer f.Close()
		return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	})
}

// cpu is the CPU time of a process so far, in seconds.
func cpu(pid int) (float64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return (user + system) / 100, nil // clock ticks: 100 a second on Linux
}

// cpu is that of the engine.
func (b *bench) cpu() float64 {
	v, _ := cpu(b.engine.Pid()) // 0 of an engine that ended, which the next statement says
	return v
}

// at gives a quantile.
func at(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(d))
	return s[min(int(q*float64(len(s))), len(s)-1)]
}
