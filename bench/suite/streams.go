package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"watchpost/internal/source"
)

// lineReceiver starts the product's receiver without a broker; extra lists further arguments of the sender.
func (s *suite) lineReceiver(network string, total int) (p *process, extra []string, err error) {
	certs := filepath.Join(s.out, "certs")
	p, err = s.start(s.tool("tokafka"), "-discard", "-network", network, "-certs", certs, "-addr", takeAddr, "-total", fmt.Sprint(total))
	if err != nil {
		return nil, nil, err
	}
	if _, err = p.said("ready", 30*time.Second); err != nil {
		p.stop()
		return nil, nil, err
	}
	extra = []string{"-network", network, "-addr", takeAddr}
	if network == "tls" {
		extra = append(extra, "-ca", filepath.Join(certs, source.LocalCA))
	}
	return p, extra, nil
}

// tls measures what TLS costs beyond TCP.
func (s *suite) tls() (string, error) {
	networks := []string{"tcp", "tls"}
	cpu := map[string][]float64{}
	rate := map[string][]float64{}
	for range s.rounds {
		for _, network := range networks {
			p, extra, err := s.lineReceiver(network, s.events)
			if err != nil {
				return "", err
			}
			before, begin := p.cpu(), time.Now()
			if err = s.send(append(extra, "-total", fmt.Sprint(s.events), "-run", "tls")...); err == nil {
				_, err = p.said("done", 2*time.Minute)
			}
			took := time.Since(begin).Seconds()
			used := p.cpu() - before
			p.stop()
			if err != nil {
				return "", fmt.Errorf("%s: %w", network, err)
			}
			cpu[network] = append(cpu[network], used/(float64(s.events)/1e6))
			rate[network] = append(rate[network], float64(s.events)/took)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Octet-counted RFC 5424 over 8 connections, all fields parsed and blocks built, no broker; %d events a round, medians of %d interleaved rounds. CPU is the receiver's.\n\n", s.events, s.rounds)
	b.WriteString("| | CPU-s per million | to TCP | events/s |\n|---|---|---|---|\n")
	for _, network := range networks {
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %.0f |\n", strings.ToUpper(network), median(cpu[network]), median(cpu[network])/median(cpu["tcp"]), median(rate[network]))
	}
	return b.String(), nil
}

// connections measures what a connection holds that has sent a little and now waits.
func (s *suite) connections() (string, error) {
	const conns, lines = 10_000, 3
	var b strings.Builder
	fmt.Fprintf(&b, "%d connections are opened, send %d lines each, one after the other, and stay. Resident memory of the receiver before, and 5 s after the last line was parsed; the kernel's own buffers are not within.\n\n", conns, lines)
	b.WriteString("| | before, MB | after, MB | KiB each |\n|---|---|---|---|\n")
	for _, network := range []string{"tcp", "tls"} {
		p, extra, err := s.lineReceiver(network, conns*lines)
		if err != nil {
			return "", err
		}
		before := sum(p.memory())
		h, err := s.start(s.tool("load"), append([]string{"hold", "-conns", fmt.Sprint(conns), "-lines", fmt.Sprint(lines)}, extra...)...)
		if err != nil {
			p.stop()
			return "", err
		}
		if _, err = h.said("holding", 2*time.Minute); err == nil {
			if _, err = p.said("done", time.Minute); err == nil {
				time.Sleep(5 * time.Second)
			}
		}
		after := sum(p.memory())
		h.stop()
		p.stop()
		if err != nil {
			return "", fmt.Errorf("%s: %w", network, err)
		}
		fmt.Fprintf(&b, "| %s | %.0f | %.0f | %.1f |\n", strings.ToUpper(network), before, after, (after-before)*1024/conns)
	}
	return b.String(), nil
}
