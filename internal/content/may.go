package content

import "bytes"

func mayEmail(line []byte) bool {
	return bytes.IndexByte(line, '@') >= 0 || bytes.Contains(line, []byte("%40"))
}
