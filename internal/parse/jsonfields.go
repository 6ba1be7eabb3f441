package parse

import (
	"errors"
	"strconv"
	"time"

	"watchpost/internal/event"
)

// jsonFields names what a JSON record may set. The pipeline's own fields are not among them: tenant, identity, time of
// receipt, the received bytes and the sender's address never come from content.
func jsonFields() map[string]event.Field {
	own := map[event.Field]bool{event.Tenant: true, event.Timestamp: true, event.Labels: true, event.EventIngested: true,
		event.EventOriginal: true, event.EventID: true, event.LogTimestamp: true, event.LogSourceAddress: true, event.LogListener: true, event.EventRetention: true}
	m := make(map[string]event.Field)
	for f := event.Field(1); f < event.NumFields; f++ {
		if !own[f] {
			m[f.String()] = f
		}
	}
	for name, f := range map[string]event.Field{ // what loggers without ECS call the same
		"host": event.HostName, "hostname": event.HostName, "msg": event.Message, "short_message": event.Message, "level": event.LogLevel,
		"MESSAGE": event.Message, "_HOSTNAME": event.HostName, "SYSLOG_IDENTIFIER": event.LogSyslogAppname, "_PID": event.ProcessPID, "_EXE": event.ProcessExecutable,
		"_CMDLINE": event.ProcessCommandLine, "_SYSTEMD_UNIT": event.ServiceName, // journald
	} {
		m[name] = f
	}
	for name, f := range windowsNames {
		m[name] = f
	}
	return m
}

// timeNames are the names under which loggers state the time of the event, the best first.
var timeNames = [...]string{"@timestamp", "detail.eventTime", "data.win.system.systemTime", "properties.Timestamp", "timestamp", "time", "ts", "datetime", "Event.System.TimeCreated.#attributes.SystemTime",
	"Event.System.TimeCreated.@SystemTime", "Event.System.TimeCreated.SystemTime", "System.TimeCreated.SystemTime", "TimeCreated", utcTime, "EventTime",
	"eventTime", "published", m365Time, "requestReceivedTimestamp", "stageTimestamp", "__REALTIME_TIMESTAMP", "timeNano", "isotimestamp", "when", "event.datetime", "event.timestamp", "TimeGenerated", "system_time"}

// timesOfLen has the numbers of the timeNames of each length: few names of an object have one.
var timesOfLen = func() (of [64][]uint8) {
	for i, name := range timeNames {
		of[len(name)] = append(of[len(name)], uint8(i))
	}
	return of
}()

// shuffled is where Wazuh's integration for Shuffle puts the alert.
const shuffled = "all_fields."

// utcTime is when a flat event of Sysmon happened, in UTC though it does not say so; it stays among the event's data.
const utcTime = "UtcTime"

// m365Time is when a record of Microsoft 365 happened, in UTC though it does not say so; it comes half an hour later and more, when a time without a zone would give way to the receipt.
const m365Time = "CreationTime"

// jsonSink puts leaves into the open row of a batch.
type jsonSink struct {
	p       *Parser
	b       *event.Batch
	header  bool  // a syslog header has given host and time
	stamp   civil // the time that the record states
	epoch   int64 // the same as a number, in nanoseconds, if stamp has none
	rank    int   // of timeNames, 1 is the best; 0 none yet
	full    bool  // labels are full
	data    []winData
	flat    uint8     // whether the record is a flat Windows event
	table   bool      // it is a row of the table Event of Log Analytics, whose data are XML
	one     jsonOne   // scratch of array
	refused bool      // the keywords of a Windows event say that it is an audit's failure
	writer  [3][]byte // name, domain and id of the account that wrote a Windows event
	process []byte    // that wrote it
	object  []byte    // the record that is read; one within it, while that is read
	inserts bool      // the event's data have no names
	byWazuh bool      // they came by Wazuh
	paid    bool      // they stood in Payload: what is beside it tells of who wrote the record
	app     []byte    // of the syslog header
	carried
	collected
	leaves []serviceLeaf
	seen   uint64 // which names that services need
	row    bool   // it is a row of a table of syslog's lines, no record of a service
	notes  appNotes
	sigmaForm
}

