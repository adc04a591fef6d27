package auth

import (
	"context"
	"sync"

	"coffre/store"
)

// loop is work that goes on while a box runs: it ends with ctx.
type loop func(ctx context.Context, root *store.Root)

// loops are all of them.
func (s *Service) loops() []loop {
	return []loop{s.keepUses, s.endElevations, s.followDirectories, s.canaryLoop, s.metadataLoop}
}

// Run works until ctx ends.
func (s *Service) Run(ctx context.Context, root *store.Root) {
	var all sync.WaitGroup
	for _, l := range s.loops() {
		all.Go(func() { l(ctx, root) })
	}
	all.Wait()
}
