package gen

import "strconv"

// kind is a sort of line.
type kind struct {
	weight  int // in a hundred
	pri     int
	app     string
	pid     bool
	quoted  bool // the body ends within quotes, which the frame closes
	dialect dialect
	host    string // prefix of the hosts' names
	body    func([]byte, *draws) []byte
}

// dialect is how a device frames its lines where they are not RFC 5424.
type dialect uint8

const (
	bsd dialect = iota
	cisco
	fortinet
)

// kinds are all sorts of lines; their weights add up to 100.
var kinds = []kind{
	{weight: 9, pri: 86, app: "sshd", pid: true, host: "web-", body: sshdFailed},
	{weight: 5, pri: 86, app: "sshd", pid: true, host: "web-", body: sshdAccepted},
	{weight: 6, pri: 86, app: "sshd", pid: true, host: "web-", body: sshdClosed},
	{weight: 4, pri: 86, app: "sshd", pid: true, host: "web-", body: pamSession},
	{weight: 6, pri: 85, app: "sudo", pid: true, host: "app-", body: sudo},
	{weight: 22, pri: 4, app: "kernel", host: "gw-", body: ufw},
	{weight: 11, pri: 166, app: "asa", host: "asa-", dialect: cisco, body: asaBuilt},
	{weight: 9, pri: 166, app: "asa", host: "asa-", dialect: cisco, body: asaTeardown},
	{weight: 12, pri: 189, app: "fortigate", quoted: true, host: "fgt-", dialect: fortinet, body: fortiTraffic},
	{weight: 16, pri: 134, app: "orders", pid: true, host: "app-", body: application},
}

// pick holds each kind's index as often as its weight.
var pick = func() (out []uint8) {
	for i, k := range kinds {
		for range k.weight {
			out = append(out, uint8(i))
		}
	}
	return out
}()

var (
	users    = []string{"alice", "bob", "carla", "dmitri", "erin", "farid", "grace", "henrik", "ines", "jun", "deploy", "backup", "svc-build", "postgres", "nagios", "ubuntu", "oracle", "admin", "test", "webmaster"}
	commands = []string{"/usr/bin/systemctl restart orders.service", "/usr/bin/apt-get update", "/usr/bin/journalctl -u nginx --since today", "/usr/sbin/ufw status verbose", "/bin/cat /var/log/nginx/error.log", "/usr/bin/docker ps --all"}
	words    = []string{"cart", "checkout", "invoice", "payment", "refund", "shipment", "coupon", "address", "session", "profile", "search", "stock", "queue", "worker", "retry", "cache"}
	ports    = []int{22, 23, 25, 53, 80, 443, 445, 1433, 3306, 3389, 5060, 5432, 6379, 8080, 8443}
)

