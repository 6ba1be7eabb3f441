package parse

import (
	"time"
)

// civil is a time as a line writes it.
type civil struct {
	has, hasYear, hasZone bool
	either                bool // month and day may stand the other way round
	year                  int32
	month, day            int8
	hour, min, sec        int8
	nsec                  int32
	offset                int32 // seconds east of UTC
}

// readStamp reads the time at the beginning of s and gives its length, 0 if there is none.
func readStamp(s []byte, c *civil) int {
	if len(s) < 14 {
		return 0
	}
	if digit(s[0]) {
		if s[4] == ' ' && digit(s[3]) {
			return readYearFirst(s, c)
		}
		if n := readISO(s, c); n > 0 {
			return n
		}
		if s[4] == ':' {
			return readColons(s, c)
		}
		if s[8] == 'T' || s[8] == ' ' {
			return readBasic(s, c)
		}
		if s[2] == ' ' || s[2] == '-' || s[1] == ' ' {
			return readDayMonth(s, c)
		}
		return 0
	}
	if n := readBSD(s, c); n > 0 || len(s) < 24 || s[3] != ' ' && s[3] != ',' || !weekday(s) {
		return n
	}
	from := 4
	if s[4] == ' ' {
		from++
	}
	if digit(s[from]) && s[3] == ',' {
		if n := readDayMonth(s[from:], c); n > 0 { // RFC 822
			return n + from
		}
		return 0
	}
	if n := readBSD(s[from:], c); n > 0 {
		return n + from
	}
	return 0
}

// readAmerican reads 11/23/2026 6:14:15 PM, of which the last word says that the month comes first.
func readAmerican(s []byte, c *civil) int {
	var v [6]int64 // month, day, year, hour, minute, second
	rest := s
	for i, end := range [...]string{"/", "/", " ", ":", ":", " "} {
		digits, more, ok := cut(rest, end)
		n, isNumber := number(digits)
		if !ok || !isNumber || len(digits) == 0 || len(digits) > 4 || n < 0 || i != 2 && len(digits) > 2 {
			return 0
		}
		v[i], rest = n, more
	}
	afternoon := hasPrefix(rest, "PM")
	if !afternoon && !hasPrefix(rest, "AM") || v[3] < 1 || v[3] > 12 {
		return 0
	}
	if v[3] %= 12; afternoon {
		v[3] += 12
	}
	at := civil{has: true, hasYear: true, year: int32(v[2]), month: int8(v[0]), day: int8(v[1]), hour: int8(v[3]), min: int8(v[4]), sec: int8(v[5])}
	if !at.valid() {
		return 0
	}
	*c = at
	return len(s) - len(rest) + 2
}

// readDayMonth reads 23 Nov 2026 18:14:15[.frac][ zone], also with hyphens, and a one-digit day.
func readDayMonth(s []byte, c *civil) int {
	i := 1
	if digit(s[1]) {
		i = 2
	}
	if len(s) < i+18 || s[i] != ' ' && s[i] != '-' || s[i+4] != s[i] || s[i+9] != ' ' {
		return 0
	}
	d, ok := number(s[:i])
	mo := month(s[i+1:])
	y, ok2 := two2(s[i+5 : i+9])
	if !ok || !ok2 || mo == 0 {
		return 0
	}
	*c = civil{year: y, month: mo, day: int8(d), hasYear: true}
	n := readTime(s[i+10:], c)
	if n == 0 || !c.valid() {
		return 0
	}
	n += i + 10
	if n < len(s) && s[n] == ' ' {
		if z := readOffset(s[n+1:], c); z > 0 {
			n += 1 + z
		} else {
			n += readZoneName(s[n:], c)
		}
	}
	c.has = true
	return n
}

// readBasic reads ISO's form without signs: 20261123T181415[.frac][zone], 20261123 18:14:15.
func readBasic(s []byte, c *civil) int {
	if len(s) < 15 || !digits(s[:8]) {
		return 0
	}
	y, _ := two2(s[:4])
	mo, _ := two(s[4:])
	d, _ := two(s[6:])
	*c = civil{year: y, month: mo, day: d, hasYear: true}
	n := readTime(s[9:], c)
	if n == 0 {
		if s[8] != 'T' || !digits(s[9:15]) {
			return 0
		}
		c.hour, _ = two(s[9:])
		c.min, _ = two(s[11:])
		c.sec, _ = two(s[13:])
		n = 6
	}
	n += 9
	n += readOffset(s[n:], c)
	if y < 1970 || !c.valid() {
		return 0
	}
	c.has = true
	return n
}

func weekday(s []byte) bool {
	switch string(s[:3]) {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun":
		return true
	}
	return false
}

