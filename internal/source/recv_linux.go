package source

import (
	"net/netip"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// datagrams receives many datagrams with one system call. x/net's ReadBatch does the same but allocates an address per
// datagram, which at 200,000 a second is what the garbage collector would then be busy with.
type datagrams struct {
	hdrs   [recvBatch]mmsghdr
	iovs   [recvBatch]unix.Iovec
	names  [recvBatch]unix.RawSockaddrInet6
	stamps [recvBatch]stamp
	bufs   []byte // not Go's: of most pages nothing is ever used
	events [maxSockets + 1]unix.EpollEvent

	n     int   // datagrams received by the last call
	order []int // of them, by time of arrival
	err   error // of the last call
}

const (
	recvBatch   = 256
	maxDatagram = 1 << 16 // more than a UDP payload can be, so that nothing is ever cut
)

type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

// stamp is the control message that tells when the kernel got a datagram (SO_TIMESTAMPNS).
type stamp struct {
	head unix.Cmsghdr
	at   unix.Timespec
}

func newDatagrams() (*datagrams, error) {
	bufs, err := unix.Mmap(-1, 0, recvBatch*maxDatagram, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	d := &datagrams{bufs: bufs, order: make([]int, 0, recvBatch)}
	for i := range d.hdrs {
		d.iovs[i].Base = &d.bufs[i*maxDatagram]
		d.iovs[i].SetLen(maxDatagram)
		d.hdrs[i].hdr.Iov = &d.iovs[i]
		d.hdrs[i].hdr.SetIovlen(1)
		d.hdrs[i].hdr.Name = (*byte)(unsafe.Pointer(&d.names[i]))
	}
	return d, nil
}

func (d *datagrams) free() error {
	bufs := d.bufs
	d.bufs = nil
	if bufs == nil {
		return nil
	}
	return unix.Munmap(bufs)
}

// recv takes what the sockets hold, from each the same part where that is more than fits. Where they hold nothing it waits for them, unless
// wait is false. It reports whether s.end was called.
func (d *datagrams) recv(s *sockets, wait bool) (ended bool) {
	d.n, d.err, d.order = 0, nil, d.order[:0]
	timeout := 0
	if wait {
		timeout = -1
	}
	n, err := unix.EpollWait(s.epoll, d.events[:], timeout)
	if err != nil {
		if err != unix.EINTR {
			d.err = err
		}
		return false
	}
	for _, e := range d.events[:n] {
		if int(e.Fd) == s.stop {
			ended = true
			continue
		}
		d.from(uintptr(e.Fd), recvBatch/n, n > 1)
	}
	if n > 1 {
		slices.SortStableFunc(d.order, func(a, b int) int {
			x, y := &d.stamps[a].at, &d.stamps[b].at
			if x.Sec != y.Sec {
				return int(x.Sec - y.Sec)
			}
			return int(x.Nsec - y.Nsec)
		})
	}
	return ended
}

// from takes at most share datagrams of one socket.
func (d *datagrams) from(fd uintptr, share int, stamped bool) {
	for i := d.n; i < d.n+share; i++ {
		h := &d.hdrs[i].hdr
		h.Namelen = unix.SizeofSockaddrInet6
		h.Control, h.Controllen = nil, 0
		if stamped {
			h.Control, h.Controllen = (*byte)(unsafe.Pointer(&d.stamps[i])), uint64(unsafe.Sizeof(d.stamps[i]))
		}
	}
	n, _, err := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&d.hdrs[d.n])), uintptr(share), unix.MSG_DONTWAIT, 0, 0)
	if err != 0 {
		if err != unix.EINTR && err != unix.EAGAIN {
			d.err = err
		}
		return
	}
	for i := range int(n) {
		d.order = append(d.order, d.n+i)
	}
	d.n += int(n)
}

// datagram returns the i-th datagram by time of arrival, valid until the next recv, and its sender.
func (d *datagrams) datagram(i int) ([]byte, netip.Addr) {
	i = d.order[i]
	return d.bufs[i*maxDatagram:][:d.hdrs[i].n], d.peer(i)
}

func (d *datagrams) peer(i int) netip.Addr {
	name := &d.names[i]
	switch name.Family {
	case unix.AF_INET:
		return netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr)
	case unix.AF_INET6:
		return netip.AddrFrom16(name.Addr).Unmap()
	}
	return netip.Addr{}
}

// kernelDrops returns how many datagrams the kernel has dropped on the socket, modulo 2^32 (SO_MEMINFO, since Linux 4.12).
// Unlike the SO_RXQ_OVFL ancillary data it is current although no datagram follows the dropped ones.
func kernelDrops(fd int) (uint32, error) {
	var info [16]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, err := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if err != 0 {
		return 0, err
	}
	const drops = 8 // SK_MEMINFO_DROPS
	if size <= drops*4 {
		return 0, unix.ENOPROTOOPT
	}
	return info[drops], nil
}

// growRecvBuffer asks for a receive buffer of n bytes and returns what the kernel granted. It goes beyond net.core.rmem_max
// where the process may (CAP_NET_ADMIN).
func growRecvBuffer(fd, n int) (int, error) {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, n) != nil {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, n); err != nil {
			return 0, err
		}
	}
	got, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
	return got / 2, err // the kernel doubles it for its own bookkeeping
}

// reusePort lets several sockets of ours share one port.
func reusePort(_, _ string, c syscall.RawConn) error {
	var serr error
	err := c.Control(func(fd uintptr) {
		serr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
	if err != nil {
		return err
	}
	return serr
}
