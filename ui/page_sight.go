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

func (s *Server) sightRoutes() []route {
	return []route{
		{method: "GET", path: "/access", may: auth.AccessOwn, do: (*request).sightPage},
		{method: "GET", path: "/access/export", may: auth.AccessRead, export: "rights", do: (*request).sightExport},
		{method: "GET", path: "/api/v1/access/export", may: auth.AccessRead, export: "rights", do: (*request).sightExport},
		{method: "POST", path: "/access/check", may: auth.RightsCheck, do: (*request).rightsCheckForm},
		{method: "GET", path: "/api/v1/access", may: auth.AccessOwn, do: (*request).restSight},
		{method: "GET", path: "/api/v1/access/check", may: auth.RightsCheck, do: (*request).restRightsCheck},
		{method: "POST", path: "/api/v1/access/check", may: auth.RightsCheck, do: (*request).restRightsCheckRun},
	}
}

// sightAsked is what was asked about, checked for rights: administrators may ask
// about anybody and any collection, everybody else about themselves and what they
// may read. A document is named only to whoever may read it.
type sightAsked struct {
	person     store.User // zero where a collection alone was asked for
	collection store.Collection
	title      string
	group      store.Group   // zero where none was asked for
	all        []store.Reach // of the person, or of whoever is in the group
	via        nestedWays
	admin      bool
}

func (q *request) sightAsked(v *store.View) (a sightAsked, err error) {
	a.admin = auth.Allowed(q.p, auth.AccessRead)
	person, collection := q.r.FormValue("person"), q.r.FormValue("collection")
	if id := q.r.FormValue("group"); id != "" && person == "" {
		return q.sightOfGroup(v, a, id)
	}
	if a.via, err = waysInto(v); err != nil {
		return a, err
	}
	if id := q.r.FormValue("document"); id != "" {
		d, err := v.Document(q.p, id)
		if err != nil {
			return a, err
		}
		a.title, collection = titleOf(d), d.Collection
	}
	if person == "" && (collection == "" || !a.admin || a.title != "") {
		person = q.p.UserID
	}
	if person != q.p.UserID && !a.admin {
		return a, store.Fail(store.NotFound, "not-found").Because(&store.Refusal{Of: store.RefusedRole})
	}
	if collection != "" {
		if a.collection, err = v.Collection(collection); err != nil || a.collection.Deleted || !a.admin && !q.p.MayRead(a.collection) {
			return a, store.Fail(store.NotFound, "not-found").Because(v.NoCollection(collection))
		}
	}
	if person == "" {
		return a, nil // a collection alone, or the operator about nobody
	}
	if a.person, err = v.User(person); err != nil {
		return a, err
	}
	if a.all, err = v.Reaches(person); err != nil {
		return a, err
	}
	a.all = slices.DeleteFunc(a.all, func(r store.Reach) bool {
		return a.collection.ID != "" && r.Collection.ID != a.collection.ID || !a.admin && !r.Reads()
	})
	return a, v.Since(person, a.all)
}

// sightOfGroup is what whoever is in a group may see for that alone.
func (q *request) sightOfGroup(v *store.View, a sightAsked, id string) (sightAsked, error) {
	if !a.admin {
		return a, store.Fail(store.NotFound, "not-found")
	}
	var err error
	if a.group, err = v.Group(id); err != nil {
		return a, err
	}
	counts, err := v.DocumentCounts()
	if err != nil {
		return a, err
	}
	cs, err := v.Collections()
	for _, c := range cs {
		if r := (store.Reach{Collection: c, Documents: counts[c.ID], Reasons: store.ReasonsOf(c, a.group)}); r.Reads() {
			a.all = append(a.all, r)
		}
	}
	return a, err
}

// nestedWays are the ways into nested groups of the directory, by person and the
// group's id there.
type nestedWays map[string]map[string][]string

func waysInto(v *store.View) (nestedWays, error) {
	out := nestedWays{}
	all, err := v.Identities(auth.Directory)
	for _, i := range all {
		if len(i.Via) > 0 {
			out[i.UserID] = i.Via
		}
	}
	return out, err
}

// of returns the way by which somebody is in a group, nil where it isn't nested.
func (n nestedWays) of(userID string, g store.Group) []string {
	if g.Source != auth.Directory {
		return nil
	}
	return n[userID][g.Subject]
}

