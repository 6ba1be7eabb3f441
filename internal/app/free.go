package app

import (
	"errors"
	"fmt"
	"net"

	"watchpost/internal/config"
)

// Free reports every address that c wants to listen on with all roles in one process and cannot have, each with its
// key: before anything is started, and all at once.
func Free(c config.Config) error {
	var faults []error
	held := func(key string, close func() error, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", key, err))
			return
		}
		close()
	}
	tcp := func(key, addr string) {
		l, err := net.Listen("tcp", addr)
		held(key, func() error { return l.Close() }, err)
	}
	tcp("query.addr", c.Query.Addr)
	udp := func(key, addr string) {
		p, err := net.ListenPacket("udp", addr)
		held(key, func() error { return p.Close() }, err)
	}
	for i, o := range c.Listen.UDP {
		udp(fmt.Sprintf("listen.udp[%d].addr", i), o.Addr)
	}
	for i, o := range c.Listen.TCP {
		tcp(fmt.Sprintf("listen.tcp[%d].addr", i), o.Addr)
	}
	asked := func(kind string, i int, name, addr string) {
		if c.Listen.Spare[name] == "" {
			tcp(fmt.Sprintf("listen.%s[%d].addr", kind, i), addr)
		}
	}
	for i, o := range c.Listen.GELF {
		if o.Transport == "udp" && c.Listen.Spare[o.Name] == "" {
			udp(fmt.Sprintf("listen.gelf[%d].addr", i), o.Addr)
		} else {
			asked("gelf", i, o.Name, o.Addr)
		}
	}
	for i, o := range c.Listen.Agents {
		asked("agents", i, o.Name, o.Addr)
	}
	for i, o := range c.Listen.Fluent {
		asked("fluent", i, o.Name, o.Addr)
	}
	for i, o := range c.Listen.RELP {
		asked("relp", i, o.Name, o.Addr)
	}
	for i, o := range c.Listen.Lumberjack {
		asked("lumberjack", i, o.Name, o.Addr)
	}
	if len(c.Kafka.Brokers) == 0 {
		tcp("embedded.kafka", c.Embedded.Kafka)
	}
	return errors.Join(faults...)
}
