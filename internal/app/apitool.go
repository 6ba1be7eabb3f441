package app

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"text/tabwriter"
)

// apiList is a list of the API that `watchpost api NAME` shows as a table.
type apiList struct {
	name, path string
	key        string   // of the list in the answer; "": the answer is an object, shown as JSON
	columns    []string // keys of an entry
}

var apiLists = []apiList{
	{"alerts", "/api/v1/alerts", "alerts", []string{"@timestamp", "rule.level", "rule.id", "tenant", "status", "owner", "count", "alert.id"}},
	{"audit", "/api/v1/audit", "entries", []string{"time", "action", "outcome", "user", "kind", "address", "count", "fields"}},
	{"coverage", "/api/v1/coverage", "", nil},
	{"exceptions", "/api/v1/exceptions", "exceptions", []string{"id", "tenant", "rule", "match", "owner", "reason", "expires", "in_use", "version"}},
	{"history", "/api/v1/history", "searches", []string{"last", "count", "from", "to", "query"}},
	{"hunts", "/api/v1/hunts", "hunts", []string{"id", "tenant", "owner", "shared", "name", "query"}},
	{"incidents", "/api/v1/incidents", "incidents", []string{"last", "level", "status", "count", "events", "tenant", "id", "entities", "rules"}},
	{"investigations", "/api/v1/investigations", "investigations", []string{"id", "tenant", "owner", "status", "changed", "name"}},
	{"iocs", "/api/v1/iocs", "files", []string{"name", "kinds", "expired", "skipped", "fault"}},
	{"packs", "/api/v1/packs", "packs", []string{"name", "description"}},
	{"quarantine", "/api/v1/quarantine", "quarantine", []string{"received", "tenant", "kind", "id", "reason"}},
	{"questions", "/api/v1/questions", "questions", []string{"id", "text"}},
	{"reparses", "/api/v1/reparse", "reparses", []string{"id", "state", "by", "begun", "total", "read", "changed"}},
	{"rules", "/api/v1/rules", "rules", []string{"id", "level", "mode", "enabled", "alerts", "last_alert", "name"}},
	{"runs", "/api/v1/packs/runs", "runs", []string{"tenant", "pack", "to", "next", "error"}},
	{"schedules", "/api/v1/schedules", "schedules", []string{"id", "tenants", "pack", "every_seconds", "range_seconds", "configured", "version"}},
	{"session", "/api/v1/session", "", nil},
	{"sources", "/api/v1/sources", "sources", []string{"tenant", "listener", "source", "last_seen", "state"}},
	{"tokens", "/api/v1/tokens", "tokens", []string{"id", "name", "scopes", "tenants", "all_tenants", "expires", "revoked"}},
	{"users", "/api/v1/users", "users", []string{"user", "name", "role", "tenants", "all_tenants", "disabled", "totp"}},
}

// brief writes a value for a table: of objects in a list the names, of long lists the beginning.
func brief(v any) string {
	list, ok := v.([]any)
	if !ok {
		return cell(v)
	}
	const most = 8
	var parts []string
	for i, e := range list {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		if o, ok := e.(map[string]any); ok {
			e = cmp.Or(o["value"], o["id"], o["name"], any(o))
		}
		parts = append(parts, cell(e))
	}
	return strings.Join(parts, " ")
}

// maxAPIAnswer bounds an answer that is made a table of.
const maxAPIAnswer = 64 << 20

// apiTool calls any operation of the API, and shows its lists.
func apiTool(args []string) error {
	set := flag.NewFlagSet("watchpost api", flag.ContinueOnError)
	server := set.String("server", "http://127.0.0.1:8080", "`address` of the API")
	key := set.String("key", "", "of a POST whose answer was lost: the Idempotency-Key that it had, so that it is done once")
	asJSON := set.Bool("json", false, "of a list: its entries as JSON, one a line")
	set.Usage = func() {
		fmt.Fprintln(set.Output(), "watchpost api NAME [KEY=VALUE…]            a list of the API as a table, or with -json an entry a line\n"+
			"watchpost api METHOD PATH [KEY=VALUE…]     any operation of /openapi.json; its answer as it is\n"+
			"watchpost api METHOD PATH JSON|-           the same with a body, - reads it from standard input\n"+
			"\nKEY=VALUE are parameters of GET and DELETE, and keys of the body of others: VALUE is JSON if it is, else a text.\nNames of lists: "+strings.Join(apiNames(), ", "))
		set.PrintDefaults()
	}
	rest, err := parseFlags(set, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		set.Usage()
		return usageError{}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if i := slices.IndexFunc(apiLists, func(l apiList) bool { return l.name == rest[0] }); i >= 0 {
		return apiLists[i].show(ctx, os.Stdout, *server, rest[1:], *asJSON)
	}
	method := strings.ToUpper(rest[0])
	if len(rest) < 2 || !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method) || !strings.HasPrefix(rest[1], "/") {
		return usageError{fmt.Sprintf("%q: want the name of a list (%s), or GET, POST, PUT, PATCH or DELETE and a path", rest[0], strings.Join(apiNames(), ", "))}
	}
	return callPath(ctx, os.Stdout, os.Stdin, *server, method, rest[1], rest[2:], *key)
}

