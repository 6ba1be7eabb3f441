package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// watchEvery is how often the folders of data that other programs write are looked at.
const watchEvery = 10 * time.Second

// watch takes up what changed in the folders of lists and of places, without a reload being asked for: other programs
// write these. A change counts once it has not gone on for watchEvery, so that no half of a file is read.
func (s *Service) watch(ctx context.Context) error {
	s.ops.warn("changed folders", s.notTaken)
	used, seen := map[string]string{}, map[string]string{}
	for part, folders := range s.watched() {
		used[part] = folderState(folders...)
		if part == "rules" {
			used[part] += fmt.Sprint(time.Now().Unix() / 3600)
		}
		seen[part] = used[part]
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		for part, folders := range s.watched() {
			now := folderState(folders...)
			if part == "rules" { // indicators end with time
				now += fmt.Sprint(time.Now().Unix() / 3600)
			}
			if now != used[part] && now == seen[part] {
				used[part] = now // a bad file is told of once
				s.takeUp(part, folders[0])
			}
			seen[part] = now
		}
	}
}

// watched gives the folders that parts are made of.
func (s *Service) watched() map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string][]string{"geo": {s.c.Geo}, "rules": {s.now.Lists, s.now.IOCs}, "content": {s.now.Content, s.now.Lists, s.now.IOCs}}
}

// notTaken says what changed and is not in use.
func (s *Service) notTaken() string {
	var out []string
	s.untaken.Range(func(_, why any) bool {
		out = append(out, strings.ReplaceAll(why.(string), "\n", "; "))
		return true
	})
	if len(out) == 0 {
		return ""
	}
	slices.Sort(out)
	return "what was read before stays in use: " + strings.Join(out, "; ")
}

// takeUp builds one part anew.
func (s *Service) takeUp(part, folder string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.serving.Load() {
		if !slices.Contains(s.early, part) {
			s.early = append(s.early, part)
		}
		return
	}
	for i, r := range s.reloads {
		if r.name != part {
			continue
		}
		if err := s.rebuild(s.now, s.reloads[i:i+1]); err != nil {
			s.log.Error("a changed folder was not taken up, what was read before stays in use", "folder", folder, "error", err)
			s.untaken.Store(part, err.Error())
		}
	}
}
