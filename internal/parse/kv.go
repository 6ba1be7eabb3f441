package parse

// pairs reads key=value words; a value may stand in double quotes, where a backslash escapes a quote. Commas between the
// pairs are taken for blanks.
type pairs struct{ s []byte }

// next gives the next pair; ok is false at the end. Words without = are stepped over.
func (p *pairs) next() (key, value []byte, ok bool) {
	s := p.s
	for {
		for len(s) > 0 && (s[0] == ' ' || s[0] == ',' || s[0] == '\t') {
			s = s[1:]
		}
		n := 0
		for n < len(s) && s[n] != '=' && s[n] != ' ' {
			n++
		}
		if n == len(s) {
			p.s = nil
			return nil, nil, false
		}
		if s[n] == ' ' || n == 0 {
			s = s[n+1:]
			continue
		}
		key, s = s[:n], s[n+1:]
		break
	}
	if len(s) > 0 && s[0] == '"' {
		end := 1
		for end < len(s) && s[end] != '"' {
			if s[end] == '\\' && end+1 < len(s) && s[end+1] == '"' {
				end++
			}
			end++
		}
		p.s = s[min(end+1, len(s)):]
		return key, s[1:min(end, len(s))], true
	}
	end := 0
	for end < len(s) && s[end] != ' ' {
		end++
	}
	p.s = s[end:]
	value = s[:end]
	if end > 0 && value[end-1] == ',' {
		value = value[:end-1]
	}
	return key, value, true
}
