package detect

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"watchpost/internal/window"
)

// Snapshots is one partition of the compacted topic `snapshots`, that of the same number as the signals'.
type Snapshots interface {
	// Put returns when every replica has the record; a later record of a key replaces earlier ones.
	Put(ctx context.Context, key, value []byte) error
	// All gives fn every record up to the end as of the call, in order; earlier ones of a key may be missing.
	All(ctx context.Context, fn func(key, value []byte) error) error
}

// A snapshot is a manifest, and for each bucket of the windows the chunks that the manifest names. A bucket that changed
// is written to the slot (of two) that the last manifest does not name, so that an unfinished snapshot destroys
// nothing; the manifest comes last and makes it count. A restored shard then reads the records of signals again whose
// signals waited at the time.
const (
	snapshotVersion = 1
	maxChunk        = 512 << 10 // bytes of a chunk
)

// saved is what the last manifest says of each bucket.
type saved struct {
	seq     uint64 // of the manifest
	buckets [window.Buckets]place
}

// place is where a bucket stands.
type place struct {
	slot   byte
	chunks uint32 // 0: the bucket is empty
	seq    uint64 // of the manifest that wrote it
	sum    uint32 // CRC-32C of the whole
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func chunkKey(partition, bucket int, slot byte, chunk int) []byte {
	return fmt.Appendf(nil, "%d/%d/%d/%d", partition, bucket, slot, chunk)
}

func manifestKey(partition int) []byte { return fmt.Appendf(nil, "%d/manifest", partition) }

// Save writes what changed since the last snapshot. The alerts of all Apply calls so far must be safe before.
func (s *Shard) Save(ctx context.Context, partition int, to Snapshots) error {
	next := s.save
	next.seq++
	for _, i := range s.state.Dirty() {
		data := s.state.AppendBucket(s.bucket[:0], i)
		s.bucket = data
		p := place{slot: 1 - s.save.buckets[i].slot, seq: next.seq, sum: crc32.Checksum(data, castagnoli)}
		for len(data) > 0 {
			n := min(len(data), maxChunk)
			value := binary.AppendUvarint(make([]byte, 0, n+10), next.seq)
			if err := to.Put(ctx, chunkKey(partition, i, p.slot, int(p.chunks)), append(value, data[:n]...)); err != nil {
				return fmt.Errorf("snapshot of signals[%d]: bucket %d: %w", partition, i, err)
			}
			data = data[n:]
			p.chunks++
		}
		next.buckets[i] = p
	}
	if err := to.Put(ctx, manifestKey(partition), s.manifest(&next)); err != nil {
		return fmt.Errorf("snapshot of signals[%d]: manifest: %w", partition, err)
	}
	s.save = next
	return nil
}

// manifest writes: version, number, where to read signals from and where the snapshot stands, the watermark, the marks
// at both places, and where the buckets are.
func (s *Shard) manifest(sv *saved) []byte {
	start, marks := s.offset, append([]progress(nil), s.marks...)
	for i := len(s.open) - 1; i >= 0; i-- {
		marks[s.open[i].partition] = s.open[i].before
	}
	if len(s.open) > 0 {
		start = s.open[0].offset
	}
	b := binary.AppendUvarint([]byte{snapshotVersion}, sv.seq)
	b = binary.AppendVarint(b, start)
	b = binary.AppendVarint(b, s.offset)
	b = binary.AppendVarint(b, s.state.Watermark())
	b = binary.AppendUvarint(b, uint64(len(s.marks)))
	for _, list := range [][]progress{marks, s.marks} {
		for _, m := range list {
			b = m.append(b)
		}
	}
	b = appendLates(b, s.lates)
	for _, p := range sv.buckets {
		b = append(b, p.slot)
		b = binary.AppendUvarint(b, uint64(p.chunks))
		b = binary.AppendUvarint(b, p.seq)
		b = binary.AppendUvarint(b, uint64(p.sum))
	}
	return sealed(b)
}

// sealed appends b's checksum.
func sealed(b []byte) []byte { return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli)) }

func (m *progress) append(b []byte) []byte {
	known := byte(0)
	if m.known {
		known = 1
	}
	b = binary.AppendVarint(append(b, known), m.offset)
	b = binary.AppendUvarint(b, uint64(m.part))
	return binary.AppendVarint(b, m.received)
}

// appendLates writes the events that wait for their windows to be looked at again.
func appendLates(b []byte, lates []late) []byte {
	b = binary.AppendUvarint(b, uint64(len(lates)))
	for _, l := range lates {
		b = append(appendText(b, l.rule.id), l.rule.hash[:]...)
		b = binary.AppendVarint(appendText(b, l.key), l.time)
		b = binary.AppendUvarint(append(b, l.id.Block[:]...), uint64(l.id.Row))
		b = binary.AppendUvarint(b, uint64(l.partition))
		b = binary.AppendVarint(b, l.offset)
	}
	return b
}

// snapshot is a manifest that was read.
type snapshot struct {
	start, end int64 // offsets of signals: from where records wait, and where the shard stood
	water      int64
	marks      [2][]progress // at start and at end
	lates      []late
	saved      saved
}

