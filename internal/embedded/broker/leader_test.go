package broker

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"

	"watchpost/internal/event"
	"watchpost/internal/topic"
)

// TestReadAllNewLeader: a new leader shows nothing of a log until its followers have told it how far the log goes; that is not its end.
func TestReadAllNewLeader(t *testing.T) {
	b, stop := running(t, t.TempDir())
	defer stop()
	o := topic.Defaults
	o.Brokers, o.Partitions, o.RetentionTime = []string{b.Addr()}, 1, -1
	c, err := topic.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := c.Producer()
	for _, key := range []string{"a", "b", "c"} {
		if err := p.Send(t.Context(), topic.Snapshots, 0, []byte(key), nil, []byte("value")); err != nil {
			t.Fatal(err)
		}
	}
	var empty atomic.Int32
	b.cluster.ControlKey(int16(kmsg.Fetch), func(r kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		req := r.(*kmsg.FetchRequest)
		if req.Topics[0].Topic != topic.Snapshots || empty.Add(1) > 6 {
			return nil, nil, false
		}
		res := req.ResponseKind().(*kmsg.FetchResponse)
		p := kmsg.NewFetchResponseTopicPartition()
		p.HighWatermark, p.LastStableOffset = 1, 1
		res.Topics = []kmsg.FetchResponseTopic{{Topic: topic.Snapshots, Partitions: []kmsg.FetchResponseTopicPartition{p}}}
		return res, nil, true
	})
	n := 0
	if err := c.ReadAll(t.Context(), topic.Snapshots, 0, func(topic.Record) error { n++; return nil }); err != nil || n != 3 {
		t.Errorf("%d records, %v; want 3", n, err)
	}
	if empty.Load() < 6 {
		t.Errorf("%d answers were empty: the test shows nothing", empty.Load())
	}
}

// TestNewLeaderOtherLog: a leader is followed by one whose log lost its end, and has grown past what was read of it, while the reader keeps its partition.
func TestNewLeaderOtherLog(t *testing.T) {
	b, stop := running(t, t.TempDir())
	defer stop()
	o := topic.Defaults
	o.Brokers, o.Partitions, o.RetentionTime = []string{b.Addr()}, 1, -1
	fill := func(prefix string, from, to byte) *topic.Client {
		o := o
		o.Prefix = prefix
		c, err := topic.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		if err := c.Ensure(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := c.Producer()
		for n := from; n < to; n++ {
			h := event.Header{ID: event.BlockID{1, n}, Version: event.Version}
			if err := p.Send(t.Context(), topic.Events, 0, nil, h.Headers(), []byte{n}); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	c := fill("", 0, 10)
	fill("other-", 20, 50)
	var state atomic.Int32 // 1: no leader, 2: another one
	b.cluster.ControlKey(int16(kmsg.Fetch), func(r kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		req := r.(*kmsg.FetchRequest)
		if req.Topics[0].Topic != topic.Events || state.Load() == 0 {
			return nil, nil, false
		}
		if state.CompareAndSwap(1, 2) {
			res := req.ResponseKind().(*kmsg.FetchResponse)
			p := kmsg.NewFetchResponseTopicPartition()
			p.ErrorCode = int16(kafka.NotLeaderForPartition)
			res.Topics = []kmsg.FetchResponseTopic{{Topic: topic.Events, Partitions: []kmsg.FetchResponseTopicPartition{p}}}
			return res, nil, true
		}
		req.Topics[0].Topic = "other-" + topic.Events
		return nil, nil, false
	})
	b.cluster.ControlKey(int16(kmsg.ListOffsets), func(r kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		req := r.(*kmsg.ListOffsetsRequest)
		if req.Topics[0].Topic != topic.Events || state.Load() < 2 {
			return nil, nil, false
		}
		res := req.ResponseKind().(*kmsg.ListOffsetsResponse)
		list := kmsg.ListOffsetsResponseTopic{Topic: topic.Events}
		for _, p := range req.Topics[0].Partitions {
			at := kmsg.NewListOffsetsResponseTopicPartition()
			at.Timestamp, at.Offset = p.Timestamp, 0
			if p.Timestamp == -1 {
				at.Offset = 30
			}
			list.Partitions = append(list.Partitions, at)
		}
		res.Topics = []kmsg.ListOffsetsResponseTopic{list}
		return res, nil, true
	})
	done := errors.New("done")
	err := c.Reader("g", topic.Events).Run(t.Context(), func(ctx context.Context, p *topic.Partition) error {
		for n := range byte(40) {
			if n == 10 {
				state.Store(1)
			}
			got, err := p.Next(ctx)
			if err != nil {
				return err
			}
			want, again := n, int64(0)
			if n >= 10 {
				want, again = n+10, 30
			}
			if got.Value[0] != want || got.Again != again {
				t.Errorf("block %d, all below %d may be done; want %d, below %d", got.Value, got.Again, want, again)
			}
		}
		return done
	})
	if err != done {
		t.Fatal(err)
	}
}
