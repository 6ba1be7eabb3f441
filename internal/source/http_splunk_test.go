package source

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const channelA, channelB = "FE0ECFAD-13D5-401B-847D-77833BD77131", "fe0ecfad-13d5-401b-847d-77833bd77132"

func TestSplunk(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, nil)
	const path = "/services/collector"
	f := func(path, body string, status int, want string, frames ...string) {
		t.Helper()
		m.mu.Lock()
		m.frames = nil
		m.mu.Unlock()
		got, _, text := ask(t, h, "POST", path, strings.NewReader(body), "Authorization", "Splunk whatever")
		if got != status || text != want || !slices.Equal(m.frames, frames) {
			t.Errorf("%s %q: got %d %s and %q, want %d %s and %q", path, body, got, text, m.frames, status, want, frames)
		}
	}
	const success = `{"code":0,"text":"Success"}`
	f(path, `{"event":"a"}`, 200, success, `{"hec":{"event":"a"}}`)
	f(path+"/event", `{"event":"a","time":1}{"event":{"b":[1]}} `+"\n"+`{"event":7}`, 200, success, `{"hec":{"event":"a","time":1}}`, `{"hec":{"event":{"b":[1]}}}`, `{"hec":{"event":7}}`)
	f(path+"/event/1.0", "", 400, `{"code":5,"text":"No data"}`)
	f(path, "nonsense", 400, `{"code":6,"invalid-event-number":0,"text":"Invalid data format"}`)
	f(path, `{"event":"a"}{"ev":1}{"event":""}{"event":"b"}`, 400, `{"code":12,"invalid-event-number":1,"text":"Event field is required"}`, `{"hec":{"event":"a"}}`, `{"hec":{"event":"b"}}`)
	f(path, `{"event":"a"}{"event":""}`, 400, `{"code":13,"invalid-event-number":1,"text":"Event field cannot be blank"}`, `{"hec":{"event":"a"}}`)
	f(path, `{"event":"a","fields":[1]}`, 400, `{"code":15,"invalid-event-number":0,"text":"Error in handling indexed fields"}`)
	f(path, `{"event":"a"}{"event":"cut`, 400, `{"code":6,"invalid-event-number":1,"text":"Invalid data format"}`, `{"hec":{"event":"a"}}`)
	f(path+"/raw?host=web1&sourcetype=x%22y", "one\r\n\ntwo \"2\"\n", 200, success,
		`{"hec":{"event":"one","host":"web1","sourcetype":"x\"y"}}`, `{"hec":{"event":"two \"2\"","host":"web1","sourcetype":"x\"y"}}`)
	f(path+"/raw", " \n", 400, `{"code":5,"text":"No data"}`)
	if n := m.rejected[BadEvent]; n != 6 {
		t.Errorf("%d rejected", n)
	}
	for _, p := range []string{path + "/health", path + "/health/1.0"} {
		if status, _, text := ask(t, h, "GET", p, nil); status != 200 || text != `{"code":17,"text":"HEC is healthy"}` {
			t.Errorf("%d %s", status, text)
		}
	}
	if h.buffered.Load() != 0 {
		t.Errorf("%d bytes are still reserved", h.buffered.Load())
	}
}

func TestSplunkTokens(t *testing.T) {
	m := newMemory()
	for _, query := range []bool{false, true} {
		h, _, _ := httpOn(t, m, func(o *HTTPOptions) {
			o.RequireToken, o.QueryToken = true, query
			o.Tokens = map[string]Token{"a": {SHA256: hash("secret-a"), Tenant: "tenant-a", Defaults: Defaults{Dataset: "app", Labels: map[string]string{"site": "x"}}}}
		})
		f := func(status int, want, path string, headers ...string) {
			t.Helper()
			if got, _, text := ask(t, h, "POST", path, strings.NewReader(`{"event":"a"}`), headers...); got != status || text != want {
				t.Errorf("%s %q: %d %s", path, headers, got, text)
			}
		}
		f(200, `{"code":0,"text":"Success"}`, "/services/collector", "Authorization", "Splunk secret-a")
		f(200, `{"code":0,"text":"Success"}`, "/services/collector", "Authorization", "Basic eDpzZWNyZXQtYQ==")
		f(401, `{"code":2,"text":"Token is required"}`, "/services/collector")
		f(401, `{"code":3,"text":"Invalid authorization"}`, "/services/collector", "Authorization", "Nonsense x")
		f(403, `{"code":4,"text":"Invalid token"}`, "/services/collector", "Authorization", "Splunk secret-b")
		if query {
			f(200, `{"code":0,"text":"Success"}`, "/services/collector?token=secret-a")
			f(403, `{"code":4,"text":"Invalid token"}`, "/services/collector?token=x")
			f(401, `{"code":2,"text":"Token is required"}`, "/services/collector?tok=secret-a")
		} else {
			f(400, `{"code":16,"text":"Query string authorization is not enabled"}`, "/services/collector?token=secret-a")
		}
	}
	if o := m.origins[0]; o.Tenant != "tenant-a" || o.Defaults == nil || o.Defaults.Dataset != "app" {
		t.Errorf("%+v", o)
	}
}

// TestSplunkAck: a number is given out, and answered with true, only for what is durable.
func TestSplunkAck(t *testing.T) {
	m := newMemory()
	h, _, _ := httpOn(t, m, nil)
	send := func(channel, want string, status int) {
		t.Helper()
		got, _, text := ask(t, h, "POST", "/services/collector", strings.NewReader(`{"event":"a"}`), "X-Splunk-Request-Channel", channel)
		if got != status || text != want {
			t.Errorf("%d %s", got, text)
		}
	}
	asked := func(query, acks, want string, status int) {
		t.Helper()
		if got, _, text := ask(t, h, "POST", "/services/collector/ack"+query, strings.NewReader(acks)); got != status || text != want {
			t.Errorf("%d %s, want %s", got, text, want)
		}
	}
	send(channelA, `{"ackId":0,"code":0,"text":"Success"}`, 200)
	send(channelA, `{"ackId":1,"code":0,"text":"Success"}`, 200)
	send(channelB, `{"ackId":0,"code":0,"text":"Success"}`, 200)
	m.locked(func() { m.fail = errors.New("no broker") })
	send(channelB, `{"code":9,"text":"Server is busy"}`, http.StatusServiceUnavailable)
	asked("?channel="+channelA, `{"acks":[0,1,2]}`, `{"acks":{"0":true,"1":true,"2":false}}`, 200)
	asked("?channel="+strings.ToLower(channelA), `{"acks":[1]}`, `{"acks":{"1":true}}`, 200)
	asked("?channel="+channelB, `{"acks":[0,1]}`, `{"acks":{"0":true,"1":false}}`, 200)
	asked("", `{"acks":[0]}`, `{"code":10,"text":"Data channel is missing"}`, 400)
	asked("?channel=x", `{"acks":[0]}`, `{"code":11,"text":"Invalid data channel"}`, 400)
	asked("?channel="+channelA, `{"acks":["x"]}`, `{"code":6,"text":"Invalid data format"}`, 400)
}

func TestChannelsAreBounded(t *testing.T) {
	var c channels
	for i := range 3 * maxChannels {
		c.issue(fmt.Sprint(i))
	}
	if len(c.next) > maxChannels || c.given(fmt.Sprint(3*maxChannels-1)) != 1 || c.given("0") != 0 {
		t.Errorf("%d channels", len(c.next))
	}
}
