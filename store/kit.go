package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"coffre/chain"
	"coffre/vault"
	"coffre/vault/paper"
)

// BackupKit is the paper that opens a firm's backups, as far as the box knows it:
// the recipient that backups are encrypted to, never what opens them.
type BackupKit struct {
	Recipient string      `json:"recipient"` // "": none was made
	Made      time.Time   `json:"made,omitzero"`
	Confirmed time.Time   `json:"confirmed,omitzero"` // zero: nobody typed it back yet
	Former    []FormerKit `json:"former,omitempty"`   // newest first
}

// FormerKit is a kit that opens the backups made while it was in use.
type FormerKit struct {
	Mark  string    `json:"mark"` // vault.RecipientMark
	Made  time.Time `json:"made"`
	Ended time.Time `json:"ended"`
}

// Mark is the kit's number, as it stands on the paper; "" without one.
func (k BackupKit) Mark() string {
	if k.Recipient == "" {
		return ""
	}
	return vault.RecipientMark(k.Recipient)
}

var keyBackupKit = []byte("backup-kit")

// keptFormer is how many former kits are remembered: more than ten years of one a
// year.
const keptFormer = 32

// BackupKit returns what is known of the kit in use. A recipient that was set as a
// setting alone counts as a kit that nobody has confirmed.
func (v *View) BackupKit() (k BackupKit, err error) {
	if b := v.getCopy("meta", keyBackupKit); b != nil {
		if err := json.Unmarshal(b, &k); err != nil {
			return k, Fail(Corrupt, "damaged").Because(fmt.Errorf("decode kit: %w", err))
		}
	}
	if set := v.Setting(SettingBackupRecovery, ""); set != k.Recipient {
		k.Recipient, k.Made, k.Confirmed = set, time.Time{}, time.Time{}
	}
	return k, nil
}

// PutBackupKit takes a kit into use. The one before opens the backups of its own
// time only, and is remembered by its number. confirmed says that somebody has
// typed it back. Error: Conflict "opener-two" where that takes two people
// (OpenersHeld).
func (tx *Tx) PutBackupKit(recipient string, confirmed bool) error {
	if err := tx.checkOpeners(SettingBackupRecovery, []string{recipient}); err != nil {
		return err
	}
	if err := tx.tellChosen(chain.BackupKit, tx.NewOpeners([]string{recipient})); err != nil {
		return err
	}
	return tx.putBackupKit(recipient, confirmed)
}

func (tx *Tx) putBackupKit(recipient string, confirmed bool) error {
	k, err := tx.BackupKit()
	if err != nil {
		return err
	}
	now := tx.t.now().UTC()
	if k.Recipient != "" {
		k.Former = append([]FormerKit{{k.Mark(), k.Made, now}}, k.Former...)
		k.Former = k.Former[:min(len(k.Former), keptFormer)]
	}
	tx.kitEvent("make", recipient)
	k.Recipient, k.Made, k.Confirmed = recipient, now, time.Time{}
	if confirmed {
		k.Confirmed = now
	}
	b, err := json.Marshal(recipient)
	if err != nil {
		return fmt.Errorf("encode setting: %w", err)
	}
	return errors.Join(tx.putKit(k), tx.putRaw("settings", []byte(SettingBackupRecovery), b))
}

// ConfirmBackupKit notes that the paper of the kit in use was typed back. Errors:
// Conflict "kit-other" where recipient isn't the one in use.
func (tx *Tx) ConfirmBackupKit(recipient string) error {
	k, err := tx.BackupKit()
	if err != nil {
		return err
	}
	if k.Recipient == "" || k.Recipient != recipient {
		return Fail(Conflict, "kit-other")
	}
	tx.kitEvent("confirm", recipient)
	k.Confirmed = tx.t.now().UTC()
	return tx.putKit(k)
}

func (tx *Tx) putKit(k BackupKit) error {
	b, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("encode kit: %w", err)
	}
	return tx.putRaw("meta", keyBackupKit, b)
}

func (tx *Tx) kitEvent(act, recipient string) {
	tx.Event.Detail["act"], tx.Event.Detail["mark"] = act, vault.RecipientMark(recipient)
}

// MakeBackupKit draws the identity of a firm's first kit and takes it into use.
// What it returns is on no disk. Errors: Conflict "kit-there" where one is in use
// already: another replaces it only once it is typed back; "opener-two" where the
// firm has other openers, or had some.
func (t *Tenant) MakeBackupKit(ctx context.Context, by Actor, request string) (*vault.Recovery, error) {
	made, err := vault.NewRecovery()
	if err != nil {
		return nil, err
	}
	_, err = t.Update(ctx, by, chain.Event{Action: chain.BackupKit, Request: request}, func(tx *Tx) error {
		k, err := tx.BackupKit()
		if err != nil {
			return err
		}
		if k.Recipient != "" {
			return Fail(Conflict, "kit-there")
		}
		return tx.PutBackupKit(made.Recipient(), false)
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// PaperFault is what is wrong with the words of a kit that somebody typed: Invalid
// "paper-word" with the word's place, "paper-sum", "paper-count". It never holds a word.
func PaperFault(err error) error {
	var at *paper.WordError
	switch {
	case errors.As(err, &at):
		return Fail(Invalid, "paper-word", "n", strconv.Itoa(at.Place))
	case errors.Is(err, paper.ErrSum):
		return Fail(Invalid, "paper-sum")
	case errors.Is(err, paper.ErrCount):
		return Fail(Invalid, "paper-count")
	}
	return err
}
