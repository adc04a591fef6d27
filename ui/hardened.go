package ui

import (
	"crypto/tls"
	"slices"
	"strconv"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/health/machine"
)

// hardenedState is everything about hardened mode: what it changes, or has
// changed, and what stands in its way.
type hardenedState struct {
	mode   store.Hardened
	disk   machine.Disk
	effect auth.HardenedEffect
	rows   []hardenedRow
	ways   []store.Way // in clear text
	blocks []string    // codes
	two    []store.Approval
}

// hardenedRow is one line of the comparison: the value without the mode and in it,
// and whom or what the change meets, by name.
type hardenedRow struct {
	name, now, then string
	affected        []string
}

func (r hardenedRow) changes() bool { return r.now != r.then }

// The rows that aren't settings.
const (
	hardenedSessions = "sessions"
	hardenedHSTS     = "hsts"
	hardenedWays     = "ways"
	hardenedDisk     = "disk"
	hardenedGuests   = "guests"
	hardenedExports  = "exports"
	hardenedEvidence = "evidence"
	hardenedEntries  = "entries"
	hardenedRefusals = "refusals"
)

func (q *request) hardenedState() (s hardenedState, err error) {
	s.disk = q.s.Disk(q.s.Root.Dir)
	err = q.view(func(v *store.View) (err error) {
		s.mode = v.Hardened()
		at := q.s.Auth.Now()
		if !s.mode.Planned.IsZero() {
			at = s.mode.Planned
		}
		if s.effect, err = q.s.Auth.HardenedEffectOf(v, at); err != nil {
			return err
		}
		all, err := v.Ways()
		if err != nil {
			return err
		}
		s.ways = slices.DeleteFunc(all, func(w store.Way) bool { return !w.Clear })
		if s.two, err = v.Approvals(); err != nil {
			return err
		}
		s.two = slices.DeleteFunc(s.two, func(a store.Approval) bool { return a.Kind != store.ApproveHardened || !a.Open() })
		s.rows = q.hardenedRows(v, s)
		return nil
	})
	if !s.mode.On {
		s.blocks = q.hardenedBlocks(s)
	}
	return s, err
}

func (q *request) hardenedRows(v *store.View, s hardenedState) (rows []hardenedRow) {
	session, idle := q.s.Auth.StoredLimits(v)
	now := map[string]string{
		auth.SettingSessionHours: strconv.Itoa(int(session.Hours())), auth.SettingIdleMinutes: strconv.Itoa(int(idle.Minutes())),
	}
	for _, name := range []string{
		auth.SettingFactorRequired, auth.SettingFactorAdmin, auth.SettingSessionHours, auth.SettingIdleMinutes, auth.SettingFresh, auth.SettingKeyDays, SettingTLSMinimum,
		store.SettingUnkept,
	} {
		def, _ := findSetting(name)
		if _, known := now[name]; !known {
			now[name] = v.Stored(name, def.def)
		}
		r := hardenedRow{name: name, now: now[name], then: store.Floor(name, now[name])}
		switch name {
		case auth.SettingFactorRequired:
			r.affected = names(s.effect.NoFactor)
		case auth.SettingFactorAdmin:
			r.affected = names(s.effect.NoKey)
		case auth.SettingKeyDays:
			for _, k := range s.effect.Keys {
				r.affected = append(r.affected, k.Name)
			}
		}
		rows = append(rows, r)
	}
	var strict time.Duration
	if m := q.s.certificates(); m != nil {
		strict = m.Strict()
	}
	rows = append(rows,
		hardenedRow{name: hardenedHSTS, now: days(strict), then: days(max(strict, hardenedStrict))},
		hardenedRow{name: hardenedSessions, now: strconv.Itoa(s.effect.Sessions), then: "0"},
	)
	rows = append(rows, keptRows(v.StoredRetention())...)
	clear := hardenedRow{name: hardenedWays, now: strconv.Itoa(len(s.ways)), then: "0"}
	for _, w := range s.ways {
		clear.affected = append(clear.affected, w.Host+":"+strconv.Itoa(w.Port))
	}
	return append(rows, clear,
		hardenedRow{name: hardenedDisk, now: s.disk.State, then: machine.Encrypted},
		hardenedRow{name: hardenedExports, now: "free", then: "reason"},
		hardenedRow{name: hardenedRefusals, now: "untold", then: "told"},
		hardenedRow{name: hardenedGuests, now: "allowed", then: "refused"})
}

