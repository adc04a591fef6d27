package auth

import (
	"testing"
	"time"

	"coffre/store"
)

// TestRightsAreCheckedAtNight: once a night and firm, and not again until the next.
func TestRightsAreCheckedAtNight(t *testing.T) {
	b := newBox(t)
	runs := func() int {
		all, err := view(b.t, func(v *store.View) ([]store.CanaryRun, error) { return v.CanaryRuns() })
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			if r.Actor != "system" || !r.OK() {
				t.Errorf("run %+v", r)
			}
		}
		return len(all)
	}
	b.s.checkRightsDue(b.ctx, b.root)
	if runs() != 0 {
		t.Error("checked before the first night")
	}
	b.clock.advance(49 * time.Hour)
	b.s.checkRightsDue(b.ctx, b.root)
	b.s.checkRightsDue(b.ctx, b.root)
	if runs() != 1 {
		t.Errorf("%d checks in a night", runs())
	}
}
