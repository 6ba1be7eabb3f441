package topic

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/segmentio/kafka-go"

	"watchpost/internal/event"
)

// An offset does not say of which log it is: one that was made anew, or lost its end, reaches past it once it has grown. So each commit is sealed with the
// name of a block that stands before it, and whoever begins there looks whether the log has that block in that place. A block that
// was trimmed meanwhile says nothing.

// placed is a block in its place.
type placed struct {
	offset int64
	id     event.BlockID
}

// maxSeal bounds the bytes of a seal.
const maxSeal = len(" @9223372036854775807:") + 2*len(event.BlockID{})

// seal puts at behind a commit's metadata.
func seal(metadata string, at placed) string {
	return fmt.Sprintf("%s @%d:%x", metadata, at.offset, at.id[:])
}

// unseal parts what seal put together; false where nothing is sealed, as older builds commit.
func unseal(s string) (metadata string, at placed, ok bool) {
	i := strings.LastIndex(s, " @")
	if i < 0 {
		return s, at, false
	}
	offset, id, _ := strings.Cut(s[i+2:], ":")
	n, err := strconv.ParseInt(offset, 10, 64)
	raw, e := hex.DecodeString(id)
	if err != nil || e != nil || n < 0 || len(raw) != len(at.id) {
		return s, at, false
	}
	return s[:i], placed{n, event.BlockID(raw)}, true
}

// maxTrail bounds the blocks of a trail: far more than a consumer has under way.
const maxTrail = 1 << 16

// trail holds the blocks that were given out and that no commit is behind yet, and one before them, in their order.
type trail struct {
	mu     sync.Mutex
	blocks []placed
}

func (t *trail) add(at placed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.blocks) == maxTrail {
		t.blocks = append(t.blocks[:0], t.blocks[maxTrail/2:]...)
	}
	t.blocks = append(t.blocks, at)
}

// newest gives the block that was given out last.
func (t *trail) newest() (at placed, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.blocks) == 0 {
		return at, false
	}
	return t.blocks[len(t.blocks)-1], true
}

// before gives the last block before offset, and forgets those that were given out before it.
func (t *trail) before(offset int64) (at placed, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := -1
	for i, b := range t.blocks { // offsets go back where the log does
		if b.offset < offset && (n < 0 || b.offset >= t.blocks[n].offset) {
			n = i
		}
	}
	if n < 0 {
		return at, false
	}
	at = t.blocks[n]
	t.blocks = append(t.blocks[:0], t.blocks[n:]...)
	return at, true
}

// differs says that the log, which holds [first, next), has another block, or none, in the place of at.
func (p *Partition) differs(ctx context.Context, at placed, first, next int64) (bool, error) {
	if at.offset < first || at.offset >= next {
		return false, nil
	}
	id, ok, err := p.BlockID(ctx, at.offset)
	return err == nil && (!ok || id != at.id), err
}

// replaced is Log.replaced of a partition: the broker was away, and may have come back with a log of which what was read last is not part.
func (p *Partition) replaced(ctx context.Context) (*RangeError, error) {
	at, ok := p.trail.newest()
	if !ok {
		return nil, nil
	}
	first, next, err := p.r.c.bounds(ctx, p.r.topic, p.id)
	if err != nil || at.offset < first || at.offset >= next {
		return nil, err // the fetch says so
	}
	recs, err := p.log(at.offset).fetch(ctx)
	switch {
	case errors.Is(err, kafka.OffsetOutOfRange), err != nil && unreadable(err), err == nil && len(recs) == 0:
		return nil, nil
	case err != nil:
		return nil, err
	}
	if h, _, _ := header(recs[0]); recs[0].Offset == at.offset && h.ID == at.id {
		return nil, nil
	}
	return &RangeError{Topic: p.r.topic, Partition: p.id, Asked: at.offset + 1, First: first, Next: next, Anew: true}, nil
}
