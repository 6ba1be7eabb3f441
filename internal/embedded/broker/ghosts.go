package broker

import (
	"context"
	"maps"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ghosts are members of consumer groups whose connection broke while kfake answered their JoinGroup or SyncGroup: kfake
// sets no session timer for them, so they keep their partitions for ever, and nobody reads those. They are told apart by
// what members ask and by the connections that are open, and leave by a LeaveGroup in their name: at once where the
// connection of a member that never asked anything by its name is gone, else when it was silent for its session timeout.
type ghosts struct {
	mu      sync.Mutex
	open    map[string]bool          // connections, by the client's address
	session map[string]time.Duration // by group, the longest that a member asked for
	members map[member]sign
}

type member struct{ group, id string }

// sign is the last that was heard of a member, or the first that was seen of the state that its group is in.
type sign struct {
	at    time.Time
	asked kmsg.Key // what it asked last, -1: nothing by its name
	state string
	epoch int32
}

const nothing = kmsg.Key(-1)

func newGhosts() *ghosts {
	return &ghosts{open: make(map[string]bool), session: make(map[string]time.Duration), members: make(map[member]sign)}
}

// listen is net.Listen that keeps account of the connections.
func (g *ghosts) listen(network, addr string) (net.Listener, error) {
	ln, err := net.Listen(network, addr)
	return listener{ln, g}, err
}

type listener struct {
	net.Listener
	g *ghosts
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.g.mu.Lock()
	defer l.g.mu.Unlock()
	l.g.open[c.RemoteAddr().String()] = true
	return &conn{Conn: c, g: l.g}, nil
}

type conn struct {
	net.Conn
	g    *ghosts
	once sync.Once // kfake closes twice; the address may be another's by then
}

func (c *conn) Close() error {
	c.once.Do(func() {
		c.g.mu.Lock()
		defer c.g.mu.Unlock()
		delete(c.g.open, c.RemoteAddr().String())
	})
	return c.Conn.Close()
}

// watch hears what members of groups ask.
func (g *ghosts) watch(c *kfake.Cluster) {
	for _, key := range []kmsg.Key{kmsg.JoinGroup, kmsg.SyncGroup, kmsg.Heartbeat, kmsg.OffsetCommit} {
		c.ControlKey(int16(key), g.hear)
	}
}

func (g *ghosts) hear(r kmsg.Request) (kmsg.Response, error, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var m member
	switch r := r.(type) {
	case *kmsg.JoinGroupRequest:
		m = member{r.Group, r.MemberID}
		g.session[r.Group] = max(g.session[r.Group], time.Duration(r.SessionTimeoutMillis)*time.Millisecond)
	case *kmsg.SyncGroupRequest:
		m = member{r.Group, r.MemberID}
	case *kmsg.HeartbeatRequest:
		m = member{r.Group, r.MemberID}
	case *kmsg.OffsetCommitRequest:
		m = member{r.Group, r.MemberID}
	}
	if s, known := g.members[m]; known { // else it is no member, or sweep has not met it yet
		s.at, s.asked = time.Now(), kmsg.Key(r.Key())
		g.members[m] = s
	}
	return nil, nil, false
}

// sweep looks at all groups and gives the members that are ghosts.
func (g *ghosts) sweep(c *kfake.Cluster, now time.Time) (found []member) {
	g.mu.Lock()
	groups := maps.Clone(g.session)
	g.mu.Unlock()
	for name, session := range groups {
		info := c.GroupInfo(name)
		if info == nil {
			info = &kfake.GroupInfo{Group: name}
		}
		found = append(found, g.judge(info, session, now)...)
	}
	return found
}

func (g *ghosts) judge(info *kfake.GroupInfo, session time.Duration, now time.Time) (found []member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	present := make(map[member]bool, len(info.Members))
	for i := range info.Members {
		m := member{info.Group, info.Members[i].MemberID}
		present[m] = true
		s, known := g.members[m]
		if !known {
			s = sign{asked: nothing}
		}
		if s.state != info.State || s.epoch != info.Epoch {
			s.at, s.state, s.epoch = now, info.State, info.Epoch
		}
		g.members[m] = s
		waits := false // for an answer that depends on others
		switch info.State {
		case "PreparingRebalance":
			waits = s.asked == kmsg.JoinGroup || s.asked == nothing
		case "CompletingRebalance":
			waits = s.asked == kmsg.SyncGroup
		}
		left := s.asked == nothing && !g.open[info.Members[i].ClientHost]
		if left || !waits && now.Sub(s.at) > session+slack {
			found = append(found, m)
		}
	}
	for m := range g.members {
		if m.group == info.Group && !present[m] {
			delete(g.members, m)
		}
	}
	return found
}

// slack is granted to members beyond their session: kfake's own timers go first.
const slack = time.Second

// haunt makes ghosts leave until ctx ends.
func (b *Broker) haunt(ctx context.Context, g *ghosts) {
	client := &kafka.Client{Addr: kafka.TCP(b.addr), Timeout: 5 * time.Second}
	tick := time.NewTicker(slack / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		b.mu.Lock()
		found := g.sweep(b.cluster, time.Now())
		b.mu.Unlock()
		for _, m := range found {
			b.log.Warn("broker: a member of a group went without a word; its partitions go to the others", "group", m.group, "member", m.id)
			_, err := client.LeaveGroup(ctx, &kafka.LeaveGroupRequest{GroupID: m.group, Members: []kafka.LeaveGroupRequestMember{{ID: m.id}}})
			if err != nil && ctx.Err() == nil {
				b.log.Warn("broker: it could not be made to leave; trying again", "group", m.group, "member", m.id, "error", err)
			}
		}
	}
}
