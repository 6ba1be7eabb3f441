package parse

import "watchpost/internal/event"

// jsonApp says what an object means that holds the name key: which of its names stand for which field. It is of the kind if each
// pair of when holds; "*" stands for any value.
type jsonApp struct {
	key     string
	when    [][2]string
	class   class
	outcome [2]string // name, and the value that says success; any other is failure
	time    string    // name of the time, where it is none that loggers agree on
	fields  []jsonName
}

// jsonName is a name in an object, and the field that holds the same; an address may have a port.
type jsonName struct {
	name string
	f    event.Field
}

// jsonApps are tried in this order; the first that fits counts.
var jsonApps = []jsonApp{
	{"event_type", [][2]string{{"event_type", "alert"}, {"alert.signature", "*"}}, class{"suricata.eve", "suricata", "ids_alert", "", "intrusion_detection", [3]string{"info"}}, [2]string{}, "",
		append([]jsonName{{"alert.signature", event.RuleName}, {"alert.signature_id", event.RuleID}, {"alert.category", event.RuleCategory}, {"alert.severity", event.EventSeverity}}, eveFlow...)},
	{"event_type", [][2]string{{"event_type", "dns"}, {"dns.rrname", "*"}}, class{"suricata.eve", "suricata", "dns_query", "", netw, [3]string{"info"}}, [2]string{}, "",
		append([]jsonName{{"dns.rrname", event.DNSQuestionName}, {"dns.rrtype", event.DNSQuestionType}, {"dns.rcode", event.DNSResponseCode}}, eveFlow...)},
	{"event_type", [][2]string{{"event_type", "http"}, {"http.url", "*"}}, class{"suricata.eve", "suricata", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "",
		append([]jsonName{{"http.hostname", event.URLDomain}, {"http.url", event.URLOriginal}, {"http.http_user_agent", event.UserAgentOriginal}, {"http.http_method", event.HTTPRequestMethod},
			{"http.status", event.HTTPResponseStatusCode}, {"http.length", event.HTTPResponseBodyBytes}}, eveFlow...)},
	{"event_type", [][2]string{{"event_type", "flow"}}, class{"suricata.eve", "suricata", "flow", "", netw, [3]string{"connection"}}, [2]string{}, "",
		append([]jsonName{{"flow.bytes_toserver", event.SourceBytes}, {"flow.bytes_toclient", event.DestinationBytes}}, eveFlow...)},
	{"client_ip", [][2]string{{"event", "invalid_login"}}, class{"authentik.log", "authentik", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"client_ip", event.SourceIP}, {"identifier", event.UserName}}},
	{"client_ip", [][2]string{{"action", "login_failed"}}, class{"authentik.log", "authentik", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"client_ip", event.SourceIP}, {"context.username", event.UserName}}},
	{"client_ip", [][2]string{{"action", "login"}}, class{"authentik.log", "authentik", login, success, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"client_ip", event.SourceIP}, {"user.username", event.UserName}}},
	{"attr.remote", [][2]string{{"c", "ACCESS"}, {"message", "Authentication failed"}}, class{"mongodb.log", "mongodb", login, failure, authn, [3]string{"start"}}, [2]string{}, "t.$date",
		[]jsonName{{"attr.remote", event.SourceIP}, {"attr.principalName", event.UserName}, {"attr.authenticationDatabase", event.UserDomain}}},
	{"attr.remote", [][2]string{{"c", "ACCESS"}, {"message", "Authentication succeeded"}}, class{"mongodb.log", "mongodb", login, success, authn, [3]string{"start"}}, [2]string{}, "t.$date",
		[]jsonName{{"attr.remote", event.SourceIP}, {"attr.principalName", event.UserName}, {"attr.authenticationDatabase", event.UserDomain}}},
	{"visitor_ip", [][2]string{{"http_status", "401"}}, class{"ntfy.log", "ntfy", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"visitor_ip", event.SourceIP}, {"http_path", event.URLPath}, {"http_method", event.HTTPRequestMethod}, {"http_status", event.HTTPResponseStatusCode}}},
	{"visitor_ip", [][2]string{{"http_status", "403"}}, class{"ntfy.log", "ntfy", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"visitor_ip", event.SourceIP}, {"http_path", event.URLPath}, {"http_method", event.HTTPRequestMethod}, {"http_status", event.HTTPResponseStatusCode}}},
	{"addr.remote", [][2]string{{"event", "user.login"}}, class{"teleport.audit", "teleport", login, "", authn, [3]string{"start"}}, [2]string{"success", "true"}, "",
		[]jsonName{{"addr.remote", event.SourceIP}, {"user", event.UserName}, {"user_agent", event.UserAgentOriginal}}},
	{"req.remoteAddress", [][2]string{{"req.url", "/auth/login*"}, {"statusCode", "401"}}, class{"opensearch.dashboards", "opensearch", login, failure, authn, [3]string{"start"}}, [2]string{}, "",
		[]jsonName{{"req.remoteAddress", event.SourceIP}, {"req.url", event.URLOriginal}, {"statusCode", event.HTTPResponseStatusCode}, {"req.headers.user-agent", event.UserAgentOriginal}}},
	{"req.remoteAddress", [][2]string{{"req.url", "*"}}, class{"opensearch.dashboards", "opensearch", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "",
		[]jsonName{{"req.remoteAddress", event.SourceIP}, {"req.url", event.URLOriginal}, {"statusCode", event.HTTPResponseStatusCode}, {"req.headers.user-agent", event.UserAgentOriginal}}},
	{"downstream_remote_address", [][2]string{{"response_code", "*"}}, class{"web.access", "envoy", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "start_time",
		[]jsonName{{"downstream_remote_address", event.SourceIP}, {"x-envoy-origin-path", event.URLOriginal}, {"path", event.URLOriginal}, {"method", event.HTTPRequestMethod},
			{"response_code", event.HTTPResponseStatusCode}, {"user-agent", event.UserAgentOriginal}, {"user_agent", event.UserAgentOriginal}, {":authority", event.URLDomain}, {"authority", event.URLDomain},
			{"bytes_sent", event.HTTPResponseBodyBytes}}},
	{"request.remote_ip", [][2]string{{"request.uri", "*"}}, class{"web.access", "caddy", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "",
		[]jsonName{{"request.remote_ip", event.SourceIP}, {"request.uri", event.URLOriginal}, {"request.method", event.HTTPRequestMethod}, {"request.host", event.URLDomain},
			{"status", event.HTTPResponseStatusCode}, {"size", event.HTTPResponseBodyBytes}, {"user_id", event.UserName}}},
	{"ClientHost", [][2]string{{"RequestPath", "*"}}, class{"web.access", "traefik", "http_request", "", "web", [3]string{"access"}}, [2]string{}, "StartUTC",
		[]jsonName{{"ClientHost", event.SourceIP}, {"RequestPath", event.URLOriginal}, {"RequestMethod", event.HTTPRequestMethod}, {"RequestHost", event.URLDomain},
			{"DownstreamStatus", event.HTTPResponseStatusCode}, {"DownstreamContentSize", event.HTTPResponseBodyBytes}, {"request_User-Agent", event.UserAgentOriginal}}},
}

var eveFlow = []jsonName{{"src_ip", event.SourceIP}, {"src_port", event.SourcePort}, {"dest_ip", event.DestinationIP}, {"dest_port", event.DestinationPort},
	{"proto", event.NetworkTransport}, {"app_proto", event.NetworkProtocol}}

// appNames are the names that jsonApps knows, by number.
func appNames() map[string]uint16 {
	m := make(map[string]uint16)
	add := func(name string) {
		if _, ok := m[name]; !ok && name != "" && name != "message" {
			m[name] = uint16(len(m))
		}
	}
	for i := range jsonApps {
		a := &jsonApps[i]
		add(a.key)
		add(a.time)
		add(a.outcome[0])
		for _, w := range a.when {
			add(w[0])
		}
		for _, f := range a.fields {
			add(f.name)
		}
	}
	return m
}

// appNotes are the values of an object whose names jsonApps knows.
type appNotes struct {
	n    int
	name [48]uint16
	val  [48][]byte
}

func (t *jsonSink) noteApp(path, v []byte) {
	if id, ok := t.p.apps[string(path)]; ok && t.notes.n < len(t.notes.name) {
		t.notes.name[t.notes.n], t.notes.val[t.notes.n] = id, v
		t.notes.n++
	}
}

// noted gives the value of a name, nil if the object has none.
func (t *jsonSink) noted(name string) []byte {
	if name == "message" {
		s := event.Event{Batch: t.b, Row: t.b.Rows()}.Str(event.Message)
		return bytesOf(s)
	}
	id := t.p.apps[name]
	for i := range t.notes.n {
		if t.notes.name[i] == id {
			return t.notes.val[i]
		}
	}
	return nil
}

// readApps reads an object of a program that jsonApps knows, or whose message tells of a log-in. What the object says in ECS stands.
func (p *Parser) readApps(b *event.Batch, t *jsonSink) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if e.Str(event.EventAction) != "" || e.Present(event.WinlogChannel) {
		return
	}
	for i := range jsonApps {
		if a := &jsonApps[i]; t.notes.n > 0 && t.noted(a.key) != nil && t.fits(a) {
			t.setApp(a)
			return
		}
	}
	if m := e.Str(event.Message); len(m) > 16 && len(m) < 4096 && !e.Present(event.EventCategory) {
		p.inner = header{pri: -1}
		p.inner.stamp.has = true // the object states the time
		logins(p, b, &p.inner, bytesOf(m))
	}
}

func (t *jsonSink) fits(a *jsonApp) bool {
	for _, w := range a.when {
		v := t.noted(w[0])
		if v == nil {
			return false
		}
		if want := w[1]; want != "*" && string(v) != want && (want[len(want)-1] != '*' || !hasPrefix(v, want[:len(want)-1])) {
			return false
		}
	}
	return true
}

func (t *jsonSink) setApp(a *jsonApp) {
	b := t.b
	b.Unset(event.EventKind)
	b.Unset(event.EventDataset)
	a.class.set(b)
	if a.outcome[0] != "" {
		if string(t.noted(a.outcome[0])) == a.outcome[1] {
			b.SetString(event.EventOutcome, success)
		} else {
			b.SetString(event.EventOutcome, failure)
		}
	}
	for _, f := range a.fields {
		v := t.noted(f.name)
		if v == nil {
			continue
		}
		switch in := f.f.Info(); {
		case f.f == event.SourceIP:
			setHostPort(b, &src, v)
		case f.f == event.URLOriginal:
			t.p.setTarget(b, v)
		case f.f == event.HTTPResponseStatusCode && a.class.outcome == "":
			setStatus(b, v)
		case f.f == event.NetworkTransport:
			setTransport(b, v)
		case in.Kind == event.Int:
			setNum(b, f.f, v)
		case in.Type == "ip":
			if isIP(v) {
				b.Set(f.f, v)
			}
		default:
			b.Set(f.f, v)
		}
	}
	var c civil
	if v := t.noted(a.time); a.time != "" && t.rank == 0 && len(v) > 0 {
		if n := readStamp(v, &c); n > 0 && n == len(v) {
			t.stamp, t.rank = c, 1
		}
	}
}
