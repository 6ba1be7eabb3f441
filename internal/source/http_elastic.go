package source

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// elastic takes what no other route does: the part of Elasticsearch's API that its clients use to send (Beats, Logstash, Fluent
// Bit, Vector, the OpenTelemetry Collector, the client libraries, OpenSearch's too). What they set up first (templates,
// policies, pipelines, indices) is acknowledged and forgotten.
func (h *HTTP) elastic(mux *http.ServeMux) {
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		f := h.elasticRoute(r)
		if f == nil {
			problem(w, http.StatusNotFound, "there is nothing at this path")
			return
		}
		w.Header().Set("X-Elastic-Product", "Elasticsearch") // without it clients refuse to go on
		h.admit(f, elasticError)(w, r)
	})
}

type senderHandler = func(http.ResponseWriter, *http.Request, sender)

// elasticFixed are questions with one answer.
var elasticFixed = map[string]string{
	"": `{"name":"watchpost","cluster_name":"watchpost","cluster_uuid":"watchpost-bulk-input-0","version":{"number":"8.19.0",` +
		`"build_flavor":"default","build_type":"tar","build_snapshot":false,"lucene_version":"9.12.2","minimum_wire_compatibility_version":"7.17.0",` +
		`"minimum_index_compatibility_version":"7.0.0"},"tagline":"You Know, for Search"}`,
	"_license": `{"license":{"uid":"watchpost","type":"basic","mode":"basic","status":"active"}}`,
	"_xpack": `{"license":{"uid":"watchpost","type":"basic","mode":"basic","status":"active"},` +
		`"features":{"ilm":{"available":true,"enabled":true},"security":{"available":true,"enabled":true}}}`,
	"_cluster/health": `{"cluster_name":"watchpost","status":"green","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1}`,
	"_nodes/http":     `{"_nodes":{"total":0,"successful":0,"failed":0},"cluster_name":"watchpost","nodes":{}}`,
}

// elasticNamed are what clients set up by name, and the answer that it is there; $ is the name.
var elasticNamed = map[string]string{
	"_index_template":     `{"index_templates":[{"name":$,"index_template":{"index_patterns":[]}}]}`,
	"_component_template": `{"component_templates":[{"name":$,"component_template":{"template":{}}}]}`,
	"_template":           `{$:{"index_patterns":[]}}`,
	"_ilm/policy":         `{$:{"version":1,"policy":{"phases":{}}}}`,
	"_data_stream":        `{"data_streams":[{"name":$,"status":"GREEN"}]}`,
	"_ingest/pipeline":    `{$:{"processors":[]}}`,
	"_alias":              `{$:{"aliases":{}}}`,
}

const (
	elasticAck     = `{"acknowledged":true}`
	elasticRefresh = `{"_shards":{"total":1,"successful":1,"failed":0}}`
)

func fixed(text string) senderHandler {
	return func(w http.ResponseWriter, _ *http.Request, _ sender) { answer(w, http.StatusOK, []byte(text)) }
}

