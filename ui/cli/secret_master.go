package cli

import (
	"context"
	"net/http"
	"strings"
)

// Where the master identity lies, and a new one. What is typed goes through the
// local socket and is kept nowhere.

type masterState struct {
	Holder    string   `json:"holder"`
	Recipient string   `json:"recipient"`
	Code      string   `json:"code,omitempty"`
	Weaker    bool     `json:"weaker"`
	Rekeying  bool     `json:"rekeying"`
	Holders   []string `json:"holders"`
}

var passphraseFlag = Flag{Name: "passphrase-file", Value: "FILE", Does: "cli.flag.passphrase-file"}

var masterCommands = []Command{
	{
		Name: "secret holder", Args: "[file|passphrase|keyring|keychain]", Max: 1, Does: "cli.does.secret-holder", More: "cli.more.secret-holder",
		Flags: []Flag{passphraseFlag}, Run: runSecretHolder,
	},
	{Name: "secret unlock", Flags: []Flag{passphraseFlag}, Does: "cli.does.secret-unlock", Run: runSecretUnlock},
	{
		Name: "secret rekey", Flags: []Flag{passphraseFlag, {Name: "back", Does: "cli.flag.rekey-back"}},
		Does: "cli.does.secret-rekey", More: "cli.more.secret-rekey", Run: runSecretRekey,
	},
}

func wantsPassphrase(holder string) bool { return holder == "passphrase" || holder == "keyring" }

// passphrase comes from --passphrase-file, the terminal or the first line of
// standard input; a new one is typed twice.
func (c *Call) passphrase(ctx context.Context, twice bool) (string, error) {
	if path := c.Flag("passphrase-file"); path != "" {
		b, err := passphraseFile(path)
		return string(b), err
	}
	tty, ok := terminal(c.Stdin)
	if !ok {
		return c.firstLine(c.Stdin)
	}
	prompts := []string{"cli.passphrase.prompt"}
	if twice {
		prompts = []string{"cli.passphrase.new", "cli.passphrase.again"}
	}
	var typed []string
	for _, key := range prompts {
		line, err := readHidden(ctx, tty, func() { c.Stderr.Write([]byte(c.Lang.T(key) + " ")) })
		c.Stderr.Write([]byte("\n"))
		if err != nil {
			return "", err
		}
		typed = append(typed, line)
	}
	if typed[0] != typed[len(typed)-1] {
		return "", Fail(ExitFailed, "error.passphrase-mismatch")
	}
	return typed[0], nil
}

func runSecretHolder(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var now masterState
		if len(c.Operands) == 0 {
			if err := b.get(ctx, "/master", nil, &now); err != nil {
				return err
			}
			return c.showMaster(now)
		}
		in := map[string]string{"holder": c.Operands[0]}
		if wantsPassphrase(c.Operands[0]) {
			pass, err := c.passphrase(ctx, true)
			if err != nil {
				return err
			}
			in["passphrase"] = pass
		}
		if err := b.call(ctx, http.MethodPut, "/master", in, &now); err != nil {
			return err
		}
		return c.showMaster(now)
	})
}

// showMaster tells where the identity lies; a closed one is an exit code as well.
func (c *Call) showMaster(m masterState) error {
	if c.JSON {
		if err := c.object(m); err != nil {
			return err
		}
	} else {
		c.say("cli.master.holder", "holder", or(m.Holder, "?"))
		c.say("cli.master.recipient", "recipient", m.Recipient)
		c.say("cli.master.offers", "holders", strings.Join(m.Holders, ", "))
		if m.Weaker {
			c.note("master.weaker-line")
		}
		if m.Rekeying {
			c.note("error.rekey-running")
		}
	}
	if m.Code == "" {
		return nil
	}
	exit := ExitDenied
	if damaged[m.Code] {
		exit = ExitUnverified
	}
	return Fail(exit, "error."+m.Code)
}

func runSecretUnlock(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var now masterState
		if err := b.get(ctx, "/master", nil, &now); err != nil {
			return err
		}
		in := map[string]string{}
		if wantsPassphrase(now.Holder) && now.Code != "" {
			pass, err := c.passphrase(ctx, false)
			if err != nil {
				return err
			}
			in["passphrase"] = pass
		}
		var then masterState
		if err := b.call(ctx, http.MethodPost, "/master/unlock", in, &then); err != nil {
			return err
		}
		return c.showMaster(then)
	})
}

func runSecretRekey(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var now masterState
		if err := b.get(ctx, "/master", nil, &now); err != nil {
			return err
		}
		in := map[string]any{"back": c.Has("back")}
		if wantsPassphrase(now.Holder) && !c.Has("back") {
			pass, err := c.passphrase(ctx, false)
			if err != nil {
				return err
			}
			in["passphrase"] = pass
		}
		var rep struct {
			Recipient string `json:"recipient"`
			Databases int    `json:"databases"`
			Keys      int    `json:"keys"`
			Parts     int    `json:"parts"`
		}
		if err := b.call(ctx, http.MethodPost, "/master/rekey", in, &rep); err != nil {
			return err
		}
		if c.JSON {
			return c.object(rep)
		}
		c.say("cli.master.rekeyed", "keys", rep.Keys, "parts", rep.Parts, "databases", rep.Databases)
		c.say("cli.master.recipient", "recipient", rep.Recipient)
		return nil
	})
}
