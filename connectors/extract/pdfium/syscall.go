package pdfium

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/tetratelabs/wazero/api"
)

const (
	filePath = "/document" // the only path that opens
	fileFD   = 3

	enoent = -44 // errno of WASI, negated as musl expects from a system call
	ebadf  = -8
)

// host answers one import. wazero leaves garbage in the upper half of 32-bit
// arguments, hence the conversions.
func (l *Library) host(name string, results int) api.GoModuleFunc {
	switch name {
	case "emscripten_resize_heap":
		return l.resizeHeap
	case "__syscall_openat":
		return l.openat
	case "__syscall_fstat64":
		return l.fstat
	case "fd_read":
		return l.fdRead
	case "fd_seek":
		return l.fdSeek
	case "fd_write":
		return fdWrite
	case "_abort_js":
		return func(context.Context, api.Module, []uint64) { panic(errors.New("pdfium aborted")) }
	case "environ_sizes_get":
		return func(_ context.Context, m api.Module, st []uint64) {
			m.Memory().WriteUint32Le(uint32(st[0]), 0)
			m.Memory().WriteUint32Le(uint32(st[1]), 0)
			st[0] = 0
		}
	case "emscripten_date_now", "environ_get", "fd_close", "fd_sync", "__syscall_fcntl64":
		return func(_ context.Context, _ api.Module, st []uint64) { st[0] = 0 }
	}
	return func(_ context.Context, _ api.Module, st []uint64) {
		if results > 0 {
			st[0] = negative(enoent)
		}
	}
}

func negative(errno int32) uint64 { return uint64(uint32(errno)) }

func (l *Library) resizeHeap(_ context.Context, m api.Module, st []uint64) {
	want, have := uint32(st[0]), m.Memory().Size()
	st[0] = 1
	if want <= have {
		return
	}
	if _, ok := m.Memory().Grow((want - have + 65535) >> 16); !ok {
		l.full = true
		st[0] = 0
	}
}

func (l *Library) openat(_ context.Context, m api.Module, st []uint64) {
	path, ok := m.Memory().Read(uint32(st[1]), uint32(len(filePath)+1))
	if l.file.r == nil || !ok || string(path) != filePath+"\x00" {
		st[0] = negative(enoent)
		return
	}
	l.file.pos = 0
	st[0] = fileFD
}

// fstat writes emscripten's struct stat of 96 bytes: mode at 4, size at 24.
func (l *Library) fstat(_ context.Context, m api.Module, st []uint64) {
	b, ok := m.Memory().Read(uint32(st[1]), 96)
	if uint32(st[0]) != fileFD || !ok {
		st[0] = negative(ebadf)
		return
	}
	clear(b)
	binary.LittleEndian.PutUint32(b[4:], 0o100444)
	binary.LittleEndian.PutUint64(b[24:], uint64(l.file.size))
	st[0] = 0
}

// fdRead fills the buffers of an iovec array: pointer and length each.
func (l *Library) fdRead(_ context.Context, m api.Module, st []uint64) {
	iov, n, out := uint32(st[1]), uint32(st[2]), uint32(st[3])
	if uint32(st[0]) != fileFD || l.file.r == nil || n > 64 {
		st[0] = negative(ebadf) & 0xffff
		return
	}
	total := 0
	for i := range n {
		p, _ := m.Memory().ReadUint32Le(iov + 8*i)
		size, _ := m.Memory().ReadUint32Le(iov + 8*i + 4)
		b, ok := m.Memory().Read(p, size)
		if !ok {
			st[0] = uint64(-ebadf)
			return
		}
		got, err := l.file.r.ReadAt(b, l.file.pos)
		l.file.pos += int64(got)
		total += got
		if err != nil && !errors.Is(err, io.EOF) {
			l.file.err = err
			st[0] = uint64(-ebadf)
			return
		}
		if got < len(b) {
			break
		}
	}
	m.Memory().WriteUint32Le(out, uint32(total))
	st[0] = 0
}

func (l *Library) fdSeek(_ context.Context, m api.Module, st []uint64) {
	off, whence, out := int64(st[1]), uint32(st[2]), uint32(st[3])
	switch {
	case uint32(st[0]) != fileFD:
		st[0] = uint64(-ebadf)
		return
	case whence == 1:
		off += l.file.pos
	case whence == 2:
		off += l.file.size
	}
	if off < 0 {
		st[0] = 28 // EINVAL
		return
	}
	l.file.pos = off
	m.Memory().WriteUint64Le(out, uint64(off))
	st[0] = 0
}

// fdWrite swallows what PDFium would print.
func fdWrite(_ context.Context, m api.Module, st []uint64) {
	var total uint32
	for i := range min(uint32(st[2]), 64) {
		n, _ := m.Memory().ReadUint32Le(uint32(st[1]) + 8*i + 4)
		total += n
	}
	m.Memory().WriteUint32Le(uint32(st[3]), total)
	st[0] = 0
}
