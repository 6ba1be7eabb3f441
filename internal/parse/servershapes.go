package parse

// The shapes of programs that write to syslog as well as into files of their own.

var eximShapes = []serverShape{
	{`{x}authenticator failed for {peer}: 535 Incorrect authentication data (set_id={user})`, login, failure, ""},
	{`{x}authenticator failed for {peer}: 535 {reason}`, login, failure, ""},
	{`{x}authenticator failed for {peer}: 435 {reason}`, login, failure, ""},
	{`{x} <= {from} H={peer} P={x} A={x}:{user} S=`, login, success, ""},
	{`{x} <= {from} H={peer} P=`, "mail_received", success, ""},
	{`{x} <= {from} U={user} P=`, "mail_received", success, ""},
	{`{x} => {to} F=<{from}> {x}H={dom} [{daddr}]`, "mail_sent", success, ""},
	{`{x} -> {to} F=<{from}> {x}H={dom} [{daddr}]`, "mail_sent", success, ""},
	{`{x} => {to} <{x}> R={x} T={x} H={dom} [{daddr}]`, "mail_sent", success, ""},
	{`{x} => {to} F=<{from}> R={x} T=`, "mail_sent", success, ""},
	{`{x} ** {to} F=<{from}> {x}H={dom} [{daddr}]{x}: {reason}`, "mail_sent", failure, ""},
	{`{x} ** {to} F=<{from}>: {reason}`, "mail_sent", failure, ""},
	{`{x} => {to} R={x} T={x} H={dom} [{daddr}]`, "mail_sent", success, ""},
	{`{x} -> {to} R={x} T={x} H={dom} [{daddr}]`, "mail_sent", success, ""},
	{`{x} => {to} R={x} T=`, "mail_sent", success, ""},
	{`{x} == {to} R={x} T={x} defer {x}: {reason}`, "mail_deferred", failure, ""},
	{`{x} ** {to} R={x} T={x} H={dom} [{daddr}]{x}: {reason}`, "mail_sent", failure, ""},
	{`{x} ** {to} R={x} T={x}: {reason}`, "mail_sent", failure, ""},
	{`{x} ** {to}: {reason}`, "mail_sent", failure, ""},
	{`{x}SMTP protocol error in {peer} AUTH command used when not advertised`, "reject", failure, "AUTH command used when not advertised"},
	{`{x}SMTP protocol error in {peer}`, "reject", failure, "protocol error"},
	{`{x}SMTP protocol synchronization error ({reason}): {peer}nput="`, "reject", failure, ""},
	{`{x}SMTP connection from {peer} closed by DROP in ACL`, "reject", failure, "dropped by ACL"},
	{`{x} SA: Action: {reason}: score={x} From <{from}> (host={peer}) for {to}`, "spam", failure, ""},
	{`{x}SMTP call from {peer} dropped: {reason}`, "reject", failure, ""},
	{`{x}SMTP syntax error in {peer}`, "reject", failure, "syntax error"},
	{`{x}SMTP command timeout on {x}connection from {peer} D=`, "disconnect", failure, "timeout"},
	{`{x}SMTP command timeout on connection from {peer}`, "disconnect", failure, "timeout"},
	{`{x}SMTP data timeout (message abandoned) on connection from {peer}`, "disconnect", failure, "timeout"},
	{`{peer} sender verify fail for {reason}`, "reject", failure, ""},
	{`{peer} F=<{from}> A={x}:{user} rejected RCPT {to}: {reason}`, "reject", failure, ""},
	{`{peer} F=<{from}> rejected RCPT {to}: {reason}`, "reject", failure, ""},
	{`{peer} F=<{from}> temporarily rejected RCPT {to}: {reason}`, "reject", failure, ""},
	{`{peer} F=<{from}> rejected after DATA: {reason}`, "reject", failure, ""},
	{`{peer} F=<{from}> rejected {reason}`, "reject", failure, ""},
	{`{peer} temporarily rejected {reason}`, "reject", failure, ""},
	{`{peer} rejected RCPT {to}: {reason}`, "reject", failure, ""},
	{`{peer} rejected MAIL {from}: {reason}`, "reject", failure, ""},
	{`{peer} rejected by local_scan(): {reason}`, "reject", failure, ""},
	{`{peer} rejected after DATA: {reason}`, "reject", failure, ""},
	{`{peer} rejected EHLO or HELO {reason}`, "reject", failure, ""},
	{`{peer} rejected connection in {reason}`, "reject", failure, ""},
	{`{x}rejected EHLO or HELO {x} from {peer}: {reason}`, "reject", failure, ""},
	{`{x}rejected HELO from {peer}: {reason}`, "reject", failure, ""},
	{`{x}rejected EHLO from {peer}: {reason}`, "reject", failure, ""},
	{`{x}no MAIL in SMTP connection from {peer} D=`, "disconnect", failure, "no MAIL"},
	{`{x}no host name found for IP address {addr}`, "connect", failure, "no host name"},
	{`{x}no IP address found for host {x} (during SMTP connection from {peer})`, "connect", failure, "no address for host name"},
	{`{x}unexpected disconnection while reading SMTP command from {peer} D=`, "disconnect", failure, ""},
	{`{x}TLS error on connection from {peer} ({reason})`, "disconnect", failure, ""},
	{`{x}SMTP connection from {peer} lost`, "disconnect", "", "connection lost"},
	{`{eximid} Completed`, "mail_removed", "", ""},
	{`{x} {eximid} Completed`, "mail_removed", "", ""},
	{`{x}SMTP connection from {peer} D={x} closed by QUIT`, "disconnect", "", ""},
	{`{x}SMTP connection from {peer} closed by QUIT`, "disconnect", "", ""},
}

