package parse

import (
	"time"

	"watchpost/internal/event"
)

// envelopes are the protocols whose records carry an event in an object named as the protocol (package source makes them).
// What the event itself says stands; what the envelope says fills what is left.
var envelopes = [...]struct {
	open string // how its records begin
	name string // event.dataset where no parser knows better
	read func(s *sent, name []byte, k jsonKind, v []byte)
	// groups are the members that hold attributes.
	groups [3]string
	whole  bool   // the record itself is the envelope, not its only member
	event  string // the member that is the event; "": Split knows better
}{
	{`{"hec":{`, "splunk_hec", (*sent).hec, [3]string{"fields"}, false, "event"},
	{`{"otlp":{`, "otlp", (*sent).otlp, [3]string{"attributes", "resource", "scope_attributes"}, false, "body"},
	{`{"loki":{`, "loki", (*sent).loki, [3]string{"labels", "metadata"}, false, "line"},
	{`{"gelf":{`, "gelf", (*sent).gelf, [3]string{}, false, "short_message"},
	{`{"fluent":{`, "fluent", (*sent).fluent, [3]string{}, false, "record"},
	{`{"messageType":"DATA_MESSAGE",`, "aws.cloudwatch_logs", (*sent).cloudWatch, [3]string{}, true, ""},
}

// Plain says whether a data set only says how an event came: no parser knows what it is.
func Plain(dataset string) bool {
	for i := range envelopes {
		if dataset == envelopes[i].name {
			return true
		}
	}
	return dataset == "json" || dataset == "syslog"
}

// sent is a record in an envelope while it is read.
type sent struct {
	groups  []string
	top     func(s *sent, name []byte, k jsonKind, v []byte) // not nil while members of the envelope itself are read
	text    []byte                                           // the event, if it is a text
	full    []byte                                           // a longer form of the text
	object  []byte                                           // the event as it stands, if it is an object
	host    []byte
	program []byte
	rank    int    // of program, 1 is the best
	level   string // for want of a better one
	stamp   civil
	epoch   int64
	has     bool // epoch states the time
	pairs   []sentPair
	names   []byte // of pairs
	header  header // of text
	within  jsonReader
}

type sentPair struct {
	from, to int // in names
	k        jsonKind
	v        []byte
}

// isSent finds the envelope that a record is in; -1 for none.
func isSent(body []byte) int {
	if len(body) < 9 || body[1] != '"' {
		return -1
	}
	for i := range envelopes {
		if hasPrefix(body, envelopes[i].open) {
			return i
		}
	}
	return -1
}

// sentLine reads a record in the envelope with number n. It reports false where the record is no good JSON.
func (p *Parser) sentLine(b *event.Batch, body []byte, n int, received int64) (Stamp, bool) {
	e := &envelopes[n]
	s := &p.sent
	*s = sent{groups: e.groups[:], pairs: s.pairs[:0], names: s.names[:0], within: s.within}
	raw := body
	if !e.whole {
		raw = body[len(e.open)-1:]
	}
	if !p.openEnvelope(raw, s, e.read, e.whole) {
		return Stamp{}, false
	}
	if s.level != "" {
		s.pair(bytesOf("log.level"), jsonString, bytesOf(s.level))
	}
	var stamp Stamp
	if s.object == nil && !p.isObjectText(s.text) {
		b.SetString(event.EventDataset, e.name) // of an object it is "json" already
	}
	switch {
	case s.object != nil:
		stamp = p.sentObject(b, s.object, received)
	case p.isObjectText(s.text):
		stamp = p.sentObject(b, trimJSON(s.text), received)
	case len(s.text) > 0:
		if mayBeLine(s.full) && p.sentText(b, s, s.full, true) || p.sentText(b, s, s.text, false) {
			var err error
			if stamp, err = p.stated(&s.stamp, s.header.zone, p.yearFrom(received)); err != nil {
				b.AddString(event.Tags, TagBadTime)
			}
		}
	}
	if s.has && !(stamp.Has && stamp.Year && stamp.Zone) {
		stamp = Stamp{Time: s.epoch, Has: true, Year: true, Zone: true}
	}
	p.fill(b, s)
	return stamp, true
}

