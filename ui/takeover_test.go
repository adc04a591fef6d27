package ui

import (
	"net/http"
	"net/url"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// withFactor gives somebody an app, as if they had registered one.
func (x *box) withFactor(p person) {
	x.do(p.t, chain.FactorAdd, func(tx *store.Tx) error {
		_, err := tx.PutFactor(store.Factor{UserID: p.id, Kind: store.FactorTOTP, State: []byte(`{"step":0}`)})
		return err
	})
}

// TestOneAdministratorTakesNobodyOver plays the theft through REST and pages: an
// administrator who tries everything to sign in as the auditor, as the other
// administrator, or as a member with a second factor.
func TestOneAdministratorTakesNobodyOver(t *testing.T) {
	x := newBox(t, nil)
	thief := x.session(x.person(x.a, "adam", store.Admin))
	x.person(x.a, "ulla", store.Admin) // who could approve, and doesn't
	const theirs = "douze lanternes sur le quai"
	for _, victim := range []person{x.person(x.a, "olga", store.Admin), x.person(x.a, "rita", store.Auditor), x.person(x.a, "bob", store.Member)} {
		t.Run(string(victim.role), func(t *testing.T) {
			x.withFactor(victim)
			api, page := "/api/v1/users/"+victim.id, "/people/"+victim.id
			why := map[string]string{"reason": "la personne l'a demandé"}
			form := url.Values{"reason": {why["reason"]}, "password": {theirs}, "role": {"member"}, "name": {"x"}}
			asked := 0
			for _, demoted := range []bool{false, true} {
				if demoted {
					if r := x.call(thief, "PATCH", api, map[string]string{"role": "member"}); r.status != http.StatusOK {
						t.Fatalf("demotion: %d %s", r.status, r.body)
					}
				}
				for _, try := range []struct {
					method, path string
					payload      any
				}{
					{"DELETE", api + "/factors", why}, {"POST", api + "/reset", nil}, {"POST", api + "/reset", why},
					{"PATCH", api, map[string]string{"password": theirs}},
					{"POST", page + "/factors/reset", form}, {"POST", page + "/reset", form}, {"POST", page + "/password", form},
				} {
					if r := x.call(thief, try.method, try.path, try.payload); r.status == http.StatusCreated || r.status == http.StatusNoContent || r.status == http.StatusOK {
						t.Errorf("%s %s: %d", try.method, try.path, r.status)
					}
				}
			}
			err := x.a.View(func(v *store.View) error {
				if have, err := v.Factors(victim.id); err != nil || len(have) != 1 {
					t.Errorf("factors %+v %v", have, err)
				}
				if l, err := v.LinkOf(victim.id); !store.IsNotFound(err) {
					t.Errorf("link %+v %v", l, err)
				}
				all, err := v.Approvals()
				for _, a := range all {
					if a.Person != victim.id {
						continue
					}
					asked++
					if r := x.call(thief, "POST", "/api/v1/audit/approvals/"+a.ID+"/approve", nil); r.code() != "approval-self" {
						t.Errorf("approved %s: %d %s", a.Kind, r.status, r.body)
					}
				}
				return err
			})
			if err != nil || asked != 2 {
				t.Errorf("%d requests, %v", asked, err)
			}
			in := caller{name: "thief", host: victim.host}
			if r := x.call(in, "POST", "/signin", url.Values{"user": {victim.login}, "password": {theirs}}); r.cookie("__Host-coffre") != "" {
				t.Error("signed in with the thief's password")
			}
		})
	}
}
