package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// missing says why a receiver cannot be measured here; its row then says so.
type missing string

func (m missing) Error() string { return string(m) }

// syslogNG is Debian's syslog-ng with its kafka destination, as deploy/syslog-ng unpacks them below bench/out.
type syslogNG struct{ root, modules string }

func (s *suite) syslogNG() (syslogNG, error) {
	n := syslogNG{root: filepath.Join(s.out, "cache", "watchpost", "syslog-ng")}
	modules, _ := filepath.Glob(filepath.Join(n.root, "usr/lib/syslog-ng/[0-9]*"))
	if _, err := os.Stat(n.program()); err != nil || len(modules) != 1 {
		return n, missing("syslog-ng is not unpacked: see bench/run")
	}
	n.modules = modules[0]
	return n, nil
}

func (n syslogNG) program() string { return filepath.Join(n.root, "usr/sbin/syslog-ng") }

// start runs it with a configuration, after the line that states the version.
func (n syslogNG) start(s *suite, config string) (*process, error) {
	dir, err := s.scratch("syslog-ng")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "syslog-ng.conf")
	config = fmt.Sprintf("@version: %s\n%s", filepath.Base(n.modules), config)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	var libraries []string
	for _, d := range []string{"lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "usr/lib/syslog-ng"} {
		libraries = append(libraries, filepath.Join(n.root, d))
	}
	return s.startWith([]string{"LD_LIBRARY_PATH=" + strings.Join(libraries, ":")}, n.program(), "-F", "--no-caps", "-f", file,
		"-R", filepath.Join(dir, "persist"), "-p", filepath.Join(dir, "pid"), "-c", filepath.Join(dir, "ctl"), "--module-path="+n.modules)
}

// syslogNGToKafka is syslog-ng with flow control, so that it reads no faster than Kafka takes.
func syslogNGToKafka() *receiver {
	topic := func(round int) string { return fmt.Sprintf("syslog-ng-%d", round) }
	return &receiver{
		name: "syslog-ng, kafka-c(), 2 workers, header fields parsed, line as received",
		start: func(s *suite, round int) (*process, error) {
			n, err := s.syslogNG()
			if err != nil {
				return nil, err
			}
			if _, err := os.Stat(filepath.Join(n.modules, "libkafka.so")); err != nil {
				return nil, missing("syslog-ng's module kafka is not unpacked: see bench/run")
			}
			if err := create(topic(round)); err != nil {
				return nil, err
			}
			host, port, _ := net.SplitHostPort(takeAddr)
			return n.start(s, fmt.Sprintf(`options { keep-hostname(yes); stats-freq(0); log-fifo-size(200000); threaded(yes); };
source in { syslog(ip("%s") port(%s) transport("tcp") max-connections(64) log-iw-size(64000) log-fetch-limit(1000)); };
destination out { kafka-c(bootstrap-servers("%s") topic("%s") message("<$PRI>1 $ISODATE $HOST $PROGRAM $PID $MSGID - $MSG") workers(2)
  config("acks" => "all", "compression.codec" => "lz4", "linger.ms" => "100", "queue.buffering.max.messages" => "500000", "batch.num.messages" => "10000")); };
log { source(in); destination(out); flags(flow-control); };
`, host, port, brokerAddr, topic(round)))
		},
		done: func(s *suite, _ *process, round int) (time.Time, int, error) { return stored(topic(round), s.events) },
	}
}

// otelToKafka is the OpenTelemetry Collector of bench/otel. It puts batches into records, so what arrives cannot be counted by offsets:
// it is asked to write raw lines, a record each.
func otelToKafka() *receiver {
	topic := func(round int) string { return fmt.Sprintf("otel-%d", round) }
	return &receiver{
		name: "OpenTelemetry Collector, syslogreceiver, batch of 1,024, kafkaexporter, header fields parsed, line as received",
		start: func(s *suite, round int) (*process, error) {
			program := s.tool("otel")
			if _, err := os.Stat(program); err != nil {
				return nil, missing("the OpenTelemetry Collector is not built: see bench/run")
			}
			if err := create(topic(round)); err != nil {
				return nil, err
			}
			dir, err := s.scratch("otel-data")
			if err != nil {
				return nil, err
			}
			file := filepath.Join(dir, "otel.yaml")
			config := fmt.Sprintf(`receivers:
  syslog:
    protocol: rfc5424
    enable_octet_counting: true
    tcp: {listen_address: "%s"}
processors:
  batch: {send_batch_size: 1024, send_batch_max_size: 1024, timeout: 200ms}
exporters:
  kafka:
    brokers: ["%s"]
    logs: {topic: "%s", encoding: raw}
    producer: {required_acks: -1, compression: lz4, max_message_bytes: 1000000}
    sending_queue: {enabled: true, queue_size: 100000, block_on_overflow: true, num_consumers: 4}
service:
  telemetry: {metrics: {level: none}, logs: {level: warn}}
  pipelines:
    logs: {receivers: [syslog], processors: [batch], exporters: [kafka]}
`, takeAddr, brokerAddr, topic(round))
			if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
				return nil, err
			}
			return s.start(program, "--config", "file:"+file)
		},
		done: func(s *suite, _ *process, round int) (time.Time, int, error) { return stored(topic(round), s.events) },
	}
}

// installed tells whether a program of the system is there.
func installed(program, from string) error {
	if _, err := exec.LookPath(program); err != nil {
		return missing(program + " is not installed: " + from)
	}
	return nil
}
