package ui

import (
	"context"
	"net/http"

	"coffre/auth"
	"coffre/store"
	"coffre/vault"
)

func (s *Server) restMasterRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/master", may: auth.SettingsAdmin, do: (*request).restMaster},
		{method: "PUT", path: "/api/v1/master", may: auth.SettingsAdmin, do: (*request).restMoveMaster},
		{method: "POST", path: "/api/v1/master/unlock", may: auth.SettingsAdmin, do: (*request).restUnlock},
		{method: "POST", path: "/api/v1/master/rekey", may: auth.SettingsAdmin, do: (*request).restRekey},
	}
}

// masterJSON is where the box's master identity lies, without anything of it
// that is secret.
type masterJSON struct {
	Holder    vault.Holder   `json:"holder"`
	Recipient string         `json:"recipient"`
	Code      string         `json:"code,omitempty"` // why nothing can be opened
	Weaker    bool           `json:"weaker"`
	Rekeying  bool           `json:"rekeying"`
	Holders   []vault.Holder `json:"holders"` // what this system offers
}

func (q *request) restMaster() error {
	m := q.s.Root.Master()
	return q.json(http.StatusOK, masterJSON{m.Holder, m.Recipient, m.Code, m.Weaker, m.Rekeying, vault.Holders()})
}

// mayChangeMaster: the identity is that of all firms of a box, so that where
// there are several none of their administrators changes it, but whoever has the
// machine in hand.
func (q *request) mayChangeMaster() error {
	if q.p.UserID == "" {
		return nil
	}
	all, err := q.s.Root.Tenants()
	if err == nil && len(all) > 1 {
		err = store.Fail(store.Denied, "master-many")
	}
	return err
}

func (q *request) restMoveMaster() error {
	var in struct {
		Holder     vault.Holder `json:"holder"`
		Passphrase string       `json:"passphrase"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if err := q.mayChangeMaster(); err != nil {
		return err
	}
	if err := q.s.Root.MoveMaster(q.r.Context(), q.p.Actor, in.Holder, []byte(in.Passphrase)); err != nil {
		return err
	}
	return q.restMaster()
}

func (q *request) restUnlock() error {
	var in struct {
		Passphrase string `json:"passphrase"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if err := q.unlockMaster(in.Passphrase); err != nil {
		return err
	}
	return q.restMaster()
}

// unlockMaster is slow by scrypt; one at a time, since each takes 256 MB.
func (q *request) unlockMaster(pass string) error {
	if err := q.mayChangeMaster(); err != nil {
		return err
	}
	return q.s.Root.Unlock(q.r.Context(), q.p.Actor, []byte(pass))
}

func (q *request) restRekey() error {
	var in struct {
		Passphrase string `json:"passphrase"`
		Back       bool   `json:"back"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	rep, err := q.rekey(in.Passphrase, in.Back)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, rep)
}

func (q *request) rekey(pass string, back bool) (store.RekeyReport, error) {
	if err := q.mayChangeMaster(); err != nil {
		return store.RekeyReport{}, err
	}
	ctx := context.WithoutCancel(q.r.Context()) // whoever asked may go away
	if back {
		return q.s.Root.RekeyBack(ctx, q.p.Actor)
	}
	return q.s.Root.Rekey(ctx, q.p.Actor, []byte(pass))
}
