package ui

import (
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// TestSightOfGroup: what whoever is in a group may see, with nothing that a member
// sees by another way; administrators alone ask.
func TestSightOfGroup(t *testing.T) {
	w := newWalk(t)
	admin, member := w.session(w.admin).speaking("en"), w.session(w.outsider)
	c := w.collection(w.a, "Dossiers clos", store.Grants{"group:" + w.group}, nil)
	own := w.collection(w.a, "À lui seul", store.Grants{"user:" + w.outsider.id}, nil)
	body := w.call(admin, "GET", "/access?group="+w.group, nil).body
	for name, want := range map[string]bool{c.Name: true, "Commun": true, own.Name: false, "Coulisses": false} {
		if strings.Contains(body, "<bdi>"+name+"</bdi>") != want {
			t.Errorf("%s is shown: %v", name, !want)
		}
	}
	var out struct {
		Group       string
		Collections []struct{ Name string }
	}
	w.call(admin, "GET", "/api/v1/access?group="+w.group, nil).json(t, &out)
	if out.Group != w.group || len(out.Collections) != 2 {
		t.Errorf("REST: %+v", out)
	}
	foreign := w.newGroup(w.b)
	for _, try := range []struct {
		c  caller
		id string
	}{{member, w.group}, {admin, foreign}, {admin, store.NewID()}, {admin, "%00"}} {
		for _, path := range []string{"/access?group=", "/api/v1/access?group="} {
			if r := w.call(try.c, "GET", path+try.id, nil); r.status != hidden {
				t.Errorf("%s%s as %s: %d", path, try.id, try.c.name, r.status)
			}
		}
	}
}

// TestSightSaysTheWay: somebody in a nested group of the directory is told by which
// groups, and so is whoever asks about them or the collection.
func TestSightSaysTheWay(t *testing.T) {
	w := newWalk(t)
	admin, own := w.session(w.admin).speaking("en"), w.session(w.outsider).speaking("fr")
	var g store.Group
	w.do(w.a, chain.GroupCreate, func(tx *store.Tx) (err error) {
		g, err = tx.PutGroup(store.Group{Name: "Tous", Source: "directory", Subject: "guid-tous", Members: []string{w.outsider.id, w.insider.id}})
		return err
	})
	w.do(w.a, chain.DirectorySync, func(tx *store.Tx) error {
		return tx.PutIdentity(store.Identity{Provider: "directory", Subject: "guid-zoe", UserID: w.outsider.id, Groups: []string{"guid-tous"}, Via: map[string][]string{"guid-tous": {"Paris", "Notaires <b>", "Tous"}}})
	})
	c := w.collection(w.a, "Dossiers clos", store.Grants{"group:" + g.ID}, nil)
	const way = "Paris ⊂ Notaires &lt;b&gt; ⊂ Tous"
	for _, path := range []string{"/access?person=" + w.outsider.id, "/access?collection=" + c.ID} {
		if n := strings.Count(w.call(admin, "GET", path, nil).body, way); n != 1 {
			t.Errorf("%s says the way %d times", path, n)
		}
	}
	if !strings.Contains(w.call(own, "GET", "/access", nil).body, way) {
		t.Error("one's own page doesn't say the way")
	}
	if strings.Contains(w.call(admin, "GET", "/access?person="+w.insider.id, nil).body, "⊂") {
		t.Error("somebody who is in the group itself has a way into it")
	}
	var out sightJSON
	w.call(admin, "GET", "/api/v1/access?collection="+c.ID, nil).json(t, &out)
	for _, r := range out.Readers {
		if got := len(r.Why[0].Way); r.Person == w.outsider.id && got != 3 || r.Person == w.insider.id && got != 0 {
			t.Errorf("REST: %s has a way of %d", r.Person, got)
		}
	}
}
