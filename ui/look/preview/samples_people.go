package preview

import (
	"coffre/ui/look"
	"coffre/ui/page"
)

// list is a list of which n are shown.
func list(at string, n int) page.List {
	return page.List{At: at, All: n, Found: n, Page: 1, Pages: 1}
}

// long is the second page of a list in a firm of many, with something looked for.
func long(at, words string) page.List {
	return page.List{At: at, Query: words, Filtered: words != "", All: 200, Found: 61, Page: 2, Pages: 3, Previous: at + "?q=" + words, Next: at + "?page=3&q=" + words}
}

func (s scene) filters(people bool) []page.Filter {
	source := page.Filter{Name: "source", Label: s.l.T("list.source"), Choices: []look.Choice{{Label: s.l.T("list.source-any")}, {Value: "box", Label: s.l.T("list.source-box")}, {Value: "directory", Label: s.l.T("list.source-directory")}}}
	if !people {
		return []page.Filter{source}
	}
	return []page.Filter{
		{Name: "state", Label: s.l.T("people.state"), Choices: []look.Choice{{Label: s.l.T("people.state-any")}, {Value: "open", Label: s.l.T("people.state-open")}}},
		{Name: "role", Label: s.l.T("people.role"), Choices: []look.Choice{{Label: s.l.T("people.role-any")}, {Value: "member", Label: s.l.Or("role", "member")}}},
		source,
	}
}

func (s scene) users() []page.User {
	return []page.User{
		{ID: "u-1", Name: "Camille Berthier", User: "camille", Role: "admin", Memberships: 1, Factors: true},
		{ID: "u-3", Name: "Élise Mercier", User: "elise", Role: "auditor", MustChange: true},
		{ID: "u-2", Name: "Naïma Rousseau", User: "naima", Role: "member", Memberships: 2, Source: s.l.T("list.source-directory")},
		{ID: "u-4", Name: "Paul Delmas", User: "paul", Role: "member", Disabled: true},
		{ID: "u-5", Name: "שרה כהן", User: "sara", Role: "member", Memberships: 1},
	}
}

func (s scene) peoplePages() []Sample {
	page1 := page.People{Frame: s.frame(look.Access, "/people"), List: list("/people", 5), Items: s.users(), Groups: s.groups(), MinPassword: 12}
	page1.New.MustChange = true
	refused := page1
	refused.New = page.User{Name: "Noé Garnier", User: "camille", Role: "member"}
	refused.Faults = look.Faults{"user": {Code: "name-taken", Params: map[string]string{"name": "camille"}}}
	many := page.People{Frame: s.frame(look.Access, "/people"), List: long("/people", "naima"), Items: s.users()[2:3], ManyGroups: true, MinPassword: 12}
	many.Filters = s.filters(true)
	none := many
	none.List = page.List{At: "/people", Query: "zzz", Filtered: true, All: 200, Page: 1, Pages: 1, Filters: s.filters(true)}
	none.Items = nil
	person := page.Person{
		Frame: s.frame(look.Access, "/people/u-2"), User: s.users()[1], OwnRole: "member", May: "admin", Local: true, MinPassword: 12,
		In:     []page.Membership{{ID: "g-1", Name: s.groups()[0].Label, Outside: true}, {ID: "g-2", Name: s.groups()[1].Label}},
		Picker: page.Picker{ID: "join", Path: "/people/u-2", Action: "/people/u-2/groups", Field: "join", All: 1, Found: 1, Choices: []page.Pick{{Value: "g-3", Label: s.say("Comptabilité", "Accounts"), Under: s.l.T("groups.count", "n", 4)}}},
	}
	person.Memberships, person.Factors = 2, true
	wrong := person
	wrong.Faults = look.Faults{"": {Code: "last-admin"}}
	return []Sample{
		{"people", page.PeoplePage(page1)},
		{"people-refused", page.PeoplePage(refused)},
		{"people-many", page.PeoplePage(many)},
		{"people-none", page.PeoplePage(none)},
		{"person", page.PersonPage(person)},
		{"person-refused", page.PersonPage(wrong)},
	}
}

func (s scene) groupPages() []Sample {
	items := []page.Group{
		{ID: "g-2", Name: s.groups()[1].Label, Role: "auditor"},
		{ID: "g-1", Name: s.groups()[0].Label, Count: 31, Outside: true, Source: s.l.T("list.source-directory"), Opens: []string{"Direction", "Finance", "Litiges", "Moyens", "RH", "Ventes"}},
	}
	groups := page.Groups{Frame: s.frame(look.Access, "/groups"), List: list("/groups", 2), Items: items, People: s.people()}
	groups.Filters = s.filters(false)
	none := page.Groups{Frame: s.frame(look.Access, "/groups"), List: page.List{At: "/groups", Query: "zzz", Filtered: true, All: 50, Page: 1, Pages: 1}, ManyPeople: true}
	own := page.GroupOwn{
		Frame: s.frame(look.Access, "/groups/g-3"), List: list("/groups/g-3", 3), Group: page.Group{ID: "g-3", Name: s.say("Comptabilité", "Accounts"), Count: 3},
		People: s.users()[:3], Opened: []page.Link{{Label: s.collections()[1].Label, Path: "/collections/c-contrats"}},
		Picker: page.Picker{ID: "add", Path: "/groups/g-3", Action: "/groups/g-3/members", Field: "add", Find: "martin", All: 190, Found: 14, Choices: []page.Pick{{Value: "u-7", Label: "Inès Martin", Under: "ines"}, {Value: "u-8", Label: "Zoé Martin", Under: "zoe"}}},
	}
	outside := page.GroupOwn{Frame: s.frame(look.Access, "/groups/g-1"), List: long("/groups/g-1", ""), Group: items[1], People: s.users()[:4]}
	return []Sample{
		{"groups", page.GroupsPage(groups)},
		{"groups-empty", page.GroupsPage(page.Groups{Frame: s.frame(look.Access, "/groups"), People: s.people()})},
		{"groups-none", page.GroupsPage(none)},
		{"group", page.GroupPage(own)},
		{"group-outside", page.GroupPage(outside)},
	}
}

