package ui

import (
	"net/http"
	"slices"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) paletteRoutes() []route {
	return []route{{method: "GET", path: "/palette", may: auth.ProfileOwn, do: (*request).palette}}
}

// How many documents and conversations the palette is given at once.
const (
	paletteDocuments     = 120
	paletteConversations = 40
)

// palette answers with what this person may open or do; q narrows the
// documents down where there are too many to send.
func (q *request) palette() error {
	p := page.Palette{L: q.lang}
	p.Groups = append(p.Groups, q.paletteTyped(), q.palettePages())
	err := q.view(func(v *store.View) error {
		if auth.Allowed(q.p, auth.Ask) {
			g, err := q.paletteConversations(v)
			if err != nil {
				return err
			}
			p.Groups = append(p.Groups, g)
		}
		if !auth.Allowed(q.p, auth.DocumentsRead) {
			return nil
		}
		docs, cols, partial, err := q.paletteDocuments(v)
		p.Groups, p.Partial = append(p.Groups, docs, cols), partial
		return err
	})
	if err != nil {
		return err
	}
	p.Groups = append(p.Groups, q.paletteActs())
	return q.render(http.StatusOK, page.PaletteList(p))
}

func (q *request) paletteTyped() page.PaletteGroup {
	g := page.PaletteGroup{ID: "typed", Label: q.lang.T("palette.typed")}
	if auth.Allowed(q.p, auth.Ask) {
		g.Items = append(g.Items, page.PaletteItem{Icon: "message-square-text", Label: q.lang.T("palette.ask"), Act: "ask", Typed: true})
	}
	if auth.Allowed(q.p, auth.Search) {
		g.Items = append(g.Items, page.PaletteItem{Icon: "search", Label: q.lang.T("palette.search"), Act: "search", Typed: true})
	}
	return g
}

// palettePages are the areas of the navigation and the pages below them.
func (q *request) palettePages() page.PaletteGroup {
	g := page.PaletteGroup{ID: "pages", Label: q.lang.T("palette.pages"), First: 6}
	f := q.frame(look.NoArea)
	for _, e := range f.NavEntries() {
		g.Items = append(g.Items, page.PaletteItem{Icon: e.Icon, Label: e.Label, URL: e.URL, Keys: f.KeysTo(e.URL)})
	}
	if auth.Allowed(q.p, auth.Search) {
		g.Items = append(g.Items, page.PaletteItem{Icon: "search", Label: q.lang.T("search.heading"), URL: "/search", Keys: []string{"/"}})
	}
	if auth.Allowed(q.p, auth.SettingsAdmin) {
		g.Items = append(g.Items, page.PaletteItem{Icon: "settings-2", Label: q.lang.T("settings.models"), URL: "/settings/models"})
	}
	if auth.Allowed(q.p, auth.UsersAdmin) {
		g.Items = append(g.Items, page.PaletteItem{Icon: "user", Label: q.lang.T("access.people"), URL: "/people"})
	}
	if auth.Allowed(q.p, auth.GroupsAdmin) {
		g.Items = append(g.Items, page.PaletteItem{Icon: "users", Label: q.lang.T("access.groups"), URL: "/groups"})
	}
	if q.mayChange(auth.KeysOwn) {
		g.Items = append(g.Items, page.PaletteItem{Icon: "key-round", Label: q.lang.T("access.keys"), URL: "/keys"})
	}
	if q.mayChange(auth.DocumentsWrite) {
		g.Items = append(g.Items, page.PaletteItem{Icon: "trash-2", Label: q.lang.T("documents.bin-title"), URL: "/documents?bin=1"})
	}
	return g
}

func (q *request) paletteConversations(v *store.View) (page.PaletteGroup, error) {
	g := page.PaletteGroup{ID: "conversations", Label: q.lang.T("palette.conversations"), First: 4}
	all, err := v.Conversations(q.p, paletteConversations)
	for _, c := range all {
		if title := conversationTitle(v, c); title != "" {
			g.Items = append(g.Items, page.PaletteItem{Icon: "history", Label: title, URL: "/ask/" + c.ID})
		}
	}
	return g, err
}

func (q *request) paletteDocuments(v *store.View) (docs, cols page.PaletteGroup, partial bool, err error) {
	docs = page.PaletteGroup{ID: "documents", Label: q.lang.T("palette.documents"), First: 4}
	cols = page.PaletteGroup{ID: "collections", Label: q.lang.T("palette.collections"), First: 4}
	cs, err := v.ReadableCollections(q.p)
	if err != nil {
		return docs, cols, false, err
	}
	names := map[string]string{}
	for _, c := range cs {
		names[c.ID] = c.Name
		cols.Items = append(cols.Items, page.PaletteItem{Icon: "folder", Label: c.Name, URL: "/documents?collection=" + c.ID})
	}
	all, more, err := q.newestDocuments(v, strings.TrimSpace(q.r.FormValue("q")))
	for _, d := range all[:min(len(all), paletteDocuments)] {
		docs.Items = append(docs.Items, page.PaletteItem{Icon: "file-text", Label: titleOf(d), Under: names[d.Collection], URL: "/documents/" + d.ID})
	}
	return docs, cols, more || len(all) > paletteDocuments, err
}

// newestDocuments are those that the person may read, the latest first, out of
// the first thousand whose name holds the words; more tells of others.
func (q *request) newestDocuments(v *store.View, name string) (all []store.Document, more bool, err error) {
	all, next, err := v.Documents(q.p, store.DocumentFilter{Name: name, Limit: 1000})
	slices.SortStableFunc(all, func(a, b store.Document) int { return b.Latest().Added.Compare(a.Latest().Added) })
	return all, next != "", err
}

func (q *request) paletteActs() page.PaletteGroup {
	act := func(icon, label, act string) page.PaletteItem {
		return page.PaletteItem{Icon: icon, Label: label, Act: act}
	}
	l := q.lang
	return page.PaletteGroup{ID: "acts", Label: l.T("palette.acts"), Items: []page.PaletteItem{
		act("languages", l.T("palette.lang-fr"), "lang:fr"), act("languages", l.T("palette.lang-en"), "lang:en"),
		act("sun", l.T("palette.theme-light"), "theme:light"), act("moon", l.T("palette.theme-dark"), "theme:dark"), act("sun-moon", l.T("palette.theme-system"), "theme:"),
		{Icon: "keyboard", Label: l.T("keys.shortcuts"), Act: "keys", Keys: []string{"?"}},
		act("log-out", l.T("shell.sign-out"), "signout"),
	}}
}
