package parse

import (
	"testing"
	"time"

	"watchpost/internal/event"
)

// headerCases are the shapes that vendors send: the time and the host that each states, "" where it states none.
var headerCases = []struct{ kind, line, time, host string }{
	{"RFC 5424", `<34>1 2026-11-23T18:14:15.003Z web1.example.com su - ID47 - failed`, "2026-11-23T18:14:15.003Z", "web1.example.com"},
	{"RFC 3164", `<34>Nov 23 18:14:15 web1 su: failed`, "2026-11-23T18:14:15Z", "web1"},
	{"ASA without host", `<166>Nov 23 2026 18:14:15: %ASA-6-302014: Teardown TCP connection 1 for outside:192.0.2.1/1 to inside:198.51.100.1/2 duration 0:00:01 bytes 5`, "2026-11-23T18:14:15Z", ""},
	{"ASA EMBLEM", `<166>:Nov 23 18:14:15 UTC: %ASA-config-5-111008: User 'alice' executed the 'write' command.`, "2026-11-23T18:14:15Z", ""},
	{"ASA device-id", `<166>Nov 23 2026 18:14:15 fw-edge : %ASA-6-305011: Built dynamic TCP translation from inside:10.0.0.5/1 to outside:203.0.113.1/2`, "2026-11-23T18:14:15Z", "fw-edge"},
	{"ASA device-id without time", `<166>fw-edge : %ASA-6-605005: Login permitted from 192.0.2.1/1 to inside:198.51.100.1/ssh for user "alice"`, "", "fw-edge"},
	{"ASA neither", `<166>%ASA-6-605005: Login permitted from 192.0.2.1/1 to inside:198.51.100.1/ssh for user "alice"`, "", ""},
	{"ASA RFC 5424 mode", `<166>2026-11-23T18:14:15Z fw-edge : %ASA-6-110002: Failed to locate egress interface`, "2026-11-23T18:14:15Z", "fw-edge"},
	{"ASA RFC 5424 mode without host", `<166>2026-11-23T18:14:15Z: %ASA-6-110002: Failed to locate egress interface`, "2026-11-23T18:14:15Z", ""},
	{"ASA version 1", `<166>1 2026-11-23T18:14:15Z fw-edge : %ASA-6-110002: Failed to locate egress interface`, "2026-11-23T18:14:15Z", "fw-edge"},
	{"IOS sequence number", `<189>45: Nov 23 18:14:15: %SYS-5-CONFIG_I: Configured from console by alice on vty0 (192.0.2.1)`, "2026-11-23T18:14:15Z", ""},
	{"IOS *", `<189>45: *Nov 23 18:14:15.123: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up`, "2026-11-23T18:14:15.123Z", ""},
	{"IOS milliseconds, zone", `<189>45: rtr1: Nov 23 18:14:15.123 CET: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up`, "2026-11-23T17:14:15.123Z", "rtr1"},
	{"IOS two sequence numbers", `<189>45: rtr1: 000045: Nov 23 18:14:15.123 UTC: %LINK-3-UPDOWN: Interface Gi0/1`, "2026-11-23T18:14:15.123Z", "rtr1"},
	{"IOS relayed", `<189>Nov 23 18:14:16 192.0.2.9 45: *Nov 23 18:14:15.123: %LINK-3-UPDOWN: Interface Gi0/1`, "2026-11-23T18:14:16Z", "192.0.2.9"},
	{"NX-OS year first", `<189>: 2026 Nov 23 18:14:15 UTC: %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up`, "2026-11-23T18:14:15Z", ""},
	{"NX-OS year first, host", `<189>: 2026 Nov 23 18:14:15.123 UTC: nx1 %ETHPORT-5-IF_UP: x`, "2026-11-23T18:14:15.123Z", ""},
	{"FortiGate", `<189>date=2026-11-23 time=18:14:15 devname="fgt-1" devid="FG100F0000000001" logid="0000000013" type="traffic" subtype="forward" action="deny" srcip=192.0.2.1`, "2026-11-23T18:14:15Z", "fgt-1"},
	{"FortiGate with zone", `<189>date=2026-11-23 time=18:14:15 devname="fgt-1" devid="FG1" tz="-0500" logid="0000000013" type="traffic" srcip=192.0.2.1`, "2026-11-23T23:14:15Z", "fgt-1"},
	{"year in the BSD stamp", `<190>Nov 23 2026 18:14:15 huawei-1 %%01SHELL/5/LOGIN(s)[1]: alice login from 192.0.2.1`, "2026-11-23T18:14:15Z", "huawei-1"},
	{"year behind the BSD time", `<190>Nov 23 18:14:15 2026 sw1 app: x`, "2026-11-23T18:14:15Z", "sw1"},
	{"RFC 3339 in BSD shape", `<38>2026-11-23T18:14:15.123456+01:00 web1 sshd[1]: x`, "2026-11-23T17:14:15.123456Z", "web1"},
	{"ESXi", `<166>2026-11-23T18:14:15.123Z esx1.example.com Hostd: info hostd[2099] [Originator@6876 sub=Vimsvc] x`, "2026-11-23T18:14:15.123Z", "esx1.example.com"},
	{"Juniper structured", `<165>1 2026-11-23T18:14:15.133Z srx1 RT_FLOW - RT_FLOW_SESSION_DENY [junos@2636.1.1.1.2.40 source-address="192.0.2.1" source-port="1"] x`, "2026-11-23T18:14:15.133Z", "srx1"},
	{"Prosody's own file", "Nov 23 18:14:15 mod_c2s\tinfo\tx", "2026-11-23T18:14:15Z", ""},
	{"multilog", `@400000006a0369c12faf0800 imap-login: Info: x`, "2026-05-12T17:56:07.8Z", ""},
	{"the journal's text without its time", `web1 sshd[7]: x`, "", "web1"},
	{"PostgreSQL's zone is no tag", `2026-11-23 18:14:15.123 UTC [55]: [1-1] x`, "2026-11-23T18:14:15.123Z", ""},
	{"no PRI", `Nov 23 18:14:15 web1 su: failed`, "2026-11-23T18:14:15Z", "web1"},
	{"PRI out of range", `<999>Nov 23 18:14:15 web1 su: failed`, "2026-11-23T18:14:15Z", "web1"},
	{"Snare", "<14>Nov 23 18:14:15 win1 MSWinEventLog\t1\tSecurity\t42\tMon Nov 23 18:14:15 2026\t4625", "2026-11-23T18:14:15Z", "win1"},
	{"Snare without time", "<14>win1\tMSWinEventLog\t1\tSecurity\t42\tMon Nov 23 18:14:15 2026\t4625", "", "win1"},
	{"PAN-OS with host", `<14>Nov 23 18:14:15 pa1 1,2026/11/23 18:14:14,001606001116,TRAFFIC,end,1,x`, "2026-11-23T18:14:14Z", "pa1"},
	{"PAN-OS without host", `<14>Nov 23 18:14:15 1,2026/11/23 18:14:14,001606001116,TRAFFIC,end,1,x`, "2026-11-23T18:14:14Z", ""},
	{"PAN-OS bare", `1,2026/11/23 18:14:14,001606001116,TRAFFIC,end,1,x`, "2026-11-23T18:14:14Z", ""},
	{"FortiGate, eventtime beside a time without zone", `<189>date=2026-11-23 time=18:14:15 logid="1500054000" type="utm" subtype="dns" eventtype="dns-query" level="information" vd="v1" eventtime=1795454055000000000 policyid=1 sessionid=7 srcip=192.0.2.22 srcport=50002 srcintf="lan1" dstip=198.51.100.53 dstport=53 dstintf="wan1" proto=17 profile="dns1" xid=5794 qname="www.example.com" qtype="A" qtypeval=1 qclass="IN"`, "2026-11-23T17:14:15Z", ""},
	{"FortiGate behind a relay", `<189>Nov 23 18:14:15 relay1 date=2026-11-23 time=17:14:11 devname="fg1" devid="FGT60FTK00000001" eventtime=1795454051000000000 logid="0004000017" type="traffic" subtype="sniffer" level="notice" vd="root" srcip=203.0.113.56 srcport=50463 srcintf="port1" dstip=198.51.100.14 dstport=443 dstintf="port1" sessionid=21 proto=6 action="accept" policyid=3 policytype="sniffer" service="HTTPS" trandisp="snat" transip=0.0.0.0 transport=0 duration=10 sentbyte=0 rcvdbyte=0`, "2026-11-23T17:14:11Z", "relay1"},
	{"FortiGate, eventtime in another zone", `<189>date=2026-11-23 time=10:14:15 devname="fg1" devid="FGT60FTK00000001" eventtime=1795457655000000000 logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=192.0.2.7 srcport=51000 srcintf="lan" dstip=203.0.113.8 dstport=80 dstintf="wan" sessionid=21 proto=6 action="close" policyid=3 service="HTTP" utmaction="block" countav=1 sentbyte=10 rcvdbyte=20`, "2026-11-23T18:14:15Z", "fg1"},
	{"SonicWall behind a relay", `Nov 23 18:14:15 192.0.2.200 id=firewall sn=0040100000AA time="2026-11-23 16:14:11 UTC" fw=192.0.2.4 pri=6 c=262144 m=98 msg="Connection Opened" n=7 src=203.0.113.57:36701:X1 dst=192.0.2.4:443:X0 proto=tcp/https`, "2026-11-23T16:14:11Z", "192.0.2.200"},
	{"PAN-OS audit", `Nov 23 18:14:15 192.0.2.1 016401000001,2026/11/23 18:14:11,audit,2561,gui-op,carol,"<show><clock/></show>",success`, "2026-11-23T18:14:11Z", "192.0.2.1"},
	{"PAN-OS of the logging service", `Nov 23 18:14:15 931201169,2026-11-23T18:14:12.000000Z,no-serial,GLOBALPROTECT,globalprotect,9.1,2026-11-23T18:14:11.000000Z,vsys1,gateway-hip-check,host-info,,,corp\\jane,,PC7,203.0.113.1,,192.0.2.2,2001:db8::7,x,SER,5.2.6,,,1,,,not needed,success,,0,,0,GW,13,true`, "2026-11-23T18:14:11Z", ""},
	{"PAN-OS with milliseconds and zone at its end", `1,2026/11/23 18:14:15,016401000001,SYSTEM,dhcp,0,2026/11/23 18:14:11,,lease-start,,0,0,general,informational,"DHCP lease started ip 192.0.2.44 --> mac 00:11:22:33:44:55 - hostname PC7, interface ethernet1/2",12,0x0,0,0,0,0,,pa1,0,0,2026-11-23T18:14:11.440-07:00`, "2026-11-24T01:14:11.44Z", ""},
	{"PAN-OS traffic with zone at its end", "1,2026/11/23 18:14:15,016401000001,TRAFFIC,drop,2816,2026/11/23 18:14:15,192.0.2.12,203.0.113.2,,,block-7,,,not-applicable,vsys1,a,b,ethernet1/2,,fwd,2026/11/23 18:14:15,0,1,35906,80,0,0,0x4000,tcp,drop,0,0,0,1,2026/11/23 18:14:15,0,any,,72,0x0,x,y,,1,0,policy-deny,0,0,0,0,,pa1,from-policy,\"\t\", , , , , , , , , , , ,\t, , , , , , , ,,,,2026-11-23T18:14:15.437+01:00", "2026-11-23T17:14:15.437Z", ""},
	{"WatchGuard's own time", `<142>Nov 23 18:14:15 fb7 801300000000A (2026-11-23T17:14:11) firewall: msg_id="3000-0168" Blocked site: Traffic detected from 192.0.2.2 to 203.0.113.7. (Blocks)`, "2026-11-23T17:14:11Z", "fb7"},
	{"AsyncOS behind a relay", `<13>Nov 23 18:14:15 wsa7 Mon Nov 23 18:14:11 2026 Info: Firewall noted TCP data from 192.0.2.15 to 203.0.113.20(www.example.com):1283.`, "2026-11-23T18:14:11Z", "wsa7"},
	{"AsyncOS, zone in parentheses", `<13>Nov 23 18:14:15 wsa7 23 Nov 2026 18:14:11 (GMT+1:00) Info: Firewall blocked TCP data from 192.0.2.3:1148 to 203.0.113.18.`, "2026-11-23T17:14:11Z", "wsa7"},
	{"AsyncOS under its own name", `<111>Nov 23 18:14:15 esa7 ESA: Mon Nov 23 18:14:11 2026 Info: User jane from 203.0.113.3 failed authentication.`, "2026-11-23T18:14:11Z", "esa7"},
	{"access point of IOS", `<4>6642: AP:0011.2233.4455: *Nov 23 18:14:15.007: %DOT11-4-CCMP_REPLAY: Client 0011.2233.4466 had 1 AES-CCMP TSC replays`, "2026-11-23T18:14:15.007Z", "0011.2233.4455"},
	{"Check Point between bars", `time=1795457655|hostname=cp7|product=WEB_API|action=Accept|ifdir=outbound|origin=192.0.2.1|2.2.2.2|originsicname=cn\=fw,o\=x|sequencenum=1|version=5|administrator=carol|client_ip=203.0.113.3|machine=m|operation=Log Out|operation_number=12|subject=Administrator Login`, "2026-11-23T18:14:15Z", ""},
	{"Forcepoint's columns", `"23/11/2026","18:14:15","anonymous","Not available","Reference,Trusted","Blocked","Business Usage,None","Policy 7","www.example.com:443/","203.0.113.96","198.51.100.68","Not available","None","None","Java/11","403","Connect"`, "2026-11-23T18:14:15Z", ""},
	{"Sophos, time twice", `<30>device_name="SFW" timestamp="2026-11-23T18:14:15+0100" device_model="XGS136" device_serial_id="X1" log_id=062811418045 log_type="Event" log_component="SSL VPN" log_subtype="System" status="Established" severity="Information" user_name="joe" src_ip="203.0.113.20" message="SSL VPN User 'joe' connected " timestamp=1795454055`, "2026-11-23T17:14:15Z", ""},
	{"version before a stamp of RFC 3164", `<134>1 Nov 23 18:14:15 192.0.2.1 1 1795457655.207232138 MX7 events x`, "2026-11-23T18:14:15.207232138Z", "192.0.2.1"},
	{"tag with pairs", `<134>Nov 23 18:14:15 192.0.2.1 a=b,c=d: e`, "2026-11-23T18:14:15Z", "192.0.2.1"},
	{"UniFi two tokens", `<30>Nov 23 18:14:15 UAP-Office 788a20aabbcc,UAP-AC-Pro-6.0.15: hostapd[1]: ath0: STA 00:00:5e:00:53:01 x`, "2026-11-23T18:14:15Z", "UAP-Office"},
	{"UniFi in brackets", `<30>Nov 23 18:14:15 ("U7PG2,788a20aabbcc,v4.3.20") kernel: x`, "2026-11-23T18:14:15Z", ""},
	{"CEF", `<134>Nov 23 18:14:15 proxy1 CEF:0|Example|Gate|1.0|100|blocked|5|src=192.0.2.1`, "2026-11-23T18:14:15Z", "proxy1"},
	{"CEF without host", `<134>Nov 23 18:14:15 CEF:0|Example|Gate|1.0|100|blocked|5|src=192.0.2.1`, "2026-11-23T18:14:15Z", ""},
	{"LEEF", `<13>Nov 23 18:14:15 192.0.2.5 LEEF:1.0|Example|Gate|1.0|100|src=192.0.2.1`, "2026-11-23T18:14:15Z", "192.0.2.5"},
	{"MikroTik", `<30>system,info,account user admin logged in from 192.0.2.1 via ssh`, "", ""},
	{"MikroTik BSD", `<30>Nov 23 18:14:15 mt1 system,info,account: user admin logged in from 192.0.2.1 via ssh`, "2026-11-23T18:14:15Z", "mt1"},
	{"Check Point", `<134>1 2026-11-23T18:14:15Z cp1 CheckPoint 1231 - [action:"Drop"; src:"192.0.2.1"]`, "2026-11-23T18:14:15Z", "cp1"},
	{"Sophos", `<30>device="SFW" date=2026-11-23 time=18:14:15 timezone="CET" device_name="XG135" device_id=C0 log_id=010101600001`, "2026-11-23T17:14:15Z", ""},
	{"SonicWall", `<134>id=firewall sn=0017C5000000 time="2026-11-23 18:14:15 UTC" fw=192.0.2.1 pri=6 m=537`, "2026-11-23T18:14:15Z", ""},
	{"structured data with trailing blank", `<34>1 2026-11-23T18:14:15Z web1 app 1 - [x@1 a="b" ] m`, "2026-11-23T18:14:15Z", "web1"},
	{"byte order mark", "\xef\xbb\xbf<34>Nov 23 18:14:15 web1 su: failed", "2026-11-23T18:14:15Z", "web1"},
	{"invalid UTF-8", "<34>Nov 23 18:14:15 web1 app: caf\xe9", "2026-11-23T18:14:15Z", "web1"},
	{"long app-name", `<34>1 2026-11-23T18:14:15Z web1 an-application-name-that-is-much-longer-than-forty-eight-characters 1 - - m`, "2026-11-23T18:14:15Z", "web1"},
	{"nanoseconds", `<34>1 2026-11-23T18:14:15.123456789Z web1 app 1 - - m`, "2026-11-23T18:14:15.123456789Z", "web1"},
	{"lower-case t and z", `<34>1 2026-11-23t18:14:15z web1 app 1 - - m`, "2026-11-23T18:14:15Z", "web1"},
	{"embedded newline", "<34>Nov 23 18:14:15 web1 app: one\ntwo", "2026-11-23T18:14:15Z", "web1"},
	{"one-digit day", `<34>Nov 3 18:14:15 web1 app: m`, "2026-11-03T18:14:15Z", "web1"},
	{"zero-padded day", `<34>Nov 03 18:14:15 web1 app: m`, "2026-11-03T18:14:15Z", "web1"},
	{"IOS without clock", `<189>45: 00:00:46: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up`, "", ""},
	{"IOS without clock, weeks", `<189>45: rtr1: 1w2d: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up`, "", "rtr1"},
	{"IOS relayed, name again", `<187>Nov 23 18:14:16 192.0.2.9 123: rtr1: Nov 23 18:14:15.123 CET: %LINK-3-UPDOWN: x`, "2026-11-23T18:14:16Z", "192.0.2.9"},
	{"NX-OS context", `<189>2026 Nov 23 18:14:15.123 nx1 %$ VDC-1 %$ %ETHPORT-5-IF_UP: Interface Ethernet1/1 is up`, "2026-11-23T18:14:15.123Z", "nx1"},
	{"ASA relayed", `<166>Nov 23 18:14:16 relay1 Nov 23 2026 18:14:15 fw1 : %ASA-6-110002: Failed to locate egress interface`, "2026-11-23T18:14:16Z", "relay1"},
	{"offset behind a blank", `<13>Nov 23 18:14:15 +0100 web1 app: m`, "2026-11-23T17:14:15Z", "web1"},
	{"zone behind a blank", `<13>Nov 23 18:14:15 CET web1 app: m`, "2026-11-23T17:14:15Z", "web1"},
	{"host that bears a zone's name", `<13>Nov 23 18:14:15 CET app: m`, "2026-11-23T18:14:15Z", "CET"},
	{"date(1)", `<13>Mon Nov 23 18:14:15 CET 2026 web1 app: m`, "2026-11-23T17:14:15Z", "web1"},
	{"RFC 822", `<13>Mon, 23 Nov 2026 18:14:15 +0100 web1 app: m`, "2026-11-23T17:14:15Z", "web1"},
	{"day first", `<13>23 Nov 2026 18:14:15 web1 app: m`, "2026-11-23T18:14:15Z", "web1"},
	{"ISO without signs", `<13>20261123T181415Z web1 app: m`, "2026-11-23T18:14:15Z", "web1"},
	{"blank behind PRI", `<34> 1 2026-11-23T18:14:15Z web1 app 1 - - m`, "2026-11-23T18:14:15Z", "web1"},
	{"leading NUL", "\x00<34>Nov 23 18:14:15 web1 app: m", "2026-11-23T18:14:15Z", "web1"},
	{"IPv6 host in brackets", `<34>Nov 23 18:14:15 [2001:db8::1] app: m`, "2026-11-23T18:14:15Z", "2001:db8::1"},
	{"UniFi three names", `<30>Nov 23 18:14:15 USW-8P,788a20aabbcc,v4.3.20 syslog: x`, "2026-11-23T18:14:15Z", ""},
	{"UniFi gateway", `<30>Nov 23 18:14:15 UDM-Pro UDM-Pro sshd[4]: x`, "2026-11-23T18:14:15Z", "UDM-Pro"},
	{"OpenWrt", `<30>Nov 23 18:14:15 dnsmasq[1]: started`, "2026-11-23T18:14:15Z", ""},
	{"FreeBSD", `<38>Nov 23 18:14:15 su: alice to root on /dev/pts/0`, "2026-11-23T18:14:15Z", ""},
	{"weekday", `<30>Mon Nov 23 18:14:15 2026 daemon.info dnsmasq[1]: started`, "2026-11-23T18:14:15Z", ""},
	{"IPv6 host", `<34>Nov 23 18:14:15 2001:db8::1 app: m`, "2026-11-23T18:14:15Z", "2001:db8::1"},
	{"leading blank", ` <34>Nov 23 18:14:15 web1 su: failed`, "2026-11-23T18:14:15Z", "web1"},
	{"trailing NUL", "<34>Nov 23 18:14:15 web1 su: failed\x00", "2026-11-23T18:14:15Z", "web1"},
	{"AIX without time", `<45>Message forwarded from aix1: sshd[1]: x`, "", "aix1"},
	{"epoch", `<134>1763000000 ap1 hostapd: x`, "2025-11-13T02:13:20Z", "ap1"},
	{"epoch with fraction, without priority", `1763000000.123 web1 sshd[4]: x`, "2025-11-13T02:13:20.123Z", "web1"},
	{"IOS uptime as a clock", `<187>00:00:48: %LINK-3-UPDOWN: Interface Vlan1, changed state to up`, "", ""},
	{"IOS sequence number, uptime as a clock", `<187>12: 00:00:48: %LINK-3-UPDOWN: Interface Vlan1, changed state to up`, "", ""},
	{"MySQL's general log", "2026-11-23T18:14:15.123456Z\t    8 Connect\tbob@192.0.2.7 on shop", "2026-11-23T18:14:15.123456Z", ""},
	{"a process that is not yet its program", `<86>Nov 23 18:14:15 web1 (systemd)[7]: x`, "2026-11-23T18:14:15Z", "web1"},
	{"a level in brackets", `<14>Nov 23 18:14:15 app1 [INFO] x`, "2026-11-23T18:14:15Z", "app1"},
	{"AIX", `<38>Nov 23 18:14:15 Message forwarded from aix1: sshd[1]: x`, "2026-11-23T18:14:15Z", "aix1"},
	{"ISO with a blank", `<34>2026-11-23 18:14:15 web1 app: m`, "2026-11-23T18:14:15Z", "web1"},
	{"JSON body", `<34>Nov 23 18:14:15 web1 app: {"host":{"name":"other"},"user":{"name":"alice"}}`, "2026-11-23T18:14:15Z", "web1"},
	{"JSON body with cookie", `<34>1 2026-11-23T18:14:15Z web1 app 1 - - @cee: {"user":{"name":"alice"}}`, "2026-11-23T18:14:15Z", "web1"},
	{"program's own file", `2026-11-23 18:14:15 ERROR auth: login failed`, "2026-11-23T18:14:15Z", ""},
	{"program's own file without tag", `2026/11/23 18:14:15 something happened`, "2026-11-23T18:14:15Z", ""},
	{"rsyslog's file", `2026-11-23T18:14:15.123456+01:00 web1 sshd[1]: x`, "2026-11-23T17:14:15.123456Z", "web1"},
	{"repeated", `<34>Nov 23 18:14:15 last message repeated 3 times`, "2026-11-23T18:14:15Z", ""},
	{"two blanks behind the host", `Nov 23 18:14:15 web1  -- root[1]: ROOT LOGIN ON tty2`, "2026-11-23T18:14:15Z", "web1"},
	{"leap second", `<34>1 2016-12-31T23:59:60Z web1 app 1 - - m`, "2017-01-01T00:00:00Z", "web1"},
	{"no such day", `<34>Feb 30 18:14:15 web1 app: m`, "", ""},
	{"year 9999", `<34>1 9999-12-31T23:59:59Z web1 app 1 - - m`, "", "web1"},
	{"next year's line on New Year's Eve is this year's", `<34>Nov 24 19:59:00 web1 app: m`, "2026-11-24T19:59:00Z", "web1"},
	{"more than a day ahead is last year", `<34>Nov 24 20:01:00 web1 app: m`, "2025-11-24T20:01:00Z", "web1"},
	{"29 February", `<34>Feb 29 12:00:00 web1 app: m`, "2024-02-29T12:00:00Z", "web1"},
	{"version 0 and its time", `<165>0 2026-11-23T18:14:15Z web9 app 1 ID - m`, "2026-11-23T18:14:15Z", "web9"},
	{"priority twice", `<13><14>Nov 23 18:14:15 web9 app: m`, "2026-11-23T18:14:15Z", "web9"},
	{"priority twice, RFC 5424", `<13><14>1 2026-11-23T18:14:15Z web9 app 1 - - m`, "2026-11-23T18:14:15Z", "web9"},
	{"priority twice, without a header", `<13><14>m`, "", ""},
	{"zone with an offset behind a blank", `<13>Nov 23 18:14:15 GMT+1 web9 app[1]: m`, "2026-11-23T17:14:15Z", "web9"},
	{"host that bears a zone's name with an offset", `<13>Nov 23 18:14:15 GMT+1 m`, "2026-11-23T18:14:15Z", "GMT+1"},
	{"ASA RFC 5424 mode, a blank for the host", `<166>2026-11-23T18:14:15Z : %ASA-6-110002: Failed to locate egress interface`, "2026-11-23T18:14:15Z", ""},
	{"ASA with a zone before the host", `<166>Nov 23 18:14:15 CET fw7 : %ASA-6-110002: Failed to locate egress interface`, "2026-11-23T17:14:15Z", "fw7"},
	{"IOS with its session", `<189>123: [syslog@9 s_id="rtr7:514" s_sn="4"]: Nov 23 18:14:15: %SYS-5-CONFIG_I: Configured from console`, "2026-11-23T18:14:15Z", ""},
	{"IOS relayed, without clock", `<189>Nov 23 18:14:16 rtr7 123: 00:04:32: %SYS-5-CONFIG_I: Configured from console`, "2026-11-23T18:14:16Z", "rtr7"},
	{"IOS-XR with a number, without zone", `<189>123: RP/0/RSP0/CPU0:Nov 23 18:14:15.123 : config[65742]: %MGBL-SYS-5-CONFIG_I : Configured`, "2026-11-23T18:14:15.123Z", ""},
	{"IOS-XR relayed with a number", `<189>Nov 23 18:14:16 xr7 123: RP/0/RSP0/CPU0:Nov 23 18:14:15.123 : config[65742]: %MGBL-SYS-5-CONFIG_I : Configured`, "2026-11-23T18:14:16Z", "xr7"},
	{"Meraki", `<134>1 1795457655.123456789 MX9 flows src=192.0.2.7 dst=198.51.100.7 protocol=tcp sport=4711 dport=22 pattern: allow all`, "2026-11-23T18:14:15.123456789Z", "MX9"},
	{"CEF by its receipt in nanoseconds", `CEF:0|Acme|Wall|2.0|77|Name|5|rt=1795457655123456789`, "2026-11-23T18:14:15.123456789Z", ""},
	{"CEF by its end", `CEF:0|Acme|Wall|2.0|77|Name|5|start=1795457640000 end=Nov 23 2026 18:14:15.5 CET`, "2026-11-23T17:14:15.5Z", ""},
	{"CEF by its start", `CEF:0|Acme|Wall|2.0|77|Name|5|start=1795457655123`, "2026-11-23T18:14:15.123Z", ""},
	{"CEF in a zone of its own", `CEF:0|Acme|Wall|2.0|77|Name|5|rt=Nov 23 2026 13:14:15 dtz=America/New_York`, "2026-11-23T18:14:15Z", ""},
	{"CEF's zone is not that of the header", `<134>Nov 23 18:14:15 gw9 CEF:0|Acme|Wall|2.0|77|Name|5|rt=Nov 23 2026 13:14:15 dtz=America/New_York`, "2026-11-23T18:14:15Z", "gw9"},
	{"CEF by its device", `CEF:0|Acme|Wall|2.0|77|Name|5|dvchost=fw9 src=192.0.2.7`, "", "fw9"},
	{"LEEF by MM/dd/yyyy HH:mm:ss", "LEEF:1.0|Acme|Wall|2.0|77|src=192.0.2.7\tdevTime=11/03/2026 18:14:15\tdevTimeFormat=MM/dd/yyyy HH:mm:ss", "2026-11-03T18:14:15Z", ""},
	{"LEEF by dd/MM/yyyy HH:mm:ss", "LEEF:1.0|Acme|Wall|2.0|77|src=192.0.2.7\tdevTime=03/11/2026 18:14:15\tdevTimeFormat=dd/MM/yyyy HH:mm:ss", "2026-11-03T18:14:15Z", ""},
	{"LEEF by dd.MM.yy HH:mm:ss", "LEEF:1.0|Acme|Wall|2.0|77|src=192.0.2.7\tdevTime=23.11.26 18:14:15\tdevTimeFormat=dd.MM.yy HH:mm:ss", "2026-11-23T18:14:15Z", ""},
	{"LEEF by MMM dd yyyy hh:mm:ss a", "LEEF:1.0|Acme|Wall|2.0|77|src=192.0.2.7\tdevTime=Nov 23 2026 06:14:15 PM\tdevTimeFormat=MMM dd yyyy hh:mm:ss a", "2026-11-23T18:14:15Z", ""},
	{"LEEF by MMM dd yyyy hh:mm:ss a", "LEEF:1.0|Acme|Wall|2.0|77|src=192.0.2.7\tdevTime=Nov 23 2026 12:14:15 AM\tdevTimeFormat=MMM dd yyyy hh:mm:ss a", "2026-11-23T00:14:15Z", ""},
	{"LEEF by yyyyMMddHHmmss", "LEEF:1.0|Acme|Wall|2.0|77|src=192.0.2.7\tdevTime=20261123181415\tdevTimeFormat=yyyyMMddHHmmss", "2026-11-23T18:14:15Z", ""},
	{"LEEF by yyyy-MM-dd'T'HH:mm:ss.SSSZ", "LEEF:1.0|Acme|Wall|2.0|77|src=192.0.2.7\tdevTime=2026-11-23T18:14:15.123+0100\tdevTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2026-11-23T17:14:15.123Z", ""},
	{"LEEF by EEE MMM d HH:mm:ss z yyyy", "LEEF:1.0|Acme|Wall|2.0|77|src=192.0.2.7\tdevTime=Mon Nov 23 18:14:15 CET 2026\tdevTimeFormat=EEE MMM d HH:mm:ss z yyyy", "2026-11-23T17:14:15Z", ""},
	{"LEEF by dd/MM/yyyy HH:mm:ss", "LEEF:1.0|Acme|Wall|2.0|77|src=192.0.2.7\tdevTime=11/23/2026 18:14:15\tdevTimeFormat=dd/MM/yyyy HH:mm:ss", "", ""},
	{"LEEF by qq", "LEEF:1.0|Acme|Wall|2.0|77|src=192.0.2.7\tdevTime=x\tdevTimeFormat=qq", "", ""},
	{"JSON by 1795457655", `{"@timestamp":"1795457655","message":"m"}`, "2026-11-23T18:14:15Z", ""},
	{"JSON by 1795457655.123", `{"@timestamp":"1795457655.123","message":"m"}`, "2026-11-23T18:14:15.123Z", ""},
	{"JSON by 1795457655123", `{"@timestamp":"1795457655123","message":"m"}`, "2026-11-23T18:14:15.123Z", ""},
	{"JSON by 1795457655.123456789", `{"@timestamp":1795457655.123456789,"message":"m"}`, "2026-11-23T18:14:15.123456789Z", ""},
	{"JSON by 1795457655123.25", `{"@timestamp":1795457655123.25,"message":"m"}`, "2026-11-23T18:14:15.12325Z", ""},
	{"JSON by 2026-11-23 18:14:15.123 +0000", `{"@timestamp":"2026-11-23 18:14:15.123 +0000","message":"m"}`, "2026-11-23T18:14:15.123Z", ""},
	{"JSON by 2026-11-23 18:14:15.5 +0000 UTC m=+0.5", `{"@timestamp":"2026-11-23 18:14:15.5 +0000 UTC m=+0.5","message":"m"}`, "2026-11-23T18:14:15.5Z", ""},
	{"JSON by 2026-11-23 19:14:15 CET", `{"@timestamp":"2026-11-23 19:14:15 CET","message":"m"}`, "2026-11-23T18:14:15Z", ""},
	{"JSON by Mon, 23 Nov 2026 18:14:15 GMT", `{"@timestamp":"Mon, 23 Nov 2026 18:14:15 GMT","message":"m"}`, "2026-11-23T18:14:15Z", ""},
	{"JSON by 23/Nov/2026:19:14:15 +0100", `{"@timestamp":"23/Nov/2026:19:14:15 +0100","message":"m"}`, "2026-11-23T18:14:15Z", ""},
	{"JSON by \\/Date(1795457655123)\\/", `{"@timestamp":"\/Date(1795457655123)\/","message":"m"}`, "2026-11-23T18:14:15.123Z", ""},
	{"JSON by 11/23/2026 6:14:15 PM", `{"@timestamp":"11/23/2026 6:14:15 PM","message":"m"}`, "2026-11-23T18:14:15Z", ""},
	{"JSON by 11/23/2026 12:14:15 AM", `{"@timestamp":"11/23/2026 12:14:15 AM","message":"m"}`, "2026-11-23T00:14:15Z", ""},
	{"JSON by the thirteenth hour of half a day", `{"@timestamp":"11/23/2026 13:14:15 PM","message":"m"}`, "", ""},
	{"a line behind a time alone", "2026-11-23T18:14:15.000Z Nov 23 18:14:15 web1 systemd: Stopping.", "2026-11-23T18:14:15Z", "web1"},
	{"JSON whose time ends in a blank", `{"@timestamp":"2026-11-23 18:14:15 +0100 ","message":"m"}`, "", ""},
	{"JSON with a zone by offset", `{"timestamp":"2026-11-23 18:14:15","event":{"timezone":"+01:00"},"message":"m"}`, "2026-11-23T17:14:15Z", ""},
	{"JSON with a zone by name", `{"timestamp":"2026-11-23 18:14:15","event":{"timezone":"Europe/Berlin"},"message":"m"}`, "2026-11-23T17:14:15Z", ""},
	{"JSON with a zone that is none", `{"timestamp":"2026-11-23 18:14:15","event":{"timezone":"../../etc/passwd"},"message":"m"}`, "2026-11-23T18:14:15Z", ""},
	{"JSON with a zone that is the reader's", `{"timestamp":"2026-11-23 18:14:15","event":{"timezone":"Local"},"message":"m"}`, "2026-11-23T18:14:15Z", ""},
}

