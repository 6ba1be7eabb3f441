package parse

import "watchpost/internal/event"

const authDataset = "system.auth"

// pam reads what PAM modules log through the program that called them:
//
//	pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root
//	PAM 2 more authentication failures; logname= …
//	session opened for user root(uid=0) by alice(uid=1000)    (by a program that names the module in its tag)
func pam(b *event.Batch, h *header, m []byte) bool {
	if rest, ok := after(m, "pam_"); ok {
		module, rest, ok := cut(rest, ": ")
		if !ok || len(module) > 64 {
			return false
		}
		if _, service, ok := cut(module, "("); ok {
			if service, _, ok = cut(service, ":"); ok {
				b.Set(event.ServiceName, service)
			}
		}
		if !pamMessage(b, rest) {
			c := class{dataset: authDataset, module: "system"}
			switch { // the module's kind tells at least what it was about
			case hasSuffix(module, ":auth)"), hasSuffix(module, ":account)"):
				c.category, c.types[0] = authn, "info"
			case hasSuffix(module, ":session)"):
				c.category, c.types[0] = "session", "info"
			case hasSuffix(module, ":chauthtok)"):
				c.category, c.types[0] = "iam", "info"
			}
			c.set(b)
		}
		return true
	}
	if rest, ok := after(m, "(pam_"); ok { // before Linux-PAM 0.99
		module, rest, ok := cut(rest, ") ")
		return ok && len(module) < 32 && pamMessage(b, rest)
	}
	if rest, ok := after(m, "PAM "); ok {
		if i := index(rest, " more authentication failure"); i > 0 && i < 12 {
			b.Label([]byte("repeat_count"), rest[:i])
			if _, rest, ok := cut(rest, "; "); ok {
				pamFailure(b, rest, "pam_authentication_repeated")
				return true
			}
		}
		if hasPrefix(rest, "service(") {
			(&class{authDataset, "system", "pam_max_retries", "failure", "authentication", [3]string{"info"}}).set(b)
			return true
		}
	}
	if h.app != nil && h.app[len(h.app)-1] == ')' {
		return pamMessage(b, m)
	}
	return false
}

func pamMessage(b *event.Batch, m []byte) bool {
	if rest, ok := after(m, "authentication failure; "); ok {
		pamFailure(b, rest, "pam_authentication")
		return true
	}
	if rest, ok := after(m, "authentication success; "); ok { // pam_sss'
		(&class{authDataset, "system", "pam_authentication_granted", success, "authentication", [3]string{"info"}}).set(b)
		pamWho(b, rest)
		return true
	}
	if rest, ok := after(m, "session opened for user "); ok {
		(&class{authDataset, "system", "session_opened", "success", "session", [3]string{"start"}}).set(b)
		user, by, ok := cut(rest, " by ")
		name, id := nameUID(user)
		if by, byID := nameUID(by); ok && len(by) > 0 {
			b.Set(event.UserName, by)
			b.Set(event.UserID, byID)
			b.Set(event.UserEffectiveName, name)
			b.Set(event.UserEffectiveID, id)
			return true
		}
		b.Set(event.UserName, name)
		b.Set(event.UserID, id)
		return true
	}
	if rest, ok := after(m, "session closed for user "); ok {
		(&class{authDataset, "system", "session_closed", "success", "session", [3]string{"end"}}).set(b)
		name, id := nameUID(rest)
		b.Set(event.UserName, name)
		b.Set(event.UserID, id)
		return true
	}
	if hasPrefix(m, "check pass; user unknown") {
		(&class{authDataset, "system", "pam_check_pass", "failure", "authentication", [3]string{"info"}}).set(b)
		b.SetString(event.EventReason, "user unknown")
		return true
	}
	if rest, ok := after(m, "password changed for "); ok {
		(&class{authDataset, "system", "password_changed", "success", "iam", [3]string{"user", "change"}}).set(b)
		b.Set(event.UserTargetName, rest)
		return true
	}
	return pamShape(b, m)
}

