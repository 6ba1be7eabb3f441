// Package ioc reads indicators of compromise: addresses, domains, URLs and hashes, from the files in which others give them out.
package ioc

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

// Kind says what an indicator is.
type Kind string

// The kinds.
const (
	IP     Kind = "ip" // an address or a network
	Domain Kind = "domain"
	URL    Kind = "url"
	Hash   Kind = "hash" // MD5, SHA-1, SHA-256 or SHA-512, hex in small letters
)

// Kinds lists them all.
var Kinds = []Kind{IP, Domain, URL, Hash}

// Indicator is one thing that somebody takes for evil.
type Indicator struct {
	Kind   Kind
	Value  string    // in the form in which events have it
	Source string    // who says so: of the file, or the file's name
	Until  time.Time // from then on it says nothing; zero: no end
}

// Bounds of a file.
const (
	MaxFile       = 64 << 20 // bytes
	MaxIndicators = 200_000  // of one kind, of all files together
	maxValue      = 1 << 10
)

// File is what a file holds.
type File struct {
	Indicators []Indicator
	Skipped    int    // entries that are no indicators of these kinds, or that match everybody
	Example    string // of a skipped one, and why
}

func (f *File) skip(format string, args ...any) {
	if f.Skipped++; f.Skipped == 1 {
		f.Example = fmt.Sprintf(format, args...)
	}
}

// add takes a value of a kind, "" if that is to be found out.
func (f *File) add(k Kind, value, source string, until time.Time) {
	kind, v, err := classify(k, value)
	if err != nil {
		f.skip("%.80q: %v", value, err)
		return
	}
	f.Indicators = append(f.Indicators, Indicator{kind, v, source, until})
}

var (
	hexDigits = regexp.MustCompile(`^([0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})$`)
	domain    = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$`)
	refang    = strings.NewReplacer("[.]", ".", "(.)", ".", "[:]", ":", "[://]", "://", "hxxp", "http", "hXXp", "http")
)

// everybodys are the networks whose addresses every machine or every site has: private, shared, of this host, of this link, multicast, reserved, and IPv4 written as IPv6.
var everybodys = func() (out []netip.Prefix) {
	for _, s := range []string{"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
		"::/96", "::ffff:0:0/96", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}()

// classify gives an indicator in the form in which events have it.
func classify(k Kind, value string) (Kind, string, error) {
	v := refang.Replace(strings.TrimSpace(value))
	if len(v) > maxValue {
		return "", "", fmt.Errorf("it is longer than %d bytes", maxValue)
	}
	if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) {
		return "", "", fmt.Errorf("it has control characters")
	}
	if k == "" || k == IP {
		if a, err := netip.ParseAddr(v); err == nil {
			a = a.Unmap().WithZone("")
			if a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.IsLinkLocalUnicast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
				return "", "", fmt.Errorf("everybody has that address")
			}
			return IP, a.String(), nil
		}
		if p, err := netip.ParsePrefix(v); err == nil {
			if p.IsSingleIP() {
				return classify(IP, p.Addr().String())
			}
			if p.Addr().Is4In6() && p.Bits() >= 96 {
				p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
			}
			if p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16 {
				return "", "", fmt.Errorf("the network is too large to say anything")
			}
			for _, own := range everybodys {
				if own.Overlaps(p.Masked()) {
					return "", "", fmt.Errorf("the network has addresses of %s, which everybody has", own)
				}
			}
			return IP, p.Masked().String(), nil
		}
	}
	switch lower := strings.TrimSuffix(strings.ToLower(v), "."); {
	case (k == "" || k == Hash) && hexDigits.MatchString(v):
		return Hash, strings.ToLower(v), nil
	case (k == "" || k == URL) && strings.Contains(v, "://"):
		return URL, v, nil
	case (k == "" || k == Domain) && domain.MatchString(lower):
		if suffix, icann := publicsuffix.PublicSuffix(lower); icann && suffix == lower {
			return "", "", fmt.Errorf("everybody can have a name below it")
		}
		return Domain, lower, nil
	}
	if k == "" {
		return "", "", fmt.Errorf("it is no address, domain, URL or hash")
	}
	return "", "", fmt.Errorf("it is no %s", k)
}

// Lists gives the values of those indicators that hold at a time, by kind, each once.
func Lists(all []Indicator, now time.Time) map[Kind][]string {
	out := map[Kind][]string{}
	seen := map[Indicator]bool{}
	for _, i := range all {
		k := Indicator{Kind: i.Kind, Value: i.Value}
		if !i.Until.IsZero() && !now.Before(i.Until) || seen[k] {
			continue
		}
		seen[k] = true
		out[i.Kind] = append(out[i.Kind], i.Value)
	}
	return out
}
