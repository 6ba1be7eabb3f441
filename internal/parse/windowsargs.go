package parse

import "watchpost/internal/event"

// maxArgs bounds the arguments of one command line.
const maxArgs = 256

// args adds the arguments of a command line to a list, the program first, as Windows divides it: at blanks, which quotes hold together;
// a backslash is one but before a quote. It gives their number, 0 where the list does not hold all of them.
func (t *jsonSink) args(to event.Field, line []byte) int {
	from, n := len(t.p.val), 0
	defer func() { t.p.val = t.p.val[:from] }()
	for i := 0; ; n++ {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
			i++
		}
		if i == len(line) {
			return n
		}
		i += t.arg(line[i:])
		if n == maxArgs || !t.b.Add(to, t.p.val[from:]) {
			return 0
		}
		t.p.val = t.p.val[:from]
	}
}

// arg appends the first argument of s to the parser's buffer and gives the bytes that it takes up.
func (t *jsonSink) arg(s []byte) int {
	out, quoted, slashes, i := t.p.val, false, 0, 0
	for ; i < len(s); i++ {
		c := s[i]
		if c == '\\' {
			slashes++
			continue
		}
		keep := slashes
		if c == '"' {
			keep /= 2
		}
		for range keep {
			out = append(out, '\\')
		}
		literal := c != '"' || slashes%2 == 1
		slashes = 0
		switch {
		case !literal && quoted && i+1 < len(s) && s[i+1] == '"': // two within quotes are one
			out = append(out, '"')
			i++
			fallthrough
		case !literal:
			quoted = !quoted
			continue
		case (c == ' ' || c == '\t') && !quoted:
			t.p.val = out
			return i
		}
		out = append(out, c)
	}
	for range slashes {
		out = append(out, '\\')
	}
	t.p.val = out
	return i
}

// commandLines divides the command lines of the event into arguments, where nobody has.
func (w *winEvent) commandLines() {
	if line := w.e.Str(event.ProcessCommandLine); line != "" && w.e.Len(event.ProcessArgs) == 0 {
		if n := w.t.args(event.ProcessArgs, bytesOf(line)); n > 0 && w.missing(event.ProcessArgsCount) {
			w.b.SetInt(event.ProcessArgsCount, int64(n))
		}
	}
	if line := w.e.Str(event.ProcessParentCommandLine); line != "" && w.e.Len(event.ProcessParentArgs) == 0 {
		w.t.args(event.ProcessParentArgs, bytesOf(line))
	}
}
