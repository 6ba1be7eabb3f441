package parse

import (
	"fmt"
	"strings"
)

// appIndex finds a format by the names in an object.
type appIndex struct {
	apps []jsonApp
	id   map[string]uint16 // of the names that some format knows
	by   [][]uint16        // by the number of a name: the formats whose key it is, in their order
	// programs is where jsonApps begin: programs that write of themselves
	programs int
	some     [128]uint64 // where known names fall: most names of most objects are none, and are told so without a look into id
}

// find gives the number of a name.
func (x *appIndex) find(name []byte) (uint16, bool) {
	if h := nameBit(name); x.some[h>>6]&(1<<(h&63)) == 0 {
		return 0, false
	}
	id, ok := x.id[string(name)]
	return id, ok
}

func nameBit(name []byte) uint {
	n := uint(len(name))
	if n == 0 {
		return 0
	}
	return (n*0x1f1 + uint(name[n-1])*0x3d + uint(name[n/2])*0x2b5 + uint(name[0])) & 0x1fff
}

const maxAppNames = 3072

func newAppIndex() *appIndex {
	x := &appIndex{apps: jsonTables(), id: make(map[string]uint16)}
	x.programs = len(x.apps) - len(jsonApps)
	m := x.id
	add := func(name string) {
		name, _, _ = strings.Cut(name, "[].")
		if _, ok := m[name]; !ok && name != "" && name != "message" {
			m[name] = uint16(len(m))
		}
	}
	for _, name := range loginSources {
		add(name)
	}
	for _, name := range loginUsers {
		add(name)
	}
	for _, table := range syslogColumns {
		for _, name := range table[:8] {
			add(name)
		}
	}
	add("logName")
	for i := range cloudLabels {
		for _, name := range cloudLabels[i].names {
			add(name)
		}
	}
	for i := range x.apps {
		a := &x.apps[i]
		add(a.key)
		add(a.time)
		add(a.outcome[0])
		for _, w := range a.when {
			add(w[0])
		}
		for _, f := range a.fields {
			add(f.name)
		}
	}
	if len(m) > maxAppNames {
		panic(fmt.Sprintf("BUG: parse: formats of JSON know %d names", len(m)))
	}
	for name := range m {
		h := nameBit(bytesOf(name))
		x.some[h>>6] |= 1 << (h & 63)
	}
	x.by = make([][]uint16, len(m))
	for i := range x.apps {
		id, ok := m[x.apps[i].key]
		if !ok {
			panic("BUG: parse: a format of JSON without a key: " + x.apps[i].class.dataset)
		}
		x.by[id] = append(x.by[id], uint16(i))
	}
	return x
}
