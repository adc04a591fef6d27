package store

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"coffre/chain"
	"coffre/vault/backupfile"
)

// Write streams the age file to w and enters what came of it as backup.end. It is
// called once. Errors: Corrupt "original-damaged" where an original is not what its
// name says, "original-missing"; the context's; those of w.
func (b *Backup) Write(ctx context.Context, w io.Writer) error {
	sum := backupfile.NewSum()
	count := &counting{w: w, total: b.Bytes, tell: b.req.Progress}
	err := b.behind(func() error { return b.stream(ctx, io.MultiWriter(count, sum)) })
	digest := sum.End()
	var bad *backupfile.ErrSource
	var path *fs.PathError
	switch {
	case errors.As(err, &bad):
		err = Fail(Corrupt, "original-damaged", "sha256", backupfile.OriginalHash(bad.Name)).Because(err)
	case errors.As(err, &path) && errors.Is(err, fs.ErrNotExist):
		err = Fail(Corrupt, "original-missing").Because(err)
	}
	if err == nil {
		b.SHA256 = hex.EncodeToString(digest)
		err = b.req.copy.commit(b)
	}
	code := ""
	if err != nil {
		if code = AsError(err).Code; code == "internal" {
			code = "cut"
		}
	}
	if eerr := b.end(ctx, code); err == nil {
		err = eerr
	}
	return err
}

// behind runs fn on a thread that stands behind those that answer people.
func (b *Backup) behind(fn func() error) error {
	defer beside.enter()()
	ended := make(chan error)
	go func() {
		backupfile.Yield()
		err := errors.New("write backup: it stopped in the middle")
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("write backup: %v", p)
			}
			ended <- err
		}()
		err = fn()
	}()
	return <-ended
}

// sendStep is how many bytes leave at once. age's own pieces are a sixteenth of it,
// and each would wake whoever takes them.
const sendStep = 1 << 20

func (b *Backup) stream(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriterSize(w, sendStep)
	inner, err := b.seal.To(&pace{w: out, busy: b.r.busy})
	if err != nil {
		return err
	}
	if _, err := backupfile.Write(ctx, inner, b.facts, b.sources); err != nil {
		return err
	}
	killPoint("backup-written")
	if err := inner.Close(); err != nil {
		return err
	}
	return out.Flush()
}

// end enters in every chain what came of the backup; code is "" for a whole one.
func (b *Backup) end(ctx context.Context, code string) error {
	if b.ended {
		return nil
	}
	b.ended = true
	ctx = context.WithoutCancel(ctx) // whoever fetched it may be gone
	var errs []error
	for _, p := range b.parts {
		if p.rec.Seq == 0 {
			continue
		}
		rec := p.rec
		rec.Ended, rec.Bytes, rec.SHA256, rec.Originals, rec.State, rec.Code = b.r.opts.Now().UTC(), b.Bytes, b.SHA256, len(p.files), BackupDone, code
		ev := chain.Event{
			Action: chain.BackupEnd, Request: b.req.Request, Object: chain.Object{Kind: "backup", ID: b.ID},
			Detail: chain.Detail{"way": b.req.Way, "size": rec.Size, "originals": rec.Originals},
		}
		if code != "" {
			rec.State, rec.SHA256 = BackupFailed, ""
			ev.Outcome, ev.Detail["code"] = "error", code
		} else {
			ev.Detail["bytes"], ev.Detail["sha256"] = b.Bytes, b.SHA256
		}
		b.tellDamaged(p.t, ev.Detail)
		b.req.copy.tell(ev.Detail)
		_, err := p.t.Update(ctx, b.req.By, ev, func(tx *Tx) error {
			if p.t.ID == BoxID && b.req.copy != nil {
				if err := tx.keepCopy(b.req.copy.record(rec, tx.Seq)); err != nil {
					return err
				}
			}
			return tx.keepBackup(rec)
		})
		p.t.backing.Store(nil)
		errs = append(errs, err)
		if p.t.ID != BoxID {
			b.made = rec
		}
	}
	return errors.Join(errs...)
}

// Close removes the copies. A backup that was never written whole ends as cut.
func (b *Backup) Close() error { return b.give("cut") }

func (b *Backup) give(code string) error {
	if b.r == nil {
		return nil
	}
	err := b.end(context.Background(), code)
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
	for _, p := range b.parts {
		p.t.backing.Store(nil)
		p.release()
	}
	b.r.backing.Unlock()
	b.r = nil
	return err
}

// Opener opens this one file, as long as the process lives: for the trial restore
// of what was just written.
func (b *Backup) Opener() backupfile.Identity { return b.seal.Opener() }

// Size is how many entries of a tenant's chain the backup holds.
func (b *Backup) Size(tenant string) uint64 {
	for _, c := range b.facts.Chains {
		if c.Tenant == tenant {
			return c.Size
		}
	}
	return 0
}

// counting tells how far the writing is.
type counting struct {
	w           io.Writer
	done, total int64
	tell        func(done, total int64)
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if c.done += int64(n); c.tell != nil {
		c.tell(c.done, c.total)
	}
	return n, err
}
