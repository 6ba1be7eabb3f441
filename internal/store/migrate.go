package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"watchpost/internal/event"
	"watchpost/schema"
)

// ttl gives when rows of table events end: by their class, from their receipt.
func (r Retention) ttl() string {
	days := fmt.Sprint(r.Days)
	if len(r.Classes) > 0 {
		var names, spans []string
		for _, c := range slices.Sorted(maps.Keys(r.Classes)) {
			names = append(names, "'"+c+"'")
			spans = append(spans, fmt.Sprint(r.Classes[c]))
		}
		days = fmt.Sprintf("transform(`retention`, [%s], [%s], %d)", strings.Join(names, ", "), strings.Join(spans, ", "), r.Days)
	}
	return "toDateTime(`event.ingested`) + toIntervalDay(" + days + ")"
}

// ttlRecord is the entry of table migrations that says which TTL table events has.
const ttlRecord = "ttl:events"

// Migrate brings the database to the schema of this build: the steps of schema/migrations that it lacks, then the
// fields that table events lacks, then retention. It can be repeated, interrupted anywhere, and done by several processes at once. It refuses
// a database whose steps are unknown here, or differ: another build made it.
func (s *Store) Migrate(ctx context.Context) error {
	for try := 1; ; try++ {
		err := s.migrate(ctx)
		if code, _ := exception(err); code == 0 || try == 4 {
			return err
		}
		// The engine refuses to do what another process has just done: then there is less to do now.
		if e := pause(ctx, backoff(4*try)); e != nil {
			return err
		}
	}
}

func (s *Store) migrate(ctx context.Context) error {
	if err := s.createDatabase(ctx); err != nil {
		return fmt.Errorf("database %s: %w", s.o.Database, err)
	}
	if err := s.exec(ctx, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s.migrations %s (`name` String, `sum` String, `applied` DateTime64(3, 'UTC') DEFAULT now64(3)) ENGINE = %s ORDER BY (`name`, `applied`)",
		s.target.DB(), s.target.OnCluster(), s.target.Everywhere("MergeTree", "migrations"))); err != nil {
		return fmt.Errorf("table migrations: %w", err)
	}
	if err := s.profile(ctx); err != nil {
		return err
	}
	applied, err := s.applied(ctx)
	if err != nil {
		return fmt.Errorf("table migrations: %w", err)
	}
	steps, err := schema.Migrations()
	if err != nil {
		return err
	}
	if err := s.applySteps(ctx, steps, applied); err != nil {
		return err
	}
	if err := s.moveColumns(ctx); err != nil {
		return fmt.Errorf("table %s: columns that are now aliases: %w", s.target.Events(), err)
	}
	if err := s.addFields(ctx); err != nil {
		return fmt.Errorf("table %s: %w", s.target.Events(), err)
	}
	if err := s.setRetention(ctx, applied[ttlRecord]); err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	return nil
}

// profile refuses a user for whom inserts that are repeated are stored twice. insert_deduplicate each statement sets for itself; deduplicate_insert, which overrules it, only newer servers know.
func (s *Store) profile(ctx context.Context) error {
	var off []string
	err := s.Rows(ctx, "SELECT `name`, `value` FROM system.settings WHERE `name` = 'deduplicate_insert' AND `value` = 'disable' OR `name` = 'insert_deduplicate' AND `value` IN ('0', 'false')", nil, nil, func(scan func(...any) error) error {
		var name, value string
		err := scan(&name, &value)
		off = append(off, name+" is "+value)
		return err
	})
	switch {
	case err != nil:
		s.log.Warn("clickhouse: whether inserts that are repeated are recognised cannot be read", "error", err)
	case len(off) > 0:
		return unfit{fmt.Errorf("%s for user %q: events would be stored twice; take it out of the user's settings profile", strings.Join(off, ", "), s.o.User)}
	}
	return nil
}

func (s *Store) createDatabase(ctx context.Context) error {
	if s.o.Database == "default" {
		return nil
	}
	c, err := s.pool("default") // a server refuses a session in a database that does not exist
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := bounded(ctx)
	defer cancel()
	return c.Exec(ctx, fmt.Sprintf("CREATE DATABASE IF NOT EXISTS %s %s", s.target.DB(), s.target.OnCluster()))
}

func (s *Store) applied(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	err := s.Rows(ctx, "SELECT `name`, argMax(`sum`, `applied`) FROM migrations GROUP BY `name`", nil, nil, func(scan func(...any) error) error {
		var name, sum string
		if err := scan(&name, &sum); err != nil {
			return err
		}
		out[name] = sum
		return nil
	})
	return out, err
}

