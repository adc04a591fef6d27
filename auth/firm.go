package auth

import (
	"context"
	"strings"

	"coffre/chain"
	"coffre/store"
)

// NewFirm is one more firm on the box.
type NewFirm struct {
	ID, Firm         string // ID may be empty: it is made from the name
	Hosts            []string
	AdminName, Login string
	Lang             string
	Collection       string // name of a first collection; "" for none
}

// Founded is what the operator hands on: the kit is shown once, and Token opens the
// page where the administrator chooses a password, once, within store.LinkFor.
type Founded struct {
	TenantID string
	Kit      store.Kit
	Admin    store.User
	Token    string
	Link     store.Link
}

// Found makes a firm beside those that are there, with its first administrator, who
// has no password yet. The host name tells firms apart, so that each must have one.
// What a kill left without people is gone on with: its kit's secret was shown to
// nobody, and is empty. Errors: Conflict "tenant-hosts" (firm) where another has no
// host name, "name-taken"; Invalid "invalid-name" (field), "tenant-id",
// "invalid-lang", "bad-parameter".
func (s *Service) Found(ctx context.Context, root *store.Root, by store.Actor, n NewFirm, request string) (out Founded, err error) {
	s.setup.mu.Lock()
	defer s.setup.mu.Unlock()
	n.Firm, n.AdminName, n.Login = strings.TrimSpace(n.Firm), strings.TrimSpace(n.AdminName), cleanLogin(n.Login)
	if n.ID == "" {
		n.ID = TenantID(n.Firm)
	}
	if err := s.checkFirm(root, n); err != nil {
		return out, err
	}
	out.TenantID = n.ID
	if _, err := root.Registered(n.ID); store.IsNotFound(err) {
		if out.Kit, err = root.CreateTenant(ctx, by, store.NewTenant{ID: n.ID, Firm: n.Firm}); err != nil {
			return out, err
		}
	} else if err != nil {
		return out, err
	}
	if _, err := root.ChangeTenant(ctx, by, n.ID, &n.Hosts, nil, request); err != nil {
		return out, err
	}
	t, release, err := root.Acquire(n.ID)
	if err != nil {
		return out, err
	}
	defer release()
	if err := firstCollection(ctx, t, by, n.Collection); err != nil && store.AsError(err).Code != "name-taken" {
		return out, err
	}
	secret := store.NewToken()
	_, err = t.Update(ctx, by, chain.Event{Action: chain.UserCreate, Request: request}, func(tx *store.Tx) error {
		us, err := tx.Users()
		if err != nil {
			return err
		}
		if len(us) > 0 {
			return store.Fail(store.Conflict, "name-taken", "name", n.ID)
		}
		if out.Admin, err = tx.CreateUser(store.User{Login: n.Login, Name: n.AdminName, Role: store.Admin, Lang: n.Lang, MustChange: true}); err != nil {
			return err
		}
		out.Link, err = tx.PutLink(store.TokenDigest(secret), out.Admin.ID, "")
		return err
	})
	out.Token = cookieToken(t.ID, secret)
	return out, err
}

func (s *Service) checkFirm(root *store.Root, n NewFirm) error {
	switch {
	case !validName(n.Firm):
		return store.Fail(store.Invalid, "invalid-name", "field", "firm")
	case !validName(n.AdminName):
		return store.Fail(store.Invalid, "invalid-name", "field", "name")
	case n.Login == "" || len(n.Login) > 64 || strings.ContainsAny(n.Login, " \t\r\n\x00"):
		return store.Fail(store.Invalid, "invalid-name", "field", "login")
	case !validLang(n.Lang):
		return store.Fail(store.Invalid, "invalid-lang")
	case !isTenantID(n.ID) || n.ID == store.BoxID:
		return store.Fail(store.Invalid, "tenant-id", "id", n.ID)
	case len(n.Hosts) == 0:
		return store.Fail(store.Invalid, "bad-parameter", "name", "hosts")
	}
	all, err := root.Tenants()
	if err != nil {
		return err
	}
	for _, rec := range all {
		if rec.ID != n.ID && len(rec.Hosts) == 0 {
			return store.Fail(store.Conflict, "tenant-hosts", "firm", rec.ID)
		}
	}
	return nil
}
