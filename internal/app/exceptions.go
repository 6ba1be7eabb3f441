package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"watchpost/internal/config"
	"watchpost/internal/rule"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// exceptedEvery is how often processes look whether exceptions were written by the API of another.
const exceptedEvery = 5 * time.Second

// excepted are the exceptions that the API keeps in the store, as far as this process has read them.
type excepted struct {
	store  *store.Store
	takeUp func() // builds the rules anew

	mu     sync.Mutex
	rows   []web.Object
	state  string            // of rows: changes with them
	used   map[string]bool   // by id, of the rules that were built last
	faults map[string]string // by id, why it is not used
}

// read looks at what is stored, and says whether it is other than before.
func (x *excepted) read(ctx context.Context) (changed bool, err error) {
	d := desk{store: x.store}
	rows, err := d.objects(ctx, store.ObjectFilter{Kind: web.KindException, Limit: maxObjects})
	if err != nil {
		return false, err
	}
	var state strings.Builder
	for _, o := range rows {
		fmt.Fprintf(&state, "%s %s %d\n", o.Tenant, o.ID, o.Version)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	changed = x.state != state.String()
	x.rows, x.state = rows, state.String()
	return changed, nil
}

// Run takes up what is written elsewhere until ctx ends.
func (x *excepted) Run(ctx context.Context) error {
	tick := time.NewTicker(exceptedEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if changed, err := x.read(ctx); err == nil && changed { // what was read before stays in use while the store does not answer
			x.takeUp()
		}
	}
}

// asFile gives an exception as a file of folder exceptions/ has it. A text of JSON is one of YAML.
func asFile(e web.RuleException, tenant string) ([]byte, error) {
	out, begin := []byte(nil), "- "
	for _, k := range [][2]string{{"rule", e.Rule}, {"tenant", tenant}, {"match", e.Match}, {"owner", e.Owner}, {"reason", e.Reason}, {"expires", e.Expires.UTC().Format(time.RFC3339)}} {
		text, err := json.Marshal(k[1])
		if err != nil {
			return nil, err
		}
		out = append(fmt.Appendf(out, "%s%s: %s", begin, k[0], text), '\n')
		begin = "  "
	}
	return out, nil
}

// exceptionFile begins what stands for a file's name; the id follows.
const exceptionFile = "exception "

// on gives set with what is stored. What does not fit, because its rule went away for example, is left out and told of.
func (x *excepted) on(set *rule.Set) *rule.Set {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.used, x.faults = map[string]bool{}, map[string]string{}
	var all []*rule.Exception
	for _, o := range x.rows {
		e, err := web.ExceptionOf(o)
		var text []byte
		if err == nil {
			text, err = asFile(e, o.Tenant)
		}
		var list []*rule.Exception
		if err == nil {
			list, err = set.ReadExceptions(exceptionFile+o.ID, text)
		}
		if err != nil {
			x.faults[o.ID] = err.Error()
			continue
		}
		all = append(all, list...)
	}
	with, faults := set.With(all)
	for _, err := range faults {
		file, why, _ := strings.Cut(err.Error(), ": ")
		x.faults[strings.TrimPrefix(file, exceptionFile)] = why
	}
	for _, o := range x.rows {
		x.used[o.ID] = x.faults[o.ID] == ""
	}
	return with
}

// warning says which exceptions are not in use.
func (x *excepted) warning() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id, why := range x.faults {
		return fmt.Sprintf("%d of those that the API keeps are not in use, such as %s: %s", len(x.faults), id, why)
	}
	return ""
}

// CheckException implements web.Past.
func (p *past) CheckException(e web.RuleException, tenant string) error {
	set, err := p.rules.loaded()
	if err != nil {
		return err
	}
	if _, err := set.Compile(e.Match); err != nil {
		return &web.Fault{Err: fmt.Errorf("match: %w", err)} // with the place in it
	}
	text, err := asFile(e, tenant)
	if err != nil {
		return err
	}
	list, err := set.ReadExceptions("exception", text)
	if err != nil {
		return &web.Fault{Err: err}
	}
	if _, faults := set.With(list); len(faults) > 0 {
		return &web.Fault{Err: errors.Join(faults...)}
	}
	return nil
}

// UseExceptions implements web.Past.
func (p *past) UseExceptions(ctx context.Context) (map[string]bool, map[string]string) {
	if changed, err := p.excepted.read(ctx); err == nil && changed { // else the next look takes it up
		p.excepted.takeUp()
	}
	return p.UsedExceptions()
}

// UsedExceptions implements web.Past.
func (p *past) UsedExceptions() (map[string]bool, map[string]string) {
	p.excepted.mu.Lock()
	defer p.excepted.mu.Unlock()
	return p.excepted.used, p.excepted.faults // which are made anew, and never changed
}

// rulesOf reads the rules that c names, with the exceptions that the API keeps.
func (s *Service) rulesOf(c config.Config) (*rule.Set, *indicators, error) {
	set, in, err := configuredSet(c)
	if err != nil {
		return nil, nil, err
	}
	return s.excepted.on(set), in, nil
}

// startExceptions reads what the API keeps of exceptions, for a process that has rules; excepted.Run follows.
func (s *Service) startExceptions(ctx context.Context) error {
	s.excepted = &excepted{store: s.store, takeUp: func() { s.takeUp("rules", "exceptions of the API") }}
	if _, err := s.excepted.read(ctx); err != nil {
		return err
	}
	s.ops.warn("exceptions", s.excepted.warning)
	return nil
}
