package content

import (
	"bytes"
	"strings"
)

func mayEmail(line []byte) bool {
	return bytes.IndexByte(line, '@') >= 0 || bytes.Contains(line, []byte("%40"))
}

// secretEnds are the ends, and secretBegins the begins, of the names that secrets has, by their last and first letter.
var (
	secretEnds   = []string{"password", "passwd", "pwd", "passphrase", "secret", "key", "token", "authorization"}
	secretBegins = []string{"pass", "pwd", "secret", "api", "access", "auth", "refresh", "id", "bearer", "token", "client", "private"}
)

// maySecret says whether a name of a secret stands before a colon or an equals sign, or behind the hyphen of an option.
func maySecret(line []byte) bool {
	for i, c := range line {
		switch c {
		case '%':
			if i+2 >= len(line) || line[i+1] != '3' || line[i+2]|0x20 != 'a' && line[i+2]|0x20 != 'd' { // a colon or an equals sign in a URL
				continue
			}
			fallthrough
		case ':', '=':
			before := bytes.TrimSuffix(bytes.TrimRight(line[:i], "\"'\\ \t\r\n\f\v"), []byte("%22"))
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
