package ui

import (
	"context"
	"net/http"
	"time"

	"coffre/auth"
)

const (
	liveEvery = time.Second     // how often it is looked whether a request that runs may go on
	liveGrace = 2 * time.Second // for a handler to end by itself, with its last words
)

// live ends a request that runs for long, such as a stream or an export, once what
// it began with is taken away; stop ends the looking.
func (q *request) live() (stop func()) {
	if q.p.All || q.p.UserID == "" {
		return func() {}
	}
	ctx, cancel := context.WithCancelCause(q.r.Context())
	q.r = q.r.WithContext(ctx)
	done := make(chan struct{})
	t, p, may, w := q.t, q.p, q.route.may, http.NewResponseController(q.w)
	go func() {
		tick := time.NewTicker(liveEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if !t.Suspended() && q.s.Auth.Continues(t, p, may) {
				continue
			}
			cancel(auth.ErrEnded)
			select {
			case <-done:
			case <-time.After(liveGrace):
				// A download doesn't look at its context.
				_ = w.SetWriteDeadline(time.Now())
			}
			return
		}
	}()
	return func() {
		close(done)
		cancel(nil)
	}
}
