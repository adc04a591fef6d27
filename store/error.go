package store

import (
	"errors"
	"fmt"
	"syscall"
)

// Kind is what went wrong, as coarse as an HTTP status.
type Kind string

// The kinds of error.
const (
	Invalid     Kind = "invalid"
	Denied      Kind = "denied"
	NotFound    Kind = "not-found"
	Conflict    Kind = "conflict"
	TooLarge    Kind = "too-large"
	RateLimited Kind = "rate-limited"
	Unavailable Kind = "unavailable"
	Corrupt     Kind = "corrupt"
	Internal    Kind = "internal"
)

// Error is the one error type of the program's upper rooms. Code selects a
// sentence of the catalogue in ui/words, Params fill it; Err is for the log
// and holds nothing confidential.
type Error struct {
	Kind   Kind
	Code   string
	Params map[string]string
	Err    error
}

// Error returns the code and cause, for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s (%s): %v", e.Code, e.Kind, e.Err)
	}
	return fmt.Sprintf("%s (%s)", e.Code, e.Kind)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fail makes an Error; params are name, value pairs.
func Fail(kind Kind, code string, params ...string) *Error {
	e := &Error{Kind: kind, Code: code}
	for i := 0; i+1 < len(params); i += 2 {
		if e.Params == nil {
			e.Params = map[string]string{}
		}
		e.Params[params[i]] = params[i+1]
	}
	return e
}

// Because returns e with a cause.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// AsError finds the Error in err's chain; a disk without room is Unavailable
// "disk-full", anything else is internal.
func AsError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case noRoom(err):
		return &Error{Kind: Unavailable, Code: "disk-full", Err: err}
	}
	return &Error{Kind: Internal, Code: "internal", Err: err}
}

func noRoom(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// IsNotFound tells whether err says that something does not exist, or may not
// be seen.
func IsNotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == NotFound
}

var errNotFound = Fail(NotFound, "not-found")
