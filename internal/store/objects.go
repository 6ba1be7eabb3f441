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
	Size         uint64 // bytes of the body as it is stored
}

// ObjectFilter says which objects are asked for.
type ObjectFilter struct {
	Tenants []string // nil: any; empty: none
	Kind    string
	Parent  string
	ID      string   // "": any
	All     bool     // every version, oldest first, deleted ones included; else the newest of what is there
	IDs     []string // nil: any
	Keys    []string // of the body only these; nil: all
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
	// Before the newest are chosen: what others keep is not read for it.
	where := "`kind` = {kind:String} AND `parent` = {parent:String} AND ({any:Bool} OR `tenant` IN {tenants:Array(String)}) AND ({id:String} = '' OR `id` = {id:String}) AND ({every:Bool} OR `id` IN {ids:Array(String)})"
	body, from, order := "`body`", "objects WHERE "+where, "`time`, `version`"
	if !f.All {
		from, order = "(SELECT * FROM objects WHERE "+where+" ORDER BY `version` DESC LIMIT 1 BY `tenant`, `kind`, `parent`, `id`) WHERE NOT `deleted`", "`time` DESC, `id`"
	}
	if f.Keys != nil {
		body = "concat('{', arrayStringConcat(arrayMap(p -> concat('\"', p.1, '\":', p.2), arrayFilter(p -> has({keys:Array(String)}, p.1), JSONExtractKeysAndValuesRaw(`body`))), ','), '}')"
	}
	p := Params{"every": f.IDs == nil, "ids": append([]string{}, f.IDs...), "keys": append([]string{}, f.Keys...), "kind": f.Kind, "parent": f.Parent, "id": f.ID, "any": f.Tenants == nil, "tenants": append([]string{}, f.Tenants...), "limit": f.Limit}
	sql := "SELECT `tenant`, `parent`, `id`, `version`, `time`, `user`, `owner`, `shared`, `deleted`, length(`body`), " + body + " FROM " + from + " ORDER BY " + order + " LIMIT {limit:UInt32}"
	var out []Object
	err := s.Rows(ctx, sql, p, nil, func(scan func(...any) error) error {
		o := Object{Kind: f.Kind}
		var at time.Time
		var body string
		err := scan(&o.Tenant, &o.Parent, &o.ID, &o.Version, &at, &o.User, &o.Owner, &o.Shared, &o.Deleted, &o.Size, &body)
		o.Time, o.Body = at.UnixNano(), []byte(body)
		out = append(out, o)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("objects of kind %s: %w", f.Kind, err)
	}
	return out, nil
}

// Searches gives the searches that a user made last, each once, and counts each as often as it was made, however many pages of it were read. What a program asked for itself is none, nor that an event was opened.
func (s *Store) Searches(ctx context.Context, user string, limit int) ([]Search, error) {
	const sql = "SELECT JSONExtractString(`fields`, 'query') AS query, argMax(JSONExtractString(`fields`, 'from'), `time`), argMax(JSONExtractString(`fields`, 'to'), `time`), max(`time`) AS last, count()" +
		" FROM audit WHERE `user` = {user:String} AND `action` IN ('search', 'table') AND `outcome` = 'ok' AND query != '' AND NOT JSONExtractBool(`fields`, 'unlisted') AND NOT JSONHas(`fields`, 'after') AND NOT match(query, '^event[.]id == \"[^\"]*\"$') GROUP BY query ORDER BY last DESC, query LIMIT {limit:UInt32}"
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
