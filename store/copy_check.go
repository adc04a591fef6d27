package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"coffre/chain"
	"coffre/vault"
	"coffre/vault/backupfile"
)

// copyBadMost is how many bad files a verification names.
const copyBadMost = 1000

// CheckCopies reads everything that lies in the folder: each copy against the
// SHA-256 that the box has kept of it, each object with the set's key to its
// authenticated end. What is wrong is in the result, which is entered as
// backup.check. Errors: those of MakeCopy before it writes.
func (r *Root) CheckCopies(ctx context.Context, by Actor, request string) (out CopyCheck, err error) {
	if !r.copies.busy.TryLock() {
		return out, Fail(Conflict, "copy-running")
	}
	defer r.copies.busy.Unlock()
	r.copyDoing("check")
	defer r.copyDoing("")
	plan, _, err := r.copyPlan()
	if err != nil {
		return out, err
	}
	if plan.Folder == "" {
		return out, Fail(Conflict, "copy-off")
	}
	home, _, err := r.home(plan.Folder)
	if err != nil {
		return out, err
	}
	k := &copyChecking{r: r, home: home, out: CopyCheck{At: r.opts.Now().UTC(), Folder: home}}
	begun := time.Now()
	if k.secret, err = r.copySecret(); err == nil {
		err = k.all(ctx)
	}
	if err != nil {
		return out, copyFault(plan.Folder, err)
	}
	k.out.Took = time.Since(begun)
	return r.enterCheck(ctx, by, request, k.out)
}

type copyChecking struct {
	r      *Root
	home   string
	secret vault.DataKey
	out    CopyCheck
}

func (k *copyChecking) all(ctx context.Context) error {
	var known []CopyRecord
	if err := k.r.Box.View(func(v *View) (err error) { known, err = v.CopyRecords(); return err }); err != nil {
		return err
	}
	files, err := copiesIn(k.home)
	if err != nil {
		return err
	}
	objects := map[string]string{}
	for _, f := range files {
		sums, ok := sumsOf(f)
		if !ok {
			k.bad(copyRuns+"/"+f.name()+copySums, &k.out.Missing)
		}
		for path, sum := range sums {
			if strings.HasPrefix(path, "objects/") {
				objects[path] = sum
			}
		}
		if err := k.run(ctx, f, known, sums); err != nil {
			return err
		}
	}
	for _, rec := range known {
		there := slices.ContainsFunc(files, func(f CopyFile) bool { return f.ID == rec.ID })
		if rec.State == BackupDone && rec.Removed.IsZero() && rec.Folder == k.home && !there {
			k.bad(copyRuns+"/"+rec.Name+copyEnding, &k.out.Missing)
		}
	}
	for path, sum := range objects {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := k.object(path, sum); err != nil {
			return err
		}
	}
	return nil
}

func (k *copyChecking) bad(path string, n *int) {
	*n++
	if len(k.out.Bad) < copyBadMost {
		k.out.Bad = append(k.out.Bad, path)
	}
}

// run holds a copy against its record, or where the box has none, against its list.
func (k *copyChecking) run(ctx context.Context, f CopyFile, known []CopyRecord, sums map[string]string) error {
	k.out.Runs++
	path := copyRuns + "/" + f.name() + copyEnding
	want := sums[path]
	if i := slices.IndexFunc(known, func(r CopyRecord) bool { return r.ID == f.ID && r.State == BackupDone }); i >= 0 {
		want = known[i].SHA256
	} else {
		k.out.Unknown++
	}
	got, n, err := digestOf(ctx, f.Path)
	if err != nil {
		return err
	}
	if k.out.Bytes += n; got != want {
		k.bad(path, &k.out.Damaged)
	}
	k.r.copyProgress(n)
	return nil
}

func digestOf(ctx context.Context, path string) (sum string, n int64, err error) {
	f, err := openRegular(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err = io.Copy(shareWriter{ctx, h, filepath.Dir(path)}, f)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

func (k *copyChecking) object(path, sum string) error {
	k.out.Objects++
	full := filepath.Join(k.home, filepath.FromSlash(path))
	st, err := os.Lstat(full)
	if errors.Is(err, fs.ErrNotExist) {
		k.bad(path, &k.out.Missing)
		return nil
	}
	if err != nil {
		return err
	}
	k.out.Bytes += st.Size()
	set := strings.Split(path, "/")[1]
	key, err := setKey(k.secret, set)
	if err != nil {
		return err
	}
	got, err := openWithKey(full, key, strings.TrimSuffix(filepath.Base(path), copyEnding))
	var io *fs.PathError
	switch {
	case err != nil && errors.As(err, &io) && !errors.Is(err, backupfile.ErrDamaged):
		return err // the folder's fault, not the file's
	case err != nil || got != sum:
		k.bad(path, &k.out.Damaged)
	}
	k.r.copyProgress(st.Size())
	return nil
}

// enterCheck judges and keeps a verification.
func (r *Root) enterCheck(ctx context.Context, by Actor, request string, k CopyCheck) (CopyCheck, error) {
	slices.Sort(k.Bad)
	switch {
	case k.Damaged > 0:
		k.Code = "copy-damaged"
	case k.Missing > 0:
		k.Code = "copy-incomplete"
	default:
		k.OK = true
	}
	err := r.everywhere(func(t *Tenant) error {
		ev := chain.Event{
			Action: chain.BackupCheck, Request: request,
			Detail: chain.Detail{"result": k.OK, "runs": k.Runs, "objects": k.Objects, "bytes": k.Bytes, "damaged": k.Damaged, "missing": k.Missing},
		}
		if !k.OK {
			ev.Outcome, ev.Detail["code"] = "error", k.Code
		}
		_, err := t.Update(context.WithoutCancel(ctx), by, ev, func(tx *Tx) error {
			if t.ID != BoxID {
				return nil
			}
			k.Seq = tx.Seq
			return tx.keepCheck(k)
		})
		return err
	})
	return k, err
}
