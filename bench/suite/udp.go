package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// udpReceiver takes datagrams and tells in the end how many it has.
type udpReceiver struct {
	name  string
	start func(s *suite, buffer int) (*process, error)
	got   func(s *suite, p *process) (rows int, note string, err error) // ends p
}

// defaultBuffer is net.core.rmem_max as the kernel comes.
const defaultBuffer = 212_992

// udp measures how much is lost at given rates, with the buffers that a kernel grants by default and with large ones.
func (s *suite) udp() (string, error) {
	product := func(sockets int) udpReceiver {
		return udpReceiver{
			name: fmt.Sprintf("Watchpost, all fields parsed, blocks built, no broker, %d sockets", sockets),
			start: func(s *suite, buffer int) (*process, error) {
				args := []string{s.tool("tokafka"), "-discard", "-network", "udp", "-addr", takeAddr, "-sockets", fmt.Sprint(sockets), "-recv-buffer", fmt.Sprint(32 << 20)}
				if buffer == defaultBuffer { // as a user without rights, who asks for as much and is granted what the kernel grants all
					args = append([]string{"setpriv", "--bounding-set=-net_admin,-sys_nice"}, args...)
				} else {
					args = append(args, "-queue", fmt.Sprint(512<<20))
				}
				p, err := s.start(args[0], args[1:]...)
				if err == nil {
					_, err = p.said("ready", 30*time.Second)
				}
				return p, err
			},
			got: func(_ *suite, p *process) (rows int, note string, err error) {
				p.stop()
				line, err := p.said("ended", time.Second)
				if err != nil {
					return 0, "", err
				}
				var kernel, queue, other, granted int
				_, err = fmt.Sscanf(line, "ended %d kernel %d queue %d other %d granted %d", &rows, &kernel, &queue, &other, &granted)
				return rows, fmt.Sprintf("counted: %d by the kernel, %d by the queue, %d else; %d KiB granted", kernel, queue, other, granted>>10), err
			},
		}
	}
	var b strings.Builder
	const seconds = 4
	fmt.Fprintf(&b, "Datagrams of about 280 bytes from 8 sockets for %d s by one sender on the same 2 cores. `by default` is %d bytes a socket, what the kernel grants where nobody raised net.core.rmem_max (here %s), to a product without rights of its own; `tuned` is 32 MB, the right to go beyond, and for the product a queue of 512 MB, where rsyslog and syslog-ng hold their messages too: what comes faster than it is parsed waits there. "+
		"Lost is sent less received; what the product itself counted as lost stands beside it. rsyslog and syslog-ng write lines to a file.\n\n", seconds, defaultBuffer, most())
	b.WriteString("| receiver | buffers | datagrams/s, asked | sent | lost | % | receiver's CPU-s per million | |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range []udpReceiver{product(1), product(4), rsyslogUDP(), syslogNGUDP()} {
		for _, load := range []struct {
			name         string
			buffer, rate int
		}{{"by default", defaultBuffer, 75_000}, {"tuned", 32 << 20, 250_000}} {
			row, err := s.lossOf(r, load.buffer, load.rate, load.rate*seconds)
			var absent missing
			if errors.As(err, &absent) {
				fmt.Fprintf(&b, "| %s | not measured: %v | | | | | | |\n", r.name, absent)
				break
			}
			if err != nil {
				return "", fmt.Errorf("%s: %w", r.name, err)
			}
			fmt.Fprintf(&b, "| %s | %s | %d | %s |\n", r.name, load.name, load.rate, row)
		}
	}
	return b.String(), nil
}

// most is the greatest receive buffer that the kernel grants anyone, in bytes.
func most() string {
	b, err := os.ReadFile("/proc/sys/net/core/rmem_max")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}

