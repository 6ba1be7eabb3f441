package parse

import (
	"encoding/json"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"watchpost/internal/event"
)

func TestHostile(t *testing.T) {
	f := func(name, line string, format Format, fields map[string]string) {
		t.Helper()
		e, _ := row(t, line, format)
		if got := e.Str(event.EventOriginal); got != line[:min(len(line), MaxLine)] {
			t.Errorf("%s: event.original has %d bytes and differs", name, len(got))
		}
		if text := e.AppendJSON(nil, nil); !json.Valid(text) {
			t.Errorf("%s: no JSON", name)
		}
		if strings.HasPrefix(e.Str(event.ErrorMessage), "BUG") {
			t.Errorf("%s: %s", name, e.Str(event.ErrorMessage))
		}
		for field, want := range fields {
			if got := fieldText(e, field); got != want {
				t.Errorf("%s: %s is %q, should be %q", name, field, got, want)
			}
		}
	}
	many := func(n int) string {
		var s strings.Builder
		for i := range n {
			s.WriteString(`,"k` + strconv.Itoa(i) + `":1`)
		}
		return "{" + s.String()[1:] + "}"
	}
	unparsed := map[string]string{"tags": "unparsed", "event.kind": "event"}
	f("empty", "", Auto, unparsed)
	f("blank", " ", Auto, unparsed)
	f("NUL", "\x00", Auto, unparsed)
	f("NULs", strings.Repeat("\x00", 1000), Auto, unparsed)
	f("mark only", "\xef\xbb\xbf", Auto, unparsed)
	f("escape", "<34>Nov 23 18:14:15 web1 app: \x1b[31mred\x1b[0m\u2028\u202e", Auto, map[string]string{"message": "\x1b[31mred\x1b[0m\u2028\u202e"})
	f("NUL within", "<34>Nov 23 18:14:15 web1 app: a\x00b", Auto, map[string]string{"message": "a\x00b"})
	f("invalid UTF-8", "<34>Nov 23 18:14:15 web1 app: \xff\xfe", Auto, map[string]string{"tags": "not_utf8", "host.name": "web1"})
	f("1 MiB", "<34>Nov 23 18:14:15 web1 app: "+strings.Repeat("x", MaxLine-30), Auto, map[string]string{"tags": "", "host.name": "web1"})
	f("1 MiB and a byte", strings.Repeat("x", MaxLine+1), Auto, map[string]string{"tags": "truncated,unparsed"})
	f("10 MiB of JSON", `{"a":"`+strings.Repeat("x", 10<<20)+`"}`, Auto, map[string]string{"tags": "truncated,unparsed", "event.kind": "pipeline_error"})
	f("deep objects", strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000), Auto, map[string]string{"event.kind": "pipeline_error", "tags": "few_fields"})
	f("deep objects cut off", strings.Repeat(`{"a":`, 1_000_000), Auto, map[string]string{"event.kind": "pipeline_error", "tags": "truncated,few_fields,unparsed"})
	f("deep arrays", `{"a":`+strings.Repeat(`[`, 400_000)+strings.Repeat("]", 400_000)+"}", Auto, map[string]string{"event.kind": "event"})
	f("deep arrays without end", `{"a":`+strings.Repeat(`[`, 1_000_000), Auto, map[string]string{"event.kind": "pipeline_error"})
	f("many names", many(80_000), Auto, map[string]string{"event.kind": "pipeline_error", "tags": "few_fields", "k511": "1", "k512": ""})
	f("same name", "{"+strings.TrimSuffix(strings.Repeat(`"a":1,`, 100_000), ",")+"}", Auto, map[string]string{"tags": "few_fields"})
	f("long name", `{"`+strings.Repeat("n", 100_000)+`":1,"b":2}`, Auto, map[string]string{"b": "2"})
	f("many parameters", "<34>1 - h a - - [x@1"+strings.Repeat(` a="1"`, 100_000)+"] m", Auto, map[string]string{"message": "m", "x@1.a": "1"})
	f("many different parameters", "<34>1 - h a - - [x@1"+strings.NewReplacer(`,"`, " ", `":1`, `="1"`, `{"`, " ", "}", "").Replace(many(2000))+"] m", Auto, map[string]string{"message": "m", "tags": "few_fields"})
	f("parameter without end", "<34>1 - h a - - [x@1 a=\"", Auto, map[string]string{"host.name": "h"})
	f("not JSON", "hello", JSON, map[string]string{"event.kind": "pipeline_error", "tags": "unparsed", "message": "hello"})
	f("array", `[{"a":1}]`, JSON, map[string]string{"event.kind": "pipeline_error"})
	f("huge numbers", `{"source":{"port":99999999999999999999},"event":{"risk_score":1e999},"ts":1e300}`, Auto, map[string]string{"source.port": "", "event.kind": "event"})
	f("huge pid", "<34>Nov 23 18:14:15 web1 app[99999999999999999999999]: m", Auto, map[string]string{"process.pid": "", "log.syslog.procid": "99999999999999999999999"})
	f("PRI without end", "<34", Auto, unparsed)
	f("PRI of many digits", "<0000000034>Nov 23 18:14:15 web1 app: m", Auto, map[string]string{"log.syslog.priority": ""})
}

