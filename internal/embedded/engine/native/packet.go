package native

import (
	"fmt"
	"regexp"
	"strings"

	"watchpost/internal/embedded/engine/chdb"
)

// Revisions of the protocol at which something changes, as ClickHouse names them.
const (
	revision          = 54460 // what the front states; the lower of it and the client's is used
	minRevision       = 54429 // settings as strings
	revSecret         = 54441
	revTelemetry      = 54442
	revDepth          = 54448
	revStartTime      = 54449
	revParallel       = 54453
	revCustomByte     = 54454
	revAddendum       = 54458
	revParameters     = 54459
	revElapsed        = 54460
	clientHello       = 0
	clientQuery       = 1
	clientData        = 2
	clientCancel      = 3
	clientPing        = 4
	serverHello       = 0
	serverData        = 1
	serverException   = 2
	serverProgress    = 3
	serverPong        = 4
	serverEndOfStream = 5
	serverProfile     = 6
)

const (
	maxName     = 1 << 10 // user, database, host names …
	maxQuery    = 4 << 20
	maxSettings = 512
	maxValue    = 1 << 20 // a setting or a parameter
)

// hello is the first packet of a client.
type hello struct {
	client                   string
	revision                 int
	database, user, password string
}

func decodeHello(r *reader) (h hello, err error) {
	code, err := r.byte()
	if err != nil {
		return h, err
	}
	if code != clientHello {
		return h, wireErr("packet %d instead of hello", code)
	}
	d := decoder{r: r}
	h.client = d.str(maxName, "client name")
	d.uvarint()
	d.uvarint()
	h.revision = int(min(d.uvarint(), 1<<30))
	h.database = d.str(maxName, "database")
	h.user = d.str(maxName, "user")
	h.password = d.str(maxName, "password")
	return h, d.err
}

// query is a query packet as far as the front needs it.
type query struct {
	id       string
	settings []setting
	compress bool
	body     string
	params   []chdb.Param
}

type setting struct{ name, value string }

func decodeQuery(r *reader, rev int) (q query, err error) {
	d := decoder{r: r}
	q.id = d.str(maxName, "query id")
	d.clientInfo(rev)
	for _, t := range d.triples("settings") {
		q.settings = append(q.settings, setting{t.name, t.plain()})
	}
	if rev >= revSecret {
		d.str(maxName, "interserver secret")
	}
	d.uvarint() // stage: the whole query, always
	q.compress = d.uvarint() != 0
	q.body = d.str(maxQuery, "query")
	if rev >= revParameters {
		for _, t := range d.triples("parameters") {
			q.params = append(q.params, chdb.Param{Name: t.name, Value: unquote(t.value)})
		}
	}
	if d.err != nil {
		return query{}, d.err
	}
	return q, q.check()
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// check refuses names that could not be written into a SET statement.
func (q *query) check() error {
	for _, s := range q.settings {
		if !settingName.MatchString(s.name) || len(s.name) > 128 {
			return &chdb.Error{Code: 115, Message: fmt.Sprintf("DB::Exception: Unknown setting %q", clip(s.name))}
		}
	}
	return nil
}

// decoder reads field after field and keeps the first error.
type decoder struct {
	r   *reader
	err error
}

func (d *decoder) uvarint() (v uint64) {
	if d.err == nil {
		v, d.err = d.r.uvarint()
		d.err = noEOF(d.err)
	}
	return v
}

func (d *decoder) str(limit int, what string) (s string) {
	if d.err == nil {
		s, d.err = d.r.str(limit, what)
		d.err = noEOF(d.err)
	}
	return s
}

func (d *decoder) byte() (b byte) {
	if d.err == nil {
		b, d.err = d.r.byte()
		d.err = noEOF(d.err)
	}
	return b
}

func (d *decoder) skip(n int) {
	if d.err == nil {
		_, d.err = d.r.fixed(n)
		d.err = noEOF(d.err)
	}
}

// clientInfo reads past what the client says of itself.
func (d *decoder) clientInfo(rev int) {
	if d.byte() == 0 {
		return
	}
	for range 3 {
		d.str(maxName, "initial user, query id or address")
	}
	if rev >= revStartTime {
		d.skip(8)
	}
	if iface := d.byte(); iface != 1 && d.err == nil {
		d.err = wireErr("client interface %d", iface)
	}
	for range 3 {
		d.str(maxName, "client user, host or name")
	}
	for range 3 {
		d.uvarint()
	}
	d.str(maxName, "quota key")
	if rev >= revDepth {
		d.uvarint()
	}
	d.uvarint() // patch
	if rev >= revTelemetry && d.byte() != 0 {
		d.skip(24)
		d.str(maxName, "trace state")
		d.byte()
	}
	if rev >= revParallel {
		for range 3 {
			d.uvarint()
		}
	}
}

type triple struct {
	name   string
	custom bool
	value  string
}

func (t triple) plain() string {
	if t.custom {
		return unquote(t.value)
	}
	return t.value
}

// triples reads name, flags, value up to an empty name.
func (d *decoder) triples(what string) (list []triple) {
	total := 0
	for d.err == nil {
		t := triple{name: d.str(maxName, what)}
		if t.name == "" {
			break
		}
		t.custom = d.uvarint()&2 != 0
		t.value = d.str(maxValue, what)
		if total += len(t.name) + len(t.value); total > maxQuery || len(list) == maxSettings {
			d.err = wireErr("too many or too large %s", what)
		}
		list = append(list, t)
	}
	return list
}

// unquote reads a Field dump: a string stands in single quotes with backslash escapes, all else as it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '\'' || s[len(s)-1] != '\'' {
		return s
	}
	var b strings.Builder
	for s = s[1 : len(s)-1]; s != ""; s = s[1:] {
		c := s[0]
		if c == '\\' && len(s) > 1 {
			s = s[1:]
			switch c = s[0]; c {
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			case '0':
				c = 0
			case 'b':
				c = '\b'
			case 'f':
				c = '\f'
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// quote writes a string literal of the engine's SQL.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// quoteName writes an identifier of the engine's SQL.
func quoteName(s string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(s) + "`"
}