// pamShapes are what modules beside pam_unix say.
var pamShapes = [...]struct{ pattern, action, outcome, reason string }{
	{"Consecutive login failures for user {user} account temporarily locked", "pam_locked", failure, "account locked"},
	{"user {user} ({x}) tally {x}, deny {x}", "pam_locked", failure, "account locked"},
	{"User {user} ({x}) tally {x}, deny {x}", "pam_locked", failure, "account locked"},
	{"received for user {user}: {x} ({reason})", "pam_authentication", failure, ""},
	{"access denied for user `{user}' from `{addr}'", "pam_access_denied", failure, "refused by access.conf"},
	{"access denied for user `{user}' from {addr}", "pam_access_denied", failure, "refused by access.conf"},
	{"account {user} has expired ({reason})", "pam_access_denied", failure, ""},
	{"Invalid verification code for {user}", "pam_second_factor", failure, "second factor is wrong"},
	{"Accepted google_authenticator for {user}", "pam_second_factor", success, ""},
	{"Access denied to '{user}' for '{x}'", "pam_access_denied", failure, "not in the group"},
	{"Access denied for '{user}' to '{x}'", "pam_access_denied", failure, "not in the group"},
	{"Access granted to '{user}' for '{x}'", "pam_authentication_granted", success, ""},
	{"access denied: tty '{#tty}' is not secure !", "pam_access_denied", failure, "terminal is not secure"},
	{"denied access to {x}@{addr} as {user}", "pam_access_denied", failure, "refused by rhosts"},
	{"allowed access to {x}@{addr} as {user}", "pam_authentication_granted", success, "allowed by rhosts"},
	{"Too many logins (max {x}) for {user}", "pam_access_denied", failure, "too many sessions"},
	{"Too many system logins (max {x})", "pam_access_denied", failure, "too many sessions"},
	{"user {user} inactive for {x} days - denied", "pam_access_denied", failure, "account inactive"},
	{"Failed to create session: {reason}", "pam_fault", failure, ""},
	{"check pass; user unknown", "pam_check_pass", failure, "user unknown"},
	{"user '{user}' granted access", "pam_authentication_granted", success, ""},
	{"user '{user}' denied access ({reason})", "pam_authentication", failure, ""},
	{"user '{user}' OK", "pam_authentication_granted", success, ""},
	{"authentication failure for {user}", "pam_authentication", failure, ""},
	{"authentication succeeds for '{user}' (", "pam_authentication_granted", success, ""},
	{"authentication fails for '{user}' ({x}): {reason}", "pam_authentication", failure, ""},
	{"RADIUS server {daddr} failed to respond", "pam_fault", failure, "RADIUS server does not answer"},
	{"user {user} authenticated as {x}", "pam_authentication_granted", success, ""},
	{"auth could not identify password for [{user}]", "pam_check_pass", failure, "no password"},
	{"conversation failed", "pam_check_pass", failure, "no password"},
	{"check pass; user ({user}) unknown", "pam_check_pass", failure, "user unknown"},
	{"account {user} has password changed in future", "pam_access_denied", failure, "password changed in the future"},
	{"expired password for user {user} ({reason})", "pam_access_denied", failure, ""},
	{"password for user {user} will expire in {x}", "pam_password_expires", "", ""},
	{"bad username [{user}]", "pam_check_pass", failure, "bad user name"},
	{"account temporary locked ({x} seconds left)", "pam_locked", failure, "account locked"},
	{"User {user} failed to authenticate {x}", "pam_authentication", failure, ""},
	{"requirement \"{reason}\" not met by user \"{user}\"", "pam_requirement", "", ""},
	{"Refused user {user} for service {x}", "pam_access_denied", failure, "refused by list"},
	{"Successful Duo login for '{user}' from {addr}", "pam_second_factor", success, ""},
	{"Successful Duo login for '{user}'", "pam_second_factor", success, ""},
	{"Aborted Duo login for '{user}'{x}: {reason}", "pam_second_factor", failure, ""},
	{"Failed Duo login for '{user}' from {addr}", "pam_second_factor", failure, ""},
	{"Failed Duo login for '{user}'", "pam_second_factor", failure, ""},
	{"Skipped Duo login for '{user}' from {addr}: {reason}", "pam_second_factor", success, ""},
	{"Skipped Duo login for '{user}': {reason}", "pam_second_factor", success, ""},
	{"Access denied for user {user}: {reason}", "pam_access_denied", failure, ""},
	{"User {user} not known to {reason}", "pam_check_pass", failure, ""},
	{"request {x} failed: {x}, PAM error: {reason}, NTSTATUS: {x}", "pam_authentication", failure, ""},
	{"internal module error (retval = {reason}, user = '{user}')", "pam_authentication", failure, ""},
	{"error trying to bind as user \"{dn}\" ({reason})", "pam_authentication", failure, ""},
	{"access denied to user {user}", "pam_access_denied", failure, "refused by time"},
	{"Unprivileged users are not permitted to log in yet", "pam_access_denied", failure, "log-ins blocked"},
	{"User {user} is not allowed to log in", "pam_access_denied", failure, ""},
	{"authentication succeeded", "pam_authentication_granted", success, ""},
	{"authentication failed", "pam_authentication", failure, ""},
	{"Failed to read \"{x}\" for \"{user}\"", "pam_second_factor", failure, "no secret"},
	{"No secret configured for user {user}, ", "pam_second_factor", "", "no secret"},
	{"Too many concurrent login attempts", "pam_second_factor", failure, "too many attempts"},
	{"Trying to reuse a previously used time-based code", "pam_second_factor", failure, "code was used"},
	{"unable to dlopen({path}): {reason}", "pam_fault", failure, ""},
	{"password expired for {user}", "pam_access_denied", failure, "password expired"},
	{"Authentication failed for {user} from {addr}", "pam_authentication", failure, ""},
	{"password check failed for user ({user})", "pam_authentication", failure, "wrong password"}, // unix_chkpwd's
	{"could not obtain user info ({user})", "pam_check_pass", failure, "user unknown"},
	{"new password not acceptable", "password_refused", failure, "not acceptable"},
	{"pam_get_authtok_verify returned error: {reason}", "password_refused", failure, ""},
	{"user \"{user}\" does not exist in {x}", "pam_check_pass", failure, "user unknown"},
}

