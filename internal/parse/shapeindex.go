package parse

import "watchpost/internal/event"

// shapeIndex finds, in one pass over a message, the patterns that may fit it: those of whose longest text four bytes stand in it. So a
// message that fits none costs the same however many patterns there are.
type shapeIndex struct {
	shapes  []serverShape
	modules []string
	seen    [1 << 13]byte // which hashes of four bytes some pattern has
	by      map[uint32][]uint16
	apps    map[string][]int       // the loginShapes that count for one program only
	found   [maxShapes / 64]uint64 // scratch: the patterns to try
}

const maxShapes = 704

func newShapeIndex() *shapeIndex {
	x := &shapeIndex{by: make(map[uint32][]uint16), apps: make(map[string][]int)}
	for i := range loginShapes {
		s := &loginShapes[i]
		if s.app != "" {
			x.apps[s.app] = append(x.apps[s.app], i)
			continue
		}
		x.add(s.module, serverShape{s.pattern, s.action, s.outcome, s.reason})
	}
	for i := range fileShapes {
		for _, s := range fileShapes[i].shapes {
			x.add(fileShapes[i].module, s)
		}
	}
	return x
}

func (x *shapeIndex) add(module string, s serverShape) {
	at := anchor(s.pattern)
	if len(at) != 4 || len(x.shapes) == maxShapes {
		panic("BUG: parse: no four bytes to find, or too many patterns: " + s.pattern)
	}
	w := uint32(at[0]) | uint32(at[1])<<8 | uint32(at[2])<<16 | uint32(at[3])<<24
	x.by[w] = append(x.by[w], uint16(len(x.shapes)))
	h := hash4(w)
	x.seen[h>>3] |= 1 << (h & 7)
	x.shapes, x.modules = append(x.shapes, s), append(x.modules, module)
}

func hash4(w uint32) uint32 { return w * 0x9e3779b1 >> 16 }

// anchor gives four bytes of the longest text in a pattern, those that other lines are least likely to hold.
func anchor(pattern string) string {
	best, text := "", ""
	for s := pattern; len(s) > 0; {
		n := 0
		for n < len(s) && s[n] != '{' {
			n++
		}
		if len(s[:n]) > len(text) {
			text = s[:n]
		}
		for n < len(s) && s[n] != '}' {
			n++
		}
		s = s[min(n+1, len(s)):]
	}
	most := -1
	for i := 0; i+4 <= len(text); i++ {
		rare := 0
		for _, c := range []byte(text[i : i+4]) {
			if c != ' ' && (c < 'a' || c > 'z') {
				rare++
			}
		}
		if rare > most {
			best, most = text[i:i+4], rare
		}
	}
	return best
}

// read sets what the first pattern that fits m says.
func (x *shapeIndex) read(p *Parser, b *event.Batch, m []byte) bool {
	if len(m) < 4 {
		return false
	}
	hits := 0
	w := uint32(m[0])<<8 | uint32(m[1])<<16 | uint32(m[2])<<24
	for _, c := range m[3:] {
		w = w>>8 | uint32(c)<<24
		if h := hash4(w); x.seen[h>>3]&(1<<(h&7)) == 0 {
			continue
		}
		for _, id := range x.by[w] {
			x.found[id>>6] |= 1 << (id & 63)
			hits++
		}
	}
	if hits == 0 {
		return false
	}
	var found captures
	done := false
	for k := range x.found {
		set := x.found[k]
		x.found[k] = 0
		for bit := 0; set != 0; bit++ {
			if set&1 != 0 && !done {
				i := k<<6 + bit
				found.n = 0
				if found.match(x.shapes[i].pattern, m) && (x.modules[i] != "" || index(found.value("user"), ", ") < 0) { // whoever says it: no clause is a name
					x.shapes[i].set(p, b, x.modules[i], &found)
					if x.modules[i] == "postgresql" {
						postgresPrefix(b, m)
					}
					done = true
				}
			}
			set >>= 1
		}
	}
	return done
}
