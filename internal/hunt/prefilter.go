package hunt

import "watchpost/internal/rule"

func (b *builder) prefilter(n rule.Leaf) string { return "" }