// jsonLine reads a record that is one JSON object.
func (p *Parser) jsonLine(b *event.Batch, own, body []byte, received int64, f Format) Stamp {
	b.SetString(event.EventKind, "event")
	b.SetString(event.EventDataset, "json")
	if len(body) == 0 || body[0] != '{' {
		b.Set(event.Message, own)
		fault(b, errors.New("JSON: not an object"))
		return Stamp{}
	}
	if n := isSent(body); n >= 0 {
		if s, ok := p.sentLine(b, body, n, received); ok {
			return s
		}
	}
	to := p.newSink(b)
	to.on = true
	if !p.readJSON(b, body, to) {
		b.Set(event.Message, own)
	}
	return p.jsonStamp(b, to, received)
}

// newSink gives the parser's sink, emptied: a fresh one would go to the heap for each record.
func (p *Parser) newSink(b *event.Batch) *jsonSink {
	p.sink = jsonSink{p: p, b: b, data: p.sink.data[:0], leaves: p.sink.leaves[:0], notes: appNotes{all: p.sink.notes.all[:0]}}
	return &p.sink
}

func (p *Parser) jsonStamp(b *event.Batch, to *jsonSink, received int64) Stamp {
	if to.rank > 0 && !to.stamp.has {
		return Stamp{Time: to.epoch, Has: true, Year: true, Zone: true}
	}
	zone := (event.Event{Batch: b, Row: b.Rows()}).Str(event.EventTimezone)
	s, err := p.stated(&to.stamp, bytesOf(zone), p.yearFrom(received))
	if err != nil {
		b.AddString(event.Tags, TagBadTime)
	}
	return s
}

// jsonBody reads a JSON object behind a syslog header, whose host and time stand.
func (p *Parser) jsonBody(b *event.Batch, h *header, body []byte) bool {
	b.SetString(event.EventKind, "event")
	b.SetString(event.EventDataset, "json")
	to := p.newSink(b)
	to.header, to.app = h.host != nil, programName(h.app)
	if !p.readJSON(b, body, to) {
		return true
	}
	if to.stamp.has && (!h.stamp.has || string(to.app) == wazuhTag && to.stamp.hasYear && to.stamp.hasZone) {
		h.stamp = to.stamp
	}
	return true
}

// readJSON reports whether the object is whole.
func (p *Parser) readJSON(b *event.Batch, body []byte, to *jsonSink) bool {
	r := &p.json
	r.reset(body)
	to.object = body
	r.object(1, to)
	if r.err == nil {
		for r.blanks(); r.i < len(r.s) && r.s[r.i] == 0; r.i++ {
		}
		if r.i < len(r.s) {
			r.fail("text behind the object")
		}
	}
	if r.err == nil {
		to.syslogRow()
		to.unifiedLog()
		p.readCarried(b, to)
		if c := &to.carried; len(c.text) > 0 && !(event.Event{Batch: b, Row: b.Rows()}).Present(event.Message) {
			b.Set(event.Message, c.text) // of those who call it log
		} else if len(c.original) > 0 && len(c.words) > 0 {
			b.Set(event.Message, c.words)
		}
	}
	windows(b, to)
	to.markForm()
	to.service()
	p.readApps(b, to)
	if to.full || r.soft != nil {
		b.AddString(event.Tags, TagFewFields)
	}
	switch {
	case r.err != nil:
		fault(b, r.err)
	case r.soft != nil:
		b.SetString(event.EventKind, "pipeline_error")
		b.SetString(event.ErrorMessage, "JSON: "+r.soft.Error())
	}
	return r.err == nil
}

func (t *jsonSink) leaf(path []byte, k jsonKind, v []byte) {
	if t.on && k == jsonString && t.note(path, v) {
		return
	}
	path, _ = after(path, shuffled)
	if t.notes.feed {
		if name, ok := after(path, "event."); ok {
			t.noteApp(name, v, false)
			t.label(path, v)
			return
		}
	}
	if t.isTime(path, k, v) {
		if string(path) == "isotimestamp" { // tells Duo's records
			t.noteApp(path, v, false)
		}
		return
	}
	t.noteApp(path, v, false)
	if t.isWindows(path, v) {
		return
	}
	switch string(path) {
	case "metricset.name":
		t.b.SetString(event.EventKind, "metric")
	case "severity":
		if isLevel(v) && !(event.Event{Batch: t.b, Row: t.b.Rows()}).Present(event.LogLevel) {
			t.b.Set(event.LogLevel, v)
		}
	}
	if f, ok := t.p.fields[string(path)]; ok && t.set(f, k, v) {
		return
	}
	t.isService(path, k, v)
	t.label(path, v)
}

