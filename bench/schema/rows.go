package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"watchpost/internal/event"
	"watchpost/internal/store"
)

// end is the receive time of the newest event, just before a midnight; the events of a run lie in the six hours before.
var end = time.Date(2026, 3, 1, 23, 59, 59, 0, time.UTC).UnixNano()

const (
	perBlock = 5000
	period   = 6 * time.Hour
)

// generator is a partition of a log that makes its blocks as they are asked for: the same at each run.
type generator struct {
	rows, next int
	settled    bool
	done       func()
}

func (g *generator) ID() int                { return 0 }
func (g *generator) Start() (int64, string) { return 0, "" }

func (g *generator) Commit(_ context.Context, offset int64, metadata string) error {
	if metadata == "" && offset*perBlock >= int64(g.rows) {
		g.settled = true
		g.done()
	}
	return nil
}

func (g *generator) Next(ctx context.Context) (store.Block, error) {
	if g.next*perBlock >= g.rows {
		<-ctx.Done()
		return store.Block{}, context.Cause(ctx)
	}
	n := g.next
	g.next++
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	var b event.Batch
	step := int64(period) / int64(g.rows)
	var at int64
	for r := range perBlock {
		at = end - int64(period) + int64(n*perBlock+r)*step
		makeRow(&b, rng, at)
	}
	id := event.NewBlockID(at)
	h := event.Header{ID: id, Version: event.Version, Rows: perBlock, First: at, Last: at, Received: at}
	return store.Block{Offset: int64(n), Time: at, Header: h, Value: b.AppendBlock(nil)}, nil
}

var (
	users   = names("user", 800)
	hosts   = names("srv-", 300)
	actions = []string{"Built", "Teardown", "Deny"}
)

func names(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s%03d", prefix, i)
	}
	return out
}

// skewed picks the first texts most often.
func skewed(rng *rand.Rand, from []string) string {
	x := rng.Float64()
	return from[int(x*x*x*float64(len(from)))]
}

// makeRow makes what a middling company logs: firewall traffic, logins, web requests, Windows processes.
func makeRow(b *event.Batch, rng *rand.Rand, at int64) {
	inside := fmt.Sprintf("10.%d.%d.%d", rng.IntN(4), rng.IntN(16), rng.IntN(250))
	outside := fmt.Sprintf("198.51.100.%d", rng.IntN(256))
	if rng.IntN(4) == 0 {
		outside = fmt.Sprintf("%d.%d.%d.%d", 11+rng.IntN(180), rng.IntN(256), rng.IntN(256), rng.IntN(256))
	}
	if rng.IntN(250_000) == 0 {
		outside = "203.0.113.77"
	}
	stamp := time.Unix(0, at).UTC().Format("Jan _2 15:04:05")
	switch kind := rng.IntN(100); {
	case kind < 55:
		firewall(b, rng, at, stamp, inside, outside)
	case kind < 75:
		login(b, rng, at, stamp, outside)
	case kind < 90:
		web(b, rng, at, stamp, outside)
	default:
		process(b, rng, at, inside)
	}
	b.SetString(event.Tenant, "default")
	b.SetString(event.LogListener, "udp")
	b.AddString(event.RelatedIP, outside)
	b.SetTime(at - rng.Int64N(int64(2*time.Second)))
	b.End()
}

func header(b *event.Batch, host, app, dataset string) {
	b.SetString(event.HostName, host)
	b.SetString(event.LogSyslogHostname, host)
	b.SetString(event.LogSyslogAppname, app)
	b.SetString(event.LogSourceAddress, "10.9.0."+host[len(host)-2:])
	b.SetString(event.EventDataset, dataset)
	b.SetInt(event.LogSyslogPriority, 134)
	b.SetInt(event.LogSyslogFacilityCode, 16)
	b.SetInt(event.LogSyslogSeverityCode, 6)
}

func firewall(b *event.Batch, rng *rand.Rand, at int64, stamp, inside, outside string) {
	host, action := fmt.Sprintf("fw-%02d", rng.IntN(12)), actions[rng.IntN(3)]
	sport, dport := 1024+rng.IntN(60000), []int{443, 443, 443, 53, 80, 22, 3389, 8443}[rng.IntN(8)]
	size := rng.IntN(200000)
	line := b.Begin(fmt.Appendf(nil, "<134>%s %s : %%ASA-6-30201%d: %s outbound TCP connection %d for outside:%s/%d (%s/%d) to inside:%s/%d (%s/%d) bytes %d",
		stamp, host, rng.IntN(6), action, rng.IntN(1<<30), outside, dport, outside, dport, inside, sport, inside, sport, size), at)
	b.Set(event.Message, line[30:])
	header(b, host, "%ASA-6-302013", "cisco.asa")
	b.SetString(event.EventAction, action)
	b.SetString(event.EventCode, "302013")
	b.AddString(event.EventCategory, "network")
	b.AddString(event.EventType, "connection")
	b.SetString(event.EventOutcome, "success")
	b.SetString(event.SourceIP, inside)
	b.SetInt(event.SourcePort, int64(sport))
	b.SetString(event.DestinationIP, outside)
	b.SetInt(event.DestinationPort, int64(dport))
	b.SetString(event.NetworkTransport, "tcp")
	b.SetInt(event.NetworkBytes, int64(size))
	b.AddString(event.RelatedIP, inside)
}

