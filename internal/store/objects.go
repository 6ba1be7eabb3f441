package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// Object is a version of something that people keep: a saved hunt, an investigation, an item of one, an export. Times are Unix nanoseconds.
type Object struct {
	Tenant, Kind string
	Parent, ID   string // Parent: the object that it belongs to, or ""
	Version      uint32 // 1 and up
	Time         int64
	User         string // who wrote this version
	Owner        string // who made the first
	Shared       bool
	Deleted      bool
	Body         []byte // JSON
}

// ObjectFilter says which objects are asked for.
type ObjectFilter struct {
	Tenants []string // nil: any; empty: none
	Kind    string
	Parent  string
	ID      string // "": any
	All     bool   // every version, oldest first, deleted ones included; else the newest of what is there
	Limit   int
}

// PutObject stores a version. It reports false if another one has it: somebody was faster.
func (s *Store) PutObject(ctx context.Context, o Object) (bool, error) {
	return s.claim(ctx, claim{
		table:   "objects",
		columns: []string{"tenant", "kind", "parent", "id", "version", "write", "time", "user", "owner", "shared", "deleted", "body"},
		values:  []any{o.Tenant, o.Kind, o.Parent, o.ID, o.Version, rand.Text(), nano(o.Time), o.User, o.Owner, o.Shared, o.Deleted, string(o.Body)},
		key:     5,
		writer:  5,
	})
}

// Objects gives what f asks for, those written last first.
func (s *Store) Objects(ctx context.Context, f ObjectFilter) ([]Object, error) {
	table, order := "objects_now", "`time` DESC, `id`"
	if f.All {
		table, order = "objects", "`time`, `version`"
	}
	p := Params{"kind": f.Kind, "parent": f.Parent, "id": f.ID, "any": f.Tenants == nil, "tenants": append([]string{}, f.Tenants...), "limit": f.Limit}
	sql := "SELECT `tenant`, `parent`, `id`, `version`, `time`, `user`, `owner`, `shared`, `deleted`, `body` FROM " + table +
		" WHERE `kind` = {kind:String} AND `parent` = {parent:String} AND ({any:Bool} OR `tenant` IN {tenants:Array(String)}) AND ({id:String} = '' OR `id` = {id:String})" +
		" ORDER BY " + order + " LIMIT {limit:UInt32}"
	var out []Object
	err := s.Rows(ctx, sql, p, nil, func(scan func(...any) error) error {
		o := Object{Kind: f.Kind}
		var at time.Time
		var body string
		err := scan(&o.Tenant, &o.Parent, &o.ID, &o.Version, &at, &o.User, &o.Owner, &o.Shared, &o.Deleted, &body)
		o.Time, o.Body = at.UnixNano(), []byte(body)
		out = append(out, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("objects of kind %s: %w", f.Kind, err)
	}
	return out, nil
}

// Searches gives the searches that a user made last, each once.
func (s *Store) Searches(ctx context.Context, user string, limit int) ([]Search, error) {
	const sql = "SELECT JSONExtractString(`fields`, 'query') AS query, argMax(JSONExtractString(`fields`, 'from'), `time`), argMax(JSONExtractString(`fields`, 'to'), `time`), max(`time`) AS last, count()" +
		" FROM audit WHERE `user` = {user:String} AND `action` = 'search' AND `outcome` = 'ok' AND query != '' GROUP BY query ORDER BY last DESC, query LIMIT {limit:UInt32}"
	var out []Search
	err := s.Rows(ctx, sql, Params{"user": user, "limit": limit}, nil, func(scan func(...any) error) error {
		var q Search
		err := scan(&q.Query, &q.From, &q.To, &q.Last, &q.Count)
		q.Last = q.Last.UTC()
		out = append(out, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("searches of a user: %w", err)
	}
	return out, nil
}

// Search is one that somebody made.
type Search struct {
	Query, From, To string // as asked for
	Last            time.Time
	Count           uint64
}
