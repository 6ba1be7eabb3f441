package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
)

// store inserts a range: events, then what could not be stored, then the account. All of it can be repeated.
func (w *work) store(ctx context.Context, r *span) error {
	select {
	case w.l.slots <- struct{}{}:
		defer func() { <-w.l.slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := w.events(ctx, r); err != nil {
		return err
	}
	if err := w.s.fail("after_events"); err != nil {
		return err
	}
	for _, f := range r.poison {
		b := &r.blocks[f.block]
		w.log.Error("store: a record of the log cannot be decoded; it is in quarantine", "offset", b.Offset, "block", b.Header.ID, "error", f.err)
		if err := w.quarantine(ctx, record{block: b, partition: w.p.ID(), err: f.err}); err != nil {
			return err
		}
		w.l.poison.Add(1)
	}
	if len(r.account) > 0 {
		// The account belongs to the blocks, not only to the rows: a range without rows has one too.
		token := "account:" + hex.EncodeToString(r.blocks[0].Header.ID[:]) + ":" + r.token
		if err := w.insert(ctx, "sources", token, r.account.input()); err != nil {
			return err
		}
	}
	return w.s.fail("after_sources")
}

// events inserts the rows of a range.
func (w *work) events(ctx context.Context, r *span) error {
	rows := r.batch
	if rows.Rows() == 0 {
		return nil
	}
	if r.whole {
		err := w.insertEvents(ctx, rows, r.token, r.again)
		if err == nil {
			r.account.rows(rows, 0, rows.Rows(), Stored)
			return nil
		}
		if !given(err) {
			return err
		}
	}
	left, err := w.missing(ctx, rows)
	if err != nil {
		return err
	}
	bad, err := w.split(ctx, left)
	if err != nil {
		return err
	}
	if r.whole {
		// Every row is either stored or aside now, whichever attempt did it.
		left = rows
	}
	for i := range left.Rows() {
		if _, aside := bad[left.Event(i).ID()]; !aside {
			r.account.rows(left, i, i+1, Stored)
		} else {
			r.account.rows(left, i, i+1, Quarantined)
		}
	}
	return nil
}

// givenUp is the verdict on an insert that must not be tried again as it is.
type givenUp struct {
	verdict verdict
	err     error
}

func (g *givenUp) Error() string { return g.err.Error() }
func (g *givenUp) Unwrap() error { return g.err }

func given(err error) bool { return errors.As(err, new(*givenUp)) }

// split inserts rows of which the engine refuses some, in halves. It gives those that it refused one by one.
func (w *work) split(ctx context.Context, rows *event.Batch) (map[event.ID]struct{}, error) {
	bad := map[event.ID]struct{}{}
	var part event.Batch
	var halve func(from, to int) error
	halve = func(from, to int) error {
		if from >= to {
			return nil
		}
		part.Reset()
		part.Append(rows, from, to)
		err := w.insertEvents(ctx, &part, w.s.o.Retention.token(&part), false)
		var g *givenUp
		switch {
		case err == nil:
			return w.s.fail("after_part")
		case !errors.As(err, &g):
			return err
		case to-from == 1 && g.verdict == refused:
			e := rows.Event(from)
			bad[e.ID()] = struct{}{}
			w.log.Error("store: the engine refuses a row for good; it is in quarantine", "event.id", e.ID(), "error", err)
			w.l.quarantined.Add(1)
			if err := w.quarantine(ctx, record{event: &e, partition: w.p.ID(), err: g.err}); err != nil {
				return err
			}
			return w.s.fail("after_quarantine")
		case to-from == 1:
			if err := pause(ctx, 10*time.Second); err != nil {
				return err
			}
			return halve(from, to)
		}
		mid := from + (to-from)/2
		if err := halve(from, mid); err != nil {
			return err
		}
		return halve(mid, to)
	}
	return bad, halve(0, rows.Rows())
}

// missing gives the rows that are not stored yet.
func (w *work) missing(ctx context.Context, rows *event.Batch) (*event.Batch, error) {
	stored, err := w.stored(ctx, rows)
	if err != nil {
		return nil, err
	}
	if len(stored) == 0 {
		return rows, nil
	}
	left := new(event.Batch)
	from := 0
	for i := range rows.Rows() {
		if _, ok := stored[rows.Event(i).ID()]; ok {
			left.Append(rows, from, i)
			from = i + 1
		}
	}
	left.Append(rows, from, rows.Rows())
	return left, nil
}

// stored looks up which of the rows are in table events, on the shard that they belong to.
func (w *work) stored(ctx context.Context, rows *event.Batch) (map[event.ID]struct{}, error) {
	var ids []string
	seen := map[event.BlockID]bool{}
	first, last := rows.Event(0).Ingested(), rows.Event(0).Ingested()
	for e := range rows.Events() {
		if id := e.ID().Block; !seen[id] {
			seen[id] = true
			ids = append(ids, hex.EncodeToString(id[:]))
		}
		first, last = min(first, e.Ingested()), max(last, e.Ingested())
	}
	// The days bound what must be read.
	sql := fmt.Sprintf("SELECT `event.block`, `event.row` FROM %s WHERE `event.ingested` BETWEEN fromUnixTimestamp64Nano({first:Int64}) AND fromUnixTimestamp64Nano({last:Int64})"+
		" AND has(arrayMap(x -> toFixedString(unhex(x), 16), {ids:Array(String)}), `event.block`)", w.s.target.Events())
	params, err := Params{"first": first, "last": last, "ids": ids}.packets()
	if err != nil {
		return nil, err
	}
	out := map[event.ID]struct{}{}
	var block proto.ColFixedStr16
	var row proto.ColUInt32
	err = w.persist(ctx, "look for stored rows", always, func(ctx context.Context, c *client) error {
		clear(out)
		return c.do(ctx, query(sql, params, proto.Results{{Name: "event.block", Data: &block}, {Name: "event.row", Data: &row}}, func() error {
			for i, b := range block {
				out[event.ID{Block: event.BlockID(b), Row: row[i]}] = struct{}{}
			}
			return nil
		}))
	})
	return out, err
}

// insertEvents stores rows under a token; again says that somebody may have tried before.
func (w *work) insertEvents(ctx context.Context, b *event.Batch, token string, again bool) error {
	in := w.s.o.Retention.eventInput(b)
	attempts := 0
	err := w.persist(ctx, "insert events", judge, func(ctx context.Context, c *client) error {
		start := w.s.now()
		defer func() { w.l.spent(w.s.now().Sub(start)) }()
		attempts++
		return c.insert(ctx, w.s.target.Events(), token, in)
	})
	if err != nil {
		return err
	}
	w.l.inserts.Add(1)
	if again || attempts > 1 {
		if err := w.complete(ctx, b, token); err != nil {
			return err
		}
	}
	w.l.rows.Add(uint64(b.Rows()))
	return nil
}

// complete looks whether all rows of a repeated insert are there. A single server that is killed within an insert can keep
// the token of a part and not the part; it then takes the repetition for done. Replicas decide both at once, in Keeper.
func (w *work) complete(ctx context.Context, b *event.Batch, token string) error {
	if w.s.o.Cluster != "" {
		return nil
	}
	for range 3 { // rows past their retention may go as soon as they are stored
		left, err := w.missing(ctx, b)
		if err != nil || left.Rows() == 0 {
			return err
		}
		w.log.Warn("store: rows of a repeated insert are missing; storing them", "rows", left.Rows(), "of", b.Rows())
		token += "+"
		if err := w.insert(ctx, w.s.target.Events(), token, w.s.o.Retention.eventInput(left)); err != nil {
			return err
		}
	}
	return nil
}

// insert tries until it is done or ctx ends.
func (w *work) insert(ctx context.Context, table, token string, in proto.Input) error {
	if in[0].Data.Rows() == 0 {
		return nil
	}
	return w.persist(ctx, "insert into "+table, always, func(ctx context.Context, c *client) error {
		return c.insert(ctx, table, token, in)
	})
}

// always is the judge of what has no other way than to succeed.
func always(error, int) verdict { return again }

// persist does something on the connection until it succeeds, ctx ends, or judge wants something else (givenUp).
func (w *work) persist(ctx context.Context, what string, judge func(error, int) verdict, do func(context.Context, *client) error) error {
	var logged time.Time
	reached := 0
	for attempt := 1; ; attempt++ {
		err := w.attempt(ctx, do)
		if err == nil {
			if attempt > 1 {
				w.log.Info("store: it works again", "what", what, "attempts", attempt)
			}
			return nil
		}
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if !errors.As(err, new(unreachable)) {
			reached++
		}
		if v := judge(err, reached); v != again {
			return &givenUp{v, err}
		}
		w.l.retries.Add(1)
		if now := w.s.now(); logged.IsZero() || now.Sub(logged) > 30*time.Second {
			logged = now
			w.log.Warn("store: trying again", "what", what, "attempt", attempt, "error", err)
		}
		if err := pause(ctx, backoff(attempt)); err != nil {
			return err
		}
	}
}

func (w *work) attempt(ctx context.Context, do func(context.Context, *client) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, w.s.o.Load.Timeout, fmt.Errorf("no answer within %v", w.s.o.Load.Timeout))
	defer cancel()
	if w.conn == nil || w.conn.IsClosed() {
		addrs := w.s.o.Addr
		if len(w.s.o.Shards) > 0 {
			addrs = w.s.o.Shards[w.shard]
		}
		c, err := w.s.connect(ctx, addrs)
		if err != nil {
			return unreachable{err}
		}
		w.conn = c
	}
	err := do(ctx, w.conn)
	if err != nil {
		// After an exception the connection could serve on; a fresh one costs a millisecond and cannot be out of step.
		w.close()
	}
	return err
}

// backoff grows from 50 ms to 5 s, half of it by chance.
func backoff(attempt int) time.Duration {
	d := min(50*time.Millisecond<<min(attempt-1, 10), 5*time.Second)
	return d/2 + rand.N(d/2+1)
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// record is what goes into quarantine: a record of the log, or one event.
type record struct {
	block     *Block
	event     *event.Event
	partition int
	err       error
}

// quarantine puts a record aside, once.
func (w *work) quarantine(ctx context.Context, q record) error {
	var (
		receivedAt      = new(proto.ColDateTime64).WithPrecision(proto.PrecisionNano).WithLocation(time.UTC)
		tenant, kind    = new(proto.ColStr).LowCardinality(), new(proto.ColStr).LowCardinality()
		partition       proto.ColInt32
		offset          proto.ColInt64
		block           = &proto.ColFixedStr{Size: 16}
		row, rows       proto.ColUInt32
		reason, value   proto.ColStr
		headers         = proto.NewMap[string, string](new(proto.ColStr), new(proto.ColStr))
		token, headersV = "", map[string]string{}
	)
	partition.Append(int32(q.partition))
	reason.Append(strings.ToValidUTF8(q.err.Error(), "\uFFFD"))
	if b := q.block; b != nil {
		token = fmt.Sprintf("block:%s", b.Header.ID)
		for _, kv := range b.Headers {
			headersV[kv.Key] = string(kv.Value)
		}
		receivedAt.Append(time.Unix(0, b.Time).UTC())
		tenant.Append("")
		kind.Append("block")
		offset.Append(b.Offset)
		block.Append(b.Header.ID[:])
		row.Append(0)
		rows.Append(b.Header.Rows)
		value.AppendBytes(b.Value)
	} else {
		id := q.event.ID()
		token = "row:" + id.String()
		receivedAt.Append(time.Unix(0, q.event.Ingested()).UTC())
		tenant.Append(q.event.Str(event.Tenant))
		kind.Append("row")
		offset.Append(-1)
		block.Append(id.Block[:])
		row.Append(id.Row)
		rows.Append(1)
		value.AppendBytes(q.event.AppendJSON(nil, nil))
	}
	headers.Append(headersV)
	return w.insert(ctx, "quarantine", token, proto.Input{
		{Name: "received", Data: receivedAt}, {Name: "tenant", Data: tenant}, {Name: "kind", Data: kind},
		{Name: "partition", Data: &partition}, {Name: "offset", Data: &offset}, {Name: "event.block", Data: block},
		{Name: "event.row", Data: &row}, {Name: "rows", Data: &rows}, {Name: "reason", Data: &reason},
		{Name: "headers", Data: headers}, {Name: "value", Data: &value},
	})
}
