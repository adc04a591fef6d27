package connectors

import (
	"fmt"
	"log/slog"

	"coffre/connectors/gate"
	"coffre/store"
)

// BoxWays returns every way out that the settings of the box's firms name. A firm
// that can't be opened has none and is logged, unless it is the only one: then
// nothing would be left to serve.
func BoxWays(root *store.Root, log *slog.Logger) (ways []gate.Way, err error) {
	all, err := root.Tenants()
	if err != nil {
		return nil, err
	}
	for _, rec := range all {
		t, release, err := root.Acquire(rec.ID)
		if err != nil && len(all) == 1 {
			return nil, err
		}
		if err != nil {
			log.Error("tenant can't be opened", "tenant", rec.ID, "err", err)
			continue
		}
		err = t.View(func(v *store.View) error {
			named, err := Ways(v)
			if err != nil {
				return err
			}
			boxes, err := WitnessWays(v)
			ways = append(append(ways, named...), boxes...)
			return err
		})
		release()
		if err != nil {
			return nil, fmt.Errorf("open ways: %w", err)
		}
	}
	return ways, nil
}
