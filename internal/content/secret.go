package content

import "bytes"

// secretsIn finds the values behind the names of secrets, as the regular expression of the test does, which says what is meant; but by going over the line once.
func secretsIn(line []byte, do func(from, to int)) {
	for i := 0; i < len(line); {
		if !secretBegin[line[i]] || bytes.HasPrefix(line[i:], []byte("----")) { // a rule across the page
			i++
			continue
		}
		from, to := secretAt(line, i)
		if from < 0 {
			i++
			continue
		}
		do(from, to)
		i = to
	}
}

// secretBegin are the bytes with which a name, its option or authorization begins: of U+017F, which is an s whatever the case, the first.
var secretBegin = func() (t [256]bool) {
	for _, c := range []byte("pPsSaAtTrRiIbBcC_-\xc5") {
		t[c] = true
	}
	return t
}()

// secretAt gives the value of a secret whose name, or the hyphens before it, begin at i; -1 if there is none.
func secretAt(line []byte, i int) (from, to int) {
	var ends [4]int
	for _, end := range secretNames(line, i, ends[:0]) {
		if j := assigned(line, end); j >= 0 {
			if from, to = valueAt(line, blanks(line, j)); from >= 0 {
				return from, to
			}
		}
	}
	for hyphens := 2; hyphens > 0 && line[i] == '-'; hyphens-- {
		if hyphens == 2 && (i+1 >= len(line) || line[i+1] != '-') {
			continue
		}
		for _, end := range secretNames(line, i+hyphens, ends[:0]) {
			if j := blanks(line, end); j > end {
				if from, to = valueAt(line, j); from >= 0 {
					return from, to
				}
			}
		}
	}
	if line[i]|0x20 != 'a' || i > 0 && letter(line[i-1]) {
		return -1, -1
	}
	end := same(line, i, "authorization")
	if end < 0 {
		return -1, -1
	}
	if end = blanks(line, quoted(line, end)); end == len(line) || line[end] != ':' && line[end] != '=' {
		return -1, -1
	}
	end = quoted(line, blanks(line, end+1))
	for _, scheme := range []string{"basic", "bearer", "negotiate", "token"} {
		if j := same(line, end, scheme); j >= 0 {
			if k := blanks(line, j); k > j {
				return valueAt(line, k)
			}
		}
	}
	return -1, -1
}

// secretNames appends where names of secrets end that begin at i, the one that is meant first.
func secretNames(line []byte, i int, ends []int) []int {
	if i >= len(line) {
		return ends
	}
	add := func(end int) {
		if end >= 0 {
			ends = append(ends, end)
		}
	}
	switch c := line[i]; {
	case c|0x20 == 'p':
		if pass := same(line, i, "pass"); pass >= 0 {
			add(same(line, pass, "word"))
			add(same(line, pass, "wd"))
			add(same(line, pass, "phrase"))
			break
		}
		if bytes.HasPrefix(line[i+1:], []byte("wd")) {
			add(i + 3)
		}
		add(joined(line, same(line, i, "private"), "key"))
	case c|0x20 == 's' || c == 0xc5:
		end := same(line, i, "secret")
		add(joined(line, joined(line, end, "access"), "key"))
		add(joined(line, end, "key"))
		add(end)
	case c|0x20 == 'a':
		add(joined(line, same(line, i, "api"), "key"))
		access := same(line, i, "access")
		add(joined(line, access, "key"))
		add(joined(line, access, "token"))
		add(joined(line, same(line, i, "auth"), "token"))
	case c|0x20 == 'r':
		add(joined(line, same(line, i, "refresh"), "token"))
	case c|0x20 == 'i':
		add(joined(line, same(line, i, "id"), "token"))
	case c|0x20 == 'b':
		add(joined(line, same(line, i, "bearer"), "token"))
	case c|0x20 == 't' || c == '_' || c == '-':
		add(joined(line, i, "token"))
	case c|0x20 == 'c':
		add(joined(line, same(line, i, "client"), "secret"))
	}
	return ends
}