func TestHeaders(t *testing.T) {
	for _, c := range headerCases {
		e, s := row(t, c.line, Auto)
		when := ""
		if s.Has {
			when = time.Unix(0, s.Time).UTC().Format(time.RFC3339Nano)
		}
		if when != c.time || e.Str(event.HostName) != c.host {
			t.Errorf("%s: time %q and host %q, should be %q and %q\n\t%q", c.kind, when, e.Str(event.HostName), c.time, c.host, c.line)
		}
		if got := string(Host([]byte(c.line))); got != "" && got != e.Str(event.HostName) {
			t.Errorf("%s: Host is %q, host.name %q", c.kind, got, e.Str(event.HostName))
		}
	}
}

func TestZone(t *testing.T) {
	f := func(zone, line, want string) {
		t.Helper()
		p, err := New(Options{Zone: zone})
		if err != nil {
			t.Fatal(err)
		}
		var b event.Batch
		for range 2 { // the second finds the day remembered
			s := p.Line(&b, []byte(line), received, Auto)
			b.End()
			if got := time.Unix(0, s.Time).UTC().Format(time.RFC3339); got != want {
				t.Errorf("%s in %s: %s, should be %s", line, zone, got, want)
			}
		}
	}
	f("Europe/Berlin", "<34>Nov 23 18:14:15 h a: m", "2026-11-23T17:14:15Z")
	f("Europe/Berlin", "<34>Jul  1 18:14:15 h a: m", "2026-07-01T16:14:15Z")
	f("Europe/Berlin", "<34>Mar 29 01:30:00 h a: m", "2026-03-29T00:30:00Z") // the day of the change
	f("Europe/Berlin", "<34>Mar 29 03:30:00 h a: m", "2026-03-29T01:30:00Z")
	f("Asia/Kolkata", "<34>Nov 23 18:14:15 h a: m", "2026-11-23T12:44:15Z")
	f("America/New_York", "<34>1 2026-11-23T18:14:15Z h a - - - m", "2026-11-23T18:14:15Z")
	f("Asia/Kolkata", `{"CreationTime":"2026-11-23T18:14:15","Operation":"UserLoggedIn","UserId":"ann@example.com","Workload":"AzureActiveDirectory"}`, "2026-11-23T18:14:15Z") // states UTC, in no word
	at := func(now, zone, line, want string) {                                                                                                                                  // of the hour that comes twice the one that the receipt speaks for
		t.Helper()
		was := received
		defer func() { received = was }()
		v, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		received = v.UnixNano()
		f(zone, line, want)
	}
	at("2026-10-25T00:30:05Z", "Europe/Berlin", "<34>Oct 25 02:30:00 h a: m", "2026-10-25T00:30:00Z")
	at("2026-10-25T01:30:05Z", "Europe/Berlin", "<34>Oct 25 02:30:00 h a: m", "2026-10-25T01:30:00Z")
	at("2026-10-25T01:30:05Z", "Europe/Berlin", "<34>2026-10-25T01:59:00 h a: m", "2026-10-24T23:59:00Z")
	at("2026-11-01T05:30:05Z", "America/New_York", "<34>Nov  1 01:30:00 h a: m", "2026-11-01T05:30:00Z")
	at("2026-11-01T06:30:05Z", "America/New_York", "<34>Nov  1 01:30:00 h a: m", "2026-11-01T06:30:00Z")
	at("2026-04-04T15:15:00Z", "Australia/Lord_Howe", "<34>Apr  5 01:45:00 h a: m", "2026-04-04T15:15:00Z") // by half an hour
	if _, err := New(Options{Zone: "Mars/Olympus"}); err == nil {
		t.Error("a zone that does not exist is accepted")
	}
}

