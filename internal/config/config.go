// Package config holds the configuration of an installation: one YAML file, each section the Options of its package.
package config

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"watchpost/internal/detect"
	"watchpost/internal/ingest"
	"watchpost/internal/source"
	"watchpost/internal/store"
	"watchpost/internal/topic"
	"watchpost/internal/web"
)

// Config is the whole file.
type Config struct {
	Data       string         `yaml:"data"`   // folder for everything that is kept; relative to the working directory
	Memory     int64          `yaml:"memory"` // bytes that the process, without the embedded ClickHouse, keeps below where it can: its garbage is collected more often then; the environment's GOMEMLIMIT goes before
	Log        Log            `yaml:"log"`
	Listen     Listen         `yaml:"listen"`
	Ingest     ingest.Options `yaml:"ingest"`
	Kafka      topic.Options  `yaml:"kafka"`      // no brokers: the embedded one, in the all-in-one
	ClickHouse store.Options  `yaml:"clickhouse"` // no addr: the embedded engine, in the all-in-one
	Rules      string         `yaml:"rules"`      // folder of rules; empty: those that come with the product
	Geo        string         `yaml:"geo"`        // folder of *.mmdb files that know the places of addresses; empty: <data>/geo
	Lists      string         `yaml:"lists"`      // folder of lists for rules (docs/context.md), used instead of those of the same name that lie with the rules; empty: <data>/lists
	IOCs       string         `yaml:"iocs"`       // folder of indicators of compromise (docs/iocs.md); empty: <data>/iocs
	Packs      string         `yaml:"packs"`      // folder of packs of hunts (docs/hunts.md), beside those that come with the product; empty: <data>/packs
	Content    string         `yaml:"content"`    // folder of rules that drop, thin out, mask or keep longer what comes in (docs/content.md); empty: <data>/content
	Detect     detect.Options `yaml:"detect"`
	Query      web.Options    `yaml:"query"`
	Admin      Admin          `yaml:"admin"`
	Embedded   Embedded       `yaml:"embedded"`
}

// Log says how the product speaks of itself.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// Listen lists what takes logs in.
type Listen struct {
	UDP        []UDP        `yaml:"udp"`
	TCP        []TCP        `yaml:"tcp"`
	Agents     []Agents     `yaml:"agents"`
	RELP       []RELP       `yaml:"relp"`       // RELP of rsyslog: acknowledged once Kafka has it
	Lumberjack []Lumberjack `yaml:"lumberjack"` // Beats and others that speak with Logstash: acknowledged once Kafka has it

	GELF   []GELF   `yaml:"gelf"`   // Graylog's format
	Fluent []Fluent `yaml:"fluent"` // Fluentd and Fluent Bit, by their forward protocol: acknowledged once Kafka has it, where the sender asks for that

	// Spare are the listeners that the file does not speak of, by name, with their key: where their port is taken the
	// product does without them.
	Spare map[string]string `yaml:"-"`
}

// Admin says where metrics and health of a single role are served; the page has its own address.
type Admin struct {
	Ingest string `yaml:"ingest"` // host:port of the ingest role
	Detect string `yaml:"detect"` // host:port of the detect role
}

// minMemory is what a process takes at rest.
const minMemory = 100_000_000

// Embedded says how the engines of the all-in-one run.
type Embedded struct {
	Kafka        string `yaml:"kafka"`         // host:port of the broker, on 127.0.0.1
	EngineMemory int64  `yaml:"engine_memory"` // bytes above which ClickHouse refuses statements; 0: a quarter of what the machine or its cgroup has, at least 1200000000
}

// UDP and all that follow are listeners whose keys start from the defaults of package source.
type (
	UDP        source.UDPOptions
	TCP        source.TCPOptions
	Agents     source.HTTPOptions
	RELP       source.AckedOptions
	Lumberjack source.AckedOptions
	GELF       source.GELFOptions
	Fluent     source.FluentOptions
)

// SetDefaults fills a listener of the file before its keys are read.
func (o *UDP) SetDefaults() { *o = UDP(source.UDPDefaults) }

// SetDefaults fills a listener of the file before its keys are read.
func (o *TCP) SetDefaults() { *o = TCP(source.TCPDefaults) }

