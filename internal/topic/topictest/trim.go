package topictest

import (
	"context"
	"fmt"
	"sync"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"watchpost/internal/topic"
)

// kafka-go has no DeleteRecords (API key 21): this is its version 1.
type trimRequest struct {
	Topics    []trimTopic `kafka:"min=v0,max=v1"`
	TimeoutMs int32       `kafka:"min=v0,max=v1"`
}

type trimTopic struct {
	Name       string          `kafka:"min=v0,max=v1"`
	Partitions []trimPartition `kafka:"min=v0,max=v1"`
}

type trimPartition struct {
	Partition int32 `kafka:"min=v0,max=v1"`
	Offset    int64 `kafka:"min=v0,max=v1"`
}

type trimResponse struct {
	ThrottleTimeMs int32          `kafka:"min=v0,max=v1"`
	Topics         []trimmedTopic `kafka:"min=v0,max=v1"`
}

type trimmedTopic struct {
	Name       string             `kafka:"min=v0,max=v1"`
	Partitions []trimmedPartition `kafka:"min=v0,max=v1"`
}

type trimmedPartition struct {
	Partition    int32 `kafka:"min=v0,max=v1"`
	LowWatermark int64 `kafka:"min=v0,max=v1"`
	ErrorCode    int16 `kafka:"min=v0,max=v1"`
}

func (*trimRequest) ApiKey() protocol.ApiKey  { return protocol.DeleteRecords }
func (*trimResponse) ApiKey() protocol.ApiKey { return protocol.DeleteRecords }

// Broker sends the request to the leader of its only partition.
func (r *trimRequest) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	t := r.Topics[0]
	p, ok := cluster.Topics[t.Name].Partitions[t.Partitions[0].Partition]
	if !ok {
		return protocol.Broker{ID: -1}, fmt.Errorf("%s[%d] is unknown", t.Name, t.Partitions[0].Partition)
	}
	return cluster.Brokers[p.Leader], nil
}

var register sync.Once

// trim throws away the records of partition 0 before an offset. It knows brokers without TLS and SASL only.
func trim(ctx context.Context, o topic.Options, name string, offset int64) error {
	register.Do(func() { protocol.Register(&trimRequest{}, &trimResponse{}) })
	t := &kafka.Transport{Dial: o.Dial}
	defer t.CloseIdleConnections()
	res, err := t.RoundTrip(ctx, kafka.TCP(o.Brokers...), &trimRequest{
		TimeoutMs: 5000, Topics: []trimTopic{{o.Prefix + name, []trimPartition{{0, offset}}}},
	})
	if err != nil {
		return fmt.Errorf("trim %s: %w", name, err)
	}
	for _, t := range res.(*trimResponse).Topics {
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 {
				return fmt.Errorf("trim %s: %w", name, kafka.Error(p.ErrorCode))
			}
		}
	}
	return nil
}
