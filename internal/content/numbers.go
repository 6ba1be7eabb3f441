package content

// gap gives how many bytes at the begin of b divide the groups of a number that people write in groups: a blank, also in the forms in which
// URLs have it, or a hyphen.
func gap(b []byte) int {
	switch {
	case len(b) == 0:
	case b[0] == ' ' || b[0] == '-' || b[0] == '+':
		return 1
	case len(b) > 2 && b[0] == '%' && b[1] == '2' && b[2] == '0':
		return 3
	}
	return 0
}

// begins says whether a number can begin at a place of line: no letter, digit or underscore stands before it, but for those of an escape of
// JSON (\n, \r, \t) or of a URL (%3D).
func begins(line []byte, at int) bool {
	switch {
	case at == 0 || !letter(line[at-1]):
		return true
	case at > 1 && line[at-2] == '\\':
		return line[at-1] == 'n' || line[at-1] == 'r' || line[at-1] == 't'
	}
	return at > 2 && line[at-3] == '%' && hexDigit(line[at-2]) && hexDigit(line[at-1])
}

func ends(line []byte, at int) bool { return at == len(line) || !letter(line[at]) }

// letter is for what belongs to a word in the sense of RE2's \b.
func letter(c byte) bool    { return c == '_' || digit(c) || capital(c) || c >= 'a' && c <= 'z' }
func capital(c byte) bool   { return c >= 'A' && c <= 'Z' }
func digit(c byte) bool     { return c >= '0' && c <= '9' }
func hexDigit(c byte) bool  { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
func cardBegin(c byte) bool { return c >= '2' && c <= '6' }

// span is a part of a line.
type span struct{ from, to int }

// cards finds the numbers of cards: 13 to 19 digits whose check digit is right. Groups of digits that stand beside each other need not be of one
// number: "12:00:29 4111111111111111 12/27" has one card. So each group may begin or end one; what is part of any is hidden.
func cards(line []byte, do func(from, to int)) {
	var groups []span
	for i := 0; i < len(line); i++ {
		if !digit(line[i]) {
			continue
		}
		groups = groups[:0]
		for n := 0; i+n < len(line) && digit(line[i+n]); n = gap(line[i:]) {
			from := i + n
			for i = from; i < len(line) && digit(line[i]); i++ {
			}
			if from > 0 && line[from-1] == '%' && i-from > 2 { // %224111… is a quotation mark and a card
				groups = append(groups, span{from, from + 2})
				from += 2
			}
			groups = append(groups, span{from, i})
			if gap(line[i:]) == 0 {
				break
			}
		}
		cardsOf(line, groups, do)
	}
}

// cardsOf finds those in groups of digits that stand beside each other.
func cardsOf(line []byte, groups []span, do func(from, to int)) {
	var last span
	for a, first := range groups {
		if !cardBegin(line[first.from]) || !begins(line, first.from) {
			continue
		}
		digits, to := 0, 0
		for _, g := range groups[a:] {
			if digits += g.to - g.from; digits > 19 {
				break
			}
			if digits >= 13 && ends(line, g.to) && luhn(line[first.from:g.to]) {
				to = g.to
			}
		}
		switch {
		case to == 0:
		case first.from < last.to:
			last.to = max(last.to, to)
		default:
			if last.to > 0 {
				do(last.from, last.to)
			}
			last = span{first.from, to}
		}
	}
	if last.to > 0 {
		do(last.from, last.to)
	}
}

// luhn checks the digits of a card's number (ISO/IEC 7812-1, annex B); what stands between them counts for nothing.
func luhn(s []byte) bool {
	sum, n := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		if !digit(s[i]) || i > 1 && s[i-2] == '%' || i > 0 && s[i-1] == '%' { // %20
			continue
		}
		d := int(s[i] - '0')
		if n%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		n++
	}
	return sum%10 == 0
}

// ibans finds account numbers (ISO 13616) whose check digits are right: in one piece, or in groups of four. Each place where one could end is
// tried, the last first: a currency or a date may stand behind it.
func ibans(line []byte, do func(from, to int)) {
	for i := 0; i+15 <= len(line); i++ {
		if !capital(line[i]) || !capital(line[i+1]) || !digit(line[i+2]) || !digit(line[i+3]) || !begins(line, i) {
			continue
		}
		if to := ibanAt(line, i); to > 0 {
			do(i, to)
			i = to - 1
		}
	}
}

// ibanAt gives where the longest one ends that begins at from, 0 where there is none.
func ibanAt(line []byte, from int) (to int) {
	head := mod97(0, line[from:from+4]) // of two letters and two digits, six digits in all; they count last
	rest := 0
	at := from + 4
	for n := 4; n < 34; n++ {
		if n%4 == 0 {
			at += gap(line[at:])
		}
		if at == len(line) || !capital(line[at]) && !digit(line[at]) {
			break
		}
		rest = mod97(rest, line[at:at+1])
		if at++; n >= 14 && ends(line, at) && (rest*1_000_000+head)%97 == 1 {
			to = at
		}
	}
	return to
}

// mod97 appends digits, and letters as numbers from 10 on, to a number of which only the remainder by 97 is known.
func mod97(n int, s []byte) int {
	for _, c := range s {
		if capital(c) {
			n = (n*100 + int(c-'A') + 10) % 97
		} else {
			n = (n*10 + int(c-'0')) % 97
		}
	}
	return n
}
