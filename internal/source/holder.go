package source

import (
	"bufio"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// holder returns ": held by NAME (pid N)" for an error that says that the address is in use, if /proc tells who holds it,
// else nothing.
func holder(network, addr string, err error) string {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return ""
	}
	i := strings.LastIndexByte(addr, ':')
	port, perr := strconv.ParseUint(addr[i+1:], 10, 16)
	if perr != nil {
		return ""
	}
	for _, file := range []string{"/proc/net/" + network, "/proc/net/" + network + "6"} {
		for _, inode := range inodes(file, uint16(port)) {
			if who := process("socket:[" + inode + "]"); who != "" {
				return ": held by " + who
			}
		}
	}
	return ""
}

// inodes returns the sockets that are bound to the port and have no peer.
func inodes(file string, port uint16) (found []string) {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	suffix := fmt.Sprintf(":%04X", port)
	for sc := bufio.NewScanner(f); sc.Scan(); {
		col := strings.Fields(sc.Text())
		if len(col) > 9 && strings.HasSuffix(col[1], suffix) && strings.HasSuffix(col[2], ":0000") {
			found = append(found, col[9])
		}
	}
	return found
}

// process returns the name and pid of a process that has the file open.
func process(link string) string {
	fds, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return ""
	}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err != nil || target != link {
			continue
		}
		dir := filepath.Dir(filepath.Dir(fd))
		name, _ := os.ReadFile(filepath.Join(dir, "comm"))
		return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), filepath.Base(dir))
	}
	return ""
}

// addrPort is the peer of a connection.
func addrPort(s string) netip.AddrPort {
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