var asteriskShapes = []serverShape{
	{`{x}SecurityEvent="InvalidAccountID",{x}AccountID="{user}",{>x}RemoteAddress="{x}/{x}/{addr}/{sport}"`, login, failure, "invalid user"},
	{`{x}SecurityEvent="InvalidPassword",{x}AccountID="{user}",{>x}RemoteAddress="{x}/{x}/{addr}/{sport}"`, login, failure, "wrong password"},
	{`{x}SecurityEvent="ChallengeResponseFailed",{x}AccountID="{user}",{>x}RemoteAddress="{x}/{x}/{addr}/{sport}"`, login, failure, "wrong password"},
	{`{x}SecurityEvent="FailedACL",{x}AccountID="{user}",{>x}RemoteAddress="{x}/{x}/{addr}/{sport}"`, login, failure, "refused by ACL"},
	{`{x}SecurityEvent="SuccessfulAuth",{x}AccountID="{user}",{>x}RemoteAddress="{x}/{x}/{addr}/{sport}"`, login, success, ""},
	{`{x}SecurityEvent="ChallengeSent",{x}AccountID="{user}",{>x}RemoteAddress="{x}/{x}/{addr}/{sport}"`, "sip_challenge", "", ""},
	{`{x}SecurityEvent="{reason}",{x}AccountID="{user}",{>x}RemoteAddress="{x}/{x}/{addr}/{sport}"`, login, failure, ""},
	{`{x}Registration from '{user}' failed for '{addr}' - {reason}`, login, failure, ""},
	{`{x}Request '{#sip.method}' from '{user}' failed for '{addr}' (callid: {x}) - {reason}`, login, failure, ""},
	{`{x}Request from '{user}' failed for '{addr}' (callid: {x}) - {reason}`, login, failure, ""},
	{`{x}Host {addr} failed to authenticate as '{user}'`, login, failure, ""},
	{`{x}Host {addr} failed MD5 authentication for '{user}' (`, login, failure, "wrong password"},
	{`{x}hacking attempt detected '{addr}'`, "attack", "", ""},
	{`{x}authenticate: {addr} failed to authenticate as '{user}'`, login, failure, ""},
	{`{x}authenticate: {addr} tried to authenticate with nonexistent user '{user}'`, login, failure, "invalid user"},
	{`{x}Call from '{user}' ({x}:[{addr}]:{sport}) to extension '{#sip.extension}' rejected because {reason}`, "access_denied", failure, ""},
	{`{x}manager.c: {addr} failed to authenticate as '{user}'`, login, failure, ""},
	{`{x}manager.c: {addr} tried to authenticate with nonexistent user '{user}'`, login, failure, "invalid user"},
	{`{x}No registration for peer '{user}' (from {addr})`, login, failure, "invalid user"},
	{`{x}Call from '{user}' ({addr}) to extension '{#sip.extension}' rejected because {reason}`, "access_denied", failure, ""},
	{`{x}Rejecting unknown SIP connection from {addr}"`, "access_denied", failure, "unknown peer"},
	{`{x}Failed to authenticate {x} '{user}' for {x}, {x} from {addr}`, login, failure, ""},
	{`{x}Failed to authenticate device {user}`, login, failure, ""},
}

