package parse

import (
	"bytes"

	"watchpost/internal/event"
)

// jenkinsShapes are what Jenkins says of who logs in, with or without its own time in front.
var jenkinsShapes = []serverShape{
	{`{x}AuthenticationProcessingFilter2#onUnsuccessfulAuthentication: Login attempt failed`, login, failure, ""},
	{`{x}AuthenticationProcessingFilter2#unsuccessfulAuthentication: {reason}`, login, failure, ""},
	{`{x}AuthenticationProcessingFilter2 onUnsuccessfulAuthentication`, login, failure, ""},
	{`{x}SecurityListener#fireFailedToAuthenticate: {user}`, login, failure, ""},
	{`{x}SecurityListener#fireAuthenticated2: {user}`, login, success, ""},
	{`{x}SecurityListener#fireAuthenticated: {user}`, login, success, ""},
	{`{x}failed to authenticate: {user}`, login, failure, ""},
	{`{x}SecurityListener#failedToAuthenticate: Failed login attempt for user {user}`, login, failure, ""},
	{`{x}CrumbFilter#doFilter: {reason}`, "access_denied", failure, ""},
	{`{x}Performing POST on {path} by {user} from {ip}`, "configuration", "", ""},
}

// kafkaShapes are what Kafka's brokers and its authorizer say of clients.
var kafkaShapes = []serverShape{
	{`{x}Principal = User:{user} is Denied Operation = {#kafka.operation} from host = {addr} on resource = {reason} for request`, "access_denied", failure, ""},
	{`{x}Principal = User:{user} is Denied Operation = {#kafka.operation} from host = {addr} on resource = {reason} (`, "access_denied", failure, ""},
	{`{x}Failed authentication with /{addr} (channelId={x}) ({reason})`, login, failure, ""},
	{`{x}Failed authentication with /{addr} ({reason})`, login, failure, ""},
}

// kafkaLog reads what Kafka writes by its own log4j layout:
//
//	[2026-11-23 18:14:15,123] INFO text (kafka.server.KafkaServer)
func kafkaLog(b *event.Batch, h *header, m []byte) bool {
	var c civil
	if len(m) < 32 || m[0] != '[' || m[len(m)-1] != ')' {
		return false
	}
	n := readISO(m[1:], &c)
	if n == 0 || !hasPrefix(m[1+n:], "] ") {
		return false
	}
	level, text := word(m[n+3:])
	switch string(level) {
	case "INFO", "ERROR", "WARN", "DEBUG", "TRACE", "FATAL":
	default:
		return false
	}
	at := bytes.LastIndex(text, []byte(" ("))
	if at < 0 {
		return false
	}
	logger := text[at+2 : len(text)-1]
	if !hasPrefix(logger, "kafka.") && !hasPrefix(logger, "org.apache.kafka.") && !hasPrefix(logger, "org.apache.zookeeper.") && string(logger) != "state.change.logger" {
		return false
	}
	(&class{dataset: "kafka.log", module: "kafka", types: [3]string{"info"}}).set(b)
	b.Set(event.LogLevel, level)
	b.Set(event.LogLogger, logger)
	b.Unset(event.Message)
	b.Set(event.Message, trimBlanks(text[:at]))
	if c.has && !h.stamp.has {
		h.stamp = c
	}
	return true
}

// javaLog reads what Tomcat (catalina.out) and Jenkins write of themselves:
//
//	23-Nov-2026 18:14:15.123 SEVERE [http-nio-8080-exec-3] org.example.Valve.invoke text
//	[id=23]	WARNING	h.security.csrf.CrumbFilter#doFilter: text          behind a header's time
func javaLog(b *event.Batch, h *header, m []byte) bool {
	var c civil
	rest := m
	dataset, module := "tomcat.catalina", "tomcat"
	if n := readDayFirst(m, &c); n > 0 {
		rest = m[n:]
	} else if r, ok := after(m, "[id="); ok {
		dataset, module = "jenkins.log", "jenkins"
		if _, rest, ok = cut(r, "]"); !ok || len(rest) == 0 || rest[0] != '\t' {
			return false
		}
	} else {
		return false
	}
	level, rest := word(rest)
	switch string(level) {
	case "SEVERE", "WARNING", "INFO", "CONFIG", "FINE", "FINER", "FINEST", "ERROR", "WARN", "DEBUG", "TRACE", "FATAL":
	default:
		return false
	}
	rest = skipBlanks(rest)
	if module == "tomcat" {
		thread, text, ok := cut(rest, "] ")
		if !ok || !hasPrefix(thread, "[") {
			return false
		}
		b.Label([]byte("process.thread.name"), thread[1:])
		rest = text
	}
	logger, text := word(rest)
	if n := len(logger); n > 0 && logger[n-1] == ':' {
		logger = logger[:n-1]
	}
	(&class{dataset: dataset, module: module, types: [3]string{"info"}}).set(b)
	b.Set(event.LogLevel, level)
	b.Set(event.LogLogger, logger)
	b.Unset(event.Message)
	b.Set(event.Message, trimBlanks(text))
	if c.has && !h.stamp.has {
		h.stamp = c
	}
	return true
}
