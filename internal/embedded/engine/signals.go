package engine

import (
	"syscall"
	"unsafe"
)

// sigactions are the kernel's handlers of signals 1 to 31. A library that takes SIGSEGV turns every nil dereference
// of Go into the death of the process, so the child checks that the engine took none.
type sigactions [32][4]uint64 // struct sigaction of the kernel on 64 bits: handler, flags, restorer, mask

func signalHandlers() *sigactions {
	s := &sigactions{}
	for n := 1; n < len(s); n++ {
		syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(n), 0, uintptr(unsafe.Pointer(&s[n])), 8, 0, 0)
	}
	return s
}

// restore puts back what has changed since and returns the numbers of those signals.
func (s *sigactions) restore() (changed []int) {
	now := signalHandlers()
	for n := range s {
		if now[n] != s[n] {
			changed = append(changed, n)
			syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&s[n])), 0, 8, 0, 0)
		}
	}
	return changed
}
