package cli

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"syscall"

	"coffre/store"
	"coffre/ui/words"
)

// The exit codes, fixed in interfaces.md.
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitUnverified  = 3
	ExitUnreachable = 4
	ExitDenied      = 5
)

// failure ends a command with a sentence of the catalogue, or silently where
// the command has said everything already (key "").
type failure struct {
	exit int
	key  string
	args []any
	err  error
}

func (f *failure) Error() string { return f.key }
func (f *failure) Unwrap() error { return f.err }

// Fail is an error that ends a command with that exit code and the sentence of
// a catalogue key; args are name, value pairs as for words.Lang.T.
func Fail(exit int, key string, args ...any) error {
	return &failure{exit: exit, key: key, args: args}
}

func usage(key string, args ...any) error { return Fail(ExitUsage, key, args...) }

// told ends a command whose output has said what is wrong.
func told(exit int) error { return &failure{exit: exit} }

// listed is a parameter that is written as a list in the reader's language.
type listed []string

// exitOf turns an error into an exit code and the sentence for stderr; hint is
// a second line, or "".
func exitOf(l words.Lang, err error) (exit int, sentence, hint string) {
	var f *failure
	var p *problem
	var e *store.Error
	switch {
	case errors.As(err, &f):
		if f.key == "" {
			return f.exit, "", ""
		}
		return f.exit, l.T(f.key, localized(l, f.args)...), ""
	case errors.As(err, &p):
		return p.exit(), p.sentence(l), p.hint(l)
	case errors.As(err, &e):
		return exitOfStore(e), words.Error(l, e.Code, e.Params), ""
	case errors.Is(err, context.Canceled):
		return ExitFailed, l.T("cli.interrupted"), ""
	}
	return exitOfSystem(l, err)
}

func localized(l words.Lang, args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		if names, ok := a.(listed); ok {
			a = l.List(names)
		}
		out[i] = a
	}
	return out
}

func exitOfStore(e *store.Error) int {
	if e.Code == "no-box" {
		return ExitUnreachable
	}
	switch e.Kind {
	case store.Unavailable, store.RateLimited:
		return ExitUnreachable
	case store.Corrupt:
		return ExitUnverified
	case store.Denied:
		return ExitDenied
	}
	return ExitFailed
}

// damaged are the codes behind a status of 500 or 503, or of 422 for a backup that
// the box was told to read, that mean tampering, damage or a wrong key.
var damaged = map[string]bool{
	"damaged": true, "foreign-database": true, "master-key": true, "checkpoint-key-missing": true,
	"master-missing": true, "master-bad": true, "master-wrong": true, "rekey-damaged": true,
	"original-missing": true, "original-damaged": true, "verification-failed": true,
	"backup-other": true, "backup-locked": true, "backup-cut": true, "backup-damaged": true, "backup-unsafe": true, "backup-chain": true, "backup-newer": true,
	"copy-name": true, "copy-missing-object": true, "copy-object": true,
}

// problem is an RFC 9457 answer.
type problem struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	RequestID string `json:"request_id"`
}

func (p *problem) Error() string { return p.Code }

func (p *problem) exit() int {
	switch {
	case damaged[p.Code]:
		return ExitUnverified
	case p.Status == http.StatusUnauthorized, p.Status == http.StatusForbidden:
		return ExitDenied
	case p.Status == http.StatusServiceUnavailable, p.Status == http.StatusTooManyRequests,
		p.Status == http.StatusBadGateway, p.Status == http.StatusGatewayTimeout:
		return ExitUnreachable
	}
	return ExitFailed
}

func (p *problem) sentence(l words.Lang) string {
	if p.Detail != "" {
		return clean(p.Detail)
	}
	return words.Error(l, p.Code, nil)
}

// hint gives the number by which an administrator finds the cause in the log.
func (p *problem) hint(l words.Lang) string {
	if p.Status < 500 || p.RequestID == "" {
		return ""
	}
	return l.T("cli.request", "id", clean(p.RequestID))
}

// exitOfSystem words what the operating system said.
func exitOfSystem(l words.Lang, err error) (int, string, string) {
	path := ""
	var pe *fs.PathError
	var se *os.SyscallError
	cause := err
	if errors.As(err, &pe) {
		path, cause = pe.Path, pe.Err
	} else if errors.As(err, &se) {
		cause = se.Err
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return ExitFailed, words.Error(l, "disk-full", nil), ""
	case errors.Is(err, fs.ErrPermission):
		return ExitDenied, l.T("cli.file.denied", "path", path), ""
	case errors.Is(err, fs.ErrNotExist):
		return ExitFailed, l.T("cli.file.missing", "path", path), ""
	case errors.Is(err, fs.ErrExist):
		return ExitFailed, l.T("cli.file.exists", "path", path), ""
	case errors.Is(err, syscall.EISDIR):
		return ExitFailed, l.T("cli.file.directory", "path", path), ""
	case path != "":
		return ExitFailed, l.T("cli.file.failed", "path", path, "reason", cause.Error()), ""
	}
	return ExitFailed, l.T("cli.failed", "reason", cause.Error()), ""
}
