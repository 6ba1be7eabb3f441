package broker

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// wire speaks the protocol as far as a member of a group needs it.
type wire struct {
	t *testing.T
	net.Conn
}

func dial(t *testing.T, b *Broker) wire {
	t.Helper()
	c, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return wire{t, c}
}

func (w wire) send(r kmsg.Request) {
	w.t.Helper()
	if _, err := w.Write(kmsg.NewRequestFormatter().AppendRequest(nil, r, 1)); err != nil {
		w.t.Fatal(err)
	}
}

func (w wire) receive(r kmsg.Response) {
	w.t.Helper()
	w.SetReadDeadline(time.Now().Add(20 * time.Second))
	var size [4]byte
	_, err := io.ReadFull(w, size[:])
	body := make([]byte, binary.BigEndian.Uint32(size[:]))
	if err == nil {
		_, err = io.ReadFull(w, body)
	}
	if err == nil {
		err = r.ReadFrom(body[4:]) // behind the request's number
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func join(id string) *kmsg.JoinGroupRequest {
	r := kmsg.NewPtrJoinGroupRequest()
	r.Version, r.Group, r.MemberID, r.SessionTimeoutMillis, r.RebalanceTimeoutMillis, r.ProtocolType = 1, "g", id, 30000, 60000, "consumer"
	p := kmsg.NewJoinGroupRequestProtocol()
	p.Name = "range"
	r.Protocols = append(r.Protocols, p)
	return r
}

// TestGhost: a member whose connection breaks while it waits for the answer to its JoinGroup does not stay in the group.
func TestGhost(t *testing.T) {
	b, stop := running(t, t.TempDir())
	defer stop()
	members := func() int {
		info := b.cluster.GroupInfo("g")
		if info == nil {
			return 0
		}
		return len(info.Members)
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for start := time.Now(); !ok(); time.Sleep(5 * time.Millisecond) {
			if time.Since(start) > 20*time.Second {
				t.Fatalf("%s: never; %+v", what, b.cluster.GroupInfo("g"))
			}
		}
	}

	a := dial(t, b)
	a.send(join(""))
	joined := kmsg.NewPtrJoinGroupResponse()
	joined.Version = 1
	a.receive(joined)
	id := joined.MemberID

	ghost := dial(t, b)
	ghost.send(join(""))
	until("two members", func() bool { return members() == 2 })
	ghost.Close()

	// The group now waits for the first member, for a minute at most.
	a.send(join(id))
	a.receive(joined)
	until("one member", func() bool { return members() == 1 })
	if info := b.cluster.GroupInfo("g"); info.Members[0].MemberID != id {
		t.Errorf("%s is left, not %s", info.Members[0].MemberID, id)
	}
}

func TestJudge(t *testing.T) {
	const session = 10 * time.Second
	start := time.Unix(1e9, 0)
	g := newGhosts()
	g.open["here"] = true
	heard := func(id string, key kmsg.Key, at time.Duration) {
		s := g.members[member{"g", id}]
		s.at, s.asked = start.Add(at), key
		g.members[member{"g", id}] = s
	}
	see := func(state string, epoch int32, at time.Duration, want string, ids ...string) {
		t.Helper()
		info := &kfake.GroupInfo{Group: "g", State: state, Epoch: epoch}
		for _, id := range ids {
			host := "here"
			if id == "gone" {
				host = "elsewhere"
			}
			info.Members = append(info.Members, kfake.GroupMember{MemberID: id, ClientHost: host})
		}
		got := ""
		for _, m := range g.judge(info, session, start.Add(at)) {
			got += m.id + " "
		}
		if got != want {
			t.Errorf("%s %d after %v: ghosts %q, want %q", state, epoch, at, got, want)
		}
	}
	see("PreparingRebalance", 1, 0, "gone ", "new", "gone")
	see("PreparingRebalance", 1, time.Minute, "", "new") // waits for its first answer
	see("CompletingRebalance", 2, time.Minute, "", "new", "leader")
	heard("new", kmsg.SyncGroup, time.Minute)
	see("CompletingRebalance", 2, 2*time.Minute, "leader ", "new", "leader") // "new" waits for it
	see("Stable", 3, 2*time.Minute, "", "new")
	heard("new", kmsg.Heartbeat, 2*time.Minute+5*time.Second)
	see("Stable", 3, 2*time.Minute+16*time.Second, "", "new")
	see("Stable", 3, 2*time.Minute+17*time.Second, "new ", "new")
	see("Stable", 3, 3*time.Minute, "")
	if len(g.members) != 0 {
		t.Errorf("still known: %v", g.members)
	}
}
