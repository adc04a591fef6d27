package health

import (
	"context"
	"errors"
	"math"
	"net"
	"os"
	"path"
	"runtime"
	"strings"
	"time"

	"coffre/store"
	"coffre/ui/health/machine"
)

const (
	// syncFast is quicker than a disk without a protected cache can be: a flush
	// of a consumer's NVMe takes some 100 µs at the least.
	syncFast = 60 * time.Microsecond
	syncSlow = 150 * time.Millisecond
	// fullSoon is how long ahead a full disk is told.
	fullSoon = 30 * 24 * time.Hour
	// jumpAllowed is how far a clock may step without a word.
	jumpAllowed = 2 * time.Second
	// memoryLarge is what a box doesn't come to by itself: the footprint that
	// CI allows when idle is 250 MB.
	memoryLarge = 4 << 30
)

// disk is what lies below the data directory.
func (s *subject) disk() machine.Disk {
	if s.Disk == nil {
		return machine.Encryption(s.dir())
	}
	return s.Disk(s.dir())
}

func readEncryption(_ context.Context, s *subject) (string, Figures) {
	d := s.disk()
	f := Figures{"layer": d.Layer, "fs": d.FS, "disks": Name(strings.Join(d.Devices, ", "))}
	return d.State, f
}

func readSpace(_ context.Context, s *subject) (string, Figures) {
	room, err := s.Root.Room(s.t)
	if err != nil {
		return "unknown", nil
	}
	f := Figures{"free": Bytes(room.Free), "total": Bytes(room.Total), "reserve": Bytes(room.Reserve), "enough": Bytes(room.Enough())}
	left := s.trend.until(room.Free, room.Reserve)
	if left > 0 {
		f["days"] = int(left / (24 * time.Hour))
		f["daily"] = Bytes(s.trend.perDay)
	}
	switch {
	case room.Low:
		return "low", f
	case left > 0 && left < fullSoon:
		return "full-soon", f
	case room.Free < 2*room.Reserve:
		return "soon", f
	}
	return "ok", f
}

func readSync(_ context.Context, s *subject) (string, Figures) {
	took, err := machine.SyncTime(s.dir())
	if err != nil {
		return "failed", nil
	}
	d := s.disk()
	f := Figures{"took": Span(took)}
	switch {
	case d.State == machine.Memory:
		return "memory", f
	case took < syncFast && d.FlushFree:
		return "honest", f
	case took < syncFast:
		return "fast", f
	case took > syncSlow:
		return "slow", f
	}
	return "ok", f
}

func readClock(_ context.Context, s *subject) (string, Figures) {
	synced, known := machine.ClockSynced()
	f := Figures{"jumps": len(s.jumps), "now": s.now}
	if n := len(s.jumps); n > 0 {
		last := s.jumps[n-1]
		f["step"], f["at"] = Span(last.by.Abs()), last.at
		return "jumped", f
	}
	switch {
	case !known:
		return "untold", f
	case !synced:
		return "unsynced", f
	}
	return "ok", f
}

func readTLS(_ context.Context, s *subject) (string, Figures) {
	if s.serving == nil || s.serving.Certificate == nil {
		return "idle", nil
	}
	c := s.serving.Certificate()
	left := c.Expires.Sub(s.now)
	f := Figures{"expires": c.Expires, "issuer": Name(c.Facts.Issuer), "days": int(math.Floor(left.Hours() / 24))}
	firm := ""
	if !c.Own {
		firm = "firm-"
	}
	switch {
	case left <= 0:
		return firm + "expired", f
	case c.Problem != nil:
		return "renewal", f
	case c.Renewal != nil && c.Renewal.Fault != nil:
		r := c.Renewal
		f["cause"], f["since"], f["next"] = Cause{r.Fault.Code, store.Fail(store.Unavailable, r.Fault.Code, r.Fault.Params...).Params}, r.Since, r.Next
		return "unissued", f
	case c.Renewal != nil:
		f["next"] = c.Renewal.Next
		return "acme", f
	case c.Own && left < 14*24*time.Hour, !c.Own && left < 30*24*time.Hour:
		return firm + "soon", f // the box renews its own with 30 days left
	case !c.Own:
		return "firm", f
	}
	return "ok", f
}

