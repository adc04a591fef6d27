package update

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"coffre/store"
	"coffre/ui/health"
)

// Why a new program is not fit.
const (
	codeFormat = "format" // it refuses the data, or can't lead them to its format
	codeOpen   = "open"   // a database doesn't open
	codeChain  = "chain"  // a chain doesn't hold
)

func knownCode(code string) bool {
	return slices.Contains([]string{codeFormat, codeOpen, codeChain}, code)
}

// TryMain is the new program's part of a trial: it opens everything, which leads
// it to this program's format, looks at its health, closes, and verifies every
// chain. Nothing listens, nothing is dialled and nothing happens by itself.
func TryMain(args []string, version string, out, errout io.Writer) int {
	v := verdict{Version: version}
	err := errors.New("no data directory")
	if len(args) == 1 {
		log := slog.New(slog.NewTextHandler(errout, &slog.HandlerOptions{Level: slog.LevelWarn}))
		v.Bad, v.Code, err = try(context.Background(), args[0], version, log)
	}
	if v.OK = err == nil; !v.OK {
		v.Why = err.Error()
	}
	if err := json.NewEncoder(out).Encode(v); err != nil || !v.OK {
		return 1
	}
	return 0
}

func try(ctx context.Context, data, version string, log *slog.Logger) (bad []string, code string, err error) {
	if !store.HasData(data) {
		return nil, codeOpen, errors.New("no box there")
	}
	root, err := store.OpenRoot(data, store.Options{Log: log, LockTimeout: 10 * time.Second, Version: version, Still: true})
	if err != nil {
		return nil, openCode(err), err
	}
	ids, bad, code, err := look(ctx, root, version, log)
	if cerr := root.Close(); err == nil && cerr != nil {
		code, err = codeOpen, cerr
	}
	if err != nil {
		return bad, code, err
	}
	for _, id := range append([]string{store.BoxID}, ids...) {
		rep, err := store.VerifyDatabase(ctx, store.VerifyRequest{Path: dbOf(data, id), Tenant: id})
		if err == nil && rep.Fault != "" {
			err = fmt.Errorf("chain of %s: %s", id, rep.Fault)
		}
		if err != nil {
			return bad, codeChain, err
		}
	}
	return bad, "", nil
}

func openCode(err error) string {
	if store.AsError(err).Code == "format-newer" {
		return codeFormat
	}
	return codeOpen
}

func dbOf(data, id string) string {
	if id == store.BoxID {
		return filepath.Join(data, "box.db")
	}
	return store.TenantDB(data, id)
}

// untold are checks that say nothing during a trial: of the passphrase nobody was
// asked, and the copy takes room.
var untold = []string{"master", "space"}

// look opens every firm, and returns the checks that are bad.
func look(ctx context.Context, root *store.Root, version string, log *slog.Logger) (ids, bad []string, code string, err error) {
	all, err := root.Tenants()
	if err != nil {
		return nil, nil, codeOpen, err
	}
	m := health.New(health.Deps{Root: root, Version: version, Log: log})
	for _, rec := range all {
		t, release, err := root.Acquire(rec.ID)
		if err != nil {
			return ids, bad, openCode(err), err
		}
		bad = append(bad, Bad(m.Look(ctx, t))...)
		release()
		ids = append(ids, rec.ID)
	}
	return ids, bad, "", nil
}

// Bad are the names of the checks that are bad, of those that a trial makes.
func Bad(r health.Report) (out []string) {
	for _, x := range r.Results {
		if x.Verdict == health.Bad && !slices.Contains(untold, x.Name) {
			out = append(out, x.Name)
		}
	}
	return out
}
