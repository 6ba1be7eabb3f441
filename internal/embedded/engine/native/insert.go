package native

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"watchpost/internal/embedded/engine/chdb"
)

// insert tells the client the columns, reads its blocks and hands them to the engine as one INSERT. Rows never
// stand in SQL text. A client that leaves before the closing empty block has inserted nothing that was not yet a part.
func (se *session) insert(ctx context.Context, conn *chdb.Conn, in *insertion, compressed bool) error {
	if _, n, err := conn.Classify(in.head + " SELECT 1"); err != nil || n > 1 {
		return se.s.refused(refuse(codeSyntax, "Syntax error: one INSERT statement expected"))
	}
	names, types, err := in.expect(conn)
	if err != nil {
		return err
	}
	if err := se.sendHeader(names, types, compressed); err != nil {
		return err
	}
	if err := se.flush(); err != nil {
		return err
	}
	mark := se.s.mark()
	var st *chdb.Insert
	defer func() {
		if st != nil {
			st.Cancel()
		}
	}()
	var failed error // told to the client once it has sent all
	for {
		h, cancelled, err := se.nextData(compressed)
		if err != nil {
			return unfit(err)
		}
		if cancelled {
			return refuse(394, "Query was cancelled")
		}
		if h.columns == 0 && h.rows == 0 {
			break
		}
		if h.rows == 0 || failed != nil {
			continue
		}
		if failed = sameNames(h.names, names); failed != nil {
			continue
		}
		if st == nil {
			if st, err = conn.Insert(mark+in.head, "Native"); err != nil {
				failed = asEngine(err)
				continue
			}
		}
		if err := st.Append(se.walk.out); err != nil {
			failed = asEngine(err)
		}
	}
	if failed != nil || st == nil {
		return failed
	}
	done := se.watch(ctx, mark)
	stats, err := st.Done()
	st = nil
	done()
	if err != nil {
		return asEngine(err)
	}
	se.progress(stats)
	return nil
}

// sameNames refuses a block that does not hold just the columns asked for: the engine would fill a missing one with
// defaults and skip an unknown one, where a server says no.
func sameNames(got, want []string) error {
	if !slices.Equal(got, want) && !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		return refuse(10, fmt.Sprintf("block with columns %q where %q were asked for (NOT_FOUND_COLUMN_IN_BLOCK)", clip(strings.Join(got, ", ")), clip(strings.Join(want, ", "))))
	}
	return nil
}

// expect returns the columns that the client is to send.
func (in *insertion) expect(conn *chdb.Conn) (names, types []string, err error) {
	list, err := describe(conn, "TABLE "+in.table, nil)
	if err != nil {
		return nil, nil, err
	}
	known := map[string]string{}
	for _, c := range list {
		known[c.name] = c.typ
		if in.columns == nil && (c.def == "" || c.def == "DEFAULT") {
			names, types = append(names, c.name), append(types, c.typ)
		}
	}
	for _, name := range in.columns {
		t, ok := known[name]
		if !ok {
			return nil, nil, refuse(16, fmt.Sprintf("No such column %s in table %s. (NO_SUCH_COLUMN_IN_TABLE)", name, in.table))
		}
		names, types = append(names, name), append(types, t)
	}
	return names, types, nil
}

// described is a line of DESCRIBE; def is the kind of its default: DEFAULT, MATERIALIZED, ALIAS, EPHEMERAL or none.
type described struct{ name, typ, def string }

func describe(conn *chdb.Conn, what string, params []chdb.Param) (list []described, err error) {
	b, _, err := conn.Query("DESCRIBE "+what, "RowBinary", params)
	if err != nil {
		return nil, asEngine(err)
	}
	r := bytesReader(b)
	for len(r.buffered()) > 0 {
		var row [7]string // name, type, default kind, default, comment, codec, TTL
		for i := range row {
			if row[i], err = r.str(1<<20, "description"); err != nil {
				return nil, asEngine(err)
			}
		}
		list = append(list, described{row[0], row[1], row[2]})
	}
	return list, nil
}
