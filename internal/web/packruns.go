package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"watchpost/internal/rights"
)

// ScheduledPack is a pack of hunts that is run every so often.
type ScheduledPack struct {
	Pack    string            `yaml:"pack"`    // its name
	Every   time.Duration     `yaml:"every"`   // how often, 15m to 744h: at whole multiples, in UTC
	Range   time.Duration     `yaml:"range"`   // how far each run looks back; 0: as far as the one before
	Tenants []string          `yaml:"tenants"` // each by itself; none: all that exist
	Hunts   []string          `yaml:"hunts"`   // their ids; none: all of the pack
	Params  map[string]string `yaml:"params"`  // values of the hunts' parameters
}

// SetDefaults fills an entry before its keys are read.
func (p *ScheduledPack) SetDefaults() { p.Every = 24 * time.Hour }

// Bounds of schedules.
const (
	minEvery = 15 * time.Minute
	maxEvery = 31 * 24 * time.Hour
	maxRange = 366 * 24 * time.Hour
)

// checkPacks reports every fault of the schedules.
func (o Options) checkPacks() (faults []error) {
	for i, p := range o.Packs {
		list := p.check()
		if slices.ContainsFunc(o.Packs[:i], p.overlaps) {
			list = append(list, fmt.Errorf("pack: %s is run on another schedule already, for the same tenants", p.Pack))
		}
		for _, err := range list {
			faults = append(faults, fmt.Errorf("packs[%d]: %w", i, err))
		}
	}
	return faults
}

// check reports every fault of a schedule by itself.
func (p ScheduledPack) check() (faults []error) {
	fault := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	if p.Pack == "" {
		fault("pack: is missing")
	}
	if p.Every < minEvery || p.Every > maxEvery {
		fault("every: %v: want %v to %v", p.Every, minEvery, maxEvery)
	}
	if p.Range < 0 || p.Range > maxRange {
		fault("range: %v: want at most %v", p.Range, maxRange)
	}
	for _, t := range p.Tenants {
		if !rights.TenantName(t) {
			fault("tenants: %.40q is not of 1 to 32 characters a-z, 0-9, -", t)
		}
	}
	return faults
}

// overlaps says whether o runs the same pack for a tenant of p.
func (p ScheduledPack) overlaps(o ScheduledPack) bool {
	return o.Pack == p.Pack && (len(p.Tenants) == 0 || len(o.Tenants) == 0 || slices.ContainsFunc(p.Tenants, func(t string) bool { return slices.Contains(o.Tenants, t) }))
}

// PackRuns knows what came of packs that are run on a schedule.
type PackRuns interface {
	// PackRuns gives the last run of each pack of the schedule for each of the tenants, with what changed since runs before.
	PackRuns(ctx context.Context, tenants []string) ([]ScheduledRun, error)
	// RunsOf gives the newest runs of a pack for each of the tenants, whoever began them, the last first, each with what changed since those before.
	RunsOf(ctx context.Context, tenants []string, pack string, limit int) ([]ScheduledRun, error)
	// RunNow runs p, of a single tenant, up to now, and keeps what came of it among the runs of the pack. The error is ErrNoPack, ErrBusy, or a
	// *Fault where the question is wrong.
	RunNow(ctx context.Context, p ScheduledPack, user, person string) (*ScheduledRun, error)
}

// ScheduledRun is a run of a pack for a tenant.
type ScheduledRun struct {
	Pack     string          `json:"pack"`
	Tenant   string          `json:"tenant"`
	Every    int64           `json:"every_seconds,omitempty"` // of the schedule; 0: there is none
	Next     *time.Time      `json:"next,omitempty"`          // when the schedule runs it again
	By       string          `json:"by,omitempty"`            // who asked for it; "": the schedule
	From     *time.Time      `json:"from,omitempty"`          // of the last run; none of these if there was none yet
	To       *time.Time      `json:"to,omitempty"`
	Started  *time.Time      `json:"started,omitempty"`
	Finished *time.Time      `json:"finished,omitempty"` // missing: it is under way, or its process ended
	Error    string          `json:"error,omitempty"`    // why it did not run
	Hunts    []ScheduledHunt `json:"hunts"`
}

// ScheduledHunt is what a hunt of a run found.
type ScheduledHunt struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Count     uint64  `json:"count"`
	Change    *int64  `json:"change,omitempty"`     // since the run before; missing if that one has no count
	ChangeDay *int64  `json:"change_24h,omitempty"` // since the newest run that ended at least 24 h before
	Top       []Value `json:"top"`
	Error     string  `json:"error,omitempty"`
}

func (s *Server) packRuns(w http.ResponseWriter, r *http.Request) {
	list, err := s.desk.PackRuns(r.Context(), principalOf(r).Tenants)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	s.audit(r, "hunts.runs", nil)
	answer(w, map[string]any{"runs": append([]ScheduledRun{}, list...)})
}
