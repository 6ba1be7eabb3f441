package normalise

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"

	"watchpost/internal/event"
)

// Geo knows countries, places and autonomous systems of addresses from the *.mmdb files of a folder. It may be shared.
type Geo struct {
	folder  string
	current atomic.Pointer[geoFiles]
}

// geoFiles are the files as they were read at one time.
type geoFiles struct{ readers []*maxminddb.Reader }

// maxGeo bounds a file, which is held in memory: one that changes under a mapping would kill the process.
const maxGeo = 512 << 20

// OpenGeo reads the files of folder, in order of their names: where two know the same fact the first counts. An empty
// name and a folder that does not exist hold no file.
func OpenGeo(folder string) (*Geo, error) {
	g := &Geo{folder: folder}
	swap, err := g.Reload()
	if err != nil {
		return nil, err
	}
	swap()
	return g, nil
}

// Reload reads the folder again; swap puts what was read to use. An error, which names the file, leaves all as it is.
func (g *Geo) Reload() (swap func(), err error) {
	names, err := geoNames(g.folder)
	if err != nil {
		return nil, err
	}
	next := &geoFiles{}
	var faults []error
	for _, name := range names {
		r, err := openGeo(name)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
			continue
		}
		next.readers = append(next.readers, r)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return func() { g.current.Store(next) }, nil
}

// Files counts the files in use.
func (g *Geo) Files() int { return len(g.current.Load().readers) }

func geoNames(folder string) ([]string, error) {
	if folder == "" {
		return nil, nil
	}
	list, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range list {
		if strings.HasSuffix(f.Name(), ".mmdb") && !f.IsDir() {
			names = append(names, filepath.Join(folder, f.Name()))
		}
	}
	slices.Sort(names)
	return names, nil
}

func openGeo(name string) (*maxminddb.Reader, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxGeo {
		return nil, fmt.Errorf("%d bytes: at most %d are read", info.Size(), maxGeo)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return maxminddb.OpenBytes(data)
}

// Place is what is known of an address; what is not known is empty.
type Place struct {
	Country     string // ISO 3166-1 alpha-2
	CountryName string // English
	City        string // English
	Location    string // latitude,longitude in degrees
	AS          int64
	ASName      string
}

// Lookup gives what is known of a. Files may have MaxMind's layout (country.iso_code, location.latitude), the flat one of
// ip-location-db (country_code, latitude) or IPinfo's (country, asn "AS64500", as_name).
func (g *Geo) Lookup(a netip.Addr) Place {
	var p Place
	for _, r := range g.current.Load().readers {
		res := r.Lookup(a)
		if !res.Found() {
			continue
		}
		var record map[string]any
		if res.Decode(&record) != nil { // a damaged record is one that does not know
			continue
		}
		p.fill(record)
	}
	return p
}

func (p *Place) fill(record map[string]any) {
	text := func(to *string, paths ...string) {
		for _, path := range paths {
			if *to == "" {
				*to, _ = dig(record, path).(string)
			}
		}
	}
	text(&p.Country, "country.iso_code", "country_code", "country_iso_code", "country", "registered_country.iso_code")
	text(&p.CountryName, "country.names.en", "country_name")
	text(&p.City, "city.names.en", "city")
	text(&p.ASName, "autonomous_system_organization", "as_organization", "as_name", "as_org")
	if len(p.Country) != 2 { // a name, in a layout that is none of these
		p.Country = ""
	}
	if p.AS == 0 {
		p.AS = system(record)
	}
	if p.Location == "" {
		p.Location = location(record)
	}
}

func system(record map[string]any) int64 {
	for _, path := range []string{"autonomous_system_number", "as_number", "asn"} {
		if n, ok := number(dig(record, path)); ok && n > 0 && n <= math.MaxUint32 {
			return int64(n)
		}
	}
	return 0
}

func location(record map[string]any) string {
	for _, path := range [][2]string{{"location.latitude", "location.longitude"}, {"latitude", "longitude"}, {"lat", "lng"}} {
		lat, ok := number(dig(record, path[0]))
		lon, also := number(dig(record, path[1]))
		if ok && also && math.Abs(lat) <= 90 && math.Abs(lon) <= 180 {
			return strconv.FormatFloat(lat, 'f', -1, 64) + "," + strconv.FormatFloat(lon, 'f', -1, 64)
		}
	}
	return ""
}

// dig follows the names of path, which dots divide.
func dig(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case uint64:
		return float64(v), true
	case uint32:
		return float64(v), true
	case uint16:
		return float64(v), true
	case int32:
		return float64(v), true
	case string: // numbers stand as texts in some files, systems with AS before them
		f, err := strconv.ParseFloat(strings.TrimPrefix(v, "AS"), 64)
		return f, err == nil
	}
	return 0, false
}

// Places fills the geo and as fields of rows. It remembers what it looked up and belongs to one goroutine.
type Places struct {
	geo   *Geo
	files *geoFiles // of which known is
	known map[string]Place
}

// maxKnown bounds what Places remembers: some 10 MB.
const maxKnown = 1 << 16

// NewPlaces looks up in g.
func NewPlaces(g *Geo) *Places { return &Places{geo: g} }

// sides are the fields of an address and of what is known of it.
var sides = [...]struct {
	address, country, countryName, city, location, as, asName event.Field
}{
	{event.SourceIP, event.SourceGeoCountryIsoCode, event.SourceGeoCountryName, event.SourceGeoCityName, event.SourceGeoLocation,
		event.SourceAsNumber, event.SourceAsOrganizationName},
	{event.DestinationIP, event.DestinationGeoCountryIsoCode, event.DestinationGeoCountryName, event.DestinationGeoCityName, event.DestinationGeoLocation,
		event.DestinationAsNumber, event.DestinationAsOrganizationName},
}

// Row fills in what is known of the addresses of the open row of b, after Form. What the record itself says stays.
func (p *Places) Row(b *event.Batch) {
	files := p.geo.current.Load()
	if len(files.readers) == 0 {
		return
	}
	if p.files != files || len(p.known) >= maxKnown {
		p.files, p.known = files, make(map[string]Place)
	}
	e := event.Event{Batch: b, Row: b.Rows()}
	for i := range sides {
		s := &sides[i]
		if !e.Has(s.address) {
			continue
		}
		place := p.lookup(e.Str(s.address))
		if place == (Place{}) {
			continue
		}
		set := func(f event.Field, v string) {
			if v != "" && !e.Present(f) {
				e.SetString(f, v)
			}
		}
		set(s.country, place.Country)
		set(s.countryName, place.CountryName)
		set(s.city, place.City)
		set(s.location, place.Location)
		set(s.asName, place.ASName)
		if place.AS != 0 && !e.Present(s.as) {
			e.SetInt(s.as, place.AS)
		}
	}
}

func (p *Places) lookup(addr string) Place {
	if place, ok := p.known[addr]; ok || addr == "" {
		return place
	}
	var place Place
	if a, err := netip.ParseAddr(addr); err == nil && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
		place = p.geo.Lookup(a)
	}
	p.known[strings.Clone(addr)] = place
	return place
}
