package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"coffre/chain"
)

// wormBatch is how many checkpoints are read from the database at a time.
const wormBatch = 256

// pass copies what is kept and not in the folder yet, oldest first. It stops at
// the first failure: the next pass begins there.
func (k *wormKeeper) pass(ctx context.Context) error {
	dir, home, err := k.folder()
	if dir == "" || err != nil {
		return err
	}
	if err := os.Mkdir(home, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create archive: %w", err)
	}
	if k.done == 0 {
		removeParts(home)
	}
	for {
		list, left, err := k.pending()
		if err != nil {
			return err
		}
		k.update(func(s *WormState) { s.Waiting = left })
		if len(list) == 0 {
			return nil
		}
		for _, c := range list {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := k.archive(ctx, home, c); err != nil {
				return err
			}
			k.done = c.Size
			k.update(func(s *WormState) {
				if s.Checkpoint, s.Waiting = c.Size, s.Waiting-1; c.Closes {
					s.Segment = c.Size
				}
			})
		}
	}
}

func (k *wormKeeper) update(fn func(*WormState)) {
	k.mu.Lock()
	fn(&k.state)
	k.mu.Unlock()
}

// folder reads the setting, starts anew where it has changed, and returns the
// folder of this chain in it. The folder itself is never made: where its disk is
// not mounted, the box's own would fill up.
func (k *wormKeeper) folder() (dir, home string, err error) {
	err = k.t.View(func(v *View) error { dir = v.wormDir(); return nil })
	if err != nil {
		return "", "", err
	}
	k.mu.Lock()
	if dir != k.state.Dir {
		k.state, k.done, k.told = WormState{Dir: dir}, 0, map[string]bool{}
	}
	k.mu.Unlock()
	if dir == "" {
		return "", "", nil
	}
	if err := CheckWormDir(dir, filepath.Dir(k.t.keys.dir)); err != nil {
		return dir, "", err
	}
	st, err := os.Stat(dir)
	if err == nil && !st.IsDir() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return dir, "", fmt.Errorf("find archive folder: %w", err)
	}
	genesis, err := k.t.Customer.Genesis()
	if err != nil {
		return dir, "", fmt.Errorf("read customer: %w", err)
	}
	return dir, filepath.Join(dir, k.t.ID+"-"+genesis.String()[:16]), nil
}

// wormDir is the archive folder that is set, "" for none.
func (v *View) wormDir() string { return strings.TrimSpace(v.Setting(SettingWormDir, "")) }

// CheckWormDir refuses a folder that is no absolute path or lies in the data
// directory: Invalid "worm-inside".
func CheckWormDir(dir, data string) error {
	abs, err := filepath.Abs(data)
	if err != nil {
		return fmt.Errorf("find data directory: %w", err)
	}
	rel, err := filepath.Rel(abs, filepath.Clean(dir))
	if !filepath.IsAbs(dir) || err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return Fail(Invalid, "worm-inside", "path", dir)
	}
	return nil
}

// pending lists the kept checkpoints after those that are done, and counts them.
func (k *wormKeeper) pending() (list []SignedCheckpoint, left int, err error) {
	err = k.t.View(func(v *View) error {
		c := v.tx.Bucket([]byte(checkpoints)).Cursor()
		for key, b := c.Seek(u64(k.done + 1)); key != nil; key, b = c.Next() {
			if left++; left > wormBatch {
				continue
			}
			var rec SignedCheckpoint
			if err := json.Unmarshal(b, &rec); err != nil {
				return checkpoints.damaged(err)
			}
			list = append(list, rec)
		}
		return nil
	})
	return list, left, err
}

// archive puts one checkpoint, and the segment that it closes, into the folder.
func (k *wormKeeper) archive(ctx context.Context, home string, c SignedCheckpoint) error {
	cp, _, err := chain.OpenCheckpoint(c.Note)
	if err != nil {
		return Fail(Corrupt, "damaged").Because(err)
	}
	dir := filepath.Join(home, life(cp.Origin))
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create archive: %w", err)
	}
	name := filepath.Join(dir, fmt.Sprintf("checkpoint-%016d.note", c.Size))
	made, err := putNote(name, c.Note)
	if err != nil && !errors.Is(err, errDiffers) {
		return err
	}
	if err := k.settle(ctx, name, c.Size, err); err != nil {
		return err
	}
	k.update(func(s *WormState) { s.Checkpoints += made })
	if !c.Closes {
		return nil
	}
	name, made, err = k.putSegment(ctx, dir, c)
	if err != nil && !errors.Is(err, errDiffers) {
		return err
	}
	k.update(func(s *WormState) { s.Segments += made })
	return k.settle(ctx, name, c.Size, err)
}

// life is the restore suffix of an origin, 1 where there is none.
func life(origin string) string {
	parts := strings.Split(origin, "/")
	if len(parts) == 4 { // coffre.audit / customer / genesis / life
		return parts[3]
	}
	return "1"
}

// settle enters in the chain, once, that a file is there with another content,
// and lets the rest go on: nothing is overwritten.
func (k *wormKeeper) settle(ctx context.Context, name string, size uint64, differs error) error {
	if differs == nil || k.told[name] {
		return nil
	}
	k.told[name] = true
	k.update(func(s *WormState) { s.Differs = append(s.Differs, name) })
	k.t.log.Error("a file of the archive folder is not what the journal holds", "tenant", k.t.ID, "path", name)
	ev := chain.Event{Action: chain.AuditArchive, Outcome: "error", Detail: chain.Detail{"code": "worm-differs", "size": size}}
	_, err := k.t.Record(ctx, System("archive"), ev)
	return err
}
