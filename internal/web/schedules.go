package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"watchpost/internal/hunt/pack"
)

// Schedule is what the API keeps of a schedule, an object of kind KindSchedule, beside those of the configuration. Its tenant is the object's.
type Schedule struct {
	Pack   string            `json:"pack"`
	Every  int64             `json:"every_seconds"`
	Range  int64             `json:"range_seconds"` // 0: as far back as the run before
	Hunts  []string          `json:"hunts"`         // ids; none: all
	Params map[string]string `json:"params"`
}

// Of gives the schedule as the configuration would have it, for tenants.
func (b Schedule) Of(tenants ...string) ScheduledPack {
	return ScheduledPack{Pack: b.Pack, Every: time.Duration(b.Every) * time.Second, Range: time.Duration(b.Range) * time.Second, Tenants: tenants, Hunts: b.Hunts, Params: b.Params}
}

// scheduleJSON is a schedule as the API gives it.
type scheduleJSON struct {
	ID         string     `json:"id"`
	Tenants    []string   `json:"tenants"`    // those of the caller's that it is for
	Configured bool       `json:"configured"` // it stands in the configuration, where alone it can be changed
	Owner      string     `json:"owner,omitempty"`
	Version    uint32     `json:"version,omitempty"`
	Changed    *time.Time `json:"changed,omitempty"`
	Schedule
}

// maxSchedules bounds the schedules of a tenant that the API makes.
const maxSchedules = 32

// configuredID begins the ids of schedules of the configuration.
const configuredID = "configuration-"

func showSchedule(o Object) (j scheduleJSON, err error) {
	j = scheduleJSON{ID: o.ID, Tenants: []string{o.Tenant}, Owner: o.Owner, Version: o.Version, Changed: &o.Time}
	return j, json.Unmarshal(o.Body, &j.Schedule)
}

// configuredSchedules are those of the configuration that concern tenants.
func (s *Server) configuredSchedules(tenants []string) []scheduleJSON {
	out := []scheduleJSON{}
	for i, p := range s.o.Packs {
		seen := append([]string{}, tenants...)
		if len(p.Tenants) > 0 {
			seen = slices.DeleteFunc(seen, func(t string) bool { return !slices.Contains(p.Tenants, t) })
		}
		if len(seen) == 0 {
			continue
		}
		b := Schedule{p.Pack, int64(p.Every / time.Second), int64(p.Range / time.Second), append([]string{}, p.Hunts...), map[string]string{}}
		for k, v := range p.Params {
			b.Params[k] = v
		}
		out = append(out, scheduleJSON{ID: fmt.Sprint(configuredID, i), Tenants: seen, Configured: true, Schedule: b})
	}
	return out
}

func (s *Server) schedules(w http.ResponseWriter, r *http.Request) {
	tenants := principalOf(r).Tenants
	out := s.configuredSchedules(tenants)
	list, err := s.desk.Objects(r.Context(), tenants, KindSchedule, "", "", false)
	for _, o := range list {
		j, bad := showSchedule(o)
		out, err = append(out, j), errors.Join(err, bad)
	}
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	answer(w, map[string]any{"schedules": out})
}

// checkSchedule reports every fault of a schedule for a tenant; id is its own, "" if it is new.
func (s *Server) checkSchedule(r *http.Request, b *Schedule, tenant, id string) error {
	if limit := int64(maxRange / time.Second); b.Every > limit || b.Range > limit { // before they become durations
		return &Fault{fmt.Errorf("every_seconds, range_seconds: more than %d", limit)}
	}
	p := b.Of(tenant)
	faults := append(p.check(), s.checkHunts(p))
	if err := errors.Join(faults...); err != nil {
		return &Fault{err}
	}
	b.Hunts = append([]string{}, b.Hunts...)
	if b.Params == nil {
		b.Params = map[string]string{}
	}
	if slices.ContainsFunc(s.o.Packs, p.overlaps) {
		return fmt.Errorf("%w: pack %s is on a schedule of the configuration", errTaken, b.Pack)
	}
	list, err := s.desk.Objects(r.Context(), []string{tenant}, KindSchedule, "", "", false)
	if err != nil {
		return err
	}
	if id == "" && len(list) >= maxSchedules {
		return &Fault{fmt.Errorf("a tenant has at most %d schedules", maxSchedules)}
	}
	for _, o := range list {
		other, err := showSchedule(o)
		if err != nil {
			return err
		}
		if o.ID != id && other.Pack == b.Pack {
			return fmt.Errorf("%w: pack %s is on the schedule %s", errTaken, b.Pack, o.ID)
		}
	}
	return nil
}

// errTaken says that there is such a thing already.
var errTaken = errors.New("there is one already")

// checkHunts reports what of a pack there is not.
func (s *Server) checkHunts(p ScheduledPack) error {
	packs, err := s.desk.Packs()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(packs, func(o pack.Pack) bool { return o.Name == p.Pack })
	if i < 0 {
		return fmt.Errorf("pack: %.100q: %w", p.Pack, ErrNoPack)
	}
	if len(p.Hunts) > pack.MaxHunts || len(p.Params) > pack.MaxHunts {
		return errors.New("hunts, params: they are too many")
	}
	var faults []error
	for _, id := range p.Hunts {
		if !slices.ContainsFunc(packs[i].Hunts, func(h pack.Hunt) bool { return h.ID == id }) {
			faults = append(faults, fmt.Errorf("hunts: pack %s has none with the id %.100q", p.Pack, id))
		}
	}
	for name := range p.Params {
		if !slices.ContainsFunc(packs[i].Hunts, func(h pack.Hunt) bool {
			return (len(p.Hunts) == 0 || slices.Contains(p.Hunts, h.ID)) && slices.ContainsFunc(h.Params, func(p pack.Param) bool { return p.Name == name })
		}) {
			faults = append(faults, fmt.Errorf("params: no hunt has a parameter %.40q", name))
		}
	}
	return errors.Join(faults...)
}

