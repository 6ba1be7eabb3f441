package parse

import "watchpost/internal/event"

// mysqlGeneral reads the general log of MySQL and MariaDB, behind its time:
//
//	8 Connect	bob@192.0.2.7 on shop using TCP/IP
//	9 Connect	Access denied for user 'bob'@'192.0.2.7' (using password: YES)
//	8 Query	SELECT 1
func mysqlGeneral(b *event.Batch, h *header, m []byte) bool {
	if h.pri >= 0 || len(m) < 8 || !digit(m[0]) || !isMySQL(m) {
		return false
	}
	id, rest := word(m)
	verb, text, _ := cut(skipBlanks(rest), "\t")
	c := class{"mysql.general", "mysql", "sql", "", "database", [3]string{"access"}}
	switch string(verb) {
	case "Connect", "Change user":
		c.category, c.types[0], c.action, c.outcome = authn, "start", login, success
	case "Quit":
		c.category, c.types[0], c.action = authn, "end", "logout"
	case "Shutdown", "Kill":
		c.types[0] = "change"
	}
	if hasPrefix(text, "Access denied for user '") {
		c.outcome = failure
	}
	c.set(b)
	b.SetString(event.ProcessName, "mysqld")
	b.Label([]byte("mysql.connection"), id)
	b.Set(event.EventCode, verb)
	if c.action != login {
		b.Set(event.ProcessCommandLine, text)
		return true
	}
	if rest, denied := after(text, "Access denied for user '"); denied {
		user, at, _ := cutLast(rest, "'@'")
		addr, _, _ := cut(at, "'")
		b.Set(event.UserName, user)
		setNameOr(b, &src, addr)
		return true
	}
	who, rest, _ := cut(text, " on ")
	user, addr, _ := cutLast(who, "@")
	database, how, using := cut(rest, " using ")
	b.Set(event.UserName, user)
	setNameOr(b, &src, addr)
	if b.Label([]byte("mysql.database"), database); using {
		b.Label([]byte("mysql.transport"), how)
	}
	return true
}

// mysqlPrefix sets what MySQL and MariaDB put before a message of their error log, thread, level, code and part:
//
//	55 [Warning] [MY-010926] [Server] text
//
// It reports whether m has that form.
func mysqlPrefix(b *event.Batch, m []byte) bool {
	var c civil
	if n := readStamp(m, &c); n > 0 { // behind a header
		m = skipBlanks(m[n:])
	}
	thread, rest := word(m)
	if !digits(thread) && !hasPrefix(thread, "0x") {
		return false
	}
	level, text, ok := cut(skipBlanks(rest), "] ")
	if !ok {
		return false
	}
	switch string(level) {
	case "[Note", "[Warning", "[ERROR", "[System", "[Info":
	default:
		return false
	}
	b.Set(event.LogLevel, level[1:])
	if code, more, ok := cut(text, "] "); ok && hasPrefix(code, "[MY-") {
		b.Set(event.EventCode, code[1:])
		if part, _, ok := cut(more, "] "); ok && hasPrefix(part, "[") && len(part) < 24 {
			b.Set(event.LogLogger, part[1:])
		}
	}
	return true
}

// mysqlError reads the error log of MySQL and MariaDB, behind its time.
func mysqlError(p *Parser, b *event.Batch, h *header, m []byte) bool {
	if len(m) < 12 || !digit(m[0]) || index(m[:min(len(m), 64)], " [") < 0 {
		return false
	}
	if !mysqlPrefix(b, m) {
		return false
	}
	if p.shapes.read(p, b, m) {
		return true
	}
	c := class{"mysql.error", "mysql", "", "", "database", [3]string{"info"}}
	if e := (event.Event{Batch: b, Row: b.Rows()}); e.Str(event.LogLevel) == "ERROR" {
		c.types[0] = "error"
	}
	c.set(b)
	if len(h.app) == 0 {
		b.SetString(event.ProcessName, "mysqld")
	}
	return true
}

