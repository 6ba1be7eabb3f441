package ingest

import (
	"sync"

	"watchpost/internal/event"
	"watchpost/internal/source"
)

// account gathers losses until a block carries them off. Records that become rows are not counted here: their
// counts ride in the very block that carries the rows, so that received = stored holds whatever happens to it.
type account struct {
	mu     sync.Mutex
	deltas map[accountKey]*event.Delta
}

type accountKey struct{ tenant, listener, source, reason string }

// maxDeltas bounds the account's entries in one block: senders of forged addresses must not blow up its headers.
const maxDeltas = 4096

const otherSources = "(others)"

// add counts n records that were received and lost.
func (a *account) add(o *source.Origin, reason string, n int, now int64) {
	k := accountKey{o.Tenant, o.Listener, sourceOf(o), ""}
	a.count(k, n, now)
	k.reason = reason
	a.count(k, n, now)
}

func (a *account) count(k accountKey, n int, now int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.deltas) >= maxDeltas {
		k.source = otherSources
	}
	d := a.deltas[k]
	if d == nil {
		d = &event.Delta{Tenant: k.tenant, Listener: k.listener, Source: k.source, Reason: k.reason}
		a.deltas[k] = d
	}
	d.Count += uint64(n)
	d.Last = now
}

// take gives the deltas gathered so far and forgets them.
func (a *account) take() []event.Delta {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]event.Delta, 0, len(a.deltas))
	for _, d := range a.deltas {
		out = append(out, *d)
	}
	clear(a.deltas)
	return out
}

func sourceOf(o *source.Origin) string {
	if !o.Peer.IsValid() {
		return ""
	}
	return o.Peer.Addr().Unmap().String()
}
