package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"watchpost/internal/event"
)

// plan is what a loader is about to insert. It is committed, as the metadata of the offset at which the range begins,
// before anything is inserted: whoever takes the partition over does the same insert again, unchanged, and the engine
// knows it by its token.
type plan struct {
	Version int    `json:"v"`
	End     int64  `json:"end"`             // offset after the range's last block
	Token   string `json:"token"`           // names the range's rows
	Shard   int    `json:"shard,omitempty"` // where they go
	Check   int64  `json:"check,omitempty"` // blocks below this offset may be stored in part, under other tokens

	Left []int64 `json:"left,omitempty"` // how far before End the blocks stand that are left out; at most maxLate
}

const planVersion = 1

func (p plan) String() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic("BUG: store: plan: " + err.Error())
	}
	return string(b)
}

func parsePlan(metadata string) (plan, error) {
	var p plan
	if err := json.Unmarshal([]byte(metadata), &p); err != nil {
		return plan{}, fmt.Errorf("committed plan %.200q: %w", metadata, err)
	}
	if p.Version != planVersion || p.End < 0 || p.Shard < 0 {
		return plan{}, fmt.Errorf("committed plan %.200q: not one of this build", metadata)
	}
	return p, nil
}

// token names a set of rows: their identities in order, and what decides which partitions of the table they go to.
// (The same token for other rows would drop them silently; another token for the same rows would store them twice.)
func (r Retention) token(b *event.Batch) string {
	h := sha256.New()
	var first event.ID
	var n uint32
	part := func() {
		if n > 0 {
			h.Write(first.Block[:])
			h.Write(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, first.Row), n))
		}
	}
	for e := range b.Events() {
		id := e.ID()
		if n > 0 && id.Block == first.Block && id.Row == first.Row+n {
			n++
			continue
		}
		part()
		first, n = id, 1
	}
	part()
	for _, t := range slices.Sorted(maps.Keys(r.Tenants)) {
		fmt.Fprintf(h, "%q:%q,", t, r.Tenants[t])
	}
	for _, c := range slices.Sorted(maps.Keys(r.Classes)) { // rows may name one themselves
		fmt.Fprintf(h, "%q,", c)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// class gives the retention class of a tenant.
func (r Retention) class(tenant string) string {
	if c, ok := r.Tenants[tenant]; ok {
		return c
	}
	return "default"
}
