package benchload

import (
	"errors"
	"io"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

var errShort = errors.New("benchload: a request larger than the buffer of its connection")

func connect(addr string) (socket, error) {
	to, err := netip.ParseAddrPort(addr)
	if err != nil {
		return noSocket, err
	}
	family, where := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()})
	if to.Addr().Is4() {
		family, where = unix.AF_INET, &unix.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return noSocket, err
	}
	s := socket(fd)
	if err := errors.Join(unix.Connect(fd, where), unix.SetNonblock(fd, true), unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)); err != nil {
		s.close()
		return noSocket, err
	}
	return s, nil
}

func (s socket) close() {
	if s != noSocket {
		_ = unix.Close(int(s))
	}
}

func (s socket) send(request []byte) error {
	n, err := unix.Write(int(s), request)
	if err == nil && n < len(request) {
		return errShort
	}
	return err
}

// Read gives what has come, errWait if nothing has.
func (s socket) Read(b []byte) (int, error) {
	n, err := unix.Read(int(s), b)
	switch {
	case err == unix.EAGAIN, err == unix.EINTR: //nolint:errorlint // given bare
		return 0, errWait
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// poll waits for connections that can be read.
type poll struct {
	fd     int
	events []unix.EpollEvent
	ready  []int32
}

func newPoll(workers []*worker) (*poll, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	p := &poll{fd: fd, events: make([]unix.EpollEvent, max(len(workers), 1))}
	for _, w := range workers {
		if err := p.add(w); err != nil {
			p.close()
			return nil, err
		}
	}
	return p, nil
}

func (p *poll) close() { _ = unix.Close(p.fd) }

// add waits for w too, until its socket is closed.
func (p *poll) add(w *worker) error {
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, int(w.socket), &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(w.index)}) //nolint:gosec // small
}

// wait gives the connections that can be read, by index, none when the time, of whole
// milliseconds, is over.
func (p *poll) wait(d time.Duration) ([]int32, error) {
	n, err := unix.EpollWait(p.fd, p.events, int(d/time.Millisecond))
	if err != nil && err != unix.EINTR { //nolint:errorlint // given bare
		return nil, err
	}
	p.ready = p.ready[:0]
	for _, e := range p.events[:max(n, 0)] {
		p.ready = append(p.ready, e.Fd)
	}
	return p.ready, nil
}

// SleepUntil sleeps in the kernel: Go's own timers come up to a millisecond late, and wait for
// threads that are not before others.
func SleepUntil(at time.Time) {
	for left := time.Until(at); left > 0; left = time.Until(at) {
		t := unix.NsecToTimespec(left.Nanoseconds())
		_ = unix.Nanosleep(&t, nil) // a signal ends it early
	}
}