// elasticRoute finds what answers a request; nil where there is nothing.
func (h *HTTP) elasticRoute(r *http.Request) senderHandler {
	path := strings.Trim(r.URL.Path, "/")
	get := r.Method == http.MethodGet || r.Method == http.MethodHead
	put := r.Method == http.MethodPut || r.Method == http.MethodPost
	if text, ok := elasticFixed[path]; ok && get {
		return fixed(text)
	}
	parent, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		parent, name = path[:i], path[i+1:]
	}
	if there, ok := elasticNamed[parent]; ok {
		switch {
		case get:
			return fixed(strings.Replace(there, "$", quote(name), 1))
		case put:
			return fixed(elasticAck)
		}
		return nil
	}
	switch {
	case put && path == "_bulk":
		return func(w http.ResponseWriter, r *http.Request, who sender) { h.bulk(w, r, who, "") }
	case strings.HasPrefix(path, "_") || path == "":
		if path == "_refresh" || path == "_flush" {
			return fixed(elasticRefresh)
		}
		return nil
	}
	index, rest, _ := strings.Cut(path, "/")
	op, id, _ := strings.Cut(rest, "/")
	switch {
	case put && rest == "_bulk":
		return func(w http.ResponseWriter, r *http.Request, who sender) { h.bulk(w, r, who, index) }
	case put && (op == "_doc" || op == "_create") && !strings.Contains(id, "/"):
		return func(w http.ResponseWriter, r *http.Request, who sender) { h.document(w, r, who, index, id) }
	case rest == "_refresh" || rest == "_flush":
		return fixed(elasticRefresh)
	case rest == "" && r.Method == http.MethodHead, (rest == "_mapping" || rest == "_settings" || strings.HasPrefix(rest, "_alias")) && get:
		return fixed("{" + quote(index) + ":{}}")
	case rest == "" && r.Method == http.MethodPut:
		return fixed(`{"acknowledged":true,"shards_acknowledged":true,"index":` + quote(index) + "}")
	case put && (rest == "_mapping" || rest == "_settings" || strings.HasPrefix(rest, "_alias")):
		return fixed(elasticAck)
	}
	return nil
}

// document takes one document, as the client libraries' index() sends it.
func (h *HTTP) document(w http.ResponseWriter, r *http.Request, who sender, index, id string) {
	b, ok := h.read(w, r, elasticError)
	if !ok {
		return
	}
	defer b.free()
	doc := bytes.Trim(b.data, " \t\r\n")
	if bad := h.badRecord(doc); bad != "" {
		h.rejected(r, who, map[string]int{bad: 1})
		elasticError(w, http.StatusBadRequest, bad)
		return
	}
	key := requestID(r, who, b.data)
	if !h.hand(w, r, who, key, []Frame{{Data: doc}}, elasticError) {
		return
	}
	if id == "" {
		id = hex.EncodeToString(key[:10])
	}
	answer(w, http.StatusCreated, []byte(`{"_index":`+quote(index)+`,"_id":`+quote(id)+
		`,"_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":0,"_primary_term":1}`))
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return string(b)
}

// elasticError has Elasticsearch's shape. What must be sent again is 429, as Elasticsearch has it when its queue is full: some
// senders take a 503 for final.
func elasticError(w http.ResponseWriter, status int, detail string) {
	if status == http.StatusServiceUnavailable {
		status = http.StatusTooManyRequests
	}
	cause := map[string]any{"type": errorType(status), "reason": detail}
	text, err := json.Marshal(map[string]any{
		"status": status,
		"error":  map[string]any{"root_cause": []any{cause}, "type": cause["type"], "reason": detail},
	})
	if err != nil {
		panic("BUG: " + err.Error())
	}
	answer(w, status, text)
}

func errorType(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "security_exception"
	case http.StatusTooManyRequests:
		return "es_rejected_execution_exception"
	case http.StatusRequestEntityTooLarge:
		return "content_too_long_exception"
	}
	return "illegal_argument_exception"
}

// action is one item of a _bulk body.
type action struct {
	kind  string // index, create, update or delete
	index string
	id    string // the client's, or empty
	bad   string // why it is rejected, or empty
}

