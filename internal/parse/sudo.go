package parse

import "watchpost/internal/event"

// sudo reads "  alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/ls -l", with what went wrong before TTY
// where something did: "alice : user NOT in sudoers ; TTY=…", "bob : 3 incorrect password attempts ; TTY=…".
func sudo(b *event.Batch, h *header, m []byte) bool {
	m = trimBlanks(m)
	if pam(b, h, m) {
		return true
	}
	who, rest, ok := cut(m, " : ")
	if !ok || index(who, " ") >= 0 {
		(&class{dataset: authDataset, module: "system", action: "sudo"}).set(b)
		return true
	}
	if rest, ok := after(rest, "(command continued) "); ok {
		(&class{dataset: authDataset, module: "system", action: "sudo_continued", category: "process", types: [3]string{"info"}}).set(b)
		b.Set(event.UserName, who)
		b.Set(event.ProcessCommandLine, rest)
		return true
	}
	c := class{authDataset, "system", "sudo", "success", "process", [3]string{"start"}}
	if !hasPrefix(rest, "TTY=") && !hasPrefix(rest, "PWD=") && !hasPrefix(rest, "USER=") && !hasPrefix(rest, "HOST=") {
		why, more, ok := cut(rest, " ; ")
		if !ok {
			why, more = rest, nil
		}
		if hasPrefix(why, "unable to ") || hasPrefix(why, "problem with ") { // it goes on nonetheless
			(&class{dataset: authDataset, module: "system", types: [3]string{"info"}}).set(b)
			b.Set(event.UserName, who)
			b.Set(event.EventReason, why)
			return true
		}
		b.Set(event.EventReason, why)
		c.outcome, rest = "failure", more
	}
	c.set(b)
	b.AddString(event.EventCategory, "iam")
	b.Set(event.UserName, who)
	for len(rest) > 0 {
		if cmd, ok := after(rest, "COMMAND="); ok { // a command may hold " ; "
			b.Set(event.ProcessCommandLine, cmd)
			exe, _ := word(cmd)
			if len(exe) > 0 && exe[0] == '/' {
				b.Set(event.ProcessExecutable, exe)
			}
			return true
		}
		part, more, _ := cut(rest, " ; ")
		switch key, v, _ := cut(part, "="); string(key) {
		case "TTY":
			b.Label([]byte("tty"), v)
		case "PWD":
			b.Set(event.ProcessWorkingDirectory, v)
		case "USER":
			b.Set(event.UserEffectiveName, v)
		case "GROUP":
			b.Set(event.GroupName, v)
		}
		rest = more
	}
	return true
}

// su reads the lines of util-linux, shadow and BSD:
//
//	(to root) alice on pts/0          FAILED SU (to root) alice on pts/0
//	Successful su for root by alice   FAILED su for root by alice
//	BAD SU alice to root on /dev/pts/0
func su(b *event.Batch, h *header, m []byte) bool {
	m = trimBlanks(m)
	if pam(b, h, m) {
		return true
	}
	c := class{authDataset, "system", "su", "success", "authentication", [3]string{"start"}}
	var user, target []byte
	rest, failed := after(m, "FAILED SU ")
	if to, ok := after(rest, "(to "); ok {
		target, user, _ = cut(to, ") ")
		user, _ = word(user)
	} else if to, ok := after(m, "Successful su for "); ok {
		target, user, _ = cut(to, " by ")
	} else if to, ok := after(m, "FAILED su for "); ok {
		target, user, _ = cut(to, " by ")
		failed = true
	} else if by, ok := after(m, "BAD SU "); ok {
		by, _ = after(by, "from ") // AIX
		user, target, _ = cut(by, " to ")
		target, _ = word(target)
		failed = true
	} else if rest, ok := after(m, "'su "); ok { // Solaris: 'su root' failed for alice on /dev/pts/8
		target, rest, _ = cut(rest, "' ")
		rest, failed = after(rest, "failed for ")
		if !failed {
			rest, _ = after(rest, "succeeded for ")
		}
		user, _ = word(rest)
	} else if pair, ok := after(m, "+ "); ok { // shadow: + /dev/pts/1 alice:root, and - for a failure
		_, pair = word(pair)
		user, target, _ = cut(skipBlanks(pair), ":")
	} else if pair, ok := after(m, "- "); ok {
		_, pair = word(pair)
		user, target, _ = cut(skipBlanks(pair), ":")
		failed = true
	} else if to, ok := after(m, "from "); ok { // AIX: from alice to root at /dev/pts/1
		user, target, _ = cut(to, " to ")
		target, _ = word(target)
	} else if w, to := word(m); len(w) > 0 && hasPrefix(to, " to ") {
		user = w
		target, _ = word(to[4:])
	} else {
		(&class{dataset: authDataset, module: "system"}).set(b)
		return true
	}
	if failed {
		c.outcome = "failure"
	}
	c.set(b)
	b.Set(event.UserName, user)
	b.Set(event.UserEffectiveName, target)
	return true
}