func login(b *event.Batch, rng *rand.Rand, at int64, stamp, outside string) {
	host, user := skewed(rng, hosts), skewed(rng, users)
	word, outcome := "Failed", "failure"
	if rng.IntN(3) == 0 {
		word, outcome = "Accepted", "success"
	}
	line := b.Begin(fmt.Appendf(nil, "<38>%s %s sshd[%d]: %s password for %s from %s port %d ssh2", stamp, host, rng.IntN(65000), word, user, outside, 1024+rng.IntN(60000)), at)
	b.Set(event.Message, line[34:])
	header(b, host, "sshd", "system.auth")
	b.SetString(event.EventAction, "ssh_login")
	b.AddString(event.EventCategory, "authentication")
	b.AddString(event.EventType, "start")
	b.SetString(event.EventOutcome, outcome)
	b.SetString(event.UserName, user)
	b.SetString(event.SourceIP, outside)
	b.SetInt(event.ProcessPID, int64(rng.IntN(65000)))
	b.AddString(event.RelatedUser, user)
}

func web(b *event.Batch, rng *rand.Rand, at int64, stamp, outside string) {
	host := skewed(rng, hosts)
	path := fmt.Sprintf("/shop/%s/item-%d?session=%016x", []string{"cart", "search", "view", "login"}[rng.IntN(4)], rng.IntN(20000), rng.Uint64())
	if rng.IntN(300_000) == 0 {
		path += "&needle77=1"
	}
	status := []int{200, 200, 200, 304, 404, 500}[rng.IntN(6)]
	line := b.Begin(fmt.Appendf(nil, `<190>%s %s nginx: %s - - "GET %s HTTP/1.1" %d %d "-" "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/%d.0"`, stamp, host, outside, path, status, rng.IntN(90000), 100+rng.IntN(40)), at)
	b.Set(event.Message, line[34:])
	header(b, host, "nginx", "nginx.access")
	b.AddString(event.EventCategory, "web")
	b.SetString(event.EventAction, "GET")
	b.SetString(event.HTTPRequestMethod, "GET")
	b.SetString(event.URLOriginal, path)
	b.SetInt(event.HTTPResponseStatusCode, int64(status))
	b.SetString(event.SourceIP, outside)
}

func process(b *event.Batch, rng *rand.Rand, at int64, inside string) {
	host, user := skewed(rng, hosts), skewed(rng, users)
	command := fmt.Sprintf(`C:\Windows\System32\cmd.exe /c "C:\Tools\job%d.bat --run %08x --out D:\data\%d"`, rng.IntN(400), rng.Uint32(), rng.IntN(10000))
	if rng.IntN(250_000) == 0 {
		command += " -enc needle77"
	}
	pid := rng.IntN(20000)
	line := b.Begin(fmt.Appendf(nil, `{"Channel":"Security","EventID":4688,"Computer":"%s.corp.example","SubjectUserName":"%s","NewProcessName":"C:\\Windows\\System32\\cmd.exe","CommandLine":%q,"ProcessId":%d,"TokenElevationType":"%%%%1936"}`, host, user, command, pid), at)
	b.Set(event.Message, line)
	header(b, host, "Security", "windows.security")
	b.AddString(event.EventCategory, "process")
	b.AddString(event.EventType, "start")
	b.SetString(event.EventCode, "4688")
	b.SetString(event.EventAction, "created-process")
	b.SetString(event.UserName, user)
	b.SetString(event.ProcessName, "cmd.exe")
	b.SetString(event.ProcessExecutable, `C:\Windows\System32\cmd.exe`)
	b.SetString(event.ProcessCommandLine, command)
	b.SetInt(event.ProcessPID, int64(pid))
	b.AddString(event.HostIP, inside)
	b.AddString(event.RelatedUser, user)
	b.Label([]byte("winlog.event_data.TokenElevationType"), []byte("%%1936"))
}
