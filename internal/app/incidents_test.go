package app

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/rule"
	"watchpost/internal/window"
)

// raised stores the alerts that the product's own rules raise over lines, one after the other, and gives what they are folded into.
func raised(t *testing.T, d *desk, lines ...string) []alert.Incident {
	t.Helper()
	set, err := rule.Load(os.DirFS("../../rules"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := detect.Compile(set)
	if err != nil {
		t.Fatal(err)
	}
	f, err := newFileReader(ParseOptions{Received: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	var b event.Batch
	for _, l := range lines {
		f.add(&b, []byte(l))
	}
	var alerts []alert.Alert
	if _, err := detect.Replay(rules, window.Defaults, func(yield func(*event.Batch, error) bool) { yield(&b, nil) }, func(a alert.Alert) { alerts = append(alerts, a) }); err != nil {
		t.Fatal(err)
	}
	table := alertTable{d.store, quiet}
	for i, a := range alerts {
		if err := table.Put(t.Context(), alerts[i:i+1]); err != nil {
			t.Fatal(err)
		}
		t.Log(a.Rule, a.Group, a.Fields)
	}
	found, partial, err := d.Incidents(context.Background(), theirs, "", time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC))
	if err != nil || partial {
		t.Fatal(err, partial)
	}
	return found
}

// rulesOf names the rules of an incident, and by what the alerts of each joined it.
func rulesOf(in alert.Incident) string {
	var out []string
	for _, r := range in.Rules {
		out = append(out, r.ID)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// A brute force is counted by address, sudo by host and user: one story, told by what the log-in names.
func TestOneStoryIsOneIncident(t *testing.T) {
	d := &desk{store: realStore(t)}
	var lines []string
	for i := range 6 {
		lines = append(lines, fmt.Sprintf("Mar  2 07:58:%02d web1 sshd[4301]: Failed password for deploy from 203.0.113.5 port 41001 ssh2", i))
	}
	lines = append(lines,
		"Mar  2 07:58:31 web1 sshd[4302]: Accepted password for deploy from 203.0.113.5 port 41002 ssh2",
		"Mar  2 08:03:00 web1 sudo[840]:   deploy : user NOT in sudoers ; TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/bin/sh",
		// Neither another user of another host nor the same user name a day's work later tells of it.
		"Mar  2 08:04:00 app5 sudo[841]:   hanna : user NOT in sudoers ; TTY=pts/0 ; PWD=/home/hanna ; USER=root ; COMMAND=/bin/sh",
		"Mar  2 11:04:00 web1 sudo[842]:   deploy : user NOT in sudoers ; TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND=/bin/sh")
	found := raised(t, d, lines...)
	var got []string
	for _, in := range found {
		got = append(got, rulesOf(in))
	}
	slices.Sort(got)
	if want := []string{"ssh-brute-force ssh-success-after-failures sudo-not-allowed", "sudo-not-allowed", "sudo-not-allowed"}; !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	for _, in := range found {
		if len(in.Rules) == 1 {
			continue
		}
		if last := in.Joined[len(in.Joined)-1]; fmt.Sprint(last.By) != "[user:deploy host:web1]" || len(in.Joined) != 3 || len(in.Joined[0].By) != 0 || fmt.Sprint(in.Joined[1].By) != "[ip:203.0.113.5]" ||
			last.By[0].How != alert.ByEvidence || in.Joined[1].By[0].How != alert.ByKey {
			t.Errorf("why: %v", in.Joined)
		}
	}
}

// Thirty addresses try the same host, and root, and somebody on that host does wrong: the host says nothing of which of
// them it was.
func TestSharedHostIsNotOneIncident(t *testing.T) {
	d := &desk{store: realStore(t)}
	var lines []string
	for ip := range 30 {
		for i := range 6 {
			lines = append(lines, fmt.Sprintf("Mar  2 07:%02d:%02d dc1 sshd[4301]: Failed password for root from 203.0.113.%d port 41001 ssh2", ip, i, ip))
		}
	}
	lines = append(lines, "Mar  2 07:40:00 dc1 sudo[840]:   hanna : user NOT in sudoers ; TTY=pts/0 ; PWD=/home/hanna ; USER=root ; COMMAND=/bin/sh")
	for _, in := range raised(t, d, lines...) {
		if len(in.Rules) > 1 && strings.Contains(rulesOf(in), "sudo") {
			t.Errorf("%s: %v", rulesOf(in), in.Joined)
		}
		if n := len(in.Alerts); n > 3 {
			t.Errorf("%d alerts: %v", n, in.Joined)
		}
	}
}
