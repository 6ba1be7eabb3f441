package parse

import "watchpost/internal/event"

// zeekColumns are the columns of a log of Zeek as Zeek writes it unless told otherwise; "" is not kept. Which log a line is of stands
// in the file's head, which does not come with the line, so isZeek tells by what the columns hold.
type zeekColumns struct {
	log, action, category, kind string
	at                          []zeekColumn
}

type zeekColumn struct {
	n int
	f event.Field
}

const zeekWidth = 32

var zeekTables = [...]zeekColumns{
	{"zeek.connection", "flow", netw, "connection",
		[]zeekColumn{{6, event.NetworkTransport}, {7, event.NetworkProtocol}, {8, event.EventDuration}, {9, event.SourceBytes}, {10, event.DestinationBytes}, {16, event.SourcePackets}, {17, event.SourceBytes}, {18, event.DestinationPackets}, {19, event.DestinationBytes}}},
	{"zeek.dns", "dns_query", netw, "protocol",
		[]zeekColumn{{6, event.NetworkTransport}, {7, event.DNSID}, {8, event.EventDuration}, {9, event.DNSQuestionName}, {13, event.DNSQuestionType}, {15, event.DNSResponseCode}, {21, event.DNSAnswers}}},
	{"zeek.http", "http_request", "web", "access",
		[]zeekColumn{{7, event.HTTPRequestMethod}, {8, event.URLDomain}, {9, event.URLOriginal}, {10, event.HTTPRequestReferrer}, {11, event.HTTPVersion}, {12, event.UserAgentOriginal},
			{14, event.HTTPRequestBodyBytes}, {15, event.HTTPResponseBodyBytes}, {16, event.HTTPResponseStatusCode}}},
	{"zeek.ssl", "tls", netw, "protocol",
		[]zeekColumn{{6, event.TLSVersion}, {7, event.TLSCipher}, {9, event.TLSClientServerName}}},
	{"zeek.ftp", "ftp", netw, "protocol",
		[]zeekColumn{{6, event.UserName}, {8, event.EventCode}, {11, event.FileSize}, {13, event.EventReason}}},
	{"zeek.kerberos", "kerberos", netw, "protocol",
		[]zeekColumn{{7, event.UserName}, {8, event.ServiceName}, {10, event.EventReason}}},
	{"zeek.ntlm", "ntlm", netw, "protocol",
		[]zeekColumn{{6, event.UserName}, {7, event.SourceDomain}, {8, event.UserDomain}, {10, event.DestinationDomain}}},
	{"zeek.smtp", "smtp", "email", "info",
		[]zeekColumn{{7, event.SourceDomain}, {24, event.UserAgentOriginal}}},
	{"zeek.ssh", "ssh", netw, "protocol",
		[]zeekColumn{{9, event.NetworkDirection}, {10, event.UserAgentOriginal}}},
	{"zeek.rdp", "rdp", netw, "protocol",
		[]zeekColumn{{6, event.UserName}, {7, event.EventReason}, {11, event.SourceDomain}}},
	{"zeek.smb_files", "file", "file", "access",
		[]zeekColumn{{7, event.EventAction}, {8, event.FileDirectory}, {9, event.FileName}, {10, event.FileSize}}},
	{"zeek.notice", "ids_alert", "intrusion_detection", "info",
		[]zeekColumn{{10, event.RuleName}, {11, event.Message}, {11, event.RuleDescription}, {12, event.EventReason}}},
	{"zeek.weird", "anomaly", netw, "info",
		[]zeekColumn{{6, event.RuleName}}},
	{"zeek.log", "", netw, "info", nil},
}

