package event

import (
	"encoding/json"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/valyala/fastjson"
)

var benchLine = []byte("<86>1 2026-11-23T10:11:12.123456Z web-17 sshd 24200 - - Failed password for invalid user webmaster from 203.0.113.7 port 38926 ssh2")

// buildRow is a typical log-in line with the fields that its parser sets.
func buildRow(b *Batch) {
	line := b.Begin(benchLine, 1_790_000_000e9)
	b.Set(Message, line[55:])
	b.SetInt(LogSyslogPriority, 86)
	b.SetString(Tenant, "default")
	b.SetString(HostName, "web-17")
	b.SetString(EventDataset, "system.auth")
	b.SetString(EventAction, "ssh_login")
	b.SetString(EventOutcome, "failure")
	b.AddString(EventCategory, "authentication")
	b.AddString(EventType, "start")
	b.SetString(UserName, "webmaster")
	b.SetString(SourceIP, "203.0.113.7")
	b.SetInt(SourcePort, 38926)
	b.SetString(ProcessName, "sshd")
	b.SetInt(ProcessPID, 24200)
	b.AddString(RelatedIP, "203.0.113.7")
	b.AddString(RelatedUser, "webmaster")
	b.End()
}

const benchRows = 8192

func filled() *Batch {
	var b Batch
	for range benchRows {
		buildRow(&b)
	}
	return &b
}

// perEvent reports ns and allocations per event rather than per block.
func perEvent(b *testing.B, f func()) {
	b.ReportAllocs()
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/event")
}

func BenchmarkBuild(b *testing.B) {
	var batch Batch
	perEvent(b, func() {
		batch.Reset()
		for range benchRows {
			buildRow(&batch)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	batch := filled()
	var buf []byte
	perEvent(b, func() { buf = batch.AppendBlock(buf[:0]) })
	b.ReportMetric(float64(len(buf))/benchRows, "B/event")
}

func BenchmarkDecode(b *testing.B) {
	block := filled().AppendBlock(nil)
	var batch Batch
	perEvent(b, func() {
		if err := batch.Decode(BlockID{}, block); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkMerge(b *testing.B) {
	batch := filled()
	var all Batch
	perEvent(b, func() {
		all.Reset()
		all.Append(batch, 0, batch.Rows())
	})
}

func BenchmarkLZ4(b *testing.B) {
	block := filled().AppendBlock(nil)
	var c lz4.Compressor
	out := make([]byte, lz4.CompressBlockBound(len(block)))
	n := 0
	perEvent(b, func() { n, _ = c.CompressBlock(block, out) })
	b.ReportMetric(float64(n)/benchRows, "B/event")
}

func BenchmarkZstd(b *testing.B) {
	block := filled().AppendBlock(nil)
	w, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	var out []byte
	perEvent(b, func() { out = w.EncodeAll(block, out[:0]) })
	b.ReportMetric(float64(len(out))/benchRows, "B/event")
}

// The same events as JSON, decoded as peers do.

func BenchmarkDecodeEncodingJSON(b *testing.B) {
	line := filled().Event(0).AppendJSON(nil, nil)
	perEvent(b, func() {
		for range benchRows {
			var m map[string]any
			if err := json.Unmarshal(line, &m); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecodeFastJSON(b *testing.B) {
	line := filled().Event(0).AppendJSON(nil, nil)
	var p fastjson.Parser
	perEvent(b, func() {
		for range benchRows {
			if _, err := p.ParseBytes(line); err != nil {
				b.Fatal(err)
			}
		}
	})
}
