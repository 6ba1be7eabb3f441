package parse

import "watchpost/internal/event"

// vimKind says what an event of vSphere means: text is what its sentence looks like, as in shape.
type vimKind struct {
	action, outcome, category string
	types                     [2]string
	text                      string
}

// vimKinds are the events of vSphere (vim.event.…) that say more than that something was so; their sentences are those of
// the vSphere API's event catalogue.
var vimKinds = map[string]vimKind{
	"UserLoginSessionEvent":            {login, success, authn, [2]string{"start"}, `User {full}@{addr} logged in as {agent}`},
	"UserLogoutSessionEvent":           {"logout", "", authn, [2]string{"end"}, `User {full}@{addr} logged out`},
	"BadUsernameSessionEvent":          {login, failure, authn, [2]string{"start"}, `Cannot login {full}@{addr}`},
	"NoAccessUserEvent":                {login, failure, authn, [2]string{"start"}, `Cannot login user {full}@{addr}: {reason}`},
	"AlreadyAuthenticatedSessionEvent": {login, failure, authn, [2]string{"start"}, ``},
	"SessionTerminatedEvent":           {"logout", "", authn, [2]string{"end"}, `A session for user '{target}' has stopped`},

	"PermissionAddedEvent":   {"permission_added", success, "iam", [2]string{"user", "change"}, `Permission created for {principal} on {#vm.object}, role is {group}, propagation`},
	"PermissionUpdatedEvent": {"permission_changed", success, "iam", [2]string{"user", "change"}, `Permission changed for {principal} on {#vm.object}, role is {group}, propagation`},
	"PermissionRemovedEvent": {"permission_removed", success, "iam", [2]string{"user", "change"}, `Permission rule removed for {principal} on {#vm.object}`},
	"RoleAddedEvent":         {"role_added", success, "iam", [2]string{"group", "creation"}, `New role {group} created`},
	"RoleUpdatedEvent":       {"role_changed", success, "iam", [2]string{"group", "change"}, ``},
	"RoleRemovedEvent":       {"role_deleted", success, "iam", [2]string{"group", "deletion"}, `Role {group} removed`},
	"AccountCreatedEvent":    {"user_added", success, "iam", [2]string{"user", "creation"}, `Account {principal} was created on host`},
	"AccountUpdatedEvent":    {"user_changed", success, "iam", [2]string{"user", "change"}, `Account {principal} was updated on host`},
	"AccountRemovedEvent":    {"user_deleted", success, "iam", [2]string{"user", "deletion"}, `Account {principal} was removed on host`},
	"UserPasswordChanged":    {"password_changed", success, "iam", [2]string{"user", "change"}, `Password was changed for account {principal} on host`},
	"UserAssignedToGroup":    {"user_added_to_group", success, "iam", [2]string{"group", "change"}, `User {principal} was added to group {group}`},
	"UserUnassignedFromGroup": {"user_removed_from_group", success, "iam", [2]string{"group", "change"},
		`User {principal} was removed from group {group}`},

	"VmPoweredOnEvent":              {"vm_started", success, "host", [2]string{"change"}, `{vmname} on `},
	"DrsVmPoweredOnEvent":           {"vm_started", success, "host", [2]string{"change"}, ``},
	"VmFailedToPowerOnEvent":        {"vm_started", failure, "host", [2]string{"change"}, `Cannot power on {#vm.name} on `},
	"VmPoweredOffEvent":             {"vm_stopped", success, "host", [2]string{"change"}, `{vmname} on `},
	"VmFailedToPowerOffEvent":       {"vm_stopped", failure, "host", [2]string{"change"}, `Cannot power off {#vm.name} on `},
	"VmSuspendedEvent":              {"vm_stopped", success, "host", [2]string{"change"}, `{vmname} on `},
	"VmGuestShutdownEvent":          {"vm_stopped", success, "host", [2]string{"change"}, `Guest OS shut down for {#vm.name} on `},
	"VmRemovedEvent":                {"vm_deleted", success, "host", [2]string{"change"}, `Removed {#vm.name} on `},
	"VmCreatedEvent":                {"configuration", success, "configuration", [2]string{"creation"}, `Created virtual machine {#vm.name} on `},
	"VmDeployedEvent":               {"configuration", success, "configuration", [2]string{"creation"}, ``},
	"VmClonedEvent":                 {"configuration", success, "configuration", [2]string{"creation"}, `{x} cloned to {#vm.name} on `},
	"VmRegisteredEvent":             {"configuration", success, "configuration", [2]string{"creation"}, `Registered {#vm.name} on `},
	"VmReconfiguredEvent":           {"configuration", success, "configuration", [2]string{"change"}, `Reconfigured {#vm.name} on `},
	"VmRenamedEvent":                {"configuration", success, "configuration", [2]string{"change"}, `Renamed {x} from {x} to {#vm.name} in `},
	"VmRemoteConsoleConnectedEvent": {"session_start", success, "session", [2]string{"start"}, `A remote console connected to {#vm.name} on `},
	"VmRemoteConsoleDisconnectedEvent": {"session_end", "", "session", [2]string{"end"},
		`A remote console disconnected from {#vm.name} on `},
	"VmGuestRebootEvent":    {"vm_note", "", "host", [2]string{"info"}, `Guest OS reboot for {#vm.name} on `},
	"VmResettingEvent":      {"vm_note", "", "host", [2]string{"info"}, `{vmname} on `},
	"VmMigratedEvent":       {"vm_note", "", "host", [2]string{"info"}, `Migration of virtual machine {#vm.name} from `},
	"VmAcquiredTicketEvent": {"vm_note", "", "host", [2]string{"info"}, `A ticket for {#vm.name} of type `},

	"DatastoreFileDeletedEvent": {"file_deleted", success, "file", [2]string{"deletion"}, `Deletion of file or directory {path} from `},
	"DatastoreFileCopiedEvent":  {"file_written", success, "file", [2]string{"creation"}, `Copy of file or directory {path} from `},
	"DatastoreFileMovedEvent":   {"file_renamed", success, "file", [2]string{"change"}, `Move of file or directory {path} from `},

	"HostAddedEvent":                        {"configuration", success, "configuration", [2]string{"creation"}, `Added host {#vm.host} to `},
	"HostRemovedEvent":                      {"configuration", success, "configuration", [2]string{"deletion"}, `Removed host {#vm.host} in `},
	"HostShutdownEvent":                     {"shutdown", "", "host", [2]string{"change"}, `Shut down of {#vm.host} in {x}: {reason}`},
	"esx.audit.net.firewall.config.changed": {"configuration", success, "configuration", [2]string{"change"}, ``},
	"LocalTSMEnabledEvent":                  {"configuration", success, "configuration", [2]string{"change"}, ``},
	"RemoteTSMEnabledEvent":                 {"configuration", success, "configuration", [2]string{"change"}, ``},
	"AdminDisabled":                         {"configuration", success, "configuration", [2]string{"change"}, ``},
	"AdminEnabled":                          {"configuration", success, "configuration", [2]string{"change"}, ``},
	"VcAgentUninstalledEvent":               {"configuration", success, "configuration", [2]string{"deletion"}, ``},
}

