package rights

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Who comes from elsewhere is what the mapping says, at each log-in; accounts are never given to somebody of the same name.
// Who came from elsewhere is logged in as long as the configuration says of such, and never longer than others.
func TestExternalSessionsEnd(t *testing.T) {
	for external, want := range map[time.Duration]time.Duration{0: 10 * time.Hour, 3 * time.Hour: 3 * time.Hour, 20 * time.Hour: 10 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			b := newBook(&memory{})
			b.o.External = external
			ctx := t.Context()
			token, err := b.SetupToken(ctx)
			if err != nil {
				t.Fatal(err)
			}
			root, err := b.Setup(ctx, token, "root", "Ruth", good, "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			ann, _, err := b.LoginExternal(ctx, External{Issuer: "https://idp.example", Subject: "1", User: "ann", Role: Viewer, Tenants: []string{"a"}}, "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			for cookie, want := range map[string]string{ann: "https://idp.example", root: "", "x": ""} {
				if issuer, proof := b.VouchedFor(cookie); issuer != want || proof != "" {
					t.Errorf("vouched for by %q, %q", issuer, proof)
				}
			}
			begun := time.Now()
			for {
				time.Sleep(30 * time.Minute)
				p, err := b.Session(ctx, ann)
				if err != nil {
					t.Fatal(err)
				}
				r, err := b.Session(ctx, root)
				if past := time.Since(begun); err != nil || (p.Kind == User) != (past < want) || (r.Kind == User) != (past < b.o.Absolute) {
					t.Errorf("%v: after %v: %s, the other %s, %v", external, past, p.Kind, r.Kind, err)
				}
				if r.Kind != User {
					break
				}
			}
		})
	}
}

// What a provider said is kept as long as the session, in all processes of the installation, and where it lies nobody reads it.
func TestProofIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		b, _, _ := withRoot(t, m)
		const proof = "eyJh.the word of a provider.c2ln"
		cookie, _, err := b.LoginExternal(t.Context(), External{Issuer: "https://idp.example", Subject: "1", User: "ann", Role: Viewer, Tenants: []string{"a"}, Proof: proof}, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(fmt.Sprint(m.list), proof) {
			t.Error("it lies in the table as it is")
		}
		of := func(key byte) string {
			other := newBook(m)
			other.o.Key = [32]byte{key}
			if _, err := other.Session(t.Context(), cookie); err != nil {
				t.Fatal(err)
			}
			issuer, got := other.VouchedFor(cookie)
			if key == 1 && issuer == "" && got != "" || issuer != "" && issuer != "https://idp.example" {
				t.Errorf("by %q", issuer)
			}
			return got
		}
		if _, got := b.VouchedFor(cookie); got != proof || of(1) != proof || of(2) != "" {
			t.Errorf("%q, in another process %q, by another key %q", got, of(1), of(2))
		}
		if err := b.Logout(t.Context(), cookie); err != nil {
			t.Fatal(err)
		}
		if _, got := b.VouchedFor(cookie); got != "" || of(1) != "" {
			t.Errorf("after the log-out %q, in another process %q", got, of(1))
		}
	})
}

