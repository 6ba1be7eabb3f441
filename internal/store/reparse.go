package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"watchpost/internal/event"
)

// Reparse reads stored events again and replaces those that come out otherwise.
//
// Table events has one row for each event, and must have at any moment, for hunts. So the new rows of a job are inserted first, not
// counting yet (state staged); then one insert into table reparses makes them count and the old ones not (shown); then the old ones
// are deleted (done). schema.Counts is the condition by which hunts follow that, and Store.settled spares them it while there is no job. Whoever dies in between leaves a state that the next
// one goes on from.
type Reparse struct {
	Where  string // condition on rows of table events
	Params Params
	// Event adds to b what e is today, with e's identity, and says whether it differs.
	Event func(b *event.Batch, e event.Event) (bool, error)
	// Progress is called now and then; nil: nobody wants to know.
	Progress func(ReparseStats)
	DryRun   bool

	settle time.Duration // in tests; 0: the default
}

// ReparseStats says how far it is.
type ReparseStats struct {
	Total   uint64 // events that the condition finds
	Read    uint64
	Changed uint64
	Jobs    int // finished
}

// Bounds of a job: of its rows, since the identities of those that it replaces stay in the engine's memory while it is shown; and
// of the time in which each statement under way has to learn of a new state, which it looks up as it begins.
const (
	reparseRows   = 500_000
	reparseBatch  = 20_000
	reparseSettle = time.Second
)

const (
	staged = "staged"
	shown  = "shown"
	done   = "done"
	undone = "undone"
)

var reparseSteps = map[string]uint8{staged: 0, shown: 1, done: 2, undone: 2}

// reparsePart is what one job looks at: events of one day of receipt and retention class on one shard.
type reparsePart struct {
	class string
	day   time.Time
	rows  uint64
}

// Reparse does it all, after it has finished or undone what an earlier run left. Only one may run at a time.
func (s *Store) Reparse(ctx context.Context, r Reparse) (ReparseStats, error) {
	var st ReparseStats
	if r.settle == 0 {
		r.settle = reparseSettle
	}
	if !r.DryRun {
		if err := s.FinishReparse(ctx); err != nil {
			return st, err
		}
	}
	parts := make([][]reparsePart, max(1, len(s.o.Shards)))
	for shard := range parts {
		j := reparseJob{s: s, r: &r, st: &st, shard: shard}
		var err error
		if parts[shard], err = j.parts(ctx); err != nil {
			return st, fmt.Errorf("reparse: %w", err)
		}
		for _, p := range parts[shard] {
			st.Total += p.rows
		}
	}
	for shard, list := range parts {
		j := reparseJob{s: s, r: &r, st: &st, shard: shard}
		for _, p := range list {
			if err := j.part(ctx, p); err != nil {
				return st, fmt.Errorf("reparse events received on %s: %w", p.day.Format(time.DateOnly), err)
			}
		}
	}
	return st, nil
}

// FinishReparse brings what an earlier run left to an end: what was shown already stays, what was not is taken back.
func (s *Store) FinishReparse(ctx context.Context) error {
	type open struct {
		job, shard uint32
		state      string
	}
	var jobs []open
	err := s.Rows(ctx, "SELECT `job`, argMax(`state`, `step`) AS now, any(`shard`) FROM reparses GROUP BY `job` HAVING now IN ('staged', 'shown') ORDER BY `job`", nil, nil, func(scan func(...any) error) error {
		var o open
		err := scan(&o.job, &o.state, &o.shard)
		jobs = append(jobs, o)
		return err
	})
	if err != nil {
		return fmt.Errorf("reparse: %w", err)
	}
	for _, o := range jobs {
		j := reparseJob{s: s, job: o.job, shard: int(o.shard)}
		end := j.replace
		if o.state == staged {
			end = j.undo
		}
		s.log.Info("store: a reparse was broken off", "job", o.job, "state", o.state)
		if err := end(ctx); err != nil {
			return fmt.Errorf("reparse: job %d, which was broken off as %s: %w", o.job, o.state, err)
		}
	}
	return nil
}

type reparseJob struct {
	s     *Store
	r     *Reparse
	st    *ReparseStats
	shard int
	job   uint32
	rows  int // that it made
	conn  *client
}

func (j *reparseJob) addrs() []string {
	if len(j.s.o.Shards) > 0 {
		return j.s.o.Shards[j.shard]
	}
	return j.s.o.Addr
}