// openEnvelope reads the members of the envelope; the event among them is left as it is.
func (p *Parser) openEnvelope(raw []byte, s *sent, top func(*sent, []byte, jsonKind, []byte), whole bool) bool {
	r := &p.env
	r.reset(raw)
	for r.i++; r.err == nil; {
		r.blanks()
		if r.i >= len(r.s) || r.s[r.i] != '"' {
			break
		}
		name := r.text()
		r.blanks()
		if r.err != nil || r.i >= len(r.s) || r.s[r.i] != ':' {
			return false
		}
		r.i++
		r.blanks()
		from := r.i
		switch {
		case r.i < len(r.s) && r.s[r.i] == '{' && s.isGroup(name):
			s.top, r.path = nil, r.path[:0]
			r.object(3, s)
		case r.i < len(r.s) && r.s[r.i] == '{':
			if r.skip(); r.err == nil {
				top(s, name, jsonRaw, r.s[from:r.i])
			}
		default:
			s.top, r.path = top, append(r.path[:0], name...)
			r.value(2, s)
		}
		if r.blanks(); r.i < len(r.s) && r.s[r.i] == ',' {
			r.i++
			continue
		}
		break
	}
	r.blanks()
	if r.err != nil || r.i >= len(r.s) || r.s[r.i] != '}' {
		return false
	}
	rest := trimBlanks(r.s[r.i+1:])
	if whole {
		return len(trimEnd(rest)) == 0
	}
	return len(rest) == 1 && rest[0] == '}'
}

func (s *sent) isGroup(name []byte) bool {
	for _, g := range s.groups {
		if string(name) == g {
			return true
		}
	}
	return false
}

// leaf implements sink: of the envelope itself, or of its attributes.
func (s *sent) leaf(path []byte, k jsonKind, v []byte) {
	if s.top != nil {
		s.top(s, path, k, v)
		return
	}
	s.pair(path, k, v)
}

func (s *sent) array(path, raw []byte) { s.leaf(path, jsonRaw, raw) }

// pair remembers an attribute.
func (s *sent) pair(name []byte, k jsonKind, v []byte) {
	from := len(s.names)
	s.names = append(s.names, name...)
	s.pairs = append(s.pairs, sentPair{from, len(s.names), k, v})
	if k != jsonString {
		return
	}
	for i, n := range programNames {
		if string(name) == n && (s.rank == 0 || i < s.rank) {
			s.program, s.rank = v, i+1
		}
	}
	if len(s.host) == 0 && (string(name) == "host.name" || string(name) == "host" || string(name) == "hostname") {
		s.host = v
	}
}

// programNames are the attributes that say which program wrote a line, the best first.
var programNames = [...]string{"syslog.identifier", "SYSLOG_IDENTIFIER", "_SYSLOG_IDENTIFIER", "syslog_identifier", "appname", "log.syslog.appname",
	"process.name", "process.executable.name", "_process_name", "_application_name", "service.name", "service_name", "app"}

// event takes the event, whatever it is.
func (s *sent) event(k jsonKind, v []byte) {
	if k == jsonRaw && v[0] == '{' {
		s.object = v
	} else {
		s.text = v
	}
}

// at takes the time that the envelope states: seconds since 1970 with a fraction, or whole numbers that tell by their size
// what they count.
func (s *sent) at(v []byte) {
	whole, frac, point := cut(v, ".")
	n, ok := epoch(whole)
	if !ok {
		return
	}
	if point && n%int64(time.Second) == 0 && digits(frac) {
		unit := int64(time.Second) / 10
		for _, c := range frac {
			n += int64(c-'0') * unit
			unit /= 10
		}
	}
	s.epoch, s.has = n, true
}

func (s *sent) hec(name []byte, k jsonKind, v []byte) {
	switch string(name) {
	case "event":
		s.event(k, v)
	case "time":
		s.at(v)
	case "host":
		s.host = v
	case "source":
		if v[0] == '/' || len(v) > 2 && v[1] == ':' && v[2] == '\\' {
			name = bytesOf("log.file.path")
		}
		s.pair(name, k, v)
	default:
		s.pair(name, k, v)
	}
}

