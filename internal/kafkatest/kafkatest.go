// Package kafkatest runs real Kafka clusters on loopback for tests, and only for tests.
package kafkatest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

// Cluster is a Kafka cluster whose nodes are brokers and controllers at once. It ends with the test.
type Cluster struct {
	t     testing.TB
	dir   string
	libs  string
	id    string
	nodes []*node

	// A single node also listens with TLS and SCRAM.
	SASLBroker, CA, User, Password string
}

type node struct {
	id                     int    // 1, 2, …
	plain, controller, tls int    // ports
	reached                string // host:port where clients find it without encryption
	voter                  string
	cmd                    *exec.Cmd
	done                   chan struct{} // closed when cmd has ended
}

// Start starts a cluster of 1 or 3 nodes and waits until it serves. Without Java, or jars, it skips the test; where the
// environment says CI=true it fails it.
func Start(t testing.TB, nodes int) *Cluster {
	t.Helper()
	return start(t, nodes, func(addr string) string { return addr })
}

// StartBehind is Start for one node that clients, and itself, reach at another address: through makes that of the node's own.
func StartBehind(t testing.TB, through func(addr string) string) *Cluster {
	t.Helper()
	return start(t, 1, through)
}

func start(t testing.TB, nodes int, through func(string) string) *Cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("a real Kafka takes seconds: not with -short")
	}
	java, err := exec.LookPath("java")
	if err != nil {
		unavailable(t, "java is not installed: %v", err)
	}
	libs, err := libraries()
	if err != nil {
		unavailable(t, "no jars of Kafka: %v", err)
	}
	c := &Cluster{t: t, dir: t.TempDir(), libs: libs, id: uuid(), User: "watchpost", Password: "s3cret-" + uuid()}
	if strings.Contains(c.dir, ",") {
		t.Fatalf("%s: Kafka takes a comma for the end of a folder's name; name the test without one", c.dir)
	}
	ports := make([]int, 3*nodes)
	for i := range ports {
		ports[i] = FreePort(t)
	}
	for i := range nodes {
		c.nodes = append(c.nodes, &node{
			id: i + 1, plain: ports[3*i], controller: ports[3*i+1], tls: ports[3*i+2], voter: uuid(),
			reached: through(fmt.Sprintf("127.0.0.1:%d", ports[3*i])),
		})
	}
	if nodes == 1 {
		c.SASLBroker = fmt.Sprintf("localhost:%d", c.nodes[0].tls)
		c.CA = filepath.Join(c.dir, "ca.pem")
		if err := certificates(c.CA, filepath.Join(c.dir, "keystore.pem")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(c.dir, "log4j2.xml"), []byte(log4j), 0o600); err != nil {
		t.Fatal(err)
	}
	c.format(java)
	t.Cleanup(c.stop)
	for _, n := range c.nodes {
		c.launch(n)
	}
	c.wait(nodes)
	return c
}

func unavailable(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Brokers gives host:port of every node, without encryption.
func (c *Cluster) Brokers() []string {
	var out []string
	for _, n := range c.nodes {
		out = append(out, n.reached)
	}
	return out
}

// Kill ends a node (1, 2, …) as a power cut would, and waits until it is gone.
func (c *Cluster) Kill(id int) { c.signal(id, syscall.SIGKILL) }

// Stop ends a node in order.
func (c *Cluster) Stop(id int) { c.signal(id, syscall.SIGTERM) }

// Freeze halts a node without ending it; Thaw lets it go on.
func (c *Cluster) Freeze(id int) { c.send(c.nodes[id-1], syscall.SIGSTOP) }

// Thaw lets a frozen node go on.
func (c *Cluster) Thaw(id int) { c.send(c.nodes[id-1], syscall.SIGCONT) }

// Restart starts a node that was ended. It waits until every node that should serve does.
func (c *Cluster) Restart(id int) {
	c.t.Helper()
	c.launch(c.nodes[id-1])
	alive := 0
	for _, n := range c.nodes {
		select {
		case <-n.done:
		default:
			alive++
		}
	}
	c.wait(alive)
}

func (c *Cluster) signal(id int, s syscall.Signal) {
	n := c.nodes[id-1]
	c.send(n, s)
	<-n.done
}

func (c *Cluster) send(n *node, s syscall.Signal) {
	select {
	case <-n.done:
	default:
		n.cmd.Process.Signal(s)
	}
}

func (c *Cluster) stop() {
	for _, n := range c.nodes {
		if n.cmd != nil {
			c.send(n, syscall.SIGKILL)
		}
	}
	for _, n := range c.nodes {
		if n.cmd != nil {
			<-n.done
		}
	}
}

func (c *Cluster) folder(n *node) string { return filepath.Join(c.dir, fmt.Sprint("node", n.id)) }

// format makes the folders of all nodes, two at a time.
func (c *Cluster) format(java string) {
	c.t.Helper()
	errs := make(chan error, len(c.nodes))
	slots := make(chan struct{}, 2)
	for _, n := range c.nodes {
		config := filepath.Join(c.dir, fmt.Sprint("node", n.id, ".properties"))
		if err := os.WriteFile(config, []byte(c.properties(n)), 0o600); err != nil {
			c.t.Fatal(err)
		}
		args := append(c.jvm(), "kafka.tools.StorageTool", "format", "-t", c.id, "-c", config)
		if len(c.nodes) == 1 {
			args = append(args, "--standalone",
				"--add-scram", fmt.Sprintf("SCRAM-SHA-512=[name=%s,password=%s]", c.User, c.Password),
				"--add-scram", fmt.Sprintf("SCRAM-SHA-256=[name=%s,password=%s]", c.User, c.Password))
		} else {
			args = append(args, "--initial-controllers", c.voters(true))
		}
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out, err := exec.Command(java, args...).CombinedOutput()
			if err != nil {
				err = fmt.Errorf("format node %d: %w: %s", n.id, err, out)
			}
			errs <- err
		}()
	}
	for range c.nodes {
		if err := <-errs; err != nil {
			c.t.Fatal(err)
		}
	}
}

