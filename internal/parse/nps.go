package parse

import "watchpost/internal/event"

// npsColumns are the columns of the Network Policy Server's database-compatible log that are read, and what its XML calls them.
var npsColumns = map[string]int{"Computer-Name": 0, "Event-Source": 1, "Packet-Type": 4, "User-Name": 5, "Fully-Qualifed-User-Name": 6, "Called-Station-Id": 7, "Calling-Station-Id": 8, "Framed-IP-Address": 10, "NAS-Identifier": 11, "NAS-IP-Address": 12,
	"Client-IP-Address": 15, "Client-Friendly-Name": 16, "NP-Policy-Name": 24, "Reason-Code": 25}

// nps reads what the Network Policy Server (RADIUS of Windows) writes to its file, columns or XML:
//
//	"NPS1","IAS",11/23/2026,18:14:15,1,"EXAMPLE\kim",…
//	<Event><Timestamp data_type="4">11/23/2026 18:14:15.123</Timestamp><Computer-Name data_type="1">NPS1</Computer-Name>…
func nps(b *event.Batch, h *header, m []byte) bool {
	var c civil
	switch {
	case hasPrefix(m, "<Event><Timestamp data_type="):
		_, stamp, _ := cut(m, ">")
		_, stamp, _ = cut(stamp, ">")
		if len(stamp) < 24 || !readMore(stamp, &c) {
			return false
		}
		npsSays(b, func(name string) []byte {
			_, rest, ok := cut(m, "<"+name+" data_type=")
			_, rest, _ = cut(rest, ">")
			v, _, _ := cut(rest, "</")
			if !ok {
				return nil
			}
			return v
		})
	case m[0] == '"':
		var v [26][]byte
		s := columns{m}
		s.take(v[:])
		if source := string(v[1]); source != "IAS" && source != "RAS" || len(v[2]) != 10 || len(v[3]) != 8 || !digits(v[4]) {
			return false
		}
		var stamp [19]byte
		copy(stamp[:], v[2])
		stamp[10] = ' '
		copy(stamp[11:], v[3])
		if !readMore(stamp[:], &c) {
			return false
		}
		npsSays(b, func(name string) []byte { return v[npsColumns[name]] })
	default:
		return false
	}
	if !h.stamp.has {
		h.stamp = c
	}
	return true
}

// npsSays gives an event the fields of a record.
func npsSays(b *event.Batch, get func(string) []byte) {
	k := class{"nps.log", "nps", login, "", authn, [3]string{"start"}}
	kind := get("Packet-Type")
	switch string(kind) {
	case "2":
		k.outcome = success
	case "3":
		k.outcome = failure
	case "4", "5":
		k.action, k.category, k.types = "accounting", netw, [3]string{"info"}
	}
	k.set(b)
	b.Set(event.EventCode, kind)
	if name := get("Computer-Name"); len(name) > 0 {
		b.Set(event.HostName, name)
		b.Set(event.HostHostname, name)
	}
	user := get("User-Name")
	if len(user) == 0 {
		user = get("Fully-Qualifed-User-Name")
	}
	if len(user) > 0 {
		setFullUser(b, user)
	}
	if addr := get("Client-IP-Address"); isIP(addr) {
		setAddr(b, &src, addr)
	} else if addr := get("NAS-IP-Address"); isIP(addr) {
		setAddr(b, &src, addr)
	}
	if v := get("Calling-Station-Id"); beginsMAC(v) {
		b.Set(event.SourceMAC, v)
	} else {
		b.Label([]byte("radius.calling_station_id"), v)
	}
	b.Label([]byte("radius.called_station_id"), get("Called-Station-Id"))
	b.Label([]byte("radius.nas_identifier"), get("NAS-Identifier"))
	b.Set(event.SourceDomain, get("Client-Friendly-Name"))
	b.Set(event.RuleName, get("NP-Policy-Name"))
	if code := get("Reason-Code"); string(kind) == "3" {
		b.Set(event.ErrorCode, code)
	}
}
