package broker

import (
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

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
