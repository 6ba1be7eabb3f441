package rights

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// A wrong password and an unknown user take the same time: both are hashed. The middle of some pairs, taken in turn, is compared, so that a
// busy machine makes both slower; without the hash one would be a thousand times quicker.
func TestRefusalsTakeTheSameTime(t *testing.T) {
	var m memory
	b, _, root := withRoot(t, &m)
	add(t, b, root, "ann", Analyst, "a")
	add(t, b, root, "off", Analyst, "a")
	on := true
	if _, err := b.ChangeUser(t.Context(), root, "off", UserChange{Disabled: &on}); err != nil {
		t.Fatal(err)
	}
	took := map[string][]time.Duration{}
	for n := range 15 {
		for user, password := range map[string]string{"ann": "wrong", "nobody": "wrong", "off": other} {
			begin := time.Now()
			_, err := b.Login(t.Context(), user, password, "", fmt.Sprintf("198.51.100.%d", n))
			took[user] = append(took[user], time.Since(begin))
			if !errors.Is(err, ErrRefused) || err.Error() != ErrRefused.Error() {
				t.Fatalf("%s: %v", user, err)
			}
		}
	}
	middle := func(user string) time.Duration { slices.Sort(took[user]); return took[user][len(took[user])/2] }
	for _, user := range []string{"nobody", "off"} {
		if x, y := middle("ann"), middle(user); x > 3*y || y > 3*x {
			t.Errorf("a wrong password takes %v, user %s %v", x, user, y)
		}
	}
}
