package ingest

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"syscall"
	"time"
)

// backlog holds a shard's finished blocks in the order in which they are sent: in memory while Options.Buffer has
// room, then in files. Blocks are numbered when they come, and files are named by number, so a restart keeps the order.
type backlog struct {
	p     *Pipeline
	dir   string // empty: no files
	log   *slog.Logger
	items []item // guarded by p.mu, as is all below
	next  uint64
	ended bool // nothing more will come

	waiting map[part]uint64 // the item that holds a part of a request
}

type item struct {
	number uint64
	size   int64
	block  *block         // nil: in a file
	acks   []chan<- error // of a block in a file
	parts  []part         // of it, those that are in waiting
	joined int            // by how many chunks that were sent again
}

// part is a range of a request's records.
type part struct {
	request [16]byte
	seq     uint32
}

// Bounds of what is known of waiting requests: beyond maxParts a request that is sent again waits twice, beyond maxJoined its sender
// is told at once to come later.
const (
	maxParts  = 1 << 16
	maxJoined = 1 << 12
)

var errWaiting = errors.New("the same request waits for the broker already")

// openBacklog finds what an earlier run left.
func openBacklog(p *Pipeline, partition int) (*backlog, error) {
	b := &backlog{p: p, log: p.opt.Log.With("partition", partition)}
	if p.opt.Spool == "" {
		return b, nil
	}
	var err error
	b.dir, b.items, err = scanSpool(p.opt.Spool, partition)
	for _, it := range b.items {
		b.next = it.number + 1
		b.spooled(1, it.size)
	}
	return b, err
}

func (b *backlog) spooled(blocks, bytes int64) {
	b.p.Stats.SpoolBlocks.Add(blocks)
	b.p.Stats.SpoolBytes.Add(bytes)
}

// wake makes everybody who waits look again.
func (p *Pipeline) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changed.Broadcast()
}

// push adds a block; it waits while there is room neither in memory nor on disk. Every shard may hold one block
// whatever the others hold.
func (b *backlog) push(bl *block) {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	defer b.p.changed.Broadcast()
	it := item{number: b.next, size: int64(len(bl.value)), block: bl}
	b.next++
	if b.waiting == nil {
		b.waiting = map[part]uint64{}
	}
	for _, q := range bl.header.Requests {
		if p := (part{q.ID, q.Seq}); len(b.waiting) < maxParts {
			b.waiting[p] = it.number
			it.parts = append(it.parts, p)
		}
	}
	for len(b.items) > 0 && b.p.Stats.Waiting.Load()+it.size > b.p.opt.Buffer {
		err := b.write(&it)
		if err == nil {
			b.items = append(b.items, it)
			return
		}
		var again *time.Timer
		if !errors.Is(err, errNoRoom) { // nobody tells when a disk works again
			again = time.AfterFunc(spoolPause, b.p.wake)
		}
		b.p.Stats.Held.Add(1)
		b.p.changed.Wait()
		b.p.Stats.Held.Add(-1)
		if again != nil {
			again.Stop()
		}
	}
	b.p.Stats.Waiting.Add(it.size)
	b.items = append(b.items, it)
}

// join lets a chunk whose request came before, and waits still, wait with it: while the broker is away for an hour, agents send the same
// every half a minute, and a spool full of copies would have no room for those who cannot send again.
func (b *backlog) join(c *chunk) bool {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	number, ok := b.waiting[part{c.request, c.seq}]
	if !ok {
		return false
	}
	i, ok := slices.BinarySearchFunc(b.items, number, func(it item, n uint64) int { return cmp.Compare(it.number, n) })
	if !ok {
		return false // it waits for room itself
	}
	it := &b.items[i]
	switch {
	case it.joined >= maxJoined:
		c.ack <- errWaiting
		return true
	case it.block != nil:
		it.block.acks = append(it.block.acks, c.ack)
	default:
		it.acks = append(it.acks, c.ack)
	}
	it.joined++
	return true
}

// spoolPause is between attempts to spool a block that the disk refuses.
const spoolPause = 10 * time.Second

var errNoRoom = errors.New("no room in the spool")

