package auth

import (
	"context"
	"log/slog"
	"net"
	"time"

	"coffre/store"
)

// Options of a Service. The zero value works.
type Options struct {
	Now    func() time.Time // the store's clock
	Params Params           // costs of Argon2id
	Log    *slog.Logger

	SessionFor time.Duration // a session ends this long after its sign-in; default 12 hours
	IdleFor    time.Duration // or this long after its last request; default 2 hours

	// Dial is the only way out, for directories and identity providers; nil leads nowhere.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// As names the firm that a connection is for, in its context; nil: nobody asks.
	As func(ctx context.Context, owner string) context.Context
}

// Service signs people in and resolves who asks. It belongs to no tenant; every
// method takes the one that it is about. Close it before the store.
type Service struct {
	now      func() time.Time
	log      *slog.Logger
	opts     Options
	hash     *hasher
	throttle *throttle
	failures *failures
	second   second

	uses        *uses
	directories *directories

	providers *providers

	setup setup
}

// New makes a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SessionFor <= 0 {
		o.SessionFor = 12 * time.Hour
	}
	if o.IdleFor <= 0 {
		o.IdleFor = 2 * time.Hour
	}
	return &Service{
		now: o.Now, log: o.Log, opts: o,
		hash: newHasher(o.Params), throttle: newThrottle(o.Now, passwordLimits), failures: newFailures(o.Now, o.Log),
		second: newSecond(o.Now), uses: newUses(), directories: newDirectories(), providers: newProviders(),
	}
}

// Now is the service's clock.
func (s *Service) Now() time.Time { return s.now() }

// Flush writes the grouped counts of failed sign-ins to the chains now.
func (s *Service) Flush(ctx context.Context) { s.failures.flush(ctx, true) }

// Close writes what Flush writes and ends the timer.
func (s *Service) Close() { s.failures.close() }

// view reads from a tenant and returns one value.
func view[T any](t *store.Tenant, fn func(*store.View) (T, error)) (out T, err error) {
	err = t.View(func(v *store.View) error {
		out, err = fn(v)
		return err
	})
	return out, err
}