// array takes the texts of a list one by one; an array for which there is no list is kept as it stands.
func (t *jsonSink) array(path, raw []byte) {
	path, _ = after(path, shuffled)
	f, ok := t.p.fields[string(path)]
	if t.windowsData(path, raw) {
		return
	}
	switch string(path) {
	case "winlog.keywords", "keywords":
		t.refused = t.refused || auditFailure(raw)
	case "StringInserts":
		t.inserts = true
	}
	if !ok || !flat(raw) {
		switch string(path) {
		case "Records", "records", "Findings", "detail.findings":
			t.list = raw
		}
		t.isService(path, jsonRaw, raw)
		t.noteApp(path, raw, true)
		t.label(path, raw)
		return
	}
	list := f.Info().Kind == event.List
	r := &t.p.list
	r.reset(raw)
	r.i = 1
	if list {
		t.b.Unset(f)
	}
	for n := 0; r.err == nil; n++ {
		r.blanks()
		if r.i >= len(raw) || raw[r.i] == ']' {
			return
		}
		t.one = jsonOne{}
		one := &t.one
		r.value(1, one)
		if n > 0 && !list { // a second value for a field that takes one
			t.label(path, raw)
			return
		}
		if one.v != nil && !t.set(f, one.k, one.v) {
			if !list {
				t.label(path, raw)
				return
			}
			t.label(path, one.v) // of several the last
		}
		r.blanks()
		if r.i < len(raw) && raw[r.i] == ',' {
			r.i++
		}
	}
	t.label(path, raw)
}

// jsonOne remembers one leaf.
type jsonOne struct {
	k jsonKind
	v []byte
}

func (o *jsonOne) leaf(_ []byte, k jsonKind, v []byte) { o.k, o.v = k, v }
func (o *jsonOne) array(_, raw []byte)                 { o.k, o.v = jsonRaw, raw }

// flat says that an array holds no array and no object.
func flat(raw []byte) bool {
	quoted := false
	for i := 1; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case (c == '[' || c == '{') && !quoted:
			return false
		}
	}
	return true
}

func (t *jsonSink) label(path, v []byte) {
	if rest, ok := after(path, "labels."); ok && len(rest) > 0 {
		path = rest
	}
	if !t.b.Label(path, v) {
		t.full = true
	}
}

// set sets f if v is of its type.
func (t *jsonSink) set(f event.Field, k jsonKind, v []byte) bool {
	if t.header && (f == event.HostName || f == event.HostHostname) {
		return false
	}
	in := f.Info()
	if in.Type == "ip" && !isIP(v) || k == jsonRaw {
		return false
	}
	switch in.Kind {
	case event.Dict, event.Text:
		t.b.Set(f, v)
	case event.List:
		return t.b.Add(f, v)
	case event.Int:
		if whole, zero, ok := cut(v, "."); ok && k == jsonNumber && len(trimZeros(zero)) == 0 { // 3.0, as writers without whole numbers have it
			v = whole
		}
		return setNum(t.b, f, v)
	case event.Float:
		x, err := strconv.ParseFloat(view(v), 64)
		if err != nil {
			return false
		}
		t.b.SetFloat(f, x)
	case event.Bool:
		switch string(v) {
		case "true":
			t.b.SetBool(f, true)
		case "false":
			t.b.SetBool(f, false)
		default:
			return false
		}
	case event.Time:
		var c civil
		if n := readISO(v, &c); n == 0 || n != len(v) {
			ns, ok := epoch(v)
			if ok {
				t.b.SetInt(f, ns)
			}
			return ok
		}
		s, err := t.p.clock.read(&c, 0)
		if err != nil {
			return false
		}
		t.b.SetInt(f, s.Time)
	default:
		return false
	}
	return true
}

