package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	alerts "watchpost/internal/alert"
	"watchpost/internal/detect"
	"watchpost/internal/event"
	"watchpost/internal/window"
)

// day writes the logs of a day of work: an office of fifty people, ten Linux servers, a domain, a firewall, the clouds that they
// use, and two administrators with a service provider's agent on each machine. Nobody attacks.
type day struct {
	rng   *rand.Rand
	at    time.Time
	lines []dayLine
}

type dayLine struct {
	at   time.Time
	text string
}

func (d *day) pick(s ...string) string { return s[d.rng.IntN(len(s))] }
func (d *day) n(most int) int          { return d.rng.IntN(most) }
func (d *day) user() string {
	return d.pick("anna", "bernd", "clara", "dieter", "eva", "frank", "gerda", "heinz", "ida", "jonas", "klara", "lars", "maria", "nils", "olga")
}
func (d *day) admin() string  { return d.pick("tom.adm", "ines.adm") }
func (d *day) server() string { return d.pick("web1", "web2", "db1", "app1", "app2", "git1") }
func (d *day) client() string { return fmt.Sprintf("10.0.1.%d", 20+d.n(50)) }
func (d *day) pc() string     { return fmt.Sprintf("PC-%03d", 1+d.n(50)) }
func (d *day) inet() string {
	return fmt.Sprintf("%d.%d.%d.%d", 80+d.n(100), d.n(250), d.n(250), 1+d.n(250))
}

// habit does something every so often, from an hour of the day to another.
func (d *day) habit(from, to float64, every time.Duration, do func()) {
	start := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	end := start.Add(time.Duration(to * float64(time.Hour)))
	for at := start.Add(time.Duration(from * float64(time.Hour))); at.Before(end); at = at.Add(every) {
		d.at = at.Add(time.Duration(d.rng.Int64N(int64(every))))
		do()
	}
}

func (d *day) once(hour float64, do func()) { d.habit(hour, hour+1e-6, 10*time.Minute, do) }

func (d *day) add(text string) {
	d.lines = append(d.lines, dayLine{d.at, text})
	d.at = d.at.Add(time.Duration(50+d.n(400)) * time.Millisecond) // what follows comes a little later
}

func (d *day) linux(host, program, format string, args ...any) {
	d.add(fmt.Sprintf("<86>1 %s %s %s %d - - ", d.at.Format("2006-01-02T15:04:05.000Z07:00"), host, program, 300+d.n(30000)) + fmt.Sprintf(format, args...))
}

func (d *day) object(m map[string]any) {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	d.add(string(b))
}

// windows is an event as Winlogbeat sends it; data are pairs of names and values.
func (d *day) windows(host, channel, provider string, id int, data ...string) {
	values := map[string]any{}
	for i := 0; i < len(data); i += 2 {
		values[data[i]] = data[i+1]
	}
	d.object(map[string]any{
		"@timestamp": d.at.Format(time.RFC3339Nano),
		"host":       map[string]any{"name": host},
		"winlog": map[string]any{"channel": channel, "provider_name": provider, "event_id": fmt.Sprint(id), "computer_name": host + ".corp.example",
			"record_id": 1000 + len(d.lines), "event_data": values},
	})
}

func (d *day) security(host string, id int, data ...string) {
	d.windows(host, "Security", "Microsoft-Windows-Security-Auditing", id, data...)
}

func (d *day) sysmon(host string, id int, data ...string) {
	d.windows(host, "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", id, append([]string{"UtcTime", d.at.Format("2006-01-02 15:04:05.000"), "ProcessId", fmt.Sprint(1000 + d.n(9000))}, data...)...)
}

