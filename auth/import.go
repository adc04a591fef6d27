package auth

import (
	"context"
	"slices"
	"strings"

	"coffre/chain"
	"coffre/store"
)

// What becomes of a line of a list of people.
const (
	ImportCreate = "create"
	ImportChange = "change"
	ImportSame   = "same"
	ImportRefuse = "refuse"
)

// ImportLine is a line with what it does, before or after it was done.
type ImportLine struct {
	ImportRow
	Do      string
	UserID  string
	Changes []string // of name, mail, role, groups
	Before  store.Role
	Joins   []string // names of groups that the person comes into
	// Link is the token with which a new person chooses a password, once; only
	// after it was done.
	Link string
}

// ImportPlan is what a list does to the firm's people.
type ImportPlan struct {
	Lines  []ImportLine
	Groups []string // names of groups that are made
}

// Count is the number of lines of a kind.
func (p ImportPlan) Count(do string) (n int) {
	for _, l := range p.Lines {
		if l.Do == do {
			n++
		}
	}
	return n
}

// PlanImport says what a list would do, and writes nothing. Nothing is taken
// away by a list: who isn't on it stays, and so do groups that it doesn't name.
// Errors: Denied "not-allowed".
func (s *Service) PlanImport(t *store.Tenant, p store.Principal, rows []ImportRow) (ImportPlan, error) {
	if err := Require(p, UsersAdmin); err != nil {
		return ImportPlan{}, err
	}
	return view(t, func(v *store.View) (plan ImportPlan, err error) {
		groups, err := v.Groups()
		if err != nil {
			return plan, err
		}
		for _, row := range rows {
			line := ImportLine{ImportRow: row, Do: ImportRefuse}
			if row.Code == "" {
				if err := line.plan(v, p, groups); err != nil {
					return plan, err
				}
			}
			plan.Lines = append(plan.Lines, line)
			if line.Do == ImportRefuse {
				continue
			}
			for _, name := range line.Joins {
				if groupNamed(groups, name) < 0 && !containsFold(plan.Groups, name) {
					plan.Groups = append(plan.Groups, name)
				}
			}
		}
		return plan, nil
	})
}

func groupNamed(groups []store.Group, name string) int {
	return slices.IndexFunc(groups, func(g store.Group) bool { return strings.EqualFold(g.Name, name) })
}

func containsFold(all []string, name string) bool {
	return slices.ContainsFunc(all, func(o string) bool { return strings.EqualFold(o, name) })
}

func (l *ImportLine) refuse(code, param string) { l.Do, l.Code, l.Param = ImportRefuse, code, param }

// plan works out what the line does to the people that there are.
func (l *ImportLine) plan(v *store.View, p store.Principal, groups []store.Group) error {
	u, err := v.UserByLogin(l.Login)
	isNew := store.IsNotFound(err)
	if err != nil && !isNew {
		return err
	}
	for _, name := range l.Groups {
		i := groupNamed(groups, name)
		switch {
		case i < 0 || !slices.Contains(groups[i].Members, u.ID):
			l.Joins = append(l.Joins, name)
		}
		if i >= 0 && groups[i].Source != "" && slices.Contains(l.Joins, name) {
			l.refuse("import-group-elsewhere", name)
			return nil
		}
	}
	if isNew {
		l.Do = ImportCreate
		if l.Role == "" {
			l.Role = store.Member
		}
		return nil
	}
	l.UserID, l.Before = u.ID, u.Role
	switch {
	case u.Source != "":
		l.refuse("import-elsewhere", "")
		return nil
	case u.Disabled:
		l.refuse("import-disabled", "")
		return nil
	case u.ID == p.UserID && l.Role != "" && l.Role != u.Role:
		l.refuse("import-own-role", "")
		return nil
	}
	l.Changes = l.changes(u)
	if len(l.Joins) > 0 {
		l.Changes = append(l.Changes, "groups")
	}
	l.Do = ImportSame
	if len(l.Changes) > 0 {
		l.Do = ImportChange
	}
	return nil
}

func (l *ImportLine) changes(u store.User) (out []string) {
	if l.Name != u.Name {
		out = append(out, "name")
	}
	if l.Mail != "" && l.Mail != u.Mail {
		out = append(out, "mail")
	}
	if l.Role != "" && l.Role != u.Role {
		out = append(out, "role")
	}
	return out
}

// ImportPeople does what PlanImport says: an entry for the list, one for each
// person who is made or changed, one for each group. A new person gets no password
// but a link to choose one. What can't be done any more, because somebody was
// quicker, is refused in its line; the rest is done, and the same list again does
// what is missing. Errors: Denied "not-allowed", and those of the store.
func (s *Service) ImportPeople(ctx context.Context, t *store.Tenant, p store.Principal, rows []ImportRow, request string) (ImportPlan, error) {
	plan, err := s.PlanImport(t, p, rows)
	if err != nil || plan.Count(ImportCreate)+plan.Count(ImportChange) == 0 {
		return plan, err
	}
	batch := store.NewID()
	ev := chain.Event{Action: chain.UserImport, Session: p.Session, Request: request, Detail: chain.Detail{
		"import": batch, "lines": len(plan.Lines), "created": plan.Count(ImportCreate), "changed": plan.Count(ImportChange),
		"refused": plan.Count(ImportRefuse), "groups": len(plan.Groups),
	}}
	if _, err := t.Record(ctx, p.Actor, ev); err != nil {
		return plan, err
	}
	one := importer{s, t, p, batch, request}
	for i := range plan.Lines {
		if err := one.line(ctx, &plan.Lines[i]); err != nil {
			return plan, err
		}
	}
	return plan, one.groups(ctx, &plan)
}