// isZeek says whether the n columns v are of a log.
func isZeek(log string, v *[zeekWidth][]byte, n int) bool {
	switch log {
	case "zeek.connection":
		return n >= 20 && isTransport(v[6]) && isConnState(v[11])
	case "zeek.dns":
		return n >= 22 && isTransport(v[6]) && digits(v[7])
	case "zeek.http":
		return n >= 16 && digits(v[6]) && isMethod(v[7])
	case "zeek.ssl":
		return n >= 12 && (hasPrefix(v[6], "TLSv") || hasPrefix(v[6], "SSLv") || hasPrefix(v[6], "DTLSv"))
	case "zeek.ftp":
		return n >= 14 && isFTP(v[8])
	case "zeek.kerberos":
		return n >= 14 && (string(v[6]) == "AS" || string(v[6]) == "TGS")
	case "zeek.ntlm":
		return n == 13 && (string(v[12]) == "T" || string(v[12]) == "F" || string(v[12]) == "-")
	case "zeek.smtp":
		return n >= 20 && digits(v[6]) && (index(v[8], "@") > 0 || index(v[9], "@") > 0 || index(v[11], "@") > 0)
	case "zeek.ssh":
		return n >= 12 && hasPrefix(v[10], "SSH-") || n >= 12 && hasPrefix(v[11], "SSH-")
	case "zeek.rdp":
		return n >= 9 && isRDP(v[8])
	case "zeek.smb_files":
		return n >= 11 && hasPrefix(v[7], "SMB::")
	case "zeek.notice":
		return n >= 14 && index(v[10], "::") > 0
	case "zeek.weird":
		return n >= 9 && n <= 11 && len(v[8]) == 1
	}
	return true
}

func isTransport(s []byte) bool {
	switch string(s) {
	case "tcp", "udp", "icmp", "unknown_transport":
		return true
	}
	return false
}

func isConnState(s []byte) bool {
	switch string(s) {
	case "S0", "S1", "S2", "S3", "SF", "REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH":
		return true
	}
	return false
}

func isRDP(s []byte) bool {
	switch string(s) {
	case "HYBRID", "HYBRID_EX", "TLS", "RDP", "RDSTLS", "SSL":
		return true
	}
	return false
}

// zeekTSV reads a line of a log of Zeek in columns divided by tabs: time, id, and the ends of the connection come first in all that are read.
func zeekTSV(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) < 40 || !digit(m[0]) || m[10] != '.' {
		return false
	}
	var v [zeekWidth][]byte
	n := 0
	for s := m; n < len(v) && s != nil; n++ {
		v[n], s, _ = cut(s, "\t")
	}
	if n > 15 && len(v[1]) > 8 && v[1][0] == 'F' {
		return zeekFile(p, b, h, &v, n)
	}
	if n < 8 || len(v[1]) < 2 || v[1][0] != 'C' && v[1][0] != '-' || !isIP(v[2]) || !digits(v[3]) || !isIP(v[4]) || !digits(v[5]) {
		return false
	}
	at, ok := epoch(v[0])
	if !ok {
		return false
	}
	for i := range zeekTables {
		t := &zeekTables[i]
		if !isZeek(t.log, &v, n) {
			continue
		}
		(&class{t.log, "zeek", t.action, "", t.category, [3]string{t.kind}}).set(b)
		setAddr(b, &src, v[2])
		setPort(b, event.SourcePort, v[3])
		setAddr(b, &dst, v[4])
		setPort(b, event.DestinationPort, v[5])
		b.Label([]byte("uid"), v[1])
		for _, c := range t.at {
			if c.n < n && string(v[c.n]) != "-" && string(v[c.n]) != "(empty)" {
				p.setColumn(b, c.f, v[c.n])
			}
		}
		switch t.log {
		case "zeek.connection":
			b.Label([]byte("conn_state"), v[11])
			zeekState(b, view(v[11]))
		case "zeek.ftp":
			p.zeekFTP(b, v[9])
		case "zeek.ssh":
			zeekLogin(b, "zeek.ssh", v[7])
		case "zeek.kerberos":
			zeekLogin(b, "zeek.kerberos", v[9])
		case "zeek.ntlm":
			zeekLogin(b, "zeek.ntlm", v[12])
		case "zeek.smtp":
			setMail(b, event.EmailFromAddress, v[8])
			setMail(b, event.EmailToAddress, v[9])
			if n > 16 {
				b.Set(event.EmailSubject, v[16])
			}
		}
		p.zeekForm(b, t.log)
		break
	}
	if !h.stamp.has {
		h.stamp = civilOf(at)
	}
	return true
}

// zeekLogin tells of an attempt to log in, where Zeek knows how it went.
func zeekLogin(b *event.Batch, log string, ok []byte) {
	switch string(ok) {
	case "T":
		(&class{log, "zeek", login, success, authn, [3]string{"start"}}).set(b)
	case "F":
		(&class{log, "zeek", login, failure, authn, [3]string{"start"}}).set(b)
	}
}