// SetDefaults fills a listener of the file before its keys are read.
func (o *Agents) SetDefaults() { *o = Agents(source.HTTPDefaults) }

// SetDefaults fills a listener of the file before its keys are read.
func (o *RELP) SetDefaults() { *o = RELP(source.RELPDefaults) }

// SetDefaults fills a listener of the file before its keys are read.
func (o *GELF) SetDefaults() { *o = GELF(source.GELFDefaults) }

// SetDefaults fills a listener of the file before its keys are read.
func (o *Fluent) SetDefaults() { *o = Fluent(source.FluentDefaults) }

// SetDefaults fills a listener of the file before its keys are read.
func (o *Lumberjack) SetDefaults() { *o = Lumberjack(source.LumberjackDefaults) }

// Default is the configuration of an empty file: everything on loopback, the ports of docs/design.md, TLS with a
// certificate of the local authority below the data folder.
func Default() Config {
	var udp UDP
	var tcp, tls TCP
	var agents Agents
	udp.SetDefaults()
	tcp.SetDefaults()
	tls.SetDefaults()
	agents.SetDefaults()
	relp, lumberjack := RELP(source.RELPDefaults), Lumberjack(source.LumberjackDefaults)
	gelfUDP, gelfTCP := GELF(source.GELFDefaults), GELF(source.GELFDefaults)
	fluent := Fluent(source.FluentDefaults)
	gelfTCP.Name, gelfTCP.Transport = "gelf-tcp", "tcp"
	grpc, otlp := agents, agents
	grpc.Name, grpc.Addr, grpc.HTTP2 = "otlp-grpc", "127.0.0.1:4317", true
	otlp.Name, otlp.Addr = "otlp-http", "127.0.0.1:4318"
	tls.Name, tls.Addr, tls.Framing = "syslog-tls", "127.0.0.1:6514", "auto"
	tls.TLS.Cert, tls.TLS.Key = LocalCertificate, LocalCertificate
	return Config{
		Data:   "data",
		Memory: 800_000_000,
		Log:    Log{Level: "info", Format: "text"},
		Listen: Listen{
			UDP: []UDP{udp}, TCP: []TCP{tcp, tls}, Agents: []Agents{agents, grpc, otlp}, RELP: []RELP{relp},
			Lumberjack: []Lumberjack{lumberjack}, GELF: []GELF{gelfUDP, gelfTCP},
			Fluent: []Fluent{fluent},
			Spare:  map[string]string{grpc.Name: "agents", otlp.Name: "agents", relp.Name: "relp", lumberjack.Name: "lumberjack", gelfUDP.Name: "gelf", gelfTCP.Name: "gelf", fluent.Name: "fluent"},
		},
		Ingest:     ingest.Defaults,
		Kafka:      topic.Defaults,
		ClickHouse: store.Defaults,
		Detect:     detect.Defaults,
		Query:      web.Defaults,
		Admin:      Admin{Ingest: "127.0.0.1:8081", Detect: "127.0.0.1:8082"},
		Embedded:   Embedded{Kafka: "127.0.0.1:9092"},
	}
}

// LocalCertificate, as cert and key of a listener, stands for the certificate that the product makes itself at its
// first start, signed by a local authority below the data folder.
const LocalCertificate = "local"

// Load reads the file at path; an empty path is an empty file. The error joins every fault, each with file, line
// and key.
func Load(path string) (Config, error) {
	if path == "" {
		return Parse("default configuration", nil, os.LookupEnv)
	}
	data, err := readFile(path)
	if err != nil {
		return Config{}, err
	}
	return Parse(path, data, os.LookupEnv)
}

// Parse reads a file's content; env looks up ${NAME}.
func Parse(file string, data []byte, env func(string) (string, bool)) (Config, error) {
	c := Default()
	d := decoder{file: file, env: env, lines: map[string]int{}}
	d.decode(data, &c)
	for name, key := range c.Listen.Spare {
		if _, told := d.lines["listen."+key]; told {
			delete(c.Listen.Spare, name)
		}
	}
	c.finish() // before the check: what follows from the file must be good too
	c.check(&d)
	return c, d.err()
}

