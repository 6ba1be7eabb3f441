package parse

import (
	"watchpost/internal/event"
)

// sigmaForm is what is known of a record's form.
type sigmaForm struct {
	category, of, product []byte // as the record states them, in Sigma's words
	whole                 bool   // it states them within logsource
	unix                  bool   // a flat record whose paths are no paths of Windows
}

// The values of flat.
const (
	flatUnasked uint8 = iota
	flatNo
	flatYes
)

// flatFields are the names by which collectors write the record of a Windows event into one flat object: NXLog, Splunk, Sigma's own.
var flatFields = map[string]event.Field{
	"EventID": event.WinlogEventID, "EventId": event.WinlogEventID, "EventCode": event.WinlogEventID, "event_id": event.WinlogEventID,
	"Channel": event.WinlogChannel, "LogName": event.WinlogChannel, "log_name": event.WinlogChannel, "EventLog": event.WinlogChannel, "RenderedDescription": event.Message,
	"SourceName": event.WinlogProviderName, "Provider_Name": event.WinlogProviderName, "ProviderName": event.WinlogProviderName,
	"Provider": event.WinlogProviderName, "source_name": event.WinlogProviderName, "EventSourceName": event.WinlogProviderName,
	"Computer": event.WinlogComputerName, "ComputerName": event.WinlogComputerName, "Hostname": event.WinlogComputerName, "computer_name": event.WinlogComputerName,
	"EventRecordID": event.WinlogRecordID, "RecordNumber": event.WinlogRecordID, "RecordID": event.WinlogRecordID, "record_number": event.WinlogRecordID,
	"Message": event.Message, "Level": event.LogLevel,
}

// flatNames are the names of event data by which a flat object is known, each with the Sigma category of a record that has it and
// no event id; the earlier in flatOrder counts more. "" tells no category.
var flatNames = map[string]string{
	"ScriptBlockText": "ps_script", "ContextInfo": "ps_module", "TargetObject": "registry", "ImageLoaded": "image_load", "PipeName": "pipe_created",
	"QueryName": "dns_query", "GrantedAccess": "process_access", "CallTrace": "process_access", "StartFunction": "create_remote_thread",
	"StartModule": "create_remote_thread", "StartAddress": "create_remote_thread", "SourceImage": "create_remote_thread", "TargetImage": "create_remote_thread",
	"TargetFilename": "file", "DestinationHostname": "network_connection", "DestinationIp": "network_connection", "DestinationPort": "network_connection",
	"Initiated": "network_connection", "CommandLine": "process_creation", "ParentImage": "process_creation", "ParentCommandLine": "process_creation",
	"OriginalFileName": "process_creation", "Image": "process_creation", "NewProcessName": "process_creation",
	"TargetUserName": "", "SubjectUserName": "", "LogonType": "", "IpAddress": "", "ServiceFileName": "", "ShareName": "", "ObjectName": "",
	"ImagePath": "", "param1": "", "ProcessName": "", "Payload": "", "Details": "", "GroupName": "", "AccessMask": "",
}

var flatOrder = [...]string{"ps_script", "ps_module", "registry", "image_load", "pipe_created", "dns_query", "process_access", "create_remote_thread",
	"file", "network_connection", "process_creation"}

// sysmonCategories are Sigma's names for Sysmon's events, by id.
var sysmonCategories = map[string]string{
	"1": "process_creation", "2": "file_change", "3": "network_connection", "4": "sysmon_status", "5": "process_termination", "6": "driver_load",
	"7": "image_load", "8": "create_remote_thread", "9": "raw_access_thread", "10": "process_access", "11": "file_event", "12": "registry_event",
	"13": "registry_set", "14": "registry_rename", "15": "create_stream_hash", "16": "sysmon_status", "17": "pipe_created", "18": "pipe_created",
	"19": "wmi_event", "20": "wmi_event", "21": "wmi_event", "22": "dns_query", "23": "file_delete", "24": "clipboard_capture", "25": "process_tampering",
	"26": "file_delete", "27": "file_block_executable", "28": "file_block_shredding", "29": "file_executable_detected", "255": "sysmon_error",
}

// otherCategories are Sigma's names for events of other channels, by id.
var otherCategories = map[string]string{"4688": "process_creation", "4689": "process_termination", "4103": "ps_module", "4104": "ps_script",
	"400": "ps_classic_start", "600": "ps_classic_provider_start", "800": "ps_classic_script"}

// statedCategories are the categories besides those above that a record may state of itself.
var statedCategories = map[string]bool{"antivirus": true, "dns": true, "firewall": true, "proxy": true, "webserver": true, "application": true, "database": true,
	"file_access": true, "file_rename": true, "registry_add": true, "registry_delete": true, "raw_access_read": true, "registry": true, "file": true,
	"file_change": true, "wmi_event": true}

