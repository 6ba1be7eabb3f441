package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"watchpost/internal/embedded/engine"
)

// database looks into the product's tables past the product, through the engine's socket.
type database struct {
	t    testing.TB
	conn driver.Conn
}

func openDatabase(t testing.TB, socket string) *database {
	t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{
		Addr: []string{socket}, DialTimeout: 5 * time.Second, ReadTimeout: time.Minute,
		DialContext: func(ctx context.Context, _ string) (net.Conn, error) { return engine.DialSocket(ctx, socket) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &database{t, conn}
}

// rows runs a query and gives each row to scan.
func (d *database) rows(query string, each func(scan func(...any) error) error, args ...any) error {
	rows, err := d.conn.Query(within(d.t, time.Minute), query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (d *database) count(query string, args ...any) (n uint64, err error) {
	err = d.conn.QueryRow(within(d.t, time.Minute), query, args...).Scan(&n)
	return n, err
}

// account is one source's sums; rows is what table events really holds.
type account struct{ received, stored, quarantined, rejected, dropped, rows uint64 }

func (a account) balanced() bool {
	return a.received == a.rows+a.quarantined+a.rejected+a.dropped && a.stored == a.rows
}

// accounts gives the loss account of every tenant, listener and source beside the rows that table events really holds.
func (d *database) accounts() (map[[3]string]account, error) {
	out := map[[3]string]account{}
	err := d.rows("SELECT tenant, listener, source, reason, records FROM source_account", func(scan func(...any) error) error {
		var k [3]string
		var reason string
		var n uint64
		if err := scan(&k[0], &k[1], &k[2], &reason, &n); err != nil {
			return err
		}
		a := out[k]
		switch {
		case reason == "received":
			a.received += n
		case reason == "stored":
			a.stored += n
		case reason == "quarantined":
			a.quarantined += n
		case strings.HasPrefix(reason, "rejected:"):
			a.rejected += n
		case strings.HasPrefix(reason, "dropped:"):
			a.dropped += n
		default:
			return fmt.Errorf("reason %q is not known", reason)
		}
		out[k] = a
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = d.rows("SELECT tenant, `log.listener`, `log.source.address`, count() FROM events GROUP BY 1, 2, 3", func(scan func(...any) error) error {
		var k [3]string
		var n uint64
		if err := scan(&k[0], &k[1], &k[2], &n); err != nil {
			return err
		}
		a := out[k]
		a.rows = n
		out[k] = a
		return nil
	})
	return out, err
}

// balanced checks received = stored + rejected + dropped for each source; nothing may be in flight.
func (d *database) balanced() map[[3]string]account {
	d.t.Helper()
	all, err := d.accounts()
	if err != nil {
		d.t.Fatal(err)
	}
	for k, a := range all {
		if !a.balanced() {
			d.t.Errorf("account of %q: %+v does not balance", k, a)
		}
	}
	if n, err := d.count("SELECT count() FROM quarantine"); err != nil || n > 0 {
		d.t.Errorf("%d rows in quarantine, %v", n, err)
	}
	return all
}

// alert is what tests compare.
type alert struct {
	ID       string    `json:"alert.id"`
	Rule     string    `json:"rule.id"`
	Source   string    `json:"source.ip"`
	Time     time.Time `json:"@timestamp"`
	Start    time.Time `json:"event.start"`
	End      time.Time `json:"event.end"`
	Count    int       `json:"count"`
	Events   []string  `json:"event.ids"`
	Revision int       `json:"revision"`
}

// alerts gives the newest revision of each alert, by the API.
func (p *product) alerts(filter string) ([]alert, error) {
	text, err := p.get("/api/v1/alerts?limit=10000" + filter)
	if err != nil {
		return nil, err
	}
	var out struct {
		Alerts []alert `json:"alerts"`
	}
	return out.Alerts, json.Unmarshal(text, &out)
}

// difference lists what only want has and what only got has, sorted, shortened.
func difference(want, got []string) string {
	var out []string
	only := func(mark string, a, b []string) {
		have := map[string]int{}
		for _, s := range b {
			have[s]++
		}
		for _, s := range a {
			if have[s]--; have[s] < 0 {
				out = append(out, mark+s)
			}
		}
	}
	only("- ", want, got)
	only("+ ", got, want)
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	if len(out) > 20 {
		out = append(out[:20], fmt.Sprintf("… %d in all", len(out)))
	}
	return strings.Join(out, "\n")
}