func (s *Server) addSchedule(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Schedule
		Tenant string `json:"tenant"`
	}
	if !read(w, r, &in) {
		return
	}
	tenant, err := tenantOf(r, in.Tenant)
	if err != nil {
		refuse(w, err)
		return
	}
	if err := s.checkSchedule(r, &in.Schedule, tenant, ""); err != nil {
		s.wrong(w, r, err)
		return
	}
	o, err := s.next(r, Object{Tenant: tenant, Kind: KindSchedule, ID: newID(), Owner: principalOf(r).User, Shared: true}, in.Schedule)
	s.answerSchedule(w, r, "schedule.create", o, err, created)
}

func (s *Server) answerSchedule(w http.ResponseWriter, r *http.Request, action string, o Object, err error, answer func(http.ResponseWriter, any)) {
	var j scheduleJSON
	if err == nil {
		j, err = showSchedule(o)
	}
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	s.audit(r, action, map[string]any{"id": o.ID, "tenant": o.Tenant, "version": o.Version, "pack": j.Pack, "every_seconds": j.Every})
	answer(w, j)
}

// ownSchedule gives a schedule that the API may change.
func (s *Server) ownSchedule(r *http.Request) (Object, error) {
	id := r.PathValue("id")
	if strings.HasPrefix(id, configuredID) && slices.ContainsFunc(s.configuredSchedules(principalOf(r).Tenants), func(j scheduleJSON) bool { return j.ID == id }) {
		return Object{}, fmt.Errorf("%w: it stands in the configuration, query.packs, and is changed there", errTaken)
	}
	return s.one(r, KindSchedule, "", id, nil)
}

func (s *Server) putSchedule(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Schedule
		Version uint32 `json:"version"` // that was seen; 0: whichever
	}
	if !read(w, r, &in) {
		return
	}
	o, err := s.ownSchedule(r)
	if err == nil {
		err = cmp.Or(o.seen(in.Version), s.checkSchedule(r, &in.Schedule, o.Tenant, o.ID))
	}
	if err == nil {
		o, err = s.next(r, o, in.Schedule)
	}
	s.answerSchedule(w, r, "schedule.change", o, err, answer)
}

func (s *Server) deleteSchedule(w http.ResponseWriter, r *http.Request) {
	o, err := s.ownSchedule(r)
	s.remove(w, r, o, err, "schedule.delete", map[string]any{"id": o.ID, "tenant": o.Tenant})
}

const maxRuns = 100

// runsOf lists the runs of a pack.
func (s *Server) runsOf(w http.ResponseWriter, r *http.Request) {
	p := params{v: r.URL.Query(), now: s.now()}
	limit := p.number("limit", 24, 1, maxRuns)
	tenants := principalOf(r).Tenants
	if asked := p.v.Get("tenant"); asked != "" {
		t, err := tenantOf(r, asked)
		if err != nil {
			p.faults = append(p.faults, err)
		}
		tenants = []string{t}
	}
	if err := p.done("tenant"); err != nil {
		refuse(w, err)
		return
	}
	list, err := s.desk.RunsOf(r.Context(), tenants, r.PathValue("name"), limit)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	s.audit(r, "hunts.runs", map[string]any{"pack": r.PathValue("name")})
	answer(w, map[string]any{"runs": append([]ScheduledRun{}, list...)})
}

// runNow runs a pack for a tenant and keeps what came of it. What is not asked for is as on the pack's schedule, if it is on one.
func (s *Server) runNow(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Tenant string            `json:"tenant"`
		Range  int64             `json:"range_seconds"`
		Hunts  []string          `json:"hunts"`
		Params map[string]string `json:"params"`
	}
	if !read(w, r, &in) {
		return
	}
	tenant, err := tenantOf(r, in.Tenant)
	if in.Range < 0 || in.Range > int64(maxRange/time.Second) {
		err = errors.Join(err, fmt.Errorf("range_seconds: %d: want at most %d", in.Range, int64(maxRange/time.Second)))
	}
	if err != nil {
		refuse(w, err)
		return
	}
	p, err := s.scheduled(r, r.PathValue("name"), tenant)
	if err != nil {
		s.wrong(w, r, err)
		return
	}
	if in.Range > 0 {
		p.Range = time.Duration(in.Range) * time.Second
	}
	if len(in.Hunts) > 0 {
		p.Hunts = in.Hunts
	}
	if len(in.Params) > 0 {
		p.Params = in.Params
	}
	out, err := s.desk.RunNow(r.Context(), p, principalOf(r).User, principalOf(r).Person)
	if err != nil {
		s.pastFailed(w, r, err)
		return
	}
	s.audit(r, "hunts.run", map[string]any{"pack": p.Pack, "tenant": tenant, "kept": true})
	created(w, out)
}

// scheduled gives a pack as it is scheduled for a tenant, or once a day if it is not.
func (s *Server) scheduled(r *http.Request, name, tenant string) (ScheduledPack, error) {
	p := ScheduledPack{Pack: name, Every: 24 * time.Hour, Tenants: []string{tenant}}
	if i := slices.IndexFunc(s.o.Packs, p.overlaps); i >= 0 {
		p = s.o.Packs[i]
		p.Tenants = []string{tenant}
		return p, nil
	}
	list, err := s.desk.Objects(r.Context(), []string{tenant}, KindSchedule, "", "", false)
	for _, o := range list {
		if j, bad := showSchedule(o); bad == nil && j.Pack == name {
			return j.Of(tenant), nil
		}
	}
	return p, err
}
