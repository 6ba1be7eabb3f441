package broker

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"watchpost/internal/faulttest"
)

// TestFiles: the file system that kfake asks for is the one that disk is, method by method. Else withFiles must not be called.
func TestFiles(t *testing.T) {
	field, ok := reflect.TypeFor[kfake.Cluster]().FieldByName("fs")
	if !ok {
		t.Fatal("kfake has no file system any more")
	}
	same(t, field.Type, reflect.TypeFor[files]())
}

func same(t *testing.T, a, b reflect.Type) {
	t.Helper()
	if a == b {
		return
	}
	if a.Kind() != reflect.Interface || b.Kind() != reflect.Interface || a.NumMethod() != b.NumMethod() {
		t.Fatalf("%v is not %v", a, b)
	}
	for i := range a.NumMethod() {
		m, n := a.Method(i), b.Method(i)
		if m.Name != n.Name || m.Type.NumIn() != n.Type.NumIn() || m.Type.NumOut() != n.Type.NumOut() || m.Type.IsVariadic() != n.Type.IsVariadic() {
			t.Fatalf("%v.%s is not %s", a, m.Name, n.Name)
		}
		for j := range m.Type.NumIn() {
			same(t, m.Type.In(j), n.Type.In(j))
		}
		for j := range m.Type.NumOut() {
			same(t, m.Type.Out(j), n.Type.Out(j))
		}
	}
}

// running is a broker that serves until stop is called.
func running(t *testing.T, dir string) (b *Broker, stop func()) {
	t.Helper()
	o := Defaults
	o.Dir, o.Addr, o.Log = dir, "127.0.0.1:0", slog.New(slog.DiscardHandler)
	b, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	<-b.Ready()
	return b, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestClosedWritesNothing: a request that is underway while the broker is closed changes nothing any more. The next broker has loaded the
// log by then, and would take all that follows to stand where it does not.
func TestClosedWritesNothing(t *testing.T) {
	dir := t.TempDir()
	send := func(b *Broker) error {
		client := &kafka.Client{Addr: kafka.TCP(b.Addr()), Timeout: 30 * time.Second}
		client.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: "t", NumPartitions: 1, ReplicationFactor: 1}}})
		res, err := client.Produce(t.Context(), &kafka.ProduceRequest{Topic: "t", RequiredAcks: kafka.RequireAll,
			Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte("x"))})})
		if err != nil {
			return err
		}
		return res.Error
	}
	clusters := func() int { // that handle requests
		buf := make([]byte, 1<<20)
		return strings.Count(string(buf[:runtime.Stack(buf, true)]), "kfake.(*Cluster).run(")
	}

	old, stop := running(t, dir)
	if err := send(old); err != nil {
		t.Fatal(err)
	}
	underway, release := make(chan struct{}), make(chan struct{})
	old.cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		close(underway)
		<-release
		return nil, nil, false
	})
	sent := make(chan error, 1)
	go func() { sent <- send(old) }()
	<-underway
	stop()
	b, stop := running(t, dir)
	defer stop()
	close(release)
	for clusters() > 1 {
		time.Sleep(time.Millisecond)
	}
	if err := <-sent; err == nil {
		t.Error("a record was acknowledged by a broker that was closed")
	}
	for range 3 {
		if err := send(b); err != nil {
			t.Fatal(err)
		}
	}
	res, err := (&kafka.Client{Addr: kafka.TCP(b.Addr())}).Fetch(t.Context(), &kafka.FetchRequest{Topic: "t", MinBytes: 1, MaxBytes: 1 << 20, MaxWait: time.Second})
	if err != nil || res.Error != nil {
		t.Fatal(err, res)
	}
	n := 0
	for {
		r, err := res.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if v, err := kafka.ReadAll(r.Value); string(v) != "x" || r.Offset != int64(n) {
			t.Errorf("record %d: offset %d, value %q (%v)", n, r.Offset, v, err)
		}
		n++
	}
	if n != 4 {
		t.Errorf("%d records, want 4", n)
	}
}

// committer commits offsets of group g in topic t to a broker, with metadata of 400 bytes.
type committer struct {
	t *testing.T
	*kafka.Client
}

func newCommitter(t *testing.T, b *Broker) committer {
	c := committer{t, &kafka.Client{Addr: kafka.TCP(b.Addr()), Timeout: 3 * time.Second}}
	c.CreateTopics(t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: "t", NumPartitions: 1, ReplicationFactor: 1}}})
	return c
}

func (c committer) commit(offset int64) error {
	res, err := c.OffsetCommit(c.t.Context(), &kafka.OffsetCommitRequest{GroupID: "g", GenerationID: -1,
		Topics: map[string][]kafka.OffsetCommit{"t": {{Offset: offset, Metadata: strings.Repeat("m", 400)}}}})
	if err != nil {
		return err
	}
	return res.Topics["t"][0].Error
}

func (c committer) committed() int64 {
	c.t.Helper()
	res, err := c.OffsetFetch(c.t.Context(), &kafka.OffsetFetchRequest{GroupID: "g", Topics: map[string][]int{"t": {0}}})
	if err != nil {
		c.t.Fatal(err)
	}
	if len(res.Topics["t"]) == 0 {
		return -1 // nothing
	}
	return res.Topics["t"][0].CommittedOffset
}

// killed gives the folder of a broker as one finds it that was killed now.
func killed(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestCommitDiskFull: a commit that found no room is not acknowledged, and leaves nothing that hides later ones from the next start.
func TestCommitDiskFull(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "disk")
	disk := faulttest.NewDisk(t, dir, "4m")
	b, stop := running(t, dir)
	defer stop()
	c := newCommitter(t, b)
	if err := c.commit(1); err != nil {
		t.Fatal(err)
	}
	disk.Fill()
	acked, err := int64(1), error(nil)
	for range 20 { // the last page has room for some
		if err = c.commit(acked + 1); err != nil {
			break
		}
		acked++
	}
	if err == nil {
		t.Errorf("%d commits were acknowledged, and there is no room for them", acked)
	}
	disk.Free()
	for range 2 {
		acked++
		for c.commit(acked) != nil {
			if t.Context().Err() != nil {
				t.Fatal("nothing can be committed although there is room again")
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	again, stopAgain := running(t, killed(t, dir))
	defer stopAgain()
	if got := newCommitter(t, again).committed(); got != acked {
		t.Errorf("offset %d is committed after a kill, %d was acknowledged", got, acked)
	}
}

// TestTornCommit: an entry that a power cut tore hides none that are written behind it, be it torn yesterday or long ago.
func TestTornCommit(t *testing.T) {
	dir := t.TempDir()
	last := int64(0)
	for range 3 {
		b, stop := running(t, dir)
		c := newCommitter(t, b)
		if last > 0 {
			if got := c.committed(); got != last {
				t.Errorf("offset %d is committed, %d was acknowledged", got, last)
			}
		}
		last += 2
		for _, offset := range []int64{last - 1, last} {
			if err := c.commit(offset); err != nil {
				t.Fatal(err)
			}
		}
		dir = killed(t, dir)
		stop()
		path := filepath.Join(dir, "log", "groups.log")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(text, text[:137]...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// As an older build left it: torn pieces between entries.
	path := filepath.Join(dir, "log", "groups.log")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text[:137:137], text...), 0o600); err != nil {
		t.Fatal(err)
	}
	b, stop := running(t, dir)
	defer stop()
	if got := newCommitter(t, b).committed(); got != last {
		t.Errorf("offset %d is committed, %d was acknowledged", got, last)
	}
}
