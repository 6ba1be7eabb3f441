package parse

import "watchpost/internal/event"

// backup reads the lines of backup programs: whether a job ended, and how. The words stand for what the programs named
// in programs() write; a line with none of them is kept as a note.
func backup(b *event.Batch, h *header, m []byte) bool {
	if hasPrefix(m, "authentication failure") || hasPrefix(m, "successful auth for user") {
		return false // no job: somebody logs in
	}
	if veeamEvent(b, m) {
		return true
	}
	if result, ok := veeamResult(h, m); ok {
		c := class{"backup.job", "backup", "backup_finished", result, "process", [3]string{"end"}}
		if result == failure {
			c.types[0] = "error"
		}
		c.set(b)
		return true
	}
	c := class{"backup.job", "backup", "backup_note", "", "", [3]string{"info"}}
	switch {
	case hasAny(m, backupFailed[:]), hasFold(m, "FAILED") && !hasFold(m, "FAILED: 0") && !hasFold(m, "0 FAILED"):
		c.action, c.outcome, c.types[0] = "backup_finished", failure, "error"
	case hasAny(m, backupDone[:]), hasFold(m, "SNAPSHOT") && hasFold(m, "SAVED"), hasFold(m, "BACKUP") && hasFold(m, "SUCCESS"):
		c.action, c.outcome, c.types[0] = "backup_finished", success, "end"
	case hasAny(m, backupBegun[:]):
		c.action, c.types[0] = "backup_started", "start"
	}
	c.category = "process"
	c.set(b)
	return true
}

// What the programs write of a job that failed, that ended well, that began, in upper case.
var (
	backupFailed = [...]string{"TASK ERROR", "FATAL", "BACKUP ERROR", "ERROR:", "ABORTED", "COULD NOT", "UNABLE TO", "BACKUP CANCELED", "BACKUP CANCELLED",
		"WITH ERROR STATUS", "ERROR RUNNING", "CONNECTION CLOSED BY REMOTE HOST", "BUT WITH SOME ERRORS", "NON-ZERO EXIT"}
	backupDone = [...]string{"TASK OK", "BACKUP OK", "FINISHED SUCCESSFULLY", "COMPLETED SUCCESSFULLY", "BACKUP JOB FINISHED", "RC 0", "WITH WARNING STATUS",
		"TASK WARNINGS", "BUT WITH SOME WARNINGS", "FINISHED BACKUP", "FINISHED WITH SUCCESS"}
	backupBegun = [...]string{"STARTING", "START BACKUP", "STARTED"}
)

// hasAny finds one of words, upper-case, in s in any case.
func hasAny(s []byte, words []string) bool {
	for _, w := range words {
		if hasFold(s, w) {
			return true
		}
	}
	return false
}

// hasFold finds upper, upper-case, in s in any case.
func hasFold(s []byte, upper string) bool {
	for i := 0; i+len(upper) <= len(s); i++ {
		if foldEqual(s[i:i+len(upper)], upper) {
			return true
		}
	}
	return false
}

// veeamResult reads the result of a job as Veeam numbers it: 0 success, 1 warning, 2 failure.
func veeamResult(h *header, m []byte) (string, bool) {
	for _, s := range [...][]byte{h.sd, m} {
		if _, rest, ok := cut(s, `JobResult="`); ok && len(rest) > 0 {
			switch rest[0] {
			case '0', '1':
				return success, true
			case '2':
				return failure, true
			}
		}
	}
	return "", false
}

// veeamEvent reads an event of Veeam Backup & Replication, "[categoryId=0 instanceId=31400 Name="…" UserName="DOMAIN\user" … Description="…"]":
// its number, who did it and what. What became of a job is veeamResult's and the words'.
func veeamEvent(b *event.Batch, m []byte) bool {
	_, rest, ok := cut(m, " instanceId=")
	if !ok || index(m, "[categoryId=") < 0 {
		return false
	}
	n := 0
	for n < len(rest) && digit(rest[n]) {
		n++
	}
	b.Set(event.EventCode, rest[:n])
	user := veeamValue(rest, ` UserName="`)
	if len(user) == 0 {
		user = veeamValue(rest, ` fullName="`)
	}
	if len(user) > 0 {
		setFullUser(b, user)
	}
	says := veeamValue(rest, ` Description="`)
	b.Set(event.EventReason, says)
	_, job, result := cut(rest, ` JobResult="`)
	if result && len(job) > 0 {
		return false // veeamResult reads it
	}
	c := class{"backup.job", "backup", "configuration", success, "configuration", [3]string{"change"}}
	switch {
	case index(says, "has been deleted") > 0, index(says, "has been removed") > 0:
		c.types[0] = "deletion"
	case index(says, "has been created") > 0, index(says, "has been added") > 0:
		c.types[0] = "creation"
	case index(says, "has been modified") > 0, index(says, "has been updated") > 0, index(says, "has been changed") > 0,
		index(says, "has been enabled") > 0, index(says, "has been disabled") > 0:
	case hasPrefix(says, "Potential malware activity detected"):
		c.action, c.outcome, c.category, c.types[0] = "malware_found", "", "malware", "info"
	default:
		return false
	}
	if index(says, "estore point") > 0 || len(user) == 0 && c.category == "configuration" {
		return false // what retention made or removed
	}
	if user := hasPrefix(says, "User or group "); user || hasPrefix(says, "Custom user role ") {
		c.category = "iam"
		name := veeamValue(rest, ` Name="`)
		if c.types[1] = c.types[0]; user {
			c.types[0] = "user"
			if dom, who, ok := cut(name, `\`); ok && len(dom) > 0 {
				b.Set(event.UserTargetDomain, dom)
				name = who
			}
			b.Set(event.UserTargetName, name)
		} else {
			c.types[0] = "group"
			b.Set(event.GroupName, name)
		}
		subject := "user"
		if !user {
			subject = "role"
		}
		c.action = veeamActions[subject][c.types[1]]
	}
	c.set(b)
	return true
}

// veeamActions are what was done to an account or a role.
var veeamActions = map[string]map[string]string{
	"user": {"creation": "user_added", "deletion": "user_deleted", "change": "user_changed"},
	"role": {"creation": "role_added", "deletion": "role_deleted", "change": "role_changed"},
}

// veeamValue finds the value behind name, which ends with its quote.
func veeamValue(s []byte, name string) []byte {
	_, v, ok := cut(s, name)
	if !ok {
		return nil
	}
	v, _, _ = cut(v, `"`)
	return v
}
