package rights

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// memory keeps records as the store does. It counts how often it was asked, and can be away.
type memory struct {
	mu    sync.Mutex
	list  []Record
	asked int
	away  error
	// before, if set, is called by Append before it adds.
	before func(Record)
}

func (m *memory) Since(_ context.Context, stored time.Time) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	var out []Record
	for _, r := range m.list {
		if !r.Stored.Before(stored) {
			out = append(out, r)
		}
	}
	return out, m.away
}

func (m *memory) Append(_ context.Context, r Record) error {
	if f := m.before; f != nil {
		m.before = nil
		f(r)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return m.away
	}
	r.Stored = time.Now().Add(time.Duration(len(m.list))) // later than the one before
	m.list = append(m.list, r)
	return nil
}

const (
	good  = "correct horse battery staple"
	other = "tr0ub4dor and three more words"
)

func newBook(m *memory) *Book {
	return NewBook(Options{Open: true, Idle: time.Hour, Absolute: 10 * time.Hour, Key: [32]byte{1}, Now: time.Now,
		Tenants: func(context.Context) ([]string, error) { return []string{"a", "b", "c"}, nil }}, m)
}

// withRoot makes a book with the administrator root, who is logged in.
func withRoot(t *testing.T, m *memory) (b *Book, cookie string, root Principal) {
	t.Helper()
	b = newBook(m)
	token, err := b.SetupToken(t.Context())
	if err != nil || token == "" {
		t.Fatal(token, err)
	}
	cookie, err = b.Setup(t.Context(), token, "Root", "Ruth Root", good, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	root, err = b.Session(t.Context(), cookie)
	if err != nil || root.User != "root" || root.Role != Admin || len(root.Tenants) != 3 {
		t.Fatalf("%+v, %v", root, err)
	}
	return b, cookie, root
}

func add(t *testing.T, b *Book, by Principal, user string, role Role, tenants ...string) {
	t.Helper()
	if _, err := b.AddUser(t.Context(), by, NewUser{User: user, Password: other, Role: role, Tenants: tenants}); err != nil {
		t.Fatal(err)
	}
}

func login(t *testing.T, b *Book, user, password string) (string, Principal) {
	t.Helper()
	cookie, err := b.Login(t.Context(), user, password, "", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Session(t.Context(), cookie)
	if err != nil {
		t.Fatal(err)
	}
	return cookie, p
}

func whose(t *testing.T, b *Book, cookie string) string {
	t.Helper()
	p, err := b.Session(t.Context(), cookie)
	if err != nil {
		t.Fatal(err)
	}
	return p.User
}

func TestPasswords(t *testing.T) {
	h := make(hashes, 1)
	ctx := t.Context()
	hash, err := h.make(ctx, good)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=47104,t=1,p=1$") {
		t.Fatalf("%s, %v", hash, err)
	}
	if again, _ := h.make(ctx, good); again == hash {
		t.Error("no salt")
	}
	long := strings.Repeat("é😀", 150) // 900 bytes
	longHash, _ := h.make(ctx, long)
	f := func(hash, password string, want bool) {
		t.Helper()
		if ok, err := h.fits(ctx, hash, password); err != nil || ok != want {
			t.Errorf("%.20q: %v, %v", password, ok, err)
		}
	}
	f(hash, good, true)
	f(hash, good+" ", false)
	f(hash, "", false)
	f(longHash, long, true)
	f(longHash, long[:len(long)-4]+"😁", false) // its very end counts
	f(nobody, "", false)
	for _, bad := range []string{"", "x", "$argon2id$v=19$m=9999999,t=1,p=1$AAAA$AAAA", strings.Replace(hash, "argon2id", "argon2i", 1), strings.Replace(hash, "p=1", "p=0", 1)} {
		if ok, err := h.fits(ctx, bad, good); ok || err == nil {
			t.Errorf("%q: %v, %v", bad, ok, err)
		}
	}
	for password, fault := range map[string]string{
		"abc": "at least 8", "ééééééé": "at least 8", strings.Repeat("x", 1025): "at most 1024", "\xff\xfeabcdefgh": "UTF-8",
		"password": "common", "12345678": "common", "qwertyuiop": "common", "Passw0rd": "common", "iloveyou": "common", "trustno1": "common", "sunshine1": "common",
		"annarbor-ann": "", "watchpost1": "common", "zephyrine": "common", strings.Repeat("a", 200): "common",
		good: "", "xkqzvbwj": "", "пароль-и-ещё-слово": "", long: "",
	} {
		if err := checkPassword(password, "zephyrine", "Zoe Zephyrine"); (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%.30q: %v, want %q", password, err, fault)
		}
	}
}

func TestOneTimeCodes(t *testing.T) {
	key := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} { // RFC 6238, appendix B
		if got := totpCode(key, at/30); got != want {
			t.Errorf("%d: %s, want %s", at, got, want)
		}
	}
	now := time.Unix(1111111111, 0)
	step, ok := totpFits(key, "050471", now, 0)
	if !ok {
		t.Fatal("the code of now")
	}
	f := func(code string, at time.Time, last int64, want bool) {
		t.Helper()
		if _, ok := totpFits(key, code, at, last); ok != want {
			t.Errorf("%s at %v: %v", code, at, ok)
		}
	}
	f("050471", now, step, false) // a second time
	f("050471", now.Add(totpStep), 0, true)
	f("050471", now.Add(-totpStep), 0, true)
	f("050471", now.Add(2*totpStep), 0, false)
	f("", now, 0, false)
	f("050472", now, 0, false)
	sealed, err := seal([32]byte{1}, "ann", key)
	if err != nil || strings.Contains(sealed, string(key)) {
		t.Fatal(sealed, err)
	}
	if got, err := unseal([32]byte{1}, "ann", sealed); err != nil || string(got) != string(key) {
		t.Error(got, err)
	}
	if _, err := unseal([32]byte{2}, "ann", sealed); err == nil {
		t.Error("opens with another key")
	}
	if _, err := unseal([32]byte{1}, "ben", sealed); err == nil {
		t.Error("opens for another user")
	}
}

