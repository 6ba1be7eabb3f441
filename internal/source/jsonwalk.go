package source

// What follows reads JSON that the checker has found good, without building anything of it: a name or a text is given as
// it stands, in quotes and with its escapes, so that it can be copied into other JSON as it is.

// isJSON says whether b is one JSON value of bounded depth, as isObject has it.
func isJSON(b []byte) bool {
	c := checker{b: b}
	c.blanks()
	if !c.value(maxDepth) {
		return false
	}
	c.blanks()
	return c.i == len(b)
}

// firstObject cuts the JSON object off that s begins with; nil where it begins with none.
func firstObject(s []byte) (object, rest []byte) {
	c := checker{b: s}
	if len(s) == 0 || s[0] != '{' || !c.value(maxDepth) {
		return nil, s
	}
	return s[:c.i], s[c.i:]
}

// members calls f with each member of the object obj: its name without quotes, and its value.
func members(obj []byte, f func(name, value []byte)) {
	c := checker{b: obj}
	c.blanks()
	if !c.next('{') {
		return
	}
	for {
		c.blanks()
		from := c.i
		if !c.str() {
			return
		}
		name := obj[from+1 : c.i-1]
		c.blanks()
		if !c.next(':') {
			return
		}
		c.blanks()
		from = c.i
		if !c.value(maxDepth) {
			return
		}
		f(name, obj[from:c.i])
		c.blanks()
		if !c.next(',') {
			return
		}
	}
}

// elements calls f with each element of the array arr.
func elements(arr []byte, f func(value []byte)) {
	c := checker{b: arr}
	c.blanks()
	if !c.next('[') {
		return
	}
	for {
		c.blanks()
		from := c.i
		if !c.value(maxDepth) {
			return
		}
		f(arr[from:c.i])
		c.blanks()
		if !c.next(',') {
			return
		}
	}
}

// isText says whether a value is a JSON string.
func isText(v []byte) bool { return len(v) > 1 && v[0] == '"' }

// inner is a JSON string without its quotes, escapes and all.
func inner(v []byte) []byte { return v[1 : len(v)-1] }
