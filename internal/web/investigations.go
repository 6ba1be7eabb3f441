package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/event"
	"watchpost/internal/hunt"
	"watchpost/internal/rights"
)

// Bounds of an investigation.
const (
	maxItems   = 5000
	maxCase    = 64 << 20 // bytes of its items
	maxNote    = 32 << 10
	maxTags    = 32
	maxTag     = 64
	maxPinned  = 2 << 20 // bytes of a copied event or alert
	maxComment = 16 << 10
)

// caseBody is what an investigation holds beside its items.
type caseBody struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Status      string `json:"status"` // open or closed; of those that were written before there was one: open
}

// itemBody is a pinned event, an alert or a note. Copy is whole: retention does not touch it.
type itemBody struct {
	Kind    string          `json:"kind"` // event, alert or note
	Ref     string          `json:"ref,omitempty"`
	At      time.Time       `json:"at"` // when it happened; a note: when it was written, unless stated
	Note    string          `json:"note,omitempty"`
	Copy    json.RawMessage `json:"copy,omitempty"`
	Tags    []string        `json:"tags"`
	Comment string          `json:"comment"`
	Colour  string          `json:"colour"`
	Order   float64         `json:"order"` // items are shown by order, then by time
}

// itemJSON is an item as the API gives it.
type itemJSON struct {
	ID      string    `json:"id"`
	Version uint32    `json:"version"`
	Owner   string    `json:"owner"`
	Changed time.Time `json:"changed"`
	itemBody
}

type caseJSON struct {
	ID      string    `json:"id"`
	Tenant  string    `json:"tenant"`
	Owner   string    `json:"owner"`
	Version uint32    `json:"version"`
	Changed time.Time `json:"changed"`
	caseBody
}

var colour = regexp.MustCompile(`^(|[a-z]{1,16}|#[0-9a-f]{6})$`)

func (b *itemBody) check() error {
	var faults []error
	if len(b.Tags) > maxTags || slices.ContainsFunc(b.Tags, func(t string) bool { return t == "" || len(t) > maxTag }) {
		faults = append(faults, fmt.Errorf("tags: at most %d, each of 1 to %d bytes", maxTags, maxTag))
	}
	if len(b.Comment) > maxComment || len(b.Note) > maxNote {
		faults = append(faults, fmt.Errorf("comment and note: at most %d and %d bytes", maxComment, maxNote))
	}
	if !colour.MatchString(b.Colour) {
		faults = append(faults, fmt.Errorf("colour: %.20q: want a name or #rrggbb", b.Colour))
	}
	b.Tags = append([]string{}, b.Tags...)
	return errors.Join(faults...)
}

func (b caseBody) check() error {
	var faults []error
	if b.Name == "" || len(b.Name) > 200 || len(b.Description) > 32<<10 {
		faults = append(faults, errors.New("name: want 1 to 200 bytes; description: at most 32 KiB"))
	}
	if b.Status != caseOpen && b.Status != caseClosed {
		faults = append(faults, fmt.Errorf("status: %.20q: want open or closed", b.Status))
	}
	return errors.Join(faults...)
}

// What an investigation can be. A closed one stays as it is until it is opened again.
const (
	caseOpen   = "open"
	caseClosed = "closed"
)

func showCase(o Object) (c caseJSON, err error) {
	c = caseJSON{ID: o.ID, Tenant: o.Tenant, Owner: o.Owner, Version: o.Version, Changed: o.Time}
	c.Status = caseOpen
	return c, json.Unmarshal(o.Body, &c.caseBody)
}

func showItem(o Object) (i itemJSON, err error) {
	i = itemJSON{ID: o.ID, Owner: o.Owner, Version: o.Version, Changed: o.Time}
	return i, json.Unmarshal(o.Body, &i.itemBody)
}

func (s *Server) investigations(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.Objects(r.Context(), principalOf(r).Tenants, kindCase, "", "", false)
	out := []caseJSON{}
	for _, o := range list {
		c, bad := showCase(o)
		out, err = append(out, c), errors.Join(err, bad)
	}
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, map[string]any{"investigations": out})
}

