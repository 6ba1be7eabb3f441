package main

import (
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

func TestEngineMemory(t *testing.T) {
	has := func(n uint64) memlimit.Provider { return func() (uint64, error) { return n, nil } }
	none := func() (uint64, error) { return 0, memlimit.ErrNoLimit }
	for _, c := range []struct {
		configured int64
		limits     []memlimit.Provider
		want       int64
	}{
		{500_000_000, []memlimit.Provider{has(64e9)}, 500_000_000},
		{0, []memlimit.Provider{none, has(24e9)}, 6e9},
		{0, []memlimit.Provider{has(8e9), has(24e9)}, 2e9},
		{0, []memlimit.Provider{has(1 << 62), has(24e9)}, 6e9},
		{0, []memlimit.Provider{has(2e9), has(24e9)}, 1_200_000_000},
		{0, []memlimit.Provider{none, none}, 1_200_000_000},
	} {
		if got := engineMemory(c.configured, c.limits...); got != c.want {
			t.Errorf("%d beside %d limits: %d, want %d", c.configured, len(c.limits), got, c.want)
		}
	}
}