// mariadbAudit reads MariaDB's server_audit, as a file and by syslog, which leaves the time out:
//
//	20261123 18:14:15,db1,bob,192.0.2.7,12,0,FAILED_CONNECT,,,1045
//	db1,bob,192.0.2.7,12,33,QUERY,shop,'drop table x',0
func mariadbAudit(b *event.Batch, h *header, m []byte) bool {
	m = trimBlanks(m)
	r := columns{m}
	var v [8][]byte
	var c civil
	if n := readStamp(m, &c); n > 0 && n < len(m) && m[n] == ',' {
		r = columns{m[n+1:]}
	}
	r.take(v[:7]) // server, user, host, connection, query, operation, database
	if !digits(v[3]) || !digits(v[4]) || len(v[5]) < 4 || len(v[5]) > 16 {
		return false
	}
	kind := class{"mysql.audit", "mysql", "sql", "", "database", [3]string{"access"}}
	switch string(v[5]) {
	case "CONNECT", "FAILED_CONNECT":
		kind.category, kind.types[0], kind.action = authn, "start", login
	case "DISCONNECT":
		kind.category, kind.types[0], kind.action = authn, "end", "logout"
	case "QUERY", "READ", "QUERY_DML_NO_SELECT", "QUERY_DML":
	case "WRITE", "CREATE", "ALTER", "RENAME", "DROP", "QUERY_DDL", "QUERY_DCL", "TABLE":
		kind.action, kind.types[0] = "sql_change", "change"
	default:
		return false
	}
	_, code, _ := cutLast(m, ",")
	if digits(code) {
		kind.outcome = success
		if string(code) != "0" {
			kind.outcome = failure
			b.Set(event.ErrorCode, code)
		}
	}
	kind.set(b)
	b.Set(event.EventCode, v[5])
	b.Set(event.UserName, v[1])
	setNameOr(b, &src, v[2])
	b.Label([]byte("mysql.connection"), v[3])
	if len(v[6]) > 0 {
		b.Label([]byte("mysql.database"), v[6])
	}
	if from, to := index(m, ",'"), lastIndex(m, "',"); from > 0 && to > from+2 {
		b.Set(event.ProcessCommandLine, m[from+2:to])
	}
	if !h.stamp.has && c.has {
		h.stamp = c
	}
	return true
}

// postgresPrefix reads what log_line_prefix puts before the level: 192.0.2.7(51234) for %r, alice@db1 for %u@%d.
func postgresPrefix(b *event.Batch, m []byte) {
	end := -1
	for _, level := range [...]string{"LOG:  ", "FATAL:  ", "ERROR:  ", "STATEMENT:  "} {
		if i := index(m, level); i >= 0 && (end < 0 || i < end) {
			end = i
		}
	}
	if end < 0 || end > 256 {
		return
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	if level, _, ok := cut(m[end:], ":"); ok && !e.Present(event.LogLevel) {
		b.Set(event.LogLevel, level)
	}
	for s := m[:end]; len(s) > 0; {
		n := 0
		for n < len(s) && s[n] != ' ' && s[n] != ',' && (s[n] != ':' || n+1 < len(s) && s[n+1] == ':') && s[n] != '[' && s[n] != ']' {
			n++
		}
		part := s[:n]
		s = s[min(n+1, len(s)):]
		if addr, port, ok := cut(part, "("); ok && isIP(addr) && hasSuffix(port, ")") && !e.Present(event.SourceIP) {
			setAddr(b, &src, addr)
			setPort(b, event.SourcePort, port[:len(port)-1])
		} else if name, v, ok := cut(part, "="); ok { // user=bob,db=app,client=192.0.2.7
			switch string(name) {
			case "client", "host", "h", "r", "remote":
				if !e.Present(event.SourceIP) {
					setClient(b, v)
				}
			case "user", "u":
				if !e.Present(event.UserName) && string(v) != "[unknown]" {
					b.Set(event.UserName, v)
				}
			case "db", "d", "database":
				b.Label([]byte("postgresql.database"), v)
			}
		} else if user, db, ok := cut(part, "@"); ok && len(user) > 0 && len(db) > 0 && string(user) != "[unknown]" {
			if !e.Present(event.UserName) {
				b.Set(event.UserName, user)
			}
			b.Label([]byte("postgresql.database"), db)
		}
	}
}

// postgresCSV reads PostgreSQL's csvlog: time,"user","database",pid,"host:port",session,line,"tag",start,vxid,xid,level,state,"message",….
func postgresCSV(p *Parser, b *event.Batch, h *header, _ []byte) bool {
	s := h.text
	if h.pri >= 0 || !h.stamp.has || len(s) < 40 {
		return false
	}
	i := 0
	for i < 6 && (s[i]-'A' < 26 || s[i]-'0' < 10 || s[i] == '+' || s[i] == '-') { // the zone
		i++
	}
	if s[i] != ',' {
		return false
	}
	r := columns{s[i+1:]}
	var v [13][]byte
	for k := range v {
		v[k] = r.next()
	}
	user, database, pid, from, level, state, says := v[0], v[1], v[2], v[3], v[10], v[11], v[12]
	if !digits(pid) || len(state) != 5 || len(says) == 0 {
		return false
	}
	outcome := ""
	switch string(level) {
	case "ERROR", "FATAL", "PANIC":
		outcome = failure
	case "LOG", "WARNING", "NOTICE", "INFO", "DEBUG":
	default:
		return false
	}
	if string(s[:i]) == "UTC" || string(s[:i]) == "GMT" {
		h.stamp.hasZone = true
	}
	p.val = appendUndoubled(p.val[:0], says)
	says = p.val
	postgresSays(p, b, says, outcome)
	setPostgres(b, user, database, level, state)
	setNum(b, event.ProcessPID, pid)
	if addr, port, ok := cutLast(from, ":"); ok && isIP(addr) {
		setAddr(b, &src, addr)
		setPort(b, event.SourcePort, port)
	} else if isIP(from) {
		setAddr(b, &src, from)
	}
	return true
}

// appendUndoubled appends s without the quotes that stand for quotes.
func appendUndoubled(to, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		to = append(to, s[i])
		if s[i] == '"' && i+1 < len(s) && s[i+1] == '"' {
			i++
		}
	}
	return to
}

