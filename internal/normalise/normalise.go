// Package normalise gives each fact of an event one name and one form.
package normalise

import (
	"errors"
	"math/bits"
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

// Form is Row without the time. It looks only at fields that the row has.
func Form(b *event.Batch) {
	e := event.Event{Batch: b, Row: b.Rows()}
	var has uint64
	for _, f := range b.Touched() {
		has |= bitOf[f]
	}
	for m := has & ofGroup[oneAddress]; m != 0; m &= m - 1 {
		address(e, formed[bits.TrailingZeros64(m)].field)
	}
	for m := has & ofGroup[addressList]; m != 0; m &= m - 1 {
		addresses(e, formed[bits.TrailingZeros64(m)].field)
	}
	for m := has & ofGroup[lowerCase]; m != 0; m &= m - 1 {
		f := formed[bits.TrailingZeros64(m)].field
		if v := e.Str(f); hasUpper(v) {
			b.SetString(f, strings.ToLower(v))
		}
	}
	if host(e) {
		has |= bitOf[event.HostName]
	}
	for m := has & ofGroup[related]; m != 0; m &= m - 1 {
		relate(e, &formed[bits.TrailingZeros64(m)])
	}
}

// form says what becomes of a field: in which groups it is, and to which list of related.* its values go.
type form struct {
	field   event.Field
	related event.Field // 0: none
	group   group
}

type group uint8

const (
	plain       group = iota
	oneAddress        // has one spelling
	addressList       // each text has one spelling
	lowerCase         // hex digits and names of protocols
	related           // goes to related.*; besides the others
	groups
)

// formed lists the fields that Form looks at; those that go to one list of related.* in the order that they have there. They are at most 64.
var formed = [...]form{
	{event.SourceIP, event.RelatedIP, oneAddress},
	{event.DestinationIP, event.RelatedIP, oneAddress},
	{event.SourceNATIP, event.RelatedIP, oneAddress},
	{event.DestinationNATIP, event.RelatedIP, oneAddress},
	{event.HostIP, event.RelatedIP, addressList},
	{event.ObserverIP, event.RelatedIP, addressList},
	{event.DNSResolvedIP, event.RelatedIP, addressList},
	{event.ThreatIndicatorIP, 0, oneAddress},
	{event.RelatedIP, 0, addressList}, // what the sender put there
	{event.UserName, event.RelatedUser, plain},
	{event.UserEffectiveName, event.RelatedUser, plain},
	{event.UserTargetName, event.RelatedUser, plain},
	{event.UserChangesName, event.RelatedUser, plain},
	{event.SourceUserName, event.RelatedUser, plain},
	{event.DestinationUserName, event.RelatedUser, plain},
	{event.ProcessUserName, event.RelatedUser, plain},
	{event.HostName, event.RelatedHosts, plain},
	{event.HostHostname, event.RelatedHosts, plain},
	{event.ObserverName, event.RelatedHosts, plain},
	{event.ObserverHostname, event.RelatedHosts, plain},
	{event.SourceDomain, event.RelatedHosts, plain},
	{event.DestinationDomain, event.RelatedHosts, plain},
	{event.URLDomain, event.RelatedHosts, plain},
	{event.DNSQuestionName, event.RelatedHosts, plain},
	{event.ProcessHashMd5, event.RelatedHash, lowerCase},
	{event.ProcessHashSha1, event.RelatedHash, lowerCase},
	{event.ProcessHashSha256, event.RelatedHash, lowerCase},
	{event.ProcessPEImphash, event.RelatedHash, lowerCase},
	{event.FileHashMd5, event.RelatedHash, lowerCase},
	{event.FileHashSha1, event.RelatedHash, lowerCase},
	{event.FileHashSha256, event.RelatedHash, lowerCase},
	{event.DLLHashSha256, event.RelatedHash, lowerCase},
	{event.NetworkTransport, 0, lowerCase},
	{event.NetworkType, 0, lowerCase},
	{event.EventOutcome, 0, lowerCase},
	{event.EventKind, 0, lowerCase},
}

// bitOf has, for each field, the bit of its place in formed, 0 where it has none; ofGroup has the bits of a group's fields.
var bitOf, ofGroup = func() (bit [event.NumFields]uint64, of [groups]uint64) {
	for i, f := range formed {
		bit[f.field] = 1 << i
		of[f.group] |= 1 << i
		if f.related != 0 {
			of[related] |= 1 << i
		}
	}
	return bit, of
}()

// hostNames are the fields that name the host where host.name is missing, the best first. The sender's address is not
// one: a relay's is not the host's.
var hostNames = [...]event.Field{event.HostHostname, event.WinlogComputerName, event.AgentName, event.ObserverHostname, event.ObserverName}

// host names the host where nothing else does, and reports whether it did.
func host(e event.Event) bool {
	if e.Present(event.HostName) {
		return false
	}
	for _, f := range hostNames {
		if e.Present(f) {
			e.SetString(event.HostName, e.Str(f))
			return true
		}
	}
	return false
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

// plainIPv4 says whether s is an IPv4 address in its one spelling: nearly all are, and that is quicker seen than read and written.
func plainIPv4(s string) bool {
	n, run, dots := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c-'0' < 10:
			if run > 0 && n == 0 {
				return false // a leading zero
			}
			if n = n*10 + int(c-'0'); n > 255 {
				return false
			}
			run++
		case c == '.' && run > 0:
			dots++
			n, run = 0, 0
		default:
			return false
		}
	}
	return dots == 3 && run > 0
}

func address(e event.Event, f event.Field) {
	v := e.Str(f)
	if v == "" || plainIPv4(v) {
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

// relate adds what the event has in a field to the addresses, users, hosts or hashes of the event.
func relate(e event.Event, f *form) {
	switch f.field.Info().Kind {
	case event.List:
		for i := range e.Len(f.field) {
			e.AddString(f.related, e.At(f.field, i))
		}
	case event.Dict:
		e.AddFrom(f.related, f.field)
	default:
		e.AddString(f.related, e.Str(f.field))
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