// otlpLevels names the ranges of OTLP's severity.
var otlpLevels = [...]string{"trace", "debug", "info", "warn", "error", "fatal"}

func (s *sent) otlp(name []byte, k jsonKind, v []byte) {
	switch string(name) {
	case "body":
		s.event(k, v)
	case "time":
		s.at(v)
	case "observed":
		if !s.has {
			s.at(v)
		}
	case "severity":
		s.pair(bytesOf("event.severity"), k, v)
		if n, ok := number(v); ok && n > 0 && n <= 24 {
			s.level = otlpLevels[(n-1)/4]
		}
	case "level":
		s.pair(bytesOf("log.level"), k, v)
	case "event":
		s.pair(bytesOf("event.action"), k, v)
	case "trace":
		s.pair(bytesOf("trace.id"), k, v)
	case "span":
		s.pair(bytesOf("span.id"), k, v)
	case "scope":
		s.pair(bytesOf("log.logger"), k, v)
	case "version":
		s.pair(bytesOf("scope.version"), k, v)
	}
}

func (s *sent) loki(name []byte, k jsonKind, v []byte) {
	switch string(name) {
	case "line":
		s.event(k, v)
	case "ts":
		s.at(v)
	}
}

// cloudWatch reads what a subscription to a group of CloudWatch Logs hands over. Of several events in it the first is read: package ingest
// hands each over in an envelope of its own.
func (s *sent) cloudWatch(name []byte, k jsonKind, v []byte) {
	switch string(name) {
	case "logEvents":
		first, _ := nextObject(v)
		if first == nil {
			return
		}
		s.within.reset(first)
		s.within.object(1, (*cloudWatchEvent)(s))
	case "owner":
		s.pair(bytesOf("cloud.account.id"), k, v)
	case "logGroup":
		s.pair(bytesOf("aws.cloudwatch.log_group"), k, v)
	case "logStream":
		s.pair(bytesOf("aws.cloudwatch.log_stream"), k, v)
	case "subscriptionFilters":
		s.pair(bytesOf("aws.cloudwatch.subscription_filters"), k, v)
	}
}

// cloudWatchEvent takes the members of one event.
type cloudWatchEvent sent

func (e *cloudWatchEvent) leaf(path []byte, k jsonKind, v []byte) {
	s := (*sent)(e)
	switch string(path) {
	case "message":
		s.event(k, v)
	case "timestamp":
		s.at(v)
	case "id":
		s.pair(bytesOf("aws.cloudwatch.event_id"), k, v)
	}
}

func (e *cloudWatchEvent) array(_, _ []byte) {}

func (s *sent) fluent(name []byte, k jsonKind, v []byte) {
	switch string(name) {
	case "record":
		s.event(k, v)
	case "time":
		s.at(v)
	case "tag":
		s.pair(bytesOf("fluent.tag"), k, v)
	}
}

func (s *sent) gelf(name []byte, k jsonKind, v []byte) {
	switch string(name) {
	case "version":
	case "host":
		s.host = v
	case "timestamp":
		s.at(v)
	case "short_message":
		s.event(k, v)
	case "full_message":
		s.full = v
		s.pair(name, k, v)
	case "level":
		if n, ok := number(v); ok && n < 8 && n >= 0 {
			s.pair(bytesOf("log.syslog.severity.code"), k, v)
			s.pair(bytesOf("log.syslog.severity.name"), jsonString, bytesOf(severityNames[n]))
			s.pair(bytesOf("log.level"), jsonString, bytesOf(severityNames[n]))
			return
		}
		s.pair(name, k, v)
	default:
		if len(name) > 1 && name[0] == '_' && string(name) != "_SYSLOG_IDENTIFIER" && string(name) != "_process_name" && string(name) != "_application_name" {
			name = name[1:]
		}
		s.pair(name, k, v)
	}
}

// isObjectText says whether a text is one whole JSON object.
func (p *Parser) isObjectText(text []byte) bool {
	t := trimJSON(text)
	if len(t) == 0 || t[0] != '{' {
		return false
	}
	r := &p.object
	r.reset(t)
	r.object(1, &p.nowhere)
	return r.err == nil && r.i == len(trimBlanks(t))
}