// postgresSays reads a message of PostgreSQL without its head.
func postgresSays(p *Parser, b *event.Batch, says []byte, outcome string) {
	if statement, ok := after(says, "statement: "); ok {
		(&class{"app.log", "postgresql", "sql", "", "database", [3]string{"access"}}).set(b)
		b.Set(event.ProcessCommandLine, statement)
	} else if !p.shapes.read(p, b, says) {
		(&class{"app.log", "postgresql", "sql", outcome, "database", [3]string{"info"}}).set(b)
		b.Set(event.EventReason, says)
	}
	b.SetString(event.ProcessName, "postgresql")
}

func setPostgres(b *event.Batch, user, database, level, state []byte) {
	e := event.Event{Batch: b, Row: b.Rows()}
	if !e.Present(event.UserName) && string(user) != "[unknown]" {
		b.Set(event.UserName, user)
	}
	if len(database) > 0 && string(database) != "[unknown]" {
		b.Label([]byte("postgresql.database"), database)
	}
	b.Set(event.LogLevel, level)
	if string(state) != "00000" {
		b.Set(event.ErrorCode, state)
	}
}

// postgresJSON reads PostgreSQL's jsonlog, whose message is that of the other logs.
func (t *jsonSink) postgresJSON() {
	b := t.b
	outcome := ""
	level := t.noted("error_severity")
	switch string(level) {
	case "ERROR", "FATAL", "PANIC":
		outcome = failure
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	t.p.val = append(t.p.val[:0], e.Str(event.Message)...)
	b.Unset(event.EventDataset)
	postgresSays(t.p, b, t.p.val, outcome)
	setPostgres(b, t.noted("user"), t.noted("dbname"), level, t.noted("state_code"))
}

// redisLine reads what Redis and Valkey write of themselves, "101:M 23 Nov 2026 18:14:15.123 * text": process, role, time, level. Who is turned
// away is told by its words.
func redisLine(p *Parser, b *event.Batch, h *header, m []byte) bool {
	pid, rest, ok := cut(m[:min(len(m), 12)], ":")
	if !ok || !digits(pid) || len(rest) < 2 || rest[1] != ' ' || rest[0]-'A' >= 26 {
		return false
	}
	role := m[len(pid)+1 : len(pid)+2]
	rest = m[len(pid)+3:]
	var c civil
	n := readStamp(rest, &c)
	if n == 0 || n+2 >= len(rest) || rest[n] != ' ' {
		return false
	}
	level, text := word(rest[n+1:])
	text = skipBlanks(text)
	if len(level) != 1 {
		return false
	}
	if !h.stamp.has {
		h.stamp = c
	}
	if !p.shapes.read(p, b, m) {
		c := class{"redis.log", "redis", "", "", "database", [3]string{"info"}}
		if addr, ok := after(text, "Accepted "); ok {
			c.action, c.category, c.types[0] = "connect", netw, "start"
			setHostPort(b, &src, addr)
		}
		c.set(b)
		if len(h.app) == 0 {
			b.SetString(event.ProcessName, "redis")
		}
	}
	b.Unset(event.Message)
	b.Set(event.Message, text)
	setNum(b, event.ProcessPID, pid)
	b.Label([]byte("redis.role"), role)
	switch level[0] {
	case '#':
		b.SetString(event.LogLevel, "warning")
	case '*':
		b.SetString(event.LogLevel, "notice")
	case '-':
		b.SetString(event.LogLevel, "verbose")
	case '.':
		b.SetString(event.LogLevel, "debug")
	}
	return true
}
