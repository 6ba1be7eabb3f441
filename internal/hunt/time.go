package hunt

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var units = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}

// ParseTime reads a moment: RFC 3339, a day such as 2026-01-31 (UTC), or relative to now: "now", "-1h", "now-15m", "now-1d/d". Units are s, m, h, d, w;
// "/d" and the like round down, in UTC.
func ParseTime(s string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Year() < 1900 || t.Year() > 2261 {
				return time.Time{}, fmt.Errorf("time %.40q: the year should be from 1900 to 2261", s)
			}
			return t.UTC(), nil
		}
	}
	fault := fmt.Errorf(`time %.40q: want "-1h", "now", "now-15m" or "2026-01-31T12:00:00Z"`, s)
	rest, t := s, now.UTC()
	if r, ok := strings.CutPrefix(s, "now"); ok {
		rest = r
	} else if s == "" || s[0] != '-' && s[0] != '+' {
		return time.Time{}, fault
	}
	for rest != "" {
		op := rest[0]
		digits := 1
		for digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9' {
			digits++
		}
		if digits == len(rest) {
			return time.Time{}, fault
		}
		unit, known := units[rest[digits]]
		n, err := strconv.ParseInt(rest[1:digits], 10, 32)
		switch {
		case !known:
			return time.Time{}, fault
		case op == '/' && digits == 1:
			t = t.Truncate(unit)
		case (op == '-' || op == '+') && err == nil && time.Duration(n) <= 100*365*24*time.Hour/unit:
			if op == '-' {
				n = -n
			}
			t = t.Add(time.Duration(n) * unit)
		default:
			return time.Time{}, fault
		}
		rest = rest[digits+1:]
	}
	return t, nil
}