func pamShape(b *event.Batch, m []byte) bool {
	var found captures
	for i := range pamShapes {
		s := &pamShapes[i]
		found.n = 0
		if !found.match(s.pattern, m) {
			continue
		}
		(&class{authDataset, "system", s.action, s.outcome, "authentication", [3]string{"info"}}).set(b)
		b.SetString(event.EventReason, s.reason)
		for i := range found.n {
			switch v := found.val[i]; found.name[i] {
			case "user": // pam_winbind's have a domain
				setFullUser(b, v)
			case "dn":
				setDN(b, v)
			case "#tty":
				b.Label([]byte("tty"), v)
			default:
				continue
			}
			found.name[i] = "x"
		}
		found.set(b)
		return true
	}
	return false
}

// checkPassword reads what PAM's helper logs, which looks into the shadow file for programs without the right to.
func checkPassword(b *event.Batch, _ *header, m []byte) bool { return pamShape(b, m) }

// nameUID splits "root(uid=0)".
func nameUID(s []byte) (name, id []byte) {
	name, rest, ok := cut(trimBlanks(s), "(uid=")
	if ok {
		id, _, _ = cut(rest, ")")
		if !digits(id) {
			id = nil
		}
	}
	return name, id
}

// pamFailure reads "logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root". The name of a user may hold
// anything, so user is what stands behind the last " user=".
func pamFailure(b *event.Batch, m []byte, action string) {
	(&class{authDataset, "system", action, "failure", "authentication", [3]string{"start"}}).set(b)
	pamWho(b, m)
}

func pamWho(b *event.Batch, m []byte) {
	head, user, named := cutLast(m, " user=")
	if named {
		b.Set(event.UserName, trimBlanks(user))
		m = head
	}
	if head, host, ok := cutLast(m, " rhost="); ok {
		host, _ = word(host)
		setAddr(b, &src, host)
		m = head
	}
	if _, ruser, ok := cutLast(m, " ruser="); ok {
		ruser = trimBlanks(ruser)
		b.Set(event.SourceUserName, ruser)
		if !named { // PAM leaves out an account that does not exist; FTP servers put the name that was tried here
			b.Set(event.UserName, ruser)
		}
	}
}
