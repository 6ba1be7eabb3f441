package rights

import (
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// brake makes those wait who guess. It counts failures by address, by address and account, and by account. The last does not hold up addresses from
// which the account was logged in before: nobody can lock somebody else out.
type brake struct {
	now func() time.Time
	mu  sync.Mutex
	by  map[string]*failures
}

type failures struct {
	n     int
	until time.Time // no attempt before
	last  time.Time
}

// Failures that are free; each further one doubles the pause, from a second to maxPause.
const (
	freePair    = 5
	freeAddress = 20
	freeAccount = 50
	maxPause    = 15 * time.Minute
	// forgotten is after how long without a failure all is forgotten, and maxFailures how many are remembered.
	forgotten   = 30 * time.Minute
	maxFailures = 100_000
)

func newBrake(now func() time.Time) *brake { return &brake{now: now, by: map[string]*failures{}} }

// Wait says when to come again.
type Wait struct{ For time.Duration }

func (w Wait) Error() string {
	return fmt.Sprintf("too many failed attempts: try again in %v", w.For.Round(time.Second))
}

// network is what one attacker has many addresses of.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

func keys(user, address string) (pair, from, account string) {
	from = network(address)
	return "p\x00" + from + "\x00" + user, "f\x00" + from, "a\x00" + user
}

// ask says whether an attempt may be made now.
func (b *brake) ask(user, address string, known bool) error {
	pair, from, account := keys(user, address)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	check := []string{pair, from, account}
	if known {
		check = check[:1]
	}
	var wait time.Duration
	for _, k := range check {
		if f := b.by[k]; f != nil {
			wait = max(wait, f.until.Sub(now))
		}
	}
	if wait > 0 {
		return Wait{max(wait, time.Second)}
	}
	return nil
}

func (b *brake) failed(user, address string) {
	pair, from, account := keys(user, address)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if len(b.by) >= maxFailures {
		for k, f := range b.by {
			if now.Sub(f.last) > forgotten || f.n <= freePair {
				delete(b.by, k)
			}
		}
	}
	for k, free := range map[string]int{pair: freePair, from: freeAddress, account: freeAccount} {
		f := b.by[k]
		if f == nil || now.Sub(f.last) > forgotten {
			if len(b.by) >= maxFailures {
				continue
			}
			f = &failures{}
			b.by[k] = f
		}
		f.n++
		f.last = now
		if over := f.n - free; over >= 0 {
			f.until = now.Add(min(time.Second<<min(over, 20), maxPause))
		}
	}
}

// passed forgets an account's failures from an address.
func (b *brake) passed(user, address string) {
	pair, _, _ := keys(user, address)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.by, pair)
}
