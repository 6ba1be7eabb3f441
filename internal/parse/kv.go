package parse

// pairs reads key=value words; a value may stand in double quotes, where a backslash escapes a quote. Commas between the
// pairs are taken for blanks.
type pairs struct {
	s      []byte
	single bool // single quotes hold a value too
	csv    bool // a comma ends a value
}

// next gives the next pair; ok is false at the end. Words without = are stepped over.
func (p *pairs) next() (key, value []byte, ok bool) {
	s := p.s
	for {
		for len(s) > 0 && (s[0] == ' ' || s[0] == ',' || s[0] == '\t') {
			s = s[1:]
		}
		n := untilEither(s, '=', ' ')
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
	if p.single && len(s) > 1 && s[0] == '\'' { // 'several words', where the quote closes before a blank
		if end := index(s[1:], "'"); end >= 0 && (end+2 == len(s) || s[end+2] == ' ' || s[end+2] == ',') {
			p.s = s[end+2:]
			return key, s[1 : end+1], true
		}
	}
	if len(s) > 0 && s[0] == '"' {
		end := 1 + indexByte(s[1:], '"')
		if end == 0 || end > 1 && s[end-1] == '\\' || end+2 < len(s) && s[end+1] == '"' {
			end = 1 // look at each
		}
		for end < len(s) && s[end] != '"' {
			if s[end] == '\\' && end+1 < len(s) && s[end+1] == '"' {
				end++
			}
			if end++; end+2 < len(s) && s[end] == '"' && s[end+1] == '"' && s[end+2] != ',' && s[end+2] != ' ' { // two for one, as in CSV
				end += 2
			}
		}
		p.s = s[min(end+1, len(s)):]
		return key, s[1:min(end, len(s))], true
	}
	end := 0
	if p.csv {
		for end < len(s) && s[end] != ' ' && s[end] != ',' {
			end++
		}
	} else if end = indexByte(s, ' '); end < 0 {
		end = len(s)
	}
	p.s = s[end:]
	value = s[:end]
	if end > 0 && value[end-1] == ',' {
		value = value[:end-1]
	}
	return key, value, true
}
