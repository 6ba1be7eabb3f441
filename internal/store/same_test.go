package store

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/ClickHouse/ch-go/proto"

	"watchpost/internal/event"
	"watchpost/schema"
)

// repeating gives events whose fields are mostly the same as others.
func repeating(rows int) *event.Batch {
	var b event.Batch
	for i := range rows {
		at := day0 + int64(i)
		b.Begin(fmt.Appendf(nil, "request %d", i), at)
		b.SetTime(at)
		ip, host, user := fmt.Sprintf("192.0.2.%d", i), fmt.Sprintf("gw%d", i%7), fmt.Sprintf("user%d", i%3)
		for _, f := range []event.Field{event.SourceIP, event.SourceAddress} {
			b.SetString(f, ip)
		}
		for _, f := range []event.Field{event.HostName, event.HostHostname, event.LogSyslogHostname} {
			b.SetString(f, host)
		}
		b.SetString(event.UserName, user)
		b.SetInt(event.LogTimestamp, at)
		b.AddString(event.RelatedIP, ip)
		b.AddString(event.RelatedUser, user)
		b.AddString(event.RelatedHosts, host)
		switch i % 5 {
		case 1:
			b.SetString(event.DestinationIP, "198.51.100.1")
			b.SetString(event.DestinationAddress, "198.51.100.1")
			b.AddString(event.RelatedIP, "198.51.100.1")
		case 2:
			b.SetString(event.SourceAddress, "name.example")
			b.SetString(event.HostHostname, "other")
			b.SetInt(event.LogTimestamp, at-1)
			b.AddString(event.RelatedIP, "2001:db8::1")
			b.AddString(event.RelatedUser, "root")
			b.AddString(event.RelatedHosts, "other")
		case 3:
			for _, f := range []event.Field{event.SourceAddress, event.HostHostname, event.LogTimestamp, event.RelatedIP, event.RelatedUser, event.RelatedHosts} {
				b.Unset(f)
			}
		case 4:
			b.SetString(event.DestinationIP, ip)
		}
		b.End()
	}
	return &b
}

// TestSame holds that fields are read as they were received: by a table that an older build made, before the engine has written its parts anew
// and after it, and that they are not stored where they are what other fields are.
func TestSame(t *testing.T) {
	const rows = 100
	s := open(t, options(t))
	exec := func(format string, a ...any) {
		t.Helper()
		if err := s.exec(t.Context(), fmt.Sprintf(format, a...)); err != nil {
			t.Fatal(err)
		}
	}
	load(t, s, newLog(0, blockOf(1, blockID(1), repeating(rows))))
	read := func(block int) []string {
		t.Helper()
		var names, lines []string
		for f := event.Field(1); f < event.NumFields; f++ {
			if f != event.EventID {
				names = append(names, "`"+f.String()+"`")
			}
		}
		err := s.Select(t.Context(), "SELECT "+strings.Join(names, ",")+" FROM events WHERE `event.block` = toFixedString(unhex({b:String}), 16) ORDER BY `event.row`", Params{"b": blockID(block).String()}, nil, func(b *event.Batch) error {
			for e := range b.Events() {
				lines = append(lines, string(bytes.TrimSpace(e.AppendJSON(nil, nil))))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	var want []string
	for e := range repeating(rows).Events() {
		want = append(want, string(bytes.TrimSpace(e.AppendJSON(nil, nil))))
	}
	check := func(when string, blocks ...int) {
		t.Helper()
		for _, n := range blocks {
			got := read(n)
			if len(got) != rows {
				t.Fatalf("%s: block %d has %d rows", when, n, len(got))
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%s: block %d, row %d:\nwant %s\ngot  %s", when, n, i, want[i], got[i])
				}
			}
		}
	}
	check("as loaded", 1)
	for column, own := range map[string]uint64{"source.address_own": 20, "destination.address_own": 0, "log.syslog.hostname_own": 0, "host.hostname_own": 20, "related_ip": 20, "related_user": 20, "related_hosts": 20} {
		if n := one[uint64](t, s, "SELECT countIf(notEmpty(`"+column+"`)) FROM events", nil); n != own {
			t.Errorf("%d rows have a %s, want %d", n, column, own)
		}
	}
	if n := one[uint64](t, s, "SELECT count(`log.timestamp_own`) FROM events", nil); n != 20 {
		t.Errorf("%d rows have a log.timestamp_own", n)
	}

	// The table as older builds made it.
	exec("TRUNCATE TABLE events")
	for _, d := range schema.EventIndexes() {
		if name := schema.DefinedName(d); strings.HasSuffix(name, "_own") || strings.HasSuffix(name, ".lower") || name == "host.name" || name == "user.name" {
			exec("ALTER TABLE events DROP INDEX `%s`", name)
		}
	}
	for _, same := range event.Sames() {
		f := same.Field.String()
		if same.Field.Info().Kind == event.List {
			exec("ALTER TABLE events MODIFY COLUMN `%s` Array(String) ALIAS `%s`", f, same.Own)
		} else {
			exec("ALTER TABLE events DROP COLUMN `%s`", f)
			exec("ALTER TABLE events RENAME COLUMN `%s` TO `%s`", same.Own, f)
		}
	}
	exec("ALTER TABLE events DROP COLUMN `same`")
	exec("ALTER TABLE migrations DELETE WHERE name = '0060_same.sql' SETTINGS mutations_sync = 2")
	exec("SYSTEM STOP MERGES events")
	old := repeating(rows)
	old.SetID(blockID(2))
	c, err := s.connect(t.Context(), s.o.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var in proto.Input
	for _, col := range old.Columns(true) {
		if f, _ := event.Lookup(col.Name); f.Info().Kind == event.List {
			in = append(in, proto.InputColumn{Name: schema.ListColumn(col.Name), Data: listColumn{b: old, f: f}})
		} else {
			in = append(in, proto.InputColumn{Name: col.Name, Data: column{col, rows}})
		}
	}
	if err := c.insert(t.Context(), "events", "old", in); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	check("at once", 2)
	load(t, s, newLog(0, blockOf(3, blockID(3), repeating(rows))))
	check("beside new parts", 2, 3)
	exec("SYSTEM START MERGES events")
	exec("OPTIMIZE TABLE events FINAL")
	check("merged", 2, 3)
}
