package parse

import "watchpost/internal/event"

// account reads what useradd, usermod, userdel, groupadd, gpasswd, passwd and chage log about accounts and groups.
func account(b *event.Batch, h *header, m []byte) bool {
	m = trimBlanks(m)
	if pam(b, h, m) {
		return true
	}
	c := class{dataset: authDataset, module: "system", outcome: "success", category: "iam"}
	for _, r := range accountRules {
		rest, ok := after(m, r.begin)
		if !ok {
			continue
		}
		c.action, c.types = r.action, [3]string{r.subject, r.typ}
		r.read(b, rest)
		if hasPrefix(bytesOf(r.begin), "failed ") || index(rest, "failed") >= 0 {
			c.outcome = "failure"
		}
		c.set(b)
		return true
	}
	(&class{dataset: authDataset, module: "system"}).set(b)
	return true
}

var accountRules = [...]struct {
	begin, action, subject, typ string
	read                        func(b *event.Batch, m []byte)
}{
	{"new user: name=", "user_added", "user", "creation", newUser},
	{"new group: name=", "group_added", "group", "creation", newGroup},
	{"group added to /etc/group: name=", "group_added", "group", "creation", newGroup},
	{"group added to /etc/gshadow: name=", "group_added", "group", "creation", newGroup},
	{"add '", "user_added_to_group", "group", "change", userToGroup},
	{"delete user '", "user_deleted", "user", "deletion", quotedUser},
	{"delete '", "user_removed_from_group", "group", "change", userFromGroup},
	{"removed group '", "group_deleted", "group", "deletion", quotedGroup},
	{"group '", "group_deleted", "group", "deletion", quotedGroup},
	{"failed adding user '", "user_added", "user", "creation", quotedUser},
	{"changed user '", "user_changed", "user", "change", quotedUser},
	{"change user '", "user_changed", "user", "change", quotedUser},
	{"failed deleting user '", "user_deleted", "user", "deletion", quotedUser},
	{"failed adding group '", "group_added", "group", "creation", quotedGroup},
	{"change group '", "group_changed", "group", "change", quotedGroup},
	{"group changed in ", "group_changed", "group", "change", changedGroup},
	{"remove group '", "group_deleted", "group", "deletion", quotedGroup},
	{"removed shadow group '", "group_deleted", "group", "deletion", quotedGroup},
	{"set expiration for user '", "password_expiry_changed", "user", "change", quotedUser},
	{"changed password expiry information for ", "password_expiry_changed", "user", "change", plainUser},
	{"changed shell for ", "user_changed", "user", "change", plainUser},
	{"changed user information for ", "user_changed", "user", "change", plainUser},
	{"change expiration of user '", "password_expiry_changed", "user", "change", quotedUser},
	{"lock user '", "user_locked", "user", "change", quotedUser},
	{"unlock user '", "user_unlocked", "user", "change", quotedUser},
	{"password for '", "password_changed", "user", "change", quotedUser},
	{"changed password expiry for ", "password_expiry_changed", "user", "change", plainUser},
	{"new user '", "user_added", "user", "creation", quotedUser},
	{"user ", "user_added_to_group", "group", "change", byUserToGroup},
	{"members of group ", "group_members_set", "group", "change", groupMembers},
}

// newUser reads "alice, UID=1001, GID=1001, home=/home/alice, shell=/bin/bash, from=/dev/pts/0".
func newUser(b *event.Batch, m []byte) {
	name, rest, _ := cut(m, ", ")
	b.Set(event.UserTargetName, name)
	for len(rest) > 0 {
		part, more, _ := cut(rest, ", ")
		switch key, v, _ := cut(part, "="); string(key) {
		case "UID":
			b.Set(event.UserTargetID, v)
		case "GID":
			b.Set(event.GroupID, v)
		case "home":
			b.Label([]byte("user.home"), v)
		case "shell":
			b.Label([]byte("user.shell"), v)
		}
		rest = more
	}
}

func newGroup(b *event.Batch, m []byte) {
	name, rest, _ := cut(m, ", ")
	b.Set(event.GroupName, name)
	if id, ok := after(rest, "GID="); ok {
		b.Set(event.GroupID, id)
	}
}

// userToGroup reads "alice' to group 'sudo'", also "to shadow group".
func userToGroup(b *event.Batch, m []byte) {
	user, rest, _ := cut(m, "'")
	b.Set(event.UserTargetName, user)
	if _, group, ok := cut(rest, "group '"); ok {
		group, _, _ = cut(group, "'")
		b.Set(event.GroupName, group)
	}
}

func userFromGroup(b *event.Batch, m []byte) { userToGroup(b, m) }

func quotedUser(b *event.Batch, m []byte) {
	user, _, _ := cut(m, "'")
	b.Set(event.UserTargetName, user)
}

// changedGroup reads "/etc/group (group ops/1010, new name: ops2)".
func changedGroup(b *event.Batch, m []byte) {
	_, name, ok := cut(m, "(group ")
	if !ok {
		return
	}
	name, _, _ = cut(name, ",")
	name, id, _ := cut(name, "/")
	b.Set(event.GroupName, name)
	b.Set(event.GroupID, id)
}

func quotedGroup(b *event.Batch, m []byte) {
	group, _, _ := cut(m, "'")
	b.Set(event.GroupName, group)
}

func plainUser(b *event.Batch, m []byte) {
	user, _ := word(m)
	b.Set(event.UserTargetName, user)
}

// byUserToGroup reads gpasswd's "alice added by root to group sudo" and "alice removed by root from group sudo".
func byUserToGroup(b *event.Batch, m []byte) {
	user, rest := word(m)
	by, ok := after(rest, " added by ")
	if !ok {
		by, ok = after(rest, " removed by ")
	}
	if !ok {
		return
	}
	b.Set(event.UserTargetName, user)
	actor, rest := word(by)
	b.Set(event.UserName, actor)
	if _, group, ok := cut(rest, " group "); ok {
		b.Set(event.GroupName, group)
	}
}

// groupMembers reads "sudo set by root to alice,bob".
func groupMembers(b *event.Batch, m []byte) {
	group, rest, _ := cut(m, " set by ")
	b.Set(event.GroupName, group)
	actor, rest := word(rest)
	b.Set(event.UserName, actor)
	if members, ok := after(rest, " to "); ok {
		b.Label([]byte("group.members"), members)
	}
}
