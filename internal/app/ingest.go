package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"watchpost/internal/config"
	"watchpost/internal/event"
	"watchpost/internal/ingest"
	"watchpost/internal/normalise"
	"watchpost/internal/source"
	"watchpost/internal/topic"
)

// listener is what all of package source's listeners do.
type listener interface {
	Listen() error
	Run(context.Context) error
	Addr() net.Addr
	Stats() source.Stats
}

// named is a listener with what people call it.
type named struct {
	listener
	name, kind string
	reload     func() (swap func(), err error) // nil: nothing to reload
}

// eventsProducer sends blocks of events.
type eventsProducer struct{ p *topic.Producer }

func (e eventsProducer) Send(ctx context.Context, partition int, headers []event.KV, value []byte) error {
	return e.p.Send(ctx, topic.Events, partition, nil, headers, value)
}

// newPipeline makes the path from frames to Kafka.
func newPipeline(c config.Config, geo *normalise.Geo, k *topic.Client, log *slog.Logger) (*ingest.Pipeline, *topic.Producer, error) {
	o := c.Ingest
	n, err := k.Partitions(context.Background(), topic.Events)
	if err != nil {
		return nil, nil, err
	}
	producer := k.Producer()
	o.Partitions, o.Log, o.Geo = n, log, geo
	o.TooLarge = func(err error) bool { return errors.Is(err, topic.ErrTooLarge) }
	p, err := ingest.New(o, eventsProducer{producer})
	return p, producer, err
}

// newListeners binds every listener of the configuration; the error names each that could not be bound. Those that the
// configuration can spare are left out instead, and told by name in left.
func newListeners(c config.Config, sink source.Sink, log *slog.Logger) (out []named, left map[string]error, err error) {
	for _, o := range c.Listen.UDP {
		u := source.NewUDP(source.UDPOptions(o), sink, log)
		out = append(out, named{u, o.Name, "syslog UDP", nil})
	}
	for _, o := range c.Listen.TCP {
		kind := "syslog TCP"
		if o.TLS.Cert != "" {
			kind = "syslog TLS"
		}
		if err := localCertificate(c, &o.TLS); err != nil {
			return nil, nil, err
		}
		t := source.NewTCP(source.TCPOptions(o), sink, log)
		out = append(out, named{t, o.Name, kind, t.Reload})
	}
	for _, o := range c.Listen.Agents {
		if err := localCertificate(c, &o.TLS); err != nil {
			return nil, nil, err
		}
		h := source.NewHTTP(source.HTTPOptions(o), sink, log)
		kind := "agents HTTP"
		if o.HTTP2 {
			kind = "agents HTTP, gRPC"
		}
		out = append(out, named{h, o.Name, kind, h.Reload})
	}
	for _, o := range c.Listen.RELP {
		if err := localCertificate(c, &o.TLS); err != nil {
			return nil, nil, err
		}
		r := source.NewRELP(source.AckedOptions(o), sink, log)
		out = append(out, named{r, o.Name, "RELP", r.Reload})
	}
	for _, o := range c.Listen.Lumberjack {
		if err := localCertificate(c, &o.TLS); err != nil {
			return nil, nil, err
		}
		l := source.NewLumberjack(source.AckedOptions(o), sink, log)
		out = append(out, named{l, o.Name, "Lumberjack", l.Reload})
	}
	for _, o := range c.Listen.GELF {
		if err := localCertificate(c, &o.TLS); err != nil {
			return nil, nil, err
		}
		if o.Transport == "udp" {
			out = append(out, named{source.NewGELFUDP(source.GELFOptions(o), sink, log), o.Name, "GELF UDP", nil})
			continue
		}
		l := source.NewGELFTCP(source.GELFOptions(o), sink, log)
		out = append(out, named{l, o.Name, "GELF TCP", l.Reload})
	}
	for _, o := range c.Listen.Fluent {
		if err := localCertificate(c, &o.TLS); err != nil {
			return nil, nil, err
		}
		f := source.NewFluent(source.FluentOptions(o), sink, log)
		out = append(out, named{f, o.Name, "Fluent forward", f.Reload})
	}
	return bind(out, c.Listen.Spare, log)
}

// bind binds the ports of all listeners but those to spare that are taken.
func bind(all []named, spare map[string]string, log *slog.Logger) (out []named, left map[string]error, err error) {
	var faults []error
	left = map[string]error{}
	for _, l := range all {
		err := l.Listen()
		key, can := spare[l.name]
		switch {
		case err == nil:
			out = append(out, l)
		case can:
			left[l.name] = err
			log.Warn("a listener is left out: set listen."+key+" in the configuration to another address, or to []", "listener", l.name, "error", err)
		default:
			faults = append(faults, fmt.Errorf("%s: %w", l.name, err))
		}
	}
	return out, left, errors.Join(faults...)
}

