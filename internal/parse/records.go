package parse

import "bytes"

// Bounds of a line that is cut into its records. What exceeds them stays one record, whole.
const (
	MaxRecords = 8192 // records of one line

	// maxSplitGrowth is by how much the records may be larger than their line, since what the envelope says is said again with each.
	maxSplitGrowth = 8
)

// SplitBytes bounds the bytes that the records of a line of n bytes have together.
func SplitBytes(n int) int { return maxSplitGrowth * n }

// Records are the records of a line that hands out several in one JSON object: {"Records": [{…}, …]} of CloudTrail and its like, {"records": […]} of
// Azure, logEvents of a subscription to CloudWatch Logs, the snapshot of osquery. Each is as if it had come on a line of its own.
type Records struct {
	head, tail []byte // of the line, around the list; nil where the object holds nothing else
	open, end  string // around a record
	list       []byte // from behind the opening bracket
	n          int
	outer      [2][]byte // what another protocol's envelope holds before and behind all that; nil where there is none
	quoted     bool      // it holds it as a text
}

// listNames are the names of such lists.
var listNames = [...]struct {
	quoted  string // as it ends
	name    string
	need    string // another member that there must be; "": none
	asOwner string // the name under which one record stands alone; "": in a list of one
	alone   bool   // the object holds nothing else: where it does, it is the event of an application that speaks of records
	is      string // what need must be; what else the object holds then says nothing of its records, of which there may be one
}{
	{`ecords"`, "Records", "", "", true, ""},
	{`ecords"`, "records", "", "", true, ""},
	{`dings"`, "Findings", "", "", true, ""}, // of Security Hub and Inspector
	{`vents"`, "logEvents", "logGroup", "", false, ""},
	{`pshot"`, "snapshot", "hostIdentifier", "columns", false, ""}, // as osquery writes them with --logger_snapshot_event_type
	{`tems"`, "items", "kind", "", false, `"EventList"`},           // as Kubernetes hands its audit to a webhook
}

// wrappedLists are objects whose list events is what is handed over; what else stands beside them says nothing of the events, of which there may be one.
var wrappedLists = [...]struct{ name, need, is string }{
	{"params", "jsonrpc", ""},                      // Bitdefender's {"jsonrpc":"2.0","method":"addEvents","params":{"events":[{…}, …]}}
	{"data", "eventType", `"com.okta.event_hook"`}, // Okta's event hooks
}

// Split finds the records of line: those of the object that it is, the elements of an array of objects, or either of them as the event in the envelope of
// HEC, OTLP, Loki, GELF or Fluent. It reports false, at once for nearly every line, where line is one record.
func Split(line []byte) (Records, bool) {
	s := skipBlanks(line)
	if len(s) == 0 || s[0] != '{' && s[0] != '[' || !mayBeList(s) {
		return Records{}, false
	}
	if s[0] == '[' {
		return splitArray(s)
	}
	if i := isSent(s); i >= 0 && envelopes[i].event != "" {
		return splitSent(s, i)
	}
	return splitObject(s)
}

// splitArray finds the elements of an array of nothing but objects; of one, too, since it is no array that anybody means.
func splitArray(s []byte) (Records, bool) {
	r := jsonReader{s: s}
	var out Records
	if !r.objects(&out.n) || len(trimEnd(s[r.i:])) > 0 {
		return Records{}, false
	}
	out.list = s[1 : r.i-1]
	return out, true
}

// splitSent finds the records in the event of an envelope.
func splitSent(s []byte, which int) (Records, bool) {
	e := &envelopes[which]
	r := jsonReader{s: s, i: len(e.open)}
	for {
		name, found := r.key()
		from := r.i
		if !found || from >= len(s) {
			return Records{}, false
		}
		if string(name) != e.event {
			if r.value(2, nowhere{}); r.err != nil {
				return Records{}, false
			}
			if r.blanks(); r.i < len(s) && s[r.i] == ',' {
				r.i++
				continue
			}
			return Records{}, false
		}
		var out Records
		var ok bool
		switch s[from] {
		case '{', '[':
			if r.skip(); r.err != nil {
				return Records{}, false
			}
			out, ok = splitValue(s[from:r.i])
		case '"':
			text := skipBlanks(r.text())
			if r.err != nil || len(text) == 0 || text[0] != '{' && text[0] != '[' {
				return Records{}, false
			}
			out, ok = splitValue(text)
			out.quoted = true
		}
		if !ok || out.n < 2 {
			return Records{}, false
		}
		out.outer = [2][]byte{s[:from], s[r.i:]}
		around := len(out.head) + len(out.open) + len(out.end) + len(out.tail)
		if out.n*(len(out.outer[0])+len(out.outer[1])+6*around)+r.i-from > SplitBytes(len(s)) { // 6: what a text writes of a control character
			return Records{}, false
		}
		return out, true
	}
}

// key reads the name of a member of an object, up to where its value begins.
func (r *jsonReader) key() (name []byte, ok bool) {
	r.blanks()
	if r.i >= len(r.s) || r.s[r.i] != '"' {
		return nil, false
	}
	name = r.text()
	r.blanks()
	if r.err != nil || r.i >= len(r.s) || r.s[r.i] != ':' {
		return nil, false
	}
	r.i++
	r.blanks()
	return name, true
}

func splitValue(s []byte) (Records, bool) {
	if s[0] == '[' {
		return splitArray(s)
	}
	return splitObject(s)
}

