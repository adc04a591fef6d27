package connectors

import (
	"context"
	"log/slog"
	"net"
	"sync"

	"coffre/chain"
	"coffre/connectors/gate"
	"coffre/store"
	"coffre/store/metric"
)

// Egress is the box's gate, following what its firms' settings name, and what
// their administrators shut.
type Egress struct {
	gate *gate.Gate
	log  *slog.Logger

	mu   sync.Mutex // held while ways are read and set, so that an older state never wins
	root *store.Root

	kept map[string]map[string]any // by firm, what its scratch database has
	stop func()                    // of keep
}

// NewEgress makes one whose dials wait until Open.
func NewEgress(log *slog.Logger) *Egress {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	e := &Egress{log: log}
	e.gate = gate.New(log, e.refused).Hold()
	e.gate.Hear()
	return e
}

// Dial is the gate's DialContext: the only way out.
func (e *Egress) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return e.gate.DialContext(ctx, network, addr)
}

// Open gives the gate the ways of a root's firms.
func (e *Egress) Open(root *store.Root) error {
	e.mu.Lock()
	e.root = root
	e.mu.Unlock()
	if err := e.Follow(); err != nil {
		return err
	}
	e.kept = map[string]map[string]any{}
	e.recall()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); e.keep(ctx) }()
	e.stop = func() { cancel(); <-done }
	return nil
}

// Follow lets the gate follow changed settings. Connections over ways that are
// open no more end before it returns.
func (e *Egress) Follow() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	ways, err := BoxWays(e.root, e.log)
	if err != nil {
		return err
	}
	return e.gate.Replace(ways)
}

// Close shuts everything, and keeps what went over the ways; the root must be
// open still.
func (e *Egress) Close() {
	e.gate.Close()
	if e.stop != nil {
		e.stop()
		e.save()
		e.stop = nil
	}
}

// Use is what went over a firm's way since it was first used.
func (e *Egress) Use(tenant, host string, port int) gate.Use {
	return e.gate.Use(gate.Way{Owner: tenant, Host: host, Port: port})
}

// Refused is what was refused lately of a firm's, the newest first.
func (e *Egress) Refused(tenant string) []gate.Refusal { return e.gate.Refused(tenant) }

// RefusalCounts are the refused dials since the start, of all firms, by reason.
func (e *Egress) RefusalCounts() *metric.Counts { return e.gate.RefusalCounts() }

// NameServers is what was asked of the system's name servers, for all firms.
func (e *Egress) NameServers() map[string]gate.Use { return e.gate.NameServers() }

// refused enters dials that the gate refused: in the chain of the firm that they
// were for, else in the box's.
func (e *Egress) refused(r gate.Refusal) {
	ev := chain.Event{
		Action: chain.EgressRefuse, Outcome: chain.Denied,
		Detail:  chain.Detail{"count": r.Count, "reason": r.Reason, "port": r.Port},
		Private: chain.Detail{"host": r.Host},
	}
	root := e.root // set before the first dial is judged
	if root == nil {
		return
	}
	t, release := root.Box, func() {}
	if r.Owner != "" {
		own, free, err := root.Acquire(r.Owner)
		if err == nil {
			t, release = own, free
		}
	}
	defer release()
	if _, err := t.Record(context.Background(), store.System("gate"), ev); err != nil {
		e.log.Error("refusal can't be entered", "err", err)
	}
}