func (s *Server) addInvestigation(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Tenant      string `json:"tenant"`
	}
	if !read(w, r, &in) {
		return
	}
	body := caseBody{in.Name, in.Description, caseOpen}
	tenant, err := tenantOf(r, in.Tenant)
	if err := errors.Join(err, body.check()); err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	o, err := s.next(r, Object{Tenant: tenant, Kind: kindCase, ID: newID(), Owner: principalOf(r).User}, body)
	s.answerWritten(w, r, "investigation.create", o, err, func() (any, error) { return showCase(o) })
}

// answerWritten accounts for a change, and shows what it made.
func (s *Server) answerWritten(w http.ResponseWriter, r *http.Request, action string, o Object, err error, show func() (any, error)) {
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	s.audit(r, action, map[string]any{"id": o.ID, "of": o.Parent, "version": o.Version})
	out, err := show()
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, out)
}

// timeline is an investigation with the order of its items. What they hold is read as it is needed: it may be much.
type timeline struct {
	caseJSON
	items []Object // without bodies, in their order
}

// timeline gives an investigation.
func (s *Server) timeline(r *http.Request) (timeline, error) {
	o, err := s.one(r, kindCase, "", r.PathValue("id"), nil)
	if err != nil {
		return timeline{}, err
	}
	t := timeline{}
	if t.caseJSON, err = showCase(o); err != nil {
		return t, err
	}
	if t.items, err = s.desk.Outline(r.Context(), o.Tenant, kindItem, o.ID, false, "at", "order"); err != nil {
		return t, err
	}
	places := map[string]itemJSON{}
	for _, o := range t.items {
		i, bad := showItem(o)
		places[o.ID], err = i, errors.Join(err, bad)
	}
	slices.SortFunc(t.items, func(x, y Object) int {
		a, b := places[x.ID], places[y.ID]
		return cmp.Or(cmp.Compare(a.Order, b.Order), a.At.Compare(b.At), strings.Compare(a.ID, b.ID))
	})
	return t, err
}

// casePart is how much of the items, in bytes, is read at a time.
const casePart = 8 << 20

