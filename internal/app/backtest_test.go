package app

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"

	"watchpost/internal/hunt"
	"watchpost/internal/web"
)

// Whoever runs back-tests leaves a place to others, and is told whose fill the places, not what others do.
func TestShareOfBacktests(t *testing.T) {
	p := newPast(nil, hunt.PastBudget, nil, nil)
	var leave []func()
	var person string
	f := func(want string, tenants ...string) {
		t.Helper()
		done, err := p.enter(cmp.Or(person, fmt.Sprint("somebody", len(leave))), tenants)
		switch {
		case want == "" && err != nil:
			t.Fatalf("%v: %v", tenants, err)
		case want == "":
			leave = append(leave, done)
		case !errors.Is(err, web.ErrBusy) || !strings.Contains(err.Error(), want):
			t.Errorf("%v: %v", tenants, err)
		case strings.Contains(err.Error(), "bank"):
			t.Errorf("%v is told of others: %v", tenants, err)
		}
	}
	f("", "shop")
	f("", "shop")
	f("2 look at your tenants", "shop")
	f("2 look at your tenants", "shop", "law") // who sees more has what is there within its share
	f("", "bank")
	f("all 3 places of this server are taken, 0 of them", "law")
	leave[0]()
	leave[0]() // gives back no more than it took
	f("2 look at your tenants", "bank", "shop", "law")
	leave[1]()
	f("", "bank", "shop", "law") // which is nobody's share but theirs who see as much
	f("", "shop")
	f("all 3 places of this server are taken, 1 of them", "shop")
	for _, l := range leave {
		l()
	}
	person = "eve" // with a token for each of her tenants
	f("", "shop")
	f("", "bank")
	f("2 of them are yours or of tokens that you made", "law")
	f("2 of them are yours or of tokens that you made", "shop", "law")
	person = "ann"
	f("", "law")
}
