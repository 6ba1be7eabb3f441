package sigma

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// yamlWriter writes our YAML.
type yamlWriter struct{ strings.Builder }

var plainYAML = regexp.MustCompile(`^[A-Za-z(][A-Za-z0-9 ._/()+,;@-]*$`)

// scalar writes a text so that YAML reads the same.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "~", "":
		return strconv.Quote(s)
	}
	if plainYAML.MatchString(s) && s == strings.TrimSpace(s) {
		return s
	}
	return escaped(s)
}

func (w *yamlWriter) key(key, value string) {
	if value != "" {
		fmt.Fprintf(w, "%s: %s\n", key, value)
	}
}

func (w *yamlWriter) text(key, value string) {
	if value != "" {
		w.key(key, scalar(value))
	}
}

// flow writes a short list in one line.
func (w *yamlWriter) flow(key string, values []string) {
	if len(values) == 0 {
		return
	}
	q := make([]string, len(values))
	for i, v := range values {
		if q[i] = scalar(v); strings.ContainsAny(v, ",") && q[i][0] != '"' {
			q[i] = strconv.Quote(v)
		}
	}
	w.key(key, "["+strings.Join(q, ", ")+"]")
}

func (w *yamlWriter) list(key string, values []string) {
	if len(values) == 0 {
		return
	}
	fmt.Fprintf(w, "%s:\n", key)
	for _, v := range values {
		fmt.Fprintf(w, "  - %s\n", scalar(v))
	}
}

// block writes a text over several lines, as it stands.
func (w *yamlWriter) block(key, value, indent string) {
	printable := !strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' })
	if !printable || value == "" || value[0] == ' ' || strings.HasSuffix(value, "\n") || strings.Contains(value, " \n") {
		w.text(strings.TrimSpace(key), value)
		return
	}
	fmt.Fprintf(w, "%s: |-\n", key)
	for line := range strings.SplitSeq(value, "\n") {
		if line != "" {
			w.WriteString(indent + line)
		}
		w.WriteByte('\n')
	}
}

// yaml writes the rule, whole.
func (r *Rule) yaml(o Options) string {
	t, license := r.doc.tree, o.License
	w := &yamlWriter{}
	tags, level := r.tags(), r.level()
	fmt.Fprintf(w, "# Imported from Sigma; log source: %s.\n", clean(r.source.String()))
	for _, n := range r.notes {
		fmt.Fprintf(w, "# Note: %s.\n", clean(n))
	}
	w.key("id", scalar(r.doc.id))
	w.text("title", oneLine(t.get("title").str()))
	w.block("description", trimLines(t.get("description").str()), "  ")
	w.key("level", level)
	w.key("status", r.status())
	w.text("author", oneLine(strings.Join(t.get("author").strs(), ", ")))
	if own := t.get("license").str(); own != "" {
		license = own
	}
	w.text("license", license)
	w.list("references", t.get("references").strs())
	w.list("falsepositives", t.get("falsepositives").strs())
	w.flow("tags", tags)
	if r.silent() {
		w.key("enabled", "false")
	}
	if r.match != "" {
		w.block("match", r.match, "  ")
	}
	group, once := r.groupBy, o.Suppress > 0 && r.window == "" && r.match != ""
	if once && !slices.Contains(group, "user.name") {
		group = append(slices.Clip(group), "user.name")
	}
	w.flow("group_by", group)
	if once {
		w.key("suppress", o.Suppress.String())
	}
	w.flow("fields", r.fields)
	w.WriteString(r.window)
	w.WriteString("sigma:\n")
	w.key("  id", scalar(t.get("id").str()))
	w.key("  source", scalar(r.doc.file))
	if license != "" {
		w.key("  license", scalar(license))
	}
	for _, key := range []string{"date", "modified"} {
		w.text("  "+key, oneLine(t.get(key).str()))
	}
	w.flow("  related", related(t.get("related")))
	return seal(w.String())
}

// related lists other rules, with what they are to this one.
func related(t *tree) (out []string) {
	if t == nil {
		return nil
	}
	for _, one := range t.list {
		if id := oneLine(one.get("id").str()); id != "" {
			out = append(out, strings.TrimSpace(oneLine(one.get("type").str())+" "+id))
		}
	}
	return out
}

func clean(s string) string { return oneLine(strings.ReplaceAll(s, "\r", " ")) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func trimLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\r")
	}
	return strings.Join(lines, "\n")
}

const hashKey = "  hash: "

// seal puts the hash of a file's text at its end, by which an untouched file is known.
func seal(body string) string { return body + hashKey + hashOf(body) + "\n" }

const hashComment = "# hash: "

// sealComment is seal for a file that has no place for a hash among its keys.
func sealComment(body string) string { return body + hashComment + hashOf(body) + "\n" }

// sealed gives the hash that stands in a file and the hash of the file's text without it.
func sealed(file string) (stated, own string) {
	var b strings.Builder
	for line := range strings.SplitAfterSeq(file, "\n") {
		h, ok := strings.CutPrefix(line, hashKey)
		if !ok {
			h, ok = strings.CutPrefix(line, hashComment)
		}
		if ok && stated == "" {
			stated = strings.TrimSpace(h)
			continue
		}
		b.WriteString(line)
	}
	return stated, hashOf(b.String())
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
