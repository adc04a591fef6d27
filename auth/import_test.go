package auth

import (
	"slices"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

const staff = "identifiant;nom;courriel;rôle;groupes\n" +
	"eloise;Éloïse Müller;eloise@etude.example;;Comptabilité|Direction\n" +
	"bob;Bob Durand-Petit;bob@etude.example;auditeur;direction\n" +
	"ada;Ada Martin;;membre;\n" +
	"eve;Eve Petit;;;\n" +
	"x y;Mauvais;;;\n"

func (b *box) importing(p store.Principal, list string) ImportPlan {
	b.Helper()
	rows, err := ReadPeople([]byte(list))
	if err != nil {
		b.Fatal(err)
	}
	plan, err := b.s.ImportPeople(b.ctx, b.t, p, rows, "r")
	if err != nil {
		b.Fatal(err)
	}
	return plan
}

// TestImport: a preview writes nothing, the list does what the preview said, and
// the same list again does nothing.
func TestImport(t *testing.T) {
	b := newBox(t)
	_, ada := b.as("ada", adminPassword)
	gone, err := b.s.CreateUser(b.ctx, b.t, ada, NewUser{Login: "eve", Name: "Eve Petit", Role: store.Member, Password: memberPassword})
	if err == nil {
		err = b.s.Disable(b.ctx, b.t, ada, gone.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := ReadPeople([]byte(staff))
	before, _ := b.t.Head()
	plan, err := b.s.PlanImport(b.t, ada, rows)
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := b.t.Head(); after != before {
		t.Errorf("a preview wrote %d entries", after-before)
	}
	check := func(plan ImportPlan) {
		t.Helper()
		var got []string
		for _, l := range plan.Lines {
			got = append(got, l.Login+" "+l.Do+" "+strings.Join(l.Changes, ",")+" "+l.Code)
		}
		want := []string{"eloise create  ", "bob change name,mail,role,groups ", "ada refuse  import-own-role", "eve refuse  import-disabled", "x y refuse  import-login"}
		if !slices.Equal(got, want) || !slices.Equal(plan.Groups, []string{"Comptabilité", "Direction"}) {
			t.Errorf("got  %q\nwant %q, %q", got, want, plan.Groups)
		}
	}
	check(plan)
	done := b.importing(ada, staff)
	check(done)
	link := done.Lines[0].Link
	if link == "" || done.Lines[1].Link != "" {
		t.Errorf("links %q and %q", link, done.Lines[1].Link)
	}
	digest, _ := digestFor(b.t, link)
	b.t.View(func(v *store.View) error {
		u, err := v.UserByLogin("eloise")
		l, lerr := v.Link(digest)
		if err != nil || lerr != nil || l.UserID != u.ID || !u.MustChange || u.Password != "" || u.Mail != "eloise@etude.example" || u.Role != store.Member {
			t.Errorf("made %+v with %+v, %v %v", u, l, err, lerr)
		}
		gs, _ := v.Groups()
		if len(gs) != 2 || len(gs[0].Members) != 1 || len(gs[1].Members) != 2 {
			t.Errorf("groups %+v", gs)
		}
		return nil
	})
	for action, n := range map[string]int{chain.UserImport: 1, chain.UserUpdate: 1, chain.GroupCreate: 2} {
		es := b.entries(action)
		if len(es) != n || es[0].Detail["import"] == nil {
			t.Errorf("%s: %+v", action, es)
		}
	}
	before, _ = b.t.Head()
	again := b.importing(ada, staff)
	if after, _ := b.t.Head(); after != before || again.Count(ImportSame) != 2 || again.Count(ImportRefuse) != 3 {
		t.Errorf("again: %d entries, %+v", after-before, again)
	}
}

// TestImportRefused: only administrators import, the last one is not demoted, and
// what a directory looks after is left alone.
func TestImportRefused(t *testing.T) {
	b := newBox(t)
	_, bob := b.as("bob", memberPassword)
	rows, _ := ReadPeople([]byte("login,name,role\nada,Ada Martin,member\n"))
	_, err := b.s.PlanImport(b.t, bob, rows)
	wantCode(t, err, "not-allowed")
	_, err = b.s.ImportPeople(b.ctx, b.t, bob, rows, "")
	wantCode(t, err, "not-allowed")
	plan, err := b.s.ImportPeople(b.ctx, b.t, store.Operator("1000"), rows, "")
	if err != nil || plan.Lines[0].Do != ImportRefuse || plan.Lines[0].Code != "last-admin" {
		t.Errorf("the last administrator: %+v, %v", plan.Lines, err)
	}
	_, err = b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.GroupCreate}, func(tx *store.Tx) error {
		_, err := tx.PutGroup(store.Group{Name: "Ventes", Source: "directory"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.t.Update(b.ctx, store.CLI("1000"), chain.Event{Action: chain.UserUpdate}, func(tx *store.Tx) error {
		u, err := tx.User(b.member.ID)
		if err != nil {
			return err
		}
		u.Source = "directory"
		return tx.UpdateUser(u)
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, _ = ReadPeople([]byte("login,name,groups\nbob,Bob,\nada,Ada Martin,ventes\n"))
	plan, err = b.s.PlanImport(b.t, store.Operator("1000"), rows)
	if err != nil || plan.Lines[0].Code != "import-elsewhere" || plan.Lines[1].Code != "import-group-elsewhere" {
		t.Errorf("%+v, %v", plan.Lines, err)
	}
}
