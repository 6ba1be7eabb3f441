package source

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// splunk adds Splunk's HTTP Event Collector.
func (h *HTTP) splunk(mux *http.ServeMux) {
	const base = "/services/collector"
	for _, path := range []string{base, base + "/event", base + "/event/1.0"} {
		mux.HandleFunc("POST "+path, h.admit(h.hecEvents, hecError))
	}
	for _, path := range []string{base + "/raw", base + "/raw/1.0"} {
		mux.HandleFunc("POST "+path, h.admit(h.hecRaw, hecError))
	}
	mux.HandleFunc("POST "+base+"/ack", h.admit(h.hecAck, hecError))
	mux.HandleFunc("POST "+base+"/ack/1.0", h.admit(h.hecAck, hecError))
	for _, path := range []string{base + "/health", base + "/health/1.0"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { // as Splunk does: without a token
			if h.draining.Load() {
				hecAnswer(w, http.StatusServiceUnavailable, hecStopping, nil)
				return
			}
			hecAnswer(w, http.StatusOK, hecHealthy, nil)
		})
	}
}

// hecCode is Splunk's number for what happened to a request.
type hecCode int

const (
	hecSuccess      hecCode = 0
	hecNoToken      hecCode = 2
	hecBadAuth      hecCode = 3
	hecBadToken     hecCode = 4
	hecNoData       hecCode = 5
	hecBadData      hecCode = 6
	hecInternal     hecCode = 8
	hecBusy         hecCode = 9
	hecNoChannel    hecCode = 10
	hecBadChannel   hecCode = 11
	hecNoEvent      hecCode = 12
	hecBlankEvent   hecCode = 13
	hecBadFields    hecCode = 15
	hecNoQueryToken hecCode = 16
	hecHealthy      hecCode = 17
	hecStopping     hecCode = 23
	hecTooLarge     hecCode = 27
)

var hecTexts = map[hecCode]string{
	hecSuccess: "Success", hecNoToken: "Token is required", hecBadAuth: "Invalid authorization", hecBadToken: "Invalid token",
	hecNoData: "No data", hecBadData: "Invalid data format", hecInternal: "Internal server error", hecBusy: "Server is busy",
	hecNoChannel: "Data channel is missing", hecBadChannel: "Invalid data channel", hecNoEvent: "Event field is required",
	hecBlankEvent: "Event field cannot be blank", hecBadFields: "Error in handling indexed fields",
	hecNoQueryToken: "Query string authorization is not enabled", hecHealthy: "HEC is healthy",
	hecStopping: "Server is shutting down", hecTooLarge: "Request entity too large",
}

// hecAnswer writes Splunk's answer, with what more there is to say.
func hecAnswer(w http.ResponseWriter, status int, code hecCode, more map[string]any) {
	all := map[string]any{"text": hecTexts[code], "code": code}
	for k, v := range more {
		all[k] = v
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	answer(w, status, text)
}

// hecError has Splunk's shape.
func hecError(w http.ResponseWriter, status int, detail string) {
	code := hecBadData
	switch {
	case detail == noToken:
		code = hecNoToken
	case detail == badAuthorization:
		code = hecBadAuth
	case detail == badToken:
		status, code = http.StatusForbidden, hecBadToken
	case detail == noQueryToken:
		status, code = http.StatusBadRequest, hecNoQueryToken
	case detail == stopping:
		code = hecStopping
	case status == http.StatusServiceUnavailable:
		code = hecBusy
	case status == http.StatusRequestEntityTooLarge:
		code = hecTooLarge
	}
	hecAnswer(w, status, code, nil)
}

// hecEvents takes a body of JSON objects one behind the other. Each that cannot be an event is counted, and the first is
// named in the answer; its neighbours are stored all the same.
func (h *HTTP) hecEvents(w http.ResponseWriter, r *http.Request, who sender) {
	channel, ok := h.channel(w, r, false)
	if !ok {
		return
	}
	b, ok := h.read(w, r, hecError)
	if !ok {
		return
	}
	defer b.free()
	set := h.records(b)
	bad, badAt := hecSuccess, 0
	n := 0
	for rest := bytes.TrimLeft(b.data, " \t\r\n"); len(rest) > 0 && set.over == nil; n++ {
		var one []byte
		code := hecBadData
		if one, rest = firstObject(rest); one != nil {
			code = hecFault(one)
		}
		if code == hecSuccess {
			set.add(func(dst []byte) []byte { return append(append(append(dst, `{"hec":`...), one...), '}') })
		} else {
			set.reject(BadEvent)
		}
		if code != hecSuccess && bad == hecSuccess {
			bad, badAt = code, n
		}
		if one == nil {
			break // where the next begins cannot be told
		}
		rest = bytes.TrimLeft(rest, " \t\r\n")
	}
	if n == 0 && bad == hecSuccess {
		h.refuse(w, r, hecCoded(hecNoData), http.StatusBadRequest, "the body is empty")
		return
	}
	if !h.deliver(w, r, who, b.data, set, hecError) {
		return
	}
	if bad != hecSuccess {
		hecAnswer(w, http.StatusBadRequest, bad, map[string]any{"invalid-event-number": badAt})
		return
	}
	h.hecDone(w, channel)
}

// hecCoded answers with the given code, whatever the detail.
func hecCoded(code hecCode) fail {
	return func(w http.ResponseWriter, status int, _ string) { hecAnswer(w, status, code, nil) }
}

// hecFault says what keeps an object from being an event.
func hecFault(one []byte) hecCode {
	code := hecNoEvent
	fields := hecSuccess
	members(one, func(name, v []byte) {
		switch {
		case string(name) == "event" && (string(v) == `""` || string(v) == "null"):
			code = hecBlankEvent
		case string(name) == "event":
			code = hecSuccess
		case string(name) == "fields" && v[0] != '{' && string(v) != "null":
			fields = hecBadFields
		}
	})
	if code == hecSuccess {
		code = fields
	}
	return code
}

// hecRaw takes lines; what belongs to all of them stands in the query.
func (h *HTTP) hecRaw(w http.ResponseWriter, r *http.Request, who sender) {
	channel, ok := h.channel(w, r, false)
	if !ok {
		return
	}
	b, ok := h.read(w, r, hecError)
	if !ok {
		return
	}
	defer b.free()
	var common []byte
	query := r.URL.Query()
	for _, name := range []string{"time", "host", "source", "sourcetype", "index"} {
		if v := query.Get(name); v != "" && len(v) <= maxMeta {
			common = appendText(append(appendText(append(common, ','), name), ':'), v)
		}
	}
	set := h.records(b)
	for line := range bytes.Lines(b.data) {
		if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) > 0 {
			set.add(func(dst []byte) []byte {
				return append(append(appendText(append(dst, `{"hec":{"event":`...), line), common...), "}}"...)
			})
		}
	}
	if len(set.ends) == 0 && len(set.reasons) == 0 && set.over == nil {
		h.refuse(w, r, hecCoded(hecNoData), http.StatusBadRequest, "the body is empty")
		return
	}
	// The same line from another host is another line.
	if !h.deliver(w, r, who, slices.Concat(common, []byte{0}, b.data), set, hecError) {
		return
	}
	if set.first != "" {
		hecAnswer(w, http.StatusBadRequest, hecBadData, nil)
		return
	}
	h.hecDone(w, channel)
}