func (q *request) sightPage() error {
	out := page.Sight{Frame: q.frame(look.Access), Checks: auth.Allowed(q.p, auth.RightsCheck)}
	err := q.view(func(v *store.View) error {
		a, err := q.sightAsked(v)
		if err != nil {
			return err
		}
		out.Admin, out.Self = a.admin, a.person.ID != "" && a.person.ID == q.p.UserID
		out.Person, out.PersonName, out.Of, out.Document = a.person.ID, a.person.Name, a.collection.Name, a.title
		out.Closed, out.Group, out.GroupName, out.GroupMembers = a.person.Disabled, a.group.ID, a.group.Name, len(a.group.Members)
		out.Only = exportOnly(a)
		if err := q.sightRows(v, a, &out); err != nil {
			return err
		}
		if out.Checks {
			out.Check, err = q.rightsCheckView(v)
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.render(http.StatusOK, page.SightPage(out))
}

func (q *request) sightRows(v *store.View, a sightAsked, out *page.Sight) error {
	groups, err := v.Groups()
	if err != nil {
		return err
	}
	for _, r := range a.all {
		row := page.SightRow{ID: r.Collection.ID, Name: r.Collection.Name, Documents: r.Documents, Writes: r.Writes(), Why: q.whyOf(r, out.Self, a.via, a.person.ID)}
		if r.Reads() {
			out.Sees = append(out.Sees, row)
			continue
		}
		row.Needs = q.needsOf(r.Collection, groups)
		out.Blind = append(out.Blind, row)
	}
	if !a.admin {
		return nil
	}
	people, err := v.Users()
	if err != nil {
		return err
	}
	out.People = []look.Choice{{Value: "", Label: q.lang.T("sight.anybody")}}
	for _, u := range people {
		if u.Erased.IsZero() {
			out.People = append(out.People, look.Choice{Value: u.ID, Label: u.Name, Selected: u.ID == a.person.ID})
		}
	}
	all, err := v.Collections()
	if err != nil {
		return err
	}
	out.Collections = []look.Choice{{Value: "", Label: q.lang.T("sight.any-collection")}}
	for _, c := range all {
		out.Collections = append(out.Collections, look.Choice{Value: c.ID, Label: c.Name, Selected: c.ID == a.collection.ID})
	}
	if a.person.ID == "" && a.collection.ID != "" {
		out.Readers = q.readersOf(a, people, groups)
		out.Everyone = slices.Contains(slices.Concat(a.collection.Readers, a.collection.Writers), store.Everyone)
	}
	return nil
}

// readersOf lists who may read a collection, with the reasons.
func (q *request) readersOf(a sightAsked, people []store.User, groups []store.Group) (out []page.SightReader) {
	for _, u := range people {
		r := store.Reach{Collection: a.collection, Reasons: store.ReasonsFor(a.collection, u, groups)}
		if r.Reads() {
			out = append(out, page.SightReader{ID: u.ID, Name: u.Name, Writes: r.Writes(), Why: q.whyOf(r, u.ID == q.p.UserID, a.via, u.ID)})
		}
	}
	return out
}

// whyOf says reasons in words, with the way into a nested group.
func (q *request) whyOf(r store.Reach, self bool, via nestedWays, userID string) (out []page.SightWhy) {
	for _, why := range r.Reasons {
		text := ""
		switch {
		case why.Grant == store.Everyone && why.Writes:
			text = q.lang.T("sight.why-everyone-writes")
		case why.Grant == store.Everyone:
			text = q.lang.T("sight.why-everyone")
		case why.Group.ID != "" && why.Writes:
			text = q.lang.T("sight.why-group-writes", "group", why.Group.Name)
		case why.Group.ID != "":
			text = q.lang.T("sight.why-group", "group", why.Group.Name)
		case self && why.Writes:
			text = q.lang.T("sight.why-you-write")
		case self:
			text = q.lang.T("sight.why-you")
		case why.Writes:
			text = q.lang.T("sight.why-person-writes")
		default:
			text = q.lang.T("sight.why-person")
		}
		if why.Group.Source != "" {
			text += " " + q.lang.T("sight.from-outside")
		}
		out = append(out, page.SightWhy{Text: text, Way: strings.Join(via.of(userID, why.Group), " ⊂ "), Since: local(why.Since)})
	}
	return out
}

// needsOf says what would open a collection to somebody who may not read it.
func (q *request) needsOf(c store.Collection, groups []store.Group) (out []string) {
	for _, grant := range slices.Concat(c.Readers, c.Writers) {
		id, isGroup := strings.CutPrefix(grant, "group:")
		at := slices.IndexFunc(groups, func(g store.Group) bool { return g.ID == id })
		if !isGroup || at < 0 {
			continue
		}
		text := q.lang.T("sight.need-group", "group", groups[at].Name)
		if groups[at].Source != "" {
			text = q.lang.T("sight.need-outside", "group", groups[at].Name)
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return append(out, q.lang.T("sight.need-named", "collection", c.Name))
}
