package parse

import (
	"math"
	"strconv"

	"watchpost/internal/event"
)

// windowsNames are the names of a Windows event that was rendered from its XML, where a field holds the same.
var windowsNames = map[string]event.Field{
	"Event.System.Channel":                   event.WinlogChannel,
	"Event.System.Computer":                  event.WinlogComputerName,
	"Event.System.EventRecordID":             event.WinlogRecordID,
	"Event.System.EventID":                   event.WinlogEventID,
	"Event.System.EventID.#text":             event.WinlogEventID,
	"Event.System.Provider.#attributes.Name": event.WinlogProviderName,
	"Event.System.Provider.@Name":            event.WinlogProviderName,
	"Event.System.Provider.Name":             event.WinlogProviderName,
	"System.Channel":                         event.WinlogChannel,
	"System.Computer":                        event.WinlogComputerName,
	"System.EventRecordID":                   event.WinlogRecordID,
	"System.EventID":                         event.WinlogEventID,
	"System.EventID.#text":                   event.WinlogEventID,
	"System.EventID.Value":                   event.WinlogEventID, // Velociraptor's
	"System.Provider.#attributes.Name":       event.WinlogProviderName,
	"System.Provider.@Name":                  event.WinlogProviderName,
	"System.Provider.Name":                   event.WinlogProviderName,

	// The names of W3C that Sigma has for proxies and web servers.
	"c-ip": event.SourceIP, "cs-username": event.UserName, "cs-host": event.URLDomain, "cs-method": event.HTTPRequestMethod,
	"c-uri": event.URLOriginal, "cs-uri": event.URLOriginal, "c-uri-query": event.URLQuery, "cs-uri-query": event.URLQuery,
	"c-uri-stem": event.URLPath, "cs-uri-stem": event.URLPath, "c-useragent": event.UserAgentOriginal, "cs-user-agent": event.UserAgentOriginal,
	"cs-referer": event.HTTPRequestReferrer, "cs-referrer": event.HTTPRequestReferrer, "cs-version": event.HTTPVersion,
	"sc-status": event.HTTPResponseStatusCode, "sc-bytes": event.HTTPResponseBodyBytes, "cs-bytes": event.HTTPRequestBodyBytes,
}

// winData is one named value of a Windows event.
type winData struct{ name, value []byte }

const (
	maxWinData = 256
	eventData  = "winlog.event_data."
)

// isWindows takes the values of event data: as labels, all of them, and for windows to read.
func (t *jsonSink) isWindows(path, v []byte) bool {
	if len(path) == 0 {
		return false
	}
	name, ok := path, false
	switch path[0] {
	case 'c', 'e', 'p', 'r':
		t.collect(path, v)
	}
	switch c := path[0]; {
	case c == 'E' && t.flat == flatYes && t.hayabusaLeaf(path, v):
		return true
	case c == 'w', c == 'e', c == 'E', c == 'u', c == 'U':
		t.refused = t.refused || hasSuffix(path, "eywords") && auditFailure(v)
		t.writtenBy(path, v)
		if string(path) == "Event.System.Level" {
			setLevel(t.b, v)
		}
		name, ok = dataName(path)
	case c == 'S', c == 'k':
		t.refused = t.refused || hasSuffix(path, "eywords") && auditFailure(v)
		t.writtenBy(path, v)
		if string(path) == "System.Level" {
			setLevel(t.b, v)
		}
	case c == 'd':
		return t.wazuhLeaf(path, v)
	case c == 'D', c == 'A':
		if t.flat == flatYes && t.hayabusaLeaf(path, v) {
			return true
		}
	case c == 'M':
		if t.flat != flatYes && string(path) == "Message" && t.windowsEvent() { // Velociraptor's, behind System
			t.b.Set(event.Message, v)
			return true
		}
	case c == 'c', c == 'p', c == 's', c == 'l':
		if t.stated(path, v) {
			return true
		}
	}
	if !ok {
		return mayBeFlat(path[0]) && t.isFlat(path) && t.flatLeaf(path, v)
	}
	if len(name) == 0 || name[0] == '#' || name[0] == '@' {
		return false
	}
	if rest, ok := after(name, "Data."); ok { // one element alone: {"@Name": …, "#text": …}
		return t.single(rest, v)
	}
	t.addWindows(name, v)
	return true
}

// writtenBy notes the account that wrote the record.
func (t *jsonSink) writtenBy(path, v []byte) {
	switch {
	case string(path) == "winlog.user.name":
		t.writer[0] = v
	case string(path) == "winlog.user.domain":
		t.writer[1] = v
	case string(path) == "winlog.process.pid", hasSuffix(path, "System.Execution.#attributes.ProcessID"), hasSuffix(path, "System.Execution.@ProcessID"):
		t.process = v
	case string(path) == "winlog.user.identifier", hasSuffix(path, "UserID") && index(path, "System.Security.") >= 0:
		t.writer[2] = v
	}
}

