// Package ruletest says what predicates mean, for all that evaluates them.
package ruletest

import (
	"strings"
	"time"

	"watchpost/internal/event"
)

// At is the effective time of the events of Events.
var At = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Names names the rows of Events, in order.
var Names = strings.Fields("ssh bare odd list raw")

// Events gives the events that Table speaks of. form, if not nil, is called before each is complete.
func Events(form func(*event.Batch)) *event.Batch {
	b := new(event.Batch)
	row := func(line string, set func()) {
		b.Begin([]byte(line), At.UnixNano())
		if set != nil {
			set()
		}
		if form != nil {
			form(b)
		}
		b.End()
	}
	row("sshd[7]: Failed password for root from 203.0.113.7 port 51022 ssh2", func() {
		b.SetString(event.Message, "Failed password for root from 203.0.113.7 port 51022 ssh2")
		b.SetString(event.UserName, "root")
		b.SetString(event.SourceIP, "203.0.113.7")
		b.SetInt(event.SourcePort, 51022)
		b.SetString(event.EventOutcome, "failure")
		b.SetInt(event.EventStart, At.Add(-time.Hour).UnixNano())
		b.Label([]byte("tries"), []byte("13"))
		b.Label([]byte("zone"), []byte("dmz"))
	})
	row("-", nil)
	row("odd", func() {
		b.SetString(event.Message, "Größe 100%_\\ of C:\\Temp\nsecond line")
		b.SetString(event.UserName, "Root")
		b.SetString(event.SourceIP, "::ffff:203.0.113.7")
		b.SetInt(event.SourcePort, 0)
		b.SetBool(event.ProcessCodeSignatureTrusted, false)
		b.SetFloat(event.EventRiskScore, 0.5)
		b.SetString(event.HostName, "host")
		b.SetString(event.UserTargetName, "ROOT")
	})
	row("list", func() {
		b.SetString(event.UserName, "ann")
		b.AddString(event.UserRoles, "admin")
		b.AddString(event.UserRoles, "Backup")
		b.AddString(event.HostIP, "10.1.2.3")
		b.AddString(event.HostIP, "2001:DB8:0:0::1")
		b.SetBool(event.ProcessCodeSignatureTrusted, true)
		b.SetString(event.HostName, "Host")
		b.SetString(event.UserTargetName, "ann")
		b.SetString(event.ProcessCommandLine, "PowerShell.exe –enc dwBoAG8AYQBtAGkAIAAvAGEAbABsAA==")
		b.SetFloat(event.EventRiskScore, 70)
		b.SetInt(event.SourcePort, 443)
	})
	row("raw \xff\xfe line\x00end", func() {
		b.SetString(event.SourceIP, "2001:db8::5")
		b.SetString(event.HostName, "fe80::1%eth0")
		b.SetInt(event.SourceBytes, 9007199254740993)
		b.SetString(event.UserTargetName, "caf\xe9s")
		b.SetString(event.ProcessCommandLine, "cmd\xe9\x00 w\x00i\x00d\x00e\x00")
	})
	b.SetID(event.NewBlockID(At.UnixNano()))
	return b
}

// Row says that of Events those named in Want match Match, and no other. If Want is !, Match is no predicate.
type Row struct{ Match, Want string }

