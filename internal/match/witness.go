package match

import (
	"slices"

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
	address addressed
	share   float64 // guessed share of events in which it holds
}

type clueKind uint8

const (
	clueText clueKind = iota
	clueNumber
	clueAddress
	clueWide // a byte beyond ASCII
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
			out.add(w.clues...)
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

// add adds clues that are not yet there.
func (w *witnesses) add(clues ...clue) {
	for _, c := range clues {
		if len(w.clues) > 0 && w.has(c) {
			continue
		}
		w.clues = append(w.clues, c)
		w.share += c.share
		w.usual = w.usual || c.share >= 1
	}
}

// has looks for c; where clues are many it may overlook it, which costs a little.
func (w *witnesses) has(c clue) bool {
	return slices.Contains(w.clues[max(0, len(w.clues)-200):], c)
}

func witnessesFrom(clues ...clue) (w witnesses) {
	w.add(clues...)
	return w
}

func leafWitnesses(l rule.Leaf) (w witnesses) {
	on := l.On()
	switch l := l.(type) {
	case *rule.Compare:
		switch {
		case l.Op != rule.Equal:
		case isAddress(on):
			return witnessesFrom(clue{on: on, kind: clueAddress, address: l, share: 0.001})
		case on.Textual():
			return witnessesFrom(equality(on, string(smallLetters(nil, l.Value.Text)))...)
		case isInt(on):
			return witnessesFrom(clue{on: on, kind: clueNumber, number: l.Value.Int, share: 0.01 * presence(on)})
		}
	case *rule.In:
		switch {
		case isAddress(on):
			return witnessesFrom(clue{on: on, kind: clueAddress, address: l, share: min(0.001*float64(len(l.Values)), 0.5)})
		case on.Textual():
			for _, v := range l.Values {
				w.add(equality(on, string(smallLetters(nil, v.Text)))...)
			}
			return w
		case isInt(on):
			for _, v := range l.Values {
				w.add(clue{on: on, kind: clueNumber, number: v.Int, share: 0.01 * presence(on)})
			}
			return w
		}
	case *rule.FoldIn:
		for _, v := range l.Values {
			w.add(equality(on, v)...)
		}
		return w
	case *rule.Text:
		return witnessesFrom(ofText(l, on))
	case *rule.Wildcard, *rule.Regex:
		for _, set := range requiredIn(l) {
			if slices.ContainsFunc(set, func(s string) bool { return !searchable(s) }) {
				continue
			}
			for _, s := range set {
				w.add(contains(on, s, anywhere))
			}
			return w
		}
	case *rule.CIDR:
		if isAddress(on) {
			return witnessesFrom(clue{on: on, kind: clueAddress, address: l, share: 0.1 * presence(on)})
		}
	}
	return witnessesFrom(present(on))
}

func contains(on rule.Ref, low string, a anchor) clue {
	return clue{on: on, kind: clueText, text: low, anchor: a, share: presence(on) * often(low, a)}
}

// wideShare guesses how often a value holds more than ASCII.
const wideShare = 0.03

func ofText(l *rule.Text, on rule.Ref) clue {
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
		if a, s = anywhere, asciiRun(l.Value); beyondASCII(l.Value) && (len(s) < long || often(s, a) > wideShare) {
			return clue{on: on, kind: clueWide, share: presence(on) * wideShare}
		}
	}
	switch {
	case a == anywhere && !searchable(s), s == "":
		return present(on)
	case a == whole:
		return equality(on, s)[0]
	}
	return contains(on, s, a)
}

// equality gives the clue that a field is low; it never is nothing.
func equality(on rule.Ref, low string) []clue {
	if low == "" {
		return nil
	}
	return []clue{{on: on, kind: clueText, text: low, anchor: whole, share: presence(on) * equalShare(on, low)}}
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
	case event.WinlogChannel:
		switch low {
		case "microsoft-windows-sysmon/operational":
			return 0.9
		case "security":
			return 0.6
		case "system", "application":
			return 0.2
		}
		return 0.05
	case event.HostOSType:
		switch low {
		case "windows":
			return 0.9
		case "linux":
			return 0.3
		}
		return 0.05
	case event.EventKind:
		return 0.9
	case event.EventModule, event.EventDataset, event.ServiceType, event.ServiceName:
		return 0.05
	case event.WinlogProviderName, event.EventProvider, event.EventCategory, event.EventType, event.EventOutcome, event.EventAction, event.ProcessName, event.Tags:
		return 0.3
	}
	share := often(low, whole)
	switch {
	case on.Field == event.ProcessPECompany || on.Field == event.ProcessPEProduct:
		return max(share, 0.2)
	case on.Field == event.Labels && len(low) < 10: // such as high or true
		return max(share, 0.1)
	}
	return share
}

// present is the last resort of a leaf: it is false where its field is missing.
func present(on rule.Ref) clue { return clue{on: on, kind: cluePresent, share: presence(on)} }

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
