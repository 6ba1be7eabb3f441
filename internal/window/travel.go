package window

import (
	"math"
	"strconv"
	"strings"

	"watchpost/internal/event"
)

// trip is where a key of Travel was last, and the last impossible hop.
type trip struct {
	lat, lon float64
	at       int64
	id       event.ID
	text     string
	hop      hop
}

// hop is from one place to the next. It is not saved: a burst takes it up at once.
type hop struct {
	at              int64
	id, to          event.ID
	text, toText    string
	distance, speed float64
}

// Half the Earth's circumference is the farthest that two places can be apart.
const (
	earthRadius = 6371.0 // km
	farthest    = 20_040.0
)

// ParsePlace reads "latitude,longitude" in degrees.
func ParsePlace(s string) (lat, lon float64, ok bool) {
	a, b, found := strings.Cut(s, ",")
	lat, err1 := strconv.ParseFloat(strings.TrimSpace(a), 64)
	lon, err2 := strconv.ParseFloat(strings.TrimSpace(b), 64)
	ok = found && err1 == nil && err2 == nil && math.Abs(lat) <= 90 && math.Abs(lon) <= 180
	return lat, lon, ok
}

// move takes the next place and says whether nobody can have got there in time.
func (m *trip) move(r *ruleState, sig *Signal) bool {
	lat, lon, ok := ParsePlace(sig.Value)
	if !ok {
		return false
	}
	far := false
	if m.at != noTime {
		d := distance(m.lat, m.lon, lat, lon)
		hours := float64(max(sig.Time-m.at, 1e9)) / float64(hour)
		if far = d >= r.spec.Threshold && d > 0 && d/hours > r.spec.Faster; far {
			m.hop = hop{m.at, m.id, sig.ID, m.text, sig.Value, d, d / hours}
		}
	}
	m.lat, m.lon, m.at, m.id, m.text = lat, lon, sig.Time, sig.ID, strings.Clone(shown(sig.Value))
	return far
}

// show puts the last hop into a burst that begins.
func (m *trip) show(b *burst) {
	h := &m.hop
	b.First, b.Count = h.at, 2
	b.IDs = []event.ID{h.id, h.to}
	b.Values = []string{h.text, strings.Clone(shown(h.toText))}
	b.Distance, b.Speed = math.Round(h.distance*10)/10, math.Round(h.speed*10)/10
}

// distance is that of the great circle, in km.
func distance(lat1, lon1, lat2, lon2 float64) float64 {
	rad := math.Pi / 180
	dLat, dLon := (lat2-lat1)*rad, (lon2-lon1)*rad
	a := math.Pow(math.Sin(dLat/2), 2) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * earthRadius * math.Asin(math.Sqrt(min(a, 1)))
}
