// Package cli holds the bodies of coffre's commands.
//
// Its rules: a command that touches data calls the REST API and nothing else,
// through the box's local socket if it answers, otherwise through the same
// handlers in this process, so that every act ends in the audit chain whoever
// asks for it. Two commands work without any box because they must: `audit
// verify --file` and `eval`. And the verification of a database that no box
// holds open runs in a child before anything opens the file, since a damaged
// one can bring a process down.
//
// The terminal: results go to stdout, everything else (progress, what was
// skipped, errors) to stderr. With --json stdout holds one object, or one a
// line for lists, and nothing else. An error is one sentence from ui/words that
// says what, where and what to do. Text from documents loses its control
// characters before a terminal sees it.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 verification failed, 4 box or
// runtime not reachable or busy, 5 denied.
//
// The package writes what the caller names (an export) and a temporary
// directory for eval, which it removes.
package cli
