package cli

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

var initCommand = Command{
	Name: "init",
	Flags: []Flag{
		{Name: "firm", Value: "NAME", Does: "cli.flag.firm"},
		{Name: "admin", Value: "NAME", Does: "cli.flag.admin"},
		{Name: "login", Value: "LOGIN", Does: "cli.flag.login"},
		{Name: "password-file", Value: "FILE", Does: "cli.flag.password-file"},
	},
	Does: "cli.does.init", More: "cli.more.init", Run: runInit,
}

func runInit(ctx context.Context, c *Call) error {
	for _, name := range []string{"firm", "admin"} {
		if strings.TrimSpace(c.Flag(name)) == "" {
			return usage("cli.usage.needs", "flag", "--"+name, "command", "init")
		}
	}
	if c.Data == "" {
		return usage("cli.usage.data")
	}
	req := InitRequest{
		DataDir: c.Data, Firm: c.Flag("firm"), Admin: c.Flag("admin"), Login: c.Flag("login"),
		Tenant: c.Tenant, Lang: string(c.Lang),
	}
	if req.Login == "" {
		req.Login = loginFor(req.Admin)
	}
	if req.Login == "" {
		return usage("cli.usage.needs", "flag", "--login", "command", "init")
	}
	var err error
	if req.Password, err = c.password(ctx); err != nil {
		return err
	}
	res, err := c.Init(ctx, req)
	if err != nil {
		return err
	}
	if c.JSON {
		c.kit(res)
		return c.object(res)
	}
	c.say("cli.init.done", "tenant", res.Tenant, "path", c.Data)
	c.say("cli.init.login", "login", res.Admin)
	if res.APIKey != "" {
		c.say("cli.init.key")
		fmt.Fprintln(c.Stdout, res.APIKey)
	}
	c.kit(res)
	return nil
}

// kit shows the emergency kit once, apart from the results, so that a pipe
// doesn't keep it. With --json too: what is not shown here is lost for good.
func (c *Call) kit(res InitResult) {
	if res.RecoverySecret == "" {
		return
	}
	fmt.Fprintln(c.Stderr)
	fmt.Fprintln(c.Stderr, c.Lang.T("cli.init.kit"))
	fmt.Fprintln(c.Stderr, c.Lang.T("cli.init.first-key")+"\n  "+res.FirstKey)
	fmt.Fprintln(c.Stderr, c.Lang.T("cli.init.recovery-key")+"\n  "+res.RecoveryKey)
	fmt.Fprintln(c.Stderr, c.Lang.T("cli.init.recovery-secret")+"\n  "+res.RecoverySecret)
	c.paper(res)
	if res.BoxRecoverySecret == "" {
		return
	}
	fmt.Fprintln(c.Stderr, "\n"+c.Lang.T("cli.init.kit-box"))
	fmt.Fprintln(c.Stderr, c.Lang.T("cli.init.first-key")+"\n  "+res.BoxFirstKey)
	fmt.Fprintln(c.Stderr, c.Lang.T("cli.init.recovery-key")+"\n  "+res.BoxRecoveryKey)
	fmt.Fprintln(c.Stderr, c.Lang.T("cli.init.recovery-secret")+"\n  "+res.BoxRecoverySecret)
}

// paper shows what opens the backups, in lines of four words.
func (c *Call) paper(res InitResult) {
	if len(res.BackupWords) == 0 {
		return
	}
	fmt.Fprintln(c.Stderr, c.Lang.T("cli.init.words", "mark", res.BackupMark))
	for i, w := range res.BackupWords {
		fmt.Fprintf(c.Stderr, "  %2d %-10s", i+1, w)
		if i%4 == 3 {
			fmt.Fprintln(c.Stderr)
		}
	}
}

// loginFor makes a sign-in name of a person's name: "Zoé Le Goff" is
// zoe.le.goff.
func loginFor(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', strings.ContainsRune("-_@", r):
			if gap && b.Len() > 0 {
				b.WriteByte('.')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	return b.String()
}
