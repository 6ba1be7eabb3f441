package parse

import "watchpost/internal/event"

// ironPortLogs are the logs of Cisco's mail and web gateways (AsyncOS), by the programs whose lines they are.
var ironPortLogs = [...]string{"mail_logs", "authentication", "gui_logs", "amp", "system_logs", "trafmon"}

// ironPort reads a line of a text log that comes under the gateway's name or without one, its own time in front:
//
//	Mon Nov 23 18:14:15 2026 Info: MID 7 ICID 9 From: <alice@example.com>
//	23 Nov 2026 18:14:15 (GMT+1:00) Info: Firewall blocked TCP data from 192.0.2.7:1148 to 203.0.113.9.
func ironPort(p *Parser, b *event.Batch, h *header, m []byte) bool {
	var c civil
	n := readStamp(m, &c)
	if n == 0 || n >= len(m) || m[n] != ' ' {
		return false
	}
	rest := skipBlanks(m[n:])
	if zone, said, ok := cut(rest[:min(len(rest), 16)], ") "); ok && hasPrefix(zone, "(GMT") {
		if with := c; readHours(zone[4:], &with) == len(zone)-4 {
			c = with
		}
		rest = skipBlanks(rest[len(rest[:min(len(rest), 16)])-len(said):])
	}
	if level, _, ok := cut(rest[:min(len(rest), 12)], ": "); !ok || !isLevel(level) {
		return false
	}
	for _, name := range ironPortLogs {
		if p.servers[name].read(p, b, rest) {
			h.settle(&c)
			return true
		}
	}
	return false
}
