package ui

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"coffre/auth"
	"coffre/connectors/inbox"
	"coffre/store"
	"coffre/ui/words"
)

// newInbox makes the keeper that speaks with the catalogue's sentences.
func newInbox(d Deps) *inbox.Keeper {
	o := inbox.Options{
		Root: d.Root, MaxFile: d.MaxUpload, Log: d.Log,
		Say: func(lang, key string, args ...any) string { return words.Lang(lang).T(key, args...) },
		Refusal: func(lang, code string, params map[string]string) string {
			return words.Error(words.Lang(lang), code, params)
		},
	}
	if d.Ingest != nil {
		o.Wake = d.Ingest.Wake
	}
	return inbox.New(o)
}

func (s *Server) inboxRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/inbox", may: auth.SettingsAdmin, do: (*request).restInbox},
		{method: "PATCH", path: "/api/v1/inbox", may: auth.SettingsAdmin, do: (*request).restInboxSet},
		{method: "GET", path: "/settings/inbox", may: auth.SettingsAdmin, do: func(q *request) error { return q.inboxPage(nil, nil, http.StatusOK) }},
		{method: "POST", path: "/settings/inbox", may: auth.SettingsAdmin, do: (*request).inboxForm},
		{method: "POST", path: "/settings/inbox/pause", may: auth.SettingsAdmin, do: (*request).inboxPause},
	}
}

// inboxJSON is a firm's watched folder and how it stands.
type inboxJSON struct {
	Folder     string `json:"folder"`
	Paused     bool   `json:"paused"`
	Collection string `json:"collection"`
	Subfolders bool   `json:"subfolders"`
	Owner      string `json:"owner"` // login; "" for the inbox itself
	Keep       string `json:"keep"`  // move or remove

	State    string    `json:"state"` // off, paused, fault, waiting, aside or ok
	Code     string    `json:"code,omitempty"`
	Sentence string    `json:"sentence,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Looked   time.Time `json:"looked,omitzero"`
	// Waiting, Left (taken, in a folder that is read-only) and Aside are files that lie
	// in the folder; Taken and Repeated are counted since the box began.
	Waiting   int              `json:"waiting"`
	Left      int              `json:"left"`
	Unmatched []string         `json:"unmatched"`
	Unseen    int              `json:"unseen_folders"`
	Taken     int              `json:"taken"`
	Repeated  int              `json:"repeated"`
	Last      time.Time        `json:"last,omitzero"`
	Document  string           `json:"last_document,omitempty"`
	AsideN    int              `json:"aside_count"`
	Aside     []inboxAsideJSON `json:"aside"` // names only for who may read the collection
}

type inboxAsideJSON struct {
	Name     string `json:"name,omitempty"`
	Code     string `json:"code,omitempty"`
	Sentence string `json:"sentence,omitempty"`
}

// inboxStanding is a firm's inbox with what a request may show of it.
type inboxStanding struct {
	inbox.State
	owner string // login
	named bool   // whoever asks may read what the files were for
}

func (q *request) inboxStanding() (s inboxStanding, err error) {
	if s.State, err = q.s.Inbox.State(q.t); err != nil {
		return s, err
	}
	err = q.view(func(v *store.View) error {
		if u, err := v.User(s.Plan.Owner); err == nil {
			s.owner = u.Login
		}
		s.named = q.mayName(v, s.Plan)
		if _, err := v.Document(q.p, s.LastDocument); err != nil {
			s.LastDocument = ""
		}
		return nil
	})
	return s, err
}

// mayName tells whether somebody may have the names of files that were set aside. Of a
// file from a sub-folder nobody knows any more which collection it was for.
func (q *request) mayName(v *store.View, p store.InboxPlan) bool {
	all, err := v.Collections()
	own, other := false, false
	for _, c := range all {
		if q.p.MayRead(c) {
			own = own || c.ID == p.Collection
		} else {
			other = true
		}
	}
	return err == nil && own && !(p.Subfolders && other)
}

// inboxStates from the worst.
func (s inboxStanding) word() (state string, why *store.Error) {
	switch {
	case s.Plan.Folder == "":
		return "off", nil
	case s.Plan.Paused:
		return "paused", nil
	case s.Fault != nil:
		return "fault", s.Fault
	case s.Blocked != nil:
		return "waiting", s.Blocked
	case s.Left > 0:
		return "waiting", store.Fail(store.Unavailable, "inbox-readonly", "path", s.Plan.Folder)
	case s.AsideCount > 0:
		return "aside", nil
	}
	return "ok", nil
}

func (q *request) restInbox() error {
	s, err := q.inboxStanding()
	if err != nil {
		return err
	}
	state, why := s.word()
	out := inboxJSON{
		Folder: s.Plan.Folder, Paused: s.Plan.Paused, Collection: s.Plan.Collection, Subfolders: s.Plan.Subfolders, Owner: s.owner, Keep: s.Plan.Keep,
		State: state, Looked: s.Looked, Waiting: s.Waiting, Left: s.Left, Unmatched: append([]string{}, s.Unmatched...), Unseen: s.Unseen,
		Taken: s.Taken, Repeated: s.Repeated, Last: s.Last, Document: s.LastDocument, AsideN: s.AsideCount, Aside: []inboxAsideJSON{},
	}
	if why != nil {
		out.Code, out.Sentence = why.Code, words.Error(q.lang, why.Code, why.Params)
	}
	if s.Fault != nil {
		out.Since = s.Since
	}
	for _, a := range s.Aside {
		one := inboxAsideJSON{Code: a.Code}
		if one.Code != "" {
			one.Sentence = words.Error(q.lang, a.Code, nil)
		}
		if s.named {
			one.Name = a.Name
		}
		out.Aside = append(out.Aside, one)
	}
	return q.json(http.StatusOK, out)
}

// restInboxSet changes what is named and leaves the rest.
func (q *request) restInboxSet() error {
	var in struct {
		Folder     *string `json:"folder"`
		Paused     *bool   `json:"paused"`
		Collection *string `json:"collection"` // id or name
		Subfolders *bool   `json:"subfolders"`
		Owner      *string `json:"owner"` // login
		Keep       *string `json:"keep"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	s, err := q.s.Inbox.State(q.t)
	if err != nil {
		return err
	}
	p := s.Plan
	if p.Folder == "" && in.Folder == nil {
		return store.Fail(store.Conflict, "inbox-off")
	}
	for to, from := range map[*string]*string{&p.Folder: in.Folder, &p.Keep: in.Keep} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*bool]*bool{&p.Paused: in.Paused, &p.Subfolders: in.Subfolders} {
		if from != nil {
			*to = *from
		}
	}
	if in.Owner != nil {
		if p.Owner, err = q.inboxOwner(*in.Owner); err != nil {
			return err
		}
	}
	if in.Collection != nil {
		p.Collection = q.inboxCollection(*in.Collection)
	}
	if err := q.setInbox(p); err != nil {
		return err
	}
	return q.restInbox()
}