// sentObject reads an event that is an object, as if it had come alone.
func (p *Parser) sentObject(b *event.Batch, raw []byte, received int64) Stamp {
	to := p.newSink(b)
	to.on = true
	p.readJSON(b, raw, to)
	return p.jsonStamp(b, to, received)
}

// sentText reads an event that is a text, as if it had come by syslog: a line with a header, or what a program wrote. It
// reports whether s.stamp is the text's own time; where sure is asked for and the text is no line, nothing is done.
func (p *Parser) sentText(b *event.Batch, s *sent, text []byte, sure bool) bool {
	if setFileHead(b, text) {
		s.stamp = civil{}
		return false
	}
	h := &s.header
	*h = header{pri: -1}
	scan(text, h)
	line := isSentLine(text, h)
	if sure && !line {
		return false
	}
	if !line && p.sentProgram(b, s, text) {
		return s.stamp.has
	}
	p.setHeader(b, h)
	known := p.body(b, h) || len(h.msg) > 24 && p.relayed(b, h) ||
		h.pri < 0 && h.app != nil && h.stamp.hasYear && p.shapes.read(p, b, h.text) // a file's line
	if s.stamp = h.stamp; known {
		return s.stamp.has
	}
	if line {
		b.SetString(event.EventDataset, "syslog")
		return s.stamp.has
	}
	// The header may be the beginning of a sentence: nothing is taken from it but a time that can be nothing else.
	for _, f := range headerFields {
		b.Unset(f)
	}
	b.Set(event.Message, text)
	if !h.stamp.hasYear || !h.stamp.hasZone {
		s.stamp = civil{}
	}
	return s.stamp.has
}

// sentProgram reads a text as a message of the program that the envelope names.
func (p *Parser) sentProgram(b *event.Batch, s *sent, text []byte) bool {
	if len(s.program) == 0 {
		return false
	}
	name := programName(s.program)
	read, server := programs(name), p.servers[string(name)]
	h := &p.within
	*h = header{pri: -1, app: s.program, msg: text, text: text}
	if (read == nil || !read(b, h, text)) && (server == nil || !server.read(p, b, text)) {
		return false
	}
	if !(event.Event{Batch: b, Row: b.Rows()}).Present(event.Message) {
		b.Set(event.Message, text)
	}
	s.stamp = h.stamp
	return true
}

// headerFields are what setHeader sets of a header without PRI.
var headerFields = [...]event.Field{event.LogSyslogVersion, event.LogSyslogHostname, event.HostName, event.HostHostname, event.LogSyslogAppname,
	event.ProcessName, event.LogSyslogProcid, event.ProcessPID, event.LogSyslogMsgid}

// isSentLine says whether the header read from a text is one.
func isSentLine(text []byte, h *header) bool {
	switch {
	case h.pri >= 0:
		return true
	case len(text) < 16 || len(h.msg) == 0:
		return false
	}
	return isLine(text, h) || h.stamp.hasYear && h.host != nil && h.app != nil && h.procid != nil
}

// fill puts what the envelope says where the event has said nothing.
func (p *Parser) fill(b *event.Batch, s *sent) {
	to := p.newSink(b)
	row := event.Event{Batch: b, Row: b.Rows()}
	switch {
	case len(s.host) == 0:
	case !row.Present(event.HostName):
		b.Set(event.HostName, s.host)
	case row.Str(event.HostName) != view(s.host): // a relay's
		b.Label(bytesOf("host"), s.host)
	}
	for i := range s.pairs {
		q := &s.pairs[i]
		name := s.names[q.from:q.to]
		f, ok := p.sentField(name)
		switch {
		case !ok || f == event.Message:
			p.sentLabel(to, name, q.v)
		case row.Present(f):
			if f != event.HostName && f != event.LogLevel && !sameValue(row, f, q.v) {
				p.sentLabel(to, name, q.v)
			}
		case q.k == jsonRaw && q.v[0] == '[':
			to.array(bytesOf(f.String()), q.v)
		case !to.set(f, q.k, q.v):
			p.sentLabel(to, name, q.v)
		case f == event.SourceAddress && isIP(q.v) && !row.Present(event.SourceIP):
			b.Set(event.SourceIP, q.v)
		}
	}
	if to.full || p.env.soft != nil {
		b.AddString(event.Tags, TagFewFields)
	}
}

