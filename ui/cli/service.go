package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"coffre/ui/unit"
)

var serviceFlags = []Flag{
	{Name: "listen", Value: "ADDR", Does: "cli.flag.listen"},
	{Name: "http", Value: "ADDR", Does: "cli.flag.http"},
	{Name: "user", Value: "NAME", Does: "cli.flag.service-user"},
	{Name: "write", Value: "DIR", Does: "cli.flag.service-write", Many: true},
	{Name: "system", Value: "systemd|launchd", Does: "cli.flag.service-system"},
	{Name: "root", Value: "DIR", Does: "cli.flag.service-root"},
	{Name: "dry-run", Does: "cli.flag.service-dry"},
}

var serviceCommands = []Command{
	{Name: "service install", Flags: serviceFlags, Does: "cli.does.service-install", More: "cli.more.service-install", Run: func(ctx context.Context, c *Call) error {
		return c.service(ctx, unit.Options.Install, "cli.service.installed")
	}},
	{Name: "service uninstall", Flags: serviceFlags, Does: "cli.does.service-uninstall", More: "cli.more.service-uninstall", Run: func(ctx context.Context, c *Call) error {
		return c.service(ctx, unit.Options.Uninstall, "cli.service.uninstalled")
	}},
	{Name: "service status", Flags: serviceFlags, Does: "cli.does.service-status", Run: runServiceStatus},
}

// effective is the account that the command runs as.
var effective = os.Geteuid

func (c *Call) serviceOptions() (o unit.Options, root string, err error) {
	o = unit.Options{
		System: c.Flag("system"), Listen: c.Flag("listen"), HTTP: c.Flag("http"), User: c.Flag("user"), Write: c.FlagAll("write"),
	}
	if o.System == "" {
		if o.System = unit.Systemd; runtime.GOOS == "darwin" {
			o.System = unit.Launchd
		}
	}
	if c.Has("data") {
		o.Data = c.Data
	}
	if o.Source, err = os.Executable(); err != nil {
		return o, "", fmt.Errorf("find program: %w", err)
	}
	if root = c.Flag("root"); root == "" {
		root = "/"
	}
	if o, err = o.Complete(); errors.Is(err, unit.ErrOption) {
		return o, root, usage("cli.usage.service", "problem", err.Error())
	}
	return o, root, err
}

// service does a plan, or shows it.
func (c *Call) service(ctx context.Context, plan func(unit.Options) []unit.Step, done string) error {
	o, root, err := c.serviceOptions()
	if err != nil {
		return err
	}
	steps := plan(o)
	if c.Has("dry-run") {
		return c.showPlan(steps)
	}
	live := filepath.Clean(root) == "/"
	if live && effective() != 0 {
		return Fail(ExitDenied, "cli.service.root")
	}
	if live && o.System == unit.Systemd {
		if _, err := exec.LookPath("systemctl"); err != nil {
			return Fail(ExitUnreachable, "cli.service.no-systemd")
		}
	}
	if err := unit.Apply(steps, root, func(s unit.Step) error { return c.runStep(ctx, s) }); err != nil {
		return err
	}
	if c.JSON {
		path, _ := o.File()
		return c.object(map[string]any{"system": o.System, "file": path, "data": o.Data, "user": o.User})
	}
	switch {
	case !live:
		c.say("cli.service.written", "root", root)
	case done == "cli.service.installed":
		c.say(done, "data", o.Data)
		c.sayLink(o)
	default:
		c.say(done, "data", o.Data)
	}
	return nil
}

// sayLink tells where the one-time set-up link is found.
func (c *Call) sayLink(o unit.Options) {
	if o.System == unit.Launchd {
		c.say("cli.service.link-launchd")
		return
	}
	c.say("cli.service.link-systemd")
}

func (c *Call) showPlan(steps []unit.Step) error {
	if c.JSON {
		var lines []string
		for _, s := range steps {
			lines = append(lines, s.Line())
		}
		return c.object(map[string]any{"steps": lines})
	}
	for _, s := range steps {
		fmt.Fprintln(c.Stdout, s.Line())
		for line := range strings.Lines(s.Text) {
			fmt.Fprint(c.Stdout, "    "+line)
		}
	}
	return nil
}

// runStep runs a command of a plan, unless what it makes is there.
func (c *Call) runStep(ctx context.Context, s unit.Step) error {
	if s.Unless != "" && hasAccount(s.Unless) {
		return nil
	}
	cmd := exec.CommandContext(ctx, s.Args[0], s.Args[1:]...)
	cmd.Stdout, cmd.Stderr = c.Stderr, c.Stderr
	if s.May {
		cmd.Stdout, cmd.Stderr = nil, nil
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run command: %w", err)
	}
	return nil
}

func hasAccount(name string) bool {
	if b, err := os.ReadFile("/etc/passwd"); err == nil && strings.Contains("\n"+string(b), "\n"+name+":") {
		return true
	}
	return exec.Command("id", "-u", name).Run() == nil
}

// runServiceStatus tells whether the service is there, as this version would
// write it, and running. Exit 4 where it is not running.
func runServiceStatus(ctx context.Context, c *Call) error {
	o, root, err := c.serviceOptions()
	if err != nil {
		return err
	}
	path, text := o.File()
	b, err := os.ReadFile(filepath.Join(root, path))
	if errors.Is(err, fs.ErrNotExist) {
		return Fail(ExitUnreachable, "cli.service.none", "path", path)
	}
	if err != nil {
		return fmt.Errorf("read service file: %w", err)
	}
	state := "unknown"
	if filepath.Clean(root) == "/" {
		state = serviceState(ctx, o.System)
	}
	if c.JSON {
		if err := c.object(map[string]any{"file": path, "current": string(b) == text, "state": state}); err != nil {
			return err
		}
	} else {
		c.say("cli.service.there", "path", path)
		if string(b) != text {
			c.note("cli.service.other")
		}
		c.say("cli.service.state", "state", state)
	}
	if filepath.Clean(root) == "/" && state != "active" {
		return Fail(ExitUnreachable, "cli.service.stopped")
	}
	return nil
}

// serviceState asks the system: "active", or what it says.
func serviceState(ctx context.Context, system string) string {
	if system == unit.Launchd {
		if exec.CommandContext(ctx, "launchctl", "print", "system/coffre").Run() == nil {
			return "active"
		}
		return "inactive"
	}
	out, _ := exec.CommandContext(ctx, "systemctl", "is-active", "coffre.service").Output()
	if s := strings.TrimSpace(string(out)); s != "" {
		return s
	}
	return "inactive"
}