// providerChannels are the channels of providers that write to one.
var providerChannels = map[string]string{
	"Microsoft-Windows-Sysmon": "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Security-Auditing": "Security",
	"Microsoft-Windows-PowerShell": "Microsoft-Windows-PowerShell/Operational", "PowerShell": "Windows PowerShell", "Service Control Manager": "System",
	"Microsoft-Windows-Windows Defender": "Microsoft-Windows-Windows Defender/Operational", "Linux-Sysmon": "Linux-Sysmon/Operational",
	"Microsoft-Windows-TaskScheduler": "Microsoft-Windows-TaskScheduler/Operational", "Microsoft-Windows-WMI-Activity": "Microsoft-Windows-WMI-Activity/Operational",
	"Microsoft-Windows-Bits-Client": "Microsoft-Windows-Bits-Client/Operational",
}

// mayBeFlat says that a name in a flat Windows event may begin so.
func mayBeFlat(c byte) bool {
	return c >= 'A' && c <= 'Z' || c == 'e' || c == 'l' || c == 's' || c == 'c' || c == 'r' || c == 'p'
}

// isFlat says whether the record is a flat object of a Windows event. It is asked at the first leaf that may be part of one, and looks
// at all names of the object then, since a record is known by all of them.
func (t *jsonSink) isFlat(path []byte) bool {
	if t.flat != flatUnasked {
		return t.flat == flatYes
	}
	if path[0] >= 'a' {
		switch string(path) {
		case "event_id", "log_name", "source_name", "computer_name", "record_number", "param1":
		default: // all others are written large
			return false
		}
	}
	if _, ok := flatNames[string(path)]; !ok && flatFields[string(path)] == 0 && !topName(path) {
		return false
	}
	t.flat = flatNo
	r := jsonReader{s: t.object}
	var id, channel, provider, data bool
	r.blanks()
	for r.i++; r.err == nil; r.i++ { // behind the brace, then behind each comma
		r.blanks()
		if r.i >= len(r.s) || r.s[r.i] != '"' {
			break
		}
		name, told := r.text(), false
		switch string(name) { // whose names are those of Windows' events too: CrowdStrike, Palo Alto, Cloudflare, Azure, Sentinel
		case "event_simpleName", "ExternalApiType", "DeviceSN", "ResolverDecision", "DetectedProtocol", "HTTPStatusCode", "RuleCollectionGroup", "DeviceVendor", "SyslogMessage",
			"EDNSSubnet", "MitigationSystem", "ConnectionCloseReason", "SignatureMessage", "Datetime":
			return false
		}
		switch flatFields[string(name)] {
		case event.WinlogEventID:
			id = true
		case event.WinlogChannel:
			channel = true
			t.table = t.table || string(name) == "EventLog"
		case event.WinlogProviderName:
			provider = true
		case 0:
			category, known := flatNames[string(name)]
			told = known && category != ""
			provider = provider || known
		}
		r.blanks()
		if r.i >= len(r.s) || r.s[r.i] != ':' {
			break
		}
		r.i++
		r.blanks()
		if r.i < len(r.s) && (r.s[r.i] == '{' || r.s[r.i] == '[') {
			r.skip()
		} else {
			t.one = jsonOne{}
			r.value(jsonDepth, &t.one)
			data = data || told && (string(name) != "Image" || isProgram(t.one.v)) // a container has an image, too
		}
		r.blanks()
		if r.i >= len(r.s) || r.s[r.i] != ',' {
			break
		}
	}
	if data || id && (channel || provider) {
		t.flat = flatYes
	}
	return t.flat == flatYes
}

