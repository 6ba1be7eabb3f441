package topic

import (
	"strings"
	"testing"
	"time"

	"watchpost/internal/clienttls"
)

func TestCheck(t *testing.T) {
	f := func(want string, change func(*Options)) {
		t.Helper()
		o := Defaults
		o.Brokers = []string{"127.0.0.1:9092"}
		change(&o)
		err := o.Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f("", func(*Options) {})
	f("brokers: none", func(o *Options) { o.Brokers = nil })
	f(`brokers: "kafka"`, func(o *Options) { o.Brokers = []string{"kafka"} })
	f("prefix: ", func(o *Options) { o.Prefix = "a/b" })
	f("tls: cert and key", func(o *Options) { o.TLS = clienttls.Options{Enabled: true, Cert: "x"} })
	f("tls.enabled: ", func(o *Options) { o.TLS.CA = "ca.pem" })
	f("sasl: mechanism", func(o *Options) { o.SASL = SASL{Mechanism: "gssapi", User: "u", Password: "p"} })
	f("sasl: user or password", func(o *Options) { o.SASL.User = "u" })
	f("needs user and password", func(o *Options) { o.SASL.Mechanism = "plain" })
	f("", func(o *Options) { o.SASL = SASL{Mechanism: "scram-sha-512", User: "u", Password: "p"} })
	f("partitions: ", func(o *Options) { o.Partitions = -1 })
	f("replication_factor: ", func(o *Options) { o.ReplicationFactor = -1 })
	f("compression: ", func(o *Options) { o.Compression = "gzip" })
	f("max_message_bytes: ", func(o *Options) { o.MaxMessageBytes = 100 })
	f("batch_bytes: ", func(o *Options) { o.BatchBytes = 1 << 20 })
	f("fetch_bytes: ", func(o *Options) { o.FetchBytes = 0 })
	f("dedup_horizon: ", func(o *Options) { o.DedupHorizon = 0 })
	f("retention_time: ", func(o *Options) { o.RetentionTime = 20 * time.Minute })
	f("", func(o *Options) { o.RetentionTime = -1 })
	f("retention_bytes: ", func(o *Options) { o.RetentionBytes = 1 << 20 })
	f("session_timeout: ", func(o *Options) { o.SessionTimeout = time.Millisecond })

	_, err := Open(Options{})
	if err == nil || strings.Count(err.Error(), "\n") < 5 {
		t.Errorf("faults are not all named at once: %v", err)
	}
	o := Defaults
	o.Brokers, o.TLS = []string{"127.0.0.1:9092"}, clienttls.Options{Enabled: true, CA: "/nowhere/ca.pem"}
	if _, err := Open(o); err == nil || !strings.Contains(err.Error(), "tls.ca: ") {
		t.Errorf("a CA file that is not there: %v", err)
	}
}

// TestUnfit: settings of topics that exist are held against what this installation needs.
func TestUnfit(t *testing.T) {
	c := &Client{o: Defaults}
	f := func(compacted bool, key, value string, faults int) {
		t.Helper()
		set := map[string]string{"max.message.bytes": "8388608", "cleanup.policy": "delete", "retention.bytes": "-1", "retention.ms": "-1"}
		if compacted {
			set["cleanup.policy"] = "compact"
		}
		set[key] = value
		if errs := c.unfit(spec{name: "x", compacted: compacted}, set); len(errs) != faults {
			t.Errorf("%s=%s: %v, want %d faults", key, value, errs, faults)
		}
	}
	f(false, "retention.ms", "-1", 0)
	f(false, "message.timestamp.type", "LogAppendTime", 0)
	f(false, "message.timestamp.type", "CreateTime", 1)
	f(true, "message.timestamp.type", "CreateTime", 1)
	f(false, "max.message.bytes", "1048588", 1)
	f(true, "retention.ms", "1000", 0)
	f(false, "retention.ms", "60000", 1)
	f(false, "retention.bytes", "1000000", 1)
	f(true, "retention.bytes", "100000000000", 1)
	f(false, "cleanup.policy", "compact", 1)
	f(true, "cleanup.policy", "compact,delete", 1)
	f(false, "max.message.bytes", "1048588", 1)
}
