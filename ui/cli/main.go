package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Main runs the command that env.Args names and returns the exit code.
func Main(ctx context.Context, env Env) int {
	lang, err := env.language()
	table := env.table()
	var t typed
	if err == nil {
		t, err = parse(env.Args, table)
	}
	if err == nil {
		err = env.run(ctx, t, &Call{Env: &env, Lang: lang, Operands: t.operands, flags: t.flags}, table)
	}
	if err == nil {
		return ExitDone
	}
	exit, sentence, hint := exitOf(lang, err)
	if sentence != "" {
		fmt.Fprintln(env.Stderr, "coffre: "+sentence)
	}
	if hint != "" {
		fmt.Fprintln(env.Stderr, "coffre: "+hint)
	}
	return exit
}

func (e *Env) run(ctx context.Context, t typed, c *Call, table []Command) error {
	switch {
	case t.command == nil && t.help:
		c.helpAll(e.Stdout, strings.Join(t.words, " "), table)
		return nil
	case t.command == nil && len(t.words) > 0:
		return wantsSub(strings.Join(t.words, " "), table)
	case t.command == nil:
		c.helpAll(e.Stderr, "", table)
		return usage("cli.usage.none")
	case t.help:
		c.help(e.Stdout, *t.command)
		return nil
	}
	n := len(t.operands)
	if n < t.command.Min {
		return usage("cli.usage.few", "synopsis", synopsis(*t.command))
	}
	if t.command.Max >= 0 && n > t.command.Max {
		return usage("cli.usage.many", "argument", t.operands[t.command.Max], "synopsis", synopsis(*t.command))
	}
	if err := c.resolve(); err != nil {
		return err
	}
	if err := c.follow(ctx, t.command.Name); err != nil {
		return err
	}
	return t.command.Run(ctx, c)
}

// resolve reads the common flags.
func (c *Call) resolve() error {
	c.JSON, c.Tenant = c.Has("json"), c.Flag("tenant")
	dir := c.Flag("data")
	if dir == "" {
		dir = c.Getenv("COFFRE_DATA")
	}
	if dir == "" {
		dir = defaultData(runtime.GOOS, getuid(), c.Getenv)
	}
	if dir == "" {
		return nil // reported by whoever needs one
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("find data directory: %w", err)
	}
	c.Data = abs
	return nil
}
