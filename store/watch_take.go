package store

import (
	"context"
	"errors"
	"time"

	"coffre/chain"
)

// WatchRefused says why a checkpoint of another box was not cosigned, in the
// terms of C2SP tlog-witness.
type WatchRefused struct {
	Code  string // one of the Watch constants
	Known bool   // the log is witnessed here; if so:
	Size  uint64 // that was cosigned last
	// Restores are those that the journal had by then.
	Restores int
}

// The codes of WatchRefused.
const (
	WatchUnknown   = "unknown-log"
	WatchSignature = "unknown-signature"
	WatchSize      = "other-size"     // the proof begins at another size than Size
	WatchProof     = "bad-proof"      // which proves nothing against the log
	WatchFork      = "fork"           // the log is not the one that was seen: proved
	WatchShrunk    = "shrunk"         // the log is shorter than it was: proved
	WatchNothing   = "proves-nothing" // evidence that is none
	WatchWaits     = "restore-waits"  // for an administrator here to accept it
)

// Error implements error.
func (e *WatchRefused) Error() string { return "not cosigned: " + e.Code }

// witnessActor is who cosigns.
var witnessActor = System("witness")

// TakeCheckpoint cosigns another box's checkpoint where it continues what was
// seen, and returns the cosigned note once the new state is durable. Nobody has
// signed in: the log's own keys are what counts. Errors: WatchRefused, those of
// the store.
func (t *Tenant) TakeCheckpoint(ctx context.Context, u chain.WitnessUpdate, request string) (string, error) {
	p := watchPush{t: t, u: u, request: request, at: t.now()}
	if err := t.View(p.read); err != nil {
		return "", err
	}
	err := p.judge()
	var refused *WatchRefused
	switch {
	case err == nil && p.same():
		// Nothing new is seen, and anybody can send it again: no entry.
		return p.next.Checkpoint, nil
	case err == nil:
		if err := p.keep(ctx); err != nil {
			return "", err
		}
		return p.next.Checkpoint, nil
	case errors.As(err, &refused) && p.after != nil:
		if kerr := p.change(ctx); kerr != nil {
			return "", kerr
		}
	}
	return "", err
}

// watchPush is one checkpoint on its way.
type watchPush struct {
	t       *Tenant
	u       chain.WitnessUpdate
	cp      chain.Checkpoint
	request string
	at      time.Time
	was     Watched
	name    string // of this witness
	next    chain.WitnessState
	after   func(*Watched) (act string) // what a refusal leaves in the record, nil: nothing
}

// read finds what was seen of the log.
func (p *watchPush) read(v *View) (err error) {
	cp, _, err := chain.OpenCheckpoint(p.u.Checkpoint)
	if err != nil {
		return Fail(Invalid, "bad-request").Because(err)
	}
	p.cp = cp
	p.was, err = v.Watch(chain.LogName(cp.Origin))
	if IsNotFound(err) {
		return &WatchRefused{Code: WatchUnknown}
	}
	if err != nil {
		return err
	}
	p.was.State.Cosigner, err = v.cosigner()
	if c, cerr := chain.ParseCosigner(p.was.State.Cosigner); err == nil && cerr == nil {
		p.name = c.Name()
	}
	return err
}

func (p *watchPush) refuse(code string) error {
	return &WatchRefused{Code: code, Known: true, Size: p.was.State.Size, Restores: p.was.State.Restores}
}

// judge says whether the checkpoint can be cosigned.
func (p *watchPush) judge() error {
	s := p.was.State
	lives, _ := s.Life(p.cp.Origin)
	if len(p.u.Handovers) == 0 {
		// The plain protocol, in its order: signature, size, proof.
		if !s.Signed(p.u.Checkpoint) || lives != s.Restores {
			return p.refuse(WatchSignature)
		}
		if p.u.From == s.Size && s.Size == 0 && len(p.u.Consistency) > 0 {
			return p.refuse(WatchProof)
		}
	}
	if lives == s.Restores && p.u.From != s.Size {
		return p.refuse(WatchSize)
	}
	next, seen, err := s.Advance(p.u, p.at)
	switch {
	case err == nil:
	case errors.Is(err, chain.ErrWitnessFrom), errors.Is(err, chain.ErrShrunk):
		return p.refuse(WatchSize) // an older checkpoint by itself proves nothing
	case errors.Is(err, chain.ErrUnknownKey), errors.Is(err, chain.ErrWitnessOrigin):
		return p.refuse(WatchSignature)
	case errors.Is(err, chain.ErrFork) && p.cp.Size == s.Size:
		p.after = p.alarm("watch-fork", p.u.Checkpoint, nil)
		return p.refuse(WatchFork)
	case errors.Is(err, chain.ErrFork):
		p.after = p.doubt
		return p.refuse(WatchProof)
	case errors.Is(err, chain.ErrWitnessProof):
		return p.refuse(WatchProof)
	default:
		return Fail(Invalid, "bad-request").Because(err)
	}
	if s.Size > 0 && next.Restores > max(s.Restores, p.was.Accepted) {
		p.after = p.wait(seen, next.Restores)
		return p.refuse(WatchWaits)
	}
	p.next = next
	return nil
}

