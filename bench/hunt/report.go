package main

import (
	"fmt"
	"strings"
	"time"
)

type (
	// report is what was measured.
	report struct {
		loadCPU, baselineCPU float64 // engine's CPU seconds per million events, merges included
		disk                 [2]size
		asked                []asked
		grepped              []grepped
		noRipgrep            string
		rivals               []rival
		noRival              string
	}
	size  struct{ bytes, indexes, record, parts uint64 }
	asked struct {
		name  string
		costs [2]cost
	}
	grepped struct {
		name  string
		bytes int64
		times []time.Duration
		cpu   time.Duration
	}
)

func ms(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.0f", d.Seconds()*1000)
}

func (r *report) markdown(b *bench) string {
	var w strings.Builder
	fmt.Fprintf(&w, "%d events over %d days, parsed and loaded as the product does; otel_logs copied from them. Each of `events` : `otel_logs`, and what the former is of the latter. "+
		"Times in ms, as the client sees them; cold: all caches of the engine and the system's for its files emptied before each asking, the slowest of %d; warm: p50 and p95 of further askings, each about another value. "+
		"CPU of the engine's threads, rows and MB (uncompressed) read: means of the warm ones, by the engine's own counters.\n\n", b.events, b.days, cold)
	w.WriteString("| question | cold | p50 | p95 | p95, share | CPU ms | CPU, share | rows read | MB read |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, a := range r.asked {
		o, t := a.costs[0], a.costs[1]
		share := func(x, y time.Duration) string { return fmt.Sprintf("%.2f", x.Seconds()/max(y.Seconds(), 1e-6)) }
		pair := func(f func(c cost) string) string { return f(o) + " : " + f(t) }
		fmt.Fprintf(&w, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", strings.ReplaceAll(a.name, "|", `\|`),
			pair(func(c cost) string { return ms(at(c.cold, 1)) }), pair(func(c cost) string { return ms(at(c.warm, 0.5)) }), pair(func(c cost) string { return ms(at(c.warm, 0.95)) }),
			share(at(o.warm, 0.95), at(t.warm, 0.95)), pair(func(c cost) string { return ms(c.cpu) }), share(o.cpu, t.cpu),
			pair(func(c cost) string { return fmt.Sprint(c.rows) }), pair(func(c cost) string { return fmt.Sprintf("%.1f", float64(c.bytes)/1e6) }))
	}
	n := float64(b.events)
	w.WriteString("\n| | bytes an event on disk | of these the record | indexes | parts | engine's CPU s per million, merges included |\n|---|---|---|---|---|---|\n")
	for i, name := range []string{"`events`", "`otel_logs`"} {
		d, cpu := r.disk[i], [2]float64{r.loadCPU, r.baselineCPU}[i]
		spent := fmt.Sprintf("%.1f", cpu)
		if cpu == 0 {
			spent = "not measured"
		}
		fmt.Fprintf(&w, "| %s | %.1f | %.1f | %.1f | %d | %s |\n", name, float64(d.bytes)/n, float64(d.record)/n, float64(d.indexes)/n, d.parts, spent)
	}
	fmt.Fprintf(&w, "| share | %.2f | | | | |\n", float64(r.disk[0].bytes)/float64(r.disk[1].bytes))
	if len(r.grepped) > 0 {
		w.WriteString("\n| ripgrep, an address or a word: `rg -F -w -i -c` | bytes a line | p50 ms | slowest | CPU ms |\n|---|---|---|---|---|\n")
		for _, g := range r.grepped {
			fmt.Fprintf(&w, "| %s | %.1f | %s | %s | %s |\n", g.name, float64(g.bytes)/n, ms(at(g.times, 0.5)), ms(at(g.times, 1)), ms(g.cpu))
		}
	}
	if r.noRipgrep != "" {
		w.WriteString("\n" + r.noRipgrep + "\n")
	}
	r.besideRival(&w, n)
	return w.String()
}

// besideRival puts each question to VictoriaLogs beside ours.
func (r *report) besideRival(w *strings.Builder, events float64) {
	if r.noRival != "" {
		fmt.Fprintf(w, "\n%s\n", r.noRival)
		return
	}
	w.WriteString("\nVictoriaLogs: the same lines by syslog over TCP, merged, nothing else running; asked over HTTP. It keeps the header's fields and the message, so what we find in a field it looks for as text, and its top values are those of " +
		strings.Join(rivalFields, ", ") + ". Warm: p50, p95; and what our p95 is of its.\n\n| asked of VictoriaLogs | ours, p50 | p95 | CPU ms |")
	for _, x := range rivals {
		fmt.Fprintf(w, " %s: p50 | p95 | CPU ms | our share |", x.name)
	}
	w.WriteString("\n|" + strings.Repeat("---|", 4+4*len(rivals)) + "\n")
	for i, q := range questions {
		o := r.asked[i].costs[0]
		fmt.Fprintf(w, "| `%s` | %s | %s | %s |", q.logsql(0), ms(at(o.warm, 0.5)), ms(at(o.warm, 0.95)), ms(o.cpu))
		for _, x := range r.rivals {
			c := x.costs[i]
			fmt.Fprintf(w, " %s | %s | %s | %.2f |", ms(at(c.warm, 0.5)), ms(at(c.warm, 0.95)), ms(c.cpu), at(o.warm, 0.95).Seconds()/max(at(c.warm, 0.95).Seconds(), 1e-6))
		}
		w.WriteString("\n")
	}
	w.WriteString("\n| VictoriaLogs | bytes an event on disk | CPU s per million to receive, store and merge |\n|---|---|---|\n")
	for i, x := range r.rivals {
		fmt.Fprintf(w, "| %s | %.1f | %.1f |\n", rivals[i].name, float64(x.bytes)/events, x.cpu)
	}
}
