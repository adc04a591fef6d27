package auth

import (
	"context"
	"errors"
	"slices"
	"strings"

	"coffre/chain"
	"coffre/store"
)

// importer carries out one list.
type importer struct {
	s              *Service
	t              *store.Tenant
	p              store.Principal
	batch, request string
}

func (im importer) event(action string) chain.Event {
	return chain.Event{Action: action, Session: im.p.Session, Request: im.request, Detail: chain.Detail{"import": im.batch}}
}

// line makes or changes one person. A refusal is the line's, not an error.
func (im importer) line(ctx context.Context, l *ImportLine) (err error) {
	switch {
	case l.Do == ImportCreate:
		err = im.create(ctx, l)
	case l.Do == ImportChange && len(l.changesOwn()) > 0:
		err = im.change(ctx, l)
	}
	var why *store.Error
	if errors.As(err, &why) && (why.Kind == store.Conflict || why.Kind == store.Invalid || why.Kind == store.NotFound) {
		l.refuse(why.Code, why.Params["name"])
		l.Link = ""
		return nil
	}
	return err
}

// changesOwn are the changes of the account itself.
func (l *ImportLine) changesOwn() []string {
	return slices.DeleteFunc(slices.Clone(l.Changes), func(c string) bool { return c == "groups" })
}

func (im importer) create(ctx context.Context, l *ImportLine) error {
	secret := store.NewToken()
	_, err := im.t.Update(ctx, im.p.Actor, im.event(chain.UserCreate), func(tx *store.Tx) error {
		u, err := tx.CreateUser(store.User{Login: l.Login, Name: l.Name, Role: l.Role, Mail: l.Mail, MustChange: true})
		if err != nil {
			return err
		}
		l.UserID = u.ID
		link, err := tx.PutLink(store.TokenDigest(secret), u.ID, im.p.UserID)
		tx.Event.Detail["link"] = link.ID
		return err
	})
	if err == nil {
		l.Link = cookieToken(im.t.ID, secret)
	}
	return err
}

func (im importer) change(ctx context.Context, l *ImportLine) error {
	_, err := im.t.Update(ctx, im.p.Actor, im.event(chain.UserUpdate), func(tx *store.Tx) error {
		u, err := tx.User(l.UserID)
		if err != nil {
			return err
		}
		changed := l.changesOwn()
		tx.Event.Detail["changed"] = changed
		if slices.Contains(changed, "name") {
			u.Name, tx.Event.Private["name"] = l.Name, l.Name
		}
		if slices.Contains(changed, "mail") {
			u.Mail = l.Mail
		}
		if slices.Contains(changed, "role") {
			tx.Event.Detail["role_before"], tx.Event.Detail["role"] = string(u.Role), string(l.Role)
			u.Role = l.Role
		}
		return tx.UpdateUser(u)
	})
	return err
}

// groups puts the people of the lines that were taken into their groups.
func (im importer) groups(ctx context.Context, plan *ImportPlan) error {
	joins := map[string][]string{} // folded name: user ids
	var names []string             // as first written
	for _, l := range plan.Lines {
		if l.Do == ImportRefuse || l.UserID == "" {
			continue
		}
		for _, name := range l.Joins {
			key := strings.ToLower(name)
			if joins[key] == nil {
				names = append(names, name)
			}
			joins[key] = append(joins[key], l.UserID)
		}
	}
	for _, name := range names {
		if err := im.group(ctx, name, joins[strings.ToLower(name)]); err != nil {
			return err
		}
	}
	return nil
}

func (im importer) group(ctx context.Context, name string, members []string) error {
	all, err := view(im.t, (*store.View).Groups)
	if err != nil {
		return err
	}
	action := chain.GroupUpdate
	if groupNamed(all, name) < 0 {
		action = chain.GroupCreate
	}
	_, err = im.t.Update(ctx, im.p.Actor, im.event(action), func(tx *store.Tx) error {
		all, err := tx.Groups()
		if err != nil {
			return err
		}
		g := store.Group{Name: name}
		if i := groupNamed(all, name); i >= 0 {
			g = all[i]
		}
		for _, m := range members {
			if !slices.Contains(g.Members, m) {
				g.Members = append(g.Members, m)
			}
		}
		_, err = tx.PutGroup(g)
		return err
	})
	return err
}
