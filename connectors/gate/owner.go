package gate

import (
	"context"
	"net"
)

// ownerKey is the context key of the firm that a connection is for.
type ownerKey struct{}

// As names the firm, by its id, that connections dialled with the context are
// for: one firm's ways are no way for another. Without it only ways without an
// owner are open. It decides what may be reached, never what may be read.
func As(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, ownerKey{}, owner)
}

func ownerOf(ctx context.Context) string {
	owner, _ := ctx.Value(ownerKey{}).(string)
	return owner
}

// For returns the dialer of one firm.
func (g *Gate) For(owner string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return g.DialContext(As(ctx, owner), network, addr)
	}
}