func splitObject(s []byte) (Records, bool) {
	r := jsonReader{s: s, i: 1}
	var out Records
	var which int
	members := 0
	var inner [len(wrappedLists)][]byte
	wrapped := [len(wrappedLists)]bool{}
	var at struct{ name, list, end int }
	seen := [len(listNames)]bool{}
	for {
		r.blanks()
		name := r.i
		text, ok := r.key()
		if !ok {
			return Records{}, false
		}
		from := r.i
		members++
		for i := range listNames {
			seen[i] = seen[i] || string(text) == listNames[i].need && bytes.HasPrefix(s[from:], unsafeBytes(listNames[i].is))
		}
		for i := range wrappedLists {
			wrapped[i] = wrapped[i] || string(text) == wrappedLists[i].need && bytes.HasPrefix(s[from:], unsafeBytes(wrappedLists[i].is))
		}
		if i := listName(text); i >= 0 && from < len(s) && s[from] == '[' {
			if out.list != nil || !r.objects(&out.n) { // two lists: which of them?
				return Records{}, false
			}
			which, out.list = i, s[from+1:r.i-1]
			at.name, at.list, at.end = name, from, r.i
		} else if r.value(1, nowhere{}); r.err != nil {
			return Records{}, false
		}
		for i := range wrappedLists {
			if string(text) == wrappedLists[i].name && from < len(s) && s[from] == '{' {
				inner[i] = s[from:r.i]
			}
		}
		if r.blanks(); r.i < len(s) && s[r.i] == ',' {
			r.i++
			continue
		}
		break
	}
	if r.i >= len(s) || s[r.i] != '}' || len(trimEnd(s[r.i+1:])) > 0 {
		return Records{}, false
	}
	for i := range wrappedLists {
		if wrapped[i] && inner[i] != nil && out.list == nil {
			return splitWrapped(inner[i])
		}
	}
	l := &listNames[which]
	if out.n < 2 && l.is == "" || out.n > MaxRecords || l.need != "" && !seen[which] || l.alone && members > 1 {
		return Records{}, false
	}
	switch {
	case l.is != "":
	case l.asOwner != "":
		out.head, out.tail, out.open = s[:at.name], s[at.end:], `"`+l.asOwner+`":`
	case members > 1:
		out.head, out.tail, out.open, out.end = s[:at.list], s[at.end:], "[", "]"
	}
	if size := out.n*(len(out.head)+len(out.open)+len(out.end)+len(out.tail)) + len(out.list); size > SplitBytes(len(s)) {
		return Records{}, false
	}
	return out, true
}

// splitWrapped finds the events in an object of wrappedLists.
func splitWrapped(s []byte) (Records, bool) {
	r := jsonReader{s: s, i: 1}
	var out Records
	name, ok := r.key()
	if !ok || string(name) != "events" || r.i >= len(s) || s[r.i] != '[' {
		return Records{}, false
	}
	from := r.i
	if !r.objects(&out.n) || out.n > MaxRecords {
		return Records{}, false
	}
	out.list = s[from+1 : r.i-1]
	return out, true
}

// Append adds the next record to dst; false at the end.
func (r *Records) Append(dst []byte) ([]byte, bool) {
	first, rest := nextObject(r.list)
	if first == nil {
		return dst, false
	}
	r.list = rest
	put := func(dst, s []byte) []byte { return append(dst, s...) }
	dst = append(dst, r.outer[0]...)
	if r.quoted {
		dst, put = append(dst, '"'), appendEscaped
	}
	dst = put(put(dst, r.head), bytesOf(r.open))
	dst = put(put(put(dst, first), bytesOf(r.end)), r.tail)
	if r.quoted {
		dst = append(dst, '"')
	}
	return append(dst, r.outer[1]...), true
}

// appendEscaped appends s as it stands within a text of JSON.
func appendEscaped(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// objects reads an array of nothing but objects and counts them.
func (r *jsonReader) objects(n *int) bool {
	for r.i++; r.err == nil; r.i++ {
		r.blanks()
		if r.i >= len(r.s) || r.s[r.i] != '{' {
			return false
		}
		if *n++; *n > MaxRecords {
			return false
		}
		r.object(2, nowhere{})
		r.blanks()
		if r.err != nil || r.i >= len(r.s) {
			return false
		}
		if r.s[r.i] == ']' {
			r.i++
			return true
		}
		if r.s[r.i] != ',' {
			return false
		}
	}
	return false
}

func listName(text []byte) int {
	for i := range listNames {
		if string(text) == listNames[i].name {
			return i
		}
	}
	return -1
}

// mayBeList is quick to say that a line holds no such list: it looks at brackets and what stands before them.
func mayBeList(s []byte) bool {
	sent := s[0] == '{' && isSent(s) >= 0
	for from := 0; ; {
		i := bytes.IndexByte(s[from:], '[')
		if i < 0 {
			return false
		}
		i += from
		from = i + 1
		if len(s) > i+2 && (s[i+1] == '{' || s[i+1] == ' ' && s[i+2] == '{') && (i == 0 || sent) {
			return true
		}
		before := backBlank(s[:i])
		if len(before) == 0 || before[len(before)-1] != ':' {
			continue
		}
		before = backBlank(before[:len(before)-1])
		for j := range listNames {
			if bytes.HasSuffix(before, unsafeBytes(listNames[j].quoted)) {
				return true
			}
		}
	}
}

// backBlank takes off a few blanks at the end: no writer of JSON sets more there, and many must cost nothing.
func backBlank(s []byte) []byte {
	for n := 0; n < 4 && len(s) > 0 && s[len(s)-1] == ' '; n++ {
		s = s[:len(s)-1]
	}
	return s
}

// trimEnd takes off what may stand behind an object.
func trimEnd(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t' || s[0] == '\r' || s[0] == '\n' || s[0] == 0) {
		s = s[1:]
	}
	return s
}