var freeswitchShapes = []serverShape{
	{`{x}SIP auth failure ({#sip.method}) on sofia profile '{x}' for [{full}] from ip {addr}`, login, failure, ""},
	{`{x}SIP auth challenge ({#sip.method}) on sofia profile '{x}' for [{full}] from ip {addr}`, "sip_challenge", "", ""},
	{`{x}Can't find user [{full}] from {addr}`, login, failure, "invalid user"},
}

// roundcubeShapes: a user may call himself "a from 192.0.2.1", so the address is the last one before what Roundcube adds.
var roundcubeShapes = []serverShape{
	{`{x}IMAP Error: Login failed for {userfrom}. AUTHENTICATE {reason}`, login, failure, ""},
	{`{x}IMAP Error: Login failed for {userfrom}. LOGIN: {reason}`, login, failure, ""},
	{`{x}IMAP Error: Login failed for {userfrom}. {reason}`, login, failure, ""},
	{`{x}IMAP Error: Login failed for {userfrom}`, login, failure, ""},
	{`{x}Failed login for {userfrom} in session`, login, failure, ""},
	{`{x}Successful login for {user} (ID: {x}) from {addr} in session`, login, success, ""},
	{`{x}FAILED login for {userfrom}`, login, failure, ""},
}

var monitShapes = []serverShape{
	{`{x}Client '{addr}' supplied unknown user '{user}' accessing monit`, login, failure, "invalid user"},
	{`{x}Client '{addr}' supplied wrong password for user '{user}' accessing monit`, login, failure, "wrong password"},
	{`{x}HttpRequest: access denied -- client {addr}: {x}user '{user}'`, login, failure, ""},
	{`{x}HttpRequest: access denied -- client {addr}: {reason}`, login, failure, ""},
	{`{x}access denied -- client {addr}: {reason}`, login, failure, ""},
}

var nsdShapes = []serverShape{
	{`{x}ratelimit block {name} type {#dns.rrl} target {x} query {addr} {type}`, "access_denied", failure, "rate limit"},
	{`{x}axfr for zone {name} from client {addr} refused, {reason}`, "access_denied", failure, ""},
	{`{x}axfr for {name} from {addr} refused, {reason}`, "access_denied", failure, ""},
	{`{x}notify for {name} from {addr} refused, {reason}`, "access_denied", failure, ""},
}

var ejabberdShapes = []serverShape{
	{`{x}Failed authentication for {user} from IP {addr} (`, login, failure, ""},
	{`{x}Failed authentication for {user} from IP {ip}`, login, failure, ""},
	{`{x}Failed {#login.method} authentication for {user} from {addr}: {reason}`, login, failure, ""},
	{`{x}Failed legacy authentication for {user} from IP {addr}`, login, failure, ""},
	{`{x}Accepted {#login.method} authentication for {user} by {x} from {addr}`, login, success, ""},
	{`{x}Accepted authentication for {user} by {x} from {addr}`, login, success, ""},
}

var squirrelShapes = []serverShape{
	{`{x}[LOGIN_ERROR] {user} ({udom}) from {addr}: {reason}`, login, failure, ""},
	{`{x}[LOGIN] {user} ({udom}) from {addr}`, login, success, ""},
}

var softetherShapes = []serverShape{
	{`{x}User authentication failed. The user name that has been provided was "{user}", from {addr}`, login, failure, ""},
	{`{x}Successfully authenticated as user "{user}"`, login, success, ""},
}

var lighttpdShapes = []serverShape{
	{`{x}password doesn't match for {url} username: {user}, IP: {addr}`, login, failure, "wrong password"},
	{`{x}password doesn't match for {url} username: {user} IP: {addr}`, login, failure, "wrong password"},
	{`{x}digest: auth failed for {user}: {reason}, IP: {addr}`, login, failure, ""},
	{`{x}digest: auth failed: {reason}, IP: {addr}`, login, failure, ""},
	{`{x}FastCGI-stderr: ALERT - {reason} (attacker '{addr}', file '{path}'`, "attack", "", ""},
	{`{x}get_password failed, IP: {addr}`, login, failure, "invalid user"},
	{`{x}get_password failed for {url} IP: {addr}`, login, failure, "invalid user"},
}

// corednsShapes are the lines of CoreDNS' plugin log in its common form.
var corednsShapes = []serverShape{
	{`[INFO] {addr} - {x} "{type} IN {name} {proto} {x} {x} {x}" {code} {x} {x} {durs}s`, "dns_query", "", ""},
	{`{addr} - {x} "{type} IN {name} {proto} {x} {x} {x}" {code} {x} {x} {durs}s`, "dns_query", "", ""},
	{`[ERROR] plugin/errors: {x} {name} {type}: {reason}`, "dns_query", failure, ""},
}
