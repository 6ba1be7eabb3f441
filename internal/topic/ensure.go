package topic

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

// spec is what a topic must be.
type spec struct {
	name       string
	partitions int // 0: as the installation's
	compacted  bool
	share      int64 // retention_bytes are divided by it
}

var specs = []spec{
	{name: Events, share: 1},
	{name: Signals, share: 2},
	{name: Alerts, share: 4},
	{name: Snapshots, compacted: true},
	{name: Quarantine, partitions: 1, share: 4},
}

// Ensure creates the topics that are missing and checks those that exist. It waits for a broker until ctx ends; a topic
// that exists, but cannot serve, is an error at once that names every fault.
func (c *Client) Ensure(ctx context.Context) error {
	try := patience{c: c, what: "looking for topics"}
	for {
		faults, err := c.ensure(ctx)
		if err == nil {
			return faults
		}
		if e := try.wait(ctx, err); e != nil {
			return fmt.Errorf("topics: %w (last: %v)", e, err)
		}
	}
}

// ensure tries once; err is worth another attempt, faults are not.
func (c *Client) ensure(ctx context.Context) (faults, err error) {
	have, err := c.layout(ctx)
	if err != nil {
		return nil, err
	}
	want := c.o.Partitions
	if want == 0 {
		if want = have[Events]; want == 0 {
			want = DefaultPartitions
		}
	}
	var missing []kafka.TopicConfig
	var errs []error
	for _, s := range specs {
		n := want
		if s.partitions > 0 {
			n = s.partitions
		}
		switch {
		case have[s.name] == 0:
			missing = append(missing, c.config(s, n))
		case have[s.name] != n:
			errs = append(errs, fmt.Errorf("topic %s has %d partitions, wanted are %d: their number is fixed when the topic is made, "+
				"since keys keep their partition; set partitions to what exists or use another prefix", c.o.Prefix+s.name, have[s.name], n))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...), nil
	}
	if len(missing) > 0 {
		if err := c.create(ctx, missing); err != nil {
			return nil, err
		}
		if have, err = c.layout(ctx); err != nil {
			return nil, err
		}
		for _, t := range missing {
			if have[t.Topic[len(c.o.Prefix):]] != t.NumPartitions {
				return nil, fmt.Errorf("topic %s is not ready yet", t.Topic)
			}
		}
	}
	return c.verify(ctx)
}

// layout counts the partitions of the topics that exist. It fails while one of them has no leader.
func (c *Client) layout(ctx context.Context) (map[string]int, error) {
	full := make([]string, len(names))
	for i, n := range names {
		full[i] = c.o.Prefix + n
	}
	m, err := c.kafka.Metadata(ctx, &kafka.MetadataRequest{Topics: full})
	if err != nil {
		return nil, err
	}
	if len(m.Brokers) == 0 {
		return nil, errors.New("no broker known yet")
	}
	out := make(map[string]int)
	for _, t := range m.Topics {
		switch {
		case errors.Is(t.Error, kafka.UnknownTopicOrPartition):
			continue
		case t.Error != nil:
			return nil, fmt.Errorf("topic %s: %w", t.Name, t.Error)
		}
		for _, p := range t.Partitions {
			if p.Error != nil {
				return nil, fmt.Errorf("topic %s[%d]: %w", t.Name, p.ID, p.Error)
			}
		}
		out[t.Name[len(c.o.Prefix):]] = len(t.Partitions)
	}
	return out, nil
}

