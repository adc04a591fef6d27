package store

import "time"

// Alert is something about somebody's account that they must hear of, until
// they say that they have: an act that would help whoever wants to be them.
type Alert struct {
	ID     string    `json:"id"`
	UserID string    `json:"user"`
	What   string    `json:"what"`         // action of the entry that says so
	By     string    `json:"by,omitempty"` // user id; "" for themselves or the operator
	Time   time.Time `json:"time"`
	Kind   string    `json:"kind,omitempty"` // of the factor
	Name   string    `json:"name,omitempty"`
}

// maxAlerts are kept of a person; older ones are in the journal still.
const maxAlerts = 20

// alerts lie in the bucket of factors under keys of their own.
var alerts = table[Alert]("factors")

func alertKey(user, id string) []byte { return []byte("n:" + user + "/" + id) }

// Alerts returns what a person has not acknowledged, the oldest first.
func (v *View) Alerts(user string) (out []Alert, err error) {
	err = alerts.each(v, alertKey(user, ""), func(_ []byte, a Alert) bool { out = append(out, a); return true })
	return out, err
}

// PutAlert leaves word for a person.
func (tx *Tx) PutAlert(a Alert) error {
	have, err := tx.Alerts(a.UserID)
	if err != nil {
		return err
	}
	for i := 0; i <= len(have)-maxAlerts; i++ {
		if err := alerts.delete(tx, alertKey(a.UserID, have[i].ID)); err != nil {
			return err
		}
	}
	a.Time = tx.t.now().UTC()
	a.ID = a.Time.Format("20060102150405.000") + "-" + NewID()
	return alerts.put(tx, alertKey(a.UserID, a.ID), a)
}

// ClearAlerts removes them all.
func (tx *Tx) ClearAlerts(user string) error {
	have, err := tx.Alerts(user)
	if err != nil {
		return err
	}
	for _, a := range have {
		if err := alerts.delete(tx, alertKey(user, a.ID)); err != nil {
			return err
		}
	}
	return nil
}
