package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// zoneFile is the name under which a shard keeps what it learned of zones, beside its spool: else the first
// ten records of each host after a restart would be read in the wrong zone.
const zoneFile = "zones.json"

// keptZones is the file's content.
type keptZones struct {
	Zone  string     `json:"zone"` // that of all, which the offsets count from
	Hosts []keptHost `json:"hosts"`
}

type keptHost struct {
	Tenant   string `json:"tenant"`
	Listener string `json:"listener"`
	Address  string `json:"address"` // of the sender
	Host     string `json:"host"`
	Offset   int32  `json:"offset"` // seconds that its times are ahead
}

// maxZoneFile bounds what is read: maxLearned hosts, with room for long names.
const maxZoneFile = 8 << 20

// keep writes what was learned to dir, if that has changed. Nothing is lost by a fault but what ten records teach anew.
func (z *zones) keep(dir, zone string) error {
	if !z.dirty || dir == "" {
		return nil
	}
	z.dirty = false
	kept := keptZones{Zone: zone, Hosts: []keptHost{}}
	for key, l := range z.learned {
		if part := strings.Split(key, "\x00"); l.offset != 0 && len(part) == 5 {
			kept.Hosts = append(kept.Hosts, keptHost{part[0], part[1], part[2], part[3], l.offset})
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, zoneFile)
	if err := os.WriteFile(path+".tmp", text, 0o600); err != nil {
		return fmt.Errorf("learned zones: %w", err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return fmt.Errorf("learned zones: %w", err)
	}
	return nil
}

// recall takes up what the shards of an earlier run learned, its own last: a host may have gone to another shard then.
func (z *zones) recall(root, own, zone string) error {
	if root == "" {
		return nil
	}
	all, err := filepath.Glob(filepath.Join(root, "*", zoneFile))
	if err != nil {
		return err
	}
	for _, path := range append(all, filepath.Join(own, zoneFile)) {
		if err := z.load(path, zone); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("learned zones: %s: %w", path, err)
		}
	}
	return nil
}

func (z *zones) load(path, zone string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxZoneFile))
	if err != nil {
		return err
	}
	var kept keptZones
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&kept); err != nil {
		return err
	}
	if kept.Zone != zone { // they count from another
		return nil
	}
	for _, h := range kept.Hosts {
		d := time.Duration(h.Offset) * time.Second
		if len(z.learned) >= maxLearned || d == 0 || d%quarter != 0 || d < westmost || d > eastmost {
			continue
		}
		z.learned[h.Tenant+"\x00"+h.Listener+"\x00"+h.Address+"\x00"+h.Host+"\x00"] = &learnedZone{offset: h.Offset}
	}
	return nil
}