func TestFirstUser(t *testing.T) {
	var m memory
	b := newBook(&m)
	ctx := t.Context()
	if p, err := b.Local(ctx); err != nil || p.Kind != Local || !p.Can(ManageUsers) {
		t.Errorf("without users: %+v, %v", p, err)
	}
	local, _ := b.Local(ctx)
	if _, err := b.AddUser(ctx, local, NewUser{User: "eve", Password: good, Role: Admin, AllTenants: true}); !errors.Is(err, ErrConflict) {
		t.Errorf("the first user without the link: %v", err)
	}
	token, err := b.SetupToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	f := func(token, user, password string, want error) {
		t.Helper()
		if _, err := b.Setup(ctx, token, user, "", password, "192.0.2.1"); err == nil || want != nil && (!errors.Is(err, want) || strings.Contains(err.Error(), want.Error())) { // of a link, not of a password
			t.Errorf("%s: %v", user, err)
		}
	}
	f("", "root", good, ErrRefused)
	f(token+"x", "root", good, ErrRefused)
	f(token, "ro ot", good, nil)
	f(token, "local", good, nil)
	f(token, "root", "password", nil)
	if _, err := b.Setup(ctx, token, "root", "Ruth", good, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	f(token, "root2", good, ErrRefused) // used up
	if p, err := b.Local(ctx); err != nil || p.Kind != Anonymous {
		t.Errorf("with a user: %+v, %v", p, err)
	}
	if token, err := b.SetupToken(ctx); token != "" || err != nil {
		t.Errorf("another link: %q, %v", token, err)
	}
	if p, err := newBook(&m).Local(ctx); err != nil || p.Kind != Anonymous {
		t.Errorf("after a restart: %+v, %v", p, err)
	}
	closed := newBook(&memory{})
	closed.o.Open = false
	if p, err := closed.Local(ctx); err != nil || p.Kind != Anonymous {
		t.Errorf("not on loopback: %+v, %v", p, err)
	}
}

// What ends sessions ends them in all processes within a second, and a session id is never given twice.
func TestSessionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		b, rootCookie, root := withRoot(t, &m)
		add(t, b, root, "ann", Analyst, "a")
		other1 := newBook(&m) // another process
		ctx := t.Context()
		roles := []Role{Viewer}
		on := true
		for what, do := range map[string]func(cookie string, p Principal) error{
			"logout":            func(cookie string, p Principal) error { return b.Logout(ctx, cookie) },
			"password":          func(cookie string, p Principal) error { return b.SetPassword(ctx, p, "ann", other, other, "") },
			"password by admin": func(string, Principal) error { return b.SetPassword(ctx, root, "ann", "", other, "") },
			"role": func(string, Principal) error {
				_, err := b.ChangeUser(ctx, root, "ann", UserChange{Role: &roles[0]})
				return err
			},
			"tenants": func(string, Principal) error {
				_, err := b.ChangeUser(ctx, root, "ann", UserChange{Tenants: &[]string{"b"}})
				return err
			},
			"disabled": func(string, Principal) error {
				_, err := b.ChangeUser(ctx, root, "ann", UserChange{Disabled: &on})
				return err
			},
		} {
			off := false
			if _, err := b.ChangeUser(ctx, root, "ann", UserChange{Disabled: &off}); err != nil {
				t.Fatal(err)
			}
			cookie, p := login(t, b, "Ann", other)
			second, _ := login(t, b, "ann", other)
			if cookie == second || len(cookie) < 43 {
				t.Fatalf("%q, %q", cookie, second)
			}
			if whose(t, other1, cookie) != "ann" {
				time.Sleep(time.Second)
				if whose(t, other1, cookie) != "ann" {
					t.Fatalf("%s: not known to another process", what)
				}
			}
			if err := do(cookie, p); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if whose(t, b, cookie) != "" {
				t.Errorf("%s: the session lives", what)
			}
			time.Sleep(time.Second)
			if whose(t, other1, cookie) != "" {
				t.Errorf("%s: the session lives in another process", what)
			}
			if what == "logout" && whose(t, b, second) == "" {
				t.Error("the other session ended, too")
			}
		}
		for _, r := range m.list {
			if r.Kind == "session" && (len(r.ID) != 64 || strings.Contains(fmt.Sprint(r), rootCookie)) {
				t.Errorf("a session is kept as %+v", r)
			}
		}
		if whose(t, b, rootCookie) != "root" || whose(t, b, "") != "" || whose(t, b, rootCookie+"x") != "" {
			t.Error("sessions of others")
		}
	})
}

func TestSessionsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		b, cookie, _ := withRoot(t, &m)
		begun := time.Now()
		idle, _ := login(t, b, "root", good)
		watched, _ := login(t, b, "root", good) // by a request that lasts, which is no use of it
		second := newBook(&m)
		for time.Since(begun) < b.o.Absolute-time.Hour { // used at either process, or not at all
			time.Sleep(50 * time.Minute)
			if whose(t, b, cookie) != "root" {
				t.Fatalf("ended after %v", time.Since(begun))
			}
			if whose(t, second, cookie) != "root" {
				t.Fatalf("ended elsewhere after %v", time.Since(begun))
			}
			if p, err := b.Still(t.Context(), watched); err != nil || (p.User == "root") != (time.Since(begun) < b.o.Idle) {
				t.Fatalf("after %v a session that is only looked at is of %q, %v", time.Since(begun), p.User, err)
			}
		}
		if whose(t, b, idle) != "" {
			t.Error("an idle session lives")
		}
		time.Sleep(time.Hour)
		if whose(t, b, cookie) != "" {
			t.Errorf("lives after %v", time.Since(begun))
		}
		time.Sleep(2 * time.Hour)
		b.current(t.Context())
		if n := len(b.sessions); n != 0 {
			t.Errorf("%d sessions are remembered", n)
		}
	})
}

