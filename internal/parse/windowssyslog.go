package parse

import "watchpost/internal/event"

// auditSentences are how messages of the Security log begin, where a forwarder sends the message alone, with the provider for a program.
var auditSentences = map[string]string{
	"An account was successfully logged on": "4624", "An account failed to log on": "4625", "An account was logged off": "4634", "User initiated logoff": "4647", "A logon was attempted using explicit credentials": "4648", "Special privileges assigned to new logon": "4672",
	"A new process has been created": "4688", "A process has exited": "4689", "A service was installed in the system": "4697", "A scheduled task was created": "4698", "A scheduled task was deleted": "4699", "A scheduled task was updated": "4702", "A user account was created": "4720", "A user account was enabled": "4722",
	"An attempt was made to change an account's password": "4723", "An attempt was made to reset an account's password": "4724", "A user account was disabled": "4725", "A user account was deleted": "4726", "A member was added to a security-enabled global group": "4728", "A member was removed from a security-enabled global group": "4729",
	"A member was added to a security-enabled local group": "4732", "A member was removed from a security-enabled local group": "4733", "A user account was changed": "4738", "A user account was locked out": "4740", "A computer account was created": "4741", "A member was added to a security-enabled universal group": "4756", "A user account was unlocked": "4767",
	"A Kerberos authentication ticket (TGT) was requested": "4768", "A Kerberos service ticket was requested": "4769", "Kerberos pre-authentication failed": "4771", "The computer attempted to validate the credentials for an account": "4776", "The domain controller attempted to validate the credentials for an account": "4776", "A session was reconnected to a Window Station": "4778",
	"A session was disconnected from a Window Station": "4779", "The audit log was cleared": "1102", "A network share object was accessed": "5140", "System audit policy was changed": "4719",
}

// auditMessage reads the message of an event of the Security log whose id is told by its first sentence.
func auditMessage(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if id, rest, ok := cut(m[:min(len(m), 32)], ": "); ok && digits(id) && len(id) < 6 { // eventlog-to-syslog: 4625: AUDIT_FAILURE An account …
		m = m[len(m[:min(len(m), 32)])-len(rest):]
		m, _ = after(m, "AUDIT_FAILURE ")
		m, _ = after(m, "AUDIT_SUCCESS ")
	}
	first, _, ok := cut(m, ".")
	id := auditSentences[string(first)]
	if !ok || id == "" {
		return false
	}
	b.SetString(event.EventKind, "event")
	to := p.newSink(b)
	to.header = h.host != nil
	p.json.reset(m)
	b.SetString(event.WinlogChannel, "Security")
	b.SetString(event.WinlogEventID, id)
	b.SetString(event.WinlogProviderName, "Microsoft-Windows-Security-Auditing")
	b.Unset(event.ProcessName) // the provider is no program
	b.Unset(event.ProcessPID)
	renderedData(to, m)
	windows(b, to)
	b.Unset(event.Message)
	b.Set(event.Message, m)
	return true
}