// bulk takes Elasticsearch's bulk format: a line with an action, a line with the document. Documents of index and create
// are stored; what else is asked for is an error of that item. Like Elasticsearch it answers 200 with a result for each
// item, once those stored are durable; 400 if the body cannot be told into items, 429 if it must be sent again.
func (h *HTTP) bulk(w http.ResponseWriter, r *http.Request, who sender, index string) {
	b, ok := h.read(w, r, elasticError)
	if !ok {
		return
	}
	defer b.free()
	items, frames, bad, over := h.items(b, index)
	if over != nil {
		h.bodyError(w, r, elasticError, over)
		return
	}
	if bad != "" {
		h.refuseSaying(w, r, elasticError, http.StatusBadRequest, "bulk body cannot be told into items", bad)
		return
	}
	id := requestID(r, who, b.data)
	if !h.hand(w, r, who, id, frames, elasticError) {
		return
	}
	reasons := make(map[string]int)
	for _, it := range items {
		if it.bad != "" {
			reasons[it.bad]++
		}
	}
	h.rejected(r, who, reasons)
	answer(w, http.StatusOK, results(items, id, strings.Contains(r.URL.Query().Get("filter_path"), "items.*.status")))
}

// itemCost is what an item takes beside its bytes: action, record and answer.
const itemCost = 64 + recordCost + 208

// items tells a body into actions and the documents to be stored. bad says why it cannot; over is what it exceeds.
func (h *HTTP) items(b *body, index string) (items []action, frames []Frame, bad string, over error) {
	data := b.data
	line := func() (one []byte) {
		one, data, _ = bytes.Cut(data, []byte("\n"))
		return bytes.Trim(one, " \t\r")
	}
	var head []byte // the last action line: agents send the same one for each document
	var last action
	for len(data) > 0 {
		text := line()
		if len(text) == 0 {
			continue
		}
		if head == nil || !bytes.Equal(text, head) {
			var ok bool
			if last, ok = readAction(text, index); !ok {
				return nil, nil, "malformed action line [" + strconv.Itoa(2*len(items)+1) + "]", nil
			}
			head = text
		}
		it := last
		if it.kind == "index" || it.kind == "create" {
			doc := line()
			if it.bad = h.badRecord(doc); it.bad == "" {
				frames = append(frames, Frame{Data: doc})
			}
		} else {
			it.bad = BadAction
			if it.kind == "update" {
				line()
			}
		}
		items = append(items, it)
		if over := b.hold(len(items), itemCost); over != nil {
			return nil, nil, "", over
		}
	}
	if len(items) == 0 {
		return nil, nil, "request body is required", nil
	}
	return items, frames, "", nil
}

func readAction(text []byte, index string) (a action, ok bool) {
	var line map[string]struct {
		Index string `json:"_index"`
		ID    string `json:"_id"`
	}
	if !isObject(text) || json.Unmarshal(text, &line) != nil || len(line) != 1 {
		return a, false
	}
	for kind, meta := range line {
		a = action{kind: kind, index: meta.Index, id: meta.ID}
	}
	if a.index == "" {
		a.index = index
	}
	return a, a.kind == "index" || a.kind == "create" || a.kind == "update" || a.kind == "delete"
}

// results writes the response. Short ones hold only what filter_path asks for: status and error.
func results(items []action, id [16]byte, short bool) []byte {
	out := make([]byte, 0, 64+len(items)*32)
	out = append(out, `{"took":0,"errors":`...)
	failed := false
	for _, it := range items {
		failed = failed || it.bad != ""
	}
	out = strconv.AppendBool(out, failed)
	out = append(out, `,"items":[`...)
	for i, it := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"`+it.kind+`":{`...)
		if !short {
			if it.id == "" {
				it.id = hex.EncodeToString(id[:8]) + strconv.Itoa(i)
			}
			out = append(out, `"_index":`+quote(it.index)+`,"_id":`+quote(it.id)+`,`...)
		}
		switch {
		case it.bad != "":
			out = append(out, `"status":400,"error":{"type":"`+itemError(it.bad)+`","reason":"`+it.bad+`"}`...)
		case short:
			out = append(out, `"status":201`...)
		default:
			out = append(out, `"_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":0,"_primary_term":1,"status":201`...)
		}
		out = append(out, "}}"...)
	}
	return append(out, "]}"...)
}

func itemError(reason string) string {
	if reason == BadAction {
		return "illegal_argument_exception"
	}
	return "document_parsing_exception"
}