func apiNames() []string {
	var out []string
	for _, l := range apiLists {
		out = append(out, l.name)
	}
	return out
}

// withParams adds KEY=VALUE to a path.
func withParams(path string, args []string) (string, error) {
	v := url.Values{}
	for _, a := range args {
		key, value, ok := strings.Cut(a, "=")
		if !ok {
			return "", usageError{fmt.Sprintf("%q: want KEY=VALUE", a)}
		}
		v.Add(key, value)
	}
	if len(v) == 0 {
		return path, nil
	}
	return path + "?" + v.Encode(), nil
}

// callPath calls an operation and copies its answer. A POST has an Idempotency-Key, one of its own if key is "": each command is a request of its own, and one whose
// answer was lost can be given again.
func callPath(ctx context.Context, out io.Writer, in io.Reader, server, method, path string, args []string, key string) error {
	switch {
	case method == http.MethodPost && key == "":
		key = rand.Text()
	case method != http.MethodPost && key != "":
		return usageError{"-key is for POST"}
	}
	var body any
	var err error
	switch {
	case method == http.MethodGet || method == http.MethodDelete:
		path, err = withParams(path, args)
	case len(args) == 1 && (args[0] == "-" || strings.HasPrefix(args[0], "{")):
		text := []byte(args[0])
		if args[0] == "-" {
			text, err = io.ReadAll(io.LimitReader(in, maxAPIAnswer))
		}
		if body = json.RawMessage(text); err == nil && !json.Valid(text) {
			err = usageError{"the body is no JSON"}
		}
	default:
		keys := map[string]any{}
		for _, a := range args {
			key, value, ok := strings.Cut(a, "=")
			if !ok {
				return usageError{fmt.Sprintf("%q: want KEY=VALUE, or a single body {…}", a)}
			}
			keys[key] = value
			if json.Valid([]byte(value)) {
				keys[key] = json.RawMessage(value)
			}
		}
		body = keys
	}
	if err != nil {
		return err
	}
	lost := func(err error) error {
		if key != "" {
			return fmt.Errorf("%w\nit may have been done all the same: the command with -key %s does not do it twice, if the operation takes an Idempotency-Key", err, key)
		}
		return err
	}
	res, err := callOnce(ctx, method, server, path, body, key)
	switch {
	case errors.Is(err, errUnheard):
		return lost(err)
	case err != nil:
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(out, res.Body); err != nil {
		return lost(fmt.Errorf("the answer broke off: %w", err))
	}
	return nil
}

// show writes the list.
func (l apiList) show(ctx context.Context, out io.Writer, server string, args []string, asJSON bool) error {
	path, err := withParams(l.path, args)
	if err != nil {
		return err
	}
	body, err := askAPI(ctx, http.MethodGet, server, path, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, maxAPIAnswer+1))
	if err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	if len(text) > maxAPIAnswer {
		return errors.New("the answer is too large for a table: ask for less, or by GET and its path")
	}
	if l.key == "" {
		var flat bytes.Buffer
		if err := json.Indent(&flat, text, "", "  "); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, strings.TrimSpace(flat.String()))
		return err
	}
	var answer map[string]json.RawMessage
	var rows []json.RawMessage
	err = json.Unmarshal(text, &answer)
	if err == nil {
		err = json.Unmarshal(answer[l.key], &rows)
	}
	if err != nil {
		return fmt.Errorf("the answer has no list %s: %w", l.key, err)
	}
	if asJSON {
		for _, r := range rows {
			if _, err := fmt.Fprintf(out, "%s\n", r); err != nil {
				return err
			}
		}
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(l.columns, "\t"))
	for _, r := range rows {
		d := json.NewDecoder(bytes.NewReader(r))
		d.UseNumber()
		var entry map[string]any
		if err := d.Decode(&entry); err != nil {
			return err
		}
		cells := make([]string, len(l.columns))
		for i, c := range l.columns {
			cells[i] = Visible(brief(entry[c]))
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	return t.Flush()
}