// readISO reads 2024-01-05T12:00:00[.frac][zone]; T may be t or a blank, the date's hyphens may be slashes.
func readISO(s []byte, c *civil) int {
	if len(s) < 19 || s[4] != '-' && s[4] != '/' || s[7] != s[4] ||
		s[10] != 'T' && s[10] != 't' && s[10] != ' ' {
		return 0
	}
	y, ok := two2(s[0:4])
	mo, ok1 := two(s[5:7])
	d, ok2 := two(s[8:10])
	if !ok || !ok1 || !ok2 {
		return 0
	}
	*c = civil{year: y, month: mo, day: d, hasYear: true}
	n := readTime(s[11:], c)
	if n == 0 {
		return 0
	}
	n += 11
	n += readOffset(s[n:], c)
	if !c.valid() {
		return 0
	}
	c.has = true
	return n
}

// readYearFirst reads 2024 Jan  5 12:00:00[.frac].
func readYearFirst(s []byte, c *civil) int {
	y, ok := two2(s[:4])
	if !ok || y < 1970 || y > 2261 {
		return 0
	}
	n := readBSD(s[5:], c)
	if n == 0 || c.hasYear {
		return 0
	}
	c.year, c.hasYear = y, true
	if !c.valid() {
		return 0
	}
	n += 5
	if !c.hasZone && n+1 < len(s) && s[n] == ' ' { // an offset after a blank
		if m := readOffset(s[n+1:], c); m > 0 {
			n += 1 + m
		} else {
			n += readZoneName(s[n:], c)
		}
	}
	return n
}

// readBSD reads Jan [ ]5 [2024 ]12:00:00[.frac][ 2024][ zone].
func readBSD(s []byte, c *civil) int {
	if len(s) < 14 || s[3] != ' ' {
		return 0
	}
	mo := month(s)
	if mo == 0 {
		return 0
	}
	i := 4
	if s[i] == ' ' {
		i++
	}
	if !digit(s[i]) {
		return 0
	}
	d := int8(s[i] - '0')
	i++
	if digit(s[i]) {
		d = d*10 + int8(s[i]-'0')
		i++
	}
	if s[i] != ' ' {
		return 0
	}
	i++
	*c = civil{month: mo, day: d}
	if len(s) >= i+13 && s[i+4] == ' ' {
		if y, ok := two2(s[i : i+4]); ok && y >= 1970 && y <= 9999 {
			c.year, c.hasYear = y, true
			i += 5
		}
	}
	n := readTime(s[i:], c)
	if n == 0 {
		return 0
	}
	i += n
	i += readOffset(s[i:], c)
	if !c.hasYear && !c.hasZone && len(s) > i+9 && s[i] == ' ' && s[i+1]-'A' < 26 {
		i += readZoneYear(s[i:], c)
	}
	if !c.hasYear && len(s) >= i+5 && s[i] == ' ' && (len(s) == i+5 || s[i+5] == ' ' || s[i+5] == ':' && (len(s) == i+6 || s[i+6] == ' ')) {
		if y, ok := two2(s[i+1 : i+5]); ok && y >= 1970 && y <= 2261 {
			c.year, c.hasYear = y, true
			i += 5
		}
	}
	if !c.valid() {
		return 0
	}
	c.has = true
	if !c.hasZone {
		i += readZoneName(s[i:], c)
	}
	return i
}

// readZoneYear reads " UTC 2026", as date(1) ends.
func readZoneYear(s []byte, c *civil) int {
	name, rest := word(s)
	off, ok := zoneByName(name)
	if !ok || len(rest) < 5 || len(rest) > 5 && rest[5] != ' ' {
		return 0
	}
	y, ok := two2(rest[1:5])
	if !ok || y < 1970 || y > 2261 {
		return 0
	}
	c.offset, c.hasZone, c.year, c.hasYear = off, true, y, true
	return 1 + len(name) + 5
}

// month reads three letters, in any case; 0 is none.
func month(s []byte) int8 {
	switch uint32(s[0]|0x20)<<16 | uint32(s[1]|0x20)<<8 | uint32(s[2]|0x20) {
	case 'j'<<16 | 'a'<<8 | 'n':
		return 1
	case 'f'<<16 | 'e'<<8 | 'b':
		return 2
	case 'm'<<16 | 'a'<<8 | 'r':
		return 3
	case 'a'<<16 | 'p'<<8 | 'r':
		return 4
	case 'm'<<16 | 'a'<<8 | 'y':
		return 5
	case 'j'<<16 | 'u'<<8 | 'n':
		return 6
	case 'j'<<16 | 'u'<<8 | 'l':
		return 7
	case 'a'<<16 | 'u'<<8 | 'g':
		return 8
	case 's'<<16 | 'e'<<8 | 'p':
		return 9
	case 'o'<<16 | 'c'<<8 | 't':
		return 10
	case 'n'<<16 | 'o'<<8 | 'v':
		return 11
	case 'd'<<16 | 'e'<<8 | 'c':
		return 12
	}
	return 0
}