// sightPages are who sees what: of a group, of somebody in a nested one, of a
// collection.
func (s scene) sightPages() []Sample {
	base := page.Sight{Frame: s.frame(look.Access, "/access"), Admin: true, People: []look.Choice{{Label: s.l.T("sight.anybody")}}, Collections: []look.Choice{{Label: s.l.T("sight.any-collection")}}}
	nested := page.SightWhy{Text: s.l.T("sight.why-group", "group", s.groups()[0].Label) + " " + s.l.T("sight.from-outside"), Way: "Paris ⊂ Notaires ⊂ " + s.groups()[0].Label, Since: now}
	row := page.SightRow{ID: "c-rh", Name: s.collections()[0].Label, Documents: 14, Why: []page.SightWhy{nested}}
	group, person, collection := base, base, base
	group.Group, group.GroupName, group.GroupMembers = "g-1", s.groups()[0].Label, 31
	group.Sees = []page.SightRow{{ID: "c-rh", Name: row.Name, Documents: 14, Why: []page.SightWhy{{Text: s.l.T("sight.why-group", "group", s.groups()[0].Label)}}}}
	person.Person, person.PersonName, person.Sees, person.Only = "u-9", "Zoé Lefèvre", []page.SightRow{row}, "/access/export?person=u-9"
	collection.Of, collection.Readers = row.Name, []page.SightReader{{ID: "u-9", Name: "Zoé Lefèvre", Why: row.Why}, {ID: "u-5", Name: "שרה כהן", Writes: true, Why: []page.SightWhy{{Text: s.l.T("sight.why-person-writes")}}}}
	return []Sample{{"sight-group", page.SightPage(group)}, {"sight-person", page.SightPage(person)}, {"sight-collection", page.SightPage(collection)}}
}

func (s scene) collectionPages() []Sample {
	all := page.Collections{Frame: s.frame(look.Access, "/collections"), List: list("/collections", 3), Who: s.who(),
		Faults: look.Faults{"name": {Code: "name-taken", Params: map[string]string{"name": s.collections()[0].Label}}}}
	all.New.Name = s.collections()[0].Label
	for i, c := range s.collections() {
		all.Items = append(all.Items, page.Collection{ID: c.Value, Name: c.Label, Documents: 14 * i, Readers: []string{s.groups()[0].Label, "Naïma Rousseau"}[:i], Writers: []string{"Camille Berthier"}})
	}
	none := page.Collections{Frame: s.frame(look.Access, "/collections"), List: page.List{At: "/collections", Query: "zzz", Filtered: true, All: 100, Page: 1, Pages: 1}, Who: s.who()[:1]}
	own := page.CollectionOwn{
		Frame: s.frame(look.Access, "/collections/c-contrats"), List: list("/collections/c-contrats", 4), Collection: all.Items[1],
		Grants: []page.Grant{
			{Value: "everyone", Label: s.l.T("access.everyone"), Kind: "everyone"},
			{Value: "group:g-1", Label: s.groups()[0].Label, Kind: "group", Path: "/groups/g-1", People: 31},
			{Value: "user:u-1", Label: "Camille Berthier", Kind: "user", Path: "/people/u-1", Writes: true},
			{Value: "user:u-4", Label: "Paul Delmas", Kind: "user", Path: "/people/u-4", Closed: true},
		},
		Picker: page.Picker{ID: "give", Path: "/collections/c-contrats", Action: "/collections/c-contrats/grants", Field: "grant", All: 2, Found: 2, Choices: []page.Pick{{Value: "group:g-2", Label: s.groups()[1].Label, Under: s.l.T("access.group")}, {Value: "user:u-2", Label: "Naïma Rousseau"}}},
	}
	shut := page.CollectionOwn{Frame: s.frame(look.Access, "/collections/c-direction"), List: list("/collections/c-direction", 0), Collection: all.Items[2],
		Faults: look.Faults{"name": {Code: "collection-not-empty", Params: map[string]string{"name": all.Items[2].Name}}}}
	return []Sample{
		{"collections", page.CollectionsPage(all)},
		{"collections-empty", page.CollectionsPage(page.Collections{Frame: s.frame(look.Access, "/collections"), Who: s.who()})},
		{"collections-none", page.CollectionsPage(none)},
		{"collection", page.CollectionPage(own)},
		{"collection-shut", page.CollectionPage(shut)},
	}
}
