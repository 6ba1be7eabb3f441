package parse

import (
	"strconv"

	"watchpost/internal/event"
)

// flowLists reads lines that are columns of another kind: AWS' flows, Windows' DHCP server, Kubernetes' components.
func flowLists(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) < 24 {
		return false
	}
	switch c := m[0]; {
	case c == '"':
		return umbrella(p, b, h, m)
	case digit(c):
		return zeekTSV(p, b, h, m) || vpcFlow(b, h, m) || vpcColumns(b, h, m) || windowsDHCP(b, h, m)
	case hasPrefix(m, "eni-"), hasPrefix(m, "vpc-"), hasPrefix(m, "subnet-"), hasPrefix(m, "i-"), hasPrefix(m, "ACCEPT "), hasPrefix(m, "REJECT "):
		return vpcColumns(b, h, m)
	case c == 'I' || c == 'W' || c == 'E' || c == 'F':
		return klog(b, h, m)
	}
	return false
}

// vpcFlow reads version 2 of AWS' flow logs, and later ones that keep its columns in front:
//
//	2 123456789012 eni-0a1b 192.0.2.7 198.51.100.9 51234 22 6 20 4249 1795457655 1795457715 REJECT OK
func vpcFlow(b *event.Batch, h *header, m []byte) bool {
	if m[1] != ' ' || index(m[:min(len(m), 48)], " eni-") < 0 {
		return false
	}
	if hasSuffix(m, "NODATA") || hasSuffix(m, "SKIPDATA") {
		return vpcNothing(b, h, m)
	}
	var v [14][]byte
	s := m
	for i := range v {
		v[i], s = word(s)
	}
	if !digits(v[1]) || !isIP(v[3]) || !isIP(v[4]) || !digits(v[10]) {
		return false
	}
	(&class{"aws.vpcflow", "aws", "flow", "", netw, [3]string{"connection"}}).set(b)
	switch string(v[12]) {
	case "ACCEPT":
		b.AddString(event.EventType, "allowed")
		b.SetString(event.EventOutcome, success)
	case "REJECT":
		b.AddString(event.EventType, "denied")
		b.SetString(event.EventOutcome, failure)
	}
	b.Label([]byte("cloud.provider"), []byte("aws"))
	b.Label([]byte("cloud.account.id"), v[1])
	b.Set(event.ObserverIngressInterfaceName, v[2])
	setAddr(b, &src, v[3])
	setAddr(b, &dst, v[4])
	setPort(b, event.SourcePort, v[5])
	setPort(b, event.DestinationPort, v[6])
	setTransport(b, v[7])
	setNum(b, event.NetworkPackets, v[8])
	setNum(b, event.NetworkBytes, v[9])
	setNum(b, event.SourcePackets, v[8])
	setNum(b, event.SourceBytes, v[9])
	vpcTimes(b, h, v[10], v[11])
	return true
}