// readTime reads 12:00:00[.frac]; the comma is taken for a point.
func readTime(s []byte, c *civil) int {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return 0
	}
	h, ok := two(s[0:2])
	m, ok1 := two(s[3:5])
	sec, ok2 := two(s[6:8])
	if !ok || !ok1 || !ok2 {
		return 0
	}
	c.hour, c.min, c.sec = h, m, sec
	n := 8
	if len(s) > 9 && (s[8] == '.' || s[8] == ',') && digit(s[9]) {
		ns, scale := int32(0), int32(100_000_000)
		for n = 9; n < len(s) && digit(s[n]); n++ {
			ns += int32(s[n]-'0') * scale
			scale /= 10
		}
		if s[8] == ',' && n > 15 { // the next column of a list
			return 8
		}
		c.nsec = ns
	}
	return n
}

// readOffset reads Z, z, ±hh, ±hhmm or ±hh:mm.
func readOffset(s []byte, c *civil) int {
	if len(s) == 0 {
		return 0
	}
	switch s[0] {
	case 'Z', 'z':
		if len(s) > 1 && alpha(s[1]) {
			return 0
		}
		c.hasZone, c.offset = true, 0
		return 1
	case '+', '-':
		h, ok := two(s[1:])
		if !ok || h > 23 {
			return 0
		}
		n := 3
		m, withColon := int8(0), len(s) > 3 && s[3] == ':'
		if withColon {
			n++
		}
		if mm, ok := two(s[n:]); ok && mm < 60 {
			m = mm
			n += 2
		} else if withColon {
			return 0
		}
		c.offset = int32(h)*3600 + int32(m)*60
		if s[0] == '-' {
			c.offset = -c.offset
		}
		c.hasZone = true
		return n
	}
	return 0
}

// zones are abbreviations that mean one thing wherever logs are written; IST, for one, does not.
var zones = [...]struct {
	name  string
	hours int32 // in half hours
}{
	{"UTC", 0}, {"GMT", 0}, {"EST", -10}, {"EDT", -8}, {"CST", -12}, {"CDT", -10}, {"MST", -14}, {"MDT", -12}, {"PST", -16}, {"PDT", -14},
	{"CET", 2}, {"CEST", 4}, {"MET", 2}, {"MEST", 4}, {"WET", 0}, {"WEST", 2}, {"EET", 4}, {"EEST", 6}, {"BST", 2}, {"MSK", 6},
	{"JST", 18}, {"KST", 18}, {"SGT", 16}, {"HKT", 16}, {"AWST", 16}, {"ACST", 19}, {"AEST", 20}, {"AEDT", 22}, {"NZST", 24}, {"NZDT", 26},
}

func zoneByName(name []byte) (offset int32, ok bool) {
	if len(name) < 3 || len(name) > 4 || name[0]-'A' >= 26 { // a host, mostly
		return 0, false
	}
	for i := range zones {
		if string(name) == zones[i].name {
			return zones[i].hours * 1800, true
		}
	}
	return 0, false
}

// readZoneName reads " CET" before a colon, as Cisco writes it; before a blank only where the stamp is too precise
// for a BSD one, since a host may bear such a name.
func readZoneName(s []byte, c *civil) int {
	n := 1
	for n < len(s) && n < 6 && s[n]-'A' < 26 {
		n++
	}
	if n < 4 || s[0] != ' ' || n == len(s) {
		return 0
	}
	off, known := zoneByName(s[1:n])
	if known && off == 0 && (s[n] == '+' || s[n] == '-') { // Cisco: UTC+1, UTC+07:30
		with := *c
		if m := readHours(s[n:], &with); m > 0 && n+m < len(s) && s[n+m] == ':' {
			*c = with
			return n + m
		}
		return 0
	}
	switch {
	case s[n] == ':' && (known || hasPrefix(skipBlanks(s[n+1:]), "%")):
	case s[n] == ' ' && known && (c.hasYear || c.nsec > 0):
	default:
		return 0
	}
	if known {
		c.offset, c.hasZone = off, true
	}
	return n
}

// readHours reads +1, +01, -7:30: an offset whose hours may be one digit.
func readHours(s []byte, c *civil) int {
	if n := readOffset(s, c); n > 0 {
		return n
	}
	if len(s) < 2 || !digit(s[1]) {
		return 0
	}
	n, sec := 2, int32(s[1]-'0')*3600
	if len(s) > 4 && s[2] == ':' {
		if m, ok := two(s[3:]); ok && m < 60 {
			n, sec = 5, sec+int32(m)*60
		}
	}
	if s[0] == '-' {
		sec = -sec
	}
	c.offset, c.hasZone = sec, true
	return n
}

