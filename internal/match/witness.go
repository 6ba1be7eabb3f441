package match

import (
	"watchpost/internal/event"
	"watchpost/internal/rule"
)

// clue is a cheap condition on one field that the table of the field finds: a literal, a number, an address, or that there is a value.
type clue struct {
	on      rule.Ref
	kind    clueKind
	text    string
	anchor  anchor
	number  int64
	address rule.Leaf // a Compare, In or CIDR on a field of type ip
}

type clueKind uint8

const (
	clueText clueKind = iota
	clueNumber
	clueAddress
	cluePresent
)

// witnesses are clues of which at least one holds wherever a condition does.
type witnesses struct {
	clues []clue
	share float64 // guessed share of events in which any holds
	usual bool    // one of them holds of all events: it helps nobody
}

// witnessesOf gives the rarest witnesses of n, or of its contrary. It reports false where nothing is necessary for n.
func witnessesOf(n rule.Node, contrary bool) (witnesses, bool) {
	switch n := n.(type) {
	case *rule.Const:
		return witnesses{}, n.Value == contrary // of what never holds there is no witness, and none is needed
	case *rule.Not:
		return witnessesOf(n.Node, !contrary)
	case *rule.And:
		return several(n.Nodes, contrary, !contrary)
	case *rule.Or:
		return several(n.Nodes, contrary, contrary)
	case rule.Leaf:
		if contrary || n.On().Field == event.EventID { // made on the spot, it has no column
			return witnesses{}, false
		}
		return leafWitnesses(n), true
	}
	return witnesses{}, false
}

// several gives those of a conjunction, the rarest of any part, or of a disjunction, those of all parts.
func several(nodes []rule.Node, contrary, conjunction bool) (witnesses, bool) {
	var out witnesses
	found := false
	for _, k := range nodes {
		w, ok := witnessesOf(k, contrary)
		switch {
		case conjunction && ok && (!found || w.better(out)):
			out, found = w, true
		case !conjunction && !ok:
			return witnesses{}, false
		case !conjunction:
			out.clues = append(out.clues, w.clues...)
			out.share += w.share
			out.usual = out.usual || w.usual
			found = true
		}
	}
	if !found && !conjunction { // of nothing
		return witnesses{}, true
	}
	return out, found
}

func (w witnesses) better(o witnesses) bool {
	if w.usual != o.usual {
		return o.usual
	}
	return w.share < o.share
}

func leafWitnesses(l rule.Leaf) witnesses {
	on := l.On()
	texts := func(a anchor, low ...string) witnesses {
		w := witnesses{}
		for _, s := range low {
			w.clues = append(w.clues, clue{on: on, kind: clueText, text: s, anchor: a})
			w.share += presence(on) * often(s, a)
		}
		return w
	}
	fold := func(s string) string { return string(smallLetters(nil, s)) }
	switch l := l.(type) {
	case *rule.Compare:
		switch {
		case l.Op != rule.Equal:
		case isAddress(on):
			return witnesses{clues: []clue{{on: on, kind: clueAddress, address: l}}, share: 0.001}
		case on.Textual():
			return equality(on, fold(l.Value.Text))
		case isInt(on):
			return witnesses{clues: []clue{{on: on, kind: clueNumber, number: l.Value.Int}}, share: 0.01 * presence(on)}
		}
	case *rule.In:
		w := witnesses{}
		switch {
		case isAddress(on):
			return witnesses{clues: []clue{{on: on, kind: clueAddress, address: l}}, share: 0.001 * float64(len(l.Values))}
		case on.Textual():
			for _, v := range l.Values {
				e := equality(on, fold(v.Text))
				w.clues, w.share = append(w.clues, e.clues...), w.share+e.share
			}
			return w
		case isInt(on):
			for _, v := range l.Values {
				w.clues, w.share = append(w.clues, clue{on: on, kind: clueNumber, number: v.Int}), w.share+0.01*presence(on)
			}
			return w
		}
	case *rule.FoldIn:
		w := witnesses{}
		for _, v := range l.Values {
			e := equality(on, v)
			w.clues, w.share = append(w.clues, e.clues...), w.share+e.share
		}
		return w
	case *rule.Text:
		return textWitnesses(l, on, texts)
	case *rule.Wildcard:
		if s := ofWildcard(l.Source); len(s) >= gram3 {
			return texts(anywhere, s)
		}
	case *rule.Regex:
		if r := required(l.Pattern); r != nil {
			return texts(anywhere, r...)
		}
	case *rule.CIDR:
		if isAddress(on) {
			return witnesses{clues: []clue{{on: on, kind: clueAddress, address: l}}, share: 0.1 * presence(on)}
		}
	}
	return present(on)
}

func textWitnesses(l *rule.Text, on rule.Ref, texts func(anchor, ...string) witnesses) witnesses {
	a, s := anywhere, string(smallLetters(nil, l.Value))
	switch l.Op {
	case rule.StartsWith:
		a = atStart
	case rule.EndsWith:
		a = atEnd
	case rule.Whole:
		a = whole
	}
	if l.Fold && s != asciiRun(l.Value) { // letters beyond ASCII have cases of other lengths
		a, s = anywhere, asciiRun(l.Value)
	}
	switch {
	case a == whole:
		return equality(on, s)
	case a == anywhere && len(s) < gram3, s == "":
		return present(on)
	}
	return texts(a, s)
}

func equality(on rule.Ref, low string) witnesses {
	if low == "" { // never holds
		return witnesses{}
	}
	return witnesses{clues: []clue{{on: on, kind: clueText, text: low, anchor: whole}}, share: presence(on) * equalShare(on, low)}
}

// equalShare guesses in which share of the values of a field a value occurs.
func equalShare(on rule.Ref, low string) float64 {
	switch on.Field {
	case event.EventCode, event.WinlogEventID:
		switch low {
		case "1", "4688", "4624":
			return 0.4
		case "3", "5", "7", "10", "11", "12", "13", "22", "4103", "4104", "4672", "4634", "5156":
			return 0.1
		}
		return 0.002
	case event.WinlogChannel, event.WinlogProviderName, event.EventProvider, event.EventModule, event.EventDataset, event.EventKind, event.HostOSType,
		event.EventCategory, event.EventType, event.EventOutcome, event.EventAction, event.ServiceType, event.ServiceName, event.ProcessName, event.Tags:
		return 0.3
	}
	return often(low, whole)
}

// present is the last resort of a leaf: it is false where its field is missing.
func present(on rule.Ref) witnesses {
	share := presence(on)
	return witnesses{clues: []clue{{on: on, kind: cluePresent}}, share: share, usual: share >= 1}
}

// presence guesses in which share of events a field has a value.
func presence(on rule.Ref) float64 {
	switch on.Field {
	case event.Tenant, event.Timestamp, event.EventIngested, event.EventOriginal, event.Message, event.EcsVersion, event.EventModule, event.EventDataset, event.EventKind, event.HostName:
		return 1
	case event.Labels:
		if on.Label == "" {
			return 1
		}
		return 0.3
	case event.ProcessExecutable, event.ProcessName, event.ProcessCommandLine, event.EventCode, event.EventProvider, event.WinlogChannel, event.WinlogEventID, event.UserName,
		event.EventCategory, event.EventType, event.EventOutcome, event.EventAction, event.ProcessParentExecutable, event.ProcessParentCommandLine, event.HostOSType:
		return 0.7
	}
	return 0.3
}

func isAddress(on rule.Ref) bool { return on.Label == "" && on.Field.Info().Type == "ip" }

func isInt(on rule.Ref) bool {
	k := on.Field.Info().Kind
	return k == event.Int || k == event.Time
}
