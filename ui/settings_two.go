package ui

import (
	"maps"
	"net/http"
	"strings"

	"coffre/store"
)

// said is what somebody says who asks for what takes two people.
type said struct {
	reason, paper string
	lost          bool // there is no paper any more
}

func saidIn(r *http.Request) said {
	return said{reason: r.PostFormValue("reason"), paper: paperOf(r), lost: r.PostFormValue("lost") != ""}
}

// changeSettings writes settings as putSettings does, and asks for an approval of
// what two people decide: the end of a copy of the journal or another place for it,
// and who else opens backups. asked is nil where all is done. Errors: Invalid
// "ask-one" for two such changes at once.
func (q *request) changeSettings(in map[string]string, s said) (asked *store.Approval, err error) {
	if err := checkSettings(in); err != nil {
		return nil, err
	}
	name, want, err := q.heldSetting(in)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, q.putSettings(in)
	}
	if want.Archive {
		if err := q.checkWormDir(want.Dir); err != nil {
			return nil, err
		}
	} else if s.reason == "" { // the words of this one tell how to ask
		return nil, store.Fail(store.Conflict, "opener-two", "name", name)
	}
	in = maps.Clone(in)
	delete(in, name)
	if err := q.putSettings(in); err != nil {
		return nil, err
	}
	want.Reason, want.Lost = s.reason, s.lost
	a, err := q.ask(want, s.paper)
	return &a, err
}

// heldSetting finds the setting that takes two people, and what to ask for; "" for
// none.
func (q *request) heldSetting(in map[string]string) (name string, want store.Approval, err error) {
	found := 0
	err = q.view(func(v *store.View) error {
		if dir, ok := in[store.SettingWormDir]; ok && v.ArchiveHeld(dir) {
			found++
			name, want = store.SettingWormDir, store.Approval{Kind: store.ApproveWitness, Archive: true, Dir: strings.TrimSpace(dir)}
		}
		for _, n := range []string{store.SettingBackupRecipients, store.SettingBackupRecovery} {
			value, ok := in[n]
			if !ok {
				continue
			}
			a, held, err := v.AskOpeners(n, value)
			if err != nil {
				return err
			}
			if held {
				found++
				name, want = n, a
			}
		}
		return nil
	})
	if err == nil && found > 1 {
		err = store.Fail(store.Invalid, "ask-one")
	}
	return name, want, err
}
