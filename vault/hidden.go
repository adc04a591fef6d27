package vault

import (
	"sync"

	"golang.org/x/sys/unix"
)

// hidden holds key bytes in a page of their own, outside of Go's heap: the
// collector copies nothing of it, it is locked into memory and left out of core
// dumps where the system allows it, and it can be wiped for good.
type hidden struct {
	mu     sync.RWMutex
	page   []byte
	n      int
	mapped bool
	locked bool
}

// hide moves secret, at most a page of it, into hidden memory and wipes it.
func hide(secret []byte) *hidden {
	h := &hidden{n: len(secret)}
	page, err := unix.Mmap(-1, 0, unix.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil || len(secret) > len(page) {
		// Without pages of their own the bytes lie where Go puts them.
		page = make([]byte, len(secret))
	} else {
		h.mapped = true
		h.locked = unix.Mlock(page) == nil
		leaveOutOfDumps(page)
	}
	h.page = page
	copy(h.page, secret)
	clear(secret)
	return h
}

// use calls fn with the bytes, which are valid until it returns; it is not
// called once they have been wiped.
func (h *hidden) use(fn func(secret []byte)) bool {
	if h == nil {
		return false
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.page == nil {
		return false
	}
	fn(h.page[:h.n])
	return true
}

// wipe destroys the bytes, after those who use them.
func (h *hidden) wipe() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.page == nil {
		return
	}
	clear(h.page)
	if h.locked {
		unix.Munlock(h.page)
	}
	if h.mapped {
		unix.Munmap(h.page)
	}
	h.page = nil
}
