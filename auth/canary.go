package auth

import (
	"context"
	"time"

	"coffre/store"
)

// canaryTick is how often the box looks whether a check of rights is due.
const canaryTick = 10 * time.Minute

// canaryLoop checks once a night that retrieval respects the rights of every
// firm's groups and people. A box that was off at night does it soon after its
// start.
func (s *Service) canaryLoop(ctx context.Context, root *store.Root) {
	tick := time.NewTicker(canaryTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.checkRightsDue(ctx, root)
		}
	}
}

// checkRightsDue runs the checks that are due, one firm after the other.
func (s *Service) checkRightsDue(ctx context.Context, root *store.Root) {
	all, err := root.Served()
	if err != nil {
		s.log.Error("tenants can't be listed", "err", err)
		return
	}
	for _, rec := range all {
		if ctx.Err() != nil {
			return
		}
		t, release, err := root.Acquire(rec.ID)
		if err != nil {
			s.log.Error("check of rights: tenant can't be opened", "tenant", rec.ID, "err", err)
			continue
		}
		due, err := t.CanaryDue(s.now())
		if err == nil && due {
			_, err = t.CheckRights(ctx, store.System("rights"))
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("check of rights can't be run", "tenant", rec.ID, "err", err)
		}
		release()
	}
}
