package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"

	"coffre/store"
)

// box is the REST API of a box, reached through its socket or opened here.
type box struct {
	http      *http.Client
	lang      string
	tenant    string
	close     func() error
	reason    string // of an export, in hardened mode
	inProcess bool
}

const apiBase = "http://coffre.local/api/v1"

// connect reaches the box of the data directory. The caller closes it.
func (c *Call) connect(ctx context.Context) (*box, error) {
	b, err := c.dial(ctx)
	if !errors.Is(err, errNoBox) {
		return b, err
	}
	return c.open()
}

// dial reaches a running box, or returns errNoBox.
func (c *Call) dial(ctx context.Context) (*box, error) {
	if c.Data == "" {
		return nil, usage("cli.usage.data")
	}
	conn, err := dialBox(ctx, c.Data)
	if err != nil {
		return nil, err
	}
	conn.Close()
	t := &http.Transport{
		DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return dialBox(ctx, c.Data) },
		DisableCompression: true,
	}
	b := c.newBox(t)
	b.close = func() error { t.CloseIdleConnections(); return nil }
	return b, nil
}

// open opens the data directory in this process. A panic on the way is a
// damaged file, not a crash.
func (c *Call) open() (b *box, err error) {
	defer func() {
		if p := recover(); p != nil {
			b, err = nil, store.Fail(store.Corrupt, "damaged", "path", c.Data).Because(fmt.Errorf("open data directory: %v", p))
		}
	}()
	handler, closeData, err := c.Open(c.Data)
	if err != nil {
		return nil, err
	}
	b = c.newBox(inProcess{handler})
	b.close, b.inProcess = closeData, true
	return b, nil
}

func (c *Call) newBox(t http.RoundTripper) *box {
	// A redirect would be a page's, never the API's.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &box{http: &http.Client{Transport: t, CheckRedirect: stay}, lang: string(c.Lang), tenant: c.Tenant, reason: c.Flag("reason")}
}

// send makes a request and returns its answer if that is a success; anything
// else becomes a *problem. The caller closes the body.
func (b *box) send(req *http.Request) (*http.Response, error) {
	req.Header.Set("Accept-Language", b.lang)
	if b.tenant != "" {
		req.Header.Set("Coffre-Tenant", b.tenant)
	}
	if b.reason != "" {
		req.Header.Set("Coffre-Reason", url.PathEscape(b.reason))
	}
	resp, err := b.http.Do(req)
	if err != nil {
		if cerr := req.Context().Err(); cerr != nil {
			return nil, cerr
		}
		return nil, lost(err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	p := &problem{Status: resp.StatusCode, Code: "internal"}
	if resp.StatusCode == http.StatusForbidden {
		p.Code = "denied"
	}
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if json.Unmarshal(raw, p) == nil {
		p.Status = resp.StatusCode
	}
	return nil, p
}

// lost words a connection that ended in the middle.
func lost(err error) error {
	var f *failure
	var e *store.Error
	if errors.As(err, &f) || errors.As(err, &e) {
		return err
	}
	return &failure{exit: ExitUnreachable, key: "cli.box.lost", err: err}
}

// interrupted tells why an answer broke off: the reader's wish, a fault of our
// own disk, or the connection.
func interrupted(ctx context.Context, err error) error {
	var pe *fs.PathError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &pe):
		return err
	}
	return lost(err)
}

// call sends in as JSON (nil: no body) and decodes the answer into out (nil:
// none is wanted).
func (b *box) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, apiBase+path, body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := b.send(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		io.Copy(io.Discard, resp.Body)
		return nil
	}
	return decodeAnswer(ctx, resp.Body, out)
}

func decodeAnswer(ctx context.Context, r io.Reader, out any) error {
	if err := json.NewDecoder(r).Decode(out); err != nil {
		return interrupted(ctx, fmt.Errorf("decode answer: %w", err))
	}
	return nil
}

func (b *box) get(ctx context.Context, path string, query url.Values, out any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return b.call(ctx, http.MethodGet, path, nil, out)
}

// with connects, runs fn and closes; closing an opened directory may fail too.
func (c *Call) with(ctx context.Context, fn func(*box) error) error {
	b, err := c.connect(ctx)
	if err != nil {
		return err
	}
	err = fn(b)
	if cerr := b.close(); err == nil && cerr != nil {
		return fmt.Errorf("close data directory: %w", cerr)
	}
	return err
}
