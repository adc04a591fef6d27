package update

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"coffre/store"
	"coffre/store/wayback"
	"coffre/vault/release"
)

// Box is the updates of a box.
type Box struct {
	place
	Version string // of the program that runs
	keys    release.Keys
	badKeys error
}

// Open looks at the updates of a data directory for a program of this version that
// was linked with these release keys. Nothing is read or made yet.
func Open(data, version, keys string) *Box {
	b := &Box{place: place{filepath.Clean(data)}, Version: version}
	b.keys, b.badKeys = release.ParseKeys(keys)
	return b
}

// Keys are the ids of the release keys.
func (b *Box) Keys() (ids []string) {
	for id := range b.keys {
		ids = append(ids, id)
	}
	return ids
}

// State is how the updates stand.
func (b *Box) State() (State, error) { return b.read() }

// room for a program beside the copy of the data, bytes.
const spare = 64 << 20

// Stage reads a release file to its end, verifies it and keeps its program for
// this platform, which then waits for Ask. It replaces one that waits. Errors, of
// code: "update-no-keys", "update-busy", "update-running"; of the file
// "update-other", "update-signature", "update-cut", "update-damaged",
// "update-platform"; of its version "update-same", "update-older", "update-gap";
// "update-room".
func (b *Box) Stage(ctx context.Context, in io.Reader) (Waiting, error) {
	var w Waiting
	if b.badKeys != nil {
		return w, b.badKeys
	}
	if len(b.keys) == 0 {
		return w, store.Fail(store.Unavailable, "update-no-keys")
	}
	unlock, err := b.lock()
	if err != nil {
		return w, err
	}
	defer unlock()
	st, err := b.read()
	if err != nil {
		return w, err
	}
	if st.Phase != "" && st.Phase != Staged {
		return w, store.Fail(store.Conflict, "update-running")
	}
	r, err := release.Open(reader{ctx, in}, b.keys)
	if err != nil {
		return w, fault(err)
	}
	p, err := b.fits(r.Manifest)
	if err != nil {
		return w, err
	}
	m := r.Manifest
	w = Waiting{m.Version, m.Date, m.Format, m.Notes, r.KeyID, p.SHA256, p.Size, time.Now().UTC()}
	st.Waiting, st.Phase = nil, ""
	if err := b.write(st); err != nil {
		return w, err
	}
	b.tidy(st)
	if err := b.unpack(r, m.Version); err != nil {
		return w, fault(err)
	}
	st.Waiting, st.Phase = &w, Staged
	return w, b.write(st)
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	in  io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(b)
}

// fits tells whether a release is for this box.
func (b *Box) fits(m release.Manifest) (p release.Program, err error) {
	p, ok := m.For(runtime.GOOS, runtime.GOARCH)
	switch {
	case !ok:
		return p, store.Fail(store.Invalid, "update-platform", "platform", runtime.GOOS+"/"+runtime.GOARCH)
	case m.Version == b.Version:
		return p, store.Fail(store.Conflict, "update-same", "version", m.Version)
	case !release.Newer(m.Version, b.Version), m.Format < store.Format:
		return p, store.Fail(store.Conflict, "update-older", "version", m.Version, "has", b.Version)
	case m.Oldest > store.Format:
		return p, store.Fail(store.Conflict, "update-gap", "version", m.Version, "has", b.Version)
	}
	return p, b.room(p.Size)
}

// room checks that program and copy find room.
func (b *Box) room(program int64) error {
	n, err := wayback.Size(b.data)
	if err != nil {
		return err
	}
	need := uint64(n + program + spare)
	free, _, err := store.DiskSpace(b.data)
	if err == nil && free < need {
		err = store.Fail(store.Unavailable, "update-room", "need", strconv.FormatUint(need, 10), "free", strconv.FormatUint(free, 10))
	}
	return err
}

// unpack puts the program of this platform in place, durably.
func (b *Box) unpack(r *release.Reader, version string) error {
	dir, err := os.MkdirTemp(b.path("programs"), ".incoming-*")
	if err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	defer os.RemoveAll(dir)
	f, err := os.OpenFile(filepath.Join(dir, "coffre"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o500)
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	err = r.Extract(runtime.GOOS, runtime.GOARCH, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := putFile(filepath.Join(dir, "head"), r.Raw, 0o400); err != nil {
		return err
	}
	killPoint("unpacked")
	if err := os.Rename(dir, b.path("programs", version)); err != nil {
		return fmt.Errorf("keep program: %w", err)
	}
	return syncDir(b.path("programs"))
}

// fault names what is wrong with a file.
func fault(err error) error {
	for _, f := range []struct {
		is   error
		code string
	}{
		{release.ErrNotRelease, "update-other"}, {release.ErrCut, "update-cut"}, {release.ErrSignature, "update-signature"},
		{release.ErrManifest, "update-damaged"}, {release.ErrDamaged, "update-damaged"},
	} {
		if errors.Is(err, f.is) {
			return store.Fail(store.Corrupt, f.code).Because(err)
		}
	}
	return err
}

// whole checks a program that lies there against its release's head, which one of
// these keys has signed. Corrupt "update-program".
func (b *Box) whole(version string) error {
	head, err := os.Open(b.path("programs", version, "head"))
	if err != nil {
		return store.Fail(store.Corrupt, "update-program", "version", version).Because(err)
	}
	defer head.Close()
	r, err := release.Open(head, b.keys)
	if err == nil && r.Manifest.Version != version {
		err = release.ErrManifest
	}
	if err != nil {
		return store.Fail(store.Corrupt, "update-program", "version", version).Because(err)
	}
	p, _ := r.Manifest.For(runtime.GOOS, runtime.GOARCH)
	f, err := os.Open(b.program(version))
	if err != nil {
		return store.Fail(store.Corrupt, "update-program", "version", version).Because(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read program: %w", err)
	}
	if hex.EncodeToString(h.Sum(nil)) != p.SHA256 {
		return store.Fail(store.Corrupt, "update-program", "version", version)
	}
	return nil
}

// Drop forgets a release that waits.
func (b *Box) Drop() error {
	unlock, err := b.lock()
	if err != nil {
		return err
	}
	defer unlock()
	st, err := b.read()
	if err != nil || st.Phase != Staged {
		return errors.Join(err, store.Fail(store.NotFound, "update-none"))
	}
	st.Phase, st.Waiting = "", nil
	if err := b.write(st); err != nil {
		return err
	}
	b.tidy(st)
	return nil
}

// Ask has the update that waits performed once the box has ended: id names it in
// the chains, bad are the checks of health that are bad already. NotFound
// "update-none".
func (b *Box) Ask(id string, bad []string) error {
	unlock, err := b.lock()
	if err != nil {
		return err
	}
	defer unlock()
	st, err := b.read()
	if err != nil || st.Phase != Staged || st.Waiting == nil {
		return errors.Join(err, store.Fail(store.NotFound, "update-none"))
	}
	if err := b.room(0); err != nil {
		return err
	}
	st.Phase, st.ID, st.From, st.Bad, st.Tries, st.Code = Asked, id, b.Version, bad, 0, ""
	return b.write(st)
}
