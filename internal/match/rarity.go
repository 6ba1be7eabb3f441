package match

import "strings"

// rarity guesses how often a text occurs in values: it decides what is looked for first, never what matches.
type rarity struct {
	fours  map[uint32]float64
	threes map[uint32]float64
}

// ordinary is what the values of quiet machines look like.
var ordinary = []string{
	`c:\windows\system32\svchost.exe -k netsvcs -p -s schedule`, `c:\windows\system32\svchost.exe -k localservice`, `"c:\program files\google\chrome\application\chrome.exe" --type=renderer --field-trial-handle=1718,i --lang=en-us`,
	`c:\windows\system32\cmd.exe /c "echo ok"`, `c:\windows\system32\conhost.exe 0xffffffff -forcev1`, `c:\windows\explorer.exe`, `c:\windows\system32\services.exe`, `c:\windows\system32\lsass.exe`,
	`c:\windows\system32\windowspowershell\v1.0\powershell.exe -noprofile -executionpolicy bypass -file c:\scripts\inventory.ps1`, `powershell.exe -command get-process`,
	`c:\windows\syswow64\rundll32.exe c:\windows\system32\shell32.dll,control_rundll`, `c:\windows\system32\taskhostw.exe`, `c:\windows\system32\wbem\wmiprvse.exe -secured -embedding`,
	`c:\users\alice\appdata\local\temp\setup-1234.tmp`, `c:\users\bob\appdata\roaming\microsoft\windows\recent\report.docx.lnk`, `c:\users\carol\desktop\notes.txt`, `c:\users\dave\downloads\invoice.pdf`,
	`c:\program files (x86)\microsoft\edge\application\msedge.exe --no-startup-window --win-session-start`, `c:\program files\microsoft office\root\office16\outlook.exe`, `c:\programdata\microsoft\windows defender\platform\msmpeng.exe`,
	`hklm\software\microsoft\windows\currentversion\run\updater`, `hku\s-1-5-21-1000\software\microsoft\windows\currentversion\explorer\userassist`, `hklm\system\currentcontrolset\services\w32time\config`,
	`hklm\system\currentcontrolset\control\class`, `c:\windows\system32\ntdll.dll`, `c:\windows\system32\kernel32.dll`, `c:\windows\system32\drivers\tcpip.sys`, `c:\windows\prefetch\cmd.exe-0a1b2c3d.pf`,
	`c:\windows\temp\log.etl`, `reg.exe query hklm\software`, `net.exe use`, `netsh.exe`, `sc.exe query`, `schtasks.exe /query`, `wmic.exe os get`, `msiexec.exe /i package.msi /quiet`, `regsvr32.exe /s file.dll`,
	`microsoft corporation`, `microsoft windows operating system`, `cmd.exe`, `powershell.exe`, `nt authority\system`, `nt authority\local service`, `corp\alice`, `www.example.com`, `https://www.example.com/index.html?id=1`,
	`update.microsoft.com`, `/usr/bin/python3 /usr/lib/app/main.py --config /etc/app.conf`, `/bin/sh -c ls`, `/usr/sbin/sshd -d`, `/bin/bash`, `/usr/bin/sudo`, `/tmp/file.txt`, `/var/log/syslog`, `/home/alice/.bashrc`, `/usr/local/bin/app`,
	`accepted publickey for alice from 192.0.2.1 port 50022 ssh2`, `failed password for invalid user`, `session opened for user root`, `error: connection`, `mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 chrome safari`,
	`get /index.html http/1.1`, `post /api/v1/login`, `application/json`, `java -jar server.jar`, `node server.js`, `git.exe status`, `c:\windows\microsoft.net\framework64\v4.0.30319\csc.exe`, `code.exe --type=utility`, `teams.exe`, `onedrive.exe /background`,
	`md5=0123456789abcdef0123456789abcdef,sha256=0123456789abcdef`, `true`, `false`, `success`, `failure`, `-`, `0x1000`, `high`, `system`, `administrator`, `interactive`, `c:\windows\system32\tasks`, `\device\namedpipe`,
}

func newRarity(literals []string) *rarity {
	r := &rarity{fours: map[uint32]float64{}, threes: map[uint32]float64{}}
	add := func(s string, weight float64) {
		for i := 0; i+gram3 <= len(s); i++ {
			r.threes[threeAt(s, i)] += weight
			if i+gram4 <= len(s) {
				r.fours[fourAt(s, i)] += weight
			}
		}
	}
	for _, s := range ordinary {
		add(s, 10)
	}
	for _, s := range literals { // what many rules look for is often there; and lists of literals should be short
		add(s, 1)
	}
	return r
}

func fourAt(s string, i int) uint32  { return uint32(load(s[i:i+gram4]) | small) }
func threeAt(s string, i int) uint32 { return uint32(load(s[i:i+gram3])|small) & 0xFFFFFF }

// grams gives the place in s of the n neighbouring grams that are rarest together.
func (r *rarity) grams(s string, n int) int {
	best, least := 0, -1.0
	for i := 0; i+n+gram4-1 <= len(s) && i < 1<<15; i++ {
		w := 0.0
		for k := range n {
			w += r.fours[fourAt(s, i+k)]
		}
		if least < 0 || w < least {
			best, least = i, w
		}
	}
	return best
}

func (r *rarity) short(s string) int {
	best, least := 0, -1.0
	for i := 0; i+gram3 <= len(s); i++ {
		if w := r.threes[threeAt(s, i)]; least < 0 || w < least {
			best, least = i, w
		}
	}
	return best
}

// lengths gives how often a text of so many bytes is somewhere in a value where it is not known to be usual.
var lengths = [...]float64{1, 0.9, 0.6, 0.12, 0.05, 0.02, 0.01, 0.006, 0.004, 0.003, 0.002, 0.0015, 0.001, 0.0008, 0.0006, 0.0005, 0.0004}

// scarce are signs that few values hold.
const scarce = "`^{}|<>%$~;@!#*?[]"

// searchable says that a table can look for low anywhere in a value.
func searchable(low string) bool {
	if len(low) >= gram3 {
		return true
	}
	rare := false
	for i := range len(low) {
		c := low[i]
		if 'a' <= c && c <= 'z' {
			return false
		}
		rare = rare || strings.IndexByte(scarce, c) >= 0
	}
	return rare
}

// often guesses in which share of values low occurs.
func often(low string, a anchor) float64 {
	p := lengths[min(len(low), len(lengths)-1)]
	switch {
	case a == whole:
		p /= 4
	case len(low) < gram3 && searchable(low):
		p = [...]float64{1, 0.04, 0.01}[len(low)]
	}
	n := 0
	for _, s := range ordinary {
		at := false
		switch a {
		case anywhere:
			at = strings.Contains(s, low)
		case atStart:
			at = strings.HasPrefix(s, low)
		case atEnd:
			at = strings.HasSuffix(s, low) || strings.Contains(s, low+" ") || strings.Contains(s, low+`"`) // of a path in a command
		case whole:
			at = s == low
		}
		if at {
			n++
		}
	}
	return max(p, float64(n)/float64(len(ordinary)))
}