// vpcColumns reads AWS' flow logs whose columns somebody chose, by what they hold: the first two addresses side by side are the ends, the two numbers behind
// them the ports, or each has its port behind it, and of two counts that stand together the larger one is that of bytes.
//
//	3 vpc-1 subnet-1 i-1 eni-1 123456789012 IPv4 192.0.2.7 10.0.0.62 43416 5001 192.0.2.7 10.0.0.62 6 568 8 1795457655 1795457715 ACCEPT 2 OK
func vpcColumns(b *event.Batch, h *header, m []byte) bool {
	if index(m, " ACCEPT") < 0 && index(m, " REJECT") < 0 || index(m, "eni-") < 0 && index(m, "vpc-") < 0 && index(m, "subnet-") < 0 || len(m) > 1024 {
		return false
	}
	var v [48][]byte
	n := 0
	for s := m; n < len(v); n++ {
		if v[n], s = word(s); len(v[n]) == 0 {
			break
		}
	}
	at, to, port := 0, 0, 0
	for ; at+3 < n && to == 0; at++ {
		switch {
		case !isIP(v[at]):
		case isIP(v[at+1]) && digits(v[at+2]) && digits(v[at+3]):
			to, port = at+1, at+2
		case digits(v[at+1]) && isIP(v[at+2]) && digits(v[at+3]): // each end with its port
			to, port = at+2, at+1
		}
	}
	if at--; to == 0 {
		return false
	}
	(&class{"aws.vpcflow", "aws", "flow", "", netw, [3]string{"connection"}}).set(b)
	b.Label([]byte("cloud.provider"), []byte("aws"))
	setAddr(b, &src, v[at])
	setAddr(b, &dst, v[to])
	setPort(b, event.SourcePort, v[port])
	setPort(b, event.DestinationPort, v[at+3])
	i := at + 4
	for i < n && isIP(v[i]) { // of the packet, where something translates in between
		i++
	}
	if i+2 < n && digits(v[i]) && len(v[i]) <= 3 {
		setTransport(b, v[i])
		one, ok := number(v[i+1])
		two, ok2 := number(v[i+2])
		if ok && ok2 {
			b.SetInt(event.NetworkBytes, max(one, two))
			b.SetInt(event.NetworkPackets, min(one, two))
			b.SetInt(event.SourceBytes, max(one, two))
			b.SetInt(event.SourcePackets, min(one, two))
		}
	}
	for k, s := range v[:n] {
		switch {
		case string(s) == "ACCEPT":
			b.AddString(event.EventType, "allowed")
			b.SetString(event.EventOutcome, success)
		case string(s) == "REJECT":
			b.AddString(event.EventType, "denied")
			b.SetString(event.EventOutcome, failure)
		case hasPrefix(s, "eni-"):
			b.Set(event.ObserverIngressInterfaceName, s)
		case hasPrefix(s, "vpc-"):
			b.Set(event.NetworkName, s)
		case hasPrefix(s, "i-") && len(s) > 9:
			b.Set(event.HostID, s)
		case len(s) == 12 && digits(s):
			b.Label([]byte("cloud.account.id"), s)
		case len(s) == 10 && digits(s) && k+1 < n && len(v[k+1]) == 10 && digits(v[k+1]):
			vpcTimes(b, h, s, v[k+1])
		case string(s) == "ingress":
			b.SetString(event.NetworkDirection, "ingress")
		case string(s) == "egress":
			b.SetString(event.NetworkDirection, "egress")
		}
	}
	return true
}

// vpcTimes sets when the flow began and ended; the end is the record's time.
func vpcTimes(b *event.Batch, h *header, start, end []byte) {
	if at, ok := epoch(start); ok {
		b.SetInt(event.EventStart, at)
	}
	if at, ok := epoch(end); ok {
		if b.SetInt(event.EventEnd, at); !h.stamp.has {
			h.stamp = civilOf(at)
		}
	}
}

// vpcNothing reads what says that there was no flow, or that flows were left out.
func vpcNothing(b *event.Batch, h *header, m []byte) bool {
	var v [14][]byte
	s := m
	for i := range v {
		v[i], s = word(s)
	}
	if !digits(v[1]) || !digits(v[10]) || !digits(v[11]) {
		return false
	}
	(&class{"aws.vpcflow", "aws", "flow", "", netw, [3]string{"info"}}).set(b)
	b.Label([]byte("cloud.provider"), []byte("aws"))
	b.Label([]byte("cloud.account.id"), v[1])
	b.Set(event.ObserverIngressInterfaceName, v[2])
	b.Set(event.EventReason, v[13])
	vpcTimes(b, h, v[10], v[11])
	return true
}

