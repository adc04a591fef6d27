package store

import (
	"context"
	"time"

	"coffre/chain"
)

// CredentialImpact is what the end of a credential means.
type CredentialImpact struct {
	Users   []string // settings that name it
	Running int      // uses that end with it
}

// CredentialImpact tells what revoking a credential would mean now.
func (t *Tenant) CredentialImpact(id string) (i CredentialImpact, err error) {
	err = t.View(func(v *View) error {
		if _, err := v.credential(id); err != nil {
			return err
		}
		i.Users, err = v.CredentialUsers(id)
		return err
	})
	i.Running = t.leases.count(id)
	return i, err
}

// CredentialRunning is how many uses of a credential go on now.
func (t *Tenant) CredentialRunning(id string) int { return t.leases.count(id) }

// RevokeCredential ends a credential at once: its data key is destroyed with the
// sealed value, and running uses end before it returns. Where settings name it,
// seen must say that the person knows; else Conflict "secret-in-use". Other
// errors: NotFound "secret-unknown"; Conflict "secret-ended".
func (t *Tenant) RevokeCredential(ctx context.Context, p Principal, id string, seen bool, request string) (i CredentialImpact, err error) {
	ev := chain.Event{Action: chain.CredentialRevoke, Request: request, Session: p.Session}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *Tx) error {
		c, err := tx.credential(id)
		if err != nil {
			return err
		}
		if !c.Ended.IsZero() {
			return Fail(Conflict, "secret-ended")
		}
		if i, err = tx.endCredential(c, p.Actor.ID); err != nil {
			return err
		}
		if len(i.Users) > 0 && !seen {
			return Fail(Conflict, "secret-in-use", "secret", c.Name)
		}
		return nil
	})
	return i, err
}

// endCredential destroys the sealed value and its key; by is "" where time did it.
func (tx *Tx) endCredential(c Credential, by string) (i CredentialImpact, err error) {
	if i.Users, err = tx.CredentialUsers(c.ID); err != nil {
		return i, err
	}
	i.Running = tx.t.leases.count(c.ID)
	tx.describeCredential(c)
	tx.Event.Detail["users"], tx.Event.Detail["running"] = append([]string{}, i.Users...), i.Running
	if err := tx.deleteRaw("datakeys", dataKeyName(c.scope(tx.t.ID).Subject())); err != nil {
		return i, err
	}
	c.Ended, c.EndedBy = tx.t.now().UTC().Truncate(time.Second), by
	c.Sealed, c.Digest = nil, nil
	tx.AfterCommit(func() { tx.t.leases.end(c.ID) })
	return i, credentials.put(tx, []byte(c.ID), c)
}

// expireCredentials ends those whose time is over, each with its entry.
func (t *Tenant) expireCredentials(ctx context.Context) error {
	var gone []Credential
	err := t.View(func(v *View) error {
		return credentials.each(v, nil, func(_ []byte, c Credential) bool {
			if c.Ended.IsZero() && c.over(t.now()) {
				gone = append(gone, c)
			}
			return true
		})
	})
	for _, c := range gone {
		if err != nil {
			return err
		}
		_, err = t.Update(ctx, System("vault"), chain.Event{Action: chain.CredentialExpire}, func(tx *Tx) error {
			now, err := tx.credential(c.ID)
			if err != nil {
				return err
			}
			if !now.Ended.IsZero() || !now.over(t.now()) {
				return Fail(Conflict, "secret-ended")
			}
			_, err = tx.endCredential(now, "")
			return err
		})
		if AsError(err).Code == "secret-ended" {
			err = nil // somebody was quicker
		}
	}
	return err
}

// secretLook is how often the box looks for credentials whose time is over. A
// use is refused at the very moment; this is for the key's destruction.
const secretLook = 30 * time.Second

// secretKeeper does that until the tenant closes.
type secretKeeper struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

func startSecretKeeper(ctx context.Context, t *Tenant) *secretKeeper {
	ctx, cancel := context.WithCancel(ctx)
	k := &secretKeeper{cancel, make(chan struct{})}
	go func() {
		defer close(k.ended)
		k.run(ctx, t)
	}()
	return k
}

func (k *secretKeeper) run(ctx context.Context, t *Tenant) {
	tick := time.NewTicker(secretLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := t.expireCredentials(ctx); err != nil && ctx.Err() == nil && t.usable() == nil {
			t.log.Error("expired credentials can't be ended", "tenant", t.ID, "err", err)
		}
	}
}

func (k *secretKeeper) close() {
	k.cancel()
	<-k.ended
}