// each gives the items, in their order, a part after the other. One that was taken away meanwhile is left out.
func (s *Server) each(ctx context.Context, t timeline, give func(itemJSON) error) error {
	for rest := t.items; len(rest) > 0; {
		var ids []string
		for size := uint64(0); len(ids) < len(rest) && (len(ids) == 0 || size+rest[len(ids)].Size <= casePart); {
			size += rest[len(ids)].Size
			ids = append(ids, rest[len(ids)].ID)
		}
		rest = rest[len(ids):]
		list, err := s.desk.Bodies(ctx, t.Tenant, kindItem, t.ID, ids)
		if err != nil {
			return err
		}
		found := make(map[string]Object, len(list))
		for _, o := range list {
			found[o.ID] = o
		}
		for _, id := range ids {
			o, there := found[id]
			if !there {
				continue
			}
			i, err := showItem(o)
			if err == nil {
				err = give(i)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// tell writes an investigation: begin what stands before the items, once the first are there, item each of them, end what stands behind. An answer that has begun breaks off if
// something goes wrong.
func (s *Server) tell(w http.ResponseWriter, r *http.Request, t timeline, begin, end string, item func(out *bytes.Buffer, n int, i itemJSON) error) {
	n := 0
	var out bytes.Buffer
	out.WriteString(begin)
	err := s.each(r.Context(), t, func(i itemJSON) error {
		if err := item(&out, n, i); err != nil {
			return err
		}
		n++
		_, err := w.Write(out.Bytes())
		out.Reset()
		return err
	})
	switch {
	case err != nil && n == 0:
		w.Header().Del("Content-Disposition")
		s.wrong(w, r, err)
	case err != nil:
		s.log.Warn("an investigation broke off", "id", t.ID, "items", n, "error", err)
		panic(http.ErrAbortHandler)
	default:
		out.WriteString(end)
		w.Write(out.Bytes()) // the client may be gone
	}
}

func (s *Server) investigation(w http.ResponseWriter, r *http.Request) {
	t, err := s.timeline(r)
	var head []byte
	if err == nil {
		head, err = json.Marshal(t.caseJSON)
	}
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	s.tell(w, r, t, string(head[:len(head)-1])+`,"items":[`, "]}\n", func(out *bytes.Buffer, n int, i itemJSON) error {
		if n > 0 {
			out.WriteByte(',')
		}
		return json.NewEncoder(out).Encode(i)
	})
}

// openCase gives an investigation to whose timeline something is to be done.
func (s *Server) openCase(r *http.Request) (Object, error) {
	o, err := s.one(r, kindCase, "", r.PathValue("id"), nil)
	if err != nil {
		return o, err
	}
	c, err := showCase(o)
	if err == nil && c.Status == caseClosed {
		err = fmt.Errorf("%w: the investigation is closed; open it again first", alert.ErrConflict)
	}
	return o, err
}

// changeInvestigation renames, describes, closes or opens an investigation.
func (s *Server) changeInvestigation(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Name        *string `json:"name"`
		Description *string `json:"description"`
		Status      *string `json:"status"`
		Version     uint32  `json:"version"` // that was seen; 0: whichever
	}
	if !read(w, r, &in) {
		return
	}
	o, err := s.one(r, kindCase, "", r.PathValue("id"), nil)
	var c caseJSON
	if err == nil {
		c, err = showCase(o)
	}
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	if err := o.seen(in.Version); err != nil {
		s.wrong(w, r, err)
		return
	}
	was, action := c.Status, "investigation.change"
	set(&c.Name, in.Name)
	set(&c.Description, in.Description)
	set(&c.Status, in.Status)
	if err := c.check(); err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	if c.Status != was {
		action = map[string]string{caseOpen: "investigation.reopen", caseClosed: "investigation.close"}[c.Status]
	}
	o, err = s.next(r, o, c.caseBody)
	s.answerWritten(w, r, action, o, err, func() (any, error) { return showCase(o) })
}

// deleteInvestigation takes an investigation out of sight; what was pinned and who did what stays in the table of versions. It is evidence, so
// that only who began it and administrators may.
func (s *Server) deleteInvestigation(w http.ResponseWriter, r *http.Request) {
	o, err := s.one(r, kindCase, "", r.PathValue("id"), nil)
	if p := principalOf(r); err == nil && o.Owner != p.User && p.Role != rights.Admin {
		problem(w, http.StatusForbidden, "it is "+o.Owner+"'s: only they and administrators delete it", nil)
		return
	}
	s.remove(w, r, o, err, "investigation.delete", map[string]any{"id": o.ID})
}

// addItem pins an event or an alert, copied whole, or writes a note. What is pinned must be of the investigation's tenant: who sees the
// one sees the other.
func (s *Server) addItem(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Event   string    `json:"event"`
		Alert   string    `json:"alert"`
		Note    string    `json:"note"`
		At      time.Time `json:"at"`
		Tags    []string  `json:"tags"`
		Comment string    `json:"comment"`
		Colour  string    `json:"colour"`
		Order   float64   `json:"order"`
	}
	if !read(w, r, &in) {
		return
	}
	b := itemBody{Note: in.Note, At: in.At.UTC(), Tags: in.Tags, Comment: in.Comment, Colour: in.Colour, Order: in.Order}
	err := b.check()
	given := 0
	for kind, v := range map[string]string{"event": in.Event, "alert": in.Alert, "note": in.Note} {
		if v != "" {
			given++
			b.Kind = kind
		}
	}
	if given != 1 {
		err = errors.Join(err, errors.New("want one of event, alert and note"))
	}
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	o, err := s.openCase(r)
	if err == nil {
		err = s.pin(r, o.Tenant, in.Event, in.Alert, &b)
	}
	var list []Object
	if err == nil {
		list, err = s.desk.Outline(r.Context(), o.Tenant, kindItem, o.ID, false)
	}
	size := uint64(len(b.Copy) + len(b.Note) + len(b.Comment))
	for _, have := range list {
		size += have.Size
	}
	if err == nil && (len(list) >= maxItems || size > maxCase) {
		problem(w, http.StatusUnprocessableEntity, fmt.Sprintf("an investigation takes %d items and %d MiB, and with this one it would have %d and %.1f: begin another one", maxItems, maxCase>>20, len(list)+1, float64(size)/(1<<20)), nil)
		return
	}
	item := Object{Tenant: o.Tenant, Kind: kindItem, Parent: o.ID, ID: newID(), Owner: principalOf(r).User}
	if err == nil {
		item, err = s.next(r, item, b)
	}
	s.answerWritten(w, r, "investigation.pin", item, err, func() (any, error) { return showItem(item) })
}

// pin copies an event or an alert of a tenant into b.
func (s *Server) pin(r *http.Request, tenant, eventID, alertID string, b *itemBody) error {
	switch b.Kind {
	case "event":
		id, err := event.ParseID(eventID)
		if err != nil {
			return fmt.Errorf("event %.64q: %w", eventID, ErrNotFound)
		}
		q, err := hunt.Search{Query: fmt.Sprintf("event.id == %q", id.String()), From: "1970-01-01", To: "now+1d", Limit: 1}.Check([]string{tenant}, s.now())
		if err != nil {
			return err
		}
		b.Ref = id.String()
		if err := s.desk.Events(r.Context(), q, func(e event.Event) error {
			b.At, b.Copy = time.Unix(0, e.Time()).UTC(), e.AppendJSON(nil, nil)
			return nil
		}); err != nil {
			return err
		}
	case "alert":
		list, err := s.desk.Alerts(r.Context(), AlertFilter{Tenants: []string{tenant}, ID: alertID, Limit: 1})
		if err != nil {
			return err
		}
		var when struct {
			At time.Time `json:"@timestamp"`
		}
		if len(list) > 0 && alertID != "" {
			if err := json.Unmarshal(list[0], &when); err != nil {
				return err
			}
			b.Ref, b.At, b.Copy = alertID, when.At, list[0]
		}
	default:
		if b.At.IsZero() {
			b.At = s.now().UTC()
		}
		return nil
	}
	if b.Copy == nil {
		return fmt.Errorf("%s: %w in tenant %s", b.Kind, ErrNotFound, tenant)
	}
	if len(b.Copy) > maxPinned {
		return &Fault{fmt.Errorf("%s: %d bytes are too many to copy, the most is %d", b.Kind, len(b.Copy), maxPinned)}
	}
	return nil
}

// item gives an item that is to be changed.
func (s *Server) item(r *http.Request) (Object, error) {
	c, err := s.openCase(r)
	if err != nil {
		return c, err
	}
	return s.one(r, kindItem, c.ID, r.PathValue("item"), nil)
}

func (s *Server) patchItem(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Note    *string   `json:"note"`
		Tags    *[]string `json:"tags"`
		Comment *string   `json:"comment"`
		Colour  *string   `json:"colour"`
		Order   *float64  `json:"order"`
		Version uint32    `json:"version"` // that was seen; 0: whichever
	}
	if !read(w, r, &in) {
		return
	}
	o, err := s.item(r)
	var b itemBody
	if err == nil {
		err = json.Unmarshal(o.Body, &b)
	}
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	if err := o.seen(in.Version); err != nil {
		s.wrong(w, r, err)
		return
	}
	set(&b.Note, in.Note)
	set(&b.Tags, in.Tags)
	set(&b.Comment, in.Comment)
	set(&b.Colour, in.Colour)
	set(&b.Order, in.Order)
	err = b.check()
	if (b.Note != "") != (b.Kind == "note") {
		err = errors.Join(err, errors.New("note: goes with notes, which are not empty"))
	}
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	o, err = s.next(r, o, b)
	s.answerWritten(w, r, "investigation.change", o, err, func() (any, error) { return showItem(o) })
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (s *Server) deleteItem(w http.ResponseWriter, r *http.Request) {
	o, err := s.item(r)
	s.remove(w, r, o, err, "investigation.unpin", map[string]any{"id": o.ID, "of": o.Parent})
}

// exportCase writes an investigation as NDJSON, an item a line, or as Markdown in which nothing of a log is markup.
func (s *Server) exportCase(w http.ResponseWriter, r *http.Request) {
	p := params{v: r.URL.Query(), now: s.now()}
	format := p.oneOf("format", "ndjson", "ndjson", "md")
	if err := p.done(); err != nil {
		problem(w, http.StatusBadRequest, err.Error(), nil)
		return
	}
	t, err := s.timeline(r)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	s.audit(r, "export", map[string]any{"investigation": t.ID, "format": format, "rows": len(t.items)})
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="investigation-%s.%s"`, t.ID, format))
	if format == "md" {
		h.Set("Content-Type", "text/markdown; charset=utf-8")
		s.tell(w, r, t, fmt.Sprintf("# %s\n\n%sTenant %s, of %s. Times are UTC.\n", inline(t.Name), paragraphs(t.Description), inline(t.Tenant), inline(t.Owner)), "", func(out *bytes.Buffer, _ int, i itemJSON) error {
			i.markdown(out)
			return nil
		})
		return
	}
	h.Set("Content-Type", "application/x-ndjson")
	s.tell(w, r, t, "", "", func(out *bytes.Buffer, _ int, i itemJSON) error {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		return e.Encode(i)
	})
}

func (i *itemJSON) markdown(w *bytes.Buffer) {
	fmt.Fprintf(w, "\n## %s %s\n\n", i.At.Format("2006-01-02 15:04:05.000 UTC"), i.Kind)
	if about := inline(i.about()); about != "" {
		fmt.Fprintf(w, "**%s**\n\n", about)
	}
	fmt.Fprint(w, paragraphs(i.Note), paragraphs(i.Comment))
	if len(i.Tags) > 0 {
		fmt.Fprintf(w, "Tags: %s\n\n", inline(strings.Join(i.Tags, ", ")))
	}
	if i.Copy != nil {
		var flat bytes.Buffer
		if json.Indent(&flat, i.Copy, "    ", "  ") == nil { // indented code, which nothing within can end
			fmt.Fprintf(w, "    %s\n", visible(flat.String()))
		}
	}
	fmt.Fprintf(w, "\nPinned by %s.\n", inline(i.Owner))
}

// about says in a line what a copy is of: the rule, level and key of an alert, the message of an event.
func (i *itemJSON) about() string {
	var of struct {
		Name    string         `json:"rule.name"`
		Level   string         `json:"rule.level"`
		Group   map[string]any `json:"group"`
		Message string         `json:"message"`
	}
	if i.Copy == nil || json.Unmarshal(i.Copy, &of) != nil {
		return ""
	}
	if i.Kind != "alert" {
		return clip(of.Message, 500)
	}
	about := of.Level + ": " + of.Name
	for _, field := range slices.Sorted(maps.Keys(of.Group)) {
		about += fmt.Sprintf(", %s %v", field, of.Group[field])
	}
	return about
}

// paragraphs is text as paragraphs whose lines stay lines, each written by inline; nothing for an empty text.
func paragraphs(text string) string {
	var out strings.Builder
	within := false
	for line := range strings.Lines(text) {
		line = inline(line)
		switch {
		case line == "" && within:
			out.WriteString("\n\n")
		case within:
			out.WriteString("\\\n") // a backslash at its end keeps a line
		}
		out.WriteString(line)
		within = line != ""
	}
	if within {
		out.WriteString("\n\n")
	}
	return out.String()
}

// inline escapes all that means something in Markdown or HTML, and makes one paragraph of it.
func inline(s string) string {
	var out strings.Builder
	for _, c := range visible(strings.Join(strings.Fields(s), " ")) {
		if c < 0x80 && strings.ContainsRune("\\`*_{}[]()<>#+-.!|~&:@=\"'$^/", c) {
			out.WriteByte('\\')
		}
		out.WriteRune(c)
	}
	return out.String()
}

