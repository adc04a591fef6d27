package auth

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"coffre/auth/ldap"
	"coffre/chain"
	"coffre/store"
)

// DirectoryPreview is who would come in through the directory, and what they would
// see, before anybody does.
type DirectoryPreview struct {
	Kind    ldap.Kind       `json:"kind"`
	People  int             `json:"people"` // that the directory shows
	Rows    []PreviewPerson `json:"admitted"`
	Groups  []PreviewGroup  `json:"groups"`
	Missing []string        `json:"missing"` // names in the settings that no group has, or two
	Outside int             `json:"outside"` // in no group that may sign in
	Shut    int             `json:"shut"`    // disabled or expired there
	More    int             `json:"more"`    // admitted, and not among the rows
	// Ends are accounts here that the next look would shut; Held says that an
	// administrator would have to confirm that.
	Ends []string `json:"ends"`
	Held bool     `json:"held"`
}

// PreviewPerson is one who would be admitted.
type PreviewPerson struct {
	Login       string     `json:"login"`
	Name        string     `json:"name"`
	State       ldap.State `json:"state"`
	Role        store.Role `json:"role"`
	Groups      []string   `json:"groups"`
	Collections []string   `json:"collections"` // that they would read, by name
	Account     string     `json:"account"`     // "new", "known", or "taken" where the name is another account's here
}

// PreviewGroup is a group that the settings name.
type PreviewGroup struct {
	Name        string     `json:"name"`
	DN          string     `json:"dn"`
	Role        store.Role `json:"role,omitempty"`
	Allowed     bool       `json:"allowed"`
	People      int        `json:"people"`
	Collections []string   `json:"collections"`
	Taken       bool       `json:"taken"` // another group here has the name
}

// previewRows is how many people a preview names.
const previewRows = 500

// PreviewDirectory reads the directory and says who would see what, changing
// nothing but the entry that it was read. Errors: Denied "not-allowed"; *ldap.Fault.
func (s *Service) PreviewDirectory(ctx context.Context, t *store.Tenant, p store.Principal) (out DirectoryPreview, err error) {
	if err := Require(p, SettingsAdmin); err != nil {
		return out, err
	}
	d, err := s.directoryOf(t)
	if err != nil {
		return out, err
	}
	ctx, cancel := context.WithTimeout(ctx, syncFor)
	defer cancel()
	snap, err := d.cfg.Snapshot(ctx)
	ev := chain.Event{Action: chain.DirectoryPreview, Session: p.Session, Detail: chain.Detail{"people": len(snap.People)}}
	if err != nil {
		f := ldap.AsFault(err, ldap.StepTCP)
		ev.Outcome, ev.Detail["code"] = chain.Failed, string(f.Step)+"/"+f.Code
	}
	if _, rerr := t.Record(ctx, p.Actor, ev); rerr != nil {
		return out, rerr
	}
	if err != nil {
		return out, err
	}
	return view(t, func(v *store.View) (DirectoryPreview, error) { return s.preview(v, d, snap) })
}

// grants are who may read what, for a preview.
type grants struct {
	collections []store.Collection
	groups      map[string]store.Group // by subject
}

func grantsOf(v *store.View) (g grants, err error) {
	if g.collections, err = v.Collections(); err != nil {
		return g, err
	}
	g.groups, err = groupsBySubject(v)
	return g, err
}

// of are the names of the collections that any of the grants opens.
func (g grants) of(wanted ...string) []string {
	out := []string{}
	for _, c := range g.collections {
		opens := func(x string) bool { return slices.Contains(wanted, x) }
		if slices.ContainsFunc(c.Readers, opens) || slices.ContainsFunc(c.Writers, opens) {
			out = append(out, c.Name)
		}
	}
	return out
}

// group is the grant to a group of the directory, "" while it isn't known here.
func (g grants) group(subject string) string {
	if known, ok := g.groups[subject]; ok {
		return "group:" + known.ID
	}
	return ""
}

func (s *Service) preview(v *store.View, d directory, snap ldap.Snapshot) (out DirectoryPreview, err error) {
	plan, err := s.plan(v, d, snap, false)
	if err != nil {
		return out, err
	}
	named, _, _ := ldap.Match(snap.Groups, d.follow)
	all := d.followedOf(named)
	g, err := grantsOf(v)
	if err != nil {
		return out, err
	}
	out = DirectoryPreview{Kind: snap.Kind, People: len(snap.People), Rows: []PreviewPerson{}, Groups: []PreviewGroup{}, Missing: append([]string{}, plan.report.Missing...), Held: plan.report.Held, Ends: []string{}}
	for _, id := range plan.report.Ended {
		u, err := v.User(id)
		if err != nil {
			return out, err
		}
		out.Ends = append(out.Ends, u.Login)
	}
	count := map[string]int{}
	for _, x := range snap.People {
		switch {
		case x.State.Ended():
			out.Shut++
			continue
		case !admits(all, x):
			out.Outside++
			continue
		}
		for _, id := range x.Groups {
			count[id]++
		}
		if len(out.Rows) >= previewRows {
			out.More++
			continue
		}
		row, err := g.person(v, all, x)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, row)
	}
	for _, f := range all {
		row := PreviewGroup{Name: f.Name, DN: f.DN, Role: f.role, Allowed: f.allowed, People: count[f.ID], Taken: slices.Contains(plan.report.Taken, f.Name)}
		row.Collections = g.of(cmp.Or(g.group(f.ID), "-"))
		out.Groups = append(out.Groups, row)
	}
	return out, nil
}

// person says what one would see.
func (g grants) person(v *store.View, all []followed, x ldap.Person) (PreviewPerson, error) {
	row := PreviewPerson{Login: x.Login, Name: x.Name, State: x.State, Role: store.Member, Groups: []string{}, Account: "new"}
	wanted := []string{store.Everyone}
	_, u, err := accountOf(v, x)
	switch {
	case err == nil:
		row.Account, row.Role = "known", u.Role
		wanted = append(wanted, "user:"+u.ID)
	case !store.IsNotFound(err):
		return row, err
	default:
		if _, err := v.UserByLogin(x.Login); err == nil {
			row.Account = "taken"
		}
	}
	for _, f := range all {
		if !slices.Contains(x.Groups, f.ID) {
			continue
		}
		row.Groups = append(row.Groups, f.Name)
		row.Role = store.Strongest(row.Role, f.role)
		if grant := g.group(f.ID); grant != "" {
			wanted = append(wanted, grant)
		}
	}
	slices.SortFunc(row.Groups, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	row.Collections = g.of(wanted...)
	return row, nil
}
