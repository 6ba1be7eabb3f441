package sigma_test

var winProcess = "{product: windows, category: process_creation}"

// probes are the features of the specification, 2.1.
var probes = []probe{
	// Values.
	{name: "equal whatever the case", detection: "a: {f: Value}\ncondition: a", hits: []string{`{"f":"vALUE"}`}, misses: []string{`{"f":"value2"}`, `{"g":"value"}`}},
	{name: "list is or", detection: "a: {f: [x, y]}\ncondition: a", hits: []string{`{"f":"X"}`, `{"f":"y"}`}, misses: []string{`{"f":"z"}`}},
	{name: "mapping is and", detection: "a: {f: x, g: y}\ncondition: a", hits: []string{`{"f":"x","g":"y"}`}, misses: []string{`{"f":"x"}`, `{"g":"y"}`}},
	{name: "list of maps is or", detection: "a:\n  - f: x\n    g: y\n  - h: z\ncondition: a", hits: []string{`{"f":"x","g":"y"}`, `{"h":"z"}`}, misses: []string{`{"f":"x"}`}},
	{name: "number", detection: "a: {f: 4625}\ncondition: a", hits: []string{`{"f":4625}`, `{"f":"4625"}`}, misses: []string{`{"f":46250}`}},
	{name: "number in a field of numbers", source: "{category: firewall}", detection: "a: {dst_port: [22, '3389']}\ncondition: a", hits: []string{`{"destination":{"port":22,"ip":"192.0.2.1"}}`, `{"destination.port":3389}`}, misses: []string{`{"destination.port":2222}`}},
	{name: "null is missing", detection: "a: {f: x, g: null}\ncondition: a", hits: []string{`{"f":"x"}`, `{"f":"x","g":null}`}, misses: []string{`{"f":"x","g":"y"}`}},
	{name: "null in a list", detection: "a: {g: [null, y], f: x}\ncondition: a", hits: []string{`{"f":"x"}`, `{"f":"x","g":"y"}`}, misses: []string{`{"f":"x","g":"z"}`}},
	{name: "empty text", detection: "a: {f: x, g: ''}\ncondition: a", hits: []string{`{"f":"x","g":""}`}, misses: []string{`{"f":"x","g":"y"}`}},
	{name: "truth value", detection: "a: {f: true}\ncondition: a", hits: []string{`{"f":true}`, `{"f":"true"}`}, misses: []string{`{"f":false}`}},
	{name: "field within a field", detection: "a: {x.y.z: v}\ncondition: a", hits: []string{`{"x":{"y":{"z":"v"}}}`, `{"x.y.z":"v"}`}, misses: []string{`{"z":"v"}`}},

	// Wildcards.
	{name: "star", detection: "a: {f: 'a*c'}\ncondition: a", hits: []string{`{"f":"abbbc"}`, `{"f":"AC"}`}, misses: []string{`{"f":"abcd"}`}},
	{name: "star at both ends", detection: "a: {f: '*b*'}\ncondition: a", hits: []string{`{"f":"abc"}`}, misses: []string{`{"f":"ac"}`}},
	{name: "question mark", detection: "a: {f: 'a?c'}\ncondition: a", hits: []string{`{"f":"abc"}`}, misses: []string{`{"f":"ac"}`, `{"f":"abbc"}`}},
	{name: "star alone is presence", detection: "a: {f: '*'}\ncondition: a", hits: []string{`{"f":"x"}`}, misses: []string{`{"g":"x"}`}},
	{name: "escaped star", detection: `a: {f: 'a\*c'}` + "\ncondition: a", hits: []string{`{"f":"a*c"}`}, misses: []string{`{"f":"abc"}`}},
	{name: "escaped question mark", detection: `a: {f: 'a\?c'}` + "\ncondition: a", hits: []string{`{"f":"a?c"}`}, misses: []string{`{"f":"abc"}`}},
	{name: "backslash before a wildcard", detection: `a: {f: 'C:\\*'}` + "\ncondition: a", hits: []string{`{"f":"C:\\x"}`}, misses: []string{`{"f":"C:*"}`, `{"f":"D:\\x"}`}},
	{name: "single backslash", detection: `a: {f: 'C:\Windows\x'}` + "\ncondition: a", hits: []string{`{"f":"c:\\windows\\X"}`}, misses: []string{`{"f":"C:Windowsx"}`}},
	{name: "two backslashes are one", detection: `a: {f: 'C:\\Windows'}` + "\ncondition: a", hits: []string{`{"f":"C:\\Windows"}`}, misses: []string{`{"f":"C:\\\\Windows"}`}},
	{name: "backslash, then a star as such", detection: `a: {f: 'C:\\\*'}` + "\ncondition: a", hits: []string{`{"f":"C:\\*"}`}, misses: []string{`{"f":"C:\\x"}`}},
	{name: "wildcard inside contains", detection: "a: {f|contains: 'b*d'}\ncondition: a", hits: []string{`{"f":"abcde"}`}, misses: []string{`{"f":"adbe"}`}},

	// Modifiers.
	{name: "contains", detection: "a: {f|contains: bc}\ncondition: a", hits: []string{`{"f":"aBCd"}`}, misses: []string{`{"f":"bac"}`}},
	{name: "startswith", detection: "a: {f|startswith: ab}\ncondition: a", hits: []string{`{"f":"ABc"}`}, misses: []string{`{"f":"cab"}`}},
	{name: "endswith", detection: "a: {f|endswith: bc}\ncondition: a", hits: []string{`{"f":"aBC"}`}, misses: []string{`{"f":"bca"}`}},
	{name: "contains all", detection: "a: {f|contains|all: [x, y]}\ncondition: a", hits: []string{`{"f":"y and x"}`}, misses: []string{`{"f":"x"}`, `{"f":"y"}`}},
	{name: "re", detection: `a: {f|re: 'a[0-9]+$'}` + "\ncondition: a", hits: []string{`{"f":"xa12"}`}, misses: []string{`{"f":"xA12"}`, `{"f":"a12b"}`}},
	{name: "re i", detection: `a: {f|re|i: 'a[0-9]+$'}` + "\ncondition: a", hits: []string{`{"f":"xA12"}`}, misses: []string{`{"f":"A"}`}},
	{name: "re m", detection: `a: {f|re|m: '^b$'}` + "\ncondition: a", hits: []string{`{"f":"a\nb\nc"}`}, misses: []string{`{"f":"a\nbb"}`}},
	{name: "re s", detection: `a: {f|re|s: 'a.b'}` + "\ncondition: a", hits: []string{`{"f":"a\nb"}`}, misses: []string{`{"f":"ab"}`}},
	{name: "re i m s", detection: `a: {f|re|i|m|s: '^B.C$'}` + "\ncondition: a", hits: []string{`{"f":"a\nb\nc"}`}, misses: []string{`{"f":"ab\nc"}`}},
	{name: "re without s", detection: `a: {f|re: 'a.b'}` + "\ncondition: a", hits: []string{`{"f":"axb"}`}, misses: []string{`{"f":"a\nb"}`}},
	{name: "cased", detection: "a: {f|cased: Value}\ncondition: a", hits: []string{`{"f":"Value"}`}, misses: []string{`{"f":"value"}`}},
	{name: "contains cased", detection: "a: {f|contains|cased: Ab}\ncondition: a", hits: []string{`{"f":"xAby"}`}, misses: []string{`{"f":"xaby"}`}},
	{name: "startswith cased with wildcard", detection: "a: {f|startswith|cased: 'A?c'}\ncondition: a", hits: []string{`{"f":"Abcd"}`}, misses: []string{`{"f":"abcd"}`}},
	{name: "exists true", detection: "a: {f|exists: true}\ncondition: a", hits: []string{`{"f":"x"}`}, misses: []string{`{"g":"x"}`}},
	{name: "exists false", detection: "a: {f|exists: false, g: x}\ncondition: a", hits: []string{`{"g":"x"}`}, misses: []string{`{"f":"y","g":"x"}`}},
	{name: "base64", detection: "a: {f|base64|contains: foobar}\ncondition: a", hits: []string{`{"f":"x Zm9vYmFy y"}`}, misses: []string{`{"f":"foobar"}`}},
	{name: "base64offset", detection: "a: {f|base64offset|contains: 'http://'}\ncondition: a",
		hits: []string{`{"f":"aHR0cDovL2E="}`, `{"f":"eGh0dHA6Ly9h"}`, `{"f":"eHhodHRwOi8vYQ=="}`}, misses: []string{`{"f":"http://a"}`}},
	{name: "wide base64offset", detection: "a: {f|wide|base64offset|contains: 'IEX'}\ncondition: a", hits: []string{`{"f":"SQBFAFgA"}`, `{"f":"eABJAEUAWAA="}`}, misses: []string{`{"f":"SUVY"}`}},
	{name: "utf16le base64offset", detection: "a: {f|utf16le|base64offset|contains: 'ping'}\ncondition: a", hits: []string{`{"f":"cABpAG4AZwA="}`}, misses: []string{`{"f":"cGluZw=="}`}},
	{name: "utf16be base64offset", detection: "a: {f|utf16be|base64offset|contains: 'ping'}\ncondition: a", hits: []string{`{"f":"AHAAaQBuAGc="}`}, misses: []string{`{"f":"cABpAG4AZwA="}`}},
	{name: "utf16 base64", detection: "a: {f|utf16|base64|contains: 'ab'}\ncondition: a", hits: []string{`{"f":"//5hAGIA"}`}, misses: []string{`{"f":"YQBiAA=="}`}},
	{name: "wide alone", detection: "a: {f|wide|contains: ab}\ncondition: a", hits: []string{`{"f":"xa\u0000b\u0000"}`}, misses: []string{`{"f":"xab"}`}},
	{name: "windash", detection: "a: {f|windash|contains: ' -enc'}\ncondition: a", hits: []string{`{"f":"p -ENC x"}`, `{"f":"p /enc x"}`, `{"f":"p –enc x"}`, `{"f":"p —enc x"}`, `{"f":"p ―enc x"}`}, misses: []string{`{"f":"p enc x"}`}},
	{name: "windash all", detection: "a: {f|contains|all|windash: [' -a', ' -b']}\ncondition: a", hits: []string{`{"f":"x /a –b"}`}, misses: []string{`{"f":"x -a"}`}},
	{name: "windash with a wildcard", detection: "a: {f|windash|contains: ' -a * -b'}\ncondition: a", hits: []string{`{"f":"x /a 1 -b"}`}, misses: []string{`{"f":"x -a 1 b"}`}},
	{name: "cidr", source: "{category: firewall}", detection: "a: {src_ip|cidr: [10.0.0.0/8, '2001:db8::/32']}\ncondition: a", hits: []string{`{"source.ip":"10.9.8.7","destination.ip":"192.0.2.1"}`, `{"source.ip":"2001:db8::1","destination.ip":"192.0.2.1"}`}, misses: []string{`{"source.ip":"11.0.0.1","destination.ip":"192.0.2.1"}`}},
	{name: "cidr on a label", detection: "a: {f|cidr: 192.0.2.0/24}\ncondition: a", hits: []string{`{"f":"192.0.2.77"}`}, misses: []string{`{"f":"192.0.3.1"}`, `{"f":"x"}`}},
	{name: "lt", detection: "a: {f|lt: 5}\ncondition: a", hits: []string{`{"f":4}`, `{"f":"-1"}`}, misses: []string{`{"f":5}`, `{"f":"x"}`, `{"g":1}`}},
	{name: "lte", detection: "a: {f|lte: 5}\ncondition: a", hits: []string{`{"f":5}`}, misses: []string{`{"f":5.5}`}},
	{name: "gt", detection: "a: {f|gt: 5}\ncondition: a", hits: []string{`{"f":10}`}, misses: []string{`{"f":5}`}},
	{name: "gte", detection: "a: {f|gte: 5.5}\ncondition: a", hits: []string{`{"f":5.5}`}, misses: []string{`{"f":5.4}`}},
	{name: "gt on a field of numbers", source: "{category: firewall}", detection: "a: {dst_port|gt: 1023, dst_port|lt: 2000}\ncondition: a", hits: []string{`{"destination.port":1500}`}, misses: []string{`{"destination.port":80}`, `{"destination.port":2000}`}},
	{name: "neq", detection: "a: {g: y, f|neq: x}\ncondition: a", hits: []string{`{"f":"z","g":"y"}`}, misses: []string{`{"f":"X","g":"y"}`}},
	{name: "neq of a list", detection: "a: {g: y, f|neq: [x, z]}\ncondition: a", hits: []string{`{"f":"w","g":"y"}`}, misses: []string{`{"f":"z","g":"y"}`}},
	{name: "fieldref", detection: "a: {f|fieldref: g}\ncondition: a", hits: []string{`{"f":"x","g":"X"}`}, misses: []string{`{"f":"x","g":"y"}`, `{"f":"x"}`}},
	{name: "fieldref startswith", detection: "a: {f|fieldref|startswith: g}\ncondition: a", hits: []string{`{"f":"abc","g":"AB"}`}, misses: []string{`{"f":"cab","g":"ab"}`}},
	{name: "fieldref endswith", detection: "a: {f|fieldref|endswith: g}\ncondition: a", hits: []string{`{"f":"abc","g":"BC"}`}, misses: []string{`{"f":"bca","g":"bc"}`}},
	{name: "fieldref contains", detection: "a: {f|fieldref|contains: g}\ncondition: a", hits: []string{`{"f":"abcd","g":"BC"}`}, misses: []string{`{"f":"abcd","g":"bd"}`}},
	{name: "fieldref cased", detection: "a: {f|fieldref|cased: g}\ncondition: a", hits: []string{`{"f":"X","g":"X"}`}, misses: []string{`{"f":"x","g":"X"}`}},
	{name: "expand", detection: "a: {f|expand: '%admins%'}\ncondition: a", pipeline: "placeholders: {admins: [alice, bob]}", hits: []string{`{"f":"Alice"}`, `{"f":"bob"}`}, misses: []string{`{"f":"carol"}`, `{"f":"%admins%"}`}},
	{name: "expand within a value", detection: `a: {f|expand: 'C:\\%dirs%\\x'}` + "\ncondition: a", pipeline: "placeholders: {dirs: [one, two]}", hits: []string{`{"f":"C:\\two\\x"}`}, misses: []string{`{"f":"C:\\three\\x"}`}},
	{name: "hour", detection: "a: {'@timestamp|hour': [2, 3]}\ncondition: a", hits: []string{`{"@timestamp":"2026-11-23T02:10:00Z"}`}, misses: []string{`{"@timestamp":"2026-11-23T04:10:00Z"}`}},
	{name: "minute", detection: "a: {timestamp|minute: 10}\ncondition: a", hits: []string{`{"@timestamp":"2026-11-23T02:10:00Z"}`}, misses: []string{`{"@timestamp":"2026-11-23T02:11:00Z"}`}},
	{name: "day month year", detection: "a: {timestamp|day: 23, timestamp|month: 11, timestamp|year: 2026}\ncondition: a", hits: []string{`{"@timestamp":"2026-11-23T02:10:00Z"}`}, misses: []string{`{"@timestamp":"2026-11-22T02:10:00Z"}`, `{"@timestamp":"2026-10-23T02:11:00Z"}`}},
	{name: "week", detection: "a: {timestamp|week: 48}\ncondition: a", hits: []string{`{"@timestamp":"2026-11-23T02:10:00Z"}`}, misses: []string{`{"@timestamp":"2026-11-22T02:10:00Z"}`}},
	{name: "hour with an order", detection: "a: {timestamp|hour|gte: 20}\ncondition: a", pipeline: "zone: Europe/Berlin", hits: []string{`{"@timestamp":"2026-11-22T19:10:00Z"}`}, misses: []string{`{"@timestamp":"2026-11-22T18:10:00Z"}`}},

	// Keywords.
	{name: "keywords", detection: "keywords: [mimikatz, sekurlsa]\ncondition: keywords", hits: []string{`{"x":"run MIMIKATZ now"}`, "<13>Nov 23 10:00:00 h app: sekurlsa::x"}, misses: []string{`{"x":"mimi katz"}`}},
	{name: "keywords all", detection: "keywords:\n  '|all': [one, two]\ncondition: keywords", hits: []string{`{"x":"two","y":"one"}`}, misses: []string{`{"x":"one"}`, `{"x":"two"}`}},
	{name: "keyword with wildcard", detection: "keywords: ['a*z']\ncondition: keywords", hits: []string{`{"m":"qaxxzq"}`}, misses: []string{`{"m":"qbxq"}`}},
	{name: "keyword with backslash", detection: `keywords: ['C:\Temp\x']` + "\ncondition: keywords", hits: []string{`{"m":"at C:\\temp\\X.exe"}`}, misses: []string{`{"m":"C:/Temp/x"}`}},
	{name: "keywords by expression", detection: "keywords:\n  '|re': ['ab[0-9]{2}']\ncondition: keywords", hits: []string{`{"m":"xab12"}`}, misses: []string{`{"m":"xabc"}`}},
	{name: "keywords beside a map", detection: "a:\n  - word\n  - f: x\ncondition: a", hits: []string{`{"m":"a WORD"}`, `{"f":"x"}`}, misses: []string{`{"f":"y"}`}},
	{name: "keywords and a selection", detection: "a: {f: x}\nkeywords: [word]\ncondition: a and keywords", hits: []string{`{"f":"x","m":"word"}`}, misses: []string{`{"f":"x"}`, `{"m":"word"}`}},

	// Conditions.
	{name: "not", detection: "a: {f: x}\nb: {g: y}\ncondition: a and not b", hits: []string{`{"f":"x"}`, `{"f":"x","g":"z"}`}, misses: []string{`{"f":"x","g":"y"}`}},
	{name: "brackets", detection: "a: {f: x}\nb: {g: y}\nc: {h: z}\ncondition: a and (b or c)", hits: []string{`{"f":"x","h":"z"}`}, misses: []string{`{"f":"x"}`, `{"g":"y","h":"z"}`}},
	{name: "and before or", detection: "a: {f: x}\nb: {g: y}\nc: {h: z}\ncondition: a or b and c", hits: []string{`{"f":"x"}`, `{"g":"y","h":"z"}`}, misses: []string{`{"g":"y"}`}},
	{name: "1 of pattern", detection: "sel_a: {f: x}\nsel_b: {g: y}\nother: {h: z}\ncondition: 1 of sel_*", hits: []string{`{"f":"x"}`, `{"g":"y"}`}, misses: []string{`{"h":"z"}`}},
	{name: "all of pattern", detection: "sel_a: {f: x}\nsel_b: {g: y}\nother: {h: z}\ncondition: all of sel_*", hits: []string{`{"f":"x","g":"y"}`}, misses: []string{`{"f":"x","h":"z"}`}},
	{name: "1 of them", detection: "a: {f: x}\n_b: {g: y}\ncondition: 1 of them", hits: []string{`{"f":"x"}`}, misses: []string{`{"g":"y"}`}},
	{name: "all of them", detection: "a: {f: x}\nb: {g: y}\ncondition: all of them", hits: []string{`{"f":"x","g":"y"}`}, misses: []string{`{"f":"x"}`}},
	{name: "any of, not 1 of", detection: "a: {f: x}\nfilter_1: {g: y}\nfilter_2: {h: z}\ncondition: any of a* and not 1 of filter_*", hits: []string{`{"f":"x"}`}, misses: []string{`{"f":"x","g":"y"}`, `{"f":"x","h":"z"}`}},
	{name: "not all of", detection: "a: {f: x}\nfilter_1: {g: y}\nfilter_2: {h: z}\ncondition: a and not all of filter_*", hits: []string{`{"f":"x","g":"y"}`}, misses: []string{`{"f":"x","g":"y","h":"z"}`}},
	{name: "several conditions", detection: "a: {f: x}\nb: {g: y}\ncondition: [a, b]", hits: []string{`{"f":"x"}`, `{"g":"y"}`}, misses: []string{`{"f":"y"}`}},

	// Log sources: the same rule over the forms in which the event may come.
	{name: "process creation", source: winProcess, detection: `a: {Image|endswith: '\whoami.exe', CommandLine|contains: ' /all'}` + "\ncondition: a", hits: []string{
		`{"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":1,"event_data":{"Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all"}}}`,
		`{"Event":{"System":{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational"},"EventData":{"Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all"}}}`,
		`{"Event":{"System":{"EventID":{"#text":4688},"Channel":"Security"},"EventData":{"Data":[{"@Name":"NewProcessName","#text":"C:\\Windows\\System32\\whoami.exe"},{"@Name":"CommandLine","#text":"whoami /all"}]}}}`,
		`{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all"}`,
		`{"EventCode":"4688","LogName":"Security","NewProcessName":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all"}`,
		`{"Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all"}`,
		`{"EventID":1,"UtcTime":"2026-11-23 18:00:00.000","Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all"}`,
		`{"product":"windows","category":"process_creation","Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all"}`,
	}, misses: []string{
		`{"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_id":5,"event_data":{"Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all"}}}`,
		`{"winlog":{"channel":"Application","event_id":1,"event_data":{"Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami /all"}}}`,
		`{"Image":"C:\\Windows\\System32\\whoami.exe","CommandLine":"whoami"}`,
	}},
	{name: "registry event holds what is set", source: "{product: windows, category: registry_event}", detection: "a: {TargetObject|contains: 'Run'}\ncondition: a", hits: []string{
		`{"EventID":13,"Channel":"Microsoft-Windows-Sysmon/Operational","TargetObject":"HKLM\\Run\\a","Details":"x"}`,
		`{"EventID":12,"Channel":"Microsoft-Windows-Sysmon/Operational","TargetObject":"HKLM\\Run\\a"}`,
		`{"TargetObject":"HKLM\\Run\\a"}`, `{"category":"registry_set","TargetObject":"HKLM\\Run\\a"}`,
	}, misses: []string{`{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","TargetObject":"HKLM\\Run\\a"}`}},
	{name: "registry set", source: "{product: windows, category: registry_set}", detection: "a: {TargetObject|contains: 'Run', Details: 'DWORD (0x00000001)'}\ncondition: a", hits: []string{
		`{"EventID":13,"Channel":"Microsoft-Windows-Sysmon/Operational","TargetObject":"HKLM\\Run\\a","Details":"DWORD (0x00000001)"}`,
		`{"TargetObject":"HKLM\\Run\\a","Details":"DWORD (0x00000001)"}`,
	}, misses: []string{`{"EventID":12,"Channel":"Microsoft-Windows-Sysmon/Operational","TargetObject":"HKLM\\Run\\a","Details":"DWORD (0x00000001)"}`}},
	{name: "image load: whose version resource", source: "{product: windows, category: image_load}", detection: "a: {ImageLoaded|endswith: '.dll', OriginalFileName: dbghelp.dll, Hashes|contains: IMPHASH=AB}\ncondition: a", hits: []string{
		`{"EventID":7,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\a.exe","ImageLoaded":"C:\\x.dll","OriginalFileName":"DBGHELP.DLL","Hashes":"SHA256=0,IMPHASH=ABCD"}`,
	}, misses: []string{`{"EventID":7,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\a.exe","ImageLoaded":"C:\\x.dll","OriginalFileName":"other.dll","Hashes":"IMPHASH=ABCD"}`}},
	{name: "security service", source: "{product: windows, service: security}", detection: "a: {EventID: 4625, TargetUserName: admin, LogonType: 3}\ncondition: a", hits: []string{
		`{"winlog":{"channel":"Security","event_id":4625,"event_data":{"TargetUserName":"Admin","LogonType":"3"}}}`, `{"EventID":4625,"TargetUserName":"admin","LogonType":3}`,
	}, misses: []string{`{"winlog":{"channel":"System","event_id":4625,"event_data":{"TargetUserName":"Admin","LogonType":"3"}}}`, `{"EventID":4624,"TargetUserName":"admin","LogonType":3}`}},
	{name: "system service", source: "{product: windows, service: system}", detection: "a: {Provider_Name: 'Service Control Manager', EventID: 7045, ServiceName|startswith: psexe}\ncondition: a", hits: []string{
		`{"EventID":7045,"Channel":"System","Provider_Name":"Service Control Manager","ServiceName":"PSEXESVC"}`, `{"EventID":7045,"SourceName":"Service Control Manager","ServiceName":"PSEXESVC"}`,
	}, misses: []string{`{"EventID":7036,"Channel":"System","Provider_Name":"Service Control Manager","ServiceName":"PSEXESVC"}`}},
	{name: "powershell script block", source: "{product: windows, category: ps_script}", detection: "a: {ScriptBlockText|contains: Invoke-Thing}\ncondition: a", hits: []string{
		`{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","ScriptBlockText":"x; invoke-thing"}`, `{"ScriptBlockText":"Invoke-Thing"}`,
	}, misses: []string{`{"EventID":4103,"Channel":"Microsoft-Windows-PowerShell/Operational","ScriptBlockText":"invoke-thing"}`}},
	{name: "powershell classic", source: "{product: windows, category: ps_classic_start}", detection: "a: {Data|contains: 'EngineVersion=2.'}\ncondition: a", hits: []string{
		`{"Event":{"System":{"EventID":400,"Channel":"Windows PowerShell"},"EventData":{"Data":["Available","None","EngineVersion=2.0"]}}}`,
		`{"winlog":{"channel":"Windows PowerShell","event_id":400,"event_data":{"param3":"EngineVersion=2.0"}}}`,
	}, misses: []string{`{"winlog":{"channel":"Windows PowerShell","event_id":400,"event_data":{"param3":"EngineVersion=5.1"}}}`}},
	{name: "network connection", source: "{product: windows, category: network_connection}", detection: "a: {DestinationIp|cidr: 203.0.113.0/24, DestinationPort: [4444, 8080], Initiated: 'true'}\ncondition: a", hits: []string{
		`{"EventID":3,"Channel":"Microsoft-Windows-Sysmon/Operational","DestinationIp":"203.0.113.9","DestinationPort":"4444","Initiated":"true"}`, `{"DestinationIp":"203.0.113.9","DestinationPort":8080,"Initiated":true}`,
	}, misses: []string{`{"DestinationIp":"198.51.100.9","DestinationPort":8080,"Initiated":"true"}`}},
	{name: "number as text", source: "{product: windows, category: network_connection}", detection: "a: {DestinationPort|startswith: '44'}\ncondition: a", hits: []string{`{"EventID":3,"Channel":"Microsoft-Windows-Sysmon/Operational","DestinationIp":"203.0.113.9","DestinationPort":"4444"}`},
		misses: []string{`{"EventID":3,"Channel":"Microsoft-Windows-Sysmon/Operational","DestinationIp":"203.0.113.9","DestinationPort":"8044"}`}},
	{name: "webserver", source: "{category: webserver}", detection: "a: {cs-method: GET, cs-uri-query|contains: '../', sc-status: 200}\ncondition: a", hits: []string{
		`{"http.request.method":"GET","url.query":"f=../../x","http.response.status_code":200}`, `{"cs-method":"GET","cs-uri-query":"f=../x","sc-status":"200"}`,
	}, misses: []string{`{"cs-method":"GET","cs-uri-query":"f=../x","sc-status":404}`}},
	{name: "proxy", source: "{category: proxy}", detection: "a: {c-uri|contains: '/evil', c-useragent|startswith: curl}\ncondition: a", hits: []string{
		`{"url.full":"https://example.com/evil","user_agent.original":"curl/8"}`, `{"c-uri":"http://example.com/evil","c-useragent":"curl/8"}`,
	}, misses: []string{`{"c-uri":"http://example.com/good","c-useragent":"curl/8"}`}},
	{name: "dns", source: "{category: dns}", detection: "a: {query|endswith: '.example.net'}\ncondition: a", hits: []string{`{"dns.question.name":"a.example.net"}`, `{"query":"a.example.net"}`}, misses: []string{`{"dns.question.name":"a.example.org"}`}},
	{name: "linux process", source: "{product: linux, category: process_creation}", detection: "a: {Image|endswith: /curl, CommandLine|contains: '| sh'}\ncondition: a", hits: []string{
		`{"winlog":{"channel":"Linux-Sysmon/Operational","event_id":1,"event_data":{"Image":"/usr/bin/curl","CommandLine":"curl x | sh"}}}`,
		`{"Image":"/usr/bin/curl","CommandLine":"curl x | sh"}`,
		`{"host.os.type":"linux","event.category":"process","event.type":"start","process.executable":"/usr/bin/curl","process.command_line":"curl x | sh"}`,
	}, misses: []string{`{"host.os.type":"linux","event.category":"process","event.type":"end","process.executable":"/usr/bin/curl","process.command_line":"curl x | sh"}`}},
	{name: "linux sshd keywords", source: "{product: linux, service: sshd}", detection: "keywords: ['bad client public DH value']\ncondition: keywords", hits: []string{"<38>Nov 23 10:00:00 gate1 sshd[88]: fatal: bad client public DH value"},
		misses: []string{"<38>Nov 23 10:00:00 gate1 cron[88]: bad client public DH value"}},
	{name: "auditd", source: "{product: linux, service: auditd}", detection: "a: {type: EXECVE, a0: truncate, a1|contains: '-s'}\ncondition: a", hits: []string{
		`type=EXECVE msg=audit(1763920000.123:456): argc=4 a0="truncate" a1="-s0" a2="/var/log/syslog"`, `{"type":"EXECVE","a0":"truncate","a1":"-s0"}`,
	}, misses: []string{`type=EXECVE msg=audit(1763920000.123:456): argc=2 a0="truncate" a1="/x"`}},
	{name: "cloudtrail", source: "{product: aws, service: cloudtrail}", detection: "a: {eventSource: iam.amazonaws.com, eventName: CreateUser, userIdentity.type: Root}\ncondition: a", hits: []string{
		`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"CreateUser","userIdentity":{"type":"Root"},"eventTime":"2026-11-23T10:00:00Z","awsRegion":"eu-central-1"}`,
	}, misses: []string{`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"ListUsers","userIdentity":{"type":"Root"}}`}},
	{name: "antivirus", source: "{category: antivirus}", detection: "a: {Signature|contains: Mimikatz}\ncondition: a", hits: []string{`{"Signature":"HackTool:Win32/Mimikatz","Filename":"C:\\m.exe"}`}, misses: []string{`{"Signature":"Adware"}`}},
	{name: "fieldref between mapped fields", source: "{product: windows, category: file_delete}", detection: "a: {TargetFilename|fieldref: Image}\ncondition: a", hits: []string{
		`{"EventID":23,"Channel":"Microsoft-Windows-Sysmon/Operational","TargetFilename":"C:\\a.exe","Image":"C:\\A.exe"}`,
	}, misses: []string{`{"EventID":23,"Channel":"Microsoft-Windows-Sysmon/Operational","TargetFilename":"C:\\b.exe","Image":"C:\\A.exe"}`}},
}
