package store

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"coffre/chain"
)

// putCopies writes a plan.
func (t *Tenant) putCopies(ctx context.Context, q CopySetting) error {
	text, err := json.Marshal(q.Plan)
	if err != nil {
		return fmt.Errorf("encode plan of copies: %w", err)
	}
	_, err = t.Update(ctx, q.By, chain.Event{Action: chain.SettingsUpdate, Request: q.Request}, func(tx *Tx) error {
		if t.ID == BoxID && len(q.Recipients) > 0 {
			if err := q.approved(); err != nil {
				return err
			}
			if !ValidRecipients(strings.Join(q.Recipients, " ")) {
				return Fail(Invalid, "recipient-unknown")
			}
			if err := tx.PutSetting(SettingBackupRecipients, strings.Join(q.Recipients, "\n")); err != nil {
				return err
			}
		}
		if q.Plan.On && len(tx.BackupRecipients()) == 0 {
			return Fail(Conflict, "backup-recipients")
		}
		return tx.PutSetting(SettingCopies, string(text))
	})
	return err
}

// approved refuses recipients that no firm on the box has approved.
func (q CopySetting) approved() error {
	for i, r := range q.Recipients {
		if !slices.Contains(q.known, r) {
			return Fail(Denied, "recipient-unapproved", "n", strconv.Itoa(i+1))
		}
	}
	return nil
}

// path is where the copy lies.
func (c CopyRecord) path() string {
	return filepath.Join(c.Folder, copyRuns, c.Name+copyEnding)
}

// suspects are the objects that the last verification found damaged.
func (r *Root) suspects(home string) (map[string]bool, error) {
	out := map[string]bool{}
	err := r.Box.View(func(v *View) error {
		all, err := v.CopyChecks()
		if len(all) > 0 && all[0].Folder == home {
			for _, path := range all[0].Bad {
				out[path] = true
			}
		}
		return err
	})
	return out, err
}
