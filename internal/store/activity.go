package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ActivityRow is what somebody did with an alert. Times are Unix nanoseconds.
type ActivityRow struct {
	Tenant       string
	Of           string // the alert that it was done with: the one asked for, or one that it supersedes
	Version      uint32 // 1 and up, by Of
	ID           string
	Time         int64
	User, Action string
	Owner        string
	Comment      string
	Class        string
}

// AlertState is what the activity of an alert comes to, as view alert_state says it.
type AlertState struct {
	Status     string // new, acknowledged or closed
	Owner      string
	Class      string
	Comments   uint64
	Activities uint64
	Changed    time.Time // zero: nobody did anything yet
	ChangedBy  string
}

func (a *AlertState) scan() []any {
	return []any{&a.Status, &a.Owner, &a.Class, &a.Comments, &a.Activities, &a.Changed, &a.ChangedBy}
}

// stateColumns are those of AlertState, where alerts are joined with alert_state.
const (
	status       = "if(s.`status` = '', 'new', s.`status`)"
	stateColumns = ", " + status + " AS `status`, s.`owner`, s.`class`, s.`comments`, s.`activities`, s.`changed`, s.`changed_by`"
)

// stateWhere gives conditions on the state.
func (f AlertFilter) stateWhere(params Params) (out []string) {
	switch f.Status {
	case "":
	case "open":
		out = append(out, status+" != 'closed'")
	default:
		params["status"] = f.Status
		out = append(out, status+" = {status:String}")
	}
	switch f.Owner {
	case "":
	case "none":
		out = append(out, "s.`owner` = ''")
	default:
		params["owner"] = f.Owner
		out = append(out, "s.`owner` = {owner:String}")
	}
	return out
}

// entityNames gives how column entities may name value, which may state a kind.
func entityNames(value string) []string {
	for _, kind := range []string{"user:", "host:", "ip:"} {
		if strings.HasPrefix(value, kind) {
			return []string{value}
		}
	}
	return []string{"user:" + value, "host:" + value, "ip:" + value}
}

// AlertCount counts alerts of a status and a level.
type AlertCount struct {
	Status, Level string
	Count         uint64
}

// CountAlerts counts the alerts that f asks for, whatever their status is and however many, by status and level.
func (s *Store) CountAlerts(ctx context.Context, f AlertFilter) ([]AlertCount, error) {
	f.Status, f.State = "", true
	where, newest, params, _ := f.conditions()
	sql := "SELECT " + status + " AS `status`, `rule.level`, count() FROM " + f.found(where, true) + " WHERE " + strings.Join(newest, " AND ") + " GROUP BY ALL ORDER BY ALL"
	var out []AlertCount
	err := s.Rows(ctx, sql, params, nil, func(scan func(...any) error) error {
		var c AlertCount
		err := scan(&c.Status, &c.Level, &c.Count)
		out = append(out, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count alerts: %w", err)
	}
	return out, nil
}

// Activity gives what was done with an alert and with those that it supersedes, in order.
func (s *Store) Activity(ctx context.Context, tenant, id string) ([]ActivityRow, error) {
	const sql = "SELECT `of`, `version`, `id`, `time`, `user`, `action`, `owner`, `comment`, `class` FROM alert_activity_all" +
		" WHERE `tenant` = {tenant:String} AND `alert.id` = {id:String} ORDER BY `time`, `version`"
	var out []ActivityRow
	err := s.Rows(ctx, sql, Params{"tenant": tenant, "id": id}, nil, func(scan func(...any) error) error {
		a := ActivityRow{Tenant: tenant}
		var at time.Time
		if err := scan(&a.Of, &a.Version, &a.ID, &at, &a.User, &a.Action, &a.Owner, &a.Comment, &a.Class); err != nil {
			return err
		}
		a.Time = at.UnixNano()
		out = append(out, a)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("activity of alert %s: %w", id, err)
	}
	return out, nil
}

// AddActivity stores a as version a.Version of alert a.Of, and gives its new ID. It reports false if another one has that version.
func (s *Store) AddActivity(ctx context.Context, a ActivityRow) (id string, won bool, err error) {
	id = rand.Text()
	won, err = s.claim(ctx, claim{
		table:   "alert_activity",
		columns: []string{"tenant", "alert.id", "version", "id", "time", "user", "action", "owner", "comment", "class"},
		values:  []any{a.Tenant, a.Of, a.Version, id, nano(a.Time), a.User, a.Action, a.Owner, a.Comment, a.Class},
		key:     3,
		writer:  3,
	})
	return id, won, err
}

// claim is a row of which the first columns are a key that only one row may have.
type claim struct {
	table   string
	columns []string
	values  []any
	key     int // so many columns, of types that Params takes, or uint32
	writer  int // index of the column that tells writers apart
}

// claim inserts a row if no other has its key, and reports whether it did. The engine decides, by a deduplication token made of the key: so it
// holds over processes and servers too, while two try at the same time. One that comes later must have seen the key's row.
func (s *Store) claim(ctx context.Context, c claim) (bool, error) {
	token := c.table
	where, params := make([]string, c.key), Params{}
	for i, v := range c.values[:c.key] {
		token += ":" + hex.EncodeToString(fmt.Append(nil, v))
		name, typ := fmt.Sprintf("k%d", i), "String"
		if n, ok := v.(uint32); ok {
			typ, v = "UInt32", uint64(n)
		}
		where[i], params[name] = "`"+c.columns[i]+"` = {"+name+":"+typ+"}", v
	}
	err := s.insert(ctx, token, "INSERT INTO "+c.table+" (`"+strings.Join(c.columns, "`, `")+"`)", func(b driver.Batch) error { return b.Append(c.values...) })
	if err != nil {
		return false, fmt.Errorf("insert into %s: %w", c.table, err)
	}
	writer := ""
	sql := "SELECT `" + c.columns[c.writer] + "` FROM " + c.table + " WHERE " + strings.Join(where, " AND ") + " LIMIT 1"
	for wait := time.Millisecond; ; wait *= 2 { // another server's row may be on its way to this one
		err := s.Rows(ctx, sql, params, nil, func(scan func(...any) error) error { return scan(&writer) })
		if err != nil || writer != "" {
			return writer == c.values[c.writer], err
		}
		if wait > 4*time.Second {
			return false, errors.New(c.table + ": a row was accepted, and does not show")
		}
		if err := pause(ctx, wait); err != nil {
			return false, err
		}
	}
}
