package topic

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

// pressed is the part of what retention keeps that may be unread before intake must stop.
const pressed = 0.8

// Pressed says that in some partition of topic the slowest of groups is so far behind that Kafka is about to trim what it
// has not read: more than four fifths of retention.bytes, or older than four fifths of retention.ms. Intake is refused
// while it is true. It tries once; ask every second or so.
func (c *Client) Pressed(ctx context.Context, topic string, groups ...string) (bool, error) {
	offsets, err := c.Offsets(ctx, topic, groups...)
	if err != nil {
		return false, err
	}
	full := c.o.Prefix + topic
	set, err := c.settings(ctx, full)
	if err != nil {
		return false, fmt.Errorf("settings of topic %s: %w", full, err)
	}
	if limit, err := strconv.ParseInt(set["retention.bytes"], 10, 64); err == nil && limit > 0 {
		sizes, err := c.sizes(ctx, full)
		if err != nil {
			return false, fmt.Errorf("sizes of topic %s: %w", full, err)
		}
		for _, o := range offsets {
			if o.Backlog()*float64(sizes[o.Partition]) > pressed*float64(limit) {
				return true, nil
			}
		}
	}
	if ms, err := strconv.ParseInt(set["retention.ms"], 10, 64); err == nil && ms > 0 {
		old := c.now().Add(-time.Duration(pressed * float64(ms) * 1e6))
		for _, o := range offsets {
			unread := o.First + o.Headroom()
			if unread == o.Next {
				continue
			}
			young, err := c.offsetAt(ctx, full, o.Partition, old)
			if err != nil {
				return false, fmt.Errorf("%s[%d]: offset at %v: %w", full, o.Partition, old, err)
			}
			if young < 0 || unread < young {
				return true, nil
			}
		}
	}
	return false, nil
}

// settings gives those of one topic, none without the right to read them.
func (c *Client) settings(ctx context.Context, full string) (map[string]string, error) {
	res, err := c.kafka.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{
		{ResourceType: kafka.ResourceTypeTopic, ResourceName: full, ConfigNames: []string{"retention.bytes", "retention.ms"}},
	}})
	if err != nil {
		return nil, err
	}
	set := make(map[string]string)
	for _, r := range res.Resources {
		if denied(r.Error) {
			return set, nil
		}
		if r.Error != nil {
			return nil, r.Error
		}
		for _, e := range r.ConfigEntries {
			set[e.ConfigName] = e.ConfigValue
		}
	}
	return set, nil
}

func denied(err error) bool {
	return errors.Is(err, kafka.TopicAuthorizationFailed) || errors.Is(err, kafka.ClusterAuthorizationFailed)
}
