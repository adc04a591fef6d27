package ui

import (
	"net/http/httptest"
	"testing"

	"coffre/store"
)

// TestInboxNames: the names of files that were set aside are for those who may read
// what they were for: with sub-folders, any collection.
func TestInboxNames(t *testing.T) {
	x := newBox(t, nil)
	adam, mia := x.person(x.a, "adam", store.Admin), x.person(x.a, "mia", store.Member)
	post := x.collection(x.a, "Post", store.Grants{store.Everyone}, nil)
	staff := x.collection(x.a, "Staff", store.Grants{"user:" + mia.id}, nil)
	err := x.a.View(func(v *store.View) error {
		p, err := v.Principal(adam.id, store.Person(adam.id))
		q := &request{s: x.server, t: x.a, p: p, r: httptest.NewRequest("GET", "/api/v1/inbox", nil)}
		for _, c := range []struct {
			collection string
			subfolders bool
			named      bool
		}{{post.ID, false, true}, {staff.ID, false, false}, {post.ID, true, false}} {
			if got := q.mayName(v, store.InboxPlan{Folder: "/srv/scans", Collection: c.collection, Subfolders: c.subfolders}); got != c.named {
				t.Errorf("%+v: named %v", c, got)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