// do runs a statement on the shard.
func (j *reparseJob) do(ctx context.Context, sql string, params Params, settings Settings) error {
	c, err := j.s.connect(ctx, j.addrs())
	if err != nil {
		return err
	}
	defer c.Close()
	packets, err := params.packets()
	if err != nil {
		return err
	}
	q := query(sql, packets, nil, nil)
	q.Result, q.OnResult, q.Settings = nil, nil, settings.packets()
	return c.do(ctx, q)
}

func (j *reparseJob) parts(ctx context.Context) ([]reparsePart, error) {
	var out []reparsePart
	c, err := j.s.connect(ctx, j.addrs())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	packets, err := j.r.Params.packets()
	if err != nil {
		return nil, err
	}
	var class proto.ColStr
	var day proto.ColDate
	var rows proto.ColUInt64
	sql := fmt.Sprintf("SELECT CAST(`retention`, 'String') AS class, toDate(`event.ingested`) AS day, count() AS n FROM %s WHERE %s GROUP BY class, day ORDER BY day, class", j.s.target.Events(), j.r.Where)
	err = c.do(ctx, query(sql, packets, proto.Results{{Name: "class", Data: &class}, {Name: "day", Data: &day}, {Name: "n", Data: &rows}}, func() error {
		for i := range rows {
			out = append(out, reparsePart{class.Row(i), day.Row(i), rows[i]})
		}
		return nil
	}))
	return out, err
}

// part goes through one part, in as many jobs as it takes.
func (j *reparseJob) part(ctx context.Context, p reparsePart) (err error) {
	names := make([]string, 0, event.NumFields)
	for f := event.Field(1); f < event.NumFields; f++ {
		if f != event.EventID {
			names = append(names, "`"+f.String()+"`")
		}
	}
	params := Params{"reparse_day": p.day.Format(time.DateOnly), "reparse_class": p.class}
	for k, v := range j.r.Params {
		params[k] = v
	}
	packets, err := params.packets()
	if err != nil {
		return err
	}
	// What a statement reads is as it was when it began: rows that the jobs make meanwhile are not among it.
	c, err := j.s.connect(ctx, j.addrs())
	if err != nil {
		return err
	}
	defer c.Close()
	defer j.close()
	sql := fmt.Sprintf("SELECT `event.id`, %s FROM %s WHERE toDate(`event.ingested`) = toDate({reparse_day:String}) AND `retention` = {reparse_class:String} AND %s",
		strings.Join(names, ", "), j.s.target.Events(), j.r.Where)
	res, out := &result{}, &event.Batch{}
	q := query(sql, packets, res, func() error {
		for e := range res.batch.Events() {
			changed, err := j.r.Event(out, e)
			if err != nil {
				return err
			}
			j.st.Read++
			if !changed {
				continue
			}
			j.st.Changed++
			if out.Rows() >= reparseBatch || out.Full() {
				if err := j.stage(ctx, out, p.class); err != nil {
					return err
				}
			}
		}
		if j.rows >= reparseRows {
			if err := j.stage(ctx, out, p.class); err != nil {
				return err
			}
			if err := j.end(ctx); err != nil {
				return err
			}
		}
		if j.r.Progress != nil {
			j.r.Progress(*j.st)
		}
		return nil
	})
	q.Settings = Settings{"max_block_size": 8192, "max_threads": 2}.packets() // rows are wide
	if err := c.do(ctx, q); err != nil {
		return err
	}
	if err := j.stage(ctx, out, p.class); err != nil {
		return err
	}
	return j.end(ctx)
}

func (j *reparseJob) close() {
	if j.conn != nil {
		j.conn.Close()
		j.conn = nil
	}
}

// stage inserts new rows, which do not count yet.
func (j *reparseJob) stage(ctx context.Context, out *event.Batch, class string) error {
	defer out.Reset()
	if out.Rows() == 0 || j.r.DryRun {
		return nil
	}
	if j.rows == 0 {
		if err := j.begin(ctx); err != nil {
			return err
		}
	}
	if j.conn == nil {
		c, err := j.s.connect(ctx, j.addrs())
		if err != nil {
			return err
		}
		j.conn = c
	}
	retention, job := new(proto.ColStr).LowCardinality(), make(proto.ColUInt32, out.Rows())
	for i := range job {
		job[i] = j.job
		retention.Append(class)
	}
	in := withoutColumn(j.s.o.Retention.eventInput(out), "retention")
	in = append(in, proto.InputColumn{Name: "retention", Data: retention}, proto.InputColumn{Name: "reparsed", Data: &job})
	// It is not broken off: it might be stored after all, when the job has been taken back.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), j.s.o.Load.Timeout)
	defer cancel()
	if err := j.conn.insert(end, j.s.target.Events(), fmt.Sprintf("reparse:%d:%d", j.job, j.rows), in); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	j.rows += out.Rows()
	return j.s.fail("reparse_staged")
}