func (d *day) process(host, user, parent, image, command string) {
	d.sysmon(host, 1, "Image", image, "CommandLine", command, "ParentImage", parent, "ParentCommandLine", `"`+parent+`"`, "User", `CORP\`+user,
		"IntegrityLevel", "Medium", "CurrentDirectory", `C:\Windows\system32\`, "Company", "Microsoft Corporation", "OriginalFileName", image[strings.LastIndexByte(image, '\\')+1:])
}

func (d *day) logon(host, user, kind, from string) {
	d.security(host, 4624, "TargetUserName", user, "TargetDomainName", "CORP", "LogonType", kind, "IpAddress", from, "IpPort", fmt.Sprint(49152+d.n(9000)),
		"LogonProcessName", "Kerberos", "AuthenticationPackageName", "Kerberos", "SubjectUserName", "-", "WorkstationName", "-", "TargetLogonId", fmt.Sprintf("0x%x", 4096+d.n(1<<20)))
}

func (d *day) firewall(format string, args ...any) {
	d.add(fmt.Sprintf(`<189>date=%s time=%s devname="fw1" devid="FG100F0000000001" tz="+0000" vd="root" `, d.at.Format("2006-01-02"), d.at.Format("15:04:05")) + fmt.Sprintf(format, args...))
}

const (
	sys32   = `C:\Windows\System32\`
	ps      = sys32 + `WindowsPowerShell\v1.0\powershell.exe`
	office  = `C:\Program Files\Microsoft Office\root\Office16\`
	profile = `C:\Users\`
)

func (d *day) servers() {
	for _, host := range []string{"web1", "web2", "db1", "app1", "app2", "git1", "mail1", "dns1", "backup1", "nas1"} {
		d.habit(0, 24, 5*time.Minute, func() {
			d.linux(host, "CRON", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)")
			d.linux(host, "CRON", "(root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)")
			d.linux(host, "CRON", "pam_unix(cron:session): session closed for user root")
		})
		d.habit(0, 24, 20*time.Minute, func() {
			d.linux(host, "systemd", "Starting sysstat-collect.service - system activity accounting tool...")
			d.linux(host, "systemd", "sysstat-collect.service: Deactivated successfully.")
			d.linux(host, "systemd", "Finished sysstat-collect.service - system activity accounting tool.")
		})
		d.once(6.2, func() {
			d.linux(host, "systemd", "Starting apt-daily-upgrade.service - Daily apt upgrade and clean activities...")
			d.linux(host, "dpkg", "status installed libssl3:amd64 3.0.15-1~deb12u1")
			d.linux(host, "systemd", "Stopping ssh.service - OpenBSD Secure Shell server...")
			d.linux(host, "sshd", "Received signal 15; terminating.")
			d.linux(host, "systemd", "Started ssh.service - OpenBSD Secure Shell server.")
			d.linux(host, "sshd", "Server listening on 0.0.0.0 port 22.")
			d.linux(host, "systemd", "apt-daily-upgrade.service: Deactivated successfully.")
		})
		d.habit(0, 24, 30*time.Minute, func() {
			d.linux(host, "smartd", "Device: /dev/sda [SAT], SMART Usage Attribute: 194 Temperature_Celsius changed from 67 to %d", 66+d.n(3))
			d.linux(host, "systemd-timesyncd", "Contacted time server 10.0.0.1:123 (ntp.corp.example).")
		})
		d.once(0.2, func() { d.linux(host, "logrotate", "rotating pattern: /var/log/syslog weekly (4 rotations)") })
		d.once(2.2, func() {
			d.linux(host, "restic", "snapshot 1a2b3c4d saved")
			d.linux(host, "systemd", "restic-backup.service: Deactivated successfully.")
			d.linux(host, "systemd", "Finished restic-backup.service - Backup to backup1.")
		})
	}
	// The two administrators work.
	d.habit(7, 17, 25*time.Minute, func() {
		host, who, from := d.server(), d.admin(), "10.0.5.10"
		if who == "ines.adm" {
			from = "10.0.5.11"
		}
		if d.n(8) == 0 {
			d.linux(host, "sshd", "Failed password for %s from %s port %d ssh2", who, from, 40000+d.n(9999))
		}
		d.linux(host, "sshd", "Accepted publickey for %s from %s port %d ssh2: ED25519 SHA256:4Jx0hZ8mVd1QyKx1f0n3o9b7c2d5e8g1h4j7k0m3n6p", who, from, 40000+d.n(9999))
		d.linux(host, "sshd", "pam_unix(sshd:session): session opened for user %s(uid=1001) by (uid=0)", who)
		d.linux(host, "systemd-logind", "New session %d of user %s.", 100+d.n(900), who)
		for range 1 + d.n(4) {
			d.linux(host, "sudo", "%s : TTY=pts/0 ; PWD=/home/%s ; USER=root ; COMMAND=%s", who, who, d.pick("/usr/bin/systemctl restart nginx", "/usr/bin/journalctl -u nginx",
				"/usr/bin/apt-get update", "/usr/bin/apt-get upgrade", "/usr/bin/vi /etc/nginx/nginx.conf", "/usr/bin/docker ps", "/usr/bin/ss -tlnp", "/usr/bin/tail -f /var/log/syslog",
				"/usr/bin/less /var/log/auth.log", "/usr/bin/cat /etc/hosts", "/usr/bin/lsof -i", "/usr/bin/du -sh /var", "/usr/bin/find /var/log -mtime +30", "/usr/sbin/ufw status",
				"/usr/bin/systemctl status postgresql", "/usr/bin/ps aux", "/usr/bin/id", "/usr/bin/docker exec -it app bash", "/usr/bin/rsync -a /srv/www/ web2:/srv/www/"))
			d.linux(host, "sudo", "pam_unix(sudo:session): session opened for user root(uid=0) by %s(uid=1001)", who)
			d.linux(host, "sudo", "pam_unix(sudo:session): session closed for user root")
		}
		d.linux(host, "sshd", "Received disconnect from %s port 40022:11: disconnected by user", from)
		d.linux(host, "sshd", "pam_unix(sshd:session): session closed for user %s", who)
	})
	d.once(10.5, func() { // somebody new has come
		d.linux("git1", "useradd", "new user: name=paula, UID=1042, GID=1042, home=/home/paula, shell=/bin/bash, from=/dev/pts/0")
		d.linux("git1", "passwd", "pam_unix(passwd:chauthtok): password changed for paula")
		d.linux("git1", "sudo", "tom.adm : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/usr/sbin/useradd -m -s /bin/bash paula")
	})
	d.once(11, func() { // a certificate is renewed, a configuration is mistyped once
		d.linux("web1", "certbot", "Congratulations, all renewals succeeded: /etc/letsencrypt/live/www.example.org/fullchain.pem (success)")
		d.linux("web1", "systemd", "nginx.service: Control process exited, code=exited, status=1/FAILURE")
		d.linux("web1", "systemd", "Failed to start nginx.service - A high performance web server and a reverse proxy server.")
		d.linux("web1", "systemd", "Started nginx.service - A high performance web server and a reverse proxy server.")
	})
	d.habit(0, 24, 40*time.Minute, func() { // git users push over SSH
		d.linux("git1", "sshd", "Accepted publickey for git from %s port %d ssh2: RSA SHA256:9b7c2d5e8g1h4j7k0m3n6p4Jx0hZ8mVd1QyKx1f0n3o", d.client(), 40000+d.n(9999))
	})
	d.habit(0, 24, 15*time.Minute, func() { // the provider's monitoring asks each server
		for _, host := range []string{"web1", "db1", "app1"} {
			d.linux(host, "sshd", "Accepted publickey for nagios from 10.0.5.30 port %d ssh2: ED25519 SHA256:1h4j7k0m3n6p4Jx0hZ8mVd1QyKx1f0n3o9b7c2d5e8g", 40000+d.n(9999))
			d.linux(host, "sshd", "pam_unix(sshd:session): session opened for user nagios(uid=998) by (uid=0)")
			d.linux(host, "sshd", "pam_unix(sshd:session): session closed for user nagios")
		}
	})
	d.habit(0, 24, 2*time.Minute, func() {
		d.linux("web1", "kernel", "[UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00 SRC=%s DST=198.51.100.10 LEN=40 TOS=0x00 PREC=0x00 TTL=240 ID=54321 PROTO=TCP SPT=%d DPT=%s WINDOW=1024 RES=0x00 SYN URGP=0",
			d.inet(), 40000+d.n(9999), d.pick("23", "22", "3389", "445", "8080", "5900", "6379", "2375"))
	})
	d.habit(5, 22, 10*time.Second, func() { // visitors of the web site
		status, path := "200", d.pick("/", "/about", "/products", "/products/17", "/static/app.js", "/static/logo.svg", "/api/cart", "/contact", "/favicon.ico", "/search?q=blue+shoes")
		switch d.n(40) {
		case 0:
			status, path = "404", d.pick("/robots.txt", "/apple-touch-icon.png", "/old-page")
		case 1:
			status, path = "301", "/products/"
		}
		d.linux("web1", "nginx", `%s - - [%s] "GET %s HTTP/1.1" %s %d "-" "%s"`, d.inet(), d.at.Format("02/Jan/2006:15:04:05 -0700"), path, status, 200+d.n(40000),
			d.pick("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari/604.1", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"))
	})
	d.habit(6, 20, 45*time.Second, func() { // mail
		id := fmt.Sprintf("%X", 1<<36+d.rng.Int64N(1<<36))
		d.linux("mail1", "postfix/smtpd", "connect from mx%d.example.net[%s]", d.n(9), "203.0.113."+fmt.Sprint(d.n(200)))
		d.linux("mail1", "postfix/qmgr", "%s: from=<news@example.net>, size=%d, nrcpt=1 (queue active)", id, 2000+d.n(90000))
		d.linux("mail1", "postfix/lmtp", "%s: to=<%s@corp.example>, relay=mail1[private/dovecot-lmtp], delay=0.3, delays=0.1/0/0.1/0.1, dsn=2.0.0, status=sent (250 2.0.0 Saved)", id, d.user())
	})
	d.habit(7, 18, time.Minute, func() {
		d.linux("mail1", "dovecot", "imap-login: Login: user=<%s>, method=PLAIN, rip=%s, lip=10.0.0.25, mpid=%d, TLS, session=<abc>", d.user(), d.client(), 1000+d.n(9000))
	})
	d.habit(0, 24, 10*time.Second, func() {
		d.linux("dns1", "named", "client @0x7f1c %s#%d (%s): query: %s IN A +E(0) (10.0.0.53)", d.client(), 40000+d.n(9999), "x", d.pick("www.example.org", "outlook.office365.com", "login.microsoftonline.com",
			"update.example.com", "cdn.example.net", "teams.microsoft.com", "ocsp.digicert.com", "dc1.corp.example", "_ldap._tcp.corp.example", "clients4.google.com"))
	})
	d.habit(6, 19, 4*time.Minute, func() {
		d.linux("dns1", "dhcpd", "DHCPREQUEST for %s from 52:54:00:%02x:%02x:%02x (%s) via eth0", d.client(), d.n(256), d.n(256), d.n(256), d.pc())
		d.linux("dns1", "dhcpd", "DHCPACK on %s to 52:54:00:%02x:%02x:%02x (%s) via eth0", d.client(), d.n(256), d.n(256), d.n(256), d.pc())
	})
}

func (d *day) domain() {
	d.habit(0, 24, 20*time.Second, func() { // computers and services
		d.logon("dc1", d.pc()+"$", "3", d.client())
		d.security("dc1", 4769, "TargetUserName", d.user()+"@CORP.EXAMPLE", "ServiceName", d.pick("DC1$", "FS1$", "krbtgt", "PC-007$"), "TicketEncryptionType", "0x12", "TicketOptions", "0x40810000", "IpAddress", "::ffff:"+d.client(), "Status", "0x0")
	})
	d.habit(7, 9, 25*time.Second, func() { // people come
		who, pc := d.user(), d.pc()
		d.security("dc1", 4768, "TargetUserName", who, "TargetDomainName", "CORP", "ServiceName", "krbtgt", "TicketEncryptionType", "0x12", "PreAuthType", "2", "IpAddress", "::ffff:"+d.client(), "Status", "0x0")
		if d.n(12) == 0 {
			d.security(pc, 4625, "TargetUserName", who, "TargetDomainName", "CORP", "LogonType", "2", "Status", "0xc000006d", "SubStatus", "0xc000006a", "IpAddress", "127.0.0.1", "ProcessName", sys32+"svchost.exe")
		}
		d.logon(pc, who, "2", "127.0.0.1")
		d.logon("fs1", who, "3", d.client())
		d.process(pc, who, sys32+"userinit.exe", `C:\Windows\explorer.exe`, `C:\Windows\Explorer.EXE`)
		d.process(pc, who, sys32+"gpscript.exe", ps, `powershell.exe -NoProfile -ExecutionPolicy Bypass -File \\corp.example\netlogon\logon.ps1`)
		d.process(pc, who, `C:\Windows\explorer.exe`, profile+who+`\AppData\Local\Microsoft\OneDrive\OneDrive.exe`, `"C:\Users\`+who+`\AppData\Local\Microsoft\OneDrive\OneDrive.exe" /background`)
		d.sysmon(pc, 13, "EventType", "SetValue", "Image", profile+who+`\AppData\Local\Microsoft\OneDrive\OneDrive.exe`, "TargetObject", `HKU\S-1-5-21-1-2-3-1104\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\OneDrive`,
			"Details", `"C:\Users\`+who+`\AppData\Local\Microsoft\OneDrive\OneDrive.exe" /background`, "User", `CORP\`+who)
	})
	d.habit(8, 17.5, 8*time.Second, func() { // and work
		who, pc := d.user(), d.pc()
		explorer := `C:\Windows\explorer.exe`
		switch d.n(12) {
		case 0:
			d.process(pc, who, explorer, office+"OUTLOOK.EXE", `"`+office+`OUTLOOK.EXE"`)
		case 1:
			d.process(pc, who, office+"OUTLOOK.EXE", office+"WINWORD.EXE", `"`+office+`WINWORD.EXE" /n "C:\Users\`+who+`\AppData\Local\Microsoft\Windows\INetCache\Content.Outlook\AB12CD34\offer.docx" /o ""`)
		case 2:
			d.process(pc, who, office+"WINWORD.EXE", `C:\Windows\splwow64.exe`, `C:\Windows\splwow64.exe 8192`)
		case 3:
			d.process(pc, who, explorer, `C:\Program Files\Adobe\Acrobat DC\Acrobat\Acrobat.exe`, `"C:\Program Files\Adobe\Acrobat DC\Acrobat\Acrobat.exe" "C:\Users\`+who+`\Downloads\invoice.pdf"`)
		case 4:
			d.process(pc, who, explorer, `C:\Program Files\Google\Chrome\Application\chrome.exe`, `"C:\Program Files\Google\Chrome\Application\chrome.exe" --single-argument https://www.example.org/`)
			d.process(pc, who, `C:\Program Files\Google\Chrome\Application\chrome.exe`, `C:\Program Files\Google\Chrome\Application\chrome.exe`, `"C:\Program Files\Google\Chrome\Application\chrome.exe" --type=renderer --lang=de`)
		case 5:
			d.sysmon(pc, 3, "Image", `C:\Program Files\Google\Chrome\Application\chrome.exe`, "User", `CORP\`+who, "Protocol", "tcp", "Initiated", "true", "SourceIp", d.client(), "DestinationIp", d.inet(), "DestinationPort", "443", "DestinationHostname", "-")
		case 6:
			d.sysmon(pc, 22, "Image", sys32+"svchost.exe", "QueryName", d.pick("outlook.office365.com", "www.example.org", "teams.microsoft.com"), "QueryStatus", "0", "QueryResults", "::ffff:203.0.113.9;")
		case 7:
			d.sysmon(pc, 11, "Image", `C:\Program Files\Google\Chrome\Application\chrome.exe`, "TargetFilename", profile+who+`\Downloads\`+d.pick("invoice.pdf", "setup.exe", "report.xlsx", "photos.zip"), "User", `CORP\`+who)
		case 8:
			d.process(pc, who, sys32+"svchost.exe", sys32+"taskhostw.exe", "taskhostw.exe")
			d.process(pc, "SYSTEM", sys32+"svchost.exe", sys32+"rundll32.exe", `C:\Windows\system32\rundll32.exe C:\Windows\system32\PcaSvc.dll,PcaPatchSdbTask`)
		case 9:
			d.process(pc, who, profile+who+`\AppData\Local\Microsoft\Teams\Update.exe`, profile+who+`\AppData\Local\Microsoft\Teams\current\Teams.exe`, `"C:\Users\`+who+`\AppData\Local\Microsoft\Teams\current\Teams.exe" --system-initiated`)
		case 10:
			d.sysmon(pc, 7, "Image", office+"EXCEL.EXE", "ImageLoaded", sys32+"ntdll.dll", "Signed", "true", "Signature", "Microsoft Windows", "SignatureStatus", "Valid")
		case 11:
			d.logon("fs1", who, "3", d.client())
			d.security("fs1", 5145, "SubjectUserName", who, "SubjectDomainName", "CORP", "IpAddress", d.client(), "ShareName", `\\*\projects`, "RelativeTargetName", `2026\offer.docx`, "AccessMask", "0x120089")
		}
	})
	d.habit(0, 24, 6*time.Minute, func() { // the provider's agent and the management of software
		pc := d.pc()
		d.process(pc, "SYSTEM", `C:\Program Files (x86)\NinjaRMMAgent\NinjaRMMAgent.exe`, ps, `powershell.exe -ExecutionPolicy Unrestricted -File "C:\ProgramData\NinjaRMMAgent\scripting\customscript_gen_12.ps1"`)
		d.process(pc, "SYSTEM", `C:\Windows\CCM\CcmExec.exe`, ps, `"PowerShell.exe" -NoLogo -Noninteractive -NoProfile -ExecutionPolicy Bypass "& 'C:\Windows\CCM\SystemTemp\3f2b.ps1'"`)
		d.process(pc, "SYSTEM", `C:\Program Files (x86)\NinjaRMMAgent\NinjaRMMAgent.exe`, sys32+"cmd.exe", `cmd.exe /c "systeminfo"`)
		d.process(pc, "SYSTEM", sys32+"cmd.exe", sys32+"systeminfo.exe", "systeminfo")
		d.process(pc, "SYSTEM", `C:\Program Files (x86)\NinjaRMMAgent\NinjaRMMAgent.exe`, sys32+`wbem\WMIC.exe`, "wmic.exe logicaldisk get size,freespace,caption")
		d.process(pc, "SYSTEM", `C:\Program Files (x86)\NinjaRMMAgent\NinjaRMMAgent.exe`, sys32+"ipconfig.exe", "ipconfig /all")
	})
	d.habit(0, 24, 11*time.Minute, func() { // Windows itself
		pc := d.pc()
		d.sysmon(pc, 10, "SourceImage", `C:\ProgramData\Microsoft\Windows Defender\Platform\4.18.24090.11-0\MsMpEng.exe`, "TargetImage", sys32+"lsass.exe", "GrantedAccess", "0x1000", "CallTrace", sys32+`ntdll.dll+9d4c4|`+sys32+`KERNELBASE.dll+2b`, "SourceUser", `NT AUTHORITY\SYSTEM`)
		d.sysmon(pc, 10, "SourceImage", sys32+"svchost.exe", "TargetImage", sys32+"lsass.exe", "GrantedAccess", "0x1000", "CallTrace", sys32+`ntdll.dll+9d4c4`, "SourceUser", `NT AUTHORITY\SYSTEM`)
		d.windows(pc, "Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender", 2000, "Product Name", "Microsoft Defender Antivirus", "Current security intelligence Version", "1.421.100.0")
		d.windows(pc, "System", "Service Control Manager", 7036, "param1", "Windows Update", "param2", "running")
		d.windows(pc, "System", "Microsoft-Windows-WindowsUpdateClient", 19, "updateTitle", "Security Intelligence Update for Microsoft Defender Antivirus - KB2267602")
	})
	d.habit(9, 16, 50*time.Minute, func() { // an administrator at a server of the domain
		who := d.admin()
		d.security("dc1", 4768, "TargetUserName", who, "TargetDomainName", "CORP", "ServiceName", "krbtgt", "TicketEncryptionType", "0x12", "PreAuthType", "2", "IpAddress", "::ffff:10.0.5.10", "Status", "0x0")
		d.logon("fs1", who, "10", "10.0.5.10")
		d.security("fs1", 4672, "SubjectUserName", who, "SubjectDomainName", "CORP", "PrivilegeList", "SeSecurityPrivilege SeBackupPrivilege SeDebugPrivilege")
		d.process("fs1", who, `C:\Windows\explorer.exe`, ps, `"`+ps+`"`)
		d.process("fs1", who, `C:\Windows\explorer.exe`, sys32+"mmc.exe", `"C:\Windows\system32\mmc.exe" "C:\Windows\system32\dsa.msc"`)
		d.process("fs1", who, ps, sys32+"ping.exe", "ping dc1")
		d.process("fs1", who, ps, sys32+"gpupdate.exe", "gpupdate /force")
		d.process("fs1", who, sys32+"cmd.exe", sys32+"net.exe", `net user `+d.user()+` /domain`)
		d.windows("fs1", "Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell", 4104, "ScriptBlockText", d.pick("Get-ADUser -Filter * -Properties LastLogonDate | Sort-Object LastLogonDate",
			"Import-Module ActiveDirectory; Get-ADGroupMember 'Project Blue'", "Get-Service | Where-Object Status -eq 'Stopped'", "Get-EventLog -LogName System -Newest 50", "Restart-Service Spooler"), "MessageNumber", "1", "MessageTotal", "1")
	})
	d.once(9.3, func() { // a forgotten password, and what follows
		for range 4 {
			d.security("PC-011", 4625, "TargetUserName", "heinz", "TargetDomainName", "CORP", "LogonType", "2", "Status", "0xc000006d", "SubStatus", "0xc000006a", "IpAddress", "127.0.0.1", "ProcessName", sys32+"svchost.exe")
		}
		d.security("dc1", 4724, "TargetUserName", "heinz", "SubjectUserName", "ines.adm", "SubjectDomainName", "CORP", "TargetDomainName", "CORP")
		d.logon("PC-011", "heinz", "2", "127.0.0.1")
	})
	d.once(10.6, func() { // somebody new has come
		d.security("dc1", 4720, "TargetUserName", "paula", "SubjectUserName", "tom.adm", "SubjectDomainName", "CORP", "TargetDomainName", "CORP")
		d.security("dc1", 4728, "MemberName", "CN=paula,OU=Users,DC=corp,DC=example", "TargetUserName", "Project Blue", "SubjectUserName", "tom.adm", "SubjectDomainName", "CORP", "TargetDomainName", "CORP")
	})
	d.once(12.2, func() { // software is installed
		d.process("PC-020", "SYSTEM", sys32+"services.exe", sys32+"msiexec.exe", `C:\Windows\system32\msiexec.exe /V`)
		d.windows("PC-020", "System", "Service Control Manager", 7045, "ServiceName", "Google Chrome Elevation Service (GoogleChromeElevationService)", "ImagePath", `"C:\Program Files\Google\Chrome\Application\131.0.6778.86\elevation_service.exe"`, "ServiceType", "user mode service", "StartType", "demand start", "AccountName", "LocalSystem")
		d.security("PC-020", 4698, "SubjectUserName", "PC-020$", "SubjectDomainName", "CORP", "TaskName", `\GoogleUpdaterTaskSystem131.0.6776.0`, "TaskContent", `<Task><Actions><Exec><Command>"C:\Program Files (x86)\Google\GoogleUpdater\131.0.6776.0\updater.exe"</Command><Arguments>--wake --system</Arguments></Exec></Actions></Task>`)
	})
	d.once(1.2, func() { // backup of the file server
		d.process("fs1", "SYSTEM", `C:\Program Files\Veeam\Endpoint Backup\Veeam.EndPoint.Service.exe`, sys32+"vssadmin.exe", "vssadmin list shadows")
		d.windows("fs1", "Application", "Veeam Agent", 190, "param1", "Veeam Agent 'fs1' finished with Success.")
		d.windows("dc1", "Application", "Microsoft-Windows-Backup", 4, "param1", "The backup operation has finished successfully.")
	})
}

func (d *day) network() {
	d.habit(7, 19, 10*time.Second, func() {
		d.firewall(`logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=%s srcport=%d srcintf="lan" srcintfrole="lan" dstip=%s dstport=%s dstintf="wan1" dstintfrole="wan" sessionid=%d proto=%s action="%s" policyid=7 service="HTTPS" trandisp="snat" duration=%d sentbyte=%d rcvdbyte=%d app="HTTPS" appcat="Web.Client"`,
			d.client(), 49152+d.n(9000), d.inet(), d.pick("443", "443", "443", "80", "53", "123"), d.n(1<<30), d.pick("6", "17"), d.pick("close", "close", "accept", "timeout"), 1+d.n(300), 500+d.n(50000), 1000+d.n(2000000))
	})
	d.habit(0, 24, 15*time.Second, func() {
		d.firewall(`logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=%s srcport=%d srcintf="wan1" srcintfrole="wan" dstip=198.51.100.%d dstport=%s dstintf="wan1" sessionid=%d proto=6 action="deny" policyid=0 service="tcp" sentbyte=0 rcvdbyte=0`,
			d.inet(), 40000+d.n(9999), 10+d.n(5), d.pick("23", "22", "3389", "445", "8080", "5900", "25"), d.n(1<<30))
	})
	d.habit(7, 18, 22*time.Minute, func() {
		d.firewall(`logid="0101039424" type="event" subtype="vpn" level="information" logdesc="SSL VPN tunnel up" action="tunnel-up" tunneltype="ssl-tunnel" tunnelid=%d remip=%s tunnelip=10.0.9.%d user="%s" group="vpn-users" dst_host="N/A" reason="tunnel established" msg="SSL tunnel established"`,
			d.n(1<<30), "198.51.100."+fmt.Sprint(100+d.n(100)), 10+d.n(100), d.user())
	})
	d.once(8.8, func() {
		d.firewall(`logid="0101039426" type="event" subtype="vpn" level="alert" logdesc="SSL VPN login fail" action="ssl-login-fail" tunneltype="ssl-web" remip=198.51.100.141 user="olga" group="N/A" dst_host="N/A" reason="sslvpn_login_permission_denied" msg="SSL user failed to logged in"`)
	})
	d.once(9.6, func() {
		d.firewall(`logid="0100032001" type="event" subtype="system" level="information" logdesc="Admin login successful" sn="1" user="tom.adm" ui="https(10.0.5.10)" method="https" srcip=10.0.5.10 dstip=10.0.0.254 action="login" status="success" reason="none" profile="super_admin" msg="Administrator tom.adm logged in successfully from https(10.0.5.10)"`)
	})
}

func (d *day) clouds() {
	d.habit(7, 18, 4*time.Minute, func() {
		who := d.user()
		d.object(map[string]any{"published": d.at.Format(time.RFC3339Nano), "eventType": "user.session.start", "displayMessage": "User login to Okta", "severity": "INFO", "uuid": fmt.Sprintf("%08x-1111-2222-3333-444455556666", d.rng.Uint32()),
			"actor":   map[string]any{"id": "00u" + who, "type": "User", "alternateId": who + "@corp.example", "displayName": who},
			"client":  map[string]any{"ipAddress": "198.51.100.20", "userAgent": map[string]any{"rawUserAgent": "Mozilla/5.0", "os": "Windows 10", "browser": "CHROME"}, "geographicalContext": map[string]any{"country": "Germany", "city": "Berlin"}},
			"outcome": map[string]any{"result": "SUCCESS"}})
	})
	d.habit(7, 18, 2*time.Minute, func() {
		who := d.user()
		d.object(map[string]any{"CreationTime": d.at.Format("2006-01-02T15:04:05"), "Id": fmt.Sprintf("%08x-aaaa-bbbb-cccc-ddddeeeeffff", d.rng.Uint32()), "Operation": d.pick("FileAccessed", "FileModified", "FileDownloaded", "FileUploaded", "FilePreviewed"),
			"OrganizationId": "11111111-2222-3333-4444-555566667777", "RecordType": 6, "UserKey": who, "UserType": 0, "Version": 1, "Workload": "SharePoint", "ClientIP": "198.51.100.20", "UserId": who + "@corp.example",
			"ObjectId": "https://corp.sharepoint.example/sites/p/offer.docx", "SourceFileName": "offer.docx", "SiteUrl": "https://corp.sharepoint.example/sites/p/", "UserAgent": "Mozilla/5.0"})
	})
	d.habit(7, 18, 9*time.Minute, func() {
		who := d.user()
		d.object(map[string]any{"CreationTime": d.at.Format("2006-01-02T15:04:05"), "Id": fmt.Sprintf("%08x-aaaa-bbbb-cccc-ddddeeee0000", d.rng.Uint32()), "Operation": "UserLoggedIn", "OrganizationId": "11111111-2222-3333-4444-555566667777", "RecordType": 15,
			"ResultStatus": "Success", "UserKey": who, "UserType": 0, "Version": 1, "Workload": "AzureActiveDirectory", "ClientIP": "198.51.100.20", "UserId": who + "@corp.example"})
	})
	d.habit(0, 24, 5*time.Minute, func() {
		d.object(map[string]any{"eventVersion": "1.10", "eventTime": d.at.Format(time.RFC3339), "eventSource": "ec2.amazonaws.com", "eventName": d.pick("DescribeInstances", "DescribeVolumes", "DescribeSecurityGroups"), "awsRegion": "eu-central-1",
			"sourceIPAddress": "198.51.100.20", "userAgent": "Terraform/1.9", "readOnly": true, "eventType": "AwsApiCall", "eventCategory": "Management", "recipientAccountId": "111122223333", "eventID": fmt.Sprintf("%08x-0000-1111-2222-333344445555", d.rng.Uint32()),
			"userIdentity": map[string]any{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/ci/ci", "accountId": "111122223333", "sessionContext": map[string]any{"sessionIssuer": map[string]any{"userName": "ci", "type": "Role"}}}})
	})
	d.once(9.1, func() {
		d.object(map[string]any{"eventVersion": "1.10", "eventTime": d.at.Format(time.RFC3339), "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "awsRegion": "eu-central-1", "sourceIPAddress": "198.51.100.20", "userAgent": "Mozilla/5.0",
			"eventType": "AwsConsoleSignIn", "recipientAccountId": "111122223333", "userIdentity": map[string]any{"type": "IAMUser", "userName": "ines.adm", "accountId": "111122223333", "arn": "arn:aws:iam::111122223333:user/ines.adm"},
			"responseElements": map[string]any{"ConsoleLogin": "Success"}, "additionalEventData": map[string]any{"MFAUsed": "Yes", "MobileVersion": "No"}})
	})
}

// dayAlerts are the alerts of the day, by rule.
var dayAlerts = map[string]int{
	"service-failed":        1, // somebody mistyped the configuration of a web server
	"shadow-copies-deleted": 1, // the only attack: it must not drown either
}

// TestOrdinaryDay: on a day on which nothing happens but one thing the pack calls for that thing alone.
func TestOrdinaryDay(t *testing.T) {
	all := wholePack(t)
	d := &day{rng: rand.New(rand.NewPCG(20261125, 1))}
	d.servers()
	d.domain()
	d.network()
	d.clouds()
	d.once(15, func() {
		d.process("PC-033", "frank", sys32+"cmd.exe", sys32+"vssadmin.exe", "vssadmin.exe delete shadows /all /quiet")
	})
	slices.SortStableFunc(d.lines, func(a, b dayLine) int { return a.at.Compare(b.at) })
	lines := make([]string, len(d.lines))
	for i, l := range d.lines {
		lines[i] = l.text
	}
	b := linesBatch(t, lines, nil)
	unknown := 0
	for e := range b.Events() {
		if e.Str(event.EventAction) == "" {
			unknown++
		}
	}
	if most := len(lines) / 10; unknown > most || len(lines) < 50_000 {
		t.Errorf("%d of %d lines have no action: at most %d, or the day is no day", unknown, len(lines), most)
	}
	raised := map[string]int{}
	if _, err := detect.Replay(all, window.Defaults, one(b), func(a alerts.Alert) {
		raised[a.Rule]++
		t.Logf("%s (%s) %v, %d events", a.Rule, a.Level, a.Group, a.Count)
	}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d lines, %d without an action", len(lines), unknown)
	if !maps.Equal(raised, dayAlerts) {
		t.Errorf("alerts by rule: %v, want %v", raised, dayAlerts)
	}
}
