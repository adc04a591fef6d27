package alerts

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"coffre/chain"
	"coffre/connectors"
	"coffre/connectors/relay"
	"coffre/store"
	"coffre/ui/health"
	"coffre/ui/words"
)

// Deps are what a Teller works with.
type Deps struct {
	Root   *store.Root
	Health *health.Monitor
	Mail   *connectors.Mailer
	Log    *slog.Logger
	Now    func() time.Time
}

// Teller turns the reports of every firm into entries of its journal, which the
// firm's syslog receiver gets with all others, and into mails, and brings those to
// the firm's relay.
type Teller struct {
	d    Deps
	pace pace

	mu   sync.Mutex
	busy map[string]bool // firms of which a round runs
	// hurry are firms whose mail is to be tried before its time: their settings
	// changed, or, where true, a test has just shown that the relay takes mail.
	hurry map[string]bool
	wg    sync.WaitGroup
}

// New makes a Teller; Run lets it tell.
func New(d Deps) *Teller {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Teller{d: d, pace: usualPace, busy: map[string]bool{}, hurry: map[string]bool{}}
}

// Run tells until ctx ends. Nothing is told of a box that doesn't listen: a command
// that opens the data for a moment is no watch over it.
func (a *Teller) Run(ctx context.Context) {
	defer a.wg.Wait()
	tick := time.NewTicker(a.pace.look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, listens := a.d.Health.Address(); !listens {
			continue
		}
		all, err := a.d.Root.Tenants()
		if err != nil {
			a.d.Log.Error("tenants can't be listed", "err", err)
		}
		for _, rec := range all {
			a.start(ctx, rec.ID)
		}
	}
}

// start lets a firm's round run beside the others': one relay that hangs is not
// theirs.
func (a *Teller) start(ctx context.Context, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy[id] {
		return
	}
	a.busy[id] = true
	a.wg.Go(func() {
		defer func() { a.mu.Lock(); delete(a.busy, id); a.mu.Unlock() }()
		t, release, err := a.d.Root.Acquire(id)
		if err != nil {
			return // the page of health says so
		}
		defer release()
		if t.Suspended() {
			return
		}
		if err := a.round(ctx, t); err != nil && ctx.Err() == nil {
			a.d.Log.Error("alerts can't be told", "tenant", id, "err", err)
		}
	})
}

// firm is what a round knows of a firm.
type firm struct {
	plan  connectors.MailPlan
	state store.MailState
	had   store.AlertState // what the journal has
	queue []store.Mail
	lang  words.Lang
}

func read(t *store.Tenant) (f firm, err error) {
	err = t.View(func(v *store.View) (err error) {
		f.plan = connectors.MailPlanOf(v)
		f.lang, _ = words.Parse(v.Setting("ui.language", "fr"))
		if f.state, err = v.MailState(); err != nil {
			return err
		}
		if f.had, err = v.AlertsEntered(); err != nil {
			return err
		}
		f.queue, err = v.MailQueue()
		return err
	})
	return f, err
}

// round tells what is new and sends what waits.
func (a *Teller) round(ctx context.Context, t *store.Tenant) error {
	f, err := read(t)
	if err != nil {
		return err
	}
	r, looked := a.d.Health.Last(t.ID)
	if !f.plan.On() {
		err = a.forget(ctx, t, f)
	} else {
		if looked {
			err = a.tell(ctx, t, &f, r)
		}
		if err == nil {
			err = a.deliver(ctx, t, f)
		}
	}
	if looked {
		err = errors.Join(err, a.enter(ctx, t, f, r))
	}
	return err
}

// forget begins afresh where alerts are off: whoever turns them on again is told
// what is bad then.
func (a *Teller) forget(ctx context.Context, t *store.Tenant, f firm) error {
	if len(f.state.Told) == 0 && len(f.queue) == 0 && f.state.Fault == nil && f.state.Digest == "" {
		return nil
	}
	c := store.MailChange{State: store.MailState{Sent: f.state.Sent}}
	for _, m := range f.queue {
		c.Drop = append(c.Drop, m.ID)
	}
	return t.MarkMail(ctx, c)
}

