package auth

import (
	"slices"
	"strings"
	"time"

	"coffre/auth/ldap"
	"coffre/store"
)

// plan is what a snapshot changes here. It is made anew in the transaction that
// carries it out.
type plan struct {
	report     SyncReport
	identities []store.Identity
	users      []store.User // changed
	shut       []string     // whose sessions end
	groups     []store.Group
}

// fewEnd is how many may end by absence in one look without anybody's word,
// whatever the share: people leave, and then they must be out.
const fewEnd = 5

// plan compares a snapshot with what is kept. Whom the directory shows as shut ends
// at once. Whom it doesn't show, or not in an admitted group, ends too, unless that
// is everybody, or more than fewEnd and more than the settings' share: a directory
// that answers with nothing, or half, must not put the firm out. Then the absent
// stay as they are until an administrator confirms.
func (s *Service) plan(v *store.View, d directory, snap ldap.Snapshot, confirmed bool) (p plan, err error) {
	named, missing, ambiguous := ldap.Match(snap.Groups, d.follow)
	all := d.followedOf(named)
	p.report = SyncReport{At: s.now().UTC(), People: len(snap.People), Groups: len(all), Missing: append(missing, ambiguous...)}
	byID := map[string]ldap.Person{}
	for _, x := range snap.People {
		byID[x.ID] = x
	}
	kept, err := v.Identities(Directory)
	if err != nil {
		return p, err
	}
	want := make([]store.Identity, len(kept))
	active, absent := 0, 0
	for n, i := range kept {
		want[n] = s.lookedAt(i, byID, all)
		if !endedState(i.State) {
			active++
			if endedState(want[n].State) && !ldap.State(want[n].State).Ended() {
				absent++
			}
		}
	}
	p.report.Absent = absent
	few := absent <= fewEnd || absent*100 <= d.shrink*active
	p.report.Held = !confirmed && (absent > 1 && absent == active || !few)
	for n, i := range kept {
		if p.report.Held && endedState(want[n].State) && !ldap.State(want[n].State).Ended() {
			want[n] = i
		}
		if err := p.account(v, i, want[n], byID[i.Subject]); err != nil {
			return p, err
		}
	}
	return p, p.memberships(v, all, want, p.report.Held)
}

// lookedAt is an identity as the directory shows it now.
func (s *Service) lookedAt(i store.Identity, byID map[string]ldap.Person, all []followed) store.Identity {
	x, ok := byID[i.Subject]
	if !ok {
		i.State, i.Groups, i.Via = StateGone, nil, nil
		return i
	}
	return identityOf(i, x, i.UserID, all, s.now().UTC().Truncate(time.Second))
}

// account adds what changes of one account.
func (p *plan) account(v *store.View, old, want store.Identity, x ldap.Person) error {
	u, err := v.User(old.UserID)
	if err != nil {
		return err
	}
	ended := endedState(want.State)
	before := u
	switch {
	case ended && old.Ended && u.Role == store.Admin: // the last one; its sessions and keys have ended
	case ended && !u.Disabled:
		u.Disabled, want.Ended = true, true
		p.report.Ended = append(p.report.Ended, u.ID)
		p.shut = append(p.shut, u.ID)
	case !ended && u.Disabled && old.Ended:
		u.Disabled, want.Ended = false, false
		p.report.Opened = append(p.report.Opened, u.ID)
	}
	if ended {
		want.Verifier, want.VerifiedAt = "", time.Time{}
	}
	if x.ID != "" {
		u.Mail = x.Mail
		if validName(x.Name) {
			u.Name = x.Name
		}
	}
	if u.Name != before.Name || u.Mail != before.Mail || u.Disabled != before.Disabled {
		p.users = append(p.users, u)
	}
	if !sameIdentity(old, want) || old.Ended != want.Ended || old.Verifier != want.Verifier || u.Name != before.Name || u.Mail != before.Mail {
		p.identities = append(p.identities, want)
		if u.Disabled == before.Disabled {
			p.report.Updated++
		}
	}
	return nil
}

// memberships adds what changes of the groups.
func (p *plan) memberships(v *store.View, all []followed, people []store.Identity, held bool) error {
	have, err := groupsBySubject(v)
	if err != nil {
		return err
	}
	every, err := v.Groups()
	if err != nil {
		return err
	}
	for _, f := range all {
		var members []string
		for _, i := range people {
			if slices.Contains(i.Groups, f.ID) && !endedState(i.State) {
				members = append(members, i.UserID)
			}
		}
		slices.Sort(members)
		g, known := have[f.ID]
		delete(have, f.ID)
		if slices.ContainsFunc(every, func(o store.Group) bool { return o.ID != g.ID && strings.EqualFold(o.Name, f.Name) }) {
			p.report.Taken = append(p.report.Taken, f.Name)
			if !known {
				continue
			}
			f.Name = g.Name
		}
		p.group(g, known, f, members)
	}
	if held {
		return nil
	}
	// A group that the directory has no more, or that the settings don't name, has no
	// members. Its grants stay visible, and an administrator removes it.
	for _, g := range have {
		if len(g.Members) > 0 || g.Role != "" {
			p.report.Left += len(g.Members)
			p.report.Updated++
			g.Members, g.Role = nil, ""
			p.groups = append(p.groups, g)
		}
	}
	return nil
}

func (p *plan) group(g store.Group, known bool, f followed, members []string) {
	was := slices.Sorted(slices.Values(g.Members))
	if known && slices.Equal(was, members) && g.Name == f.Name && g.Role == f.role {
		return
	}
	for _, m := range members {
		if !slices.Contains(was, m) {
			p.report.Joined++
		}
	}
	for _, m := range was {
		if !slices.Contains(members, m) {
			p.report.Left++
		}
	}
	if !known || g.Name != f.Name || g.Role != f.role {
		p.report.Updated++
	}
	g.Name, g.Source, g.Subject, g.Role, g.Members = f.Name, Directory, f.ID, f.role, members
	p.groups = append(p.groups, g)
}

// apply writes a plan. The last administrator's account can't be shut; sessions and
// keys of it end all the same.
func (p *plan) apply(tx *store.Tx) error {
	slices.SortFunc(p.groups, func(a, b store.Group) int { return strings.Compare(a.Subject, b.Subject) })
	for _, g := range p.groups {
		_, err := tx.PutGroup(g)
		if err != nil && store.AsError(err).Code == "name-taken" {
			p.report.Taken = append(p.report.Taken, g.Name)
			continue
		}
		if err != nil {
			return err
		}
	}
	for _, u := range p.users {
		err := tx.UpdateUser(u)
		if store.AsError(err).Code == "last-admin" && err != nil {
			p.report.LastKept = append(p.report.LastKept, u.ID)
			err = revokeKeysOf(tx, u.ID)
		}
		if err != nil {
			return err
		}
	}
	for _, id := range p.shut {
		if err := tx.DeleteSessionsOf(id); err != nil {
			return err
		}
	}
	for _, i := range p.identities {
		if err := tx.PutIdentity(i); err != nil {
			return err
		}
	}
	return nil
}

func revokeKeysOf(tx *store.Tx, userID string) error {
	keys, err := tx.APIKeys(userID)
	for _, k := range keys {
		if k.Revoked {
			continue
		}
		if err := tx.RevokeAPIKey(k.ID); err != nil {
			return err
		}
	}
	return err
}
