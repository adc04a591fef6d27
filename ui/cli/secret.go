package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

type secret struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Purpose string    `json:"purpose"`
	Address string    `json:"address"`
	State   string    `json:"state"`
	Version uint64    `json:"version"`
	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"`
	Due     time.Time `json:"due"`
	Remind  int       `json:"remind_days"`
	Expires time.Time `json:"expires,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Used    time.Time `json:"used,omitzero"`
	UsedBy  string    `json:"used_by,omitempty"`
	Users   []string  `json:"users"`
}

var secretFlags = []Flag{
	{Name: "address", Value: "URL", Does: "cli.flag.secret-address"},
	{Name: "remind", Value: "DAYS", Does: "cli.flag.secret-remind"},
	{Name: "expires", Value: "DATE", Does: "cli.flag.secret-expires"},
}

var secretCommands = []Command{
	{Name: "secret list", Does: "cli.does.secret-list", Run: runSecretList},
	{
		Name: "secret put", Args: "NAME", Min: 1, Max: 1, Does: "cli.does.secret-put", More: "cli.more.secret-put",
		Flags: append([]Flag{{Name: "purpose", Value: "runtime", Does: "cli.flag.secret-purpose"}}, secretFlags...), Run: runSecretPut,
	},
	{
		Name: "secret rotate", Args: "NAME|ID", Min: 1, Max: 1, Does: "cli.does.secret-rotate", More: "cli.more.secret-rotate",
		Flags: secretFlags, Run: runSecretRotate,
	},
	{
		Name: "secret revoke", Args: "NAME|ID", Min: 1, Max: 1, Does: "cli.does.secret-revoke", More: "cli.more.secret-revoke",
		Flags: []Flag{{Name: "in-use", Does: "cli.flag.secret-in-use"}}, Run: runSecretRevoke,
	},
}

// secretFields are those of a body besides the value.
func (c *Call) secretFields() (map[string]any, error) {
	in := map[string]any{}
	if c.Has("address") {
		in["address"] = c.Flag("address")
	}
	if c.Has("remind") {
		n, err := strconv.Atoi(c.Flag("remind"))
		if err != nil {
			return nil, usage("cli.usage.number", "flag", "--remind", "value", c.Flag("remind"))
		}
		in["remind_days"] = n
	}
	if day := c.Flag("expires"); day != "" {
		at, err := time.ParseInLocation(time.DateOnly, day, time.Local)
		if err != nil {
			return nil, usage("cli.usage.time", "flag", "--expires", "value", day)
		}
		in["expires"] = at
	}
	return in, nil
}

// maxSecretValue bounds what is read from stdin, bytes; the box says how long a
// value may be.
const maxSecretValue = 64 << 10

// secretValue reads a value: typed unseen on a terminal, else all of stdin
// without the end of its last line.
func (c *Call) secretValue(ctx context.Context) ([]byte, error) {
	if tty, ok := terminal(c.Stdin); ok {
		line, err := readHidden(ctx, tty, func() { fmt.Fprint(c.Stderr, c.Lang.T("cli.secret.prompt")+" ") })
		fmt.Fprintln(c.Stderr)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if line == "" {
			return nil, usage("cli.usage.secret")
		}
		return []byte(line), nil
	}
	value := make([]byte, maxSecretValue)
	n, err := io.ReadFull(c.Stdin, value)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read value: %w", err)
	}
	value = bytes.TrimSuffix(bytes.TrimSuffix(value[:n], []byte("\n")), []byte("\r"))
	if len(value) == 0 || n == maxSecretValue {
		clear(value)
		return nil, usage("cli.usage.secret")
	}
	return value, nil
}

// withValue is the JSON of fields with a value, which is wiped. The value's bytes
// go in as they are: the box refuses what is no UTF-8.
func withValue(fields map[string]any, value []byte) ([]byte, error) {
	defer clear(value)
	head, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	body := make([]byte, 0, len(head)+len(`,"value":""`)+6*len(value))
	body = append(body, head[:len(head)-1]...)
	if len(fields) > 0 {
		body = append(body, ',')
	}
	body = append(body, `"value":"`...)
	for _, b := range value {
		switch {
		case b == '"' || b == '\\':
			body = append(body, '\\', b)
		case b < ' ':
			body = fmt.Appendf(body, `\u%04x`, b)
		default:
			body = append(body, b)
		}
	}
	return append(body, `"}`...), nil
}

