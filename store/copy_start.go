package store

import "time"

// StartCopy begins MakeCopy in the background. Errors: Conflict "copy-running",
// "copy-off".
func (r *Root) StartCopy(q CopyRequest) error {
	return r.startCopying(func() error { _, err := r.MakeCopy(r.ctx, q); return err })
}

// StartCheck begins CheckCopies in the background. Errors: those of StartCopy.
func (r *Root) StartCheck(q CopyRequest) error {
	return r.startCopying(func() error { _, err := r.CheckCopies(r.ctx, q.By, q.Request); return err })
}

func (r *Root) startCopying(do func() error) error {
	plan, _, err := r.copyPlan()
	if err == nil && plan.Folder == "" {
		err = Fail(Conflict, "copy-off")
	}
	if err != nil {
		return err
	}
	if !r.copies.busy.TryLock() {
		return Fail(Conflict, "copy-running")
	}
	r.copies.busy.Unlock()
	r.copyDoing("copy")
	r.copies.wait.Go(func() {
		if err := do(); err != nil && r.ctx.Err() == nil {
			r.opts.Log.Error("a copy or a verification failed", "code", AsError(err).Code, "err", err)
		}
	})
	return nil
}

// leaveCopies waits a moment for what goes on in the folder, once r.ctx has ended.
func (r *Root) leaveCopies() {
	ended := make(chan struct{})
	go func() { r.copies.wait.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(copyLeave):
		r.opts.Log.Error("the folder for copies hangs; closing without it")
	}
}
