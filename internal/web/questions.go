package web

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"watchpost/internal/hunt"
)

// Question is one that responders ask of nearly every alert.
type Question struct {
	ID     string           `json:"id"`
	Text   string           `json:"text"`
	Kind   string           `json:"kind"`   // events: for search; alerts, sources: for that list
	Query  string           `json:"query"`  // template, for events; parameters stand as ${name}
	Pipe   string           `json:"pipe"`   // to sum the events up; may be empty
	Order  string           `json:"order"`  // of the events
	Params []hunt.Parameter `json:"params"` // the values come from the alert, or what the responder points at
	From   string           `json:"from"`   // relative to the moment that the question is about
	To     string           `json:"to"`
}

func texts(names ...string) (out []hunt.Parameter) {
	for _, n := range names {
		out = append(out, hunt.Parameter{Name: n})
	}
	return out
}

// questions are the ten, in the order in which guides to rules ask them, and last what ran; one stands once for each kind of value that it may be asked of.
var questions = []Question{
	{"logins-of-user", "All log-ins of a user, good and bad, by source and country", "events", `iequals(user.name, ${user}) and event.category == "authentication"`,
		"| count by source.ip, source.geo.country_iso_code, event.outcome | sort -count", "desc", texts("user"), "-24h", "+24h"},
	{"logins-from-address", "All log-ins from an address, good and bad, by user", "events", `source.ip == ${ip} and event.category == "authentication"`,
		"| count by user.name, host.name, event.outcome | sort -count", "desc", texts("ip"), "-24h", "+24h"},
	{"logins-on-host", "All log-ins on a host, good and bad, by user and source", "events", `iequals(host.name, ${host}) and event.category == "authentication"`,
		"| count by user.name, source.ip, event.outcome | sort -count", "desc", texts("host"), "-24h", "+24h"},
	{"touched-by-address", "Everything that an address touched: first, last, allowed, denied", "events", `related.ip == ${ip} or source.ip == ${ip} or destination.ip == ${ip}`,
		"| count by host.name, destination.ip, destination.port, event.action | sort -count", "desc", texts("ip"), "-24h", "+24h"},
	{"host-around", "Everything on a host around the moment", "events", `iequals(host.name, ${host})`, "", "asc", texts("host"), "-15m", "+15m"},
	{"new-for-user", "Is this source new for the user, and when was it first seen?", "events", `iequals(user.name, ${user}) and source.ip == ${ip}`, "", "asc", texts("user", "ip"), "-90d", "+0s"},
	{"who-else-address", "Who else saw the address?", "events", `related.ip == ${ip} or source.ip == ${ip} or destination.ip == ${ip}`, "| count by host.name, user.name | sort -count", "desc", texts("ip"), "-90d", "+24h"},
	{"who-else-hash", "Who else saw the hash?", "events", `related.hash == ${hash} or file.hash.sha256 == ${hash} or process.hash.sha256 == ${hash}`, "| count by host.name, user.name | sort -count", "desc", texts("hash"), "-90d", "+24h"},
	{"who-else-domain", "Who else asked for the domain?", "events", `iequals(dns.question.name, ${domain}) or iequals(url.domain, ${domain}) or iequals(destination.domain, ${domain})`, "| count by host.name, source.ip | sort -count", "desc", texts("domain"), "-90d", "+24h"},
	{"failures-then-success", "Failures, and then a success?", "events", `iequals(user.name, ${user}) and event.category == "authentication" and event.outcome in ["failure", "success"]`, "", "asc", texts("user"), "-24h", "+24h"},
	{"failures-then-success-from", "Failures from the address, and then a success?", "events", `source.ip == ${ip} and event.category == "authentication" and event.outcome in ["failure", "success"]`, "", "asc", texts("ip"), "-24h", "+24h"},
	{"changes-by-user", "What did the user change: rights, accounts, configuration, logs, and what ran as administrator?", "events",
		`iequals(user.name, ${user}) and (event.category in ["iam", "configuration"] or event.type in ["admin", "change", "creation", "deletion", "user", "group"] or process.name in ["sudo", "su"] or event.action in ["log_cleared", "sudo"])`, "| count by host.name, event.action | sort -count", "desc", texts("user"), "-24h", "+24h"},
	{"alerts-of-entity", "Open and past alerts about it", "alerts", "", "", "desc", texts("entity"), "-30d", "+24h"},
	{"what-left", "What left the host, and where to?", "events", `iequals(host.name, ${host}) and (source.bytes > 0 or network.bytes > 0)`, "| sum(source.bytes) by destination.ip | sort -sum", "desc", texts("host"), "-24h", "+24h"},
	{"ran-by-user", "What did the user run?", "events", `iequals(user.name, ${user}) and exists(process.command_line)`, "| count by host.name, process.command_line | sort -count", "desc", texts("user"), "-24h", "+24h"},
	{"ran-on-host", "What ran on the host?", "events", `iequals(host.name, ${host}) and exists(process.command_line)`, "| count by user.name, process.command_line | sort -count", "desc", texts("host"), "-24h", "+24h"},
	{"silent-sources", "Which sources were silent, so that absence proves nothing?", "sources", "", "", "desc", nil, "-1h", "+1h"},
}

func (s *Server) questions(w http.ResponseWriter, _ *http.Request) {
	out := slices.Clone(questions)
	for i := range out {
		out[i].Params = append([]hunt.Parameter{}, out[i].Params...)
	}
	answer(w, map[string]any{"questions": out})
}

// askQuestion gives the search that a question is, for values and a moment. Running it is up to the caller, with the caller's rights.
func (s *Server) askQuestion(w http.ResponseWriter, r *http.Request) {
	s.unaudited(r)
	in := struct {
		Params map[string]string `json:"params"`
		Time   string            `json:"time"` // the moment; missing: now
	}{Time: "now"}
	if !read(w, r, &in) {
		return
	}
	at := slices.IndexFunc(questions, func(q Question) bool { return q.ID == r.PathValue("id") })
	if at < 0 {
		problem(w, http.StatusNotFound, "there is no such question", nil)
		return
	}
	q := questions[at]
	moment, err := hunt.ParseTime(in.Time, s.now())
	if err != nil {
		problem(w, http.StatusBadRequest, fmt.Sprintf("time: %v", err), nil)
		return
	}
	out := map[string]string{"kind": q.Kind, "order": q.Order, "pipe": q.Pipe, "from": around(moment, q.From), "to": around(moment, q.To)}
	if q.Kind == "events" {
		if out["query"], err = hunt.Fill(q.Query, q.Params, in.Params); err != nil {
			problem(w, http.StatusBadRequest, err.Error(), nil)
			return
		}
	}
	answer(w, out)
}

// around gives the moment that lies relative to another.
func around(moment time.Time, relative string) string {
	t, err := hunt.ParseTime(relative, moment)
	if err != nil {
		panic("BUG: question: " + err.Error())
	}
	return t.Format(time.RFC3339Nano)
}