// TestCutOff reads all lines of testdata cut off at many places, as senders and relays do that have a limit.
func TestCutOff(t *testing.T) {
	p, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b event.Batch
	for _, c := range bodyCases(t) {
		for n := len(c.Line) - 1; n >= 0; n -= 1 + n/64 {
			b.Reset()
			p.Line(&b, []byte(c.Line[:n]), received, Auto)
			b.End()
			if got := b.Event(0).Str(event.EventOriginal); got != c.Line[:n] {
				t.Fatalf("event.original of %q is %q", c.Line[:n], got)
			}
		}
	}
}

// lines of the families whose speed is promised.
var fastLines = []struct{ name, line string }{
	{"header3164", "<13>Nov 23 18:14:15 web1 app[4711]: nothing that a parser knows, of a usual length for a line"},
	{"header5424", "<13>1 2026-11-23T18:14:15.123456Z web1.example.com app 4711 ID47 - nothing that a parser knows"},
	{"sshd", "<38>Nov 23 18:14:15 web1 sshd[4711]: Failed password for invalid user alice from 192.0.2.7 port 51234 ssh2"},
	{"asa", `<166>Nov 23 2026 18:14:15 fw1 : %ASA-4-106023: Deny tcp src outside:192.0.2.7/51234 dst inside:198.51.100.1/22 by access-group "outside_in" [0x0, 0x0]`},
	{"fortinet", `<189>date=2026-11-23 time=18:14:15 devname="fgt-1" devid="FG100F0000000001" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" eventtime=1795457655000000000 tz="+0000" srcip=192.0.2.7 srcport=51234 srcintf="wan1" dstip=198.51.100.1 dstport=22 dstintf="lan" proto=6 action="deny" policyid=0 policytype="policy" service="SSH" duration=0 sentbyte=0 rcvdbyte=0 sentpkt=0`},
	{"iptables", "<4>Nov 23 18:14:15 gw1 kernel: [16571.459614] [UFW BLOCK] IN=eth0 OUT= MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=192.0.2.7 DST=198.51.100.1 LEN=40 TOS=0x00 PREC=0x00 TTL=244 ID=1 PROTO=TCP SPT=51234 DPT=22 WINDOW=1024 RES=0x00 SYN URGP=0"},
	{"access", `192.0.2.7 - - [23/Nov/2026:18:14:15 +0100] "GET /a%2fb?x=1 HTTP/1.1" 404 612 "https://www.example.com/" "Mozilla/5.0 (X11; Linux x86_64)"`},
	{"weberror", `2026/11/23 18:14:15 [error] 31#31: *9 open() "/srv/x" failed (2: No such file or directory), client: 192.0.2.7, server: _, request: "GET /x HTTP/1.1", host: "www.example.com"`},
	{"haproxy", `<134>Nov 23 18:14:15 lb1 haproxy[77]: 192.0.2.7:51234 [23/Nov/2026:18:14:15.123] www~ app/app1 0/0/1/20/21 200 612 - - ---- 1/1/0/0/0 0/0 "GET /a?b HTTP/1.1"`},
	{"hillstone", `<190>Nov 23 18:14:15 2800000000000042(root) 44243630 Traffic@FLOW: SESSION: 192.0.2.7:51234->198.51.100.9:443(TCP), application HTTPS, interface ethernet0/1, vr trust-vr, policy 7, user alice@ad, host pc7, mac 0000.0000.0000, send packets 11,send bytes 713,receive packets 7,receive bytes 428,start time 2026-11-23 18:13:15,close time 2026-11-23 18:14:15,session end,TCP RST`},
	{"hillstone threat", `<182>Nov 23 18:14:15 2800000000000042(root) 48089616 Threat@IPS: INFO: From 192.0.2.7:51234(ethernet0/1) to 198.51.100.9:8080(ethernet0/2), threat name: EXAMPLE trojan beacon, threat type: Malware, threat subtype: Trojan, App/Protocol: HTTP, action: drop, defender: IPS, signature ID: 105001, profile: default`},
	{"sangfor", `<134>Nov 23 18:14:15 fw1 fwlog: Log type: APT detection, policy name:clients, rule ID:7, src IP: 192.0.2.7, src port:51234, dst IP: 198.51.100.53, dst port: 53, attack type: Botnet, threat level:High, action:Denied, URL:pool.example.net`},
	{"brocade", `<190>Nov 23 18:14:15 san1 raslogd: AUDIT, 2026/11/23-18:14:15 (UTC), [SEC-3020], INFO, SECURITY, ops/admin/192.0.2.7/ssh/CLI, ad_0/san1/FID 128, 9.2.0c, , , , , , , Event: login, Status: success, Info: Successful login attempt via SSH, IP Addr: 192.0.2.7`},
	{"slapd", `<167>Nov 23 18:14:15 ldap1 slapd[811]: conn=1022 op=0 BIND dn="uid=alice,ou=people,dc=example,dc=org" method=128`},
	{"bgpd", `<29>Nov 23 18:14:15 rtr1 bgpd[7]: %ADJCHANGE: neighbor 192.0.2.1(spine1) in vrf default Down BGP Notification send`},
	{"ceph", `2026-11-23T18:14:15.123456+0000 mon.a (mon.0) 208638 : audit [INF] from='client.5074 192.0.2.7:0/4225613905' entity='client.admin' cmd='[{"prefix": "osd pool delete", "pool": "p1"}]': finished`},
	{"pub/sub", `{"message":{"attributes":{"logging.googleapis.com/timestamp":"2026-11-23T18:14:15Z"},"data":"eyJpbnNlcnRJZCI6ICJpMSIsICJsb2dOYW1lIjogInByb2plY3RzL3AxL2xvZ3MvY2xvdWRhdWRpdC5nb29nbGVhcGlzLmNvbSUyRmFjdGl2aXR5IiwgInByb3RvUGF5bG9hZCI6IHsiQHR5cGUiOiAidHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUuY2xvdWQuYXVkaXQuQXVkaXRMb2ciLCAiYXV0aGVudGljYXRpb25JbmZvIjogeyJwcmluY2lwYWxFbWFpbCI6ICJhZGFAZXhhbXBsZS5vcmcifSwgIm1ldGhvZE5hbWUiOiAiZ29vZ2xlLmlhbS5hZG1pbi52MS5DcmVhdGVTZXJ2aWNlQWNjb3VudEtleSIsICJyZXF1ZXN0TWV0YWRhdGEiOiB7ImNhbGxlcklwIjogIjE5Mi4wLjIuNyIsICJjYWxsZXJTdXBwbGllZFVzZXJBZ2VudCI6ICJnY2xvdWQvMSJ9LCAicmVzb3VyY2VOYW1lIjogInByb2plY3RzLy0vc2VydmljZUFjY291bnRzLzciLCAic2VydmljZU5hbWUiOiAiaWFtLmdvb2dsZWFwaXMuY29tIiwgInN0YXR1cyI6IHt9fSwgInJlY2VpdmVUaW1lc3RhbXAiOiAiMjAyNi0xMS0yM1QxODoxNDoxNloiLCAicmVzb3VyY2UiOiB7InR5cGUiOiAic2VydmljZV9hY2NvdW50IiwgImxhYmVscyI6IHsicHJvamVjdF9pZCI6ICJwMSJ9fSwgInNldmVyaXR5IjogIk5PVElDRSIsICJ0aW1lc3RhbXAiOiAiMjAyNi0xMS0yM1QxODoxNDoxNVoifQ==","messageId":"77","message_id":"77","publishTime":"2026-11-23T18:14:17Z","publish_time":"2026-11-23T18:14:17Z"},"subscription":"projects/p1/subscriptions/siem"}`},
	{"cloudflare mail", `{"AlertID":"al1","AlertReasons":["new sender"],"Attachments":[{"Md5":"0123456789abcdef0123456789abcdef","Sha1":"0123456789abcdef0123456789abcdef01234567","Sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","Name":"invoice.html","ContentTypeProvided":"text/html"}],"CC":[],"FinalDisposition":"MALICIOUS","From":"pay@example.net","FromName":"Pay","Links":["https://login.example.net/x"],"MessageDeliveryMode":"DIRECT","MessageID":"<m1@example.net>","SMTPEnvelopeFrom":"pay@example.net","SMTPEnvelopeTo":["ada@example.org"],"SMTPHeloServerIP":"192.0.2.25","SMTPHeloServerIPAsName":"EXAMPLE","SMTPHeloServerIPAsNumber":"64500","SMTPHeloServerName":"mx.example.net","Subject":"Invoice","ThreatCategories":["CredentialHarvester"],"Timestamp":"2026-11-23T18:14:15Z","To":["ada@example.org"]}`},
	{"jamf protect", `{"action":{"result":{"result":{"auth":0},"result_type":0}},"action_type":1,"event":{"sudo":{"command":"/bin/zsh","from_uid":501,"from_username":"ada","success":false,"to_uid":0,"to_username":"root"}},"event_type":131,"host":{"hostname":"mac7","ips":["192.0.2.7"],"os":"Version 15.1","serial":"S7"},"metadata":{"product":"Device Telemetry Stream","schemaVersion":"1.0","vendor":"Jamf"},"process":{"audit_token":{"euid":0,"pid":707},"executable":{"path":"/usr/bin/sudo"},"ppid":1},"time":"2026-11-23T18:14:15.264Z","uuid":"u","version":7}`},
	{"squid", `1795457655.123    456 198.51.100.20 TCP_MISS/200 1234 GET http://www.example.com/a - HIER_DIRECT/203.0.113.9 text/html`},
	{"login", `<30>Nov 23 18:14:15 app1 jellyfin[7]: [18:14:15] [INF] Authentication request for alice has been denied (IP: 192.0.2.7).`},
	{"postfix", `<22>Nov 23 18:14:15 mx1 postfix/smtpd[7]: warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6`},
	{"openvpn", `<29>Nov 23 18:14:15 vpn1 openvpn[7]: 192.0.2.7:45321 TLS Auth Error: Auth Username/Password verification failed for peer`},
	{"filterlog", `<134>Nov 23 18:14:15 pf1 filterlog[7]: 53,,,1000102631,em0,match,block,in,4,0x0,,64,892,0,none,6,tcp,44,192.0.2.7,198.51.100.5,59576,22,0,S,17536001,,65535,,mss`},
	{"routeros", `<134>Nov 23 18:14:15 rt1 firewall,info drop-wan input: in:ether1 out:(unknown 0), proto TCP (SYN), 192.0.2.7:51234->198.51.100.5:22, len 40`},
	{"panos", `<14>Nov 23 18:14:15 pa1 1,2026/11/23 18:14:15,016401,TRAFFIC,end,2561,2026/11/23 18:14:15,192.0.2.7,198.51.100.5,,,web-in,,,ssl,vsys1,untrust,dmz,e1/1,e1/2,log,2026/11/23 18:14:15,77,1,51234,443,0,0,0x0,tcp,allow,5000,1500,3500,20`},
	{"dns", `<30>Nov 23 18:14:15 ns1 named[7]: client @0x7f65 192.0.2.7#3076 (www.example.com): query: www.example.com IN A +E(0)K (198.51.100.5)`},
	{"eve", `{"timestamp":"2026-11-23T18:14:15.123456+0000","event_type":"alert","src_ip":"192.0.2.7","src_port":5000,"dest_ip":"198.51.100.5","dest_port":80,"proto":"TCP","alert":{"signature_id":2000001,"signature":"EXAMPLE scan","category":"x","severity":2}}`},
	{"json", `{"@timestamp":"2026-11-23T18:14:15.123Z","host":{"name":"web1"},"source":{"ip":"192.0.2.7","port":51234},"user":{"name":"alice"},"event":{"action":"login","outcome":"failure","category":["authentication"]},"custom":{"a":"b","n":7},"message":"login failed"}`},
	{"exchange", `2026-11-23T18:14:15.031Z,EX1\Client EX1,08DC1DB8591B229A,13,198.51.100.13:587,192.0.2.14:53228,>,535 5.7.3 Authentication unsuccessful,`},
	{"exchange", `2026-11-23T18:14:15.847Z,00000000000ABC12,2,198.51.100.4:143,192.0.2.13:65468,alice,118,31,34,login,alice *****,"R=""1 NO LOGIN failed."";Msg=AuthFailed:LogonDenied",`},
	{"panos", `{"TimeReceived":"2026-11-23T18:14:16.000000Z","DeviceSN":"0001","LogType":"TRAFFIC","Subtype":"end","TimeGenerated":"2026-11-23T18:14:15.000000Z","SourceAddress":"192.0.2.4","DestinationAddress":"198.51.100.8","SourceUser":"example\\alice","SourcePort":51234,"DestinationPort":443,"Protocol":"tcp","Action":"allow","Bytes":5000,"DeviceName":"pa1"}`},
	{"ossec", `<132>Nov 12 03:11:05 CEF:0|Wazuh Inc.|Wazuh|v4.9.0|5716|SSHD authentication failed.|5|dvc=mgr1 cs1=(web2) 198.51.100.2->/var/log/auth.log cs1Label=Location cat=syslog, src=192.0.2.91 suser=mara msg=Nov 12 03:11:04 web2 sshd[71]: Failed password for mara from 192.0.2.91 port 4111 ssh2`},
	{"rsa", `22:12:54,239, am1.example.com, audit.runtime.com.rsa.ims.authn.impl.AuthenticationBrokerImpl, INFO, 4343,1231,192.0.2.5,198.51.100.4,AUTHN_LOGIN_EVENT,13002,SUCCESS,AUTHN_METHOD_SUCCESS,3333-44,2222,1111,0000,alice,Alice,Smith,1111,0000,192.0.2.25,ASA-SSL,7,`},
	{"windows", `{"@timestamp":"2026-11-23T18:14:15.123Z","host":{"name":"win1"},"winlog":{"channel":"Security","event_id":4625,"provider_name":"Microsoft-Windows-Security-Auditing","computer_name":"win1.example.com","record_id":77,"event_data":{"TargetUserName":"alice","TargetDomainName":"EXAMPLE","IpAddress":"192.0.2.7","IpPort":"51234","LogonType":"3","Status":"0xc000006d","SubStatus":"0xc000006a"}},"event":{"code":"4625"},"message":"An account failed to log on."}`},
	{"carried", `{"@timestamp":"2026-11-23T18:14:20.500Z","agent":{"type":"filebeat"},"message":"Nov 23 18:14:15 web1 sshd[4711]: Failed password for invalid user alice from 192.0.2.7 port 51234 ssh2"}`},
	{"auditd", "<13>Nov 23 18:14:15 web1 audispd: node=web1 type=EXECVE msg=audit(1795457655.123:88): argc=3 a0=\"bash\" a1=\"-c\" a2=6563686F206869203E202F746D702F78"},
	{"cloudtrail", `{"eventTime":"2026-11-23T18:14:15Z","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.7","userIdentity":{"type":"IAMUser","userName":"alice"},"requestParameters":{"userName":"bob"}}`},
	{"systemd", "<30>Nov 23 18:14:15 web1 systemd[1]: nginx.service: Main process exited, code=exited, status=1/FAILURE"},
	{"dropbear", "<38>Nov 23 18:14:15 srv1 dropbear[811]: Bad password attempt for 'carol' from 192.0.2.7:40022"},
	{"exim", `2026-11-23 18:14:15 plain authenticator failed for (helo) [192.0.2.7]:55379: 535 Incorrect authentication data (set_id=fred@example.org)`},
	{"zscaler", "<134>Nov 23 18:14:15 zscaler-nss: reason=Allowed\tevent_id=7\tprotocol=HTTPS\taction=Allowed\tserverip=198.51.100.9\trequestmethod=GET\tClientIP=192.0.2.7\tstatus=200\tuser=alice\turl=www.example.com/a\tvendor=Zscaler\tdepartment=IT"},
	{"santa", "[2026-11-23T18:14:15.123Z] I santad: action=EXEC|decision=DENY|reason=BINARY|path=/private/tmp/x|args=x -v|pid=77|ppid=1|uid=501|user=alice"},
	{"barracudawaf", `<134>Nov 23 18:14:15 waf1 2026-11-23 18:14:15.123 +0100 waf1 TR 198.51.100.8 443 192.0.2.7 40100 "-" alice GET TLSv1.2 www.example.com HTTP/1.1 404 1023 412 0 8 198.51.100.9 443 2 "-" SERVER DEFAULT PASSIVE VALID /a b=c "-" "curl/8" 192.0.2.7 40100`},
	{"bigip", "<131>Nov 23 18:14:15 lb1 warning sshd[7]: Failed password for alice from 192.0.2.7 port 40100 ssh2"},
	{"coredns", `<30>Nov 23 18:14:15 ns1 coredns[7]: [INFO] 192.0.2.7:40100 - 123 "A IN www.example.com. udp 45 false 512" NOERROR qr,rd 106 0.000250s`},
	{"snort", "<33>Nov 23 18:14:15 ids1 snort[7]: [1:2001:3] ET SCAN probe [Classification: Attempted Leak] [Priority: 2] {TCP} 192.0.2.7:40100 -> 198.51.100.5:22"},
	{"filtering", `{"@timestamp":"2026-11-23T18:14:15.123Z","winlog":{"channel":"Security","event_id":5157,"event_data":{"ProcessID":"77","Application":"C:\\x.exe","Direction":"%%14592","SourceAddress":"192.0.2.7","SourcePort":"40100","DestAddress":"198.51.100.5","DestPort":"445","Protocol":"6"}}}`},
	{"anylogin", "<38>Nov 23 18:14:15 srv1 newapp[3]: authentication failure for 'cyd' from [2001:db8::7]:5123"},
	{"logfmt", `time=2026-11-23T18:14:15Z level=error msg="Unsuccessful 1FA authentication attempt by user 'bea'" method=POST path=/api/firstfactor remote_ip=192.0.2.7`},
	{"iis", "2026-11-23 18:14:15 198.51.100.9 POST /owa/auth.owa - 443 EXAMPLE\\cora 192.0.2.7 Mozilla/5.0+(X11) https://mail.example.com/ 302 0 0 15"},
	{"vpcflow", "2 123456789012 eni-0a1b 192.0.2.7 198.51.100.9 51234 22 6 20 4249 1795457655 1795457715 REJECT OK"},
	{"zeektsv", "1795457655.123456\tCabc1\t192.0.2.7\t51234\t198.51.100.9\t443\ttcp\tssl\t1.5\t100\t200\tSF\t-\t-\t0\tShADadfF\t5\t300\t6\t400\t-"},
	{"zeek", `{"ts":1795457655.5,"uid":"C1","id.orig_h":"192.0.2.7","id.orig_p":51234,"id.resp_h":"198.51.100.9","id.resp_p":22,"proto":"tcp","service":"ssh","duration":1.5,"orig_bytes":10,"resp_bytes":20,"conn_state":"SF"}`},
	{"falco", `{"hostname":"node1","output":"a shell","priority":"Notice","rule":"Terminal shell","time":"2026-11-23T18:14:15Z","output_fields":{"proc.cmdline":"sh -i","user.name":"root"}}`},
	{"kernel", "<4>Nov 23 18:14:15 web1 kernel: [16571.459614] Out of memory: Killed process 4711 (java) total-vm:1kB, anon-rss:2kB"},
	{"s3access", `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket1 [23/Nov/2026:18:14:15 +0000] 192.0.2.7 - 3E57427F3EXAMPLE REST.GET.OBJECT a/b.txt "GET /a/b.txt HTTP/1.1" 403 AccessDenied 243 - 7 - "-" "curl/8" -`},
	{"zyxel", `<134>Nov 23 18:14:15 usg1 src="192.0.2.7:51234" dst="198.51.100.5:22" msg="priority:3, from WAN to LAN, TCP, service SSH, DROP" note="ACCESS BLOCK" user="unknown" devID="001122334455" cat="Secure Policy"`},
	{"netscreen", `<134>Nov 23 18:14:15 ns1 ns1: NetScreen device_id=ns1  [Root]system-notification-00257(traffic): start_time="2026-11-23 18:14:10" duration=5 policy_id=3 service=ssh proto=6 src zone=Untrust dst zone=Trust action=Deny sent=0 rcvd=60 src=192.0.2.7 dst=198.51.100.5 src_port=51234 dst_port=22`},
	{"mimecast", `datetime=2026-11-23T18:14:15+0000|aCode=a1|acc=C1|Sender=eve@example.net|IP=192.0.2.7|Rcpt=alice@example.com|Act=Rej|RejType=Spam|Dir=Inbound`},
	{"horizon", `<134>1 2026-11-23T18:14:15.123Z hz1 View - 98 [View@6876 Severity="AUDIT_FAIL" Module="Broker" EventType="BROKER_USER_AUTHFAILED_GENERAL" UserDisplayName="CORP\\alice"] User alice failed to authenticate`},
	{"kaspersky", `<14>1 2026-11-23T18:14:15.123Z ksc1 KES|12.6 - GNRL_EV_ATTACK_DETECTED [event@23668 p1="Scan.Generic.PortScan.TCP" p2="TCP" p3="3221225991" p4="445" et="GNRL_EV_ATTACK_DETECTED" hdn="pc1" hip="10.0.0.5"] Network attack detected`},
	{"aireos", `<134>Nov 23 18:14:15 wlc1: *apfMsConnTask_1: Nov 23 18:14:15.123: %AAA-3-AAA_AUTH_ADMIN_USER: aaa.c:1234 Authentication failed for admin user 'eve' on 192.0.2.7`},
	{"vpccolumns", "3 vpc-1 subnet-1 i-0a1b2c3d4e eni-1 123456789012 IPv4 192.0.2.7 10.0.0.62 43416 5001 192.0.2.7 10.0.0.62 6 568 8 1795457655 1795457715 ACCEPT 2 OK"},
	{"sentinel", `{"TimeGenerated":"2026-11-23T18:14:15.123Z","ActionType":"ConnectionSuccess","DeviceName":"pc7","LocalIP":"198.51.100.9","LocalPort":40100,"RemoteIP":"192.0.2.7","RemotePort":443,"Protocol":"Tcp","InitiatingProcessFileName":"a.exe","Type":"DeviceNetworkEvents"}`},
	{"onelogin", `{"account_id":1,"event_type_id":6,"id":1,"user_name":"Alice A","user_id":123,"ipaddr":"192.0.2.7","created_at":"2026-11-23T18:14:15.123Z"}`},
	{"ocsf", `{"class_uid":3002,"activity_id":1,"status_id":2,"time":1795457655123,"metadata":{"version":"1.1.0","product":{"name":"x"}},"user":{"name":"alice"},"src_endpoint":{"ip":"192.0.2.7"}}`},
	{"an event of Windows by Wazuh", `{"timestamp":"2026-11-20T08:01:02.123+0000","rule":{"level":12,"description":"Redirection","id":"92052","groups":["sysmon"]},"agent":{"id":"004","name":"srv4","ip":"198.51.100.44"},"manager":{"name":"mgr1"},"id":"1795161662.99","data":{"win":{"system":{"providerName":"Microsoft-Windows-Sysmon","eventID":"1","level":"4","channel":"Microsoft-Windows-Sysmon/Operational","computer":"srv4.example.com","keywords":"0x8020000000000000","systemTime":"2026-11-20T08:01:01.5000000Z","processID":"712","severityValue":"AUDIT_SUCCESS"},"eventdata":{"image":"C:\\\\Windows\\\\System32\\\\cmd.exe","commandLine":"cmd.exe /c \\\"dir C:\\\\ &gt; \\\\\\\\fs1\\\\x &amp;&amp; echo &lt;a&gt; &#65;&nosuch;\\\"","user":"EXAMPLE\\\\nadia"}}},"location":"EventChannel"}`},
	{"a line by Wazuh", `<132>Nov 20 08:01:02 mgr1 ossec: {"timestamp":"2026-11-20T08:01:02.123+0000","rule":{"level":5,"description":"sshd: Attempt to login using a non-existent user","id":"5710","groups":["syslog","sshd","authentication_failed","invalid_login"]},"agent":{"id":"004","name":"srv4","ip":"198.51.100.44"},"manager":{"name":"mgr1"},"id":"1795161662.99","predecoder":{"program_name":"sshd","timestamp":"Nov 20 08:01:02","hostname":"web7"},"decoder":{"parent":"sshd","name":"sshd"},"data":{"srcip":"192.0.2.33","srcuser":"oscar"},"location":"/var/log/auth.log","full_log":"Nov 20 08:01:02 web7 sshd[414]: Failed password for invalid user oscar from 192.0.2.33 port 40022 ssh2"}`},
	{"an alert of OSSEC", `<132>Nov 12 03:11:05 mgr1 ossec: Alert Level: 5; Rule: 5716 - SSHD authentication failed.; Location: (web2) 198.51.100.2->/var/log/auth.log; srcip: 192.0.2.91; user: mara; Nov 12 03:11:04 web2 sshd[71]: Failed password for mara from 192.0.2.91 port 4111 ssh2`},
}