// visible shows control characters and those that change the direction of text as U+FFFD; line ends stay.
func visible(s string) string {
	return strings.Map(func(c rune) rune {
		if c == '\n' {
			return c
		}
		if c < 0x20 || c >= 0x7f && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 || c == 0x61c || c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029 {
			return '\ufffd'
		}
		return c
	}, s)
}

// changes gives the history of an investigation: each version of it and of its items.
func (s *Server) changes(w http.ResponseWriter, r *http.Request) {
	o, err := s.one(r, kindCase, "", r.PathValue("id"), nil)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	of, err := s.desk.Objects(r.Context(), []string{o.Tenant}, kindCase, "", o.ID, true)
	items, err2 := s.desk.Outline(r.Context(), o.Tenant, kindItem, o.ID, true)
	if err := errors.Join(err, err2); err != nil {
		s.wrong(w, r, err)
		return
	}
	type change struct {
		Time    time.Time `json:"time"`
		User    string    `json:"user"`
		What    string    `json:"what"` // investigation or item
		ID      string    `json:"id"`
		Version uint32    `json:"version"`
		Deleted bool      `json:"deleted"`
	}
	out := []change{}
	for _, o := range append(of, items...) {
		out = append(out, change{o.Time, o.User, o.Kind, o.ID, o.Version, o.Deleted})
	}
	slices.SortStableFunc(out, func(a, b change) int { return a.Time.Compare(b.Time) })
	answer(w, map[string]any{"changes": out})
}
