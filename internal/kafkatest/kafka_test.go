package kafkatest_test

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"watchpost/internal/clienttls"
	"watchpost/internal/kafkatest"
	"watchpost/internal/topic"
	"watchpost/internal/topic/topictest"
)

func options(t *testing.T, brokers ...string) topic.Options {
	o := topic.Defaults
	o.Brokers, o.Partitions, o.Prefix = brokers, 2, topictest.Prefix(t)
	o.SessionTimeout, o.Log = 3*time.Second, slog.New(slog.NewTextHandler(io.Discard, nil))
	return o
}

func TestOneNode(t *testing.T) {
	c := kafkatest.Start(t, 1)
	topictest.Run(t, func(t *testing.T) topic.Options { return options(t, c.Brokers()...) })

	t.Run("retention-time", func(t *testing.T) { topictest.RunRetentionTime(t, options(t, c.Brokers()...)) })
	t.Run("killed", func(t *testing.T) {
		topictest.RunOutage(t, options(t, c.Brokers()...),
			topictest.Step{Name: "killed and started", Do: func() { c.Kill(1); c.Restart(1) }})
	})
	for _, mechanism := range []string{"scram-sha-512", "scram-sha-256", "plain"} {
		t.Run(mechanism, func(t *testing.T) {
			o := options(t, c.SASLBroker)
			o.TLS = clienttls.Options{Enabled: true, CA: c.CA}
			o.SASL = topic.SASL{Mechanism: mechanism, User: c.User, Password: c.Password}
			topictest.RunSecured(t, o)
		})
	}
}

func TestThreeNodes(t *testing.T) {
	c := kafkatest.Start(t, 3)
	f := func(t *testing.T) topic.Options { return options(t, c.Brokers()...) }
	topictest.Run(t, f)
	t.Run("node killed", func(t *testing.T) {
		topictest.RunOutage(t, f(t),
			topictest.Step{Name: "one of three killed", Do: func() { c.Kill(1) }},
			topictest.Step{Name: "back again", Do: func() { c.Restart(1) }})
	})
}
