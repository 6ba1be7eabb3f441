package parse

import "watchpost/internal/event"

// backup reads the lines of backup programs: whether a job ended, and how. The words stand for what the programs named
// in programs() write; a line with none of them is kept as a note.
func backup(b *event.Batch, h *header, m []byte) bool {
	if hasPrefix(m, "authentication failure") || hasPrefix(m, "successful auth for user") {
		return false // no job: somebody logs in
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
	case hasFold(m, "TASK ERROR"), hasFold(m, "FAILED") && !hasFold(m, "FAILED: 0") && !hasFold(m, "0 FAILED"), hasFold(m, "FATAL"), hasFold(m, "BACKUP ERROR"), hasFold(m, "TERMINATION: *** BACKUP ERROR"),
		hasFold(m, "ERROR:"), hasFold(m, "ABORTED"), hasFold(m, "COULD NOT"), hasFold(m, "UNABLE TO"):
		c.action, c.outcome, c.types[0] = "backup_finished", "failure", "error"
	case hasFold(m, "TASK OK"), hasFold(m, "BACKUP OK"), hasFold(m, "SNAPSHOT") && hasFold(m, "SAVED"), hasFold(m, "FINISHED SUCCESSFULLY"),
		hasFold(m, "COMPLETED SUCCESSFULLY"), hasFold(m, "BACKUP JOB FINISHED"), hasFold(m, "RC 0"), hasFold(m, "FINISHED BACKUP"), hasFold(m, "SUCCESS"):
		c.action, c.outcome, c.types[0] = "backup_finished", "success", "end"
	case hasFold(m, "STARTING"), hasFold(m, "START BACKUP"), hasFold(m, "STARTED"):
		c.action, c.types[0] = "backup_started", "start"
	}
	c.category = "process"
	c.set(b)
	return true
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