// The end of a session and its being used in another process do not contend.
func TestLogoutBesideUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		b, cookie, _ := withRoot(t, &m)
		second := newBook(&m)
		whose(t, second, cookie)
		time.Sleep(30 * time.Minute)
		m.before = func(Record) { // while the second writes that the session was seen
			if err := b.Logout(context.Background(), cookie); err != nil {
				t.Error(err)
			}
		}
		whose(t, second, cookie)
		time.Sleep(time.Second)
		if whose(t, b, cookie) != "" || whose(t, second, cookie) != "" {
			t.Error("the session came to life again")
		}
	})
}

func TestChangesAtTheSameTime(t *testing.T) {
	var m memory
	b, _, root := withRoot(t, &m)
	add(t, b, root, "ann", Analyst, "a")
	second := newBook(&m)
	name, on := "Ann", true
	m.before = func(Record) {
		if _, err := second.ChangeUser(context.Background(), root, "ann", UserChange{Name: &name}); err != nil {
			t.Error(err)
		}
	}
	_, err := b.ChangeUser(t.Context(), root, "ann", UserChange{Disabled: &on})
	// The quicker one has been told that all is well: so it stays, and the slower one is told that it is not.
	for _, b := range []*Book{b, second, newBook(&m)} {
		users, bad := b.Users(t.Context(), root)
		if !errors.Is(err, ErrConflict) || bad != nil || users[0].Name != name || users[0].Disabled {
			t.Errorf("%v, %v, %+v", err, bad, users)
		}
	}
}

func TestTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		b, cookie, _ := withRoot(t, &m)
		m.away = errors.New("away")
		time.Sleep(time.Second)
		if p, err := b.Session(t.Context(), cookie); err == nil || p.Kind != Anonymous {
			t.Errorf("%+v, %v: who may have been logged out is let in", p, err)
		}
		if p, err := b.Session(t.Context(), "nonsense"); err != nil || p.Kind != Anonymous {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestAuthenticator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		b, _, root := withRoot(t, &m)
		add(t, b, root, "ann", Analyst, "a")
		ctx := t.Context()
		cookie, ann := login(t, b, "ann", other)
		beside := newBook(&m) // another process
		secret, uri, err := b.NewTOTP(ctx, ann, "ann")
		if err != nil || !strings.Contains(uri, secret) {
			t.Fatal(uri, err)
		}
		key, _ := base32Text.DecodeString(secret)
		code := func() string { return totpCode(key, time.Now().Unix()/30) }
		if err := b.SetTOTP(ctx, ann, "ann", secret, "000000", other, ""); !Invalid(err) {
			t.Errorf("a wrong code: %v", err)
		}
		if err := b.SetTOTP(ctx, ann, "ann", secret, code(), good, ""); !errors.Is(err, ErrRefused) {
			t.Errorf("a wrong password: %v", err)
		}
		if _, _, err := b.NewTOTP(ctx, root, "ann"); !errors.Is(err, ErrNotFound) {
			t.Errorf("somebody else's: %v", err)
		}
		if err := b.SetTOTP(ctx, ann, "ann", secret, code(), other, ""); err != nil {
			t.Fatal(err)
		}
		if whose(t, b, cookie) != "" {
			t.Error("the session from before lives")
		}
		f := func(code string, want error) {
			t.Helper()
			if _, err := b.Login(ctx, "ann", other, code, "192.0.2.1"); !errors.Is(err, want) {
				t.Errorf("%q: %v, want %v", code, err, want)
			}
		}
		f("", ErrCode)
		f(code(), ErrRefused) // it was used to set up
		time.Sleep(totpStep)
		if _, err := beside.Users(ctx, root); err != nil { // it looks, and may not look again for a second
			t.Fatal(err)
		}
		f(code(), nil)
		if _, err := beside.Login(ctx, "ann", other, code(), "192.0.2.1"); !errors.Is(err, ErrRefused) {
			t.Errorf("a second time, in a process that does not know of the first yet: %v", err)
		}
		f(code(), ErrRefused) // a second time
		if _, err := newBook(&m).Login(ctx, "ann", other, code(), "192.0.2.1"); !errors.Is(err, ErrRefused) {
			t.Errorf("a second time, in another process: %v", err)
		}
		for _, r := range m.list {
			if strings.Contains(r.Body+r.Secret, secret) {
				t.Errorf("the secret is stored in clear: %+v", r)
			}
		}
		off := false
		if _, err := b.ChangeUser(ctx, root, "ann", UserChange{TOTP: &off}); err != nil {
			t.Fatal(err)
		}
		f("", nil)
	})
}

