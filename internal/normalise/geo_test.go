package normalise

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"watchpost/internal/event"
)

// database writes an MMDB file of networks and what is known of them.
func database(t *testing.T, name string, records map[string]mmdbtype.Map) {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "test", RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for network, record := range records {
		_, n, err := net.ParseCIDR(network)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Insert(n, record); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

type (
	fields = mmdbtype.Map
	text   = mmdbtype.String
)

func TestGeo(t *testing.T) {
	folder := t.TempDir()
	database(t, filepath.Join(folder, "10-city.mmdb"), map[string]fields{
		"203.0.113.0/24": {
			"country":  fields{"iso_code": text("NZ"), "names": fields{"en": text("New Zealand"), "de": text("Neuseeland")}},
			"city":     fields{"names": fields{"en": text("Napier")}},
			"location": fields{"latitude": mmdbtype.Float64(-39.5), "longitude": mmdbtype.Float64(176.875)},
		},
		"198.51.100.0/24": {"country": fields{"iso_code": text("NZ")}, "location": fields{"latitude": mmdbtype.Float64(91), "longitude": mmdbtype.Float64(0)}},
	})
	database(t, filepath.Join(folder, "20-flat.mmdb"), map[string]fields{
		"203.0.113.0/25":  {"country_code": text("AU"), "autonomous_system_number": mmdbtype.Uint32(64500), "autonomous_system_organization": text("Example Net")},
		"192.0.2.0/24":    {"country_code": text("IS"), "latitude": mmdbtype.Float32(64.5), "longitude": mmdbtype.Float32(-22), "city": text("Keflavik")},
		"2001:db8:1::/48": {"country": text("FI"), "asn": text("AS64501"), "as_name": text("Other Net"), "lat": text("60.25"), "lng": text("25")},
		"2001:db8:2::/48": {"country": text("Finland"), "asn": text("none"), "lat": text("far"), "lng": text("25")},
	})
	g, err := OpenGeo(folder)
	if err != nil || g.Files() != 2 {
		t.Fatalf("%d files, %v", g.Files(), err)
	}
	f := func(addr string, want Place) {
		t.Helper()
		if got := g.Lookup(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %+v, should be %+v", addr, got, want)
		}
	}
	f("203.0.113.7", Place{"NZ", "New Zealand", "Napier", "-39.5,176.875", 64500, "Example Net"})
	f("203.0.113.200", Place{"NZ", "New Zealand", "Napier", "-39.5,176.875", 0, ""})
	f("198.51.100.1", Place{Country: "NZ"})
	f("192.0.2.1", Place{Country: "IS", City: "Keflavik", Location: "64.5,-22"})
	f("2001:db8:1::9", Place{Country: "FI", Location: "60.25,25", AS: 64501, ASName: "Other Net"})
	f("2001:db8:2::9", Place{})
	f("100.64.0.1", Place{})

	var b event.Batch
	places := NewPlaces(g)
	row := func(source, destination, own string) event.Event {
		b.Begin([]byte("x"), 1)
		b.SetString(event.SourceIP, source)
		b.SetString(event.DestinationIP, destination)
		b.SetString(event.SourceGeoCountryIsoCode, own)
		places.Row(&b)
		b.End()
		return b.Event(b.Rows() - 1)
	}
	e := row("203.0.113.7", "2001:db8:1::9", "")
	if as, _ := e.Int(event.SourceAsNumber); e.Str(event.SourceGeoCountryIsoCode) != "NZ" || e.Str(event.DestinationGeoCountryIsoCode) != "FI" || as != 64500 || e.Str(event.SourceGeoLocation) != "-39.5,176.875" {
		t.Errorf("row: %s", e.AppendJSON(nil, nil))
	}
	if e := row("203.0.113.7", "10.0.0.1", "FR"); e.Str(event.SourceGeoCountryIsoCode) != "FR" || e.Present(event.DestinationGeoCountryIsoCode) {
		t.Errorf("the record's own word: %s", e.AppendJSON(nil, nil))
	}

	// A damaged file leaves what was read; a new one is taken up, by rows too.
	bad := filepath.Join(folder, "30-bad.mmdb")
	if err := os.WriteFile(bad, []byte("no database"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Reload(); err == nil || !strings.Contains(err.Error(), "30-bad.mmdb") {
		t.Errorf("damaged file: %v", err)
	}
	database(t, bad, nil)
	database(t, filepath.Join(folder, "10-city.mmdb"), map[string]fields{"203.0.113.0/24": {"country_code": text("CK")}})
	swap, err := g.Reload()
	if err != nil {
		t.Fatal(err)
	}
	swap()
	if e := row("203.0.113.7", "", ""); e.Str(event.SourceGeoCountryIsoCode) != "CK" {
		t.Errorf("after the reload: %s", e.AppendJSON(nil, nil))
	}
	if g, err := OpenGeo(filepath.Join(folder, "none")); err != nil || g.Files() != 0 {
		t.Errorf("no folder: %v", err)
	}
}
