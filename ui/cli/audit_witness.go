package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"coffre/chain"
)

// runAuditWitness with a state file needs no box: it runs on a machine that the
// box's administrators don't hold.
func runAuditWitness(ctx context.Context, c *Call) error {
	path := c.Flag("state")
	if path == "" {
		return runWitnessBox(ctx, c)
	}
	if c.Has("init") {
		return c.witnessInit(path)
	}
	s, err := readState(path)
	if err != nil {
		return err
	}
	if c.Has("take") {
		unlock, err := lockState(path)
		if err != nil {
			return err
		}
		defer unlock()
		return c.witnessTake(path, s)
	}
	if c.JSON {
		return c.object(map[string]any{"log": s.Log, "size": s.Size, "restores": s.Restores, "key": s.Verifier(), "checkpoint": s.Checkpoint})
	}
	args := []any{"log", s.Log, "n", s.Size}
	if !s.Seen.IsZero() {
		args = append(args, "time", s.Seen.Local())
	}
	c.say("cli.witness.state", args...)
	return nil
}

func (c *Call) witnessInit(path string) error {
	known, err := c.outside()
	if err != nil {
		return err
	}
	if known.FirstKey == "" {
		return usage("cli.usage.needs", "flag", "--key", "command", "audit witness --init")
	}
	s, err := chain.NewWitness(c.Flag("init"), known.FirstKey)
	if err != nil {
		return usage("cli.usage.key-form")
	}
	raw, err := s.Encode()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return Fail(ExitFailed, "cli.witness.exists", "path", path)
	}
	if err == nil {
		_, err = f.Write(raw)
		err = errors.Join(err, f.Sync(), f.Close())
		syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if c.JSON {
		return c.object(map[string]any{"state": path, "log": s.Log, "key": s.Verifier()})
	}
	c.say("cli.witness.made", "path", path, "key", s.Verifier())
	return nil
}

// maxUpdate bounds what is read: hand-overs of ten years are some megabytes.
const maxUpdate = 64 << 20

func (c *Call) witnessTake(path string, s chain.WitnessState) error {
	from := c.Flag("take")
	in := c.Stdin
	if from != "-" {
		f, err := os.Open(from)
		if err != nil {
			return fmt.Errorf("open update: %w", err)
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxUpdate))
	if err != nil {
		return fmt.Errorf("read update: %w", err)
	}
	u, err := chain.ParseWitnessUpdate(raw)
	if err != nil {
		return Fail(ExitUsage, "cli.witness.bad-update", "path", from)
	}
	next, w, err := s.Advance(u, time.Now())
	if err != nil {
		return c.witnessRefuses(s, err)
	}
	// The state first: what was cosigned must never be forgotten.
	if err := replaceState(path, next); err != nil {
		return err
	}
	if out := c.Flag("out"); out != "" && out != "-" {
		if err := os.WriteFile(out, []byte(w.Note), 0o600); err != nil {
			return fmt.Errorf("write cosignature: %w", err)
		}
	}
	if c.JSON {
		return c.object(map[string]any{"from": w.From, "size": w.To, "note": w.Note, "restored": w.Restored})
	}
	for _, r := range w.Restored {
		c.note("cli.witness.restored", "from", r.Size, "to", r.LostTo)
	}
	c.note("cli.witness.taken", "from", w.From, "to", w.To)
	if c.Flag("out") == "" || c.Flag("out") == "-" {
		_, err = io.WriteString(c.Stdout, w.Note)
	}
	return err
}

// witnessRefuses says why, and shows the checkpoint that proves it.
func (c *Call) witnessRefuses(s chain.WitnessState, err error) error {
	show := func(key string) error {
		io.WriteString(c.Stdout, s.Checkpoint)
		return Fail(ExitUnverified, key)
	}
	switch {
	case errors.Is(err, chain.ErrFork):
		return show("cli.witness.refused.fork")
	case errors.Is(err, chain.ErrShrunk):
		return show("cli.witness.refused.shrunk")
	case errors.Is(err, chain.ErrWitnessFrom):
		return Fail(ExitFailed, "cli.witness.refused.from", "n", s.Size)
	case errors.Is(err, chain.ErrUnknownKey), errors.Is(err, chain.ErrWitnessProof):
		return Fail(ExitUnverified, "cli.witness.refused.key")
	}
	return Fail(ExitUnverified, "cli.witness.refused.other")
}

// replaceState writes beside the state and renames, so that a witness that loses
// power has the old state or the new one.
func replaceState(path string, s chain.WitnessState) error {
	raw, err := s.Encode()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".witness-*")
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	_, err = f.Write(raw)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	syncFolder(filepath.Dir(path))
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}