// keptRows are how long the mode has the journal keep what says who came in, who let
// them, and what left; affected are the classes that keep it for less.
func keptRows(r store.Retention) []hardenedRow {
	row := func(name, class string, days int) hardenedRow {
		now := strconv.Itoa(days)
		return hardenedRow{name: name, now: now, then: store.Floor(store.RetentionSetting(class), now)}
	}
	evidence := row(hardenedEvidence, store.Evidence[0], r.EvidenceDays())
	for _, class := range store.Evidence {
		if one := row("", class, r.Days(class)); one.changes() {
			evidence.affected = append(evidence.affected, class)
		}
	}
	return []hardenedRow{evidence, row(hardenedEntries, store.RetentionEntries, r.Entries)}
}

func days(d time.Duration) string { return strconv.Itoa(int(d / (24 * time.Hour))) }

func names(us []store.User) (out []string) {
	for _, u := range us {
		out = append(out, u.Name)
	}
	return out
}

// hardenedBlocks are the reasons why who asks can't switch the mode on now.
func (q *request) hardenedBlocks(s hardenedState) (codes []string) {
	able := slices.ContainsFunc(s.effect.Admins, func(u store.User) bool { return q.p.UserID == "" || u.ID == q.p.UserID })
	if auth.Allowed(q.p, auth.HardenedAdmin) && !able {
		codes = append(codes, "hardened-no-key")
	}
	if s.disk.State == machine.Plain {
		codes = append(codes, "hardened-disk")
	}
	if q.r.TLS != nil && q.r.TLS.Version != 0 && q.r.TLS.Version < tls.VersionTLS13 {
		codes = append(codes, "hardened-tls")
	}
	if q.s.Public != nil {
		codes = append(codes, "hardened-public")
	}
	return codes
}

// attests tells whether an administrator must say of the disk what the box can't
// see; a disk that it sees to be plain stays so whatever somebody says.
func (s hardenedState) attests() bool {
	return s.disk.State != machine.Encrypted && s.disk.State != machine.Plain
}

// hardening is what somebody asks for.
type hardening struct {
	at     time.Time // zero: now
	attest bool
	reason string
}

// harden switches the mode on, or plans it. Errors: the blocks as Conflict; Invalid
// "hardened-attest", "reason"; those of auth.Harden.
func (q *request) harden(in hardening) error {
	s, err := q.hardenedState()
	switch {
	case err != nil:
		return err
	case s.mode.On:
		return store.Fail(store.Conflict, "hardened-on")
	case len(s.blocks) > 0:
		return store.Fail(store.Conflict, s.blocks[0])
	}
	h := auth.Hardening{Disk: store.DiskEncrypted, At: in.at, Request: q.id}
	if s.attests() {
		if !in.attest {
			return store.Fail(store.Invalid, "hardened-attest", "name", "attest")
		}
		if h.Reason, err = store.CheckReason(in.reason); err != nil {
			return err
		}
		h.Disk = store.DiskAttested
	}
	if err := q.s.Auth.Harden(q.r.Context(), q.t, q.p, h); err != nil {
		return err
	}
	return q.hardenedChanged()
}

// hardenedChanged lets everything follow that doesn't ask at each use.
func (q *request) hardenedChanged() error {
	q.s.strict.forget()
	return q.s.OpenWays()
}

// soften asks a second person for the end of the mode.
func (q *request) soften(reason, paper string) (store.Approval, error) {
	return q.ask(store.Approval{Kind: store.ApproveHardened, Reason: reason}, paper)
}

func hardenedActor(a chain.Actor) string {
	if a.ID == "" {
		return ""
	}
	return actorOf(a)
}
