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
		switch {
		case r.begin == "change user '" && hasSuffix(rest, "' password"):
			c.action = "password_changed"
		case r.begin == "user " && index(rest, " removed by ") > 0: // gpasswd's
			c.action = "user_removed_from_group"
		case r.begin == "Adding user `" && index(rest, "' to group `") > 0:
			c.action, c.types = "user_added_to_group", [3]string{"group", "change"}
		case r.begin == "Removing user `" && index(rest, "' from group `") > 0:
			c.action, c.types = "user_removed_from_group", [3]string{"group", "change"}
		}
		r.read(b, rest)
		if hasPrefix(bytesOf(r.begin), "failed ") || r.begin[0] == 'I' || index(rest, "failed") >= 0 {
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
	{"group added to ", "group_added", "group", "creation", addedGroup},
	{"add '", "user_added_to_group", "group", "change", userToGroup},
	{"delete user '", "user_deleted", "user", "deletion", quotedUser},
	{"delete '", "user_removed_from_group", "group", "change", userFromGroup},
	{"removed group '", "group_deleted", "group", "deletion", quotedGroup},
	{"group '", "group_deleted", "group", "deletion", quotedGroup},
	{"failed adding user '", "user_added", "user", "creation", quotedUser},
	{"changed user '", "user_changed", "user", "change", quotedUser},
	{"change user '", "user_changed", "user", "change", quotedUser},
	{"change user name '", "user_changed", "user", "change", renamedUser},
	{"change '", "user_changed", "group", "change", renamedMember},
	{"delete admin '", "user_removed_from_group", "group", "change", userFromGroup},
	{"change admin '", "user_changed", "group", "change", renamedMember},
	{"file ", "accounts_edited", "user", "change", editedFile},
	{"password of group ", "group_changed", "group", "change", groupBy},
	{"access to group ", "group_changed", "group", "change", groupBy},
	{"administrators of group ", "group_members_set", "group", "change", groupMembers},
	{"Adding user `", "user_added", "user", "creation", adduserLine},
	{"Adding new user `", "user_added", "user", "creation", adduserLine},
	{"Removing user `", "user_deleted", "user", "deletion", adduserLine},
	{"Adding group `", "group_added", "group", "creation", adduserGroup},
	{"Adding new group `", "group_added", "group", "creation", adduserGroup},
	{"Removing group `", "group_deleted", "group", "deletion", adduserGroup},
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
	{"password for '", "password_changed", "user", "change", passwordBy},
	{"changed password expiry for ", "password_expiry_changed", "user", "change", plainUser},
	{"new user '", "user_added", "user", "creation", quotedUser},
	{"user '", "group_switched", "group", "info", switchedGroup},
	{"Invalid password for group '", "group_switched", "group", "info", switchedGroup},
	{"user ", "user_added_to_group", "group", "change", byUserToGroup},
	{"members of group ", "group_members_set", "group", "change", groupMembers},
	{"(user ", "password_changed", "user", "change", chpasswdUser},
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

// addedGroup reads "/etc/gshadow: name=ops, GID=1010".
func addedGroup(b *event.Batch, m []byte) {
	if _, name, ok := cut(m, ": name="); ok {
		newGroup(b, name)
	}
}

// renamedUser reads "alice' to 'bob'".
func renamedUser(b *event.Batch, m []byte) {
	user, rest, _ := cut(m, "'")
	b.Set(event.UserTargetName, user)
	if name, ok := after(rest, " to '"); ok {
		name, _, _ = cut(name, "'")
		b.Set(event.UserChangesName, name)
	}
}

// renamedMember reads "alice' to 'bob' in group 'sudo'", also "in shadow group".
func renamedMember(b *event.Batch, m []byte) {
	renamedUser(b, m)
	if _, group, ok := cut(m, "group '"); ok {
		quotedGroup(b, group)
	}
}

// passwordBy reads passwd's "alice' changed by 'root'".
func passwordBy(b *event.Batch, m []byte) {
	user, rest, _ := cut(m, "'")
	b.Set(event.UserTargetName, user)
	if _, by, ok := cut(rest, " by '"); ok {
		by, _, _ = cut(by, "'")
		b.Set(event.UserName, by)
	}
}

// chpasswdUser reads chpasswd's "alice) pam_chauthtok() failed, error: …".
func chpasswdUser(b *event.Batch, m []byte) {
	user, why, _ := cut(m, ") ")
	b.Set(event.UserTargetName, user)
	b.Set(event.EventReason, why)
}

// groupBy reads gpasswd's "sudo changed by root".
func groupBy(b *event.Batch, m []byte) {
	group, rest := word(m)
	b.Set(event.GroupName, group)
	if _, by, ok := cut(rest, " by "); ok {
		b.Set(event.UserName, by)
	}
}

// editedFile reads vipw's "/etc/passwd edited".
func editedFile(b *event.Batch, m []byte) {
	if hasSuffix(m, " edited") {
		b.Set(event.FilePath, m[:len(m)-len(" edited")])
	}
}

// adduserLine reads what adduser and deluser of Debian log: "alice' ...", "alice' (1001) with group `alice' ...", "alice' to group `sudo' ...".
func adduserLine(b *event.Batch, m []byte) {
	user, rest, _ := cut(m, "'")
	b.Set(event.UserTargetName, user)
	if id, ok := after(rest, " ("); ok {
		if id, _, ok = cut(id, ")"); ok && digits(id) {
			b.Set(event.UserTargetID, id)
		}
	}
	if _, group, ok := cut(rest, " group `"); ok {
		quotedGroup(b, group)
	}
}

func adduserGroup(b *event.Batch, m []byte) {
	group, rest, _ := cut(m, "'")
	b.Set(event.GroupName, group)
	if _, id, ok := cut(rest, "("); ok {
		id, _ = after(id, "GID ")
		if id, _, ok = cut(id, ")"); ok && digits(id) {
			b.Set(event.GroupID, id)
		}
	}
}

func quotedGroup(b *event.Batch, m []byte) {
	group, _, _ := cut(m, "'")
	b.Set(event.GroupName, group)
}

func plainUser(b *event.Batch, m []byte) {
	user, _ := word(m)
	b.Set(event.UserTargetName, user)
}

// switchedGroup reads newgrp's "alice' (login 'alice' on pts/0) switched to group 'docker'" and "docker' from 'alice'".
func switchedGroup(b *event.Batch, m []byte) {
	first, rest, _ := cut(m, "'")
	if by, ok := after(rest, " from '"); ok {
		b.Set(event.GroupName, first)
		first, _, _ = cut(by, "'")
	} else if _, group, ok := cut(rest, " group '"); ok {
		quotedGroup(b, group)
	}
	b.Set(event.UserName, first)
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