// maxMeta bounds what each line of a request repeats.
const maxMeta = 1 << 10

// channel is what acknowledgements are asked for by. Where it reports false it has answered.
func (h *HTTP) channel(w http.ResponseWriter, r *http.Request, must bool) (string, bool) {
	c := r.Header.Get("X-Splunk-Request-Channel")
	if c == "" && strings.Contains(r.URL.RawQuery, "channel=") {
		c = r.URL.Query().Get("channel")
	}
	switch {
	case c == "" && must:
		h.refuse(w, r, hecCoded(hecNoChannel), http.StatusBadRequest, "the data channel is missing")
		return "", false
	case c != "" && !isGUID(c):
		h.refuse(w, r, hecCoded(hecBadChannel), http.StatusBadRequest, "the data channel is not valid")
		return "", false
	}
	return strings.ToLower(c), true
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && !isHex(s[i]) {
			return false
		}
	}
	return true
}

// hecDone answers a request whose events are durable; in a channel with a number that can be asked about.
func (h *HTTP) hecDone(w http.ResponseWriter, channel string) {
	if channel == "" {
		hecAnswer(w, http.StatusOK, hecSuccess, nil)
		return
	}
	hecAnswer(w, http.StatusOK, hecSuccess, map[string]any{"ackId": h.channels.issue(channel)})
}

// hecAck answers which requests of a channel are durable. Since a number is given out only once the events are, every
// number that was is; one that was not, or by an earlier run, is not known to be.
func (h *HTTP) hecAck(w http.ResponseWriter, r *http.Request, _ sender) {
	channel, ok := h.channel(w, r, true)
	if !ok {
		return
	}
	b, ok := h.read(w, r, hecError)
	if !ok {
		return
	}
	defer b.free()
	var ask struct {
		Acks []uint64 `json:"acks"`
	}
	if json.Unmarshal(b.data, &ask) != nil || len(ask.Acks) > maxAcks {
		h.refuse(w, r, hecError, http.StatusBadRequest, "the numbers asked about cannot be read")
		return
	}
	given := h.channels.given(channel)
	acks := make(map[string]bool, len(ask.Acks))
	for _, id := range ask.Acks {
		acks[strconv.FormatUint(id, 10)] = id < given
	}
	text, err := json.Marshal(map[string]any{"acks": acks})
	if err != nil {
		panic("BUG: " + err.Error())
	}
	answer(w, http.StatusOK, text)
}

const (
	maxAcks     = 100_000
	maxChannels = 10_000
)

// channels counts the numbers given out in each channel. Beyond maxChannels the one that was used least recently is
// forgotten: its sender sends again what it has not asked about, and that is recognised.
type channels struct {
	mu   sync.Mutex
	next map[string]*channelAcks
	used uint64
}

type channelAcks struct{ next, used uint64 }

func (c *channels) issue(channel string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = make(map[string]*channelAcks)
	}
	a := c.next[channel]
	if a == nil {
		if len(c.next) >= maxChannels {
			c.forget()
		}
		a = &channelAcks{}
		c.next[channel] = a
	}
	c.used++
	a.used = c.used
	a.next++
	return a.next - 1
}

// forget drops the tenth of the channels that was used least recently.
func (c *channels) forget() {
	var uses []uint64
	for _, a := range c.next {
		uses = append(uses, a.used)
	}
	slices.Sort(uses)
	limit := uses[len(uses)/10]
	for k, a := range c.next {
		if a.used <= limit {
			delete(c.next, k)
		}
	}
}

func (c *channels) given(channel string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.next[channel]; a != nil {
		return a.next
	}
	return 0
}

// queryToken is a token in a HEC request's query.
func queryToken(u *url.URL) string {
	if strings.HasPrefix(u.Path, "/services/collector") && strings.Contains(u.RawQuery, "token=") {
		return u.Query().Get("token")
	}
	return ""
}
