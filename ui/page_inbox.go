package ui

import (
	"net/http"
	"strings"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// inboxFields are the fields beside which a refusal is said; others are about the
// folder.
var inboxFields = map[string]string{"inbox-collection": "collection", "inbox-owner": "owner", "inbox-keep": "keep"}

// inboxPage shows what is kept, or what was typed and refused.
func (q *request) inboxPage(typed *page.InboxTyped, faults look.Faults, status int) error {
	s, err := q.inboxStanding()
	if err != nil {
		return err
	}
	many, err := q.otherFirms()
	if err != nil {
		return err
	}
	state, why := s.word()
	v := page.Inbox{
		Frame: q.frame(look.Settings), Faults: faults, State: state, Operator: !q.p.All && (many || q.p.Guest),
		Set: s.Plan.Folder, TakenDir: s.TakenDir, RefusedDir: s.RefusedDir, Paused: s.Plan.Paused, Waiting: s.Waiting, Left: s.Left, Unmatched: s.Unmatched, Unseen: s.Unseen,
		Looked: local(s.Looked), Last: local(s.Last), LastDocument: s.LastDocument, Repeated: s.Repeated, AsideCount: s.AsideCount,
		InboxTyped: page.InboxTyped{Folder: s.Plan.Folder, Collection: s.Plan.Collection, Subfolders: s.Plan.Subfolders, Owner: s.owner, Keep: s.Plan.Keep},
	}
	if typed != nil {
		v.InboxTyped = *typed
	}
	if why != nil {
		v.Why = &look.Fault{Code: why.Code, Params: why.Params}
	}
	for _, a := range s.Aside {
		one := page.InboxAside{Code: a.Code}
		if s.named {
			one.Name = a.Name
		}
		v.Aside = append(v.Aside, one)
	}
	if v.Collections, err = q.inboxCollections(v.Collection); err != nil {
		return err
	}
	return q.render(status, page.InboxPage(v))
}

// inboxCollections are those to choose from. Where none is chosen, none is: the first
// of them would take the files because somebody overlooked the field.
func (q *request) inboxCollections(chosen string) (out []look.Choice, err error) {
	some := false
	err = q.view(func(v *store.View) error {
		all, err := v.Collections()
		for _, c := range all {
			some = some || c.ID == chosen
			out = append(out, look.Choice{Value: c.ID, Label: c.Name, Selected: c.ID == chosen})
		}
		return err
	})
	if !some {
		out = append([]look.Choice{{Label: q.lang.T("inbox.choose"), Selected: true}}, out...)
	}
	return out, err
}

func (q *request) inboxForm() error {
	if err := q.form(); err != nil {
		return err
	}
	f := q.r.PostForm
	typed := page.InboxTyped{
		Folder: strings.TrimSpace(f.Get("folder")), Collection: f.Get("collection"), Subfolders: f.Get("subfolders") != "",
		Owner: strings.TrimSpace(f.Get("owner")), Keep: f.Get("keep"),
	}
	owner, err := q.inboxOwner(typed.Owner)
	if err == nil {
		var s store.InboxPlan
		if err := q.view(func(v *store.View) (err error) { s, err = v.InboxPlan(); return err }); err != nil {
			return err
		}
		if !f.Has("folder") { // shown, and not to be changed here
			typed.Folder = s.Folder
		}
		p := store.InboxPlan{
			Folder: typed.Folder, Paused: s.Paused && typed.Folder == s.Folder, Collection: typed.Collection,
			Subfolders: typed.Subfolders, Owner: owner, Keep: typed.Keep,
		}
		if err = store.Fail(store.Invalid, "inbox-collection"); p.Folder == "" || p.Collection != "" {
			err = q.setInbox(p)
		}
	}
	if err != nil {
		e := store.AsError(err)
		if e.Kind == store.Internal || e.Kind == store.Corrupt {
			return err
		}
		field := inboxFields[e.Code]
		if field == "" {
			field = "folder"
		}
		return q.inboxPage(&typed, look.Faults{field: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	return q.done(nil, "/settings/inbox", "notice.settings")
}

// inboxPause stops the looking, or goes on with it.
func (q *request) inboxPause() error {
	if err := q.form(); err != nil {
		return err
	}
	s, err := q.s.Inbox.State(q.t)
	if err != nil {
		return err
	}
	p := s.Plan
	if p.Folder == "" {
		return store.Fail(store.Conflict, "inbox-off")
	}
	p.Paused = q.r.PostFormValue("on") == ""
	if err := q.setInbox(p); err != nil {
		return err
	}
	return q.see("/settings/inbox")
}