// tell puts what a report has to say into the queue, with the note that it was
// told.
func (a *Teller) tell(ctx context.Context, t *store.Tenant, f *firm, r health.Report) error {
	now := a.d.Now().Local()
	st, letters := a.pace.plan(f.state.AlertState, r, now, f.plan.Hour)
	c := store.MailChange{State: f.state}
	c.State.AlertState = st
	link, _ := a.address(t, f.plan)
	for _, l := range letters {
		subject, text := l.write(f.lang, now, link)
		to := f.plan.Urgent
		if l.kind == digest {
			to = f.plan.Digest
		}
		for _, one := range to {
			m := store.Mail{ID: store.NewID(), Kind: l.kind, To: one, Lang: string(f.lang), Subject: subject, Text: text, Made: now.UTC()}
			c.Add = append(c.Add, m)
			c.Drop = append(c.Drop, replaced(f.queue, m)...)
		}
	}
	if len(letters) == 0 && same(st, f.state.AlertState) {
		return nil
	}
	if err := t.MarkMail(ctx, c); err != nil {
		return err
	}
	again, err := read(t)
	*f = again
	return err
}

// replaced are the mails that wait and say no more than the new one: yesterday's
// digest and reminder.
func replaced(queue []store.Mail, m store.Mail) (ids []string) {
	for _, old := range queue {
		if old.To == m.To && old.Kind == m.Kind && (m.Kind == digest || m.Kind == reminder) {
			ids = append(ids, old.ID)
		}
	}
	return ids
}

func same(a, b store.AlertState) bool {
	if a.Digest != b.Digest || len(a.Told) != len(b.Told) {
		return false
	}
	for name, t := range a.Told {
		if b.Told[name] != t {
			return false
		}
	}
	return true
}

// Tested is what came of a test mail to one recipient.
type Tested struct {
	To    string
	Reply string // the relay's, where it took the mail
	Err   *store.Error
}

// Test sends a mail to every recipient now. Error: Invalid "mail-none" where alerts
// by mail aren't set.
func (a *Teller) Test(ctx context.Context, t *store.Tenant, by store.Actor, request string) ([]Tested, error) {
	f, err := read(t)
	if err != nil {
		return nil, err
	}
	if !f.plan.On() {
		return nil, store.Fail(store.Invalid, "mail-none")
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	now := a.d.Now().Local()
	link, host := a.address(t, f.plan)
	subject, text := writeTest(f.lang, now, link)
	var all []store.Mail
	for _, to := range f.plan.Recipients() {
		all = append(all, store.Mail{ID: store.NewID(), Kind: "test", To: to, Lang: string(f.lang), Subject: subject, Text: text, Made: now})
	}
	out := a.send(ctx, t, f.plan, host, all)
	ev := chain.Event{Action: chain.MailSend, Request: request, Detail: chain.Detail{"kinds": []string{"test"}}}
	var tested []Tested
	sent, refused := 0, 0
	for i, s := range out {
		one := Tested{To: all[i].To, Reply: s.reply}
		if s.err == nil {
			sent++
		} else {
			refused++
			one.Err = store.AsError(connectors.MailError(f.plan, s.err))
			ev.Outcome, ev.Detail["code"] = chain.Failed, one.Err.Code
		}
		tested = append(tested, one)
	}
	ev.Detail["count"], ev.Detail["refused"] = sent, refused
	if refused == 0 {
		a.again(t.ID, true)
	}
	_, err = t.Record(context.WithoutCancel(ctx), by, ev)
	return tested, err
}

// Again lets what waits be tried at once: the settings have changed.
func (a *Teller) Again(tenant string) { a.again(tenant, false) }

func (a *Teller) again(tenant string, proved bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hurry[tenant] = a.hurry[tenant] || proved
}

// hurried takes the wish to try now; proved tells that the relay takes mail.
func (a *Teller) hurried(tenant string) (hurry, proved bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	proved, hurry = a.hurry[tenant]
	delete(a.hurry, tenant)
	return hurry, proved
}

const testTime = 90 * time.Second

// sent is what came of one mail.
type sent struct {
	reply string
	err   error
	// session: nothing goes to this relay now, whatever the mail.
	session bool
}

// send opens one session for all mails. Where the session ends, so do those that
// come behind.
func (a *Teller) send(ctx context.Context, t *store.Tenant, p connectors.MailPlan, host string, all []store.Mail) []sent {
	out := make([]sent, len(all))
	broken := func(from int, err error) []sent {
		for i := from; i < len(all); i++ {
			out[i] = sent{err: err, session: true}
		}
		return out
	}
	s, err := a.d.Mail.Open(ctx, t, p, host)
	if err != nil {
		return broken(0, err)
	}
	defer s.Close()
	for i, m := range all {
		reply, err := s.Send(relay.Message{
			ID: m.ID, Host: host, From: p.From, To: m.To, Name: "coffre", Subject: m.Subject, Text: m.Text, Lang: m.Lang, Date: m.Made.Local(),
			Urgent: m.Kind == urgent,
		})
		var f *relay.Fault
		if err != nil && !(errors.As(err, &f) && f.Mail) {
			return broken(i, err)
		}
		out[i] = sent{reply: reply, err: err}
	}
	return out
}