// vimEvent reads an event as vpxd sends it: Event [id] [part] [time] [vim.event.Kind] [level] [user] [datacenter] [chain] [text],
// whose last bracket is missing where the text goes on in the next line.
func vimEvent(p *Parser, b *event.Batch, m []byte) bool {
	_, rest, ok := cut(m, "[vim.event.")
	if !ok {
		return false
	}
	var found captures
	if !found.match(`{code}] [{level}] [{user}] [{x}] [{x}] [{text}`, rest) {
		return false
	}
	text := trimBlanks(found.value("text"))
	if n := len(text); n > 0 && text[n-1] == ']' {
		text = text[:n-1]
	}
	code := found.value("code")
	k := setVimKind(b, string(code))
	b.Set(event.EventCode, code)
	b.Set(event.LogLevel, found.value("level"))
	if user := found.value("user"); len(user) > 0 {
		setFullUser(b, user)
	}
	setVimText(p, b, k, text)
	return true
}

// setVimKind sets what an event of a kind is about.
func setVimKind(b *event.Batch, kind string) vimKind {
	k, ok := vimKinds[kind]
	if !ok {
		k = vimKind{action: "vm_note", category: "host", types: [2]string{"info"}}
	}
	c := class{"app.log", "vmware", k.action, k.outcome, k.category, [3]string{k.types[0], k.types[1]}}
	if k.category == authn {
		c.dataset = "app.login"
	}
	c.set(b)
	return k
}