func readPorts(_ context.Context, s *subject) (string, Figures) {
	if s.serving == nil {
		return "idle", nil
	}
	own := map[string]bool{}
	var names []Name
	for _, a := range s.serving.Addresses {
		_, port, _ := net.SplitHostPort(a)
		own[port] = true
		names = append(names, Name(a))
	}
	f := Figures{"addresses": names, "n": len(names)}
	all, err := machine.Listening()
	if err != nil {
		return "untold", f
	}
	var more []Name
	for _, a := range all {
		if _, port, _ := net.SplitHostPort(a.String()); !own[port] {
			more = append(more, Name(a.String()))
		}
	}
	if f["more"] = more; len(more) > 0 {
		return "more", f
	}
	return "ok", f
}

// mayBeOpen are files that anybody on the machine may read: inside a directory
// that nobody else enters, and without a secret.
func mayBeOpen(rel string) bool {
	rel = path.Clean(rel)
	if rel == "keys/ca.pem" {
		return true
	}
	return rel != "." && rel != "keys" && !strings.HasPrefix(rel, "keys/") && rel != "logs" && !strings.HasPrefix(rel, "logs/") && !strings.HasSuffix(rel, ".db")
}

func readModes(_ context.Context, s *subject) (string, Figures) {
	loose, seen, err := machine.LooseModes(s.dir(), os.Getuid(), mayBeOpen)
	f := Figures{"seen": seen, "n": len(loose)}
	if len(loose) > 0 {
		first := loose[0]
		f["path"], f["mode"] = Name(first.Path), first.Mode.Perm().String()
		return "loose", f
	}
	if err != nil {
		return "unread", f
	}
	return "ok", f
}

func readMemory(context.Context, *subject) (string, Figures) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := Figures{"held": Bytes(m.Sys - m.HeapReleased), "heap": Bytes(m.HeapAlloc), "goroutines": runtime.NumGoroutine()}
	if m.Sys-m.HeapReleased > memoryLarge {
		return "large", f
	}
	return "ok", f
}

func readFiles(context.Context, *subject) (string, Figures) {
	open, most, err := machine.OpenFiles()
	if err != nil {
		return "unread", nil
	}
	f := Figures{"open": open, "most": int64(min(most, 1<<62))}
	if uint64(open)*5 > most*4 {
		return "many", f
	}
	return "ok", f
}

// oldProgram is from what age on faults found since in its parts are likely.
const oldProgram = 180 * 24 * time.Hour

func readVersions(_ context.Context, s *subject) (string, Figures) {
	f := Figures{"version": s.Version, "format": store.Format, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH, "started": s.Started}
	if !s.Built.IsZero() {
		f["built"] = s.Built
	}
	if !s.Built.IsZero() && s.now.Sub(s.Built) > oldProgram {
		return "old", f
	}
	return "ok", f
}

func readMaster(_ context.Context, s *subject) (string, Figures) {
	m := s.Root.Master()
	f := Figures{"holder": string(m.Holder)}
	switch {
	case m.Code != "" || errors.Is(s.Root.MasterError(), os.ErrNotExist):
		return "locked", f
	case m.Weaker:
		return "weaker", f
	case m.Rekeying:
		return "rekeying", f
	}
	return "open", f
}

// readFirms opens every firm of the box: one that can't be opened must not be
// found out by its people first.
func readFirms(_ context.Context, s *subject) (string, Figures) {
	all, err := s.Root.Tenants()
	f := Figures{"n": len(all)}
	closed := 0
	for _, rec := range all {
		_, release, err := s.Root.Acquire(rec.ID)
		if err != nil {
			closed++
			continue
		}
		release()
	}
	if f["closed"] = closed; closed > 0 || err != nil {
		return "closed", f
	}
	return "ok", f
}
