package demo

import (
	"context"
	"io/fs"
	"net"
	"os"

	"coffre/auth"
	"coffre/store"
)

// Key makes an API key for the sample firm's administrator.
func Key(ctx context.Context, root *store.Root, svc *auth.Service) (string, error) {
	t, release, err := root.Acquire(TenantID)
	if err != nil {
		return "", err
	}
	defer release()
	var admin store.User
	err = t.View(func(v *store.View) error {
		all, err := v.Users()
		for _, u := range all {
			if u.Role == store.Admin {
				admin = u
			}
		}
		return err
	})
	if err != nil {
		return "", err
	}
	key, _, err := svc.CreateKey(ctx, t, store.Operator("demo"), admin.ID, "demo")
	return key, err
}

// Directory is the directory given, which must hold no box, or else a
// throw-away one; remove ends what was thrown away.
func Directory(given string) (dir string, remove func(), err error) {
	if given == "" {
		dir, err = os.MkdirTemp("", "coffre-demo-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	if store.HasData(given) {
		return "", nil, store.Fail(store.Conflict, "demo-data", "path", given)
	}
	return given, func() {}, nil
}

// FreeAddress is addr, or any port of its host where that one is taken.
func FreeAddress(addr string) string {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		host, _, _ := net.SplitHostPort(addr)
		return net.JoinHostPort(host, "0")
	}
	l.Close()
	return addr
}

// Furnish makes the sample firm, a key for its administrator, and waits until
// everything is searchable. wake starts the ingest worker on what is queued.
func Furnish(ctx context.Context, root *store.Root, svc *auth.Service, wake func(), files fs.FS, lang string) (all []Account, key string, err error) {
	if all, err = Seed(ctx, root, svc, files, lang); err != nil {
		return nil, "", err
	}
	if key, err = Key(ctx, root, svc); err != nil {
		return nil, "", err
	}
	wake()
	return all, key, Wait(ctx, root)
}
