package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

var doctorCommand = Command{
	Name: "doctor", Does: "cli.does.doctor", More: "cli.more.doctor",
	Flags: []Flag{{Name: "bundle", Value: "FILE", Does: "cli.flag.bundle"}, exportReasonFlag},
	Run:   runDoctor,
}

// writeBundle puts the diagnostic bundle into a file, mode 0600.
func (c *Call) writeBundle(ctx context.Context, out string) error {
	return c.with(ctx, func(b *box) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiBase+"/health/bundle", nil)
		if err != nil {
			return fmt.Errorf("make request: %w", err)
		}
		resp, err := b.send(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		n, err := save(out, resp.Body)
		if err != nil {
			return interrupted(ctx, err)
		}
		if c.JSON {
			return c.object(map[string]any{"file": out, "bytes": n})
		}
		c.say("cli.doctor.bundled", "path", out, "size", c.Lang.Size(n))
		return nil
	})
}

type doctorAnswer struct {
	Verdict string `json:"verdict"`
	Checks  []struct {
		Title   string `json:"title"`
		Verdict string `json:"verdict"`
		Reason  string `json:"reason"`
		Remedy  string `json:"remedy"`
	} `json:"checks"`
}

// ill ends a command whose answer was shown: exit 1 and no further word.
var errIll = &failure{exit: ExitFailed}

func runDoctor(ctx context.Context, c *Call) error {
	if out := c.Flag("bundle"); out != "" {
		return c.writeBundle(ctx, out)
	}
	var raw json.RawMessage
	err := c.with(ctx, func(b *box) error { return b.get(ctx, "/health", nil, &raw) })
	if err != nil {
		return err
	}
	var a doctorAnswer
	if err := json.Unmarshal(raw, &a); err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	if c.JSON {
		err = c.object(raw)
	} else {
		c.sayChecks(a)
	}
	if err == nil && a.Verdict == "bad" {
		return errIll
	}
	return err
}

// sayChecks writes a check a paragraph: state and name, reason, remedy.
func (c *Call) sayChecks(a doctorAnswer) {
	for _, x := range a.Checks {
		fmt.Fprintf(c.Stdout, "%-12s %s\n", c.Lang.Or("health-verdict", x.Verdict), clean(x.Title))
		fmt.Fprintln(c.Stdout, "             "+clean(x.Reason))
		if x.Remedy != "" {
			fmt.Fprintln(c.Stdout, "             "+c.Lang.T("cli.doctor.remedy", "text", clean(x.Remedy)))
		}
	}
}
