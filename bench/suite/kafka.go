package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

const (
	brokerAddr = "127.0.0.1:19192" // of deploy/kafka/run
	takeAddr   = "127.0.0.1:45514" // where receivers listen
)

// receiver takes lines from TCP and puts them into Kafka.
type receiver struct {
	name  string
	start func(s *suite, round int) (*process, error)
	done  func(s *suite, p *process, round int) (at time.Time, lost int, err error) // waits until the round's events are in Kafka
	own   bool                                                                      // the broker is within the process

	cpu, rate, rss, broker []float64 // of the rounds
	lost                   int       // events of all rounds that never came
	missing                error     // why it is not measured
}

// kafka measures TCP to Kafka.
func (s *suite) kafka() (string, error) {
	broker, err := s.realKafka()
	if err != nil {
		return "", err
	}
	defer broker.stop()
	all := []*receiver{
		rsyslog("rsyslog, omkafka, tuned, line as received", tuned, `string="%rawmsg%"`),
		rsyslog("rsyslog, omkafka, tuned, header fields as JSON", tuned, jsonTemplate),
		rsyslog("rsyslog, omkafka, its own defaults, line as received", untuned, `string="%rawmsg%"`),
		syslogNGToKafka(),
		otelToKafka(),
		product("Watchpost, all fields parsed, snappy (default)", "snappy", 2),
		product("Watchpost, lz4", "lz4", 2),
		product("Watchpost, zstd", "zstd", 2),
		product("Watchpost, snappy, 12 partitions", "snappy", 12),
		embedded(),
	}
	for round := range s.rounds + 1 {
		if round == 1 { // the first round only warmed the broker's virtual machine
			for _, r := range all {
				r.cpu, r.rate, r.rss, r.broker, r.lost = nil, nil, nil, nil, 0
			}
		}
		for _, r := range all[:min(len(all), 6+round*len(all))] {
			var absent missing
			if err := s.measure(r, broker, round); errors.As(err, &absent) {
				r.missing = absent
				fmt.Fprintf(os.Stderr, "   %s: %v\n", r.name, absent)
			} else if err != nil {
				return "", fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	base := math.NaN() // rsyslog is missing
	if all[0].missing == nil {
		base = median(all[0].cpu)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "TCP, octet-counted RFC 5424, 8 connections, %d events a round, medians of %d interleaved rounds after one that warms up; acks=all, Kafka on the same 2 cores, 2 partitions where not said otherwise. CPU is that of the receiver; the sender is apart.\n\n", s.events, s.rounds)
	b.WriteString("| receiver → Kafka | CPU-s per million | to the first | events/s | RSS MB | the broker's CPU-s per million | events lost in all rounds |\n|---|---|---|---|---|---|---|\n")
	for _, r := range all {
		if r.missing != nil {
			fmt.Fprintf(&b, "| %s | not measured: %v | | | | | |\n", r.name, r.missing)
			continue
		}
		brokers := fmt.Sprintf("%.2f", median(r.broker))
		if r.own {
			brokers = "within"
		}
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %.0f | %.0f | %s | %d |\n", r.name, median(r.cpu), median(r.cpu)/base, median(r.rate), median(r.rss), brokers, r.lost)
	}
	return b.String(), nil
}

// measure runs one receiver once.
func (s *suite) measure(r *receiver, broker *process, round int) error {
	p, err := r.start(s, round)
	if err != nil {
		return err
	}
	defer p.stop()
	if err := listens(takeAddr); err != nil {
		return err
	}
	cpu, brokers, begin := p.cpu(), broker.cpu(), time.Now()
	if err := s.send("-addr", takeAddr, "-total", fmt.Sprint(s.events), "-run", fmt.Sprint("k", round)); err != nil {
		return err
	}
	at, lost, err := r.done(s, p, round)
	if err != nil {
		return err
	}
	r.lost += lost
	took := at.Sub(begin).Seconds()
	million := float64(s.events) / 1e6
	r.cpu = append(r.cpu, (p.cpu()-cpu)/million)
	r.broker = append(r.broker, (broker.cpu()-brokers)/million)
	r.rate = append(r.rate, float64(s.events)/took)
	r.rss = append(r.rss, sum(p.memory()))
	fmt.Fprintf(os.Stderr, "   %s: %.2f CPU-s/M\n", r.name, (p.cpu()-cpu)/million)
	return nil
}

// realKafka starts a Kafka of one node and waits until it serves.
func (s *suite) realKafka() (*process, error) {
	dir, err := s.scratch("kafka")
	if err != nil {
		return nil, err
	}
	if c, err := net.Dial("tcp", brokerAddr); err == nil {
		c.Close()
		return nil, fmt.Errorf("%s is taken: another Kafka runs", brokerAddr)
	}
	s.env = append(s.env, "WATCHPOST_KAFKA_DATA="+dir)
	p, err := s.start("deploy/kafka/run", "1")
	if err != nil {
		return nil, err
	}
	client := kafka.Client{Addr: kafka.TCP(brokerAddr), Timeout: 2 * time.Second}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if m, err := client.Metadata(context.Background(), &kafka.MetadataRequest{}); err == nil && len(m.Brokers) > 0 {
			return p, nil
		}
	}
	p.stop()
	return nil, errors.New("broker of Kafka does not serve within a minute")
}

// listens waits until somebody does at addr.
func listens(addr string) error {
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var c net.Conn
		if c, err = net.Dial("tcp", addr); err == nil {
			return c.Close()
		}
	}
	return err
}

// product is the product's path from TCP to Kafka.
func product(name, compression string, partitions int) *receiver {
	prefix := func(round int) string { return fmt.Sprintf("wp-%s-%d-%d-", compression, partitions, round) }
	return tokafka(name, func(s *suite, round int) []string {
		return []string{"-broker", brokerAddr, "-prefix", prefix(round), "-compression", compression, "-partitions", fmt.Sprint(partitions)}
	})
}

// embedded is the product's path into its embedded broker.
func embedded() *receiver {
	r := tokafka("Watchpost into its embedded broker, in one process, snappy", func(s *suite, round int) []string {
		dir, err := s.scratch("embedded")
		if err != nil {
			return nil
		}
		return []string{"-embedded", dir}
	})
	r.own = true
	return r
}

func tokafka(name string, args func(*suite, int) []string) *receiver {
	return &receiver{
		name: name,
		start: func(s *suite, round int) (*process, error) {
			p, err := s.start(s.tool("tokafka"), append(args(s, round), "-addr", takeAddr, "-total", fmt.Sprint(s.events))...)
			if err == nil {
				_, err = p.said("ready", 30*time.Second)
			}
			return p, err
		},
		done: func(_ *suite, p *process, _ int) (time.Time, int, error) {
			line, err := p.said("done", 2*time.Minute)
			if err == nil && !strings.HasSuffix(line, " 0 unparsed") {
				err = errors.New(line)
			}
			return time.Now(), 0, err
		},
	}
}

const jsonTemplate = `string="{\"@timestamp\":\"%timereported:::date-rfc3339%\",\"host\":\"%hostname%\",\"pri\":\"%pri%\",\"app\":\"%app-name%\",\"pid\":\"%procid%\",\"from\":\"%fromhost-ip%\",\"message\":\"%msg:::json%\"}"`

// tuning is how rsyslog is configured where it leaves a choice.
type tuning struct{ input, queue, producer string }

var (
	tuned = tuning{
		"imptcp", ` queue.type="FixedArray" queue.size="200000" queue.dequeueBatchSize="2048" queue.workerThreads="2" queue.workerThreadMinimumMessages="20000"`,
		`, "linger.ms=100", "queue.buffering.max.messages=500000", "batch.num.messages=10000"`,
	}
	untuned = tuning{input: "imtcp"}
)

// rsyslog is Debian's rsyslog with omkafka.
func rsyslog(name string, t tuning, template string) *receiver {
	topic := func(round int) string { return fmt.Sprintf("rsyslog-%s-%d-%d", t.input, len(template), round) }
	return &receiver{
		name: name,
		start: func(s *suite, round int) (*process, error) {
			if err := installed("/usr/sbin/rsyslogd", "apt-get install rsyslog rsyslog-kafka"); err != nil {
				return nil, err
			}
			dir, err := s.scratch("rsyslog")
			if err != nil {
				return nil, err
			}
			if err := create(topic(round)); err != nil {
				return nil, err
			}
			host, port, _ := net.SplitHostPort(takeAddr)
			config := fmt.Sprintf(`global(workDirectory="%s" maxMessageSize="64k")
module(load="%s")
module(load="omkafka")
template(name="line" type="string" %s)
input(type="%s" address="%s" port="%s" ruleset="out")
ruleset(name="out"%s) {
  action(type="omkafka" broker=["%s"] topic="%s" partitions.auto="on" template="line" action.resumeRetryCount="-1"
    confParam=["compression.codec=lz4", "acks=all"%s])
}
`, dir, t.input, template, t.input, host, port, t.queue, brokerAddr, topic(round), t.producer)
			file := filepath.Join(dir, "rsyslog.conf")
			if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
				return nil, err
			}
			if out, err := exec.Command("/usr/sbin/rsyslogd", "-N1", "-f", file).CombinedOutput(); err != nil {
				return nil, fmt.Errorf("rsyslogd -N1: %w: %s", err, out)
			}
			return s.start("/usr/sbin/rsyslogd", "-n", "-f", file, "-i", filepath.Join(dir, "pid"))
		},
		done: func(s *suite, _ *process, round int) (time.Time, int, error) { return stored(topic(round), s.events) },
	}
}