func trimZeros(s []byte) []byte {
	for len(s) > 0 && s[0] == '0' {
		s = s[1:]
	}
	return s
}

// isTime takes the time of the event, by the best of timeNames.
func (t *jsonSink) isTime(path []byte, k jsonKind, v []byte) bool {
	if len(path) >= len(timesOfLen) || t.again && t.dated {
		return false
	}
	for _, i := range timesOfLen[len(path)] {
		name := timeNames[i]
		if string(path) != name {
			continue
		}
		rank := int(i) + 1
		if t.rank > 0 && t.rank < rank {
			return false
		}
		var c civil
		switch k {
		case jsonString:
			ns, ok := readTimeText(v, &c)
			if !ok {
				return false
			}
			t.epoch = ns
		case jsonNumber:
			ns, ok := epoch(v)
			if !ok {
				return false
			}
			t.epoch = ns
		default:
			return false
		}
		c.hasZone = c.hasZone || name == utcTime || name == m365Time
		t.stamp, t.rank = c, rank
		return name != utcTime
	}
	return false
}

// readTimeText reads what loggers write for a time in quotes: a stamp, perhaps with a zone behind a blank, as time.Time prints itself (2026-11-23
// 18:14:15.5 +0100 CET m=+0.1), that of access logs, .NET's /Date(ms)/, or a number. Only of the last two it gives the instant.
func readTimeText(v []byte, c *civil) (ns int64, ok bool) {
	if in, is := after(v, "/Date("); is && hasSuffix(in, ")/") {
		v = in[:len(in)-2]
	}
	if whole, fraction, _ := cut(v, "."); len(whole) >= 9 && digits(whole) && (len(fraction) == 0 || digits(fraction)) {
		if ns, ok = epoch(v); ok {
			return ns, true
		}
	}
	n := readStamp(v, c)
	if n == 0 {
		n = readAmerican(v, c)
	}
	if n == 0 && len(v) == 26 && v[2] == '/' && v[6] == '/' && v[11] == ':' { // 23/Nov/2026:18:14:15 +0100
		n = readCLF(v, c)
	}
	rest := v[n:]
	if n == 0 || len(rest) == 0 {
		return 0, n > 0
	}
	if rest[0] != ' ' || c.hasZone {
		return 0, false
	}
	rest, _, _ = cut(rest[1:], " m=")
	name := rest
	if m := readOffset(rest, c); m > 0 {
		if m == len(rest) {
			return 0, true
		}
		if rest[m] != ' ' {
			return 0, false
		}
		name = rest[m+1:] // the offset has said it
		return 0, letters(name) || len(name) > 2 && (name[0] == '+' || name[0] == '-')
	}
	off, known := zoneByName(name)
	c.offset, c.hasZone = off, known
	return 0, known
}

// epoch reads a number of seconds, milliseconds, microseconds or nanoseconds since 1970, with or without a fraction; its size tells which.
func epoch(v []byte) (int64, bool) {
	whole, fraction, _ := cut(v, ".")
	n, ok := number(whole)
	if !ok {
		if index(v, "e") < 0 && index(v, "E") < 0 {
			return 0, false
		}
		x, err := strconv.ParseFloat(view(v), 64)
		if err != nil || !(x > 1e8 && x < 9e9) {
			return 0, false
		}
		sec := int64(x)
		return sec*int64(time.Second) + int64((x-float64(sec))*1e6+0.5)*1000, true
	}
	unit := int64(1)
	switch {
	case n < 1e8:
		return 0, false
	case n < 1e11/2: // to the year 3554 in seconds, which an int64 of nanoseconds does not hold
		unit = int64(time.Second)
	case n < 1e14/2:
		unit = int64(time.Millisecond)
	case n < 1e17/2:
		unit = int64(time.Microsecond)
	}
	if n > 9_000_000_000*(int64(time.Second)/unit) {
		return 0, false
	}
	ns := n * unit
	for _, c := range fraction {
		if !digit(c) {
			return 0, false
		}
		unit /= 10
		ns += int64(c-'0') * unit
	}
	return ns, true
}
