package cli

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// maxCertificateFile bounds what is read of a certificate or a key, in bytes; the
// box says what is wrong with one that is as large.
const maxCertificateFile = 1 << 20

var tlsCommands = []Command{
	{Name: "tls show", Does: "cli.does.tls-show", Run: func(ctx context.Context, c *Call) error {
		return c.with(ctx, func(b *box) error {
			var s tlsAnswer
			if err := b.get(ctx, "/tls", nil, &s); err != nil {
				return err
			}
			return c.showTLS(s)
		})
	}},
	{
		Name: "tls install", Args: "CERTIFICATE [KEY]", Min: 1, Max: 2, Does: "cli.does.tls-install", More: "cli.more.tls-install",
		Flags: []Flag{{Name: "anyway", Does: "cli.flag.tls-anyway"}}, Run: runTLSInstall,
	},
	{
		Name: "tls request", Args: "[NAME…]", Max: -1, Does: "cli.does.tls-request", More: "cli.more.tls-request",
		Flags: []Flag{{Name: "key", Value: "rsa|ecdsa", Does: "cli.flag.tls-kind"}, {Name: "out", Value: "FILE", Does: "cli.flag.tls-out"}}, Run: runTLSRequest,
	},
	{Name: "tls remove", Does: "cli.does.tls-remove", Run: func(ctx context.Context, c *Call) error {
		return c.with(ctx, func(b *box) error {
			var s tlsAnswer
			if err := b.call(ctx, http.MethodDelete, "/tls", nil, &s); err != nil {
				return err
			}
			return c.showTLS(s)
		})
	}},
}

type tlsAnswer struct {
	Kind        string      `json:"kind"`
	Standing    string      `json:"standing"`
	Names       []string    `json:"names"`
	Subject     string      `json:"subject"`
	Issuer      string      `json:"issuer"`
	From        time.Time   `json:"from"`
	Until       time.Time   `json:"until"`
	Days        int         `json:"days"`
	Fingerprint string      `json:"fingerprint"`
	Key         string      `json:"key"`
	Chain       int         `json:"chain"`
	Missing     []string    `json:"missing"`
	Code        string      `json:"code,omitempty"`
	Notes       []string    `json:"notes,omitempty"`
	Request     *tlsPending `json:"request,omitempty"`
}

type tlsPending struct {
	Names []string `json:"names"`
	PEM   string   `json:"pem"`
}

// noteSentence says what an accepted certificate lacks.
var noteSentence = map[string]string{
	"ordered": "notice.tls-ordered", "alone": "notice.tls-alone", "self": "notice.tls-self", "stranger": "notice.tls-stranger",
}

func (c *Call) showTLS(s tlsAnswer) error {
	if c.JSON {
		return c.object(s)
	}
	c.say("cli.tls.names", "names", strings.Join(s.Names, ", "))
	c.say("cli.tls.issuer", "issuer", s.Issuer)
	c.say("cli.tls.until", "date", c.Lang.Date(s.Until.Local()), "n", s.Days)
	c.say("cli.tls.fingerprint", "print", s.Fingerprint)
	if len(s.Missing) > 0 {
		c.note("tls.missing-line", "names", strings.Join(s.Missing, ", "))
	}
	if s.Code != "" {
		c.note("error." + s.Code)
	}
	for _, n := range s.Notes {
		if key := noteSentence[n]; key != "" {
			c.note(key)
		}
	}
	return nil
}

func readCertificateFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open certificate file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxCertificateFile))
	if err != nil {
		return nil, fmt.Errorf("read certificate file: %w", err)
	}
	return b, nil
}

func runTLSInstall(ctx context.Context, c *Call) error {
	in := map[string]any{"anyway": c.Has("anyway")}
	for i, name := range []string{"certificate", "key"} {
		if i >= len(c.Operands) {
			break
		}
		text, err := readCertificateFile(c.Operands[i])
		if err != nil {
			return err
		}
		in[name] = base64.StdEncoding.EncodeToString(text) // a file may hold any bytes
	}
	return c.with(ctx, func(b *box) error {
		var s tlsAnswer
		if err := b.call(ctx, http.MethodPut, "/tls", in, &s); err != nil {
			return err
		}
		return c.showTLS(s)
	})
}

func runTLSRequest(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var s tlsAnswer
		var err error
		if len(c.Operands) == 0 {
			err = b.get(ctx, "/tls", nil, &s)
		} else {
			err = b.call(ctx, http.MethodPost, "/tls/request", map[string]any{"names": c.Operands, "key": c.Flag("key")}, &s)
		}
		switch {
		case err != nil:
			return err
		case s.Request == nil:
			return Fail(ExitFailed, "error.tls-no-request")
		case c.Flag("out") != "":
			if err := os.WriteFile(c.Flag("out"), []byte(s.Request.PEM), 0o644); err != nil {
				return fmt.Errorf("write signing request: %w", err)
			}
			c.note("cli.tls.written", "path", c.Flag("out"))
			return nil
		case c.JSON:
			return c.object(s.Request)
		}
		_, err = io.WriteString(c.Stdout, s.Request.PEM)
		return err
	})
}