func decodeManifest(data []byte) (*snapshot, error) {
	if len(data) < 4 || crc32.Checksum(data[:len(data)-4], castagnoli) != binary.BigEndian.Uint32(data[len(data)-4:]) {
		return nil, errors.New("manifest: its checksum is wrong")
	}
	d, m := reader{s: string(data[:len(data)-4])}, &snapshot{}
	if v := d.byte(); v != snapshotVersion {
		return nil, fmt.Errorf("manifest of version %d, this build reads %d", v, snapshotVersion)
	}
	m.saved.seq = d.uint()
	m.start, m.end, m.water = d.int(), d.int(), d.int()
	n := d.count(4)
	for i := range m.marks {
		for range n {
			t := progress{known: d.byte() == 1, offset: d.int(), part: uint32(d.below(math.MaxUint32, "part")), received: d.int()}
			m.marks[i] = append(m.marks[i], t)
		}
	}
	for range d.count(37) {
		l := late{came: math.MinInt64}
		l.rule.id = d.text()
		copy(l.rule.hash[:], d.take(16))
		l.key, l.time = d.text(), d.int()
		copy(l.id.Block[:], d.take(16))
		l.id.Row, l.partition, l.offset = uint32(d.below(math.MaxUint32, "row")), d.below(maxPartitions, "partition"), d.int()
		m.lates = append(m.lates, l)
	}
	for i := range m.saved.buckets {
		p := &m.saved.buckets[i]
		p.slot = d.byte() & 1
		p.chunks, p.seq, p.sum = uint32(d.below(1<<20, "chunk")), d.uint(), uint32(d.below(math.MaxUint32+1, "checksum"))
	}
	if d.err == nil && len(d.s) > 0 {
		d.fail(fmt.Errorf("%d bytes follow its end", len(d.s)))
	}
	if d.err != nil {
		return nil, fmt.Errorf("manifest: %w", d.err)
	}
	return m, nil
}

// ErrNoSnapshot says that there is none that is complete: a shard then begins with the oldest record there is.
var ErrNoSnapshot = errors.New("no complete snapshot")

// Restore reads the last complete snapshot into s, which must be new, and gives the offset of signals to go on from.
// The error is ErrNoSnapshot (wrapped), after which s must not be used, or that of from.
func (s *Shard) Restore(ctx context.Context, partition int, from Snapshots) (int64, error) {
	m, err := s.findManifest(ctx, partition, from)
	if err != nil {
		return 0, err
	}
	if len(m.marks[0]) != len(s.marks) {
		return 0, fmt.Errorf("signals[%d]: %w: it knows %d partitions of events, there are %d", partition, ErrNoSnapshot, len(m.marks[0]), len(s.marks))
	}
	want, at := map[string]*[]byte{}, map[string]uint64{}
	var data [window.Buckets][][]byte
	for i, p := range m.saved.buckets {
		data[i] = make([][]byte, p.chunks)
		for c := range data[i] {
			k := string(chunkKey(partition, i, p.slot, c))
			want[k], at[k] = &data[i][c], p.seq
		}
	}
	err = from.All(ctx, func(key, value []byte) error {
		if dst := want[string(key)]; dst != nil {
			if seq, n := binary.Uvarint(value); n > 0 && seq == at[string(key)] {
				*dst = value[n:]
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for i, p := range m.saved.buckets {
		var whole []byte
		for _, c := range data[i] {
			whole = append(whole, c...)
		}
		if crc32.Checksum(whole, castagnoli) != p.sum {
			return 0, fmt.Errorf("signals[%d]: %w: bucket %d is not as manifest %d says", partition, ErrNoSnapshot, i, m.saved.seq)
		}
		if err := s.state.Restore(whole); err != nil {
			return 0, fmt.Errorf("signals[%d]: %w: bucket %d: %w", partition, ErrNoSnapshot, i, err)
		}
	}
	s.state.Resume(m.water)
	s.save, s.marks, s.offset, s.begun = m.saved, m.marks[0], m.start, true
	s.keepLates(m.lates)
	if s.again = m; m.start >= m.end {
		s.marks, s.again = m.marks[1], nil
	}
	return m.start, nil
}

func (s *Shard) findManifest(ctx context.Context, partition int, from Snapshots) (*snapshot, error) {
	var last []byte
	key := string(manifestKey(partition))
	err := from.All(ctx, func(k, v []byte) error {
		if string(k) == key {
			last = v
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if last == nil {
		return nil, fmt.Errorf("signals[%d]: %w", partition, ErrNoSnapshot)
	}
	m, err := decodeManifest(last)
	if err != nil {
		return nil, fmt.Errorf("signals[%d]: %w: %w", partition, ErrNoSnapshot, err)
	}
	return m, nil
}

// reread takes a record that the snapshot has taken: its signals wait again if they waited then.
func (s *Shard) reread(offset int64, r *record) {
	m := &s.marks[r.Partition]
	if r.Short {
		m.shorten(r.Offset)
	}
	if r.Idle || m.has(r.Offset, r.Part) {
		return
	}
	before, last := *m, int64(math.MinInt64)
	rules := s.resolve(r)
	for i := range r.signals {
		sig := &r.signals[i]
		n := rules[sig.entry]
		if n < 0 {
			continue
		}
		if s.state.Again(n, r.entries[sig.entry].key, sig.Signal) {
			last = max(last, satAdd(sig.Time, int64(s.state.Lateness(n))))
		}
	}
	m.known, m.offset, m.part = true, r.Offset, r.Part
	if last != math.MinInt64 {
		s.open = append(s.open, recent{offset, last, r.Partition, before})
	}
}