func withoutColumn(in proto.Input, name string) proto.Input {
	out := in[:0]
	for _, c := range in {
		if c.Name != name {
			out = append(out, c)
		}
	}
	return out
}

// begin takes the next number for a job.
func (j *reparseJob) begin(ctx context.Context) error {
	err := j.s.Rows(ctx, "SELECT max(`job`) + 1 FROM reparses", nil, nil, func(scan func(...any) error) error {
		var n uint64
		err := scan(&n)
		j.job = uint32(n)
		return err
	})
	if err != nil {
		return err
	}
	return j.state(ctx, staged)
}

// state makes a job's new state known, and waits until statements go by it.
func (j *reparseJob) state(ctx context.Context, state string) error {
	if err := j.s.fail("reparse_before_" + state); err != nil {
		return err
	}
	err := j.s.insert(ctx, "", "INSERT INTO reparses (`job`, `step`, `state`, `shard`)", func(b driver.Batch) error {
		return b.Append(j.job, reparseSteps[state], state, uint32(j.shard))
	})
	if err != nil {
		return err
	}
	j.s.quiet.forget()
	if err := j.s.fail("reparse_" + state); err != nil {
		return err
	}
	if j.r == nil {
		return nil
	}
	if state == staged {
		return pause(ctx, j.r.settle+j.s.quietFor) // until all know that it is not quiet any more
	}
	return pause(ctx, j.r.settle)
}

// end shows what the job made, and deletes what that replaces.
func (j *reparseJob) end(ctx context.Context) error {
	if j.rows == 0 {
		return nil
	}
	if err := j.state(ctx, shown); err != nil {
		return err
	}
	if err := j.replace(ctx); err != nil {
		return err
	}
	j.rows = 0
	j.st.Jobs++
	return nil
}

func (j *reparseJob) replace(ctx context.Context) error {
	events := j.s.target.Events()
	job := Params{"job": int64(j.job)}
	// The engine reads mutations again after a restart, without parameters: numbers and times only, written here.
	var first, last int64
	err := j.on(ctx, "SELECT toInt64(min(toUnixTimestamp64Nano(`event.ingested`))), toInt64(max(toUnixTimestamp64Nano(`event.ingested`))) FROM "+events+" WHERE `reparsed` = {job:UInt32}", job, &first, &last)
	if err != nil {
		return err
	}
	err = j.do(ctx, fmt.Sprintf("ALTER TABLE %s DELETE WHERE `reparsed` < %d AND `event.ingested` BETWEEN fromUnixTimestamp64Nano(%d, 'UTC') AND fromUnixTimestamp64Nano(%d, 'UTC')"+
		" AND (`event.block`, `event.row`) IN (SELECT `event.block`, `event.row` FROM %s WHERE `reparsed` = %d)", events, j.job, first, last, events, j.job), nil, deleteSettings)
	if err != nil {
		return err
	}
	return j.state(ctx, done)
}

// undo takes back what was not shown. An insert of whoever was killed may be underway still: what it stores goes, too.
func (j *reparseJob) undo(ctx context.Context) error {
	events := j.s.target.Events()
	for {
		err := j.do(ctx, fmt.Sprintf("ALTER TABLE %s DELETE WHERE `reparsed` = %d", events, j.job), nil, deleteSettings)
		if err != nil {
			return err
		}
		if err := j.s.fail("reparse_deleted"); err != nil {
			return err
		}
		if err := pause(ctx, reparseSettle); err != nil {
			return err
		}
		var left, one int64
		err = j.on(ctx, "SELECT toInt64(count()), toInt64(1) FROM "+events+" WHERE `reparsed` = {job:UInt32}", Params{"job": int64(j.job)}, &left, &one)
		if err != nil {
			return err
		}
		if left == 0 {
			return j.state(ctx, undone)
		}
	}
}

// deleteSettings wait for the deletion on every replica.
var deleteSettings = Settings{"mutations_sync": 2, "allow_nondeterministic_mutations": 1}

// on asks the shard for one row of two numbers.
func (j *reparseJob) on(ctx context.Context, sql string, params Params, a, b *int64) error {
	c, err := j.s.connect(ctx, j.addrs())
	if err != nil {
		return err
	}
	defer c.Close()
	packets, err := params.packets()
	if err != nil {
		return err
	}
	var x, y proto.ColInt64
	return c.do(ctx, query(sql, packets, proto.Results{{Data: &x}, {Data: &y}}, func() error {
		if len(x) != 1 {
			return errors.New("not one row")
		}
		*a, *b = x[0], y[0]
		return nil
	}))
}
