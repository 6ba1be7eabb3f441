package source

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// datagrams receives many datagrams with one system call. x/net's ReadBatch does the same but allocates an address per
// datagram, which at 200,000 a second is what the garbage collector would then be busy with.
type datagrams struct {
	hdrs  [recvBatch]mmsghdr
	iovs  [recvBatch]unix.Iovec
	names [recvBatch]unix.RawSockaddrInet6
	bufs  []byte

	n   int           // datagrams received by the last call
	err syscall.Errno // of the last call
}

const (
	recvBatch   = 64
	maxDatagram = 1 << 16 // more than a UDP payload can be, so that nothing is ever cut
)

type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
}

func newDatagrams() *datagrams {
	d := &datagrams{bufs: make([]byte, recvBatch*maxDatagram)}
	for i := range d.hdrs {
		d.iovs[i].Base = &d.bufs[i*maxDatagram]
		d.iovs[i].SetLen(maxDatagram)
		d.hdrs[i].hdr.Iov = &d.iovs[i]
		d.hdrs[i].hdr.SetIovlen(1)
		d.hdrs[i].hdr.Name = (*byte)(unsafe.Pointer(&d.names[i]))
	}
	return d
}

// recv takes what is there; it reports false where that is nothing.
func (d *datagrams) recv(fd uintptr) bool {
	for i := range d.hdrs {
		d.hdrs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	for {
		n, _, err := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&d.hdrs[0])), recvBatch, unix.MSG_DONTWAIT, 0, 0)
		d.n, d.err = int(n), err
		if err != 0 {
			d.n = 0
		}
		if err != unix.EINTR {
			return err != unix.EAGAIN
		}
	}
}

// data returns the i-th datagram, valid until the next recv.
func (d *datagrams) data(i int) []byte {
	return d.bufs[i*maxDatagram:][:d.hdrs[i].n]
}

// peer returns the sender of the i-th datagram.
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
func kernelDrops(fd uintptr) (uint32, error) {
	var info [16]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, err := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
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
func growRecvBuffer(fd uintptr, n int) (int, error) {
	if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, n) != nil {
		if err := unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, n); err != nil {
			return 0, err
		}
	}
	got, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF)
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
