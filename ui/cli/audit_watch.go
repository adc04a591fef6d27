package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"coffre/chain"
	"coffre/connectors"
	"coffre/connectors/gate"
)

var auditWatch = Command{
	Name: "audit watch", Does: "cli.does.audit-watch", More: "cli.more.audit-watch",
	Flags: []Flag{
		{Name: "state", Value: "FILE", Does: "cli.flag.witness-state"},
		{Name: "box", Value: "URL", Does: "cli.flag.watch-box"},
		{Name: "ca", Value: "FILE", Does: "cli.flag.watch-ca"},
		{Name: "api-key-file", Value: "FILE", Does: "cli.flag.watch-key"},
		{Name: "once", Does: "cli.flag.watch-once"},
		{Name: "every", Value: "1h", Does: "cli.flag.watch-every"},
	},
	Run: runAuditWatch,
}

// watchLeast is the shortest pause between two looks: each is an entry on the
// other box.
const watchLeast = time.Minute

func runAuditWatch(ctx context.Context, c *Call) error {
	every, err := c.watchPause()
	if err != nil {
		return err
	}
	w, err := c.watch()
	if err != nil {
		return err
	}
	unlock, err := lockState(c.Flag("state"))
	if err != nil {
		return err
	}
	defer unlock()
	for {
		err := c.watchRound(ctx, w)
		if every == 0 || exitCode(c, err) == ExitUnverified {
			return err
		}
		if err != nil && ctx.Err() == nil {
			_, sentence, _ := exitOf(c.Lang, err)
			fmt.Fprintln(c.Stderr, "coffre: "+sentence)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}

func exitCode(c *Call, err error) int {
	if err == nil {
		return ExitDone
	}
	exit, _, _ := exitOf(c.Lang, err)
	return exit
}

func (c *Call) watchPause() (time.Duration, error) {
	for _, name := range []string{"state", "box", "api-key-file"} {
		if c.Flag(name) == "" {
			return 0, usage("cli.usage.needs", "flag", "--"+name, "command", "audit watch")
		}
	}
	if c.Has("once") || !c.Has("every") {
		return 0, nil
	}
	every, err := time.ParseDuration(c.Flag("every"))
	if err != nil || every < watchLeast {
		return 0, usage("cli.usage.every", "value", c.Flag("every"))
	}
	return every, nil
}

// watch opens the way to the other box, and to nothing else.
func (c *Call) watch() (*connectors.Watch, error) {
	o := connectors.WatchOptions{URL: c.Flag("box")}
	key, err := os.ReadFile(c.Flag("api-key-file"))
	if err != nil {
		return nil, fmt.Errorf("read API key: %w", err)
	}
	o.Key = strings.TrimSpace(string(key))
	if path := c.Flag("ca"); path != "" {
		if o.CA, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("read certificate authority: %w", err)
		}
	}
	way, err := gate.WayTo(o.URL, "watch")
	if err != nil {
		return nil, usage("cli.usage.watch-box", "value", o.URL)
	}
	g := gate.New(nil, nil)
	if err := g.Allow(way); err != nil {
		return nil, usage("cli.usage.watch-box", "value", o.URL)
	}
	o.Dial = g.DialContext
	w, err := connectors.NewWatch(o)
	switch {
	case errors.Is(err, connectors.ErrWatchCA):
		return nil, usage("cli.usage.watch-ca", "path", c.Flag("ca"))
	case err != nil:
		return nil, usage("cli.usage.watch-box", "value", o.URL)
	}
	return w, nil
}

func (c *Call) watchRound(ctx context.Context, w *connectors.Watch) error {
	path := c.Flag("state")
	s, err := readState(path)
	if err != nil {
		return err
	}
	_, seen, err := w.Round(ctx, s, time.Now(), func(next chain.WitnessState) error { return replaceState(path, next) })
	var refused *connectors.RefusedError
	switch {
	case connectors.IsWatchAlarm(err):
		return c.witnessRefuses(s, err)
	case errors.As(err, &refused) && refused.Code == "witness-fork":
		return c.witnessRefuses(s, chain.ErrFork)
	case errors.As(err, &refused) && refused.Code == "witness-note":
		return Fail(ExitFailed, "cli.watch.unknown", "key", s.Verifier())
	case errors.As(err, &refused) && (refused.Status == http.StatusUnauthorized || refused.Status == http.StatusForbidden || refused.Status == http.StatusNotFound):
		return Fail(ExitDenied, "cli.watch.denied", "box", c.Flag("box"))
	case errors.As(err, &refused):
		return Fail(ExitUnreachable, "cli.watch.answer", "box", c.Flag("box"), "status", refused.Status, "code", clean(refused.Code))
	case errors.Is(err, chain.ErrWitnessUpdate), errors.Is(err, chain.ErrCheckpoint):
		return Fail(ExitUnverified, "cli.watch.nonsense", "box", c.Flag("box"))
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &failure{exit: ExitUnreachable, key: "cli.watch.lost", args: []any{"box", c.Flag("box"), "reason", clean(err.Error())}, err: err}
	}
	if c.JSON {
		return c.object(map[string]any{"from": seen.From, "size": seen.To, "restored": seen.Restored})
	}
	for _, r := range seen.Restored {
		c.note("cli.witness.restored", "from", r.Size, "to", r.LostTo)
	}
	c.say("cli.watch.done", "from", seen.From, "to", seen.To)
	return nil
}

func readState(path string) (chain.WitnessState, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return chain.WitnessState{}, fmt.Errorf("read state: %w", err)
	}
	s, err := chain.ParseWitnessState(raw)
	if err != nil {
		return s, Fail(ExitUsage, "cli.witness.bad-state", "path", path)
	}
	return s, nil
}

// lockState keeps a second process from cosigning from the same state: shown two
// journals, the two would sign both.
func lockState(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock state: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, Fail(ExitUnreachable, "cli.watch.busy", "path", path)
	}
	return func() { f.Close() }, nil
}
