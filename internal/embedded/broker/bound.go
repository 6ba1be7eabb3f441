package broker

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// bound sees every wish to create topics before the broker does, and gives each topic that is not compacted a limit by
// size and none by time: kfake trims only topics that say so themselves, and one that time has emptied forgets its
// offsets when the process is killed.
func (b *Broker) bound(r kmsg.Request) (kmsg.Response, error, bool) {
	req := r.(*kmsg.CreateTopicsRequest)
	for i := range req.Topics {
		t := &req.Topics[i]
		set := make(map[string]*string)
		for _, c := range t.Configs {
			set[c.Name] = c.Value
		}
		if v := set["cleanup.policy"]; v != nil && strings.Contains(*v, "compact") {
			continue
		}
		limit := b.o.MaxBytes
		if v := set["retention.bytes"]; v != nil {
			if n, err := strconv.ParseInt(*v, 10, 64); err == nil && n > 0 {
				limit = min(limit, n)
			}
		}
		keep := t.Configs[:0:0]
		for _, c := range t.Configs {
			if c.Name != "retention.ms" && c.Name != "retention.bytes" {
				keep = append(keep, c)
			}
		}
		t.Configs = append(keep, config("retention.ms", "-1"), config("retention.bytes", strconv.FormatInt(limit, 10)))
	}
	return nil, nil, false
}

func config(name, value string) kmsg.CreateTopicsRequestTopicConfig {
	c := kmsg.NewCreateTopicsRequestTopicConfig()
	c.Name, c.Value = name, &value
	return c
}

// Size is how much a partition holds and may hold.
type Size struct {
	Bytes int64
	Limit int64 // beyond, the oldest blocks go; -1 for a compacted topic
}

// Sizes gives the sizes of a topic's partitions, none if there is no such topic or the broker does not run.
func (b *Broker) Sizes(topic string) []Size {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cluster == nil {
		return nil
	}
	info := b.cluster.TopicInfo(topic)
	if info == nil {
		return nil
	}
	limit := int64(-1)
	if v := info.Configs["retention.bytes"]; v != nil {
		if n, err := strconv.ParseInt(*v, 10, 64); err == nil {
			limit = n
		}
	}
	var out []Size
	for _, p := range b.cluster.PartitionInfos(topic) {
		out = append(out, Size{Bytes: p.NumBytes, Limit: limit})
	}
	return out
}

// clean keeps partitions within their limits until ctx ends. A compacted topic is compacted when it has doubled since the
// last time: the broker does nothing else meanwhile.
func (b *Broker) clean(ctx context.Context) {
	tick := time.NewTicker(b.o.Clean)
	defer tick.Stop()
	after := int64(compactFrom)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		b.mu.Lock()
		b.cluster.ApplyRetention()
		b.mu.Unlock()
		if b.compactable() < after {
			continue
		}
		b.mu.Lock()
		b.cluster.Compact()
		b.mu.Unlock()
		after = max(compactFrom, 2*b.compactable())
	}
}

const compactFrom = 32 << 20

// compactable gives the bytes of all compacted topics.
func (b *Broker) compactable() int64 {
	entries, err := os.ReadDir(filepath.Join(b.o.Dir, "log", "partitions"))
	if err != nil {
		return 0 // no record was written yet
	}
	total := int64(0)
	seen := make(map[string]bool)
	for _, e := range entries {
		name := e.Name()
		topic, err := url.PathUnescape(name[:max(0, strings.LastIndexByte(name, '-'))])
		if err != nil || seen[topic] {
			continue
		}
		seen[topic] = true
		for _, s := range b.Sizes(topic) {
			if s.Limit < 0 {
				total += s.Bytes
			}
		}
	}
	return total
}
