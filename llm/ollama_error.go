package llm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/ollama/ollama/api"
)

// classify brings what went wrong with a call to one of the errors of Provider. The runtime's own message is
// kept only where it is one of those known to hold nothing of the prompt.
func classify(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrTimeout), errors.Is(cause, context.DeadlineExceeded):
		return ErrTimeout
	case cause != nil:
		return fmt.Errorf("%w: %w", ErrCancelled, context.Canceled)
	}
	var status api.StatusError
	var unauthorized api.AuthorizationError
	switch {
	case errors.As(err, &status):
		return byMessage(status.StatusCode, status.ErrorMessage)
	case errors.As(err, &unauthorized):
		return fmt.Errorf("%w: status 401", ErrRuntime)
	case isNetwork(err):
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return byMessage(0, err.Error())
}

func byMessage(status int, message string) error {
	low := strings.ToLower(message)
	switch {
	case strings.Contains(low, "exceeds the context length"), strings.Contains(low, "exceeds maximum context"), strings.Contains(low, "context length exceeded"), strings.Contains(low, "context limit"):
		return ErrPromptCut
	case strings.Contains(low, "http request to an https server"):
		return ErrWantsTLS
	case status == http.StatusNotFound, strings.Contains(low, "not found") && strings.Contains(low, "model"):
		return ErrModelMissing
	case strings.Contains(low, "memory"):
		return fmt.Errorf("%w: not enough memory for the model", ErrRuntime)
	case strings.Contains(low, "runner"):
		return fmt.Errorf("%w: its runner process ended", ErrRuntime)
	case status >= 300:
		return fmt.Errorf("%w: status %d", ErrRuntime, status)
	}
	return ErrRuntime
}

// isNetwork tells that no answer came at all: the HTTP client wraps such errors in a *url.Error. Its text names
// the address and what the dialer said, and no body.
func isNetwork(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout)
}
