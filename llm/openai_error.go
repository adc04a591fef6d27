package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// errManyTexts says that a server takes fewer texts a call.
var errManyTexts = errors.New("too many texts in a call")

// errNoRoute says that a server has nothing at an address.
var errNoRoute = errors.New("nothing there")

// apiFault is an error as such servers tell it. Its message may hold parts of a prompt, and goes nowhere.
type apiFault struct {
	status  int
	message string // in small letters, with type and code
	page    bool   // it came as a web page: a proxy's
	after   time.Duration
}

// mostFault bounds what is read of an error's body, bytes.
const mostFault = 64 << 10

// readAPIFault reads an answer whose status is not 200 and classifies it.
func readAPIFault(res *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(res.Body, mostFault))
	f := apiFault{status: res.StatusCode, page: isPage(res.Header), after: retryAfter(res.Header.Get("Retry-After"), time.Now())}
	if f.page {
		text = nil
	}
	f.message = faultMessage(text)
	return f.classify()
}

// isPage tells a web page, which no call is answered with.
func isPage(h http.Header) bool {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// faultMessage finds what an error says, in the shapes met: OpenAI's, LiteLLM's and new vLLM's {"error":{…}} with
// a code that is a number or a word; a bare {"message":…} of older vLLM and TEI; {"error":"…"} of TGI and LM Studio;
// {"detail":…} of FastAPI; plain text.
func faultMessage(text []byte) string {
	var all map[string]any
	if json.Unmarshal(text, &all) != nil {
		return strings.ToLower(clip(string(text), 2000))
	}
	var out []string
	var collect func(v any, depth int)
	collect = func(v any, depth int) {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case []any:
			for _, e := range v[:min(len(v), 5)] {
				collect(e, depth+1)
			}
		case map[string]any:
			for _, name := range []string{"error", "message", "detail", "msg", "type", "error_type", "code"} {
				if depth < 4 {
					collect(v[name], depth+1)
				}
			}
		}
	}
	collect(all, 0)
	return strings.ToLower(clip(strings.Join(out, " "), 4000))
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3); 0 for none.
func retryAfter(value string, now time.Time) time.Duration {
	if n, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
		if n > 0 && n < 1e6 {
			return time.Duration(n * float64(time.Second))
		}
		return 0
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// Signs of what went wrong in servers' messages, in small letters.
var (
	saysCut = []string{
		"context length", "context_length", "context size", "context window", "exceed_context", "maximum context",
		"must have less than", // TEI, TGI: inputs must have less than N tokens
		"too large to process", "max_tokens must be at least 1", "max_new_tokens must be", "longer than the maximum model length",
		"maximum model length", "maximum input length", "prompt is too long", "prompt too long", "input is too long", "too many tokens",
	}
	saysNoChat = []string{
		"not support chat", "not support completion", "not support generat", "does not support chat completions",
		"embedding model", "no chat template", "only supports embedding",
	}
	saysNoEmbedding = []string{
		"not support embed", "not support generate embed", "does not support embeddings", "embeddings api", "embedding is not supported",
		"embeddings are not supported", "not an embedding model", "pooling type",
	}
	saysMissing = []string{"not found", "not exist", "no such", "unknown", "invalid model", "model_not_found", "not available", "not loaded", "could not load"}
	saysMany    = []string{"maximum allowed batch size", "max_client_batch_size", "batch size", "too many inputs"}
)

func says(message string, signs []string) bool {
	for _, s := range signs {
		if strings.Contains(message, s) {
			return true
		}
	}
	return false
}

// classify brings a fault to one of the errors of this package. What may pass is marked.
func (f apiFault) classify() error {
	m := f.message
	switch {
	case f.status == http.StatusUnauthorized, f.status == http.StatusForbidden, f.status == http.StatusProxyAuthRequired:
		return ErrKey
	case f.status == http.StatusTooManyRequests:
		return passing{ErrBusy, f.after}
	case strings.Contains(m, "http request to an https server"), strings.Contains(m, "http request was sent to https port"):
		return ErrWantsTLS
	case f.status >= 300 && f.status < 400:
		return fmt.Errorf("%w: it leads elsewhere, status %d", ErrNotAPI, f.status)
	case says(m, saysNoEmbedding):
		return ErrNoEmbedding
	case says(m, saysNoChat):
		return ErrNoChat
	case says(m, saysMany) && !strings.Contains(m, "physical batch"):
		return errManyTexts
	case says(m, saysCut):
		return ErrPromptCut
	case strings.Contains(m, "model") && says(m, saysMissing):
		return ErrModelMissing
	case f.status == http.StatusRequestEntityTooLarge:
		return errManyTexts
	case f.status == http.StatusNotFound, f.status == http.StatusMethodNotAllowed, f.status == http.StatusNotImplemented:
		return errNoRoute
	case strings.Contains(m, "out of memory"), strings.Contains(m, "not enough memory"):
		return fmt.Errorf("%w: not enough memory for the model", ErrRuntime)
	case f.status == http.StatusServiceUnavailable:
		return passing{fmt.Errorf("%w: status 503", ErrBusy), f.after}
	case f.status >= 500:
		return passing{fmt.Errorf("%w: status %d", ErrRuntime, f.status), f.after}
	case f.status == 0:
		return ErrRuntime
	}
	return &refused{f.status}
}

// refused is a request that a server won't have, for a reason that isn't known: perhaps it doesn't know a
// parameter.
type refused struct{ status int }

func (r *refused) Error() string { return fmt.Sprintf("%v: status %d", ErrRuntime, r.status) }
func (r *refused) Unwrap() error { return ErrRuntime }

// broken classifies a connection that failed, before an answer or inside it.
func broken(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrTimeout), errors.Is(cause, context.DeadlineExceeded):
		return ErrTimeout
	case cause != nil:
		return fmt.Errorf("%w: %w", ErrCancelled, context.Canceled)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return passing{error: fmt.Errorf("%w: its answer broke off", ErrRuntime)}
	case strings.Contains(err.Error(), "malformed HTTP"):
		return ErrNotAPI
	case isNetwork(err):
		return passing{error: fmt.Errorf("%w: %w", ErrUnreachable, err)}
	}
	return passing{error: fmt.Errorf("%w: its answer broke off", ErrRuntime)}
}
