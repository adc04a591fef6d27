package ui

import (
	"net/http"

	"coffre/store"
)

// returnIn is what a look for one firm in a backup, and its return, bear.
type returnIn struct {
	Copy        string   `json:"copy"` // id of one in the folder of copies, or
	Path        string   `json:"path"` // a file or a folder of this machine
	Identity    string   `json:"identity"`
	RecoveryKey string   `json:"recovery_key"` // of the firm's journal, if it isn't beside the identity
	FirstKey    string   `json:"first_key"`    // lines, known from elsewhere
	Checkpoints []string `json:"checkpoints"`  // known elsewhere
	Confirm     string   `json:"confirm"`      // the firm's name
	Behind      bool     `json:"behind"`
	Ledger      string   `json:"ledger"` // text of an erasures.jsonl
}

func (q *request) returnIn() (in returnIn, req store.FirmRequest, err error) {
	if err := q.decode(&in); err != nil {
		return in, req, err
	}
	req = store.FirmRequest{By: q.p.Actor, Request: q.id, Tenant: q.r.PathValue("id"), FirstKey: in.FirstKey, Known: in.Checkpoints}
	if req.File, err = q.partFile(partIn{Copy: in.Copy, Path: in.Path}); err != nil {
		return in, req, err
	}
	if req.Identity, err = store.ParseBackupIdentity([]byte(in.Identity)); err != nil || in.RecoveryKey == "" {
		return in, req, err
	}
	more, err := store.ParseBackupIdentity([]byte(in.RecoveryKey))
	req.Identity.Recovery = append(req.Identity.Recovery, more.Recovery...)
	return in, req, err
}

func (q *request) boxTenantLook() error {
	_, req, err := q.returnIn()
	if err != nil {
		return err
	}
	out, err := q.s.Root.LookForFirm(q.r.Context(), req)
	if err != nil {
		return partFault(err, req.File)
	}
	return q.json(http.StatusOK, out)
}

// boxTenantTake puts a firm of a backup in the place of the one of now.
func (q *request) boxTenantTake() error {
	in, req, err := q.returnIn()
	if err != nil {
		return err
	}
	ledger, err := store.ParseLedger([]byte(in.Ledger))
	if err != nil {
		return store.Fail(store.Invalid, "bad-parameter", "name", "ledger").Because(err)
	}
	out, err := q.s.Root.ReturnFirm(q.r.Context(), store.FirmReturnRequest{FirmRequest: req, Confirm: in.Confirm, Behind: in.Behind, Ledger: ledger})
	if err != nil {
		return partFault(err, req.File)
	}
	if err := q.s.OpenWays(); err != nil {
		return err
	}
	q.s.Ingest.Wake()
	return q.json(http.StatusOK, out)
}