// write moves the item's block into a file, unless there is no room or the disk refuses.
func (b *backlog) write(it *item) error {
	if b.dir == "" || b.p.Stats.SpoolBytes.Load()+it.size > b.p.opt.SpoolBytes {
		return errNoRoom
	}
	data := encodeSpooled(it.block)
	if err := writeWhole(spoolPath(b.dir, it.number), data); err != nil {
		b.p.Stats.SpoolRefused.Add(1)
		b.log.Error("spool: block not written", "error", err)
		return err
	}
	it.acks, it.block, it.size = it.block.acks, nil, int64(len(data))
	b.spooled(1, it.size)
	return nil
}

// first waits for the oldest block; nil when ctx has ended, or when there are none and will be none.
func (b *backlog) first(ctx context.Context) *block {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	for {
		switch {
		case ctx.Err() != nil || len(b.items) == 0 && b.ended:
			return nil
		case len(b.items) == 0:
			b.p.changed.Wait()
		case b.items[0].block != nil:
			return b.items[0].block
		default:
			bl, err := b.read(b.items[0])
			switch {
			case err != nil:
				again := time.AfterFunc(spoolPause, b.p.wake)
				b.p.changed.Wait()
				again.Stop()
			case bl != nil:
				return bl
			default:
				b.drop(errDamaged)
			}
		}
	}
}

// read reads a block from its file; a damaged one is set aside, counted, and nil. The error says that it cannot be read now, for a reason
// that is not the file's.
func (b *backlog) read(it item) (*block, error) {
	path := spoolPath(b.dir, it.number)
	data, err := os.ReadFile(path)
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM) {
		b.log.Error("spool: block not read; trying again", "file", path, "error", err, "in", spoolPause)
		return nil, err
	}
	var bl *block
	if err == nil {
		bl, err = decodeSpooled(data)
	}
	if err != nil {
		b.p.Stats.SpoolDamaged.Add(1)
		aside := asidePath(path)
		err = errors.Join(err, os.Rename(path, aside))
		b.log.Error("spool: damaged block set aside", "file", aside, "error", err)
	}
	return bl, nil
}

// pop forgets the oldest block, which has been sent, and tells its waiting senders.
func (b *backlog) pop() {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	it := b.items[0]
	if it.block == nil {
		if err := os.Remove(spoolPath(b.dir, it.number)); err != nil {
			b.log.Error("spool: sent block not deleted; it will be sent again, and recognised", "error", err)
		}
	}
	b.drop(nil)
}

func (b *backlog) drop(err error) {
	it := b.items[0]
	b.items[0] = item{}
	b.items = b.items[1:]
	for _, p := range it.parts {
		if b.waiting[p] == it.number {
			delete(b.waiting, p)
		}
	}
	acks := it.acks
	if it.block == nil {
		b.spooled(-1, -it.size)
	} else {
		acks = it.block.acks
		b.p.Stats.Waiting.Add(-it.size)
	}
	for _, ack := range acks {
		ack <- err // never blocks: the channel has a place for each chunk
	}
	b.p.changed.Broadcast()
}

// end says that no more blocks will come.
func (b *backlog) end() {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	b.ended = true
	b.p.changed.Broadcast()
}

// save puts what is left in memory into files, for the next run, and lets those who wait go without acknowledgement:
// blocks mix their rows with those of senders that never ask, and their ranges let a reader drop what comes again.
func (b *backlog) save() {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	for !b.ended { // push may still be waiting for room
		b.drain()
		b.p.changed.Broadcast()
		b.p.changed.Wait()
	}
	b.drain()
}

func (b *backlog) drain() {
	for len(b.items) > 0 {
		it := b.items[0]
		if it.block != nil && !b.keep(it) {
			b.log.Error("events lost at the end: the broker is away and the spool has no room", "rows", it.block.header.Rows)
			b.p.Stats.Lost.Add(uint64(it.block.header.Rows))
		}
		b.drop(errClosing)
	}
}

// keep writes a block at the end; its file stays, though the item is dropped.
func (b *backlog) keep(it item) bool {
	saved := it
	if b.write(&saved) != nil {
		return false
	}
	b.spooled(-1, -saved.size)
	return true
}