func (s *Store) applySteps(ctx context.Context, steps []schema.Migration, applied map[string]string) error {
	known := map[string]bool{ttlRecord: true}
	for _, m := range steps {
		known[m.Name] = true
		if sum, ok := applied[m.Name]; ok && sum != m.Sum {
			return unfit{fmt.Errorf("schema/migrations/%s changed after it was applied to database %s: it was %s, is %s", m.Name, s.o.Database, sum, m.Sum)}
		}
	}
	if unknown := slices.DeleteFunc(slices.Sorted(maps.Keys(applied)), func(name string) bool { return known[name] }); len(unknown) > 0 {
		return unfit{fmt.Errorf("database %s was made by a newer build, whose migrations this one does not know: %s; start that build or a later one", s.o.Database, strings.Join(unknown, ", "))}
	}
	for _, m := range steps {
		if _, ok := applied[m.Name]; ok {
			continue
		}
		stmts, err := m.Statements(s.target)
		if err != nil {
			return err
		}
		for _, q := range stmts {
			if err := s.exec(ctx, q); err != nil {
				return fmt.Errorf("schema/migrations/%s: %w", m.Name, err)
			}
		}
		if err := s.record(ctx, m.Name, m.Sum); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) record(ctx context.Context, name, sum string) error {
	err := s.insert(ctx, "", "INSERT INTO migrations (`name`, `sum`)", func(b driver.Batch) error { return b.Append(name, sum) })
	if err != nil {
		return fmt.Errorf("table migrations: %w", err)
	}
	return nil
}

// moveColumns gives the columns of fields that a table of an older build stores, and this one only where they are their own (event.Same), the names
// that they have now, and puts aliases in their places. Parts are read right at once; the engine writes them anew when it comes to it.
func (s *Store) moveColumns(ctx context.Context) error {
	for _, table := range s.target.EventTables() {
		var moves []string
		err := s.Rows(ctx, "SELECT `name` FROM system.columns WHERE `database` = {db:String} AND `table` = {table:String} AND `default_kind` = ''",
			Params{"db": s.o.Database, "table": table}, nil, func(scan func(...any) error) error {
				var name string
				if err := scan(&name); err != nil {
					return err
				}
				f, _ := event.Lookup(name)
				if same := f.Same(); same != nil && same.Own != name {
					alias, err := s.target.Column(name)
					moves = append(moves, fmt.Sprintf("RENAME COLUMN `%s` TO `%s`", name, same.Own), "ADD COLUMN "+alias)
					return err
				}
				return nil
			})
		if err != nil {
			return err
		}
		if len(moves) == 0 {
			continue
		}
		s.log.Info("store: columns of table events become aliases", "table", table, "columns", len(moves)/2)
		if err := s.exec(ctx, fmt.Sprintf("ALTER TABLE %s.%s %s %s SETTINGS alter_sync = 0", s.target.DB(), table, s.target.OnCluster(), strings.Join(moves, ", "))); err != nil {
			return err
		}
	}
	return nil
}

// addFields adds the columns and indexes that the dictionary gained after the table was made.
func (s *Store) addFields(ctx context.Context) error {
	types, err := s.eventColumns(ctx)
	if err != nil {
		return err
	}
	indexes := map[string]bool{}
	err = s.Rows(ctx, "SELECT `name` FROM system.data_skipping_indices WHERE `database` = {db:String} AND `table` = {table:String}",
		Params{"db": s.o.Database, "table": s.target.Events()}, nil, func(scan func(...any) error) error {
			var name string
			if err := scan(&name); err != nil {
				return err
			}
			indexes[name] = true
			return nil
		})
	if err != nil {
		return err
	}
	var add, addAll []string
	for _, d := range schema.EventColumns() {
		name := schema.DefinedName(d)
		have, ok := types[name]
		if !ok {
			add = append(add, "ADD COLUMN IF NOT EXISTS "+d)
			addAll = append(addAll, "ADD COLUMN IF NOT EXISTS "+d)
		} else if rest := strings.TrimPrefix(d, "`"+name+"` "); rest != have && !strings.HasPrefix(rest, have+" ") {
			return unfit{fmt.Errorf("column %s is %s, this build wants %s", name, have, rest)}
		}
	}
	for _, d := range schema.EventIndexes() {
		if !indexes[schema.DefinedName(d)] {
			add = append(add, "ADD "+strings.Replace(d, "INDEX ", "INDEX IF NOT EXISTS ", 1))
		}
	}
	if len(add) == 0 {
		return nil
	}
	s.log.Info("store: adding fields to table events", "columns and indexes", len(add))
	if err := s.exec(ctx, fmt.Sprintf("ALTER TABLE %s.%s %s %s", s.target.DB(), s.target.Events(), s.target.OnCluster(), strings.Join(add, ", "))); err != nil {
		return err
	}
	if s.target.Events() == "events" || len(addAll) == 0 {
		return nil
	}
	return s.exec(ctx, fmt.Sprintf("ALTER TABLE %s.events %s %s", s.target.DB(), s.target.OnCluster(), strings.Join(addAll, ", ")))
}

func (s *Store) eventColumns(ctx context.Context) (map[string]string, error) {
	types := map[string]string{}
	err := s.Rows(ctx, "SELECT `name`, `type` FROM system.columns WHERE `database` = {db:String} AND `table` = {table:String}",
		Params{"db": s.o.Database, "table": s.target.Events()}, nil, func(scan func(...any) error) error {
			var name, typ string
			if err := scan(&name, &typ); err != nil {
				return err
			}
			types[name] = typ
			return nil
		})
	return types, err
}

func (s *Store) setRetention(ctx context.Context, have string) error {
	if have == s.target.EventTTL {
		return nil
	}
	// Without materialising, parts would keep the ends that they were written with.
	if err := s.exec(ctx, fmt.Sprintf("ALTER TABLE %s.%s %s MODIFY TTL %s SETTINGS materialize_ttl_after_modify = 1",
		s.target.DB(), s.target.Events(), s.target.OnCluster(), s.target.EventTTL)); err != nil {
		return err
	}
	return s.record(ctx, ttlRecord, s.target.EventTTL)
}

func (s *Store) exec(ctx context.Context, sql string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return s.sql.Exec(ctx, sql)
}