// isProgram says that v is the path of a program, of Windows or Unix.
func isProgram(v []byte) bool {
	return index(v, `\`) >= 0 || len(v) > 0 && v[0] == '/' || hasSuffix(v, ".exe")
}

// topName says that a name may be one of event data in a flat object.
func topName(path []byte) bool {
	return path[0] >= 'A' && path[0] <= 'Z' && index(path, ".") < 0
}

// flatLeaf takes a leaf of a flat Windows event.
func (t *jsonSink) flatLeaf(path, v []byte) bool {
	if f := flatFields[string(path)]; f != 0 {
		t.b.Set(f, v)
		return true
	}
	switch string(path) {
	case "Payload":
		if t.payload(v) {
			return true
		}
	case "ProcessId", "ThreadId":
		if t.paid {
			return true
		}
	}
	if t.table {
		switch string(path) {
		case "Source":
			t.b.Set(event.WinlogProviderName, v)
			return true
		case "EventData":
			if at := index(v, "<EventData"); at >= 0 {
				x := xmlReader{s: v[at:], to: t, path: append([]byte(nil), "Event"...)}
				x.read()
				return true
			}
		}
	}
	if t.p.fields[string(path)] != 0 || len(path) == 0 || path[0] < 'A' || path[0] > 'z' {
		return false
	}
	for _, c := range path {
		if c == '.' {
			return false
		}
	}
	switch string(path) {
	case "product", "category", "service", "tags", "type":
		return false
	}
	t.addWindows(path, v)
	return true
}

// stated takes what a record says of its own kind in Sigma's words.
func (t *jsonSink) stated(path, v []byte) bool {
	switch string(path) {
	case "category":
		if statedCategories[string(v)] || isCategory(v) {
			t.category = v
		}
		return false
	case "service":
		t.of = v
		return false
	case "product":
		t.product = v
		return false
	case "logsource.category":
		t.category, t.whole = v, true
	case "logsource.service":
		t.of, t.whole = v, true
	case "logsource.product":
		t.product, t.whole = v, true
	default:
		return false
	}
	return true
}

// markForm labels a record by what it states of its own kind, for the routes of Sigma's rules. What rules for Windows ask for goes by
// names of its own for records of other systems.
func (t *jsonSink) markForm() {
	if !t.whole && t.category == nil && t.flat != flatYes {
		return
	}
	switch string(t.product) {
	case "linux", "macos":
		t.b.Set(event.HostOSType, t.product)
		t.unix = true
	case "windows":
		t.b.Set(event.HostOSType, t.product)
	}
	t.b.Label([]byte("sigma.product"), t.product)
	t.b.Label([]byte("sigma.service"), t.of)
	t.b.Label(unsafeBytes(t.categoryLabel()), t.category)
}

func (t *jsonSink) categoryLabel() string {
	if t.unix {
		return "sigma.unix_category"
	}
	return "sigma.category"
}

func isCategory(v []byte) bool {
	for _, c := range sysmonCategories {
		if c == string(v) {
			return true
		}
	}
	for _, c := range otherCategories {
		if c == string(v) {
			return true
		}
	}
	return false
}

// placeFlat finds out what kind of event a flat record without channel is. Where the provider tells the channel, that is a fact; else
// the labels sigma.category and sigma.service say what it looks like.
func (w *winEvent) placeFlat(channel, id string) string {
	if channel != "" {
		return channel
	}
	provider := w.e.Str(event.WinlogProviderName)
	if c := providerChannels[provider]; c != "" {
		w.b.SetString(event.WinlogChannel, c)
		return c
	}
	switch string(w.t.product) {
	case "linux", "macos":
		w.t.unix = true
	case "windows":
	default:
		w.t.unix = w.system() != "windows"
	}
	if w.t.category != nil || w.t.of != nil && (w.t.whole || w.t.product != nil) {
		w.category, w.service = string(w.t.category), string(w.t.of)
		return ""
	}
	category, service := "", ""
	known := w.lookAt()
	switch n, numeric := number([]byte(id)); {
	case id == "":
		category = known
	case sysmonCategories[id] != "" && (known != "" || w.has("ProcessGuid") || w.has("UtcTime") || w.has("RuleName")):
		category, service = sysmonCategories[id], "sysmon"
	case otherCategories[id] != "":
		category = otherCategories[id]
		service = map[bool]string{true: "security", false: "powershell"}[len(id) == 4 && id >= "4600"]
		if len(id) == 3 {
			service = "powershell-classic"
		}
	case numeric && (n >= 4608 && n <= 5633 || n >= 6144 && n <= 6420 || n == 1100 || n == 1102):
		service = "security"
	case numeric && (n >= 7000 && n <= 7045 || n == 104):
		service = "system"
	case numeric && n >= 1006 && n <= 1151 || n >= 5001 && n <= 5101:
		service = "windefend"
	}
	w.category, w.service = category, service
	w.mark(w.t.categoryLabel(), category)
	w.mark("sigma.service", service)
	return ""
}

func (w *winEvent) mark(key, v string) {
	if v != "" {
		w.b.Label([]byte(key), []byte(v))
	}
}

// lookAt gives the category that the names of the event's data tell.
func (w *winEvent) lookAt() string {
	best := len(flatOrder)
	for _, d := range w.t.data {
		c := flatNames[string(d.name)]
		if c == "" {
			continue
		}
		for i, o := range flatOrder[:best] {
			if o == c {
				best = i
				break
			}
		}
	}
	if best == len(flatOrder) {
		return ""
	}
	return flatOrder[best]
}

func (w *winEvent) has(name string) bool {
	for _, d := range w.t.data {
		if string(d.name) == name {
			return true
		}
	}
	return false
}

// system tells the operating system of a flat record by the form of its paths.
func (w *winEvent) system() string {
	for _, d := range w.t.data {
		switch string(d.name) {
		case "Image", "ParentImage", "SourceImage", "TargetFilename", "ImageLoaded", "CurrentDirectory":
			if len(d.value) > 0 && d.value[0] == '/' {
				return ""
			}
		}
	}
	return "windows"
}
