package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"syscall"
	"time"

	"coffre/chain"
)

// The reserve is the room on the disk that the box keeps for what must always be
// written: the journal, sessions, deletions. Below it nothing comes in that
// takes much room, until there is a tenth more than the reserve again.

// SettingReserve is a firm's reserve in MiB; empty is the default: 1 GiB, or 2 %
// of the disk where that is more.
const SettingReserve = "disk.reserve_mb"

const (
	reserveLeast    = 1 << 30
	reserveShare    = 50 // one part in
	reserveMostMiB  = 100 << 20
	reserveLeastMiB = 1
)

// Room is the disk's room for a firm, in bytes.
type Room struct {
	Free, Total uint64
	Reserve     uint64
	Low         bool // what takes much room is refused
}

// Enough is how much must be free for Low to end, bytes.
func (r Room) Enough() uint64 { return r.Reserve + r.Reserve/10 }

// DiskSpace reads the free and the whole room of the file system that holds dir,
// in bytes, for a user without special rights.
func DiskSpace(dir string) (free, total uint64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, fmt.Errorf("read free space: %w", err)
	}
	return uint64(st.Bavail) * uint64(st.Bsize), uint64(st.Blocks) * uint64(st.Bsize), nil
}

// ValidReserve accepts a number of MiB, or nothing for the default.
func ValidReserve(s string) bool {
	n, err := strconv.ParseUint(s, 10, 64)
	return s == "" || err == nil && n >= reserveLeastMiB && n <= reserveMostMiB
}

// Reserve is a firm's reserve on a disk of so many bytes.
func (v *View) Reserve(total uint64) uint64 {
	if n, err := strconv.ParseUint(v.Setting(SettingReserve, ""), 10, 64); err == nil && n >= reserveLeastMiB && n <= reserveMostMiB {
		return n << 20
	}
	return max(reserveLeast, total/reserveShare)
}

// rooms is what Root knows of the disk.
type rooms struct {
	mu          sync.Mutex
	at          time.Time
	free, total uint64
	err         error
	low         map[string]bool // by firm
}

const roomFresh = time.Second // how long a look at the disk holds

func (r *Root) disk() (free, total uint64, err error) {
	r.rooms.mu.Lock()
	defer r.rooms.mu.Unlock()
	// By the machine's own count of time: a clock that is set back must not
	// keep an old look.
	if r.rooms.at.IsZero() || time.Since(r.rooms.at) >= roomFresh {
		read := r.opts.Disk
		if read == nil {
			read = DiskSpace
		}
		r.rooms.free, r.rooms.total, r.rooms.err = read(r.Dir)
		r.rooms.at = time.Now()
	}
	return r.rooms.free, r.rooms.total, r.rooms.err
}

// ForgetRoom makes the next question read the disk, as after a second.
func (r *Root) ForgetRoom() {
	r.rooms.mu.Lock()
	defer r.rooms.mu.Unlock()
	r.rooms.at = time.Time{}
}

// keyRoom holds in meta whether the last entry about it began a shortage.
var keyRoom = []byte("room")

// Room tells how much room there is for a firm. Where the disk can't be asked,
// nothing is refused and err says why.
func (r *Root) Room(t *Tenant) (room Room, err error) {
	if room.Free, room.Total, err = r.disk(); err != nil {
		return room, err
	}
	entered := false
	err = t.View(func(v *View) error {
		room.Reserve, entered = v.Reserve(room.Total), v.roomEntered()
		return nil
	})
	if err != nil {
		return room, err
	}
	r.rooms.mu.Lock()
	defer r.rooms.mu.Unlock()
	low, known := r.rooms.low[t.ID]
	if !known {
		low = entered
	}
	room.Low = room.Free < room.Reserve || low && room.Free < room.Enough()
	if r.rooms.low == nil {
		r.rooms.low = map[string]bool{}
	}
	r.rooms.low[t.ID] = room.Low
	return room, nil
}

// RoomFor refuses what would take much room while there is little: Unavailable,
// code "disk-reserve". What can't be told is no reason to refuse.
func (r *Root) RoomFor(t *Tenant) error {
	room, err := r.Room(t)
	if err != nil {
		r.opts.Log.Warn("free space can't be read", "tenant", t.ID, "err", err)
		return nil
	}
	if room.Low {
		return Fail(Unavailable, "disk-reserve", "free", strconv.FormatUint(room.Free, 10), "enough", strconv.FormatUint(room.Enough(), 10))
	}
	return nil
}

func (v *View) roomEntered() bool {
	low := false
	b := v.tx.Bucket([]byte("meta")).Get(keyRoom)
	return b != nil && json.Unmarshal(b, &low) == nil && low
}

const roomTick = 5 * time.Second

// WatchRoom enters in each firm's chain when a shortage begins and when it ends,
// until ctx ends.
func (r *Root) WatchRoom(ctx context.Context) {
	tick := time.NewTicker(roomTick)
	defer tick.Stop()
	for {
		r.enterRooms(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (r *Root) enterRooms(ctx context.Context) {
	all, err := r.Tenants()
	if err != nil {
		r.opts.Log.Error("tenants can't be listed", "err", err)
		return
	}
	for _, rec := range all {
		t, release, err := r.Acquire(rec.ID)
		if err == nil {
			err = r.enterRoom(ctx, t)
			release()
		}
		if err != nil && ctx.Err() == nil {
			r.opts.Log.Error("what is free can't be entered", "tenant", rec.ID, "err", err)
		}
	}
}

func (r *Root) enterRoom(ctx context.Context, t *Tenant) error {
	room, err := r.Room(t)
	if err != nil {
		return err
	}
	entered := false
	if err := t.View(func(v *View) error { entered = v.roomEntered(); return nil }); err != nil || entered == room.Low {
		return err
	}
	ev := chain.Event{Action: chain.BoxReserve, Detail: chain.Detail{
		"low": room.Low, "free": int64(room.Free), "reserve": int64(room.Reserve),
	}}
	_, err = t.Update(ctx, System("reserve"), ev, func(tx *Tx) error { return table[bool]("meta").put(tx, keyRoom, room.Low) })
	return err
}