// jvm gives the first arguments of every Java process: quick to start, small, few threads.
func (c *Cluster) jvm() []string {
	heap := "-Xmx256m"
	if len(c.nodes) > 1 {
		heap = "-Xmx320m"
	}
	return []string{heap, "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
		"-Dlog4j2.configurationFile=" + filepath.Join(c.dir, "log4j2.xml"), "-cp", filepath.Join(c.libs, "*")}
}

func (c *Cluster) launch(n *node) {
	c.t.Helper()
	out, err := os.OpenFile(c.folder(n)+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	defer out.Close()
	n.cmd = exec.Command("java", append(c.jvm(), "kafka.Kafka", c.folder(n)+".properties")...)
	n.cmd.Stdout, n.cmd.Stderr = out, out
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // a test that is killed leaves nothing behind
	if err := n.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	done := make(chan struct{})
	n.done = done
	go func() { n.cmd.Wait(); close(done) }()
}

// wait waits until that many nodes are brokers of the cluster and topics can be made.
func (c *Cluster) wait(alive int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 4*time.Minute)
	defer cancel()
	transport := &kafka.Transport{MetadataTTL: 200 * time.Millisecond}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(c.Brokers()...), Timeout: 5 * time.Second, Transport: transport}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		m, err := client.Metadata(ctx, &kafka.MetadataRequest{})
		if err == nil && len(m.Brokers) >= alive && m.Controller.Host != "" {
			return
		}
		for _, n := range c.nodes {
			select {
			case <-n.done:
				if alive == len(c.nodes) {
					c.t.Fatalf("node %d ended: %s", n.id, c.tail(n))
				}
			default:
			}
		}
		select {
		case <-ctx.Done():
			c.t.Fatalf("kafka does not serve (%v): %s", err, c.tail(c.nodes[0]))
		case <-tick.C:
		}
	}
}

// tail gives the end of a node's log.
func (c *Cluster) tail(n *node) string {
	b, _ := os.ReadFile(c.folder(n) + ".log")
	if len(b) > 4000 {
		b = b[len(b)-4000:]
	}
	return string(bytes.TrimSpace(b))
}

func (c *Cluster) voters(withIDs bool) string {
	var out []string
	for _, n := range c.nodes {
		v := fmt.Sprintf("127.0.0.1:%d", n.controller)
		if withIDs {
			v = fmt.Sprintf("%d@%s:%s", n.id, v, n.voter)
		}
		out = append(out, v)
	}
	return strings.Join(out, ",")
}

// uuid gives a random id in Kafka's form.
func uuid() string {
	for {
		var b [16]byte
		rand.Read(b[:])
		if s := base64.RawURLEncoding.EncodeToString(b[:]); s[0] != '-' { // an argument must not look like a flag
			return s
		}
	}
}

// given are the ports that FreePort gave: what was given is bound only seconds later, and again after a restart.
var given sync.Map

// FreePort gives a port of loopback that is free for TCP and UDP, and gives none twice in a process. It lies below those that the kernel
// gives to outgoing connections, so that nobody takes it while what it is for is down.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 10000 + mathrand.IntN(22000)
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		u, err := net.ListenPacket("udp", addr)
		l.Close()
		if err != nil {
			continue
		}
		u.Close()
		if _, taken := given.LoadOrStore(port, true); !taken {
			return port
		}
	}
	t.Fatal("no free port found")
	return 0
}