func TestExternal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		b := newBook(m)
		ctx := t.Context()
		ann := External{Issuer: "https://idp.example", Subject: "1", User: "Ann", Name: "Ann\x1b[31m A.", Role: Analyst, Tenants: []string{"a"}}
		if _, _, err := b.LoginExternal(ctx, ann, "192.0.2.1"); !errors.Is(err, ErrConflict) {
			t.Errorf("the first user came from elsewhere: %v", err)
		}
		token, err := b.SetupToken(ctx)
		if err != nil {
			t.Fatal(err)
		}
		cookie, err := b.Setup(ctx, token, "root", "Ruth", good, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		root, err := b.Session(ctx, cookie)
		if err != nil {
			t.Fatal(err)
		}
		first, came, err := b.LoginExternal(ctx, ann, "192.0.2.1")
		if err != nil || !came.Created || came.Changed || came.Account.User != "ann" || came.Account.Name != "Ann[31m A." || came.Account.External != "https://idp.example 1" {
			t.Fatalf("%+v %v", came, err)
		}
		holds := func(cookie, want string) {
			t.Helper()
			p, err := b.Session(ctx, cookie)
			if got := fmt.Sprintf("%s %s %v %v", p.User, p.Role, p.Tenants, p.AllTenants); err != nil || got != want {
				t.Errorf("%s %v, want %s", got, err, want)
			}
		}
		const nobody = "  [] false"
		holds(first, "ann analyst [a] false")

		// The same again: nothing changes, and the session before lives. Another name at the provider is the same account.
		ann.User = "ann.smith"
		second, came, err := b.LoginExternal(ctx, ann, "192.0.2.1")
		if err != nil || came.Created || came.Changed || came.Account.User != "ann" {
			t.Fatalf("%+v %v", came, err)
		}
		holds(first, "ann analyst [a] false")
		// Another role: sessions with the old one are dead, in other processes too.
		ann.Role, ann.Tenants, ann.AllTenants = Viewer, nil, true
		third, came, err := b.LoginExternal(ctx, ann, "192.0.2.1")
		if err != nil || !came.Changed {
			t.Fatalf("%+v %v", came, err)
		}
		holds(first, nobody)
		holds(second, nobody)
		holds(third, "ann viewer [a b c] true")

		// Names that are taken, and names that are none.
		for user, want := range map[string]error{"root": ErrConflict, "ann": ErrConflict} {
			if _, _, err := b.LoginExternal(ctx, External{Issuer: "https://idp.example", Subject: "2", User: user, Role: Admin, AllTenants: true}, ""); !errors.Is(err, want) {
				t.Errorf("%s: %v", user, err)
			}
		}
		if _, _, err := b.LoginExternal(ctx, External{Issuer: "https://other.example", Subject: "1", User: "ann", Role: Admin, AllTenants: true}, ""); !errors.Is(err, ErrConflict) {
			t.Errorf("the same subject of another issuer: %v", err)
		}
		for _, user := range []string{"", "local", "a b", `CORP\ann`, "../x"} {
			if _, _, err := b.LoginExternal(ctx, External{Issuer: "https://idp.example", Subject: "3", User: user, Role: Viewer, AllTenants: true}, ""); !Invalid(err) {
				t.Errorf("%q: %v", user, err)
			}
		}

		// No password opens it, and an administrator changes nothing of it but whether it is good.
		if _, err := b.Login(ctx, "ann", good, "", "192.0.2.9"); !errors.Is(err, ErrRefused) {
			t.Errorf("log-in by a password: %v", err)
		}
		if err := b.SetPassword(ctx, root, "ann", "", other, "192.0.2.1"); !errors.Is(err, ErrConflict) {
			t.Errorf("a password: %v", err)
		}
		role, yes := Admin, true
		if _, err := b.ChangeUser(ctx, root, "ann", UserChange{Role: &role}); !errors.Is(err, ErrConflict) {
			t.Errorf("a role: %v", err)
		}
		// Whoever the provider makes administrator does not count as the last one.
		boss, _, err := b.LoginExternal(ctx, External{Issuer: "https://idp.example", Subject: "4", User: "boss", Role: Admin, AllTenants: true}, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		holds(boss, "boss admin [a b c] true")
		if _, err := b.ChangeUser(ctx, root, "root", UserChange{Disabled: &yes}); !errors.Is(err, ErrConflict) {
			t.Errorf("no local administrator is left: %v", err)
		}
		if _, err := b.ChangeUser(ctx, root, "ann", UserChange{Disabled: &yes}); err != nil {
			t.Error(err)
		}
		holds(third, nobody)
		if _, _, err := b.LoginExternal(ctx, ann, "192.0.2.1"); !errors.Is(err, ErrDisabled) {
			t.Errorf("disabled: %v", err)
		}

		// Who lost all groups is out.
		if user, err := b.EndExternal(ctx, "https://idp.example", "4"); user != "boss" || err != nil {
			t.Errorf("%s %v", user, err)
		}
		holds(boss, nobody)
		if user, err := b.EndExternal(ctx, "https://idp.example", "5"); user != "" || err != nil {
			t.Errorf("%s %v", user, err)
		}
		time.Sleep(fresh) // another process, later
		if p, err := newBook(m).Session(ctx, boss); err != nil || p.Kind != Anonymous {
			t.Errorf("%+v %v", p, err)
		}
	})
}

// Without passwords only one administrator still has one that is good.
func TestPasswordsSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		ctx := t.Context()
		off := newBook(m)
		off.o.NoPasswords, off.o.BreakGlass = true, "Glass"
		token, err := off.SetupToken(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := off.Setup(ctx, token, "root", "", good, "192.0.2.1"); !Invalid(err) {
			t.Errorf("somebody else is the first user: %v", err)
		}
		cookie, err := off.Setup(ctx, token, "glass", "", good, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		glass, err := off.Session(ctx, cookie)
		if err != nil || glass.User != "glass" {
			t.Fatalf("%+v %v", glass, err)
		}
		on := newBook(m)
		if _, err := on.AddUser(ctx, glass, NewUser{User: "ben", Password: other, Role: Admin, AllTenants: true}); err != nil {
			t.Fatal(err)
		}
		before, err := on.Login(ctx, "ben", other, "", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * fresh)
		if p, err := off.Session(ctx, before); err != nil || p.Kind != Anonymous {
			t.Errorf("a session from before: %+v %v", p, err)
		}
		if _, err := off.Login(ctx, "ben", other, "", "192.0.2.1"); !errors.Is(err, ErrRefused) {
			t.Errorf("%v", err)
		}
		if _, err := off.Login(ctx, "glass", good, "", "192.0.2.1"); err != nil {
			t.Error(err)
		}
		role := Viewer
		if _, err := on.ChangeUser(ctx, glass, "glass", UserChange{Role: &role}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * fresh)
		if _, err := off.Login(ctx, "glass", good, "", "192.0.2.1"); !errors.Is(err, ErrRefused) {
			t.Errorf("no administrator any more: %v", err)
		}
	})
}