// Table is the meaning of predicates.
var Table = []Row{
	{`true`, "ssh bare odd list raw"},
	{`false`, ""},

	// A comparison with what is missing is false; not negates; != is not ==.
	{`user.name == "root"`, "ssh"},
	{`not (user.name == "root")`, "bare odd list raw"},
	{`user.name != "root"`, "bare odd list raw"},
	{`user.name == ""`, ""},
	{`user.name != ""`, "ssh bare odd list raw"},
	{`user.name < "a"`, "odd"},
	{`user.name >= ""`, "ssh odd list"},
	{`source.port < 1024`, "odd list"},
	{`not (source.port < 1024)`, "ssh bare raw"},
	{`source.port == 0`, "odd"},
	{`source.port != 0`, "ssh bare list raw"},
	{`source.port > -1`, "ssh odd list"},
	{`source.port > 442.5`, "ssh list"},
	{`source.port == 443.5`, ""},
	{`source.port < 1e300`, "ssh odd list"},
	{`source.port > 1e300`, ""},
	{`22 < source.port`, "ssh list"},
	{`400 < source.port < 500`, "list"},
	{`source.port in 1..1023`, "list"},
	{`source.port in [0, 443, 443.5]`, "odd list"},
	{`source.port not in [0, 443]`, "ssh bare raw"},
	{`source.port in []`, ""},
	{`source.bytes == 9007199254740993`, "raw"},
	{`source.bytes == 9007199254740992`, ""},
	{`source.bytes > 9007199254740992.0`, "raw"},
	{`event.risk_score >= 0.5`, "odd list"},
	{`event.risk_score == 70`, "list"},
	{`event.risk_score in [70, 0.5]`, "odd list"},

	// Truth values.
	{`process.code_signature.trusted`, "list"},
	{`not process.code_signature.trusted`, "ssh bare odd raw"},
	{`process.code_signature.trusted == false`, "odd"},
	{`process.code_signature.trusted != true`, "ssh bare odd raw"},
	{`process.code_signature.trusted in [true, false]`, "odd list"},

	// Presence: empty is missing, zero and false are not.
	{`exists(user.name)`, "ssh odd list"},
	{`exists(source.port)`, "ssh odd list"},
	{`exists(process.code_signature.trusted)`, "odd list"},
	{`exists(user.roles)`, "list"},
	{`exists(labels)`, "ssh"},
	{`exists(labels["zone"])`, "ssh"},
	{`not exists(labels.zone)`, "bare odd list raw"},
	{`exists(timestamp)`, "ssh bare odd list raw"},
	{`exists(message)`, "ssh odd"},

	// Case: == and the operators tell it apart, the i-functions fold it.
	{`user.name in ["root", "Root"]`, "ssh odd"},
	{`ieq(user.name, "ROOT")`, "ssh odd"},
	{`iequals(user.name, "ROOT", "ANN")`, "ssh odd list"},
	{`domain(user.name, "ROOT", "ann.")`, "ssh odd list"},
	{`domain(user.roles, "backup")`, "list"},
	{`domain(labels.zone, "Dmz")`, "ssh"},
	{`domain(message, "113.7 PORT 51022 ssh2")`, "ssh"}, // by whole labels
	{`domain(message, "13.7 port 51022 ssh2")`, ""},
	{`domain(message, ".113.7 port 51022 ssh2")`, ""},
	{`domain(message, "Failed password for root from 203")`, ""},
	{`domain(user.name, ".")`, "!"},
	{`domain(user.name, "")`, "!"},
	{`domain(user.name, host.name)`, "!"},
	{`domain(source.port, "a")`, "!"},
	{`not ieq(user.name, "ROOT")`, "bare list raw"},
	{`user.name contains "oo"`, "ssh odd"},
	{`user.name not contains "oo"`, "bare list raw"},
	{`user.name contains ""`, "ssh odd list"},
	{`user.name startsWith "R"`, "odd"},
	{`user.name endsWith "t"`, "ssh odd"},
	{`istartsWith(user.name, "RO", "AN")`, "ssh odd list"},
	{`iendsWith(user.name, "OT")`, "ssh odd"},
	{`icontains(message, "FAILED password")`, "ssh"},
	{`icontains(message, "gRÖSSE", "GRÖßE")`, "odd"},
	{`message contains "100%_\\ of"`, "odd"},
	{`message contains "1000"`, ""},

	// Patterns.
	{`wildcard(user.name, "?oot")`, "ssh odd"},
	{`wildcard(user.name, "r*")`, "ssh"},
	{`iwildcard(user.name, "r*T")`, "ssh odd"},
	{`wildcard(user.name, "roo")`, ""},
	{`wildcard(user.name, "*")`, "ssh odd list"},
	{`wildcard(message, "Gr??e*\\*?*")`, ""},
	{`wildcard(message, "Gr??e*C:\\\\Temp*line")`, "odd"},
	{`wildcard(event.original, "raw ? line?end")`, "raw"},
	{`user.name matches "^[rR]oot$"`, "ssh odd"},
	{`user.name matches "^$"`, ""},
	{`user.name not matches "o"`, "bare list raw"},
	{`message matches "Temp.second"`, ""},
	{`message matches "(?s)Temp.second"`, "odd"},
	{`message matches "(?m)^second"`, "odd"},
	{`event.original matches "^raw . line.end$"`, "raw"},
	{`user.target.name matches "^caf.s$"`, "raw"},
	{`wildcard(user.target.name, "c*?s")`, "raw"},
	{`event.original contains "line\x00end"`, "raw"},

	// Lists: any element.
	{`user.roles == "admin"`, "list"},
	{`user.roles != "admin"`, "ssh bare odd raw"},
	{`"Backup" in user.roles`, "list"},
	{`user.roles in ["x", "Backup"]`, "list"},
	{`user.roles not in ["x", "y"]`, "ssh bare odd list raw"},
	{`user.roles contains "min"`, "list"},
	{`ieq(user.roles, "BACKUP")`, "list"},
	{`user.roles matches "^a.*n$"`, "list"},
	{`wildcard(user.roles, "B*p")`, "list"},
	{`user.roles > "a"`, "list"},

	// Addresses have one form.
	{`source.ip == "203.0.113.7"`, "ssh odd"},
	{`source.ip == "::ffff:cb00:7107"`, "ssh odd"},
	{`source.ip != "203.0.113.7"`, "bare list raw"},
	{`source.ip in ["203.0.113.7", "2001:0db8::0005"]`, "ssh odd raw"},
	{`host.ip == "2001:db8::1"`, "list"},
	{`cidr(source.ip, "203.0.113.0/24")`, "ssh odd"},
	{`cidr(source.ip, "::/0")`, "raw"},
	{`cidr(source.ip, "0.0.0.0/0")`, "ssh odd"},
	{`cidr(source.ip, "::ffff:0:0/96")`, "ssh odd"},
	{`cidr(host.ip, "10.0.0.0/8", "192.168.0.0/16")`, "list"},
	{`cidr(source.ip, "198.51.100.0/24", "2001:db8::/32")`, "raw"},
	{`not cidr(source.ip, "203.0.113.0/24")`, "bare list raw"},
	{`cidr(host.name, "fe80::/10")`, ""},
	{`source.ip startsWith "203."`, "ssh"},

	// Labels and times.
	{`labels["zone"] == "dmz"`, "ssh"},
	{`labels["zone"] != "dmz"`, "bare odd list raw"},
	{`labels.zone in ["dmz"]`, "ssh"},
	{`labels["other"] == "dmz"`, ""},
	{`timestamp == "2026-03-01T12:00:00Z"`, "ssh bare odd list raw"},
	{`timestamp < "2026-03-01T13:00:00.5+01:00"`, "ssh bare odd list raw"},
	{`timestamp > "2026-03-01T12:00:00Z"`, ""},
	{`event.start <= "2026-03-01T11:00:00Z"`, "ssh"},
	{`event.start > "2026-03-01T11:00:00Z"`, ""},
	{`event.start in ["2026-03-01T11:00:00Z"]`, "ssh"},

	// Two fields, and reckoning.
	{`user.name == user.target.name`, "list"},
	{`user.name != user.target.name`, "ssh bare odd raw"},
	{`source.port + 1 == 444`, "list"},
	{`source.port / 0 == 1`, ""},
	{`not (source.port + 1 == 444)`, "ssh bare odd raw"},
	{`len(user.name) > 3`, "ssh odd"},
	{`len(user.roles) == 2`, "list"},
	{`lower(user.name) == "root"`, "ssh odd"},
	{`number(labels["tries"]) > 12.5`, "ssh"},
	{`number(labels["tries"]) < 0x0d`, ""},
	{`number(labels["zone"]) >= 0`, ""},
	{`not (number(labels["zone"]) >= 0)`, "ssh bare odd list raw"},
	{`number(source.port) == 1`, "!"},

	{`ieq(user.name, user.target.name)`, "odd list"},
	{`not ieq(user.name, user.target.name)`, "ssh bare raw"},
	{`icontains(message, user.name)`, "ssh"},
	{`istartsWith(host.name, user.name)`, ""},
	{`iendsWith(user.roles, event.original)`, ""},
	{`event.original contains user.name`, "ssh"},
	{`user.name startsWith user.target.name`, "list"},
	{`user.target.name endsWith user.name`, "list"},
	{`ieq(user.name, source.port)`, "!"},

	// Texts made of texts: any of them.
	{`process.command_line contains "-enc"`, ""},
	{`process.command_line contains windash("-enc")`, "list"},
	{`process.command_line not contains windash("-enc", "/x")`, "ssh bare odd raw"},
	{`istartsWith(process.command_line, windash("powershell.exe /ENC"))`, "list"},
	{`wildcard(process.command_line, windash("*-enc *"))`, "list"},
	{`user.name == windash("root")`, "ssh"},
	{`user.name in [windash("root"), "ann"]`, "ssh list"},
	{`process.command_line contains base64(wide("whoami"))`, "list"},
	{`process.command_line contains base64offset(wide("hoami"))`, "list"},
	{`process.command_line contains base64offset("hoami")`, ""},
	{`process.command_line contains wide("wide")`, "raw"},
	{`process.command_line contains wide("WIDE")`, ""},
	{`icontains(process.command_line, wide("WIDE"))`, "raw"},
	{`process.command_line endsWith wide("e")`, "raw"},
	{`process.command_line contains wide("é")`, "raw"},
	{`icontains(process.command_line, wide("É"))`, ""},
	{`ieq(process.command_line, wide("é"), "x")`, ""},
	{`event.original contains utf16("")`, "raw"},
	{`process.command_line contains utf16be("wid")`, ""},
	{`process.command_line contains utf16be("id")`, "raw"},
	{`wildcard(process.command_line, wide("é"))`, "!"},
	{`process.command_line matches wide("e")`, "!"},
	{`process.command_line contains windash(user.name)`, "!"},
	{`process.command_line contains windash(1)`, "!"},
	{`windash("x")`, "!"},
	{`source.port == base64("x")`, "!"},

	// Keywords.
	{`anywhere("FAILED pass")`, "ssh"},
	{`anywhere("C:\\temp", "LINE\x00")`, "odd raw"},
	{`anywhere(windash("-"))`, "bare"},
	{`not anywhere("s", "o")`, "bare raw"},

	// Words.
	{`word("FAILED password")`, "ssh"},
	{`word("ailed")`, ""},
	{`word("ssh")`, ""},
	{`word("ssh", "odd")`, "odd"},
	{`word("203.0.113.7")`, "ssh"},
	{`word("203.0.113.70")`, ""},
	{`word("03.0.113.7")`, ""},
	{`word("GRÖßE")`, "odd"},
	{`word("größ")`, ""},
	{`word("C:\\temp")`, "odd"},
	{`word("LINE")`, "odd raw"},
	{`word("raw")`, "raw"},
	{`word("-")`, "bare"},
	{`not word("line", "root")`, "bare list"},
	{`word(wide("é"))`, "!"},
	{`word()`, "!"},
	{`word(user.name)`, "!"},

	// Lists.
	{`source.ip in list("office")`, "ssh odd raw"},
	{`source.ip not in list("office")`, "bare list"},
	{`host.ip in list("nets")`, "list"},
	{`cidr(source.ip, list("office"))`, "ssh odd raw"},
	{`cidr(source.ip, list("nets"), "203.0.113.7")`, "ssh odd"},
	{`user.name in list("names")`, "ssh"},
	{`user.name in ilist("names")`, "ssh odd list"},
	{`user.name not in ilist("names")`, "bare raw"},
	{`user.name in dlist("names")`, "ssh odd list"},
	{`user.name in dlist("empty")`, ""},
	{`message not in dlist("names")`, "ssh bare odd list raw"},
	{`source.ip in dlist("office")`, "!"},
	{`dlist("names")`, "!"},
	{`icontains(message, list("names"))`, "ssh odd"},
	{`source.port in list("ports")`, "ssh list"},
	{`user.name in list("empty")`, ""},
	{`user.name not in list("empty")`, "ssh bare odd list raw"},
	{`user.name in list("nosuch")`, "!"},
	{`source.ip in list("names")`, "!"},
	{`source.ip in ilist("office")`, "!"},
	{`source.port in ilist("ports")`, "!"},
	{`user.name in list(user.name)`, "!"},
	{`user.name == ilist("names")`, "!"},

	// Parts of times.
	{`hour(timestamp) == 12`, "ssh bare odd list raw"},
	{`hour(timestamp, "Europe/Berlin") == 13`, "ssh bare odd list raw"},
	{`hour(timestamp, "Asia/Kathmandu") == 17 and minute(timestamp, "Asia/Kathmandu") == 45`, "ssh bare odd list raw"},
	{`hour(timestamp, "America/St_Johns") == 8`, "ssh bare odd list raw"}, // the machine once read 08 as octal
	{`hour(event.start) in 9..11`, "ssh"},
	{`hour(event.start) < 11`, ""},
	{`hour(event.start) != 11`, "bare odd list raw"},
	{`hour(event.start) not in [10, 11]`, "bare odd list raw"},
	{`12 > hour(event.start)`, "ssh"},
	{`weekday(timestamp) == 0`, "ssh bare odd list raw"},
	{`weekday(timestamp) in 1..5`, ""},
	{`day(timestamp) == 1 and month(timestamp) == 3 and year(timestamp) == 2026 and week(timestamp) == 9`, "ssh bare odd list raw"},
	{`minute(timestamp) in []`, ""},
	{`hour(timestamp) > hour(event.start)`, "ssh"},
	{`hour(timestamp) * 100 + minute(timestamp) > 1159`, "ssh bare odd list raw"},
	{`hour(timestamp) == 24`, "!"},
	{`hour(timestamp) in 22..30`, "!"},
	{`hour(timestamp, "Nowhere/Land") == 1`, "!"},
	{`hour(timestamp, "Local") == 1`, "!"},
	{`hour(timestamp) == 1.5`, "!"},
	{`hour(user.name) == 1`, "!"},
	{`hour(timestamp)`, "!"},

	// and, or, not.
	{`user.name == "root" and source.port > 1000`, "ssh"},
	{`user.name == "root" or source.port == 443`, "ssh list"},
	{`not (exists(user.name) and exists(source.port))`, "bare raw"},
	{`!(exists(user.name)) || user.name == "ann" && source.port == 443`, "bare list raw"},
}