func TestGuessing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		b, _, root := withRoot(t, &m)
		add(t, b, root, "ann", Analyst, "a")
		login(t, b, "ann", other) // from 192.0.2.1
		ctx := t.Context()
		try := func(user, password, address string) error {
			_, err := b.Login(ctx, user, password, "", address)
			return err
		}
		wait := func(err error) time.Duration {
			var w Wait
			errors.As(err, &w)
			return w.For
		}
		for n := range freePair {
			if err := try("ann", "wrong", "198.51.100.9"); !errors.Is(err, ErrRefused) {
				t.Fatalf("%d: %v", n, err)
			}
		}
		if w := wait(try("ann", other, "198.51.100.9")); w != time.Second {
			t.Errorf("after %d failures: %v", freePair, w)
		}
		if err := try("root", good, "198.51.100.9"); err != nil {
			t.Errorf("another account from there: %v", err)
		}
		pauses := 0
		for range 20 {
			time.Sleep(wait(try("ann", "wrong", "198.51.100.9")))
			try("ann", "wrong", "198.51.100.9")
			pauses++
		}
		if w := wait(try("ann", "wrong", "198.51.100.9")); w != maxPause {
			t.Errorf("at last %v", w)
		}
		time.Sleep(time.Hour)
		for n := range 2 * freeAccount { // from many places; users that do not exist are no different
			b.brake.failed("ann", fmt.Sprintf("203.0.113.%d", n))
			b.brake.failed("nobody", fmt.Sprintf("203.0.113.%d", n))
		}
		if wait(try("ann", other, "198.51.100.77")) == 0 || wait(try("nobody", other, "198.51.100.77")) == 0 {
			t.Error("an account that many guess at is open to a stranger")
		}
		if err := try("ann", other, "192.0.2.1"); err != nil {
			t.Errorf("the victim is locked out: %v", err)
		}
		for n := range 2 * freeAddress { // many users from one network of IPv6
			b.brake.failed(fmt.Sprintf("user%d", n), fmt.Sprintf("2001:db8::%x", n))
		}
		if wait(try("root", good, "2001:db8::ffff:1")) == 0 {
			t.Error("an address that guesses at many accounts may go on")
		}
		if err := try("root", good, "2001:db8:0:1::1"); err != nil {
			t.Errorf("the network beside it: %v", err)
		}
	})
}

// TestGuessingAtOnce guesses many times before the first guess is judged: no more of them are than one after the other would be.
func TestGuessingAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		b, _, root := withRoot(t, &m)
		add(t, b, root, "ann", Analyst, "a")
		var judged atomic.Int32
		var all sync.WaitGroup
		for range 4 * freePair {
			all.Go(func() {
				if _, err := b.Login(t.Context(), "ann", "wrong", "", "198.51.100.9"); errors.Is(err, ErrRefused) {
					judged.Add(1)
				}
			})
		}
		all.Wait()
		if n := judged.Load(); n != freePair {
			t.Errorf("%d guesses at once are judged, want %d", n, freePair)
		}
	})
}

