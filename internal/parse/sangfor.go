package parse

import "watchpost/internal/event"

// sangforFW is what Sangfor's firewalls (NGAF, Network Secure) call things, in English and in Chinese.
var sangforFW = product{"sangfor.ngaf", "sangfor", "Sangfor", "NGAF", "firewall", map[string]target{
	"Log type": {fact: fType, how: keep}, "Log Type": {fact: fType, how: keep}, "日志类型": {fact: fType, how: keep}, "policy name": {field: event.RuleName}, "Policy Name": {field: event.RuleName}, "策略名称": {field: event.RuleName}, "rule ID": {field: event.RuleID}, "Rule ID": {field: event.RuleID}, "规则ID": {field: event.RuleID},
	"src IP": {how: srcAddr}, "Src IP": {how: srcAddr}, "Source IP": {how: srcAddr}, "源IP": {how: srcAddr}, "src port": {field: event.SourcePort}, "Src Port": {field: event.SourcePort}, "Source Port": {field: event.SourcePort}, "源端口": {field: event.SourcePort},
	"dst IP": {how: dstAddr}, "Dst IP": {how: dstAddr}, "Destination IP": {how: dstAddr}, "目的IP": {how: dstAddr}, "dst port": {field: event.DestinationPort}, "Dst Port": {field: event.DestinationPort}, "Destination Port": {field: event.DestinationPort}, "目的端口": {field: event.DestinationPort},
	"protocol": {how: transport}, "Protocol": {how: transport}, "协议": {how: transport}, "attack type": {field: event.RuleCategory}, "Attack Type": {field: event.RuleCategory}, "攻击类型": {field: event.RuleCategory}, "threat level": {field: event.LogLevel}, "Threat Level": {field: event.LogLevel}, "severity": {field: event.LogLevel}, "严重级别": {field: event.LogLevel}, "威胁等级": {field: event.LogLevel},
	"action": {fact: fAction, how: keep}, "Action": {fact: fAction, how: keep}, "系统动作": {fact: fAction, how: keep}, "动作": {fact: fAction, how: keep}, "URL": {how: urlText}, "url": {how: urlText}, "URL/directory": {how: urlText}, "user": {fact: fUser, how: keep}, "User": {fact: fUser, how: keep}, "用户": {fact: fUser, how: keep}, "用户名": {fact: fUser, how: keep}, "Username/Host": {fact: fUser, how: keep}, "用户名/主机": {fact: fUser, how: keep},
	"application": {field: event.NetworkApplication, how: known}, "App Category": {field: event.NetworkApplication, how: known}, "应用名称": {field: event.NetworkApplication, how: known}, "应用类型": {how: skip}, "Outbound(B)": {field: event.SourceBytes}, "Inbound(B)": {field: event.DestinationBytes}, "Bidirectional(B)": {field: event.NetworkBytes},
	"Host IP": {how: srcAddr}, "IP Address": {how: srcAddr}, "主机IP": {how: srcAddr}, "IP地址": {how: srcAddr}, "Operation": {fact: fSub, how: keep}, "操作类型": {fact: fSub, how: keep}, "Object": {fact: fPart, how: keep}, "操作对象": {fact: fPart, how: keep}, "Description": {fact: fReason, how: keep}, "描述": {fact: fReason, how: keep},
}, sangforSays}

// sangfor reads "Log type: APT detection, policy name:default, src IP: 192.0.2.7, src port:51234, dst IP: 198.51.100.9, dst port: 53, attack type: Botnet, action:Denied".
func sangfor(p *Parser, b *event.Batch, h *header, m []byte) bool {
	m = skipBlanks(m)
	if !hasPrefix(m, "Log type:") && !hasPrefix(m, "Log Type:") && !hasPrefix(m, "日志类型:") {
		return false
	}
	r := p.read(b, h, &sangforFW)
	r.begin()
	r.divided(m, ", ", ":")
	r.end()
	return true
}

// sangforKinds are the types of logs by what their names hold: action, category, type.
var sangforKinds = [...]struct{ word, chinese, action, category, typ string }{
	{"APT", "僵尸网络", "ids_alert", "intrusion_detection", "info"},
	{"IPS", "漏洞攻击", "ids_alert", "intrusion_detection", "info"},
	{"DOS", "DOS攻击", "ids_alert", "intrusion_detection", "info"},
	{"WAF", "WEB应用防护", "waf_alert", "web", "info"},
	{"WEB APP", "网站攻击", "waf_alert", "web", "info"},
	{"VIRUS", "病毒", "virus_detected", "malware", "info"},
	{"URL", "网站访问", "url-access", "web", "access"},
	{"WEBSITE", "上网", "url-access", "web", "access"},
	{"TRAFFIC", "流量审计", "flow", netw, "connection"},
	{"CONTROL", "控制", "firewall-rule", netw, "connection"},
	{"NAT", "地址转换", "nat", netw, "connection"},
	{"VPN", "VPN", "vpn", netw, "info"},
}

func sangforSays(r *reading) {
	b := r.b
	kind := r.fact[fType]
	b.Set(event.EventProvider, kind)
	if v := r.fact[fUser]; isIP(v) && !r.event().Present(event.SourceIP) {
		setAddr(b, &src, v)
	} else if !isIP(v) {
		if n := len(v); n > 2 && v[0] == '(' && v[n-1] == ')' {
			v = v[1 : n-1]
		}
		if !nothing(v) {
			b.Set(event.UserName, v)
		}
	}
	switch verdict := r.fact[fAction]; string(verdict) {
	case "拒绝", "阻断":
		r.judge(bytesOf("denied"))
	case "允许", "放行":
		r.judge(bytesOf("allowed"))
	default:
		r.judge(verdict)
	}
	if op := r.fact[fSub]; len(op) > 0 { // what an administrator did
		r.sangforOperation(op)
		return
	}
	for i := range sangforKinds {
		k := &sangforKinds[i]
		if hasFold(kind, k.word) || index(kind, k.chinese) >= 0 {
			r.say(k.action, k.category, k.typ)
			return
		}
	}
	r.say("", "host", "info")
}

func (r *reading) sangforOperation(op []byte) {
	b := r.b
	b.Set(event.EventReason, r.fact[fReason])
	failed := hasFold(r.fact[fReason], "FAIL") || index(r.fact[fReason], "失败") >= 0
	if hasFold(op, "LOGIN") || hasFold(op, "LOG IN") || index(op, "登录") >= 0 {
		r.say(login, authn, "start")
	} else if hasFold(op, "LOGOUT") || hasFold(op, "LOG OUT") || index(op, "注销") >= 0 {
		r.say("logout", authn, "end")
	} else {
		r.say("configuration", "configuration", "change")
	}
	if failed {
		b.SetString(event.EventOutcome, failure)
	} else if hasFold(r.fact[fReason], "SUCC") || index(r.fact[fReason], "成功") >= 0 {
		b.SetString(event.EventOutcome, success)
	}
}
