package topic

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
	"github.com/segmentio/kafka-go/compress/snappy"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"watchpost/internal/clienttls"
)

// Options say where Kafka is and what is asked of it.
type Options struct {
	Brokers []string          `yaml:"brokers"` // host:port of one or more brokers
	Prefix  string            `yaml:"prefix"`  // stands before each topic's and each group's name
	TLS     clienttls.Options `yaml:"tls"`
	SASL    SASL              `yaml:"sasl"`

	Partitions        int           `yaml:"partitions"`         // of events, signals, alerts, snapshots; 0: as they exist, DefaultPartitions where they do not
	ReplicationFactor int           `yaml:"replication_factor"` // 0: the cluster's default
	RetentionTime     time.Duration `yaml:"retention_time"`     // how long Kafka keeps blocks at least; -1ns: no limit by time
	RetentionBytes    int64         `yaml:"retention_bytes"`    // how much of each partition of events Kafka keeps, less of other topics; -1: no limit by size

	Compression     string `yaml:"compression"`       // snappy, lz4, zstd or none
	MaxMessageBytes int    `yaml:"max_message_bytes"` // largest record, compressed, that a topic takes
	BatchBytes      int    `yaml:"batch_bytes"`       // largest record, uncompressed, that is sent
	FetchBytes      int    `yaml:"fetch_bytes"`       // compressed bytes asked for at a time; a single larger record still comes whole

	DedupHorizon   time.Duration `yaml:"dedup_horizon"`   // how far back a reader recognises repeated blocks and requests
	SessionTimeout time.Duration `yaml:"session_timeout"` // a reader silent for so long loses its partitions

	Dial func(ctx context.Context, network, addr string) (net.Conn, error) `yaml:"-"` // nil: a plain dialer
	Now  func() time.Time                                                  `yaml:"-"` // nil: time.Now
	Log  *slog.Logger                                                      `yaml:"-"` // nil: slog.Default()
}

// SASL says who we are to the brokers.
type SASL struct {
	Mechanism string `yaml:"mechanism"` // plain, scram-sha-256, scram-sha-512; empty: none
	User      string `yaml:"user"`
	Password  string `yaml:"password"`
}

// DefaultPartitions is what a topic is created with where Options.Partitions is 0.
const DefaultPartitions = 12

// Defaults suit a Kafka cluster of its own; the embedded broker bounds its log by size instead of time. Snappy is the
// quickest to write and read (bench: BenchmarkBlocks); kafka-go's lz4 packs alike, but takes buffers of 4 MiB for each
// record, however small; zstd keeps half as much again in the same room for twice the time.
var Defaults = Options{
	RetentionTime:   72 * time.Hour,
	RetentionBytes:  -1,
	Compression:     "snappy",
	MaxMessageBytes: 8 << 20,
	BatchBytes:      16 << 20,
	FetchBytes:      1 << 20,
	DedupHorizon:    15 * time.Minute,
	SessionTimeout:  10 * time.Second,
}

// minRetentionBytes keeps at least a few of the largest records in a partition.
const minRetentionBytes = 64 << 20

var compressions = map[string]kafka.Compression{
	"none": 0, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
}

// Check names every fault of o by its key.
func (o Options) Check() error {
	var errs []error
	bad := func(failed bool, format string, args ...any) {
		if failed {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	bad(len(o.Brokers) == 0, "brokers: none given")
	for _, b := range o.Brokers {
		_, port, err := net.SplitHostPort(b)
		bad(err != nil || port == "", "brokers: %q is not host:port", b)
	}
	for _, r := range o.Prefix {
		ok := r == '.' || r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		bad(!ok, "prefix: %q: only letters, digits, dot, underscore, hyphen", o.Prefix)
	}
	bad(len(o.Prefix) > 200, "prefix: longer than 200 bytes")
	if err := o.TLS.Check(); err != nil {
		errs = append(errs, err)
	}
	_, err := o.SASL.mechanism()
	bad(err != nil, "sasl: %w", err)
	bad(o.Partitions < 0 || o.Partitions > 1024, "partitions: %d is not within 0 and 1024", o.Partitions)
	bad(o.ReplicationFactor < 0 || o.ReplicationFactor > 100, "replication_factor: %d is not within 0 and 100", o.ReplicationFactor)
	_, ok := compressions[o.Compression]
	bad(!ok, "compression: %q is none of lz4, zstd, snappy, none", o.Compression)
	bad(o.MaxMessageBytes < 64<<10 || o.MaxMessageBytes > 64<<20, "max_message_bytes: %d is not within 64 KiB and 64 MiB", o.MaxMessageBytes)
	bad(o.BatchBytes < o.MaxMessageBytes || o.BatchBytes > 256<<20, "batch_bytes: %d is not within max_message_bytes and 256 MiB", o.BatchBytes)
	bad(o.FetchBytes < 1 || o.FetchBytes > 64<<20, "fetch_bytes: %d is not within 1 and 64 MiB", o.FetchBytes)
	bad(o.DedupHorizon < time.Second || o.DedupHorizon > 24*time.Hour, "dedup_horizon: %v is not within 1s and 24h", o.DedupHorizon)
	bad(o.RetentionTime >= 0 && o.RetentionTime < 2*o.DedupHorizon,
		"retention_time: %v is less than twice dedup_horizon (%v)", o.RetentionTime, o.DedupHorizon)
	bad(o.RetentionBytes >= 0 && o.RetentionBytes < minRetentionBytes,
		"retention_bytes: %d is less than %d", o.RetentionBytes, minRetentionBytes)
	bad(o.SessionTimeout < time.Second || o.SessionTimeout > 5*time.Minute, "session_timeout: %v is not within 1s and 5m", o.SessionTimeout)
	return errors.Join(errs...)
}

// mechanism gives kafka-go's form of s, nil where none is asked for.
func (s SASL) mechanism() (sasl.Mechanism, error) {
	if s.Mechanism != "" && (s.User == "" || s.Password == "") {
		return nil, fmt.Errorf("mechanism %s needs user and password", s.Mechanism)
	}
	switch s.Mechanism {
	case "":
		if s.User != "" || s.Password != "" {
			return nil, errors.New("user or password without mechanism")
		}
		return nil, nil
	case "plain":
		return plain.Mechanism{Username: s.User, Password: s.Password}, nil
	case "scram-sha-256":
		return scram.Mechanism(scram.SHA256, s.User, s.Password)
	case "scram-sha-512":
		return scram.Mechanism(scram.SHA512, s.User, s.Password)
	}
	return nil, fmt.Errorf("mechanism %q is none of plain, scram-sha-256, scram-sha-512", s.Mechanism)
}

// quickSnappy lets kafka-go pack with its quicker snappy. Its usual one takes a tenth of all that the path from TCP to
// Kafka costs (bench), for records an eighth smaller. It is the library's setting, not a Client's, so once is enough.
var quickSnappy = sync.OnceFunc(func() { compress.SnappyCodec.Compression = snappy.FasterCompression })