func (c *Config) check(d *decoder) {
	if c.Data == "" {
		d.faults = append(d.faults, &fault{d.file, max(d.lines["data"], 1), "data: a folder must be named"})
	}
	if c.Memory < minMemory {
		d.faults = append(d.faults, &fault{d.file, max(d.lines["memory"], 1), fmt.Sprintf("memory: %d bytes are less than %d", c.Memory, minMemory)})
	}
	d.checked("log", c.Log.Check())
	d.checked("ingest", c.Ingest.Check())
	if len(c.Kafka.Brokers) > 0 {
		d.checked("kafka", c.Kafka.Check())
	}
	if len(c.ClickHouse.Addr) > 0 {
		d.checked("clickhouse", c.ClickHouse.Check())
	}
	d.checked("detect", c.Detect.Check())
	d.checked("query", c.Query.Check())
	d.checked("admin", c.Admin.Check())
	d.checked("embedded", c.Embedded.Check())
	names := map[string]string{} // where each was used first
	listener := func(kind string, i int, name string, err error) {
		key := fmt.Sprintf("listen.%s[%d]", kind, i)
		d.checked(key, err)
		if at, used := names[name]; used {
			d.checked(key, fmt.Errorf("name: %q is the name of %s too", name, at))
		} else {
			names[name] = key
		}
	}
	for i, o := range c.Listen.UDP {
		listener("udp", i, o.Name, source.UDPOptions(o).Check())
	}
	for i, o := range c.Listen.TCP {
		listener("tcp", i, o.Name, source.TCPOptions(o).Check())
	}
	for i, o := range c.Listen.Agents {
		listener("agents", i, o.Name, source.HTTPOptions(o).Check())
	}
	for i, o := range c.Listen.RELP {
		listener("relp", i, o.Name, source.AckedOptions(o).Check())
	}
	for i, o := range c.Listen.Lumberjack {
		listener("lumberjack", i, o.Name, source.AckedOptions(o).Check())
	}
	for i, o := range c.Listen.GELF {
		listener("gelf", i, o.Name, source.GELFOptions(o).Check())
	}
	for i, o := range c.Listen.Fluent {
		listener("fluent", i, o.Name, source.FluentOptions(o).Check())
	}
}

// finish fills in what follows from the data folder.
func (c *Config) finish() {
	if c.Ingest.Spool == "" {
		c.Ingest.Spool = filepath.Join(c.Data, "spool")
	}
	if c.Geo == "" {
		c.Geo = filepath.Join(c.Data, "geo")
	}
	if c.Content == "" {
		c.Content = filepath.Join(c.Data, "content")
	}
	if c.IOCs == "" {
		c.IOCs = filepath.Join(c.Data, "iocs")
	}
	if c.Packs == "" {
		c.Packs = filepath.Join(c.Data, "packs")
	}
	if c.Lists == "" {
		c.Lists = filepath.Join(c.Data, "lists")
	}
}

// Check names every fault of a by its key.
func (a Admin) Check() error {
	return errors.Join(checkAddr("ingest", a.Ingest), checkAddr("detect", a.Detect))
}

// Check names every fault of e by its key.
func (e Embedded) Check() error {
	faults := []error{checkAddr("kafka", e.Kafka)}
	if host, _, err := net.SplitHostPort(e.Kafka); err == nil && host != "127.0.0.1" {
		faults = append(faults, fmt.Errorf("kafka: host %q is not 127.0.0.1: the embedded broker knows no rights", host))
	}
	if e.EngineMemory != 0 && e.EngineMemory < minEngineMemory {
		faults = append(faults, fmt.Errorf("engine_memory: %d bytes are less than %d", e.EngineMemory, minEngineMemory))
	}
	return errors.Join(faults...)
}

// minEngineMemory is what the engine needs for itself and for one small statement.
const minEngineMemory = 300_000_000

func checkAddr(key, addr string) error {
	if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
		return fmt.Errorf("%s: %q is not host:port", key, addr)
	}
	return nil
}

// Check names every fault of l by its key.
func (l Log) Check() error {
	var faults []error
	switch l.Level {
	case "debug", "info", "warn", "error":
	default:
		faults = append(faults, fmt.Errorf("level: %q should be debug, info, warn or error", l.Level))
	}
	switch l.Format {
	case "text", "json":
	default:
		faults = append(faults, fmt.Errorf("format: %q should be text or json", l.Format))
	}
	return errors.Join(faults...)
}
