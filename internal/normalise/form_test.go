package normalise

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"watchpost/internal/event"
)

// TestFormAgrees holds Form to the plain reading of what it promises: each field asked for in turn, each address read and written.
func TestFormAgrees(t *testing.T) {
	values := []string{"192.0.2.1", "192.0.2.01", "1.2.3", "1.2.3.4.5", "256.1.1.1", "0.0.0.0", "::FFFF:192.0.2.1", "2001:DB8::7", "fe80::1%eth0", "Alice", "web1", "abcDEF", "tcp", ".", "1.2.3.", ""}
	var all []event.Field
	for f := event.Field(1); f < event.NumFields; f++ {
		if k := f.Info().Kind; f.String() != "event.id" && f != event.EventOriginal && (k == event.Dict || k == event.Text || k == event.List) {
			all = append(all, f)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	var got, want event.Batch
	for range 300 {
		got.Reset()
		want.Reset()
		for range 20 {
			var set []event.Field
			for range r.IntN(12) {
				if r.IntN(3) > 0 {
					set = append(set, formed[r.IntN(len(formed))].field)
				} else {
					set = append(set, all[r.IntN(len(all))])
				}
			}
			undo := r.IntN(4) == 0
			for i, b := range []*event.Batch{&got, &want} {
				b.Begin([]byte("x"), 1)
				seeded := rand.New(rand.NewPCG(uint64(len(set)), uint64(b.Rows())))
				for _, f := range set {
					v := values[seeded.IntN(len(values))]
					if f.Info().Kind == event.List {
						b.AddString(f, v)
					} else {
						b.SetString(f, v)
					}
				}
				if undo && len(set) > 0 {
					b.Unset(set[0])
				}
				if i == 0 {
					Form(b)
				} else {
					formPlainly(b)
				}
				b.End()
			}
			row := got.Rows() - 1
			a, c := got.Event(row).AppendJSON(nil, nil), want.Event(row).AppendJSON(nil, nil)
			if !bytes.Equal(a, c) {
				t.Fatalf("fields %v:\n%s\nshould be\n%s", set, a, c)
			}
		}
	}
}

func formPlainly(b *event.Batch) {
	e := event.Event{Batch: b, Row: b.Rows()}
	spell := func(v string) (string, bool) {
		if i := strings.IndexByte(v, '%'); i > 0 {
			v = v[:i]
		}
		a, err := netip.ParseAddr(v)
		return a.Unmap().String(), err == nil
	}
	for _, f := range []event.Field{event.SourceIP, event.DestinationIP, event.SourceNATIP, event.DestinationNATIP, event.ThreatIndicatorIP} {
		if v := e.Str(f); v != "" {
			if a, ok := spell(v); ok {
				b.SetString(f, a)
			} else {
				b.Label([]byte(f.String()), []byte(v))
				b.Unset(f)
			}
		}
	}
	for _, f := range []event.Field{event.HostIP, event.ObserverIP, event.DNSResolvedIP, event.RelatedIP} {
		var texts []string
		for i := range e.Len(f) {
			if a, ok := spell(e.At(f, i)); ok && !slices.Contains(texts, a) {
				texts = append(texts, a)
			}
		}
		b.Unset(f)
		for _, v := range texts {
			b.AddString(f, v)
		}
	}
	hashes := []event.Field{event.ProcessHashMd5, event.ProcessHashSha1, event.ProcessHashSha256, event.ProcessPEImphash,
		event.FileHashMd5, event.FileHashSha1, event.FileHashSha256, event.DLLHashSha256}
	for _, f := range append(slices.Clone(hashes), event.NetworkTransport, event.NetworkType, event.EventOutcome, event.EventKind) {
		b.SetString(f, strings.ToLower(e.Str(f)))
	}
	if e.Str(event.HostName) == "" {
		for _, f := range []event.Field{event.ObserverName, event.ObserverHostname, event.AgentName, event.WinlogComputerName, event.HostHostname} {
			b.SetString(event.HostName, e.Str(f)) // the last that is there stands
		}
	}
	gather := func(to event.Field, from ...event.Field) {
		for _, f := range from {
			b.AddString(to, e.Str(f))
			if f.Info().Kind == event.List {
				for i := range e.Len(f) {
					b.AddString(to, e.At(f, i))
				}
			}
		}
	}
	gather(event.RelatedIP, event.SourceIP, event.DestinationIP, event.SourceNATIP, event.DestinationNATIP, event.HostIP, event.ObserverIP, event.DNSResolvedIP)
	gather(event.RelatedUser, event.UserName, event.UserEffectiveName, event.UserTargetName, event.UserChangesName, event.SourceUserName, event.DestinationUserName, event.ProcessUserName)
	gather(event.RelatedHosts, event.HostName, event.HostHostname, event.ObserverName, event.ObserverHostname, event.SourceDomain, event.DestinationDomain, event.URLDomain, event.DNSQuestionName)
	gather(event.RelatedHash, hashes...)
}
