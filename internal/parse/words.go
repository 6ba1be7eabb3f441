package parse

import "watchpost/internal/event"

// logins tells from the words of a message whether someone logged in or out, and how it went. It says nothing of a text
// that names neither.
func (r *reading) logins(text []byte) bool {
	if len(text) == 0 || len(text) > 400 {
		return false
	}
	r.p.val = lower(r.p.val[:0], text)
	t := r.p.val
	has := func(words ...string) bool {
		for _, w := range words {
			if index(t, w) >= 0 {
				return true
			}
		}
		return false
	}
	switch {
	case has("logged out", "logged off", "logout", "log out", "logoff", "session terminated"):
		r.say("logout", "session", "end")
		return true
	case !has("login", "log in", "logon", "log on", "logged in", "logged on", "authentication", "authenticated", "sign in", "signed in", "sign-in"):
		return false
	}
	outcome := ""
	switch {
	case has("fail", "denied", "invalid", "incorrect", "reject", "unsuccessful", "wrong", "not allowed", "locked", "unknown user", "bad "):
		outcome = failure
	case has("success", "succeeded", "logged in", "logged on", "signed in", "accepted", "allowed", "authenticated"):
		outcome = success
	default:
		return false
	}
	r.say(login, authn, "start")
	r.b.Unset(event.EventOutcome)
	r.b.SetString(event.EventOutcome, outcome)
	return true
}
