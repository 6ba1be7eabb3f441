package parse

// netPrograms lists the parsers of firewalls, VPN, mail and name servers by program.
func netPrograms(name []byte) program {
	switch string(name) {
	case "filterlog":
		return filterlog
	case "openvpn", "ovpn-server", "ovpn":
		return openvpn
	case "charon", "charon-systemd", "strongswan", "ipsec", "charon-nm":
		return charon
	case "dovecot":
		return dovecot
	case "imap-login", "pop3-login", "managesieve-login", "submission-login", "auth-worker", "dovecot-auth", "auth":
		return dovecotFile
	case "named", "security", "update-security", "queries": // BIND's own file names the category
		return named
	case "dnsmasq", "dnsmasq-dhcp", "pihole":
		return dnsmasq
	case "unbound":
		return unbound
	case "dhcpd", "kea-dhcp4":
		return dhcpd
	case "mysql-server_auditing", "mariadbd", "mariadb", "mysqld", "mysqld_safe":
		return mariadbAudit
	case "DefensePro", "DefenseFlow":
		return radware
	case "inbound/pass1", "inbound/pass2", "scan", "outbound/smtp", "notify/smtp":
		return barracudaMail
	case "arpwatch":
		return arpwatch
	case "GIN":
		return gin
	}
	switch {
	case hasPrefix(name, "postfix"):
		return postfix
	case hasPrefix(name, "filter_instance"):
		return proofpointFilter
	}
	return nil
}

// cri cuts what a container runtime puts before a line of a container: "stdout F ".
func cri(m []byte) ([]byte, bool) {
	if rest, ok := after(m, "stdout F "); ok {
		return rest, true
	}
	return after(m, "stderr F ")
}