func number(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

func port(b []byte, r *draws) []byte { return number(b, 20000+r.below(45000)) }

func (r *draws) user() string { return users[r.few(len(users))] }

func sshdFailed(b []byte, r *draws) []byte {
	b = append(b, "Failed password for "...)
	if r.below(2) == 0 {
		b = append(b, "invalid user "...)
	}
	b = append(b, r.user()...)
	b = append(b, " from "...)
	b = r.address(b, false)
	b = append(b, " port "...)
	b = port(b, r)
	return append(b, " ssh2"...)
}

func sshdAccepted(b []byte, r *draws) []byte {
	b = append(b, "Accepted publickey for "...)
	b = append(b, r.user()...)
	b = append(b, " from "...)
	b = r.address(b, true)
	b = append(b, " port "...)
	b = port(b, r)
	b = append(b, " ssh2: ED25519 SHA256:"...)
	v, w := r.next(), r.next()
	b = hex(hex(b, uint32(v)), uint32(v>>32))
	return hex(hex(b, uint32(w)), uint32(w>>32))
}

func sshdClosed(b []byte, r *draws) []byte {
	b = append(b, "Connection closed by authenticating user "...)
	b = append(b, r.user()...)
	b = append(b, ' ')
	b = r.address(b, false)
	b = append(b, " port "...)
	b = port(b, r)
	return append(b, " [preauth]"...)
}

func pamSession(b []byte, r *draws) []byte {
	b = append(b, "pam_unix(sshd:session): session opened for user "...)
	b = append(b, r.user()...)
	b = append(b, "(uid="...)
	b = number(b, 1000+r.few(50))
	return append(b, ") by (uid=0)"...)
}

func sudo(b []byte, r *draws) []byte {
	who := r.user()
	b = append(b, "  "...)
	b = append(b, who...)
	b = append(b, " : TTY=pts/"...)
	b = number(b, r.few(30))
	b = append(b, " ; PWD=/home/"...)
	b = append(b, who...)
	b = append(b, " ; USER=root ; COMMAND="...)
	return append(b, commands[r.few(len(commands))]...)
}

func ufw(b []byte, r *draws) []byte {
	b = append(b, '[')
	b = number(b, 100000+r.below(9000000))
	b = append(b, '.')
	b = number(b, 100000+r.below(900000))
	b = append(b, "] [UFW BLOCK] IN=eth0 OUT= MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC="...)
	b = r.address(b, false)
	b = append(b, " DST="...)
	b = r.address(b, true)
	b = append(b, " LEN="...)
	b = number(b, 40+4*r.few(20))
	b = append(b, " TOS=0x00 PREC=0x00 TTL="...)
	b = number(b, 40+r.below(200))
	b = append(b, " ID="...)
	b = number(b, r.below(65536))
	b = append(b, " PROTO=TCP SPT="...)
	b = port(b, r)
	b = append(b, " DPT="...)
	b = number(b, ports[r.few(len(ports))])
	return append(b, " WINDOW=1024 RES=0x00 SYN URGP=0"...)
}

func asaFlow(b []byte, r *draws) []byte {
	b = number(b, 100000000+r.below(800000000))
	b = append(b, " for outside:"...)
	b = r.address(b, false)
	b = append(b, '/')
	return port(b, r)
}

func asaBuilt(b []byte, r *draws) []byte {
	b = append(b, "%ASA-6-302013: Built inbound TCP connection "...)
	b = asaFlow(b, r)
	b = append(b, " (203.0.113.40/"...)
	b = port(b, r)
	b = append(b, ") to inside:"...)
	b = r.address(b, true)
	b = append(b, "/443 (198.51.100.11/443)"...)
	return b
}

func asaTeardown(b []byte, r *draws) []byte {
	b = append(b, "%ASA-6-302014: Teardown TCP connection "...)
	b = asaFlow(b, r)
	b = append(b, " to inside:"...)
	b = r.address(b, true)
	b = append(b, "/443 duration 0:00:"...)
	b = number(b, 10+r.below(50))
	b = append(b, " bytes "...)
	b = number(b, r.below(2000000))
	return append(b, " TCP FINs"...)
}

func fortiTraffic(b []byte, r *draws) []byte {
	b = append(b, `devname="fgt-`...)
	b = number(b, r.few(40))
	b = append(b, `" devid="FG100F0000000001" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=`...)
	b = r.address(b, true)
	b = append(b, ` srcport=`...)
	b = port(b, r)
	b = append(b, ` srcintf="lan" dstip=`...)
	b = r.address(b, false)
	b = append(b, ` dstport=443 dstintf="wan1" sessionid=`...)
	b = number(b, r.below(90000000))
	b = append(b, ` proto=6 action="close" policyid=`...)
	b = number(b, 1+r.few(90))
	b = append(b, ` service="HTTPS" dstcountry="Reserved" duration=`...)
	b = number(b, r.below(300))
	b = append(b, ` sentbyte=`...)
	b = number(b, r.below(900000))
	b = append(b, ` rcvdbyte=`...)
	b = number(b, r.below(9000000))
	b = append(b, ` sentpkt=`...)
	b = number(b, r.below(900))
	b = append(b, ` rcvdpkt=`...)
	b = number(b, r.below(9000))
	return append(b, ` msg="session`...)
}

func application(b []byte, r *draws) []byte {
	b = append(b, "level=info request="...)
	v := r.next()
	b = hex(hex(b, uint32(v)), uint32(v>>32))
	b = append(b, " user="...)
	b = append(b, r.user()...)
	b = append(b, " client="...)
	b = r.address(b, true)
	b = append(b, " took_ms="...)
	b = number(b, r.few(3000))
	b = append(b, " text="...)
	for range 14 + r.below(14) { // the drawn length
		b = append(b, words[r.below(len(words))]...)
		b = append(b, '-')
	}
	return append(b, "done"...)
}
