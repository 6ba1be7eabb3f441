package detect

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// BenchmarkBruteForce takes raw lines of sshd to alerts of the product's own rule: lines parsed and normalised into blocks,
// blocks encoded and decoded, matched, signals encoded and decoded, windows judged, alerts written as JSON. That is all that
// the roles ingest and detect do but for the network. An operation is a line; CPU-s/M is the CPU time of a million of them.
//
//   - failures: each line is a failed password, one in 500 addresses;
//   - mix: one line in three is; the others are what sshd says besides.
//
// With -benchmatch=BruteForce/.*/pack all rules of the product look at each line.
func BenchmarkBruteForce(b *testing.B) {
	for name, failures := range map[string]int{"failures": 1, "mix": 3} {
		for _, rules := range []string{"rule", "pack"} {
			b.Run(name+"/"+rules, func(b *testing.B) { bruteForce(b, sshdLines(failures), packRules(b, rules == "rule")) })
		}
	}
}

func packRules(tb testing.TB, one bool) *Rules {
	tb.Helper()
	set, err := rule.Load(os.DirFS("../../rules"))
	if err != nil {
		tb.Fatal(err)
	}
	if one {
		for i, r := range set.Rules {
			if r.ID == "ssh-brute-force" {
				set.Rules = set.Rules[i : i+1]
				break
			}
		}
	}
	rules, err := Compile(set)
	if err != nil || one && len(set.Rules) != 1 {
		tb.Fatal(len(set.Rules), err)
	}
	return rules
}

// sshdLines makes lines a millisecond apart, of which one in every is a failure.
func sshdLines(every int) [][]byte {
	rng := rand.New(rand.NewPCG(7, 7))
	users := []string{"root", "admin", "oracle", "postgres", "git", "deploy", "ubuntu", "test", "ftp", "backup"}
	begin := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	lines := make([][]byte, 200_000)
	for i := range lines {
		ip := fmt.Sprintf("203.0.%d.%d", 113+rng.IntN(2), rng.IntN(250))
		user, port, pid := users[rng.IntN(len(users))], 30000+rng.IntN(30000), 1000+rng.IntN(30000)
		text := fmt.Sprintf("Failed password for %s from %s port %d ssh2", user, ip, port)
		if i%every != 0 {
			switch rng.IntN(4) {
			case 0:
				text = fmt.Sprintf("Connection closed by authenticating user %s %s port %d [preauth]", user, ip, port)
			case 1:
				text = fmt.Sprintf("Received disconnect from %s port %d:11: Bye Bye [preauth]", ip, port)
			case 2:
				text = fmt.Sprintf("Accepted publickey for %s from %s port %d ssh2: ED25519 SHA256:%016x", user, ip, port, rng.Uint64())
			default:
				text = fmt.Sprintf("pam_unix(sshd:session): session opened for user %s by (uid=0)", user)
			}
		}
		lines[i] = fmt.Appendf(nil, "<86>%s gate%d sshd[%d]: %s", begin.Add(time.Duration(i)*time.Millisecond).Format(time.Stamp), rng.IntN(9), pid, text)
	}
	return lines
}

func bruteForce(b *testing.B, lines [][]byte, rules *Rules) {
	const rows = 8192 // about what a busy sender fills in a second
	parser, err := parse.New(parse.Options{Zone: "UTC"})
	if err != nil {
		b.Fatal(err)
	}
	log := &benchLog{shard: NewShard(rules, window.Defaults, 1)}
	m := NewMatch(MatchDefaults, rules, log, 1)
	r := &matchRun{Match: m, last: mark{Offset: -1}}
	var batch event.Batch
	var value []byte
	received := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC).UnixNano()
	begin := cpuTime()
	b.ReportAllocs()
	for i := range b.N {
		line := lines[i%len(lines)]
		if i%len(lines) == 0 && i > 0 {
			received += int64(24 * time.Hour) // the same day's lines cannot come twice in order of time: these are taken at their receipt
		}
		at := received + int64(i%len(lines))*int64(time.Millisecond)
		s := parser.Line(&batch, line, at, parse.Auto)
		batch.SetString(event.Tenant, "default")
		normalise.Defaults.Row(&batch, normalise.Stamp(s), at)
		batch.SetTime(at)
		batch.End()
		if batch.Rows() < rows && i+1 < b.N {
			continue
		}
		value = batch.AppendBlock(value[:0])
		blk := Block{Offset: int64(i), Header: event.Header{ID: event.NewBlockID(at), Version: event.Version, Rows: uint32(batch.Rows()), Received: at}, Value: value}
		if err := r.block(context.Background(), &blk); err != nil {
			b.Fatal(err)
		}
		batch.Reset()
	}
	b.StopTimer()
	b.ReportMetric((cpuTime()-begin).Seconds()/float64(b.N)*1e6, "CPU-s/M")
	b.ReportMetric(float64(log.alerts), "alerts")
	if b.N > 100_000 && log.alerts == 0 {
		b.Error("no alert was raised")
	}
}

// benchLog is the topic of signals, read at once.
type benchLog struct {
	shard  *Shard
	offset int64
	alerts int
	json   []byte
}

func (l *benchLog) Send(_ context.Context, _ int, value []byte) error {
	alerts, err := l.shard.Apply(l.offset, value)
	l.offset++
	l.take(alerts)
	return err
}

func (l *benchLog) Told(context.Context, int, func([]byte) error) error { return nil }

func (l *benchLog) take(alerts []alert.Alert) {
	for i := range alerts {
		l.json = alerts[i].AppendJSON(l.json[:0])
		if alerts[i].Revision == 1 {
			l.alerts++
		}
	}
}

// cpuTime is what this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
