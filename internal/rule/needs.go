package rule

// Needs lists what must have a value for the predicate to be true, each once, in order of appearance.
func (p *Predicate) Needs() []Ref {
	order, needed := []Ref{}, needs(p.node)
	Walk(p.node, func(n Node) {
		if l, ok := n.(Leaf); ok && needed[l.On()] {
			order = append(order, l.On())
			delete(needed, l.On())
		}
	})
	return order
}

func needs(n Node) map[Ref]bool {
	out := map[Ref]bool{}
	switch n := n.(type) {
	case *And:
		for _, k := range n.Nodes {
			for r := range needs(k) {
				out[r] = true
			}
		}
	case *Or: // what all of its parts need
		for i, k := range n.Nodes {
			of := needs(k)
			if i == 0 {
				out = of
			}
			for r := range out {
				if !of[r] {
					delete(out, r)
				}
			}
		}
	case Leaf:
		out[n.On()] = true
	}
	return out
}
