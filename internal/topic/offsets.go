package topic

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
)

// Offsets are the bounds of a partition and how far groups have committed in it.
type Offsets struct {
	Partition int
	First     int64            // of the oldest record that is kept
	Next      int64            // of the record to come
	Committed map[string]int64 // by group: of the first record not done; First where the group never committed
}

// Lag counts the records that group has not done.
func (o Offsets) Lag(group string) int64 { return max(0, o.Next-o.Committed[group]) }

// Headroom counts the records that Kafka may still trim before it takes one that some group has not done.
func (o Offsets) Headroom() int64 {
	room := o.Next - o.First
	for _, c := range o.Committed {
		room = min(room, c-o.First)
	}
	return max(0, room)
}

// Backlog is the part of the kept records, 0 to 1, that the slowest group has not done.
func (o Offsets) Backlog() float64 {
	if o.Next <= o.First {
		return 0
	}
	return 1 - float64(o.Headroom())/float64(o.Next-o.First)
}

// Offsets gives the state of every partition of a topic, for metrics and back-pressure. It tries once.
func (c *Client) Offsets(ctx context.Context, topic string, groups ...string) ([]Offsets, error) {
	n, err := c.Partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	out := make([]Offsets, n)
	for i := range out {
		first, next, err := c.bounds(ctx, c.o.Prefix+topic, i)
		if err != nil {
			return nil, fmt.Errorf("bounds of %s[%d]: %w", topic, i, err)
		}
		out[i] = Offsets{Partition: i, First: first, Next: next, Committed: make(map[string]int64, len(groups))}
	}
	for _, g := range groups {
		committed, err := c.committed(ctx, c.o.Prefix+g, c.o.Prefix+topic, n)
		if err != nil {
			return nil, fmt.Errorf("offsets of group %s in %s: %w", g, topic, err)
		}
		for i := range out {
			out[i].Committed[g] = out[i].First
			if o, ok := committed[i]; ok {
				out[i].Committed[g] = min(max(o.CommittedOffset, out[i].First), out[i].Next)
			}
		}
	}
	return out, nil
}

// committed gives what a group committed, without the partitions where it did not. The names are whole.
func (c *Client) committed(ctx context.Context, group, topic string, partitions int) (map[int]kafka.OffsetFetchPartition, error) {
	ids := make([]int, partitions)
	for i := range ids {
		ids[i] = i
	}
	res, err := c.kafka.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: ids}})
	if err == nil {
		err = res.Error
	}
	out := make(map[int]kafka.OffsetFetchPartition)
	if errors.Is(err, kafka.GroupIdNotFound) {
		return out, nil // it never committed
	}
	if err != nil {
		return nil, err
	}
	for _, p := range res.Topics[topic] {
		if p.Error != nil && !errors.Is(p.Error, kafka.GroupIdNotFound) {
			return nil, p.Error
		}
		if p.CommittedOffset >= 0 {
			out[p.Partition] = p
		}
	}
	return out, nil
}

// bounds gives the offsets of the oldest record and of the one to come. The name is whole.
func (c *Client) bounds(ctx context.Context, topic string, partition int) (first, next int64, err error) {
	p, err := c.listOffsets(ctx, topic, kafka.FirstOffsetOf(partition), kafka.LastOffsetOf(partition))
	if err != nil {
		return 0, 0, err
	}
	return p.FirstOffset, p.LastOffset, nil
}

// offsetAt gives the offset of the first record that is not older than t, -1 if there is none.
func (c *Client) offsetAt(ctx context.Context, topic string, partition int, t time.Time) (int64, error) {
	p, err := c.listOffsets(ctx, topic, kafka.TimeOffsetOf(partition, t))
	if err != nil {
		return 0, err
	}
	for offset := range p.Offsets {
		return offset, nil
	}
	return -1, nil
}

func (c *Client) listOffsets(ctx context.Context, topic string, ask ...kafka.OffsetRequest) (kafka.PartitionOffsets, error) {
	res, err := c.kafka.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: ask}})
	if err != nil {
		return kafka.PartitionOffsets{}, err
	}
	if len(res.Topics[topic]) == 0 {
		return kafka.PartitionOffsets{}, kafka.UnknownTopicOrPartition
	}
	p := res.Topics[topic][0]
	return p, p.Error
}

// waitBounds is bounds, tried until ctx ends.
func (c *Client) waitBounds(ctx context.Context, topic string, partition int) (first, next int64, err error) {
	try := patience{c: c, what: fmt.Sprintf("bounds of %s[%d]", topic, partition)}
	for {
		first, next, err = c.bounds(ctx, topic, partition)
		if err == nil {
			return first, next, nil
		}
		if e := try.wait(ctx, err); e != nil {
			return 0, 0, fmt.Errorf("bounds of %s[%d]: %w (last: %v)", topic, partition, e, err)
		}
	}
}