// sameValue says whether a field that takes one text has this one.
func sameValue(e event.Event, f event.Field, v []byte) bool {
	k := f.Info().Kind
	return (k == event.Dict || k == event.Text) && e.Str(f) == view(v)
}

// sentLabel keeps an attribute that no field holds.
func (p *Parser) sentLabel(to *jsonSink, name, v []byte) {
	if other, ok := sentLabels[string(name)]; ok {
		name = bytesOf(other)
	}
	to.label(name, v)
}

// sentField finds the field that an attribute's name stands for. Loki's and Graylog's names have no dots: there an underscore
// may stand for one.
func (p *Parser) sentField(name []byte) (event.Field, bool) {
	if f, ok := sentNames[string(name)]; ok {
		return f, true
	}
	if f, ok := p.fields[string(name)]; ok {
		return f, true
	}
	if index(name, ".") >= 0 || index(name, "_") < 0 || len(name) > 64 {
		return 0, false
	}
	p.key = append(p.key[:0], name...)
	for i, c := range p.key {
		if c == '_' {
			p.key[i] = '.'
		}
	}
	if f, ok := sentNames[string(p.key)]; ok {
		return f, true
	}
	f, ok := p.fields[string(p.key)]
	return f, ok
}

// sentNames are attributes of the senders that say by another name what a field holds: OpenTelemetry's semantic conventions,
// the labels of Loki's agents, what GELF's libraries add.
var sentNames = map[string]event.Field{
	"os.type": event.HostOSType, "os.name": event.HostOSName, "os.version": event.HostOSVersion,
	"process.executable.path": event.ProcessExecutable, "process.executable.name": event.ProcessName, "process.command_args": event.ProcessArgs,
	"process.parent_pid": event.ProcessParentPID, "process.owner": event.ProcessUserName,
	"client.address": event.SourceAddress, "client.port": event.SourcePort, "server.address": event.DestinationAddress, "server.port": event.DestinationPort,
	"enduser.id": event.UserID, "net.transport": event.NetworkTransport, "http.method": event.HTTPRequestMethod,
	"http.status_code": event.HTTPResponseStatusCode, "http.user_agent": event.UserAgentOriginal, "http.target": event.URLOriginal, "http.url": event.URLFull,
	"code.namespace": event.LogLogger,
	"filename":       event.LogFilePath, "detected_level": event.LogLevel, "nodename": event.HostName, "unit": event.ServiceName,
	"logger": event.LogLogger, "logger_name": event.LogLogger, "pid": event.ProcessPID, "severity": event.LogLevel, "file": event.LogFilePath,
	"appname": event.LogSyslogAppname, "syslog.identifier": event.LogSyslogAppname, "_process_name": event.ProcessName,
	"_application_name": event.ServiceName, "_SYSLOG_IDENTIFIER": event.LogSyslogAppname, "app": event.ServiceName,
}

// sentLabels are attributes that no field holds and that other agents call otherwise, as Elastic's do.
var sentLabels = map[string]string{
	"k8s.pod.name": "kubernetes.pod.name", "k8s.pod.uid": "kubernetes.pod.uid", "k8s.namespace.name": "kubernetes.namespace",
	"k8s.node.name": "kubernetes.node.name", "k8s.container.name": "kubernetes.container.name", "k8s.deployment.name": "kubernetes.deployment.name",
	"k8s.statefulset.name": "kubernetes.statefulset.name", "k8s.daemonset.name": "kubernetes.daemonset.name", "k8s.cluster.name": "orchestrator.cluster.name",
	"pod": "kubernetes.pod.name", "namespace": "kubernetes.namespace", "container": "kubernetes.container.name", "node_name": "kubernetes.node.name",
	"container_name": "container.name", "container_id": "container.id", "image_name": "container.image.name",
	"k8s_pod_name": "kubernetes.pod.name", "k8s_namespace_name": "kubernetes.namespace", "k8s_node_name": "kubernetes.node.name",
	"k8s_container_name": "kubernetes.container.name", "trace_id": "trace.id", "span_id": "span.id",
}
