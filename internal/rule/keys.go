package rule

// keyOrder is the order in which the keys of a rule stand, listOrder that of a list's.
var (
	keyOrder = []string{"id", "title", "description", "level", "levels", "mode", "status", "author", "license", "references", "tags", "match", "group_by", "fields",
		"window", "lateness", "suppress", "enabled", "exceptions", "falsepositives", "playbook", "sigma", "tests"}
	listOrder = []string{"name", "description", "entries"}
)
