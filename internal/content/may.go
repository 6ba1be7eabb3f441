package content

import (
	"bytes"
	"strings"
)

// mayCard says whether 13 digits stand together, with at most a blank or a hyphen between two.
func mayCard(line []byte) bool {
	n := 0
	for i, c := range line {
		switch {
		case c >= '0' && c <= '9':
			if n++; n == 13 {
				return true
			}
		case (c == ' ' || c == '-') && i > 0 && line[i-1] >= '0' && line[i-1] <= '9':
		default:
			n = 0
		}
	}
	return false
}

func mayEmail(line []byte) bool {
	return bytes.IndexByte(line, '@') >= 0 || bytes.Contains(line, []byte("%40"))
}

// mayIBAN says whether two capitals and two digits stand together.
func mayIBAN(line []byte) bool {
	for i := 0; i+3 < len(line); i++ {
		if capital(line[i]) && capital(line[i+1]) && digit(line[i+2]) && digit(line[i+3]) {
			return true
		}
	}
	return false
}

func capital(c byte) bool { return c >= 'A' && c <= 'Z' }
func digit(c byte) bool   { return c >= '0' && c <= '9' }

// secretEnds are the ends, and secretBegins the begins, of the names that secrets has, by their last and first letter.
var (
	secretEnds   = []string{"password", "passwd", "pwd", "passphrase", "secret", "key", "token", "authorization"}
	secretBegins = []string{"pass", "pwd", "secret", "api", "access", "auth", "refresh", "id", "bearer", "token", "client", "private"}
)

// maySecret says whether a name of a secret stands before a colon or an equals sign, or behind the hyphen of an option.
func maySecret(line []byte) bool {
	for i, c := range line {
		switch c {
		case ':', '=':
			before := bytes.TrimRight(line[:i], "\"'\\ \t\r\n\f\v")
			for _, end := range secretEnds {
				if len(before) >= len(end) && strings.EqualFold(string(before[len(before)-len(end):]), end) {
					return true
				}
			}
		case '-':
			for _, begin := range secretBegins {
				if rest := line[i+1:]; len(rest) > len(begin) && strings.EqualFold(string(rest[:len(begin)]), begin) {
					return true
				}
			}
		}
	}
	return false
}
