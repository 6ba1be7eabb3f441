package parse

// macServers are what macOS' own daemons say, as `log stream --style syslog` writes it.
var macServers = []server{
	{[]string{"tccd"}, "macos", []serverShape{
		{`{x}Update Access Record: {#tcc.service} for {svc} to Allowed at`, "permission_granted", success, ""},
		{`{x}Update Access Record: {#tcc.service} for {svc} to Denied at`, "permission_granted", failure, "denied"},
		{`{x}Update Access Record: {#tcc.service} for {svc} to {reason} at`, "permission_granted", "", ""}}},
	{[]string{"loginwindow"}, "macos", []serverShape{
		{`{x}com.apple.sessionagent.screenIsUnlocked, with userID:{uid}`, "session_unlocked", success, ""},
		{`{x}com.apple.screenIsUnlocked, with userID:{uid}`, "session_unlocked", success, ""},
		{`{x}com.apple.sessionagent.screenIsLocked, with userID:{uid}`, "session_locked", success, ""},
		{`{x}com.apple.screenIsLocked, with userID:{uid}`, "session_locked", success, ""},
		{`{x}com.apple.system.loginwindow.logout{x}, with userID:{uid}`, "logout", "", ""},
		{`{x}loginIsComplete, set session state`, login, success, ""}}},
	{[]string{"securityd"}, "macos", []serverShape{
		{`{x} Session {#session.id} created, uid:{uid} sessionId:`, "session_start", success, ""},
		{`{x} Session {#session.id} created`, "session_start", success, ""},
		{`{x} Session {#session.id} destroyed`, "session_end", "", ""}}},
	{[]string{"authd"}, "macos", []serverShape{
		{`{x}Succeeded authorizing right '{#macos.right}' by client '{exe}' [{pid}]`, "authorized", success, ""},
		{`{x}Failed to authorize right '{#macos.right}' by client '{exe}' [{pid}]`, "authorized", failure, ""}}},
}
