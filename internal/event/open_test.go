package event

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"
)

// TestKeys holds values set by their numbers to the same values set by their text, over rows, rows taken back, and Resets.
func TestKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var by, plain Batch
	known := map[string]uint32{} // of host.name, in epoch
	var epoch Epoch
	for range 20 {
		by.Reset()
		plain.Reset()
		if by.Epoch() == epoch {
			t.Fatal("Reset begins no new epoch")
		}
		epoch = by.Epoch()
		clear(known)
		for range 50 {
			host, user, ip := "h"+strconv.Itoa(r.IntN(9)), "u"+strconv.Itoa(r.IntN(4)), "192.0.2."+strconv.Itoa(r.IntN(200))
			back := r.IntN(5) == 0
			for _, b := range []*Batch{&by, &plain} {
				b.Begin([]byte("x"), 1)
				b.SetString(UserName, user)
				b.SetString(SourceIP, ip)
				b.SetString(ObserverName, user)
			}
			if k := known[host]; k > 0 {
				by.SetKey(HostName, k)
			} else {
				by.SetString(HostName, host)
				known[host] = by.Event(by.Rows()).Key(HostName)
			}
			plain.SetString(HostName, host)
			for _, f := range [...][2]Field{{RelatedUser, UserName}, {RelatedIP, SourceIP}, {RelatedHosts, HostName}, {RelatedHosts, ObserverName}, {RelatedUser, ObserverName}, {RelatedHosts, HostHostname}} {
				by.AddFrom(f[0], f[1])
				plain.AddString(f[0], plain.Event(plain.Rows()).Str(f[1]))
			}
			if back {
				by.Cancel()
				plain.Cancel()
				continue
			}
			by.End()
			plain.End()
			if a, c := by.Event(by.Rows()-1).AppendJSON(nil, nil), plain.Event(plain.Rows()-1).AppendJSON(nil, nil); !bytes.Equal(a, c) {
				t.Fatalf("%s\nshould be\n%s", a, c)
			}
		}
		if by.Epoch() != epoch || by.Epoch() == plain.Epoch() {
			t.Fatal("an epoch ends without Reset, or is another batch's too")
		}
		if by.Bytes() != plain.Bytes() {
			t.Fatalf("%d bytes are counted, should be %d", by.Bytes(), plain.Bytes())
		}
	}
}