// lossOf sends to one receiver; it gives the last columns of its row.
func (s *suite) lossOf(r udpReceiver, buffer, rate, total int) (string, error) {
	p, err := r.start(s, buffer)
	if err != nil {
		return "", err
	}
	defer p.stop()
	if err := bound("udp", takeAddr); err != nil {
		return "", err
	}
	cpu, begin := p.cpu(), time.Now()
	if err := s.send("-network", "udp", "-addr", takeAddr, "-total", fmt.Sprint(total), "-rate", fmt.Sprint(rate), "-run", "udp"); err != nil {
		return "", err
	}
	took := time.Since(begin).Seconds()
	for was := -1.0; p.cpu()-was > 0.02; time.Sleep(500 * time.Millisecond) { // until it has worked off what waits
		was = p.cpu()
	}
	used := p.cpu() - cpu
	rows, note, err := r.got(s, p)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(os.Stderr, "   %s: %d of %d lost; %s\n", r.name, total-rows, total, note)
	return fmt.Sprintf("%.0f/s | %d | %.3f | %.2f | %s", float64(total)/took, total-rows, 100*float64(total-rows)/float64(total), used/(float64(rows)/1e6), note), nil
}

// bound waits until a UDP port is taken: a datagram to a closed one is refused.
func bound(network, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		pc, err := net.ListenPacket(network, net.JoinHostPort(host, port))
		if err != nil {
			return nil
		}
		pc.Close()
	}
	return fmt.Errorf("nobody listens on %s %s", network, addr)
}

// linesIn ends p and counts the lines of the file that it wrote.
func linesIn(file func(*suite) string) func(*suite, *process) (int, string, error) {
	return func(s *suite, p *process) (int, string, error) {
		p.stop()
		text, err := os.ReadFile(file(s))
		if err != nil {
			return 0, "", err
		}
		return bytes.Count(text, []byte("\n")), "", os.Remove(file(s))
	}
}

func rsyslogUDP() udpReceiver {
	return udpReceiver{
		name: "rsyslog, imudp, 2 threads, batches of 128, to a file",
		start: func(s *suite, buffer int) (*process, error) {
			if err := installed("/usr/sbin/rsyslogd", "apt-get install rsyslog"); err != nil {
				return nil, err
			}
			dir, err := s.scratch("rsyslog")
			if err != nil {
				return nil, err
			}
			host, port, _ := net.SplitHostPort(takeAddr)
			file := filepath.Join(dir, "rsyslog.conf")
			config := fmt.Sprintf(`global(workDirectory="%s" maxMessageSize="64k")
module(load="imudp" threads="2" batchSize="128")
template(name="line" type="string" string="%%rawmsg%%\n")
input(type="imudp" address="%s" port="%s" ruleset="out" rcvbufSize="%d")
ruleset(name="out" queue.type="FixedArray" queue.size="500000" queue.dequeueBatchSize="2048") {
  action(type="omfile" file="%s" template="line" ioBufferSize="256k" flushOnTXEnd="off" asyncWriting="on")
}
`, dir, host, port, buffer, filepath.Join(dir, "out"))
			if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
				return nil, err
			}
			return s.start("/usr/sbin/rsyslogd", "-n", "-f", file, "-i", filepath.Join(dir, "pid"))
		},
		got: linesIn(func(s *suite) string { return filepath.Join(s.out, "rsyslog", "out") }),
	}
}

func syslogNGUDP() udpReceiver {
	return udpReceiver{
		name: "syslog-ng, 4 sockets by so-reuseport, to a file",
		start: func(s *suite, buffer int) (*process, error) {
			n, err := s.syslogNG()
			if err != nil {
				return nil, err
			}
			host, port, _ := net.SplitHostPort(takeAddr)
			var sources strings.Builder
			for range 4 {
				fmt.Fprintf(&sources, "  syslog(ip(\"%s\") port(%s) transport(\"udp\") so-reuseport(yes) persist-name(\"u%d\") so-rcvbuf(%d) log-iw-size(100000) log-fetch-limit(1000));\n", host, port, sources.Len(), buffer)
			}
			return n.start(s, fmt.Sprintf(`options { keep-hostname(yes); stats-freq(0); log-fifo-size(500000); threaded(yes); };
source in {
%s};
destination out { file("%s/out" template("$ISODATE $HOST $PROGRAM $PID $MSGID - $MSG\n")); };
log { source(in); destination(out); };
`, sources.String(), filepath.Join(s.out, "syslog-ng")))
		},
		got: linesIn(func(s *suite) string { return filepath.Join(s.out, "syslog-ng", "out") }),
	}
}