func two(s []byte) (int8, bool) {
	if len(s) < 2 || !digit(s[0]) || !digit(s[1]) {
		return 0, false
	}
	return int8(s[0]-'0')*10 + int8(s[1]-'0'), true
}

func two2(s []byte) (int32, bool) {
	a, ok := two(s)
	b, ok2 := two(s[2:])
	return int32(a)*100 + int32(b), ok && ok2
}

var monthDays = [...]int8{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func leap(y int32) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// valid checks the calendar; second 60 is a leap second, the 29th of February without a year may be.
func (c *civil) valid() bool {
	return c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= monthDays[c.month] &&
		(c.month != 2 || c.day < 29 || !c.hasYear || leap(c.year)) &&
		c.hour < 24 && c.min < 60 && c.sec <= 60
}

// clock turns civil times into instants.
type clock struct {
	loc        *time.Location
	near       int64 // seconds: of two instants that one local time names, the one nearer to this is meant
	year       int32 // the year in UTC of instants in [from, to)
	from, to   int64
	sameOffset struct { // the offset of loc, known to hold on one UTC day
		day    int64
		offset int32
	}
}

const (
	daySec    = 86400
	dayNano   = daySec * int64(time.Second)
	firstYear = 1678 // what an int64 of nanoseconds holds whole
	lastYear  = 2261
)

// read gives the instant of c. Without a year it is the newest that is at most a day ahead of received.
func (k *clock) read(c *civil, received int64) (Stamp, error) {
	if !c.has {
		return Stamp{}, nil
	}
	s := Stamp{Has: true, Year: c.hasYear, Zone: c.hasZone}
	k.near = received / int64(time.Second)
	if c.hasYear {
		if c.year < firstYear || c.year > lastYear {
			return Stamp{}, errTime
		}
		s.Time = k.instant(c, c.year)
		if c.either && !aDayFrom(received, s.Time) {
			other := *c
			other.month, other.day = c.day, c.month
			if t := k.instant(&other, c.year); aDayFrom(received, t) {
				s.Time = t
			}
		}
		return s, nil
	}
	now := k.yearOf(received)
	for y := now + 1; y > now-12; y-- { // twelve years hold a leap year wherever centuries fall
		if c.month == 2 && c.day == 29 && !leap(y) || y < firstYear || y > lastYear {
			continue
		}
		if s.Time = k.instant(c, y); s.Time <= received+dayNano {
			return s, nil
		}
	}
	return Stamp{}, errTime
}

func aDayFrom(received, t int64) bool { return t >= received-dayNano && t <= received+dayNano }

func (k *clock) yearOf(t int64) int32 {
	if t < k.from || t >= k.to {
		y := time.Unix(0, t).UTC().Year()
		k.year = int32(y)
		k.from = time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
		k.to = time.Date(y+1, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	}
	return k.year
}

func (k *clock) instant(c *civil, year int32) int64 {
	day := days(year, c.month, c.day)
	sec := day*daySec + int64(c.hour)*3600 + int64(c.min)*60 + int64(c.sec)
	switch {
	case c.hasZone:
		sec -= int64(c.offset)
	case k.loc != time.UTC:
		sec -= int64(k.offset(day, sec, c, year))
	}
	return sec*int64(time.Second) + int64(c.nsec)
}

// offset is that of loc at a local time; a day without a change of offset is remembered.
func (k *clock) offset(day, local int64, c *civil, year int32) int32 {
	if k.sameOffset.day == day && day != 0 {
		return k.sameOffset.offset
	}
	_, before := time.Unix((day-1)*daySec, 0).In(k.loc).Zone()
	_, behind := time.Unix((day+2)*daySec, 0).In(k.loc).Zone()
	if before == behind {
		k.sameOffset.day, k.sameOffset.offset = day, int32(before)
		return int32(before)
	}
	if a, b := local-int64(before), local-int64(behind); k.holds(a, before) && k.holds(b, behind) { // the hour that comes twice
		if abs(a-k.near) <= abs(b-k.near) {
			return int32(before)
		}
		return int32(behind)
	}
	t := time.Date(int(year), time.Month(c.month), int(c.day), int(c.hour), int(c.min), int(c.sec), 0, k.loc)
	return int32(local - t.Unix())
}

// holds says whether loc has the offset at t.
func (k *clock) holds(t int64, offset int) bool {
	_, at := time.Unix(t, 0).In(k.loc).Zone()
	return at == offset
}

func abs(n int64) int64 { return max(n, -n) }

// days counts from 1970-01-01 in the Gregorian calendar.
func days(y int32, m, d int8) int64 {
	yy, mm := int64(y), int64(m)
	if mm <= 2 {
		yy--
		mm += 12
	}
	era := yy / 400
	if yy < 0 {
		era = (yy - 399) / 400
	}
	yoe := yy - era*400
	doy := (153*(mm-3)+2)/5 + int64(d) - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}