// sendValue posts fields and a value from stdin.
func (b *box) sendValue(ctx context.Context, path string, fields map[string]any, value []byte) (made secret, err error) {
	body, err := withValue(fields, value)
	if err != nil {
		return made, err
	}
	defer clear(body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiBase+path, bytes.NewReader(body))
	if err != nil {
		return made, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.send(req)
	if err != nil {
		return made, err
	}
	defer resp.Body.Close()
	return made, decodeAnswer(ctx, resp.Body, &made)
}

func runSecretPut(ctx context.Context, c *Call) error {
	if c.Flag("address") == "" {
		return usage("cli.usage.needs", "flag", "--address", "command", "secret put")
	}
	fields, err := c.secretFields()
	if err != nil {
		return err
	}
	fields["name"], fields["purpose"] = c.Operands[0], or(c.Flag("purpose"), "runtime")
	return c.with(ctx, func(b *box) error {
		value, err := c.secretValue(ctx)
		if err != nil {
			return err
		}
		made, err := b.sendValue(ctx, "/secrets", fields, value)
		if err != nil {
			return err
		}
		if c.JSON {
			return c.object(made)
		}
		c.say("cli.secret.kept", "id", clean(made.ID), "address", clean(made.Address))
		return nil
	})
}

func runSecretRotate(ctx context.Context, c *Call) error {
	fields, err := c.secretFields()
	if err != nil {
		return err
	}
	return c.with(ctx, func(b *box) error {
		s, err := b.secret(ctx, c.Operands[0])
		if err != nil {
			return err
		}
		value, err := c.secretValue(ctx)
		if err != nil {
			return err
		}
		made, err := b.sendValue(ctx, "/secrets/"+url.PathEscape(s.ID)+"/rotate", fields, value)
		if err != nil {
			return err
		}
		if c.JSON {
			return c.object(made)
		}
		c.say("cli.secret.rotated", "id", clean(made.ID), "version", made.Version)
		return nil
	})
}

func (b *box) secrets(ctx context.Context) ([]secret, error) {
	var all struct {
		Secrets []secret `json:"secrets"`
	}
	err := b.get(ctx, "/secrets", nil, &all)
	return all.Secrets, err
}

// secret finds one by its id, or by its name among those that have not ended.
func (b *box) secret(ctx context.Context, named string) (secret, error) {
	all, err := b.secrets(ctx)
	if err != nil {
		return secret{}, err
	}
	for _, s := range all {
		if s.ID == named || s.Ended.IsZero() && strings.EqualFold(s.Name, named) {
			return s, nil
		}
	}
	return secret{}, Fail(ExitFailed, "error.secret-unknown")
}

func runSecretList(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		all, err := b.secrets(ctx)
		if err != nil {
			return err
		}
		titles := []string{"cli.column.id", "cli.column.name", "secret.address", "secret.changed", "secret.used", "cli.column.state"}
		return list(c, all, "secret.none", titles, func(s secret) []string {
			used := "—"
			if !s.Used.IsZero() {
				used = c.Lang.Stamp(s.Used.Local())
			}
			return []string{s.ID, s.Name, s.Address, c.Lang.Stamp(s.Changed.Local()), used, c.Lang.Or("secret-state", s.State)}
		})
	})
}

func runSecretRevoke(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		s, err := b.secret(ctx, c.Operands[0])
		if err != nil {
			return err
		}
		if len(s.Users) > 0 && !c.Has("in-use") {
			return Fail(ExitFailed, "cli.secret.in-use", "name", clean(s.Name), "users", clean(strings.Join(s.Users, ", ")))
		}
		path := "/secrets/" + url.PathEscape(s.ID)
		if c.Has("in-use") {
			path += "?accept=users"
		}
		var done struct {
			ID      string   `json:"id"`
			Users   []string `json:"users"`
			Running int      `json:"running"`
		}
		if err := b.call(ctx, http.MethodDelete, path, nil, &done); err != nil {
			return err
		}
		if c.JSON {
			return c.object(done)
		}
		c.say("cli.secret.revoked", "id", clean(s.ID), "n", done.Running)
		return nil
	})
}