// localCertificate puts the product's own certificate where the configuration asks for it.
func localCertificate(c config.Config, o *source.TLSOptions) error {
	if o.Cert != config.LocalCertificate {
		return nil
	}
	own, _, err := source.LocalCertificate(filepath.Join(c.Data, "tls"), time.Now())
	if err != nil {
		return err
	}
	o.Cert, o.Key = own.Cert, own.Key
	return nil
}

// measureIngest publishes the counters of the path from frames to Kafka.
func measureIngest(o *ops, p *ingest.Pipeline, producer *topic.Producer, listeners []named) {
	s := &p.Stats
	o.counter("ingest_rows_total", "Events that Kafka acknowledged.", nil, func() float64 { return float64(s.Rows.Load()) })
	o.counter("ingest_unparsed_total", "Events that no parser understood; they are stored all the same.", nil, func() float64 { return float64(s.Unparsed.Load()) })
	o.counter("ingest_blocks_total", "Blocks that Kafka acknowledged.", nil, func() float64 { return float64(s.Blocks.Load()) })
	o.counter("ingest_block_bytes_total", "Bytes of these blocks before compression.", nil, func() float64 { return float64(s.Bytes.Load()) })
	o.counter("ingest_blocks_split_total", "Blocks that the broker found too large.", nil, func() float64 { return float64(s.Split.Load()) })
	o.counter("ingest_masked_total", "Events that content rules masked.", nil, func() float64 { return float64(s.Masked.Load()) })
	o.counter("ingest_withheld_total", "Events of which a note is stored, since what had to be masked in them could not be found.", nil, func() float64 { return float64(s.Unmasked.Load()) })
	o.counter("ingest_lost_total", "Events lost at the end because broker and spool took no more.", nil, func() float64 { return float64(s.Lost.Load()) })
	o.gauge("ingest_waiting_bytes", "Bytes of blocks in memory that wait for Kafka.", nil, func() float64 { return float64(s.Waiting.Load()) })
	o.gauge("ingest_held_partitions", "Partitions whose senders wait: neither memory nor spool has room.", nil, func() float64 { return float64(s.Held.Load()) })
	o.gauge("ingest_spool_bytes", "Bytes of blocks on disk that wait for Kafka.", nil, func() float64 { return float64(s.SpoolBytes.Load()) })
	o.counter("ingest_spool_refused_total", "Attempts to put a block on disk that failed: no room there, or the disk is broken.", nil, func() float64 { return float64(s.SpoolRefused.Load()) })
	o.counter("ingest_spool_damaged_total", "Spooled blocks set aside because they were damaged.", nil, func() float64 { return float64(s.SpoolDamaged.Load()) })
	o.counter("produce_retries_total", "Attempts to send a block that failed and were repeated.", nil, func() float64 { return float64(producer.Stats().Retries) })
	for _, l := range listeners {
		by := prometheus.Labels{"listener": l.name}
		o.counter("source_received_total", "Records handed over.", by, func() float64 { return float64(l.Stats().Frames) })
		o.counter("source_received_bytes_total", "Bytes of these records.", by, func() float64 { return float64(l.Stats().Bytes) })
		o.counter("source_truncated_total", "Records that were longer than allowed.", by, func() float64 { return float64(l.Stats().Truncated) })
		o.counter("source_dropped_total", "Records lost for want of room.", by, func() float64 { return float64(l.Stats().Dropped) })
		o.counter("source_rejected_total", "Records refused for what they are.", by, func() float64 { return float64(l.Stats().Rejected) })
		o.counter("source_connections_total", "Connections accepted.", by, func() float64 { return float64(l.Stats().Accepted) })
		o.gauge("source_connections", "Connections open now.", by, func() float64 { return float64(l.Stats().Open) })
	}
	errorsDesc := prometheus.NewDesc("watchpost_source_errors_total", "Connections and requests refused or broken, by reason.", []string{"listener", "reason"}, nil)
	o.registry.MustRegister(collector{func(ch chan<- prometheus.Metric) {
		for _, l := range listeners {
			for reason, n := range l.Stats().Errors { // a closed list of package source
				ch <- prometheus.MustNewConstMetric(errorsDesc, prometheus.CounterValue, float64(n), l.name, reason)
			}
		}
	}})
}

// collector publishes metrics whose labels are not known before somebody asks.
type collector struct {
	collect func(chan<- prometheus.Metric)
}

func (collector) Describe(chan<- *prometheus.Desc) {} // unchecked

func (c collector) Collect(ch chan<- prometheus.Metric) { c.collect(ch) }
