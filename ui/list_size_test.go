package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// The firm on which the pages of people, groups and collections are measured.
const (
	sizePeople, sizeGroups, sizeCollections = 200, 50, 100
)

// sizeMost is how many bytes one of these pages may have, whatever the firm's size.
const sizeMost = 64 << 10

// manyOf furnishes a firm of that size: every group has eight people, every
// collection two groups that read it, one that writes and one person by name.
func (w *walk) manyOf() (people []store.User, groups []store.Group, collections []store.Collection) {
	w.t.Helper()
	w.do(w.a, chain.UserCreate, func(tx *store.Tx) error {
		for i := range sizePeople {
			u, err := tx.CreateUser(store.User{Login: fmt.Sprintf("p%03d", i), Name: fmt.Sprintf("Zoé Lefèvre-Martin %03d", i), Role: store.Member})
			if err != nil {
				return err
			}
			people = append(people, u)
		}
		return nil
	})
	w.do(w.a, chain.GroupCreate, func(tx *store.Tx) error {
		for i := range sizeGroups {
			g := store.Group{Name: fmt.Sprintf("Équipe %02d de l’étude notariale", i)}
			for j := range 8 {
				g.Members = append(g.Members, people[(i*4+j)%sizePeople].ID)
			}
			g, err := tx.PutGroup(g)
			if err != nil {
				return err
			}
			groups = append(groups, g)
		}
		return nil
	})
	w.do(w.a, chain.CollectionCreate, func(tx *store.Tx) error {
		for i := range sizeCollections {
			at := func(n int) string { return "group:" + groups[(i+n)%sizeGroups].ID }
			c, err := tx.CreateCollection(store.Collection{
				Name: fmt.Sprintf("Dossiers clos %03d", i), Readers: store.Grants{at(0), at(1), "user:" + people[i].ID}, Writers: store.Grants{at(2)},
			})
			if err != nil {
				return err
			}
			collections = append(collections, c)
		}
		return nil
	})
	return people, groups, collections
}

// TestListsAtSize prints what the pages weigh and how long the server works on
// them in a firm of 200 people, 50 groups and 100 collections.
func TestListsAtSize(t *testing.T) {
	w := newWalk(t)
	people, groups, collections := w.manyOf()
	admin := w.session(w.admin)
	for _, path := range []string{
		"/people", "/groups", "/collections", "/people/" + people[0].ID, "/groups/" + groups[0].ID, "/collections/" + collections[0].ID,
		"/people?q=zoe+lefevre&page=3", "/collections?reads=user:" + people[3].ID, "/access?person=" + people[3].ID, "/access?collection=" + collections[0].ID,
		"/api/v1/users", "/api/v1/groups", "/api/v1/collections",
	} {
		const times = 5
		best, bytes := time.Hour, 0
		for range times {
			begun := time.Now()
			r := w.call(admin, "GET", path, nil)
			best, bytes = min(best, time.Since(begun)), len(r.body)
			if r.status != ok {
				t.Fatalf("%s: %d", path, r.status)
			}
		}
		if strings.Count(path, "/") < 3 && !strings.HasPrefix(path, "/access") && bytes > sizeMost {
			t.Errorf("%s: %d bytes, at most %d", path, bytes, sizeMost)
		}
		t.Logf("%s: %d bytes, %.1f ms (best of %d)", path, bytes, float64(best.Microseconds())/1000, times)
	}
}
