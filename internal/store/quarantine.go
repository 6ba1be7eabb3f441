package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
)

// Aside is what could not be stored: a record of the log (kind block), or one event (kind row).
type Aside struct {
	ID       string    `json:"id"` // of the block, or of the event
	Kind     string    `json:"kind"`
	Tenant   string    `json:"tenant,omitempty"` // of a row
	Stored   time.Time `json:"stored"`           // when it was put aside
	Received time.Time `json:"received"`
	Rows     uint32    `json:"rows"`
	Reason   string    `json:"reason"`
	Replayed bool      `json:"replayed"` // it was stored after all

	Partition int32             `json:"-"`
	Headers   map[string]string `json:"-"` // only from one
	Value     []byte            `json:"-"`
}

// Quarantine lists what is put aside, the newest first; id: only that one, with its bytes. Tenants nil: all, and blocks, which belong to several.
func (s *Store) Quarantine(ctx context.Context, tenants []string, id string, limit int) ([]Aside, error) {
	value := "'', map()::Map(String, String)"
	if id != "" {
		value = "q.`value`, q.`headers`"
	}
	sql := "SELECT if(`kind` = 'row', concat(lower(hex(`event.block`)), '-', toString(`event.row`)), lower(hex(`event.block`))) AS id, toString(`kind`), toString(`tenant`), `stored`, `received`, `rows`, `reason`," +
		" (`kind`, `event.block`, `event.row`) IN (SELECT `kind`, `event.block`, `event.row` FROM quarantine_replays), `partition`, " + value +
		" FROM quarantine AS q WHERE ({all:Bool} OR `tenant` IN {tenants:Array(String)}) AND ({id:String} = '' OR id = {id:String}) ORDER BY `stored` DESC, id LIMIT {limit:UInt32}"
	var out []Aside
	err := s.Rows(ctx, sql, Params{"all": tenants == nil, "tenants": tenants, "id": id, "limit": limit}, nil, func(scan func(...any) error) error {
		var q Aside
		var value string
		var replayed uint8
		if err := scan(&q.ID, &q.Kind, &q.Tenant, &q.Stored, &q.Received, &q.Rows, &q.Reason, &replayed, &q.Partition, &value, &q.Headers); err != nil {
			return err
		}
		q.Replayed, q.Value = replayed != 0, []byte(value)
		out = append(out, q)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	return out, nil
}

// Replay stores what an entry holds, each row once however often it is called. The detector does not see it. The error says why
// it cannot be stored still; then it stays where it is. remake adds to b the event that a row's JSON holds.
func (s *Store) Replay(ctx context.Context, q Aside, remake func(b *event.Batch, row []byte) error) (rows int, err error) {
	if q.Replayed {
		return 0, nil
	}
	var b event.Batch
	var block event.BlockID
	row := uint32(0)
	a := account{}
	if q.Kind == "row" {
		id, err := event.ParseID(q.ID)
		if err != nil {
			return 0, err
		}
		block, row = id.Block, id.Row
		if err := remake(&b, q.Value); err != nil {
			return 0, err
		}
	} else {
		var kvs []event.KV
		for k, v := range q.Headers {
			kvs = append(kvs, event.KV{Key: k, Value: []byte(v)})
		}
		h, err := event.ParseHeader(kvs)
		if err != nil {
			return 0, err
		}
		if err := b.Decode(h.ID, q.Value); err != nil {
			return 0, err
		}
		if b.Rows() != int(h.Rows) {
			return 0, fmt.Errorf("%d rows, its header says %d", b.Rows(), h.Rows)
		}
		raw, err := hex.DecodeString(q.ID)
		if err != nil || len(raw) != len(block) {
			return 0, fmt.Errorf("%q is no id of a block", q.ID)
		}
		block = event.BlockID(raw)
		a.unread(&h, Replayed, q.Received.UnixNano()) // as it was counted when it went in
	}
	w := &work{s: s, l: s.Loader(), log: s.log}
	defer w.close()
	if n := len(s.o.Shards); n > 0 {
		w.shard = int(q.Partition) % n
	}
	left, err := w.missing(ctx, &b)
	if err != nil {
		return 0, err
	}
	if left.Rows() > 0 {
		if err := w.insertEvents(ctx, left, "replay:"+s.o.Retention.token(left), true); err != nil {
			return 0, err
		}
	}
	if err := s.fail("replay_stored"); err != nil {
		return 0, err
	}
	a.rows(&b, 0, b.Rows(), Stored)
	if q.Kind == "row" {
		a.rows(&b, 0, b.Rows(), Replayed)
	}
	token := "replay:" + q.Kind + ":" + q.ID
	if err := w.insert(ctx, "sources", token, a.input()); err != nil {
		return 0, err
	}
	if err := s.fail("replay_counted"); err != nil {
		return 0, err
	}
	kind, id := new(proto.ColStr).LowCardinality(), &proto.ColFixedStr{Size: 16}
	kind.Append(q.Kind)
	id.Append(block[:])
	at, n := proto.ColUInt32{row}, proto.ColUInt32{uint32(b.Rows())}
	return b.Rows(), w.insert(ctx, "quarantine_replays", token, proto.Input{{Name: "kind", Data: kind}, {Name: "event.block", Data: id}, {Name: "event.row", Data: &at}, {Name: "rows", Data: &n}})
}

// Replayed is the reason under which is counted what was in quarantine and is stored now: it is among Quarantined and Stored both.
const Replayed = "replayed"
