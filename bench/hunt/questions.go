package main

import (
	"fmt"
	"strings"
)

// question is asked of both tables, about the needle i. Either side may be several statements, which count together.
type question struct {
	name   string
	times  int // how often; about another needle each time
	query  func(i int) string
	day    bool     // of the last 24 hours, not of all time
	values []string // with a histogram and the top values of these fields, not events
	where  func(i int) string
	logsql func(i int) string         // what VictoriaLogs is asked: it keeps the header's fields and the message
	found  func(c *corpus, i int) int // events that must be found
}

// shown are the columns of the page.
var shown = []string{"event.id", "@timestamp", "host.name", "event.dataset", "event.action", "event.outcome", "user.name", "source.ip", "message"}

const shownBaseline = "Timestamp, ServiceName, SeverityText, Body, LogAttributes"

func attribute(name string, value func(int) string) func(int) string {
	return func(i int) string { return fmt.Sprintf("LogAttributes['%s'] = '%s'", name, value(i)) }
}

func always(s string) func(int) string { return func(int) string { return s } }

// body finds words in the way that ClickStack's bar does: by the index, and where more than a word is asked for, with the text itself.
func body(text func(int) string) func(int) string {
	return func(i int) string {
		t := text(i)
		words := strings.FieldsFunc(t, func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z') })
		s := "hasAllTokens(lower(Body), ['" + strings.Join(words, "', '") + "'])"
		if len(words) > 1 {
			s += " AND lower(Body) LIKE '%" + t + "%'"
		}
		return s
	}
}

func (c *corpus) lines(needle int) int {
	n := 0
	for _, i := range c.needle {
		if i == needle {
			n++
		}
	}
	return n
}

func login(c *corpus, i int) int { return c.lines(i) }
func text(c *corpus, i int) int  { return c.lines(needles + i) }
func page(*corpus, int) int      { return 100 }
func none(*corpus, int) int      { return 0 }

func phrase(i int) string { return "invalid user " + user(i) }
func absent(i int) string { return fmt.Sprintf("wombat%02d", i) }
func part(i int) string   { return strings.TrimPrefix(word(i), "q") }

func quoted(text func(int) string) func(int) string {
	return func(i int) string { return `"` + text(i) + `"` }
}

// cold is how many of the askings come after all caches were emptied; the others are warm.
func (q question) cold() int { return min(cold, q.times/2) }

// rivalFields are what VictoriaLogs has of a line.
var rivalFields = []string{"hostname", "app_name", "proc_id", "severity", "facility"}

var fields = []string{"host.name", "event.dataset", "event.action", "user.name", "source.ip"}

var questions = []question{
	{name: "rare address: `source.ip:203.0.113.7`", logsql: quoted(address), times: 25, query: func(i int) string { return "source.ip:" + address(i) }, where: attribute("source.ip", address), found: login},
	{name: "rare address as text: `203.0.113.7`", logsql: quoted(address), times: 25, query: address, where: body(address), found: login},
	{name: "rare user: `user.name:mallory`", logsql: quoted(user), times: 25, query: func(i int) string { return "user.name:" + user(i) }, where: attribute("user.name", user), found: login},
	{name: "rare word: `quokka`", logsql: quoted(word), times: 25, query: word, where: body(word), found: text},
	{name: "word that is nowhere: `wombat`", logsql: quoted(absent), times: 25, query: absent, where: body(absent), found: none},
	{name: "phrase: `\"invalid user mallory\"`", logsql: quoted(phrase), times: 25, query: func(i int) string { return `"` + phrase(i) + `"` }, where: body(phrase), found: login},
	{name: "part of a word: `*uokka*`", logsql: func(i int) string { return "*" + part(i) + "*" }, times: 25, query: func(i int) string { return "*" + part(i) + "*" }, where: func(i int) string { return "lower(Body) LIKE '%" + part(i) + "%'" }, found: text},
	{name: "frequent word, newest 100: `invoice`", logsql: always("invoice"), times: 10, query: always("invoice"), where: body(always("invoice")), found: page},
	{name: "first page: newest 100 of 24 h", logsql: always("*"), times: 20, day: true, query: always(""), where: always("1"), found: page},
	{name: "first page of a dataset: `event.dataset:system.auth`", logsql: always("app_name:sshd"), times: 20, day: true, query: always("event.dataset:system.auth"), where: attribute("event.dataset", always("system.auth")), found: page},
	{name: "24 h: histogram and top values of 5 fields", logsql: always("*"), times: 10, day: true, query: always(""), where: always("1"), values: fields},
	{name: "24 h of failed log-ins: the same", logsql: always(`"Failed password"`), times: 10, day: true, query: always("event.action:ssh_login event.outcome:failure"), values: fields,
		where: always("LogAttributes['event.action'] = 'ssh_login' AND LogAttributes['event.outcome'] = 'failure'")},
}
