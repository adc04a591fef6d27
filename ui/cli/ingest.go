package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"coffre/ui/words"
)

var ingestCommand = Command{
	Name: "ingest", Args: "PATH…", Min: 1, Max: -1, Does: "cli.does.ingest", More: "cli.more.ingest",
	Flags: []Flag{
		{Name: "collection", Value: "NAME", Does: "cli.flag.collection"},
		{Name: "wait", Does: "cli.flag.wait"},
	},
	Run: runIngest,
}

// receipt is what ingest prints for each file.
type receipt struct {
	Path       string    `json:"path"`
	DocumentID string    `json:"document_id"`
	Status     string    `json:"status"`
	Pages      int       `json:"pages"`
	Passages   int       `json:"passages"`
	Characters int       `json:"characters"`
	Warnings   []warning `json:"warnings"`
	Code       string    `json:"code,omitempty"`
	Detail     string    `json:"detail,omitempty"` // the sentence of Code

	version string
}

type warning struct {
	Code string `json:"code"`
	Page int    `json:"page,omitempty"`
	N    int    `json:"n,omitempty"`
}

// statuses of a receipt.
const (
	statusQueued = "queued"
	statusReady  = "ready"
	statusFailed = "failed"
)

func runIngest(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		into, err := c.target(ctx, b)
		if err != nil {
			return err
		}
		files := c.walk(c.Operands)
		if len(files) == 0 {
			return Fail(ExitFailed, "cli.ingest.nothing")
		}
		// With no box running nobody would read the files after this process.
		wait := c.Has("wait") || b.inProcess
		var sent []receipt
		failed := 0
		for i, f := range files {
			r, err := c.ingestFile(ctx, b, into, f)
			if err != nil {
				return err
			}
			if wait && r.Status == statusQueued {
				c.progress("cli.ingest.sent", i+1, len(files))
				sent = append(sent, r)
				continue
			}
			if err := c.printReceipt(r, &failed); err != nil {
				return err
			}
		}
		for _, r := range sent {
			if r, err = c.await(ctx, b, r); err != nil {
				return err
			}
			if err := c.printReceipt(r, &failed); err != nil {
				return err
			}
		}
		if failed > 0 {
			return Fail(ExitFailed, "cli.ingest.failed", "n", failed, "total", len(files))
		}
		return nil
	})
}

// progress overwrites one line of a terminal; a file of stderr isn't filled.
func (c *Call) progress(key string, n, total int) {
	if _, tty := terminal(c.Stderr); tty && total > 1 {
		end := "\r"
		if n == total {
			end = "\n"
		}
		fmt.Fprint(c.Stderr, c.Lang.T(key, "n", n, "total", total)+end)
	}
}

// ingestFile uploads one file. What is wrong with the file is in its receipt;
// the error says that going on is useless.
func (c *Call) ingestFile(ctx context.Context, b *box, into collection, f found) (receipt, error) {
	r := receipt{Path: f.path, Status: statusFailed, Warnings: []warning{}}
	err := f.err
	if err == nil {
		err = b.upload(ctx, into.ID, f, &r)
	}
	var p *problem
	switch {
	case err == nil && r.Status == statusQueued:
		return r, nil
	case err == nil: // the same file is there already
		return c.refresh(ctx, b, r)
	case errors.As(err, &p):
		r.Code, r.Detail = p.Code, p.sentence(c.Lang)
		if p.exit() == ExitDenied {
			return r, err
		}
		return r, nil
	case errors.Is(err, errFile):
		_, r.Detail, _ = exitOf(c.Lang, err)
		r.Code = "unreadable"
		return r, nil
	}
	return r, err
}

type documentAnswer struct {
	Versions []struct {
		ID         string    `json:"id"`
		Status     string    `json:"status"`
		Code       string    `json:"code"`
		Pages      int       `json:"pages"`
		Passages   int       `json:"passages"`
		Characters int       `json:"characters"`
		Warnings   []warning `json:"warnings"`
	} `json:"versions"`
}

// refresh fills a receipt from the document's record.
func (c *Call) refresh(ctx context.Context, b *box, r receipt) (receipt, error) {
	var d documentAnswer
	if err := b.get(ctx, "/documents/"+url.PathEscape(r.DocumentID), nil, &d); err != nil {
		return r, err
	}
	if len(d.Versions) == 0 {
		return r, lost(errors.New("read receipt: no versions"))
	}
	v := d.Versions[len(d.Versions)-1]
	for _, other := range d.Versions {
		if other.ID == r.version {
			v = other
		}
	}
	r.Status, r.Code, r.Pages, r.Passages, r.Characters = v.Status, v.Code, v.Pages, v.Passages, v.Characters
	if v.Warnings != nil {
		r.Warnings = v.Warnings
	}
	if r.Code != "" {
		r.Detail = words.Error(c.Lang, r.Code, nil)
	}
	return r, nil
}

// await polls until the file is read or has failed.
func (c *Call) await(ctx context.Context, b *box, r receipt) (receipt, error) {
	for pause := 20 * time.Millisecond; ; pause = min(pause*3/2, time.Second) {
		next, err := c.refresh(ctx, b, r)
		var p *problem
		switch {
		case errors.As(err, &p) && p.Status == http.StatusNotFound:
			r.Status, r.Code, r.Detail = statusFailed, p.Code, p.sentence(c.Lang)
			return r, nil
		case err != nil:
			return r, err
		case next.Status == statusReady, next.Status == statusFailed:
			return next, nil
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (c *Call) printReceipt(r receipt, failed *int) error {
	if r.Status == statusFailed {
		*failed++
	}
	if c.JSON {
		return c.object(r)
	}
	path := clean(r.Path)
	switch r.Status {
	case statusFailed:
		c.note("cli.ingest.file-failed", "path", path, "sentence", r.Detail)
	case statusReady:
		pages := any(nil)
		if r.Pages > 0 {
			pages = r.Pages
		}
		c.say("cli.ingest.ready", optional([]any{"path", path, "passages", r.Passages, "characters", r.Characters}, "pages", pages)...)
	default:
		c.say("cli.ingest.queued", "path", path)
	}
	for _, w := range r.Warnings {
		args := optional(nil, "page", positive(w.Page))
		c.say("cli.ingest.warning", "sentence", c.Lang.Or("warning", w.Code, optional(args, "n", positive(w.N))...))
	}
	return nil
}

// optional adds a parameter if it is there: the catalogue leaves out what
// belongs to one that isn't.
func optional(args []any, name string, value any) []any {
	if value == nil {
		return args
	}
	return append(args, name, value)
}

func positive(n int) any {
	if n == 0 {
		return nil
	}
	return n
}
