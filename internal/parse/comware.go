package parse

import "watchpost/internal/event"

// comware reads switches and routers of Huawei and of H3C, whose tag is %%<version><module>/<severity>/<mnemonic>:
//
//	%%01SSH/4/SSH_FAIL(l)[12]:Failed to log in through SSH. (IP=192.0.2.9, …, UserName=admin, …, FailedReason=…)
//	%%10SHELL/5/SHELL_LOGIN: admin logged in from 192.0.2.9.
func comware(b *event.Batch, h *header, m []byte) bool {
	tag, _ := after(h.app, "%%")
	if len(tag) < 6 || !digits(tag[:2]) {
		return false
	}
	module, rest, ok := cut(tag[2:], "/")
	level, code, ok2 := cut(rest, "/")
	if !ok || !ok2 || len(level) != 1 || level[0]-'0' > 7 {
		return false
	}
	code, _, _ = cut(code, "(")
	vendor, dataset := "H3C", "h3c.comware"
	if string(tag[:2]) == "01" {
		vendor, dataset = "Huawei", "huawei.vrp"
	}
	c := class{dataset: dataset, module: dataset[:len(vendor)], category: "host", types: [3]string{"info"}}
	var found captures
	for i := range comwareShapes {
		s := &comwareShapes[i]
		if found.n = 0; found.match(s.pattern, m) {
			c.action, c.outcome = s.action, s.outcome
			c.category, c.types[0] = actionClass(s.action)
			break
		}
		found.n = 0
	}
	if index(m, "source-ip=") >= 0 && index(m, "destination-ip=") > 0 {
		c.action, c.outcome, c.category, c.types[0] = fw, "", netw, "connection"
		usgFlow(b, m)
		switch {
		case hasPrefix(code, "POLICYPERMIT"):
			c.outcome, c.types[1] = success, "allowed"
		case hasPrefix(code, "POLICYDENY"):
			c.outcome, c.types[1] = failure, "denied"
		case hasPrefix(code, "SESSION_TEARDOWN"), hasPrefix(code, "SESSTEARDOWN"):
			c.types[1] = "end"
		}
	}
	c.set(b)
	b.Unset(event.ProcessName) // the tag names no program
	b.Unset(event.ProcessPID)  // and [12] counts messages
	b.SetString(event.ObserverVendor, vendor)
	b.Set(event.ObserverName, h.host)
	b.Set(event.EventProvider, module)
	b.Set(event.EventCode, code)
	b.SetInt(event.EventSeverity, int64(level[0]-'0'))
	found.set(b)
	return true
}

// usgFlow reads what a policy of a USG let through or not: "vsys=public, protocol=6, source-ip=192.0.2.7, source-port=51234, …".
func usgFlow(b *event.Batch, m []byte) {
	for len(m) > 0 {
		var one []byte
		one, m, _ = cut(m, ", ")
		key, v, ok := cut(one, "=")
		for n := len(v); n > 0 && v[n-1] == '.'; n-- {
			v = v[:n-1]
		}
		if !ok || len(v) == 0 {
			continue
		}
		switch string(trimBlanks(key)) {
		case "protocol":
			setTransport(b, v)
		case "source-ip":
			setAddr(b, &src, v)
		case "destination-ip":
			setAddr(b, &dst, v)
		case "source-port":
			setPort(b, event.SourcePort, v)
		case "destination-port":
			setPort(b, event.DestinationPort, v)
		case "source-zone":
			b.Set(event.ObserverIngressZone, v)
		case "destination-zone":
			b.Set(event.ObserverEgressZone, v)
		case "source-nat-ip":
			setNATAddr(b, event.SourceNATIP, v)
		case "source-nat-port":
			setNATPort(b, event.SourceNATPort, v)
		case "destination-nat-ip":
			setNATAddr(b, event.DestinationNATIP, v)
		case "destination-nat-port":
			setNATPort(b, event.DestinationNATPort, v)
		case "application-name":
			b.Set(event.NetworkApplication, v)
		case "rule-name":
			b.Set(event.RuleName, v)
		case "user-name":
			setAccount(b, event.UserName, v)
		}
	}
}

var comwareShapes = [...]nameShape{
	{"{x}(IP={ip}, VpnInstanceName={x}, UserName={user}, Times={x}, FailedReason={reason})", login, failure},
	{"{x}ailed to log{x}(UserType={x}, UserName={user}, {x}Ip={ip}, ", login, failure},
	{"{x}ailed to log{x}(User={user}, IP={ip},", login, failure},
	{"The user succeeded in logging in to {x}. (UserType={x}, UserName={user}, {x}Ip={ip}, ", login, success},
	{"{x}ucceeded in logging in{x}(UserType={x}, UserName={user}, {x}Ip={ip}, ", login, success},
	{"{x}he user {x}(UserName={user}, IP={ip}, ", login, ""},
	{"Recorded command information. (Task={x}, Ip={ip}, VpnName={x}, User={user}, {x}Command=\"{cmd}\"", "command", success},
	{"Recorded command information. (Task={x}, Ip={ip}, {x}User={user}, {x}Command={cmd}", "command", success},
	{"-Task={x}-IPAddr={ip}-User={user}; Command is {cmd}", "command", success},
	{"-IPAddr={ip}-User={user}; Command is {cmd}", "command", success},
	{"{user} logged in from {ip}.", login, success},
	{"{user} logged in from {ip}", login, success},
	{"{user} logged out from {ip}", "logout", ""},
	{"{user} failed to log in from {ip}", login, failure},
	{"Authentication failed for {user} from {ip} port {sport} because of {reason}", login, failure},
	{"Authentication failed for user {user} from {ip} because of {reason}", login, failure},
	{"Failed password for {user} from {ip} port {sport} ", login, failure},
	{"User {user} (IP: {ip}) connected to the server successfully", login, success},
	{"Physical state on the interface {iif} changed to {reason}.", "interface", ""},
	{"Line protocol state on the interface {iif} changed to {reason}.", "interface", ""},
	{"Interface {iif} has turned into {reason} state", "interface", ""},
	{"The line protocol IP on the interface {iif} has entered the {reason} state", "interface", ""},
	{"{x}VTY logged in from {ip}", login, success},
}
