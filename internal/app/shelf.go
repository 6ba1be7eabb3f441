package app

import (
	"context"
	"fmt"
	"time"

	"watchpost/internal/alert"
	"watchpost/internal/store"
	"watchpost/internal/web"
)

// maxObjects bounds what is read of the shelf at a time.
const maxObjects = 10_000

// Objects implements web.Shelf.
func (d *desk) Objects(ctx context.Context, tenants []string, kind, parent, id string, all bool) ([]web.Object, error) {
	return d.objects(ctx, store.ObjectFilter{Tenants: only(tenants), Kind: kind, Parent: parent, ID: id, All: all, Limit: maxObjects})
}

// maxVersions bounds the versions that are told of an investigation: without what they hold they are small.
const maxVersions = 100_000

// Outline implements web.Shelf.
func (d *desk) Outline(ctx context.Context, tenant, kind, parent string, all bool, keys ...string) ([]web.Object, error) {
	return d.objects(ctx, store.ObjectFilter{Tenants: []string{tenant}, Kind: kind, Parent: parent, All: all, Keys: append([]string{}, keys...), Limit: maxVersions})
}

// Bodies implements web.Shelf.
func (d *desk) Bodies(ctx context.Context, tenant, kind, parent string, ids []string) ([]web.Object, error) {
	return d.objects(ctx, store.ObjectFilter{Tenants: []string{tenant}, Kind: kind, Parent: parent, IDs: ids, Limit: len(ids)})
}

func (d *desk) objects(ctx context.Context, f store.ObjectFilter) ([]web.Object, error) {
	rows, err := d.store.Objects(ctx, f)
	out := make([]web.Object, len(rows))
	for i, o := range rows {
		out[i] = web.Object{Tenant: o.Tenant, Kind: o.Kind, Parent: o.Parent, ID: o.ID, Version: o.Version, Time: time.Unix(0, o.Time).UTC(), User: o.User, Owner: o.Owner, Shared: o.Shared, Deleted: o.Deleted, Body: o.Body, Size: o.Size}
	}
	return out, err
}

// Put implements web.Shelf.
func (d *desk) Put(ctx context.Context, o web.Object) error {
	won, err := d.store.PutObject(ctx, store.Object{Tenant: o.Tenant, Kind: o.Kind, Parent: o.Parent, ID: o.ID, Version: o.Version, Time: o.Time.UnixNano(), User: o.User, Owner: o.Owner, Shared: o.Shared, Deleted: o.Deleted, Body: o.Body})
	if err == nil && !won {
		err = fmt.Errorf("%w: version %d exists", alert.ErrConflict, o.Version)
	}
	return err
}

// History implements web.Shelf out of the account of what was done.
func (d *desk) History(ctx context.Context, user string, limit int) ([]web.Searched, error) {
	rows, err := d.store.Searches(ctx, user, limit)
	out := make([]web.Searched, len(rows))
	for i, r := range rows {
		out[i] = web.Searched(r)
	}
	return out, err
}
