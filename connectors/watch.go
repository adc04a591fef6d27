package connectors

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"coffre/chain"
)

// Watch follows the journal of another box over the network, as a witness: it
// asks for what is new, refuses what contradicts the last checkpoint it saw, and
// brings its cosignature back.
type Watch struct {
	base   string
	key    string
	client *http.Client
}

// WatchOptions says which box and how to reach it.
type WatchOptions struct {
	URL  string // https://HOST[:PORT]
	CA   []byte // PEM of the box's certificate authority; none: the system's
	Key  string // API key of somebody who may export the journal
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// What is wrong with WatchOptions.
var (
	ErrWatchURL = errors.New("not an https address of a box")
	ErrWatchCA  = errors.New("not a certificate authority in PEM")
)

// RefusedError is an answer of the other box that is no success.
type RefusedError struct {
	Status int
	Code   string // of RFC 9457's extension, see the interface
}

// Error implements error.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("the other box answers %d %s", e.Status, e.Code)
}

// watchTimeout bounds one exchange; hand-overs of years are some megabytes.
const watchTimeout = 2 * time.Minute

// NewWatch checks the options. Errors: ErrWatchURL, ErrWatchCA.
func NewWatch(o WatchOptions) (*Watch, error) {
	u, err := url.Parse(strings.TrimSpace(o.URL))
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, ErrWatchURL
	}
	var roots *x509.CertPool
	if len(o.CA) > 0 {
		if roots = x509.NewCertPool(); !roots.AppendCertsFromPEM(o.CA) {
			return nil, ErrWatchCA
		}
	}
	// A redirect would be a page's, never the API's.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Watch{
		base: "https://" + u.Host + "/api/v1", key: strings.TrimSpace(o.Key),
		client: &http.Client{
			Timeout: watchTimeout, CheckRedirect: stay,
			Transport: &http.Transport{
				DialContext: o.Dial, TLSHandshakeTimeout: 10 * time.Second, DisableKeepAlives: true,
				TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			},
		},
	}, nil
}

// Round looks once. save must make the new state durable before Round goes on:
// what was cosigned must never be forgotten. Errors: those of
// chain.WitnessState.Advance (IsWatchAlarm tells which are alarms), RefusedError,
// and those of the network.
func (w *Watch) Round(ctx context.Context, s chain.WitnessState, now time.Time, save func(chain.WitnessState) error) (chain.WitnessState, chain.Witnessed, error) {
	u, err := w.update(ctx, s)
	var next chain.WitnessState
	var seen chain.Witnessed
	if err == nil {
		next, seen, err = s.Advance(u, now)
	}
	if IsWatchAlarm(err) && s.Checkpoint != "" {
		// The other box enters in its own chain that it was caught.
		w.bring(ctx, s.Checkpoint)
	}
	if err != nil {
		return s, seen, err
	}
	if err := save(next); err != nil {
		return s, seen, err
	}
	return next, seen, w.bring(ctx, seen.Note)
}

// IsWatchAlarm tells whether an error means that the journal was rewritten, cut
// or replaced, and not that it could not be looked at.
func IsWatchAlarm(err error) bool {
	for _, alarm := range []error{chain.ErrFork, chain.ErrShrunk, chain.ErrUnknownKey, chain.ErrWitnessProof, chain.ErrWitnessOrigin} {
		if errors.Is(err, alarm) {
			return true
		}
	}
	return false
}

// update asks for what is new. A box that does not know the size that was seen
// has lost entries, and shows it by its own checkpoint.
func (w *Watch) update(ctx context.Context, s chain.WitnessState) (chain.WitnessUpdate, error) {
	q := url.Values{"from": {strconv.FormatUint(s.Size, 10)}, "restores": {strconv.Itoa(s.Restores)}}
	raw, err := w.do(ctx, http.MethodGet, "/audit/witness-update?"+q.Encode(), nil)
	if err == nil {
		return chain.ParseWitnessUpdate(raw)
	}
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Code != "bad-parameter" {
		return chain.WitnessUpdate{}, err
	}
	note, nerr := w.do(ctx, http.MethodGet, "/audit/checkpoint", nil)
	if nerr != nil {
		return chain.WitnessUpdate{}, nerr
	}
	cp, _, nerr := chain.OpenCheckpoint(string(note))
	if nerr == nil && cp.Size < s.Size {
		return chain.WitnessUpdate{}, fmt.Errorf("%d entries, %d were seen: %w", cp.Size, s.Size, chain.ErrShrunk)
	}
	return chain.WitnessUpdate{}, err
}

func (w *Watch) bring(ctx context.Context, note string) error {
	in, err := json.Marshal(map[string]string{"note": note})
	if err != nil {
		return fmt.Errorf("encode cosignature: %w", err)
	}
	_, err = w.do(ctx, http.MethodPost, "/audit/cosignatures", in)
	return err
}

func (w *Watch) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, w.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+w.key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reach the other box: %w", err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, chain.MaxHeaderLine))
	if err != nil {
		return nil, fmt.Errorf("read the other box's answer: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		refused := &RefusedError{Status: resp.StatusCode}
		json.Unmarshal(raw, refused)
		refused.Status = resp.StatusCode
		return nil, refused
	}
	return raw, nil
}