// setLevel names the level of an event.
func setLevel(b *event.Batch, v []byte) {
	if n, ok := number(v); ok && n >= 0 && n < int64(len(windowsLevels)) && !(event.Event{Batch: b, Row: b.Rows()}).Present(event.LogLevel) {
		b.SetString(event.LogLevel, windowsLevels[n])
	}
}

var windowsLevels = [...]string{"information", "critical", "error", "warning", "information", "verbose"}

// dataName gives the name of a value of event data.
func dataName(path []byte) ([]byte, bool) {
	for _, prefix := range [...]string{eventData, "Event.EventData.", "EventData.", "event_data."} {
		if name, ok := after(path, prefix); ok {
			return name, true
		}
	}
	for _, prefix := range [...]string{"winlog.user_data.", "Event.UserData.", "UserData.", "user_data."} {
		if name, ok := after(path, prefix); ok {
			if _, inner, nested := cut(name, "."); nested { // the element around them has a name of its own
				return inner, true
			}
			return name, true
		}
	}
	return nil, false
}

// single takes the two halves of a lone element of event data: the name, then the value.
func (t *jsonSink) single(part, v []byte) bool {
	n := len(t.data)
	switch {
	case hasSuffix(part, "Name"):
		t.data = append(t.data, winData{name: t.keepName(v)})
	case n > 0 && t.data[n-1].value == nil:
		name := t.data[n-1].name
		t.data = t.data[:n-1]
		t.addWindows(name, v)
	default:
		t.addWindows([]byte("Data"), v)
	}
	return true
}

func (t *jsonSink) addWindows(name, v []byte) {
	v = t.ntStatus(name, v)
	t.p.key = append(append(t.p.key[:0], eventData...), name...)
	t.label(t.p.key, v)
	if len(t.data) < maxWinData && !(len(v) == 1 && v[0] == '-') {
		t.data = append(t.data, winData{t.keepName(name), v})
	}
}

// ntStatus gives a status as Windows writes it (0xc000006d), where a reader of logs has made a decimal number of it.
func (t *jsonSink) ntStatus(name, v []byte) []byte {
	if string(name) != "Status" && string(name) != "SubStatus" || len(v) == 0 {
		return v
	}
	if !digits(v) && !(v[0] == '-' && digits(v[1:])) {
		return v
	}
	n, err := strconv.ParseInt(view(v), 10, 64)
	if err != nil || n < math.MinInt32 || n > math.MaxUint32 {
		return v
	}
	from := len(t.p.names)
	t.p.names = strconv.AppendUint(append(t.p.names, "0x"...), uint64(uint32(n)), 16)
	return t.p.names[from:len(t.p.names):len(t.p.names)]
}

// keepName copies a name, which may be changed then.
func (t *jsonSink) keepName(name []byte) []byte {
	from := len(t.p.names)
	t.p.names = append(t.p.names, name...)
	return t.p.names[from:len(t.p.names):len(t.p.names)]
}

// windowsData reads "Data": [{"#attributes": {"Name": "TargetUserName"}, "#text": "alice"}, …].
func (t *jsonSink) windowsData(path, raw []byte) bool {
	switch string(path) {
	case "Event.EventData.Data", "EventData.Data", "Event.EventData.Data.#text", "EventData.Data.#text", "event_data.data":
	default:
		return false
	}
	if flat(raw) {
		return t.unnamed(raw)
	}
	r := jsonReader{s: raw, i: 1}
	for r.err == nil {
		r.blanks()
		if r.i >= len(raw) || raw[r.i] != '{' {
			break
		}
		if path[0] == 'e' {
			r.object(jsonDepth-4, namedData{t})
		}
		var one winPair
		if path[0] != 'e' {
			r.object(jsonDepth-4, &one)
		}
		if len(one.name) > 0 && len(one.value) > 0 {
			t.addWindows(one.name, one.value)
		}
		r.blanks()
		if r.i < len(raw) && raw[r.i] == ',' {
			r.i++
		}
	}
	return true
}

// unnamed takes the values of an event that have no names: as param1, param2 … and, one a line, as Data.
func (t *jsonSink) unnamed(raw []byte) bool {
	r := jsonReader{s: raw, i: 1}
	all := []byte(nil)
	for n := 1; r.err == nil && n <= maxWinData; n++ {
		r.blanks()
		if r.i >= len(raw) || raw[r.i] == ']' {
			break
		}
		var one jsonOne
		if r.value(1, &one); len(one.v) > 0 {
			t.addWindows(strconv.AppendInt([]byte("param"), int64(n), 10), one.v)
			all = append(append(all, one.v...), '\n')
		}
		r.blanks()
		if r.i < len(raw) && raw[r.i] == ',' {
			r.i++
		}
	}
	if len(all) > 0 {
		t.addWindows([]byte("Data"), all[:len(all)-1])
	}
	return true
}

// winPair reads one such element.
type winPair winData

func (o *winPair) leaf(path []byte, _ jsonKind, v []byte) {
	switch {
	case hasSuffix(path, "Name"):
		o.name = v
	case hasSuffix(path, "text"), hasSuffix(path, "Value"), hasSuffix(path, "content"):
		o.value = v
	}
}

func (o *winPair) array(_, _ []byte) {}
