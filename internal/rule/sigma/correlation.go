package sigma

func (c *collection) correlations() {}
func (c *collection) filters() []output { return nil }