// inboxOwner finds the account of a login; "" is the inbox itself.
func (q *request) inboxOwner(login string) (id string, err error) {
	if login = strings.TrimSpace(login); login == "" {
		return "", nil
	}
	err = q.view(func(v *store.View) error {
		u, err := v.UserByLogin(login)
		id = u.ID
		return err
	})
	if store.IsNotFound(err) {
		err = store.Fail(store.Invalid, "inbox-owner")
	}
	return id, err
}

// inboxCollection finds a collection by its id or, ignoring case, its name; what it
// doesn't find is refused with the plan.
func (q *request) inboxCollection(named string) string {
	q.view(func(v *store.View) error {
		all, err := v.Collections()
		by := func(match func(store.Collection) bool) bool {
			i := slices.IndexFunc(all, match)
			if i >= 0 {
				named = all[i].ID
			}
			return i >= 0
		}
		_ = by(func(c store.Collection) bool { return c.ID == named }) || by(func(c store.Collection) bool { return strings.EqualFold(c.Name, named) })
		return err
	})
	return named
}

// setInbox writes a plan. The box reads, and moves, with its own rights what lies in
// the folder: where it serves several firms, or guests, an administrator of one may
// not choose it.
func (q *request) setInbox(p store.InboxPlan) error {
	old, err := q.s.Inbox.State(q.t)
	if err != nil {
		return err
	}
	many, err := q.otherFirms()
	if err != nil {
		return err
	}
	if !q.p.All && (q.p.Guest || many && p.Folder != "" && p.Folder != old.Plan.Folder) {
		return store.Fail(store.Denied, "inbox-operator")
	}
	if p.Folder == "" {
		p = store.InboxPlan{Keep: store.InboxMove}
	} else if p.Collection == "" {
		q.view(func(v *store.View) error {
			if all, err := v.Collections(); err == nil && len(all) == 1 {
				p.Collection = all[0].ID
			}
			return nil
		})
	}
	return q.s.Inbox.Set(q.r.Context(), q.t, inbox.Change{By: q.p.Actor, Request: q.id, Plan: p})
}