// TestYear holds the year that a line leaves out to the time of receipt: New Year, leap years, clocks that run ahead.
func TestYear(t *testing.T) {
	f := func(now, stamp, want string) {
		t.Helper()
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		p, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b event.Batch
		s := p.Line(&b, []byte("<34>"+stamp+" web1 app: m"), at.UnixNano(), Auto)
		b.End()
		if got := time.Unix(0, s.Time).UTC().Format(time.RFC3339); got != want || s.Year {
			t.Errorf("%s received at %s: %s, should be %s", stamp, now, got, want)
		}
	}
	f("2027-01-01T00:00:05Z", "Dec 31 23:59:58", "2026-12-31T23:59:58Z")
	f("2026-12-31T23:59:58Z", "Jan  1 00:00:05", "2027-01-01T00:00:05Z") // the sender's clock runs ahead
	f("2026-12-31T23:59:58Z", "Jan  2 00:00:05", "2026-01-02T00:00:05Z")
	f("2027-01-01T00:00:05Z", "Jan  1 00:00:04", "2027-01-01T00:00:04Z")
	f("2028-02-29T12:00:00Z", "Feb 29 11:59:59", "2028-02-29T11:59:59Z")
	f("2027-03-01T12:00:00Z", "Feb 29 11:59:59", "2024-02-29T11:59:59Z")
	f("2026-06-30T12:00:00Z", "Jul  2 12:00:00", "2025-07-02T12:00:00Z")
}

