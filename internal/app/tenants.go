package app

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"watchpost/internal/audit"
	"watchpost/internal/config"
	"watchpost/internal/store"
)

// tenantsOf lists the tenants that the configuration names.
func tenantsOf(c config.Config) []string {
	out := []string{"default"}
	for _, l := range c.Listen.UDP {
		out = append(out, l.Tenant)
	}
	for _, l := range c.Listen.TCP {
		out = append(out, l.Tenant)
	}
	for _, l := range c.Listen.Agents {
		out = append(out, l.Tenant)
		for _, t := range l.Tokens {
			out = append(out, t.Tenant)
		}
	}
	for _, l := range c.Listen.RELP {
		out = append(out, l.Tenant)
	}
	for t := range c.ClickHouse.Retention.Tenants {
		out = append(out, t)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// tenantsFor is how old the list of tenants may be.
const tenantsFor = 30 * time.Second

// knownTenants are those that the configuration names and those that ever sent something. Methods may be called at once.
type knownTenants struct {
	store *store.Store
	named []string

	mu    sync.Mutex
	all   []string
	asked time.Time
}

// list gives the tenants, sorted. While the store does not answer it is the list from before.
func (k *knownTenants) list(ctx context.Context) ([]string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := time.Now(); k.all == nil || now.Sub(k.asked) > tenantsFor {
		k.asked = now
		sent, err := k.store.Tenants(ctx)
		if err != nil && k.all == nil {
			return k.named, nil // a search will find out that the store is away, and say so better
		}
		if err == nil {
			all := append(slices.Clone(k.named), sent...)
			slices.Sort(all)
			k.all = slices.Compact(all)
		}
	}
	return k.all, nil
}

// auditTable adapts the store.
type auditTable struct{ store *store.Store }

// InsertAudit implements what package audit asks for.
func (t auditTable) InsertAudit(ctx context.Context, token string, entries []audit.Entry) error {
	rows := make([]store.AuditRow, len(entries))
	for i, e := range entries {
		rows[i] = store.AuditRow{Time: e.Time, ID: e.ID, Action: e.Action, Outcome: e.Outcome, User: e.User, Kind: e.Kind, Role: e.Role,
			Tenants: e.Tenants, Address: e.Address, Count: e.Count, Fields: string(e.Fields), Hash: e.Hash, Before: e.Before, BeforeTime: e.BeforeTime}
	}
	return t.store.InsertAudit(ctx, token, rows)
}

// Heads implements what package audit asks for.
func (t auditTable) Heads(ctx context.Context) ([]audit.Head, error) {
	rows, err := t.store.AuditHeads(ctx, audit.MaxHeads)
	out := make([]audit.Head, len(rows))
	for i, r := range rows {
		out[i] = audit.Head{ID: r.ID, Time: r.Time.UTC(), Hash: r.Hash}
	}
	return out, err
}

// auditEntry gives an entry as it is stored.
func auditEntry(r store.AuditRow) audit.Entry {
	return audit.Entry{Time: r.Time.UTC(), ID: r.ID, Action: r.Action, Outcome: r.Outcome, User: r.User, Kind: r.Kind, Role: r.Role,
		Tenants: r.Tenants, Address: r.Address, Count: r.Count, Fields: json.RawMessage(r.Fields), Hash: r.Hash, Before: r.Before, BeforeTime: r.BeforeTime}
}

// VerifyAudit implements web.Desk.
func (d *desk) VerifyAudit(ctx context.Context, noted []audit.Head) (audit.Report, error) {
	first, chained, err := d.store.AuditBegins(ctx)
	if err != nil {
		return audit.Report{}, told(err)
	}
	var heads []audit.Entry
	err = d.store.AuditChains(ctx, audit.ActionHeads, func(r store.AuditRow) error {
		heads = append(heads, auditEntry(r))
		return nil
	})
	if err != nil {
		return audit.Report{}, told(err)
	}
	v := audit.NewVerifier(first, chained, heads, noted)
	if err := d.store.AuditChains(ctx, "", func(r store.AuditRow) error { v.Add(auditEntry(r)); return nil }); err != nil {
		return audit.Report{}, told(err)
	}
	return v.Close(), nil
}
