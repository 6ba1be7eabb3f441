// Package normalise gives each fact of an event one name and one form.
package normalise

import (
	"errors"
	"net/netip"
	"strings"
	"time"
	"unsafe"

	"watchpost/internal/event"
)

// Options bounds how far a stated time may be from the time of receipt and still be the effective time.
type Options struct {
	Ahead  time.Duration `yaml:"ahead"`  // a clock that goes fast
	Behind time.Duration `yaml:"behind"` // a network or buffer that goes slow
}

// Defaults: five minutes ahead is what Kerberos grants a clock; fifteen minutes behind covers senders that buffer.
var Defaults = Options{Ahead: 5 * time.Minute, Behind: 15 * time.Minute}

// Check reports every fault of o.
func (o Options) Check() error {
	var errs []error
	if o.Ahead < 0 || o.Ahead > 24*time.Hour {
		errs = append(errs, errors.New("ahead: should be from 0s to 24h"))
	}
	if o.Behind < 0 || o.Behind > 24*time.Hour {
		errs = append(errs, errors.New("behind: should be from 0s to 24h"))
	}
	return errors.Join(errs...)
}

// Stamp is the time that a record states, as parse gives it: a parse.Stamp converts.
type Stamp struct {
	Time int64 // Unix nanoseconds
	Has  bool
	Year bool
	Zone bool
}

// Time is the effective time of a record that states s and came at received: its own time if that is within
// tolerance; ahead of it the time of receipt; behind it its own time if year and zone stood in it, else the time of receipt.
func (o Options) Time(s Stamp, received int64) int64 {
	switch {
	case !s.Has || s.Time > received+int64(o.Ahead):
		return received
	case s.Time >= received-int64(o.Behind) || s.Year && s.Zone:
		return s.Time
	}
	return received
}

// Row brings the open row of b into its normal form: the effective time, log.timestamp, addresses and hashes in their
// one spelling, host.name and related.*. Call it once, after the parser and before End.
func (o Options) Row(b *event.Batch, s Stamp, received int64) {
	b.SetTime(o.Time(s, received))
	if s.Has {
		b.SetInt(event.LogTimestamp, s.Time)
	}
	Form(b)
}

// Form is Row without the time.
func Form(b *event.Batch) {
	e := event.Event{Batch: b, Row: b.Rows()}
	for _, f := range ipFields {
		if b.Has(f) {
			address(e, f)
		}
	}
	for _, f := range ipLists {
		if b.Has(f) {
			addresses(e, f)
		}
	}
	for _, f := range lowerFields {
		if b.Has(f) {
			if v := e.Str(f); hasUpper(v) {
				b.SetString(f, strings.ToLower(v))
			}
		}
	}
	host(e)
	related(e)
}

var ipFields = [...]event.Field{event.SourceIP, event.DestinationIP, event.SourceNATIP, event.DestinationNATIP, event.ThreatIndicatorIP}

var ipLists = [...]event.Field{event.HostIP, event.ObserverIP, event.DNSResolvedIP}

// lowerFields hold words of one spelling: hex digits and names of protocols.
var lowerFields = [...]event.Field{event.ProcessHashMd5, event.ProcessHashSha1, event.ProcessHashSha256, event.ProcessPEImphash,
	event.FileHashMd5, event.FileHashSha1, event.FileHashSha256, event.DLLHashSha256, event.NetworkTransport, event.NetworkType,
	event.EventOutcome, event.EventKind}

// hostNames are the fields that name the host where host.name is missing, the best first. The sender's address is not
// one: a relay's is not the host's.
var hostNames = [...]event.Field{event.HostHostname, event.WinlogComputerName, event.AgentName, event.ObserverHostname, event.ObserverName}

func host(e event.Event) {
	if e.Present(event.HostName) {
		return
	}
	for _, f := range hostNames {
		if e.Has(f) && e.Present(f) {
			e.SetString(event.HostName, e.Str(f))
			return
		}
	}
}

// Address gives the one spelling of an address, appended to buf: IPv6 as RFC 5952 has it, a mapped IPv4 as IPv4, without
// zone.
func Address(buf []byte, s string) ([]byte, bool) {
	if i := strings.IndexByte(s, '%'); i > 0 {
		s = s[:i]
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return buf, false
	}
	return a.Unmap().AppendTo(buf), true
}

func address(e event.Event, f event.Field) {
	v := e.Str(f)
	if v == "" {
		return
	}
	var buf [64]byte
	a, ok := Address(buf[:0], v)
	switch {
	case !ok:
		e.Batch.Label([]byte(f.String()), bytesOf(v))
		e.Unset(f)
	case string(a) != v:
		e.Set(f, a)
	}
}

func addresses(e event.Event, f event.Field) {
	n := e.Len(f)
	if n == 0 {
		return
	}
	var buf [64]byte
	same := true
	for i := range n {
		a, ok := Address(buf[:0], e.At(f, i))
		same = same && ok && string(a) == e.At(f, i)
	}
	if same {
		return
	}
	all := make([]string, n) // rare: the list is built anew
	for i := range n {
		all[i] = e.At(f, i)
	}
	e.Unset(f)
	for _, v := range all {
		if a, ok := Address(buf[:0], v); ok {
			e.Add(f, a)
		}
	}
}

var relatedFrom = [...]struct {
	to   event.Field
	from []event.Field
}{
	{event.RelatedIP, []event.Field{event.SourceIP, event.DestinationIP, event.SourceNATIP, event.DestinationNATIP, event.HostIP,
		event.ObserverIP, event.DNSResolvedIP}},
	{event.RelatedUser, []event.Field{event.UserName, event.UserEffectiveName, event.UserTargetName, event.UserChangesName,
		event.SourceUserName, event.DestinationUserName, event.ProcessUserName}},
	{event.RelatedHosts, []event.Field{event.HostName, event.HostHostname, event.ObserverName, event.ObserverHostname,
		event.SourceDomain, event.DestinationDomain, event.URLDomain, event.DNSQuestionName}},
	{event.RelatedHash, []event.Field{event.ProcessHashMd5, event.ProcessHashSha1, event.ProcessHashSha256, event.ProcessPEImphash,
		event.FileHashMd5, event.FileHashSha1, event.FileHashSha256, event.DLLHashSha256}},
}

// related gathers the addresses, users, hosts and hashes of the event.
func related(e event.Event) {
	for i := range relatedFrom {
		r := &relatedFrom[i]
		for _, f := range r.from {
			if !e.Has(f) {
				continue
			}
			if f.Info().Kind == event.List {
				for i := range e.Len(f) {
					e.AddString(r.to, e.At(f, i))
				}
				continue
			}
			if v := e.Str(f); v != "" {
				e.AddString(r.to, v)
			}
		}
	}
}

func hasUpper(s string) bool {
	for i := range len(s) {
		if s[i]-'A' < 26 {
			return true
		}
	}
	return false
}

func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
