package ui

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/certs"
	"coffre/ui/certs/order"
)

// issuing is how it stands with the authority that the box's certificate is asked
// of. It isn't kept: a box that starts looks at its certificate.
type issuing struct {
	mu        sync.Mutex
	serves    bool     // a box that listens: nobody else could answer an authority
	addresses []string // on which it listens, that of HTTPS first
	state     issueState
	wake      chan struct{}
	now       bool // somebody asked for a certificate
	fresh     bool // with a new account
}

// issueState is what people are told.
type issueState struct {
	Asking  bool
	Last    time.Time // when the authority was asked last
	Next    time.Time // when it is asked again
	Failing time.Time // of the first failure in a row; zero: none
	Tries   int       // failures in a row
	Fault   *certs.Fault
	asked   authority // to whom the failures belong
}

// lookEvery is how often the box looks whether its certificate is due, or whether
// the settings have changed.
const lookEvery = 5 * time.Second

// KeepCertificate asks the firm's ACME authority for the certificate, where the
// settings name one, until ctx ends. addresses are those on which the box listens,
// that of HTTPS first, then that of HTTP, if any.
func (s *Server) KeepCertificate(ctx context.Context, addresses ...string) {
	m := s.certificates()
	if m == nil || s.Egress == nil {
		return
	}
	x := &s.issues
	wake := make(chan struct{}, 1)
	x.mu.Lock()
	x.serves, x.addresses, x.wake = true, addresses, wake
	x.mu.Unlock()
	defer func() { x.mu.Lock(); x.serves = false; x.mu.Unlock() }()
	for {
		s.lookCertificate(ctx, m)
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		case <-wake:
		}
	}
}

// lookCertificate asks for a certificate if one is due.
func (s *Server) lookCertificate(ctx context.Context, m *certs.Manager) {
	rec, ok := s.mayOrder()
	files, _ := m.Files()
	if !ok || files != "" {
		m.SetRenewal(nil)
		return
	}
	t, release, err := s.Root.Acquire(rec.ID)
	if err != nil {
		return
	}
	defer release()
	x := &s.issues
	var a authority
	trust := ""
	t.View(func(v *store.View) error {
		a, trust = readAuthority(rec, v, x.addresses), v.CredentialTrust(store.PurposeACME)
		return nil
	})
	fresh, asks := x.begin(a, m)
	if !asks {
		return
	}
	if fresh {
		err = m.ForgetAccount(a.url)
	}
	if err == nil {
		err = s.ask(ctx, t, m, a, trust)
	}
	if ctx.Err() != nil {
		return // the box ends, which is nobody's failure
	}
	first := x.end(a, m, err)
	if err == nil {
		return
	}
	f := issueFault(err)
	s.Log.Warn("no certificate was issued", "tenant", t.ID, "code", f.Code, "err", err)
	if !first {
		return
	}
	ev := chain.Event{Action: chain.CertificateRenew, Outcome: "error", Detail: chain.Detail{"from": "acme", "code": f.Code}}
	if _, err := t.Record(ctx, acmeActor, ev); err != nil {
		s.Log.Error("a failed renewal can't be entered", "err", err)
	}
}

// issueFault is an error as people are told.
func issueFault(err error) *certs.Fault {
	var f *certs.Fault
	if errors.As(err, &f) {
		return f
	}
	return &certs.Fault{Code: "acme-failed", Err: err}
}

// begin tells whether the authority is asked now.
func (x *issuing) begin(a authority, m *certs.Manager) (fresh, asks bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if a.url == "" {
		x.state, x.now, x.fresh = issueState{}, false, false
		m.SetRenewal(nil)
		return false, false
	}
	if x.state.Tries > 0 && !a.same(x.state.asked) {
		x.state = issueState{Last: x.state.Last} // other settings: what failed before says nothing
	}
	now := time.Now()
	next := due(m.Status(), a.names, now)
	if x.state.Tries > 0 && x.state.Next.After(next) {
		next = x.state.Next
	}
	x.state.Next = next
	x.tell(m)
	if next.After(now) && !x.now {
		return false, false
	}
	fresh = x.fresh
	x.now, x.fresh, x.state.Asking = false, false, true
	return fresh, true
}

// end notes how it went; first tells of a failure that is news.
func (x *issuing) end(a authority, m *certs.Manager, err error) (first bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := time.Now()
	x.state.Asking, x.state.Last, x.state.asked = false, now, a
	if err == nil {
		x.state.Tries, x.state.Failing, x.state.Fault = 0, time.Time{}, nil
		x.state.Next = due(m.Status(), a.names, now)
		x.tell(m)
		return false
	}
	f := issueFault(err)
	first = x.state.Fault == nil || x.state.Fault.Code != f.Code
	if x.state.Tries++; x.state.Tries == 1 {
		x.state.Failing = now
	}
	x.state.Fault, x.state.Next = f, now.Add(max(pause(x.state.Tries), order.Wait(err)))
	x.tell(m)
	return first
}

// tell lets the manager's status say how it stands. The caller holds mu.
func (x *issuing) tell(m *certs.Manager) {
	m.SetRenewal(&certs.Renewal{Next: x.state.Next, Fault: x.state.Fault, Since: x.state.Failing})
}

func (a authority) same(b authority) bool {
	return a.url == b.url && a.ca == b.ca && a.account == b.account && a.secret == b.secret &&
		slices.Equal(a.names, b.names) && slices.Equal(a.ways, b.ways)
}

// read is how it stands, and where the authority looks.
func (x *issuing) read() (issueState, []string, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.state, x.addresses, x.serves
}

// hurry has the authority asked now.
func (x *issuing) hurry(fresh bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.serves {
		return store.Fail(store.Unavailable, "acme-idle")
	}
	x.now, x.fresh = true, fresh
	x.rouse()
	return nil
}

// look has the settings read again.
func (x *issuing) look() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.serves {
		x.rouse()
	}
}

// rouse ends the loop's pause. The caller holds mu.
func (x *issuing) rouse() {
	select {
	case x.wake <- struct{}{}:
	default: // it is about to look
	}
}
