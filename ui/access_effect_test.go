package ui

import (
	"net/url"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// TestEffectsBeforeSaving: a change of who may read is shown with its effects and
// made only once they were seen; one that changes nobody's rights is made at once.
func TestEffectsBeforeSaving(t *testing.T) {
	w := newWalk(t)
	admin := w.session(w.admin).speaking("en")
	c := w.secret
	c.Readers = store.Grants{"group:" + w.group, "user:" + w.insider.id}
	w.do(w.a, chain.CollectionUpdate, func(tx *store.Tx) error { return tx.UpdateCollection(c) })
	reads := func(p person) bool {
		return w.call(w.apiKey(p), "GET", "/api/v1/documents/"+w.document.ID, nil).status == ok
	}
	if !reads(w.outsider) {
		t.Fatal("the group doesn't open the collection")
	}
	for _, step := range []struct {
		what, path string
		form       url.Values
		said       string // on the page of effects
		person     person
		reads      bool // once it was seen
	}{
		{"members", "/groups/" + w.group, url.Values{"name": {"G1"}, "member": {w.insider.id}}, "1 person will lose access", w.outsider, false},
		{"members back", "/groups/" + w.group, url.Values{"name": {"G1"}, "member": {w.outsider.id}}, "1 person will be able to read", w.outsider, true},
		{"grants", "/collections/" + c.ID, url.Values{"name": {"Coulisses"}, "reader": {"user:" + w.insider.id}}, "1 person will lose access", w.outsider, false},
		{"grants back", "/collections/" + c.ID, url.Values{"name": {"Coulisses"}, "reader": {"user:" + w.insider.id, "group:" + w.group}}, "1 person will be able to read", w.outsider, true},
		{"a person's groups", "/people/" + w.outsider.id, url.Values{"name": {"Name of oscar"}, "role": {"member"}, "group": {""}}, "1 person will lose access", w.outsider, false},
		{"a person's groups back", "/people/" + w.outsider.id, url.Values{"name": {"Name of oscar"}, "role": {"member"}, "group": {w.group}}, "1 person will be able to read", w.outsider, true},
		{"one out of the group", "/groups/" + w.group + "/members", url.Values{"remove": {w.outsider.id}}, "1 person will lose access", w.outsider, false},
		{"one into the group", "/groups/" + w.group + "/members", url.Values{"add": {w.outsider.id}}, "1 person will be able to read", w.outsider, true},
		{"a right taken away", "/collections/" + c.ID + "/grants", url.Values{"grant": {"group:" + w.group}, "may": {"none"}}, "1 person will lose access", w.outsider, false},
		{"a right given", "/collections/" + c.ID + "/grants", url.Values{"grant": {"group:" + w.group}, "may": {"read"}}, "1 person will be able to read", w.outsider, true},
		{"a person out of a group", "/people/" + w.outsider.id + "/groups", url.Values{"leave": {w.group}}, "1 person will lose access", w.outsider, false},
		{"a person into a group", "/people/" + w.outsider.id + "/groups", url.Values{"join": {w.group}}, "1 person will be able to read", w.outsider, true},
		{"deletion", "/groups/" + w.group + "/delete", url.Values{}, "1 person will lose access", w.outsider, false},
	} {
		before, _ := w.a.Head()
		r := w.call(admin, "POST", step.path, step.form)
		if after, _ := w.a.Head(); r.status != ok || !strings.Contains(r.body, step.said) || !strings.Contains(r.body, "Name of oscar") || after != before {
			t.Errorf("%s: %d, %d entries, without %q", step.what, r.status, after-before, step.said)
		}
		if reads(step.person) == step.reads {
			t.Errorf("%s was made before it was seen", step.what)
		}
		step.form.Set("seen", "1")
		if r := w.call(admin, "POST", step.path, step.form); r.status != seeOther {
			t.Errorf("%s, seen: %d %s", step.what, r.status, r.body)
		}
		if reads(step.person) != step.reads {
			t.Errorf("%s, seen: reads %v", step.what, !step.reads)
		}
	}
	if r := w.call(admin, "POST", "/collections/"+c.ID, url.Values{"name": {"Autre nom"}}); r.status != seeOther {
		t.Errorf("a new name alone: %d", r.status)
	}
	if !reads(w.insider) || reads(w.outsider) {
		t.Error("a new name changed who may read")
	}
}

// TestGroupsFromOutside: what comes from the directory isn't changed here, by no
// way, and no request says that a group comes from there or gives a role.
func TestGroupsFromOutside(t *testing.T) {
	w := newWalk(t)
	admin, key := w.session(w.admin).speaking("en"), w.apiKey(w.admin).speaking("en")
	var g store.Group
	w.do(w.a, chain.GroupCreate, func(tx *store.Tx) (err error) {
		g, err = tx.PutGroup(store.Group{Name: "Annuaire", Source: "directory", Subject: "guid-1", Role: store.Auditor, Members: []string{w.outsider.id}})
		return err
	})
	now := func() (out store.Group) {
		w.a.View(func(v *store.View) (err error) { out, err = v.Group(g.ID); return err })
		return out
	}
	for what, r := range map[string]reply{
		"form, members": w.call(admin, "POST", "/groups/"+g.ID, url.Values{"name": {"Annuaire"}, "member": {w.insider.id}, "seen": {"1"}}),
		"form, name":    w.call(admin, "POST", "/groups/"+g.ID, url.Values{"name": {"Autre"}, "member": {w.outsider.id}, "seen": {"1"}}),
		"form, add":     w.call(admin, "POST", "/groups/"+g.ID+"/members", url.Values{"add": {w.insider.id}, "seen": {"1"}}),
		"form, remove":  w.call(admin, "POST", "/groups/"+g.ID+"/members", url.Values{"remove": {w.outsider.id}, "seen": {"1"}}),
		"person, join":  w.call(admin, "POST", "/people/"+w.insider.id+"/groups", url.Values{"join": {g.ID}, "seen": {"1"}}),
		"person, leave": w.call(admin, "POST", "/people/"+w.outsider.id+"/groups", url.Values{"leave": {g.ID}, "seen": {"1"}}),
		"form, delete":  w.call(admin, "POST", "/groups/"+g.ID+"/delete", url.Values{"seen": {"1"}}),
		"REST, members": w.call(key, "PATCH", "/api/v1/groups/"+g.ID, map[string]any{"members": []string{w.admin.id}}),
		"REST, delete":  w.call(key, "DELETE", "/api/v1/groups/"+g.ID, nil),
		"a person's":    w.call(admin, "POST", "/people/"+w.insider.id, url.Values{"name": {"Name of irene"}, "role": {"member"}, "group": {g.ID}, "seen": {"1"}}),
	} {
		if r.status != conflict && r.status != unproc || !strings.Contains(r.body, "directory") {
			t.Errorf("%s: %d", what, r.status)
		}
	}
	if got := now(); got.Name != "Annuaire" || len(got.Members) != 1 || got.Members[0] != w.outsider.id || got.Subject != "guid-1" || got.Role != store.Auditor {
		t.Errorf("the group is now %+v", got)
	}
	for _, path := range []string{"/groups", "/groups/" + g.ID} {
		body := w.call(admin, "GET", path, nil).body
		if !strings.Contains(strings.ToLower(body), "directory") || strings.Contains(body, `action="/groups/`+g.ID+`"`) || strings.Contains(body, "/"+g.ID+"/members") {
			t.Errorf("%s doesn't show where it comes from, or offers to change it", path)
		}
	}
	r := w.call(key, "POST", "/api/v1/groups", map[string]any{"name": "Neuf", "source": "directory", "subject": "s", "role": "admin"})
	if r.status != 400 && r.status != unproc {
		var made store.Group
		r.json(t, &made)
		if made.Source != "" || made.Subject != "" || made.Role != "" {
			t.Errorf("a request made %+v", made)
		}
	}
}