// doubt notes a proof that didn't hold, once until a good one comes.
func (p *watchPush) doubt(w *Watched) string {
	if w.Doubt != nil {
		return ""
	}
	w.Doubt = &WatchDoubt{At: p.at.UTC().Truncate(time.Second), Code: WatchProof, Size: p.cp.Size, Note: p.u.Checkpoint}
	return "doubt"
}

// wait notes a restore that somebody has to accept.
func (p *watchPush) wait(seen chain.Witnessed, lives int) func(*Watched) string {
	return func(w *Watched) string {
		if w.Restore != nil && w.Restore.Lives == lives {
			return ""
		}
		last := seen.Restored[len(seen.Restored)-1]
		w.Restore = &WatchRestore{At: p.at.UTC().Truncate(time.Second), Lives: lives, Size: last.Size, LostTo: max(last.LostTo, w.State.Size)}
		return "restore"
	}
}

// alarm notes what was proved; the same thing proved again is no news.
func (p *watchPush) alarm(code, shown string, evidence []byte) func(*Watched) string {
	return func(w *Watched) string {
		if w.Alarm != nil && w.Alarm.Code == code && w.Alarm.Size == w.State.Size {
			return ""
		}
		w.Alarm = &WatchAlarm{
			At: p.at.UTC().Truncate(time.Second), Code: code, Size: w.State.Size, Seen: w.State.Checkpoint, Shown: shown, Evidence: evidence,
		}
		return "alarm"
	}
}

// keep makes the new state durable, unless another checkpoint came first.
func (p *watchPush) keep(ctx context.Context) error {
	ev := watchEvent("cosign", p.was.State.Log, p.request)
	ev.Detail["size"], ev.Detail["root"] = p.next.Size, p.next.Root.Base64()
	if p.next.Restores > 0 {
		ev.Detail["restores"] = p.next.Restores
	}
	_, err := p.t.Update(ctx, witnessActor, ev, func(tx *Tx) error {
		w, err := tx.Watch(p.was.State.Log)
		if err != nil {
			return err
		}
		if now := w.State; now.Size != p.was.State.Size || now.Root != p.was.State.Root || now.Restores != p.was.State.Restores {
			return &WatchRefused{Code: WatchSize, Known: true, Size: now.Size, Restores: now.Restores}
		}
		w.State, w.Doubt = p.next, nil
		w.State.Cosigner = ""
		w.Accepted = max(w.Accepted, p.next.Restores)
		if w.Restore != nil && w.Restore.Lives <= w.Accepted {
			w.Restore = nil
		}
		return watches.put(tx, watchOf(w.State.Log), w)
	})
	return err
}

// same tells whether the checkpoint is the one that was seen last.
func (p *watchPush) same() bool {
	s := p.was.State
	return s.Size > 0 && p.next.Size == s.Size && p.next.Root == s.Root && p.next.Restores == s.Restores && p.next.Key == s.Key
}

// errNoNews ends a change that another request has made already.
var errNoNews = errors.New("known already")

// change enters what a refusal leaves, where it leaves anything new.
func (p *watchPush) change(ctx context.Context) error {
	if now := p.was; p.after(&now) == "" {
		return nil
	}
	ev := watchEvent("", p.was.State.Log, p.request)
	ev.Outcome = chain.Denied
	ev.Detail["size"], ev.Detail["root"] = p.cp.Size, p.cp.Root.Base64()
	_, err := p.t.Update(ctx, witnessActor, ev, func(tx *Tx) error {
		w, err := tx.Watch(p.was.State.Log)
		if err != nil {
			return err
		}
		act := p.after(&w)
		if act == "" {
			return errNoNews
		}
		tx.Event.Detail["act"] = act
		return watches.put(tx, watchOf(w.State.Log), w)
	})
	if errors.Is(err, errNoNews) {
		return nil
	}
	return err
}

// TakeEvidence judges what a refused box shows about itself. It returns
// WatchRefused: WatchFork or WatchShrunk once the alarm is durable,
// WatchNothing, WatchSignature or WatchUnknown where nothing is proved.
func (t *Tenant) TakeEvidence(ctx context.Context, e chain.WitnessEvidence, request string) error {
	p := watchPush{t: t, u: e.Update, request: request, at: t.now()}
	if err := t.View(p.read); err != nil {
		return err
	}
	code, refusal := "", ""
	switch err := p.was.State.Judge(e, p.name); {
	case errors.Is(err, chain.ErrFork):
		code, refusal = "watch-fork", WatchFork
	case errors.Is(err, chain.ErrShrunk):
		code, refusal = "watch-shrunk", WatchShrunk
	case errors.Is(err, chain.ErrUnknownKey), errors.Is(err, chain.ErrWitnessOrigin):
		return p.refuse(WatchSignature)
	default:
		return p.refuse(WatchNothing)
	}
	raw, err := e.Encode()
	if err != nil {
		return err
	}
	p.after = p.alarm(code, e.Update.Checkpoint, raw)
	if err := p.change(ctx); err != nil {
		return err
	}
	return p.refuse(refusal)
}
