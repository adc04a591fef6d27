package update

import (
	"context"
	"errors"
	"log/slog"

	"coffre/store"
)

// Enter puts what became of the last update into every chain of the box that has
// its beginning. Until all have it, the next start tries again. A beginning that
// nothing followed, since the box was killed in between, is ended, too.
func (b *Box) Enter(ctx context.Context, root *store.Root, log *slog.Logger) {
	if !b.mine() {
		return
	}
	if err := b.enter(ctx, root); err != nil {
		log.Error("an update can't be entered", "err", err)
	}
}

func (b *Box) enter(ctx context.Context, root *store.Root) error {
	unlock, err := b.lock()
	if err != nil {
		return err
	}
	defer unlock()
	st, err := b.read()
	if err != nil || st.Phase == Asked || st.unsafe() {
		return err
	}
	err = EachChain(root, func(t *store.Tenant) error {
		var all []store.UpdateRecord
		if err := t.View(func(v *store.View) (err error) { all, err = v.Updates(); return err }); err != nil {
			return err
		}
		for _, r := range all {
			if r.State != store.UpdateBegun {
				continue
			}
			end := store.UpdateRecord{ID: r.ID, State: store.UpdateUndone, Code: "cut"}
			if st.Last != nil && st.Last.ID == r.ID {
				end.Code = st.Last.Code
				if st.Last.Done {
					end.State = store.UpdateDone
				}
			}
			if err := t.EndUpdate(ctx, end); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// EachChain calls fn for the box and every firm on it.
func EachChain(root *store.Root, fn func(*store.Tenant) error) error {
	all, err := root.Tenants()
	if err != nil {
		return err
	}
	errs := []error{fn(root.Box)}
	for _, rec := range all {
		t, release, err := root.Acquire(rec.ID)
		if err == nil {
			err = fn(t)
			release()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