// TestSyslogFields holds log.syslog.* to what the header says.
func TestSyslogFields(t *testing.T) {
	f := func(line string, want map[string]string) {
		t.Helper()
		e, _ := row(t, line, Auto)
		for name, v := range want {
			if got := fieldText(e, "log.syslog."+name); got != v {
				t.Errorf("%s: log.syslog.%s is %q, should be %q", line, name, got, v)
			}
		}
	}
	f("<165>1 2026-11-23T18:14:15Z web1 app 4711 ID47 - m", map[string]string{"priority": "165", "facility.code": "20", "facility.name": "local4",
		"severity.code": "5", "severity.name": "notice", "version": "1", "hostname": "web1", "appname": "app", "procid": "4711", "msgid": "ID47"})
	f("<38>Nov 23 18:14:15 web1 sshd[7]: x", map[string]string{"priority": "38", "facility.name": "auth", "severity.name": "informational", "hostname": "web1", "appname": "sshd", "procid": "7", "version": "", "msgid": ""})
	f("<38>Nov 23 18:14:15 web1 sshd[-]: x", map[string]string{"appname": "sshd", "procid": "", "hostname": "web1"})
	f("Nov 23 18:14:15 web1 sshd[7]: x", map[string]string{"priority": "", "facility.code": "", "severity.code": "", "hostname": "web1"})
	f("<192>Nov 23 18:14:15 web1 sshd[7]: x", map[string]string{"priority": "", "facility.code": "", "hostname": "web1"})
}
