package source

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// sockets are those that one receiver reads, which share a port; mostly one. They are kept from Go's own poller: who reads them waits in the
// kernel, on a thread of its own, so that it need not wait for its turn among the goroutines before it learns that something is there.
type sockets struct {
	epoll int
	stop  int // an eventfd, readable from the end on

	mu     sync.Mutex
	fds    []int
	drops  uint32 // of all, as last read
	closed bool
}

func newSockets() (*sockets, error) {
	s := &sockets{epoll: -1, stop: -1}
	var err error
	if s.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if s.stop, err = unix.Eventfd(0, unix.EFD_CLOEXEC); err == nil {
		err = s.watch(s.stop)
	}
	if err != nil {
		s.close()
		return nil, os.NewSyscallError("eventfd", err)
	}
	return s, nil
}

func (s *sockets) watch(fd int) error {
	return unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// end wakes who waits for the sockets, for good.
func (s *sockets) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		unix.Write(s.stop, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

// bind adds a socket that is bound to addr, and gives the address with its port.
func (s *sockets) bind(addr string, shared bool) (net.Addr, error) {
	var lc net.ListenConfig
	if shared {
		lc.Control = reusePort
	}
	conn, err := lc.ListenPacket(context.Background(), "udp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	raw, err := conn.(*net.UDPConn).SyscallConn()
	if err != nil {
		return nil, err
	}
	cerr := raw.Control(func(old uintptr) {
		var fd int
		if fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0); err != nil {
			return
		}
		s.fds = append(s.fds, fd)
		if shared {
			if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
				return
			}
		}
		err = s.watch(fd)
	})
	return conn.LocalAddr(), errors.Join(cerr, err)
}

// grow asks for a receive buffer of n bytes for each socket; it gives what the kernel granted each.
func (s *sockets) grow(n int) (granted int, err error) {
	for _, fd := range s.fds {
		if granted, err = growRecvBuffer(fd, n); err != nil {
			return 0, err
		}
	}
	return granted, nil
}

// spread has the kernel choose a socket for each datagram by chance. By itself it chooses by the addresses of both ends, so that one busy
// sender would have the buffer of one socket. Any process may ask for this (SO_ATTACH_REUSEPORT_CBPF, since Linux 4.5).
func (s *sockets) spread() error {
	const random = 0xfffff000 + 56 // SKF_AD_OFF + SKF_AD_RANDOM
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: random},
		{Code: unix.BPF_ALU | unix.BPF_MOD | unix.BPF_K, K: uint32(len(s.fds))},
		{Code: unix.BPF_RET | unix.BPF_A},
	}
	return unix.SetsockoptSockFprog(s.fds[0], unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF, &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
}

// dropped gives how many datagrams the kernel has dropped since it was last asked.
func (s *sockets) dropped() (n uint32, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, nil
	}
	var sum uint32
	for _, fd := range s.fds {
		drops, err := kernelDrops(fd)
		if err != nil {
			return 0, err
		}
		sum += drops
	}
	n = sum - s.drops
	s.drops = sum
	return n, nil
}

func (s *sockets) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	for _, fd := range append(s.fds, s.epoll, s.stop) {
		unix.Close(fd)
	}
}

// hurry puts the calling thread before others (nice -10), where the process may: what the kernel has no room for is lost, while all else can
// wait.
func hurry() error {
	return unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -10)
}
