package topic

import (
	"context"
	"fmt"
	"sync"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// kafka-go has no DescribeLogDirs (API key 35): this is its version 1.
type sizesRequest struct {
	Topics []sizesTopic `kafka:"min=v0,max=v1,nullable"`
}

type sizesTopic struct {
	Topic      string  `kafka:"min=v0,max=v1"`
	Partitions []int32 `kafka:"min=v0,max=v1"`
}

type sizesResponse struct {
	ThrottleTimeMs int32      `kafka:"min=v0,max=v1"`
	Dirs           []sizesDir `kafka:"min=v0,max=v1"`
}

type sizesDir struct {
	ErrorCode int16             `kafka:"min=v0,max=v1"`
	Dir       string            `kafka:"min=v0,max=v1"`
	Topics    []sizesTopicSizes `kafka:"min=v0,max=v1"`
}

type sizesTopicSizes struct {
	Topic      string      `kafka:"min=v0,max=v1"`
	Partitions []sizesSize `kafka:"min=v0,max=v1"`
}

type sizesSize struct {
	Partition int32 `kafka:"min=v0,max=v1"`
	Bytes     int64 `kafka:"min=v0,max=v1"`
	Lag       int64 `kafka:"min=v0,max=v1"`
	Future    bool  `kafka:"min=v0,max=v1"` // a copy that is being moved to another disk
}

func (*sizesRequest) ApiKey() protocol.ApiKey  { return protocol.DescribeLogDirs }
func (*sizesResponse) ApiKey() protocol.ApiKey { return protocol.DescribeLogDirs }

// Broker sends the request to the leader of its first partition: each request asks for the partitions of one leader.
func (r *sizesRequest) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	t := r.Topics[0]
	p, ok := cluster.Topics[t.Topic].Partitions[t.Partitions[0]]
	if !ok {
		return protocol.Broker{ID: -1}, fmt.Errorf("%s[%d]: %w", t.Topic, t.Partitions[0], kafka.UnknownTopicOrPartition)
	}
	return cluster.Brokers[p.Leader], nil
}

// registerSizes makes the request known to kafka-go, which asks brokers for its version when it connects.
var registerSizes = sync.OnceFunc(func() { protocol.Register(&sizesRequest{}, &sizesResponse{}) })

// sizes gives the bytes on the leaders' disks by partition, none without the right to know them.
func (c *Client) sizes(ctx context.Context, full string) (map[int]int64, error) {
	m, err := c.kafka.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{full}})
	if err != nil {
		return nil, err
	}
	byLeader := make(map[int][]int32)
	for _, t := range m.Topics {
		for _, p := range t.Partitions {
			byLeader[p.Leader.ID] = append(byLeader[p.Leader.ID], int32(p.ID))
		}
	}
	out := make(map[int]int64)
	for _, partitions := range byLeader {
		ctx, cancel := context.WithTimeout(ctx, requestTimeout)
		res, err := c.transport.RoundTrip(ctx, c.kafka.Addr, &sizesRequest{Topics: []sizesTopic{{full, partitions}}})
		cancel()
		if err != nil {
			return nil, err
		}
		for _, d := range res.(*sizesResponse).Dirs {
			if err := kafka.Error(d.ErrorCode); d.ErrorCode != 0 && !denied(err) {
				return nil, err
			}
			for _, t := range d.Topics {
				for _, p := range t.Partitions {
					if t.Topic == full && !p.Future {
						out[int(p.Partition)] += p.Bytes
					}
				}
			}
		}
	}
	return out, nil
}
