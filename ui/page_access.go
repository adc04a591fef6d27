package ui

import (
	"slices"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) accessRoutes() []route {
	return slices.Concat(s.collectionRoutes(), s.groupRoutes(), s.peopleRoutes(), s.importRoutes(), s.apiKeyRoutes())
}

// fieldFaults puts an error of a form's input beside its field; nil for every
// other error. def is the field where the error names none.
func fieldFaults(err error, def string) look.Faults {
	if err == nil {
		return nil
	}
	e := store.AsError(err)
	if e.Kind != store.Invalid && e.Kind != store.Conflict {
		return nil
	}
	field := e.Params["field"]
	if field == "" || field == "login" {
		field = map[string]string{"login": "user"}[field]
	}
	if field == "" {
		field = def
	}
	if !slices.Contains([]string{"name", "user", "password", "role", "title", "question"}, field) {
		field = "" // no form has a place for it beside a field
	}
	return look.Faults{field: {Code: e.Code, Params: e.Params}}
}

// sources name who answers for an account or the members of a group: this box, the
// firm's directory, an identity provider.
func (q *request) sources(v *store.View) (func(source string) string, error) {
	all, err := v.Providers()
	return func(source string) string {
		switch source {
		case "":
			return q.lang.T("list.source-box")
		case auth.Directory:
			return q.lang.T("list.source-directory")
		case store.SourceBreakGlass:
			return q.lang.T("list.source-sealed")
		}
		for _, p := range all {
			if p.ID == source {
				return p.Name
			}
		}
		return q.lang.T("list.source-other")
	}, err
}

// sourceFilter offers the sources in use, nothing where there is only this box.
func (q *request) sourceFilter(used []string, say func(string) string) []page.Filter {
	used = slices.Compact(slices.Sorted(slices.Values(used)))
	if len(used) == 0 || len(used) == 1 && used[0] == "" {
		return nil
	}
	all := []look.Choice{{Value: "", Label: q.lang.T("list.source-any")}}
	for _, s := range used {
		all = append(all, look.Choice{Value: sourceValue(s), Label: say(s)})
	}
	return []page.Filter{choice("source", q.lang.T("list.source"), q.wish("source"), all)}
}

// sourceValue is how an address says a source: "" there leaves nothing out.
func sourceValue(source string) string {
	if source == "" {
		return "box"
	}
	return source
}

// setGroups makes a person a member of exactly these groups, in one act.
func (q *request) setGroups(user string, want []string) error {
	same := true
	err := q.view(func(v *store.View) error {
		all, err := v.Groups()
		for _, g := range all {
			same = same && slices.Contains(g.Members, user) == slices.Contains(want, g.ID)
		}
		return err
	})
	if err != nil || same {
		return err
	}
	_, err = q.update(chain.GroupUpdate, func(tx *store.Tx) error {
		all, err := tx.Groups()
		if err != nil {
			return err
		}
		changed := []string{}
		for _, g := range all {
			is, should := slices.Contains(g.Members, user), slices.Contains(want, g.ID)
			if is == should {
				continue
			}
			if g.Source != "" {
				return store.Fail(store.Conflict, "group-outside")
			}
			g.Members = slices.DeleteFunc(g.Members, func(m string) bool { return m == user })
			if should {
				g.Members = append(g.Members, user)
			}
			if _, err := tx.PutGroup(g); err != nil {
				return err
			}
			changed = append(changed, g.ID)
		}
		tx.Event.Object = chain.Object{Kind: "user", ID: user}
		delete(tx.Event.Detail, "members")
		tx.Event.Detail["groups"] = changed
		return nil
	})
	return err
}
