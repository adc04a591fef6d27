package health

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"coffre/auth"
	"coffre/connectors"
	"coffre/connectors/inbox"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/certs"
	"coffre/ui/health/machine"
)

// Deps are what the checks read. Every part but Root may be nil.
type Deps struct {
	Root    *store.Root
	Auth    *auth.Service
	Runtime *llm.Runtime
	Witness *connectors.WitnessPush
	Inbox   *inbox.Keeper
	Version string
	Built   time.Time // of the program; zero: nobody knows
	Started time.Time
	Now     func() time.Time
	Log     *slog.Logger
	Disk    func(dir string) machine.Disk // nil: machine.Encryption
}

// Serving is a box that listens.
type Serving struct {
	Certificate func() certs.Status
	Addresses   []string // host:port, as bound
}

// subject is what one run of the checks looks at.
type subject struct {
	Deps
	t       *store.Tenant
	now     time.Time
	serving *Serving // nil: nothing listens
	jumps   []jump   // of the clock, lately
	trend   trend    // of the free room
	looked  map[string]llm.State
}

func (s *subject) dir() string { return s.Root.Dir }

// view reads the firm; an error is the code "unread"'s to tell.
func (s *subject) view(fn func(*store.View) error) error { return s.t.View(fn) }

func fields(s string) []string { return strings.Fields(s) }

// run does every check of a table.
func (s *subject) run(ctx context.Context, table []check, box func(check) (Result, bool)) (out []Result) {
	for _, c := range table {
		if r, ok := box(c); ok {
			out = append(out, r)
			continue
		}
		out = append(out, s.one(ctx, c))
	}
	return out
}

// one does a check. A panic in it is its own failure, not the box's.
func (s *subject) one(ctx context.Context, c check) (r Result) {
	defer func() {
		if e := recover(); e != nil {
			s.Log.Error("check panicked", "check", c.name)
			r = Result{Name: c.name, Verdict: Bad, Code: "other"}
		}
	}()
	code, f := c.read(ctx, s)
	v, ok := c.says[code]
	if !ok {
		v = Bad
	}
	return Result{Name: c.name, Verdict: v, Code: code, Figures: f}
}