// create makes a topic like the product's.
func create(topic string) error {
	client := kafka.Client{Addr: kafka.TCP(brokerAddr), Timeout: 10 * time.Second}
	res, err := client.CreateTopics(context.Background(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 2, ReplicationFactor: 1}}})
	if err == nil {
		err = res.Errors[topic]
	}
	return err
}

// stored waits until a topic holds n records, or no more come: the rest is lost.
func stored(topic string, n int) (at time.Time, lost int, err error) {
	client := kafka.Client{Addr: kafka.TCP(brokerAddr), Timeout: 10 * time.Second}
	ask := &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: {kafka.LastOffsetOf(0), kafka.LastOffsetOf(1)}}}
	const patience = 10 * time.Second
	at = time.Now()
	for have := 0; have < n && time.Since(at) < patience; time.Sleep(20 * time.Millisecond) {
		res, err := client.ListOffsets(context.Background(), ask)
		if err != nil {
			return at, 0, err
		}
		now := 0
		for _, p := range res.Topics[topic] {
			now += int(p.LastOffset)
		}
		if now > have {
			have, at = now, time.Now()
		}
		lost = n - have
	}
	if lost == n {
		return at, lost, fmt.Errorf("topic %s: nothing came", topic)
	}
	return at, lost, nil
}