// windowsDHCP reads a line of the DHCP server's own list:
//
//	10,11/23/26,18:14:15,Assign,192.0.2.70,pc7.example.org,00005E005301,,3251283948,0,,,
func windowsDHCP(b *event.Batch, h *header, m []byte) bool {
	id, _, ok := cut(m, ",")
	if !ok || len(id) > 5 || !digits(id) {
		return false
	}
	c := columns{m}
	var v [10][]byte
	c.take(v[:])
	if len(v[1]) != 8 || v[1][2] != '/' || v[1][5] != '/' || len(v[2]) != 8 || len(v[4]) > 0 && !isIP(v[4]) {
		return false
	}
	mo, ok1 := two(v[1])
	d, ok2 := two(v[1][3:])
	y, ok3 := two(v[1][6:])
	stamp := civil{year: 2000 + int32(y), month: mo, day: d, hasYear: true}
	if !ok1 || !ok2 || !ok3 || readTime(v[2], &stamp) == 0 || !stamp.valid() {
		return false
	}
	stamp.has = true
	k := class{"dhcp.log", "windows_dhcp", "dhcp", "", netw, [3]string{"info"}}
	switch string(id) {
	case "10", "11", "20", "21":
		k.action, k.outcome = "dhcp_lease", success
	case "12", "16", "17", "18", "23":
		k.action = "dhcp_release"
	case "13":
		k.action, k.outcome = "dhcp_decline", failure
	case "14", "22":
		k.action, k.outcome = "dhcp_lease", failure
	case "15":
		k.action, k.outcome = "dhcp_nak", failure
	case "30", "32":
		k.action = "dns_update"
	case "31", "34", "35":
		k.action, k.outcome = "dns_update", failure
	case "11000":
		k.action = "dhcp_discover"
	case "11001":
		k.action = "dhcp_offer"
	case "11002", "11003", "11004", "11005":
		k.action = "dhcp_request"
	case "11006":
		k.action, k.outcome = "dhcp_decline", failure
	case "11007":
		k.action = "dhcp_release"
	case "11008":
		k.action = "dhcp_inform"
	}
	k.set(b)
	b.Set(event.EventCode, id)
	b.Set(event.EventReason, v[3])
	if string(id) == "30" { // the name in in-addr.arpa that is asked for
		b.Label([]byte("dhcp.reverse_address"), v[4])
	} else {
		setAddr(b, &src, v[4])
	}
	b.Set(event.SourceDomain, v[5])
	if len(id) == 5 { // of IPv6: error, length and bytes of the DUID, user
		b.Set(event.UserName, v[9])
	} else {
		b.Set(event.SourceMAC, v[6])
		b.Set(event.UserName, v[7])
	}
	if !h.stamp.has {
		h.stamp = stamp
	}
	return true
}

// klog reads what Kubernetes' components log: "E1123 18:14:15.123456    7 pod_workers.go:1300] text".
func klog(b *event.Batch, h *header, m []byte) bool {
	mo, ok := two(m[1:])
	d, ok2 := two(m[3:])
	c := civil{month: mo, day: d}
	if !ok || !ok2 || m[5] != ' ' || readTime(m[6:], &c) < 10 || !c.valid() {
		return false
	}
	head, text, ok := cut(m, "] ")
	if !ok || len(head) > 160 {
		return false
	}
	_, rest := word(m)
	_, rest = word(rest)
	pid, rest := word(rest)
	origin, _, _ := cut(skipBlanks(rest), "] ")
	if !digits(pid) || index(origin, ":") < 0 {
		return false
	}
	c2 := class{"kubernetes.component", "kubernetes", "", "", "host", [3]string{"info"}}
	level := "info"
	switch m[0] {
	case 'W':
		level = "warning"
	case 'E':
		level = "error"
	case 'F':
		level = "fatal"
	}
	if m[0] == 'E' || m[0] == 'F' {
		c2.types[0] = "error"
	}
	c2.set(b)
	b.SetString(event.LogLevel, level)
	if _, failed, ok := cut(text, ` err="`); ok {
		failed, _ = quoted(failed)
		b.Set(event.EventReason, failed)
	}
	b.Set(event.LogLogger, origin)
	setNum(b, event.ProcessPID, pid)
	b.Set(event.Message, text)
	if !h.stamp.has {
		c.has = true
		h.stamp = c
	}
	return true
}

// setSeconds sets event.duration from seconds with a fraction.
func setSeconds(b *event.Batch, v []byte) {
	if s, err := strconv.ParseFloat(view(v), 64); err == nil && s >= 0 && s < 1e9 {
		b.SetInt(event.EventDuration, int64(s*1e9+0.5)) // 4.036 is a little less as a float
	}
}
