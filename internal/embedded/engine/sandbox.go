package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	fsRead = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	fsRun  = fsRead | unix.LANDLOCK_ACCESS_FS_EXECUTE
	fsOwn  = fsRead | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SYM
)

// errNoLandlock says that the kernel has none: the engine runs unconfined.
var errNoLandlock = errors.New("the kernel has no Landlock")

// restrictThread confines the calling thread, which must be locked, and all that it executes: it may write the data
// folder, read what the library needs, and use no network. All threads at once cannot be restricted
// beside purego without cgo; so the caller executes itself anew on this thread. UDP is not covered by most kernels:
// names could still be asked for, of a resolver on this machine.
func restrictThread(o Options) error {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return errNoLandlock
	}
	handled := uint64(1<<13 - 1)
	own := uint64(fsOwn)
	if abi >= 2 {
		handled |= unix.LANDLOCK_ACCESS_FS_REFER
		own |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if abi >= 3 {
		handled |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
		own |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi >= 5 {
		handled |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: handled}
	if abi >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if abi >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), attrSize(abi), 0)
	if errno != 0 {
		return fmt.Errorf("landlock: %w", errno)
	}
	rules := int(fd)
	defer unix.Close(rules)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	allow := func(access uint64, paths ...string) {
		for _, p := range paths {
			if err == nil {
				err = allowPath(rules, p, access)
			}
		}
	}
	allow(fsRun, "/usr", "/lib", "/lib64")
	allow(unix.LANDLOCK_ACCESS_FS_READ_FILE|unix.LANDLOCK_ACCESS_FS_EXECUTE, self, o.Library)
	allow(unix.LANDLOCK_ACCESS_FS_READ_FILE, "/dev/urandom", "/proc/self/maps", "/proc/self/statm", o.conf())
	allow(unix.LANDLOCK_ACCESS_FS_READ_DIR, o.work())
	allow(fsRead, "/sys/fs/cgroup")
	allow(own, o.data())
	if err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("landlock: no_new_privs: %w", err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(rules), 0, 0); errno != 0 {
		return fmt.Errorf("landlock: %w", errno)
	}
	return nil
}

// attrSize is how much of the attributes a kernel of that ABI knows.
func attrSize(abi uintptr) uintptr {
	switch {
	case abi < 4:
		return unsafe.Offsetof(unix.LandlockRulesetAttr{}.Handled_access_net)
	case abi < 6:
		return unsafe.Offsetof(unix.LandlockRulesetAttr{}.Scoped)
	}
	return unsafe.Offsetof(unix.LandlockRulesetAttr{}.Quiet_access_fs) // what came later is not asked for
}

// allowPath adds a rule; a path that does not exist needs none.
func allowPath(rules int, path string, access uint64) error {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	if fi, err := os.Stat(real); err == nil && !fi.IsDir() {
		access &= unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("landlock: %s: %w", path, err)
	}
	defer unix.Close(fd)
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(rules), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
		return fmt.Errorf("landlock: %s: %w", path, errno)
	}
	return nil
}

// confine restricts and executes the program anew with args. It returns only if it could not.
func confine(o Options, args []string) error {
	runtime.LockOSThread()
	if err := restrictThread(o); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	// The wish to end with the parent belongs to one thread, the first, and the others do not have it: the one that executes
	// must say it for itself.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("end with the parent: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return fmt.Errorf("execute %s: %w", self, unix.Exec(self, append([]string{self}, args...), []string{}))
}
