package parse

import "watchpost/internal/event"

// slapdShapes are what OpenLDAP's server says of connections (loglevel stats, to 2.6) and of itself. Who binds stands in one line and how it went in the
// next: label ldap.conn is what both have, and so has the line with the address.
var slapdShapes = []serverShape{
	{`conn={#ldap.conn} fd={x} ACCEPT from IP={addr} (IP={daddr})`, "connect", "", ""},
	{`conn={#ldap.conn} fd={x} ACCEPT from PATH=`, "connect", "", ""},
	{`conn={#ldap.conn} op={x} BIND dn="{dn}" method=`, "bind", "", ""},
	{`conn={#ldap.conn} op={x} BIND dn="{dn}" mech=`, "bind", success, ""},
	{`conn={#ldap.conn} op={x} BIND authcid="{user}" authzid="`, "bind", "", ""},
	{`conn={#ldap.conn} op={x} BIND anonymous mech=`, "bind", success, "anonymous"},
	{`conn={#ldap.conn} op={x} UNBIND`, "disconnect", "", ""},
	{`conn={#ldap.conn} op={x} RESULT tag=97 err=0 `, login, success, ""},
	{`conn={#ldap.conn} op={x} RESULT tag=97 err=14 `, "bind", "", "SASL bind in progress"},
	{`conn={#ldap.conn} op={x} RESULT tag=97 err=49 `, login, failure, "invalid credentials"},
	{`conn={#ldap.conn} op={x} RESULT tag=97 err={ecode} {x}text={reason}`, login, failure, ""},
	{`conn={#ldap.conn} op={x} RESULT tag=97 err={ecode} `, login, failure, ""},
	{`conn={#ldap.conn} op={x} RESULT tag={x} err=50 `, "ldap_result", failure, "insufficient access"},
	{`conn={#ldap.conn} op={x} RESULT tag={x} err={ecode} `, "ldap_result", "", ""},
	{`conn={#ldap.conn} op={x} RESULT oid={x} err={ecode} `, "ldap_result", "", ""},
	{`conn={#ldap.conn} op={x} SRCH base="{#ldap.base}" scope={x} filter="{#ldap.filter}"`, "ldap_search", "", ""},
	{`conn={#ldap.conn} op={x} SRCH `, "ldap_search", "", ""},
	{`conn={#ldap.conn} op={x} CMP dn="{#ldap.dn}"`, "ldap_search", "", ""},
	{`conn={#ldap.conn} op={x} MOD dn="{#ldap.dn}"`, "configuration", "", ""},
	{`conn={#ldap.conn} op={x} MOD attr={#ldap.attributes}`, "configuration", "", ""},
	{`conn={#ldap.conn} op={x} MODRDN dn="{#ldap.dn}"`, "configuration", "", ""},
	{`conn={#ldap.conn} op={x} DEL dn="{#ldap.dn}"`, "configuration", "", ""},
	{`conn={#ldap.conn} op={x} ADD dn="{#ldap.dn}"`, "configuration", "", ""},
	{`conn={#ldap.conn} op={x} PASSMOD id="{dn}"`, "password_changed", "", ""},
	{`conn={#ldap.conn} op={x} PASSMOD new`, "password_changed", "", ""},
	{`conn={#ldap.conn} fd={x} closed ({reason})`, "disconnect", "", ""},
	{`conn={#ldap.conn} fd={x} closed`, "disconnect", "", ""},
	{`conn={#ldap.conn} fd={x} TLS established `, "ldap_result", success, ""},
	{`conn={#ldap.conn} {x}`, "ldap_result", "", ""},
	{`SASL [conn={#ldap.conn}] Failure: {reason}`, login, failure, ""},
	{`ppolicy_bind: Entry {dn} has an expired password: `, login, "", "expired password"},
	{`slapd starting`, "service_state", "", ""},
	{`slapd shutdown: `, "service_state", "", ""},
	{`slapd stopped.`, "service_state", "", ""},
}

// setDN sets the account that a DN names: its own name is the first part's.
func setDN(b *event.Batch, dn []byte) {
	b.Label([]byte("ldap.dn"), dn)
	b.Set(event.UserName, nameInDN(dn))
}

// nameInDN gives what an account is called: alice of uid=alice,ou=people,dc=example,dc=com. What is no DN stands for itself.
func nameInDN(dn []byte) []byte {
	_, name, ok := cut(dn, "=")
	if !ok {
		return dn
	}
	for i, c := range name {
		if (c == ',' || c == '+') && (i == 0 || name[i-1] != '\\') {
			return name[:i]
		}
	}
	return name
}