// setColumn sets a field from a column.
func (p *Parser) setColumn(b *event.Batch, f event.Field, v []byte) {
	switch in := f.Info(); {
	case f == event.NetworkDirection:
		setFlowDirection(b, v)
	case f == event.TLSVersion:
		b.Set(f, tlsVersion(v))
	case f == event.URLOriginal:
		p.setTarget(b, v)
	case f == event.HTTPResponseStatusCode:
		setStatus(b, v)
	case f == event.EventDuration:
		setSeconds(b, v)
	case (f == event.FileName || f == event.FileDirectory) && index(v, `\\`) >= 0: // as Zeek's columns have a backslash
		p.val = halved(p.val[:0], v)
		b.Set(f, p.val)
	case in.Kind == event.List:
		for s := v; len(s) > 0; {
			v, s, _ = cut(s, ",")
			if !b.Add(f, v) {
				return
			}
		}
	case in.Kind == event.Int:
		setNum(b, f, v)
	default:
		b.Set(f, v)
	}
}

func isFTP(s []byte) bool {
	switch string(s) {
	case "RETR", "STOR", "STOU", "APPE", "DELE", "LIST", "NLST", "PORT", "PASV", "EPRT", "EPSV", "USER", "PASS", "ACCT", "<init>":
		return true
	}
	return false
}

// zeekFile reads files.log, of before Zeek 5 with lists of hosts, and later with the ends of a connection.
func zeekFile(p *Parser, b *event.Batch, h *header, v *[zeekWidth][]byte, n int) bool {
	at, ok := epoch(v[0])
	if !ok {
		return false
	}
	from := 5 // of the column source
	uid := v[4]
	switch {
	case isIP(v[3]) && digits(v[4]) && isIP(v[5]) && digits(v[6]):
		from, uid = 7, v[2]
		setAddr(b, &src, v[3])
		setPort(b, event.SourcePort, v[4])
		setAddr(b, &dst, v[5])
		setPort(b, event.DestinationPort, v[6])
	case isIP(v[2]) || string(v[2]) == "-" || index(v[2], ",") > 0: // who sent it and who got it
		tx, _, _ := cut(v[2], ",")
		rx, _, _ := cut(v[3], ",")
		if isIP(tx) {
			setAddr(b, &src, tx)
		}
		if isIP(rx) {
			setAddr(b, &dst, rx)
		}
	default:
		return false
	}
	(&class{"zeek.files", "zeek", "file", "", "file", [3]string{"info"}}).set(b)
	b.Label([]byte("uid"), uid)
	b.Label([]byte("fuid"), v[1])
	for _, c := range [...]zeekColumn{{0, event.NetworkProtocol}, {4, event.FileName}, {8, event.FileSize}, {14, event.FileHashMd5}, {15, event.FileHashSha1}, {16, event.FileHashSha256}} {
		if i := from + c.n; i < n && !nothing(v[i]) && string(v[i]) != "(empty)" {
			p.setColumn(b, c.f, v[i])
		}
	}
	p.zeekForm(b, "zeek.files")
	if !h.stamp.has {
		h.stamp = civilOf(at)
	}
	return true
}

// setFileHead reads a line of a file's head.
func setFileHead(b *event.Batch, s []byte) bool {
	dataset := fileHead(s)
	if dataset == "" {
		return false
	}
	b.SetString(event.EventKind, "event")
	b.SetString(event.EventDataset, dataset)
	b.SetString(event.EventAction, "file_head")
	b.Set(event.Message, s)
	return true
}

// fileHead gives the data set of the lines with which Zeek, Exchange, and IIS and those who write as it does begin and end a file; they tell of no event.
func fileHead(s []byte) string {
	if hasPrefix(s, "version account-id ") && index(s, "interface-id") > 0 {
		return "aws.vpcflow"
	}
	if len(s) < 6 || s[0] != '#' {
		return ""
	}
	for _, w := range [...]string{"#separator ", "#set_separator\t", "#empty_field\t", "#unset_field\t", "#path\t", "#open\t", "#close\t", "#fields\t", "#types\t"} {
		if hasPrefix(s, w) {
			return "zeek.log"
		}
	}
	if hasPrefix(s, "#Log-type: ") || hasPrefix(s, "#Software: Microsoft Exchange") || hasPrefix(s, "#Fields: date-time,") || hasPrefix(s, "#Fields: DateTime,") {
		return "microsoft_exchange_server.log"
	}
	for _, w := range [...]string{"#Software: ", "#Version: ", "#Date: ", "#Start-Date: ", "#End-Date: ", "#Fields: ", "#Remark: ", "#System: ", "#GMT-Offset: "} {
		if hasPrefix(s, w) {
			return "web.access"
		}
	}
	return ""
}