// same gives where word, in small letters, ends if it stands at i, whatever the case; else -1. As for regular expressions U+017F is an s, and U+212A a k.
func same(line []byte, i int, word string) int {
	for _, c := range []byte(word) {
		switch {
		case i < 0 || i >= len(line):
			return -1
		case line[i]|0x20 == c:
			i++
		case c == 's' && bytes.HasPrefix(line[i:], []byte("\u017f")):
			i += 2
		case c == 'k' && bytes.HasPrefix(line[i:], []byte("\u212a")):
			i += 3
		default:
			return -1
		}
	}
	return i
}

// joined is same behind what ends at i, with or without a hyphen or underscore between.
func joined(line []byte, i int, word string) int {
	if i >= 0 && i < len(line) && (line[i] == '_' || line[i] == '-') {
		return same(line, i+1, word)
	}
	return same(line, i, word)
}

// blanks gives where the blanks that begin at i end.
func blanks(line []byte, i int) int {
	for i < len(line) && (line[i] == ' ' || line[i] >= '\t' && line[i] <= '\r' && line[i] != '\v') {
		i++
	}
	return i
}

func backslashes(line []byte, i int) int {
	for i < len(line) && line[i] == '\\' {
		i++
	}
	return i
}

// quoted gives where a quotation mark ends that may stand at i, behind backslashes as in JSON.
func quoted(line []byte, i int) int {
	if i = backslashes(line, i); i < len(line) && (line[i] == '"' || line[i] == '\'') {
		i++
	}
	return i
}

// assigned gives what follows a colon or an equals sign behind a name that ends at i; -1 if there is none.
func assigned(line []byte, i int) int {
	sign := func(i int) int {
		i = blanks(line, i)
		switch {
		case i < len(line) && (line[i] == ':' || line[i] == '='):
			return i + 1
		case i+2 < len(line) && line[i] == '%' && line[i+1] == '3' && (line[i+2]|0x20 == 'a' || line[i+2]|0x20 == 'd'):
			return i + 3
		}
		return -1
	}
	if j := sign(quoted(line, i)); j >= 0 {
		return j
	}
	if bytes.HasPrefix(line[i:], []byte("%22")) {
		return sign(i + 3)
	}
	return -1
}

// valueAt gives the value that begins at i, in quotation marks or without; -1 if there is none.
func valueAt(line []byte, i int) (from, to int) {
	if i >= len(line) {
		return -1, -1
	}
	// until goes on to what step says has no length.
	until := func(from int, step func(i int) int) (int, int) {
		to := from
		for to < len(line) {
			n := step(to)
			if n == 0 {
				break
			}
			to += n
		}
		if to == from {
			return -1, -1
		}
		return from, to
	}
	plain := func(i int) int {
		if line[i] == '"' || line[i] == '\\' {
			return 0
		}
		return 1
	}
	switch c := line[i]; c {
	case '\\':
		j := backslashes(line, i)
		switch {
		case j == len(line) || line[j] != '"':
			return -1, -1
		case j > i+1:
			return until(j+1, plain)
		}
		return until(j+1, func(i int) int { // a text of JSON in one
			switch rest := line[i:]; {
			case plain(i) == 1:
				return 1
			case len(rest) < 3 || rest[0] != '\\' || rest[1] != '\\':
				return 0
			case rest[2] != '\\' && rest[2] != '"':
				return 3
			case rest[2] == '\\' && len(rest) > 3 && (rest[3] == '\\' || rest[3] == '"'):
				return 4
			}
			return 0
		})
	case '"':
		return until(i+1, func(i int) int {
			if line[i] == '\\' && i+1 < len(line) && line[i+1] != '\n' {
				return 2
			}
			return plain(i)
		})
	case '\'':
		return until(i+1, func(i int) int {
			if line[i] == '\'' {
				return 0
			}
			return 1
		})
	}
	return until(i, func(i int) int {
		switch line[i] {
		case ' ', '\t', '\n', '\f', '\r', '"', '\'', '&', ';', ',', '\\':
			return 0
		}
		return 1
	})
}
