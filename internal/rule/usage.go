package rule

// usages show how the functions are written that are in no table of their own.
var usages = map[string]string{
	"len": `len(dns.question.name) > 20`, "lower": `lower(user.name) == host.name`, "number": `number(labels["tries"]) > 5`, "anywhere": `anywhere("mimikatz", …)`, "word": `word("root", …)`,
	"list": `source.ip in list("vpn-networks")`, "ilist": `user.name in ilist("admins")`, "dlist": `dns.question.name in dlist("evil")`,
	"windash": `icontains(process.command_line, windash(" -enc "))`, "base64": `process.command_line contains base64("http://")`,
	"base64offset": `process.command_line contains base64offset("http://")`, "wide": `process.command_line contains base64offset(wide("IEX"))`,
	"utf16be": `file.name contains utf16be("cmd")`, "utf16": `message contains base64offset(utf16("x"))`,
}

// Usage shows how a function of the language is written; "" if there is none of that name.
func Usage(name string) string {
	if f, ok := functions[name]; ok {
		return f.usage
	}
	if _, ok := timeParts[name]; ok {
		return name + `(timestamp, "Europe/Berlin") == …`
	}
	return usages[name]
}