// setVimText sets what the sentence of an event of k names.
func setVimText(p *Parser, b *event.Batch, k vimKind, text []byte) {
	if k.text != "" {
		var found captures
		if found.match(k.text, text) {
			vimNames(b, &found)
			p.setCaptured(b, &found)
			if k.category == authn {
				return
			}
		}
	}
	if !(event.Event{Batch: b, Row: b.Rows()}).Present(event.EventReason) {
		b.Set(event.EventReason, text)
	}
}

// vimNames sets the names that only vSphere's sentences have.
func vimNames(b *event.Batch, found *captures) {
	for i := range found.n {
		v := found.val[i]
		switch found.name[i] {
		case "principal": // whom a permission is given to, whose account it is
			if dom, user, ok := cut(unquote(v), `\`); ok {
				b.Set(event.UserTargetDomain, dom)
				v = user
			}
			b.Set(event.UserTargetName, unquote(v))
		case "vmname":
			v, _ = after(v, "Virtual machine ")
			b.Label(bytesOf("vm.name"), v)
		default:
			continue
		}
		found.name[i] = "x"
	}
}

// hostdEvents are the same sentences as an ESXi host's own hostd writes them, behind "Event 123 : ".
var hostdEvents = [...]struct{ has, kind string }{
	{" is powered on", "VmPoweredOnEvent"},
	{" is powered off", "VmPoweredOffEvent"},
	{" is suspended", "VmSuspendedEvent"},
	{" logged in as ", "UserLoginSessionEvent"},
	{" logged out ", "UserLogoutSessionEvent"},
	{"Cannot login user ", "NoAccessUserEvent"},
	{"Cannot login ", "BadUsernameSessionEvent"},
	{"Guest OS reboot for ", "VmGuestRebootEvent"},
	{"Guest OS shut down for ", "VmGuestShutdownEvent"},
	{"Removed ", "VmRemovedEvent"},
	{"Created virtual machine ", "VmCreatedEvent"},
	{"Registered ", "VmRegisteredEvent"},
	{"Reconfigured ", "VmReconfiguredEvent"},
	{"Permission created for ", "PermissionAddedEvent"},
	{"Permission changed for ", "PermissionUpdatedEvent"},
	{"Permission rule removed for ", "PermissionRemovedEvent"},
	{"New role ", "RoleAddedEvent"},
	{"Account ", ""},
	{"Password was changed for account ", "UserPasswordChanged"},
	{"A remote console connected to ", "VmRemoteConsoleConnectedEvent"},
	{"A remote console disconnected from ", "VmRemoteConsoleDisconnectedEvent"},
	{"A ticket for ", "VmAcquiredTicketEvent"},
	{"Cannot power on ", "VmFailedToPowerOnEvent"},
	{"Firewall configuration has changed", "esx.audit.net.firewall.config.changed"},
}

// hostdEvent reads "info hostd[1] [Originator@6876 sub=Vimsvc.ha-eventmgr opID=1 user=root] Event 123 : text".
func hostdEvent(p *Parser, b *event.Batch, m []byte) bool {
	head, text, ok := cut(m, "] Event ")
	if !ok {
		return false
	}
	number, text, ok := cut(text, " : ")
	if !ok || !digits(number) {
		return false
	}
	kind := ""
	for i := range hostdEvents {
		has := hostdEvents[i].has
		if has[0] == ' ' && index(text, has) > 0 || hasPrefix(text, has) {
			kind = hostdEvents[i].kind
			break
		}
	}
	if kind == "" && hasPrefix(text, "Account ") {
		switch {
		case index(text, " was created on host") > 0:
			kind = "AccountCreatedEvent"
		case index(text, " was updated on host") > 0:
			kind = "AccountUpdatedEvent"
		case index(text, " was removed on host") > 0:
			kind = "AccountRemovedEvent"
		}
	}
	k := setVimKind(b, kind)
	if level, _, ok := cut(head, " "); ok && len(level) > 0 && level[0] != '[' {
		b.Set(event.LogLevel, level)
	}
	if _, user, ok := cutLast(head, " user="); ok && k.category != authn { // user=vpxuser:EXAMPLE\kim: whom vCenter acts for
		if _, who, ok := cut(user, ":"); ok && len(who) > 0 {
			user = who
		}
		user, _, _ = cut(user, "]")
		setFullUser(b, user)
	}
	setVimText(p, b, k, text)
	return true
}

// vobKinds are what an ESXi host observes of itself, by what its code ends with or begins with, and what the sentence looks like; the first counts.
var vobKinds = [...]struct {
	code string
	serverShape
}{
	{".ssh.session.opened", serverShape{`SSH session was opened for '{user}@{addr}'`, login, success, ""}},
	{".ssh.session.failed", serverShape{`SSH login has failed for '{user}@{addr}'`, login, failure, ""}},
	{".ssh.session.closed", serverShape{`SSH session was closed for '{user}@{addr}'`, "logout", "", ""}},
	{".account.loginfailures", serverShape{`Multiple remote login failures detected for ESXi local user account '{user}'`, login, failure, "many failures"}},
	{".account.locked", serverShape{`Remote access for ESXi local user account '{target}' has been locked`, "user_locked", success, ""}},
	{".linkstate.down", serverShape{"", "link_down", "", ""}},
	{".linkstate.up", serverShape{"", "link_up", "", ""}},
	{".host.boot", serverShape{"", "restart", "", ""}},
	{"esx.problem.", serverShape{"", "hardware_error", failure, ""}},
	{"esx.clear.", serverShape{"", "hardware_note", success, ""}},
	{"esx.audit.", serverShape{"", "configuration", success, ""}},
	{"vob.", serverShape{"", "vm_note", "", ""}},
}

// vob reads an observation of vobd: "[GenericCorrelator] 123us: [esx.audit.ssh.enabled] SSH access has been enabled."
func vob(p *Parser, b *event.Batch, m []byte) bool {
	at := index(m, "us: [")
	if at < 0 || at > 96 {
		return false
	}
	code, text, ok := cut(m[at+len("us: ["):], "] ")
	if !ok || len(code) > 128 {
		return false
	}
	for i := range vobKinds {
		k := &vobKinds[i]
		if !hasPrefix(code, k.code) && (k.code[0] != '.' || !hasSuffix(code, k.code)) {
			continue
		}
		var found captures
		fits := found.match(k.pattern, text)
		if !fits {
			found.n = 0
		}
		k.set(p, b, "vmware", &found)
		b.Set(event.EventCode, code)
		if !fits || k.pattern == "" {
			b.Set(event.EventReason, text)
		}
		return true
	}
	return false
}

// esxShell reads [shell.cmd@6876 subject="root" object="shell" command="…" result="success" status="0"], as ESXi 7 and later write it.
func esxShell(b *event.Batch, m []byte) bool {
	rest, ok := after(m, "[shell.cmd@6876 ")
	if !ok {
		return false
	}
	(&class{"app.log", "vmware", "command", "", "configuration", [3]string{"change"}}).set(b)
	if _, v, ok := cut(rest, `subject="`); ok {
		v, _, _ = cut(v, `"`)
		setFullUser(b, v)
	}
	if _, v, ok := cut(rest, `command="`); ok {
		if cmd, tail, ok := cut(v, `" result="`); ok {
			v = cmd
			tail, _, _ = cut(tail, `"`)
			switch string(tail) {
			case "success":
				b.SetString(event.EventOutcome, success)
			case "failure", "fail", "error":
				b.SetString(event.EventOutcome, failure)
			}
			if _, status, ok := cut(rest, `" status="`); ok {
				status, _, _ = cut(status, `"`)
				setNum(b, event.ProcessExitCode, status)
			}
		} else {
			v, _, _ = cutLast(v, `"`)
		}
		b.Set(event.ProcessCommandLine, v)
	}
	return true
}

// vmwareHost reads what ESXi and vCenter say in forms of their own; the other lines are patterns.
func vmwareHost(p *Parser, b *event.Batch, h *header, m []byte) bool {
	return vimEvent(p, b, m) || hostdEvent(p, b, m) || esxShell(b, m) || applianceAudit(b, m) || vob(p, b, m)
}

// applianceAudit reads whether vCenter's appliance management let somebody: "Authorization Result: User=kim@vsphere.local, priv=ModifyConfiguration, authorized=True".
func applianceAudit(b *event.Batch, m []byte) bool {
	_, rest, ok := cut(m, "Authorization Result: User=")
	if !ok {
		return false
	}
	user, rest, ok := cut(rest, ", priv=")
	if !ok {
		return false
	}
	priv, granted, ok := cut(rest, ", authorized=")
	if !ok {
		return false
	}
	c := class{"app.log", "vmware", "authorization", success, "configuration", [3]string{"access", "allowed"}}
	if hasPrefix(granted, "False") {
		c.outcome, c.types[1] = failure, "denied"
	}
	c.set(b)
	setFullUser(b, user)
	b.Label(bytesOf("vm.privilege"), priv)
	return true
}