func TestNoAllocations(t *testing.T) {
	for _, c := range fastLines {
		p, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b event.Batch
		line := []byte(c.line)
		fill := func() {
			b.Reset()
			for range 64 {
				p.Line(&b, line, received, Auto)
				b.End()
			}
		}
		fill()
		if n := testing.AllocsPerRun(50, fill) / 64; n != 0 {
			t.Errorf("%s: %v allocations a line", c.name, n)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	for _, c := range fastLines {
		b.Run(c.name, func(b *testing.B) {
			p, err := New(Options{})
			if err != nil {
				b.Fatal(err)
			}
			var batch event.Batch
			line := []byte(c.line)
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for range 8192 { // a batch that has its memory, as in a process that runs for a while
				p.Line(&batch, line, received, Auto)
				batch.End()
			}
			before := threadTime()
			for b.Loop() {
				if batch.Rows() >= 8192 {
					batch.Reset()
				}
				p.Line(&batch, line, received, Auto)
				batch.End()
			}
			b.ReportMetric(float64(threadTime()-before)/float64(b.N), "cpu-ns/op") // on a machine that does much else ns/op is mostly waiting
		})
	}
}

// BenchmarkHeader reads the header alone.
func BenchmarkHeader(b *testing.B) {
	for _, c := range fastLines {
		if c.line[0] == '{' {
			continue
		}
		b.Run(c.name, func(b *testing.B) {
			line := []byte(c.line)
			var h header
			b.ReportAllocs()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			before := threadTime()
			for b.Loop() {
				h = header{}
				scan(line, &h)
			}
			b.ReportMetric(float64(threadTime()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// threadTime is the CPU time of the calling thread, in nanoseconds.
func threadTime() int64 {
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		panic("BUG: getrusage: " + err.Error())
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkHost(b *testing.B) {
	for _, c := range fastLines {
		b.Run(c.name, func(b *testing.B) {
			line := []byte(c.line)
			b.ReportAllocs()
			for b.Loop() {
				Host(line)
			}
		})
	}
}