func TestTenantsBoundWhoIsSeen(t *testing.T) {
	var m memory
	b, _, root := withRoot(t, &m)
	add(t, b, root, "ada", Admin, "a", "b")
	add(t, b, root, "ann", Analyst, "a")
	add(t, b, root, "cem", Analyst, "c")
	add(t, b, root, "abc", Analyst, "a", "c")
	_, ada := login(t, b, "ada", other)
	_, ann := login(t, b, "ann", other)
	ctx := t.Context()
	users, err := b.Users(ctx, ada)
	var names []string
	for _, u := range users {
		names = append(names, u.User)
	}
	if got := strings.Join(names, " "); err != nil || got != "ada ann" {
		t.Errorf("ada sees %s, %v", got, err)
	}
	role, on, all := Admin, true, true
	for _, foreign := range []string{"cem", "abc", "root", "nobody"} {
		_, err1 := b.ChangeUser(ctx, ada, foreign, UserChange{Disabled: &on})
		err2 := b.SetPassword(ctx, ada, foreign, "", good, "")
		if !errors.Is(err1, ErrNotFound) || !errors.Is(err2, ErrNotFound) {
			t.Errorf("%s: %v, %v", foreign, err1, err2)
		}
	}
	if _, err := b.ChangeUser(ctx, ann, "ann", UserChange{Role: &role}); !errors.Is(err, ErrNotFound) {
		t.Errorf("ann makes herself an admin: %v", err)
	}
	for _, n := range []NewUser{{User: "x", Password: good, Role: Viewer, Tenants: []string{"c"}}, {User: "x", Password: good, Role: Viewer, AllTenants: true}} {
		if _, err := b.AddUser(ctx, ada, n); !Invalid(err) || !strings.Contains(err.Error(), "more than you have") {
			t.Errorf("%+v: %v", n, err)
		}
	}
	for _, c := range []UserChange{{Tenants: &[]string{"a", "c"}}, {AllTenants: &all}} {
		if _, err := b.ChangeUser(ctx, ada, "ann", c); !Invalid(err) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	robot := Principal{User: "robot", Kind: Token, Role: Service, Scopes: []Permission{ManageUsers}, Tenants: []string{"a"}}
	if _, err := b.ChangeUser(ctx, robot, "ann", UserChange{Role: &role}); !Invalid(err) {
		t.Errorf("a token makes an admin: %v", err)
	}
	robots := Principal{User: "robot", Kind: Token, Role: Service, Scopes: []Permission{ManageUsers}, AllTenants: true}
	if err := b.SetPassword(ctx, robots, "root", "", other, ""); !Invalid(err) {
		t.Errorf("a token that may manage users logs in as root: %v", err)
	}
	if err := b.SetPassword(ctx, ada, "ann", "", good, ""); err != nil {
		t.Errorf("an administrator gives ann another password: %v", err)
	}
	if _, err := b.ChangeUser(ctx, root, "root", UserChange{Disabled: &on}); !errors.Is(err, ErrConflict) {
		t.Errorf("the last admin disables itself: %v", err)
	}
	for _, tenant := range []string{"", "0", "A", "a/..", "%2e%2e", "a\x00", "аcme", "*", "a b", strings.Repeat("a", 33)} {
		if _, err := b.AddUser(ctx, root, NewUser{User: "x", Password: good, Role: Viewer, Tenants: []string{tenant}}); !Invalid(err) {
			t.Errorf("tenant %q: %v", tenant, err)
		}
	}
}

func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		b, _, root := withRoot(t, &m)
		add(t, b, root, "ada", Admin, "a")
		_, ada := login(t, b, "ada", other)
		ctx := t.Context()
		tok, secret, err := b.AddToken(ctx, ada, NewToken{Name: "grafana", Scopes: []Permission{Search, ReadAlerts}, Tenants: []string{"a"}, Days: 2})
		if err != nil {
			t.Fatal(err)
		}
		who := func(b *Book, secret string) Principal {
			t.Helper()
			p, err := b.Token(ctx, secret, true)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		p := who(b, secret)
		maker, key, err := b.AddToken(ctx, ada, NewToken{Name: "maker", Scopes: []Permission{ManageTokens, Backtest}, Tenants: []string{"a"}})
		if err != nil {
			t.Fatal(err)
		}
		_, made, err := b.AddToken(ctx, who(b, key), NewToken{Name: "made", Scopes: []Permission{Backtest}, Tenants: []string{"a"}})
		if err != nil {
			t.Fatal(err)
		}
		if a, m := who(b, made), who(newBook(&m), made); p.Person != "ada" || ada.Person != "ada" || a.Person != "ada" || m.Person != "ada" {
			t.Errorf("token %s of token %s counts for %q, in another process for %q", a.User, maker.ID, a.Person, m.Person)
		}
		if p.Kind != Token || p.User != tok.ID || !p.Can(Search) || p.Can(WriteAlerts) || p.Can(ManageUsers) || fmt.Sprint(p.Tenants) != "[a]" {
			t.Errorf("%+v", p)
		}
		for _, r := range m.list {
			if strings.Contains(fmt.Sprint(r), secret) {
				t.Errorf("the secret is stored: %+v", r)
			}
		}
		for _, n := range []NewToken{{}, {Name: "x", Scopes: []Permission{Search}, Tenants: []string{"b"}}, {Name: "x", Scopes: []Permission{Search}, AllTenants: true}, {Name: "x", Scopes: []Permission{"root"}, Tenants: []string{"a"}},
			{Name: "x", Scopes: []Permission{Search}, Tenants: []string{"a"}, Days: 1000}, {Name: "x\n", Scopes: []Permission{Search}, Tenants: []string{"a"}}} {
			if _, _, err := b.AddToken(ctx, ada, n); !Invalid(err) {
				t.Errorf("%+v: %v", n, err)
			}
		}
		weak := Principal{User: "w", Kind: Token, Role: Service, Scopes: []Permission{ManageTokens}, Tenants: []string{"a"}}
		if _, _, err := b.AddToken(ctx, weak, NewToken{Name: "x", Scopes: []Permission{Export}, Tenants: []string{"a"}}); !Invalid(err) {
			t.Errorf("a scope that its maker lacks: %v", err)
		}
		second := newBook(&m)
		if who(second, secret).Kind != Token {
			t.Error("not known to another process")
		}
		// A flood of bad tokens asks the store once a second at most.
		asked := m.asked
		for n := range 10_000 {
			who(b, fmt.Sprint("wpt_", n))
			time.Sleep(100 * time.Microsecond)
		}
		if n := m.asked - asked; n > 2 {
			t.Errorf("a flood of a second asked %d times", n)
		}
		stranger := Principal{User: "s", Kind: User, Role: Admin, Tenants: []string{"b"}}
		if err := b.RevokeToken(ctx, stranger, tok.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("another tenant's: %v", err)
		}
		if list, err := b.Tokens(ctx, stranger); err != nil || len(list) != 0 {
			t.Errorf("%+v, %v", list, err)
		}
		if err := b.RevokeToken(ctx, ada, tok.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if who(b, secret).Kind != Anonymous || who(second, secret).Kind != Anonymous {
			t.Error("a revoked token is good")
		}
		_, secret, err = b.AddToken(ctx, ada, NewToken{Name: "short", Scopes: []Permission{Search}, Tenants: []string{"a"}, Days: 1})
		if err != nil || who(b, secret).Kind != Token {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if who(b, secret).Kind != Anonymous {
			t.Error("a token that is over is good")
		}
		local := b.LocalToken()
		if p := who(b, local); p.Kind != Local || !p.Can(ManageUsers) {
			t.Errorf("%+v", p)
		}
		if p, _ := b.Token(ctx, local, false); p.Kind != Anonymous {
			t.Errorf("from elsewhere: %+v", p)
		}
	})
}