func (c *Client) config(s spec, partitions int) kafka.TopicConfig {
	rf := c.o.ReplicationFactor
	if rf == 0 {
		rf = -1
	}
	t := kafka.TopicConfig{Topic: c.o.Prefix + s.name, NumPartitions: partitions, ReplicationFactor: rf}
	set := func(k, v string) {
		t.ConfigEntries = append(t.ConfigEntries, kafka.ConfigEntry{ConfigName: k, ConfigValue: v})
	}
	set("max.message.bytes", strconv.Itoa(c.o.MaxMessageBytes))
	// The time of the broker keeps the order of the log, which the memory of readers goes by.
	set("message.timestamp.type", "LogAppendTime")
	if rf >= 3 {
		set("min.insync.replicas", "2")
	}
	if s.compacted {
		set("cleanup.policy", "compact")
		set("retention.bytes", "-1")
		return t
	}
	set("cleanup.policy", "delete")
	ms := int64(-1)
	if c.o.RetentionTime >= 0 {
		ms = c.o.RetentionTime.Milliseconds()
	}
	set("retention.ms", strconv.FormatInt(ms, 10))
	bytes := int64(-1)
	if c.o.RetentionBytes >= 0 {
		bytes = max(minRetentionBytes, c.o.RetentionBytes/s.share)
	}
	set("retention.bytes", strconv.FormatInt(bytes, 10))
	return t
}

func (c *Client) create(ctx context.Context, topics []kafka.TopicConfig) error {
	res, err := c.kafka.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: topics})
	if err != nil {
		return err
	}
	var errs []error
	for name, err := range res.Errors {
		if err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			errs = append(errs, fmt.Errorf("create topic %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// verify reads the settings of the topics. Without the right to read them it warns and goes on.
func (c *Client) verify(ctx context.Context) (faults, err error) {
	var ask []kafka.DescribeConfigRequestResource
	for _, s := range specs {
		ask = append(ask, kafka.DescribeConfigRequestResource{ResourceType: kafka.ResourceTypeTopic, ResourceName: c.o.Prefix + s.name})
	}
	res, err := c.kafka.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: ask})
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, r := range res.Resources {
		if r.Error != nil {
			if denied(r.Error) {
				c.log.Warn("kafka: may not read the settings of a topic, which are not checked then", "topic", r.ResourceName, "error", r.Error)
				continue
			}
			return nil, fmt.Errorf("settings of topic %s: %w", r.ResourceName, r.Error)
		}
		set := make(map[string]string)
		for _, e := range r.ConfigEntries {
			set[e.ConfigName] = e.ConfigValue
		}
		for _, s := range specs {
			if c.o.Prefix+s.name == r.ResourceName {
				errs = append(errs, c.unfit(s, set)...)
			}
		}
	}
	return errors.Join(errs...), nil
}

// unfit lists why a topic with these settings cannot serve.
func (c *Client) unfit(s spec, set map[string]string) (errs []error) {
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("topic %s: %s is %s: %s", c.o.Prefix+s.name, key, set[key], fmt.Sprintf(format, args...)))
	}
	number := func(key string) (int64, bool) {
		n, err := strconv.ParseInt(set[key], 10, 64)
		return n, err == nil
	}
	if n, ok := number("max.message.bytes"); ok && n < int64(c.o.MaxMessageBytes) {
		bad("max.message.bytes", "less than max_message_bytes, %d", c.o.MaxMessageBytes)
	}
	if v, ok := set["message.timestamp.type"]; ok && v != "LogAppendTime" { // times are those of senders then, by whose clocks readers would go
		bad("message.timestamp.type", "must be LogAppendTime (kafka-configs --alter --topic %s --add-config message.timestamp.type=LogAppendTime)", c.o.Prefix+s.name)
	}
	policy := "delete"
	if s.compacted {
		policy = "compact"
	}
	if p, ok := set["cleanup.policy"]; ok && p != policy {
		bad("cleanup.policy", "must be %s", policy)
	}
	if n, ok := number("retention.bytes"); ok && n >= 0 {
		if s.compacted {
			bad("retention.bytes", "a compacted topic must not have it, for it would lose the oldest keys")
		} else if n < minRetentionBytes {
			bad("retention.bytes", "less than %d", minRetentionBytes)
		}
	}
	if n, ok := number("retention.ms"); ok && n >= 0 && !s.compacted && n < 2*c.o.DedupHorizon.Milliseconds() {
		bad("retention.ms", "less than twice dedup_horizon, %v", 2*c.o.DedupHorizon.Round(time.Millisecond))
	}
	return errs
}
