package parse

import "watchpost/internal/event"

// envoy reads Envoy's default access log, and Istio's, which says why between flags and sizes and names both ends behind:
//
//	[2026-11-23T18:14:15.123Z] "GET /x HTTP/1.1" 200 - 0 12 3 2 "192.0.2.7" "curl/8" "4f1c" "www.example.org" "198.51.100.9:8080"
func envoy(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) < 40 || m[0] != '[' || m[5] != '-' {
		return false
	}
	var c civil
	n := readISO(m[1:], &c)
	if n == 0 {
		return false
	}
	rest, ok := after(m[1+n:], `] "`)
	if !ok {
		return false
	}
	request, rest := quoted(rest)
	status, rest := word(skipBlanks(rest))
	flags, rest := word(skipBlanks(rest))
	received, rest := word(skipBlanks(rest))
	if !digits(received) { // details, termination details, "upstream failure"
		_, rest = word(skipBlanks(rest))
		if rest, ok = after(skipBlanks(rest), `"`); !ok {
			return false
		}
		_, rest = quoted(rest)
		received, rest = word(skipBlanks(rest))
	}
	sent, rest := word(skipBlanks(rest))
	took, rest := word(skipBlanks(rest))
	if !digits(status) || !digits(received) || !digits(sent) {
		return false
	}
	_, rest = word(skipBlanks(rest)) // the upstream's time
	(&class{"web.access", "envoy", "http_request", "", "web", [3]string{"access"}}).set(b)
	if !h.stamp.has {
		h.stamp = c
	}
	p.setRequest(b, request)
	setStatus(b, status)
	setNum(b, event.HTTPRequestBodyBytes, received)
	setNum(b, event.HTTPResponseBodyBytes, sent)
	setLasted(b, took, 1e6)
	if string(flags) != "-" {
		b.Set(event.EventReason, flags)
	}
	var v [5][]byte // X-Forwarded-For, user agent, request id, authority, upstream
	for i := range v {
		if rest, ok = after(skipBlanks(rest), `"`); !ok {
			break
		}
		v[i], rest = quoted(rest)
	}
	if !nothing(v[1]) {
		b.Set(event.UserAgentOriginal, v[1])
	}
	if !nothing(v[3]) {
		b.Set(event.URLDomain, v[3])
	}
	setHostPort(b, &dst, v[4])
	for range 4 { // cluster, two local addresses, the client's
		v[1], rest = word(skipBlanks(rest))
	}
	if e := (event.Event{Batch: b, Row: b.Rows()}); len(v[1]) > 0 {
		setHostPort(b, &src, v[1])
	} else if !e.Present(event.SourceIP) && !nothing(v[0]) {
		setClient(b, v[0])
	}
	return true
}
